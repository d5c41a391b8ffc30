"""What explains a total, on every graph: derivatives are real differences, paths miss nothing, spreads agree."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.engine.paths import Paths, find_paths
from graph_service.engine.rollup import RollUp, roll_up
from graph_service.engine.sensitivities import sensitivities
from graph_service.engine.snapshot import COMPONENTS, Indices, Numbers, Snapshot
from graph_service.engine.trace import trace
from graph_service.engine.uncertainty import Spreads, first_order, monte_carlo
from tests.property.test_engine_identities import snapshots
from tests.support.dense_reference import dense_reference
from tests.support.graphs import from_arrays, random_snapshot

UPTAKE = COMPONENTS.index("BIOGENIC_UPTAKE")
SEEDS = st.integers(0, 100_000)


def absolute_sum(rollup: RollUp, item_row: int, *, to_grave: bool) -> float:
    """All kilograms upstream without signs: what rounding is measured against."""
    facts, gate = rollup.equations, rollup.absolute_kgco2e
    after = rollup.absolute_after_gate[[item_row]] @ gate if to_grave else np.zeros(1)
    return float(gate[item_row] + after[0] + abs(facts.after_gate_kgco2e[item_row])) + 1e-9


def total(day: Snapshot, item_row: int, *, is_traced: bool, to_grave: bool) -> float:
    return float(roll_up(day, is_traced=is_traced).total_kgco2e(to_grave)[item_row])


def central_difference(read: Callable[[float], float], at: float, step: float) -> float:
    return (read(at + step) - read(at - step)) / (2.0 * step)


def with_amount(day: Snapshot, supply: int, amount: float) -> Snapshot:
    amounts = day.supplies.amount.copy()
    amounts[supply] = amount
    return replace(day, supplies=replace(day.supplies, amount=amounts))


@given(day=snapshots(), is_traced=st.booleans(), to_grave=st.booleans(), data=st.data())
def test_the_derivative_by_an_amount_is_the_difference_that_a_real_change_makes(
    day: Snapshot, is_traced: bool, to_grave: bool, data: st.DataObject
) -> None:
    rollup = roll_up(day, is_traced=is_traced)
    item_row = data.draw(st.integers(0, day.item_count - 1))
    found = sensitivities(trace(rollup, item_row, to_grave=to_grave))
    derivatives = found.derivative[found.item_row.size :]
    scale = absolute_sum(rollup, item_row, to_grave=to_grave)
    for supply, derivative, kgco2e in zip(
        found.supply.tolist(), derivatives, found.kgco2e[found.item_row.size :], strict=True
    ):
        amount, step = float(day.supplies.amount[supply]), 1e-5

        def read(changed: float, supply: int = supply) -> float:
            return total(with_amount(day, supply, changed), item_row, is_traced=is_traced, to_grave=to_grave)

        difference = central_difference(read, amount, step)
        # The rest of a central difference grows with the third derivative, and that with the gain of the loops.
        stiffness = 1.0 / (1.0 - float(rollup.loop_gain(True).max(initial=0.0))) ** 4
        assert derivative == pytest.approx(difference, rel=1e-5, abs=1e-8 * stiffness * scale + 1e-9)
        assert kgco2e == pytest.approx(derivative * amount, rel=1e-12)


@given(day=snapshots(), is_traced=st.booleans(), to_grave=st.booleans(), data=st.data())
def test_no_amount_that_moves_the_total_is_left_out(
    day: Snapshot, is_traced: bool, to_grave: bool, data: st.DataObject
) -> None:
    rollup = roll_up(day, is_traced=is_traced)
    item_row = data.draw(st.integers(0, day.item_count - 1))
    before = float(rollup.total_kgco2e(to_grave)[item_row])
    listed = sensitivities(trace(rollup, item_row, to_grave=to_grave)).supply
    others = np.setdiff1d(np.arange(day.supplies.amount.size), listed).tolist()
    if np.isnan(before):
        assert not listed.size
    elif others:
        supply = data.draw(st.sampled_from(others))
        changed = with_amount(day, supply, float(day.supplies.amount[supply]) + 1e-3)
        after = total(changed, item_row, is_traced=is_traced, to_grave=to_grave)
        assert after == pytest.approx(before, abs=1e-9 * absolute_sum(rollup, item_row, to_grave=to_grave))


@given(day=snapshots(), is_traced=st.booleans(), to_grave=st.booleans(), data=st.data())
def test_direct_emissions_move_the_total_by_their_derivative_and_all_of_an_items_by_its_elasticity(
    day: Snapshot, is_traced: bool, to_grave: bool, data: st.DataObject
) -> None:
    rollup = roll_up(day, is_traced=is_traced)
    item_row = data.draw(st.integers(0, day.item_count - 1))
    found = sensitivities(trace(rollup, item_row, to_grave=to_grave))
    before = float(rollup.total_kgco2e(to_grave)[item_row])
    tolerance = 1e-9 * absolute_sum(rollup, item_row, to_grave=to_grave)
    facts = rollup.equations
    for place, row in enumerate(found.item_row.tolist()):
        # Everything is linear in what is emitted: the whole step is the derivative.
        declaration = int(facts.declaration_of_item[row])
        own = np.flatnonzero(facts.emission_at_gate & (day.emissions.item_row == row))
        after_gate = np.flatnonzero(facts.emission_after_gate & (day.emissions.item_row == row))
        counted = own if own.size or declaration >= 0 else after_gate
        more = shifted(day, counted[:1], declaration, by=1.0)
        if not (counted.size and day.emissions.component[counted[0]] == UPTAKE and declaration < 0):
            moved = total(more, item_row, is_traced=is_traced, to_grave=to_grave) - before
            slack = tolerance + 1e-9 * (1.0 + abs(float(found.derivative[place])))
            assert found.derivative[place] == pytest.approx(moved, abs=slack)
        doubled = scaled(day, np.concatenate((own, after_gate)), declaration, by=2.0)
        moved = total(doubled, item_row, is_traced=is_traced, to_grave=to_grave) - before
        assert found.kgco2e[place] == pytest.approx(moved, abs=tolerance)


def shifted(day: Snapshot, emission: Indices, declaration: int, *, by: float) -> Snapshot:
    if declaration >= 0:
        kgco2e = day.declarations.kgco2e.copy()
        kgco2e[declaration] += by
        return replace(day, declarations=replace(day.declarations, kgco2e=kgco2e))
    kgco2e = day.emissions.kgco2e.copy()
    kgco2e[emission] += by
    return replace(day, emissions=replace(day.emissions, kgco2e=kgco2e))


def scaled(day: Snapshot, emission: Indices, declaration: int, *, by: float) -> Snapshot:
    emitted, declared = day.emissions.kgco2e.copy(), day.declarations.kgco2e.copy()
    emitted[emission] *= by
    if declaration >= 0:
        declared[declaration] *= by
    return replace(
        day,
        emissions=replace(day.emissions, kgco2e=emitted),
        declarations=replace(day.declarations, kgco2e=declared),
    )


def every_path(day: Snapshot, item_row: int, *, is_traced: bool, to_grave: bool, least: float) -> list[float]:
    """Kilograms of every path that carries ``least`` or more, by walking all of them; those below have no end in it."""
    reference = dense_reference(day, is_traced=is_traced, to_grave=False)
    matrix, gate = reference.requirements, np.nan_to_num(reference.direct_kgco2e, nan=0.0)
    bound = np.linalg.inv(np.eye(day.item_count) - np.abs(matrix)).T @ np.abs(gate)
    first, emitted = matrix[:, item_row], float(gate[item_row])
    if to_grave:
        first = first + reference.after_gate[:, item_row]
        emissions = day.emissions
        own = (emissions.item_row == item_row) & np.isin(emissions.stage, (3, 4, 5)) & (emissions.component != UPTAKE)
        emitted += float(emissions.kgco2e[own].sum())
    carried = [emitted]
    ends = [(row, float(first[row])) for row in np.flatnonzero(first).tolist()]
    while ends:
        row, weight = ends.pop()
        if abs(weight) * bound[row] >= least:
            carried.append(weight * float(gate[row]))
            ends += [
                (source, weight * float(matrix[source, row])) for source in np.flatnonzero(matrix[:, row]).tolist()
            ]
    return sorted((kgco2e for kgco2e in carried if abs(kgco2e) >= least), key=lambda kgco2e: -abs(kgco2e))


def carried_by(found: Paths) -> list[float]:
    return [path.kgco2e for path in found.paths]


@given(day=snapshots(), is_traced=st.booleans(), to_grave=st.booleans(), data=st.data())
def test_paths_are_all_that_carry_enough_and_what_stays_open_makes_the_total(
    day: Snapshot, is_traced: bool, to_grave: bool, data: st.DataObject
) -> None:
    rollup = roll_up(day, is_traced=is_traced)
    item_row = data.draw(st.integers(0, day.item_count - 1))
    whole = float(np.nan_to_num(rollup.total_kgco2e(to_grave)[item_row]))
    scale = absolute_sum(rollup, item_row, to_grave=to_grave)
    least = scale / 300.0
    found = find_paths(rollup, item_row, to_grave=to_grave, most=400, least_kgco2e=least)
    expected = every_path(day, item_row, is_traced=is_traced, to_grave=to_grave, least=least)
    # One at the very limit may fall on either side.
    clear = [kgco2e for kgco2e in expected if abs(kgco2e) > least * (1.0 + 1e-9)]
    listed = [kgco2e for kgco2e in carried_by(found) if abs(kgco2e) > least * (1.0 + 1e-9)]
    assert np.abs(listed) == pytest.approx(np.abs(clear), rel=1e-9)
    assert sorted(listed) == pytest.approx(sorted(clear), rel=1e-9)
    assert np.all(np.diff(np.abs(carried_by(found))) <= 0.0)
    assert found.covered_kgco2e == pytest.approx(sum(carried_by(found)), abs=1e-12 * scale)
    assert found.covered_kgco2e + found.open_kgco2e == pytest.approx(whole, abs=1e-12 * scale)
    assert all(path.item_rows[-1] == item_row for path in found.paths)


@given(seed=SEEDS)
def test_many_paths_through_loops_add_up_to_the_total(seed: int) -> None:
    day = random_snapshot(seed, item_count=6, inputs_per_item=1.5, most_gain=0.4)
    rollup = roll_up(day)
    scale = absolute_sum(rollup, 0, to_grave=False)
    found = find_paths(rollup, 0, most=20_000, least_kgco2e=1e-6 * scale)
    assert not found.is_cut
    assert abs(found.open_kgco2e) <= 1e-2 * scale


def spreads_of(day: Snapshot, random: np.random.Generator, *, most_logarithm: float) -> Spreads:
    """Deviations of about half of all parameters, three factors behind most emissions."""

    def drawn(count: int) -> Numbers:
        gsd = np.exp(random.uniform(0.0, most_logarithm, count))
        gsd[random.random(count) < 0.5] = np.nan
        return gsd

    emissions = day.emissions.kgco2e.size
    return Spreads(
        supply=drawn(day.supplies.amount.size),
        emission=drawn(emissions),
        factor=drawn(3),
        factor_of_emission=random.integers(-1, 3, emissions).astype(np.int32),
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("to_grave", [False, True])
def test_first_order_spread_agrees_with_monte_carlo_for_small_deviations(seed: int, to_grave: bool) -> None:
    day = random_snapshot(seed, item_count=12, inputs_per_item=1.5, most_gain=0.5)
    rollup, random = roll_up(day), np.random.default_rng(seed)
    spreads = spreads_of(day, random, most_logarithm=0.03)
    traces = [trace(rollup, row, to_grave=to_grave) for row in range(day.item_count)]
    found = max(traces, key=lambda one: np.count_nonzero(np.nan_to_num(one.contribution_kgco2e)))
    spread = first_order(found, spreads)
    assert spread is not None
    samples = monte_carlo(found, spreads, count=1_500, seed=seed)
    assert samples.unsolvable_count == 0
    # The deviation of 1,500 samples is itself off by 1.8 %, three times that is allowed.
    assert samples.total_kgco2e.std(ddof=1) == pytest.approx(spread.deviation_kgco2e, rel=0.06)
    error = spread.deviation_kgco2e / np.sqrt(1_500)
    assert np.median(samples.total_kgco2e) == pytest.approx(found.total_kgco2e, abs=6.0 * error)
    low, high = spread.interval_kgco2e(0.9)
    within = np.mean((samples.total_kgco2e > low) & (samples.total_kgco2e < high))
    assert within == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize("gsd", [1.0, 1.3, 3.0])
def test_a_total_that_is_one_product_is_lognormal_however_wide(gsd: float) -> None:
    row = np.arange(3, dtype=np.int32)
    day = from_arrays(row[:-1], row[1:], np.array([2.0, 0.5]), np.array([4.0, 0.0, 0.0]))
    spreads = Spreads(
        supply=np.array([gsd, 1.2]),
        emission=np.array([1.1, np.nan, np.nan]),
        factor=np.empty(0),
        factor_of_emission=np.full(3, -1, dtype=np.int32),
    )
    found = trace(roll_up(day), 2)
    spread = first_order(found, spreads)
    assert spread is not None
    logarithm = float(np.sqrt(np.log([gsd, 1.2, 1.1]) @ np.log([gsd, 1.2, 1.1])))
    assert spread.deviation_kgco2e / spread.total_kgco2e == pytest.approx(logarithm)
    low, high = spread.interval_kgco2e(0.5)
    samples = np.log(monte_carlo(found, spreads, count=400, seed=1).total_kgco2e / 4.0)
    assert np.log(high / 4.0) == pytest.approx(-np.log(low / 4.0))
    # Four standard errors of the mean, and of the deviation.
    assert samples.mean() == pytest.approx(0.0, abs=4.0 * logarithm / np.sqrt(400))
    assert samples.std(ddof=1) == pytest.approx(logarithm, rel=4.0 / np.sqrt(800))
