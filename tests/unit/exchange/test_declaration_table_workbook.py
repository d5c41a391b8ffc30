"""Tables of declarations as workbooks: what was typed is read, formulas are not, and hostile files stay shut."""

import io
import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest

from graph_service.errors import InvalidInput
from graph_service.exchange.declaration_table import (
    LANGUAGES,
    Language,
    read_declarations,
    read_table,
    template_csv,
    template_xlsx,
)
from graph_service.exchange.declaration_table.columns import COLUMNS, EXAMPLE_ITEMS, Column
from graph_service.model.pushed import PushedDeclaration
from tests.support.workbooks import HEADER, PARTS, inline, packed, table_workbook, workbook, zipped

SOUND = ("pack", 12.5, "2025-01-01", "2026-01-01", "2026-01-01")
CSV = (",".join(HEADER) + "\n" + ",".join(map(str, SOUND))).encode()
ROWS = inline(*HEADER) + inline(*map(str, SOUND), number=2)


def only(body: bytes) -> PushedDeclaration:
    (pushed,) = read_declarations(body)
    return pushed


def with_cell(column: str, value: object) -> PushedDeclaration:
    """A sound row with one more cell."""
    return only(table_workbook((*SOUND, value), header=(*HEADER, column)))


def faults(pushed: PushedDeclaration) -> list[tuple[str, str]]:
    assert all(finding.severity == "ERROR" for finding in pushed.findings)
    return [(finding.code, finding.path) for finding in pushed.findings]


def refusal(body: bytes, **named: str) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as refused:
        read_declarations(body, **named)
    return refused.value.findings[0].code, refused.value.message


def test_a_workbook_says_what_the_same_csv_says() -> None:
    assert read_declarations(table_workbook(SOUND)) == read_declarations(CSV)


def test_days_are_read_as_days_in_either_calendar_of_workbooks() -> None:
    def fill(book: Any, sheet: Any) -> None:
        day = book.add_format({"num_format": "yyyy/m/d"})
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, SOUND[:2])
        for position, value in enumerate([date(2025, 1, 1), date(2026, 1, 1), datetime.fromisoformat("2026-01-01")], 2):
            sheet.write_datetime(1, position, value, day)

    for counts_from_1904 in (False, True):
        assert only(workbook(fill, sheet="申报", date_1904=counts_from_1904)) == only(CSV)


def test_what_another_writer_of_workbooks_saves_is_read_alike() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Declarations"
    sheet.append(["产品标识", "碳足迹 kgCO2e", "数据期开始", "数据期结束", "有效期开始", "已核查"])
    sheet.append(["pack", 12.5, date(2025, 1, 1), datetime.fromisoformat("2026-01-01"), date(2026, 1, 1), False])
    book.create_sheet("other").append(["anything"])
    body = io.BytesIO()
    book.save(body)

    assert only(body.getvalue()) == replace(only(CSV), is_verified=False)


def test_texts_in_runs_with_marks_of_pronunciation_are_read_without_them() -> None:
    strings = (
        "<sst><si><r><t>电芯</t></r><r><t xml:space='preserve'> works</t></r><rPh sb='0' eb='1'><t>dian</t></rPh></si>"
        "<si><t>a_x000A_b</t></si></sst>"
    )
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = PARTS["xl/_rels/workbook.xml.rels"].replace(
        "</Relationships>",
        f'<Relationship Id="r2" Type="{kinds}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>',
    )
    row = inline(*map(str, SOUND), number=2).replace("</row>", '<c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>')
    parts = {"xl/sharedStrings.xml": strings, "xl/_rels/workbook.xml.rels": relations}
    pushed = only(packed(inline(*HEADER, "company_name", "comment") + row, more=parts))

    assert (pushed.company_name, pushed.comment) == ("电芯 works", "a\nb")


def test_rows_are_named_as_the_spreadsheet_numbers_them() -> None:
    body = packed(inline(*HEADER, number=3) + inline(*map(str, SOUND), number=70))

    assert [pushed.path for pushed in read_declarations(body)] == ["row 70"]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("fossil_kgco2e", "12,5", "NOT_A_NUMBER"),
        ("fossil_kgco2e", True, "CELL_TYPE"),
        ("valid_to", 45658, "NOT_A_DATE"),
        ("valid_to", "31.12.2029", "NOT_A_DATE"),
        ("is_verified", 1, "UNKNOWN_WORD"),
        ("comment", True, "CELL_TYPE"),
        ("comment", 4712345060507123, "CELL_TYPE"),
        ("comment", 1.5, "CELL_TYPE"),
        ("rating_scale", 3, "UNKNOWN_WORD"),
        ("comment", "=HYPERLINK(1)", "FORMULA"),
    ],
)
def test_a_cell_of_another_type_is_told(column: str, value: object, code: str) -> None:
    assert faults(with_cell(column, value)) == [(code, f"row 2.{column}")]


@pytest.mark.parametrize(
    ("column", "value", "field", "read"),
    [
        ("product_mass_kg", "7.5", "product_mass_kg", 7.5),
        ("product_mass_kg", 7, "product_mass_kg", 7.0),
        ("is_verified", True, "is_verified", True),
        ("comment", 4712345060507, "comment", "4712345060507"),
        ("valid_to", "2029/1/1", "valid_to", date(2029, 1, 1)),
    ],
)
def test_a_cell_that_can_mean_one_thing_only_is_taken(column: str, value: object, field: str, read: object) -> None:
    pushed = with_cell(column, value)

    assert (getattr(pushed, field), pushed.findings) == (read, ())


def test_a_number_keeps_all_digits_that_the_file_has() -> None:
    rows = ROWS.replace('<c t="inlineStr"><is><t>12.5</t></is></c>', "<c><v>0.30000000000000004</v></c>")

    assert only(packed(rows)).kgco2e == 0.1 + 0.2


def test_a_formula_is_refused_by_the_name_of_its_cell_and_its_stored_result_is_not_taken() -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, SOUND)
        sheet.write_formula(1, 1, "=6+6", None, 12)
        sheet.write_array_formula(1, 2, 1, 2, "{=A1}", None, "2025-01-01")

    pushed = only(workbook(fill))

    assert faults(pushed) == [("FORMULA", "row 2.kgco2e"), ("FORMULA", "row 2.reference_period_start")]
    assert [finding.message.split(":")[0] for finding in pushed.findings] == ["B2", "C2"]
    assert pushed.kgco2e is None


def test_shared_formulas_are_refused_without_being_worked_out() -> None:
    first = f'<c r="B2"><f t="shared" si="0" ref="B2:B9">{"1+" * 100_000}1</f><v>1</v></c>'
    others = "".join(
        f'<row r="{number}"><c r="B{number}"><f t="shared" si="0"/><v>1</v></c></row>' for number in range(3, 10)
    )
    pushes = read_declarations(packed(f'{inline(*HEADER)}<row r="2">{first}</row>{others}'))

    assert all(("FORMULA", f"{pushed.path}.kgco2e") in faults(pushed) for pushed in pushes)
    assert len(pushes) == 8


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!"])
def test_an_error_in_a_cell_is_told(error: str) -> None:
    cell = f'<c r="B2" t="e"><v>{error}</v></c>'
    pushed = only(packed(inline(*HEADER) + f'<row r="2"><c r="A2" t="str"><v>pack</v></c>{cell}</row>'))

    assert faults(pushed)[0] == ("CELL_TYPE", "row 2.kgco2e")
    assert error in pushed.findings[0].message


def test_merged_cells_are_told_at_their_first_row() -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        for row in (1, 2, 3):
            sheet.write_row(row, 0, SOUND)
        sheet.merge_range("B3:B4", 12.5)

    assert [faults(pushed) for pushed in read_declarations(workbook(fill))] == [
        *([], [("MERGED_CELLS", "row 3.kgco2e")], [])
    ]


def test_a_day_with_a_time_or_in_a_column_of_texts_is_told() -> None:
    def fill(book: Any, sheet: Any) -> None:
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, SOUND)
        sheet.write_datetime(1, 0, datetime.fromisoformat("2025-03-01"), moment)
        sheet.write_datetime(1, 4, datetime.fromisoformat("2026-01-01T08:00"), moment)

    assert faults(only(workbook(fill))) == [("CELL_TYPE", "row 2.item"), ("NOT_A_DATE", "row 2.valid_from")]


def test_a_value_beside_the_table_is_told() -> None:
    assert faults(only(table_workbook((*SOUND, None, "note")))) == [("RECORD_MALFORMED", "row 2")]


@pytest.mark.parametrize("sheets", [["a", "b"], ["Sheet1", "Declarations2"]])
def test_of_several_sheets_one_must_be_named_for_the_table(sheets: list[str]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in sheets:
        book.create_sheet(name).append(list(HEADER))
    body = io.BytesIO()
    book.save(body)

    assert refusal(body.getvalue())[0] == "HEADER"


# ---------------------------------------------------------------- the template


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_reads_back_with_its_example_left_out(language: Language) -> None:
    book = openpyxl.load_workbook(io.BytesIO(template_xlsx(language)))
    sheet = book.worksheets[0]
    names = [column.name for column in COLUMNS]
    for name, value in zip(HEADER, ("pack", 12.5, date(2025, 1, 1), date(2026, 1, 1), date(2026, 1, 1)), strict=True):
        sheet.cell(3, names.index(name) + 1, value)
    body = io.BytesIO()
    book.save(body)
    read = read_table(body.getvalue())

    assert read.pushes == (replace(only(CSV), path="row 3"),)
    assert [(finding.code, finding.severity, finding.path) for finding in read.findings] == [
        ("EXAMPLE_ROW", "INFO", "row 2")
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_has_a_drop_down_for_every_closed_list_and_a_note_for_every_column(language: Language) -> None:
    book = openpyxl.load_workbook(io.BytesIO(template_xlsx(language)))
    sheet, guide = book.worksheets
    lists = {
        next(iter(rule.sqref.ranges)).min_col: rule.formula1
        for rule in sheet.data_validations.dataValidation
        if rule.type == "list"
    }

    def expected(column: Column) -> str | None:
        return f'"{",".join(column.words)}"' if column.words else None

    assert [lists.get(at) for at in range(1, len(COLUMNS) + 1)] == [expected(column) for column in COLUMNS]
    assert all(sheet.cell(1, at).comment for at in range(1, len(COLUMNS) + 1))
    assert sheet.cell(2, 1).value == EXAMPLE_ITEMS[language]
    assert [cell.number_format for cell in sheet[2]][: len(COLUMNS)] == [
        {"string": "@", "date32[day]": "yyyy-mm-dd"}.get(str(column.type), "General") for column in COLUMNS
    ]
    described = {str(row[0].value) for row in guide.iter_rows()}
    assert all(any(column.name in text for text in described) for column in COLUMNS)


def test_the_templates_are_the_same_bytes_each_time_and_in_each_process() -> None:
    script = (
        "import hashlib, json; from graph_service.exchange.declaration_table import *; "
        "files = [give(language) for give in (template_xlsx, template_csv) for language in LANGUAGES]; "
        "print(json.dumps([hashlib.sha256(file).hexdigest() for file in files]))"
    )
    told = [
        json.loads(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout)
        for _ in range(2)
    ]

    assert told[0] == told[1]
    assert len(set(told[0])) == 4


def test_the_examples_of_both_languages_fit_either_template() -> None:
    texts = [template_csv(language).decode("utf-8-sig").splitlines() for language in LANGUAGES]
    for header, _ in texts:
        for _, example in texts:
            with pytest.raises(InvalidInput, match="no declaration"):
                read_declarations(f"{header}\n{example}\n".encode())


# ---------------------------------------------------------------- hostile files


def test_hand_packed_rows_are_read_so_that_what_follows_is_refused_for_its_own_reason() -> None:
    assert only(packed(ROWS)) == only(CSV)


def directory_says(body: bytes, *, size: int) -> bytes:
    """The archive with another unpacked size of every part in its directory."""
    at = 0
    changed = bytearray(body)
    while (at := body.find(b"PK\x01\x02", at)) >= 0:
        changed[at + 24 : at + 28] = struct.pack("<I", size)
        at += 4
    return bytes(changed)


def encrypted(body: bytes) -> bytes:
    """The archive with the mark of encryption at every part."""
    changed = bytearray(body)
    for magic, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = 0
        while (at := body.find(magic, at)) >= 0:
            changed[at + offset] |= 1
            at += 4
    return bytes(changed)


def billion_laughs() -> str:
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return f"<!DOCTYPE worksheet [{entities}]>"


QUADRATIC = f'<!DOCTYPE worksheet [<!ENTITY a "{"x" * 100_000}">]>'
OUTSIDE = '<!DOCTYPE worksheet [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
CALLED = "<row><c t='inlineStr'><is><t>&a;</t></is></c></row>"

HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "zip bomb": lambda: packed("<row/>" * 8_000_000),
    "zip bomb in a part that is not read": lambda: packed(ROWS, more={"xl/media/image.png": b"\0" * (49 << 20)}),
    "bomb of many parts": lambda: packed(ROWS, more={f"xl/{n}": "x" for n in range(2_000)}),
    "billion laughs": lambda: packed(CALLED.replace("&a;", "&a9;"), prologue=billion_laughs()),
    "quadratic entities": lambda: packed(CALLED.replace("&a;", "&a;" * 100_000), prologue=QUADRATIC),
    "external entity": lambda: packed(CALLED, prologue=OUTSIDE),
    "entities in the shared strings' relations": lambda: packed(ROWS, more={"_rels/.rels": billion_laughs() + "<r/>"}),
    "entities in UTF-16": lambda: packed(ROWS, more={"xl/workbook.xml": (OUTSIDE + "<r/>").encode("utf-16")}),
    "macros": lambda: packed(ROWS, more={"xl/vbaProject.bin": "x"}),
    "links": lambda: packed(ROWS, more={"xl/externalLinks/externalLink1.xml": "<x/>"}),
    "too many elements": lambda: packed("<x/>" * 1_600_000 + "".join(f"<y{n}/>" for n in range(20_000))),
    "binary workbook": lambda: packed(ROWS, more={"xl/workbook.bin": "x"}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_workbook_that_is_not_safe_stays_shut(name: str) -> None:
    assert refusal(HOSTILE[name]())[0] == "WORKBOOK_UNSAFE"


WHOLE = packed(ROWS)

DAMAGED: Mapping[str, bytes] = {
    "truncated": WHOLE[: len(WHOLE) // 2],
    "without its directory": WHOLE[:-30],
    "flipped bytes": WHOLE.replace(b"xl/workbook.xml", b"xl/workbook.xml\xff\xfe", 1),
    "encrypted": encrypted(WHOLE),
    "sizes that are too small": directory_says(WHOLE, size=10),
    "old binary workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000,
    "under a password": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
    "another zip": zipped({"a.txt": "x"}),
    "empty zip": b"PK\x05\x06" + b"\0" * 18,
    "no sheet": zipped(PARTS),
    "no XML": packed(ROWS, more={"xl/workbook.xml": "not XML"}),
    "unclosed XML": packed(ROWS, more={"xl/workbook.xml": "<workbook>"}),
    "unknown encoding": packed(ROWS, more={"xl/workbook.xml": '<?xml version="1.0" encoding="rot13"?><a/>'}),
    "NUL bytes": packed(inline("a\0b")),
    "sheet outside": packed(
        ROWS,
        more={"xl/_rels/workbook.xml.rels": PARTS["xl/_rels/workbook.xml.rels"].replace("worksheets/", "../../")},
    ),
    "magic alone": b"PK\x03\x04",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_workbook_that_cannot_be_read_says_so(name: str) -> None:
    code, message = refusal(DAMAGED[name], filename="table.xlsx")

    assert code == "FILE_UNREADABLE"
    assert len(message) < 300


def test_a_password_and_an_old_format_are_called_by_their_names() -> None:
    assert "password" in refusal(DAMAGED["under a password"])[1]
    assert ".xls" in refusal(DAMAGED["old binary workbook"])[1]


def test_csv_sent_as_a_workbook_is_refused() -> None:
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    assert refusal(CSV, media_type=media_type)[0] == "FILE_UNREADABLE"


def test_a_cell_of_10_mb_is_told_and_not_taken() -> None:
    # Incompressible enough not to be refused as a bomb before it is read.
    text = "".join(f"{number:x}" for number in range(2_000_000))[:10_000_000]
    pushed = only(packed(inline(*HEADER, "comment") + inline(*map(str, SOUND), text, number=2)))

    assert faults(pushed) == [("CELL_TOO_LONG", "row 2.comment")]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (ROWS + '<row r="3"><c r="XFD3"><v>1</v></c></row>', "HEADER"),
        (ROWS + '<row r="3"><c r="ZZZ3"><v>1</v></c></row>', "HEADER"),
        ("".join(f'<row r="{n}"><c><v>1</v></c></row>' for n in range(1, 10_003)), "TOO_MANY_ROWS"),
        ("<row>" + "<c><v>1</v></c>" * 300 + "</row>", "HEADER"),
    ],
)
def test_tables_wider_or_longer_than_any_are_refused(rows: str, code: str) -> None:
    assert refusal(packed(rows))[0] == code


def test_a_row_far_down_costs_no_more_than_the_next_one() -> None:
    far = inline(*map(str, SOUND), number=1_048_576)

    assert only(packed(inline(*HEADER) + far)).path == "row 1048576"


@pytest.mark.parametrize(
    "cell",
    [
        "<c t='s'><v>99</v></c>",
        "<c t='s'><v>-1</v></c>",
        "<c><v>1e999</v></c>",
        "<c><v>NaN</v></c>",
        "<c><v>1_0</v></c>",
        "<c t='b'><v>2</v></c>",
        f"<c><v>{'9' * 5_000}</v></c>",
    ],
)
def test_a_cell_that_no_spreadsheet_writes_is_told(cell: str) -> None:
    rows = inline(*HEADER, "fossil_kgco2e") + inline(*map(str, SOUND), number=2).replace("</row>", f"{cell}</row>")

    assert [path for _, path in faults(only(packed(rows)))] == ["row 2.fossil_kgco2e"]


def test_damage_anywhere_is_answered_by_a_finding_and_never_by_another_error() -> None:
    body = template_xlsx("en")
    for at in range(0, len(body), max(1, len(body) // 300)):
        damaged = bytearray(body)
        damaged[at] ^= 0xFF
        with pytest.raises(InvalidInput) as refused:  # sound or not, the template alone holds no declaration
            read_declarations(bytes(damaged))
        assert refused.value.findings


def test_an_archive_is_as_the_standard_library_writes_it() -> None:
    assert zipfile.ZipFile(io.BytesIO(WHOLE)).testzip() is None
