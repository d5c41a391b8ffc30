"""What differs between two revisions, by the indexes on the revisions that opened and closed a row."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from neo4j import Record

from graph_service.errors import NotFound
from graph_service.model.fact_changes import FactChanges
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Kind
from graph_service.store.fact_columns import PLACED, to_batch_column
from graph_service.store.neo4j.connection import Connection
from graph_service.store.neo4j.steps import WITHOUT_NODE
from graph_service.store.neo4j.wholeness import Incomplete, read_whole

QUICK_ROWS = 50_000
"""Of more rows, which are more than one transaction writes, one record would weigh on the server's heap."""

_FIRST_REVISION = "first_revision"


@dataclass(frozen=True, slots=True)
class _KindChanges:
    """``upserts`` by stable row, if there is one; ``first_revision`` of each, none for kinds without a node."""

    upserts: pa.Table
    first_revision: list[int]
    ends: list[str]
    has_returned: bool


async def changes_since(
    connection: Connection, revision: int, to_revision: int, *, most_rows: int
) -> FactChanges | None:
    """As ``GraphStore.changes_since``; None also past ``QUICK_ROWS`` and for revisions that did not count their rows.

    Raises
    ------
    NotFound
        Revisions between the two do not exist.
    StoreUnavailable
        Rows are still missing after some seconds: somebody changed the graph behind the store's back.
    """
    asked = {"revision": revision, "to_revision": to_revision}
    (counted,) = await connection.read("count_changed_rows", **asked)
    if not 0 < counted["revisions"] == to_revision - revision + 1:
        raise NotFound(f"there are no revisions from {revision} to {to_revision}")
    if counted["listed"] < to_revision - revision or counted["changed_rows"] > min(most_rows, QUICK_ROWS):
        return None
    return await read_whole(
        lambda: _read(connection, counted, asked),
        what=f"{connection.address}: what changed from revision {revision} to {to_revision}",
    )


async def _read(connection: Connection, counted: Record, asked: Mapping[str, int]) -> FactChanges:
    """Only kinds of which rows were opened or closed are asked for."""
    changes: dict[Kind, _KindChanges] = {}
    counts = zip(Kind, counted["opened_rows"], counted["open_before"], counted["open_after"], strict=True)
    for kind, opened_rows, open_before, open_after in counts:
        closed_rows = open_before + opened_rows - open_after
        if opened_rows or closed_rows:
            (record,) = await connection.read(f"list_{kind}_changes", **asked)
            found = len(record["opened_to"]), len(record["closed_uid"])
            if found != (opened_rows, closed_rows):
                raise Incomplete(
                    f"of {kind.plural} opened and closed {found} were read, {(opened_rows, closed_rows)} recorded"
                )
            try:
                changes[kind] = _of_kind(kind, record, **asked)
            except ValueError as error:
                raise Incomplete(str(error)) from error
    declared = changes.get(Kind.DECLARATION)
    return FactChanges(
        {kind: changed.upserts for kind, changed in changes.items() if changed.upserts.num_rows},
        {kind: changed.ends for kind, changed in changes.items() if changed.ends},
        tuple(declared.first_revision) if declared else (),
        any(changed.has_returned for changed in changes.values()),
    )


def _of_kind(kind: Kind, record: Record, *, revision: int, to_revision: int) -> _KindChanges:
    schema = BATCH_SCHEMAS[kind]
    believed = np.flatnonzero(np.array(record["opened_to"], np.int64) > to_revision)
    if kind not in WITHOUT_NODE:
        believed = believed[np.argsort(np.array(record["row"], np.int64)[believed], kind="stable")]
    table = pa.table([to_batch_column(field, record[field.name]) for field in schema], schema).take(pa.array(believed))
    opened = table["uid"].to_pylist()
    closed = [
        uid for uid, opened_at in zip(record["closed_uid"], record["closed_from"], strict=True) if opened_at <= revision
    ]
    ends = sorted(set(closed).difference(opened))
    if kind in WITHOUT_NODE:
        return _KindChanges(table, [], ends, has_returned=False)
    first_revision = [record[_FIRST_REVISION][place] for place in believed]
    was_believed = set(closed)
    has_returned = kind in PLACED and any(
        first <= revision for uid, first in zip(opened, first_revision, strict=True) if uid not in was_believed
    )
    return _KindChanges(table, first_revision, ends, has_returned)
