"""Writes the totals of all items: ``totals.csv``, or the same columns as Parquet."""

import sys
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as arrow_types

from graph_service.errors import InvalidInput
from graph_service.exchange.dataset.atomic import write_files
from graph_service.exchange.dataset.csv_text import csv_blocks
from graph_service.model.totals import QUALITY_COLUMNS
from graph_service.model.vocabulary import CarbonComponent, LifeCycleStage

TOTALS_COLUMNS = ("item", "declared_unit", "total_kgco2e", "direct_kgco2e", "upstream_kgco2e", "is_complete")
ALL_COLUMNS = (
    *TOTALS_COLUMNS,
    *QUALITY_COLUMNS,
    "loop_gain",
    *(f"stage_{stage}_kgco2e" for stage in LifeCycleStage),
    *(f"component_{component}_kgco2e" for component in CarbonComponent),
)
"""All columns in the order of the file; stages from the emitter's perspective."""


def write_totals(totals: pa.Table, target: Path | BinaryIO | None = None) -> None:
    """Write the totals, ordered by item: to a ``.csv`` or ``.parquet`` file, or as CSV to a stream.

    ``totals`` has the columns ``TOTALS_COLUMNS`` or ``ALL_COLUMNS``, in any order; null or NaN = unknown. Numbers in
    CSV have 17 significant digits. None is standard output.

    Raises
    ------
    InvalidInput
        The file's name has another ending, or it cannot be written.
    ValueError
        A column is missing or too many: a defect of the caller.
    """
    rows = _in_order(totals)
    if target is None:
        sys.stdout.buffer.writelines(csv_blocks(rows, digits_17=True))
        sys.stdout.buffer.flush()
    elif not isinstance(target, Path):
        target.writelines(csv_blocks(rows, digits_17=True))
    elif target.suffix == ".csv":
        write_files(target.parent, {target.name: lambda stream: stream.writelines(csv_blocks(rows, digits_17=True))})
    elif target.suffix == ".parquet":
        write_files(target.parent, {target.name: lambda stream: pq.write_table(_without_nan(rows), stream)})
    else:
        raise InvalidInput(f"{target.name} ends in neither .csv nor .parquet: name the file after what it shall hold")


def _in_order(totals: pa.Table) -> pa.Table:
    names = ALL_COLUMNS if len(totals.column_names) > len(TOTALS_COLUMNS) else TOTALS_COLUMNS
    if sorted(totals.column_names) != sorted(names):
        raise ValueError(f"totals have columns {totals.column_names}, not {names}")
    return totals.select(names).sort_by("item")


def _without_nan(rows: pa.Table) -> pa.Table:
    columns = [
        pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
        if arrow_types.is_floating(column.type)
        else column
        for column in rows.columns
    ]
    return pa.table(columns, names=rows.column_names)
