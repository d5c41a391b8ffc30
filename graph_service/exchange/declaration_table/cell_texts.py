"""One cell as the text that its column's type is read from, or why it cannot be."""

import re
import unicodedata
from datetime import datetime

import pyarrow as pa

from graph_service.exchange.dataset.faults import shown
from graph_service.exchange.declaration_table.columns import Column
from graph_service.exchange.declaration_table.grid import Cell, Unreadable

MOST_EXACT = 10**15
"""Spreadsheets keep 15 digits: a longer number has lost its last ones."""

_FLAGS = {"true": "true", "false": "false", "是": "true", "否": "false"}
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.年])([0-9]{1,2})([-/.月])([0-9]{1,2})(日?)")
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00)?")
_FORMULA_SIGNS = "=+-@＝＋－＠"  # also full-width: spreadsheets in Chinese take both
_NUMBER_LIKE = re.compile(r"[+-]?[0-9.]")


def cell_text(cell: Cell, column: Column) -> str | Unreadable | None:
    """The text of a cell that ``exchange.dataset.cells`` parses by the column's type; None where empty."""
    if cell is None or isinstance(cell, Unreadable):
        return cell
    if isinstance(cell, bool):
        return _from_flag(cell, column)
    if isinstance(cell, float):
        return _from_number(cell, column)
    if isinstance(cell, datetime):
        return _from_day(cell, column)
    return _from_text(cell, column)


def _from_flag(flag: bool, column: Column) -> str | Unreadable:
    word = "true" if flag else "false"
    return word if column.type == pa.bool_() else _other_type(f"the truth value {word.upper()}", column)


def _from_number(number: float, column: Column) -> str | Unreadable:
    text = str(int(number)) if number.is_integer() and abs(number) < MOST_EXACT else repr(number)
    if column.type == pa.float64():
        return text
    if column.type == pa.date32():
        message = f"the number {text} is no date: format the cell as a date, or write one as 2025-01-31"
        return Unreadable("NOT_A_DATE", message)
    if column.type == pa.string() and number.is_integer() and 0 <= number < MOST_EXACT and not column.words:
        return text
    return _other_type(f"the number {text}", column)


def _from_day(moment: datetime, column: Column) -> str | Unreadable:
    if column.type != pa.date32():
        return _other_type(f"the date {moment:%Y-%m-%d}", column)
    if (moment.hour, moment.minute, moment.second) != (0, 0, 0):
        message = f"{moment:%Y-%m-%d %H:%M} has a time of day: write the day alone, as {moment:%Y-%m-%d}"
        return Unreadable("NOT_A_DATE", message)
    return f"{moment.year:04}-{moment.month:02}-{moment.day:02}"


def _other_type(found: str, column: Column) -> Unreadable:
    if column.words:
        return Unreadable("UNKNOWN_WORD", f"{found} is not one of {', '.join(column.words)}")
    wanted = {pa.float64(): "a number", pa.bool_(): "true or false"}.get(column.type)
    cure = f"write {wanted}" if wanted else "format the column as text and type the value anew"
    return Unreadable("CELL_TYPE", f"{found} stands where {wanted or 'a text'} belongs: {cure}")


def _from_text(text: str, column: Column) -> str | Unreadable | None:
    tidy = text.strip()
    fault = _fault_of_text(tidy)
    if fault is not None or not tidy:
        return fault
    if column.type == pa.bool_():
        return _FLAGS.get(tidy.casefold(), tidy)
    if column.type == pa.date32():
        return _day_text(tidy)
    if column.type == pa.float64() and tidy.endswith(("%", "％")):
        return Unreadable("NOT_A_NUMBER", f"{shown(tidy)} is a percentage: write the share, as 0.8 for 80 %")
    return tidy


def _fault_of_text(text: str) -> Unreadable | None:
    odd = next((sign for sign in text if unicodedata.category(sign) in {"Cc", "Cs"} and sign not in "\t\r\n"), None)
    if odd is not None:
        message = f"{shown(text)} holds the control character U+{ord(odd):04X}: leave it out"
        return Unreadable("CELL_CHARACTER", message)
    if text[:1] in _FORMULA_SIGNS and text and not (text[0] in "+-" and _NUMBER_LIKE.match(text)):
        message = f"{shown(text)} begins like a formula: begin a text with a letter or digit, and give values, no sums"
        return Unreadable("FORMULA", message)
    return None


def _day_text(text: str) -> str:
    """The day in ISO form where its year comes first, as spreadsheets in Chinese write it; else as it is."""
    match = _YEAR_FIRST.fullmatch(_MIDNIGHT.sub("", text))
    if match is None or (match[2], match[4], match[6]) not in _DAY_SIGNS:
        return text
    return f"{match[1]}-{match[3]:0>2}-{match[5]:0>2}"


_DAY_SIGNS = {*((sign, sign, "") for sign in "-/."), ("年", "月", "日")}
