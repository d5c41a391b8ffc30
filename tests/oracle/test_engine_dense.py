"""The engine against dense algebra: 500 random graphs with loops, self-loops, negatives and parallel edges."""

import numpy as np
import pytest

from graph_service.engine.rollup import RollUp, roll_up
from graph_service.engine.snapshot import AFTER_GATE, STAGES, Numbers
from graph_service.engine.trace import DIRECT_MISSING, trace
from tests.support.dense_reference import Reference, dense_reference
from tests.support.graphs import random_snapshot

BASES = pytest.mark.parametrize("is_traced", [False, True], ids=["declared first", "traced"])
BOUNDARIES = pytest.mark.parametrize("to_grave", [False, True], ids=["gate", "grave"])


def assert_close(found: Numbers, wanted: Numbers, scale: Numbers) -> None:
    """Equal where both are numbers, to 1e-9 of the absolute kilograms in them; NaN in the same places."""
    assert np.array_equal(np.isnan(found), np.isnan(wanted))
    is_number = ~np.isnan(wanted)
    scale = np.broadcast_to(scale if wanted.ndim == 1 else scale[:, None], wanted.shape)[is_number]
    assert np.all(np.abs(found[is_number] - wanted[is_number]) <= 1e-9 * scale)


@pytest.mark.parametrize("first_seed", range(0, 500, 50))
def test_random_graphs_equal_dense_algebra(first_seed: int) -> None:
    for seed in range(first_seed, first_seed + 50):
        item_count = 1 + seed % 170
        day = random_snapshot(seed, item_count=item_count, inputs_per_item=0.5 + seed % 7 / 2, is_plain=True)
        wanted = dense_reference(day, is_traced=False, to_grave=False)
        rollup = roll_up(day)
        assert_close(rollup.total_kgco2e(), wanted.total_kgco2e, wanted.absolute_kgco2e)
        gain = np.abs(np.linalg.eigvals(np.abs(wanted.requirements))).max()
        # Eigenvalues of a whole triangular-like matrix are ill-conditioned: the reference itself is good to 1e-6.
        assert rollup.loop_gain().max() == pytest.approx(gain, abs=1e-6)


@BASES
@BOUNDARIES
@pytest.mark.parametrize("seed", range(60))
def test_every_column_equals_the_plain_reference(seed: int, is_traced: bool, to_grave: bool) -> None:
    day = random_snapshot(seed, item_count=1 + 3 * (seed % 30), inputs_per_item=0.7 + seed % 4)
    wanted = dense_reference(day, is_traced=is_traced, to_grave=to_grave)
    rollup = roll_up(day, is_traced=is_traced)
    absolute = wanted.absolute_kgco2e
    assert rollup.declaration_of_item.tolist() == wanted.declaration_of_item
    assert rollup.is_complete(to_grave).tolist() == wanted.is_complete.tolist()
    assert_close(rollup.total_kgco2e(to_grave), wanted.total_kgco2e, absolute)
    assert_close(rollup.direct_kgco2e(to_grave), wanted.direct_kgco2e, absolute)
    assert_close(rollup.upstream_kgco2e(to_grave), wanted.total_kgco2e - wanted.direct_kgco2e, absolute)
    columns = rollup.columns(to_grave)
    uptake_scale = absolute + np.abs(wanted.component_kgco2e).sum(axis=1)
    assert_close(columns.stage_kgco2e, wanted.stage_kgco2e, absolute)
    assert_close(columns.component_kgco2e, wanted.component_kgco2e, 10.0 * uptake_scale + 10.0)
    assert_close(columns.total_including_uptake_kgco2e, wanted.component_kgco2e.sum(axis=1), uptake_scale + 10.0)
    one = np.ones(day.item_count)
    for name in ("primary_data_share", "verified_share", "proxy_share", "exempted_share", "rated_share"):
        assert_close(getattr(columns, name), getattr(wanted, name), one)
    ratings = np.stack((columns.technological_dqr, columns.temporal_dqr, columns.geographical_dqr), axis=1)
    assert_close(ratings, wanted.ratings, one)


@BASES
@BOUNDARIES
@pytest.mark.parametrize("seed", range(25))
def test_traces_equal_the_plain_reference(seed: int, is_traced: bool, to_grave: bool) -> None:
    day = random_snapshot(1000 + seed, item_count=2 + 2 * seed, inputs_per_item=0.7 + seed % 4)
    wanted = dense_reference(day, is_traced=is_traced, to_grave=to_grave)
    gate_kgco2e = dense_reference(day, is_traced=is_traced, to_grave=False).total_kgco2e
    rollup = roll_up(day, is_traced=is_traced)
    for item_row in range(0, day.item_count, 3):
        _check_trace(rollup, wanted, gate_kgco2e, item_row, to_grave=to_grave)


def _check_trace(rollup: RollUp, wanted: Reference, gate_kgco2e: Numbers, item_row: int, *, to_grave: bool) -> None:
    found = trace(rollup, item_row, to_grave=to_grave)
    demand = np.eye(rollup.snapshot.item_count)[item_row]
    demand = demand + wanted.after_gate[:, item_row] if to_grave else demand
    activity = np.linalg.solve(np.eye(demand.size) - wanted.requirements, demand)
    assert np.allclose(found.activity, activity, rtol=1e-9, atol=1e-9 * np.abs(activity).max())
    assert found.tier.tolist() == _tiers(wanted, item_row, to_grave=to_grave)
    _check_gaps(rollup, wanted, item_row, to_grave=to_grave)
    total, scale = wanted.total_kgco2e[item_row], wanted.absolute_kgco2e[item_row]
    if np.isnan(total):
        assert np.isnan(found.contribution_kgco2e).all()
        assert np.isnan(found.residual_kgco2e)
        return
    assert found.contribution_kgco2e.sum() == pytest.approx(total, abs=1e-9 * scale)
    assert found.residual_kgco2e <= 1e-9 * scale
    assert_close(found.stage_kgco2e(False), wanted.stage_kgco2e[item_row], np.full(len(STAGES), scale))
    reporting = _reporting_stages(rollup, wanted, gate_kgco2e, item_row, to_grave=to_grave)
    assert_close(found.stage_kgco2e(True), reporting, np.full(len(STAGES), scale))
    assert found.stage_kgco2e(True).sum() == pytest.approx(total, abs=1e-9 * scale)


def _tiers(wanted: Reference, item_row: int, *, to_grave: bool) -> list[int]:
    tier = {item_row: 0}
    inputs = wanted.requirements != 0.0
    frontier = {*np.flatnonzero(inputs[:, item_row]).tolist()}
    if to_grave:
        frontier |= {*np.flatnonzero(wanted.after_gate[:, item_row]).tolist()}
    steps = 1
    while frontier - tier.keys():
        new = frontier - tier.keys()
        tier |= dict.fromkeys(new, steps)
        frontier = {row for item in new for row in np.flatnonzero(inputs[:, item]).tolist()}
        steps += 1
    return [tier.get(row, -1) for row in range(inputs.shape[0])]


def _check_gaps(rollup: RollUp, wanted: Reference, item_row: int, *, to_grave: bool) -> None:
    found = trace(rollup, item_row, to_grave=to_grave)
    tier = _tiers(wanted, item_row, to_grave=to_grave)
    lacking = [row for row, name in enumerate(wanted.gap) if name is not None and tier[row] >= 0]
    gaps = found.gaps()
    assert gaps.item_row.tolist() == sorted(lacking, key=lambda row: (tier[row], row))
    assert gaps.tier.tolist() == [tier[row] for row in gaps.item_row]
    names = ["DIRECT_MISSING" if kind == DIRECT_MISSING else "NO_DATA" for kind in gaps.kind]
    assert names == [wanted.gap[row] for row in gaps.item_row]
    assert gaps.amount.tolist() == found.activity[gaps.item_row].tolist()
    assert bool(lacking) != bool(wanted.is_complete[item_row])


def _reporting_stages(
    rollup: RollUp, wanted: Reference, gate_kgco2e: Numbers, item_row: int, *, to_grave: bool
) -> Numbers:
    day = rollup.snapshot
    stages = np.zeros(len(STAGES))
    place = wanted.declaration_of_item[item_row]
    if place >= 0:
        stages[STAGES.index("UNSPECIFIED")] += day.declarations.kgco2e[place]
    for k in np.flatnonzero(day.emissions.item_row == item_row):
        is_after = AFTER_GATE[day.emissions.stage[k]]
        if day.emissions.component[k] != 7 and (to_grave if is_after else place < 0):
            stages[day.emissions.stage[k]] += day.emissions.kgco2e[k]
    for k in np.flatnonzero(day.supplies.output_row == item_row):
        is_after = AFTER_GATE[day.supplies.stage[k]]
        brought = day.supplies.amount[k] * day.supplies.share[k] * gate_kgco2e[day.supplies.input_row[k]]
        if (to_grave if is_after else place < 0) and not np.isnan(brought):
            stages[day.supplies.stage[k]] += brought
    return stages
