"""Reads one CSV file of a data set into the columns of its kind, noting every fault."""

import codecs
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

import pyarrow as pa

from graph_service.exchange.dataset.cells import CellFault, parse_texts, read_texts, without_rows
from graph_service.exchange.dataset.csv_blocks import BLOCK_BYTES, CsvBlock, NotUtf8, check_utf8, read_at, read_blocks
from graph_service.exchange.dataset.csv_strict import read_record
from graph_service.exchange.dataset.faults import Faults, Place
from graph_service.exchange.dataset.header import check_header
from graph_service.exchange.dataset.layout import FileLayout
from graph_service.exchange.dataset.positions import FileRows, LineRun, RowPositions
from graph_service.model.tables import BATCH_SCHEMAS

HEADER_BYTES_MAX = 1 << 20


@dataclass(slots=True)
class _Reading:
    """One reading of a file, thrown away where its encoding turns out to be another."""

    faults: Faults
    batches: list[pa.RecordBatch] = field(default_factory=list)
    runs: list[LineRun] = field(default_factory=list)
    row_count: int = 0


def read_csv_file(
    stream: BinaryIO,
    *,
    file: str,
    layout: FileLayout,
    faults: Faults,
    on_block: Callable[[int, int], None] | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> FileRows:
    """The rows of a CSV file. ``on_block`` hears rows and bytes read so far.

    A file in another encoding is a fault; it is read on in the encoding it seems to have, to find what else is wrong.
    """
    reading = _Reading(Faults())
    try:
        _read(stream, file, layout, reading, on_block, block_bytes)
    except NotUtf8 as error:
        text, encoding = _transcode(read_at(stream, 0, stream.seek(0, io.SEEK_END)))
        line = read_at(stream, 0, error.offset).count(b"\n") + 1
        faults.add(
            "ENCODING",
            layout.kind.plural,
            f"byte 0x{error.byte:02X} at offset {error.offset:,} is not UTF-8{encoding}: save the file as UTF-8",
            place=Place(file, line),
        )
        reading = _Reading(Faults())
        _read(io.BytesIO(text), file, layout, reading, on_block, block_bytes)
    faults.extend(reading.faults)
    schema = BATCH_SCHEMAS[layout.kind]
    return FileRows(pa.Table.from_batches(reading.batches, schema), RowPositions(file, tuple(reading.runs)))


def _transcode(data: bytes) -> tuple[bytes, str]:
    """The same text in UTF-8 and a guess for the message; Latin-1 at last, which keeps unequal names unequal."""
    guesses = ["utf-16"] if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ["gb18030"]
    for encoding in guesses:
        try:
            return data.decode(encoding).encode(), f" (the file seems to be {encoding.upper()})"
        except UnicodeError:
            continue
    return data.decode("latin-1").encode(), ""


def _read(
    stream: BinaryIO,
    file: str,
    layout: FileLayout,
    reading: _Reading,
    on_block: Callable[[int, int], None] | None,
    block_bytes: int,
) -> None:
    head = read_at(stream, 0, HEADER_BYTES_MAX)
    start, line = (len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0), 1
    while head[start : start + 2].startswith((b"\n", b"\r\n")):
        start, line = head.index(b"\n", start) + 1, line + 1
    check_utf8(head[start : head.find(b"\n", start) + 1], start)
    record = read_record(head, start, is_last=len(head) < HEADER_BYTES_MAX)
    columns = check_header(
        record.cells, problem=record.problem, file=file, line=line, layout=layout, faults=reading.faults
    )
    if columns is None:
        return
    first_line = line + head.count(b"\n", start, record.end)
    blocks = read_blocks(
        stream, start=record.end, first_line=first_line, column_count=len(record.cells), block_bytes=block_bytes
    )
    for block in blocks:
        _take_block(block, columns, layout, reading)
        if on_block is not None:
            on_block(reading.row_count, block.end)


def _take_block(block: CsvBlock, columns: Mapping[str, int], layout: FileLayout, reading: _Reading) -> None:
    """Append a block's typed columns; ``columns`` gives the position in the file of each column of the model."""
    plural, faults = layout.kind.plural, reading.faults
    broken = sorted(block.problems)
    for row in broken:
        faults.add_in_column(
            "RECORD_MALFORMED", plural=plural, row=reading.row_count + row, column=None, message=block.problems[row]
        )
    arrays = []
    found: list[tuple[CellFault, str]] = []
    for column in BATCH_SCHEMAS[layout.kind]:
        if column.name not in columns:
            arrays.append(pa.nulls(block.row_count, column.type))
            continue
        texts = block.columns[columns[column.name]]
        if (
            column.name != "uid"
        ):  # a broken record is still known by its name, so that what refers to it is not at fault
            texts = without_rows(texts, broken)
        checked = read_texts(texts)
        parsed = parse_texts(checked.values, column.type)
        found += [(fault, column.name) for fault in checked.faults + parsed.faults]
        arrays.append(parsed.values)
    for fault, name in sorted(found, key=lambda each: each[0].row):
        row = reading.row_count + fault.row
        faults.add_in_column(fault.code, plural=plural, row=row, column=name, message=fault.message)
    reading.batches.append(pa.record_batch(arrays, schema=BATCH_SCHEMAS[layout.kind]))
    reading.runs.append(LineRun(reading.row_count, block.first_line, block.lines))
    reading.row_count += block.row_count
