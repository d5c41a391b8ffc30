"""The best chain within limits by whichever method the question allows, with its bound.

Policies where nothing couples the lines, and first in any case: what they find and the limits allow is the answer.
Else HiGHS. Single sourcing: every way where these are few, else a mixed-integer program.
"""

from dataclasses import dataclass, replace

import numpy as np

from graph_service.engine.chain_branching import single_within
from graph_service.engine.chain_enumeration import Ways, all_ways
from graph_service.engine.chain_hull import ROUNDING, Bounded, least_within
from graph_service.engine.chain_limits import Limits, most_activity, tightened, uniform_activity, worst_excess
from graph_service.engine.chain_policies import CARBON, COST, PolicySearch
from graph_service.engine.chain_problem import ChainProblem, Point
from graph_service.engine.chain_programs import Budgets, Program, SingleSource
from graph_service.engine.chain_values import ChainValue, value_chain
from graph_service.engine.once import Once
from graph_service.engine.snapshot import Flags, Numbers, Rows

MOST_SECONDS = 8.0
"""For a mixed-integer program, of which an answer may take two; then the best so far is given, with its bound."""
_MOST_REPAIRS = 20
_LOOSE_FLOW = 1e3
"""How many times its usual size a flow may have in a mixed-integer program where no sharper bound is known."""


@dataclass(frozen=True, slots=True)
class Found:
    """A chain, weighed, and what none within the limits can be below, kg CO2e.

    No chain: none is within the limits, and the bound is infinite; or none was found in time.
    """

    value: ChainValue | None
    bound_kgco2e: float


_NONE = Found(None, np.inf)


class ChainSearch:
    """Answers for one problem and its limits at any limit of cost. ``is_single_source``: one supplier per line."""

    __slots__ = (
        "_is_known",
        "_is_unsayable",
        "_program",
        "_ways",
        "is_single_source",
        "limits",
        "policies",
        "problem",
        "start",
    )

    def __init__(self, problem: ChainProblem, limits: Limits, *, is_single_source: bool, is_known: Flags) -> None:
        self.problem, self.limits, self.is_single_source = problem, limits, is_single_source
        self.policies = PolicySearch(problem)
        self._is_known = is_known
        self.start = _todays(problem)
        self._program = Once(lambda: Program(problem, limits))
        self._ways = Once(lambda: all_ways(problem, limits))
        self._is_unsayable = any(np.isnan(one.item).any() or np.isnan(one.constant) for one in limits.quality)

    @property
    def ways(self) -> Ways | None:
        """Every single-source chain within the limits but for cost; None where they are too many."""
        return self._ways.get()

    def best(self, cost_limit: float, *, effort: float = 1.0) -> Found:
        """The chain of least carbon at this cost or less, of equal ones the cheapest.

        ``effort``: the part of the time that a search without a quick end may take.
        """
        if self._is_unsayable:
            return _NONE
        return self._single(CARBON, cost_limit, effort) if self.is_single_source else self._mix(cost_limit)

    def cheapest(self) -> Found:
        """The chain of least cost, of equal ones that of least carbon; its bound means nothing."""
        if self._is_unsayable:
            return _NONE
        if self.is_single_source:
            return self._single(COST, np.inf, 1.0)
        point = self.least(COST, start=self.start)
        return _NONE if point is None else self.found(Bounded(point, -np.inf))

    def least(self, weights: tuple[float, float], *, start: Rows) -> Point | None:
        """The mix of least weighted sum within the limits; None where there is none."""
        point = self.policies.least(weights, start=start)
        if point is not None and (not self.limits.is_coupling or self._holds(self._value(point), np.inf)):
            return point
        return self._program.get().least(weights, start=self.start)

    def found(self, bounded: Bounded) -> Found:
        """The point weighed anew from its shares; a bound within rounding of its kilograms is them."""
        value = None if bounded.point is None else self._value(bounded.point)
        if value is None:
            return Found(None, bounded.bound_kgco2e)
        is_met = abs(value.total_kgco2e - bounded.bound_kgco2e) <= ROUNDING * abs(value.total_kgco2e)
        return Found(value, value.total_kgco2e if is_met else min(bounded.bound_kgco2e, value.total_kgco2e))

    def exceeds(self, found: Found) -> float:
        """By how much, relative to the limit, what was found is beyond the one it keeps least; infinite for nothing."""
        if found.value is None:
            return np.inf
        return worst_excess(self.limits, self.problem, found.value, cost_limit=np.inf)

    def of_pick(self, pick: Rows) -> Found:
        """The chain with these picks, known to be the best."""
        point = self.policies.point(pick)
        return _NONE if point is None else self.found(Bounded(point, point.carbon_kgco2e))

    def _mix(self, cost_limit: float) -> Found:
        relaxed = least_within(self.policies, cost_limit, start=self.start)
        if relaxed is not None:
            if relaxed.point is None:
                return _NONE
            found = self.found(relaxed)
            if not self.limits.is_coupling or self._holds(found.value, cost_limit):
                return found
        program, limits, most_cost = self._program.get(), self.limits, cost_limit
        for _ in range(_MOST_REPAIRS):
            solved = program.mix(CARBON, Budgets(cost=most_cost), pick=self.start)
            if solved.point is None:
                return _NONE
            found = self.found(Bounded(solved.point, solved.bound))
            value = found.value
            if value is None:
                break
            excess = worst_excess(self.limits, self.problem, value, cost_limit=cost_limit)
            if excess <= ROUNDING:
                return found
            # Rounding put it beyond a limit: ask for a little less.
            limits = tightened(limits, 2.0 * excess, absolute_kgco2e=value.absolute_kgco2e)
            most_cost -= 2.0 * excess * abs(cost_limit) if cost_limit < np.inf else 0.0
            program = Program(self.problem, limits)
        return Found(None, -np.inf)

    def _single(self, weights: tuple[float, float], cost_limit: float, effort: float) -> Found:
        ways = self.ways
        if ways is not None:
            return self._of_ways(ways, weights, cost_limit)
        relaxed = self.policies.least(weights, start=self.start)
        if relaxed is not None and self._holds(self._value(relaxed), cost_limit):
            return self.found(Bounded(relaxed, relaxed.carbon_kgco2e))
        if weights == CARBON and not self.limits.is_coupling:
            branched = single_within(self.policies, self.problem, cost_limit, start=self.start, effort=effort)
            if branched is not None:
                return self.found(branched)
        known = self._rounded_down(weights, cost_limit)
        found = self._single_by_program(weights, cost_limit, effort)
        if known.value is not None and (found.value is None or _is_better(known.value, found.value, weights)):
            return replace(found, value=known.value, bound_kgco2e=min(found.bound_kgco2e, known.value.total_kgco2e))
        return found

    def _of_ways(self, ways: Ways, weights: tuple[float, float], cost_limit: float) -> Found:
        while (way := ways.within(cost_limit) if weights == CARBON else ways.cheapest()) is not None:
            found = self.of_pick(ways.pick[way])
            if self._holds(found.value, cost_limit):
                return found
            ways = ways.without(way)
        return _NONE

    def _rounded_down(self, weights: tuple[float, float], cost_limit: float) -> Found:
        """The cheaper of the two chains that the best mix is made of, if it is within all limits."""
        mix = least_within(self.policies, cost_limit, start=self.start) if weights == CARBON else None
        if mix is None or mix.point is None:
            return _NONE
        found = self.of_pick(mix.point.pick)
        return found if self._holds(found.value, cost_limit) else _NONE

    def _single_by_program(self, weights: tuple[float, float], cost_limit: float, effort: float) -> Found:
        most_flow, is_proven = _most_flow(self.problem)
        rule = SingleSource(most_flow, most_seconds=effort * MOST_SECONDS)
        # Flows beyond a limit that nothing proves count in a mix, which is never worse: its bound holds for them too.
        bound_of_mix = (
            np.inf if is_proven else self._program.get().mix(weights, Budgets(cost_limit), pick=self.start).bound
        )
        for _ in range(_MOST_REPAIRS):
            solved = self._program.get().single(weights, Budgets(cost=cost_limit), rule=rule)
            solved = replace(solved, bound=min(solved.bound, bound_of_mix))
            if solved.point is None:
                return Found(None, solved.bound if weights == CARBON else -np.inf)
            point = self.policies.point(solved.point.pick)
            bound = solved.bound if weights == CARBON else -np.inf
            found = _NONE if point is None else self.found(Bounded(point, bound))
            if found.value is not None and self._holds(found.value, cost_limit):
                return found
            # One flow too many was lost in rounding: these picks do not keep to the limits.
            rule = replace(rule, ruled_out=(*rule.ruled_out, solved.point.pick))
        return Found(None, -np.inf)

    def _value(self, point: Point) -> ChainValue | None:
        problem = self.problem
        return value_chain(
            problem.supplies,
            problem.picked_shares(point.pick) if point.is_single else problem.shares(point.plan.get()),
            demanded=problem.demanded,
            direct=problem.direct,
            supply_cost=problem.supply_cost,
            is_known=self._is_known,
        )

    def _holds(self, value: ChainValue | None, cost_limit: float) -> bool:
        if value is None:
            return False
        return worst_excess(self.limits, self.problem, value, cost_limit=cost_limit) <= ROUNDING


def _is_better(one: ChainValue, other: ChainValue, weights: tuple[float, float]) -> bool:
    if weights == CARBON:
        return one.total_kgco2e < other.total_kgco2e
    return one.cost < other.cost


def _todays(problem: ChainProblem) -> Rows:
    """Of each line the candidate that most is taken of today."""
    choices = problem.choices
    share = problem.supplies.share[choices.supply]
    return choices.first_where(share == -choices.least(-share)[choices.line])


def _most_flow(problem: ChainProblem) -> tuple[Numbers, bool]:
    """The most that flows over each choice in a mixed-integer program, and whether no way to choose takes more."""
    choices = problem.choices
    usual = _LOOSE_FLOW * (choices.share * uniform_activity(problem)[choices.output_row])[choices.line]
    most = (choices.share * most_activity(problem)[choices.output_row])[choices.line]
    return np.minimum(most, usual), bool(np.all(most <= usual))
