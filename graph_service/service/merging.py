"""Recorded facts and the rows of a batch -> the facts as they will be, and what differs.

Rows keep their place: a row recorded again stays where it was, new ones follow in the order of the batch, ended ones
vanish and item rows are counted anew.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.facts import Facts, encode, rows_of
from graph_service.model.tables import CODED, ITEM_REFERENCES, RECEIVED_REVISION
from graph_service.model.vocabulary import Kind
from graph_service.service.resolution import Flags, flags

Positions = npt.NDArray[np.int64]

_MOST_CHUNKS = 64
"""Beyond so many pieces a table is joined into one: each small batch adds a few."""

_MOST_SPLICED = 8
"""Up to so many rows are put in the place of others by cutting the table there; nothing else of it is copied."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the rows of a batch stand among the recorded ones, for one kind.

    ``recorded_row``: per row of the batch the position of its uid in the recorded facts, -1 where it is new.
    ``is_counted``: false for a row whose uid came earlier in the batch, or is not given. ``is_ended``: per recorded
    row, whether the batch ends it. ``ends``: the uids that end, in the order of the batch.
    """

    recorded_row: Positions
    is_counted: Flags
    is_ended: Flags
    ends: Sequence[str]


@dataclass(frozen=True, slots=True)
class Merged:
    """One kind after the batch.

    ``table`` has the columns of ``FACT_SCHEMAS``; an unknown item or word is null; ``encoded`` are the rows of the
    batch in these columns, in its order. ``batch_row``: per merged row its
    row in the batch, -1 where the batch does not name it. ``is_changed``: per row of the batch, whether it is new or
    differs from what is recorded; ``differing``: per column, for rows recorded before.
    """

    table: pa.Table
    encoded: pa.Table
    batch_row: Positions
    is_changed: Flags
    differing: Mapping[str, Flags]

    @property
    def is_touched(self) -> Flags:
        """Per merged row, whether the batch makes or changes it."""
        touched = np.zeros(self.table.num_rows, np.bool_)
        named = self.batch_row >= 0
        touched[named] = self.is_changed[self.batch_row[named]]
        return touched


@dataclass(frozen=True, slots=True)
class Merge:
    """A normalised batch laid over recorded facts.

    ``tables``: the batch's rows, supplies in their input's declared unit. ``ends``: what the batch ends by name, as
    given. ``item_row_of``: the new row of each recorded item, -1 where it ends.
    """

    facts: Facts
    tables: Mapping[Kind, pa.Table]
    ends: Mapping[Kind, Sequence[str]]
    placements: Mapping[Kind, Placement]
    merged: Mapping[Kind, Merged]
    item_row_of: Positions

    @property
    def item_uids(self) -> pa.ChunkedArray:
        """The items as they will be."""
        return self.merged[Kind.ITEM].table["uid"]

    def is_changed(self, kind: Kind) -> bool:
        """Whether the batch makes, changes or ends any row of a kind."""
        return bool(self.merged[kind].is_changed.any() or self.placements[kind].is_ended.any())

    def is_gone(self, kind: Kind) -> Flags:
        """Per recorded row, whether the batch ends or replaces it."""
        gone = self.placements[kind].is_ended.copy()
        recorded_row = self.placements[kind].recorded_row
        gone[recorded_row[self.merged[kind].is_changed & (recorded_row >= 0)]] = True
        return gone


Convert = Callable[[pa.Table, pa.Table], pa.Table]
"""Supplies as given and the items as they will be -> the supplies in their inputs' declared units."""


def lay_over(
    facts: Facts,
    rows: Mapping[Kind, pa.Table],
    ends: Mapping[Kind, Sequence[str]],
    *,
    revision: int | Mapping[Kind, Sequence[int]],
    replace: bool = False,
    convert: Convert | None = None,
) -> Merge:
    """Lay rows and ends over the facts; items come first, because all others count in their rows and units.

    ``revision`` is the one in which declarations are first received: one for all, or by kind one for each row.
    """
    tables = dict(rows)
    placements = {kind: place(tables[kind], facts.tables[kind], ends[kind], replace=replace) for kind in Kind}
    item_row_of = new_item_rows(placements[Kind.ITEM])
    merged: dict[Kind, Merged] = {}
    item_uids = tables[Kind.ITEM]["uid"]
    for kind in (Kind.ITEM, *(kind for kind in Kind if kind is not Kind.ITEM)):
        if kind is Kind.SUPPLY and convert is not None:
            tables[kind] = convert(tables[kind], merged[Kind.ITEM].table)
        merged[kind] = merge_kind(
            kind,
            tables[kind],
            facts.tables[kind],
            placements[kind],
            item_uids=item_uids,
            item_row_of=item_row_of,
            revision=revision if isinstance(revision, int) else revision.get(kind, 0),
        )
        if kind is Kind.ITEM:
            item_uids = merged[kind].table["uid"]
    return Merge(facts, tables, ends, placements, merged, item_row_of)


def place(rows: pa.Table, recorded: pa.Table, ends: Sequence[str], *, replace: bool) -> Placement:
    """Find the rows of a batch among the recorded ones; with ``replace`` all that the batch lacks ends."""
    if not (rows.num_rows or ends or replace):
        return Placement(np.empty(0, np.int64), np.empty(0, np.bool_), np.zeros(recorded.num_rows, np.bool_), ())
    found = pc.fill_null(rows_of(rows["uid"], recorded["uid"]), -1).to_numpy(zero_copy_only=False).astype(np.int64)
    is_counted = first_of_uid(rows["uid"]) & flags(rows["uid"].is_valid())
    is_ended = np.zeros(recorded.num_rows, np.bool_)
    if ends:
        known = pc.drop_null(rows_of(pa.array(ends, pa.string()), recorded["uid"]))
        is_ended[known.to_numpy()] = True
        # A uid that is both ended and recorded is a fault of its own; here it stays, so that nothing else trips.
        is_ended[found[found >= 0]] = False
    if replace:
        is_ended[:] = True
        is_ended[found[found >= 0]] = False
    ended = recorded["uid"].filter(pa.array(is_ended)).to_pylist() if is_ended.any() else []
    return Placement(found, is_counted, is_ended, ended)


def first_of_uid(uids: pa.ChunkedArray) -> Flags:
    """Which rows are the first with their uid."""
    encoded = uids.combine_chunks().dictionary_encode()
    if len(encoded.dictionary) + encoded.null_count == len(uids):
        return np.ones(len(uids), np.bool_)
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    first = np.zeros(len(uids), np.bool_)
    first[np.unique(codes, return_index=True)[1]] = True
    first[codes == -1] = True
    return first


def merge_kind(
    kind: Kind,
    rows: pa.Table,
    recorded: pa.Table,
    placement: Placement,
    *,
    item_uids: pa.ChunkedArray,
    item_row_of: Positions,
    revision: int | Sequence[int],
) -> Merged:
    """One kind after the batch; ``item_row_of`` gives the new row of each recorded item, -1 where it ends."""
    encoded = encode(kind, rows, item_uids, revision=revision)
    recorded = _renumber_items(kind, recorded, item_row_of)
    if not rows.num_rows and not placement.is_ended.any():
        return Merged(recorded, encoded, np.full(recorded.num_rows, -1, np.int64), np.empty(0, np.bool_), {})
    is_known = placement.recorded_row >= 0
    encoded = _keep_received(encoded, recorded, placement.recorded_row)
    differing = _differing(encoded, recorded, placement.recorded_row)
    is_changed = placement.is_counted & ~is_known
    for differs in differing.values():
        is_changed = is_changed | (placement.is_counted & differs)
    source = np.arange(recorded.num_rows)
    batch_row = np.full(recorded.num_rows, -1, np.int64)
    named = np.flatnonzero(is_known & placement.is_counted)
    batch_row[placement.recorded_row[named]] = named
    changed = named[is_changed[named]]
    source[placement.recorded_row[changed]] = recorded.num_rows + changed
    keep = ~placement.is_ended
    new = np.flatnonzero(~is_known & placement.is_counted)
    order = np.concatenate([source[keep], recorded.num_rows + new])
    named_rows = np.concatenate([batch_row[keep], new])
    return Merged(_take(recorded, encoded, order), encoded, named_rows, is_changed, differing)


def new_item_rows(placement: Placement) -> Positions:
    """The row of each recorded item once ended ones have gone, -1 for those."""
    keep = ~placement.is_ended
    return np.where(keep, np.cumsum(keep) - 1, -1)


def to_upserts(rows: Mapping[Kind, pa.Table], merged: Mapping[Kind, Merged]) -> Mapping[Kind, pa.Table]:
    """The rows of a sound batch that must be written; kinds without any are left out."""
    upserts = {}
    for kind, table in rows.items():
        is_changed = merged[kind].is_changed
        if is_changed.all() and len(is_changed):
            upserts[kind] = table
        elif is_changed.any():
            upserts[kind] = table.filter(pa.array(is_changed))
    return upserts


def to_merged_facts(merged: Mapping[Kind, Merged]) -> Facts:
    """The facts as they will be; raises ``ValueError`` where a row names an unknown item or word."""
    for kind, one in merged.items():
        for name in (*ITEM_REFERENCES.get(kind, {}).values(), *CODED.get(kind, {})):
            if one.table[name].null_count:
                raise ValueError(f"a {kind} without {name} passed the checks")
    return Facts({kind: _join_chunks(one.table) for kind, one in merged.items()})


def _renumber_items(kind: Kind, recorded: pa.Table, item_row_of: Positions) -> pa.Table:
    if not len(item_row_of) or (len(item_row_of) == item_row_of[-1] + 1 and (item_row_of >= 0).all()):
        return recorded
    for name in ITEM_REFERENCES.get(kind, {}).values():
        rows = item_row_of[recorded[name].to_numpy()]
        column = pa.array(rows.astype(np.int32), mask=rows < 0)
        recorded = recorded.set_column(recorded.schema.get_field_index(name), name, column)
    return recorded


def _keep_received(encoded: pa.Table, recorded: pa.Table, recorded_row: Positions) -> pa.Table:
    """Rows recorded before with the revision that first received them."""
    known = np.flatnonzero(recorded_row >= 0)
    if RECEIVED_REVISION not in encoded.schema.names or not len(known):
        return encoded
    received = np.array(encoded[RECEIVED_REVISION].to_numpy())
    received[known] = recorded[RECEIVED_REVISION].take(pa.array(recorded_row[known])).to_numpy()
    place = encoded.schema.get_field_index(RECEIVED_REVISION)
    return encoded.set_column(place, encoded.schema.field(place), pa.array(received))


def _differing(encoded: pa.Table, recorded: pa.Table, recorded_row: Positions) -> Mapping[str, Flags]:
    """Per column, which rows of the batch differ from the recorded row of their uid; false for new ones."""
    known = np.flatnonzero(recorded_row >= 0)
    if not len(known):
        return {}
    now = encoded if len(known) == encoded.num_rows else encoded.take(pa.array(known))
    before = _take_rows(recorded, recorded_row[known])
    differing = {}
    for name in encoded.schema.names:
        if name == RECEIVED_REVISION:
            continue
        is_same = pc.fill_null(pc.equal(now[name], before[name]), False)
        are_both_null = pc.and_(now[name].is_null(), before[name].is_null())
        differs = np.zeros(len(recorded_row), np.bool_)
        differs[known] = ~flags(pc.or_(is_same, are_both_null))
        if differs.any():
            differing[name] = differs
    return differing


def _take(recorded: pa.Table, encoded: pa.Table, order: Positions) -> pa.Table:
    """The chosen rows of both tables laid end to end."""
    count = recorded.num_rows
    if count == 0:
        return _take_rows(encoded, order)
    head = order[:count]
    replaced = np.flatnonzero(head != np.arange(len(head)))
    if len(order) < count or len(replaced) > _MOST_SPLICED or not (head[replaced] >= count).all():
        return pa.concat_tables([recorded, encoded]).take(pa.array(order))
    pieces, start = [], 0
    for place in replaced.tolist():
        pieces += [recorded.slice(start, place - start), encoded.slice(int(order[place]) - count, 1)]
        start = place + 1
    rest = order[count:] - count
    pieces += [recorded.slice(start), *([_take_rows(encoded, rest)] if len(rest) else [])]
    return recorded if len(pieces) == 1 else pa.concat_tables(pieces)


def _take_rows(table: pa.Table, rows: Positions) -> pa.Table:
    is_whole = len(rows) == table.num_rows and np.array_equal(rows, np.arange(table.num_rows))
    return table if is_whole else table.take(pa.array(rows))


def _join_chunks(table: pa.Table) -> pa.Table:
    chunk_count = max((column.num_chunks for column in table.columns), default=0)
    return table.combine_chunks() if chunk_count > _MOST_CHUNKS else table
