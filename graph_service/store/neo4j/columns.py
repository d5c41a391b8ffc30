"""Arrow columns to parameters, and collected columns to Arrow. Words and days are kept as text."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from neo4j import Record

from graph_service.model.tables import FACT_SCHEMAS
from graph_service.model.vocabulary import Kind
from graph_service.store.fact_columns import ItemRows, to_fact_column


def to_parameters(kind: Kind, table: pa.Table) -> Mapping[str, list[Any]]:
    """The columns as lists, by name. A column of nulls is an empty list: reading past its end gives null."""
    unsent = {"unit"} if kind is Kind.SUPPLY else set()
    return {name: _values(table[name]) for name in table.column_names if name not in unsent}


def _values(column: pa.ChunkedArray) -> list[Any]:
    if column.null_count == len(column):
        return []
    if pa.types.is_date(column.type):
        column = column.cast(pa.string())
    if column.null_count == 0 and pa.types.is_floating(column.type):
        return list(column.to_numpy().tolist())
    return list(column.to_pylist())


def to_table(kind: Kind, record: Record, *, position: ItemRows) -> pa.Table:
    """One record of ``export_KIND`` as facts; ``position`` is the place in ``Facts.items`` by item row, -1 for none.

    Raises ``ValueError`` for a word that is none and for an item that is not believed: the graph was tampered with.
    """
    schema = FACT_SCHEMAS[kind]
    columns = [to_fact_column(kind, field, record[field.name], position=position) for field in schema]
    return pa.table(columns, schema=schema)
