"""Least chains by policy iteration: one supplier per line is weighed, every line turns to what is then best, again.

A policy that no line wants to leave satisfies Bellman's equation, which is dual feasibility of the linear program:
its value is its own proof, also against every mix. Where no limit couples the lines that is all there is to do.

Source: Howard, Dynamic Programming and Markov Processes (1960).
"""

from dataclasses import dataclass

import numpy as np

from graph_service.engine.chain_problem import ChainProblem, Plan, Point
from graph_service.engine.once import Once
from graph_service.engine.requirements import entry_rows, requirements_by_output
from graph_service.engine.snapshot import Flags, Numbers, Rows
from graph_service.engine.solver import Solver

CARBON, COST = (1.0, 0.0), (0.0, 1.0)
"""Weights of kilograms and cost in what is to be least."""

_WORTH_TURNING = 1e-12
"""Relative: a line turns to another supplier for no less."""
_MOST_ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class _Weighed:
    """``value`` (items, 2): kg CO2e and cost per unit of every item under the picks, (lines,)."""

    pick: Rows
    value: Numbers
    solver: Solver


class PolicySearch:
    """Finds policies of one problem; each search starts where a former one ended."""

    __slots__ = ("_ends", "_entry", "_fixed", "_problem", "_side")

    def __init__(self, problem: ChainProblem) -> None:
        self._problem = problem
        self._ends: dict[tuple[float, float], Point | None] = {}
        self._fixed = (problem.fixed_by_output.indices, entry_rows(problem.fixed_by_output))
        self._side = np.stack((problem.direct[:, 0], problem.fixed_cost), axis=1)
        choices = problem.choices
        self._entry = choices.amount * choices.share[choices.line]

    def least(self, weights: tuple[float, float], *, start: Rows) -> Point | None:
        """The policy with the least weighted sum of kilograms and cost, equal ones by whichever has no weight.

        None where a policy on the way takes one unit or more of something per unit of it: then this proves nothing.
        """
        if 0.0 not in weights:
            found = self._improved(self._weigh(start), weights, None)
            return None if found is None else self._point(found)
        if weights not in self._ends:
            self._ends[weights] = self._end(weights, start)
        return self._ends[weights]

    def _end(self, weights: tuple[float, float], start: Rows) -> Point | None:
        found = self._improved(self._weigh(start), weights, None)
        if found is not None:
            quantity, noise = self._quantities(found, weights)
            least = self._problem.choices.least(quantity)[self._problem.choices.line]
            # Among choices that are all equally good every policy weighs the same.
            tied = quantity <= least + noise
            found = self._improved(found, COST if weights == CARBON else CARBON, tied)
        return None if found is None else self._point(found)

    def point(self, pick: Rows) -> Point | None:
        """The policy with these picks; None where it cannot be solved."""
        weighed = self._weigh(pick)
        return None if weighed is None else self._point(weighed)

    def _improved(
        self, weighed: _Weighed | None, weights: tuple[float, float], allowed: Flags | None
    ) -> _Weighed | None:
        choices = self._problem.choices
        for _ in range(_MOST_ROUNDS):
            if weighed is None or not choices.start.size:
                return weighed
            quantity, noise = self._quantities(weighed, weights)
            if allowed is not None:
                quantity = np.where(allowed, quantity, np.inf)
            least = choices.least(quantity)
            is_better = least < quantity[weighed.pick] - noise[weighed.pick]
            if not is_better.any():
                return weighed
            best = choices.first_where(quantity == least[choices.line])
            weighed = self._weigh(np.where(is_better, best, weighed.pick))
        return None

    def _quantities(self, weighed: _Weighed, weights: tuple[float, float]) -> tuple[Numbers, Numbers]:
        """What one unit of flow over each choice adds to what is to be least, and what of it may be rounding."""
        choices = self._problem.choices
        carbon, cost = weighed.value[choices.input_row].T * choices.amount
        carbon, cost = weights[0] * carbon, weights[1] * (cost + choices.cost)
        return carbon + cost, _WORTH_TURNING * (np.abs(carbon) + np.abs(cost))

    def _weigh(self, pick: Rows) -> _Weighed | None:
        problem, choices = self._problem, self._problem.choices
        by_output = requirements_by_output(
            problem.item_count,
            input_row=np.concatenate((self._fixed[0], choices.input_row[pick])),
            output_row=np.concatenate((self._fixed[1], choices.output_row)),
            coefficient=np.concatenate((problem.fixed_by_output.data, self._entry[pick])),
        )
        solver = Solver(by_output)
        if solver.unsolvable_item.any():
            return None
        side = self._side.copy()
        np.add.at(side[:, 1], choices.output_row, choices.share * choices.cost[pick])
        return _Weighed(pick=pick, value=solver.solve(side), solver=solver)

    def _point(self, weighed: _Weighed) -> Point:
        carbon_kgco2e, cost = weighed.value[self._problem.demanded].tolist()
        return Point(carbon_kgco2e, cost, pick=weighed.pick, plan=Once(lambda: self._plan(weighed)))

    def _plan(self, weighed: _Weighed) -> Plan:
        problem, choices = self._problem, self._problem.choices
        demand = np.zeros(problem.item_count)
        demand[problem.demanded] = 1.0
        activity = weighed.solver.solve_adjoint(demand)
        flow = np.zeros(choices.supply.size)
        flow[weighed.pick] = choices.share * activity[choices.output_row]
        return Plan(activity=activity, flow=flow, pick=weighed.pick)
