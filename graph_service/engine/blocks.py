"""Small loops as stacks of dense matrices, one stack per size, so that NumPy works on all of a size at once."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from graph_service.engine.order import Components
from graph_service.engine.requirements import entry_rows
from graph_service.engine.snapshot import Flags, Indices, Numbers, Rows

MOST_DENSE_ITEMS = 64
"""Loops of up to this many items are solved dense (DESIGN section 5)."""


@dataclass(frozen=True, slots=True)
class LoopStack:
    """All small loops of one size k: ``label`` (loops,), ``item_row`` (loops, k), ``by_output`` (loops, k, k)."""

    label: Rows
    item_row: Rows
    by_output: Numbers


def small_loops(by_output: sparse.csr_array, components: Components) -> Iterator[LoopStack]:
    """The components of 2 to 64 items, stacked by size; entry [loop, j, i] is what item j takes of item i."""
    is_small = (components.size > 1) & (components.size <= MOST_DENSE_ITEMS)
    if not is_small.any():
        return
    label = components.label
    rows = np.flatnonzero(is_small[label]).astype(np.int32)
    rows = rows[np.argsort(label[rows], kind="stable")]
    first = np.zeros(components.size.size + 1, dtype=np.int64)
    np.cumsum(np.where(is_small, components.size, 0), out=first[1:])
    place = np.zeros(label.size, dtype=np.int32)
    place[rows] = np.arange(rows.size) - first[label[rows]]
    output, value = _inner_entries(by_output, label, is_small)
    inner_input = by_output.indices[output.place]
    size_of_entry = components.size[label[output.row]]
    for size in np.unique(components.size[is_small]).tolist():
        loops = np.flatnonzero(is_small & (components.size == size)).astype(np.int32)
        of_size = size_of_entry == size
        stack = np.zeros((loops.size, size, size))
        loop = np.searchsorted(loops, label[output.row[of_size]])
        stack[loop, place[output.row[of_size]], place[inner_input[of_size]]] = value[of_size]
        yield LoopStack(label=loops, item_row=rows[first[loops][:, None] + np.arange(size)], by_output=stack)


@dataclass(frozen=True, slots=True)
class _Entries:
    place: Indices
    row: Rows


def _inner_entries(by_output: sparse.csr_array, label: Rows, is_small: Flags) -> tuple[_Entries, Numbers]:
    row = entry_rows(by_output)
    place = np.flatnonzero((label[row] == label[by_output.indices]) & is_small[label[row]])
    return _Entries(place=place, row=row[place]), by_output.data[place]
