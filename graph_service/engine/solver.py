"""Totals of all items, and what one item takes of all: p = d + A.T p and x = e + A x, loops included."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from graph_service.engine.blocks import MOST_DENSE_ITEMS
from graph_service.engine.cascade import Cascade
from graph_service.engine.gain import (
    component_gain,
    grouped_rows,
    inner_matrix,
    unsolvable_labels,
)
from graph_service.engine.iteration import LargeLoops
from graph_service.engine.once import Once
from graph_service.engine.order import Components, find_components, peel_levels
from graph_service.engine.requirements import entries_where, entry_rows, flipped
from graph_service.engine.snapshot import Flags, Indices, Numbers, Rows

_MOST_LOOPS_ONE_BY_ONE = 16


@dataclass(frozen=True, slots=True)
class Part:
    """A share of the items that is solved as one step, after all parts it takes inputs from.

    ``feed`` is what each of its rows takes from earlier parts, shape (rows, items); None for the first part.
    """

    item_row: Rows
    system: Cascade | LargeLoops
    feed: sparse.csr_array | None


class Solver:
    """Solves both equations for one requirements matrix; what it takes to do so is worked out in ``__init__``.

    Items in or downstream of an unsolvable loop get numbers without meaning: mask them by what is reached
    from ``unsolvable_item``.
    """

    __slots__ = ("_feeds_back", "_loop_gain", "_parts", "components", "unsolvable_item")

    def __init__(self, by_output: sparse.csr_array) -> None:
        self.components: Components = find_components(by_output)
        gain = component_gain(by_output, self.components, is_rough=True)
        whole = by_output
        self._loop_gain = Once(lambda: component_gain(whole, self.components))
        is_unsolvable = unsolvable_labels(by_output, self.components, gain)
        self.unsolvable_item: Flags = is_unsolvable[self.components.label]
        components = self.components
        if is_unsolvable.any():
            # Without its inputs such an item is no loop any more; its number is masked by the caller.
            by_output = entries_where(by_output, ~self.unsolvable_item[entry_rows(by_output)])
            components = find_components(by_output)
            gain = component_gain(by_output, components, is_rough=True)
        self._parts = _parts(by_output, components, gain)
        self._feeds_back = Once(lambda: [None if part.feed is None else flipped(part.feed) for part in self._parts])

    def loop_gain(self) -> Numbers:
        """Spectral radius of \\|A\\| within each of ``components``, 0 where there is no loop."""
        return self._loop_gain.get()

    def solve(self, direct: Numbers) -> Numbers:
        """p with p = d + A.T p, shape as ``direct``: (items,) or (items, columns)."""
        if len(self._parts) == 1:
            return self._parts[0].system.solve(direct)
        total = np.empty_like(direct)
        for part in self._parts:
            right_hand_side = direct[part.item_row]
            if part.feed is not None:
                right_hand_side += part.feed @ total
            total[part.item_row] = part.system.solve(right_hand_side)
        return total

    def solve_beside(self, direct: Numbers, rows: Mapping[int, tuple[Indices, Numbers]]) -> Numbers | None:
        """As ``solve``, (items,), with the rows of some outputs replaced: inputs and coefficients by item row.

        None where one sweep cannot do it: large loops, a replaced row in a loop, an input solved after its output.
        """
        system = self._parts[0].system
        if not rows:
            return self.solve(direct)
        if len(self._parts) > 1 or not isinstance(system, Cascade) or self.unsolvable_item.any():
            return None
        return system.solve_beside(direct, rows)

    def solve_adjoint(self, demand: Numbers) -> Numbers:
        """x with x = e + A x, shape as ``demand``: declared units of each item that the demand takes in all."""
        if len(self._parts) == 1:
            return self._parts[0].system.solve_adjoint(demand)
        activity = demand.copy()
        for part, feeds_back in zip(self._parts[::-1], self._feeds_back.get()[::-1], strict=True):
            solution = part.system.solve_adjoint(activity[part.item_row])
            activity[part.item_row] = solution
            if feeds_back is not None:
                activity += feeds_back @ solution
        return activity


def _parts(by_output: sparse.csr_array, components: Components, gain: Numbers) -> list[Part]:
    is_large = components.size > MOST_DENSE_ITEMS
    if not is_large.any():
        rows = np.arange(components.label.size, dtype=np.int32)
        return [Part(item_row=rows, system=Cascade(by_output, components), feed=None)]
    number = _part_of_component(by_output, components, is_large)[components.label]
    order = np.argsort(number, kind="stable").astype(np.int32)
    bounds = np.flatnonzero(np.diff(number[order], prepend=-1, append=-1))
    parts: list[Part] = []
    for start, stop in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        parts.append(_part(by_output, components, gain, rows=order[start:stop], number=number))
    return parts


def _part(by_output: sparse.csr_array, components: Components, gain: Numbers, *, rows: Rows, number: Rows) -> Part:
    is_large = components.size[components.label[rows[0]]] > MOST_DENSE_ITEMS
    system: Cascade | LargeLoops
    if is_large:
        labels = np.unique(components.label[rows])
        rows, group = grouped_rows(components, labels)
        roots = np.flatnonzero(np.diff(group, prepend=-1)).astype(np.int32)
        inner = inner_matrix(by_output, components, rows)
        system = LargeLoops(inner, roots=roots, gain=float(gain[labels].max()))
    else:
        system = Cascade(*_own_part(by_output, components, rows=rows, number=number))
    chosen = by_output[rows]
    feed = entries_where(chosen, number[chosen.indices] < number[rows[0]])
    return Part(item_row=rows, system=system, feed=feed if feed.nnz else None)


def _own_part(
    by_output: sparse.csr_array, components: Components, *, rows: Rows, number: Rows
) -> tuple[sparse.csr_array, Components]:
    """The matrix and the components among these rows, which hold each of their components whole."""
    place = np.full(number.size, -1, dtype=np.int32)
    place[rows] = np.arange(rows.size, dtype=np.int32)
    chosen = by_output[rows]
    own = entries_where(chosen, number[chosen.indices] == number[rows[0]])
    matrix = sparse.csr_array((own.data, place[own.indices], own.indptr), shape=(rows.size, rows.size))
    labels, label = np.unique(components.label[rows], return_inverse=True)
    return matrix, Components(label=label.astype(np.int32), size=components.size[labels])


def _part_of_component(by_output: sparse.csr_array, components: Components, is_large: Flags) -> Rows:
    """Number of the part of each component: odd where large loops are solved, even for all between them.

    Loops of one level of the condensed graph cannot meet and are solved together; a few are taken one by one,
    and so are those of a graph too deep for levels.
    """
    slot = np.arange(is_large.size, dtype=np.int32)
    if np.count_nonzero(is_large) > _MOST_LOOPS_ONE_BY_ONE:
        level = peel_levels(_condensed(by_output, components))
        slot = slot if level is None else level
    cuts = np.unique(slot[is_large])
    number: Rows = (2 * np.searchsorted(cuts, slot) + is_large).astype(np.int32)
    return number


def _condensed(by_output: sparse.csr_array, components: Components) -> sparse.csr_array:
    output_label = components.label[entry_rows(by_output)]
    input_label = components.label[by_output.indices]
    outer = output_label != input_label
    place = (output_label[outer], input_label[outer])
    return sparse.coo_array((np.ones(place[0].size), place), shape=(components.size.size,) * 2).tocsr()
