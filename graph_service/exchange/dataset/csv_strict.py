"""Reads CSV records one by one by the letter of RFC 4180: slower, but says of every record what is wrong with it.

Only blocks in which something is odd come here; ``csv_blocks`` reads the others.
"""

import re
from dataclasses import dataclass

RECORD_BYTES_MAX = 24 << 20
"""More than the longest legal record has: 22 cells of 1 MB."""

# Possessive, so that a quote that is never closed costs one pass and no backtracking.
_QUOTED = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"')
_PLAIN = re.compile(rb'[^",\r\n]*+')


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its cells (None = empty), the offset after it, and what is wrong with it, if anything."""

    cells: list[str | None]
    end: int
    problem: str | None = None


def read_record(data: bytes, start: int, *, is_last: bool = True) -> Record:
    """The record that begins at ``start``; its line end belongs to it. ``is_last``: the file ends where ``data`` does.

    After a problem ``end`` is the start of the next physical line (-1 where ``data`` holds none), so that an unclosed
    quote does not swallow the records behind it.
    """
    cells: list[str | None] = []
    position = start
    while True:
        quoted = data[position : position + 1] == b'"'
        match = (_QUOTED if quoted else _PLAIN).match(data, position)
        if match is None:
            return _broken(data, start, cells, "a quote that opens here is never closed: close it with a second quote")
        cells.append(_text(match.group(), quoted=quoted))
        position = match.end()
        following = data[position : position + 2]
        if following.startswith(b","):
            position += 1
        elif not following and not is_last:
            return _broken(data, start, cells, f"the record is longer than {RECORD_BYTES_MAX >> 20} MB")
        elif not following or following.startswith(b"\n"):
            return Record(cells, min(position + 1, len(data)))
        elif following == b"\r\n":
            return Record(cells, position + 2)
        else:
            return _broken(data, start, cells, _oddity(following, quoted=quoted))


def _text(raw: bytes, *, quoted: bool) -> str | None:
    value = raw[1:-1].replace(b'""', b'"') if quoted else raw
    return value.decode(errors="replace") or None  # only a cell that is cut off, and refused, has anything to replace


def _oddity(following: bytes, *, quoted: bool) -> str:
    if following.startswith(b"\r"):
        return "a carriage return without line feed stands outside quotes: end lines with LF or CR LF"
    if quoted:
        return "text stands after a closing quote: double each quote inside a quoted cell, and quote the whole cell"
    return "a quote stands inside a cell that does not begin with one: quote the cell and double the quotes inside"


def _broken(data: bytes, start: int, cells: list[str | None], problem: str) -> Record:
    line_end = data.find(b"\n", start)
    return Record(cells, line_end + 1 if line_end >= 0 else -1, problem)
