"""Low-carbon chains against a second opinion written from the rules alone, on small random data sets."""

from collections.abc import Sequence
from typing import Any

import pytest

from graph_service.errors import InvalidInput, UnsolvableLoop
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import Basis, SystemBoundary
from graph_service.service.chain_constraints import ChainConstraints
from graph_service.service.chains import LowCarbonChains, low_carbon_chains
from graph_service.service.footprints import footprint
from tests.oracle.chain_cases import ITEM, random_constraints, random_graph, viewed
from tests.oracle.chain_checks import faults, refusal_fault
from tests.oracle.chain_second_opinion import Question, policies
from tests.support.facts import facts_of

POINTS = (0, 1, 2, 5, 12, 200)
TO_GRAVE = SystemBoundary.CRADLE_TO_GRAVE


def _disagreements(seed: int) -> list[str]:
    graph = random_graph(seed)
    question = Question(graph, ITEM)
    if not question.is_recordable():
        return []
    every = policies(question, question.choose(ChainConstraints(currency="CNY")))
    asked = random_constraints(seed, [(worth.cost, worth.primary, worth.verified) for _, worth in every])
    if asked.min_primary_data_share or asked.min_verified_share:
        question = Question(graph, ITEM, keeps_offsets=True)
    points = POINTS[seed // 7 % len(POINTS)]
    try:
        found = low_carbon_chains(graph, ITEM, asked, pareto_points=points)
    except (InvalidInput, UnsolvableLoop) as error:
        if question.worth(question.today, None) is None:
            return []
        fault = refusal_fault(question, asked, str(error))
        return [] if fault is None else [fault]
    return list(faults(question, asked, found, points=points))


@pytest.mark.parametrize("first_seed", range(0, 132, 12))
def test_random_questions_are_answered_as_by_the_second_opinion(first_seed: int) -> None:
    found = {seed: _disagreements(seed) for seed in range(first_seed, first_seed + 12)}
    assert {seed: what for seed, what in found.items() if what} == {}


# ---------------------------------------------------------------- small cases that the random ones led to


def _facts(
    emissions: Sequence[tuple[str, float, dict[str, Any]]], supplies: Sequence[tuple[str, str, float, dict[str, Any]]]
) -> Facts:
    """Items named by one letter in the order in which they come up; a supply is (input, output, amount, the rest)."""
    named = dict.fromkeys([item for item, _, _ in emissions] + [end for row in supplies for end in row[:2]])
    return facts_of(
        items=[{"uid": uid} for uid in named],
        emissions=[{"item_uid": item, "kgco2e": kgco2e, **more} for item, kgco2e, more in emissions],
        supplies=[
            {"uid": f"{k}:{start}-{end}", "input_uid": start, "output_uid": end, "amount": amount, **more}
            for k, (start, end, amount, more) in enumerate(supplies)
        ],
    )


def _row(share: float, cost: float | None = None, currency: str = "CNY", line: str = "l") -> dict[str, Any]:
    price = {} if cost is None else {"unit_cost": cost, "currency": currency}
    return {"line": line, "share": share, **price}


def _ask(
    facts: Facts, *, boundary: SystemBoundary = SystemBoundary.CRADLE_TO_GATE, points: int = 12, **asked: Any
) -> LowCarbonChains:
    graph = viewed(facts, basis=Basis.DECLARED_FIRST, boundary=boundary)
    return low_carbon_chains(graph, ITEM, ChainConstraints(**asked), pareto_points=points)


PRIMARY, VERIFIED = {"data_type": "PRIMARY"}, {"is_verified": True}


def test_todays_primary_share_is_the_footprints_where_an_item_takes_itself_back_after_its_gate() -> None:
    facts = _facts(
        [("p", 1, {}), ("p", 3, {**PRIMARY, "stage": "USE"}), ("a", 4, {})],
        [("a", "p", 1, {}), ("p", "p", -0.5, {"stage": "USE"})],
    )
    shown = footprint(viewed(facts, boundary=TO_GRAVE), ITEM).column("primary_data_share")
    assert shown == pytest.approx(3 / 10.5)
    assert _ask(facts, boundary=TO_GRAVE).current.primary_data_share == pytest.approx(shown)


def test_a_share_that_todays_chain_just_reaches_keeps_it_where_the_total_is_negative() -> None:
    facts = _facts(
        [("p", 1, {}), ("a", 3, PRIMARY), ("b", 0.7, {})],
        [("a", "p", -1.3, {}), ("b", "p", 0.7, {})],
    )
    least = _ask(facts).current.primary_data_share
    best = _ask(facts, min_primary_data_share=least, is_single_source=True).best
    assert best is not None
    assert best.total_kgco2e == pytest.approx(1 - 3.9 + 0.49)


def test_the_front_stands_without_the_budget_whatever_a_line_that_no_chain_uses_costs() -> None:
    facts = _facts(
        [("p", 1, {}), ("b", 1, {}), ("q", 1, {}), ("r", 1, {})],
        [
            ("q", "p", 1, _row(0.5)),
            ("b", "p", 1, _row(0.5, 2)),
            ("r", "q", 1, {}),
            ("x", "r", 1, _row(1, line="m")),
            ("x", "r", 1, _row(0, 5, line="m")),
        ],
    )
    found = _ask(facts, max_unit_cost=1.0)
    assert found.best is None
    assert [(chain.unit_cost, chain.total_kgco2e) for chain in found.pareto] == [(2, 2)]


def test_a_share_out_of_reach_is_named_beside_a_loop_of_alternatives_with_a_gain_above_1() -> None:
    facts = _facts(
        [("p", 4, VERIFIED), ("a", 2, {}), ("b", 3, VERIFIED)],
        [("a", "p", 1.14, {}), ("a", "a", 0.47, {}), ("p", "a", 0.61, _row(0.5)), ("b", "a", 0.63, _row(0.5))],
    )
    found = _ask(facts, min_verified_share=0.9)
    assert found.best is None
    assert "minVerifiedShare" in str(found.infeasible_because)


def test_a_cost_in_another_currency_above_an_alternative_can_be_chosen_away() -> None:
    facts = _facts(
        [("p", 1, {}), ("a", 1, {}), ("b", 1, {}), ("c", 1, {})],
        [("a", "p", 1, _row(0.5, 1)), ("b", "p", 1, _row(0.5, 2)), ("c", "b", 1, {"unit_cost": 1, "currency": "EUR"})],
    )
    found = _ask(facts, currency="CNY")
    assert found.best is not None
    assert found.best.total_kgco2e == pytest.approx(2)
    assert [one.supply_row for one in found.not_candidates] == [1]


def test_a_budget_that_bounds_what_pays_for_ever_is_answered_with_a_front_too() -> None:
    facts = _facts(
        [("p", 1, {}), ("a", -1, {}), ("b", 2, {})],
        [("a", "p", 1, {}), ("a", "a", 1.2, _row(0, 1, line="m")), ("b", "a", 1, _row(1, 0, line="m"))],
    )
    bare = _ask(facts, max_unit_cost=0.5, points=0).best
    assert bare is not None
    found = _ask(facts, max_unit_cost=0.5, points=5).best
    assert found is not None
    assert found.total_kgco2e == pytest.approx(bare.total_kgco2e)


def test_a_line_beside_a_credit_between_the_same_items_stays_where_a_share_is_asked_for() -> None:
    facts = _facts(
        [("p", 1, {}), ("a", 1, {}), ("b", 6, PRIMARY)],
        [("a", "p", 1, _row(0.98)), ("b", "p", 1, _row(0.02)), ("a", "p", -0.9, {})],
    )
    free = _ask(facts)
    assert free.best is not None
    assert free.best.total_kgco2e == pytest.approx(1.1)
    assert not free.fixed_supply_rows
    held = _ask(facts, min_primary_data_share=0.1)
    assert held.best is not None
    assert held.best.primary_data_share == pytest.approx(0.12 / 1.2)
    assert held.best.total_kgco2e == pytest.approx(1.2)
    assert list(held.fixed_supply_rows) == [0, 1]
    refused = _ask(facts, min_primary_data_share=0.2)
    assert refused.best is None
    assert str(refused.infeasible_because).endswith(
        "(line l of p is kept as it is today: a negative supply joins the same two items as one of its own)"
    )


def test_a_share_of_nothing_is_met_alike_by_mixes_and_by_single_sources() -> None:
    facts = _facts(
        [("p", 0, {}), ("a", 0, {}), ("b", 3, PRIMARY)],
        [("a", "p", 1, _row(1)), ("b", "p", 1, _row(0))],
    )
    found = [_ask(facts, min_primary_data_share=0.5, is_single_source=single) for single in (True, False)]
    assert [answer.best is None for answer in found] == [False, False], "b alone is all primary"
    totals = [answer.best.total_kgco2e for answer in found if answer.best is not None]
    assert totals[0] == pytest.approx(totals[1])


def test_a_line_that_the_chain_does_not_use_is_not_called_changed() -> None:
    facts = _facts(
        [("p", 1, {}), ("a", 7, {}), ("f", 1, {}), ("b", 3, {}), ("c", 2, {})],
        [
            ("a", "p", 1, _row(1)),
            ("f", "p", 1, _row(0)),
            ("b", "a", 1, _row(1, line="n")),
            ("c", "a", 1, _row(0, line="n")),
        ],
    )
    best = _ask(facts).best
    assert best is not None
    assert {one.supply_row for one in best.choices if one.share != one.current_share} == {0, 1}
