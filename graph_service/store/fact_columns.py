"""Columns as both stores take and give them: whole tables in; lists of texts, numbers and item rows out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.tables import BATCH_SCHEMAS, CODED, ITEM_REFERENCES
from graph_service.model.vocabulary import Kind

ItemRows = npt.NDArray[np.int64]
"""Stable rows of items in the store; not positions in ``Facts.items``."""


PLACED = (Kind.ITEM, Kind.DECLARATION)
"""Kinds whose facts stand in the order in which their uid was first recorded."""


def check_columns(kind: Kind, table: pa.Table) -> None:
    """Raises ``ValueError`` for other columns than a batch has, and for NaN, which is no amount."""
    if not table.schema.equals(BATCH_SCHEMAS[kind]):
        raise ValueError(f"{kind} upserts have columns {table.schema}, not those of BATCH_SCHEMAS")
    for field in table.schema:
        if pa.types.is_floating(field.type) and pc.any(pc.is_nan(table[field.name])).as_py():
            raise ValueError(f"{kind} upserts hold NaN in {field.name}; a value that is not known is null")


def to_fact_column(
    kind: Kind, field: pa.Field, values: Sequence[Any], *, position: npt.NDArray[np.signedinteger[Any]]
) -> pa.Array:
    """A column of facts: words are given as text, days as YYYY-MM-DD, flags as 0 and 1 or as such, items by row.

    ``position`` is the place in ``Facts.items`` by item row, -1 where the item is not believed. Raises ``ValueError``
    for such an item and for a word that is none: somebody wrote behind the store's back.
    """
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
    return to_batch_column(field, values)


def to_batch_column(field: pa.Field, values: Sequence[Any]) -> pa.Array:
    """A column of a batch: days are given as YYYY-MM-DD, flags as 0 and 1 or as such, all else as it is."""
    if pa.types.is_date(field.type):
        return pa.array(values, pa.string()).cast(pa.date32())
    if pa.types.is_boolean(field.type):
        return pa.array(values).cast(pa.bool_())
    return pa.array(values, field.type)
