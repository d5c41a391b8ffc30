"""Lines and what binds them, candidates and shares, and what can still be made."""

from typing import Any

import numpy as np
import pytest

from graph_service.engine.chain_conflicts import nearest_upstream, smallest_conflict, unmakeable
from graph_service.engine.chain_limits import CAPACITY_LIMIT, COST_LIMIT, PRIMARY, make_limits, worst_excess
from graph_service.engine.chain_problem import Plan, find_lines, make_problem
from graph_service.engine.chain_values import value_chain
from graph_service.engine.snapshot import Flags
from tests.support.chain_problems import Option, problem_of, supplies_of


def flags(*values: int) -> Flags:
    return np.array(values, dtype=np.bool_)


def test_a_line_is_of_one_output_and_one_name_and_holds_two_supplies_at_least() -> None:
    options = [
        Option(1, 0, 1.0, 0),
        Option(2, 0, 1.0, 0, 0.0),
        Option(1, 0, 1.0, 1),
        Option(1, 3, 1.0, 0),
        Option(2, 3, 1.0),
    ]
    lines = find_lines(supplies_of(options), line_code=np.array([0, 0, 1, 0, -1], dtype=np.int32), item_count=4)
    assert lines.of_supply.tolist() == [0, 0, -1, -1, -1]
    assert (lines.output_row.tolist(), lines.share.tolist()) == ([0], [1.0])


def test_a_negative_amount_binds_its_own_line_and_all_above_it() -> None:
    options = [
        Option(1, 0, -1.0),
        Option(2, 1, 1.0, 0, 1.0),
        Option(3, 1, 1.0, 0, 0.0),
        Option(4, 3, 1.0, 0, 1.0),
        Option(5, 3, 1.0, 0, 0.0),
        Option(4, 0, 1.0, 1, 1.0),
        Option(5, 0, -1.0, 1, 0.0),
        Option(4, 0, 1.0, 2, 1.0),
        Option(2, 0, 1.0, 2, 0.0),
    ]
    lines = find_lines(
        supplies_of(options), line_code=np.array([one.line for one in options], dtype=np.int32), item_count=6
    )
    bound = {int(lines.of_supply[place]): bool(lines.is_bound[lines.of_supply[place]]) for place in (1, 3, 5, 7)}
    # The line of item 3 is reached over a supply without a share in a line that stays: nothing negative flows there.
    assert bound == {
        lines.of_supply[1]: True,
        lines.of_supply[3]: False,
        lines.of_supply[5]: True,
        lines.of_supply[7]: False,
    }
    assert lines.is_signed.tolist() == [False, True, True, False, False, False]


def test_a_line_with_a_row_beside_a_negative_one_between_the_same_items_is_offset() -> None:
    options = [
        Option(1, 0, 1.0, 0, 1.0),
        Option(2, 0, 1.0, 0, 0.0),
        Option(2, 0, 1.0, 1, 1.0),
        Option(3, 0, 1.0, 1, 0.0),
        Option(1, 0, -0.5),
        Option(3, 0, -0.5, -1, 0.0),
    ]
    lines = find_lines(
        supplies_of(options), line_code=np.array([one.line for one in options], dtype=np.int32), item_count=4
    )
    assert lines.is_offset.tolist() == [True, False]
    assert lines.is_bound.tolist() == [False, False]


def test_one_candidate_takes_the_whole_line_and_bound_lines_keep_their_shares() -> None:
    options = [
        Option(1, 0, 1.0, 0, 0.25),
        Option(2, 0, 1.0, 0, 0.5),
        Option(1, 0, 2.0, 1, 0.3),
        Option(2, 0, 1.0, 1, 0.7),
    ]
    supplies = supplies_of(options)
    lines = find_lines(supplies, line_code=np.array([0, 0, 1, 1], dtype=np.int32), item_count=3)
    problem = make_problem(
        supplies,
        lines,
        demanded=0,
        direct=np.ones((3, 4)),
        supply_cost=np.array([1.0, 2.0, 3.0, 4.0]),
        is_open=flags(1, 0),
        is_candidate=flags(1, 0, 1, 1),
    )
    assert problem.choices.supply.size == 0
    assert problem.base_share.tolist() == [0.75, 0.0, 0.3, 0.7]
    assert problem.fixed_cost.tolist() == pytest.approx([0.75 + 0.9 + 2.8, 0.0, 0.0])


def test_shares_come_from_flows_and_from_picks_where_nothing_is_made() -> None:
    options = [Option(1, 0, 1.0, 0), Option(2, 0, 1.0, 0, 0.0), Option(3, 2, 1.0, 0), Option(4, 2, 1.0, 0, 0.0)]
    problem = problem_of([1.0] * 5, options)
    plan = Plan(
        activity=np.array([2.0, 0.5, 0.0, 0.0, 0.0]),
        flow=np.array([0.5, 1.5, 0.0, 0.0]),
        pick=np.array([0, 3], np.int32),
    )
    assert problem.shares(plan).tolist() == pytest.approx([0.25, 0.75, 0.0, 1.0])


def test_what_needs_something_ruled_out_cannot_be_made_unless_a_line_has_another() -> None:
    options = [
        Option(1, 0, 1.0, 0),
        Option(2, 0, 1.0, 0, 0.0),
        Option(3, 1, 1.0),
        Option(3, 2, 1.0, 0),
        Option(4, 2, 1.0, 0),
    ]
    supplies = supplies_of(options)
    lines = find_lines(supplies, line_code=np.array([0, 0, -1, 0, 0], dtype=np.int32), item_count=5)
    everything = flags(1, 1, 1, 1, 1)
    lost = unmakeable(supplies, lines, is_open=flags(1, 1), is_candidate=everything, is_ruled_out=flags(0, 0, 0, 1, 0))
    assert lost.tolist() == [False, True, False, True, False]
    all_lost = unmakeable(
        supplies, lines, is_open=flags(1, 1), is_candidate=everything, is_ruled_out=flags(0, 0, 0, 1, 1)
    )
    assert all_lost.tolist() == [True] * 5
    nearest = nearest_upstream(supplies, 0, is_used=everything, is_wanted=flags(0, 0, 0, 1, 1))
    assert nearest.tolist() == [3, 4]


def test_the_smallest_conflict_holds_only_what_is_needed_for_it() -> None:
    def is_feasible(demands: frozenset[str]) -> bool:
        return not {"b", "d"} <= demands

    assert smallest_conflict(["a", "b", "c", "d"], is_feasible=is_feasible) == ("b", "d")


def test_a_chain_is_weighed_from_its_shares_alone() -> None:
    options = [Option(1, 0, 2.0, 0, 1.0, 3.0), Option(2, 0, 2.0, 0, 0.0, 5.0), Option(0, 1, 0.1)]
    direct = np.array([[1.0, 1.0, 0.0, 0.0], [4.0, 4.0, 4.0, 1.0], [0.5, 0.5, 0.0, 0.0]])
    asked: dict[str, Any] = {
        "demanded": 0,
        "direct": direct,
        "supply_cost": np.array([3.0, 5.0, 0.0]),
        "is_known": flags(1, 1, 0),
    }
    first = value_chain(supplies_of(options), np.array([1.0, 0.0, 1.0]), **asked)
    assert first is not None
    assert first.total_kgco2e == pytest.approx(9.0 / 0.8)
    assert first.cost == pytest.approx(3.0 / 0.8)
    assert (first.primary_data_share, first.verified_share) == pytest.approx((8.0 / 9.0, 2.0 / 9.0))
    assert first.is_complete
    second = value_chain(supplies_of(options), np.array([0.0, 1.0, 1.0]), **asked)
    assert second is not None
    assert not second.is_complete
    assert second.activity.get().tolist() == pytest.approx([1.0, 0.0, 2.0])
    loop = [Option(1, 0, 2.0), Option(0, 1, 0.5)]
    assert (
        value_chain(
            supplies_of(loop), np.ones(2), demanded=0, direct=direct, supply_cost=np.zeros(2), is_known=flags(1, 1, 1)
        )
        is None
    )


def test_limits_say_by_how_much_a_chain_is_beyond_them() -> None:
    problem = problem_of([1.0, 4.0, 2.0], [Option(1, 0, 2.0, 0, 1.0, 3.0), Option(2, 0, 2.0, 0, 0.0, 5.0)])
    limits = make_limits(
        problem,
        demand_per_year=10.0,
        item_capacity=np.array([np.inf, 16.0, np.inf]),
        supply_capacity=np.array([np.inf, 10.0]),
        least_shares=((PRIMARY, 0.2),),
    )
    assert limits.is_coupling
    assert limits.most_activity.tolist() == [np.inf, 1.6, np.inf]
    assert limits.most_flow.tolist() == [np.inf, 0.5]
    value = value_chain(
        problem.supplies,
        np.array([1.0, 0.0]),
        demanded=0,
        direct=problem.direct,
        supply_cost=problem.supply_cost,
        is_known=flags(1, 1, 1),
    )
    assert value is not None
    excess = worst_excess(limits, problem, value, cost_limit=np.inf)
    assert excess.limit == CAPACITY_LIMIT
    assert excess.part == pytest.approx(0.25)
    excess = worst_excess(limits, problem, value, cost_limit=1.0)
    assert excess.limit == COST_LIMIT
    assert excess.part == pytest.approx(2.0)
