"""Chains of four items or so, each answered as the rules say."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from graph_service.errors import InvalidInput, UnsolvableLoop
from graph_service.model.facts import Facts, Revision
from graph_service.model.vocabulary import Basis, GradeLevel, Kind, SystemBoundary
from graph_service.service.chain_constraints import ChainConstraints
from graph_service.service.chains import Chain, LowCarbonChains, low_carbon_chains
from graph_service.service.day_graph import day_graph
from graph_service.service.records import row_of
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View
from tests.support.facts import facts_of

DAY = date(2026, 6, 1)
REVISION = Revision(1, datetime(2026, 1, 1, tzinfo=UTC), "test", "cli", "")
TO_GRAVE = SystemBoundary.CRADLE_TO_GRAVE


def _ask(
    facts: Facts,
    *,
    item: str = "car",
    points: int = 12,
    basis: Basis = Basis.DECLARED_FIRST,
    boundary: SystemBoundary = SystemBoundary.CRADLE_TO_GATE,
    **constraints: Any,
) -> LowCarbonChains:
    row = row_of(facts, Kind.ITEM, item)
    assert row is not None
    graph = ViewedGraph(day_graph(REVISION, DAY, facts), View(DAY, REVISION, basis, boundary))
    return low_carbon_chains(graph, row, ChainConstraints(**constraints), pareto_points=points)


def _uid(facts: Facts, supply_row: int) -> str:
    return str(facts.tables[Kind.SUPPLY]["uid"][supply_row].as_py())


def _shares(facts: Facts, chain: Chain | None) -> dict[str, float]:
    assert chain is not None
    return {_uid(facts, choice.supply_row): choice.share for choice in chain.choices}


def _refused(facts: Facts, answer: LowCarbonChains) -> dict[str, str]:
    return {_uid(facts, one.supply_row): one.reason for one in answer.not_candidates}


def _option(uid: str, share: float = 0.0, **columns: Any) -> dict[str, Any]:
    """A supply of the line steel of the car, its uid that of its input."""
    return {
        "uid": uid,
        "input_uid": uid,
        "output_uid": "car",
        "amount": 2.0,
        "line": "steel",
        "share": share,
        **columns,
    }


def _car(*supplies: dict[str, Any], known: tuple[str, ...] = ("old", "new"), **more: Any) -> Facts:
    """A car (1 kg) of 2 steel, old (5 kg) or new (3 kg), and what else a test adds."""
    kilograms = {"car": 1.0, "old": 5.0, "new": 3.0, "part": 4.0}
    emissions = [{"item_uid": uid, "kgco2e": kilograms[uid]} for uid in ("car", *known)]
    items = [{"uid": uid} for uid in ("car", "old", "new", "part")]
    return facts_of(
        **{"items": items, "supplies": list(supplies), "emissions": [*emissions, *more.pop("emissions", [])], **more}
    )


def _priced(cost_old: float | None = 1.0, cost_new: float | None = 4.0, currency: str = "CNY") -> Facts:
    return _car(
        _option("old", 1.0, unit_cost=cost_old, currency=None if cost_old is None else currency),
        _option("new", unit_cost=cost_new, currency=None if cost_new is None else currency),
    )


def test_the_cleaner_supplier_is_chosen_and_the_savings_make_the_difference() -> None:
    facts = _car(_option("old", 1.0), _option("new"))
    answer = _ask(facts)
    assert answer.current.total_kgco2e == pytest.approx(11.0)
    assert answer.best is not None
    assert answer.best.total_kgco2e == pytest.approx(7.0)
    assert answer.best.lower_bound_kgco2e == answer.best.total_kgco2e
    assert _shares(facts, answer.best) == {"new": 1.0, "old": 0.0}
    assert sum(choice.saving_kgco2e for choice in answer.best.choices) == pytest.approx(4.0)
    assert [choice.saving_kgco2e for choice in answer.current.choices] == [0.0, 0.0]
    assert answer.infeasible_because is None
    assert (answer.best.unit_cost, answer.best.currency, len(answer.pareto)) == (None, None, 1)


def test_a_budget_between_two_chains_buys_a_mix() -> None:
    facts = _priced()
    answer = _ask(facts, max_unit_cost=5.0)
    assert answer.best is not None
    assert _shares(facts, answer.best) == pytest.approx({"new": 0.5, "old": 0.5})
    assert answer.best.total_kgco2e == pytest.approx(9.0)
    assert answer.best.unit_cost == pytest.approx(5.0)
    assert [(point.unit_cost, point.total_kgco2e) for point in answer.pareto] == [(2.0, 11.0), (8.0, 7.0)]
    single = _ask(facts, max_unit_cost=5.0, is_single_source=True)
    assert _shares(facts, single.best) == {"new": 0.0, "old": 1.0}


def test_a_budget_below_the_cheapest_chain_is_refused_with_its_cost_and_the_front_still_shown() -> None:
    answer = _ask(_priced(), max_unit_cost=1.5)
    assert answer.best is None
    assert answer.infeasible_because == "maxUnitCost 1.5 CNY: the cheapest chain costs 2 CNY"
    assert len(answer.pareto) == 2


def test_equal_carbon_goes_to_the_cheaper() -> None:
    facts = _car(
        _option("old", 1.0, unit_cost=3.0, currency="CNY"),
        _option("part", unit_cost=1.0, currency="CNY"),
        known=("old",),
        emissions=[{"item_uid": "part", "kgco2e": 5.0}],
    )
    for is_single in (False, True):
        assert _shares(facts, _ask(facts, is_single_source=is_single).best) == {"old": 0.0, "part": 1.0}


def test_a_supplier_without_data_that_looks_clean_is_no_candidate() -> None:
    facts = _car(_option("old", 1.0), _option("new"), known=("old",))
    answer = _ask(facts)
    assert _shares(facts, answer.best) == {"new": 0.0, "old": 1.0}
    assert _refused(facts, answer) == {"new": "its own upstream lacks data: new (NO_DATA)"}


def test_a_line_of_which_no_supplier_has_data_stays_as_it_is() -> None:
    facts = _car(_option("old", 0.25), _option("new", 0.75), known=("part",))
    answer = _ask(facts)
    assert answer.best is not None
    assert _shares(facts, answer.best) == {"new": 0.75, "old": 0.25}
    assert not answer.best.is_complete
    assert set(_refused(facts, answer)) == {"new", "old"}


def test_a_gap_further_up_is_named() -> None:
    deep = {"uid": "deep", "input_uid": "part", "output_uid": "new", "amount": 1.0}
    facts = _car(_option("old", 1.0), _option("new"), deep)
    assert _refused(facts, _ask(facts)) == {"new": "its own upstream lacks data: part (NO_DATA)"}


def test_lines_above_a_credit_keep_their_shares() -> None:
    credit = {"uid": "credit", "input_uid": "part", "output_uid": "car", "amount": -1.0}
    above = [
        {"uid": f"up-{uid}", "input_uid": uid, "output_uid": "part", "amount": 1.0, "line": "x", "share": share}
        for uid, share in (("old", 1.0), ("new", 0.0))
    ]
    facts = _car(credit, *above, known=("old", "new", "part"))
    answer = _ask(facts)
    assert answer.best is not None
    assert answer.best.total_kgco2e == pytest.approx(1.0 - (4.0 + 5.0))
    assert [_uid(facts, row) for row in answer.fixed_supply_rows] == ["up-new", "up-old"]
    assert _shares(facts, answer.best) == {"up-new": 0.0, "up-old": 1.0}


def test_a_line_that_holds_a_negative_amount_keeps_its_shares() -> None:
    facts = _car(_option("old", 1.0), _option("new", 0.0) | {"amount": -2.0})
    answer = _ask(facts)
    assert [_uid(facts, row) for row in answer.fixed_supply_rows] == ["new", "old"]
    assert answer.best is not None
    assert answer.best.total_kgco2e == pytest.approx(11.0)


def test_negative_direct_emissions_are_no_negative_amounts() -> None:
    facts = _car(_option("old", 1.0), _option("part"), known=("old",), emissions=[{"item_uid": "part", "kgco2e": -3.0}])
    answer = _ask(facts)
    assert answer.best is not None
    assert answer.best.total_kgco2e == pytest.approx(1.0 - 6.0)
    assert answer.fixed_supply_rows == []


def test_a_capacity_binds_only_with_a_demand() -> None:
    facts = _car(_option("old", 1.0), _option("new", capacity_per_year=50.0))
    assert _shares(facts, _ask(facts).best) == {"new": 1.0, "old": 0.0}
    answer = _ask(facts, demand_per_year=100.0)
    assert _shares(facts, answer.best) == pytest.approx({"new": 0.25, "old": 0.75})
    assert answer.best is not None
    assert answer.best.lower_bound_kgco2e == pytest.approx(answer.best.total_kgco2e, rel=1e-9)
    single = _ask(facts, demand_per_year=100.0, is_single_source=True)
    assert _shares(facts, single.best) == {"new": 0.0, "old": 1.0}


def test_an_items_capacity_counts_all_that_is_taken_of_it() -> None:
    items = [{"uid": "car"}, {"uid": "old"}, {"uid": "new", "capacity_per_year": 300.0}, {"uid": "part"}]
    fixed = {"uid": "fixed", "input_uid": "new", "output_uid": "car", "amount": 2.0}
    facts = _car(_option("old", 1.0), _option("new"), fixed, items=items)
    assert _shares(facts, _ask(facts, demand_per_year=100.0).best) == pytest.approx({"new": 0.5, "old": 0.5})
    answer = _ask(facts, demand_per_year=200.0)
    assert answer.best is None
    assert answer.infeasible_because is not None
    assert "capacity of item new: 300 kg per year, 400 needed" in answer.infeasible_because


def test_the_demanded_items_own_capacity_counts() -> None:
    items = [{"uid": "car", "declared_unit": "pc", "capacity_per_year": 100.0}, {"uid": "old"}, {"uid": "new"}]
    facts = _car(_option("old", 1.0), _option("new"), items=[*items, {"uid": "part"}])
    assert _ask(facts, demand_per_year=100.0).best is not None
    answer = _ask(facts, demand_per_year=120.0)
    assert answer.infeasible_because == "demandPerYear 120: capacity of item car: 100 pc per year, 120 needed"


def test_two_currencies_need_one_to_be_named() -> None:
    facts = _car(_option("old", 1.0, unit_cost=1.0, currency="CNY"), _option("new", unit_cost=2.0, currency="USD"))
    with pytest.raises(InvalidInput, match=r"CNY on supply old, USD on supply new; name one"):
        _ask(facts)
    answer = _ask(facts, currency="CNY")
    assert _refused(facts, answer) == {"new": "its cost is in USD; costs are compared in CNY"}
    assert answer.best is not None
    assert answer.best.unit_cost == pytest.approx(2.0)
    in_dollars = _ask(facts, currency="USD")
    assert in_dollars.current.unit_cost is None
    assert in_dollars.best is not None
    assert in_dollars.best.unit_cost == pytest.approx(4.0)
    with pytest.raises(InvalidInput, match=r"no supply upstream of car has a cost in EUR; there are CNY, USD"):
        _ask(facts, currency="EUR")


def test_what_must_be_paid_in_another_currency_is_refused() -> None:
    fixed = {"uid": "fixed", "input_uid": "part", "output_uid": "car", "amount": 1.0, "unit_cost": 7, "currency": "USD"}
    options = [_option(uid, share, unit_cost=1.0, currency="CNY") for uid, share in (("old", 1.0), ("new", 0.0))]
    facts = _car(*options, fixed, known=("old", "new", "part"))
    with pytest.raises(InvalidInput, match=r"supply fixed costs 7 USD and cannot be chosen away"):
        _ask(facts, currency="CNY")


def _paid_above(*above: str) -> Facts:
    """A car of old (1 CNY) or new (4 CNY); those of them that are named take part for 7 USD."""
    paid = [
        {"uid": f"to-{uid}", "input_uid": "part", "output_uid": uid, "amount": 1.0, "unit_cost": 7, "currency": "USD"}
        for uid in above
    ]
    options = [
        _option(uid, share, unit_cost=cost, currency="CNY") for uid, share, cost in (("old", 1, 1), ("new", 0, 4))
    ]
    return _car(*options, *paid, known=("old", "new", "part"))


def test_an_alternative_above_which_another_currency_is_paid_is_no_candidate() -> None:
    facts = _paid_above("old")
    answer = _ask(facts, currency="CNY")
    assert answer.current.unit_cost is None
    assert _refused(facts, answer) == {"old": "it is ruled out: supply to-old of old is a fixed cost in USD, not CNY"}
    assert answer.best is not None
    assert (answer.best.unit_cost, answer.best.total_kgco2e) == (8.0, 7.0)
    assert [point.unit_cost for point in answer.pareto] == [8.0]


def test_where_another_currency_is_paid_above_all_alternatives_each_is_named() -> None:
    answer = _ask(_paid_above("old", "new"), currency="CNY")
    assert answer.best is None
    assert answer.infeasible_because == (
        "costs are compared in CNY: supply to-old of old is a fixed cost in USD, not CNY, "
        "supply to-new of new is a fixed cost in USD, not CNY"
    )


def test_a_line_whose_last_candidate_a_currency_takes_is_infeasible_and_named() -> None:
    fixed = {"uid": "fixed", "input_uid": "part", "output_uid": "car", "amount": 1.0, "unit_cost": 7, "currency": "USD"}
    options = [_option(uid, share, unit_cost=1.0, currency="CNY") for uid, share in (("old", 1.0), ("new", 0.0))]
    answer = _ask(_car(*options, fixed, known=("old", "new", "part")), currency="USD")
    assert answer.best is None
    assert answer.infeasible_because is not None
    assert answer.infeasible_because.startswith("costs are compared in USD: line steel of car has no candidate left")


def test_an_empty_cost_in_a_line_with_costs_makes_no_candidate() -> None:
    facts = _priced(cost_new=None)
    answer = _ask(facts)
    assert _refused(facts, answer) == {"new": "it has no unit cost, while others of line steel have one"}
    assert _shares(facts, answer.best) == {"new": 0.0, "old": 1.0}
    unpriced_today = _ask(_priced(cost_old=None))
    assert unpriced_today.current.unit_cost is None
    assert unpriced_today.best is not None
    assert unpriced_today.best.unit_cost == pytest.approx(8.0)


def test_a_limit_of_cost_where_nothing_has_a_cost_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"maxUnitCost is 5, but no supply upstream of car has a unit cost"):
        _ask(_car(_option("old", 1.0), _option("new")), max_unit_cost=5.0)


def test_a_cost_that_is_not_known_keeps_no_budget() -> None:
    facts = _car(_option("old", 1.0), _option("new", unit_cost=1.0, currency="CNY"), known=("old",))
    answer = _ask(facts, max_unit_cost=100.0)
    assert answer.best is None
    assert answer.infeasible_because == "maxUnitCost: the cost of supply old of car is not known"
    assert _ask(facts).best is not None


def _made(**more: Any) -> Facts:
    """Old is made by a in province within land, new by b elsewhere."""
    return _car(
        _option("old", 1.0),
        _option("new"),
        regions=[
            {"uid": "land", "name": "Land"},
            {"uid": "province", "name": "Province", "parent_uid": "land"},
            {"uid": "sea", "name": "Sea"},
        ],
        suppliers=[{"uid": "a", "name": "A"}, {"uid": "b", "name": "B", "region_uid": "province"}],
        items=[
            {"uid": "car"},
            {"uid": "old", "supplier_uid": "a", "region_uid": "sea"},
            {"uid": "new", "supplier_uid": "b"},
            {"uid": "part", "supplier_uid": "b", "region_uid": "province"},
        ],
        **more,
    )


def test_an_excluded_supplier_is_used_nowhere() -> None:
    facts = _made()
    answer = _ask(facts, exclude_supplier_uids=["b"])
    assert _shares(facts, answer.best) == {"new": 0.0, "old": 1.0}
    assert _refused(facts, answer) == {"new": "it is ruled out: new is made by excluded supplier b"}
    both = _ask(facts, exclude_supplier_uids=["a", "b"])
    assert both.best is None
    assert both.infeasible_because is not None
    assert "line steel of car has no candidate left" in both.infeasible_because
    with pytest.raises(InvalidInput, match=r"excludeSuppliers: supplier 'c' is not recorded"):
        _ask(facts, exclude_supplier_uids=["c"])


def test_an_excluded_region_excludes_what_lies_within_it_and_suppliers_there() -> None:
    facts = _made()
    answer = _ask(facts, exclude_region_uids=["land"])
    assert _refused(facts, answer) == {
        "new": "it is ruled out: new is made where supplier b is, within an excluded region (land)"
    }
    with pytest.raises(InvalidInput, match=r"excludeRegions: region 'moon' is not recorded"):
        _ask(facts, exclude_region_uids=["moon"])


def test_what_is_made_of_something_excluded_is_ruled_out() -> None:
    deep = {"uid": "deep", "input_uid": "part", "output_uid": "new", "amount": 1.0}
    facts = _car(
        _option("old", 1.0),
        _option("new"),
        deep,
        known=("old", "new", "part"),
        suppliers=[{"uid": "b", "name": "B"}],
        items=[{"uid": "car"}, {"uid": "old"}, {"uid": "new"}, {"uid": "part", "supplier_uid": "b"}],
    )
    answer = _ask(facts, exclude_supplier_uids=["b"])
    assert _refused(facts, answer) == {"new": "it is ruled out: part is made by excluded supplier b"}


def test_only_alternatives_that_hold_the_least_grade_are_candidates() -> None:
    facts = _car(
        _option("old", 1.0),
        _option("new"),
        _option("part"),
        known=("old", "new", "part"),
        items=[{"uid": "car"}, *({"uid": uid, "category": "steel"} for uid in ("old", "new")), {"uid": "part"}],
        benchmarks=[
            {
                "category": "steel",
                "declared_unit": "kg",
                "limit_kgco2e": 6.0,
                "baseline_kgco2e": 4.0,
                "exemplary_kgco2e": 2.0,
                "source": "made up",
                "is_example": True,
            }
        ],
    )
    answer = _ask(facts, worst_grade=GradeLevel.B)
    assert _refused(facts, answer) == {
        "old": "its grade is C; at least B is asked",
        "part": "it is not graded; at least B is asked",
    }
    assert _shares(facts, answer.best)["new"] == 1.0
    assert _refused(facts, _ask(facts, worst_grade=GradeLevel.UNGRADED)) == {}
    none_left = _ask(facts, worst_grade=GradeLevel.A)
    assert none_left.infeasible_because is not None
    assert none_left.infeasible_because.startswith("worstGrade: line steel of car has no candidate left")


def test_least_shares_of_primary_and_verified_data_hold_by_a_mix() -> None:
    facts = _car(
        _option("old", 1.0),
        _option("new"),
        known=(),
        emissions=[
            {"item_uid": "old", "kgco2e": 5.0, "data_type": "PRIMARY", "is_verified": True},
            {"item_uid": "new", "kgco2e": 3.0},
        ],
    )
    answer = _ask(facts, min_primary_data_share=0.5)
    assert answer.best is not None
    assert answer.best.primary_data_share == pytest.approx(0.5, abs=1e-9)
    assert 7.0 < answer.best.total_kgco2e < 11.0
    assert _ask(facts, min_verified_share=0.9).best is not None
    impossible = _ask(facts, min_primary_data_share=0.95)
    assert impossible.infeasible_because == ("minPrimaryDataShare 0.95: the most that can be reached is 0.9091")


def test_conflicting_constraints_are_named_and_no_others() -> None:
    facts = _car(
        _option("old", 1.0, unit_cost=1.0, currency="CNY"),
        _option("new", unit_cost=4.0, currency="CNY", capacity_per_year=1000.0),
        known=("new",),
        emissions=[{"item_uid": "old", "kgco2e": 5.0}, {"item_uid": "car", "kgco2e": 0.5, "data_type": "PRIMARY"}],
        suppliers=[{"uid": "a", "name": "A"}],
        items=[{"uid": "car"}, {"uid": "old", "supplier_uid": "a"}, {"uid": "new"}, {"uid": "part"}],
    )
    answer = _ask(facts, max_unit_cost=5.0, exclude_supplier_uids=["a"], demand_per_year=10.0)
    assert answer.infeasible_because == (
        "these cannot be met together: maxUnitCost 5 CNY: the cheapest chain costs 8 CNY; excluded: a"
    )
    demand = _ask(facts, demand_per_year=800.0, exclude_supplier_uids=["a"], max_unit_cost=20.0)
    assert demand.infeasible_because == (
        "these cannot be met together: demandPerYear 800: "
        "capacity of supply new: 1,000 kg per year, 1,600 needed; excluded: a"
    )


def test_the_items_own_declaration_is_set_aside_and_declared_inputs_are_fixed() -> None:
    declared = {
        "reference_period_start": date(2025, 1, 1),
        "reference_period_end": date(2025, 12, 31),
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2027, 1, 1),
    }
    below = {"uid": "below", "input_uid": "part", "output_uid": "new", "amount": 1.0, "line": "x", "share": 1.0}
    facts = _car(
        _option("old", 1.0),
        _option("new"),
        below,
        below | {"uid": "other", "input_uid": "old", "share": 0.0},
        known=("old", "new", "part"),
        declarations=[
            {"uid": "d1", "item_uid": "car", "kgco2e": 100.0, **declared},
            {"uid": "d2", "item_uid": "new", "kgco2e": 2.0, **declared},
        ],
    )
    answer = _ask(facts)
    assert answer.current.total_kgco2e == pytest.approx(11.0)
    assert answer.best is not None
    assert answer.best.total_kgco2e == pytest.approx(5.0)
    assert set(_shares(facts, answer.best)) == {"old", "new"}
    traced = _ask(facts, basis=Basis.TRACED)
    assert set(_shares(facts, traced.best)) == {"old", "new", "below", "other"}


def test_lines_after_the_gate_are_chosen_to_the_grave_only() -> None:
    lorry = {"uid": "lorry", "input_uid": "old", "output_uid": "car", "amount": 1.0, "line": "way", "share": 1.0}
    rail = lorry | {"uid": "rail", "input_uid": "new", "share": 0.0}
    used = {"item_uid": "car", "kgco2e": 10.0, "stage": "USE"}
    facts = _car(lorry | {"stage": "DISTRIBUTION"}, rail | {"stage": "DISTRIBUTION"}, emissions=[used])
    gate = _ask(facts)
    assert gate.best is not None
    assert (gate.best.total_kgco2e, list(gate.best.choices)) == (1.0, [])
    grave = _ask(facts, boundary=TO_GRAVE)
    assert grave.current.total_kgco2e == pytest.approx(16.0)
    assert grave.current.is_complete
    assert grave.best is not None
    assert grave.best.total_kgco2e == pytest.approx(14.0)
    assert _shares(facts, grave.best) == {"lorry": 0.0, "rail": 1.0}


def test_changed_lines_come_first_by_what_they_save_then_by_uid() -> None:
    def line(name: str, first: str, second: str, amount: float) -> list[dict[str, Any]]:
        return [
            {
                "uid": f"{name}-{uid}",
                "input_uid": uid,
                "output_uid": "car",
                "amount": amount,
                "line": name,
                "share": share,
            }
            for uid, share in ((first, 1.0), (second, 0.0))
        ]

    facts = _car(*line("a", "new", "old", 1.0), *line("b", "old", "new", 1.0), *line("c", "old", "new", 5.0))
    best = _ask(facts).best
    assert best is not None
    assert [_uid(facts, one.supply_row) for one in best.choices] == [
        "c-new",
        "c-old",
        "b-new",
        "b-old",
        "a-new",
        "a-old",
    ]


def test_an_alternative_that_takes_of_the_item_itself_is_weighed_with_all_its_turns() -> None:
    back = {"uid": "back", "input_uid": "car", "output_uid": "new", "amount": 0.1}
    answer = _ask(_car(_option("old", 1.0), _option("new"), back))
    assert answer.best is not None
    assert answer.best.total_kgco2e == pytest.approx(7.0 / (1.0 - 0.2))
    assert sum(choice.saving_kgco2e for choice in answer.best.choices) == pytest.approx(11.0 - 8.75)
    facts = _car(_option("old", 1.0), _option("new"), back | {"amount": 0.25})
    assert _shares(facts, _ask(facts).best) == {"new": 0.0, "old": 1.0}


def test_an_alternative_that_takes_more_than_itself_is_never_the_best() -> None:
    back = {"uid": "back", "input_uid": "car", "output_uid": "new", "amount": 0.6}
    facts = _car(_option("old", 1.0), _option("new"), back)
    answer = _ask(facts)
    assert _shares(facts, answer.best) == {"new": 0.0, "old": 1.0}


def test_a_loop_of_alternatives_that_removes_carbon_without_end_is_refused() -> None:
    back = {"uid": "back", "input_uid": "car", "output_uid": "part", "amount": 0.6}
    facts = _car(
        _option("old", 1.0), _option("part"), back, known=("old",), emissions=[{"item_uid": "part", "kgco2e": -3.0}]
    )
    with pytest.raises(UnsolvableLoop, match="no chain is the least"):
        _ask(facts)


def test_an_item_of_which_nothing_is_known_is_refused() -> None:
    facts = facts_of(items=[{"uid": "car"}, {"uid": "old"}])
    with pytest.raises(InvalidInput, match=r"nothing is known of what car emits \(NO_DATA\)"):
        _ask(facts)
    back = {"uid": "back", "input_uid": "car", "output_uid": "car", "amount": -0.5, "stage": "END_OF_LIFE"}
    for one in (facts, facts_of(items=[{"uid": "car"}], supplies=[back])):
        with pytest.raises(InvalidInput, match=r"nothing is known of what car emits"):
            _ask(one, boundary=TO_GRAVE)


def test_without_any_line_todays_chain_is_the_best_if_it_is_within_the_constraints() -> None:
    fixed = {"uid": "fixed", "input_uid": "part", "output_uid": "car", "amount": 1.0, "unit_cost": 7, "currency": "CNY"}
    facts = _car(fixed, known=("part",))
    answer = _ask(facts)
    assert answer.best is not None
    assert replace(answer.best, choices=()) == replace(answer.current, choices=())
    assert [point.unit_cost for point in answer.pareto] == [7.0]
    assert _ask(facts, max_unit_cost=6.0).best is None


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        ({"max_unit_cost": -1.0}, "maxUnitCost is -1"),
        ({"max_unit_cost": math.nan}, "maxUnitCost is nan"),
        ({"max_unit_cost": math.inf}, "maxUnitCost is inf"),
        ({"demand_per_year": -5.0}, "demandPerYear is -5"),
        ({"min_primary_data_share": 1.5}, "minPrimaryDataShare is 1.5; a share is 0 to 1"),
        ({"min_verified_share": math.nan}, "minVerifiedShare is nan"),
        ({"points": 201}, "paretoPoints is 201"),
        ({"points": -1}, "paretoPoints is -1"),
    ],
)
def test_numbers_that_cannot_be_meant_are_refused_by_name(constraints: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        _ask(_priced(), **constraints)


def test_no_point_one_point_and_both_ends_of_the_front() -> None:
    facts = _priced()
    assert _ask(facts, points=0).pareto == []
    assert [point.total_kgco2e for point in _ask(facts, points=1).pareto] == [7.0]
    for is_single in (False, True):
        points = _ask(facts, points=2, is_single_source=is_single).pareto
        assert [point.total_kgco2e for point in points] == [11.0, 7.0]


@pytest.mark.parametrize("budget", [None, 1.0, 50.0])
def test_chains_of_unknown_cost_are_on_the_front_only_where_no_other_is(budget: float | None) -> None:
    into_new = {"output_uid": "new", "amount": 0.1, "line": "paint"}
    unknown = [
        {"uid": "part", "input_uid": "part", **into_new, "share": 1.0},
        {"uid": "gap", "input_uid": "gap", **into_new, "share": 0.0, "unit_cost": 5.0, "currency": "CNY"},
    ]
    options = [
        _option(uid, share, unit_cost=cost, currency="CNY") for uid, share, cost in (("old", 1, 1), ("new", 0, 4))
    ]
    items = [{"uid": uid} for uid in ("car", "old", "new", "part", "gap")]
    known = ("old", "new", "part")
    both = _ask(_car(*options, *unknown, known=known, items=items), max_unit_cost=budget)
    assert [(point.unit_cost, point.total_kgco2e) for point in both.pareto] == [(2.0, 11.0)]
    only_new = {**options[1], "line": None, "share": 1.0}
    alone = _ask(_car(only_new, *unknown, known=known, items=items), max_unit_cost=budget)
    assert (alone.best is None) == (budget is not None)
    assert [point.unit_cost for point in alone.pareto] == [None]
    assert alone.pareto[0].total_kgco2e == pytest.approx(7.8)
