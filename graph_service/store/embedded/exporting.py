"""All facts of a revision out of the tables, as columns."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from graph_service.model.facts import Facts
from graph_service.model.tables import FACT_SCHEMAS
from graph_service.model.vocabulary import Kind
from graph_service.store.embedded.columns import to_table
from graph_service.store.embedded.connection import Connection
from graph_service.store.embedded.identities import last_row
from graph_service.store.embedded.statements import statement

READ_ROWS = 4_000
"""Rows that are Python values at a time, few enough for the processor's cache; the rest are Arrow columns already."""


def export_facts(connection: Connection, revision: int) -> Facts:
    """The facts believed at ``revision``.

    The statements need no common transaction: what is written meanwhile belongs to a later revision.
    """
    position = np.full(0, -1, np.int32)
    tables: dict[Kind, pa.Table] = {}
    item_rows: list[int] = []
    parts = []
    for rows in _chunks(connection, Kind.ITEM, revision):
        item_rows += [row[-1] for row in rows]
        parts.append(to_table(Kind.ITEM, rows, position=position))
    tables[Kind.ITEM] = _joined(Kind.ITEM, parts)
    position = np.full(last_row(connection, Kind.ITEM) + 1, -1, np.int32)
    position[item_rows] = np.arange(len(item_rows), dtype=np.int32)
    for kind in Kind:
        if kind is not Kind.ITEM:
            parts = [to_table(kind, rows, position=position) for rows in _chunks(connection, kind, revision)]
            tables[kind] = _joined(kind, parts)
    return Facts(tables)


def _chunks(connection: Connection, kind: Kind, revision: int) -> Iterator[list[tuple[Any, ...]]]:
    rows = iter(connection.execute(statement(f"export_{kind.plural}"), {"revision": revision}))
    while chunk := list(islice(rows, READ_ROWS)):
        yield chunk


def _joined(kind: Kind, parts: list[pa.Table]) -> pa.Table:
    """One table of few chunks: what reads it often takes columns as one array."""
    return pa.concat_tables(parts).combine_chunks() if parts else FACT_SCHEMAS[kind].empty_table()
