"""What everything weighs under one pick per line, worked out by sweeps from what it weighed under the last ones.

From one policy to the next little changes, and no order of items serves all policies: so sweeps in no order at all,
started from the last values, beat a solver that is made anew for each policy. Where they do not end soon, as in deep
chains, they are given up for good and the solver is made.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from graph_service.engine.chain_problem import ChainProblem
from graph_service.engine.requirements import entry_rows, requirements_by_output
from graph_service.engine.snapshot import Flags, Numbers, Rows
from graph_service.engine.solver import Solver

_MOST_SWEEPS = 120
_MOST_GUESSING_SWEEPS = 60
_GUESS = 1e-7
_ROUNDING = 4.0 * np.finfo(np.float64).eps


@dataclass(frozen=True, slots=True)
class Weighed:
    """``value`` (items, 2): kg CO2e and cost per unit of every item under the picks, (lines,)."""

    pick: Rows
    value: Numbers


class Sweeps:
    """Values of the policies of one problem; one object serves one search at a time."""

    __slots__ = ("_entry", "_is_plain", "_is_quick", "_last", "_matrix", "_place", "_problem", "_side")

    def __init__(self, problem: ChainProblem) -> None:
        self._problem = problem
        choices, fixed = problem.choices, problem.fixed_by_output
        self._entry = choices.amount * choices.share[choices.line]
        self._side = np.stack((problem.direct[:, 0], problem.fixed_cost), axis=1)
        self._last = np.zeros_like(self._side)
        self._is_plain = not fixed.nnz or float(fixed.data.min()) >= 0.0
        self._is_quick = self._is_plain
        # One place per line in the matrix: a policy is written into it.
        row = np.concatenate((entry_rows(fixed), choices.output_row))
        order = np.argsort(row, kind="stable")
        self._place = np.empty(row.size, dtype=np.int64)
        self._place[order] = np.arange(row.size)
        self._place = self._place[fixed.nnz :]
        indices = np.concatenate((fixed.indices, np.zeros(choices.output_row.size, dtype=fixed.indices.dtype)))[order]
        data = np.concatenate((fixed.data, np.zeros(choices.output_row.size)))[order]
        indptr = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=problem.item_count))))
        self._matrix = sparse.csr_array((data, indices, indptr), shape=fixed.shape)

    def weigh(self, pick: Rows) -> Weighed | None:
        """The values of a policy; None where it takes one unit or more of something per unit of it."""
        side = self._side.copy()
        choices = self._problem.choices
        np.add.at(side[:, 1], choices.output_row, choices.share * choices.cost[pick])
        value = self._swept(pick, side) if self._is_quick else None
        if value is None:
            solver = self.solver(pick)
            if solver.unsolvable_item.any():
                return None
            value = solver.solve(side)
        self._last = value
        return Weighed(pick, value)

    def solver(self, pick: Rows) -> Solver:
        """The solver of a policy's requirements."""
        problem, choices, fixed = self._problem, self._problem.choices, self._problem.fixed_by_output
        return Solver(
            requirements_by_output(
                problem.item_count,
                input_row=np.concatenate((fixed.indices, choices.input_row[pick])),
                output_row=np.concatenate((entry_rows(fixed), choices.output_row)),
                coefficient=np.concatenate((fixed.data, self._entry[pick])),
            )
        )

    def guess(self, pick: Rows, weights: tuple[float, float], allowed: Flags | None) -> Rows:
        """Picks that are likely to be the best: each line turns in every sweep, and nothing is proven."""
        problem, choices = self._problem, self._problem.choices
        if not self._is_plain or not choices.start.size:
            return pick
        value = weights[0] * self._last[:, 0] + weights[1] * self._last[:, 1]
        side = weights[0] * self._side[:, 0] + weights[1] * self._side[:, 1]
        cost = weights[1] * choices.cost
        if allowed is not None:
            cost = np.where(allowed, cost, np.inf)
        for _ in range(_MOST_GUESSING_SWEEPS):
            quantity = choices.amount * value[choices.input_row] + cost
            least = choices.least(quantity)
            flowing = np.bincount(choices.output_row, weights=choices.share * least, minlength=side.size)
            before, value = value, side + problem.fixed_by_output @ value + flowing
            if np.all(np.abs(value - before) <= _GUESS * np.abs(value)):
                break
        return choices.first_where(quantity == least[choices.line])

    def _swept(self, pick: Rows, side: Numbers) -> Numbers | None:
        """The fixed point of the sweeps to the last digits, None where it or a gain below 1 does not show in time."""
        choices, matrix = self._problem.choices, self._matrix
        matrix.indices[self._place] = choices.input_row[pick]
        matrix.data[self._place] = self._entry[pick]
        if not self._is_below_one(matrix):
            return None
        value: Numbers = self._last
        for _ in range(_MOST_SWEEPS):
            before, value = value, side + matrix @ value
            if np.all(np.abs(value - before) <= _ROUNDING * np.abs(value)):
                return value
        self._is_quick = False
        return None

    def _is_below_one(self, matrix: sparse.csr_array) -> bool:
        """Whether some w > 0 shows that A w < w everywhere: w and A w differ by 1 less what w grew in a sweep."""
        weight = np.ones(matrix.shape[0])
        for _ in range(_MOST_SWEEPS):
            before, weight = weight, 1.0 + matrix @ weight
            if float((weight - before).max()) < 1.0 - _GUESS:
                return True
        self._is_quick = False
        return False
