"""Large loops: Gauss-Seidel with a proven error bound, a direct solve where the bound does not hold."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from graph_service.engine.once import Once
from graph_service.engine.order import depth_first_post_order
from graph_service.engine.requirements import absolute, entries_where, entry_rows
from graph_service.engine.snapshot import Flags, Numbers, Rows
from graph_service.engine.triangle import Triangle

_MOST_SWEEPS = 300
_ERROR_TOLERANCE = 1e-15
_ROUNDING = 2.0 * np.finfo(np.float64).eps


@dataclass(frozen=True, slots=True)
class Splitting:
    """N = forward + back: ``triangle`` solves with the first, ``back`` holds the entries that close loops."""

    matrix: sparse.csr_array
    triangle: Triangle
    back: sparse.csr_array


@dataclass(frozen=True, slots=True)
class Norm:
    """A weight per row, shape (rows,), with \\|N\\| weight <= theta weight: a sweep keeps theta of an error at most."""

    weight: Numbers
    theta: float


class LargeLoops:
    """Solver of strongly connected components that do not meet: x = b + N x, shape (rows,) or (rows, columns).

    The error is bounded in the norm max \\|x_i\\| / w_i: with \\|N\\| w <= theta w it is at most theta / (1 - theta)
    times the last change. w is what the right-hand side itself adds up to in \\|N\\| / lambda, lambda between the gain
    and 1: so each row's error is small beside the kilograms in that row, and rows that nothing reaches stay 0.
    """

    __slots__ = ("_direct", "_gain", "_is_forward", "_majorant", "_matrix", "_rank", "_splitting")

    def __init__(self, by_output: sparse.csr_array, *, roots: Rows, gain: float) -> None:
        self._matrix = by_output
        self._gain = gain
        order = depth_first_post_order(by_output, roots=roots)
        self._rank = np.empty(by_output.shape[0], dtype=np.int32)
        self._rank[order] = np.arange(order.size, dtype=np.int32)
        self._is_forward: Flags = self._rank[by_output.indices] < self._rank[entry_rows(by_output)]
        self._splitting = Once(lambda: self._split(by_output))
        self._majorant = Once(lambda: self._split(absolute(by_output) / (0.5 + 0.5 * gain)))
        self._direct = Once(lambda: splu((sparse.eye_array(by_output.shape[0], format="csr") - by_output).tocsc()))

    def solve(self, right_hand_side: Numbers) -> Numbers:
        """x with x = b + N x."""
        return self._iterate(right_hand_side, is_adjoint=False)

    def solve_adjoint(self, right_hand_side: Numbers) -> Numbers:
        """x with x = e + N.T x."""
        return self._iterate(right_hand_side, is_adjoint=True)

    def _split(self, matrix: sparse.csr_array) -> Splitting:
        triangle = Triangle(entries_where(matrix, self._is_forward), rank=self._rank, is_repeated=True)
        return Splitting(matrix=matrix, triangle=triangle, back=entries_where(matrix, ~self._is_forward))

    def _iterate(self, right_hand_side: Numbers, *, is_adjoint: bool) -> Numbers:
        norm = self._norm(right_hand_side, is_adjoint=is_adjoint) if self._gain < 1.0 else None
        if norm is None:
            return self._solve_directly(right_hand_side, is_adjoint=is_adjoint)
        allowed = max(_ERROR_TOLERANCE * (1.0 - norm.theta) / norm.theta, _ROUNDING) * norm.weight
        allowed = allowed if right_hand_side.ndim == 1 else allowed[:, None]
        splitting = self._splitting.get()
        solution = np.zeros_like(right_hand_side)
        for _ in range(_MOST_SWEEPS):
            before, solution = solution, _sweep(splitting, right_hand_side, solution, is_adjoint=is_adjoint)
            if np.all(np.abs(solution - before) <= allowed):
                return solution
        return self._solve_directly(right_hand_side, is_adjoint=is_adjoint)

    def _norm(self, right_hand_side: Numbers, *, is_adjoint: bool) -> Norm | None:
        """The weights of this right-hand side, None where they are not found in a bounded number of sweeps."""
        source = np.abs(right_hand_side)
        source = source if source.ndim == 1 else source.sum(axis=1)
        splitting = self._majorant.get()
        shrink = 0.5 + 0.5 * self._gain
        matrix = splitting.matrix.T if is_adjoint else splitting.matrix
        weight = np.zeros_like(source)
        for _ in range(_MOST_SWEEPS):
            weight = _sweep(splitting, source, weight, is_adjoint=is_adjoint)
            product = shrink * (matrix @ weight)
            is_reached = weight > 0.0
            if not np.any(product[~is_reached]):
                theta = float(np.max(product[is_reached] / weight[is_reached], initial=0.0))
                if theta <= 0.5 + 0.5 * shrink:
                    return Norm(weight=weight, theta=max(theta, np.finfo(np.float64).eps))
        return None

    def _solve_directly(self, right_hand_side: Numbers, *, is_adjoint: bool) -> Numbers:
        factors = self._direct.get()
        matrix, side = (self._matrix.T, "T") if is_adjoint else (self._matrix, "N")
        solution: Numbers = factors.solve(right_hand_side, side)
        # One step of refinement takes out what the factors lost.
        solution += factors.solve(right_hand_side - (solution - matrix @ solution), side)
        return solution


def _sweep(splitting: Splitting, right_hand_side: Numbers, solution: Numbers, *, is_adjoint: bool) -> Numbers:
    if is_adjoint:
        return splitting.triangle.solve_adjoint(right_hand_side + splitting.back.T @ solution)
    return splitting.triangle.solve(right_hand_side + splitting.back @ solution)
