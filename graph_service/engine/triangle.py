"""Solves (I - N) y = b where N has no loops: level by level, or past many levels by SciPy's triangular solve."""

from collections.abc import Mapping

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu, spsolve_triangular

from graph_service.engine.once import Once
from graph_service.engine.order import MOST_LEVELS, peel_levels
from graph_service.engine.requirements import flipped
from graph_service.engine.snapshot import Indices, Numbers, Rows

Block = tuple[int, int, sparse.csr_array]


class Triangle:
    """The solver of one loop-free system; both ``solve`` and ``solve_adjoint`` take one or many columns.

    ``by_output`` is N, row j listing the inputs of j; ``rank`` is any order with inputs before outputs,
    used where the graph is too deep for levels. ``is_repeated``: ``solve`` will be called many times. Nothing is
    changed after ``__init__`` but what is worked out once.
    """

    __slots__ = (
        "_backward",
        "_deep",
        "_factors",
        "_forward",
        "_is_repeated",
        "_order",
        "_position",
        "_shape",
        "_starts",
    )

    def __init__(self, by_output: sparse.csr_array, *, rank: Rows, is_repeated: bool = False) -> None:
        self._shape = by_output.shape
        self._is_repeated = is_repeated
        self._deep: sparse.csr_array | None = None
        self._forward: list[Block] = []
        self._position = Once(self._positions)
        self._starts = np.array([0, by_output.shape[0]])
        if not by_output.nnz:
            self._order = np.arange(by_output.shape[0], dtype=np.int32)
            self._backward: Once[list[Block]] = Once(list)
            return
        # A level costs about 6 us in Python; SciPy's solve 0.3 ms and 20 ns per entry: the break-even of the two.
        level = peel_levels(by_output, most_levels=min(MOST_LEVELS, 50 + by_output.nnz // 300))
        self._order = np.argsort(rank if level is None else level, kind="stable").astype(np.int32)
        permuted = _permuted(by_output, self._order)
        if level is None:
            deep = (sparse.eye_array(permuted.shape[0], format="csr") - permuted).tocsr()
            self._deep, self._factors = deep, Once(lambda: _factorise(deep))
            self._backward = Once(list)
            return
        self._starts = starts = np.concatenate(([0], np.cumsum(np.bincount(level))))
        self._forward = _blocks(permuted, starts)
        self._backward = Once(lambda: _blocks(flipped(permuted), starts)[::-1])

    def solve(self, right_hand_side: Numbers) -> Numbers:
        """y with y = b + N y; shape as the right-hand side, (rows,) or (rows, columns)."""
        return self._sweep(right_hand_side, is_adjoint=False)

    def solve_adjoint(self, right_hand_side: Numbers) -> Numbers:
        """x with x = e + N.T x; shape as the right-hand side."""
        return self._sweep(right_hand_side, is_adjoint=True)

    def solve_beside(self, right_hand_side: Numbers, rows: Mapping[int, tuple[Indices, Numbers]]) -> Numbers | None:
        """As ``solve``, (rows,), with some rows replaced by other inputs and coefficients.

        None where one of them takes of a row that is not solved before it, or the graph is too deep for levels.
        """
        if self._deep is not None:
            return None
        position, starts = self._position.get(), self._starts
        waiting: dict[int, list[tuple[int, Rows, Numbers]]] = {}
        for row, (inputs, coefficient) in rows.items():
            at, taken = position[row], position[inputs]
            start = int(starts[np.searchsorted(starts, at, side="right") - 1])
            if inputs.size and taken.max() >= start:
                return None
            waiting.setdefault(start, []).append((int(at), taken, coefficient))
        permuted = right_hand_side[self._order]
        for start, stop, block in self._forward:
            before = permuted[[at for at, _, _ in waiting.get(start, ())]]
            permuted[start:stop] += block @ permuted
            for (at, taken, coefficient), own in zip(waiting.get(start, ()), before.tolist(), strict=True):
                permuted[at] = own + coefficient @ permuted[taken]
        solution = np.empty_like(permuted)
        solution[self._order] = permuted
        return solution

    def _positions(self) -> Rows:
        position = np.empty(self._order.size, dtype=np.int32)
        position[self._order] = np.arange(self._order.size, dtype=np.int32)
        return position

    def _sweep(self, right_hand_side: Numbers, *, is_adjoint: bool) -> Numbers:
        permuted = right_hand_side[self._order]
        if self._deep is None:
            for start, stop, block in self._backward.get() if is_adjoint else self._forward:
                permuted[start:stop] += block @ permuted
        elif is_adjoint or self._is_repeated:
            permuted = self._factors.get().solve(permuted, "T" if is_adjoint else "N")
        else:
            permuted = spsolve_triangular(self._deep, permuted, lower=True, unit_diagonal=True)
        solution = np.empty_like(permuted)
        solution[self._order] = permuted
        return solution


def _factorise(triangle: sparse.csr_array) -> SuperLU:
    """A triangle with unit diagonal as its own factors: without pivoting or reordering nothing fills in.

    Making them costs four of SciPy's triangular solves, a solve with them a seventh of one.
    """
    options = {"Equil": False, "SymmetricMode": True}
    return splu(triangle.tocsc(), permc_spec="NATURAL", diag_pivot_thresh=0.0, options=options)


def _permuted(matrix: sparse.csr_array, order: Rows) -> sparse.csr_array:
    """Rows and columns both in the given order."""
    position = np.empty(order.size, dtype=np.int32)
    position[order] = np.arange(order.size, dtype=np.int32)
    rows = matrix[order]
    return sparse.csr_array((rows.data, position[rows.indices], rows.indptr), shape=matrix.shape)


def _blocks(matrix: sparse.csr_array, starts: Rows) -> list[Block]:
    """The rows of each level as a matrix of their own, levels without entries left out."""
    blocks: list[Block] = []
    for start, stop in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        first, last = matrix.indptr[start], matrix.indptr[stop]
        if first == last:
            continue
        indptr = matrix.indptr[start : stop + 1] - first
        content = (matrix.data[first:last], matrix.indices[first:last], indptr)
        blocks.append((start, stop, sparse.csr_array(content, shape=(stop - start, matrix.shape[1]))))
    return blocks
