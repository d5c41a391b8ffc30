"""Reads the Parquet form of a data set file: same names, same columns, types where they carry the same meaning."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as arrow_types

from graph_service.exchange.dataset.cells import (
    FIRST_DAY,
    LAST_DAY,
    CellFault,
    ReadColumn,
    parse_texts,
    read_texts,
    without_rows,
)
from graph_service.exchange.dataset.faults import Faults, Place
from graph_service.exchange.dataset.header import check_header
from graph_service.exchange.dataset.layout import FileLayout
from graph_service.exchange.dataset.positions import FileRows, RowPositions
from graph_service.model.tables import BATCH_SCHEMAS

BATCH_ROWS = 65_536

RIGHT_TYPES = {
    pa.string(): "text",
    pa.float64(): "a number (double)",
    pa.date32(): "a date (date32)",
    pa.bool_(): "a boolean",
    pa.int32(): "a whole number (int32)",
}
"""What a column of each type of the model may be in a file, for messages; text is always read as in CSV."""


def can_read(source: pa.DataType, target: pa.DataType) -> bool:
    """Whether a Parquet column of type ``source`` can stand for a column of type ``target``."""
    if arrow_types.is_dictionary(source):
        source = source.value_type
    if _is_text(source) or arrow_types.is_null(source):
        return True
    if target == pa.string():
        return bool(arrow_types.is_integer(source))
    if target == pa.date32():
        return bool(arrow_types.is_date(source) or (arrow_types.is_timestamp(source) and source.tz is None))
    if target == pa.bool_():
        return bool(arrow_types.is_boolean(source))
    is_whole_or_float = arrow_types.is_integer(source) or arrow_types.is_floating(source)
    return bool(is_whole_or_float or (target == pa.float64() and arrow_types.is_decimal(source)))


def read_column(column: pa.Array, target: pa.DataType) -> ReadColumn:
    """The column with the type ``target``; the caller has asked ``can_read``.

    Raises ``pa.ArrowInvalid`` where the file's texts are no UTF-8.
    """
    if arrow_types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if arrow_types.is_null(column.type):
        return ReadColumn(pa.nulls(len(column), target), [])
    if _is_text(column.type):
        return _read_text_column(column, target)
    if target == pa.string():
        return ReadColumn(column.cast(pa.string()), [])
    try:
        values = column.cast(target)
    except pa.ArrowInvalid:
        return _read_one_by_one(column, target)
    is_same = _is_calendar_day(column, values) if target == pa.date32() else _is_finite(values)
    return ReadColumn(values, []) if is_same else _read_one_by_one(column, target)


def _is_finite(values: pa.Array) -> bool:
    return not arrow_types.is_floating(values.type) or pc.all(pc.is_finite(values)).as_py() is not False


def _is_calendar_day(column: pa.Array, days: pa.Array) -> bool:
    """Whether all days are Python's too, and nothing was lost: Arrow drops a time of day without a word."""
    least, most = (bound.as_py() for bound in pc.min_max(days.cast(pa.int32())).values())
    if least is not None and not (FIRST_DAY <= least <= most <= LAST_DAY):
        return False
    try:
        return pc.all(pc.equal(days.cast(column.type), column)).as_py() is not False
    except pa.ArrowInvalid:
        return False


def _is_text(source: pa.DataType) -> bool:
    return bool(
        arrow_types.is_string(source) or arrow_types.is_large_string(source) or arrow_types.is_string_view(source)
    )


def _read_text_column(column: pa.Array, target: pa.DataType) -> ReadColumn:
    column.validate(full=True)
    texts = column.cast(pa.string())
    texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    checked = read_texts(texts)
    parsed = parse_texts(checked.values, target)
    return ReadColumn(parsed.values, checked.faults + parsed.faults)


def _read_one_by_one(column: pa.Array, target: pa.DataType) -> ReadColumn:
    read_one = _READ_ONE[target]
    values: list[object] = []
    faults: list[CellFault] = []
    for row, scalar in enumerate(column):
        try:
            values.append(None if not scalar.is_valid else read_one(scalar))
        except ValueError as error:
            values.append(None)
            faults.append(CellFault(row, *error.args))
    return ReadColumn(without_rows(pa.array(values, target), [fault.row for fault in faults]), faults)


def _number(scalar: pa.Scalar) -> float:
    value = scalar.as_py()
    number = float(value)
    if number - number != 0:
        raise ValueError("NOT_A_NUMBER", f"{value} is not finite: write a finite number, or null where it is not known")
    if isinstance(value, int) and int(number) != value:
        raise ValueError("NOT_A_NUMBER", f"{value} has more digits than a double holds: write it as a double")
    return number


def _year(scalar: pa.Scalar) -> int:
    value = scalar.as_py()
    if not 0 < value <= 9999 or int(value) != value:
        raise ValueError("NOT_A_YEAR", f"{value} is no year: write its four digits, as 2023")
    return int(value)


def _day(scalar: pa.Scalar) -> date:
    nanoseconds_or_days = scalar.value
    try:
        moment = scalar.as_py()
    except (ValueError, OverflowError):
        raise ValueError("NOT_A_DATE", f"{nanoseconds_or_days} is beyond the calendar's years 1 to 9999") from None
    midnight, nanoseconds = datetime.min.time(), getattr(moment, "nanosecond", 0)
    if isinstance(moment, datetime) and (moment.time() != midnight or nanoseconds):
        raise ValueError("NOT_A_DATE", f"{moment} has a time of day: a date has none")
    return moment.date() if isinstance(moment, datetime) else moment


_READ_ONE: dict[pa.DataType, Callable[[pa.Scalar], object]] = {
    pa.float64(): _number,
    pa.int32(): _year,
    pa.date32(): _day,
}


def read_parquet_file(
    path: Path, *, file: str, layout: FileLayout, faults: Faults, on_block: Callable[[int, int], None] | None = None
) -> FileRows:
    """The rows of a Parquet file. ``on_block`` hears rows read so far and the file's bytes that they stand for."""
    schema, plural = BATCH_SCHEMAS[layout.kind], layout.kind.plural
    batches: list[pa.RecordBatch] = []
    try:
        with pq.ParquetFile(path) as parquet:
            columns = _readable_columns(parquet.schema_arrow, file, layout, faults)
            row_count = 0
            for rows in parquet.iter_batches(BATCH_ROWS):
                batches.append(_typed(rows, columns, row_count, layout, faults))
                row_count += rows.num_rows
                if on_block is not None:
                    on_block(row_count, path.stat().st_size * row_count // max(parquet.metadata.num_rows, 1))
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        message = f"the file cannot be read as Parquet ({reason[:200]}): write it again"
        faults.add("FILE_UNREADABLE", plural, message, place=Place(file))
        batches = []
    return FileRows(pa.Table.from_batches(batches, schema), RowPositions(file))


def _readable_columns(source: pa.Schema, file: str, layout: FileLayout, faults: Faults) -> Mapping[str, int]:
    found = check_header(source.names, file=file, line=None, layout=layout, faults=faults) or {}
    columns: dict[str, int] = {}
    for column, position in found.items():
        target = BATCH_SCHEMAS[layout.kind].field(column).type
        if can_read(source.field(position).type, target):
            columns[column] = position
            continue
        message = f"the column has type {source.field(position).type}: {RIGHT_TYPES[target]} is right"
        path = f"{layout.kind.plural}.{column}"
        faults.add("COLUMN_TYPE", path, message, place=Place(file, None, layout.file_column(column)))
    return columns


def _typed(
    rows: pa.RecordBatch, columns: Mapping[str, int], first_row: int, layout: FileLayout, faults: Faults
) -> pa.RecordBatch:
    arrays = []
    for column in BATCH_SCHEMAS[layout.kind]:
        if column.name not in columns:
            arrays.append(pa.nulls(rows.num_rows, column.type))
            continue
        read = read_column(rows.column(columns[column.name]), column.type)
        for fault in read.faults:
            faults.add_in_column(
                fault.code,
                plural=layout.kind.plural,
                row=first_row + fault.row,
                column=column.name,
                message=fault.message,
            )
        arrays.append(read.values)
    return pa.record_batch(arrays, schema=BATCH_SCHEMAS[layout.kind])
