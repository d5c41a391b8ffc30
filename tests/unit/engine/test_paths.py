"""Supply paths, worked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from graph_service.engine.paths import Paths, find_paths, largest_kgco2e
from graph_service.engine.rollup import roll_up
from graph_service.engine.snapshot import Snapshot
from graph_service.engine.trace import trace
from tests.support.graphs import (
    DeclarationRow,
    EmissionRow,
    SupplyRow,
    chain,
    diamond,
    from_matrix,
    random_snapshot,
    ring,
    snapshot,
)


def listed(found: Paths) -> list[tuple[tuple[int, ...], float]]:
    return [(path.item_rows, round(path.kgco2e, 9)) for path in found.paths]


def paths_of(day: Snapshot, item_row: int, *, to_grave: bool = False, most: int = 20) -> Paths:
    return find_paths(roll_up(day), item_row, to_grave=to_grave, most=most)


def test_each_path_carries_its_coefficients_times_what_its_first_item_emits() -> None:
    found = paths_of(diamond(), 3)
    assert listed(found) == [
        ((0, 2, 3), 30.0),
        ((0, 1, 3), 20.0),
        ((2, 3), 2.0),
        ((1, 3), 1.0),
        ((3,), 0.5),
    ]
    assert (found.covered_kgco2e, found.open_kgco2e) == pytest.approx((53.5, 0.0))
    assert not found.is_cut


def test_what_is_not_listed_stays_open() -> None:
    found = paths_of(diamond(), 3, most=2)
    assert (found.covered_kgco2e, found.open_kgco2e) == pytest.approx((50.0, 3.5))


def test_paths_below_the_least_kilograms_are_not_listed() -> None:
    found = find_paths(roll_up(diamond()), 3, least_kgco2e=2.0)
    assert [kgco2e for _, kgco2e in listed(found)] == [30.0, 20.0, 2.0]


def test_parallel_supplies_are_one_step() -> None:
    day = snapshot(2, supplies=[SupplyRow(0, 1, 2.0), SupplyRow(0, 1, 3.0, 0.5)], emissions=[EmissionRow(0, 4.0)])
    assert listed(paths_of(day, 1)) == [((0, 1), 14.0)]


def test_each_round_of_a_loop_is_a_path_of_its_own() -> None:
    found = paths_of(ring(2, gain=0.5), 0, most=4)
    assert listed(found) == [((0,), 1.0), ((1, 0), 0.5), ((0, 1, 0), 0.25), ((1, 0, 1, 0), 0.125)]
    assert found.open_kgco2e == pytest.approx(0.125)


def test_credits_rank_by_their_size_and_keep_their_sign() -> None:
    day = snapshot(
        3, supplies=[SupplyRow(0, 2, -3.0), SupplyRow(1, 2, 1.0)], emissions=[EmissionRow(0, 2.0), EmissionRow(1, 5.0)]
    )
    found = paths_of(day, 2)
    assert listed(found) == [((0, 2), -6.0), ((1, 2), 5.0)]
    assert (found.covered_kgco2e, found.open_kgco2e) == pytest.approx((-1.0, 0.0))


def test_a_path_of_nothing_is_never_listed() -> None:
    supplies = [SupplyRow(0, 2, 1.0), SupplyRow(1, 2, 0.0), SupplyRow(1, 0, 1.0, 0.0)]
    day = snapshot(3, supplies=supplies, emissions=[EmissionRow(0, 0.0), EmissionRow(1, 5.0), EmissionRow(2, 1.0)])
    assert listed(paths_of(day, 2)) == [((2,), 1.0)]


def test_a_declared_item_is_where_paths_begin() -> None:
    day = snapshot(
        3,
        supplies=[SupplyRow(0, 1, 2.0), SupplyRow(1, 2, 3.0)],
        emissions=[EmissionRow(0, 10.0), EmissionRow(1, 1.0), EmissionRow(2, 1.0)],
        declarations=[DeclarationRow(1, 7.0)],
    )
    assert listed(paths_of(day, 2)) == [((1, 2), 21.0), ((2,), 1.0)]
    traced = find_paths(roll_up(day, is_traced=True), 2)
    assert listed(traced) == [((0, 1, 2), 60.0), ((1, 2), 3.0), ((2,), 1.0)]


def test_facts_after_the_gate_count_where_the_path_ends_and_only_there() -> None:
    # Item 2 goes into itself, takes item 1 at the gate and once more in use, and emits in use.
    day = snapshot(
        3,
        supplies=[
            SupplyRow(0, 1, 1.0),
            SupplyRow(0, 1, 5.0, stage="USE"),
            SupplyRow(1, 2, 1.0),
            SupplyRow(1, 2, 2.0, stage="USE"),
            SupplyRow(2, 2, 0.5),
        ],
        emissions=[
            EmissionRow(0, 100.0),
            EmissionRow(1, 7.0, stage="END_OF_LIFE"),
            EmissionRow(2, 4.0),
            EmissionRow(2, 9.0, stage="USE"),
        ],
    )
    assert listed(paths_of(day, 2, most=3)) == [((0, 1, 2), 100.0), ((0, 1, 2, 2), 50.0), ((0, 1, 2, 2, 2), 25.0)]
    found = paths_of(day, 2, to_grave=True, most=4)
    assert listed(found) == [((0, 1, 2), 300.0), ((0, 1, 2, 2), 50.0), ((0, 1, 2, 2, 2), 25.0), ((2,), 13.0)]
    assert found.covered_kgco2e + found.open_kgco2e == pytest.approx(200.0 + 9.0 + 200.0 + 8.0)


def test_a_search_that_ends_early_lists_the_best_and_says_what_is_left() -> None:
    rollup = roll_up(ring(3, gain=0.5))
    best = find_paths(rollup, 0, most=10)
    cut = find_paths(rollup, 0, most=10, most_steps=10)
    assert (best.is_cut, cut.is_cut) == (False, True)
    assert 0 < len(cut.paths) < len(best.paths)
    assert cut.paths == best.paths[: len(cut.paths)]
    assert cut.covered_kgco2e + cut.open_kgco2e == pytest.approx(2.0)


def test_the_best_are_found_where_a_million_paths_carry_alike() -> None:
    # Ten tiers of four items, each item taking all four of the next tier: 4 to the 9th paths from the last.
    tiers, wide = 10, 4
    supplies = [
        SupplyRow(wide * (tier + 1) + i, wide * tier + j, 1.0)
        for tier in range(tiers - 1)
        for i in range(wide)
        for j in range(wide)
    ]
    emissions = [EmissionRow(row, 1.0 if row < wide * (tiers - 1) else 1.01) for row in range(wide * tiers)]
    found = paths_of(snapshot(wide * tiers, supplies=supplies, emissions=emissions), 0, most=100)
    assert not found.is_cut
    assert [len(path.item_rows) for path in found.paths] == [tiers] * 100
    assert len({path.item_rows for path in found.paths}) == 100


def test_equal_paths_come_short_ones_first() -> None:
    assert listed(paths_of(chain(50_000), 49_999, most=3)) == [
        ((49_999,), 1.0),
        ((49_998, 49_999), 1.0),
        ((49_997, 49_998, 49_999), 1.0),
    ]


def test_a_path_may_be_very_long() -> None:
    day = chain(50_000, kgco2e=0.0)
    kgco2e = day.emissions.kgco2e.copy()
    kgco2e[0] = 2.0
    day = replace(day, emissions=replace(day.emissions, kgco2e=kgco2e))
    assert listed(paths_of(day, 49_999)) == [(tuple(range(50_000)), 2.0)]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("to_grave", [False, True])
def test_the_most_that_one_path_carries_is_what_the_first_path_carries(seed: int, to_grave: bool) -> None:
    day = random_snapshot(seed, item_count=30, inputs_per_item=2.0)
    rollup = roll_up(day)
    upstream = trace(rollup, 7, to_grave=to_grave).tier >= 0
    most = largest_kgco2e(rollup, 7, to_grave=to_grave)
    for row in np.flatnonzero(rollup.has_weights()):
        first = find_paths(rollup, int(row), most=1).paths
        expected = abs(first[0].kgco2e) if first and upstream[row] else 0.0
        assert most[row] == pytest.approx(expected, rel=1e-9)


def test_no_paths_where_nothing_is_known() -> None:
    day = snapshot(2, supplies=[SupplyRow(0, 1, 1.0)])
    assert paths_of(day, 1) == Paths((), 0.0, 0.0, is_cut=False)


def test_without_a_bound_on_open_ends_nothing_is_ranked() -> None:
    rollup = roll_up(from_matrix(np.array([[0.5, -0.6], [0.6, 0.5]]), np.ones(2)))
    assert rollup.is_computable().all()
    with pytest.raises(ValueError, match="loop gain is 1 or more"):
        find_paths(rollup, 0)
