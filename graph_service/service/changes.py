"""Why an item's total moved between two views: causes by item and kind that sum to the difference."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.sums import sums_by_group
from graph_service.model.vocabulary import ChangeKind, Kind
from graph_service.service.change_alignment import Places
from graph_service.service.change_moves import NoReading, emission_moves, own_direct_moves, supply_moves
from graph_service.service.change_views import (
    ADDED,
    DECLARED,
    KINDS,
    REMOVED,
    BothViews,
    Codes,
    Flags,
    both_views,
)
from graph_service.service.footprints import Footprint, footprint
from graph_service.service.ranking import Listing, Positions, largest_first
from graph_service.service.records import row_of
from graph_service.service.resolution import Integers, Numbers
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.unsolvable import unsolvable_loop

_DIRECT, _SUPPLY, _FACTOR = (KINDS.index(kind) for kind in (ChangeKind.DIRECT, ChangeKind.SUPPLY, ChangeKind.FACTOR))


@dataclass(frozen=True, slots=True)
class ChangeCause:
    """What one change of an item's own facts did to the total, kg CO2e per declared unit of the explained item.

    The rows are rows of the facts of one of the two graphs: of the later view's if ``is_of_after``. A supply's cause
    belongs to its output; the declaration is the one in force after, else the one before.
    """

    kind: ChangeKind
    kgco2e: float
    is_of_after: bool
    item_row: int
    supply_row: int | None = None
    declaration_row: int | None = None
    factor_row: int | None = None


@dataclass(frozen=True, slots=True)
class FootprintChange:
    """An item's footprint in two views; None in a view that has not got the item: its total there counts as 0.

    ``causes`` sum to the difference, largest first. Where the item is there but its total unknown, the difference is
    None and there are no causes.
    """

    item_uid: str
    before: Footprint | None
    after: Footprint | None
    difference_kgco2e: float | None
    causes: Sequence[ChangeCause]


def explain_change(before: ViewedGraph, after: ViewedGraph, item_uid: str) -> FootprintChange | None:
    """Why the item's total moved from one view to another; None where neither has the item.

    Raises ``UnsolvableLoop`` where a total cannot be computed, or one view cannot compute what the other takes of.
    """
    was, now = _footprint(before, item_uid), _footprint(after, item_uid)
    if was is None and now is None:
        return None
    totals = [0.0 if found is None else found.total_kgco2e for found in (was, now)]
    if totals[0] is None or totals[1] is None:
        return FootprintChange(item_uid, was, now, None, ())
    views = both_views(before, after, (was, now))
    try:
        causes = find_causes(views)
    except NoReading as lost:
        raise unsolvable_loop(after if lost.is_of_after else before) from lost
    return FootprintChange(item_uid, was, now, totals[1] - totals[0], causes)


def _footprint(graph: ViewedGraph, item_uid: str) -> Footprint | None:
    row = row_of(graph.day.facts, Kind.ITEM, item_uid)
    return None if row is None else footprint(graph, row)


@dataclass(frozen=True, slots=True)
class _Causes:
    """Causes as columns; rows are -1 where a cause has none. ``kind``: codes of ``KINDS``."""

    kind: Codes
    kgco2e: Numbers
    is_of_after: Flags
    item_row: Places
    supply_row: Places
    declaration_row: Places
    factor_row: Places


def find_causes(views: BothViews) -> Sequence[ChangeCause]:
    """All causes that moved the total, largest absolute first, then by the uid of item, kind, uid of the fact."""
    parts = [*_item_and_supply_causes(views), *_emission_causes(views)]
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in _Causes.__slots__]
    moved = columns[1] != 0.0
    found = _Causes(*(column[moved] for column in columns))
    order = largest_first(found.kgco2e, names=lambda tied: _names(views, found, tied))

    def build(places: range) -> list[ChangeCause]:
        return [_cause(found, at) for at in order[places.start : places.stop : places.step].tolist()]

    return Listing(len(order), build)


def _cause(found: _Causes, at: int) -> ChangeCause:
    def row(column: Places) -> int | None:
        return int(column[at]) if column[at] >= 0 else None

    return ChangeCause(
        KINDS[found.kind[at]],
        float(found.kgco2e[at]),
        bool(found.is_of_after[at]),
        int(found.item_row[at]),
        row(found.supply_row),
        row(found.declaration_row),
        row(found.factor_row),
    )


def _columns(
    views: BothViews,
    kind: Codes | int,
    kgco2e: Numbers,
    common_row: Places,
    *,
    is_of_after: Flags,
    supply_row: Places | None = None,
    declaration_row: Places | None = None,
    factor_row: Places | None = None,
) -> _Causes:
    none = np.full(len(kgco2e), -1, np.int64)
    kinds = np.full(len(kgco2e), kind, np.int8) if isinstance(kind, int) else kind
    item_row = np.where(is_of_after, views.after.view_row[common_row], views.before.view_row[common_row])
    rows = (none if given is None else given for given in (supply_row, declaration_row, factor_row))
    return _Causes(kinds, kgco2e, is_of_after, item_row.astype(np.int64), *rows)


def _item_and_supply_causes(views: BothViews) -> tuple[_Causes, _Causes]:
    """Items that came, went or changed their declaration, each with all of its own gate facts; other supplies."""
    moves = supply_moves(views)
    change = views.item_change[moves.item_row]
    is_of_item = (change == ADDED) | (change == REMOVED) | ((change == DECLARED) & ~moves.is_after_gate)
    rows, kgco2e = own_direct_moves(views)
    by_item = sums_by_group(moves.item_row[is_of_item], moves.kgco2e[is_of_item], group_count=len(views.item_change))
    kgco2e = kgco2e + by_item[rows]
    kinds = views.item_change[rows]
    declared_after, declared_before = views.after.declaration_rows(rows), views.before.declaration_rows(rows)
    is_declared = kinds == DECLARED
    declaration_row = np.where(is_declared, np.where(declared_after >= 0, declared_after, declared_before), -1)
    is_of_after = np.where(is_declared, declared_after >= 0, kinds == ADDED)
    items = _columns(views, kinds, kgco2e, rows, is_of_after=is_of_after, declaration_row=declaration_row)
    before, after, own = moves.place_before[~is_of_item], moves.place_after[~is_of_item], moves.item_row[~is_of_item]
    has_after = after >= 0
    supply_row = np.where(
        has_after, _row(views.after.day.supply_rows, after), _row(views.before.day.supply_rows, before)
    )
    supplies = _columns(views, _SUPPLY, moves.kgco2e[~is_of_item], own, is_of_after=has_after, supply_row=supply_row)
    return items, supplies


def _row(rows: Integers, place: Places) -> Places:
    """The row in the facts of each place of a snapshot, -1 for -1."""
    found: Places = np.append(rows, np.int32(-1))[place].astype(np.int64)
    return found


def _emission_causes(views: BothViews) -> tuple[_Causes, _Causes]:
    """What direct entries moved, summed by item; what factors moved, summed by item and the factor after."""
    found = emission_moves(views)
    item_row = found.moves.item_row
    items, group = np.unique(item_row, return_inverse=True)
    direct_kgco2e = sums_by_group(group, found.moves.kgco2e, group_count=len(items))
    direct = _columns(views, _DIRECT, direct_kgco2e, items, is_of_after=np.ones(len(items), np.bool_))
    by_factor = found.factor_kgco2e != 0.0
    factor = _row(views.after.day.resolved.factor_row, found.moves.place_after[by_factor])
    count = views.after.facts.tables[Kind.FACTOR].num_rows
    keys, group = np.unique(item_row[by_factor] * max(count, 1) + factor, return_inverse=True)
    factor_kgco2e = sums_by_group(group, found.factor_kgco2e[by_factor], group_count=len(keys))
    items, factors = np.divmod(keys, max(count, 1))
    is_of_after = np.ones(len(keys), np.bool_)
    return direct, _columns(views, _FACTOR, factor_kgco2e, items, is_of_after=is_of_after, factor_row=factors)


def _names(views: BothViews, found: _Causes, tied: Positions) -> pa.Array:
    """A name for each of these causes to order them by: item uid, kind, uid of the fact."""
    before, after = views.before.facts, views.after.facts

    def uids(kind: Kind, row: Places) -> pa.Array:
        tables = before.tables[kind]["uid"], after.tables[kind]["uid"]
        both = pa.chunked_array([*tables[0].chunks, *tables[1].chunks], pa.string())
        place = row[tied] + np.where(found.is_of_after[tied], len(tables[0]), 0)
        return both.take(pa.array(place, mask=row[tied] < 0)).combine_chunks()

    kinds = pa.array([kind.value for kind in KINDS]).take(pa.array(found.kind[tied]))
    fact = [(Kind.SUPPLY, found.supply_row), (Kind.DECLARATION, found.declaration_row), (Kind.FACTOR, found.factor_row)]
    fact_uid = pc.fill_null(pc.coalesce(*(uids(kind, row) for kind, row in fact)), "")
    return pc.binary_join_element_wise(uids(Kind.ITEM, found.item_row), kinds, fact_uid, "\n")
