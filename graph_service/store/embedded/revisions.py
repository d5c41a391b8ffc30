"""Revisions as rows."""

from collections.abc import Sequence
from typing import Any

from graph_service.model.facts import Revision
from graph_service.store.embedded.connection import Connection
from graph_service.store.embedded.statements import statement
from graph_service.store.moments import from_us

_LEAST, _MOST = -(2**63), 2**63 - 1


def to_revision(row: Sequence[Any]) -> Revision:
    """A row of ``number, recorded_at_us, recorded_by, door, summary``."""
    number, recorded_at_us, by, door, summary = row
    return Revision(number, from_us(recorded_at_us), by, door, summary)


def newest_revision(connection: Connection) -> Revision:
    return to_revision(connection.execute(statement("get_newest_revision")).fetchall()[0])


def find_revision(connection: Connection, name: str, **asked: int) -> Revision | None:
    """The one revision that the statement of that name finds."""
    within = {key: _within_integers(value) for key, value in asked.items()}
    rows = connection.execute(statement(name), within).fetchall()
    return to_revision(rows[0]) if rows else None


def list_revisions(connection: Connection, *, first: int, below: int | None, above: int | None) -> list[Revision]:
    """As ``GraphStore.revisions``."""
    asked = {
        "above": -1 if above is None else _within_integers(above),
        "below": _MOST if below is None else _within_integers(below),
        "first": max(0, _within_integers(first)),  # SQLite reads a negative limit as none
    }
    if above is not None and below is None:
        del asked["below"]
        rows = connection.execute(statement("list_oldest_revisions"), asked).fetchall()
        rows.reverse()
    else:
        rows = connection.execute(statement("list_newest_revisions"), asked).fetchall()
    return [to_revision(row) for row in rows]


def _within_integers(number: int) -> int:
    """The nearest number that SQLite can hold; no revision lies outside."""
    return min(max(number, _LEAST), _MOST)
