"""Tables of declarations as CSV: every row a push, every fault a finding with its row and column."""

from dataclasses import replace
from datetime import date

import pytest

from graph_service.errors import InvalidInput
from graph_service.exchange.declaration_table import LANGUAGES, Language, read_declarations, read_table, template_csv
from graph_service.exchange.declaration_table.columns import COLUMNS
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import CarbonComponent, DocumentFormat, RatingScale, SystemBoundary

HEADER = "item,kgco2e,reference_period_start,reference_period_end,valid_from"
SOUND = "pack,12.5,2025-01-01,2026-01-01,2026-01-01"


def table(*rows: str, header: str = HEADER) -> bytes:
    return "".join(f"{row}\r\n" for row in (header, *rows)).encode()


def only(*rows: str, header: str = HEADER) -> PushedDeclaration:
    (pushed,) = read_declarations(table(*rows, header=header))
    return pushed


def with_cell(column: str, text: str) -> PushedDeclaration:
    """A sound row with one more cell."""
    return only(f"{SOUND},{text}", header=f"{HEADER},{column}")


def fault(pushed: PushedDeclaration) -> tuple[str, str]:
    (finding,) = pushed.findings
    assert finding.severity == "ERROR"
    return finding.code, finding.path


def refusal(body: bytes) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as refused:
        read_declarations(body)
    finding = refused.value.findings[0]
    assert finding.severity == "ERROR"
    return finding.code, refused.value.message


def test_a_bare_row_is_read_with_the_defaults_of_a_declaration() -> None:
    assert only(SOUND) == PushedDeclaration(
        path="row 2",
        document_format=DocumentFormat.TABLE,
        item="pack",
        kgco2e=12.5,
        reference_period_start=date(2025, 1, 1),
        reference_period_end=date(2026, 1, 1),
        valid_from=date(2026, 1, 1),
    )


def test_every_column_reaches_its_field() -> None:
    cells = {
        "item": "pack",
        "product_ids": "urn:gtin:4712345060507 urn:own:7",
        "product_name": '"Pack, large"',
        "declared_unit": "kilowatt hour",
        "declared_unit_amount": "60.48",
        "product_mass_kg": "7.1",
        "kgco2e": "1e1",
        "fossil_kgco2e": "1",
        "biogenic_uptake_kgco2e": "-2",
        "land_use_change_kgco2e": "3",
        "land_management_biogenic_co2_kgco2e": "4",
        "land_management_removals_kgco2e": "-5",
        "biogenic_non_co2_kgco2e": "6",
        "technological_removals_kgco2e": "-7",
        "ccs_capture_kgco2e": "-8",
        "reference_period_start": "2025-01-01",
        "reference_period_end": "2025-12-31",
        "valid_from": "2026-01-02",
        "valid_to": "2027-01-02",
        "primary_data_share": "0.25",
        "technological_dqr": "1",
        "temporal_dqr": "2",
        "geographical_dqr": "3",
        "rating_scale": "V2",
        "exempted_share": "0.03",
        "is_verified": "true",
        "verification": "TÜV, ISO 14067".replace(",", ";"),
        "boundary": "CRADLE_TO_GRAVE",
        "geography": "CN-SN; CN",
        "gwp_set": "AR6",
        "classifications": "urn:cpc:1 urn:cpc:2",
        "company_ids": "urn:duns:1",
        "company_name": "电芯厂",
        "declaration": "d-1",
        "preceding": "d-0 c-9",
        "comment": '"said ""so"""',
    }
    assert list(cells) == [column.name for column in COLUMNS]

    assert only(",".join(cells.values()), header=",".join(cells)) == PushedDeclaration(
        path="row 2",
        document_format=DocumentFormat.TABLE,
        document_id="d-1",
        item="pack",
        product_ids=("urn:gtin:4712345060507", "urn:own:7"),
        company_ids=("urn:duns:1",),
        classifications=("urn:cpc:1", "urn:cpc:2"),
        company_name="电芯厂",
        product_name="Pack, large",
        declared_unit="kilowatt hour",
        declared_unit_amount=60.48,
        product_mass_kg=7.1,
        kgco2e=10,
        components={
            CarbonComponent.FOSSIL: 1,
            CarbonComponent.BIOGENIC_UPTAKE: -2,
            CarbonComponent.LAND_USE_CHANGE: 3,
            CarbonComponent.LAND_MANAGEMENT_BIOGENIC_CO2: 4,
            CarbonComponent.LAND_MANAGEMENT_REMOVALS: -5,
            CarbonComponent.BIOGENIC_NON_CO2: 6,
            CarbonComponent.TECHNOLOGICAL_REMOVALS: -7,
            CarbonComponent.CCS_CAPTURE: -8,
        },
        reference_period_start=date(2025, 1, 1),
        reference_period_end=date(2025, 12, 31),
        valid_from=date(2026, 1, 2),
        valid_to=date(2027, 1, 2),
        primary_data_share=0.25,
        technological_dqr=1,
        temporal_dqr=2,
        geographical_dqr=3,
        rating_scale=RatingScale.V2,
        exempted_share=0.03,
        is_verified=True,
        verification="TÜV; ISO 14067",
        boundary=SystemBoundary.CRADLE_TO_GRAVE,
        geography=("CN-SN", "CN"),
        gwp_set="AR6",
        preceding_uids=("d-0", "c-9"),
        comment='said "so"',
    )


def test_an_empty_cell_is_unknown_and_never_zero() -> None:
    pushed = only(f"{SOUND},,", header=f"{HEADER},fossil_kgco2e,primary_data_share")

    assert (pushed.components, pushed.primary_data_share, pushed.findings) == ({}, None, ())


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_chinese_headers_read_as_english_ones(mark: bytes, end: str) -> None:
    text = end.join(["产品标识,碳足迹 kgCO2e,数据期开始,数据期结束,有效期开始", SOUND])

    assert read_declarations(mark + text.encode()) == read_declarations(table(SOUND))


def test_headers_are_known_whatever_their_case_spaces_and_stars() -> None:
    header = "Item *,kgCO2e,Reference Period Start,REFERENCE_PERIOD_END, valid-from "

    assert only(SOUND, header=header) == only(SOUND)


def test_rows_keep_the_numbers_that_a_spreadsheet_shows() -> None:
    body = table(SOUND, ",,,,", "", f'"two\r\nlines",{SOUND.partition(",")[2]}', SOUND)

    assert [pushed.path for pushed in read_declarations(body)] == ["row 2", "row 5", "row 6"]


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("fossil_kgco2e", '"12,5"', "NOT_A_NUMBER"),
        ("fossil_kgco2e", '"1,234.5"', "NOT_A_NUMBER"),
        ("fossil_kgco2e", "nan", "NOT_A_NUMBER"),
        ("fossil_kgco2e", "1e999", "NOT_A_NUMBER"),
        ("fossil_kgco2e", "12 kg", "NOT_A_NUMBER"),
        ("primary_data_share", "80%", "NOT_A_NUMBER"),
        ("valid_to", "31/01/2029", "NOT_A_DATE"),
        ("valid_to", "2029-02-30", "NOT_A_DATE"),
        ("valid_to", "45658", "NOT_A_DATE"),
        ("valid_to", "2029/1-1", "NOT_A_DATE"),
        ("is_verified", "maybe", "NOT_A_FLAG"),
        ("is_verified", "1", "NOT_A_FLAG"),
        ("rating_scale", "V4", "UNKNOWN_WORD"),
        ("boundary", "cradle", "UNKNOWN_WORD"),
        ("declared_unit", "KWH", "UNKNOWN_UNIT"),
        ("comment", "a\0b", "CELL_CHARACTER"),
        ("comment", "a\x1b[2Jb", "CELL_CHARACTER"),
        ("comment", "x" * 40_000, "CELL_TOO_LONG"),
        *((column, f"{sign}SUM(A1)", "FORMULA") for column in ("comment", "fossil_kgco2e") for sign in "=+-@＝＋－＠"),
        ("comment", "=1", "FORMULA"),
        ("comment", " =1", "FORMULA"),
        ("comment", "-", "FORMULA"),
    ],
)
def test_a_cell_at_fault_is_told_by_row_and_column_and_refuses_its_row(column: str, text: str, code: str) -> None:
    pushed = with_cell(column, text)

    assert fault(pushed) == (code, f"row 2.{column}")
    assert pushed.has_errors


@pytest.mark.parametrize(
    ("column", "text", "field", "value"),
    [
        ("biogenic_uptake_kgco2e", "-2.5", "components", {CarbonComponent.BIOGENIC_UPTAKE: -2.5}),
        ("biogenic_uptake_kgco2e", " -.5 ", "components", {CarbonComponent.BIOGENIC_UPTAKE: -0.5}),
        ("valid_to", "2029/1/31", "valid_to", date(2029, 1, 31)),
        ("valid_to", "2029年1月31日", "valid_to", date(2029, 1, 31)),
        ("valid_to", "2029-1-31 00:00:00", "valid_to", date(2029, 1, 31)),
        ("is_verified", "TRUE", "is_verified", True),
        ("is_verified", "否", "is_verified", False),
        ("comment", "-5 %", "comment", "-5 %"),
    ],
)
def test_a_cell_that_can_mean_one_thing_only_is_taken(column: str, text: str, field: str, value: object) -> None:
    pushed = with_cell(column, text)

    assert (getattr(pushed, field), pushed.findings) == (value, ())


def test_every_fault_of_every_row_is_told_at_once() -> None:
    pushes = read_declarations(table("pack,1;2,2025-01-01,x,", SOUND, ",=1,2025-01-01,2026-01-01,2026-01-01"))

    assert [[(finding.code, finding.path) for finding in pushed.findings] for pushed in pushes] == [
        [
            ("NOT_A_NUMBER", "row 2.kgco2e"),
            ("NOT_A_DATE", "row 2.reference_period_end"),
            ("REQUIRED", "row 2.valid_from"),
        ],
        [],
        [("FORMULA", "row 4.kgco2e"), ("REQUIRED", "row 4.item")],
    ]


def test_an_item_may_be_named_by_its_product_ids_alone() -> None:
    header = HEADER.replace("item", "product_ids")

    assert only(SOUND.replace("pack", "urn:a:1"), header=header).product_ids == ("urn:a:1",)


@pytest.mark.parametrize(
    "row", [f"{SOUND},surplus", 'pack,"12.5,2025-01-01', 'pa"ck,1,2025-01-01,2026-01-01,2026-01-01', 'a,"b"c,,,']
)
def test_a_row_that_does_not_fit_the_header_is_refused_and_the_next_is_read(row: str) -> None:
    broken, sound = read_declarations(table(row, SOUND))

    assert fault(broken) == ("RECORD_MALFORMED", "row 2")
    assert sound == replace(only(SOUND), path="row 3")


@pytest.mark.parametrize(
    ("header", "code", "word"),
    [
        ("", "HEADER", "empty"),
        ("a,b,c", "HEADER", "first row"),
        (HEADER.replace(",", ";"), "HEADER", "semicolons"),
        (HEADER.replace(",", "\t"), "HEADER", "tabs"),
        (f"{HEADER},kg_co2e", "COLUMN_TWICE", "kg_co2e"),
        (f"{HEADER},valid_too", "COLUMN_UNKNOWN", "valid_to"),
        ("item,kgco2e", "COLUMN_MISSING", "reference_period_start"),
        (HEADER.replace("item", "comment"), "COLUMN_MISSING", "item"),
        ('item,"kgco2e', "HEADER", "quote"),
        (f"{HEADER}{',' * 300}comment", "HEADER", "columns"),
    ],
)
def test_a_header_at_fault_is_no_table(header: str, code: str, word: str) -> None:
    assert refusal(table(SOUND, header=header) if header else b"\r\n")[0] == code
    assert word in refusal(table(SOUND, header=header) if header else b"\r\n")[1]


def test_every_fault_of_a_header_is_told_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_declarations(table(SOUND, header="item,colour,item,kgco2e,valid_from"))

    assert [finding.code for finding in refused.value.findings] == [
        *("COLUMN_UNKNOWN", "COLUMN_TWICE", "COLUMN_MISSING", "COLUMN_MISSING")
    ]


def test_a_table_without_rows_is_none() -> None:
    assert refusal(table())[0] == "REQUIRED"


def test_what_a_chinese_spreadsheet_saves_is_read_and_said_so() -> None:
    body = table(
        "电池包,12.5,2025/1/1,2026/1/1,2026/1/1", header="产品标识,碳足迹 kgCO2e,数据期开始,数据期结束,有效期开始"
    )
    read = read_table(body.decode().encode("gb18030"))

    assert read.pushes == read_table(body).pushes
    assert [(finding.code, finding.severity) for finding in read.findings] == [("ENCODING", "INFO")]
    assert read_declarations(body.decode().encode("gbk"))[0].findings == read.findings


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_another_encoding_is_refused_and_not_read_as_chinese(encoding: str) -> None:
    body = table(f"{SOUND},Größe für Käse", header=f"{HEADER},comment").decode().encode(encoding)

    assert refusal(body)[0] == "ENCODING"


@pytest.mark.parametrize("cell", ["x" * 10_000_000, "1" * 10_000_000])
def test_a_cell_of_10_mb_is_told_and_not_taken(cell: str) -> None:
    assert fault(only(f"{SOUND},{cell}", header=f"{HEADER},fossil_kgco2e")) == ("CELL_TOO_LONG", "row 2.fossil_kgco2e")


def test_a_million_columns_are_refused_before_they_are_parted() -> None:
    assert refusal(b"," * 1_000_001)[0] == "TOO_MANY_ROWS"
    assert refusal(table(SOUND, header="," * 999_990))[0] == "HEADER"


def test_one_row_more_than_10_000_is_refused_and_10_000_are_read() -> None:
    assert len(read_declarations(table(*[SOUND] * 10_000))) == 10_000
    assert refusal(table(*[SOUND] * 10_001))[0] == "TOO_MANY_ROWS"


def test_broken_lines_beyond_a_hundred_are_not_told_one_by_one() -> None:
    read = read_table(table(*['a"b'] * 200))

    assert len(read.pushes) == 100
    assert [finding.code for finding in read.findings] == ["MORE_FAULTS"]
    assert all(pushed.has_errors for pushed in read.pushes)


def test_a_table_that_is_wrong_all_over_is_refused_row_by_row_in_a_bounded_list() -> None:
    pushes = read_declarations(table(*["x,y,z,z,z"] * 10_000))

    assert all(pushed.has_errors for pushed in pushes)
    assert sum(len(pushed.findings) for pushed in pushes) < 5_000 + 10_000
    assert [len(pushed.findings) for pushed in (pushes[0], pushes[-1])] == [4, 1]
    assert fault(pushes[-1]) == ("MORE_FAULTS", "row 10001")


def test_a_workbook_sent_as_csv_is_refused() -> None:
    with pytest.raises(InvalidInput, match="workbook"):
        read_declarations(b"PK\x03\x04 and so on", media_type="text/csv")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_as_csv_reads_back_with_its_example_left_out(language: Language) -> None:
    row = [""] * len(COLUMNS)
    for position, column in enumerate(COLUMNS):
        row[position] = dict(zip(HEADER.split(","), SOUND.split(","), strict=True)).get(column.name, "")
    read = read_table(template_csv(language) + ",".join(row).encode())

    assert read.pushes == (replace(only(SOUND), path="row 3"),)
    assert [(finding.code, finding.severity, finding.path) for finding in read.findings] == [
        ("EXAMPLE_ROW", "INFO", "row 2")
    ]


def test_the_example_is_left_out_also_after_a_spreadsheet_wrote_its_days_anew() -> None:
    text = template_csv("zh").decode("utf-8-sig").replace("2025-01-01", "2025/1/1").replace("false", "FALSE")

    assert "no declaration" in refusal(text.encode("gb18030"))[1]


def test_the_example_is_refused_once_it_is_changed() -> None:
    text = template_csv("en").decode().replace("12.5", "12.6")
    (pushed,) = read_declarations(text.encode())

    assert fault(pushed) == ("EXAMPLE_ROW", "row 2.item")
