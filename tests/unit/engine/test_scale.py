"""Graphs that are deep, wide, or shared by thousands: depth is data, never recursion."""

import numpy as np
import pytest

from graph_service.engine.rollup import roll_up
from graph_service.engine.trace import trace
from tests.support.graphs import SupplyRow, chain, from_arrays, shared_part, snapshot


@pytest.mark.parametrize("length", [1, 2, 49, 50, 51, 52, 1000, 100_000])
def test_a_chain_of_any_depth_adds_up_tier_by_tier(length: int) -> None:
    rollup = roll_up(chain(length))
    assert rollup.total_kgco2e().tolist() == list(range(1, length + 1))
    assert rollup.columns().stage_kgco2e[-1].sum() == length
    found = trace(rollup, length - 1)
    assert found.tier.tolist() == list(range(length - 1, -1, -1))
    assert found.contribution_kgco2e.tolist() == [1.0] * length
    assert rollup.is_complete().all()


def test_a_gap_at_the_far_end_of_a_deep_chain_is_seen() -> None:
    length = 100_000
    day = chain(length)
    rollup = roll_up(snapshot(length, supplies=[SupplyRow(k, k + 1, 1.0) for k in range(length - 1)]))
    assert np.isnan(rollup.total_kgco2e()).all()
    assert not rollup.is_complete().any()
    assert trace(rollup, length - 1).gaps().item_row.size == length
    assert roll_up(day).is_complete().all()


def test_a_deep_chain_with_loops_on_the_way_is_solved() -> None:
    # Every tenth item of 30,000 also goes back into the one before: 3,000 small loops, one above the other.
    length = 30_000
    row = np.arange(length)
    back = row[10::10]
    day = from_arrays(
        np.concatenate((row[:-1], back)).astype(np.int32),
        np.concatenate((row[1:], back - 1)).astype(np.int32),
        np.concatenate((np.full(length - 1, 0.5), np.full(back.size, 0.1))),
        np.ones(length),
    )
    rollup = roll_up(day)
    total = rollup.total_kgco2e()
    by_output = rollup.equations.by_output
    assert np.abs(total - (1.0 + by_output @ total)).max() <= 1e-14 * total.max()
    assert rollup.loop_gain()[-1] == pytest.approx(0.05**0.5)
    assert rollup.loop_gain()[8] == 0.0


def test_a_part_shared_by_thousands_is_counted_for_each() -> None:
    users = 20_000
    rollup = roll_up(shared_part(users))
    assert rollup.total_kgco2e()[-1] == 3.0 * users + 1.0
    found = trace(rollup, users + 1)
    assert found.activity[0] == 2.0 * users
    assert found.tier[0] == 2
    assert found.inputs().kgco2e.tolist() == [3.0] * users


def test_thirty_tiers_of_two_ways_each_have_a_billion_paths_and_one_answer() -> None:
    # Two parallel items per tier, each taking both of the tier before: 2 to the power of tiers paths.
    tiers = 30
    supplies = [
        SupplyRow(2 * tier + one, 2 * tier + 2 + other, 0.5)
        for tier in range(tiers)
        for one in (0, 1)
        for other in (0, 1)
    ]
    count = 2 * tiers + 2
    day = from_arrays(
        np.array([row.input_row for row in supplies], dtype=np.int32),
        np.array([row.output_row for row in supplies], dtype=np.int32),
        np.array([row.amount for row in supplies]),
        np.ones(count),
    )
    assert roll_up(day).total_kgco2e()[-1] == tiers + 1
