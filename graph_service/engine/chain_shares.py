"""A least share of data as a price: what a chain lacks of it takes the place of its cost, so that policies can buy it.

A least share is linear in activities and flows, as a budget is. So the best mix under one is a mix of two policies,
and single sourcing is searched between them, as under a budget.
"""

from dataclasses import replace

from graph_service.engine.chain_limits import Quality
from graph_service.engine.chain_policies import PolicySearch
from graph_service.engine.chain_problem import ChainProblem


class Priced:
    """The problem with what is lacking of a share as its cost, and the ``limit`` to that.

    ``size_kgco2e``: absolute kilograms of some chain, which rounding is held against.
    """

    __slots__ = ("limit", "policies", "problem")

    def __init__(self, problem: ChainProblem, quality: Quality, *, size_kgco2e: float) -> None:
        size = size_kgco2e if size_kgco2e > 0.0 else 1.0
        choices = replace(problem.choices, cost=-quality.flow / size)
        self.problem = replace(problem, fixed_cost=-quality.item / size, choices=choices)
        self.policies = PolicySearch(self.problem)
        self.limit = quality.constant / size
