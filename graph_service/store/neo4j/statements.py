"""Cypher by name: one statement per file under ``cypher/``; the file's stem is the statement's name."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import LiteralString

from graph_service.store.statement_files import find_statements, number_steps


def _root() -> Traversable:
    """The folder that the wheel carries, else the one beside the package in a checkout."""
    package = files("graph_service")
    carried = package / "_cypher"
    return carried if carried.is_dir() else package / ".." / "cypher"


@cache
def _statements() -> Mapping[str, Traversable]:
    return find_statements(_root(), ending="cypher")


@cache
def statement(name: str) -> LiteralString:
    """The text of ``cypher/read/NAME.cypher``, ``cypher/write/NAME.cypher`` or ``cypher/schema/NAME.cypher``."""
    # A constant of this package, though read from a file: no caller's text is ever part of it.
    return _statements()[name].read_text(encoding="utf-8")


@cache
def schema_steps() -> tuple[tuple[int, str], ...]:
    """Number and name of each schema step, in order, from 1 without gaps."""
    return number_steps(_statements())
