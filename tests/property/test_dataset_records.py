"""However a CSV file is cut into blocks, the same records come out, and the same as the standard library's."""

import csv
import io
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from graph_service.exchange.dataset.csv_blocks import read_blocks
from graph_service.exchange.dataset.csv_strict import read_record

CELLS = st.text(st.sampled_from('ab,"\n\r 汉\ufeff'), max_size=6)
GRIDS = st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=12))
SCRAPS = st.text(st.sampled_from('a,"\n\r汉\ufeff'), max_size=40)
BLOCK_BYTES = st.integers(1, 64)

Records = tuple[list[tuple[str | None, ...]], list[int], list[str | None]]


def read(text: str, column_count: int, block_bytes: int) -> Records:
    """Records, their lines and what is wrong with them, read in blocks of so many bytes."""
    records: list[tuple[str | None, ...]] = []
    lines: list[int] = []
    problems: list[str | None] = []
    stream = io.BytesIO(text.encode())
    for block in read_blocks(stream, start=0, first_line=1, column_count=column_count, block_bytes=block_bytes):
        records += zip(*(column.to_pylist() for column in block.columns), strict=True)
        rows = range(block.row_count)
        lines += [block.first_line + row if block.lines is None else int(block.lines[row]) for row in rows]
        problems += [block.problems.get(row) for row in rows]
    return records, lines, problems


def read_one_by_one(text: str, column_count: int) -> Records:
    """The same by the strict reader alone, without blocks."""
    data, position, line = text.encode(), 0, 1
    records: list[tuple[str | None, ...]] = []
    lines: list[int] = []
    problems: list[str | None] = []
    while 0 <= position < len(data):
        record = read_record(data, position)
        if record.problem or record.cells != [None]:
            count = len(record.cells)
            cells = (record.cells + [None] * column_count)[:column_count]
            records.append(tuple(cells))
            lines.append(line)
            problems.append(record.problem or (None if count == column_count else f"the record has {count} cells"))
        line += data.count(b"\n", position, record.end)
        position = record.end
    return records, lines, problems


def written(grid: Sequence[Sequence[str]], line_end: str) -> str:
    stream = io.StringIO()
    # Its minimal quoting leaves a carriage return bare where that is no part of the line end.
    if line_end == "\r\n":
        csv.writer(stream, lineterminator=line_end).writerows(grid)
    else:
        csv.writer(stream, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(grid)
    return stream.getvalue()


@given(GRIDS, st.sampled_from(["\n", "\r\n"]), BLOCK_BYTES)
def test_what_the_standard_library_writes_is_read_back_with_its_lines(
    grid: list[list[str]], line_end: str, block_bytes: int
) -> None:
    text = written(grid, line_end)
    records, lines, problems = read(text, len(grid[0]) if grid else 2, block_bytes)
    assert records == [tuple(cell or None for cell in row) for row in grid]
    starts = [written(grid[:row], line_end).count("\n") + 1 for row in range(len(grid))]
    assert lines == starts
    assert not any(problems)


@given(SCRAPS, BLOCK_BYTES)
def test_any_text_reads_alike_in_blocks_of_any_size_and_record_by_record(text: str, block_bytes: int) -> None:
    records, lines, problems = read(text, 2, block_bytes)
    expected_records, expected_lines, expected_problems = read_one_by_one(text, 2)
    assert records == expected_records
    assert lines == expected_lines
    assert [bool(problem) for problem in problems] == [bool(problem) for problem in expected_problems]
    for problem, expected in zip(problems, expected_problems, strict=True):
        assert (problem or "").startswith(expected or "")
