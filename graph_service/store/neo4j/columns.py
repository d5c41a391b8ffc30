"""Arrow columns to parameters, and collected columns to Arrow. Words and days are kept as text."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from neo4j import Record

from graph_service.model.tables import BATCH_SCHEMAS, CODED, FACT_SCHEMAS, ITEM_REFERENCES
from graph_service.model.vocabulary import Kind

ItemRows = npt.NDArray[np.int64]
"""Stable rows of item nodes, not positions in ``Facts.items``."""


def check_schema(kind: Kind, table: pa.Table) -> None:
    """Raises ``ValueError`` for other columns than a batch has, and for NaN, which is no amount."""
    if not table.schema.equals(BATCH_SCHEMAS[kind]):
        raise ValueError(f"{kind} upserts have columns {table.schema}, not those of BATCH_SCHEMAS")
    for field in table.schema:
        if pa.types.is_floating(field.type) and pc.any(pc.is_nan(table[field.name])).as_py():
            raise ValueError(f"{kind} upserts hold NaN in {field.name}; a value that is not known is null")


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
    columns = [_column(kind, field, record[field.name], position) for field in schema]
    return pa.table(columns, schema=schema)


def _column(kind: Kind, field: pa.Field, values: list[Any], position: ItemRows) -> pa.Array:
    if field.name in CODED.get(kind, {}):
        words = pa.array([word.value for word in CODED[kind][field.name]], pa.string())
        found = pc.index_in(pa.array(values, pa.string()), value_set=words).cast(pa.int8())
        if found.null_count:
            raise ValueError(f"{kind} facts hold an unknown word in {field.name}")
        return found
    if field.name in ITEM_REFERENCES.get(kind, {}).values():
        places = position[np.array(values, np.int64)]
        if (places < 0).any():
            raise ValueError(f"{kind} facts name an item in {field.name} that has ended")
        return pa.array(places.astype(np.int32))
    if pa.types.is_date(field.type):
        return pa.array(values, pa.string()).cast(pa.date32())
    return pa.array(values, field.type)
