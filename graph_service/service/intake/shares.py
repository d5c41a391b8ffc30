"""Shares of substitutes: on every day on which any row of a line is valid, the valid ones sum to 1."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.facts import rows_of
from graph_service.model.vocabulary import Kind
from graph_service.service.intake.faults import MAX_ALIKE, Faults, show
from graph_service.service.intake.identity import end_path
from graph_service.service.intake.validity import describe_days, validity_days
from graph_service.service.merging import Merge, Positions
from graph_service.service.resolution import Flags, Numbers, flags

TOLERANCE = 1e-6
"""By how much the sum of a line's shares may differ from 1."""

_SHOWN_SHARES = 6


@dataclass(frozen=True, slots=True)
class Line:
    """Rows of one output that substitute for each other: ``rows`` are positions in the merged supplies."""

    output_row: int
    name: str
    rows: Positions


@dataclass(frozen=True, slots=True)
class Breach:
    """Days on which a line's shares do not sum to 1, as day numbers since 1970, end exclusive; ``rows`` valid then."""

    line: Line
    begins: int
    ends: int
    rows: Positions
    share_sum: float


def check_shares(merge: Merge, faults: Faults) -> None:
    """Report every line that the batch touches and every stretch of days on which its shares do not sum to 1."""
    if not merge.is_changed(Kind.SUPPLY):
        return
    merged = merge.merged[Kind.SUPPLY]
    concerned = _concerned_rows(merge)
    if not concerned.any():
        return
    concerned &= ~_unsure_rows(merge, faults)
    uids, shares, item_uids = merged.table["uid"], merged.table["share"], merge.item_uids
    breaches = find_breaches(merged.table, concerned)
    for breach in islice(breaches, MAX_ALIKE):
        output = item_uids[breach.line.output_row].as_py()
        shown = ", ".join(
            f"{show(uids[row].as_py())} {shares[row].as_py():.10g}" for row in breach.rows[:_SHOWN_SHARES].tolist()
        )
        more = f" and {len(breach.rows) - _SHOWN_SHARES} more" if len(breach.rows) > _SHOWN_SHARES else ""
        days = describe_days(breach.begins, breach.ends)
        message = (
            f"line {show(breach.line.name)} of output {show(output)}: the shares valid {days} sum to "
            f"{breach.share_sum:.10g}, not 1 ({shown}{more}); on every day on which one row of a line is valid, "
            "the shares of the valid ones must sum to 1"
        )
        faults.add_at(_place(breach, merge), "SHARE_SUM", message)
    faults.count_more(Kind.SUPPLY, "SHARE_SUM", sum(1 for _ in breaches))


def _place(breach: Breach, merge: Merge) -> str:
    """The first row of the batch in the line; else the end by name that took a row out of it."""
    in_batch = merge.merged[Kind.SUPPLY].batch_row[breach.line.rows]
    in_batch = in_batch[in_batch >= 0]
    if len(in_batch):
        return f"supplies[{in_batch.min()}].share"
    placement = merge.placements[Kind.SUPPLY]
    ended = merge.facts.tables[Kind.SUPPLY].filter(pa.array(placement.is_ended))
    outputs = merge.item_row_of[ended["output_row"].to_numpy()].tolist()
    named = list(merge.ends[Kind.SUPPLY])
    for uid, line, output in zip(ended["uid"].to_pylist(), ended["line"].to_pylist(), outputs, strict=True):
        if (output, line) == (breach.line.output_row, breach.line.name) and uid in named:
            return end_path(Kind.SUPPLY, named.index(uid))
    return "supplies"


def find_breaches(supplies: pa.Table, concerned: Flags) -> Iterator[Breach]:
    """Every longest stretch of days with the same valid rows and a wrong sum, by line, then by day.

    ``supplies`` has the columns of facts; ``concerned`` says which of its rows belong to lines to be judged, and is
    true for all rows of a line or for none.
    """
    rows = np.flatnonzero(concerned)
    table = supplies.select(["output_row", "line", "share", "valid_from", "valid_to"]).take(pa.array(rows))
    line = table["line"].combine_chunks().dictionary_encode()
    key = table["output_row"].to_numpy().astype(np.int64) * len(line.dictionary) + line.indices.to_numpy()
    begins, ends = validity_days(table)
    share = table["share"].to_numpy()
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(key[order]) != 0]) if len(order) else np.empty(0, np.int64)
    stops = np.r_[starts, len(order)][1:]
    is_suspect = _is_suspect(key, begins, ends, share, order, starts)
    for start, stop in zip(starts[is_suspect].tolist(), stops[is_suspect].tolist(), strict=True):
        members = order[start:stop]
        output_row, line_code = divmod(int(key[members[0]]), len(line.dictionary))
        one = Line(output_row, line.dictionary[line_code].as_py(), rows[members])
        yield from _breaches_of_line(one, begins[members], ends[members], share[members])


def _is_suspect(
    key: Positions, begins: Positions, ends: Positions, share: Numbers, order: Positions, starts: Positions
) -> Flags:
    """Which lines may have a wrong sum on some day: a sweep over all begins and ends at once."""
    line_of = np.empty(len(key), np.int64)
    line_of[order] = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(key)]))
    event_line = np.r_[line_of, line_of]
    event_day = np.r_[begins, ends]
    by_day = np.lexsort((event_day, event_line))
    event_line, event_day = event_line[by_day], event_day[by_day]
    change = np.r_[share, -share][by_day]
    count = np.cumsum(np.r_[np.ones(len(key), np.int64), -np.ones(len(key), np.int64)][by_day])
    total = np.cumsum(change)
    # Every line returns to 0 at its end, so the running sums need no restart; rounding is far below the margin.
    is_last_of_day = np.r_[(np.diff(event_day) != 0) | (np.diff(event_line) != 0), True]
    margin = TOLERANCE / 2
    wrong = is_last_of_day & (count > 0) & (np.abs(total - 1) > margin)
    suspect = np.zeros(len(starts), np.bool_)
    suspect[event_line[wrong]] = True
    return suspect


def _breaches_of_line(line: Line, begins: Positions, ends: Positions, share: Numbers) -> Iterator[Breach]:
    days = np.unique(np.r_[begins, ends])
    for day, next_day in zip(days[:-1].tolist(), days[1:].tolist(), strict=True):
        valid = (begins <= day) & (day < ends)
        share_sum = math.fsum(share[valid].tolist())
        if valid.any() and abs(share_sum - 1) > TOLERANCE * (1 + 1e-9):
            yield Breach(line, day, next_day, line.rows[valid], share_sum)


def _concerned_rows(merge: Merge) -> Flags:
    """All rows of every line that a changed, new or ended row belongs to, now or before."""
    merged = merge.merged[Kind.SUPPLY]
    table, touched = merged.table, merged.is_touched
    has_place = flags(table["line"].is_valid()) & flags(table["output_row"].is_valid())
    if touched.all():
        return has_place
    before = merge.facts.tables[Kind.SUPPLY].filter(pa.array(merge.is_gone(Kind.SUPPLY)))
    lines = pa.chunked_array([*table["line"].filter(pa.array(touched)).chunks, *before["line"].chunks], pa.string())
    names = pc.unique(pc.drop_null(lines))
    keys = _line_keys(table["output_row"], table["line"], names)
    item_rows = merge.item_row_of[before["output_row"].to_numpy()]
    old_keys = _line_keys(pa.chunked_array([pa.array(item_rows, pa.int64())]), before["line"], names)
    wanted = np.unique(np.r_[keys[touched], old_keys])
    return has_place & np.isin(keys, wanted[wanted >= 0])


def _line_keys(output_row: pa.ChunkedArray | pa.Array, line: pa.ChunkedArray, names: pa.Array) -> Positions:
    """One number per output and line, -1 for rows without either and for lines not among ``names``."""
    code, rows = (
        np.asarray(pc.fill_null(column, -1)).astype(np.int64)
        for column in (pc.index_in(line, value_set=names, skip_nulls=True), output_row)
    )
    return np.where((code >= 0) & (rows >= 0), rows * max(len(names), 1) + code, -1)


def _unsure_rows(merge: Merge, faults: Faults) -> Flags:
    """Rows of lines of which a row is at fault: their sums would only repeat that fault."""
    table, batch = merge.merged[Kind.SUPPLY].table, merge.tables[Kind.SUPPLY]
    unsure = np.zeros(table.num_rows, np.bool_)
    broken = faults.is_broken(Kind.SUPPLY, "uid", "output_uid", "line", "share", "valid_from", "valid_to")
    if not broken.any():
        return unsure
    is_output_lost = faults.is_broken(Kind.SUPPLY, "output_uid")
    is_line_lost = faults.is_broken(Kind.SUPPLY, "line")
    if (is_output_lost & is_line_lost).any():
        return ~unsure
    by_line = batch["line"].filter(pa.array(is_output_lost)).combine_chunks()
    unsure |= flags(pc.is_in(table["line"], value_set=by_line, skip_nulls=True))
    outputs = rows_of(batch["output_uid"].filter(pa.array(is_line_lost)), merge.item_uids).drop_null()
    unsure |= flags(pc.is_in(table["output_row"], value_set=outputs, skip_nulls=True))
    both = batch.filter(pa.array(broken & ~is_output_lost & ~is_line_lost))
    names = pc.unique(pc.drop_null(both["line"]))
    keys = _line_keys(rows_of(both["output_uid"], merge.item_uids), both["line"], names)
    return unsure | np.isin(_line_keys(table["output_row"], table["line"], names), keys[keys >= 0])
