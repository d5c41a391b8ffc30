"""Causes sum to the difference and change sign with the views; a scenario is what recording the change would give."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.engine.snapshot import AFTER_GATE, STAGES, Numbers
from graph_service.model.facts import Facts, Revision
from graph_service.model.vocabulary import Basis, ChangeKind, Kind, SystemBoundary
from graph_service.service.changes import ChangeCause, explain_change
from graph_service.service.day_graph import day_graph
from graph_service.service.scenario import scenario
from graph_service.service.scenario_changes import DirectChange, FactorChange, ScenarioChanges, SupplyChange
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View
from tests.support.dense_reference import dense_reference
from tests.support.facts import facts_of

ITEMS = ("a", "b", "c", "d", "e", "f")
DAYS = (date(2026, 1, 1), date(2026, 7, 1))
REVISION = Revision(1, datetime(2026, 1, 1, tzinfo=UTC), "test", "cli", "")
GATE_STAGES = [stage for stage in STAGES[:6] if not AFTER_GATE[STAGES.index(stage)]]

Row = dict[str, Any]


@dataclass(frozen=True)
class World:
    """Rows of small facts: what one of two revisions holds."""

    items: tuple[str, ...]
    supplies: tuple[Row, ...]
    emissions: tuple[Row, ...]
    factors: tuple[Row, ...]
    declarations: tuple[Row, ...]

    def facts(self) -> Facts:
        known = set(self.items)

        def kept(rows: Sequence[Row], *columns: str) -> list[Row]:
            return [row for row in rows if all(row[column] in known for column in columns)]

        return facts_of(
            regions=[{"uid": "CN"}],
            items=[{"uid": uid, "region_uid": "CN"} for uid in self.items],
            supplies=_tamed(kept(self.supplies, "input_uid", "output_uid")),
            emissions=kept(self.emissions, "item_uid"),
            factors=self.factors,
            declarations=kept(self.declarations, "item_uid"),
        )


def _tamed(supplies: list[Row]) -> list[Row]:
    """Amounts scaled down so far that no loop through gates has a gain above 0.9, on any day."""
    matrix = np.zeros((len(ITEMS), len(ITEMS)))
    for row in supplies:
        if row["stage"] in GATE_STAGES:
            matrix[ITEMS.index(row["input_uid"]), ITEMS.index(row["output_uid"])] += abs(row["amount"] * row["share"])
    gain = float(np.abs(np.linalg.eigvals(matrix)).max())
    scale = min(1.0, 0.9 / gain) if gain else 1.0
    return [{**row, "amount": row["amount"] * scale} for row in supplies]


NUMBERS = st.floats(-2.0, 4.0).map(lambda number: round(number, 2))
UIDS = st.sampled_from(ITEMS)
VALIDITY = st.sampled_from([{}, {}, {"valid_from": DAYS[1]}, {"valid_to": DAYS[1]}])


def numbered(kind: str, rows: st.SearchStrategy[Row], most: int) -> st.SearchStrategy[tuple[Row, ...]]:
    """Rows with the uids kind-0 to kind-most, some left out."""
    row = st.one_of(st.none(), rows)
    return st.lists(row, min_size=most, max_size=most).map(
        lambda drawn: tuple({"uid": f"{kind}-{i}", **row} for i, row in enumerate(drawn) if row is not None)
    )


SUPPLY = st.builds(
    lambda validity, **row: {**row, **validity},
    VALIDITY,
    input_uid=UIDS,
    output_uid=UIDS,
    amount=NUMBERS,
    share=st.sampled_from([1.0, 0.5]),
    stage=st.sampled_from(STAGES[:6]),
)
GIVEN = st.fixed_dictionaries({"kgco2e": NUMBERS})
BY_FACTOR = st.fixed_dictionaries(
    {
        "activity": NUMBERS,
        "activity_unit": st.sampled_from(["kWh", "MJ"]),
        "factor_uid": st.sampled_from(["factor-0", "factor-1"]),
    }
)
BY_FLOW = st.fixed_dictionaries({"activity": NUMBERS, "activity_unit": st.just("kWh"), "flow": st.just("electricity")})
EMISSION = st.builds(
    lambda weight, validity, **row: {**row, **weight, **validity},
    st.one_of(GIVEN, BY_FACTOR, BY_FLOW),
    VALIDITY,
    item_uid=UIDS,
    stage=st.sampled_from(STAGES[:6]),
    component=st.sampled_from(["FOSSIL", "FOSSIL", "BIOGENIC_UPTAKE"]),
)
FACTOR = st.fixed_dictionaries(
    {
        "flow": st.just("electricity"),
        "region_uid": st.just("CN"),
        "kgco2e": NUMBERS,
        "unit": st.sampled_from(["kWh", "MJ"]),
        "year": st.sampled_from([2024, 2025]),
    }
)
DECLARATION = st.builds(
    lambda validity, **row: {
        "reference_period_start": date(2025, 1, 1),
        "reference_period_end": date(2025, 12, 31),
        "valid_from": date(2025, 1, 1),
        "valid_to": date(2028, 1, 1),
        **row,
        **validity,
    },
    VALIDITY,
    item_uid=UIDS,
    kgco2e=NUMBERS,
)
FACTORS = st.tuples(FACTOR, FACTOR).map(lambda two: tuple({"uid": f"factor-{i}", **row} for i, row in enumerate(two)))
WORLDS = st.builds(
    World,
    items=st.one_of(st.sets(UIDS, min_size=4), st.sets(UIDS)).map(lambda chosen: tuple(sorted(chosen))),
    supplies=numbered("supply", SUPPLY, 12),
    emissions=numbered("emission", EMISSION, 8),
    factors=FACTORS,
    declarations=numbered("declaration", DECLARATION, 2),
)


@st.composite
def pairs_of_worlds(draw: st.DrawFn) -> tuple[World, World]:
    """Two worlds that share some of their rows, in another order."""
    one, other = draw(WORLDS), draw(WORLDS)
    mixed = {}
    for name in ("supplies", "emissions", "factors", "declarations"):
        known = {row["uid"]: row for row in getattr(one, name)}
        rows = [known.get(row["uid"], row) if draw(st.booleans()) else row for row in getattr(other, name)]
        mixed[name] = tuple(draw(st.permutations(rows)))
    items = one.items if draw(st.booleans()) else tuple(draw(st.permutations(other.items)))
    return one, replace(other, items=items, **mixed)


VIEWS = st.tuples(st.sampled_from(DAYS), st.sampled_from(Basis), st.sampled_from(SystemBoundary))


def viewed(facts: Facts, view: tuple[date, Basis, SystemBoundary]) -> ViewedGraph:
    day, basis, boundary = view
    return ViewedGraph(day_graph(REVISION, day, facts), View(day, REVISION, basis, boundary))


def scale_of(graph: ViewedGraph) -> float:
    """The absolute kilograms of a graph: what rounding is measured against."""
    stages = graph.roll_up().columns(graph.view.is_to_grave).stage_kgco2e
    return 1.0 + float(np.nansum(np.abs(stages))) + float(np.abs(graph.day.snapshot.emissions.kgco2e).sum())


def by_uid(
    causes: Sequence[ChangeCause], before: ViewedGraph, after: ViewedGraph
) -> dict[tuple[str | None, ...], float]:
    """Kilograms by what a cause names: item, and supply, declaration or factor."""
    named: dict[tuple[str | None, ...], float] = {}
    for cause in causes:
        facts = (after if cause.is_of_after else before).day.facts
        rows = {Kind.ITEM: cause.item_row, Kind.SUPPLY: cause.supply_row, Kind.FACTOR: cause.factor_row}
        uids = [None if row is None else facts.tables[kind]["uid"][row].as_py() for kind, row in rows.items()]
        name = (None if cause.kind in {ChangeKind.ADDED, ChangeKind.REMOVED} else cause.kind.value, *uids)
        assert name not in named
        named[name] = cause.kgco2e
    return named


@given(worlds=pairs_of_worlds(), before=VIEWS, after=VIEWS)
def test_causes_sum_to_the_difference_and_swapping_the_views_swaps_their_signs(
    worlds: tuple[World, World], before: tuple[date, Basis, SystemBoundary], after: tuple[date, Basis, SystemBoundary]
) -> None:
    sides = viewed(worlds[0].facts(), before), viewed(worlds[1].facts(), after)
    tolerance = 1e-10 * (scale_of(sides[0]) + scale_of(sides[1]))
    for uid in ITEMS:
        there, back = explain_change(*sides, uid), explain_change(sides[1], sides[0], uid)
        if there is None or back is None:
            assert there is back
            assert all(uid not in world.items for world in worlds)
            continue
        causes, reverse = list(there.causes), list(back.causes)
        if there.difference_kgco2e is None:
            assert causes == []
            assert back.difference_kgco2e is None
            continue
        assert there.difference_kgco2e == pytest.approx(sum(one.kgco2e for one in causes), abs=tolerance)
        assert all(one.kgco2e for one in causes)
        sizes = [abs(one.kgco2e) for one in causes]
        assert sizes == sorted(sizes, reverse=True)
        forth, home = by_uid(causes, *sides), by_uid(reverse, sides[1], sides[0])
        for name in forth.keys() | home.keys():
            if (
                name[0] != ChangeKind.FACTOR
            ):  # a cause by factor names the one after, which is another one on the way back
                assert forth.get(name, 0.0) == pytest.approx(-home.get(name, 0.0), abs=tolerance), name


def dense_readings(before: ViewedGraph, after: ViewedGraph, uid: str) -> dict[str, Numbers]:
    """Mean of both readings by item, from dense matrices over all items of both views."""
    sides = []
    for graph in (before, after):
        view = graph.view
        found = dense_reference(graph.day.snapshot, is_traced=view.is_traced, to_grave=False)
        rows = {name: row for row, name in enumerate(graph.day.facts.items["uid"].to_pylist())}
        requirements, direct, demand = np.zeros((6, 6)), np.zeros(6), np.eye(6)[ITEMS.index(uid)]
        places = [ITEMS.index(name) for name in rows]
        requirements[np.ix_(places, places)] = found.requirements
        direct[places] = np.nan_to_num(found.direct_kgco2e)
        own_kgco2e = 0.0
        if view.is_to_grave and uid in rows:
            demand[places] += found.after_gate[:, rows[uid]]
            grave = dense_reference(graph.day.snapshot, is_traced=view.is_traced, to_grave=True)
            if not np.isnan(grave.direct_kgco2e[rows[uid]]):
                own_kgco2e = grave.direct_kgco2e[rows[uid]] - direct[ITEMS.index(uid)]
        leontief = np.linalg.inv(np.eye(6) - requirements)
        sides.append((requirements, direct, demand, own_kgco2e, leontief.T @ direct, leontief @ demand))
    (a0, d0, f0, own0, p0, x0), (a1, d1, f1, own1, p1, x1) = sides
    by_item = 0.5 * (x1 * (d1 - d0 + (a1 - a0).T @ p0) + x0 * (d1 - d0 + (a1 - a0).T @ p1))
    by_item[ITEMS.index(uid)] += own1 - own0 + (f1 - f0) @ (p0 + p1) / 2
    return {"by_item": by_item}


@given(worlds=pairs_of_worlds(), before=VIEWS, after=VIEWS, uid=UIDS)
def test_causes_of_each_item_are_the_mean_of_both_readings_in_dense_algebra(
    worlds: tuple[World, World],
    before: tuple[date, Basis, SystemBoundary],
    after: tuple[date, Basis, SystemBoundary],
    uid: str,
) -> None:
    sides = viewed(worlds[0].facts(), before), viewed(worlds[1].facts(), after)
    found = explain_change(*sides, uid)
    if found is None or found.difference_kgco2e is None:
        return
    expected = dense_readings(*sides, uid)["by_item"]
    by_item = np.zeros(len(ITEMS))
    for cause in found.causes:
        items = sides[cause.is_of_after].day.facts.items["uid"]
        by_item[ITEMS.index(items[cause.item_row].as_py())] += cause.kgco2e
    tolerance = 1e-10 * (scale_of(sides[0]) + scale_of(sides[1]))
    assert by_item == pytest.approx(expected, abs=tolerance)


CHANGED = st.tuples(UIDS, st.floats(0.0, 3.0).map(lambda number: round(number, 2)), st.booleans())


@given(
    world=WORLDS,
    view=VIEWS,
    amounts=st.dictionaries(st.integers(0, 11), st.floats(-0.2, 0.2)),
    factors=st.dictionaries(st.sampled_from(["factor-0", "factor-1"]), NUMBERS),
    direct=st.lists(CHANGED, unique_by=lambda one: one[0], max_size=3),
)
def test_a_scenario_is_what_recording_the_change_would_give(
    world: World,
    view: tuple[date, Basis, SystemBoundary],
    amounts: dict[int, float],
    factors: dict[str, float],
    direct: list[tuple[str, float, bool]],
) -> None:
    day = view[0]
    world = replace(world, supplies=tuple({**row, "amount": 0.02 * row["amount"]} for row in world.supplies))
    graph = viewed(world.facts(), view)
    table = graph.day.facts.tables[Kind.SUPPLY]["uid"]
    valid = [table[row].as_py() for row in graph.day.supply_rows.tolist()]
    new_amount = {f"supply-{i}": amount for i, amount in amounts.items() if f"supply-{i}" in valid}
    declared = graph.roll_up().declaration_of_item
    scaled, set_to, emissions = {}, {}, [dict(row) for row in world.emissions]
    in_force = {}
    for uid, number, is_set in direct:
        if uid not in world.items:
            continue
        place = int(declared[world.items.index(uid)])
        valid_entries = [row for row in emissions if row["item_uid"] == uid and _is_valid(row, day)]
        if place >= 0:
            row = int(graph.day.declaration_rows[place])
            in_force[uid] = graph.day.facts.tables[Kind.DECLARATION]["uid"][row].as_py()
        if is_set:
            set_to[uid] = number
        elif valid_entries or place >= 0:
            scaled[uid] = number
    real = replace(
        world,
        supplies=tuple({**row, "amount": new_amount.get(row["uid"], row["amount"])} for row in world.supplies),
        factors=tuple({**row, "kgco2e": factors.get(row["uid"], row["kgco2e"])} for row in world.factors),
        emissions=tuple(_recorded(emissions, scaled, set_to, in_force)),
        declarations=tuple(_redeclared(row, scaled, set_to, in_force) for row in world.declarations),
    )
    changes = ScenarioChanges(
        direct=[
            *(DirectChange(uid, factor=number) for uid, number in scaled.items()),
            *(DirectChange(uid, set_kgco2e=number) for uid, number in set_to.items()),
        ],
        supplies=[SupplyChange(uid, amount=amount) for uid, amount in new_amount.items()],
        factors=[FactorChange(uid, kgco2e) for uid, kgco2e in factors.items()],
    )
    after = viewed(real.facts(), view)
    totals = after.roll_up().total_kgco2e(after.view.is_to_grave)
    tolerance = 1e-10 * (scale_of(graph) + scale_of(after))
    for uid, outcome in zip(ITEMS, scenario(graph, changes, ITEMS), strict=True):
        if uid not in world.items:
            assert outcome is None
            continue
        assert outcome is not None
        total = totals[world.items.index(uid)]
        assert (outcome.after_kgco2e is None) == bool(np.isnan(total))
        if outcome.after_kgco2e is not None:
            assert outcome.after_kgco2e == pytest.approx(total, abs=tolerance)


def _is_valid(row: Row, day: date) -> bool:
    return bool(row.get("valid_from", day) <= day < row.get("valid_to", date.max))


def _recorded(
    emissions: list[Row], scaled: dict[str, float], set_to: dict[str, float], in_force: dict[str, str]
) -> list[Row]:
    """Entries as somebody would record the change: activities or kilograms scaled, one entry for a set total."""
    recorded = []
    for row in emissions:
        column = "kgco2e" if "kgco2e" in row else "activity"
        factor = scaled.get(row["item_uid"], 1.0)
        is_replaced = row["item_uid"] in set_to and row["item_uid"] not in in_force and row["stage"] in GATE_STAGES
        if is_replaced and row["component"] != "BIOGENIC_UPTAKE":
            factor = 0.0
        recorded.append({**row, column: factor * row[column]})
    for uid, kgco2e in set_to.items():
        if uid not in in_force:
            recorded.append({"uid": f"set-{uid}", "item_uid": uid, "kgco2e": kgco2e})
    return recorded


def _redeclared(row: Row, scaled: dict[str, float], set_to: dict[str, float], in_force: dict[str, str]) -> Row:
    uid = row["item_uid"]
    if in_force.get(uid) != row["uid"]:
        return row
    return {**row, "kgco2e": set_to.get(uid, scaled.get(uid, 1.0) * row["kgco2e"])}
