"""What is suspicious of a pushed footprint beside the graph that it enters. Warnings only: nothing here refuses it."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.rollup import RollUp
from graph_service.engine.snapshot import AFTER_GATE
from graph_service.errors import Finding, InvalidInput
from graph_service.model.facts import Facts
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import Basis, DocumentFormat, Kind, SystemBoundary
from graph_service.service.day_graph import DayGraph
from graph_service.service.declaring.converting import Conversion
from graph_service.service.declaring.peer_figures import Category, Peers, category_of
from graph_service.service.declaring.places import place_of
from graph_service.service.figures import figure_text
from graph_service.service.footprints import footprint
from graph_service.service.records import ItemRecord, row_of
from graph_service.service.resolution import Flags, flags
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.uncertainty import uncertainty
from graph_service.service.views import View

PEER_FACTOR = 3.0
PEER_DEVIATIONS, FEWEST_FOR_DEVIATIONS, LEAST_PEER_DIFFERENCE = 3.0, 5, 0.25
"""Beyond so many robust deviations of so many peers is far, unless peers are so alike that this means little."""

LARGEST_DIFFERENCE = 0.5
"""Of the item's own traced total, and of a predecessor."""

OLDEST_YEARS = 3
"""PACT: a footprint holds for three years from the end of its reference period."""

MOST_COUNTED = 10_000
"""Of longer tables so many rows, evenly spread, are counted to see what most of them have."""

MOST_INTERVALS = 50
"""Traced totals of one context whose uncertainty is worked out: each takes a trace of the item's whole upstream."""

_ASSESSMENT_REPORT = re.compile(r"AR\s*-?\s*(\d)", re.IGNORECASE)


@dataclass(frozen=True)
class LintContext:
    """What footprints are held against: the newest facts, a graph in memory, and the day.

    ``graph`` may be of an earlier revision, or None; only totals that were solved before are read from it.
    ``supplier_uid``: the supplier that will read the findings. It is told of others no more than that its number is far
    from a figure of one digit, so that asking again and again brings nothing to light.
    """

    facts: Facts
    graph: DayGraph | None
    today: date
    supplier_uid: str | None = None
    _categories: dict[str, Category] = field(default_factory=dict)
    _intervals: dict[int, tuple[float, float] | None] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Facts, *, graph: DayGraph | None, today: date, supplier_uid: str | None = None) -> "LintContext":
        """The context of one call; what it works out serves all footprints of that call."""
        return cls(facts, graph, today, supplier_uid)

    def solved(self, *, is_traced: bool) -> RollUp | None:
        """A roll-up of the graph that was solved before."""
        return None if self.graph is None else self.graph.roll_ups().get(is_traced)

    def row_in_graph(self, item: ItemRecord) -> int | None:
        """The item's row in the graph, None where it was not there yet."""
        if self.graph is None:
            return None
        if self.graph.facts.items is self.facts.items:
            return item.row
        return row_of(self.graph.facts, Kind.ITEM, item.uid)

    def peers_of(self, item: ItemRecord) -> Peers | None:
        """The peers of an item's category; None where there are too few or nothing was solved."""
        roll_up, item_row = self.solved(is_traced=False), self.row_in_graph(item)
        if roll_up is None or self.graph is None or item.category is None:
            return None
        if item.category not in self._categories:
            self._categories[item.category] = category_of(item.category, self.graph.facts, roll_up)
        row = -1 if item_row is None else item_row
        return self._categories[item.category].peers_of(item, row, for_supplier=self.supplier_uid)

    def interval_kgco2e(self, item_row: int, boundary: SystemBoundary) -> tuple[float, float] | None:
        """Between what the item's traced total probably lies; None where nothing upstream carries a spread."""
        if not self._has_spreads:
            return None
        if item_row not in self._intervals and self.graph is not None and len(self._intervals) < MOST_INTERVALS:
            view = View(self.graph.as_of, self.graph.revision, Basis.TRACED, boundary)
            try:
                found = uncertainty(footprint(ViewedGraph(self.graph, view), item_row))
                self._intervals[item_row] = None if found is None else (found.low_kgco2e, found.high_kgco2e)
            except InvalidInput:  # spreads too wide for any interval: every number lies within
                self._intervals[item_row] = (-np.inf, np.inf)
        return self._intervals.get(item_row)

    @cached_property
    def _has_spreads(self) -> bool:
        """Whether anything in the graph carries a geometric standard deviation."""
        kinds = (Kind.EMISSION, Kind.FACTOR, Kind.SUPPLY)
        columns = [] if self.graph is None else [self.graph.facts.tables[kind]["gsd"] for kind in kinds]
        return any(column.null_count < len(column) for column in columns)

    def has_structure(self, item_row: int) -> bool:
        """Whether inputs or emissions before the gate are recorded of an item and hold on the graph's day."""
        return bool(self._structured[item_row])

    @cached_property
    def _structured(self) -> Flags:
        """``has_structure`` of every item at once: looking for one takes nearly as long."""
        if self.graph is None:
            return np.zeros(self.facts.items.num_rows, np.bool_)
        tables = self.graph.facts.tables
        structured = np.zeros(tables[Kind.ITEM].num_rows, np.bool_)
        for kind, column in ((Kind.EMISSION, "item_row"), (Kind.SUPPLY, "output_row")):
            holds = _holds_before_gate(tables[kind], self.graph.as_of)
            structured[tables[kind][column].to_numpy()[holds]] = True
        return structured

    @cached_property
    def common_gwp_set(self) -> str | None:
        """The GWP set that most emissions, factors and declarations use; None where none is given."""
        counts: dict[str, int] = {}
        for kind in (Kind.EMISSION, Kind.FACTOR, Kind.DECLARATION):
            given = self.facts.tables[kind]["gwp_set"].drop_null()
            step = -(-len(given) // MOST_COUNTED) or 1
            for entry in pc.value_counts(given.take(pa.array(np.arange(0, len(given), step)))).to_pylist():
                name = _gwp_name(entry["values"])
                counts[name] = counts.get(name, 0) + entry["counts"] * step
        return max(sorted(counts), key=lambda name: counts[name], default=None)


def lint(pushed: PushedDeclaration, item: ItemRecord, conversion: Conversion, context: LintContext) -> list[Finding]:
    """What is suspicious of a footprint that was matched to ``item``: warnings, with paths in the sender's document.

    A code that the check of the document alone gave is not repeated. Unit, sums and cut-offs are judged elsewhere.
    """
    if pushed.kgco2e is None or conversion.unit_factor is None:
        return []
    total_kgco2e = pushed.kgco2e * conversion.unit_factor
    judged = _Judged(pushed, item, total_kgco2e, context)
    told = {finding.code for finding in pushed.findings}
    return [finding for finding in judged.findings() if finding.code not in told]


@dataclass(frozen=True, slots=True)
class _Judged:
    """One footprint under judgement; ``total_kgco2e`` per declared unit of the item."""

    pushed: PushedDeclaration
    item: ItemRecord
    total_kgco2e: float
    context: LintContext

    def findings(self) -> Iterator[Finding]:
        """All findings, the most telling first."""
        yield from self._of_sign()
        yield from self._of_peers()
        yield from self._of_traced()
        yield from self._of_predecessors()
        yield from self._of_gwp_set()
        yield from self._of_time()
        yield from self._of_verification()

    @property
    def _boundary(self) -> SystemBoundary:
        """What the total is of: Catena-X states the production stage by itself in documents of either scope."""
        is_catena_x = self.pushed.document_format is DocumentFormat.CATENA_X
        return SystemBoundary.CRADLE_TO_GATE if is_catena_x else self.pushed.boundary

    def _warn(self, code: str, name: str, message: str) -> Finding:
        return Finding(code, "WARNING", place_of(self.pushed, name), message)

    def _text(self, kgco2e: float, *beside: float) -> str:
        return f"{figure_text(kgco2e, beside=beside)} kg CO2e per {self.item.declared_unit}"

    def _of_sign(self) -> Iterator[Finding]:
        if self.total_kgco2e < 0:
            yield self._warn(
                "NEGATIVE_TOTAL",
                "kgco2e",
                f"the total without biogenic uptake is {self._text(self.total_kgco2e)}, below 0: making the item would "
                "take more out of the air than it emits; check that uptake and credits for avoided emissions are left "
                "out",
            )

    def _of_peers(self) -> Iterator[Finding]:
        total = self.total_kgco2e
        if total < 0 or self._boundary is not SystemBoundary.CRADLE_TO_GATE:
            return
        peers = self.context.peers_of(self.item)
        if peers is None:
            return
        is_coarse = self.context.supplier_uid is not None
        median = _coarse(peers.median_kgco2e) if is_coarse else peers.median_kgco2e
        if not _is_far(total, median, None if is_coarse else peers):
            return
        about = "about " if is_coarse else ""
        yield self._warn(
            "PEER_OUTLIER",
            "kgco2e",
            f"{self._text(total, median)} is far from the {peers.count} other items of category "
            f"{self.item.category!r}, whose median is {about}{self._text(median, total)}; check the unit, the amount "
            "that the total is for, and the decimal point",
        )

    def _of_traced(self) -> Iterator[Finding]:
        traced_kgco2e = self._traced_kgco2e()
        if traced_kgco2e is None:
            return
        total, is_coarse = self.total_kgco2e, self.context.supplier_uid is not None
        if not _differs(total, _coarse(traced_kgco2e) if is_coarse else traced_kgco2e):
            return
        row = self.context.row_in_graph(self.item)
        if row is None or not self.context.has_structure(row):
            return  # without structure the traced total is an earlier declaration's
        interval = self.context.interval_kgco2e(row, self.pushed.boundary)
        low, high = (np.inf, -np.inf) if interval is None else interval
        if (_coarse(low) if is_coarse else low) <= total <= (_coarse(high) if is_coarse else high):
            return
        far = "above" if total > traced_kgco2e else "below"
        figure = "" if is_coarse else f", {self._text(traced_kgco2e, total)}"
        yield self._warn(
            "TRACED_DIFFERS",
            "kgco2e",
            f"{self._text(total, traced_kgco2e)} is more than half {far} what the recorded inputs and emissions of "
            f"{self.item.uid!r} come to{figure}; check both: an input may be missing there, or the unit be another",
        )

    def _traced_kgco2e(self) -> float | None:
        """The item's traced total; None where it is not known, or where gaps may explain that more was sent."""
        roll_up, row = self.context.solved(is_traced=True), self.context.row_in_graph(self.item)
        if roll_up is None or row is None:
            return None
        to_grave = self._boundary is SystemBoundary.CRADLE_TO_GRAVE
        traced_kgco2e = float(roll_up.total_kgco2e(to_grave)[row])
        may_be_more = not roll_up.is_complete(to_grave)[row] and self.total_kgco2e > traced_kgco2e
        return None if np.isnan(traced_kgco2e) or may_be_more else traced_kgco2e

    def _of_predecessors(self) -> Iterator[Finding]:
        if not self.pushed.preceding_uids:
            return
        table = self.context.facts.tables[Kind.DECLARATION]
        names = pa.array(self.pushed.preceding_uids, pa.string())
        named = pc.or_(pc.is_in(table["uid"], value_set=names), pc.is_in(table["document_id"], value_set=names))
        is_own = pc.equal(table["item_row"], self.item.row)
        before = table.select(["uid", "kgco2e"]).filter(pc.and_(named, is_own)).to_pylist()
        for one in before:
            if _differs(self.total_kgco2e, one["kgco2e"]):
                yield self._warn(
                    "PREDECESSOR_DIFFERS",
                    "preceding_uids",
                    f"{self._text(self.total_kgco2e, one['kgco2e'])} differs by more than half from its predecessor "
                    f"{one['uid']!r}, {self._text(one['kgco2e'], self.total_kgco2e)}; say in the comment what changed",
                )

    def _of_gwp_set(self) -> Iterator[Finding]:
        if not self.pushed.gwp_set:
            yield self._warn(
                "GWP_SET_UNKNOWN",
                "gwp_set",
                "it is not said by which global warming potentials other gases were weighed; give AR6, or AR5",
            )
            return
        common, own = self.context.common_gwp_set, _gwp_name(self.pushed.gwp_set)
        if common is not None and own != common:
            yield self._warn(
                "GWP_SET_DIFFERS",
                "gwp_set",
                f"weighed by {own}, while most of the graph is by {common}; totals that add both are not exact. Give "
                f"the footprint by {common} where you can",
            )

    def _of_time(self) -> Iterator[Finding]:
        end, today = self.pushed.reference_period_end, self.context.today
        ends_on = self.pushed.valid_to or (None if end is None else _years_after(end, OLDEST_YEARS))
        if ends_on is not None and ends_on <= today:
            default = "" if self.pushed.valid_to else ", three years after the reference period"
            yield self._warn(
                "ALREADY_EXPIRED",
                "valid_to",
                f"it has not been valid since {ends_on}{default}; it counts only where nothing else is known. Send a "
                "newer footprint",
            )
        elif end is not None and _years_after(end, OLDEST_YEARS) <= today:
            yield self._warn(
                "PERIOD_OLD",
                "reference_period_end",
                f"the reference period ended {end}, more than three years ago; send a footprint of a later year",
            )
        if end is not None and end > today + timedelta(days=1):
            yield self._warn(
                "PERIOD_IN_FUTURE",
                "reference_period_end",
                f"the reference period ends {end}, after today, {today}: what is not over has not been measured; give "
                "the period that the data are of",
            )

    def _of_verification(self) -> Iterator[Finding]:
        if self.pushed.is_verified and not (self.pushed.verification or "").strip():
            yield self._warn(
                "VERIFIER_UNKNOWN",
                "verification",
                "it is said to be verified, but not by whom; name the verifier and the standard",
            )


def _is_far(total_kgco2e: float, median_kgco2e: float, peers: Peers | None) -> bool:
    """Whether a total is a factor of 3 or more from the median, or beyond 3 robust deviations where these tell."""
    if median_kgco2e > 0 and not median_kgco2e / PEER_FACTOR < total_kgco2e < median_kgco2e * PEER_FACTOR:
        return True
    if peers is None or peers.count < FEWEST_FOR_DEVIATIONS or not peers.deviation_kgco2e:
        return False
    difference = abs(total_kgco2e - median_kgco2e)
    is_beyond = difference > PEER_DEVIATIONS * peers.deviation_kgco2e
    return is_beyond and difference > LEAST_PEER_DIFFERENCE * abs(median_kgco2e)


def _holds_before_gate(table: pa.Table, as_of: date) -> Flags:
    day = pa.scalar(as_of, pa.date32())
    holds: Flags = ~AFTER_GATE[table["stage"].to_numpy()]
    if table["valid_from"].null_count < table.num_rows:
        holds &= flags(pc.fill_null(pc.less_equal(table["valid_from"], day), True))
    if table["valid_to"].null_count < table.num_rows:
        holds &= ~flags(pc.less_equal(table["valid_to"], day))
    return holds


def _differs(total_kgco2e: float, other_kgco2e: float) -> bool:
    return abs(total_kgco2e - other_kgco2e) > LARGEST_DIFFERENCE * abs(other_kgco2e)


def _coarse(kgco2e: float) -> float:
    """The figure with one significant digit."""
    return float(f"{kgco2e:.1g}")


def _gwp_name(text: str) -> str:
    """``AR6`` however it was written; other names as they are."""
    found = _ASSESSMENT_REPORT.search(text)
    return f"AR{found[1]}" if found else text.strip()


def _years_after(day: date, years: int) -> date:
    year = min(day.year + years, date.max.year)
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))
