"""What a chain weighs and costs, worked out from its shares alone, however they were found."""

from dataclasses import dataclass

import numpy as np

from graph_service.engine.chain_problem import reached_part
from graph_service.engine.columns import quotient
from graph_service.engine.once import Once
from graph_service.engine.requirements import absolute, requirements_by_output
from graph_service.engine.snapshot import Flags, Numbers, Supplies
from graph_service.engine.solver import Solver
from graph_service.engine.sums import sums_by_group


@dataclass(frozen=True, slots=True)
class ChainValue:
    """One way to source everything, per unit of the demanded item; ``share`` (supplies,), the rest by item.

    Unknown kilograms are 0. ``activity``: units of each item per demanded unit; ``reached``: the items in the chain.
    ``cost``: without those of supplies whose cost is not known. The shares of primary and verified kilograms are NaN
    where there are none.
    """

    share: Numbers
    total_kgco2e: float
    cost: float
    is_complete: bool
    absolute_kgco2e: float
    primary_data_share: float
    verified_share: float
    activity: Once[Numbers]
    reached: Flags


def value_chain(
    supplies: Supplies,
    share: Numbers,
    *,
    demanded: int,
    direct: Numbers,
    supply_cost: Numbers,
    is_known: Flags,
) -> ChainValue | None:
    """The chain with these shares; None where it takes one unit or more of something per unit of it.

    Parameters
    ----------
    direct
        (items, 1 + 3): kg CO2e, and absolute, primary and verified kg.
    supply_cost
        (supplies,) per unit of flow.
    """
    count = direct.shape[0]
    by_output = requirements_by_output(
        count, input_row=supplies.input_row, output_row=supplies.output_row, coefficient=supplies.amount * share
    )
    by_output, reached = reached_part(by_output, demanded)
    solver = Solver(by_output)
    if solver.unsolvable_item.any():
        return None
    output_cost = sums_by_group(supplies.output_row, supply_cost * share, group_count=count)
    plain = np.stack((direct[:, 0], output_cost), axis=1)
    positive = absolute(by_output)
    if positive is by_output:
        value = solver.solve(np.concatenate((plain, direct[:, 1:]), axis=1))[demanded]
    else:
        absolute_solver = Solver(positive)
        weight = absolute_solver.solve(direct[:, 1:])[demanded]
        weight[:] = np.nan if absolute_solver.unsolvable_item.any() else weight
        value = np.concatenate((solver.solve(plain)[demanded], weight))
    demand = np.zeros(count)
    demand[demanded] = 1.0
    shares = quotient(value[3:], np.full(2, value[2]))
    return ChainValue(
        share=share,
        total_kgco2e=float(value[0]),
        cost=float(value[1]),
        is_complete=not bool(np.any(reached & ~is_known)),
        absolute_kgco2e=float(value[2]),
        primary_data_share=float(shares[0]),
        verified_share=float(shares[1]),
        activity=Once(lambda: solver.solve_adjoint(demand)),
        reached=reached,
    )
