"""From a row of a batch back to the line of the file it came from."""

import bisect
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class LineRun:
    """Records ``first_row`` and on: at ``lines``, or line by line from ``first_line`` where ``lines`` is None."""

    first_row: int
    first_line: int
    lines: npt.NDArray[np.int64] | None


@dataclass(frozen=True, slots=True)
class RowPositions:
    """Where each row of one file stands. ``runs`` are ordered by row; a Parquet file has none: its rows are counted."""

    file: str
    runs: tuple[LineRun, ...] = ()

    def describe(self, row: int) -> str:
        """``supplies.csv:14``, the physical line on which the record of ``row`` begins; ``supplies.parquet:row 13``."""
        if not self.runs:
            return f"{self.file}:row {row + 1}"
        run = self.runs[bisect.bisect_right(self.runs, row, key=lambda each: each.first_row) - 1]
        offset = row - run.first_row
        return f"{self.file}:{run.first_line + offset if run.lines is None else run.lines[offset]}"


@dataclass(frozen=True, slots=True)
class FileRows:
    """What one file holds: a table with the columns of ``BATCH_SCHEMAS``, and where its rows stand."""

    table: pa.Table
    positions: RowPositions
