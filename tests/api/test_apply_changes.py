"""Pushing batches: all or nothing, once per key, every fault with its place in the names of the schema."""

import json
from typing import Any

import pytest

from graph_service.model.vocabulary import Role
from tests.support.api_client import APPLY, Api

PART = {"uid": "part", "declaredUnit": "kg"}
COUNT = "{ items { totalCount } revision { number } }"


async def state(api: Api) -> tuple[int, int]:
    """How many items there are, and the newest revision."""
    found = await api.ask(COUNT)
    return found["items"]["totalCount"], found["revision"]["number"]


async def test_a_batch_is_recorded_as_one_revision_with_its_created_uids_in_order(api: Api) -> None:
    payload = await api.apply(
        "one",
        items=[{"uid": "b", "declaredUnit": "kg"}, {"uid": "a", "declaredUnit": "kg"}],
        emissions=[{"item": "a", "kgCO2e": 1}],
        supplies=[{"input": "a", "output": "b", "amount": 2}],
    )

    assert payload["__typename"] == "ChangesApplied"
    assert payload["revision"]["number"] == 1
    assert payload["revision"]["door"] == "graphql"
    assert payload["created"][:2] == ["b", "a"]
    assert len(payload["created"]) == 4
    assert (payload["replayed"], payload["dryRun"]) == (False, False)


async def test_the_same_key_with_the_same_batch_gives_the_first_answer_again(api: Api) -> None:
    first = await api.apply("one", items=[PART])
    again = await api.apply("one", items=[PART])

    assert first["replayed"] is False
    assert again == {**first, "replayed": True}
    assert await state(api) == (1, 1)


async def test_the_same_key_with_another_batch_is_refused_and_records_nothing(api: Api) -> None:
    await api.apply("one", items=[PART])

    payload = await api.apply("one", items=[{"uid": "other", "declaredUnit": "kg"}])

    assert (payload["__typename"], payload["code"]) == ("ChangesRefused", "KEY_REUSED")
    assert await state(api) == (1, 1)


async def test_another_caller_may_use_the_same_key_for_another_batch(api: Api) -> None:
    await api.apply("one", items=[PART])
    other = await api.key(Role.CHAIN_LEADER)

    payload = await api.apply("one", key=other, items=[{"uid": "other", "declaredUnit": "kg"}])

    assert payload["__typename"] == "ChangesApplied"
    assert await state(api) == (2, 2)


async def test_a_dry_run_checks_everything_and_keeps_neither_rows_nor_key(api: Api) -> None:
    payload = await api.apply("one", dryRun=True, items=[PART])
    refused = await api.apply("one", dryRun=True, items=[{"uid": "part", "declaredUnit": "furlong"}])
    applied = await api.apply("one", items=[{"uid": "other", "declaredUnit": "kg"}])

    assert (payload["__typename"], payload["dryRun"], payload["revision"]["number"]) == ("ChangesApplied", True, 0)
    assert (refused["__typename"], refused["code"]) == ("ChangesRefused", "INVALID")
    assert (applied["__typename"], applied["replayed"]) == ("ChangesApplied", False)
    assert await state(api) == (1, 1)


async def test_a_batch_for_another_revision_than_the_newest_is_a_conflict(api: Api) -> None:
    await api.record("one", items=[PART])

    refused = await api.apply("two", expectedRevision=0, items=[{"uid": "b", "declaredUnit": "kg"}])
    applied = await api.apply("three", expectedRevision=1, items=[{"uid": "b", "declaredUnit": "kg"}])

    assert (refused["code"], refused["revision"]["number"]) == ("CONFLICT", 1)
    assert applied["__typename"] == "ChangesApplied"


async def test_null_for_a_defaulted_field_means_its_default(api: Api) -> None:
    await api.record(
        "one",
        dryRun=None,
        regions=None,
        items=[
            {**PART, "kind": None, "equivalents": None, "identifiers": None},
            {"uid": "whole", "declaredUnit": "pc"},
        ],
        emissions=[
            {"item": "part", "kgCO2e": 1, "stage": None, "component": None, "dataType": None, "isVerified": None}
        ],
        supplies=[{"input": "part", "output": "whole", "amount": 2, "share": None, "stage": None}],
    )

    found = await api.ask("""{ item(uid: "part") { kind name emissions { edges { node {
      stage component dataType isVerified } } } outputs { edges { node { share stage } } } } }""")

    assert found["item"]["kind"] == "COMPONENT"
    assert found["item"]["name"] == "part"
    assert found["item"]["emissions"]["edges"][0]["node"] == {
        "stage": "MANUFACTURING",
        "component": "UNSPECIFIED",
        "dataType": "SECONDARY",
        "isVerified": False,
    }
    assert found["item"]["outputs"]["edges"][0]["node"] == {"share": 1, "stage": "RAW_MATERIAL"}


async def test_a_row_replaces_the_whole_row_of_its_uid(api: Api) -> None:
    await api.record(
        "one", items=[{**PART, "name": "Part", "category": "metal", "equivalents": [{"amount": 2, "unit": "pc"}]}]
    )
    await api.record("two", items=[{**PART, "name": "Part, renamed"}])

    found = await api.ask('{ item(uid: "part") { name category equivalents { amount unit } } }')

    assert found["item"] == {"name": "Part, renamed", "category": None, "equivalents": []}


async def test_what_ends_is_gone_from_now_on_and_stays_readable_before(api: Api) -> None:
    await api.record("one", items=[PART], emissions=[{"uid": "e", "item": "part", "kgCO2e": 1}])
    await api.record("two", endItems=["part"], endEmissions=["e"])

    found = await api.ask('{ now: item(uid: "part") { uid } then: item(uid: "part", view: {revision: 1}) { uid } }')

    assert found == {"now": None, "then": {"uid": "part"}}


def edge(**fields: Any) -> dict[str, Any]:
    return {"input": "part", "output": "part2", "amount": 1, **fields}


def item(**fields: Any) -> dict[str, Any]:
    return {"uid": "x", "declaredUnit": "kg", **fields}


UNSOURCED = {
    "uid": "f",
    "name": "F",
    "flow": "x",
    "kind": "CARBON_FOOTPRINT",
    "kgCO2e": 1,
    "unit": "kWh",
    "region": "CN",
    "year": 2024,
    "boundary": "cradle to gate",
    "gwpSet": "AR6",
    "source": "",
    "licence": "public",
}

FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "a unit of another dimension": ({"supplies": [edge(unit="kWh")]}, "supplies[0].unit"),
    "a supply to an unknown item": ({"supplies": [edge(output="ghost")]}, "supplies[0].output"),
    "a duplicate uid": ({"items": [item(), item()]}, "items[1].uid"),
    "a changed declared unit": ({"items": [item(uid="part", declaredUnit="pc")]}, "items[0].declaredUnit"),
    "validity that ends before it starts": (
        {"supplies": [edge(validFrom="2026-02-01", validTo="2026-01-01")]},
        "supplies[0].validTo",
    ),
    "shares that do not sum to 1": ({"supplies": [edge(line="l", share=0.4)]}, "supplies[0].share"),
    "a share sum that breaks on one day of the year": (
        {
            "supplies": [
                edge(line="l", share=0.4),
                edge(line="l", share=0.6, uid="first", validTo="2026-07-01"),
                edge(line="l", share=0.6, uid="second", validFrom="2026-07-02"),
            ]
        },
        "supplies[",
    ),
    "an emission with two ways to weigh it": (
        {"emissions": [{"item": "part", "kgCO2e": 1, "activity": 2, "activityUnit": "kWh", "flow": "electricity"}]},
        "emissions[0]",
    ),
    "an identifier with a space": ({"items": [item(identifiers=["urn:a b"])]}, "items[0].identifiers[0]"),
    "an equivalent that smuggles in a second": (
        {"items": [item(equivalents=[{"amount": 1, "unit": "pc; 2 kWh"}])]},
        "items[0].equivalents[0].unit",
    ),
    "an unsourced factor": (
        {"regions": [{"code": "CN", "name": "China"}], "factors": [UNSOURCED]},
        "factors[0].source",
    ),
}


@pytest.fixture
async def parts(api: Api) -> Api:
    """The application on two parts, recorded as revision 1."""
    await api.record("parts", items=[PART, {"uid": "part2", "declaredUnit": "kg"}])
    return api


@pytest.mark.parametrize(("batch", "path"), FAULTS.values(), ids=FAULTS)
async def test_a_faulty_batch_is_refused_with_the_place_and_records_nothing(
    parts: Api, batch: dict[str, Any], path: str
) -> None:
    payload = await parts.apply("faulty", **batch)

    assert (payload["__typename"], payload["code"]) == ("ChangesRefused", "INVALID")
    assert any(finding["path"].startswith(path) for finding in payload["findings"]), payload["findings"]
    assert all(finding["severity"] == "ERROR" for finding in payload["findings"])
    assert await state(parts) == (2, 1)


async def test_a_loop_that_takes_more_of_itself_than_it_makes_is_refused_with_its_items(parts: Api) -> None:
    payload = await parts.apply("loop", supplies=[edge(amount=1.2), edge(input="part2", output="part")])

    assert (payload["__typename"], payload["code"]) == ("ChangesRefused", "UNSOLVABLE")
    assert "part" in payload["findings"][0]["message"]
    assert "part2" in payload["findings"][0]["message"]
    assert await state(parts) == (2, 1)


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_of_no_or_too_many_characters_is_refused(api: Api, key: str) -> None:
    payload = await api.apply(key, items=[PART])

    assert (payload["code"], payload["findings"][0]["path"]) == ("INVALID", "idempotencyKey")
    assert await state(api) == (0, 0)


async def test_all_faults_of_a_batch_come_in_one_answer(api: Api) -> None:
    payload = await api.apply(
        "one",
        items=[{"uid": "x", "declaredUnit": "furlong"}, {"uid": " y", "declaredUnit": "kg"}],
        supplies=[{"input": "ghost", "output": "x", "amount": 1}],
    )

    paths = {finding["path"] for finding in payload["findings"]}
    assert {"items[0].declaredUnit", "items[1].uid", "supplies[0].input"} <= paths


@pytest.mark.parametrize("literal", ["1e999", "-1e999", '"1"', "true", "1" * 50])
async def test_a_literal_that_is_no_finite_number_is_refused_before_anything_runs(api: Api, literal: str) -> None:
    query = """mutation { applyChanges(input: {idempotencyKey: "k", items: [{uid: "x", declaredUnit: "kg"}],
      emissions: [{item: "x", kgCO2e: LITERAL}]}) { __typename } }"""

    error = await api.error(query.replace("LITERAL", literal))

    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "Float" in error["message"]
    assert await state(api) == (0, 0)


@pytest.mark.parametrize("text", ["1e999", "NaN", "Infinity", "-Infinity", "1" * 400])
async def test_a_variable_that_is_no_finite_number_is_refused_before_anything_runs(api: Api, text: str) -> None:
    body = json.dumps({"query": APPLY, "variables": {"input": {"idempotencyKey": "k", "emissions": ["EMISSION"]}}})
    body = body.replace('"EMISSION"', f'{{"item": "x", "kgCO2e": {text}}}')
    headers = {"authorization": f"Bearer {api.leader}", "content-type": "application/json"}

    response = await api.http.post("/graphql", content=body, headers=headers)

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert await state(api) == (0, 0)


@pytest.mark.parametrize(
    "day", ["2026-02-30", "20260201", "2026-W01-1", "2026-02-01T00:00:00Z", 20260201, "0000-01-01"]
)
async def test_a_day_that_is_no_calendar_day_is_refused(api: Api, day: object) -> None:
    batch = {"idempotencyKey": "k", "supplies": [{"input": "a", "output": "b", "amount": 1, "validFrom": day}]}

    error = await api.error(APPLY, {"input": batch})

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "Date" in error["message"]


@pytest.mark.parametrize("moment", ["2026-02-01", "2026-02-01T00:00:00", "yesterday", 5, "0001-01-01T00:00:00+14:00"])
async def test_a_moment_without_offset_is_refused(api: Api, moment: object) -> None:
    error = await api.error('query ($t: DateTime) { item(uid: "x", view: {knownAt: $t}) { uid } }', {"t": moment})

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "DateTime" in error["message"]


async def test_uids_are_compared_in_composed_form(api: Api) -> None:
    await api.record("one", items=[{"uid": "Cafe\u0301", "declaredUnit": "kg"}])

    found = await api.ask(
        "query ($a: ID!, $b: ID!) { a: item(uid: $a) { uid } b: item(uid: $b) { uid } }",
        {"a": "Café", "b": "Cafe\u0301"},
    )

    assert found == {"a": {"uid": "Café"}, "b": {"uid": "Café"}}
