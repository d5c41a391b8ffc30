"""All facts that the service believed at one revision, as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.tables import BATCH_SCHEMAS, CODED, FACT_SCHEMAS, ITEM_REFERENCES, RECEIVED_REVISION
from graph_service.model.vocabulary import Kind


@dataclass(frozen=True, slots=True)
class Revision:
    """One accepted batch, numbered without gaps from 0, the empty store."""

    number: int
    recorded_at: datetime
    by: str
    door: str
    summary: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one revision: a table per kind with the columns of ``FACT_SCHEMAS``.

    Items and declarations stand in the order in which their uid was first recorded; the other tables in any
    order. ``item_row``, ``input_row`` and ``output_row`` are positions in ``items``.
    """

    tables: Mapping[Kind, pa.Table]

    def __post_init__(self) -> None:
        for kind in Kind:
            if not self.tables[kind].schema.equals(FACT_SCHEMAS[kind]):
                raise ValueError(f"{kind} facts have columns {self.tables[kind].schema}, not those of FACT_SCHEMAS")

    @property
    def items(self) -> pa.Table:
        return self.tables[Kind.ITEM]


def empty_facts() -> Facts:
    """The facts of revision 0: none of any kind."""
    return Facts({kind: FACT_SCHEMAS[kind].empty_table() for kind in Kind})


_FEW_TIMES = 8
"""With more names than so many times the wanted uids the smaller side is hashed."""


def rows_of(uids: pa.ChunkedArray | pa.Array, names: pa.ChunkedArray) -> pa.Array:
    """Position of each of ``uids`` in ``names``, int32, null where it is not there."""
    if not len(uids):
        return pa.array([], pa.int32())
    values = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    wanted = uids.combine_chunks() if isinstance(uids, pa.ChunkedArray) else uids
    if len(values) <= _FEW_TIMES * len(wanted):
        return pc.index_in(wanted, value_set=values, skip_nulls=True)
    return _rows_of_few(wanted.dictionary_encode(), values)


def _rows_of_few(wanted: pa.DictionaryArray, names: pa.Array) -> pa.Array:
    """As ``rows_of``, by looking every name up among the wanted: no hash of a million names for one uid."""
    found = pc.index_in(names, value_set=wanted.dictionary, skip_nulls=True)
    rows = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
    row_of = np.full(len(wanted.dictionary), -1, np.int32)
    # From the last to the first, so that of equal names the first one stands.
    row_of[found.take(pa.array(rows)).to_numpy()[::-1]] = rows[::-1]
    return pa.array(row_of, mask=row_of < 0).take(wanted.indices)


def to_facts(kind: Kind, rows: pa.Table, item_uids: pa.ChunkedArray, *, revision: int | Sequence[int]) -> pa.Table:
    """Rows with the columns of a batch as rows with the columns of facts: item rows for uids, codes for words.

    ``revision`` is the one that first recorded them, one for all or one per row; declarations carry it. Raises
    ``ValueError`` where an item or a word is unknown: the caller has checked.
    """
    encoded = encode(kind, rows, item_uids, revision=revision)
    for name in (*ITEM_REFERENCES.get(kind, {}).values(), *CODED.get(kind, {})):
        if encoded[name].null_count:
            raise ValueError(f"{kind} rows name an unknown {name}")
    return encoded


def encode(kind: Kind, rows: pa.Table, item_uids: pa.ChunkedArray, *, revision: int | Sequence[int]) -> pa.Table:
    """As ``to_facts``, but an unknown item or word becomes null: for rows that are still being checked."""
    if not rows.num_rows:
        return FACT_SCHEMAS[kind].empty_table()
    columns = []
    renamed = {new: old for old, new in ITEM_REFERENCES.get(kind, {}).items()}
    coded = CODED.get(kind, {})
    for field in FACT_SCHEMAS[kind]:
        if field.name == RECEIVED_REVISION:
            received = [revision] * rows.num_rows if isinstance(revision, int) else revision
            columns.append(pa.array(received, pa.int32()))
            continue
        column = rows.column(renamed.get(field.name, field.name))
        if field.name in renamed:
            column = rows_of(column, item_uids)
        elif field.name in coded:
            words = pa.array([word.value for word in coded[field.name]], pa.string())
            column = pc.index_in(column, value_set=words).cast(pa.int8())
        columns.append(column)
    return pa.table(columns, schema=FACT_SCHEMAS[kind])


def from_facts(kind: Kind, facts: Facts, rows: pa.Table | None = None) -> pa.Table:
    """The inverse of ``to_facts``; a supply's ``unit`` is its input's declared unit. Default: all rows of the kind."""
    table = facts.tables[kind] if rows is None else rows
    if not table.num_rows:
        return BATCH_SCHEMAS[kind].empty_table()
    references, coded = ITEM_REFERENCES.get(kind, {}), CODED.get(kind, {})
    columns = []
    for field in BATCH_SCHEMAS[kind]:
        if field.name in references:
            column = facts.items["uid"].take(table[references[field.name]])
        elif field.name in coded:
            words = pa.array([word.value for word in coded[field.name]], pa.string())
            column = words.take(table[field.name].combine_chunks())
        elif kind is Kind.SUPPLY and field.name == "unit":
            column = facts.items["declared_unit"].take(table["input_row"])
        else:
            column = table[field.name]
        columns.append(column)
    return pa.table(columns, schema=BATCH_SCHEMAS[kind])
