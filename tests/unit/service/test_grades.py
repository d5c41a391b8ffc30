"""Grades on items whose totals are written down, and the reasons for them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph_service.exchange.dataset import read_folder
from graph_service.model.facts import Facts, Revision, empty_facts
from graph_service.model.vocabulary import Basis, GradeLevel, Kind, SystemBoundary
from graph_service.service.day_graph import day_graph
from graph_service.service.footprints import footprint
from graph_service.service.grades import Grade, grade, grade_levels
from graph_service.service.intake import check_batch
from graph_service.service.records import row_of
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View
from tests.support.facts import facts_of

DAY = date(2026, 6, 1)
REVISION = Revision(1, datetime(2026, 1, 1, tzinfo=UTC), "test", "cli", "")
SEEDS = Path(__file__).parents[3] / "seeds"


def _graph(facts: Facts, *, boundary: SystemBoundary = SystemBoundary.CRADLE_TO_GATE, day: date = DAY) -> ViewedGraph:
    return ViewedGraph(day_graph(REVISION, day, facts), View(day, REVISION, Basis.DECLARED_FIRST, boundary))


def _grade(facts: Facts, uid: str = "coil", **view: Any) -> Grade:
    """The grade of an item, which is also its level among those of all items."""
    graph = _graph(facts, **view)
    row = row_of(facts, Kind.ITEM, uid)
    assert row is not None
    given = grade(footprint(graph, row))
    assert given.reason
    assert grade_levels(graph, range(facts.items.num_rows))[row] is given.level
    return given


def _benchmark(limit: float = 110.0, baseline: float = 85.0, exemplary: float = 60.0, **columns: Any) -> dict[str, Any]:
    values = {"limit_kgco2e": limit, "baseline_kgco2e": baseline, "exemplary_kgco2e": exemplary}
    return {"category": "coil", "declared_unit": "t", "source": "a norm", "is_example": False, **values, **columns}


def _coil(kgco2e: float | None, *benchmarks: dict[str, Any], **item: Any) -> Facts:
    """One item, a ton of coil unless said otherwise, with one emission entry or none."""
    emissions = [] if kgco2e is None else [{"item_uid": "coil", "kgco2e": kgco2e}]
    items = [{"uid": "coil", "category": "coil", "declared_unit": "t", **item}]
    return facts_of(items=items, emissions=emissions, benchmarks=benchmarks or [_benchmark()])


@pytest.mark.parametrize(
    ("kgco2e", "level", "reason"),
    [
        (-5.0, GradeLevel.A, "-5 kg CO2e per t: at or below the exemplary value 60"),
        (60.0, GradeLevel.A, "60 kg CO2e per t: at or below the exemplary value 60"),
        (60.0001, GradeLevel.B, "60.0001 kg CO2e per t: above the exemplary value 60, at or below the baseline 85"),
        (85.0, GradeLevel.B, "85 kg CO2e per t: above the exemplary value 60, at or below the baseline 85"),
        (94.9, GradeLevel.C, "94.9 kg CO2e per t: above the baseline 85, at or below the limit 110"),
        (110.0, GradeLevel.C, "110 kg CO2e per t: above the baseline 85, at or below the limit 110"),
        (110.0 * (1 + 1e-13), GradeLevel.C, "110 kg CO2e per t: above the baseline 85, at or below the limit 110"),
        (110.0 * (1 + 1e-9), GradeLevel.D, "110.00000011 kg CO2e per t: above the limit 110"),
    ],
)
def test_a_total_is_graded_by_the_first_value_that_it_keeps(kgco2e: float, level: GradeLevel, reason: str) -> None:
    given = _grade(_coil(kgco2e))
    assert given.level is level
    assert given.reason == f"{reason} (benchmark; source: a norm)"
    assert given.benchmark is not None
    assert given.benchmark.limit_kgco2e == 110


def test_an_example_is_said_to_be_one() -> None:
    assert "(example benchmark; source: a norm)" in str(_grade(_coil(1.0, _benchmark(is_example=True))).reason)


def test_a_benchmark_per_ton_holds_for_an_item_in_kilograms() -> None:
    given = _grade(_coil(0.1, declared_unit="kg"))
    assert (given.level, str(given.reason)[:21]) == (GradeLevel.C, "100 kg CO2e per t: ab")


def test_an_equivalent_serves_where_the_declared_unit_does_not_and_the_first_that_fits_wins() -> None:
    pack = {"declared_unit": "pc", "equivalents": "2 m3; 60.48 kWh; 430 kg"}
    per_mwh = _benchmark(limit=110e3, baseline=85e3, exemplary=60e3, declared_unit="MWh")
    assert str(_grade(_coil(5740.0, per_mwh, **pack)).reason).startswith("94,910 kg CO2e per MWh: above the baseline")
    given = _grade(_coil(5740.0, _benchmark(), per_mwh, **pack))
    assert given.benchmark is not None
    assert (given.benchmark.declared_unit, given.level) == ("MWh", GradeLevel.C)


def test_the_declared_unit_goes_before_every_equivalent() -> None:
    given = _grade(_coil(90.0, _benchmark(declared_unit="kWh"), _benchmark(declared_unit="pc"), declared_unit="pc",
                         equivalents="60 kWh"))  # fmt: skip
    assert given.benchmark is not None
    assert (given.benchmark.declared_unit, given.level) == ("pc", GradeLevel.C)


def test_the_newest_benchmark_that_is_valid_on_the_day_serves() -> None:
    facts = _coil(
        90.0,
        _benchmark(source="old"),
        _benchmark(limit=80, baseline=70, valid_from=date(2026, 1, 1), source="new"),
        _benchmark(limit=50, baseline=40, exemplary=30, valid_from=date(2027, 1, 1), source="next"),
    )
    levels = {
        day: (_grade(facts, day=day).level, getattr(_grade(facts, day=day).benchmark, "source", None))
        for day in (date(2025, 12, 31), date(2026, 1, 1), date(2027, 1, 1))
    }
    assert list(levels.values()) == [(GradeLevel.C, "old"), (GradeLevel.D, "new"), (GradeLevel.D, "next")]


def test_a_newer_benchmark_in_another_name_of_the_kind_replaces_an_older_one() -> None:
    newer = _benchmark(limit=0.08, baseline=0.07, exemplary=0.06, declared_unit="kg", valid_from=date(2026, 1, 1))
    assert _grade(_coil(90.0, _benchmark(), newer)).level is GradeLevel.D


def test_what_is_missing_for_a_grade_is_said() -> None:
    later = _benchmark(valid_from=date(2027, 1, 1))
    missing = {
        "the item has no category, and benchmarks are by category": _coil(1.0, category=None),
        "there is no benchmark for category wire": _coil(1.0, category="wire"),
        "no benchmark for category coil is valid on 2026-06-01; the first holds from 2027-01-01": _coil(1.0, later),
        "the benchmark for category coil is per t; the item is declared per pc, with equivalents 6 kWh, 2 m3": _coil(
            1.0, declared_unit="pc", equivalents="6 kWh; 2 m3"
        ),
        "the benchmark for category coil is per kWh and t; the item is declared per pc, with no equivalents": _coil(
            1.0, _benchmark(), _benchmark(declared_unit="kWh"), declared_unit="pc"
        ),
    }
    for reason, facts in missing.items():
        given = _grade(facts)
        assert given == Grade(GradeLevel.UNGRADED, None, reason)


def test_an_unknown_total_is_no_total_of_zero() -> None:
    given = _grade(_coil(None))
    assert given.level is GradeLevel.UNGRADED
    assert given.reason == "nothing is known of what is emitted from cradle to gate"
    assert given.benchmark is not None


def _with_gaps(kgco2e: float, *, gaps: int, amount: float = 1.0) -> Facts:
    return facts_of(
        items=[{"uid": "coil", "category": "coil", "declared_unit": "t"}, *({"uid": f"g{row}"} for row in range(gaps))],
        emissions=[{"item_uid": "coil", "kgco2e": kgco2e}],
        supplies=[{"input_uid": f"g{row}", "output_uid": "coil", "amount": amount} for row in range(gaps)],
        benchmarks=[_benchmark()],
    )


def test_an_incomplete_total_must_not_look_clean() -> None:
    given = _grade(_with_gaps(20.0, gaps=5))
    assert given.level is GradeLevel.UNGRADED
    assert str(given.reason).startswith(
        "20 kg CO2e per t: this is only what is known, the total is incomplete: no data of g0, g1, g2 and 2 more"
    )


def test_an_incomplete_total_above_the_limit_is_above_it_all_the_more() -> None:
    given = _grade(_with_gaps(120.0, gaps=1))
    assert given.level is GradeLevel.D
    assert str(given.reason).startswith(
        "120 kg CO2e per t: above the limit 110 by what is known alone; the emissions of g0 come on top"
    )


def test_a_gap_that_could_take_away_leaves_even_a_high_total_ungraded() -> None:
    given = _grade(_with_gaps(120.0, gaps=1, amount=-1.0))
    assert given.level is GradeLevel.UNGRADED


def test_the_grade_is_of_the_way_to_the_gate_also_in_a_view_to_the_grave() -> None:
    facts = facts_of(
        items=[{"uid": "coil", "category": "coil", "declared_unit": "t"}, {"uid": "later"}],
        emissions=[{"item_uid": "coil", "kgco2e": 70.0}, {"item_uid": "coil", "kgco2e": 900.0, "stage": "USE"}],
        supplies=[{"input_uid": "later", "output_uid": "coil", "amount": 1.0, "stage": "USE"}],
        benchmarks=[_benchmark()],
    )
    given = _grade(facts, boundary=SystemBoundary.CRADLE_TO_GRAVE)
    assert given.level is GradeLevel.B
    assert "at or below the baseline 85; graded from cradle to gate (" in str(given.reason)


def test_many_levels_come_in_the_order_asked() -> None:
    facts = facts_of(
        items=[{"uid": f"i{row}", "category": "coil", "declared_unit": "t"} for row in range(5)],
        emissions=[{"item_uid": f"i{row}", "kgco2e": 40.0 * row} for row in range(4)],
        benchmarks=[_benchmark()],
    )
    graph = _graph(facts)
    expected = [GradeLevel.A, GradeLevel.A, GradeLevel.B, GradeLevel.D, GradeLevel.UNGRADED]
    assert grade_levels(graph, range(5)) == expected
    asked: Sequence[int] = [4, 0, 3, 3]
    assert grade_levels(graph, asked) == [expected[row] for row in asked]
    assert grade_levels(graph, np.array([2], np.int32)) == [GradeLevel.B]
    assert grade_levels(graph, []) == []


def test_without_benchmarks_nothing_is_graded() -> None:
    facts = facts_of(items=[{"uid": "coil", "category": "coil"}, {"uid": "bare"}])
    assert grade_levels(_graph(facts), [0, 1]) == [GradeLevel.UNGRADED] * 2


def test_the_example_chains_are_graded_as_their_readme_says() -> None:
    checked = check_batch(read_folder(SEEDS).batch, empty_facts())
    levels = {
        uid: _grade(checked.facts, uid).level
        for uid in ("pack", "hrc", "cement_PO425", "cement_hanzhong", "olefins", "bev", "seat")
    }
    assert list(levels.values()) == [*"CCBBB", "UNGRADED", "UNGRADED"]
    assert str(_grade(checked.facts, "pack").reason).startswith(
        "94.91 kg CO2e per kWh: above the baseline 85, at or below the limit 110 (example benchmark; source: 示例值"
    )
