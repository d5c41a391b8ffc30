"""Validity intervals as day numbers since 1970, ends exclusive."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.service.merging import Positions

FIRST_DAY, LAST_DAY = -(2**40), 2**40
"""Stand for an open begin and an open end; beyond every day that a date can name."""

_EPOCH = date(1970, 1, 1)


def validity_days(table: pa.Table) -> tuple[Positions, Positions]:
    """The first valid day of each row and the first that is not any more."""
    return _day_numbers(table["valid_from"], FIRST_DAY), _day_numbers(table["valid_to"], LAST_DAY)


def describe_days(begins: int, ends: int) -> str:
    """``from 2025-03-01 until 2025-04-01 (exclusive)``; open ends are left out."""
    begin = "" if begins <= FIRST_DAY else f"from {_EPOCH + timedelta(days=begins)} "
    end = "" if ends >= LAST_DAY else f"until {_EPOCH + timedelta(days=ends)} (exclusive)"
    return f"{begin}{end}".strip() or "on every day"


def _day_numbers(days: pa.ChunkedArray, if_open: int) -> Positions:
    numbers = pc.fill_null(days.cast(pa.int32()).cast(pa.int64()), if_open)
    return np.asarray(numbers.to_numpy(), dtype=np.int64)
