"""Tables for people and machines: aligned text, CSV, JSON."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from enum import StrEnum

from rich.cells import cell_len

Cell = str | float | int | bool | None

SIGNIFICANT_DIGITS = 6


class Format(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def text_table(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Columns that line up, a Chinese character counting two cells; numbers to the right, no trailing space."""
    body = [[_shown(cell) for cell in row] for row in rows]
    is_number = [
        bool(rows) and all(row[column] is None or _is_number(row[column]) for row in rows)
        for column in range(len(headings))
    ]
    widths = [max(cell_len(row[column]) for row in [list(headings), *body]) for column in range(len(headings))]
    lines = [list(headings), ["-" * width for width in widths], *body]
    return "\n".join(
        "  ".join(
            _padded(cell, width, to_right=right) for cell, width, right in zip(line, widths, is_number, strict=True)
        ).rstrip()
        for line in lines
    )


def csv_text(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A header line and a line per row; numbers with 17 significant digits at most, an unknown one empty."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    return stream.getvalue().rstrip("\n")


def json_text(document: Mapping[str, object]) -> str:
    """Indented JSON; refuses NaN, which JSON has not."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)


def number_text(value: float | None) -> str:
    """A number for people: six significant digits, thousands parted; ``unknown`` where there is none."""
    if value is None or math.isnan(value):
        return "unknown"
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if not -6 <= exponent < 15:
        return f"{value:.{SIGNIFICANT_DIGITS - 1}e}"
    return f"{value:,.{max(0, SIGNIFICANT_DIGITS - 1 - exponent)}f}"


def percent_text(share: float | None) -> str:
    """A share as a percentage with one decimal; empty where there is none."""
    return "" if share is None else f"{100 * share:.1f} %"


def safe_text(text: str) -> str:
    """``text`` without control characters: a name must not steer the reader's terminal."""
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return number_text(cell)
    return safe_text(str(cell))


def _is_number(cell: Cell) -> bool:
    return (isinstance(cell, float | int) and not isinstance(cell, bool)) or str(cell).endswith(" %")


def _padded(cell: str, width: int, *, to_right: bool) -> str:
    space = " " * (width - cell_len(cell))
    return space + cell if to_right else cell + space
