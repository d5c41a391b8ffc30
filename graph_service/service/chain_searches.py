"""The engine's search for a selection of candidates and some of the demands on it."""

import numpy as np

from graph_service.engine.chain_limits import PRIMARY, VERIFIED, make_limits
from graph_service.engine.chain_search import ChainSearch
from graph_service.service.chain_candidates import Candidates, Selection
from graph_service.service.chain_constraints import Demand


def search_under(selection: Selection, candidates: Candidates, demands: frozenset[Demand]) -> ChainSearch | None:
    """The search under these demands, which the candidates were chosen under; None where no candidates are left."""
    question, asked = selection.question, selection.asked
    if candidates.cannot_be_made[question.local.demanded]:
        return None
    shares = (
        (Demand.PRIMARY, PRIMARY, asked.min_primary_data_share),
        (Demand.VERIFIED, VERIFIED, asked.min_verified_share),
    )
    limits = make_limits(
        candidates.problem,
        demand_per_year=(asked.demand_per_year or 0.0) if Demand.CAPACITY in demands else 0.0,
        item_capacity=question.item_capacity,
        supply_capacity=question.supply_capacity,
        least_shares=tuple((column, share or 0.0) for demand, column, share in shares if demand in demands),
    )
    return ChainSearch(
        candidates.problem,
        limits,
        is_single_source=Demand.SINGLE_SOURCE in demands,
        is_known=question.current.equations.is_known,
        allowance=selection.allowance,
    )


def cost_limit(selection: Selection, demands: frozenset[Demand]) -> float:
    """The most that sourcing may cost under these demands, infinite where that is no matter."""
    limit = selection.asked.max_unit_cost
    return limit if limit is not None and Demand.COST in demands else np.inf
