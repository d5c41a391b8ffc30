"""What rows refer to must be there; what ends leaves nobody behind; what may never change does not."""

from datetime import date

import pytest

from graph_service.model.batch import ChangeBatch
from graph_service.model.facts import empty_facts
from graph_service.model.vocabulary import Kind
from graph_service.service.intake import check_batch
from graph_service.service.intake.references import find_cycles
from tests.support.change_batches import Record, change_batch, factor, item, recorded, supply, tables_of, told

CHINA: Record = {"uid": "CN", "name": "China"}


def declaration(uid: str, item_uid: str = "a", **columns: object) -> Record:
    period = {"reference_period_start": date(2024, 1, 1), "reference_period_end": date(2025, 1, 1)}
    return {"uid": uid, "item_uid": item_uid, "kgco2e": 5.0, **period, "valid_from": date(2025, 1, 1), **columns}


@pytest.mark.parametrize(
    ("plural", "record", "column"),
    [
        ("regions", {"uid": "x", "name": "x", "parent_uid": "zz"}, "parent_uid"),
        ("suppliers", {"uid": "x", "name": "x", "region_uid": "zz"}, "region_uid"),
        ("items", item("x", supplier_uid="zz"), "supplier_uid"),
        ("items", item("x", region_uid="zz"), "region_uid"),
        ("factors", factor("x", region_uid="zz"), "region_uid"),
        ("emissions", {"item_uid": "zz", "kgco2e": 1.0}, "item_uid"),
        ("emissions", {"item_uid": "a", "activity": 1.0, "activity_unit": "kWh", "factor_uid": "zz"}, "factor_uid"),
        ("supplies", supply("zz", "a"), "input_uid"),
        ("supplies", supply("a", "zz"), "output_uid"),
        ("supplies", supply("zz", "a", unit="kWh"), "input_uid"),
        ("declarations", declaration("d", "zz"), "item_uid"),
        ("declarations", declaration("d", preceding="zz"), "preceding"),
    ],
)
def test_an_unknown_name_is_told_once_with_its_value(plural: str, record: Record, column: str) -> None:
    facts = recorded(regions=[CHINA], items=[item("a")])
    checked = check_batch(ChangeBatch(tables_of({plural: [record]})), facts)
    assert told(checked) == [("UNKNOWN_REFERENCE", f"{plural}[0].{column}")]
    assert "'zz'" in checked.findings[0].message


def test_a_near_miss_is_suggested() -> None:
    checked = check_batch(change_batch(items=[item("cathode")], supplies=[supply("cathod", "cathode")]), empty_facts())
    assert "is 'cathode' meant?" in checked.findings[0].message


def test_names_are_compared_after_composing_letters() -> None:
    batch = change_batch(items=[item("caf\u00e9")], supplies=[supply("cafe\u0301", "caf\u00e9", 0.5, line="l\u0301")])
    checked = check_batch(batch, empty_facts())
    assert not checked.has_errors
    assert checked.facts.tables[Kind.SUPPLY]["uid"].to_pylist() == ["caf\u00e9/caf\u00e9/\u013a/RAW_MATERIAL//1"]


def test_a_row_with_a_bad_cell_still_makes_its_uid_known() -> None:
    batch = change_batch(items=[item("a", mass_kg=-1.0)], emissions=[{"item_uid": "a", "kgco2e": 1.0}])
    assert told(check_batch(batch, empty_facts())) == [("OUT_OF_RANGE", "items[0].mass_kg")]


def test_a_supply_of_an_item_with_a_bad_unit_makes_no_second_fault() -> None:
    batch = change_batch(items=[item("a", declared_unit="KG")], supplies=[supply("a", "a", 0.5, unit="kg")])
    assert told(check_batch(batch, empty_facts())) == [("UNKNOWN_UNIT", "items[0].declared_unit")]


def test_a_uid_twice_in_a_batch_names_the_first() -> None:
    checked = check_batch(change_batch(items=[item("a"), item("b"), item("a")]), empty_facts())
    assert told(checked) == [("DUPLICATE_UID", "items[2].uid")]
    assert "items[0]" in checked.findings[0].message


def test_two_benchmarks_of_one_key_are_told() -> None:
    numbers = {"limit_kgco2e": 3.0, "baseline_kgco2e": 2.0, "exemplary_kgco2e": 1.0}
    one = {"category": "c", "declared_unit": "kg", **numbers, "source": "s", "is_example": True}
    checked = check_batch(change_batch(benchmarks=[one, {**one, "source": "t"}]), empty_facts())
    assert told(checked) == [("DUPLICATE_UID", "benchmarks[1].uid")]


def test_regions_that_hold_each_other_are_told_in_order() -> None:
    batch = change_batch(
        regions=[
            {"uid": "a", "name": "a", "parent_uid": "b"},
            {"uid": "b", "name": "b", "parent_uid": "a"},
            {"uid": "c", "name": "c", "parent_uid": "a"},
        ]
    )
    checked = check_batch(batch, empty_facts())
    assert told(checked) == [("REGION_CYCLE", "regions[1].parent_uid")]
    assert "'a' -> 'b' -> 'a'" in checked.findings[0].message


def test_a_region_of_the_batch_that_closes_a_recorded_chain_is_told() -> None:
    facts = recorded(regions=[CHINA, {"uid": "SN", "name": "S", "parent_uid": "CN"}])
    checked = check_batch(change_batch(regions=[{**CHINA, "parent_uid": "SN"}]), facts)
    assert told(checked) == [("REGION_CYCLE", "regions[0].parent_uid")]


def test_cycles_are_found_however_deep_the_names() -> None:
    chain = {str(n): [str(n + 1)] for n in range(50_000)}
    assert find_cycles(chain) == []
    assert len(find_cycles({**chain, "50000": ["49999"]})) == 1
    assert find_cycles({"a": ["a"]}) == [["a"]]
    assert find_cycles({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}) == []


def test_a_known_items_declared_unit_cannot_change() -> None:
    checked = check_batch(change_batch(items=[item("a", declared_unit="t")]), recorded(items=[item("a")]))
    assert told(checked) == [("DECLARED_UNIT_CHANGED", "items[0].declared_unit")]
    assert "recorded per kg" in checked.findings[0].message


def test_another_name_of_the_same_unit_is_no_change_of_unit() -> None:
    checked = check_batch(change_batch(items=[item("a", declared_unit="kilogram")]), recorded(items=[item("a")]))
    assert not checked.has_errors


def test_a_declaration_that_comes_again_with_other_content_is_told_with_the_columns() -> None:
    facts = recorded(items=[item("a")], declarations=[declaration("d")])
    assert check_batch(change_batch(declarations=[declaration("d")]), facts).is_empty
    checked = check_batch(change_batch(declarations=[declaration("d", kgco2e=6.0, comment="more")]), facts)
    assert told(checked) == [("DECLARATION_CHANGED", "declarations[0].uid")]
    assert "another kgco2e, comment" in checked.findings[0].message


def test_predecessors_may_stand_below_in_the_batch_but_not_in_a_circle_or_of_another_item() -> None:
    below = change_batch(items=[item("a")], declarations=[declaration("2", preceding="1"), declaration("1")])
    assert not check_batch(below, empty_facts()).has_errors
    circle = change_batch(
        items=[item("a")], declarations=[declaration("2", preceding="1"), declaration("1", preceding="2")]
    )
    assert [code for code, _ in told(check_batch(circle, empty_facts()))] == ["PRECEDING_CYCLE"]
    foreign = change_batch(
        items=[item("a"), item("b")], declarations=[declaration("1"), declaration("2", "b", preceding="1")]
    )
    assert told(check_batch(foreign, empty_facts())) == [("FOREIGN_PREDECESSOR", "declarations[1].preceding")]


def test_an_end_of_what_is_not_recorded_is_told() -> None:
    checked = check_batch(change_batch(ends={Kind.SUPPLY: ["no"], Kind.ITEM: ["a", "no"]}), recorded(items=[item("a")]))
    assert told(checked) == [("UNKNOWN_END", "endItems[1]"), ("UNKNOWN_END", "endSupplies[0]")]


def test_a_uid_both_ended_and_recorded_is_told_and_nothing_else_trips() -> None:
    facts = recorded(items=[item("a"), item("b")], supplies=[supply("a", "b")])
    checked = check_batch(change_batch(items=[item("a")], ends={Kind.ITEM: ["a"]}), facts)
    assert told(checked) == [("ENDED_AND_RECORDED", "endItems[0]")]


def test_an_item_that_others_refer_to_cannot_end_alone() -> None:
    facts = recorded(
        items=[item("a"), item("b")],
        supplies=[supply("a", "b", uid="s")],
        emissions=[{"uid": "e", "item_uid": "a", "kgco2e": 1.0}],
        declarations=[declaration("d")],
    )
    checked = check_batch(change_batch(ends={Kind.ITEM: ["a"]}), facts)
    assert told(checked) == [("STILL_REFERRED", "endItems[0]")]
    for name in ("emission 'e'", "supply 's'", "declaration 'd'"):
        assert name in checked.findings[0].message
    whole = {Kind.ITEM: ["a"], Kind.SUPPLY: ["s"], Kind.EMISSION: ["e"], Kind.DECLARATION: ["d"]}
    ended = check_batch(change_batch(ends=whole), facts)
    assert not ended.has_errors
    assert {kind: list(uids) for kind, uids in ended.ends.items()} == whole
    assert ended.facts.items["uid"].to_pylist() == ["b"]


def test_a_factor_region_or_supplier_in_use_cannot_end() -> None:
    facts = recorded(
        regions=[CHINA, {"uid": "SN", "name": "S", "parent_uid": "CN"}],
        suppliers=[{"uid": "s", "name": "s", "region_uid": "SN"}],
        items=[item("a", supplier_uid="s")],
        factors=[factor("f")],
        emissions=[{"item_uid": "a", "activity": 1.0, "activity_unit": "kWh", "factor_uid": "f"}],
    )
    ends = {Kind.REGION: ["SN", "CN"], Kind.SUPPLIER: ["s"], Kind.FACTOR: ["f"]}
    for kind, uids in ends.items():
        checked = check_batch(change_batch(ends={kind: uids}), facts)
        assert {code for code, _ in told(checked)} == {"STILL_REFERRED"}, kind


def test_a_row_that_lets_go_in_the_same_batch_frees_what_ends() -> None:
    facts = recorded(items=[item("a"), item("b"), item("c")], supplies=[supply("a", "b", uid="s")])
    batch = change_batch(supplies=[supply("c", "b", uid="s")], ends={Kind.ITEM: ["a"]})
    checked = check_batch(batch, facts)
    assert not checked.has_errors
    edge = checked.facts.tables[Kind.SUPPLY].to_pylist()[0]
    uids = checked.facts.items["uid"].to_pylist()
    assert (uids[edge["input_row"]], uids[edge["output_row"]]) == ("c", "b")


def test_a_row_of_the_batch_cannot_refer_to_what_ends_with_it() -> None:
    facts = recorded(items=[item("a"), item("b")])
    checked = check_batch(change_batch(supplies=[supply("a", "b")], ends={Kind.ITEM: ["a"]}), facts)
    assert told(checked) == [("UNKNOWN_REFERENCE", "supplies[0].input_uid")]
    assert "ends with this batch, so nothing can refer to it; keep it, or" in checked.findings[0].message


def test_replace_ends_all_that_the_batch_lacks_of_every_kind() -> None:
    facts = recorded(
        regions=[CHINA], items=[item("a"), item("b")], supplies=[supply("a", "b")], declarations=[declaration("d")]
    )
    checked = check_batch(change_batch(items=[item("b", mass_kg=2.0)], replace=True), facts)
    assert not checked.has_errors
    assert checked.facts.items["uid"].to_pylist() == ["b"]
    assert all(checked.facts.tables[kind].num_rows == 0 for kind in Kind if kind is not Kind.ITEM)
    refers = check_batch(change_batch(items=[item("b")], supplies=[supply("a", "b")], replace=True), facts)
    assert told(refers) == [("UNKNOWN_REFERENCE", "supplies[0].input_uid")]
