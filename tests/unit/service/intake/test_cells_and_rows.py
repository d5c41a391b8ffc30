"""Every cell and every row by itself: what is wrong, where, which value, what would be right."""

from datetime import date

import pytest

from graph_service.errors import Finding
from graph_service.model.batch import ChangeBatch
from graph_service.model.facts import empty_facts
from graph_service.service.intake import check_batch
from graph_service.service.intake import faults as faults_module
from tests.support.change_batches import Record, change_batch, factor, item, supply, tables_of, told

EMISSION: Record = {"item_uid": "a", "kgco2e": 1.0}
DECLARATION: Record = {
    "uid": "d",
    "item_uid": "a",
    "kgco2e": 5.0,
    "reference_period_start": date(2024, 1, 1),
    "reference_period_end": date(2025, 1, 1),
    "valid_from": date(2025, 1, 1),
}
BENCHMARK: Record = {
    "category": "c",
    "declared_unit": "kg",
    "limit_kgco2e": 3.0,
    "baseline_kgco2e": 2.0,
    "exemplary_kgco2e": 1.0,
    "source": "s",
    "is_example": True,
}
NAN, INFINITY = float("nan"), float("inf")

BAD_CELLS = [
    ("regions", {"uid": "R"}, "name", "REQUIRED", "name"),
    ("suppliers", {"name": "n"}, "uid", "REQUIRED", "uid"),
    ("items", {"uid": "x"}, "declared_unit", "REQUIRED", "declared_unit"),
    ("items", {"uid": " x", "declared_unit": "kg"}, "uid", "INVALID_UID", "' x'"),
    ("items", {"uid": "x" * 201, "declared_unit": "kg"}, "uid", "INVALID_UID", "201 characters"),
    ("items", item("x", kind="THING"), "kind", "UNKNOWN_WORD", "'THING' is not one of PRODUCT"),
    ("items", item("x", declared_unit="KG"), "declared_unit", "UNKNOWN_UNIT", "write kg"),
    ("items", item("x", mass_kg=-1.0), "mass_kg", "OUT_OF_RANGE", "0 or more"),
    ("items", item("x", fossil_carbon_kg=NAN), "fossil_carbon_kg", "NOT_FINITE", "nan"),
    ("items", item("x", capacity_per_year=-0.5), "capacity_per_year", "OUT_OF_RANGE", "-0.5"),
    ("items", item("x", equivalents="5 furlong"), "equivalents", "INVALID_EQUIVALENTS", "'furlong' is not a unit"),
    ("items", item("x", equivalents="2 kg"), "equivalents", "INVALID_EQUIVALENTS", "cannot both be"),
    ("items", item("x", identifiers="urn:gtin:1 hello"), "identifiers", "INVALID_IDENTIFIER", "'hello'"),
    ("items", item("x", category="a\nb"), "category", "INVALID_UID", "malformed"),
    ("items", item("x", name="a\0b"), "name", "CELL_CHARACTER", r"'a\x00b' holds NUL characters; leave them out"),
    ("items", item("x", description="é" * 500_001), "description", "CELL_TOO_LONG", "more than 1,000,000 bytes"),
    ("emissions", {**EMISSION, "source": "\0"}, "source", "CELL_CHARACTER", "NUL"),
    ("factors", factor("f", kind="FOOTPRINT"), "kind", "UNKNOWN_WORD", "CARBON_FOOTPRINT, CO2_EMISSION"),
    ("factors", factor("f", unit="kwh"), "unit", "UNKNOWN_UNIT", "write kWh"),
    ("factors", factor("f", kgco2e=-INFINITY), "kgco2e", "NOT_FINITE", "-inf"),
    ("factors", factor("f", year=24), "year", "OUT_OF_RANGE", "24"),
    ("factors", factor("f", gsd=0.9), "gsd", "OUT_OF_RANGE", "1 or more"),
    ("factors", factor("f", technological_dqr=6.0), "technological_dqr", "OUT_OF_RANGE", "6"),
    *(
        ("factors", {**factor("f"), column: None}, column, "UNSOURCED_FACTOR", column.removesuffix("_uid"))
        for column in ("region_uid", "year", "boundary", "gwp_set", "source", "licence")
    ),
    ("emissions", {"kgco2e": 1.0}, "item_uid", "REQUIRED", "item"),
    ("emissions", {**EMISSION, "stage": "UNSPECIFIED"}, "stage", "UNKNOWN_WORD", "'UNSPECIFIED'"),
    ("emissions", {**EMISSION, "component": "CARBON"}, "component", "UNKNOWN_WORD", "FOSSIL"),
    ("emissions", {**EMISSION, "data_type": "primary"}, "data_type", "UNKNOWN_WORD", "PRIMARY"),
    ("emissions", {**EMISSION, "kgco2e": NAN}, "kgco2e", "NOT_FINITE", "finite"),
    ("emissions", {**EMISSION, "temporal_dqr": 0.0}, "temporal_dqr", "OUT_OF_RANGE", "1, best, to 5"),
    ("emissions", {"item_uid": "a"}, "kgco2e", "EMISSION_FORM", "neither"),
    ("emissions", {**EMISSION, "activity": 1.0}, "kgco2e", "EMISSION_FORM", "together"),
    ("emissions", {"item_uid": "a", "activity": 1.0, "flow": "w"}, "activity_unit", "EMISSION_FORM", "activity_unit"),
    ("emissions", {"item_uid": "a", "activity_unit": "kg", "flow": "w"}, "activity", "EMISSION_FORM", "activity is"),
    ("emissions", {"item_uid": "a", "activity": 1.0, "activity_unit": "kg"}, "factor_uid", "EMISSION_FORM", "flow"),
    (
        "emissions",
        {**EMISSION, "period_start": date(2025, 2, 1), "period_end": date(2025, 1, 1)},
        "period_end",
        "INVALID_PERIOD",
        "2025-01-01",
    ),
    (
        "emissions",
        {**EMISSION, "valid_from": date(2025, 2, 1), "valid_to": date(2025, 2, 1)},
        "valid_to",
        "INVALID_PERIOD",
        "2025-02-01",
    ),
    ("supplies", {"output_uid": "a", "amount": 1.0}, "input_uid", "REQUIRED", "input"),
    ("supplies", {"input_uid": "a", "output_uid": "b"}, "amount", "REQUIRED", "amount"),
    ("supplies", supply("a", "b", INFINITY), "amount", "NOT_FINITE", "inf"),
    ("supplies", supply("a", "b", share=40.0), "share", "OUT_OF_RANGE", "not a percentage"),
    ("supplies", supply("a", "b", share=-0.1), "share", "OUT_OF_RANGE", "-0.1"),
    ("supplies", supply("a", "b", stage="UNSPECIFIED"), "stage", "UNKNOWN_WORD", "RAW_MATERIAL"),
    ("supplies", supply("a", "b", unit="furlong"), "unit", "UNKNOWN_UNIT", "known units"),
    ("supplies", supply("a", "b", unit="kWh"), "unit", "UNIT_MISMATCH", "declared"),
    ("supplies", supply("a", "b", 1e308, unit="t"), "amount", "NOT_FINITE", "too large"),
    ("supplies", supply("a", "b", unit_cost=3.0), "currency", "REQUIRED", "CNY"),
    ("supplies", supply("a", "b", unit_cost=3.0, currency="yuan"), "currency", "UNKNOWN_WORD", "'yuan'"),
    ("supplies", supply("a", "b", gsd=0.5), "gsd", "OUT_OF_RANGE", "0.5"),
    ("supplies", supply("a", "b", line="x\x00"), "line", "INVALID_UID", "malformed"),
    (
        "supplies",
        supply("a", "b", valid_from=date(2025, 2, 1), valid_to=date(2025, 1, 1)),
        "valid_to",
        "INVALID_PERIOD",
        "first day on which it holds no more",
    ),
    ("benchmarks", {**BENCHMARK, "is_example": None}, "is_example", "REQUIRED", "is_example"),
    ("benchmarks", {**BENCHMARK, "exemplary_kgco2e": 2.5}, "limit_kgco2e", "BENCHMARK_ORDER", "2.5"),
    ("benchmarks", {**BENCHMARK, "baseline_kgco2e": 4.0}, "limit_kgco2e", "BENCHMARK_ORDER", "4"),
    ("benchmarks", {**BENCHMARK, "declared_unit": "kpc"}, "declared_unit", "UNKNOWN_UNIT", "known units"),
    ("declarations", {**DECLARATION, "valid_from": None}, "valid_from", "REQUIRED", "valid_from"),
    (
        "declarations",
        {**DECLARATION, "biogenic_uptake_kgco2e": 1.0},
        "biogenic_uptake_kgco2e",
        "OUT_OF_RANGE",
        "0 or less",
    ),
    ("declarations", {**DECLARATION, "fossil_kgco2e": -1.0}, "fossil_kgco2e", "OUT_OF_RANGE", "-1"),
    ("declarations", {**DECLARATION, "exempted_share": 1.0}, "exempted_share", "OUT_OF_RANGE", "below 1"),
    ("declarations", {**DECLARATION, "primary_data_share": 1.5}, "primary_data_share", "OUT_OF_RANGE", "percentage"),
    (
        "declarations",
        {**DECLARATION, "reference_period_end": date(2023, 1, 1)},
        "reference_period_end",
        "INVALID_PERIOD",
        "2023-01-01",
    ),
    (
        "declarations",
        {**DECLARATION, "valid_from": date(2028, 1, 1)},
        "valid_to",
        "INVALID_PERIOD",
        "three years after",
    ),
]


@pytest.mark.parametrize(("plural", "record", "column", "code", "words"), BAD_CELLS)
def test_a_bad_row_makes_one_finding_that_names_place_value_and_cure(
    plural: str, record: Record, column: str, code: str, words: str
) -> None:
    # A region, items and a flow that the rows refer to; a bad item or factor of the batch stands beside them.
    around: dict[str, list[Record]] = {
        "regions": [{"uid": "CN", "name": "China"}],
        "items": [item("a"), item("b")],
        "factors": [factor("water", flow="w", unit="kg")],
    }
    around[plural] = [*around.get(plural, []), record]
    row = len(around[plural]) - 1
    checked = check_batch(ChangeBatch(tables_of(around)), empty_facts())
    assert told(checked) == [(code, f"{plural}[{row}].{column}")]
    assert words in checked.findings[0].message
    assert checked.has_errors
    assert checked.is_empty


def test_every_fault_of_a_batch_is_told_at_once_in_the_order_of_the_batch() -> None:
    batch = change_batch(
        items=[item("a", kind="X", mass_kg=-1.0), item("b", declared_unit="zz")],
        supplies=[supply("a", "b", NAN, share=2.0), supply("a", "c")],
    )
    assert told(check_batch(batch, empty_facts())) == [
        ("UNKNOWN_WORD", "items[0].kind"),
        ("OUT_OF_RANGE", "items[0].mass_kg"),
        ("UNKNOWN_UNIT", "items[1].declared_unit"),
        ("NOT_FINITE", "supplies[0].amount"),
        ("OUT_OF_RANGE", "supplies[0].share"),
        ("UNKNOWN_REFERENCE", "supplies[1].output_uid"),
    ]


def test_sound_rows_of_every_kind_make_no_finding() -> None:
    batch = change_batch(
        regions=[{"uid": "CN", "name": "China"}, {"uid": "SN", "name": "Shaanxi", "parent_uid": "CN"}],
        suppliers=[{"uid": "s", "name": "S", "region_uid": "SN", "identifiers": "urn:uuid:1  urn:bpn:2"}],
        items=[item("a", supplier_uid="s", region_uid="SN", equivalents="2 kWh"), item("b")],
        factors=[factor("f")],
        emissions=[EMISSION, {"item_uid": "a", "activity": -1.0, "activity_unit": "MJ", "flow": "electricity"}],
        supplies=[supply("a", "b", -2.0, unit="MJ", unit_cost=-5.0, currency="CNY")],
        benchmarks=[BENCHMARK],
        declarations=[DECLARATION],
    )
    assert check_batch(batch, empty_facts()).findings == ()


def test_what_looks_odd_but_may_be_right_is_a_warning() -> None:
    batch = change_batch(
        items=[item("a")],
        emissions=[{**EMISSION, "component": "BIOGENIC_UPTAKE"}],
        declarations=[{**DECLARATION, "fossil_kgco2e": 6.0, "exempted_share": 0.04}],
    )
    checked = check_batch(batch, empty_facts())
    assert not checked.has_errors
    assert told(checked, severity="WARNING") == [
        ("SUSPECT_SIGN", "emissions[0].kgco2e"),
        ("SUSPECT_SUM", "declarations[0].fossil_kgco2e"),
        ("LARGE_CUT_OFF", "declarations[0].exempted_share"),
    ]


def test_a_cell_the_door_could_not_read_is_not_reported_again() -> None:
    fault = Finding("NOT_A_NUMBER", "ERROR", "supplies[0].amount", "'1,5' is no number; write 1.5")
    batch = change_batch(
        items=[item("a")],
        supplies=[{"input_uid": "a", "output_uid": "a"}, {"input_uid": "a", "output_uid": "a"}],
        faults=[fault],
    )
    checked = check_batch(batch, empty_facts())
    assert told(checked) == [("NOT_A_NUMBER", "supplies[0].amount"), ("REQUIRED", "supplies[1].amount")]


def test_a_file_the_door_could_not_read_makes_no_unknown_references() -> None:
    fault = Finding("MISSING_FILE", "ERROR", "items", "items.csv is missing")
    checked = check_batch(change_batch(supplies=[supply("a", "b", share=2.0)], faults=[fault]), empty_facts())
    assert told(checked) == [("MISSING_FILE", "items"), ("OUT_OF_RANGE", "supplies[0].share")]


def test_a_column_the_door_could_not_read_is_not_reported_row_by_row() -> None:
    missing = Finding("COLUMN_MISSING", "ERROR", "supplies.amount", "column amount is missing")
    edges: list[Record] = [{"input_uid": "a", "output_uid": "zz"}, {"input_uid": "a", "output_uid": "a", "share": 2.0}]
    checked = check_batch(change_batch(items=[item("a")], supplies=edges, faults=[missing]), empty_facts())
    assert told(checked) == [
        ("COLUMN_MISSING", "supplies.amount"),
        ("UNKNOWN_REFERENCE", "supplies[0].output_uid"),
        ("OUT_OF_RANGE", "supplies[1].share"),
    ]


def test_items_without_their_uid_column_make_no_unknown_references() -> None:
    missing = Finding("COLUMN_MISSING", "ERROR", "items.uid", "column item is missing")
    nameless = {"declared_unit": "kg"}
    checked = check_batch(change_batch(items=[nameless], supplies=[supply("a", "b")], faults=[missing]), empty_facts())
    assert told(checked) == [("COLUMN_MISSING", "items.uid")]


def test_an_unknown_column_hides_no_other_fault() -> None:
    unknown = Finding("COLUMN_UNKNOWN", "ERROR", "items.colour", "items has no column colour")
    checked = check_batch(change_batch(items=[item("a")], supplies=[supply("a", "b")], faults=[unknown]), empty_facts())
    assert told(checked) == [("COLUMN_UNKNOWN", "items.colour"), ("UNKNOWN_REFERENCE", "supplies[0].output_uid")]


def test_a_door_fault_alone_refuses_the_batch() -> None:
    fault = Finding("UNKNOWN_COLUMN", "ERROR", "items.colour", "unknown column")
    assert check_batch(change_batch(items=[item("a")], faults=[fault]), empty_facts()).has_errors


def test_beyond_the_limit_alike_faults_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults_module, "MAX_ALIKE", 3)
    checked = check_batch(change_batch(items=[item(f"i{n}", mass_kg=-1.0) for n in range(10)]), empty_facts())
    assert told(checked)[:3] == [("OUT_OF_RANGE", f"items[{row}].mass_kg") for row in range(3)]
    assert len(checked.findings) == 4
    assert checked.findings[-1].message.startswith("7 more rows")


def test_a_table_with_other_columns_is_a_defect_of_the_door() -> None:
    batch = change_batch(items=[item("a")])
    batch = type(batch)({kind: table.drop_columns(["name"]) for kind, table in batch.tables.items()})
    with pytest.raises(ValueError, match="BATCH_SCHEMAS"):
        check_batch(batch, empty_facts())


@pytest.mark.parametrize(("document_format", "codes"), [("TABLE", ["DECLARED_TO_GRAVE"]), ("CATENA_X", [])])
def test_a_declared_total_to_grave_is_warned_of_unless_its_format_states_the_gate_by_itself(
    document_format: str, codes: list[str]
) -> None:
    given = {**DECLARATION, "boundary": "CRADLE_TO_GRAVE", "document_format": document_format}
    checked = check_batch(change_batch(items=[item("a")], declarations=[given]), empty_facts())
    assert [finding.code for finding in checked.findings] == codes
