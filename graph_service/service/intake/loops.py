"""Loops that take one unit or more of themselves per unit made, on whichever day, followed past declarations."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.gain import UNSOLVABLE_GAIN, component_gain
from graph_service.engine.loops import UnsolvableComponent, find_unsolvable
from graph_service.engine.order import find_components
from graph_service.engine.requirements import requirements_by_output
from graph_service.engine.snapshot import AFTER_GATE, Rows
from graph_service.model.vocabulary import Kind
from graph_service.service.intake.faults import Faults, show
from graph_service.service.intake.validity import describe_days, validity_days
from graph_service.service.merging import Merge, Positions
from graph_service.service.resolution import Flags, Numbers, flags

_SHOWN_ITEMS = 12


@dataclass(frozen=True, slots=True)
class LoopEdges:
    """Gate supplies that lie on some loop of all days taken together.

    ``row``: positions in the supplies looked at; ``input_row``, ``output_row``: item rows; days as in
    ``validity_days``.
    """

    row: Positions
    input_row: Rows
    output_row: Rows
    coefficient: Numbers
    begins: Positions
    ends: Positions


@dataclass(frozen=True, slots=True)
class UnsolvableDays:
    """The strongest loop of an unsolvable component and the first days on which it is so."""

    item_rows: tuple[int, ...]
    gain: float
    begins: int
    ends: int


def check_loops(merge: Merge, faults: Faults) -> None:
    """Report every unsolvable component that the batch touches, by its strongest loop and first day."""
    if not merge.is_changed(Kind.SUPPLY):
        return
    merged = merge.merged[Kind.SUPPLY]
    touched = merged.is_touched
    gone = merge.is_gone(Kind.SUPPLY)
    before = merge.facts.tables[Kind.SUPPLY].filter(pa.array(gone))
    old_rows = merge.item_row_of[np.r_[before["input_row"].to_numpy(), before["output_row"].to_numpy()]]
    concerned = np.zeros(len(merge.item_uids), np.bool_)
    concerned[old_rows[old_rows >= 0]] = True
    for column in ("input_row", "output_row"):
        now = pc.drop_null(merged.table[column].filter(pa.array(touched)))
        concerned[now.to_numpy()] = True
    table = merged.table.append_column("is_sound", pa.array(_is_sound(merge, faults)))
    for found in find_unsolvable_days(table, concerned):
        faults.add_at(_place(found, merge), "UNSOLVABLE", _message(found, merge))


def find_unsolvable_days(supplies: pa.Table, concerned: Flags) -> Iterator[UnsolvableDays]:
    """Unsolvable loops among ``supplies``, each once, by its first day; only where ``concerned`` items are on a loop.

    ``supplies`` has the columns of facts and ``is_sound``; rows that are not are left out.
    """
    edges = _edges_on_loops(supplies, concerned)
    if not len(edges.row):
        return
    seen = set()
    for begins, ends, component in _sweep_days(edges):
        loop = tuple(int(row) for row in component.item_rows)
        if loop not in seen:
            seen.add(loop)
            yield UnsolvableDays(loop, component.gain, begins, ends)


def _is_sound(merge: Merge, faults: Faults) -> Flags:
    """Rows whose amounts, shares and days can be believed."""
    merged = merge.merged[Kind.SUPPLY]
    names = ("uid", "input_uid", "output_uid", "amount", "unit", "share", "stage", "valid_from", "valid_to")
    broken = faults.is_broken(Kind.SUPPLY, *names)
    sound = np.ones(merged.table.num_rows, np.bool_)
    in_batch = merged.batch_row >= 0
    sound[in_batch] = ~broken[merged.batch_row[in_batch]]
    for name in ("input_row", "output_row", "amount", "stage"):
        sound &= flags(merged.table[name].is_valid())
    return sound


def _edges_on_loops(supplies: pa.Table, concerned: Flags) -> LoopEdges:
    """The gate supplies inside those strongly connected components that hold a concerned item."""
    sound = np.flatnonzero(flags(supplies["is_sound"]))
    names = ["input_row", "output_row", "amount", "share", "stage", "valid_from", "valid_to"]
    table = supplies.select(names).take(pa.array(sound)) if len(sound) < supplies.num_rows else supplies
    input_row, output_row = table["input_row"].to_numpy(), table["output_row"].to_numpy()
    coefficient = table["amount"].to_numpy() * table["share"].to_numpy()
    # Absolute values, because parallel supplies of opposite sign must not hide the loop of another day.
    is_gate = ~AFTER_GATE[table["stage"].to_numpy()] & (coefficient != 0)
    by_output = requirements_by_output(
        len(concerned),
        input_row=input_row[is_gate],
        output_row=output_row[is_gate],
        coefficient=np.abs(coefficient[is_gate]),
    )
    components = find_components(by_output)
    is_concerned = np.zeros(len(components.size), np.bool_)
    is_concerned[components.label[concerned]] = True
    label = components.label[output_row]
    inside = np.flatnonzero(is_gate & is_concerned[label] & (components.label[input_row] == label))
    begins, ends = validity_days(table.select(["valid_from", "valid_to"]).take(pa.array(inside)))
    return LoopEdges(sound[inside], input_row[inside], output_row[inside], coefficient[inside], begins, ends)


def _sweep_days(edges: LoopEdges) -> Iterator[tuple[int, int, UnsolvableComponent]]:
    """What is unsolvable between two neighbouring days of change, earliest first.

    All supplies of a stretch of days, taken together and without signs, bound the gain of each of its days from
    above; so a stretch that is solvable as a whole is done, and only others are halved.
    """
    items, compact = np.unique(np.r_[edges.input_row, edges.output_row], return_inverse=True)
    input_row, output_row = np.split(compact.astype(np.int32), 2)
    days = np.unique(np.r_[edges.begins, edges.ends])
    pending = [(0, len(days) - 1)]
    while pending:
        low, high = pending.pop()
        active = (edges.begins < days[high]) & (edges.ends > days[low])
        ends = input_row[active], output_row[active]
        coefficient = edges.coefficient[active]
        if high - low > 1 and not _is_solvable_without_signs(len(items), *ends, coefficient):
            middle = (low + high) // 2
            pending.extend([(middle, high), (low, middle)])
        elif high - low == 1:
            for component in find_unsolvable(len(items), *ends, coefficient):
                rows = items[component.item_rows].astype(np.int32)
                yield int(days[low]), int(days[high]), UnsolvableComponent(rows, component.gain)


def _is_solvable_without_signs(item_count: int, input_row: Rows, output_row: Rows, coefficient: Numbers) -> bool:
    by_output = requirements_by_output(
        item_count, input_row=input_row, output_row=output_row, coefficient=np.abs(coefficient)
    )
    return bool((component_gain(by_output, find_components(by_output)) < UNSOLVABLE_GAIN).all())


def _place(found: UnsolvableDays, merge: Merge) -> str:
    """A supply of the batch on the loop; the list of supplies where the loop only lost a counterweight."""
    merged = merge.merged[Kind.SUPPLY]
    count = max(len(merge.item_uids), 1)
    loop = np.array(found.item_rows, dtype=np.int64)
    steps = loop * count + np.roll(loop, -1)
    rows = np.flatnonzero(merged.batch_row >= 0)
    table = merged.table.select(["input_row", "output_row"]).take(pa.array(rows))
    ends = [pc.fill_null(table[name], -1).to_numpy().astype(np.int64) for name in ("input_row", "output_row")]
    on_loop = rows[np.isin(ends[0] * count + ends[1], steps)]
    changed = on_loop[merged.is_touched[on_loop]]
    chosen = changed if len(changed) else on_loop
    return f"supplies[{merged.batch_row[chosen].min()}].amount" if len(chosen) else "supplies"


def _message(found: UnsolvableDays, merge: Merge) -> str:
    names = [show(merge.item_uids[row].as_py()) for row in found.item_rows]
    shown = " -> ".join([*names[:_SHOWN_ITEMS], *(["..."] if names[_SHOWN_ITEMS:] else []), names[0]])
    length = f" ({len(names)} items)" if names[_SHOWN_ITEMS:] else ""
    days = describe_days(found.begins, found.ends)
    return (
        f"the loop {shown}{length} has gain {found.gain:.6g}, valid {days}: it takes one unit or more of itself per "
        "unit made, so no footprint solves it; the gain must be below 1, so some amount in it is too high or in a "
        "wrong unit"
    )
