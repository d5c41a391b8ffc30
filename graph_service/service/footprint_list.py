"""Which footprints a caller may see, which of them a question asks for, and a page of those; on columns alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.areas import areas_around
from graph_service.model.batch import Principal
from graph_service.model.facts import Facts, rows_of
from graph_service.model.partners import FootprintQuery, Partner
from graph_service.model.vocabulary import DeclarationState, Kind, Role
from graph_service.service.declaring.identifiers import (
    ITEM_URN,
    SUPPLIER_URN,
    folded,
    folded_texts,
    uid_of,
    urn_text,
)

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

ACTIVE, DEPRECATED = "active", "deprecated"
_STATES = list(DeclarationState)
_AREAS = "; "
_MICROSECONDS_A_DAY = 86_400_000_000


class Place(NamedTuple):
    """Where a page ended: footprints stand in the order in which they were received, then by uid."""

    received_revision: int
    uid: str


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of the facts' declarations, in order; ``ended_at``: where the next page begins after, None at the end."""

    rows: Rows
    ended_at: Place | None


def visible_rows(facts: Facts, *, principal: Principal, partner: Partner | None) -> Rows:
    """Rows of the declarations that a caller may see, ascending.

    The chain leader and auditors see all. A supplier sees what was declared for its own items, other than what we
    published. A partner sees in addition what we published of the items that it was granted; revoked, nothing.
    """
    table = facts.tables[Kind.DECLARATION]
    if principal.role in (Role.CHAIN_LEADER, Role.AUDITOR):
        return np.arange(table.num_rows)
    is_published = _flags(table["is_published"])
    is_seen = np.zeros(table.num_rows, np.bool_)
    if principal.role is Role.SUPPLIER and principal.supplier_uid is not None:
        is_own = _flags(pc.equal(facts.items["supplier_uid"], principal.supplier_uid))
        is_seen |= is_own[table["item_row"].to_numpy()] & ~is_published
    if partner is not None and partner.revoked_at is None and partner.key_id == principal.client:
        granted = rows_of(pa.array(partner.item_uids, pa.string()), facts.items["uid"]).drop_null().to_numpy()
        is_rejected = table["state"].to_numpy() == _STATES.index(DeclarationState.REJECTED)
        is_seen |= np.isin(table["item_row"].to_numpy(), granted) & is_published & ~is_rejected
    return np.flatnonzero(is_seen)


def matching_rows(facts: Facts, rows: Rows, query: FootprintQuery) -> Rows:
    """Those of ``rows`` that a question asks for, in the same order."""
    table = facts.tables[Kind.DECLARATION]
    if query.product_ids:
        rows = rows[is_of_product(facts, rows, query.product_ids)]
    if query.company_ids:
        rows = rows[is_of_company(facts, rows, query.company_ids)]
    if query.classifications:
        rows = rows[_names_any(_column(table, "classifications", rows), query.classifications)]
    if query.geographies:
        rows = rows[_is_within(_column(table, "geography", rows), query.geographies)]
    if query.statuses:
        rows = rows[_has_status(_column(table, "state", rows), query.statuses)]
    if any(moment is not None for moment in (query.valid_on, query.valid_after, query.valid_before)):
        rows = rows[_is_valid(table, rows, query)]
    return rows


def page_of(facts: Facts, rows: Rows, *, after: Place | None, first: int) -> Page:
    """The ``first`` of ``rows`` that follow ``after``; whoever follows ``ended_at`` meets each exactly once.

    What is recorded meanwhile comes after all that was there.
    """
    table = facts.tables[Kind.DECLARATION]
    revisions = table["received_revision"].to_numpy()[rows]
    if after is not None:
        is_later = revisions > after.received_revision
        same = np.flatnonzero(revisions == after.received_revision)
        uids = _column(table, "uid", rows[same])
        is_later[same] = _flags(pc.greater(uids, after.uid))
        rows, revisions = rows[is_later], revisions[is_later]
    if first <= 0 or not rows.size:
        return Page(rows[:0], None)
    rest = pa.table({"revision": revisions, "uid": _column(table, "uid", rows)})
    order = [("revision", "ascending"), ("uid", "ascending")]
    chosen = pc.select_k_unstable(rest, k=min(first, rows.size), sort_keys=order).to_numpy()
    last = rest.slice(int(chosen[-1]), 1).to_pylist()[0]
    has_more = rows.size > first
    return Page(rows[chosen], Place(last["revision"], last["uid"]) if has_more else None)


def row_of(facts: Facts, rows: Rows, footprint_id: str) -> int | None:
    """The one of ``rows`` that is called so, by us or by its sender, in capitals or not; the last received of several.

    Of the versions that a sender gave one id (V2), the highest.
    """
    table = facts.tables[Kind.DECLARATION]
    wanted = folded(footprint_id)
    is_named = np.zeros(rows.size, np.bool_)
    for name in ("uid", "document_id"):
        is_named |= _flags(pc.equal(folded_texts(_column(table, name, rows).combine_chunks()), wanted))
    found = rows[is_named]
    if not found.size:
        return None
    named = table.select(["uid", "document_version", "received_revision"]).take(pa.array(found)).to_pylist()
    rank = [
        (folded(record["uid"]) == wanted, record["document_version"] or 0, record["received_revision"], record["uid"])
        for record in named
    ]
    return int(found[max(range(len(rank)), key=rank.__getitem__)])


def is_of_product(facts: Facts, rows: Rows, values: Sequence[str]) -> Mask:
    """Which of ``rows`` show one of ``values`` as a product id: the sender's, else the item's, else its uid's URN."""
    table = facts.tables[Kind.DECLARATION]
    items = facts.items.select(["uid", "identifiers"]).take(_column(table, "item_row", rows))
    names = pc.coalesce(_column(table, "product_ids", rows), items["identifiers"])
    return _names_any(names, values) | _is_called(names, items["uid"], values, ITEM_URN)


def is_of_company(facts: Facts, rows: Rows, values: Sequence[str]) -> Mask:
    """Which of ``rows`` show one of ``values`` as a company id: the sender's, else its supplier's, else its URN."""
    table = facts.tables[Kind.DECLARATION]
    suppliers = facts.tables[Kind.SUPPLIER]
    uids = facts.items["supplier_uid"].take(_column(table, "item_row", rows))
    own = suppliers["identifiers"].take(rows_of(uids, suppliers["uid"]))
    names = pc.coalesce(_column(table, "company_ids", rows), own)
    return _names_any(names, values) | _is_called(names, uids, values, SUPPLIER_URN)


def _is_called(names: pa.ChunkedArray, uids: pa.ChunkedArray, values: Sequence[str], urn: str) -> Mask:
    """Which cells without a name are called by the URN of their uid."""
    wanted = [folded(uid) for value in values if (uid := uid_of(urn, value)) is not None]
    if not wanted:
        return np.zeros(len(names), np.bool_)
    is_one = pc.is_in(folded_texts(uids.combine_chunks()), value_set=pa.array(wanted, pa.string()))
    return _flags(pc.is_null(names)) & _flags(is_one)


def _names_any(column: pa.ChunkedArray, values: Sequence[str]) -> Mask:
    """Which cells hold one of ``values`` among their names, whatever the case."""
    wanted = [folded(urn_text(value)) for value in values]
    is_named = np.zeros(len(column), np.bool_)
    names, cells = _names_in(column)
    is_named[cells[_flags(pc.is_in(names, value_set=pa.array(wanted, pa.string())))]] = True
    return is_named


def _is_valid(table: pa.Table, rows: Rows, query: FootprintQuery) -> Mask:
    start, end = (_microseconds(_column(table, name, rows)) for name in ("valid_from", "valid_to"))
    is_valid = np.ones(rows.size, np.bool_)
    if query.valid_on is not None:
        moment = _moment(query.valid_on)
        is_valid &= (start <= moment) & (moment < end)
    if query.valid_after is not None:
        is_valid &= start > _moment(query.valid_after)
    if query.valid_before is not None:
        is_valid &= end < _moment(query.valid_before)
    return is_valid


def _is_within(column: pa.ChunkedArray, areas: Sequence[str]) -> Mask:
    """Which cells name one of the areas or lie in it: ``CN-SN`` within ``CN``, ``CN`` within ``Eastern Asia``."""
    wanted = {folded(area) for area in areas}
    cells = pc.dictionary_encode(pc.fill_null(column.combine_chunks(), ""))
    is_found = [
        not wanted.isdisjoint(folded(around) for area in cell.split(_AREAS) for around in areas_around(_code(area)))
        for cell in cells.dictionary.to_pylist()
    ]
    is_within: Mask = np.array(is_found, np.bool_)[cells.indices.to_numpy()]
    return is_within


def _code(area: str) -> str:
    """A country or a part of one in capitals, a region as it is."""
    return area.upper() if len(area) == 2 or area[2:3] == "-" else area


def _has_status(codes: pa.ChunkedArray, statuses: Sequence[str]) -> Mask:
    wanted = {status.lower() for status in statuses}
    is_deprecated: Mask = codes.to_numpy() == _STATES.index(DeclarationState.DEPRECATED)
    return (is_deprecated & (DEPRECATED in wanted)) | (~is_deprecated & (ACTIVE in wanted))


def _names_in(column: pa.ChunkedArray) -> tuple[pa.Array, Rows]:
    """Every name in the cells, in small letters, and which cell it stands in."""
    lists = pc.split_pattern(folded_texts(column.combine_chunks()), " ")
    return pc.list_flatten(lists), pc.list_parent_indices(lists).to_numpy().astype(np.int64)


def _column(table: pa.Table, name: str, rows: Rows) -> pa.ChunkedArray:
    return table[name] if rows.size == table.num_rows else table[name].take(pa.array(rows))


def _flags(column: pa.ChunkedArray | pa.Array) -> Mask:
    """Booleans, unknown ones false."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    flags: Mask = pc.fill_null(whole, False).to_numpy(zero_copy_only=False)
    return flags


def _microseconds(days: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """Midnights UTC in microseconds since 1970; NaN where the day is unknown, which no comparison matches."""
    numbers = days.cast(pa.int32()).cast(pa.float64()).to_numpy()
    return np.asarray(numbers * _MICROSECONDS_A_DAY, np.float64)


def _moment(moment: datetime) -> float:
    epoch = datetime.combine(date(1970, 1, 1), time(), UTC)
    return (moment - epoch).total_seconds() * 1e6
