"""A push's whole way on every store: dry run, push, waiting, review, correction, what a past view still says."""

import json
from typing import Any

import pytest

from tests.api.conftest import PACK_KGCO2E
from tests.api.test_declaring import DECLARE, pushed, review, total
from tests.support.api_client import Api
from tests.support.pact_documents import v3_document

WAITING = "{ waiting { uid reason suggestions productName document } }"
ASSIGN = """mutation Assign($input: AssignWaitingInput!) { assignWaiting(input: $input) { __typename
  ... on FootprintDeclared { declaration { uid state item { uid } } waiting }
  ... on ChangesRefused { code findings { code path message } } } }"""


async def test_a_push_is_reviewed_corrected_and_remembered(chain: Api) -> None:
    old = await pushed(chain, "one")
    received = (await chain.ask("{ revision { number } }"))["revision"]["number"]
    await review(chain, old, "ACCEPT")
    new = await pushed(chain, "two", kgCO2e=160.0, precedingUids=[old])
    await review(chain, new, "ACCEPT")

    states = await chain.ask("{ declarations { edges { node { uid state precedingUids } } } }")
    past = await chain.ask(
        'query Past($at: Int!) { item(uid: "pack", view: {revision: $at}) { footprint { totalKgCO2e } } }',
        {"at": received},
    )

    assert [edge["node"] for edge in states["declarations"]["edges"]] == [
        {"uid": new, "state": "ACCEPTED", "precedingUids": [old]},
        {"uid": old, "state": "DEPRECATED", "precedingUids": []},
    ]
    assert (await total(chain, "pack"))["totalKgCO2e"] == 160.0
    assert past["item"]["footprint"]["totalKgCO2e"] == pytest.approx(PACK_KGCO2E)


async def test_a_document_without_an_item_waits_until_it_is_given_one(chain: Api) -> None:
    document = v3_document(declaredUnitOfMeasurement="piece")
    given = {"idempotencyKey": "one", "pact": document}
    sent = (await chain.ask(DECLARE, {"input": given}))["declareFootprint"]
    (waiting,) = (await chain.ask(WAITING))["waiting"]

    assigned = await chain.ask(ASSIGN, {"input": {"idempotencyKey": "two", "waiting": waiting["uid"], "item": "pack"}})

    assert sent["declaration"] is None
    assert sent["waiting"] == waiting["uid"]
    assert waiting["document"] == json.loads(json.dumps(document))
    declaration: Any = assigned["assignWaiting"]["declaration"]
    assert declaration == {"uid": document["id"], "state": "RECEIVED", "item": {"uid": "pack"}}
    assert (await chain.ask(WAITING))["waiting"] == []
    (node,) = (await chain.ask("{ declarations { edges { node { pact } } } }"))["declarations"]["edges"]
    assert node["node"]["pact"] == document


async def test_a_document_that_was_given_an_item_by_hand_is_known_when_it_comes_again(chain: Api) -> None:
    document = v3_document(declaredUnitOfMeasurement="piece")
    sent = (await chain.ask(DECLARE, {"input": {"idempotencyKey": "one", "pact": document}}))["declareFootprint"]
    assigned = {"idempotencyKey": "two", "waiting": sent["waiting"], "item": "pack"}
    await chain.ask(ASSIGN, {"input": assigned})

    again = (await chain.ask(DECLARE, {"input": {"idempotencyKey": "three", "pact": document}}))["declareFootprint"]

    assert again["declaration"]["uid"] == document["id"]
    assert again["waiting"] is None
    assert (await chain.ask(WAITING))["waiting"] == []


async def test_the_same_document_is_known_also_when_its_item_converts_otherwise_by_now(chain: Api) -> None:
    document = v3_document(declaredUnitOfMeasurement="kilowatt hour", productMassPerDeclaredUnit="0")
    given = {"uid": "pack", "declaredUnit": "pc", "identifiers": document["productIds"]}
    await chain.record("before", items=[given | {"equivalents": [{"amount": 60.0, "unit": "kWh"}]}])
    first = (await chain.ask(DECLARE, {"input": {"idempotencyKey": "one", "pact": document}}))["declareFootprint"]
    await chain.record("after", items=[given | {"equivalents": [{"amount": 61.0, "unit": "kWh"}]}])

    again = (await chain.ask(DECLARE, {"input": {"idempotencyKey": "two", "pact": document}}))["declareFootprint"]
    changed = {**document, "comment": "another"}
    refused = (await chain.ask(DECLARE, {"input": {"idempotencyKey": "three", "pact": changed}}))["declareFootprint"]

    assert first["declaration"]["unitFactor"] == again["declaration"]["unitFactor"] == 60.0
    assert [finding["code"] for finding in refused["findings"] if finding["severity"] == "ERROR"] == [
        "DECLARATION_CHANGED"
    ]


async def test_what_no_item_could_mend_is_refused_and_does_not_wait(chain: Api) -> None:
    document = v3_document(referencePeriodStart="2026-01-01T00:00:00Z", referencePeriodEnd="2025-01-01T00:00:00Z")

    refused = (await chain.ask(DECLARE, {"input": {"idempotencyKey": "one", "pact": document}}))["declareFootprint"]

    assert refused["__typename"] == "ChangesRefused"
    assert (await chain.ask(WAITING))["waiting"] == []


async def test_a_push_that_waits_already_is_no_revision_of_its_own(chain: Api) -> None:
    document = v3_document(declaredUnitOfMeasurement="piece")
    first = (await chain.ask(DECLARE, {"input": {"idempotencyKey": "one", "pact": document}}))["declareFootprint"]

    again = (await chain.ask(DECLARE, {"input": {"idempotencyKey": "two", "pact": document}}))["declareFootprint"]

    assert again["waiting"] == first["waiting"]
    assert again["revision"]["number"] == first["revision"]["number"]


ROW = """item,kgco2e,reference_period_start,reference_period_end,valid_from
the big pack,150,2025-01-01,2025-12-31,2026-01-01
"""


async def test_a_row_that_was_given_an_item_by_hand_is_known_when_the_table_comes_again(chain: Api) -> None:
    async def upload(key: str) -> Any:
        answer = await chain.http.post(
            "/uploads/declarations",
            content=ROW,
            headers={"authorization": f"Bearer {chain.leader}", "content-type": "text/csv", "idempotency-key": key},
        )
        (row,) = answer.json()["rows"]
        return row

    await upload("one")
    (waiting,) = (await chain.ask(WAITING))["waiting"]
    assigned = {"idempotencyKey": "two", "waiting": waiting["uid"], "item": "pack"}
    declaration = (await chain.ask(ASSIGN, {"input": assigned}))["assignWaiting"]["declaration"]

    again = await upload("three")

    assert (again["status"], again["declaration"]) == ("KNOWN", declaration["uid"])
    assert (await chain.ask(WAITING))["waiting"] == []
