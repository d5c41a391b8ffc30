"""Small chain problems by hand or drawn at random, as the engine takes them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph_service.engine.chain_limits import Limits, make_limits
from graph_service.engine.chain_problem import ChainProblem, find_lines, make_problem
from graph_service.engine.chain_search import ChainSearch
from graph_service.engine.snapshot import Supplies


@dataclass(frozen=True, slots=True)
class Option:
    """A supply with its line (-1: none) and the cost of one unit of flow."""

    input_row: int
    output_row: int
    amount: float
    line: int = -1
    share: float = 1.0
    cost: float = 0.0


def supplies_of(options: Sequence[Option]) -> Supplies:
    """The options as the engine's columns."""
    return Supplies(
        input_row=np.array([one.input_row for one in options], dtype=np.int32),
        output_row=np.array([one.output_row for one in options], dtype=np.int32),
        amount=np.array([one.amount for one in options]),
        share=np.array([one.share for one in options]),
        stage=np.zeros(len(options), dtype=np.int8),
    )


def problem_of(kgco2e: Sequence[float], options: Sequence[Option]) -> ChainProblem:
    """Row 0 is demanded; lines are open unless bound by a sign, and every supply in them is a candidate."""
    supplies = supplies_of(options)
    lines = find_lines(
        supplies, line_code=np.array([one.line for one in options], dtype=np.int32), item_count=len(kgco2e)
    )
    direct = np.zeros((len(kgco2e), 4))
    direct[:, 0], direct[:, 1] = kgco2e, np.abs(kgco2e)
    return make_problem(
        supplies,
        lines,
        demanded=0,
        direct=direct,
        supply_cost=np.array([one.cost for one in options]),
        is_open=~lines.is_bound,
        is_candidate=np.ones(len(options), dtype=np.bool_),
    )


def no_limits(problem: ChainProblem) -> Limits:
    """Neither capacities nor shares."""
    return limits_of(problem, demand_per_year=0.0)


def limits_of(problem: ChainProblem, *, demand_per_year: float, capacities: dict[int, float] | None = None) -> Limits:
    """Capacities of items by row."""
    item_capacity = np.full(problem.item_count, np.inf)
    for row, capacity in (capacities or {}).items():
        item_capacity[row] = capacity
    return make_limits(
        problem,
        demand_per_year=demand_per_year,
        item_capacity=item_capacity,
        supply_capacity=np.full(problem.base_share.size, np.inf),
        least_shares=(),
    )


def search_of(problem: ChainProblem, *, limits: Limits | None = None, is_single_source: bool = False) -> ChainSearch:
    """The search with all items known."""
    return ChainSearch(
        problem,
        limits or no_limits(problem),
        is_single_source=is_single_source,
        is_known=np.ones(problem.item_count, dtype=np.bool_),
    )


def knapsack(seed: int, *, lines: int) -> tuple[ChainProblem, np.ndarray]:
    """An item with so many lines of two materials, and their (lines, 2, 2) kilograms and costs."""
    random = np.random.default_rng(seed)
    values = random.uniform(1.0, 10.0, (lines, 2, 2))
    options = [
        Option(1 + 2 * line + side, 0, 1.0, line=line, share=float(side == 0), cost=float(values[line, side, 1]))
        for line in range(lines)
        for side in (0, 1)
    ]
    return problem_of([0.5, *values[:, :, 0].ravel().tolist()], options), values


def tiers(seed: int, *, items: int, amount: float = 0.4) -> ChainProblem:
    """Each item takes of later ones over two lines of two and one supply that stays; 1 in 20 closes a loop."""
    random = np.random.default_rng(seed)
    options = []
    for output in range(items - 1):
        for place in range(5):
            is_back = random.random() < 0.05
            source = int(random.integers(0, items)) if is_back else int(random.integers(output + 1, items))
            line, cost = (place // 2, float(random.uniform(0.0, 3.0))) if place < 4 else (-1, 0.0)
            taken = float(random.uniform(0.2, 1.0)) * amount
            options.append(Option(source, output, taken, line, float(place % 2 == 0), cost * taken))
    return problem_of(random.uniform(0.1, 4.0, items).tolist(), options)
