"""Facts and graphs that follow what changed, instead of being read and built again."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.once import Once
from graph_service.engine.standing import ItemFacts
from graph_service.model.fact_changes import FactChanges
from graph_service.model.facts import Facts, Revision
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Kind
from graph_service.service.day_graph import DayGraph, Layout, lay_out
from graph_service.service.merging import lay_over, to_merged_facts
from graph_service.service.resolution import Flags, flags

REBUILT_SHARE, FEW_ITEMS = 0.05, 20
"""Past this share of the items, and so many in any case, a graph is built anew instead of following."""

ChangedUids = Mapping[Kind, frozenset[str]]
"""What a range of revisions recorded or ended, by kind."""

_OF_ITEMS = {Kind.SUPPLY: "output_row", Kind.EMISSION: "item_row", Kind.DECLARATION: "item_row"}
"""The kinds whose facts an item's equations are made of, and the column that says whose they are."""


def changed_uids(upserts: Mapping[Kind, pa.Table], ends: Mapping[Kind, Sequence[str]]) -> ChangedUids:
    """The uids of rows that were recorded and of those that ended."""
    kinds = {*upserts, *ends}
    return {
        kind: frozenset((*(upserts[kind]["uid"].to_pylist() if kind in upserts else ()), *ends.get(kind, ())))
        for kind in kinds
    }


def joined(steps: Iterable[ChangedUids]) -> ChangedUids:
    """What several ranges of revisions changed together."""
    together: dict[Kind, frozenset[str]] = {}
    for step in steps:
        for kind, uids in step.items():
            together[kind] = together.get(kind, frozenset()) | uids
    return together


def facts_after(facts: Facts, changes: FactChanges) -> Facts | None:
    """The facts once the changes have happened; None where their order cannot be kept."""
    if changes.has_returned:
        return None
    rows = {kind: changes.upserts.get(kind, BATCH_SCHEMAS[kind].empty_table()) for kind in Kind}
    ends = {kind: changes.ends.get(kind, ()) for kind in Kind}
    merge = lay_over(facts, rows, ends, revision={Kind.DECLARATION: changes.received_revisions})
    return to_merged_facts(merge.merged)


def follow(before: DayGraph, revision: Revision, as_of: date, facts: Facts, changed: ChangedUids) -> DayGraph | None:
    """The graph of ``facts`` on a day, its totals made from those of ``before``; None where building is cheaper.

    ``changed``: all that was recorded or ended between the two revisions.
    """
    rolled_up = before.roll_ups()
    touched = _touched_items(before, as_of, facts, changed) if rolled_up else None
    if touched is None or not are_few(int(touched.sum()), len(touched)):
        return None
    is_same = not touched.any() and _are_same(before.facts, facts)
    layout = before.layout if is_same else Once(lambda: lay_out(facts, as_of))
    snapshot = Once(lambda: layout.get().snapshot)
    item_facts = _item_facts(facts, as_of, touched)
    followed = {is_traced: old.following(item_facts, snapshot) for is_traced, old in rolled_up.items()}
    return DayGraph(revision, as_of, facts, layout, {basis: found for basis, found in followed.items() if found})


def are_few(touched_count: int, item_count: int) -> bool:
    """Whether totals follow so many touched items sooner than they are built anew."""
    return touched_count <= max(FEW_ITEMS, REBUILT_SHARE * item_count)


def _are_same(before: Facts, after: Facts) -> bool:
    """Whether nothing that a layout is made of was recorded or ended."""
    kinds = (Kind.ITEM, Kind.SUPPLY, Kind.EMISSION, Kind.DECLARATION, Kind.FACTOR, Kind.REGION)
    return all(before.tables[kind] is after.tables[kind] for kind in kinds)


def _item_facts(facts: Facts, as_of: date, touched: Flags) -> ItemFacts:
    """All that holds on the day of the touched items."""
    tables = dict(facts.tables)
    for kind, column in _OF_ITEMS.items():
        rows = np.flatnonzero(touched[tables[kind][column].to_numpy()])
        tables[kind] = tables[kind].take(pa.array(rows))
    part: Layout = lay_out(Facts(tables), as_of)
    return ItemFacts(item_row=np.flatnonzero(touched).astype(np.int32), part=part.snapshot)


def _touched_items(before: DayGraph, as_of: date, facts: Facts, changed: ChangedUids) -> Flags | None:
    """Items whose own facts may weigh otherwise than before; None where items or regions moved under the rest."""
    old, count = before.facts, facts.items.num_rows
    if changed.get(Kind.REGION) or not _keeps_item_rows(old, facts):
        return None
    touched = np.zeros(count, np.bool_)
    touched[old.items.num_rows :] = True
    touched[_rows(facts, Kind.ITEM, changed.get(Kind.ITEM, ()))] = True
    for kind, column in _OF_ITEMS.items():
        for side in (old, facts):
            rows = _rows(side, kind, changed.get(kind, ()))
            touched[side.tables[kind][column].take(pa.array(rows)).to_numpy()] = True
        if as_of != before.as_of:
            table = facts.tables[kind]
            crossed = _crossed(table, before.as_of, as_of)
            touched[table[column].filter(pa.array(crossed)).to_numpy()] = True
    if changed.get(Kind.FACTOR):
        for side in (old, facts):
            table = side.tables[Kind.EMISSION]
            touched[table["item_row"].filter(_uses_factor(side, (old, facts), changed[Kind.FACTOR])).to_numpy()] = True
    return touched


def _keeps_item_rows(before: Facts, after: Facts) -> bool:
    """Whether every item stands where it stood; new ones follow."""
    if before.items is after.items:
        return True
    old, new = before.items["uid"], after.items["uid"]
    return len(old) <= len(new) and bool(old.equals(new.slice(0, len(old))))


def _rows(facts: Facts, kind: Kind, uids: Iterable[str]) -> npt.NDArray[np.int64]:
    wanted = list(uids)
    if not wanted:
        return np.empty(0, np.int64)
    found = pc.is_in(facts.tables[kind]["uid"], value_set=pa.array(wanted, pa.string()))
    return np.flatnonzero(found.to_numpy())


def _crossed(table: pa.Table, one: date, other: date) -> Flags:
    """Rows whose validity begins or ends after the earlier of two days, on the later one at the latest."""
    low, high = (pa.scalar(day, pa.date32()) for day in sorted((one, other)))
    crossed = np.zeros(table.num_rows, np.bool_)
    for column in (table["valid_from"], table["valid_to"]):
        crossed |= flags(pc.and_(pc.greater(column, low), pc.less_equal(column, high)))
    return crossed


def _uses_factor(facts: Facts, sides: Iterable[Facts], uids: frozenset[str]) -> pa.ChunkedArray:
    """Emissions that name one of the factors, or ask for a flow that one of them serves or served."""
    flows: set[str] = set()
    for side in sides:
        factors = side.tables[Kind.FACTOR]
        flows.update(factors["flow"].take(pa.array(_rows(side, Kind.FACTOR, uids))).to_pylist())
    emissions = facts.tables[Kind.EMISSION]
    named = pc.is_in(emissions["factor_uid"], value_set=pa.array(list(uids), pa.string()))
    return pc.or_(named, pc.is_in(emissions["flow"], value_set=pa.array(list(flows), pa.string())))
