"""SQL by name: one statement per file under ``sql/``; the file's stem is the statement's name."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from graph_service.store.statement_files import find_statements, number_steps


@cache
def _statements() -> Mapping[str, Traversable]:
    return find_statements(files("graph_service.store.embedded") / "sql", ending="sql")


@cache
def statement(name: str) -> str:
    """The text of ``sql/read/NAME.sql``, ``sql/write/NAME.sql`` or ``sql/schema/NAME.sql``."""
    return _statements()[name].read_text(encoding="utf-8")


@cache
def schema_steps() -> tuple[tuple[int, str], ...]:
    """Number and name of each schema step, in order, from 1 without gaps."""
    return number_steps(_statements())
