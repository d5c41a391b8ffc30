"""Grades: an item's total held against the benchmark of its category, A to D, or what is missing for one."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.quality import has_credits
from graph_service.model.facts import Facts
from graph_service.model.units import UNITS, convert_factor, units_like
from graph_service.model.vocabulary import GradeLevel, Kind, SystemBoundary
from graph_service.service.figures import figure_text, given_text
from graph_service.service.footprints import Footprint, footprint
from graph_service.service.measures import measures_of
from graph_service.service.records import BenchmarkRecord
from graph_service.service.snapshots import ViewedGraph

TOLERANCE = 1e-12
"""Relative: a total that rounding alone puts above a value counts as at it."""

GAPS_NAMED = 3

_LIMITS = ("exemplary_kgco2e", "baseline_kgco2e", "limit_kgco2e")
_LEVELS = tuple(GradeLevel)
_UNGRADED = _LEVELS.index(GradeLevel.UNGRADED)
_WORST = _LEVELS.index(GradeLevel.D)

Rows = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Grade:
    """A level with the benchmark it was held against, and why; of an UNGRADED one ``reason`` says what is missing."""

    level: GradeLevel
    benchmark: BenchmarkRecord | None
    reason: str | None


def grade(found: Footprint) -> Grade:
    """The grade of one item from cradle to gate, whichever boundary the view has."""
    graph, row = found.graph, found.item_row
    fit = _fit(graph, np.array([row]))
    level = _LEVELS[int(_levels(graph, fit)[0])]
    if fit.benchmark_row[0] < 0:
        return Grade(level, None, _no_benchmark(graph, row))
    benchmark = _benchmark(graph.day.facts, int(fit.benchmark_row[0]))
    reason = _reason(_at_gate(found), level, benchmark, float(fit.amount[0]), to_grave=graph.view.is_to_grave)
    return Grade(level, benchmark, reason)


def grade_levels(graph: ViewedGraph, item_rows: Sequence[int] | Rows) -> Sequence[GradeLevel]:
    """The levels of many items, in the order asked, by the rules of ``grade``."""
    return [_LEVELS[code] for code in _levels(graph, _fit(graph, np.asarray(item_rows, np.int64))).tolist()]


@dataclass(frozen=True, slots=True)
class _Fit:
    """Of each item asked for the benchmark that serves, -1 for none, and how many of its units one item unit is."""

    item_row: npt.NDArray[np.int64]
    benchmark_row: npt.NDArray[np.int64]
    amount: npt.NDArray[np.float64]


def _fit(graph: ViewedGraph, item_rows: npt.NDArray[np.int64]) -> _Fit:
    """The first of each item's units, the declared one before its equivalents, for which a benchmark is in force."""
    facts = graph.day.facts
    fit = _Fit(item_rows, np.full(len(item_rows), -1, np.int64), np.full(len(item_rows), np.nan))
    categories = facts.items["category"].take(pa.array(item_rows)).combine_chunks().dictionary_encode()
    names = categories.dictionary.to_pylist()
    held = _in_force(facts, names, graph.view.as_of)
    judged_names = {category for category, _ in held}
    is_judged = np.array([name in judged_names for name in names], np.bool_)
    code = categories.indices.fill_null(len(names)).to_numpy()
    judged = np.flatnonzero(np.append(is_judged, False)[code])
    measures = measures_of(facts.items, item_rows[judged])
    pairs = code[judged][measures.place].astype(np.int64) * len(UNITS) + measures.unit
    distinct, which = np.unique(pairs, return_inverse=True)
    chosen = [_choose(held, names[pair // len(UNITS)], UNITS[pair % len(UNITS)]) for pair in distinct.tolist()]
    benchmark_row = np.array([row for row, _ in chosen], np.int64)[which]
    factor = np.array([factor for _, factor in chosen], np.float64)[which]
    fitting = np.flatnonzero(benchmark_row >= 0)
    places, first = np.unique(measures.place[fitting], return_index=True)
    fit.benchmark_row[judged[places]] = benchmark_row[fitting[first]]
    fit.amount[judged[places]] = (measures.amount * factor)[fitting[first]]
    return fit


_Held = Mapping[tuple[str, str], Mapping[str, int]]
"""By category and kind of unit: the benchmarks in force, their rows by declared unit."""


def _in_force(facts: Facts, categories: Sequence[str], as_of: date) -> _Held:
    """The newest benchmarks valid on a day of each category and each kind of unit; t and kg are of one kind."""
    table = facts.tables[Kind.BENCHMARK].select(["category", "declared_unit", "valid_from"])
    rows = np.flatnonzero(pc.is_in(table["category"], value_set=pa.array(categories, pa.string())).to_numpy())
    newest: dict[tuple[str, str], date] = {}
    held: dict[tuple[str, str], dict[str, int]] = {}
    for row, record in zip(rows.tolist(), table.take(pa.array(rows)).to_pylist(), strict=True):
        begun = record["valid_from"] or date.min
        key = record["category"], units_like(record["declared_unit"])[0]
        if begun > as_of or begun < newest.get(key, date.min):
            continue
        if begun > newest.get(key, date.min):
            held[key] = {}
        newest[key] = begun
        held.setdefault(key, {})[record["declared_unit"]] = row
    return held


def _choose(held: _Held, category: str, unit: str) -> tuple[int, float]:
    """The benchmark for items in a unit, -1 for none, and how many of its units one such unit is."""
    rows = held.get((category, units_like(unit)[0]))
    if rows is None:
        return -1, np.nan
    nearest = unit if unit in rows else min(rows, key=UNITS.index)
    factor = convert_factor(unit, nearest)
    return (-1, np.nan) if factor is None else (rows[nearest], factor)


def _levels(graph: ViewedGraph, fit: _Fit) -> npt.NDArray[np.int64]:
    """Positions in ``GradeLevel``. An incomplete total is D where what is known is above the limit, else ungraded."""
    level = np.full(len(fit.item_row), _UNGRADED, np.int64)
    roll_up = graph.roll_up()
    per_unit_kgco2e = roll_up.total_kgco2e(to_grave=False)[fit.item_row] / fit.amount
    judged = np.flatnonzero((fit.benchmark_row >= 0) & ~np.isnan(per_unit_kgco2e))
    limits = graph.day.facts.tables[Kind.BENCHMARK].take(pa.array(fit.benchmark_row[judged]))
    level[judged] = sum(_is_above(per_unit_kgco2e[judged], limits[column].to_numpy()) for column in _LIMITS)
    is_open = (level < _UNGRADED) & ~roll_up.is_complete(to_grave=False)[fit.item_row]
    level[is_open & (level < _WORST)] = _UNGRADED
    over = np.flatnonzero(is_open & (level == _WORST))
    if len(over):
        level[over[has_credits(roll_up)[fit.item_row[over]]]] = _UNGRADED
    return level


def _is_above(value: npt.NDArray[np.float64], limit: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    return value - limit > TOLERANCE * np.maximum(np.abs(value), np.abs(limit))


def _benchmark(facts: Facts, row: int) -> BenchmarkRecord:
    return BenchmarkRecord(**facts.tables[Kind.BENCHMARK].slice(row, 1).to_pylist()[0])


def _no_benchmark(graph: ViewedGraph, item_row: int) -> str:
    """What is missing for a benchmark to be chosen: a category, a benchmark of it, one valid yet, or a unit."""
    facts, as_of = graph.day.facts, graph.view.as_of
    category = facts.items["category"][item_row].as_py()
    if not category:
        return "the item has no category, and benchmarks are by category"
    table = facts.tables[Kind.BENCHMARK]
    own = table.filter(pc.equal(table["category"], category)).select(["declared_unit", "valid_from"]).to_pylist()
    if not own:
        return f"there is no benchmark for category {category}"
    valid = [record for record in own if (record["valid_from"] or date.min) <= as_of]
    if not valid:
        first = min(record["valid_from"] for record in own)
        return f"no benchmark for category {category} is valid on {as_of}; the first holds from {first}"
    asked = " and ".join(sorted({record["declared_unit"] for record in valid}))
    measures = measures_of(facts.items, [item_row])
    units = [UNITS[code] for code in measures.unit.tolist()]
    amounts = [
        f"{given_text(amount)} {unit}" for amount, unit in zip(measures.amount[1:].tolist(), units[1:], strict=True)
    ]
    had = f"equivalents {', '.join(amounts)}" if amounts else "no equivalents"
    return f"the benchmark for category {category} is per {asked}; the item is declared per {units[0]}, with {had}"


def _at_gate(found: Footprint) -> Footprint:
    """The same item's footprint from cradle to gate."""
    view = found.graph.view
    if not view.is_to_grave:
        return found
    return footprint(replace(found.graph, view=replace(view, boundary=SystemBoundary.CRADLE_TO_GATE)), found.item_row)


def _reason(gate: Footprint, level: GradeLevel, benchmark: BenchmarkRecord, amount: float, *, to_grave: bool) -> str:
    if gate.total_kgco2e is None:
        return "nothing is known of what is emitted from cradle to gate"
    limits = [getattr(benchmark, column) for column in _LIMITS]
    value = _snapped(gate.total_kgco2e / amount, limits)
    figure = f"{figure_text(value, beside=limits)} kg CO2e per {benchmark.declared_unit}"
    exemplary, baseline, limit = map(given_text, limits)
    words = {
        GradeLevel.A: f"at or below the exemplary value {exemplary}",
        GradeLevel.B: f"above the exemplary value {exemplary}, at or below the baseline {baseline}",
        GradeLevel.C: f"above the baseline {baseline}, at or below the limit {limit}",
        GradeLevel.D: f"above the limit {limit}",
        GradeLevel.UNGRADED: "this is only what is known, the total is incomplete",
    }[level]
    open_end = "" if gate.is_complete else _gaps_text(gate, comes_on_top=level is GradeLevel.D)
    boundary = "; graded from cradle to gate" if to_grave else ""
    origin = "example benchmark" if benchmark.is_example else "benchmark"
    return f"{figure}: {words}{open_end}{boundary} ({origin}; source: {benchmark.source})"


def _snapped(value: float, limits: Sequence[float]) -> float:
    """The value, or the limit that it is within rounding of."""
    return next((limit for limit in limits if math.isclose(value, limit, rel_tol=TOLERANCE)), value)


def _gaps_text(gate: Footprint, *, comes_on_top: bool) -> str:
    gaps = gate.gaps()
    uids = gate.graph.day.facts.items["uid"]
    named = ", ".join(str(uids[gap.item_row].as_py()) for gap in gaps[:GAPS_NAMED])
    more = f" and {len(gaps) - GAPS_NAMED} more" if len(gaps) > GAPS_NAMED else ""
    if comes_on_top:
        return f" by what is known alone; the emissions of {named}{more} come on top"
    return f": no data of {named}{more}"
