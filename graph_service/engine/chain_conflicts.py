"""Which demands cannot be met together, and what cannot be made once something is ruled out."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import numpy as np

from graph_service.engine.chain_problem import Lines
from graph_service.engine.order import neighbours
from graph_service.engine.reach import fewest_steps
from graph_service.engine.requirements import requirements_by_output
from graph_service.engine.snapshot import Flags, Indices, Rows, Supplies

Demand = TypeVar("Demand", bound=Hashable)


def smallest_conflict(
    demands: Sequence[Demand], *, is_feasible: Callable[[frozenset[Demand]], bool]
) -> tuple[Demand, ...]:
    """Demands that cannot be met together, though they could without any one of them.

    All demands together are infeasible; the first ones are given up first (deletion filter).
    """
    kept = list(demands)
    for demand in demands:
        if not is_feasible(frozenset(one for one in kept if one != demand)):
            kept.remove(demand)
    return tuple(kept)


def unmakeable(supplies: Supplies, lines: Lines, *, is_open: Flags, is_candidate: Flags, is_ruled_out: Flags) -> Flags:
    """Items (items,) that cannot be made any more: ruled out, or in need of what cannot be made.

    An item needs every input that is not chosen (with a share), and of each open line one candidate.
    """
    in_open_line = lines.of_supply >= 0
    in_open_line[in_open_line] = is_open[lines.of_supply[in_open_line]]
    is_option = in_open_line & is_candidate
    is_needed = ~in_open_line & (supplies.share * supplies.amount != 0.0)
    left = np.bincount(lines.of_supply[is_option], minlength=lines.share.size)
    found = is_ruled_out.copy()
    found[lines.output_row[is_open & (left == 0)]] = True
    used = np.flatnonzero(is_option | is_needed).astype(np.int32)
    # Row i lists the places in ``used`` of the supplies that take item i.
    by_input = requirements_by_output(
        max(found.size, used.size),
        input_row=np.arange(used.size, dtype=np.int32),
        output_row=supplies.input_row[used],
        coefficient=np.ones(used.size),
    )
    frontier: Indices = np.flatnonzero(found)
    while frontier.size:
        taking = used[neighbours(by_input, frontier)]
        lost = lines.of_supply[taking[is_option[taking]]]
        np.subtract.at(left, lost, 1)
        emptied = np.unique(lost)
        reached = np.concatenate(
            (supplies.output_row[taking[is_needed[taking]]], lines.output_row[emptied[left[emptied] == 0]])
        )
        frontier = np.unique(reached)
        frontier = frontier[~found[frontier]]
        found[frontier] = True
    return found


def nearest_upstream(supplies: Supplies, item_row: int, *, is_used: Flags, is_wanted: Flags) -> Rows:
    """The wanted items in the fewest steps upstream of an item, over the used supplies; empty where there is none."""
    by_output = requirements_by_output(
        is_wanted.size,
        input_row=supplies.input_row[is_used],
        output_row=supplies.output_row[is_used],
        coefficient=np.ones(np.count_nonzero(is_used)),
    )
    tier = fewest_steps(by_output, item_row, further_inputs=np.empty(0, dtype=np.int32))
    rows = np.flatnonzero(is_wanted & (tier >= 0)).astype(np.int32)
    nearest: Rows = rows[tier[rows] == tier[rows].min(initial=is_wanted.size)]
    return nearest
