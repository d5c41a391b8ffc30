"""A table before its columns are known: rows of cells as they stood in the file, whichever kind of file it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from graph_service.errors import Finding, InvalidInput

MOST_ROWS = 10_000
"""Of declarations in one table, the header aside."""

MOST_COLUMNS = 200
MOST_CELL_CHARACTERS = 32_767
"""As in Excel; a longer cell cannot have been seen by who sent it."""

MOST_FAULTS_PER_FILE = 100
"""Broken lines told one by one."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell of which nothing can be taken, and why."""

    code: str
    message: str


Cell = str | float | bool | datetime | Unreadable | None
"""Text, number, truth, day with its time of day, or nothing. CSV holds texts only."""


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row by its number in the file, counted from 1. ``fault``: what is wrong with all of it."""

    number: int
    cells: Sequence[Cell]
    fault: Unreadable | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in it."""
        return self.fault is None and all(cell is None for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of a table, its header first; ``is_workbook`` says whether cells have names such as ``C7``."""

    rows: Sequence[GridRow]
    is_workbook: bool
    findings: tuple[Finding, ...] = ()


def no_table(code: str, message: str, *, path: str = "") -> InvalidInput:
    """The error for what is no table that can be read; ``message`` says what would be right."""
    return InvalidInput(message, findings=[Finding(code, "ERROR", path, message)])


def check_row_count(count: int) -> None:
    """Raise ``InvalidInput`` where a table has more rows than are read."""
    if count > MOST_ROWS:
        message = f"the table has more than {MOST_ROWS:,} rows below its header: send it in parts"
        raise no_table("TOO_MANY_ROWS", message)


def column_letters(position: int) -> str:
    """The letters of a column counted from 0: A, B, ..., Z, AA."""
    letters, rest = "", position + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
