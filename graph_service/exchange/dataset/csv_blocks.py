"""Reads a CSV file in blocks of text columns: regular blocks by Arrow, odd ones record by record.

A block is regular when its quotes, line ends and cell counts follow RFC 4180 throughout; then its grammar has one
reading, and Arrow's is that one. Anything else is read by ``csv_strict``, which names what is wrong.
"""

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as arrow_csv

from graph_service.exchange.dataset.csv_strict import RECORD_BYTES_MAX, read_record

BLOCK_BYTES = 8 << 20

_COMMA, _QUOTE, _LF, _CR = b","[0], b'"'[0], b"\n"[0], b"\r"[0]
_Positions = npt.NDArray[np.int64]


class NotUtf8(Exception):
    """A byte that is no UTF-8; ``offset`` from the start of the file."""

    def __init__(self, offset: int, byte: int) -> None:
        super().__init__(f"byte {byte:#04x} at offset {offset}")
        self.offset = offset
        self.byte = byte


@dataclass(frozen=True, slots=True)
class CsvBlock:
    """Some records: a text column per header cell, null where empty.

    ``lines`` holds the physical line of each record's start, or None where records follow line by line from
    ``first_line``. ``problems``: what is wrong with a record as a whole, by its row in the block.
    """

    columns: list[pa.Array]
    row_count: int
    first_line: int
    lines: npt.NDArray[np.int64] | None
    end: int
    next_line: int
    problems: Mapping[int, str] = field(default_factory=dict)


def read_blocks(
    stream: BinaryIO, *, start: int, first_line: int, column_count: int, block_bytes: int = BLOCK_BYTES
) -> Iterator[CsvBlock]:
    """All records from byte ``start`` on, which begins line ``first_line``. Blank lines are no records.

    Raises ``NotUtf8`` at the first byte that is not; blocks before it have been given.
    """
    offset, line = start, first_line
    while window := read_at(stream, offset, block_bytes):
        is_last = len(window) < block_bytes
        block = _regular_block(window, is_last=is_last, column_count=column_count, offset=offset, line=line)
        if block is None:
            window = read_at(stream, offset, block_bytes + RECORD_BYTES_MAX)
            is_last = len(window) < block_bytes + RECORD_BYTES_MAX
            block = _strict_block(
                window, is_last=is_last, limit=block_bytes, column_count=column_count, offset=offset, line=line
            )
            if block.end < 0:
                block = _after_line(stream, offset + len(window), block)
        yield block
        offset, line = block.end, block.next_line


def read_at(stream: BinaryIO, offset: int, byte_count: int) -> bytes:
    """Bytes from ``offset`` on; fewer than asked for only at the end of the file."""
    stream.seek(offset)
    parts = []
    while byte_count > 0 and (part := stream.read(byte_count)):
        parts.append(part)
        byte_count -= len(part)
    return b"".join(parts)


def _after_line(stream: BinaryIO, offset: int, block: CsvBlock) -> CsvBlock:
    """The block with its end moved past the line that ``offset`` lies in."""
    while data := read_at(stream, offset, BLOCK_BYTES):
        found = data.find(b"\n")
        if found >= 0:
            offset += found + 1
            break
        offset += len(data)
    return CsvBlock(
        block.columns, block.row_count, block.first_line, block.lines, offset, block.next_line, block.problems
    )


def check_utf8(data: bytes, offset: int) -> None:
    """Raises ``NotUtf8`` where ``data``, which begins at ``offset``, is not."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise NotUtf8(offset + error.start, data[error.start]) from None


def _regular_block(window: bytes, *, is_last: bool, column_count: int, offset: int, line: int) -> CsvBlock | None:
    """The complete records of ``window``, or None where they must be read strictly."""
    codes = np.frombuffer(window, np.uint8)
    quotes: _Positions = np.flatnonzero(codes == _QUOTE)
    newlines: _Positions = np.flatnonzero(codes == _LF)
    ends = newlines[np.searchsorted(quotes, newlines) % 2 == 0] if quotes.size else newlines
    if not is_last and not ends.size:
        return None
    cut = len(window) if is_last else int(ends[-1]) + 1
    quotes, newlines = quotes[quotes < cut], newlines[newlines < cut]
    data = window[:cut]
    check_utf8(data, offset)
    if data.startswith(codecs.BOM_UTF8):
        return None  # Arrow would take a cell's first character for the mark of a file
    if data.count(b"\r") != data.count(b"\r\n") or not _quotes_are_regular(codes[:cut], quotes):
        return None
    try:
        table = _read_with_arrow(data, column_count=column_count, has_quotes=bool(quotes.size))
    except pa.ArrowInvalid:
        return None
    starts = _record_starts(codes[:cut], ends)
    if table.num_rows != starts.size:
        return None
    is_line_by_line = starts.size == newlines.size + (not data.endswith(b"\n"))
    return CsvBlock(
        columns=[column.combine_chunks() for column in table.columns],
        row_count=table.num_rows,
        first_line=line,
        lines=None if is_line_by_line else line + np.searchsorted(newlines, starts),
        end=offset + cut,
        next_line=line + newlines.size,
    )


def _quotes_are_regular(codes: npt.NDArray[np.uint8], quotes: _Positions) -> bool:
    """Whether every quote opens a cell, closes one, or is half of a doubled quote."""
    if quotes.size % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = codes[opening[opening > 0] - 1]
    after = codes[closing[closing < codes.size - 1] + 1]
    opens = np.isin(before, (_COMMA, _LF, _QUOTE)).all()
    closes = np.isin(after, (_COMMA, _LF, _CR, _QUOTE)).all()
    return bool(opens and closes)


def _record_starts(codes: npt.NDArray[np.uint8], ends: _Positions) -> _Positions:
    """Offsets at which records begin, blank lines left out; ``ends`` are the line feeds that end records."""
    ends = ends[ends < codes.size]
    starts = np.concatenate([np.zeros(1, np.int64), ends + 1])
    stops = np.concatenate([ends, np.array([codes.size], np.int64)])
    lengths = stops - starts
    is_blank = lengths == 0
    single = np.flatnonzero(lengths == 1)
    is_blank[single] = codes[starts[single]] == _CR
    kept: _Positions = starts[~is_blank]
    return kept


def _read_with_arrow(data: bytes, *, column_count: int, has_quotes: bool) -> pa.Table:
    names = [str(position) for position in range(column_count)]
    return arrow_csv.read_csv(
        pa.BufferReader(data),
        read_options=arrow_csv.ReadOptions(column_names=names, block_size=len(data) + 1),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=has_quotes),
        convert_options=arrow_csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            check_utf8=False,
        ),
    )


def _strict_block(data: bytes, *, is_last: bool, limit: int, column_count: int, offset: int, line: int) -> CsvBlock:
    """Records that begin before ``limit``, read one by one; ``end`` is -1 where the last one has no end in ``data``."""
    check_utf8(data[: _last_whole_character(data)], offset)
    rows: list[list[str | None]] = []
    lines: list[int] = []
    problems: dict[int, str] = {}
    position, first_line = 0, line
    while 0 <= position < min(limit, len(data)):
        record = read_record(data, position, is_last=is_last)
        if record.problem or record.cells != [None]:  # else a blank line
            problem = record.problem or _count_problem(len(record.cells), column_count)
            if problem:
                problems[len(rows)] = problem
            rows.append((record.cells + [None] * column_count)[:column_count])
            lines.append(line)
        line += data.count(b"\n", position, record.end) if record.end >= 0 else 1
        position = record.end
    columns = [pa.array([row[column] for row in rows], pa.string()) for column in range(column_count)]
    end = offset + position if position >= 0 else -1
    return CsvBlock(columns, len(rows), first_line, np.array(lines, np.int64), end, line, problems)


def _last_whole_character(data: bytes) -> int:
    """Length of ``data`` without a character that its end cuts in two."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            width = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) - back if width > back else len(data)
        if byte < 0x80:
            break
    return len(data)


def _count_problem(cell_count: int, column_count: int) -> str | None:
    if cell_count == column_count:
        return None
    cure = (
        "put a cell that has a comma in it in quotes"
        if cell_count > column_count
        else "every column needs its comma, also where the cell is empty"
    )
    return f"the record has {cell_count} cells, the header {column_count}: {cure}"
