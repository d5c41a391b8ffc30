"""Two views of one item side by side, in item rows that both have in common."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph_service.engine.change import Side, side
from graph_service.engine.rollup import RollUp
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import ChangeKind, Kind
from graph_service.service.change_alignment import match_rows
from graph_service.service.day_graph import DayGraph
from graph_service.service.footprints import Footprint
from graph_service.service.resolution import Integers, numbers
from graph_service.service.snapshots import ViewedGraph

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]
Rows = npt.NDArray[np.integer[Any]]

KINDS = tuple(ChangeKind)
UNCHANGED = -1
ADDED, REMOVED, DECLARED = (
    KINDS.index(kind) for kind in (ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.DECLARATION)
)
"""Codes of ``BothViews.item_change``."""


@dataclass(frozen=True, slots=True)
class OneView:
    """One of the two views. ``own_row``: the explained item's, -1 where it does not exist here.

    ``common_row`` (items,): the row of each item among those of both views. ``view_row``: the inverse, -1 for items
    that only the other view has.
    """

    day: DayGraph
    roll_up: RollUp
    to_grave: bool
    own_row: int
    common_row: Integers
    view_row: Integers
    side: Side

    @property
    def facts(self) -> Facts:
        return self.day.facts

    def declaration_rows(self, common_row: Rows) -> Integers:
        """The row in the facts of the declaration in force of each item, -1 where there is none."""
        in_force = np.append(self.roll_up.declaration_of_item, np.int32(-1))[self.view_row[common_row]]
        known = np.append(self.day.declaration_rows, np.int32(-1))
        return known[in_force]


@dataclass(frozen=True, slots=True)
class BothViews:
    """Both views of one item in common rows; ``item_change`` (rows,): a code of ``KINDS`` where all of an item's own
    gate facts make one cause, else ``UNCHANGED``."""

    before: OneView
    after: OneView
    own_row: int
    item_change: Codes

    @property
    def is_upstream(self) -> Flags:
        """Items of which the explained one takes in either view; nothing else can move its total."""
        upstream: Flags = (self.before.side.activity != 0.0) | (self.after.side.activity != 0.0)
        upstream[self.own_row] = True
        return upstream

    @property
    def is_looked_at_anew(self) -> Flags:
        """Items whose facts may count otherwise although they are the same."""
        looked_at: Flags = self.item_change != UNCHANGED
        if self.before.to_grave != self.after.to_grave:
            looked_at[self.own_row] = True
        return looked_at


def both_views(before: ViewedGraph, after: ViewedGraph, found: tuple[Footprint | None, Footprint | None]) -> BothViews:
    """Lay two views of one item side by side; it exists in at least one of them."""
    matched = match_rows(before.day.facts.items, after.day.facts.items)
    count_after = after.day.facts.items.num_rows
    is_gone = matched < 0
    common_row = np.where(is_gone, count_after - 1 + np.cumsum(is_gone), matched).astype(np.int32)
    row_count = count_after + int(is_gone.sum())
    was, now = found
    own = int(common_row[was.item_row]) if was is not None else _row(now)
    rows = np.arange(row_count, dtype=np.int32)
    views = (
        _one_view(before, was, common_row, rows=rows, own_row=own),
        _one_view(after, now, rows[:count_after], rows=rows, own_row=own),
    )
    return BothViews(*views, own_row=own, item_change=_item_changes(*views))


def _row(found: Footprint | None) -> int:
    return -1 if found is None else found.item_row


def _one_view(
    graph: ViewedGraph, found: Footprint | None, common_row: Integers, *, rows: Integers, own_row: int
) -> OneView:
    if np.array_equal(common_row, rows):
        view_row = rows
    else:
        view_row = np.full(len(rows), -1, np.int32)
        view_row[common_row] = rows[: len(common_row)]
    roll_up, activity = graph.roll_up(), None if found is None else found.trace.activity
    placed = None if view_row is rows else common_row
    laid_out = side(roll_up, activity, common_row=placed, row_count=len(rows), own_row=own_row)
    return OneView(graph.day, roll_up, graph.view.is_to_grave, _row(found), common_row, view_row, laid_out)


def _item_changes(before: OneView, after: OneView) -> Codes:
    change = np.full(len(before.view_row), UNCHANGED, np.int8)
    change[before.view_row < 0] = ADDED
    change[after.view_row < 0] = REMOVED
    declared = [view.common_row[view.roll_up.declaration_of_item >= 0] for view in (before, after)]
    rows = np.unique(np.concatenate(declared))
    rows = rows[change[rows] == UNCHANGED]
    was, now = before.declaration_rows(rows), after.declaration_rows(rows)
    differs = (was >= 0) != (now >= 0)
    both = np.flatnonzero((was >= 0) & (now >= 0))
    if len(both):
        tables = (before.facts.tables[Kind.DECLARATION], after.facts.tables[Kind.DECLARATION])
        was, now = was[both], now[both]
        kgco2e_was, kgco2e_now = numbers(tables[0]["kgco2e"])[was], numbers(tables[1]["kgco2e"])[now]
        differs[both] = (match_rows(*tables)[was] != now) | (kgco2e_was != kgco2e_now)
    change[rows[differs]] = DECLARED
    return change
