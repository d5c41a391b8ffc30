"""One supplier per line within a budget, by branch and bound: the best mix bounds, the cheaper of its ends is a chain.

A mix within a budget takes two suppliers in few lines only. One of these lines is either bound to the cheaper end's
supplier or kept from it, and both questions are asked again, the one with the lower bound first.
"""

import heapq
import itertools
from dataclasses import dataclass

import numpy as np

from graph_service.engine.allowance import Allowance
from graph_service.engine.chain_hull import ROUNDING, Bounded, least_within
from graph_service.engine.chain_policies import PolicySearch
from graph_service.engine.chain_problem import ChainProblem, Point
from graph_service.engine.snapshot import Flags, Rows

MOST_NODES = 20_000
"""Questions; then, or when the time is over, the best so far is given, with its bound."""


@dataclass(frozen=True, slots=True)
class _Branch:
    """Lines bound to a choice (True) or kept from it, and the picks to start from."""

    decisions: tuple[tuple[int, bool], ...]
    start: Rows


@dataclass(frozen=True, slots=True)
class _Within:
    """The search with only some choices allowed."""

    search: PolicySearch
    allowed: Flags

    def least(self, weights: tuple[float, float], *, start: Rows) -> Point | None:
        return self.search.least(weights, start=start, allowed=self.allowed)


def single_within(
    search: PolicySearch, problem: ChainProblem, limit: float, *, start: Rows, allowance: Allowance
) -> Bounded | None:
    """The single-source chain of least carbon at this cost or less; None where policies cannot answer."""
    root = least_within(search, limit, start=start)
    if root is None or root.point is None or root.ends is None:
        return root
    number = itertools.count()
    best = root.ends[0]
    waiting = [(root.bound_kgco2e, next(number), _Branch((), start), root)]
    for _ in range(MOST_NODES):
        if not waiting or not allowance.left_seconds:
            break
        bound_kgco2e, _, branch, mix = heapq.heappop(waiting)
        if not _is_less(bound_kgco2e, best.carbon_kgco2e) or mix.ends is None:
            return Bounded(best, best.carbon_kgco2e)
        for child in _children(problem, branch, mix.ends):
            found = least_within(_Within(search, _allowed(problem, child)), limit, start=child.start)
            if found is None:
                return None
            chain = found.point if found.ends is None else found.ends[0]
            if chain is not None and chain.carbon_kgco2e < best.carbon_kgco2e:
                best = chain
            if found.ends is not None and _is_less(found.bound_kgco2e, best.carbon_kgco2e):
                heapq.heappush(waiting, (found.bound_kgco2e, next(number), child, found))
    return Bounded(best, min((node[0] for node in waiting), default=best.carbon_kgco2e))


def _is_less(bound_kgco2e: float, kgco2e: float) -> bool:
    return bound_kgco2e < kgco2e - ROUNDING * abs(kgco2e)


def _children(problem: ChainProblem, branch: _Branch, ends: tuple[Point, Point]) -> list[_Branch]:
    """The line that is mixed and matters most, bound to the cheaper end's choice and kept from it."""
    cheap, clean = ends
    line = _mixed_line(problem, cheap, clean)
    choice = int(cheap.pick[line])
    children = [_Branch((*branch.decisions, (choice, True)), cheap.pick)]
    children.append(_Branch((*branch.decisions, (choice, False)), clean.pick))
    return children


def _mixed_line(problem: ChainProblem, cheap: Point, clean: Point) -> int:
    lines = np.flatnonzero(cheap.pick != clean.pick)
    if lines.size == 1:
        return int(lines[0])
    # Lines of what neither end makes differ too; they are never worth a question.
    plans = cheap.plan.get(), clean.plan.get()
    output, share = problem.choices.output_row[lines], problem.choices.share[lines]
    taken = np.maximum(*(plan.activity[output] * share for plan in plans))
    cost = np.abs(problem.choices.cost[cheap.pick[lines]] - problem.choices.cost[clean.pick[lines]])
    worth = np.where(taken > 0.0, taken * (1.0 + cost), 0.0)
    return int(lines[np.argmax(worth)])


def _allowed(problem: ChainProblem, branch: _Branch) -> Flags:
    choices = problem.choices
    allowed = np.ones(choices.supply.size, dtype=np.bool_)
    for choice, is_bound in branch.decisions:
        line = choices.line[choice]
        stop = choices.start[line + 1] if line + 1 < choices.start.size else choices.supply.size
        if is_bound:
            allowed[choices.start[line] : stop] = False
        allowed[choice] = is_bound
    return allowed
