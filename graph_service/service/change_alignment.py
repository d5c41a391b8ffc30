"""Which row of one revision's facts is which row of another's: by uid, fast where most rows kept their order."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph_service.model.facts import rows_of
from graph_service.service.resolution import Integers, integers

_FEW = 16
"""Fewer than one row in so many are found by their hash; more by going through both tables."""

Places = npt.NDArray[np.int64]

_MOST_RUNS = 64
_WINDOW = 256
"""So many rows may go, come or be swapped at one place before all that follows is found by its hash."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Which places of two lists are the same fact, as pairs, and which are in one of them only."""

    before: Places
    after: Places
    only_before: Places
    only_after: Places


def match_rows(facts_before: pa.Table, facts_after: pa.Table) -> Integers:
    """The row in one table of each uid of the other, -1 where it is not there. Uids are unique in each."""
    if facts_before is facts_after:
        return np.arange(facts_before.num_rows, dtype=np.int32)
    before, after = facts_before["uid"], facts_after["uid"]
    rows = np.full(len(before), -1, np.int32)
    _match_runs(before, after, rows)
    left = np.flatnonzero(rows < 0)
    if not len(left):
        return rows
    is_free = np.ones(len(after), np.bool_)
    is_free[rows[rows >= 0]] = False
    free = np.flatnonzero(is_free)
    if len(free):
        found = integers(rows_of(before.take(pa.array(left)), after.take(pa.array(free))))
        rows[left] = np.where(found >= 0, free[found], -1)
    return rows


def _match_runs(before: pa.ChunkedArray, after: pa.ChunkedArray, rows: Integers) -> None:
    """Fill ``rows`` for stretches of equal uids from the front on, as long as the next one begins soon."""
    at_before = at_after = 0
    for _ in range(_MOST_RUNS):
        length = _common_length(before.slice(at_before), after.slice(at_after))
        rows[at_before : at_before + length] = np.arange(at_after, at_after + length)
        at_before, at_after = at_before + length, at_after + length
        step = _next_meeting(before.slice(at_before, _WINDOW).to_pylist(), after.slice(at_after, _WINDOW).to_pylist())
        if step is None:
            break
        at_before, at_after = at_before + step[0], at_after + step[1]


def _common_length(before: pa.ChunkedArray, after: pa.ChunkedArray) -> int:
    """How many uids are the same from the front on."""
    most, same, step = min(len(before), len(after)), 0, _WINDOW
    is_ending = False
    while step and same < most:
        step = min(step, most - same)
        if before.slice(same, step).equals(after.slice(same, step)):
            same += step
            step = step if is_ending else 2 * step
        else:
            is_ending, step = True, step // 2
    return same


def _next_meeting(before: list[str], after: list[str]) -> tuple[int, int] | None:
    """By how many rows either goes on to the nearest uid that both have."""
    place = {uid: index for index, uid in enumerate(after)}
    meetings = [(index, place[uid]) for index, uid in enumerate(before) if uid in place]
    return min(meetings, key=sum, default=None)


def align(before: tuple[pa.Table, Integers], after: tuple[pa.Table, Integers]) -> Alignment:
    """Align two choices of rows, each a table of facts and rows of it, by uid."""
    (facts_before, rows_before), (facts_after, rows_after) = before, after
    if len(rows_before) + len(rows_after) < (facts_before.num_rows + facts_after.num_rows) // _FEW:
        chosen = facts_before["uid"].take(pa.array(rows_before)), facts_after["uid"].take(pa.array(rows_after))
        partner = integers(rows_of(*chosen)).astype(np.int64)
    else:
        place = np.full(facts_after.num_rows + 1, -1, np.int64)
        place[rows_after] = np.arange(len(rows_after))
        partner = place[match_rows(facts_before, facts_after)[rows_before]]
    paired = np.flatnonzero(partner >= 0)
    is_alone = np.ones(len(rows_after), np.bool_)
    is_alone[partner[paired]] = False
    return Alignment(paired, partner[paired], np.flatnonzero(partner < 0), np.flatnonzero(is_alone))
