"""Suppliers push footprints by GraphQL, the chain leader reviews them, totals follow."""

from datetime import timedelta
from typing import Any

import pytest

from graph_service.model.vocabulary import Role
from tests.api.conftest import PACK_KGCO2E
from tests.conftest import OpenStore
from tests.support.api_client import Api
from tests.support.clock import FixedClock

DECLARE = """mutation Declare($input: DeclareFootprintInput!) { declareFootprint(input: $input) { __typename
  ... on FootprintDeclared {
    declaration { uid state totalKgCO2e declaredUnit unitFactor documentFormat conversion findings { code path }
      pact precedingUids reason }
    revision { number by door } findings { code severity path message } replayed dryRun waiting }
  ... on ChangesRefused { code findings { code severity path message } } } }"""

REVIEW = """mutation Review($input: ReviewDeclarationInput!) { reviewDeclaration(input: $input) { __typename
  ... on DeclarationReviewed { declaration { uid state reason counterRequest } revision { number door } replayed }
  ... on ChangesRefused { code findings { code path message } } } }"""

TOTAL = """query Total($item: ID!) { item(uid: $item) { footprint {
  totalKgCO2e directKgCO2e isComplete findings { code path message } } } }"""

SHORT = {
    "item": "pack",
    "kgCO2e": 150.0,
    "fossilKgCO2e": 140.0,
    "validFrom": "2026-01-01",
    "referencePeriodStart": "2025-01-01",
    "referencePeriodEnd": "2025-12-31",
    "primaryDataShare": 0.6,
    "gwpSet": "AR6",
}


@pytest.fixture
def open_store(embedded_only: OpenStore) -> OpenStore:
    """What becomes of a push is the same on every store; what the stores promise is tested there."""
    return embedded_only


async def push(api: Api, key: str, *, access: str | None = None, dry_run: bool = False, **short: Any) -> Any:
    """The payload of a push of the short form."""
    values = {name: value for name, value in {**SHORT, **short}.items() if value is not None}
    given = {"idempotencyKey": key, "short": values, "dryRun": dry_run}
    return (await api.ask(DECLARE, {"input": given}, key=access))["declareFootprint"]


async def pushed(api: Api, key: str, **short: Any) -> str:
    """The uid of a declaration that was taken."""
    payload = await push(api, key, **short)
    assert payload["__typename"] == "FootprintDeclared", payload
    uid: str = payload["declaration"]["uid"]
    return uid


async def review(api: Api, uid: str, decision: str, *, access: str | None = None, **given: Any) -> Any:
    """The payload of a review."""
    asked = {"idempotencyKey": f"{decision} {uid} {given}", "declaration": uid, "decision": decision, **given}
    return (await api.ask(REVIEW, {"input": asked}, key=access))["reviewDeclaration"]


async def total(api: Api, item: str) -> Any:
    """An item's total."""
    return (await api.ask(TOTAL, {"item": item}))["item"]["footprint"]


async def test_a_push_waits_for_its_review_and_then_counts(chain: Api) -> None:
    uid = await pushed(chain, "one")
    before = await total(chain, "pack")

    accepted = await review(chain, uid, "ACCEPT", expectedState="RECEIVED")

    assert before["totalKgCO2e"] == pytest.approx(PACK_KGCO2E)
    assert accepted["declaration"] == {"uid": uid, "state": "ACCEPTED", "reason": None, "counterRequest": None}
    assert (await total(chain, "pack"))["totalKgCO2e"] == 150.0


async def test_the_same_push_again_is_one_declaration(chain: Api) -> None:
    first = await push(chain, "one")
    again = await push(chain, "one")
    with_another_key = await push(chain, "two")

    assert not first["replayed"]
    assert again["replayed"]
    assert again["declaration"] == with_another_key["declaration"] == first["declaration"]
    assert with_another_key["revision"]["number"] == first["revision"]["number"]


async def test_a_key_with_other_content_is_refused(chain: Api) -> None:
    await push(chain, "one")

    refused = await push(chain, "one", kgCO2e=151.0)

    assert refused["code"] == "KEY_REUSED"


async def test_a_correction_deprecates_what_it_replaces_and_totals_say_so(chain: Api) -> None:
    old = await pushed(chain, "one")
    await review(chain, old, "ACCEPT")
    new = await pushed(chain, "two", kgCO2e=160.0, precedingUids=[old])
    while_pending = await total(chain, "pack")

    await review(chain, new, "ACCEPT")

    assert while_pending["totalKgCO2e"] == 150.0
    after = await total(chain, "pack")
    assert after["totalKgCO2e"] == 160.0
    (said,) = [finding for finding in after["findings"] if finding["code"] == "DEPRECATED_DECLARATION"]
    assert old in said["message"]
    assert new in said["message"]


async def test_taking_an_acceptance_back_restores_what_it_had_replaced(chain: Api) -> None:
    old = await pushed(chain, "one")
    await review(chain, old, "ACCEPT")
    new = await pushed(chain, "two", kgCO2e=160.0, precedingUids=[old])
    await review(chain, new, "ACCEPT")

    await review(chain, new, "REJECT", reason="wrong year", counterRequest="send 2025")

    assert (await total(chain, "pack"))["totalKgCO2e"] == 150.0


@pytest.mark.parametrize("decision", ["QUERY", "REJECT"])
async def test_a_query_or_rejection_needs_a_reason(chain: Api, decision: str) -> None:
    uid = await pushed(chain, "one")

    refused = await review(chain, uid, decision)
    told = await review(chain, uid, decision, reason="which plant?")

    assert [finding["code"] for finding in refused["findings"]] == ["REASON_MISSING"]
    assert told["declaration"]["reason"] == "which plant?"


async def test_a_review_of_another_state_than_expected_is_a_conflict(chain: Api) -> None:
    uid = await pushed(chain, "one")
    await review(chain, uid, "ACCEPT")

    refused = await review(chain, uid, "REJECT", reason="late", expectedState="RECEIVED")

    assert refused["code"] == "CONFLICT"


async def test_a_deprecated_declaration_is_final(chain: Api) -> None:
    uid = await pushed(chain, "one")
    await review(chain, uid, "DEPRECATE", reason="wrong product")

    refused = await review(chain, uid, "ACCEPT")

    assert [finding["code"] for finding in refused["findings"]] == ["DECLARATION_FINAL"]


async def test_a_dry_run_records_nothing(chain: Api) -> None:
    before = (await chain.ask("{ revision { number } }"))["revision"]["number"]

    checked = await push(chain, "one", dry_run=True)

    assert checked["dryRun"]
    assert checked["declaration"] is None
    assert (await chain.ask("{ revision { number } declarations { totalCount } }")) == {
        "revision": {"number": before},
        "declarations": {"totalCount": 0},
    }


async def test_an_expired_declaration_falls_back_to_the_traced_structure(chain: Api, clock: FixedClock) -> None:
    uid = await pushed(chain, "one", validTo="2026-12-31")
    await review(chain, uid, "ACCEPT")
    assert (await total(chain, "pack"))["totalKgCO2e"] == 150.0

    clock.advance(timedelta(days=365))

    assert (await total(chain, "pack"))["totalKgCO2e"] == pytest.approx(PACK_KGCO2E)


async def test_a_supplier_pushes_its_own_items_only_and_others_do_not_exist_for_it(chain: Api) -> None:
    await chain.record(
        "suppliers",
        suppliers=[{"uid": "s1", "name": "One"}, {"uid": "s2", "name": "Two"}],
        items=[
            {"uid": "mine", "declaredUnit": "kg", "supplier": "s1"},
            {"uid": "theirs", "declaredUnit": "kg", "supplier": "s2"},
        ],
    )
    key = await chain.key(Role.SUPPLIER, "s1")

    own = await push(chain, "a", access=key, item="mine")
    foreign = await push(chain, "b", access=key, item="theirs")
    unknown = await push(chain, "c", access=key, item="nobody")

    assert own["declaration"]["state"] == "RECEIVED"
    said = [(one["code"], [finding["message"] for finding in one["findings"]]) for one in (foreign, unknown)]
    assert said[0][0] == said[1][0]
    assert said[0][1][0].replace("theirs", "X") == said[1][1][0].replace("nobody", "X")


@pytest.mark.parametrize(
    ("rule", "tolerance", "kgco2e", "state"),
    [
        ("REVIEW", None, 150.0, "RECEIVED"),
        ("ALWAYS", None, 150.0, "ACCEPTED"),
        ("ALWAYS", 0.5, 1.4 * PACK_KGCO2E, "ACCEPTED"),
        ("ALWAYS", 0.1, 1.4 * PACK_KGCO2E, "RECEIVED"),
        ("CLEAN", None, 1.2 * PACK_KGCO2E, "ACCEPTED"),
        ("CLEAN", None, 10 * PACK_KGCO2E, "RECEIVED"),
    ],
)
async def test_a_rule_accepts_at_once_what_it_says(
    chain: Api, rule: str, tolerance: float | None, kgco2e: float, state: str
) -> None:
    item = {"uid": "pack", "declaredUnit": "pc", "supplier": "s1"}
    await chain.record(
        "rule",
        suppliers=[{"uid": "s1", "name": "One", "acceptance": rule, "acceptanceTolerance": tolerance}],
        items=[item],
    )
    await total(chain, "pack")  # solved: there is a total so far
    await chain.ask(
        "query T($item: ID!) { item(uid: $item) { footprint(view: {basis: TRACED}) { totalKgCO2e } } }",
        {"item": "pack"},
    )

    payload = await push(chain, "one", access=await chain.key(Role.SUPPLIER, "s1"), kgCO2e=kgco2e, fossilKgCO2e=None)

    assert payload["declaration"]["state"] == state, payload


async def test_a_rule_stays_when_the_supplier_is_recorded_again_without_it(chain: Api) -> None:
    await chain.record("rule", suppliers=[{"uid": "s1", "name": "One", "acceptance": "ALWAYS"}])
    await chain.record("again", suppliers=[{"uid": "s1", "name": "One (renamed)"}])

    found = await chain.ask('{ supplier(uid: "s1") { name acceptance } }')

    assert found["supplier"] == {"name": "One (renamed)", "acceptance": "ALWAYS"}


async def test_a_rule_judges_by_the_totals_of_today_also_where_nobody_has_asked_for_them(
    chain: Api, clock: FixedClock
) -> None:
    await chain.record(
        "rule",
        suppliers=[{"uid": "s1", "name": "One", "acceptance": "CLEAN"}],
        items=[{"uid": "pack", "declaredUnit": "pc", "supplier": "s1"}],
    )

    cold = await push(chain, "one", kgCO2e=10 * PACK_KGCO2E, fossilKgCO2e=None)
    clock.advance(timedelta(days=1))
    next_day = await push(chain, "two", kgCO2e=11 * PACK_KGCO2E, fossilKgCO2e=None)
    await chain.record("more", emissions=[{"uid": "more", "item": "pack", "kgCO2e": 10 * PACK_KGCO2E}])
    after_a_change = await push(chain, "three", kgCO2e=11 * PACK_KGCO2E + 1, fossilKgCO2e=None)

    assert [one["declaration"]["state"] for one in (cold, next_day)] == ["RECEIVED", "RECEIVED"]
    assert [finding["code"] for finding in cold["findings"]] == ["TRACED_DIFFERS"]
    assert after_a_change["declaration"]["state"] == "ACCEPTED"


async def test_a_dry_run_is_judged_by_totals_that_nobody_has_asked_for(chain: Api) -> None:
    checked = await push(chain, "one", dry_run=True, kgCO2e=10 * PACK_KGCO2E, fossilKgCO2e=None)

    assert [finding["code"] for finding in checked["findings"]] == ["TRACED_DIFFERS"]


async def test_accepting_what_was_queried_leaves_no_old_reason(chain: Api) -> None:
    uid = await pushed(chain, "one")
    await review(chain, uid, "QUERY", reason="which year?", counterRequest="send 2025")

    accepted = await review(chain, uid, "ACCEPT")

    assert accepted["declaration"] == {"uid": uid, "state": "ACCEPTED", "reason": None, "counterRequest": None}


async def test_a_rule_given_anew_without_a_tolerance_has_none(chain: Api) -> None:
    rule = {"uid": "cells", "name": "Cell Works", "acceptance": "CLEAN"}
    await chain.record("one", suppliers=[rule | {"acceptanceTolerance": 0.2}])
    await chain.record("two", suppliers=[rule])

    found = await chain.ask('{ supplier(uid: "cells") { acceptance acceptanceTolerance } }')

    assert found["supplier"] == {"acceptance": "CLEAN", "acceptanceTolerance": None}


async def test_a_push_answers_what_was_asked_through_whichever_door_it_comes(chain: Api) -> None:
    asked = await chain.ask('mutation { requestFootprint(item: "pack") { ... on FootprintRequest { uid state } } }')
    key = await chain.key(Role.SUPPLIER, "cells")

    uid = (await push(chain, "one", access=key))["declaration"]["uid"]

    found = (await chain.ask("{ footprintRequests { uid state declarations } }", key=key))["footprintRequests"]
    assert asked["requestFootprint"]["state"] == "OPEN"
    assert found == [{"uid": asked["requestFootprint"]["uid"], "state": "FULFILLED", "declarations": [uid]}]


async def test_a_warning_of_an_unknown_predecessor_is_one_that_the_rule_clean_does_not_accept(chain: Api) -> None:
    await chain.record(
        "rule",
        suppliers=[{"uid": "s1", "name": "One", "acceptance": "CLEAN"}],
        items=[{"uid": "pack", "declaredUnit": "pc", "supplier": "s1"}],
    )

    payload = await push(chain, "one", kgCO2e=PACK_KGCO2E, fossilKgCO2e=None, precedingUids=["never-sent"])

    assert payload["declaration"]["state"] == "RECEIVED"
    assert [finding["code"] for finding in payload["declaration"]["findings"]] == ["UNKNOWN_PREDECESSOR"]
