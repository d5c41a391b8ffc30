"""What emission entries are weighed with: named factors, flows, units, and what a change of factors breaks."""

import pytest

from graph_service.model.facts import Facts, empty_facts
from graph_service.model.vocabulary import Kind
from graph_service.service.intake import check_batch
from tests.support.change_batches import Record, change_batch, factor, item, recorded, told

REGIONS: list[Record] = [{"uid": "CN", "name": "China"}, {"uid": "SN", "name": "Shaanxi", "parent_uid": "CN"}]


def by_flow(flow: str, *, unit: str = "kWh", activity: float = 1.0) -> Record:
    return {"uid": "e", "item_uid": "a", "activity": activity, "activity_unit": unit, "flow": flow}


def by_factor(factor_uid: str, *, unit: str = "kWh") -> Record:
    return {"uid": "e", "item_uid": "a", "activity": 1.0, "activity_unit": unit, "factor_uid": factor_uid}


def facts_with(*emissions: Record) -> Facts:
    return recorded(regions=REGIONS, items=[item("a", region_uid="SN")], factors=[factor("f")], emissions=emissions)


@pytest.mark.parametrize(
    ("emission", "column", "code", "words"),
    [
        (by_factor("co2"), "factor_uid", "CO2_ONLY_FACTOR", "CARBON_FOOTPRINT"),
        (by_factor("f", unit="kg"), "activity_unit", "UNIT_MISMATCH", "does not convert to kWh"),
        (by_flow("electricity", unit="Nm3"), "activity_unit", "UNIT_MISMATCH", "factor 'f'"),
        (by_flow("electricty"), "flow", "UNKNOWN_FLOW", "is 'electricity' meant?"),
        (by_flow("heat"), "flow", "UNKNOWN_FLOW", "known flows: electricity, gas"),
        (by_flow("grid"), "flow", "UNKNOWN_FLOW", "only factors of kind CO2_EMISSION ('co2')"),
        (by_flow("electricity", activity=1e308, unit="GWh"), "activity", "NOT_FINITE", "too large"),
    ],
)
def test_an_entry_that_cannot_be_weighed_is_told(emission: Record, column: str, code: str, words: str) -> None:
    factors = [factor("f"), factor("co2", kind="CO2_EMISSION", flow="grid"), factor("g", flow="gas", unit="Nm3")]
    batch = change_batch(regions=REGIONS, items=[item("a")], factors=factors, emissions=[emission])
    checked = check_batch(batch, empty_facts())
    assert told(checked) == [(code, f"emissions[0].{column}")]
    assert words in checked.findings[0].message


def test_a_co2_only_factor_never_serves_a_flow() -> None:
    factors = [factor("f"), factor("co2", kind="CO2_EMISSION", region_uid="SN", unit="kg", year=2025)]
    batch = change_batch(
        regions=REGIONS, items=[item("a", region_uid="SN")], factors=factors, emissions=[by_flow("electricity")]
    )
    assert not check_batch(batch, empty_facts()).has_errors


def test_the_unit_of_the_nearest_regions_factor_counts() -> None:
    factors = [factor("f"), factor("near", region_uid="SN", unit="kg")]
    items = [item("a", region_uid="SN"), item("b", region_uid="CN")]
    emissions = [by_flow("electricity"), {**by_flow("electricity"), "uid": "e2", "item_uid": "b"}]
    checked = check_batch(
        change_batch(regions=REGIONS, items=items, factors=factors, emissions=emissions), empty_facts()
    )
    assert told(checked) == [("UNIT_MISMATCH", "emissions[0].activity_unit")]


def test_a_broken_factor_makes_no_second_fault_at_its_entries() -> None:
    batch = change_batch(
        regions=REGIONS,
        items=[item("a")],
        factors=[{**factor("f"), "source": None}, factor("g", flow="gas", kind="X")],
        emissions=[by_flow("electricity"), {**by_flow("gas"), "uid": "e2"}, {**by_factor("g"), "uid": "e3"}],
    )
    assert told(check_batch(batch, empty_facts())) == [
        ("UNSOURCED_FACTOR", "factors[0].source"),
        ("UNKNOWN_WORD", "factors[1].kind"),
    ]


def test_an_unread_list_of_factors_makes_no_unknown_flows() -> None:
    batch = change_batch(items=[item("a")], emissions=[by_flow("electricity"), {**by_factor("x"), "uid": "e2"}])
    fault = check_batch(batch, empty_facts()).findings[0]
    unread = type(batch)(batch.tables, faults=(type(fault)("MISSING_FILE", "ERROR", "factors", "cannot be read"),))
    assert told(check_batch(unread, empty_facts())) == [("MISSING_FILE", "factors")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (factor("f", unit="kg"), "UNIT_MISMATCH"),
        (factor("f", kind="CO2_EMISSION"), "CO2_ONLY_FACTOR"),
    ],
)
def test_a_changed_factor_that_breaks_a_recorded_entry_is_told_at_the_factor(change: Record, code: str) -> None:
    checked = check_batch(change_batch(factors=[change]), facts_with(by_factor("f")))
    assert told(checked) == [(code, "factors[0].unit")]
    assert "recorded emission 'e' would break" in checked.findings[0].message


def test_a_new_nearer_factor_of_another_unit_is_told() -> None:
    near = factor("near", region_uid="SN", unit="kg")
    checked = check_batch(change_batch(factors=[near]), facts_with(by_flow("electricity")))
    assert told(checked) == [("UNIT_MISMATCH", "factors[0].unit")]


def test_the_last_factor_of_a_flow_in_use_cannot_go() -> None:
    facts = facts_with(by_flow("electricity"))
    assert [code for code, _ in told(check_batch(change_batch(ends={Kind.FACTOR: ["f"]}), facts))] == ["UNKNOWN_FLOW"]
    renamed = check_batch(change_batch(factors=[factor("f", flow="heat")]), facts)
    assert [code for code, _ in told(renamed)] == ["UNKNOWN_FLOW"]


def test_a_move_of_an_item_to_a_region_with_a_factor_of_another_unit_is_told() -> None:
    facts = recorded(
        regions=REGIONS,
        items=[item("a", region_uid="CN")],
        factors=[factor("f"), factor("near", region_uid="SN", unit="kg")],
        emissions=[by_flow("electricity")],
    )
    checked = check_batch(change_batch(items=[item("a", region_uid="SN")]), facts)
    assert [code for code, _ in told(checked)] == ["UNIT_MISMATCH"]
