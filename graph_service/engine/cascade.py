"""Items whose loops are all small: every loop is turned into a few loop-free rows, then all is one triangle.

An item that takes of itself is scaled by 1 / (1 - a). A loop of 2 to 64 items gets one more row per item, for what
comes in from outside the loop; the items themselves are then the dense inverse of the loop times those rows.
"""

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from graph_service.engine.blocks import small_loops
from graph_service.engine.order import Components
from graph_service.engine.requirements import entries_where, entry_rows, from_entries
from graph_service.engine.snapshot import Indices, Numbers, Rows
from graph_service.engine.triangle import Triangle


class Cascade:
    """Solver of items without large loops: x = b + N x, shape (items,) or (items, columns)."""

    __slots__ = ("_count", "_looped_item", "_scale", "_triangle")

    def __init__(self, by_output: sparse.csr_array, components: Components) -> None:
        self._count = components.label.size
        is_looped = (components.size > 1)[components.label]
        self._looped_item: Rows = np.flatnonzero(is_looped).astype(np.int32)
        self._scale: Numbers | None = None
        matrix = by_output
        diagonal = by_output.diagonal()
        if diagonal.any():
            self._scale = np.where(is_looped, 1.0, 1.0 / (1.0 - np.where(is_looped, 0.0, diagonal)))
            row = entry_rows(matrix)
            matrix = entries_where(matrix, (row != matrix.indices) | is_looped[row])
            scaled = matrix.data * self._scale[entry_rows(matrix)]
            matrix = sparse.csr_array((scaled, matrix.indices, matrix.indptr), shape=matrix.shape)
        rank = 2 * components.label + 1
        if self._looped_item.size:
            matrix = _unrolled(matrix, components, self._looped_item)
            rank = np.concatenate((rank, 2 * components.label[self._looped_item]))
        self._triangle = Triangle(matrix, rank=rank)

    def solve(self, right_hand_side: Numbers) -> Numbers:
        """x with x = b + N x."""
        return self._triangle.solve(self._unrolled_side(right_hand_side))[: self._count]

    def solve_beside(self, right_hand_side: Numbers, rows: Mapping[int, tuple[Indices, Numbers]]) -> Numbers | None:
        """As ``solve``, with rows of items outside loops replaced; None where that cannot be done in one sweep."""
        if self._looped_item.size or self._scale is not None:
            own = np.fromiter(rows, dtype=np.int32, count=len(rows))
            is_scaled = self._scale is not None and bool(np.any(self._scale[own] != 1.0))
            if is_scaled or np.isin(own, self._looped_item).any():
                return None
        solution = self._triangle.solve_beside(self._unrolled_side(right_hand_side), rows)
        return None if solution is None else solution[: self._count]

    def _unrolled_side(self, right_hand_side: Numbers) -> Numbers:
        scaled = _times(right_hand_side, self._scale)
        if not self._looped_item.size:
            return scaled
        unrolled = np.concatenate((scaled, scaled[self._looped_item]))
        unrolled[self._looped_item] = 0.0
        return unrolled

    def solve_adjoint(self, right_hand_side: Numbers) -> Numbers:
        """x with x = e + N.T x."""
        if not self._looped_item.size:
            return _times(self._triangle.solve_adjoint(right_hand_side), self._scale)
        outside = np.zeros((self._looped_item.size, *right_hand_side.shape[1:]))
        unrolled = self._triangle.solve_adjoint(np.concatenate((right_hand_side, outside)))
        solution = unrolled[: self._count]
        solution[self._looped_item] = unrolled[self._count :]
        return _times(solution, self._scale)


def _times(numbers: Numbers, scale: Numbers | None) -> Numbers:
    if scale is None:
        return numbers
    return numbers * (scale if numbers.ndim == 1 else scale[:, None])


def _unrolled(by_output: sparse.csr_array, components: Components, looped_item: Rows) -> sparse.csr_array:
    """The loop-free matrix over all items and, after them, one row for what each looped item takes from outside."""
    count, label = components.label.size, components.label
    outside_row = np.arange(count, dtype=np.int32)
    outside_row[looped_item] = count + np.arange(looped_item.size, dtype=np.int32)
    row = entry_rows(by_output)
    is_outer = label[row] != label[by_output.indices]
    rows, columns, values = [outside_row[row[is_outer]]], [by_output.indices[is_outer]], [by_output.data[is_outer]]
    for stack in small_loops(by_output, components):
        size = stack.item_row.shape[1]
        inverse = _inverse(stack.by_output)
        rows.append(np.repeat(stack.item_row, size, axis=1).ravel())
        columns.append(np.tile(outside_row[stack.item_row], (1, size)).ravel())
        values.append(inverse.ravel())
    shape = (count + looped_item.size,) * 2
    return from_entries(np.concatenate(rows), np.concatenate(columns), np.concatenate(values), shape=shape)


def _inverse(by_output: Numbers) -> Numbers:
    """(I - N)^-1 of a stack of loops, each entry accurate in itself, whatever units the items are counted in.

    Scaled by the column sums of (I - \\|N\\|)^-1 the matrix is dominated by its diagonal, so that elimination neither
    swaps rows nor subtracts like from like: an entry of 1e-12 beside one of 1,000 keeps all its digits.
    """
    identity = np.eye(by_output.shape[1])
    try:
        weight = np.linalg.inv(identity - np.abs(by_output)).sum(axis=1)
    except np.linalg.LinAlgError:
        # A loop that only its negative amounts keep solvable.
        weight = np.ones(by_output.shape[:2])
    weight = np.where(np.isfinite(weight) & (weight > 0.0), weight, 1.0)
    scaled = (identity - by_output) * weight[:, :, None] / weight[:, None, :]
    inverse: Numbers = np.linalg.inv(scaled) / weight[:, :, None] * weight[:, None, :]
    return inverse
