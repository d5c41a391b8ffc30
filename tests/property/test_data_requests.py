"""Whom to ask, on random graphs: every gap and every weak entry is there, in order, and weighs what it should."""

import math
import statistics
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from graph_service.errors import UnsolvableLoop
from graph_service.model.facts import Facts, Revision
from graph_service.model.units import bridge_factor, parse_equivalents
from graph_service.model.vocabulary import Basis, GapKind, Kind, SystemBoundary
from graph_service.service.data_requests import DataRequestCandidate, data_request_candidates
from graph_service.service.day_graph import day_graph
from graph_service.service.footprints import Footprint, footprint
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View
from tests.support.facts import facts_of

DAY = date(2026, 6, 1)
REVISION = Revision(1, datetime(2026, 1, 1, tzinfo=UTC), "test", "cli", "")
TYPE_LACK = (0.0, 0.5, 1.0)


def _random_facts(seed: int) -> Facts:
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 14))

    def one_of(values: Sequence[Any]) -> Any:
        return values[int(random.integers(len(values)))]

    items: list[dict[str, Any]] = [
        {
            "uid": f"{one_of('xyz')}{row}",
            "category": one_of([None, "steel", "seat"]),
            "declared_unit": one_of(["kg", "t", "pc"]),
            "equivalents": one_of([None, "2 MJ", "0.5 kWh; 3 m2"]),
        }
        for row in range(count)
    ]
    uids = [item["uid"] for item in items]
    emissions = [
        {
            "item_uid": one_of(uids),
            "kgco2e": one_of([-1.0, 0.0, 1.5, 4.0]),
            "data_type": one_of(["PRIMARY", "SECONDARY", "PROXY"]),
            "component": one_of(["FOSSIL", "FOSSIL", "FOSSIL", "BIOGENIC_UPTAKE"]),
            "technological_dqr": one_of([None, 1.0, 4.0]),
            "temporal_dqr": one_of([None, 2.5]),
        }
        for _ in range(count)
    ]
    supplies = [
        {"input_uid": one_of(uids), "output_uid": one_of(uids), "amount": one_of([-0.2, 0.1, 0.3, 0.5])}
        for _ in range(2 * count)
    ]
    return facts_of(items=items, emissions=emissions, supplies=supplies)


def _scores_of_weak_data(found: Footprint) -> dict[int, float]:
    """Kilograms times lack of quality by item, entry by entry."""
    scores: dict[int, float] = {}
    for entry in found.graph.day.facts.tables[Kind.EMISSION].to_pylist():
        if entry["component"] == 7 or entry["item_row"] == found.item_row:  # biogenic uptake
            continue
        ratings = [entry[name] for name in ("technological_dqr", "temporal_dqr") if entry[name] is not None]
        lack = TYPE_LACK[entry["data_type"]]
        if ratings:
            lack = (lack + (statistics.mean(ratings) - 1) / 4) / 2
        taken = abs(float(found.trace.activity[entry["item_row"]]))
        scores[entry["item_row"]] = scores.get(entry["item_row"], 0.0) + abs(entry["kgco2e"]) * lack * taken
    return {row: score for row, score in scores.items() if score > 0}


def _by_peers(found: Footprint, gap_row: int, kind: GapKind) -> float | None:
    """The median per declared unit of the gap, over the first of its units that a peer converts to."""
    items = found.graph.day.facts.items.to_pylist()
    roll_up, gap = found.graph.roll_up(), items[gap_row]
    if gap["category"] is None:
        return None
    if kind is GapKind.NO_DATA:
        known = np.where(roll_up.is_complete(), roll_up.total_kgco2e(), np.nan)
    else:
        facts = roll_up.equations
        known = np.where(facts.is_known & facts.has_gate_supply, facts.gate_kgco2e, np.nan)
    peers = [
        row for row, item in enumerate(items) if item["category"] == gap["category"] and not math.isnan(known[row])
    ]
    own = [(1.0, gap["declared_unit"]), *((q.amount, q.unit) for q in parse_equivalents(gap["equivalents"] or ""))]
    for amount, unit in own:
        values = []
        for row in peers:
            factor = bridge_factor(
                unit, items[row]["declared_unit"], parse_equivalents(items[row]["equivalents"] or "")
            )
            if factor is not None:
                values.append(known[row] * factor * amount)
        if values:
            return float(statistics.median(values))
    return None


@given(seed=st.integers(0, 2**32 - 1), to_grave=st.booleans(), first=st.integers(1, 200))
def test_every_gap_and_every_weak_entry_is_there_in_order(seed: int, to_grave: bool, first: int) -> None:
    facts = _random_facts(seed)
    boundary = SystemBoundary.CRADLE_TO_GRAVE if to_grave else SystemBoundary.CRADLE_TO_GATE
    graph = ViewedGraph(day_graph(REVISION, DAY, facts), View(DAY, REVISION, Basis.DECLARED_FIRST, boundary))
    for row in range(facts.items.num_rows):
        try:
            found = footprint(graph, row)
        except UnsolvableLoop:
            continue
        _check(found, data_request_candidates(found, first=200))
        assert data_request_candidates(found, first=first) == data_request_candidates(found, first=200)[:first]


def _check(found: Footprint, candidates: Sequence[DataRequestCandidate]) -> None:
    gaps = {gap.item_row: gap for gap in found.gaps() if gap.item_row != found.item_row}
    shown, rest = candidates[: len(gaps)], candidates[len(gaps) :]
    assert {one.item_row for one in shown} == set(gaps)
    for one in shown:
        per_unit = _by_peers(found, one.item_row, gaps[one.item_row].kind)
        assert (one.kgco2e is None) == (per_unit is None)
        if per_unit is not None:
            assert math.isclose(one.kgco2e or 0.0, per_unit * gaps[one.item_row].amount, rel_tol=1e-12, abs_tol=1e-300)
    weak = _scores_of_weak_data(found)
    assert {one.item_row for one in rest} == set(weak)
    for one in rest:
        assert math.isclose(one.score, weak[one.item_row], rel_tol=1e-12)
        assert one.kgco2e == found.trace.contribution_kgco2e[one.item_row]
    uids = found.graph.day.facts.items["uid"].take(pa.array([one.item_row for one in candidates], pa.int64()))
    unsized = [one.kgco2e is None for one in candidates]
    keys = [
        (place >= len(gaps), unsized[place], -one.score, uid)
        for place, (one, uid) in enumerate(zip(candidates, uids.to_pylist(), strict=True))
    ]
    assert keys == sorted(keys)
    assert all(one.score >= 0 and math.isfinite(one.score) and one.reason for one in candidates)
