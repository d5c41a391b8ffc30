"""Arrow columns to rows for SQLite, and rows from SQLite to Arrow columns. Words and days are kept as text."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph_service.model.tables import FACT_SCHEMAS, RECEIVED_REVISION
from graph_service.model.vocabulary import Kind
from graph_service.store.fact_columns import ItemRows, to_fact_column

WRITTEN_ROWS = 10_000
"""Rows that are turned into Python values at a time."""

STORED: Mapping[Kind, Sequence[str]] = {
    kind: [name for name in FACT_SCHEMAS[kind].names if name not in ("uid", RECEIVED_REVISION)] for kind in Kind
}
"""Columns of a kind's fact table after row, recorded_from and recorded_to, in this order."""


def stored_rows(
    kind: Kind, table: pa.Table, *, rows: ItemRows, revision: int, references: Mapping[str, ItemRows]
) -> Iterator[tuple[Any, ...]]:
    """Rows to open as facts: identity row, revision, then the columns of ``STORED``.

    ``references`` holds, by column of the facts, the rows of the items referred to.
    """
    for start in range(0, table.num_rows, WRITTEN_ROWS):
        part = slice(start, start + WRITTEN_ROWS)
        chunk = table.slice(start, WRITTEN_ROWS)
        columns = [
            references[name][part].tolist() if name in references else _values(chunk[name]) for name in STORED[kind]
        ]
        yield from zip(rows[part].tolist(), repeat(revision), *columns, strict=False)


def _values(column: pa.ChunkedArray) -> list[Any]:
    if column.null_count == len(column):
        return [None] * len(column)
    if pa.types.is_date(column.type):
        column = column.cast(pa.string())
    elif pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if column.null_count or not pa.types.is_floating(column.type):
        return list(column.to_pylist())
    return list(column.to_numpy().tolist())


def to_table(kind: Kind, rows: Sequence[tuple[Any, ...]], *, position: npt.NDArray[np.int32]) -> pa.Table:
    """Rows of ``export_KIND`` as facts; ``position`` is the place in ``Facts.items`` by item row, -1 where it is not.

    Raises ``ValueError`` for a word that is none and for an item that is not believed: the file was tampered with.
    """
    schema = FACT_SCHEMAS[kind]
    if not rows:
        return schema.empty_table()
    columns = zip(*rows, strict=True)
    return pa.table(
        [
            to_fact_column(kind, field, values, position=position)
            for field, values in zip(schema, columns, strict=False)
        ],
        schema=schema,
    )
