"""Random data set folders, read, checked and rolled up by the service, against the dense second opinion."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from graph_service.exchange.dataset import read_folder
from graph_service.model.facts import Facts, Revision, empty_facts
from graph_service.model.vocabulary import Basis, HotspotGroup, StagePerspective, SystemBoundary
from graph_service.service.day_graph import day_graph
from graph_service.service.footprints import Footprint, Hotspot, footprint
from graph_service.service.intake import check_batch
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.totals import totals_table
from graph_service.service.views import View
from tests.oracle import folder_reference as reference
from tests.oracle.reference_columns import (
    hotspots,
    input_contributions,
    input_scale_kgco2e,
    reference_columns,
    reporting_stages,
    scale_kgco2e,
)
from tests.support.random_folders import EDGES, RandomFolder

FOLDERS_PER_CASE, CASES, SOAK_CASES = 10, 16, 200
ITEMS_LOOKED_INTO = 2
TOLERANCE = 1e-9
"""Relative to the absolute kilograms in a total."""

Method = tuple[Basis, SystemBoundary]
METHODS: tuple[Method, ...] = tuple(product(Basis, SystemBoundary))


@dataclass(frozen=True)
class Compared:
    """One view of a folder, as the service and as the second opinion see it."""

    graph: ViewedGraph
    known: reference.Footprints
    scale_kgco2e: reference.Numbers
    where: str


def facts_of_folder(folder: Path) -> Facts:
    """The folder's facts as the command line gets them."""
    checked = check_batch(read_folder(folder).batch, empty_facts())
    faults = [finding for finding in checked.findings if finding.severity == "ERROR"]
    assert not faults, faults[:3]
    return checked.facts


def compared(facts: Facts, folder: Path, day: date, method: Method, *, seed: int) -> Compared:
    basis, boundary = method
    revision = Revision(0, datetime(2026, 1, 1, tzinfo=UTC), by="oracle", door="cli", summary="")
    graph = ViewedGraph(day_graph(revision, day, facts), View(day, revision, basis, boundary))
    known = reference_of_folder(folder, day, method)
    return Compared(graph, known, scale_kgco2e(known), f"seed {seed}, {day}, {basis}, {boundary}")


def reference_of_folder(
    folder: Path, day: date, method: Method, *, received: dict[str, int] | None = None
) -> reference.Footprints:
    basis, boundary = method
    facts = reference.Facts(reference.read_rows(folder), day, received or {})
    return reference.Footprints(facts, basis is Basis.TRACED, boundary is SystemBoundary.CRADLE_TO_GRAVE)


def assert_close(found: object, expected: object, scale: object, where: str) -> None:
    """Both unknown in the same places, and elsewhere nearer than TOLERANCE times ``scale``."""
    left, right = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    assert left.shape == right.shape, f"{where}: {found} is not {expected}"
    assert (np.isnan(left) == np.isnan(right)).all(), f"{where}: unknown differs: {left} is not {right}"
    far = np.nan_to_num(abs(left - right)) > TOLERANCE * np.asarray(scale) + 1e-300
    assert not far.any(), f"{where}: {left} is not {right}, at {np.flatnonzero(far)}"


def assert_same_totals(case: Compared) -> None:
    """Every column of ``totals.csv``."""
    table = totals_table(case.graph, all_columns=True).to_pydict()
    assert table["item"] == [row["item"] for row in case.known.facts.items]
    expected = reference_columns(case.known)
    assert set(table) == {*expected, "item", "declared_unit", "is_complete"}
    for name, values in expected.items():
        found = [np.nan if value is None else value for value in table[name]]
        assert_close(found, values, case.scale_kgco2e if name.endswith("kgco2e") else 1.0, f"{case.where}: {name}")
    is_complete = [not case.known.gaps(item) for item in range(case.known.count)]
    assert table["is_complete"] == is_complete, case.where


def assert_same_explanation(case: Compared, item: int) -> None:
    """Gaps, inputs, stages, hotspots and reconciliation of one item."""
    uid = case.known.facts.items[item]["item"]
    row = case.graph.day.facts.items["uid"].to_pylist().index(uid)
    found, where = footprint(case.graph, row), f"{case.where}: {uid!r}"
    assert_same_gaps(found, case, item, where)
    if found.total_kgco2e is None:
        assert found.hotspots(HotspotGroup.ITEM) == []
        return
    scale = float(case.scale_kgco2e[item])
    assert found.residual_kgco2e is not None
    assert found.residual_kgco2e <= TOLERANCE * scale, where
    emitter = case.known.signed
    stages = [emitter("stage", stage)[item] for stage in reference.STAGES]
    assert_close([one.kgco2e for one in found.by_stage(StagePerspective.EMITTER)], stages, scale, where)
    reporting = [one.kgco2e for one in found.by_stage(StagePerspective.REPORTING_ITEM)]
    assert_close(
        reporting, reporting_stages(case.known, item), input_scale_kgco2e(case.known, item), f"{where}: reporting"
    )
    components = [emitter("component", name)[item] for name in reference.COMPONENTS]
    assert_close([one.kgco2e for one in found.by_carbon_component()], components, scale, where)
    assert_same_inputs(found, case, item, where)
    for by in HotspotGroup:
        assert_same_hotspots(found.hotspots(by), by, case, item, where=f"{where}: {by}")


def assert_same_gaps(found: Footprint, case: Compared, item: int, where: str) -> None:
    items = case.graph.day.facts.items["uid"]
    gaps = [(items[gap.item_row].as_py(), gap.kind.value, gap.tier) for gap in found.gaps()]
    expected = case.known.gaps(item)
    assert gaps == [(uid, kind, tier) for uid, kind, _, tier in expected], where
    scale = 1 + abs(case.known.activity[:, item]).max()
    assert_close([gap.amount for gap in found.gaps()], [amount for _, _, amount, _ in expected], scale, where)


def assert_same_inputs(found: Footprint, case: Compared, item: int, where: str) -> None:
    day = case.graph.day
    items, inputs = day.facts.items["uid"], facts_column(day.facts, "input_row")
    brought = [(items[inputs[one.supply_row]].as_py(), one.kgco2e) for one in found.input_contributions()]
    assert [abs(kgco2e) for _, kgco2e in brought] == sorted((abs(kgco2e) for _, kgco2e in brought), reverse=True)
    expected = input_contributions(case.known, item)
    assert sorted(uid for uid, _ in brought) == [uid for uid, _ in expected], where
    scale = input_scale_kgco2e(case.known, item)
    assert_close([kgco2e for _, kgco2e in sorted(brought)], [kgco2e for _, kgco2e in expected], scale, where)


def facts_column(facts: Facts, name: str) -> list[int]:
    rows: list[int] = next(table for kind, table in facts.tables.items() if kind == "supply")[name].to_pylist()
    return rows


def assert_same_hotspots(found: Sequence[Hotspot], by: HotspotGroup, case: Compared, item: int, *, where: str) -> None:
    expected = hotspots(case.known, item, by.value)
    scale, total = float(case.scale_kgco2e[item]), float(case.known.signed("kgco2e")[item])
    shown = {spot.key: spot for spot in found}
    assert len(shown) == len(found), where
    assert set(shown) <= set(expected), where
    left_out = [group.kgco2e for key, group in expected.items() if key not in shown]
    assert_close(left_out, np.zeros(len(left_out)), scale, f"{where}: left out")
    sizes = [abs(spot.kgco2e) for spot in found]
    assert sizes == sorted(sizes, reverse=True), where
    running, loop_gain = 0.0, float(case.known.loop_gain[item])
    for spot in found:
        kgco2e = expected[spot.key].kgco2e
        running += kgco2e
        assert_close(spot.kgco2e, kgco2e, scale, where)
        if total:
            shares = [spot.share, spot.cumulative_share]
            assert_close(shares, [kgco2e / total, running / total], len(found) * scale / abs(total), where)
        share = expected[spot.key].primary_data_share(loop_gain)
        primary_share = np.nan if spot.primary_data_share is None else spot.primary_data_share
        assert_close(primary_share, share, 1.0, f"{where}: primary")


def assert_same_reconciliation(case: Compared, folder: Path, item: int) -> None:
    """Declared beside traced, present only with a valid declaration and structure."""
    known = case.known
    row = case.graph.day.facts.items["uid"].to_pylist().index(known.facts.items[item]["item"])
    found = footprint(case.graph, row).reconciliation()
    valid = known.facts.declaration_in_force(item, is_traced=False, has_structure=True)
    assert (found is not None) == (valid is not None and bool(known.has_structure[item])), case.where
    if found is None:
        return
    boundary = SystemBoundary.CRADLE_TO_GRAVE if known.to_grave else SystemBoundary.CRADLE_TO_GATE
    declared = reference_of_folder(folder, known.facts.day, (Basis.DECLARED_FIRST, boundary))
    traced = reference_of_folder(folder, known.facts.day, (Basis.TRACED, boundary))
    total = np.where(traced.is_known(), traced.signed("kgco2e"), np.nan)[item]
    scale = float(scale_kgco2e(traced)[item] + scale_kgco2e(declared)[item])
    declared_total = declared.signed("kgco2e")[item]
    given = [np.nan if found.traced_kgco2e is None else found.traced_kgco2e, found.declared_kgco2e]
    assert_close(given, [total, declared_total], scale, case.where)
    difference = np.nan if found.difference_kgco2e is None else found.difference_kgco2e
    assert_close(difference, declared_total - total, scale, case.where)
    assert found.traced_is_complete == (not traced.gaps(item)), case.where


@pytest.mark.parametrize("case", range(CASES))
def test_random_folders_weigh_as_the_second_opinion_says(case: int, tmp_path: Path) -> None:
    assert_folders_agree(case, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("case", range(CASES, SOAK_CASES))
def test_many_more_random_folders_weigh_as_the_second_opinion_says(case: int, tmp_path: Path) -> None:
    assert_folders_agree(case, tmp_path)


def assert_folders_agree(case: int, tmp_path: Path) -> None:
    for seed in range(case * FOLDERS_PER_CASE, (case + 1) * FOLDERS_PER_CASE):
        folder = tmp_path / str(seed)
        folder.mkdir()
        RandomFolder(seed).write(folder)
        assert_folder_agrees(folder, seed)


def assert_folder_agrees(folder: Path, seed: int) -> None:
    """Every method on a day on which things start and end; one method the day before and the day after."""
    rng, facts = random.Random(seed), facts_of_folder(folder)
    edge = rng.choice([*EDGES, date(2026, 6, 30), date(2027, 2, 28)])
    views = [(edge, method) for method in METHODS]
    views += [(edge + timedelta(days=step), rng.choice(METHODS)) for step in (-1, 1)]
    for day, method in views:
        view = compared(facts, folder, day, method, seed=seed)
        assert_same_totals(view)
        for item in rng.sample(range(view.known.count), ITEMS_LOOKED_INTO):
            assert_same_explanation(view, item)
            assert_same_reconciliation(view, folder, item)
