"""Turns columns of text into numbers, days and flags: whole columns at once, cell by cell only where one fails."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.exchange.dataset.faults import shown

CELL_BYTES_MAX = 1_000_000

FIRST_DAY, LAST_DAY = ((day - date(1970, 1, 1)).days for day in (date.min, date.max))
"""The calendar of Python in days since 1970, as Arrow counts them; Arrow's own goes further both ways."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NONZERO_MANTISSA = r"^[^eE]*[1-9]"


@dataclass(frozen=True, slots=True)
class CellFault:
    """One cell that cannot be read: its row in the column, and why."""

    row: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """A column with the asked type, null where empty or at fault."""

    values: pa.Array
    faults: list[CellFault]


def read_texts(texts: pa.Array) -> ReadColumn:
    """The same texts without those that no fact may hold: over 1 MB, or with a NUL in them."""
    faults: list[CellFault] = []
    if len(texts) == texts.null_count:
        return ReadColumn(texts, faults)
    lengths = pc.binary_length(texts)
    if pc.max(lengths).as_py() > CELL_BYTES_MAX:
        for row in _true_rows(pc.greater(lengths, CELL_BYTES_MAX)):
            message = f"the cell has {lengths[row].as_py():,} bytes: at most {CELL_BYTES_MAX:,} are read"
            faults.append(CellFault(row, "CELL_TOO_LONG", message))
    has_nul = pc.match_substring(texts, "\0")
    if pc.any(has_nul).as_py():
        for row in _true_rows(has_nul):
            message = f"{shown(texts[row].as_py())} holds a NUL character: leave it out (UTF-16 files have them)"
            faults.append(CellFault(row, "CELL_CHARACTER", message))
    return ReadColumn(without_rows(texts, [fault.row for fault in faults]), faults)


def parse_texts(texts: pa.Array, target: pa.DataType) -> ReadColumn:
    """Texts as numbers, days, flags or whole years; as they are for a text column."""
    if target == pa.string():
        return ReadColumn(texts, [])
    parser = _PARSERS[target]
    quick = parser.whole_column(texts)
    if quick is not None:
        return ReadColumn(quick, [])
    encoded = texts.dictionary_encode()
    values: list[object] = []
    refused: dict[int, str] = {}
    for code, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            values.append(parser.one(text))
        except ValueError as error:
            values.append(None)
            refused[code] = str(error)
    column = pa.array(values, target).take(encoded.indices)
    faults = [
        CellFault(row, parser.code, refused[encoded.indices[row].as_py()])
        for row in _true_rows(pc.is_in(encoded.indices, value_set=pa.array(list(refused), pa.int32())))
    ]
    return ReadColumn(column, faults)


def without_rows(column: pa.Array, rows: list[int]) -> pa.Array:
    """The column with nulls in ``rows``."""
    if not rows:
        return column
    mask = np.zeros(len(column), bool)
    mask[rows] = True
    return pc.if_else(pa.array(mask), pa.scalar(None, column.type), column)


def _true_rows(mask: pa.Array) -> Iterator[int]:
    yield from np.flatnonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False)).tolist()


def is_lost_in_rounding(texts: pa.Array, numbers: pa.Array) -> bool:
    """Whether some text that is not zero has become zero, as 1e-999 does."""
    zeros = texts.filter(pc.fill_null(pc.equal(numbers, 0.0), False))
    return bool(pc.any(pc.match_substring_regex(zeros, _NONZERO_MANTISSA)).as_py())


def _numbers(texts: pa.Array) -> pa.Array | None:
    try:
        numbers = pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        return None
    is_finite = pc.all(pc.is_finite(numbers)).as_py() is not False  # Arrow reads "nan" and "inf"; we do not
    return numbers if is_finite and not is_lost_in_rounding(texts, numbers) else None


def _number(text: str) -> float:
    if _NUMBER.fullmatch(text) is None:
        raise ValueError(_number_message(text))
    number = float(text)
    if not np.isfinite(number):
        raise ValueError(f"{shown(text)} is beyond the largest number there is, 1.8e308: write a finite number")
    if number == 0 and re.match(_NONZERO_MANTISSA, text):
        raise ValueError(f"{shown(text)} is too near zero to be told from it: write 0, or at least 5e-324")
    return number


def _number_message(text: str) -> str:
    if text.strip().casefold().lstrip("+-") in {"nan", "inf", "infinity"}:
        return f"{shown(text)} is not finite: write a finite number, or leave the cell empty where it is not known"
    if "," in text and _NUMBER.fullmatch(text.replace(",", "")):
        return f"{shown(text)} is no number: decimals take a point, thousands no mark"
    for cure in (text.strip(), text.replace("_", ""), text.replace(" ", "")):
        if cure != text and _NUMBER.fullmatch(cure):
            return f"{shown(text)} is no number: write {cure}"
    return f"{shown(text)} is no number: write plain or exponent notation with a decimal point, as 0.25 or 2.5e-3"


def _days(texts: pa.Array) -> pa.Array | None:
    try:
        days = pc.cast(texts, pa.date32())
    except pa.ArrowInvalid:
        return None
    least = pc.min(days.cast(pa.int32())).as_py()
    return days if least is None or least >= FIRST_DAY else None  # Arrow reads the year 0000; Python has none


def _day(text: str) -> date:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is None:
        cure = re.fullmatch(r"\s*([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})\s*", text)
        example = f"{cure[1]}-{cure[2]:0>2}-{cure[3]:0>2}" if cure else "YYYY-MM-DD, as 2025-01-31"
        raise ValueError(f"{shown(text)} is no date: write {example}")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{shown(text)} is no day of the calendar: write a real one as YYYY-MM-DD") from None


def _flags(texts: pa.Array) -> pa.Array | None:
    codes = pc.index_in(texts, value_set=pa.array(["false", "true"]))
    return pc.equal(codes, 1) if codes.null_count == texts.null_count else None


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(f"{shown(text)} is neither true nor false: write one of these two, in small letters")
    return text == "true"


def _years(texts: pa.Array) -> pa.Array | None:
    try:
        years = pc.cast(texts, pa.int32())
    except pa.ArrowInvalid:
        return None
    longest, least = pc.max(pc.binary_length(texts)).as_py(), pc.min(years).as_py()
    is_plain = longest is None or (longest == 4 and least >= 1000)  # Arrow reads 0x7E7 as well
    return years if is_plain else None


def _year(text: str) -> int:
    if re.fullmatch(r"[0-9]{4}", text) is None or text == "0000":
        raise ValueError(f"{shown(text)} is no year: write its four digits, as 2023")
    return int(text)


@dataclass(frozen=True, slots=True)
class _Parser:
    """How one type is read. ``whole_column`` answers None where any cell needs a closer look by ``one``."""

    code: str
    whole_column: Callable[[pa.Array], pa.Array | None]
    one: Callable[[str], object]


_PARSERS: Mapping[pa.DataType, _Parser] = {
    pa.float64(): _Parser("NOT_A_NUMBER", _numbers, _number),
    pa.date32(): _Parser("NOT_A_DATE", _days, _day),
    pa.bool_(): _Parser("NOT_A_FLAG", _flags, _flag),
    pa.int32(): _Parser("NOT_A_YEAR", _years, _year),
}
