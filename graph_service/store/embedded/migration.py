"""The schema: brought to head step by step when the store is opened."""

from pathlib import Path

from graph_service.errors import StoreUnavailable
from graph_service.store.embedded.connection import Connection
from graph_service.store.embedded.statements import schema_steps, statement

APPLICATION_ID = int.from_bytes(b"GSGR", "big")


def check_owner(connection: Connection, path: Path) -> None:
    """Raises ``StoreUnavailable`` where the file holds something else than a graph of this service."""
    application_id = connection.execute(statement("get_application_id")).fetchone()[0]
    objects = connection.execute(statement("count_objects")).fetchone()[0]
    if application_id != APPLICATION_ID and objects:
        raise StoreUnavailable(f"{path} is the SQLite database of another program; name another file for the store")


def check_sound(connection: Connection, path: Path) -> None:
    """Raises ``StoreUnavailable`` where a page of the file is damaged."""
    faults = [row[0] for row in connection.execute(statement("check_file"))]
    if faults != ["ok"]:
        raise StoreUnavailable(f"{path} is damaged; restore a backup ({faults[0]})")


def migrate(connection: Connection, path: Path, *, now_us: int) -> None:
    """Take the schema steps that the file lacks, within the caller's transaction; a new file gets revision 0."""
    taken = taken_steps(connection)
    check_not_newer(taken, path)
    for number, name in schema_steps():
        if number in taken:
            continue
        connection.execute(statement(name))
        connection.execute(statement("add_schema_step"), {"number": number, "name": name, "applied_at_us": now_us})
    if not taken:
        made = {"number": 0, "recorded_at_us": now_us, "recorded_by": "graph-service", "door": "cli"}
        connection.execute(statement("add_revision"), {**made, "summary": "store made", "changed_rows": 0})


def taken_steps(connection: Connection) -> list[int]:
    """Numbers of the steps that the file has taken; none in a new file."""
    if not connection.execute(statement("count_objects")).fetchone()[0]:
        return []
    return [row[0] for row in connection.execute(statement("list_schema_steps"))]


def check_not_newer(taken: list[int], path: Path) -> None:
    """Raises ``StoreUnavailable`` where a newer version of the service has changed the schema."""
    head = len(schema_steps())
    if taken and taken[-1] > head:
        raise StoreUnavailable(
            f"{path} was written by a newer version of the service (schema step {taken[-1]}, "
            f"this version knows {head}); install that version or name another file"
        )


def check_head(connection: Connection, path: Path) -> None:
    """Raises ``StoreUnavailable`` where the schema is not the one that this version works with."""
    taken = taken_steps(connection)
    check_not_newer(taken, path)
    head = [number for number, _ in schema_steps()]
    if taken != head:
        raise StoreUnavailable(f"{path}: the schema is at step {taken[-1:] or 0}, needed is {len(head)}; restart")
