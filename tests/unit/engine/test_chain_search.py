"""The best chain by every method that can find it, each against the others and against all ways."""

import itertools

import numpy as np
import pytest

from graph_service.engine.allowance import Allowance
from graph_service.engine.chain_branching import single_within
from graph_service.engine.chain_enumeration import all_ways
from graph_service.engine.chain_fronts import front, spread
from graph_service.engine.chain_hull import corners, least_within
from graph_service.engine.chain_policies import CARBON, COST, PolicySearch
from graph_service.engine.chain_problem import ChainProblem
from graph_service.engine.chain_programs import Budgets, Program, SingleSource
from graph_service.engine.chain_values import ChainValue
from graph_service.errors import UnsolvableLoop
from tests.support.chain_problems import Option, knapsack, limits_of, no_limits, problem_of, search_of, tiers

SEEDS = range(12)


def start_of(problem: ChainProblem) -> np.ndarray:
    return problem.choices.start.copy()


def valued(value: ChainValue | None) -> ChainValue:
    assert value is not None
    return value


def all_knapsacks(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Kilograms and cost of every way to fill a knapsack."""
    picks = np.array(list(itertools.product((0, 1), repeat=len(values))))
    taken = values[np.arange(len(values)), picks]
    return 0.5 + taken[:, :, 0].sum(axis=1), taken[:, :, 1].sum(axis=1)


@pytest.mark.parametrize("seed", SEEDS)
def test_policies_and_the_program_find_the_same_least(seed: int) -> None:
    problem = tiers(seed, items=30)
    policies, program = PolicySearch(problem), Program(problem, no_limits(problem))
    for weights in (CARBON, COST, (1.0, 0.7)):
        policy = policies.least(weights, start=start_of(problem))
        point = program.least(weights, start=start_of(problem))
        assert policy is not None
        assert point is not None
        assert policy.carbon_kgco2e == pytest.approx(point.carbon_kgco2e, rel=1e-7)
        assert policy.cost == pytest.approx(point.cost, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_budget_buys_the_same_mix_by_policies_as_by_the_program(seed: int) -> None:
    problem = tiers(seed, items=30)
    search = PolicySearch(problem)
    clean, cheap = search.least(CARBON, start=start_of(problem)), search.least(COST, start=start_of(problem))
    assert clean is not None
    assert cheap is not None
    program = Program(problem, no_limits(problem))
    for part in (0.0, 0.2, 0.5, 0.9, 1.0):
        budget = (1.0 - part) * cheap.cost + part * clean.cost
        mix = least_within(search, budget, start=start_of(problem))
        assert mix is not None
        assert mix.point is not None
        solved = program.mix(CARBON, Budgets(cost=budget), pick=start_of(problem))
        assert solved.point is not None
        assert mix.bound_kgco2e == pytest.approx(solved.point.carbon_kgco2e, rel=1e-7)
        found = search_of(problem).best(budget)
        assert valued(found.value).total_kgco2e == pytest.approx(mix.bound_kgco2e, rel=1e-9)
        assert found.bound_kgco2e == valued(found.value).total_kgco2e
        assert valued(found.value).cost <= budget * (1.0 + 1e-9)


def test_large_amounts_and_many_tiers_are_answered_without_sweeps() -> None:
    chain = [Option(row + 1, row, 1.0, line=side, share=1.0 - side) for row in range(300) for side in (0,)]
    choice = [Option(301, 300, 1.0, 0, 1.0, 1.0), Option(302, 300, 1.0, 0, 0.0, 3.0)]
    problem = problem_of([1.0] * 301 + [5.0, 2.0], [*chain, *choice])
    best = search_of(problem).best(np.inf)
    assert valued(best.value).total_kgco2e == pytest.approx(301.0 + 2.0, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_single_source_chains_are_the_best_of_all_ways(seed: int) -> None:
    problem = tiers(seed, items=6)
    ways = all_ways(problem, no_limits(problem))
    assert ways is not None
    search = PolicySearch(problem)
    rule = SingleSource(np.full(problem.choices.supply.size, 100.0))
    for budget in np.quantile(ways.cost, (0.0, 0.1, 0.4, 1.0)).tolist():
        best = float(ways.carbon_kgco2e[ways.cost <= budget * (1.0 + 1e-9)].min())
        branched = single_within(search, problem, budget, start=start_of(problem), allowance=Allowance())
        assert branched is not None
        assert branched.point is not None
        assert branched.point.carbon_kgco2e == pytest.approx(best, rel=1e-9)
        assert branched.bound_kgco2e == pytest.approx(best, rel=1e-9)
        program = Program(problem, no_limits(problem))
        picked = program.single(CARBON, Budgets(cost=budget * (1.0 + 1e-9)), rule=rule).point
        assert picked is not None
        assert picked.carbon_kgco2e == pytest.approx(best, rel=1e-6)
    assert float(ways.cost.min()) == pytest.approx(valued(search_of(problem).cheapest().value).cost, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_more_ways_than_can_be_listed_are_searched_by_branches(seed: int) -> None:
    problem, values = knapsack(seed, lines=16)
    assert all_ways(problem, no_limits(problem)) is None
    kgco2e, cost = all_knapsacks(values)
    search = search_of(problem, is_single_source=True)
    for budget in np.quantile(cost, (0.001, 0.1, 0.5)).tolist():
        found = search.best(budget)
        assert valued(found.value).total_kgco2e == pytest.approx(float(kgco2e[cost <= budget].min()), rel=1e-9)
        assert found.bound_kgco2e == valued(found.value).total_kgco2e
    points = front(search, most=6)
    assert len(points) == 6
    for point in points:
        value = valued(point.value)
        no_dearer = cost <= value.cost * (1.0 + 1e-9)
        assert value.total_kgco2e == pytest.approx(float(kgco2e[no_dearer].min()), rel=1e-9)
    assert valued(points[0].value).cost == pytest.approx(float(cost.min()), rel=1e-9)
    assert valued(points[-1].value).total_kgco2e == pytest.approx(float(kgco2e.min()), rel=1e-9)


def test_with_enough_points_the_boxes_hold_the_whole_front() -> None:
    problem, values = knapsack(7, lines=15)
    kgco2e, cost = all_knapsacks(values)
    order = np.lexsort((kgco2e, cost))
    least = np.minimum.accumulate(kgco2e[order])
    is_on_front = np.concatenate(([True], least[1:] < least[:-1] - 1e-7))
    points = front(search_of(problem, is_single_source=True), most=200)
    assert [valued(point.value).cost for point in points] == pytest.approx(cost[order][is_on_front].tolist(), rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_many_single_source_lines_with_a_capacity_go_to_the_integer_program(seed: int) -> None:
    problem, values = knapsack(seed, lines=15)
    # Item 1 and what else is clean can be had, but not item 2: its line must take the other one.
    limits = limits_of(problem, demand_per_year=10.0, capacities={2: 5.0})
    kgco2e, cost = all_knapsacks(values)
    picks = np.array(list(itertools.product((0, 1), repeat=15)))
    allowed = picks[:, 0] == 0
    budget = float(np.quantile(cost[allowed], 0.05))
    found = search_of(problem, limits=limits, is_single_source=True).best(budget)
    best = float(kgco2e[allowed & (cost <= budget)].min())
    assert valued(found.value).total_kgco2e == pytest.approx(best, rel=1e-9)
    assert found.bound_kgco2e == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_corners_lie_on_the_hull_and_between_neighbours_nothing_is_below_the_line(seed: int) -> None:
    problem = tiers(seed, items=12)
    search = PolicySearch(problem)
    points = corners(search, start=start_of(problem), most=500)
    assert points is not None
    for left, right in itertools.pairwise(points):
        half = 0.5 * (left.cost + right.cost)
        mix = least_within(search, half, start=start_of(problem))
        assert mix is not None
        assert mix.bound_kgco2e == pytest.approx(0.5 * (left.carbon_kgco2e + right.carbon_kgco2e), rel=1e-8)
    few = corners(search, start=start_of(problem), most=3)
    assert few is not None
    assert {(point.cost, point.carbon_kgco2e) for point in (few[0], few[-1])} == {
        (point.cost, point.carbon_kgco2e) for point in (points[0], points[-1])
    }


def test_an_unsolvable_policy_on_the_way_hands_over_to_the_program() -> None:
    options = [
        Option(1, 0, 1.0, line=0, share=1.0),
        Option(2, 0, 1.0, line=0, share=0.0),
        Option(2, 2, 1.5, line=1, share=1.0),
        Option(3, 2, 1.0, line=1, share=0.0),
    ]
    problem = problem_of([1.0, 5.0, 1.0, 0.5], options)
    assert PolicySearch(problem).least(CARBON, start=start_of(problem)) is None
    assert valued(search_of(problem).best(np.inf).value).total_kgco2e == pytest.approx(1.0 + 1.0 + 0.5)


def test_a_loop_that_gains_without_end_is_refused() -> None:
    options = [
        Option(1, 0, 1.0, 0, 1.0),
        Option(2, 0, 1.0, 0, 0.0),
        Option(2, 2, 1.5, 1, 0.0),
        Option(1, 2, 1.0, 1, 1.0),
    ]
    problem = problem_of([1.0, 5.0, -3.0], options)
    with pytest.raises(UnsolvableLoop):
        search_of(problem).best(np.inf)


def test_points_are_spread_by_the_widest_gap_in_cost() -> None:
    cost = np.array([0.0, 1.0, 2.0, 50.0, 98.0, 99.0, 100.0])
    assert cost[spread(cost, 3)].tolist() == [0.0, 50.0, 100.0]
    assert cost[spread(cost, 7)].tolist() == cost.tolist()
    assert cost[spread(cost, 4)].size == 4
