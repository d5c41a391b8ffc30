"""Columns as the text of a CSV file: quotes only where RFC 4180 needs them, numbers that read back to the same bits."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as arrow_types

BLOCK_ROWS_MAX = 65_536
BLOCK_BYTES_AIM = 64 << 20


def csv_blocks(table: pa.Table, *, digits_17: bool = False) -> Iterator[bytes]:
    """The table as CSV in blocks of bytes, the header first; null and NaN as empty cells.

    Numbers are the shortest text that reads back to the same double; with ``digits_17`` they have 17 significant
    digits. Texts stay as they are, also where a spreadsheet would take one for a formula: a data set must read back
    equal. Reports are another matter.
    """
    yield (",".join(table.column_names) + "\n").encode()
    rows = max(1, min(BLOCK_ROWS_MAX, table.num_rows * BLOCK_BYTES_AIM // max(table.nbytes, 1)))
    for batch in table.to_batches(rows):
        if batch.num_rows:
            yield _lines(batch, digits_17=digits_17)


def _lines(batch: pa.RecordBatch, *, digits_17: bool) -> bytes:
    cells = [_cells(column, digits_17=digits_17) for column in batch.columns]
    lines = pc.binary_join_element_wise(*cells, ",", null_handling="replace", null_replacement="")
    ended = pc.binary_join_element_wise(lines, "", "\n")
    _, offsets, data = ended.buffers()
    first, last = np.frombuffer(offsets, np.int32)[[ended.offset, ended.offset + len(ended)]].tolist()
    return bytes(memoryview(data)[first:last])


def _cells(column: pa.Array, *, digits_17: bool) -> pa.Array:
    if arrow_types.is_string(column.type):
        needs_quotes = pc.match_substring_regex(column, '[",\r\n]')
        if not pc.any(needs_quotes).as_py():
            return column
        quoted = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
        return pc.if_else(needs_quotes, quoted, column)
    if arrow_types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
        return _with_17_digits(column) if digits_17 else column.cast(pa.string())
    return column.cast(pa.string())


def _with_17_digits(numbers: pa.Array) -> pa.Array:
    texts = (b"%.17g\n" * len(numbers)) % tuple(numbers.fill_null(0.0).to_pylist())
    return pc.if_else(numbers.is_valid(), pa.array(texts.decode().splitlines()), pa.scalar(None, pa.string()))
