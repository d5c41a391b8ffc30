"""The facts of a few items cut out of a graph, and which items' facts differ between two graphs."""

from dataclasses import fields, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from graph_service.engine.snapshot import Declarations, Emissions, Flags, Rows, Snapshot, Supplies
from graph_service.engine.standing import ItemFacts

Columns = TypeVar("Columns", Supplies, Emissions, Declarations)


def facts_of_items(day: Snapshot, item_row: Rows) -> ItemFacts:
    """All facts of some items, and nobody else's."""
    is_touched = np.zeros(day.item_count, dtype=np.bool_)
    is_touched[item_row] = True
    part = replace(
        day,
        supplies=kept(day.supplies, is_touched[day.supplies.output_row]),
        emissions=kept(day.emissions, is_touched[day.emissions.item_row]),
        declarations=kept(day.declarations, is_touched[day.declarations.item_row]),
    )
    return ItemFacts(item_row=np.flatnonzero(is_touched).astype(np.int32), part=part)


def kept(columns: Columns, keep: Flags) -> Columns:
    """Only the marked rows."""
    return replace(columns, **{field.name: getattr(columns, field.name)[keep] for field in fields(columns)})


def differing_items(before: Snapshot, after: Snapshot) -> Rows:
    """Items whose own facts differ, rows of both graphs standing in the same order; what ``after`` adds comes last."""
    differs = np.zeros(after.item_count, dtype=np.bool_)
    differs[before.item_count :] = True
    for old, new, owner in (
        (before.supplies, after.supplies, "output_row"),
        (before.emissions, after.emissions, "item_row"),
        (before.declarations, after.declarations, "item_row"),
    ):
        if old is not new:
            owners: Rows = getattr(new, owner)
            differs[owners[_differing_rows(old, new)]] = True
    return np.flatnonzero(differs).astype(np.int32)


def _differing_rows(old: Supplies | Emissions | Declarations, new: Supplies | Emissions | Declarations) -> Flags:
    count = getattr(old, fields(old)[0].name).size
    differs = np.ones(getattr(new, fields(new)[0].name).size, dtype=np.bool_)
    differs[:count] = False
    for field in fields(old):
        one, other = getattr(old, field.name), getattr(new, field.name)
        if one is not other:
            differs[:count] |= ~_equal(one, other[:count])
    return differs


def _equal(one: npt.NDArray[np.generic], other: npt.NDArray[np.generic]) -> Flags:
    """Where two arrays hold the same, NaN being the same as NaN."""
    is_equal: Flags = one == other
    if one.dtype.kind == "f":
        is_equal |= np.isnan(one) & np.isnan(other)
    return is_equal
