"""Why no chain meets what is asked: the fewest constraints that conflict, each with how far it is from being met."""

from dataclasses import replace

import numpy as np

from graph_service.engine.chain_conflicts import smallest_conflict
from graph_service.engine.chain_limits import CAPACITY_LIMIT, COST_LIMIT, PRIMARY, VERIFIED
from graph_service.engine.chain_programs import Budgets, Program
from graph_service.engine.chain_search import ChainSearch, Found
from graph_service.errors import UnsolvableLoop
from graph_service.service.chain_candidates import Selection
from graph_service.service.chain_constraints import Demand, active_demands
from graph_service.service.chain_reasons import Reasons, listed
from graph_service.service.chain_searches import cost_limit, search_under
from graph_service.service.figures import figure_text, given_text
from graph_service.service.resolution import Numbers

EFFORT = 0.1
"""The part of an answer's time that each question of its explanation may take."""
_MOST_RATIO_STEPS = 30
_ROUNDING = 1e-9
_NEAR = 1e-3
"""A chain beyond a limit by less, relative to it, was kept from it by rounding."""
_DEMAND_OF_LIMIT = {
    COST_LIMIT: Demand.COST,
    CAPACITY_LIMIT: Demand.CAPACITY,
    PRIMARY: Demand.PRIMARY,
    VERIFIED: Demand.VERIFIED,
}


def undecided_because(selection: Selection, found: Found) -> str:
    """Why a search ended without a chain and without a proof that there is none, and what to widen by how much."""
    missed = found.misses
    if missed is None or not 0.0 < missed.part < _NEAR:
        named = ", ".join(demand.value for demand in Demand if demand in active_demands(selection.asked))
        return (
            f"not decided: whether a chain can meet these together was not found out in time: {named}; none was found, "
            "and it is not proven that there is none; widen one of them"
        )
    demand = _DEMAND_OF_LIMIT[missed.limit]
    is_share = missed.limit in (PRIMARY, VERIFIED)
    beyond = "short of it" if is_share else "of the limit beyond it"
    widened = "ask for a share less" if is_share else "widen it"
    return (
        f"{demand.value} can be met only to within rounding: the nearest chain found is {missed.part:.1g} {beyond}; "
        f"{widened} by {2.0 * missed.part:.1g}{'' if is_share else ' of itself'}"
    )


def infeasible_because(selection: Selection) -> str:
    """The constraints that cannot be met together, in words and numbers."""
    demands = active_demands(selection.asked)
    ordered = [demand for demand in Demand if demand in demands]
    if _is_met(selection, frozenset()) is False:
        obstacle = _obstacle(selection, frozenset())
        return f"costs are compared in {selection.currency}: {obstacle}" if obstacle else "no chain makes the item"
    open_questions: list[frozenset[Demand]] = []

    def may_be_met(some: frozenset[Demand]) -> bool:
        is_met = _is_met(selection, some)
        if is_met is None:
            open_questions.append(some)
        return is_met is not False

    conflict = smallest_conflict(ordered, is_feasible=may_be_met)
    obstacle = _obstacle(selection, frozenset(conflict))
    if obstacle:
        return f"{' and '.join(demand.value for demand in conflict)}: {obstacle}"
    texts = [_text(selection, demand, frozenset(conflict)) for demand in conflict]
    if len(texts) == 1:
        return texts[0]
    some = " (whether without some of these was not decided in time)" if open_questions else ""
    return f"these cannot be met together{some}: {'; '.join(texts)}"


def _is_met(selection: Selection, demands: frozenset[Demand]) -> bool | None:
    """Whether some chain meets the demands; None where that was not decided in the time that an explanation takes."""
    search = search_under(selection, selection.under(demands), demands)
    found = Found(None, np.inf) if search is None else search.best(cost_limit(selection, demands), effort=EFFORT)
    return True if found.value is not None else None if found.bound_kgco2e < np.inf else False


def _obstacle(selection: Selection, demands: frozenset[Demand]) -> str:
    """What cannot be made under the demands, empty where the demanded item can."""
    candidates, demanded = selection.under(demands), selection.question.local.demanded
    return Reasons(candidates).obstacle(demanded) if candidates.cannot_be_made[demanded] else ""


def _text(selection: Selection, demand: Demand, conflict: frozenset[Demand]) -> str:
    """One of the conflicting demands, and how near to it the others let one come."""
    asked, others = selection.asked, conflict - {demand}
    match demand:
        case Demand.COST:
            return _cost_text(selection, others)
        case Demand.CAPACITY:
            return _capacity_text(selection, conflict)
        case Demand.PRIMARY:
            return _share_text(selection, demand, PRIMARY, asked.min_primary_data_share or 0.0, others)
        case Demand.VERIFIED:
            return _share_text(selection, demand, VERIFIED, asked.min_verified_share or 0.0, others)
        case Demand.EXCLUSIONS:
            return f"excluded: {', '.join([*asked.exclude_supplier_uids, *asked.exclude_region_uids])}"
        case Demand.GRADE:
            return f"worstGrade {asked.worst_grade.value if asked.worst_grade else ''}"
        case Demand.SINGLE_SOURCE:
            return "singleSource: there are chains, but only with several suppliers in a line"


def _cost_text(selection: Selection, others: frozenset[Demand]) -> str:
    limit, currency = selection.asked.max_unit_cost or 0.0, selection.currency
    asked = f"maxUnitCost {given_text(limit)} {currency}"
    # Costs that are not known rule out what needs them here too: else the cheapest chain would seem to be free.
    candidates = selection.under(others | {Demand.COST})
    search = search_under(selection, candidates, others)
    cheapest = None if search is None else search.cheapest().value
    if cheapest is None:
        return asked
    chain = "chain found" if search is not None and _is_cut_short(search) else "chain"
    return f"{asked}: the cheapest {chain} costs {figure_text(cheapest.cost, beside=[limit])} {currency}"


def _is_cut_short(search: ChainSearch) -> bool:
    """Whether the search may have ended before it had looked at everything."""
    return search.is_single_source and search.ways is None


def _share_text(selection: Selection, demand: Demand, column: int, least: float, others: frozenset[Demand]) -> str:
    asked = f"{demand.value} {given_text(least)}"
    search = search_under(selection, selection.under(others), others)
    most = None if search is None else _most_share(selection, search, column, cost_limit(selection, others))
    if most is None:
        return f"{asked}: no chain reaches it"
    reached = "was found" if search is not None and _is_cut_short(search) else "can be reached"
    return f"{asked}: the most that {reached} is {figure_text(most, beside=[least])}"


def _most_share(selection: Selection, search: ChainSearch, column: int, limit: float) -> float | None:
    """The greatest share of marked kilograms that a chain can have (Dinkelbach); None where it cannot be stated."""
    problem = search.problem
    if problem.is_signed.any():
        return None
    share = 0.0
    for _ in range(_MOST_RATIO_STEPS):
        direct = problem.direct.copy()
        direct[:, 0] = share * direct[:, 1] - direct[:, column]
        try:
            found = ChainSearch(
                replace(problem, direct=direct),
                search.limits,
                is_single_source=search.is_single_source,
                is_known=selection.question.current.equations.is_known,
                allowance=selection.allowance,
            ).best(limit, effort=EFFORT)
        except UnsolvableLoop:
            return None
        if found.value is None:
            return None
        reached = found.value.primary_data_share if column == PRIMARY else found.value.verified_share
        if np.isnan(reached) or reached <= share + _ROUNDING:
            return None if np.isnan(reached) else max(share, reached)
        share = reached
    return share


def _capacity_text(selection: Selection, conflict: frozenset[Demand]) -> str:
    demand = selection.asked.demand_per_year or 0.0
    asked = f"demandPerYear {given_text(demand)}"
    search = search_under(selection, selection.under(conflict), conflict)
    if search is None:
        return asked
    budgets = Budgets(cost=cost_limit(selection, conflict))
    overloaded = Program(search.problem, search.limits).least_overload(
        budgets, pick=search.start, most_seconds=selection.allowance.left_seconds
    )
    texts: list[str] = []
    if overloaded is not None:
        plan = overloaded.plan.get()
        texts = _overloads(selection, demand * plan.activity, demand * search.problem.flows(plan))
    if not texts:
        return f"{asked}: no way to choose keeps to the capacities"
    return f"{asked}: {listed(texts[:3], len(texts))}"


def _overloads(selection: Selection, made: Numbers, taken: Numbers) -> list[str]:
    """The capacities that are exceeded, in units per year of each item, and of the input over each supply."""
    question = selection.question
    units = question.graph.day.facts.items["declared_unit"]
    texts: list[str] = []
    for item in np.flatnonzero(made > question.item_capacity * (1.0 + 1e-6)).tolist():
        unit = units[int(question.local.item_row[item])].as_py()
        has, needs = float(question.item_capacity[item]), float(made[item])
        texts.append(f"capacity of item {question.item_uid(item)}: {_per_year(has, needs, unit)}")
    supplies = question.snapshot.supplies
    for supply in np.flatnonzero(taken > question.supply_capacity * (1.0 + 1e-6)).tolist():
        unit = units[int(question.local.item_row[supplies.input_row[supply]])].as_py()
        has, needs = float(question.supply_capacity[supply]), float(taken[supply])
        texts.append(f"capacity of supply {question.supply_cell(supply, 'uid')}: {_per_year(has, needs, unit)}")
    return texts


def _per_year(has: float, needs: float, unit: str) -> str:
    return f"{given_text(has)} {unit} per year, {figure_text(needs, beside=[has])} needed"
