"""Revisions as rows."""

from collections.abc import Sequence
from typing import Any

from graph_service.model.facts import Revision
from graph_service.store.embedded.connection import Connection
from graph_service.store.embedded.moments import from_us
from graph_service.store.embedded.statements import statement

_BEYOND_ALL = 2**63 - 1


def to_revision(row: Sequence[Any]) -> Revision:
    """A row of ``number, recorded_at_us, recorded_by, door, summary``."""
    number, recorded_at_us, by, door, summary = row
    return Revision(number, from_us(recorded_at_us), by, door, summary)


def newest_revision(connection: Connection) -> Revision:
    return to_revision(connection.execute(statement("get_newest_revision")).fetchall()[0])


def find_revision(connection: Connection, name: str, **asked: int) -> Revision | None:
    """The one revision that the statement of that name finds."""
    rows = connection.execute(statement(name), asked).fetchall()
    return to_revision(rows[0]) if rows else None


def list_revisions(connection: Connection, *, first: int, below: int | None, above: int | None) -> list[Revision]:
    """As ``GraphStore.revisions``."""
    first = max(0, first)  # SQLite reads a negative limit as none
    if above is not None and below is None:
        rows = connection.execute(statement("list_oldest_revisions"), {"above": above, "first": first}).fetchall()
        rows.reverse()
    else:
        asked = {
            "above": -1 if above is None else above,
            "below": _BEYOND_ALL if below is None else below,
            "first": first,
        }
        rows = connection.execute(statement("list_newest_revisions"), asked).fetchall()
    return [to_revision(row) for row in rows]
