"""What lies beside the graph, as rows: records by collection and key, as last written."""

from collections.abc import Sequence
from typing import Any

from graph_service.errors import AlreadyRecorded
from graph_service.model.side_records import Collection, SideRecord
from graph_service.store.embedded.connection import Connection
from graph_service.store.embedded.statements import statement


def check_new(connection: Connection, records: Sequence[SideRecord]) -> None:
    """Raises ``AlreadyRecorded`` for a record that must be new and is there."""
    for collection in Collection:
        keys = [record.key for record in records if record.is_new and record.collection is collection]
        there = find(connection, collection, keys)
        known = next((key for key in keys if key in there), None)
        if known is not None:
            raise AlreadyRecorded(f"the {collection} {known!r} is there already", details={"key": known})


def write(connection: Connection, *, removed: Sequence[tuple[Collection, str]], records: Sequence[SideRecord]) -> None:
    """Forget what is removed, then put the records; of several with one key the last one stays."""
    connection.executemany(statement("remove_side_record"), [(collection.value, key) for collection, key in removed])
    connection.executemany(
        statement("put_side_record"),
        [(record.collection.value, record.key, record.body, record.owner) for record in records],
    )


def find(connection: Connection, collection: Collection, keys: Sequence[str]) -> dict[str, SideRecord]:
    """As ``GraphStore.side_records``."""
    found: dict[str, SideRecord] = {}
    for key in keys:
        asked = {"collection": collection.value, "record_key": key}
        rows = connection.execute(statement("get_side_record"), asked).fetchall()
        found |= {record.key: record for record in _to_records(collection, rows)}
    return found


def listed(
    connection: Connection, collection: Collection, *, first: int, after: str, owner: str | None
) -> list[SideRecord]:
    """As ``GraphStore.list_side_records``."""
    # SQLite reads a negative limit as none.
    asked: dict[str, Any] = {"collection": collection.value, "after": after, "first": max(0, first)}
    if owner is None:
        rows = connection.execute(statement("list_side_records"), asked).fetchall()
    else:
        rows = connection.execute(statement("list_side_records_of_owner"), asked | {"owner": owner}).fetchall()
    return _to_records(collection, rows)


def _to_records(collection: Collection, rows: Sequence[tuple[str, str, str]]) -> list[SideRecord]:
    return [SideRecord(collection, key, body, owner) for key, body, owner in rows]
