"""The best chain within limits by whichever method the question allows, with its bound.

Policies where nothing couples the lines, and first in any case: what they find and the limits allow is the answer.
Else HiGHS. Single sourcing: every way where these are few, else a mixed-integer program.
"""

from dataclasses import dataclass, replace

import numpy as np

from graph_service.engine.allowance import Allowance
from graph_service.engine.chain_branching import single_within
from graph_service.engine.chain_enumeration import Ways, all_ways
from graph_service.engine.chain_hull import ROUNDING, Bounded, least_within
from graph_service.engine.chain_limits import (
    Excess,
    Limits,
    most_activity,
    tightened,
    uniform_activity,
    worst_excess,
)
from graph_service.engine.chain_policies import CARBON, COST, PolicySearch
from graph_service.engine.chain_problem import ChainProblem, Point
from graph_service.engine.chain_programs import Budgets, Program, SingleSource
from graph_service.engine.chain_shares import Priced
from graph_service.engine.chain_values import ChainValue, value_chain
from graph_service.engine.once import Once
from graph_service.engine.snapshot import Flags, Numbers, Rows

MOST_SECONDS = 12.0
"""For a search without a quick end; then the best so far is given, with its bound."""
_MOST_REPAIRS = 20
_MANY_COLUMNS = 5_000
"""With so many variables policies are quicker than the simplex method; equal ones are then not told apart by cost."""
_LOOSE_FLOW = 1e3
"""How many times its usual size a flow may have in a mixed-integer program where no sharper bound is known."""


@dataclass(frozen=True, slots=True)
class Found:
    """A chain, weighed, and what none within the limits can be below, kg CO2e.

    No chain: none is within the limits, and the bound is infinite; or none was found in time, or one was that is
    beyond a limit by little more than rounding, which is what it ``misses``.
    """

    value: ChainValue | None
    bound_kgco2e: float
    misses: Excess | None = None


_NONE = Found(None, np.inf)
_NOT_DECIDED = Found(None, -np.inf)


class ChainSearch:
    """Answers for one problem and its limits at any limit of cost. ``is_single_source``: one supplier per line.

    ``allowance``: the time that is left for searches without a quick end.
    """

    __slots__ = (
        "_allowance",
        "_found",
        "_is_known",
        "_is_unsayable",
        "_priced",
        "_program",
        "_ways",
        "is_single_source",
        "limits",
        "policies",
        "problem",
        "start",
    )

    def __init__(
        self,
        problem: ChainProblem,
        limits: Limits,
        *,
        is_single_source: bool,
        is_known: Flags,
        allowance: Allowance | None = None,
    ) -> None:
        self.problem, self.limits, self.is_single_source = problem, limits, is_single_source
        self.policies = PolicySearch(problem)
        self._is_known, self._allowance = is_known, allowance or Allowance()
        self.start = _todays(problem)
        self._program = Once(lambda: Program(problem, limits))
        self._ways = Once(lambda: all_ways(problem, limits))
        self._priced = Once(self._prices)
        self._found: dict[float, Found] = {}
        self._is_unsayable = any(np.isnan(one.item).any() or np.isnan(one.constant) for one in limits.quality)

    @property
    def has_time(self) -> bool:
        """Whether any is left for searches without a quick end."""
        return self._allowance.left_seconds > 0.0

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
        if cost_limit not in self._found:
            search = self._mix if not self.is_single_source else lambda *asked: self._single(CARBON, *asked)
            found = search(cost_limit, effort)
            if effort < 1.0:
                return found
            self._found[cost_limit] = found
        return self._found[cost_limit]

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
        return self._program.get().least(weights, start=self.start, most_seconds=self._allowance.left_seconds)

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
        return worst_excess(self.limits, self.problem, found.value, cost_limit=np.inf).part

    def of_pick(self, pick: Rows) -> Found:
        """The chain with these picks, known to be the best."""
        point = self.policies.point(pick)
        return _NONE if point is None else self.found(Bounded(point, point.carbon_kgco2e))

    def _mix(self, cost_limit: float, effort: float) -> Found:
        relaxed = least_within(self.policies, cost_limit, start=self.start)
        if relaxed is not None:
            if relaxed.point is None:
                return _NONE
            found = self.found(relaxed)
            if not self.limits.is_coupling or self._holds(found.value, cost_limit):
                return found
        if self.problem.item_count + self.problem.choices.supply.size > _MANY_COLUMNS:
            bought = self._shares_bought(cost_limit)
            if bought is not None:
                return bought
        return self._mix_by_program(cost_limit, effort)

    def _mix_by_program(self, cost_limit: float, effort: float) -> Found:
        program, limits, most_cost, misses = self._program.get(), self.limits, cost_limit, None
        # What is asked for itself and not to explain something is solved to the end: it ends.
        most_seconds = np.inf if effort == 1.0 else min(effort * MOST_SECONDS, self._allowance.left_seconds)
        bound_kgco2e = -np.inf
        for attempt in range(_MOST_REPAIRS):
            solved = program.mix(CARBON, Budgets(cost=most_cost), pick=self.start, most_seconds=most_seconds)
            if solved.point is None:
                return Found(None, solved.bound if misses is None else -np.inf, misses)
            # That of the limits as they were asked holds whatever they are drawn in by.
            bound_kgco2e = bound_kgco2e if attempt else solved.bound
            found = self.found(Bounded(solved.point, bound_kgco2e))
            value = found.value
            if value is None:
                break
            misses = worst_excess(self.limits, self.problem, value, cost_limit=cost_limit)
            excess = misses.part
            if excess <= ROUNDING:
                return found
            # Rounding put it beyond a limit, or a loop that feeds only itself, which no chain has: ask for less.
            excess *= 2.0**attempt
            limits = tightened(limits, 2.0 * excess, absolute_kgco2e=value.absolute_kgco2e)
            most_cost -= 2.0 * excess * abs(cost_limit) if cost_limit < np.inf else 0.0
            program = Program(self.problem, limits)
        return Found(None, -np.inf, misses)

    def _single(self, weights: tuple[float, float], cost_limit: float, effort: float) -> Found:
        ways = self.ways
        if ways is not None:
            return self._of_ways(ways, weights, cost_limit)
        relaxed = self.policies.least(weights, start=self.start)
        if relaxed is not None and self._holds(self._value(relaxed), cost_limit):
            return self.found(Bounded(relaxed, relaxed.carbon_kgco2e))
        known = _NONE
        if weights == CARBON:
            known = self._branched(cost_limit, effort)
            if known.value is None and known.bound_kgco2e == np.inf:
                return known
            is_closed = known.value is not None and known.bound_kgco2e >= known.value.total_kgco2e
            if is_closed or (known.value is not None and self._is_of_one_limit(cost_limit)):
                return known
        found = self._single_by_program(weights, cost_limit, effort)
        return found if weights != CARBON else _both(known, found)

    def _of_ways(self, ways: Ways, weights: tuple[float, float], cost_limit: float) -> Found:
        while (way := ways.within(cost_limit) if weights == CARBON else ways.cheapest()) is not None:
            found = self.of_pick(ways.pick[way])
            if self._holds(found.value, cost_limit):
                return found
            ways = ways.without(way)
        return _NONE

    def _branched(self, cost_limit: float, effort: float) -> Found:
        """By branch and bound under each limit alone: the best chain that keeps to all, and the highest bound."""
        questions = [(self.policies, self.problem, cost_limit)] if cost_limit < np.inf else []
        questions += [(one.policies, one.problem, one.limit) for one in self._priced.get()]
        best = self._rounded_down(cost_limit)
        for policies, problem, limit in questions:
            allowance = self._allowance.part(effort * MOST_SECONDS / len(questions))
            branched = single_within(policies, problem, limit, start=self.start, allowance=allowance)
            if branched is None:
                continue
            if branched.point is None:
                return _NONE
            found = self.found(branched)
            best = _both(best, found if self._holds(found.value, cost_limit) else Found(None, found.bound_kgco2e))
        return best

    def _is_of_one_limit(self, cost_limit: float) -> bool:
        return not self.limits.has_bounds and len(self.limits.quality) + (cost_limit < np.inf) == 1

    def _prices(self) -> list[Priced]:
        clean = self.policies.least(CARBON, start=self.start)
        value = None if clean is None else self._value(clean)
        size_kgco2e = np.nan if value is None else value.absolute_kgco2e
        return [Priced(self.problem, quality, size_kgco2e=size_kgco2e) for quality in self.limits.quality]

    def _shares_bought(self, cost_limit: float) -> Found | None:
        """The best mix under one share of data by policies; None where other limits bind or policies cannot answer."""
        for priced in self._priced.get():
            mix = least_within(priced.policies, priced.limit, start=self.start)
            if mix is not None and mix.point is None:
                return _NONE
            if mix is not None and self._holds((found := self.found(mix)).value, cost_limit):
                return found
        return None

    def _rounded_down(self, cost_limit: float) -> Found:
        """The cheaper of the two chains that the best mix is made of, if it is within all limits."""
        mix = least_within(self.policies, cost_limit, start=self.start)
        if mix is None or mix.point is None:
            return _NOT_DECIDED
        value = self.of_pick(mix.point.pick).value
        return Found(value if self._holds(value, cost_limit) else None, mix.bound_kgco2e)

    def _single_by_program(self, weights: tuple[float, float], cost_limit: float, effort: float) -> Found:
        allowance = self._allowance.part(effort * MOST_SECONDS)
        if not allowance.left_seconds:
            return _NOT_DECIDED
        most_flow, is_proven = _most_flow(self.problem)
        rule = SingleSource(most_flow, most_seconds=allowance.left_seconds)
        # Flows beyond a limit that nothing proves count in a mix, which is never worse: its bound holds for them too.
        bound_of_mix = np.inf
        if not is_proven:
            most_seconds = allowance.left_seconds
            mix = self._program.get().mix(weights, Budgets(cost_limit), pick=self.start, most_seconds=most_seconds)
            bound_of_mix = mix.bound
        while allowance.left_seconds:
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
            ruled_out = (*rule.ruled_out, solved.point.pick)
            rule = replace(rule, ruled_out=ruled_out, most_seconds=allowance.left_seconds)
        return _NOT_DECIDED

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
        return worst_excess(self.limits, self.problem, value, cost_limit=cost_limit).part <= ROUNDING


def _both(one: Found, other: Found) -> Found:
    """The better of two answers to one question, with the higher of their bounds."""
    bound_kgco2e = max(one.bound_kgco2e, other.bound_kgco2e)
    values = [found.value for found in (one, other) if found.value is not None]
    if not values:
        return Found(None, bound_kgco2e, other.misses)
    least = min(values, key=lambda value: value.total_kgco2e)
    return Found(least, min(bound_kgco2e, least.total_kgco2e))


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
