"""What if: totals under changes that nobody stores, and what is refused."""

from typing import Any

import pytest

from graph_service.errors import InvalidInput, UnsolvableLoop
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import Basis, SystemBoundary
from graph_service.service.scenario import ScenarioOutcome, scenario
from graph_service.service.scenario_changes import DirectChange, FactorChange, ScenarioChanges, SupplyChange
from graph_service.service.snapshots import ViewedGraph
from tests.support.facts import facts_of
from tests.unit.service.test_changes import DAY, declaration, viewed

NAN, INFINITE = float("nan"), float("inf")


def bike(**more: Any) -> Facts:
    """A bike (1 kg; 10 in use) of 2 wheels from one of two makers, 60 : 40, at 3 kg and 8 kg, and a bell without data.

    The second maker uses 10 kWh of the grid at 0.6, the bike 36 MJ of it after its gate.
    """
    rows: dict[str, Any] = {
        "regions": [{"uid": "CN"}],
        "items": [{"uid": "bike"}, {"uid": "near"}, {"uid": "far"}, {"uid": "bell"}],
        "factors": [
            {"uid": "grid", "flow": "electricity", "region_uid": "CN", "kgco2e": 0.6, "year": 2024},
            {"uid": "none", "flow": "wind", "region_uid": "CN", "kgco2e": 0.0, "year": 2024},
        ],
        "emissions": [
            {"uid": "e-bike", "item_uid": "bike", "kgco2e": 1.0},
            {"uid": "e-near", "item_uid": "near", "kgco2e": 3.0},
            {"uid": "e-far", "item_uid": "far", "kgco2e": 2.0},
            {
                "uid": "power",
                "item_uid": "far",
                "activity": 10.0,
                "activity_unit": "kWh",
                "factor_uid": "grid",
            },
            {
                "uid": "use",
                "item_uid": "bike",
                "activity": 36.0,
                "activity_unit": "MJ",
                "flow": "electricity",
                "stage": "USE",
            },
        ],
        "supplies": [
            {"uid": "a", "input_uid": "near", "output_uid": "bike", "amount": 2.0, "share": 0.6, "line": "wheels"},
            {"uid": "b", "input_uid": "far", "output_uid": "bike", "amount": 2.0, "share": 0.4, "line": "wheels"},
            {"uid": "c", "input_uid": "bell", "output_uid": "bike", "amount": 1.0},
        ],
    }
    for kind, further in more.items():
        rows[kind] = [*rows.get(kind, []), *further]
    return facts_of(**rows)


def changes(
    *,
    direct: tuple[DirectChange, ...] = (),
    supplies: tuple[SupplyChange, ...] = (),
    factors: tuple[FactorChange, ...] = (),
) -> ScenarioChanges:
    return ScenarioChanges(direct=direct, supplies=supplies, factors=factors)


GATE_KGCO2E = 1 + 2 * 0.6 * 3 + 2 * 0.4 * 8


def outcome(item_row: int, *kgco2e: Any) -> ScenarioOutcome:
    return ScenarioOutcome(item_row, *kgco2e)


def after(some: ScenarioChanges, uid: str = "bike", *, graph: ViewedGraph | None = None) -> float | None:
    [found] = scenario(graph or viewed(bike()), some, [uid])
    assert found is not None
    return found.after_kgco2e


def test_without_changes_nothing_moves_and_unknown_items_are_told_apart_from_unknown_totals() -> None:
    graph = viewed(bike())
    found = scenario(graph, changes(), ["bell", "nobody", "bike", "bike"])
    assert found[0] == outcome(3, None, None, None)
    assert found[1] is None
    assert found[2] == found[3] == outcome(0, pytest.approx(GATE_KGCO2E), pytest.approx(GATE_KGCO2E), 0)


def test_direct_emissions_are_scaled_or_set() -> None:
    assert after(changes(direct=(DirectChange("far", factor=0.5),))) == pytest.approx(GATE_KGCO2E - 0.8 * 4)
    assert after(changes(direct=(DirectChange("far", set_kgco2e=1.0),))) == pytest.approx(GATE_KGCO2E - 0.8 * 7)
    grave = viewed(bike(), boundary=SystemBoundary.CRADLE_TO_GRAVE)
    assert after(changes(direct=(DirectChange("bike", factor=3.0),)), graph=grave) == pytest.approx(
        GATE_KGCO2E + 2 + 3 * 6
    )
    assert after(changes(direct=(DirectChange("bike", set_kgco2e=3.0),)), graph=grave) == pytest.approx(
        GATE_KGCO2E + 2 + 6
    )


def test_setting_direct_emissions_fills_a_gap() -> None:
    filled = changes(direct=(DirectChange("bell", set_kgco2e=0.25),))
    assert after(filled) == pytest.approx(GATE_KGCO2E + 0.25)
    [bell] = scenario(viewed(bike()), filled, ["bell"])
    assert bell == outcome(3, None, pytest.approx(0.25), None)


def test_nothing_of_the_graph_itself_changes() -> None:
    graph = viewed(bike())
    everything = changes(
        direct=(DirectChange("bell", set_kgco2e=9.0), DirectChange("bike", factor=2.0)),
        supplies=(SupplyChange("a", amount=5.0, share=0.1),),
        factors=(FactorChange("grid", 0.1),),
    )
    assert after(everything, graph=graph) != pytest.approx(GATE_KGCO2E)
    assert after(changes(), graph=graph) == pytest.approx(GATE_KGCO2E)


def test_a_declared_total_is_what_is_scaled_or_set_where_it_is_in_force() -> None:
    facts = bike(declarations=[declaration("of-far", "far", 20.0), declaration("of-bell", "bell", 1.0)])
    graph = viewed(facts)
    assert after(changes(direct=(DirectChange("far", factor=0.5),)), "far", graph=graph) == pytest.approx(10)
    assert after(changes(direct=(DirectChange("far", set_kgco2e=4.0),)), "far", graph=graph) == pytest.approx(4)
    traced = viewed(facts, basis=Basis.TRACED)
    assert after(changes(direct=(DirectChange("far", set_kgco2e=4.0),)), "far", graph=traced) == pytest.approx(4)
    assert after(changes(direct=(DirectChange("far", factor=0.5),)), "far", graph=traced) == pytest.approx(4)
    assert after(changes(direct=(DirectChange("bell", factor=3.0),)), "bell", graph=traced) == pytest.approx(3)


def test_the_other_shares_of_a_line_scale_to_what_is_left() -> None:
    shifted = changes(supplies=(SupplyChange("a", share=0.9),))
    assert after(shifted) == pytest.approx(1 + 2 * 0.9 * 3 + 2 * 0.1 * 8)
    both = changes(supplies=(SupplyChange("a", share=0.25), SupplyChange("b", share=0.75, amount=4.0)))
    assert after(both) == pytest.approx(1 + 2 * 0.25 * 3 + 4 * 0.75 * 8)
    whole = changes(supplies=(SupplyChange("a", share=1.0),))
    assert after(whole) == pytest.approx(1 + 2 * 3)
    alone = changes(supplies=(SupplyChange("c", share=0.5),), direct=(DirectChange("bell", set_kgco2e=2.0),))
    assert after(alone) == pytest.approx(GATE_KGCO2E + 1)


def test_a_factor_changes_every_entry_that_it_serves_by_name_or_by_flow() -> None:
    half = changes(factors=(FactorChange("grid", 0.3),))
    assert after(half) == pytest.approx(GATE_KGCO2E - 0.8 * 3)
    grave = viewed(bike(), boundary=SystemBoundary.CRADLE_TO_GRAVE)
    assert after(half, graph=grave) == pytest.approx(GATE_KGCO2E - 0.8 * 3 + 3)
    wind = {"uid": "w", "item_uid": "near", "activity": 36.0, "activity_unit": "MJ", "factor_uid": "none"}
    from_nothing = after(changes(factors=(FactorChange("none", 0.5),)), graph=viewed(bike(emissions=[wind])))
    assert from_nothing == pytest.approx(GATE_KGCO2E + 1.2 * 5)


def test_a_factor_is_changed_before_direct_entries_are_scaled() -> None:
    both = changes(direct=(DirectChange("far", factor=0.5),), factors=(FactorChange("grid", 0.3),))
    assert after(both, "far") == pytest.approx(0.5 * (2 + 3))


def faults(some: ScenarioChanges, graph: ViewedGraph | None = None) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        scenario(graph or viewed(bike()), some, ["bike"])
    assert refused.value.message.startswith(refused.value.findings[0].path)
    assert {finding.code for finding in refused.value.findings} == {"INVALID"}
    return [(finding.path, finding.message) for finding in refused.value.findings]


def test_every_fault_is_told_with_its_place() -> None:
    wrong = changes(
        direct=(
            DirectChange("nobody", factor=1.0),
            DirectChange("bell", factor=1.0),
            DirectChange("near", factor=-1.0),
            DirectChange("near", factor=NAN, set_kgco2e=INFINITE),
            DirectChange("far"),
        ),
        supplies=(
            SupplyChange("a"),
            SupplyChange("b", share=40.0),
            SupplyChange("c", amount=NAN),
            SupplyChange("c", share=-0.1),
            SupplyChange("z", amount=1.0),
        ),
        factors=(FactorChange("grid", NAN), FactorChange("grid", 1.0), FactorChange("steam", 1.0)),
    )
    paths = [path for path, _ in faults(wrong)]
    assert paths == [
        "changes.supplies[3].supply",
        "changes.supplies[4].supply",
        "changes.supplies[0]",
        "changes.supplies[1].share",
        "changes.supplies[2].amount",
        "changes.supplies[3].share",
        "changes.factors[1].factor",
        "changes.factors[2].factor",
        "changes.factors[0].kgCO2e",
        "changes.direct[0].item",
        "changes.direct[3].item",
        "changes.direct[1].factor",
        "changes.direct[2].factor",
        "changes.direct[3]",
        "changes.direct[3].factor",
        "changes.direct[3].setKgCO2e",
        "changes.direct[4]",
    ]


def test_shares_that_do_not_fit_their_line_are_refused_with_its_name() -> None:
    [(path, message)] = faults(changes(supplies=(SupplyChange("a", share=0.5), SupplyChange("b", share=0.6))))
    assert path == "changes.supplies[1].share"
    assert message == "all shares of line 'wheels' of 'bike' are set and sum to 1.1, not 1"
    third = {"uid": "d", "input_uid": "far", "output_uid": "bike", "amount": 2.0, "share": 0.0, "line": "wheels"}
    graph = viewed(bike(supplies=[third]))
    over = changes(supplies=(SupplyChange("a", share=0.7), SupplyChange("b", share=0.7)))
    [(_, message)] = faults(over, graph)
    assert message == "the shares set in line 'wheels' of 'bike' sum to 1.4, more than its 1"
    under = changes(supplies=(SupplyChange("a", share=0.2), SupplyChange("b", share=0.2)))
    [(_, message)] = faults(under, graph)
    assert message == "0.6 of line 'wheels' of 'bike' is left and no other row has a share to scale; set them all"


def test_a_supply_that_does_not_hold_on_the_day_cannot_be_changed() -> None:
    ended = {"uid": "old", "input_uid": "far", "output_uid": "bike", "amount": 1.0, "valid_to": DAY}
    [(path, message)] = faults(changes(supplies=(SupplyChange("old", amount=2.0),)), viewed(bike(supplies=[ended])))
    assert (path, message) == ("changes.supplies[0].supply", f"supply 'old' is not valid on {DAY}")


def test_numbers_too_large_are_refused_and_no_infinite_total_is_answered() -> None:
    [(path, _)] = faults(changes(direct=(DirectChange("far", factor=1e308),)))
    assert path == "changes"
    with pytest.raises(InvalidInput, match="'bike' becomes too large"):
        after(changes(direct=(DirectChange("far", set_kgco2e=1e308),), supplies=(SupplyChange("b", amount=1e308),)))


def test_a_scenario_that_makes_a_loop_unsolvable_is_refused_by_name_whoever_asks() -> None:
    facts = bike(supplies=[{"uid": "back", "input_uid": "bike", "output_uid": "far", "amount": 0.1}])
    graph = viewed(facts)
    assert after(changes(supplies=(SupplyChange("back", amount=1.0),)), graph=graph) is not None
    loop = changes(supplies=(SupplyChange("back", amount=1.3),))
    for uid in ("bike", "near"):
        with pytest.raises(UnsolvableLoop, match=r"bike → far|far → bike") as refused:
            after(loop, uid, graph=graph)
        assert refused.value.details["items"] == [["bike", "far"]]


def test_a_scenario_can_mend_a_loop_and_a_loop_that_it_leaves_alone_hinders_no_other_item() -> None:
    facts = bike(supplies=[{"uid": "back", "input_uid": "bike", "output_uid": "far", "amount": 2.0}])
    graph = viewed(facts)
    [mended] = scenario(graph, changes(supplies=(SupplyChange("back", amount=0.0),)), ["bike"])
    assert mended == outcome(0, None, pytest.approx(GATE_KGCO2E), None)
    assert after(changes(direct=(DirectChange("near", factor=2.0),)), "near", graph=graph) == pytest.approx(6)
    with pytest.raises(UnsolvableLoop, match="bike → far"):
        after(changes(direct=(DirectChange("near", factor=2.0),)), graph=graph)
