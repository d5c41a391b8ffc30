"""The facts of one revision that hold on one day, weighed and laid out for the engine."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.once import Once
from graph_service.engine.rollup import RollUp, roll_up
from graph_service.engine.snapshot import Declarations, Emissions, Snapshot, Supplies
from graph_service.model.facts import Facts, Revision, rows_of
from graph_service.model.vocabulary import DeclarationState, Kind, RatingScale
from graph_service.service.resolution import (
    RATINGS,
    Integers,
    ResolvedEmissions,
    flags,
    integers,
    numbers,
    resolve_emissions,
)

_ACCEPTED, _DEPRECATED = (
    list(DeclarationState).index(state) for state in (DeclarationState.ACCEPTED, DeclarationState.DEPRECATED)
)
REPLACED_BY = "replaced by "
"""How the reason of an accepted declaration begins once a successor has replaced it; the successor's uid follows."""
_V3 = list(RatingScale).index(RatingScale.V3)
"""Ratings of the other scale have no exact meaning in this one: they never enter an average."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The facts that hold on a day as the engine takes them.

    ``supply_rows``, ``emission_rows`` and ``declaration_rows`` are positions in the facts of that kind; ``snapshot``
    holds just these, in this order. Of each item's declarations only the one that may stand in for it is here.
    """

    supply_rows: Integers
    emission_rows: Integers
    declaration_rows: Integers
    resolved: ResolvedEmissions
    snapshot: Snapshot


@dataclass(frozen=True)
class DayGraph:
    """The graph of one revision and one day. A graph that follows another is laid out when somebody looks at it."""

    revision: Revision
    as_of: date
    facts: Facts
    layout: Once[Layout]
    _roll_ups: dict[bool, RollUp] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def supply_rows(self) -> Integers:
        """Rows in the facts of the supplies of ``snapshot``."""
        return self.layout.get().supply_rows

    @property
    def emission_rows(self) -> Integers:
        """Rows in the facts of the emissions of ``snapshot``."""
        return self.layout.get().emission_rows

    @property
    def declaration_rows(self) -> Integers:
        """Rows in the facts of the declarations of ``snapshot``."""
        return self.layout.get().declaration_rows

    @property
    def resolved(self) -> ResolvedEmissions:
        """What the emissions of ``snapshot`` weigh, and by which factor."""
        return self.layout.get().resolved

    @property
    def snapshot(self) -> Snapshot:
        """The graph as the engine takes it."""
        return self.layout.get().snapshot

    def roll_ups(self) -> Mapping[bool, RollUp]:
        """The roll-ups solved so far, by whether they are traced."""
        with self._lock:
            return dict(self._roll_ups)

    def roll_up(self, *, is_traced: bool) -> RollUp:
        """All totals on one basis; solved once, then kept. Blocks while another thread solves it."""
        with self._lock:
            if is_traced not in self._roll_ups:
                self._roll_ups[is_traced] = roll_up(self.snapshot, is_traced=is_traced)
            return self._roll_ups[is_traced]

    @cached_property
    def items_by_uid(self) -> Integers:
        """Item rows in the order of their uids."""
        return np.asarray(pc.sort_indices(self.facts.items["uid"]), dtype=np.int32)

    @cached_property
    def supplies_by_output(self) -> "RowsByItem":
        """Indices into ``snapshot.supplies`` of the edges into each item."""
        return rows_by_item(self.snapshot.supplies.output_row, self.snapshot.item_count)

    @cached_property
    def supplies_by_input(self) -> "RowsByItem":
        """Indices into ``snapshot.supplies`` of the edges out of each item."""
        return rows_by_item(self.snapshot.supplies.input_row, self.snapshot.item_count)

    @cached_property
    def emissions_by_item(self) -> "RowsByItem":
        """Indices into ``snapshot.emissions`` of each item's entries."""
        return rows_by_item(self.snapshot.emissions.item_row, self.snapshot.item_count)


@dataclass(frozen=True, slots=True)
class RowsByItem:
    """Which rows belong to which item, as compressed rows."""

    start: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]

    def of(self, item_row: int) -> npt.NDArray[np.int64]:
        """The rows of one item."""
        return self.rows[self.start[item_row] : self.start[item_row + 1]]


def rows_by_item(item_row: Integers, item_count: int) -> RowsByItem:
    """Group positions by the item that each names."""
    start = np.zeros(item_count + 1, np.int64)
    np.cumsum(np.bincount(item_row, minlength=item_count), out=start[1:])
    return RowsByItem(start, np.argsort(item_row, kind="stable"))


def day_graph(revision: Revision, as_of: date, facts: Facts) -> DayGraph:
    """Lay out what holds on ``as_of`` of the facts of ``revision``."""
    laid_out = lay_out(facts, as_of)
    return DayGraph(revision, as_of, facts, Once(lambda: laid_out))


def lay_out(facts: Facts, as_of: date) -> Layout:
    """What holds on ``as_of`` of the facts, as arrays."""
    supply_rows, supplies = _supplies(facts, as_of)
    emission_rows = _valid_rows(facts.tables[Kind.EMISSION], as_of)
    emissions = facts.tables[Kind.EMISSION].take(pa.array(emission_rows))
    resolved = resolve_emissions(facts, emissions)
    declaration_rows, declarations = _declarations(facts, as_of)
    snapshot = Snapshot(facts.items.num_rows, supplies, _emissions(emissions, resolved), declarations)
    return Layout(supply_rows, emission_rows, declaration_rows, resolved, snapshot)


def _valid_rows(table: pa.Table, as_of: date) -> Integers:
    """Rows valid on a day: from ``valid_from`` on, before ``valid_to``."""
    day = pa.scalar(as_of, pa.date32())
    begun = pc.fill_null(pc.less_equal(table["valid_from"], day), True)
    not_ended = pc.fill_null(pc.greater(table["valid_to"], day), True)
    return np.flatnonzero(pc.and_(begun, not_ended).to_numpy()).astype(np.int32)


def _supplies(facts: Facts, as_of: date) -> tuple[Integers, Supplies]:
    rows = _valid_rows(facts.tables[Kind.SUPPLY], as_of)
    table = facts.tables[Kind.SUPPLY].select(["input_row", "output_row", "amount", "share", "stage"])
    if len(rows) < table.num_rows:
        table = table.take(pa.array(rows))
    supplies = Supplies(
        input_row=table["input_row"].to_numpy(),
        output_row=table["output_row"].to_numpy(),
        amount=table["amount"].to_numpy(),
        share=table["share"].to_numpy(),
        stage=table["stage"].to_numpy(),
    )
    return rows, supplies


def _emissions(table: pa.Table, resolved: ResolvedEmissions) -> Emissions:
    return Emissions(
        item_row=table["item_row"].to_numpy(),
        kgco2e=resolved.kgco2e,
        stage=table["stage"].to_numpy(),
        component=table["component"].to_numpy(),
        data_type=table["data_type"].to_numpy(),
        is_verified=table["is_verified"].to_numpy(),
        **resolved.ratings,
    )


def _declarations(facts: Facts, as_of: date) -> tuple[Integers, Declarations]:
    """The one declaration per item that may stand in on a day: a valid one before an expired one."""
    table = facts.tables[Kind.DECLARATION]
    day = np.datetime64(as_of, "D")
    begun = counts_towards_totals(table, as_of) & (table["valid_from"].to_numpy() <= day)
    expired = table["valid_to"].to_numpy() <= day
    ranked = _rank(table, begun & ~expired)
    item_row = integers(table["item_row"])
    valid_items = np.unique(item_row[ranked])
    stale = _rank(table, begun & expired & ~np.isin(item_row, valid_items))
    chosen = np.concatenate([_first_per_item(item_row, ranked), _first_per_item(item_row, stale)]).astype(np.int32)
    rows = table.take(pa.array(chosen))
    is_v3 = integers(rows["rating_scale"]) == _V3
    declarations = Declarations(
        item_row=integers(rows["item_row"]),
        kgco2e=numbers(rows["kgco2e"]),
        fossil_kgco2e=numbers(rows["fossil_kgco2e"]),
        land_use_change_kgco2e=numbers(rows["land_use_change_kgco2e"]),
        land_management_biogenic_co2_kgco2e=numbers(rows["land_management_biogenic_co2_kgco2e"]),
        land_management_removals_kgco2e=numbers(rows["land_management_removals_kgco2e"]),
        biogenic_non_co2_kgco2e=numbers(rows["biogenic_non_co2_kgco2e"]),
        technological_removals_kgco2e=numbers(rows["technological_removals_kgco2e"]),
        ccs_capture_kgco2e=numbers(rows["ccs_capture_kgco2e"]),
        biogenic_uptake_kgco2e=numbers(rows["biogenic_uptake_kgco2e"]),
        primary_data_share=numbers(rows["primary_data_share"]),
        exempted_share=numbers(rows["exempted_share"]),
        is_verified=np.asarray(pc.fill_null(rows["is_verified"], False).to_numpy(), dtype=np.bool_),
        is_expired=expired[chosen],
        **{name: np.where(is_v3, numbers(rows[name]), np.nan) for name in RATINGS},
    )
    return chosen, declarations


def counts_towards_totals(declarations: pa.Table, as_of: date) -> npt.NDArray[np.bool_]:
    """Which declarations may stand in for their item on a day, as far as reviews decide it, one flag per row.

    Accepted ones do; one that was accepted until it was replaced does until the day from which a successor that was
    accepted holds. One that was withdrawn, or replaced before anybody accepted it, does not. What we published
    ourselves never does: it says what the totals were.
    """
    state = declarations["state"].to_numpy()
    is_received = ~flags(pc.fill_null(declarations["is_published"], False))
    counts: npt.NDArray[np.bool_] = is_received & (state == _ACCEPTED)
    deprecated = state == _DEPRECATED
    if deprecated.any():
        deprecated &= flags(pc.fill_null(pc.starts_with(declarations["reason"], REPLACED_BY), True))
        was_accepted = (state == _ACCEPTED) | deprecated | _has_replaced(declarations, deprecated)
        before = _replaced_by(declarations, was_accepted, as_of)
        counts |= is_received & deprecated & ~before & _replaced_by(declarations, was_accepted, date.max)
    return counts


def _has_replaced(declarations: pa.Table, replaced: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which declarations the reasons of replaced ones name: they were accepted, whatever became of them."""
    reasons = declarations["reason"].combine_chunks().take(pa.array(np.flatnonzero(replaced)))
    names = pc.utf8_slice_codeunits(pc.drop_null(reasons), len(REPLACED_BY))
    has_replaced = np.zeros(declarations.num_rows, np.bool_)
    has_replaced[rows_of(names, declarations["uid"]).drop_null().to_numpy(zero_copy_only=False)] = True
    return has_replaced


def _replaced_by(declarations: pa.Table, was_accepted: npt.NDArray[np.bool_], as_of: date) -> npt.NDArray[np.bool_]:
    """Which declarations have a successor that was accepted, also if deprecated by now, and holds from ``as_of`` on."""
    begun = declarations["valid_from"].to_numpy() <= np.datetime64(as_of, "D")
    return _is_named(declarations["preceding"].take(pa.array(np.flatnonzero(was_accepted & begun))), declarations)


def _is_named(preceding: pa.ChunkedArray, declarations: pa.Table) -> npt.NDArray[np.bool_]:
    """Which declarations stand in some of these lists of predecessors."""
    names = pc.list_flatten(pc.split_pattern(pc.drop_null(preceding.combine_chunks()), " "))
    named = np.zeros(declarations.num_rows, np.bool_)
    named[rows_of(names, declarations["uid"]).drop_null().to_numpy(zero_copy_only=False)] = True
    return named


def _rank(table: pa.Table, candidate: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Candidates, best first: not named as predecessor, latest reference period end, last received, last uid."""
    rows = np.flatnonzero(candidate)
    chosen = table.select(["uid", "preceding", "received_revision", "reference_period_end"]).take(pa.array(rows))
    is_preceded = _is_named(chosen["preceding"], chosen)
    uid_order = np.empty(len(rows), np.int64)
    uid_order[pc.sort_indices(chosen["uid"]).to_numpy()] = np.arange(len(rows))
    received = chosen["received_revision"].to_numpy()
    period_end = chosen["reference_period_end"].to_numpy().astype(np.int64)
    return rows[np.lexsort((-uid_order, -received, -period_end, is_preceded))]


def _first_per_item(item_row: Integers, ranked: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The best ranked row of each item."""
    _, first = np.unique(item_row[ranked], return_index=True)
    return ranked[first]
