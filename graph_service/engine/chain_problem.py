"""The choice of technology as arrays: lines of substitutes, what flows through each, and what a way to choose weighs.

The rectangular model of Duchin and Levine (doi:10.1080/09535314.2011.571238): activity of every item and flow over
every supply of a line; of each line flows in all what its output's activity asks for.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from graph_service.engine.once import Once
from graph_service.engine.reach import downstream
from graph_service.engine.requirements import entries_where, requirements_by_output
from graph_service.engine.snapshot import Flags, Numbers, Rows, Supplies
from graph_service.engine.sums import sums_by_group

_NO_PART = 1e-10
"""A part of a line that is smaller than this is rounding."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of at least two supplies. ``of_supply`` (supplies,) is -1 elsewhere; the rest is by line.

    ``is_bound``: a negative amount is in the line, or between it and the demand, so that its shares stay.
    ``is_offset``: a supply of the line and a negative one join the same two items. They add up before signs are
    dropped, so that absolute kilograms are not linear in the line's shares. ``is_signed`` (items,): what a negative
    amount takes of, directly or further up; its activity may be negative.
    """

    of_supply: Rows
    output_row: Rows
    share: Numbers
    is_bound: Flags
    is_offset: Flags
    is_signed: Flags


def find_lines(supplies: Supplies, *, line_code: Rows, item_count: int) -> Lines:
    """The lines of these supplies: equal output and equal ``line_code``, which is -1 where a supply has no line."""
    coded = np.flatnonzero(line_code >= 0)
    key = supplies.output_row[coded].astype(np.int64) * (int(line_code.max(initial=0)) + 1) + line_code[coded]
    _, which, size = np.unique(key, return_inverse=True, return_counts=True)
    number = np.where(size > 1, np.cumsum(size > 1) - 1, -1).astype(np.int32)
    of_supply = np.full(line_code.size, -1, dtype=np.int32)
    of_supply[coded] = number[which]
    count = int(np.count_nonzero(size > 1))
    held = np.flatnonzero(of_supply >= 0)
    line = of_supply[held]
    output_row = np.zeros(count, dtype=np.int32)
    output_row[line] = supplies.output_row[held]
    is_signed = _signed(supplies, item_count)
    is_bound = is_signed[output_row]
    is_bound[line[supplies.amount[held] < 0.0]] = True
    is_offset = np.zeros(count, dtype=np.bool_)
    is_offset[line[_beside_negative(supplies, item_count)[held]]] = True
    return Lines(
        of_supply=of_supply,
        output_row=output_row,
        share=sums_by_group(line, supplies.share[held], group_count=count),
        is_bound=is_bound,
        is_offset=is_offset,
        is_signed=is_signed,
    )


def _beside_negative(supplies: Supplies, item_count: int) -> Flags:
    """Supplies (supplies,) whose input and output a negative supply has too."""
    pair = supplies.input_row.astype(np.int64) * item_count + supplies.output_row
    return np.isin(pair, pair[supplies.amount * supplies.share < 0.0])


def _signed(supplies: Supplies, item_count: int) -> Flags:
    """Items upstream of a negative supply. Lines there keep their shares, so what has no share leads nowhere."""
    coefficient = supplies.amount * supplies.share
    sources = np.zeros(item_count, dtype=np.bool_)
    sources[supplies.input_row[coefficient < 0.0]] = True
    by_output = requirements_by_output(
        item_count, input_row=supplies.input_row, output_row=supplies.output_row, coefficient=np.abs(coefficient)
    )
    return downstream(by_output, sources)


@dataclass(frozen=True, slots=True)
class Choices:
    """The supplies between which is chosen, line by line: each line has at least two.

    By choice: ``supply``, ``line`` (ascending), ``input_row``, ``amount``, ``cost`` per unit of flow. By line: the
    place ``start`` of its first choice, ``output_row``, and ``share``, the flow per unit of output.
    """

    supply: Rows
    line: Rows
    input_row: Rows
    amount: Numbers
    cost: Numbers
    start: Rows
    output_row: Rows
    share: Numbers

    @property
    def flow_output_row(self) -> Rows:
        """The output of each choice."""
        return self.output_row[self.line]

    def least(self, value: Numbers) -> Numbers:
        """The least value in each line."""
        return np.minimum.reduceat(value, self.start) if self.start.size else np.empty(0)

    def first_where(self, is_wanted: Flags) -> Rows:
        """The first wanted choice of each line; every line has one."""
        wanted = np.flatnonzero(is_wanted)[::-1].astype(np.int32)
        first = np.zeros(self.start.size, dtype=np.int32)
        first[self.line[wanted]] = wanted
        return first


@dataclass(frozen=True, slots=True)
class ChainProblem:
    """Whom to take from so that one unit of ``demanded`` weighs least. Arrays by local item, supply or choice.

    ``fixed_by_output`` holds all that is not chosen, ``fixed_cost`` what it costs per unit of output; ``base_share``
    (supplies,) its shares, 0 for choices. ``direct`` (items, 1 + 3): kg CO2e, and absolute, primary and verified kg.
    """

    demanded: int
    direct: Numbers
    fixed_by_output: sparse.csr_array
    fixed_cost: Numbers
    choices: Choices
    base_share: Numbers
    is_signed: Flags
    supplies: Supplies
    supply_cost: Numbers

    @property
    def item_count(self) -> int:
        """How many items the demand can reach."""
        return self.fixed_cost.size

    def picked_shares(self, pick: Rows) -> Numbers:
        """The share of each supply (supplies,) where each line goes to its pick."""
        share = self.base_share.copy()
        share[self.choices.supply[pick]] = self.choices.share
        return share

    def shares(self, plan: "Plan") -> Numbers:
        """The share of each supply (supplies,) in a plan; of what is not made the lines go to the plan's picks."""
        choices, share = self.choices, self.picked_shares(plan.pick)
        made = plan.activity[choices.output_row]
        flowing = sums_by_group(choices.line, plan.flow, group_count=made.size)
        is_made = (made > 0.0) & (flowing > 0.0)
        part = plan.flow * np.divide(1.0, flowing, out=np.zeros_like(made), where=is_made)[choices.line]
        part[part < _NO_PART] = 0.0
        left = sums_by_group(choices.line, part, group_count=made.size)
        full = np.divide(choices.share, left, out=np.zeros_like(made), where=is_made)[choices.line]
        share[choices.supply] = np.where(is_made[choices.line], part * full, share[choices.supply])
        return share

    def flows(self, plan: "Plan") -> Numbers:
        """What flows over each supply (supplies,) in a plan, in units of its input per demanded unit."""
        flow = self.base_share * plan.activity[self.supplies.output_row]
        flow[self.choices.supply] = plan.flow
        return flow * self.supplies.amount


def make_problem(
    supplies: Supplies,
    lines: Lines,
    *,
    demanded: int,
    direct: Numbers,
    supply_cost: Numbers,
    is_open: Flags,
    is_candidate: Flags,
) -> ChainProblem:
    """The problem in which the open lines (``is_open``, by line) may choose between candidates (by supply).

    A line with one candidate takes all of it, one with none takes nothing: its output must then be out of reach.
    """
    count = direct.shape[0]
    in_open_line = lines.of_supply >= 0
    in_open_line[in_open_line] = is_open[lines.of_supply[in_open_line]]
    candidate = np.flatnonzero(in_open_line & is_candidate).astype(np.int32)
    candidate = candidate[np.argsort(lines.of_supply[candidate], kind="stable")]
    line = lines.of_supply[candidate]
    size = np.bincount(line, minlength=lines.share.size)
    base_share = np.where(in_open_line, 0.0, supplies.share)
    forced = candidate[size[line] == 1]
    base_share[forced] = lines.share[lines.of_supply[forced]]
    chosen = candidate[size[line] > 1]
    fixed_by_output = requirements_by_output(
        count,
        input_row=supplies.input_row,
        output_row=supplies.output_row,
        coefficient=supplies.amount * base_share,
    )
    return ChainProblem(
        demanded=demanded,
        direct=direct,
        fixed_by_output=fixed_by_output,
        fixed_cost=sums_by_group(supplies.output_row, supply_cost * base_share, group_count=count),
        choices=_choices(supplies, lines, chosen, supply_cost),
        base_share=base_share,
        is_signed=lines.is_signed,
        supplies=supplies,
        supply_cost=supply_cost,
    )


def _choices(supplies: Supplies, lines: Lines, chosen: Rows, supply_cost: Numbers) -> Choices:
    old_line = lines.of_supply[chosen]
    start = np.flatnonzero(np.diff(old_line, prepend=-1)).astype(np.int32)
    own = old_line[start]
    return Choices(
        supply=chosen,
        line=(np.cumsum(np.diff(old_line, prepend=-1) != 0) - 1).astype(np.int32),
        input_row=supplies.input_row[chosen],
        amount=supplies.amount[chosen],
        cost=supply_cost[chosen],
        start=start,
        output_row=lines.output_row[own],
        share=lines.share[own],
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """Activity of each item and flow over each choice per demanded unit, with their kilograms and cost.

    ``pick``: one choice of each line, for lines of which nothing is made.
    """

    activity: Numbers
    flow: Numbers
    pick: Rows


@dataclass(frozen=True, slots=True)
class Point:
    """One way to source everything, by its kilograms and cost per demanded unit; the plan is worked out when asked.

    ``is_single``: each line goes to its pick and no other choice.
    """

    carbon_kgco2e: float
    cost: float
    pick: Rows
    plan: Once[Plan]
    is_single: bool = False


def mixed(first: Plan, second: Plan, *, part_of_second: float) -> Plan:
    """Both plans side by side: a part of the demand is met by each."""
    part = 1.0 - part_of_second
    return replace(
        first,
        activity=part * first.activity + part_of_second * second.activity,
        flow=part * first.flow + part_of_second * second.flow,
    )


def reached_part(by_output: sparse.csr_array, demanded: int) -> tuple[sparse.csr_array, Flags]:
    """The matrix with the rows of items that the demand reaches alone, and which these are."""
    sources = np.zeros(by_output.shape[0], dtype=np.bool_)
    sources[demanded] = True
    reached = downstream(by_output, sources)
    return entries_where(by_output, np.repeat(reached, np.diff(by_output.indptr))), reached
