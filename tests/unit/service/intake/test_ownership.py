"""What a supplier may record, and that a refusal tells it nothing of the rest of the graph."""

from collections.abc import Mapping, Sequence
from datetime import date

import pytest

from graph_service.errors import Finding
from graph_service.model.batch import ChangeBatch
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import Kind
from graph_service.service.intake.check import Checked, check_batch
from graph_service.service.intake.own_facts import facts_seen_by, owned_by
from graph_service.service.intake.ownership import check_own_batch
from tests.support.change_batches import Record, change_batch, factor, item, recorded, supply, tables_of, told

HIDDEN = "zz-hidden"
"""Part of every name that the supplier ``own`` must never be told."""

SUPPLIERS = [{"uid": "own", "name": "Own"}, {"uid": "them", "name": HIDDEN}]
ITEMS = [
    item("mine", supplier_uid="own"),
    item("also-mine", supplier_uid="own"),
    item("joined", supplier_uid="them", equivalents="60 kWh", category=HIDDEN, description=HIDDEN),
    item("customer", supplier_uid="them"),
    item(f"{HIDDEN}-deep", supplier_uid="them"),
    item(f"{HIDDEN}-far", supplier_uid="them"),
]
SUPPLIES = [
    supply("joined", "mine", uid="joined-mine", amount=2.0),
    supply("mine", "customer", uid="mine-customer", line=HIDDEN, share=1.0),
    supply(f"{HIDDEN}-deep", "joined", uid=f"{HIDDEN}-supply"),
    supply("customer", f"{HIDDEN}-far", uid=f"{HIDDEN}-onward", amount=0.5),
]
EMISSIONS = [
    {"uid": "mine-own", "item_uid": "mine", "kgco2e": 1.0},
    {"uid": f"{HIDDEN}-emission", "item_uid": f"{HIDDEN}-deep", "kgco2e": 1.0},
]


def graph(**more: Sequence[Record]) -> Facts:
    given: dict[str, Sequence[Record]] = {
        "regions": [{"uid": "CN", "name": "China"}],
        "suppliers": SUPPLIERS,
        "items": ITEMS,
        "factors": [factor("grid")],
        "emissions": EMISSIONS,
        "supplies": SUPPLIES,
    }
    return recorded(**{kind: [*given.get(kind, ()), *more.get(kind, ())] for kind in {**given, **more}})


def check(batch: ChangeBatch, facts: Facts | None = None) -> Checked:
    """The check for the supplier ``own``; whatever it says names nothing hidden."""
    checked = check_own_batch(batch, facts or graph(), supplier_uid="own", revision=2)
    for finding in checked.findings:
        assert HIDDEN not in finding.message
        assert HIDDEN not in finding.path
    return checked


def test_a_supplier_records_items_supplies_and_emissions_of_its_own() -> None:
    facts = graph()
    batch = change_batch(
        items=[item("new", supplier_uid="own"), item("mine", supplier_uid="own", name="Renamed")],
        supplies=[supply("new", "mine"), supply("joined", "new", amount=3.0)],
        emissions=[{"item_uid": "new", "activity": 2.0, "activity_unit": "kWh", "factor_uid": "grid"}],
    )

    checked = check(batch, facts)

    assert not checked.has_errors, checked.findings
    as_leader = check_batch(batch, facts, revision=2)
    assert checked.facts == as_leader.facts
    assert checked.upserts == as_leader.upserts


def test_a_supplier_ends_what_is_its_own() -> None:
    checked = check(change_batch(ends={Kind.SUPPLY: ["joined-mine"], Kind.EMISSION: ["mine-own"]}))

    assert not checked.has_errors
    assert dict(checked.ends) == {Kind.SUPPLY: ["joined-mine"], Kind.EMISSION: ["mine-own"]}


NOT_ITS_OWN: Sequence[tuple[Mapping[str, Sequence[Record]], str]] = [
    ({"regions": [{"uid": "x", "name": "x"}]}, "regions"),
    ({"suppliers": [{"uid": "own", "name": "x", "acceptance": "ALWAYS"}]}, "suppliers"),
    ({"factors": [factor("x")]}, "factors"),
    ({"declarations": [{"item_uid": "mine", "kgco2e": 1.0}]}, "declarations"),
    ({"items": [item("x")]}, "items[0].supplier_uid"),
    ({"items": [item("x", supplier_uid="them")]}, "items[0].supplier_uid"),
    ({"items": [item("mine", supplier_uid="them")]}, "items[0].supplier_uid"),
]


@pytest.mark.parametrize(("records", "path"), NOT_ITS_OWN)
def test_what_is_the_leaders_to_record_is_refused(records: Mapping[str, Sequence[Record]], path: str) -> None:
    assert told(check(ChangeBatch(tables_of(records)))) == [("NOT_ALLOWED", path)]


def test_ends_of_reference_data_and_a_replacement_of_all_are_refused() -> None:
    assert told(check(change_batch(ends={Kind.FACTOR: ["grid"]}))) == [("NOT_ALLOWED", "endFactors")]
    assert ("NOT_ALLOWED", "") in told(check(change_batch(replace=True)))


def substituted(findings: Sequence[Finding], name: str) -> list[tuple[str, str, str]]:
    return [(finding.code, finding.path, finding.message.replace(name, "NAME")) for finding in findings]


ALIKE = {
    "the supplier of an item": lambda name: change_batch(items=[item("x", supplier_uid=name)]),
    "the output of a supply": lambda name: change_batch(supplies=[supply("mine", name)]),
    "the input of a supply": lambda name: change_batch(supplies=[supply(name, "mine")]),
    "the item of an emission": lambda name: change_batch(emissions=[{"item_uid": name, "kgco2e": 1.0}]),
    "an item to end": lambda name: change_batch(ends={Kind.ITEM: [name]}),
    "a supply to end": lambda name: change_batch(ends={Kind.SUPPLY: [name]}),
    "an emission to end": lambda name: change_batch(ends={Kind.EMISSION: [name]}),
}
NAME_OF = {
    "the supplier of an item": "zz-other",
    "a supply to end": "zz-other-supply",
    "an emission to end": "zz-other-emission",
}


@pytest.mark.parametrize("what", ALIKE)
def test_what_is_hidden_and_what_is_unknown_are_refused_in_the_same_words(what: str) -> None:
    others: dict[str, Sequence[Record]] = {
        "suppliers": [{"uid": "zz-other", "name": "Other"}],
        "items": [item("zz-other", supplier_uid="zz-other"), item("zz-other-2", supplier_uid="zz-other")],
        "supplies": [supply("zz-other", "zz-other-2", uid="zz-other-supply")],
        "emissions": [{"uid": "zz-other-emission", "item_uid": "zz-other", "kgco2e": 1.0}],
    }
    hidden = NAME_OF.get(what, "zz-other")
    unknown = hidden.replace("zz-other", "zz-nobod")

    of_hidden = check(ALIKE[what](hidden), graph(**others))
    of_unknown = check(ALIKE[what](unknown), graph())

    assert of_hidden.has_errors
    assert substituted(of_hidden.findings, hidden) == substituted(of_unknown.findings, unknown)


@pytest.mark.parametrize("uid", [f"{HIDDEN}-deep", "joined", "customer"])
def test_a_taken_uid_is_refused_without_a_word_of_whose_it_is(uid: str) -> None:
    checked = check_own_batch(change_batch(items=[item(uid, supplier_uid="own")]), graph(), supplier_uid="own")

    (finding,) = checked.findings
    assert (finding.code, finding.path) == ("UID_TAKEN", "items[0].uid")
    assert finding.message == f"uid {uid!r} cannot be used for items of yours; give another"


def test_a_taken_uid_of_a_supply_or_an_emission_is_refused() -> None:
    batch = change_batch(
        supplies=[
            supply("also-mine", "mine", uid=f"{HIDDEN}-supply"),
            supply("also-mine", "mine", uid="mine-customer"),
        ],
        emissions=[{"uid": f"{HIDDEN}-emission", "item_uid": "mine", "kgco2e": 1.0}],
    )

    checked = check_own_batch(batch, graph(), supplier_uid="own")

    expected = ["emissions[0].uid", "supplies[0].uid", "supplies[1].uid"]
    assert told(checked) == [("UID_TAKEN", path) for path in expected]


def test_an_amount_is_not_converted_by_what_is_hidden_of_an_input() -> None:
    batch = change_batch(supplies=[supply("joined", "mine", uid="joined-mine", amount=60.0, unit="kWh")])

    assert told(check(batch)) == [("UNIT_MISMATCH", "supplies[0].unit")]


def test_an_own_item_that_others_take_cannot_end_and_the_delivery_is_named() -> None:
    (finding,) = check(change_batch(ends={Kind.ITEM: ["mine"], Kind.EMISSION: ["mine-own"]})).findings

    assert (finding.code, finding.path) == ("STILL_REFERRED", "endItems[0]")
    assert "mine-customer" in finding.message


def test_what_the_leader_published_keeps_an_item_and_is_not_named() -> None:
    published = {
        "uid": f"{HIDDEN}-published",
        "item_uid": "also-mine",
        "kgco2e": 3.0,
        "reference_period_start": date(2025, 1, 1),
        "reference_period_end": date(2026, 1, 1),
        "valid_from": date(2026, 1, 1),
        "is_published": True,
    }
    facts = graph(declarations=[published])

    assert told(check(change_batch(ends={Kind.ITEM: ["also-mine"]}), facts)) == [("STILL_REFERRED", "endItems[0]")]


BACK = supply("customer", "joined", uid=f"{HIDDEN}-back", amount=0.1)
"""Closes joined -> mine -> customer -> joined, with a gain of 0.2."""


@pytest.mark.parametrize("amount", [0.001, 2.0001, 1e9])
def test_a_supply_on_a_loop_through_others_is_refused_alike_whatever_its_gain(amount: float) -> None:
    batch = change_batch(supplies=[supply("joined", "mine", uid="joined-mine", amount=amount)])

    (finding,) = check(batch, graph(supplies=[BACK])).findings

    assert (finding.code, finding.path) == ("FOREIGN_LOOP", "supplies[0].amount")
    assert not any(digit in finding.message for digit in "0123456789")


def test_what_a_loop_does_not_depend_on_may_change_and_its_supplies_may_not_end() -> None:
    facts = graph(supplies=[BACK])
    dearer = supply("joined", "mine", uid="joined-mine", amount=2.0, unit_cost=3.0, currency="CNY")

    assert not check(change_batch(supplies=[dearer]), facts).has_errors
    assert told(check(change_batch(ends={Kind.SUPPLY: ["joined-mine"]}), facts)) == [("FOREIGN_LOOP", "endSupplies[0]")]
    assert not check(change_batch(supplies=[supply("also-mine", "mine", amount=0.5)]), facts).has_errors


def test_a_loop_of_own_items_alone_is_told_by_name() -> None:
    batch = change_batch(supplies=[supply("mine", "also-mine", amount=2.0), supply("also-mine", "mine", amount=1.0)])

    (finding,) = check(batch).findings

    assert finding.code == "UNSOLVABLE"
    assert "also-mine" in finding.message


def test_the_facts_that_a_supplier_sees_hold_its_own_and_of_joined_items_name_and_unit_alone() -> None:
    facts = graph()

    seen = facts_seen_by(facts, "own", owned_by(facts, "own"))

    items = {record["uid"]: record for record in seen.items.to_pylist()}
    assert set(items) == {"mine", "also-mine", "joined", "customer"}
    assert {name for name, value in items["joined"].items() if value is not None} == {
        *("uid", "name", "kind", "declared_unit")
    }
    assert sorted(seen.tables[Kind.SUPPLY]["uid"].to_pylist()) == ["joined-mine", "mine-customer"]
    assert seen.tables[Kind.EMISSION]["uid"].to_pylist() == ["mine-own"]
    assert seen.tables[Kind.SUPPLIER]["uid"].to_pylist() == ["own"]
    assert HIDDEN not in str({kind: table.to_pylist() for kind, table in seen.tables.items()})
