"""Every way to take each line from one supplier, where these are few: all that a limit asks of each, at once.

Only the lines' outputs need an equation: what is not chosen is solved once, in columns, and each way to choose is a
system of one row per line.
"""

from dataclasses import dataclass

import numpy as np

from graph_service.engine.chain_limits import Limits
from graph_service.engine.chain_problem import ChainProblem, Choices
from graph_service.engine.gain import UNSOLVABLE_GAIN
from graph_service.engine.snapshot import Flags, Indices, Numbers, Rows
from graph_service.engine.solver import Solver

MOST_WAYS = 1 << 14
"""Beyond this many ways a mixed-integer program is asked instead."""
_MOST_LIMITS = 64
_ROUNDING = 1e-9
_ABSOLUTE = 2


@dataclass(frozen=True, slots=True)
class Ways:
    """Every solvable way within the limits: ``pick`` (ways, lines), kg CO2e and cost per demanded unit, (ways,)."""

    pick: Rows
    carbon_kgco2e: Numbers
    cost: Numbers

    def within(self, cost_limit: float) -> int | None:
        """The way of least carbon, of equal ones the cheapest, at this cost or less; None where there is none."""
        held = np.flatnonzero(self.cost <= cost_limit + _ROUNDING * (abs(cost_limit) or 1.0))
        if not held.size:
            return None
        least = float(self.carbon_kgco2e[held].min())
        clean = held[self.carbon_kgco2e[held] <= least + _ROUNDING * abs(least)]
        return int(clean[np.argmin(self.cost[clean])])

    def without(self, way: int) -> "Ways":
        """All but one."""
        keep = np.arange(self.cost.size) != way
        return Ways(self.pick[keep], self.carbon_kgco2e[keep], self.cost[keep])

    def cheapest(self) -> int | None:
        """The way of least cost, of equal ones that of least carbon; None where there is none."""
        if not self.cost.size:
            return None
        least = float(self.cost.min())
        cheap = np.flatnonzero(self.cost <= least + _ROUNDING * abs(least))
        return int(cheap[np.argmin(self.carbon_kgco2e[cheap])])

    def front(self) -> Rows:
        """The ways that no other beats in both, by rising cost and falling carbon; of equal ones one."""
        order = np.lexsort((self.carbon_kgco2e, self.cost))
        kept: list[int] = []
        for way in order.tolist():
            if kept and not _is_less(self.carbon_kgco2e[way], self.carbon_kgco2e[kept[-1]]):
                continue
            # Equal cost but for rounding, less carbon.
            while kept and not _is_less(self.cost[kept[-1]], self.cost[way]):
                kept.pop()
            kept.append(way)
        return np.array(kept, dtype=np.int32)


def _is_less(number: float, other: float) -> bool:
    return bool(number < other - _ROUNDING * abs(other))


def all_ways(problem: ChainProblem, limits: Limits) -> Ways | None:
    """All ways, by number of the picks; None where they are too many or the limits are."""
    choices = problem.choices
    size = np.diff(choices.start, append=choices.supply.size)
    if np.log2(size.astype(np.float64)).sum() > np.log2(MOST_WAYS):
        return None
    measures = _measures(problem, limits)
    if measures is None:
        return None
    solver = Solver(problem.fixed_by_output)
    lines = choices.start.size
    entering = np.zeros((problem.item_count, lines))
    entering[choices.output_row, np.arange(lines)] = 1.0
    if solver.unsolvable_item.any():
        return None
    solved = solver.solve(np.concatenate((measures.item, entering), axis=1))
    value, gain = solved[:, : measures.most.size], solved[:, measures.most.size :]
    full = choices.share[choices.line][:, None]
    own = full * (choices.amount[:, None] * value[choices.input_row] + measures.flow)
    feedback = full * choices.amount[:, None] * gain[choices.input_row]
    pick = _combinations(choices, size)
    pick = pick[_is_solvable(feedback, pick)]
    line_value = np.linalg.solve(np.eye(lines) - feedback[pick], own[pick])
    found = value[problem.demanded] + gain[problem.demanded] @ line_value
    # Above a negative amount activities have signs, and so have the kilograms that rounding is held against.
    size = np.where(measures.is_of_quality, np.abs(found[:, _ABSOLUTE, None]) + np.abs(measures.most), measures.size)
    is_within = np.all(found - measures.most <= _ROUNDING * size, axis=1)
    return Ways(pick=pick[is_within], carbon_kgco2e=found[is_within, 0], cost=found[is_within, 1])


@dataclass(frozen=True, slots=True)
class _Measures:
    """Linear measures of a chain, one column each, and the most that each may be.

    First kilograms, cost and absolute kilograms, then one per limit. ``size``: what rounding is held against; of the
    limits on quality (``is_of_quality``) the absolute kilograms are.
    """

    item: Numbers
    flow: Numbers
    most: Numbers
    size: Numbers
    is_of_quality: Flags


def _measures(problem: ChainProblem, limits: Limits) -> _Measures | None:
    items, flows = problem.item_count, problem.choices.supply.size
    above = np.flatnonzero(limits.most_activity < np.inf)
    below = np.flatnonzero(limits.least_activity > -np.inf)
    narrow = np.flatnonzero(limits.most_flow < np.inf)
    if above.size + below.size + narrow.size > _MOST_LIMITS:
        return None
    quality = limits.quality
    item = [problem.direct[:, 0], problem.fixed_cost, problem.direct[:, 1], *(-one.item for one in quality)]
    flow = [np.zeros(flows), problem.choices.cost, np.zeros(flows), *(-one.flow for one in quality)]
    at_items, at_flows = _units(above, items), _units(narrow, flows)
    capacity = np.concatenate((limits.most_activity[above], -limits.least_activity[below], limits.most_flow[narrow]))
    most = np.concatenate((np.full(3, np.inf), [one.constant for one in quality], capacity))
    return _Measures(
        item=np.column_stack((*item, at_items, -_units(below, items), np.zeros((items, narrow.size)))),
        flow=np.column_stack((*flow, np.zeros((flows, above.size + below.size)), at_flows)),
        most=most,
        size=np.where(np.isfinite(most) & (most != 0.0), np.abs(most), 1.0),
        is_of_quality=np.isin(np.arange(most.size), 3 + np.arange(len(quality))),
    )


def _units(rows: Indices, count: int) -> Numbers:
    """One column per row, 1 there."""
    columns = np.zeros((count, rows.size))
    columns[rows, np.arange(rows.size)] = 1.0
    return columns


def _combinations(choices: Choices, size: Rows) -> Rows:
    """One choice of each line in every combination, shape (ways, lines)."""
    ways = int(np.prod(size)) if size.size else 1
    grid = np.indices(tuple(size.tolist())).reshape(size.size, ways).T if size.size else np.zeros((1, 0))
    return (grid + choices.start).astype(np.int32)


def _is_solvable(feedback: Numbers, pick: Rows) -> Flags:
    """Ways in which no line takes one unit or more of its own output per unit of it."""
    if not feedback.any():
        return np.ones(pick.shape[0], dtype=np.bool_)
    gain: Numbers = np.abs(np.linalg.eigvals(feedback[pick])).max(axis=1)
    return gain < UNSOLVABLE_GAIN
