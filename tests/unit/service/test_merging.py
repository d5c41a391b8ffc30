"""What a batch makes of recorded facts: defaults, converted amounts, rows that differ, and their order."""

from dataclasses import dataclass, field, replace
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.model.batch import ChangeBatch
from graph_service.model.facts import Facts, empty_facts, from_facts
from graph_service.model.vocabulary import Kind
from graph_service.service.intake import check_batch
from tests.support.change_batches import Record, change_batch, factor, item, recorded, rows, supply


def only(facts: Facts, kind: Kind) -> Record:
    (row,) = from_facts(kind, facts).to_pylist()
    record: Record = row
    return record


def test_what_is_left_out_takes_the_defaults_of_the_data_set() -> None:
    facts = recorded(
        items=[item("a")],
        supplies=[supply("a", "a", 0.5)],
        emissions=[{"item_uid": "a", "kgco2e": 1.0}],
        declarations=[
            {
                "item_uid": "a",
                "kgco2e": 5.0,
                "reference_period_start": date(2023, 3, 1),
                "reference_period_end": date(2024, 2, 29),
                "valid_from": date(2024, 3, 1),
            }
        ],
    )
    assert (only(facts, Kind.ITEM)["name"], only(facts, Kind.ITEM)["kind"]) == ("a", "COMPONENT")
    edge = only(facts, Kind.SUPPLY)
    assert (edge["share"], edge["stage"], edge["unit"], edge["line"]) == (1.0, "RAW_MATERIAL", "kg", None)
    emission = only(facts, Kind.EMISSION)
    assert (emission["stage"], emission["component"]) == ("MANUFACTURING", "UNSPECIFIED")
    assert (emission["data_type"], emission["is_verified"]) == ("SECONDARY", False)
    declaration = only(facts, Kind.DECLARATION)
    # What is not said of verification stays unknown, so that footprints can say so.
    assert (declaration["valid_to"], declaration["is_verified"]) == (date(2027, 2, 28), None)


def test_an_empty_text_is_not_given() -> None:
    facts = recorded(items=[item("a", name="", category="", equivalents="")])
    assert (only(facts, Kind.ITEM)["name"], only(facts, Kind.ITEM)["category"]) == ("a", None)
    checked = check_batch(change_batch(items=[{"uid": "", "declared_unit": "kg"}]), empty_facts())
    assert [finding.code for finding in checked.findings] == ["REQUIRED"]


@pytest.mark.parametrize(
    ("declared_unit", "equivalents", "unit", "amount"),
    [
        ("kg", None, None, 2.0),
        ("kg", None, "kg", 2.0),
        ("kg", None, "t", 2000.0),
        ("t", None, "kg", 0.002),
        ("kWh", None, "GJ", 2 * (1000 / 3.6)),
        ("pc", "60.48 kWh; 430 kg", "t", 2 * (1000 / 430)),
        ("pc", "60.48 kWh; 430 kg", "MJ", 2 * ((1 / 3.6) / 60.48)),
    ],
)
def test_amounts_are_recorded_in_the_inputs_declared_unit(
    declared_unit: str, equivalents: str | None, unit: str | None, amount: float
) -> None:
    facts = recorded(
        items=[item("a", declared_unit=declared_unit, equivalents=equivalents), item("b")],
        supplies=[supply("a", "b", 2.0, unit=unit)],
    )
    edge = only(facts, Kind.SUPPLY)
    assert (edge["amount"], edge["unit"]) == (pytest.approx(amount, rel=1e-15), declared_unit)


def test_the_unit_of_a_recorded_input_counts_for_a_supply_of_the_batch() -> None:
    facts = recorded(items=[item("a", declared_unit="pc", equivalents="2 kg"), item("b")])
    checked = check_batch(change_batch(supplies=[supply("a", "b", 3.0, unit="g")]), facts)
    assert only(checked.facts, Kind.SUPPLY)["amount"] == pytest.approx(0.0015, rel=1e-15)
    assert checked.upserts[Kind.SUPPLY].to_pylist()[0]["unit"] == "pc"


def test_the_same_batch_again_changes_nothing() -> None:
    batch = change_batch(
        regions=[{"uid": "CN", "name": "China"}],
        items=[item("a", equivalents="2 kWh"), item("b")],
        factors=[factor("f")],
        emissions=[{"item_uid": "a", "activity": 1.0, "activity_unit": "MJ", "flow": "electricity"}],
        supplies=[supply("a", "b", 0.1, unit="MJ"), supply("a", "b", 0.1, unit="MJ")],
    )
    first = check_batch(batch, empty_facts())
    again = check_batch(batch, first.facts)
    assert not first.is_empty
    assert again.is_empty
    assert again.findings == ()
    assert again.created_uids.to_pylist() == first.created_uids.to_pylist()


def test_a_row_replaces_the_whole_row_of_its_uid() -> None:
    facts = recorded(items=[item("a", mass_kg=2.0, category="x")])
    checked = check_batch(change_batch(items=[item("a", category="y")]), facts)
    assert checked.upserts[Kind.ITEM].num_rows == 1
    assert (only(checked.facts, Kind.ITEM)["mass_kg"], only(checked.facts, Kind.ITEM)["category"]) == (None, "y")


def test_only_rows_that_differ_are_written() -> None:
    facts = recorded(items=[item("a"), item("b")], supplies=[supply("a", "b", uid="1"), supply("a", "b", uid="2")])
    batch = change_batch(
        items=[item("b"), item("c"), item("a", mass_kg=1.0)], supplies=[supply("a", "b", uid="1", gsd=1.5)]
    )
    checked = check_batch(batch, facts)
    assert checked.upserts[Kind.ITEM]["uid"].to_pylist() == ["c", "a"]
    assert checked.upserts[Kind.SUPPLY]["uid"].to_pylist() == ["1"]
    assert set(checked.upserts) == {Kind.ITEM, Kind.SUPPLY}


def test_items_keep_their_place_new_ones_follow_and_ended_ones_leave() -> None:
    facts = recorded(items=[item(uid) for uid in "abcd"], supplies=[supply("c", "d", uid="s")])
    batch = change_batch(items=[item("f"), item("c", mass_kg=1.0), item("e")], ends={Kind.ITEM: ["b"]})
    checked = check_batch(batch, facts)
    assert checked.facts.items["uid"].to_pylist() == ["a", "c", "d", "f", "e"]
    edge = checked.facts.tables[Kind.SUPPLY].to_pylist()[0]
    assert (edge["input_row"], edge["output_row"]) == (1, 2)
    assert Kind.SUPPLY not in checked.upserts


def test_declarations_keep_the_revision_in_which_they_were_received() -> None:
    period = {"reference_period_start": date(2024, 1, 1), "reference_period_end": date(2025, 1, 1)}
    one = {"uid": "1", "item_uid": "a", "kgco2e": 5.0, **period, "valid_from": date(2025, 1, 1)}
    first = check_batch(change_batch(items=[item("a")], declarations=[one]), empty_facts(), revision=7)
    second = check_batch(change_batch(declarations=[{**one, "uid": "2"}, one]), first.facts, revision=9)
    table = second.facts.tables[Kind.DECLARATION]
    assert dict(zip(table["uid"].to_pylist(), table["received_revision"].to_pylist(), strict=True)) == {"1": 7, "2": 9}


def test_refused_batches_leave_the_facts_as_they_were() -> None:
    facts = recorded(items=[item("a")])
    checked = check_batch(change_batch(items=[item("b"), item("c", declared_unit="zz")]), facts)
    assert checked.facts is facts
    assert checked.is_empty


def test_given_and_derived_uids_are_told_in_the_order_of_the_batch() -> None:
    batch = change_batch(supplies=[supply("a", "b"), supply("a", "b", uid="mine")], items=[item("b"), item("a")])
    checked = check_batch(batch, empty_facts())
    assert checked.created_uids.to_pylist() == ["b", "a", "b/a//RAW_MATERIAL//1", "mine"]


def test_tables_in_many_pieces_are_merged_like_whole_ones() -> None:
    whole = rows(Kind.ITEM, [item(f"i{n}", mass_kg=float(n)) for n in range(200)])
    facts = empty_facts()
    for start in range(0, 200, 2):
        batch = change_batch()
        facts = check_batch(type(batch)({Kind.ITEM: whole.slice(start, 2)}), facts).facts
    pieces = pa.concat_tables([whole.slice(start, 3) for start in range(0, 200, 3)])
    assert facts.items["mass_kg"].to_pylist() == [float(n) for n in range(200)]
    assert max(column.num_chunks for column in facts.items.columns) <= 64
    assert check_batch(type(batch)({Kind.ITEM: pieces}), facts).is_empty


UIDS = st.sampled_from("abcde")
EDGE_UIDS = st.sampled_from("xyz")


Supplies = dict[str, tuple[str, str, float]]


@dataclass(frozen=True)
class Step:
    """One batch in plain words; with ``replaces`` nothing ends by name."""

    items: dict[str, float | None]
    supplies: Supplies
    item_ends: set[str]
    supply_ends: set[str]
    replaces: bool


@dataclass
class NaiveModel:
    """Facts as plain dicts, in the order of first recording among those that are there."""

    items: dict[str, float | None] = field(default_factory=dict)
    supplies: Supplies = field(default_factory=dict)

    def fitting(self, step: Step) -> Step:
        """The step with only ends that may be: of what is there, and not in the batch."""
        if step.replaces:
            return replace(step, item_ends=set(), supply_ends=set())
        item_ends = step.item_ends & set(self.items) - set(step.items)
        supply_ends = step.supply_ends & set(self.supplies) - set(step.supplies)
        return replace(step, item_ends=item_ends, supply_ends=supply_ends)

    def after(self, step: Step) -> "NaiveModel":
        gone_items = set(self.items) - set(step.items) if step.replaces else step.item_ends
        gone_supplies = set(self.supplies) - set(step.supplies) if step.replaces else step.supply_ends
        items = {uid: mass for uid, mass in self.items.items() if uid not in gone_items}
        supplies = {uid: row for uid, row in self.supplies.items() if uid not in gone_supplies}
        return NaiveModel(items | step.items, supplies | step.supplies)

    @property
    def is_sound(self) -> bool:
        """No supply names an item that is not there."""
        return all({source, target} <= set(self.items) for source, target, _ in self.supplies.values())


def supplies_of(facts: Facts) -> Supplies:
    found = from_facts(Kind.SUPPLY, facts).to_pylist()
    return {row["uid"]: (row["input_uid"], row["output_uid"], row["amount"]) for row in found}


def batch_of(step: Step) -> ChangeBatch:
    edges = step.supplies.items()
    return change_batch(
        items=[item(uid, mass_kg=mass) for uid, mass in step.items.items()],
        supplies=[supply(source, target, amount, uid=uid) for uid, (source, target, amount) in edges],
        ends={Kind.ITEM: sorted(step.item_ends), Kind.SUPPLY: sorted(step.supply_ends)},
        replace=step.replaces,
    )


STEP = st.builds(
    Step,
    items=st.dictionaries(UIDS, st.sampled_from([None, 1.0, 2.0]), max_size=4),
    supplies=st.dictionaries(EDGE_UIDS, st.tuples(UIDS, UIDS, st.sampled_from([0.01, 0.02])), max_size=3),
    item_ends=st.sets(UIDS, max_size=2),
    supply_ends=st.sets(EDGE_UIDS, max_size=2),
    replaces=st.booleans(),
)


@given(st.lists(STEP, max_size=6))
def test_merging_equals_a_naive_model_of_dicts(steps: list[Step]) -> None:
    model, facts = NaiveModel(), empty_facts()
    for given_step in steps:
        step = model.fitting(given_step)
        checked, after = check_batch(batch_of(step), facts), model.after(step)
        assert checked.has_errors != after.is_sound, checked.findings
        if not after.is_sound:
            continue
        items = checked.facts.items
        assert items["uid"].to_pylist() == list(after.items)
        assert items["mass_kg"].to_pylist() == list(after.items.values())
        assert supplies_of(checked.facts) == after.supplies
        written = {kind: set(table["uid"].to_pylist()) for kind, table in checked.upserts.items()}
        assert written.get(Kind.ITEM, set()) == {uid for uid, _ in step.items.items() - model.items.items()}
        assert written.get(Kind.SUPPLY, set()) == {uid for uid, _ in step.supplies.items() - model.supplies.items()}
        model, facts = after, checked.facts
