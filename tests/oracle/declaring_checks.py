"""What the service shows of declarations, waiting footprints and totals, held to the second opinion's world."""

import random
from datetime import date
from typing import Any

import pytest

from tests.oracle.declaring_reference import Totals, World, codes_of
from tests.support.api_client import Api

WORLD = """{ revision { number } declarations(first: 200) { totalCount edges { node {
    uid state item { uid } totalKgCO2e totalIncludingUptakeKgCO2e validFrom validTo primaryDataShare } } }
  waiting(first: 200) { uid reason suggestions kgCO2e sentBy } }"""
TOTALS = """query ($uids: [ID!]!, $view: ViewInput) { footprints(items: $uids, view: $view) {
  totalKgCO2e directKgCO2e isComplete findings { code path message }
  reconciliation { declaredKgCO2e tracedKgCO2e differenceKgCO2e tracedIsComplete } } }"""
RECONCILED = """query ($products: [ID!], $view: ViewInput) {
  reconciliations(products: $products, first: 200, view: $view) {
  item { uid } declaration { uid } declaredKgCO2e tracedKgCO2e differenceKgCO2e relativeDifference isTracedComplete
  effectKgCO2e } }"""
TOLD = {
    *("EXPIRED_DECLARATION_USED", "DEPRECATED_DECLARATION", "PRIMARY_SHARE_UNKNOWN", "VERIFICATION_UNKNOWN"),
}


async def assert_same_world(api: Api, world: World, revision: int) -> None:
    """Every declaration with its state, the waiting queue and the revision."""
    found = await api.ask(WORLD)
    assert found["revision"]["number"] == revision
    shown = {edge["node"]["uid"]: edge["node"] for edge in found["declarations"]["edges"]}
    expected = {uid: (one.item, world.state(uid)) for uid, one in world.declared.items()}
    found_states = {uid: (one["item"]["uid"], one["state"]) for uid, one in shown.items()}
    assert found_states == expected, sorted(found_states.items() ^ expected.items())
    for uid, one in world.declared.items():
        assert shown[uid]["totalKgCO2e"] == pytest.approx(one.kgco2e, rel=1e-12), one
        assert (shown[uid]["validFrom"], shown[uid]["validTo"]) == (str(one.valid_from), str(one.valid_to)), one
    assert {one["uid"] for one in found["waiting"]} == set(world.waiting)


async def assert_same_totals(
    api: Api, world: World, day: date, *, rng: random.Random, revision: int | None = None
) -> None:
    """Both bases on a day, as known at a revision."""
    view = {"asOf": day.isoformat()} | ({"revision": revision} if revision is not None else {})
    for basis in ("DECLARED_FIRST", "TRACED"):
        totals = world.at(day, is_traced=basis == "TRACED")
        answer = await api.ask(TOTALS, {"uids": totals.uids, "view": {**view, "basis": basis}})
        for uid, found in zip(totals.uids, answer["footprints"], strict=True):
            assert_same_total(totals, uid, found, f"{uid} in {view} {basis}")
    products = rng.sample(totals.uids, rng.choice((0, 1, 2)))
    answer = await api.ask(RECONCILED, {"products": products or None, "view": view})
    assert_same_reconciliations(world.at(day), answer["reconciliations"], products)


def close_to(kgco2e: float, scale_kgco2e: float) -> Any:
    """The kilograms but for rounding, relative to the absolute ones in them."""
    return pytest.approx(kgco2e, rel=1e-9, abs=1e-9 * scale_kgco2e + 1e-12)


def assert_same_total(totals: Totals, uid: str, found: Any, where: str) -> None:
    total, row = totals.total(uid), totals.row[uid]
    scale_kgco2e = float(totals.scale_kgco2e[row])
    assert found["isComplete"] == totals.is_complete(uid), where
    assert (found["totalKgCO2e"] is None) == (total is None), (where, found["totalKgCO2e"], total)
    if total is not None:
        assert found["totalKgCO2e"] == close_to(total, scale_kgco2e), where
        assert found["directKgCO2e"] == close_to(float(totals.direct_kgco2e[row]), scale_kgco2e), where
    told = codes_of(found["findings"])
    assert told & TOLD == totals.finding_codes(uid) & TOLD, (where, found["findings"], totals.finding_codes(uid))


def assert_same_reconciliations(totals: Totals, found: list[Any], products: list[str]) -> None:
    expected = totals.reconciliations(products)
    assert {one["item"]["uid"] for one in found} == set(expected), (found, expected)
    for one in found:
        declared, kgco2e, traced, is_complete, taken = expected[one["item"]["uid"]]
        assert one["declaration"]["uid"] == declared.uid, one
        assert one["declaredKgCO2e"] == pytest.approx(kgco2e, rel=1e-12), one
        assert one["isTracedComplete"] == is_complete, one
        if traced is None:
            assert one["tracedKgCO2e"] is None, one
            assert one["effectKgCO2e"] == (None if taken else 0.0), one
            continue
        scale = abs(kgco2e) + abs(traced) + 1
        assert one["tracedKgCO2e"] == close_to(traced, scale), one
        assert one["differenceKgCO2e"] == close_to(kgco2e - traced, scale), one
        assert one["effectKgCO2e"] == close_to((kgco2e - traced) * taken, scale), (one, taken)
    effects = [abs(one["effectKgCO2e"]) for one in found if one["effectKgCO2e"] is not None]
    assert effects == sorted(effects, reverse=True), effects
