"""Uploads: a table in, an answer for each of its rows; all of it is recorded or none."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from graph_service.api.bodies import MOST_BODY_BYTES
from graph_service.api.request_log import RequestLog
from graph_service.api.upload_answers import as_text_cell
from graph_service.api.uploads import upload_routes
from graph_service.exchange.declaration_table import CSV_TYPE, XLSX_TYPE, template_csv, template_xlsx
from graph_service.model.vocabulary import Role
from tests.conftest import OpenStore
from tests.support.api_client import Api
from tests.support.workbooks import HEADER, packed, table_workbook

PACK = "pack,180,2025-01-01,2026-01-01,2026-01-01,AR6"
ORE = "ore,3,2025-01-01,2026-01-01,2026-01-01,AR6"
UNKNOWN = "pakc,1,2025-01-01,2026-01-01,2026-01-01,AR6"


def table(*rows: str) -> bytes:
    return "\r\n".join([",".join((*HEADER, "gwp_set")), *rows]).encode()


@dataclass
class Uploads:
    """The upload routes, called with the chain leader's key unless another is given."""

    api: Api
    http: httpx.AsyncClient

    async def send(
        self, content: bytes, query: str = "", *, media_type: str = CSV_TYPE, key: str | None = None, **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(
            f"/uploads/declarations{query}",
            content=content,
            headers={**self.authorization(key), "content-type": media_type, **named},
        )

    async def send_form(self, parts: list[tuple[str, tuple[Any, ...]]], query: str = "") -> httpx.Response:
        return await self.http.post(f"/uploads/declarations{query}", files=parts, headers=self.authorization())

    def authorization(self, key: str | None = None) -> dict[str, str]:
        chosen = self.api.leader if key is None else key
        return {"authorization": f"Bearer {chosen}"} if chosen else {}

    async def revision(self) -> int:
        return (await self.api.store.revision()).number

    async def declared(self) -> dict[str, str]:
        """The state of each declaration by its item."""
        found = await self.api.ask("{ declarations { edges { node { item { uid } state } } } }")
        return {edge["node"]["item"]["uid"]: edge["node"]["state"] for edge in found["declarations"]["edges"]}


@pytest.fixture
def open_store(embedded_only: OpenStore) -> OpenStore:
    """The door is the same on every store."""
    return embedded_only


@pytest.fixture
async def uploads(chain: Api) -> AsyncIterator[Uploads]:
    app = FastAPI()
    app.include_router(upload_routes(chain.services))
    app.add_middleware(RequestLog)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as http:
        yield Uploads(chain, http)


def statuses(response: httpx.Response) -> list[tuple[int, str]]:
    return [(row["row"], row["status"]) for row in response.json()["rows"]]


def codes(response: httpx.Response) -> list[list[str]]:
    return [[finding["code"] for finding in row["findings"]] for row in response.json()["rows"]]


async def test_a_table_is_recorded_through_its_door_and_answered_row_by_row(uploads: Uploads) -> None:
    response = await uploads.send(table(PACK, "", ORE))
    answer = response.json()

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert statuses(response) == [(2, "RECEIVED"), (4, "RECEIVED")]
    assert (answer["revision"], answer["dryRun"], answer["replayed"], answer["findings"]) == (2, False, False, [])
    assert await uploads.declared() == {"pack": "RECEIVED", "ore": "RECEIVED"}
    listed = await uploads.api.ask("{ declarations { edges { node { uid } } } }")
    recorded = {edge["node"]["uid"] for edge in listed["declarations"]["edges"]}
    assert {row["declaration"] for row in answer["rows"]} == recorded
    assert (await uploads.api.store.revision()).door == "upload"


async def test_a_workbook_is_taken_as_csv_is_and_the_same_rows_are_known(uploads: Uploads) -> None:
    cells = PACK.split(",")
    first = await uploads.send(
        table_workbook((cells[0], 180, *cells[2:]), header=(*HEADER, "gwp_set")), media_type=XLSX_TYPE
    )
    second = await uploads.send(table(PACK, ORE))

    assert statuses(first) == [(2, "RECEIVED")]
    assert statuses(second) == [(2, "KNOWN"), (3, "RECEIVED")]
    assert first.json()["rows"][0]["declaration"] == second.json()["rows"][0]["declaration"]


async def test_a_dry_run_finds_the_same_and_records_nothing(uploads: Uploads) -> None:
    before = await uploads.revision()
    tried = await uploads.send(table(PACK, UNKNOWN), "?dryRun=true")
    tried_again = await uploads.send(table(PACK, UNKNOWN), "?dryRun=true")

    assert tried.status_code == 200
    assert statuses(tried) == [(2, "CHECKED"), (3, "CHECKED")]
    assert [row["declaration"] for row in tried.json()["rows"]] == [None, None]
    assert (tried.json()["dryRun"], tried.json()["revision"], await uploads.revision()) == (True, before, before)
    assert tried_again.json() == tried.json()

    recorded = await uploads.send(table(PACK, UNKNOWN))

    assert codes(recorded) == codes(tried)
    assert recorded.json()["replayed"] is False


async def test_the_same_file_twice_is_one_effect_and_the_same_answer(uploads: Uploads) -> None:
    first = await uploads.send(table(PACK, UNKNOWN))
    second = await uploads.send(table(PACK, UNKNOWN))

    assert second.json() == first.json() | {"replayed": True}
    assert await uploads.revision() == first.json()["revision"]


@pytest.mark.parametrize("as_header", [True, False])
async def test_a_key_with_another_table_is_refused(uploads: Uploads, as_header: bool) -> None:
    query, headers = ("", {"idempotency_key": "k1"}) if as_header else ("?idempotencyKey=k1", {})
    first = await uploads.send(table(PACK), query, **headers)
    other = await uploads.send(table(ORE), query, **headers)

    assert first.status_code == 200
    assert (other.status_code, other.json()["code"]) == (409, "KEY_REUSED")
    assert await uploads.declared() == {"pack": "RECEIVED"}


async def test_one_row_at_fault_refuses_all_of_the_table(uploads: Uploads) -> None:
    before = await uploads.revision()
    response = await uploads.send(table(PACK, ORE.replace(",3,", ",=1+2,"), UNKNOWN))

    assert response.status_code == 400
    assert response.json()["code"] == "INVALID"
    assert statuses(response) == [(2, "CHECKED"), (3, "REFUSED"), (4, "CHECKED")]
    assert codes(response)[1] == ["FORMULA"]
    assert (await uploads.revision(), await uploads.declared()) == (before, {})

    mended = await uploads.send(table(PACK, ORE, UNKNOWN))

    assert (mended.status_code, mended.json()["replayed"]) == (200, False)


async def test_a_fault_that_only_the_intake_sees_is_told_at_its_row(uploads: Uploads) -> None:
    response = await uploads.send(table(PACK, "ore,3,2026-01-01,2025-01-01,2026-01-01,AR6"))

    assert response.status_code == 400
    assert statuses(response) == [(2, "CHECKED"), (3, "REFUSED")]
    assert all(finding["path"].startswith("row 3") for finding in response.json()["rows"][1]["findings"])


async def test_a_row_without_item_waits_with_the_reason(uploads: Uploads) -> None:
    response = await uploads.send(table(UNKNOWN))
    (row,) = response.json()["rows"]

    assert (response.status_code, row["status"], row["declaration"]) == (200, "WAITING", None)
    assert "pakc" in row["findings"][0]["message"]


async def test_rows_are_accepted_at_once_where_the_supplier_is_trusted(uploads: Uploads) -> None:
    await uploads.api.record("trust", suppliers=[{"uid": "mine", "name": "Deep Mine", "acceptance": "ALWAYS"}])
    response = await uploads.send(table(ORE))

    assert statuses(response) == [(2, "ACCEPTED")]
    footprint = await uploads.api.ask('{ item(uid: "ore") { footprint { totalKgCO2e } } }')
    assert footprint["item"]["footprint"]["totalKgCO2e"] == 3


async def test_a_supplier_uploads_for_its_own_items_and_learns_nothing_of_others(uploads: Uploads) -> None:
    key = await uploads.api.key(Role.SUPPLIER, "mine")
    foreign, unknown = PACK, PACK.replace("pack", "kcap")
    response = await uploads.send(table(ORE, foreign, unknown), key=key)
    _, foreign_row, unknown_row = response.json()["rows"]

    assert statuses(response) == [(2, "RECEIVED"), (3, "WAITING"), (4, "WAITING")]
    as_one = str({**foreign_row, "row": 0}).replace("pack", "X").replace("row 3", "")
    assert as_one == str({**unknown_row, "row": 0}).replace("kcap", "X").replace("row 4", "")
    assert await uploads.declared() == {"ore": "RECEIVED"}


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.VERIFIER, Role.PUBLIC])
async def test_other_roles_may_not_upload_and_their_table_is_not_read(uploads: Uploads, role: Role) -> None:
    response = await uploads.send(b"no table", key=await uploads.api.key(role))

    assert (response.status_code, response.json()["code"]) == (403, "NOT_ALLOWED")


@pytest.mark.parametrize("key", ["", "gs_nobody_" + "0" * 64])
async def test_nobody_uploads_without_a_key(uploads: Uploads, key: str) -> None:
    response = await uploads.send(table(PACK), key=key)

    assert (response.status_code, response.json()["code"]) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.csv", table(PACK), CSV_TYPE),
        ("a.csv", table(PACK), "application/vnd.ms-excel"),
        ("a.csv", table(PACK), "application/octet-stream"),
        ("表.xlsx", table_workbook(("pack", 180, *PACK.split(",")[2:5])), XLSX_TYPE),
        ("table", table_workbook(("pack", 180, *PACK.split(",")[2:5])), "application/octet-stream"),
    ],
)
async def test_a_form_with_one_file_is_taken(uploads: Uploads, name: str, content: bytes, media_type: str) -> None:
    response = await uploads.send_form([("file", (name, content, media_type))])

    assert (response.status_code, statuses(response)) == (200, [(2, "RECEIVED")])


FILE = ("file", ("a.csv", table(PACK), CSV_TYPE))


@pytest.mark.parametrize("parts", [[FILE, FILE], [FILE, ("dryRun", (None, "true"))], [("file", (None, "text"))]])
async def test_a_form_with_anything_else_is_refused(uploads: Uploads, parts: list[Any]) -> None:
    response = await uploads.send_form(parts)

    assert (response.status_code, response.json()["code"]) == (400, "BAD_USER_INPUT")
    assert await uploads.declared() == {}


@pytest.mark.parametrize(
    "content", [b"", b"--b\r\n", b"--b--\r\n", b"--b\r\nno header\r\n\r\n", b"--b\r\n" * 10_000, b"x" * 100_000]
)
@pytest.mark.parametrize("boundary", ["; boundary=b", "", '; boundary=""'])
async def test_a_broken_form_is_refused(uploads: Uploads, content: bytes, boundary: str) -> None:
    response = await uploads.send(content, media_type=f"multipart/form-data{boundary}")

    assert (response.status_code, response.json()["code"]) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    "media_type",
    ["", "application/json", "application/zip", "text/plain", "text/html", "text/csv; charset=utf-16", "a" * 9_000],
)
async def test_another_content_type_is_415(uploads: Uploads, media_type: str) -> None:
    response = await uploads.send(table(PACK), media_type=media_type)

    assert (response.status_code, response.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_file_of_another_type_in_a_form_is_415(uploads: Uploads) -> None:
    response = await uploads.send_form([("file", ("a.png", b"\x89PNG", "image/png"))])

    assert (response.status_code, response.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "query",
    ["?dryrun=true", "?dryRun=1", "?dryRun=", "?dryRun=true&dryRun=false", "?idempotencyKey=", "?item=pack"],
)
async def test_a_misspelt_parameter_is_refused_for_it_might_have_been_a_dry_run(uploads: Uploads, query: str) -> None:
    response = await uploads.send(table(PACK), query)

    assert (response.status_code, response.json()["code"]) == (400, "BAD_USER_INPUT")
    assert await uploads.declared() == {}


async def test_two_different_keys_are_refused_and_one_that_is_too_long(uploads: Uploads) -> None:
    two = await uploads.send(table(PACK), "?idempotencyKey=a", idempotency_key="b")
    long = await uploads.send(table(PACK), idempotency_key="k" * 256)

    assert (two.status_code, two.json()["code"]) == (400, "BAD_USER_INPUT")
    assert (long.status_code, long.json()["code"]) == (400, "INVALID")
    assert "255" in long.json()["findings"][0]["message"]
    assert await uploads.declared() == {}


@pytest.mark.parametrize("is_form", [True, False])
async def test_a_body_past_the_limit_is_413(uploads: Uploads, is_form: bool) -> None:
    content = b"x" * (MOST_BODY_BYTES + 1)
    response = await (uploads.send_form([("file", ("a.csv", content, CSV_TYPE))]) if is_form else uploads.send(content))

    assert (response.status_code, response.json()["code"]) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (packed("<row/>" * 1_000_000), "WORKBOOK_UNSAFE"),
        (packed("", prologue='<!DOCTYPE a [<!ENTITY b "c">]>'), "WORKBOOK_UNSAFE"),
        (packed("<row/>")[:300], "FILE_UNREADABLE"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "FILE_UNREADABLE"),
        (table(PACK), "FILE_UNREADABLE"),
    ],
)
async def test_a_workbook_that_is_none_is_refused_with_its_reason(uploads: Uploads, content: bytes, code: str) -> None:
    response = await uploads.send(content, media_type=XLSX_TYPE)

    assert response.status_code == 400
    assert (response.json()["code"], response.json()["findings"][0]["code"]) == ("INVALID", code)
    assert await uploads.declared() == {}


async def test_the_answer_as_csv_has_a_line_per_finding_and_no_formulas(uploads: Uploads) -> None:
    response = await uploads.send(table(PACK, "=cmd(),x,2025-01-01,2026-01-01,2026-01-01,AR6"), accept="text/csv")
    lines = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))

    assert (response.status_code, response.headers["content-type"]) == (400, "text/csv; charset=utf-8")
    assert lines[0] == ["row", "status", "declaration", "severity", "code", "path", "message"]
    assert [line[:6] for line in lines[1:4]] == [
        ["2", "CHECKED", "", "", "", ""],
        ["3", "REFUSED", "", "ERROR", "FORMULA", "row 3.item"],
        ["3", "REFUSED", "", "ERROR", "NOT_A_NUMBER", "row 3.kgco2e"],
    ]


async def test_what_is_no_table_is_told_as_csv_too(uploads: Uploads) -> None:
    response = await uploads.send(b"a;b", accept="text/csv, */*;q=0.1")

    assert response.status_code == 400
    assert ",ERROR,HEADER,row 1," in response.text


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠a"])
def test_a_text_that_begins_like_a_formula_is_made_plain(text: str) -> None:
    assert as_text_cell(text) == f"'{text}"
    assert as_text_cell(f"a{text}") == f"a{text}"


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_templates_are_served_to_everybody(uploads: Uploads, language: str) -> None:
    workbook = await uploads.http.get(f"/uploads/template.xlsx?lang={language}")
    text = await uploads.http.get(f"/uploads/template.csv?lang={language}")

    assert (workbook.status_code, workbook.headers["content-type"]) == (200, XLSX_TYPE)
    assert (text.status_code, text.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert workbook.headers["content-disposition"] == f'attachment; filename="declarations-{language}.xlsx"'
    assert [workbook.content, text.content] == [
        give("zh" if language == "zh" else "en") for give in (template_xlsx, template_csv)
    ]
    assert (await uploads.http.head(f"/uploads/template.xlsx?lang={language}")).status_code == 200


async def test_a_template_is_english_unless_another_language_is_asked_for(uploads: Uploads) -> None:
    assert (await uploads.http.get("/uploads/template.csv")).content == template_csv("en")
    for query in ("lang=fr", "lang=", "language=zh", "lang=zh&lang=en"):
        response = await uploads.http.get(f"/uploads/template.csv?{query}")
        assert (response.status_code, response.json()["code"]) == (400, "BAD_USER_INPUT")


async def test_an_empty_template_sent_back_is_told_that_it_is_empty(uploads: Uploads) -> None:
    response = await uploads.send(template_xlsx("zh"), media_type=XLSX_TYPE)

    assert (response.status_code, response.json()["findings"][0]["code"]) == (400, "REQUIRED")


async def test_a_browser_that_opens_the_door_is_told_what_to_do(uploads: Uploads) -> None:
    response = await uploads.http.get("/uploads/declarations")

    assert (response.status_code, response.json()["code"], response.headers["allow"]) == (
        *(405, "METHOD_NOT_ALLOWED", "POST"),
    )
