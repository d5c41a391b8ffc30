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
TINY, VAST = 1e-4, 1e15
"""Below and from here on numbers are shown in exponent notation."""


class Format(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def text_table(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Columns that line up, a Chinese character counting two cells; numbers to the right, no trailing space."""
    columns = [_shown_column([row[index] for row in rows]) for index in range(len(headings))]
    is_number = [_is_numeric([row[index] for row in rows]) for index in range(len(headings))]
    widths = [
        max(cell_len(cell) for cell in (heading, *column)) for heading, column in zip(headings, columns, strict=True)
    ]
    lines = [list(headings), ["-" * width for width in widths], *zip(*columns, strict=True)]
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
    return "unknown" if value is None or math.isnan(value) else _number(value, _decimals([value]))


def _number(value: float, decimals: int) -> str:
    """``value`` with so many decimals; in exponent notation where these would show nothing of it."""
    is_vast = abs(value) >= VAST
    is_lost = value != 0 and (round(value, decimals) == 0 or abs(value) < TINY)
    return f"{value:.{SIGNIFICANT_DIGITS - 1}e}" if is_vast or is_lost else f"{value:,.{decimals}f}"


def _decimals(values: Sequence[float]) -> int:
    """The fewest decimals that show six significant digits of the largest, as far as they are not zeros."""
    finite = [value for value in values if TINY <= abs(value) < VAST]
    if not finite:
        return 0
    exponent = math.floor(math.log10(max(abs(value) for value in finite)))
    most = max(0, SIGNIFICANT_DIGITS - 1 - exponent)
    texts = [f"{value:.{most}f}".rstrip("0") for value in finite]
    return max(len(text.partition(".")[2]) for text in texts) if most else 0


def percent_text(share: float | None) -> str:
    """A share as a percentage with one decimal; empty where there is none."""
    return "" if share is None else f"{100 * share:.1f} %"


def safe_text(text: str) -> str:
    """``text`` without control characters: a name must not steer the reader's terminal."""
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)


def _shown_column(cells: Sequence[Cell]) -> list[str]:
    """The cells of one column as text, its numbers with the same decimals."""
    numbers = [cell for cell in cells if isinstance(cell, float)]
    decimals = _decimals(numbers)
    return [_number(cell, decimals) if isinstance(cell, float) else _shown(cell) for cell in cells]


def _shown(cell: Cell) -> str:
    return "" if cell is None else safe_text(str(cell))


def _is_numeric(cells: Sequence[Cell]) -> bool:
    """Whether a column holds numbers and percentages only."""
    given = [cell for cell in cells if cell is not None]
    return bool(given) and all(
        (isinstance(cell, float | int) and not isinstance(cell, bool)) or str(cell).endswith(" %") for cell in given
    )


def _padded(cell: str, width: int, *, to_right: bool) -> str:
    space = " " * (width - cell_len(cell))
    return space + cell if to_right else cell + space
