"""Chains under a least share of data that policies buy, against every way to choose."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from graph_service.engine.allowance import Allowance
from graph_service.engine.chain_branching import single_within
from graph_service.engine.chain_enumeration import all_ways
from graph_service.engine.chain_fronts import front
from graph_service.engine.chain_hull import least_within
from graph_service.engine.chain_limits import PRIMARY, Limits, make_limits
from graph_service.engine.chain_policies import CARBON
from graph_service.engine.chain_problem import ChainProblem
from graph_service.engine.chain_programs import Budgets, Program
from graph_service.engine.chain_search import ChainSearch
from graph_service.engine.chain_shares import Priced
from tests.support.chain_problems import knapsack, tiers

SEEDS = range(8)
MANY_LINES = 15


def with_data(problem: ChainProblem, seed: int) -> ChainProblem:
    """Two items in five have primary data."""
    direct = problem.direct.copy()
    is_primary = np.random.default_rng(seed).random(problem.item_count) < 0.4
    direct[:, PRIMARY] = np.where(is_primary, direct[:, 1], 0.0)
    return replace(problem, direct=direct)


def least_share(problem: ChainProblem, share: float, *, capacity: float = np.inf) -> Limits:
    """A share of primary data, and the capacity of the last item, of a demand of 1 a year."""
    item_capacity = np.full(problem.item_count, np.inf)
    item_capacity[-1] = capacity
    return make_limits(
        problem,
        demand_per_year=1.0,
        item_capacity=item_capacity,
        supply_capacity=np.full(problem.base_share.size, np.inf),
        least_shares=((PRIMARY, share),),
    )


def search_under(problem: ChainProblem, limits: Limits, allowance: Allowance | None = None) -> ChainSearch:
    """Single sourcing, all data known."""
    is_known = np.ones(problem.item_count, dtype=np.bool_)
    return ChainSearch(problem, limits, is_single_source=True, is_known=is_known, allowance=allowance)


def every_knapsack(problem: ChainProblem, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kilograms, cost and primary share of every way to fill it."""
    picks = np.array(list(itertools.product((0, 1), repeat=len(values))))
    taken = values[np.arange(len(values)), picks]
    primary = problem.direct[1:, PRIMARY].reshape(-1, 2)[np.arange(len(values)), picks].sum(axis=1)
    kgco2e = problem.direct[0, 0] + taken[:, :, 0].sum(axis=1)
    return kgco2e, taken[:, :, 1].sum(axis=1), (primary + problem.direct[0, PRIMARY]) / kgco2e


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7])
def test_policies_buy_a_share_as_the_program_and_all_ways_do(seed: int, share: float) -> None:
    problem = with_data(tiers(seed, items=7), seed)
    limits, start = least_share(problem, share), problem.choices.start.copy()
    priced = Priced(problem, limits.quality[0], size_kgco2e=3.0)
    mix = least_within(priced.policies, priced.limit, start=start)
    solved = Program(problem, limits).mix(CARBON, Budgets(), pick=start)
    assert mix is not None
    assert (mix.point is None) == (solved.point is None)
    if solved.point is not None:
        assert mix.bound_kgco2e == pytest.approx(solved.point.carbon_kgco2e, rel=1e-7)
    ways = all_ways(problem, limits)
    single = single_within(priced.policies, priced.problem, priced.limit, start=start, allowance=Allowance())
    assert ways is not None
    assert single is not None
    assert (single.point is None) == (ways.cost.size == 0)
    if single.point is not None:
        assert single.point.carbon_kgco2e == pytest.approx(ways.carbon_kgco2e.min(), rel=1e-9)
        assert single.bound_kgco2e == pytest.approx(ways.carbon_kgco2e.min(), rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_single_sources_under_a_share_and_a_budget_are_the_best_of_all(seed: int) -> None:
    problem, values = knapsack(seed, lines=MANY_LINES)
    problem = with_data(problem, seed)
    kgco2e, cost, primary = every_knapsack(problem, values)
    share = float(np.quantile(primary, 0.9))
    search = search_under(problem, least_share(problem, share))
    assert search.ways is None
    for budget in (np.inf, float(np.median(cost[primary >= share]))):
        best = search.best(budget)
        least = kgco2e[(primary >= share - 1e-9) & (cost <= budget * (1.0 + 1e-9))].min()
        assert best.value is not None
        assert best.value.total_kgco2e == pytest.approx(least, rel=1e-9)
        assert best.bound_kgco2e <= least * (1.0 + 1e-9)
        assert best.bound_kgco2e == pytest.approx(least, rel=1e-6)
        assert best.value.primary_data_share >= share - 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_a_share_above_that_of_all_chains_is_proven_out_of_reach_and_one_just_below_is_reached(seed: int) -> None:
    problem, values = knapsack(seed, lines=MANY_LINES)
    problem = with_data(problem, seed)
    most = float(every_knapsack(problem, values)[2].max())
    # Of no time nothing is needed: policies answer.
    beyond = search_under(problem, least_share(problem, most + 1e-6), Allowance(0.0)).best(np.inf)
    assert beyond.value is None
    assert beyond.bound_kgco2e == np.inf
    reached = search_under(problem, least_share(problem, most)).best(np.inf)
    assert reached.value is not None
    assert reached.value.primary_data_share == pytest.approx(most, rel=1e-8)


def test_what_there_is_no_time_for_is_not_called_impossible() -> None:
    problem, values = knapsack(1, lines=MANY_LINES)
    problem = with_data(problem, 1)
    kgco2e, cost, primary = every_knapsack(problem, values)
    share = float(np.quantile(primary, 0.95))
    budget = float(cost[primary >= share].min()) * (1.0 + 1e-6)
    least = kgco2e[(primary >= share) & (cost <= budget)].min()
    search = search_under(problem, least_share(problem, share, capacity=5.0), Allowance(0.0))
    found = search.best(budget)
    assert found.bound_kgco2e <= least * (1.0 + 1e-9)
    assert all(point.value is None or point.bound_kgco2e <= point.value.total_kgco2e for point in front(search, most=3))
