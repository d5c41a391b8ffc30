"""GraphQL over HTTP: media types, status codes, limits, and what an error may say."""

import asyncio
import gzip
import json
import logging
from typing import Any

import pytest

from graph_service.api.bodies import MOST_BODY_BYTES
from graph_service.errors import StoreUnavailable
from graph_service.model.batch import PreparedBatch, Receipt
from graph_service.model.facts import Facts
from tests.conftest import OpenStore
from tests.support.api_client import APPLY, Api, api_on
from tests.support.clock import FixedClock

GRAPHQL_JSON = "application/graphql-response+json"


@pytest.fixture
def open_store(embedded_only: OpenStore) -> OpenStore:
    """The protocol is the same on every store."""
    return embedded_only


def headers(api: Api, **more: str) -> dict[str, str]:
    return {"authorization": f"Bearer {api.leader}", "content-type": "application/json"} | {
        name.replace("_", "-"): value for name, value in more.items()
    }


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("application/json", "application/json"),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        ("*/*", "application/json"),
        ("application/json; q=0.5, application/graphql-response+json; q=0.9", GRAPHQL_JSON),
        ("application/graphql-response+json; q=0.1, application/json", "application/json"),
    ],
)
async def test_the_answer_has_the_media_type_that_was_asked_for(api: Api, accept: str, answered: str) -> None:
    response = await api.post("{ __typename }", accept=accept)

    assert response.status_code == 200
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("accept", ["text/plain", "image/png", "application/json;q=0"])
async def test_a_media_type_that_cannot_be_served_is_406(api: Api, accept: str) -> None:
    assert (await api.post("{ __typename }", accept=accept)).status_code == 406


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", "BAD_USER_INPUT"),
        ("query ($id: ID!) { node(id: $id) { id } }", "BAD_USER_INPUT"),
    ],
)
async def test_a_refused_document_is_400_or_200_by_media_type_and_has_no_data(api: Api, query: str, code: str) -> None:
    honest, legacy = await api.post(query, accept=GRAPHQL_JSON), await api.post(query, accept="application/json")

    assert (honest.status_code, legacy.status_code) == (400, 200)
    for response in (honest, legacy):
        assert "data" not in response.json()
        assert response.json()["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{", 400),
        ("[]", 400),
        ('[{"query": "{ __typename }"}]', 400),
        ("{}", 400),
        ('{"query": 1}', 400),
        ('{"query": null}', 400),
        ('{"query": "  "}', 400),
        ('{"query": "{ __typename }", "query": "{ me { name } }"}', 400),
        ('{"query": "{ __typename }", "variables": []}', 400),
        ('{"query": "{ __typename }", "operationName": 1}', 400),
        ('{"query": "{ __typename }", "extensions": 1}', 400),
        ('{"query": "{ __typename }", "variables": {"a": NaN}}', 400),
        ('{"query": "{ __typename }", "variables": {"a": "\\ud800"}}', 400),
        ('{"query": "{ __typename }", "variables": {"a": ' + "[" * 100 + "]" * 100 + "}}", 400),
        ('{"query": "{ __typename }", "variables": {"a": ' + "[" * 100_000 + "]" * 100_000 + "}}", 400),
        ('{"query": "{ __typename }", "variables": null, "operationName": null, "extensions": null}', 200),
    ],
)
async def test_the_body_must_be_one_json_object_with_a_query(api: Api, body: str, status: int) -> None:
    response = await api.http.post("/graphql", content=body, headers=headers(api, accept=GRAPHQL_JSON))

    assert response.status_code == status
    if status == 400:
        assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_bytes_that_are_not_utf_8_are_refused(api: Api) -> None:
    response = await api.http.post("/graphql", content=b'{"query": "{ \xff }"}', headers=headers(api))

    assert response.status_code == 400


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", ""]
)
async def test_another_content_type_is_415(api: Api, content_type: str) -> None:
    response = await api.http.post(
        "/graphql", content='{"query": "{ __typename }"}', headers=headers(api, content_type=content_type)
    )

    assert response.status_code == 415


@pytest.mark.parametrize("content_type", ["application/json;charset=UTF-8", 'Application/JSON; charset="utf-8"'])
async def test_json_in_utf_8_is_taken_however_it_is_spelled(api: Api, content_type: str) -> None:
    response = await api.http.post(
        "/graphql", content='{"query": "{ __typename }"}', headers=headers(api, content_type=content_type)
    )

    assert response.status_code == 200


async def test_a_query_may_come_by_get_and_a_mutation_may_not(api: Api) -> None:
    got = await api.http.get(
        "/graphql",
        params={
            "query": "query A($id: ID!) { node(id: $id) { id } }",
            "variables": '{"id": "x"}',
            "operationName": "A",
        },
        headers=headers(api),
    )
    pushed = await api.http.get(
        "/graphql",
        params={"query": 'mutation { applyChanges(input: {idempotencyKey: "k"}) { __typename } }'},
        headers=headers(api),
    )

    assert got.json() == {"data": {"node": None}}
    assert pushed.status_code == 405
    assert pushed.headers["allow"] == "POST"
    assert (await api.ask("{ revision { number } }"))["revision"]["number"] == 0


@pytest.mark.parametrize("accept", ["text/html,*/*", "text/html"])
async def test_a_browser_is_told_how_to_ask(api: Api, accept: str) -> None:
    response = await api.http.get("/graphql", headers={"accept": accept})

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert "query" in response.text


async def test_a_body_past_the_limit_is_413_whether_or_not_it_says_its_length(api: Api) -> None:
    said = await api.http.post("/graphql", content=b" " * (MOST_BODY_BYTES + 1), headers=headers(api))

    async def chunks() -> Any:
        for _ in range(11):
            yield b" " * (1024 * 1024)

    unsaid = await api.http.post("/graphql", content=chunks(), headers=headers(api))

    assert (said.status_code, unsaid.status_code) == (413, 413)
    assert said.json()["errors"][0]["extensions"]["code"] == "BODY_TOO_LARGE"


async def test_a_compressed_body_is_not_unpacked(api: Api) -> None:
    body = gzip.compress(json.dumps({"query": "{ __typename }"}).encode())

    response = await api.http.post("/graphql", content=body, headers=headers(api, content_encoding="gzip"))

    assert response.status_code == 400


DEEP = '{ item(uid: "x") ' + "{ supplier { items { edges { node " * 10 + "{ uid }" + "} } } } " * 10 + "}"
FRAGMENTS = "{ ...F0 } " + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))
FRAGMENTS += " fragment F60 on Query { __typename }"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (DEEP, "QUERY_TOO_COMPLEX"),
        ("{ " + "__typename " * 1001 + "}", "QUERY_TOO_COMPLEX"),
        ("{" * 5_000, "GRAPHQL_PARSE_FAILED"),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(4_000)) + " }", "GRAPHQL_PARSE_FAILED"),
        ("# " + "x" * 70_000 + "\n{ __typename }", "GRAPHQL_PARSE_FAILED"),
        ("query A { ...F } fragment F on Query { ...F }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_a_query_past_the_limits_is_refused_by_name(api: Api, query: str, code: str) -> None:
    response = await api.post(query, accept=GRAPHQL_JSON)

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == code


async def test_fragments_spread_twice_at_each_of_sixty_levels_are_answered(api: Api) -> None:
    assert await api.ask(FRAGMENTS) == {"__typename": "Query"}


async def test_introspection_answers(api: Api) -> None:
    from graphql import get_introspection_query

    found = await api.ask(get_introspection_query(descriptions=True))

    assert {"Item", "Footprint"} <= {type_["name"] for type_ in found["__schema"]["types"]}


async def test_a_defect_is_masked_and_found_in_the_log_by_its_request_id(
    chain: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("graph_service.api.graphql.viewed.footprint", fail)
    with caplog.at_level(logging.ERROR, logger="graph_service.api"):
        response = await chain.post('{ item(uid: "car") { uid footprint { totalKgCO2e } } }', x_request_id="find-me")

    (error,) = response.json()["errors"]
    assert "hunter2" not in response.text
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "find-me"}
    assert error["path"] == ["item", "footprint"]
    assert response.json()["data"] == {"item": {"uid": "car", "footprint": None}}
    assert any("hunter2" in str(record.exc_info) for record in caplog.records)


async def test_a_store_that_does_not_answer_is_said_so(chain: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unavailable() -> None:
        raise StoreUnavailable("the store does not answer; try again")

    monkeypatch.setattr(chain.store, "revision", unavailable)

    error = await chain.error('{ item(uid: "car") { uid } }')

    assert error["extensions"]["code"] == "STORE_UNAVAILABLE"
    assert error["message"] == "the store does not answer; try again"


async def test_an_operation_past_its_time_is_given_up(chain: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(chain.store, "revision", never)
    monkeypatch.setattr("graph_service.api.graphql.execution.OPERATION_TIMEOUT_S", 0.05)

    response = await chain.post('{ item(uid: "car") { uid } }')

    assert response.status_code == 504
    assert response.json()["errors"][0]["extensions"]["code"] == "TIMED_OUT"


LIST = "items(first: 200) { edges { node { uid supplier { "
WIDE = '{ supplier(uid: "smith") { ' + LIST * 4 + "uid" + " } } } }" * 4 + " } }"
"""The ten items of a supplier, then all of them for each of them, three times over: 11,110 entries."""


async def wide(api: Api) -> None:
    items = [{"uid": f"bolt-{number}", "declaredUnit": "pc", "supplier": "smith"} for number in range(10)]
    await api.record("bolts", suppliers=[{"uid": "smith", "name": "Smith"}], items=items)


async def test_lists_inside_lists_are_given_up_where_they_multiply_past_the_limit(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await wide(api)
    within = await api.ask(WIDE)
    monkeypatch.setattr("graph_service.api.graphql.allowance.MOST_ENTRIES", 5_000)

    response = await api.post(WIDE, accept=GRAPHQL_JSON)

    assert str(within).count("bolt") == 11_110
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert "5,000 entries" in error["message"]
    assert "data" not in response.json()


async def test_others_have_their_turn_between_the_lists_of_a_large_answer(api: Api) -> None:
    await wide(api)
    large = asyncio.create_task(api.ask(WIDE))
    turns = 0
    while not large.done():
        await asyncio.sleep(0)
        turns += 1

    assert (await large)["supplier"]
    assert turns > 1_111  # others had their turn between its lists, not between its levels


async def test_a_batch_that_outlasts_its_request_is_recorded_and_told_by_its_key(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = asyncio.Event()
    apply = api.store.apply

    async def slow_apply(batch: PreparedBatch) -> Receipt:
        await may_go_on.wait()
        return await apply(batch)

    batch = {"idempotencyKey": "slow", "items": [{"uid": "bolt", "declaredUnit": "pc"}]}
    with monkeypatch.context() as patched:
        patched.setattr(api.store, "apply", slow_apply)
        patched.setattr("graph_service.api.graphql.execution.OPERATION_TIMEOUT_S", 0.05)
        given_up = await api.post(APPLY, {"input": batch})
    may_go_on.set()
    repeated = (await api.ask(APPLY, {"input": batch}))["applyChanges"]

    assert given_up.status_code == 504
    assert "same idempotencyKey" in given_up.json()["errors"][0]["message"]
    assert (repeated["revision"]["number"], repeated["replayed"]) == (1, True)


async def test_a_graph_that_takes_longer_than_one_operation_is_there_for_the_next(
    open_store: OpenStore, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store(clock=clock)
    async with api_on(store, clock=clock) as writer:
        await writer.record("one", items=[{"uid": "bolt", "declaredUnit": "pc"}])
    may_go_on = asyncio.Event()
    async with api_on(store, clock=clock) as api:
        export = api.store.export

        async def slow_export(revision: int) -> Facts:
            await may_go_on.wait()
            return await export(revision)

        with monkeypatch.context() as patched:
            patched.setattr(api.store, "export", slow_export)
            patched.setattr("graph_service.api.graphql.execution.OPERATION_TIMEOUT_S", 0.05)
            given_up = await api.post('{ item(uid: "bolt") { uid } }')
        may_go_on.set()
        answered = await api.ask('{ item(uid: "bolt") { uid } }')

    assert given_up.status_code == 504
    assert answered == {"item": {"uid": "bolt"}}
    assert api.store.calls["export"] == 1


@pytest.mark.parametrize(("given", "kept"), [("abc-1", True), ("a b", False), ("x" * 65, False), ("", False)])
async def test_a_sane_request_id_is_echoed_and_another_replaced(api: Api, given: str, kept: bool) -> None:
    response = await api.post("{ __typename }", x_request_id=given)

    answered = response.headers["x-request-id"]
    assert (answered == given) is kept
    assert answered


async def test_the_log_has_one_line_per_request_and_no_secrets(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="graph_service.api"):
        await api.post("query Secretive { __typename }", x_request_id="one")

    lines = [record for record in caplog.records if record.getMessage() == "request"]
    assert len(lines) == 1
    fields: dict[str, Any] = getattr(lines[0], "fields")  # noqa: B009 -- set by the log call
    assert fields["request_id"] == "one"
    assert (fields["method"], fields["path"], fields["status"]) == ("POST", "/graphql", 200)
    assert fields["operation"] == "Secretive"
    assert api.leader not in str(fields)
    assert "__typename" not in str(fields)
