"""Least chains by policy iteration: one supplier per line is weighed, every line turns to what is then best, again.

A policy that no line wants to leave satisfies Bellman's equation, which is dual feasibility of the linear program:
its value is its own proof, also against every mix. Where no limit couples the lines that is all there is to do.

Source: Howard, Dynamic Programming and Markov Processes (1960).
"""

import numpy as np

from graph_service.engine.chain_problem import ChainProblem, Plan, Point
from graph_service.engine.chain_sweeps import Sweeps, Weighed
from graph_service.engine.once import Once
from graph_service.engine.snapshot import Flags, Numbers, Rows

CARBON, COST = (1.0, 0.0), (0.0, 1.0)
"""Weights of kilograms and cost in what is to be least."""

_WORTH_TURNING = 1e-12
"""Relative: a line turns to another supplier for no less."""
_MOST_ROUNDS = 1000


class PolicySearch:
    """Finds policies of one problem; each search starts where a former one ended."""

    __slots__ = ("_ends", "_problem", "_sweeps")

    def __init__(self, problem: ChainProblem) -> None:
        self._problem = problem
        self._sweeps = Sweeps(problem)
        self._ends: dict[tuple[float, float], Point | None] = {}

    def least(self, weights: tuple[float, float], *, start: Rows, allowed: Flags | None = None) -> Point | None:
        """The policy with the least weighted sum of kilograms and cost, equal ones by whichever has no weight.

        ``allowed``: by choice, at least one of each line and those of the start. None where a policy on the way takes
        one unit or more of something per unit of it: then this proves nothing.
        """
        if 0.0 not in weights:
            found = self._improved(start, weights, allowed)
            return None if found is None else self._point(found)
        if allowed is not None:
            return self._end(weights, start, allowed)
        if weights not in self._ends:
            self._ends[weights] = self._end(weights, start, None)
        return self._ends[weights]

    def _end(self, weights: tuple[float, float], start: Rows, allowed: Flags | None) -> Point | None:
        found = self._improved(start, weights, allowed)
        if found is not None:
            quantity, noise = self._quantities(found, weights)
            if allowed is not None:
                quantity = np.where(allowed, quantity, np.inf)
            least = self._problem.choices.least(quantity)[self._problem.choices.line]
            # Among choices that are all equally good every policy weighs the same.
            tied = quantity <= least + noise
            found = self._improved(found.pick, COST if weights == CARBON else CARBON, tied)
        return None if found is None else self._point(found)

    def point(self, pick: Rows) -> Point | None:
        """The policy with these picks; None where it cannot be solved."""
        weighed = self._sweeps.weigh(pick)
        return None if weighed is None else self._point(weighed)

    def _improved(self, start: Rows, weights: tuple[float, float], allowed: Flags | None) -> Weighed | None:
        sweeps, choices = self._sweeps, self._problem.choices
        weighed = sweeps.weigh(start)
        if weighed is not None:
            # Of a policy that can be solved the sweeps lead down to the best; one on the way may still be unsolvable.
            weighed = sweeps.weigh(sweeps.guess(start, weights, allowed)) or weighed
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
            weighed = sweeps.weigh(np.where(is_better, best, weighed.pick))
        return None

    def _quantities(self, weighed: Weighed, weights: tuple[float, float]) -> tuple[Numbers, Numbers]:
        """What one unit of flow over each choice adds to what is to be least, and what of it may be rounding."""
        choices = self._problem.choices
        carbon, cost = weighed.value[choices.input_row].T * choices.amount
        carbon, cost = weights[0] * carbon, weights[1] * (cost + choices.cost)
        return carbon + cost, _WORTH_TURNING * (np.abs(carbon) + np.abs(cost))

    def _point(self, weighed: Weighed) -> Point:
        carbon_kgco2e, cost = weighed.value[self._problem.demanded].tolist()
        return Point(carbon_kgco2e, cost, pick=weighed.pick, plan=Once(lambda: self._plan(weighed)), is_single=True)

    def _plan(self, weighed: Weighed) -> Plan:
        problem, choices = self._problem, self._problem.choices
        demand = np.zeros(problem.item_count)
        demand[problem.demanded] = 1.0
        activity = self._sweeps.solver(weighed.pick).solve_adjoint(demand)
        flow = np.zeros(choices.supply.size)
        flow[weighed.pick] = choices.share * activity[choices.output_row]
        return Plan(activity=activity, flow=flow, pick=weighed.pick)
