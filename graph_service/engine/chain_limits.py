"""What a chain must keep to beside its demand: cost, capacities, and least shares of primary and verified data."""

from dataclasses import dataclass, replace

import numpy as np

from graph_service.engine.chain_problem import ChainProblem
from graph_service.engine.chain_values import ChainValue
from graph_service.engine.requirements import absolute, entries_where, entry_rows, requirements_by_output
from graph_service.engine.snapshot import Numbers
from graph_service.engine.solver import Solver
from graph_service.engine.sums import sums_by_group

PRIMARY, VERIFIED = 2, 3
"""Columns of ``ChainProblem.direct`` that a share is asked of; column 1 holds the absolute kilograms."""
COST_LIMIT, CAPACITY_LIMIT = 0, 1
"""The other limits, beside these, of which a chain may be beyond one."""
_ABSOLUTE = 1


@dataclass(frozen=True, slots=True)
class Quality:
    """A least share as a linear limit: ``item @ activity + flow @ flow + constant`` is to be 0 or more.

    Kilograms of the marked kind less ``least_share`` of all absolute kilograms. NaN throughout where a loop leaves no
    absolute kilograms.
    """

    column: int
    least_share: float
    item: Numbers
    flow: Numbers
    constant: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of activity (items,) and flow (choices,) per demanded unit, infinite where there is none; shares."""

    least_activity: Numbers
    most_activity: Numbers
    most_flow: Numbers
    quality: tuple[Quality, ...]

    @property
    def has_bounds(self) -> bool:
        """Whether an activity or flow has a bound."""
        bounds = (-self.least_activity, self.most_activity, self.most_flow)
        return any(bool(np.any(bound < np.inf)) for bound in bounds)

    @property
    def is_coupling(self) -> bool:
        """Whether any of them can keep a line from what is best for it alone."""
        return bool(self.quality) or self.has_bounds


def make_limits(
    problem: ChainProblem,
    *,
    demand_per_year: float,
    item_capacity: Numbers,
    supply_capacity: Numbers,
    least_shares: tuple[tuple[int, float], ...],
) -> Limits:
    """The limits of a problem.

    Parameters
    ----------
    demand_per_year
        Of the demanded item; 0: capacities do not matter.
    item_capacity, supply_capacity
        Units of the item, and of the input that comes over a supply, per year; infinite where not given.
    least_shares
        Columns, PRIMARY or VERIFIED, and the share asked of each.
    """
    choices = problem.choices
    least_activity = np.full(problem.item_count, -np.inf)
    most_activity, most_flow = np.full(problem.item_count, np.inf), np.full(choices.supply.size, np.inf)
    if demand_per_year > 0.0:
        most_activity = item_capacity / demand_per_year
        coefficient = problem.supplies.amount * problem.base_share
        given = np.flatnonzero((coefficient != 0.0) & (supply_capacity < np.inf))
        bound = supply_capacity[given] / demand_per_year / coefficient[given]
        output, is_positive = problem.supplies.output_row[given], coefficient[given] > 0.0
        np.minimum.at(most_activity, output[is_positive], bound[is_positive])
        np.maximum.at(least_activity, output[~is_positive], bound[~is_positive])
        taken = choices.amount > 0.0
        most_flow[taken] = supply_capacity[choices.supply[taken]] / demand_per_year / choices.amount[taken]
    quality = tuple(_quality(problem, column, share) for column, share in least_shares)
    return Limits(least_activity, most_activity, most_flow, quality)


def _quality(problem: ChainProblem, column: int, least_share: float) -> Quality:
    direct, choices = problem.direct, problem.choices
    item = direct[:, column] - least_share * direct[:, _ABSOLUTE]
    flow = np.zeros(choices.supply.size)
    signed = problem.is_signed
    if not signed.any():
        return Quality(column, least_share, item, flow, 0.0)
    # Above a negative amount nothing is chosen: what lies there weighs the same, without signs, however it is used.
    rows = entry_rows(problem.fixed_by_output)
    above = absolute(entries_where(problem.fixed_by_output, signed[rows]))
    solver = Solver(above)
    whole = solver.solve(np.where(signed, item, 0.0))
    whole[solver.unsolvable_item] = np.nan
    crossing = signed[problem.fixed_by_output.indices] & ~signed[rows]
    brought = np.abs(problem.fixed_by_output.data[crossing]) * whole[problem.fixed_by_output.indices[crossing]]
    item = np.where(signed, 0.0, item) + sums_by_group(rows[crossing], brought, group_count=item.size)
    is_choice = signed[choices.input_row]
    flow[is_choice] = choices.amount[is_choice] * whole[choices.input_row[is_choice]]
    constant = float(whole[problem.demanded]) if signed[problem.demanded] else 0.0
    return Quality(column, least_share, item, flow, constant)


@dataclass(frozen=True, slots=True)
class Excess:
    """By how much, relative to it, a chain is beyond a limit: COST_LIMIT, CAPACITY_LIMIT, PRIMARY or VERIFIED."""

    limit: int
    part: float


def worst_excess(limits: Limits, problem: ChainProblem, value: ChainValue, *, cost_limit: float) -> Excess:
    """By how much, relative to the limit, a chain is beyond the limit it keeps least; 0 or less within all.

    Shares: by how much they are missed; of no kilograms none is missed. A share that cannot be stated for another
    reason counts as missed wholly.
    """
    excess = [(_beyond(np.array([value.cost]), np.array([cost_limit])), COST_LIMIT)]
    if limits.has_bounds:
        activity = value.activity.get()
        flow = value.share[problem.choices.supply] * activity[problem.choices.flow_output_row]
        bounds = (activity, limits.most_activity), (-activity, -limits.least_activity), (flow, limits.most_flow)
        excess += [(_beyond(number, most), CAPACITY_LIMIT) for number, most in bounds]
    for quality in limits.quality:
        share = value.primary_data_share if quality.column == PRIMARY else value.verified_share
        is_of_nothing = value.absolute_kgco2e == 0.0
        missing = -np.inf if is_of_nothing else 1.0 if np.isnan(share) else quality.least_share - share
        excess.append((missing, quality.column))
    part, limit = max(excess)
    return Excess(limit, part)


def _beyond(number: Numbers, most: Numbers) -> float:
    held = np.flatnonzero(most < np.inf)
    if not held.size:
        return -np.inf
    size = np.abs(most[held])
    return float(np.max((number[held] - most[held]) / np.where(size > 0.0, size, 1.0)))


def tightened(limits: Limits, margin: float, *, absolute_kgco2e: float) -> Limits:
    """The limits drawn in by a relative margin; ``absolute_kgco2e`` is what shares are of."""
    drawn_in = 1.0 - margin
    quality = (replace(one, constant=one.constant - margin * absolute_kgco2e) for one in limits.quality)
    return Limits(
        drawn_in * limits.least_activity, drawn_in * limits.most_activity, drawn_in * limits.most_flow, tuple(quality)
    )


def uniform_activity(problem: ChainProblem) -> Numbers:
    """Activity where each line takes equally of all its choices: how large numbers are, 1 where nothing is made."""
    size = np.diff(problem.choices.start, append=problem.choices.supply.size)
    activity = _activity(problem, (problem.choices.share / size)[problem.choices.line])
    return np.where(np.isfinite(activity) & (activity > 0.0), activity, 1.0)


def most_activity(problem: ChainProblem) -> Numbers:
    """Activity where each line takes of every choice all that it needs: no way to choose asks for more.

    Infinite where that takes one unit or more of something per unit of it.
    """
    return _activity(problem, problem.choices.share[problem.choices.line])


def _activity(problem: ChainProblem, flow_per_output: Numbers) -> Numbers:
    choices, fixed = problem.choices, problem.fixed_by_output
    by_output = requirements_by_output(
        problem.item_count,
        input_row=np.concatenate((fixed.indices, choices.input_row)),
        output_row=np.concatenate((entry_rows(fixed), choices.flow_output_row)),
        coefficient=np.concatenate((np.abs(fixed.data), choices.amount * flow_per_output)),
    )
    solver = Solver(by_output)
    if solver.unsolvable_item.any():
        return np.full(problem.item_count, np.inf)
    demand = np.zeros(problem.item_count)
    demand[problem.demanded] = 1.0
    return solver.solve_adjoint(demand)
