"""Identities that hold on every graph: what makes the whole, and what changes nothing."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph_service.engine.requirements import flipped
from graph_service.engine.rollup import roll_up
from graph_service.engine.snapshot import COMPONENTS, STAGES, Declarations, Emissions, Numbers, Rows, Snapshot, Supplies
from graph_service.engine.trace import trace
from tests.support.graphs import (
    NAN,
    PARTS,
    DeclarationRow,
    EmissionRow,
    SupplyRow,
    random_snapshot,
    snapshot,
    with_gain_below_one,
)

AMOUNTS = st.one_of(st.just(0.0), st.floats(-0.5, 2.0).map(lambda amount: round(amount, 3)))
KILOGRAMS = st.floats(-5.0, 5.0).map(lambda kilograms: round(kilograms, 3))
RATINGS = st.tuples(*[st.one_of(st.just(NAN), st.floats(1.0, 5.0))] * 3)
FACT_STAGES = st.sampled_from(STAGES[:6])


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    count = draw(st.integers(1, 8))
    row = st.integers(0, count - 1)
    supplies = draw(
        st.lists(st.builds(SupplyRow, row, row, AMOUNTS, st.sampled_from([1.0, 0.5]), FACT_STAGES), max_size=20)
    )
    emission = st.builds(
        EmissionRow,
        row,
        KILOGRAMS,
        FACT_STAGES,
        st.sampled_from(COMPONENTS),
        st.sampled_from(["PRIMARY", "SECONDARY", "PROXY"]),
        st.booleans(),
        RATINGS,
    )
    declaration = st.builds(
        DeclarationRow,
        row,
        KILOGRAMS,
        st.one_of(st.just(NAN), KILOGRAMS),
        st.one_of(st.just(NAN), st.floats(-5.0, 0.0)),
        st.one_of(st.just(NAN), st.floats(0.0, 1.0)),
        st.one_of(st.just(NAN), st.floats(0.0, 0.5)),
        st.booleans(),
        st.booleans(),
        RATINGS,
        land_use_change_kgco2e=st.one_of(st.just(NAN), KILOGRAMS),
        biogenic_non_co2_kgco2e=st.one_of(st.just(NAN), KILOGRAMS),
        ccs_capture_kgco2e=st.one_of(st.just(NAN), st.floats(-5.0, 0.0)),
    )
    return snapshot(
        count,
        supplies=with_gain_below_one(count, supplies),
        emissions=draw(st.lists(emission, max_size=12)),
        declarations=draw(st.lists(declaration, max_size=3, unique_by=lambda declared: declared.item_row)),
    )


def scale_of(day: Snapshot, *, is_traced: bool, to_grave: bool) -> float:
    """The absolute kilograms of the graph: what rounding is measured against."""
    rollup = roll_up(day, is_traced=is_traced)
    total = np.abs(rollup.columns(to_grave).stage_kgco2e)
    return 1.0 + float(np.nansum(total)) + float(np.abs(day.emissions.kgco2e).sum())


@given(day=snapshots(), is_traced=st.booleans(), to_grave=st.booleans())
def test_contributions_groups_stages_components_and_inputs_make_the_whole(
    day: Snapshot, is_traced: bool, to_grave: bool
) -> None:
    rollup = roll_up(day, is_traced=is_traced)
    columns = rollup.columns(to_grave)
    tolerance = 1e-10 * scale_of(day, is_traced=is_traced, to_grave=to_grave)
    uptake = COMPONENTS.index("BIOGENIC_UPTAKE")
    for item_row, total in enumerate(rollup.total_kgco2e(to_grave).tolist()):
        found = trace(rollup, item_row, to_grave=to_grave)
        codes = (np.arange(day.item_count) % 3).astype(np.int32)
        sums = [
            found.contribution_kgco2e.sum(),
            found.group(codes, 3).kgco2e.sum(),
            found.group_by_stage().kgco2e.sum(),
            found.stage_kgco2e(False).sum(),
            found.stage_kgco2e(True).sum(),
            columns.stage_kgco2e[item_row].sum(),
            np.delete(columns.component_kgco2e[item_row], uptake).sum(),
            rollup.direct_kgco2e(to_grave)[item_row] + rollup.upstream_kgco2e(to_grave)[item_row],
            columns.total_including_uptake_kgco2e[item_row] - columns.component_kgco2e[item_row, uptake],
            rollup.direct_kgco2e(to_grave)[item_row] + np.nansum(found.inputs().kgco2e),
        ]
        if np.isnan(total):
            assert np.isnan(sums).all()
        else:
            assert np.abs(np.array(sums) - total).max() <= tolerance
            assert found.residual_kgco2e <= tolerance


@given(day=snapshots(), is_traced=st.booleans(), to_grave=st.booleans())
def test_shares_stay_within_nothing_and_all_and_ratings_within_their_scale(
    day: Snapshot, is_traced: bool, to_grave: bool
) -> None:
    columns = roll_up(day, is_traced=is_traced).columns(to_grave)
    for name in ("primary_data_share", "verified_share", "proxy_share", "exempted_share", "rated_share"):
        share = getattr(columns, name)
        assert np.all(np.isnan(share) | ((share >= 0.0) & (share <= 1.0))), name
    for name in ("technological_dqr", "temporal_dqr", "geographical_dqr"):
        rating = getattr(columns, name)
        assert np.all(np.isnan(rating) | ((rating >= 1.0) & (rating <= 5.0))), name


@given(day=snapshots(), is_traced=st.booleans())
def test_demand_times_totals_is_activity_times_direct(day: Snapshot, is_traced: bool) -> None:
    rollup = roll_up(day, is_traced=is_traced)
    demand = np.linspace(-1.0, 2.0, day.item_count)
    solver, direct = rollup.solver, rollup.equations.gate_kgco2e
    tolerance = 1e-10 * scale_of(day, is_traced=is_traced, to_grave=False)
    total, activity = solver.solve(direct), solver.solve_adjoint(demand)
    assert abs(demand @ total - activity @ direct) <= tolerance * day.item_count
    by_output = rollup.equations.by_output
    assert np.abs(total - (direct + by_output @ total)).max() <= tolerance
    left = flipped(by_output) @ activity
    assert np.abs(activity - (demand + left)).max() <= 1e-10 * (1.0 + np.abs(activity).max() + np.abs(left).max())


@given(day=snapshots(), is_traced=st.booleans(), to_grave=st.booleans(), seed=st.integers(0, 1000))
def test_order_of_items_and_rows_changes_nothing(day: Snapshot, is_traced: bool, to_grave: bool, seed: int) -> None:
    random = np.random.default_rng(seed)
    new_row = random.permutation(day.item_count).astype(np.int32)
    shuffled = shuffled_snapshot(day, new_row, random)
    tolerance = 1e-10 * scale_of(day, is_traced=is_traced, to_grave=to_grave)
    before, after = roll_up(day, is_traced=is_traced), roll_up(shuffled, is_traced=is_traced)
    assert_same(before.total_kgco2e(to_grave), after.total_kgco2e(to_grave)[new_row], tolerance)
    assert before.is_complete(to_grave).tolist() == after.is_complete(to_grave)[new_row].tolist()
    assert_same(before.loop_gain(to_grave), after.loop_gain(to_grave)[new_row], 1e-7)
    one, other = before.columns(to_grave), after.columns(to_grave)
    assert_same(one.component_kgco2e, other.component_kgco2e[new_row], 10.0 * tolerance)


@given(day=snapshots(), is_traced=st.booleans(), to_grave=st.booleans())
def test_an_unused_item_changes_nothing(day: Snapshot, is_traced: bool, to_grave: bool) -> None:
    wider = replace(day, item_count=day.item_count + 1)
    tolerance = 1e-12 * scale_of(day, is_traced=is_traced, to_grave=to_grave)
    before, after = roll_up(day, is_traced=is_traced), roll_up(wider, is_traced=is_traced)
    total = after.total_kgco2e(to_grave)
    assert_same(before.total_kgco2e(to_grave), total[:-1], tolerance)
    assert np.isnan(total[-1])
    assert not after.is_complete(to_grave)[-1]


@given(day=snapshots(), is_traced=st.booleans(), seed=st.integers(0, 1000))
def test_choice_of_units_changes_nothing(day: Snapshot, is_traced: bool, seed: int) -> None:
    # One new unit of item i holds ``size[i]`` old ones: kilograms per unit grow, amounts of it shrink.
    size = 2.0 ** np.random.default_rng(seed).integers(-9, 9, day.item_count).astype(np.float64)
    supplies, emissions, declarations = day.supplies, day.emissions, day.declarations
    amount = supplies.amount * size[supplies.output_row] / size[supplies.input_row]
    declared = size[declarations.item_row]
    resized = Snapshot(
        item_count=day.item_count,
        supplies=replace(supplies, amount=amount),
        emissions=replace(emissions, kgco2e=emissions.kgco2e * size[emissions.item_row]),
        declarations=replace(
            declarations,
            kgco2e=declarations.kgco2e * declared,
            **{name: getattr(declarations, name) * declared for name in PARTS},
            biogenic_uptake_kgco2e=declarations.biogenic_uptake_kgco2e * declared,
        ),
    )
    before, after = roll_up(day, is_traced=is_traced), roll_up(resized, is_traced=is_traced)
    tolerance = 1e-9 * scale_of(day, is_traced=is_traced, to_grave=True)
    assert_same(before.total_kgco2e(True), after.total_kgco2e(True) / size, tolerance)
    assert_same(before.columns().verified_share, after.columns().verified_share, 1e-9)


@given(seed=st.integers(0, 10_000), to_grave=st.booleans())
def test_one_snapshot_gives_the_same_numbers_to_the_last_bit(seed: int, to_grave: bool) -> None:
    day = random_snapshot(seed, item_count=90, inputs_per_item=2.5)
    one, other = roll_up(day), roll_up(day)
    for read in ("stage_kgco2e", "component_kgco2e", "primary_data_share"):
        assert getattr(one.columns(to_grave), read).tobytes() == getattr(other.columns(to_grave), read).tobytes()
    assert one.total_kgco2e(to_grave).tobytes() == other.total_kgco2e(to_grave).tobytes()
    assert trace(one, 7, to_grave=to_grave).activity.tobytes() == trace(other, 7, to_grave=to_grave).activity.tobytes()


def assert_same(one: Numbers, other: Numbers, tolerance: float) -> None:
    assert np.array_equal(np.isnan(one), np.isnan(other))
    assert np.abs(np.nan_to_num(one) - np.nan_to_num(other)).max(initial=0.0) <= tolerance


def shuffled_snapshot(day: Snapshot, new_row: Rows, random: np.random.Generator) -> Snapshot:
    """The same graph with items renumbered and rows in another order."""
    supplies, emissions, declarations = day.supplies, day.emissions, day.declarations
    supply = random.permutation(supplies.amount.size)
    emission = random.permutation(emissions.kgco2e.size)
    return Snapshot(
        item_count=day.item_count,
        supplies=Supplies(
            input_row=new_row[supplies.input_row[supply]],
            output_row=new_row[supplies.output_row[supply]],
            amount=supplies.amount[supply],
            share=supplies.share[supply],
            stage=supplies.stage[supply],
        ),
        emissions=Emissions(
            **{name: getattr(emissions, name)[emission] for name in Emissions.__slots__ if name != "item_row"},
            item_row=new_row[emissions.item_row[emission]],
        ),
        declarations=Declarations(
            **{name: getattr(declarations, name) for name in Declarations.__slots__ if name != "item_row"},
            item_row=new_row[declarations.item_row],
        ),
    )
