"""Grades and whom to ask of the service, held to the dense second opinion."""

import random
from collections.abc import Sequence

import numpy as np

from graph_service.model.vocabulary import Kind
from graph_service.service.data_requests import DataRequestCandidate, data_request_candidates
from graph_service.service.grades import grade, grade_levels
from tests.oracle import judging_reference
from tests.oracle.explaining_checks import found_footprint, uids
from tests.oracle.folder_reference import UNITS, Footprints, Row
from tests.oracle.test_folder_end_to_end import Compared, assert_close
from tests.support.random_folders import EDGES


def assert_same_grades(case: Compared, gate: Footprints, items: Sequence[int]) -> None:
    """Of some items with benchmark and reason; of all by their levels."""
    names = uids(case, Kind.ITEM)
    many = dict(zip(names, grade_levels(case.graph, range(len(names))), strict=True))
    for item, row in enumerate(case.known.facts.items):
        expected, where = judging_reference.grade_of(gate, item), f"{case.where}: grade of {row['item']!r}"
        assert many[row["item"]].value in expected.levels, f"{where}: {many[row['item']]}, {expected}"
        if item not in items:
            continue
        found = grade(found_footprint(case, item))
        assert found.level == many[row["item"]], where
        assert found.reason, where
        if found.level.value != "UNGRADED":
            assert found.benchmark is not None
            assert expected.benchmark is not None
            assert found.benchmark.limit_kgco2e == float(expected.benchmark["limit_kgco2e"]), where
            assert found.benchmark.declared_unit == expected.benchmark["declared_unit"], where


def assert_same_candidates(case: Compared, gate: Footprints, item: int) -> None:
    where = f"{case.where}: whom to ask for {case.known.facts.items[item]['item']!r}"
    found = data_request_candidates(found_footprint(case, item), first=200)
    expected = judging_reference.candidates(case.known, gate, item)
    names, scale = uids(case, Kind.ITEM), float(case.scale_kgco2e[item])
    scale = max([scale, *(one.score for one in expected)])
    shown = {names[one.item_row]: one for one in found}
    wanted = {one.uid: one for one in expected}
    for uid in {*shown, *wanted}:
        if uid in shown and uid in wanted:
            assert_same_candidate(shown[uid], wanted[uid], case, scale, where=f"{where}: {uid}")
        elif uid in wanted:
            assert wanted[uid].score < 1e-9 * scale, f"{where}: left out {wanted[uid]}"
        else:
            assert shown[uid].score < 1e-9 * scale, f"{where}: listed {shown[uid]}"
    groups = [wanted[names[one.item_row]].group for one in found if names[one.item_row] in wanted]
    assert groups == sorted(groups), f"{where}: {found}, {expected}"
    for group in (1, 3):
        scores = [one.score for one in found if wanted.get(names[one.item_row], expected[0]).group == group]
        assert scores == sorted(scores, reverse=True), where


def assert_same_candidate(
    found: DataRequestCandidate, expected: judging_reference.Candidate, case: Compared, scale: float, *, where: str
) -> None:
    assert (found.kgco2e is None) == (expected.kgco2e is None), f"{where}: {found}, {expected}"
    if found.kgco2e is not None:
        assert_close(found.kgco2e, expected.kgco2e, scale, f"{where}: {found}, {expected}")
    assert_close(found.score, expected.score, scale, f"{where}: {found}, {expected}")
    assert found.score > 0 or (expected.group == 1 and expected.score == 0), f"{where}: {found}, {expected}"
    assert found.kgco2e is None or str(found.kgco2e) != "-0.0", f"{where}: {found}"
    assert found.reason, where
    supplier = case.known.facts.items[case.known.facts.row_of_item[expected.uid]]["supplier"]
    assert (found.supplier_uid or "") == supplier, where


TIMES = ((1, 2, 3), (0.5, 1, 2), (0.2, 0.5, 1), (0.1, 0.2, 0.5), (1 - 5e-13, 2, 3), (1 - 1e-9, 1, 1))
"""Exemplary, baseline and limit by the total that they judge: at it, beside it, and within and past rounding."""


def with_benchmarks(known: Footprints, rng: random.Random) -> list[dict[str, object]]:
    """Benchmarks by the totals of one view, in the items' units and in others that they are known in."""
    totals = np.where(known.is_known(), known.signed("kgco2e"), np.nan)
    rows: dict[tuple[str, str, str], dict[str, object]] = {}
    for place in rng.sample(range(known.count), known.count):
        item: Row = known.facts.items[place]
        if not item.get("category") or not totals[place] > 0:
            continue
        unit = rng.choice([item["declared_unit"], *_units_of_equivalents(item)])
        dimension, size = UNITS[unit]
        value = float(totals[place]) / dict(judging_reference.quantities(item))[dimension] * size
        valid_from = rng.choice(("", *(edge.isoformat() for edge in EDGES)))
        limits = dict(zip(("exemplary", "baseline", "limit"), rng.choice(TIMES), strict=True))
        row: dict[str, object] = {
            "category": item["category"],
            "declared_unit": unit,
            **{f"{name}_kgco2e": repr(value * times) for name, times in limits.items()},
            "valid_from": valid_from,
            "source": "made up",
            "is_example": "true",
        }
        rows.setdefault((item["category"], dimension, valid_from), row)
    return list(rows.values())


def _units_of_equivalents(item: Row) -> list[str]:
    return [text.strip().partition(" ")[2] for text in item.get("equivalents", "").split(";") if text.strip()]
