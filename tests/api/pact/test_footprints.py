"""Footprints by PACT: lists, filters, pages, links and single ones, of both versions, to whom they are for."""

import asyncio
import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema  # type: ignore[import-untyped]
import pytest

from graph_service.api.tokens import LIFETIME_S
from graph_service.model.vocabulary import Role
from tests.api.pact.conftest import (
    HOST,
    LINK,
    Pact,
    called_from,
    day,
    declared,
    document_record,
    footprint_id,
    numbers,
)

REFERENCE = Path(__file__).parents[2] / "reference" / "pact"
SCHEMAS = {"3": "pact-3.0-ProductFootprint.schema.json", "2": "pact-2.3-ProductFootprint.schema.json"}


async def walk(pact: Pact, path: str, *, key: str | None = None, **headers: str) -> list[list[int]]:
    """The numbers on every page, by the links."""
    pages: list[list[int]] = []
    while path:
        answer = await pact.get(path, key=key, **headers)
        assert answer.status_code == 200, answer.text
        pages.append(numbers([footprint["id"] for footprint in answer.json()["data"]]))
        link = LINK.fullmatch(answer.headers.get("link", ""))
        path = link.group(1) if link else ""
    return pages


@pytest.mark.parametrize("version", ["3", "2"])
async def test_what_is_listed_is_valid_by_the_specification_and_found_by_its_id(pact: Pact, version: str) -> None:
    await pact.record(declared(1), declared(2, "ore", state="DEPRECATED"))
    schema = json.loads((REFERENCE / SCHEMAS[version]).read_text(encoding="utf-8"))

    listed = (await pact.get(f"/{version}/footprints")).json()["data"]

    assert numbers([footprint["id"] for footprint in listed]) == [1, 2]
    assert [footprint["status"] for footprint in listed] == ["Active", "Deprecated"]
    for footprint in listed:
        jsonschema.validate(footprint, schema)
        for spelled in (footprint["id"], footprint["id"].upper()):
            one = await pact.get(f"/{version}/footprints/{spelled}")
            assert (one.status_code, one.json()) == (200, {"data": footprint})
            assert one.headers["cache-control"] == "no-store"


async def test_the_document_that_was_sent_is_the_one_that_is_shown(pact: Pact) -> None:
    await pact.record(declared(1))
    shown = (await pact.get(f"/3/footprints/{footprint_id(1)}")).json()["data"]
    sent = {**shown, "id": footprint_id(2), "comment": "as sent", "extensions": [{"dataSchema": "x", "any": [1, {}]}]}
    await pact.record(declared(2, document_format="PACT_V3"), beside=[document_record(2, sent)])

    again = (await pact.get(f"/3/footprints/{footprint_id(2)}")).json()["data"]

    assert again["comment"] == "as sent"
    assert again["extensions"] == sent["extensions"]


async def test_filters_are_joined_names_and_values_in_any_case(pact: Pact) -> None:
    await pact.record(
        declared(1, product_ids="urn:x:1 urn:x:2", classifications="urn:cpc:46"),
        declared(2, product_ids="urn:x:2", company_ids="urn:c:2", geography="DE"),
        declared(3, product_ids="urn:x:3", state="DEPRECATED"),
        declared(
            4,
            product_ids="urn:x:4",
            reference_period_start=day("2019-01-01"),
            reference_period_end=day("2020-01-01"),
            valid_from=day("2020-01-01"),
            valid_to=day("2021-01-01"),
        ),
    )

    async def found(query: str) -> list[int]:
        return numbers(await pact.ids(f"/3/footprints?{query}"))

    assert await found("productId=URN:X:2") == [1, 2]
    assert await found("productId=urn:x:1&productid=urn:x:3") == [1, 3]
    assert await found("productId=urn:x:2&companyId=urn:c:2") == [2]
    assert await found("productId=urn:x:2&geography=cn") == [1]
    assert await found("geography=de&geography=FR") == [2]
    assert await found("classification=URN:CPC:46") == [1]
    assert await found("status=DEPRECATED") == [3]
    assert await found("validOn=2020-06-01T00:00Z") == [4]
    assert await found("validon=2020-06-01T02:00:00+02:00") == [4]
    assert await found("validBefore=2022-01-01T00:00:00Z") == [4]
    assert await found("validAfter=2025-12-31T00:00:00Z") == [1, 2, 3]
    assert await found("productId=&geography=&validOn=&status=&limit=2") == [1, 2]
    assert await found("x-vendor-invoice=7&status=Deprecated") == [3]
    for impossible in (
        "productId=nonsense",
        "productId=%F0%9F%8D%8E",
        "productId=urn:x:1%00",
        "geography=XX",
        "validOn=never",
        "validAfter=2026-02-30T00:00:00Z",
        "validBefore=1900-01-01T00:00:00Z",
        "validOn=99999-01-01T00:00:00Z",
        "status=Bogus",
    ):
        assert await found(impossible) == [], impossible


@pytest.mark.parametrize(
    "query",
    [
        "limit=-1",
        "limit=ten",
        "limit=1.5",
        "limit=",
        "limit=1&limit=2",
        "limit=%D9%A1",
        "limit=" + "9" * 30,
        "validOn=2025-01-01&validOn=2026-01-01",
        "cursor=",
        "cursor=!!",
        "cursor=bm9uZQ",
        "$filter=created+ge+2025-01-01",
        "productid2=x",
        "productId=%FF",
    ],
)
async def test_a_question_that_cannot_be_understood_is_refused(pact: Pact, query: str) -> None:
    answer = await pact.get(f"/3/footprints?{query}")
    assert answer.status_code == 400
    assert answer.json().keys() == {"code", "message"}
    assert answer.json()["code"] == "BadRequest"


@pytest.mark.parametrize("version", ["3", "2"])
async def test_pages_lead_from_the_first_to_the_last_with_all_that_was_asked(pact: Pact, version: str) -> None:
    await pact.record(*(declared(number, product_ids="urn:x:a b") for number in range(1, 6)))
    await pact.record(*(declared(number) for number in range(6, 8)))

    assert await walk(pact, f"/{version}/footprints?limit=3") == [[1, 2, 3], [4, 5, 6], [7]]
    assert await walk(pact, f"/{version}/footprints/?limit=7") == [[1, 2, 3, 4, 5, 6, 7]]
    asked = {"3": "productId=urn:x:a", "2": "%24filter=productIds/any(productId:(productId%20eq%20'urn:x:a'))"}
    assert await walk(pact, f"/{version}/footprints?{asked[version]}&limit=2") == [[1, 2], [3, 4], [5]]
    assert await walk(pact, f"/{version}/footprints?limit=0") == [[]]


async def test_no_page_is_longer_than_the_service_makes_them(pact: Pact) -> None:
    await pact.record(*(declared(number) for number in range(1, 1_102)))
    assert [len(page) for page in await walk(pact, "/3/footprints")] == [100] * 11 + [1]
    assert [len(page) for page in await walk(pact, "/3/footprints?limit=5000")] == [1_000, 101]


async def test_a_link_may_be_called_again_and_long_after_and_writes_meanwhile_change_no_page(pact: Pact) -> None:
    await pact.record(*(declared(number) for number in range(1, 5)))
    first = await pact.get("/3/footprints?limit=2")
    link = LINK.fullmatch(first.headers["link"])
    assert link is not None
    await pact.record(declared(0), declared(5, created_at="2020-01-01T00:00:00Z"))
    pact.api.clock.advance(timedelta(days=30))

    answers = [await pact.get(link.group(1)) for _ in range(3)]

    assert {answer.text for answer in answers} == {answers[0].text}
    assert await walk(pact, link.group(1)) == [[3, 4], [0, 5]]


async def test_paging_under_concurrent_writes_meets_all_that_was_there_exactly_once(pact: Pact) -> None:
    await pact.record(*(declared(number) for number in range(1, 41)))

    async def write() -> None:
        for number in range(100, 140):
            await pact.record(declared(number), declared(number % 40 + 1, state="DEPRECATED", reason="old"))

    pages, _ = await asyncio.gather(walk(pact, "/3/footprints?limit=3"), write())
    seen = [number for page in pages for number in page]

    assert [number for number in seen if number < 100] == list(range(1, 41))
    assert len(set(seen)) == len(seen)


async def test_a_footprint_that_cannot_be_written_is_nowhere_and_paging_goes_on(pact: Pact) -> None:
    whole = [declared(number) for number in (1, 3, 5)]
    unwritable = [declared(number, boundary="CRADLE_TO_GRAVE") for number in (2, 4)]
    await pact.record(*whole, *unwritable)

    assert await walk(pact, "/3/footprints?limit=2") == [[1], [3], [5]]
    assert (await pact.get(f"/3/footprints/{footprint_id(2)}")).status_code == 404


async def test_everybody_sees_what_is_theirs_by_list_and_by_id_and_hidden_is_as_unknown(pact: Pact) -> None:
    await pact.record(
        declared(1), declared(2, is_published=True), declared(3, "ore"), declared(4, "ore", is_published=True)
    )
    await pact.record(declared(5, state="REJECTED", reason="no"))
    seen = {
        await pact.api.key(Role.AUDITOR): [1, 2, 3, 4, 5],
        await pact.api.key(Role.SUPPLIER, "cells"): [1, 5],
        await pact.api.key(Role.SUPPLIER, "mine"): [3],
        await pact.partner_key("ore"): [4],
        await pact.partner_key("cell", "ore"): [2, 4],
        await pact.partner_key("cell", revoked_at="2026-01-01T00:00:00Z"): [],
        await pact.api.key(Role.PUBLIC): [],
    }
    unknown = await pact.get(f"/3/footprints/{footprint_id(99)}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NotFound")
    for key, listed in seen.items():
        assert numbers(await pact.ids("/3/footprints", key=key)) == listed
        assert numbers(await pact.ids("/3/footprints?productId=urn:example:product:3", key=key)) == [
            number for number in listed if number == 3
        ]
        for number in range(1, 6):
            answer = await pact.get(f"/3/footprints/{footprint_id(number)}", key=key)
            if number in listed:
                assert answer.json()["data"]["id"] == footprint_id(number)
            else:
                assert (answer.status_code, answer.content) == (404, unknown.content)


@pytest.mark.parametrize("footprint", ["non-existent-id", "%00", "a" * 5_000, "..%2f..", "%F0%9F%8D%8E"])
@pytest.mark.parametrize(("version", "code"), [("3", "NotFound"), ("2", "NoSuchFootprint")])
async def test_an_id_that_is_none_is_not_found(pact: Pact, footprint: str, version: str, code: str) -> None:
    answer = await pact.get(f"/{version}/footprints/{footprint}")
    assert answer.status_code == 404
    assert answer.json()["code"] == (code if "%2f" not in footprint else "NotFound")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("created ge '2026-02-01T00:00:00Z'", [1, 2]),
        ("created gt 2026-02-01T00:00:00Z", [2]),
        ("pcf/geographyCountry eq 'cn'", [1]),
        ("pcf/geographyCountry eq 'CN' and created lt '2020-01-01T00:00:00Z'", []),
        ("productIds/any(productId:(productId eq 'urn:example:product:2'))", [2]),
        ("(companyIds/any(c: c eq 'URN:EXAMPLE:COMPANY:CELLS')) and productCategoryCpc eq '3342'", [1]),
        ("pcf/referencePeriodEnd le 2026-01-01T00:00:00Z", [1, 2]),
        ("productIds/any(productId:(productId eq 'it''s'))", []),
        ("", [1, 2]),
    ],
)
async def test_v2_filters_as_far_as_they_are_understood(pact: Pact, asked: str, found: list[int]) -> None:
    await pact.record(
        declared(1, classifications="urn:cpc:3342"), declared(2, geography="DE", created_at="2026-02-02T00:00:00Z")
    )
    answer = await pact.http.get(
        "/2/footprints", params={"$filter": asked}, headers={"authorization": f"Bearer {pact.api.leader}"}
    )
    assert numbers([footprint["id"] for footprint in answer.json()["data"]]) == found


@pytest.mark.parametrize(
    "asked",
    [
        "updated ge '2026-02-01T00:00:00Z'",
        "created ge",
        "created ge 'yesterday'",
        "created ne '2026-02-01T00:00:00Z'",
        "not created ge '2026-02-01T00:00:00Z'",
        "created ge '2026-02-01T00:00:00Z' or created lt '2026-02-01T00:00:00Z'",
        "productIds/all(p:(p eq 'x'))",
        "productIds/any(p:(q eq 'x'))",
        "productIds/any(p:(p gt 'x'))",
        "pcf/geographyCountry eq CN",
        "((((((",
        "(" * 1_000 + "created ge 2026-01-01" + ")" * 1_000,
        " and ".join(["created ge 2026-01-01"] * 51),
        "'" * 99,
        "created ge '2026-02-01T00:00:00Z' created",
        "x" * 9_000,
    ],
)
async def test_a_filter_of_v2_that_is_not_met_is_said_to_be_so(pact: Pact, asked: str) -> None:
    answer = await pact.http.get(
        "/2/footprints", params={"$filter": asked}, headers={"authorization": f"Bearer {pact.api.leader}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "NotImplemented")


async def test_links_lead_where_the_caller_came_from(pact: Pact) -> None:
    await pact.record(declared(1), declared(2))
    forwarded = {"x_forwarded_proto": "https", "x_forwarded_host": "outer.example:444", "x_forwarded_prefix": "/eu"}
    behind = called_from(pact, "10.0.0.1", base_url="http://inner:8000")

    async def link(doors: Pact, **headers: str) -> str:
        answer = await doors.get("/3/footprints?limit=1", **headers)
        found = LINK.fullmatch(answer.headers["link"])
        assert found is not None
        return found.group(1)

    assert (await link(pact)).startswith(f"{HOST}/3/footprints?limit=1&cursor=")
    assert (await link(pact, **forwarded)).startswith(f"{HOST}/3/footprints?")
    assert (await link(behind, **forwarded)).startswith("https://outer.example:444/eu/3/footprints?")


@pytest.mark.parametrize("settings", [{"base_path": "/carbon", "trusted_proxies": "10.0.0.0/8"}])
async def test_routes_work_below_the_base_path_stripped_or_not(pact: Pact, settings: Mapping[str, Any]) -> None:
    await pact.record(declared(1), declared(2))
    for path in ("/3/footprints?limit=1", "/carbon/3/footprints?limit=1"):
        answer = await pact.get(path)
        link = LINK.fullmatch(answer.headers["link"])
        assert link is not None
        assert urlsplit(link.group(1)).path == "/carbon/3/footprints"
        assert numbers(await pact.ids(link.group(1))) == [2]
    assert (await pact.get("/carbon/2/nothing")).json()["code"] == "NotFound"


async def test_one_list_costs_the_store_three_calls(pact: Pact) -> None:
    await pact.record(*(declared(number) for number in range(1, 30)))
    await pact.get("/3/footprints")
    pact.api.store.calls.clear()
    await pact.get("/3/footprints?productId=urn:example:product:7")
    assert pact.api.store.calls == {"list_side_records": 1, "revision": 1, "side_records": 1}


async def test_a_token_whose_time_is_over_says_so_and_any_other_is_a_bad_request(
    pact: Pact, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = (await pact.token(await pact.api.key(Role.AUDITOR))).json()["access_token"]
    assert (await pact.get("/3/footprints", key=token)).status_code == 200

    pact.api.clock.advance(timedelta(seconds=LIFETIME_S))

    for path in ("/3/footprints", "/2/footprints", f"/3/footprints/{footprint_id(1)}"):
        over = await pact.get(path, key=token)
        assert (over.status_code, over.json()["code"]) == (401, "TokenExpired")
        assert over.headers["www-authenticate"].startswith("Bearer")
        for bad in ("", "very-invalid-access-token", token[:-2]):
            refused = await pact.get(path, key=bad)
            assert (refused.status_code, refused.json()["code"]) == (401, "BadRequest")
    assert token not in caplog.text


@pytest.mark.parametrize("settings", [{"anonymous_role": "AUDITOR", "pact_allow_http": True}])
async def test_nobody_reads_without_a_key_even_where_others_may(pact: Pact, settings: Mapping[str, Any]) -> None:
    local = called_from(pact, "127.0.0.1", base_url="http://127.0.0.1:8000")
    assert (await local.get("/3/footprints", key="")).status_code == 401
    assert (await local.get("/3/footprints")).status_code == 200


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/3/nothing", "GET", 404),
        ("/2/nothing/below", "POST", 404),
        ("/auth/other", "GET", 404),
        ("/3/footprints", "POST", 405),
        ("/3/footprints/x/y", "GET", 404),
        ("/2/footprints/x", "DELETE", 405),
        ("/3/events", "GET", 405),
        ("/2/events", "TRACE", 405),
    ],
)
async def test_paths_and_methods_that_are_not_served_answer_in_the_same_shape(
    pact: Pact, path: str, method: str, status: int
) -> None:
    answer = await pact.http.request(method, path)
    assert answer.status_code == status
    assert answer.json().keys() == {"code", "message"}
    assert answer.json()["code"] == {404: "NotFound", 405: "BadRequest"}[status]


async def test_head_answers_as_get_and_the_index_carries_the_notice(pact: Pact) -> None:
    await pact.record(declared(1), declared(2))
    headers = {"authorization": f"Bearer {pact.api.leader}"}
    head = await pact.http.head("/3/footprints?limit=1", headers=headers)
    read = await pact.http.get("/3/footprints?limit=1", headers=headers)
    assert (head.status_code, head.headers["link"]) == (200, read.headers["link"])
    for version in ("/3", "/2"):
        index = (await pact.get(version, key="")).json()
        assert index["notice"].startswith("This implementation derives from the PACT Technical Specifications")
        assert index["footprints"] == f"{HOST}{version}/footprints"


PATHS = ["/auth/token", "/3/footprints", f"/3/footprints/{footprint_id(1)}", "/3/events", "/2/footprints", "/2/events"]


@pytest.mark.parametrize("path", [*PATHS, "/3", "/3/nothing", "/.well-known/openid-configuration"])
async def test_plain_http_is_refused_before_a_credential_is_looked_at(pact: Pact, path: str) -> None:
    plain = called_from(pact, "192.0.2.9", base_url="http://carbon.example")
    method = "POST" if path in ("/auth/token", "/3/events", "/2/events") else "GET"
    pact.api.store.calls.clear()
    answer = await plain.http.request(
        method, path, headers={"authorization": f"Bearer {pact.api.leader}", "x-forwarded-proto": "https"}
    )
    assert answer.status_code == (400 if path == "/auth/token" else 403)
    assert "https" in answer.json()["message"]
    assert "data" not in answer.json()
    assert not pact.api.store.calls


async def test_a_trusted_proxy_that_was_called_by_https_is_let_in(pact: Pact) -> None:
    inner = called_from(pact, "10.0.0.1", base_url="http://inner:8000")
    assert (await inner.get("/3/footprints", x_forwarded_proto="https")).status_code == 200
    assert (await inner.get("/3/footprints", x_forwarded_proto="http")).status_code == 403
    assert (await inner.get("/3/footprints")).status_code == 403


@pytest.mark.parametrize("settings", [{"pact_allow_http": True}])
async def test_http_is_for_this_machine_alone_where_a_setting_allows_it(
    pact: Pact, settings: Mapping[str, Any]
) -> None:
    local = called_from(pact, "127.0.0.1", base_url="http://127.0.0.1:8000")
    assert (await local.get("/3/footprints")).status_code == 200
    assert (await local.get("/3/footprints", x_forwarded_for="192.0.2.1")).status_code == 403
    named = called_from(pact, "127.0.0.1", base_url="http://carbon.example")
    assert (await named.get("/3/footprints")).status_code == 403
    away = called_from(pact, "192.0.2.9", base_url="http://127.0.0.1:8000")
    assert (await away.get("/3/footprints")).status_code == 403
