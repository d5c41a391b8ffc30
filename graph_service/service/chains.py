"""Low-carbon chains: the best way to source every line upstream of an item, beside today's, with its proof."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph_service.engine.chain_fronts import front
from graph_service.engine.chain_search import ChainSearch, Found
from graph_service.engine.chain_values import ChainValue, value_chain
from graph_service.engine.once import Once
from graph_service.engine.sums import sums_by_group
from graph_service.errors import UnsolvableLoop
from graph_service.service.chain_candidates import Candidates, Selection
from graph_service.service.chain_conflicts import infeasible_because, undecided_because
from graph_service.service.chain_constraints import (
    ChainConstraints,
    Demand,
    active_demands,
    check_constraints,
    check_fixed_costs,
    currency_of,
)
from graph_service.service.chain_question import ChainQuestion, chain_question
from graph_service.service.chain_reasons import Reasons
from graph_service.service.chain_searches import cost_limit, search_under
from graph_service.service.footprints import known
from graph_service.service.ranking import Listing, Positions
from graph_service.service.resolution import Numbers
from graph_service.service.snapshots import ViewedGraph

_UNCHANGED = 1e-12
"""A share that differs from today's by no more than this is today's."""


@dataclass(frozen=True, slots=True)
class ChainChoice:
    """One supply of a line, a row of the facts' supplies; the savings of all choices sum to the whole saving."""

    supply_row: int
    share: float
    current_share: float
    saving_kgco2e: float


@dataclass(frozen=True, slots=True)
class Chain:
    """One way to source everything upstream, per declared unit of the item.

    ``unit_cost``: None where a supply in use has no known cost though its line has costs, or nothing upstream has any.
    ``lower_bound_kgco2e``: no chain within the constraints (on the front: none at its cost) has less. ``choices``:
    changed lines first, by what they save; then by uid.
    """

    total_kgco2e: float
    is_complete: bool
    unit_cost: float | None
    currency: str | None
    choices: Sequence[ChainChoice]
    primary_data_share: float | None
    verified_share: float | None
    lower_bound_kgco2e: float


@dataclass(frozen=True, slots=True)
class NotCandidate:
    """A supply of a line that could not be weighed or is ruled out, a row of the facts' supplies."""

    supply_row: int
    reason: str


@dataclass(frozen=True, slots=True)
class LowCarbonChains:
    """Today's chain beside the best, and the front of cost and carbon from cheapest to cleanest.

    The front keeps to every constraint but the most that sourcing may cost, and is of chains whose cost is known; one
    chain where none is. ``fixed_supply_rows``: of lines with a negative amount in them or between them and the item;
    where a share of data is asked for, also of those beside a negative supply between the same two items.
    ``infeasible_because``: None when ``best`` exists.
    """

    current: Chain
    best: Chain | None
    pareto: Sequence[Chain]
    not_candidates: Sequence[NotCandidate]
    fixed_supply_rows: Sequence[int]
    infeasible_because: str | None


def low_carbon_chains(
    graph: ViewedGraph, item_row: int, constraints: ChainConstraints, *, pareto_points: int = 12
) -> LowCarbonChains:
    """The best sourcing of an item under constraints; ``docs/how-to/chains.md`` has the rules.

    Raises
    ------
    InvalidInput
        A constraint out of range, an unknown uid, several currencies and none asked for, or nothing is known of what
        the item emits.
    UnsolvableLoop
        A loop upstream takes one unit or more of itself per unit made.
    """
    check_constraints(constraints, graph.day.facts, pareto_points=pareto_points)
    question = chain_question(graph, item_row)
    currency = currency_of(question, constraints)
    selection = Selection(question, constraints, currency)
    check_fixed_costs(
        question, currency=currency, is_fixed=~selection.in_open_line, is_other=selection.costs_other_money
    )
    demands = active_demands(constraints)
    candidates = selection.under(demands)
    search = search_under(selection, candidates, demands)
    best = Found(None, np.inf) if search is None else search.best(cost_limit(selection, demands))
    points = _front(selection, search, demands, best=best, most=pareto_points) if pareto_points else []
    today = _today(question, selection)
    bound_kgco2e = today.total_kgco2e if best.value is None else best.bound_kgco2e
    return LowCarbonChains(
        current=_chain(selection, today, bound_kgco2e),
        best=None if best.value is None else _chain(selection, best.value, best.bound_kgco2e),
        pareto=[_chain(selection, one.value, one.bound_kgco2e) for one in points if one.value is not None],
        not_candidates=_not_candidates(selection, candidates),
        fixed_supply_rows=question.supplies_where(~selection.in_line),
        infeasible_because=None if best.value is not None else _because(selection, best),
    )


def _front(
    selection: Selection, search: ChainSearch | None, demands: frozenset[Demand], *, best: Found, most: int
) -> Sequence[Found]:
    """The front of chains whose cost is known, whatever they may cost; where no chain's is, the cleanest alone.

    ``search`` and ``best`` are those under ``demands``.
    """
    others = demands - {Demand.COST}
    if selection.currency is None:
        return [best]
    if selection.has_unpriced_supply and Demand.COST not in demands:
        search = search_under(selection, selection.under(others | {Demand.COST}), others)
    try:
        points = [] if search is None else front(search, most=most)
    except UnsolvableLoop:
        # Without a budget a loop of alternatives pays for ever, so that the front has no cleanest end.
        return [best]
    if points or not selection.has_unpriced_supply:
        return points or [best]
    if Demand.COST not in demands:
        return [best]
    unpriced = search_under(selection, selection.under(others), others)
    return [] if unpriced is None else [unpriced.best(np.inf)]


def _because(selection: Selection, best: Found) -> str:
    if best.bound_kgco2e < np.inf:
        return undecided_because(selection, best)
    text, question = infeasible_because(selection), selection.question
    held = np.flatnonzero(selection.is_held)
    if not len(held) or not any(demand.value in text for demand in (Demand.PRIMARY, Demand.VERIFIED)):
        return text
    line = question.supply_cell(int(held[0]), "line")
    uid = question.item_uid(int(question.snapshot.supplies.output_row[held[0]]))
    return (
        f"{text} (line {line} of {uid} is kept as it is today: "
        "a negative supply joins the same two items as one of its own)"
    )


def _today(question: ChainQuestion, selection: Selection) -> ChainValue:
    supplies = question.snapshot.supplies
    value = value_chain(
        supplies,
        supplies.share,
        demanded=question.local.demanded,
        direct=question.direct,
        supply_cost=selection.supply_cost,
        is_known=question.current.equations.is_known,
    )
    if value is None:
        raise UnsolvableLoop("not computable: a loop upstream takes one unit or more of itself per unit made")
    return value


def _chain(selection: Selection, value: ChainValue, bound_kgco2e: float) -> Chain:
    supplies = selection.question.snapshot.supplies
    is_used = (value.share > 0.0) & value.reached[supplies.output_row]
    is_unknown = selection.lacks_cost | selection.costs_other_money
    is_priced = selection.currency is not None and not np.any(is_used & is_unknown)
    return Chain(
        total_kgco2e=value.total_kgco2e,
        is_complete=value.is_complete,
        unit_cost=value.cost if is_priced else None,
        currency=selection.currency,
        choices=_choices(selection.question, value),
        primary_data_share=known(value.primary_data_share),
        verified_share=known(value.verified_share),
        lower_bound_kgco2e=bound_kgco2e,
    )


def _choices(question: ChainQuestion, value: ChainValue) -> Sequence[ChainChoice]:
    """The supplies of all lines; worked out when first looked at.

    Of what is not made nothing is chosen: lines there keep today's shares.
    """
    supplies = question.snapshot.supplies
    share, current = np.where(value.reached[supplies.output_row], value.share, supplies.share), supplies.share
    ranked = Once(lambda: _ranked(question, value, share))

    def build(places: range) -> list[ChainChoice]:
        order, saving_kgco2e = ranked.get()
        chosen = order[places.start : places.stop : places.step] if len(places) else order[:0]
        rows = question.supply_rows
        return [
            ChainChoice(int(rows[one]), float(share[one]), float(current[one]), float(saving_kgco2e[one]))
            for one in chosen.tolist()
        ]

    return Listing(len(question.choice_rows), build)


def _ranked(question: ChainQuestion, value: ChainValue, share: Numbers) -> tuple[Positions, Numbers]:
    """The supplies of lines in the order of ``Chain.choices``, and what each supply (supplies,) saves.

    Of a line the savings are as against its mean of today: they sum to the difference of the totals.
    """
    supplies, lines, rows = question.snapshot.supplies, question.lines, question.choice_rows
    line, count = lines.of_supply[rows], len(lines.share)
    brings = supplies.amount * question.total_kgco2e[supplies.input_row]
    old = sums_by_group(line, (supplies.share * brings)[rows], group_count=count)
    mean = np.divide(old, lines.share, out=np.zeros(count), where=lines.share != 0.0)
    more = share - supplies.share
    saving = np.zeros(len(more))
    saving[rows] = -value.activity.get()[supplies.output_row[rows]] * more[rows] * (brings[rows] - mean[line])
    is_changed = np.zeros(count, np.bool_)
    is_changed[line[np.abs(more[rows]) > _UNCHANGED]] = True
    of_line = np.where(is_changed, sums_by_group(line, saving[rows], group_count=count), 0.0)
    return rows[np.lexsort((np.arange(len(rows)), -of_line[line], ~is_changed[line]))], saving


def _not_candidates(selection: Selection, candidates: Candidates) -> Sequence[NotCandidate]:
    """The refused supplies of lines by uid; the reasons are worded when looked at."""
    question, reasons = selection.question, Reasons(candidates)
    refused = question.choice_rows[candidates.refusal[question.choice_rows] > 0]

    def build(places: range) -> list[NotCandidate]:
        return [
            NotCandidate(int(question.supply_rows[refused[at]]), reasons.refusal(int(refused[at]))) for at in places
        ]

    return Listing(len(refused), build)
