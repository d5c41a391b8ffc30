"""What differs between two revisions, out of the list of rows that each small batch touched."""

from typing import Any

import pyarrow as pa

from graph_service.errors import NotFound
from graph_service.model.fact_changes import FactChanges
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Kind
from graph_service.store.embedded.connection import Connection
from graph_service.store.embedded.statements import statement
from graph_service.store.fact_columns import PLACED, to_batch_column

_IS_BELIEVED, _WAS_BELIEVED, _FIRST_REVISION = -3, -2, -1
"""Columns of ``list_KIND_changes`` after those of the batch."""


def changes_since(connection: Connection, revision: int, to_revision: int, *, most_rows: int) -> FactChanges | None:
    """As ``GraphStore.changes_since``; None also where a batch on the way did not list what it touched.

    The statements need no common transaction: what is written meanwhile belongs to a later revision.
    """
    asked = {"revision": revision, "to_revision": to_revision}
    revisions, listed, changed_rows = connection.execute(statement("count_changed_rows"), asked).fetchone()
    if not 0 < revisions == to_revision - revision + 1:
        raise NotFound(f"there are no revisions from {revision} to {to_revision}")
    if listed < to_revision - revision or changed_rows > most_rows:
        return None
    upserts: dict[Kind, pa.Table] = {}
    ends: dict[Kind, list[str]] = {}
    received: tuple[int, ...] = ()
    has_returned = False
    for kind in Kind if changed_rows else ():
        rows = connection.execute(statement(f"list_{kind}_changes"), asked).fetchall()
        believed = [row for row in rows if row[_IS_BELIEVED]]
        ended = [row[0] for row in rows if row[_WAS_BELIEVED] and not row[_IS_BELIEVED]]
        if believed:
            upserts[kind] = _to_table(kind, believed)
        if ended:
            ends[kind] = ended
        if kind in PLACED:
            has_returned |= any(row[_FIRST_REVISION] <= revision for row in believed if not row[_WAS_BELIEVED])
        if kind is Kind.DECLARATION:
            received = tuple(row[_FIRST_REVISION] for row in believed)
    return FactChanges(upserts, ends, received, has_returned)


def _to_table(kind: Kind, rows: list[tuple[Any, ...]]) -> pa.Table:
    schema = BATCH_SCHEMAS[kind]
    columns = zip(*rows, strict=True)
    return pa.table([to_batch_column(field, values) for field, values in zip(schema, columns, strict=False)], schema)
