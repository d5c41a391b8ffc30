"""Any bytes are a table or are refused; any table says the same as CSV and as a workbook, to the last bit."""

import csv
import io
from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from graph_service.errors import InvalidInput
from graph_service.exchange.declaration_table import CSV_TYPE, XLSX_TYPE, read_declarations
from graph_service.exchange.declaration_table.columns import COLUMNS, Column
from graph_service.model.pushed import PushedDeclaration
from tests.support.workbooks import HEADER, PARTS, inline, table_workbook, zipped

HEAD = ",".join(HEADER).encode()

NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(repr)
DAYS = st.dates(date(1000, 1, 1)).map(str)
TEXTS = (
    st.text(st.characters(blacklist_categories=("C", "Z")), min_size=1, max_size=20)
    .map(str.strip)
    .filter(lambda text: text and text[0] not in "=+-@＝＋－＠" and text not in {"EXAMPLE-ITEM", "示例产品"})
)


def cells_of(column: Column) -> st.SearchStrategy[str]:
    """Texts that a column takes, the empty one where it need not be given."""
    if column.words:
        cells = st.sampled_from(column.words)
    else:
        cells = {"double": NUMBERS, "date32[day]": DAYS}.get(str(column.type), TEXTS)
    is_given = column.is_required or column.name == "item"
    return cells if is_given else st.one_of(st.just(""), cells)


ROWS = st.tuples(*(cells_of(column) for column in COLUMNS))


def as_csv(rows: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.name for column in COLUMNS])
    writer.writerows(rows)
    return text.getvalue().encode()


def given_texts(pushed: PushedDeclaration, row: tuple[str, ...]) -> list[tuple[object, str]]:
    """What was read beside what was written, for the columns that are fields of their own."""
    pairs: list[tuple[object, str]] = []
    for column, text in zip(COLUMNS, row, strict=True):
        if hasattr(pushed, column.name) and not isinstance(getattr(pushed, column.name), tuple) and text:
            value = getattr(pushed, column.name)
            pairs.append((repr(value) if isinstance(value, float) else str(value), text))
    return pairs


@given(st.lists(ROWS, min_size=1, max_size=5))
def test_a_table_says_the_same_as_csv_and_as_a_workbook(rows: list[tuple[str, ...]]) -> None:
    read = read_declarations(as_csv(rows))

    assert read == read_declarations(table_workbook(*rows, header=[column.name for column in COLUMNS]))
    for pushed, row in zip(read, rows, strict=True):
        assert not pushed.findings
        for value, text in given_texts(pushed, row):
            assert str(value).casefold() == text.casefold()


@given(st.binary(max_size=300), st.sampled_from([b"", HEAD, HEAD + b"\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"]))
@example(b"\n\xff\xfe", HEAD)
@example(b'\n"', HEAD)
def test_any_bytes_are_a_table_or_are_refused(content: bytes, before: bytes) -> None:
    for media_type in (None, CSV_TYPE, XLSX_TYPE):
        try:
            pushes = read_declarations(before + content, media_type=media_type)
        except InvalidInput as refused:
            assert refused.findings  # noqa: PT017 -- both ends are right
        else:
            assert pushes


REFERENCES = st.sampled_from(["", *(f' r="{name}"' for name in ("A1", "B2", "C2", "ZZZ9", "XFD1048576", "a1", "0"))])
KINDS = st.sampled_from(["", *(f' t="{kind}"' for kind in ("n", "s", "str", "inlineStr", "b", "e", "d", "x"))])
VALUES = st.sampled_from(["", "1", "-1", "1e308", "NaN", "2025-01-01T00:00:00Z", "item", "&amp;", "<![CDATA[<c>]]>"])
INNER = st.sampled_from(
    ["<v>{}</v>", "<is><t>{}</t></is>", "<is><r><t>{}</t></r><rPh><t>{}</t></rPh></is>", "<f>{}</f>"]
)
CELLS = st.builds("<c{}{}>{}</c>".format, REFERENCES, KINDS, st.builds(str.format, INNER, VALUES, VALUES))
SHEET_ROWS = st.builds(
    lambda number, cells: f"<row{number}>{''.join(cells)}</row>",
    st.sampled_from(["", ' r="2"', ' r="9999999"', ' r="x"', ' r="-1"']),
    st.lists(CELLS, max_size=8),
)
MERGED = st.sampled_from(
    ["", '<mergeCells><mergeCell ref="A1:B9"/></mergeCells>', "<mergeCells><mergeCell/></mergeCells>"]
)


@given(st.lists(SHEET_ROWS, max_size=5), MERGED, st.booleans())
def test_any_sheet_is_a_table_or_is_refused(rows: list[str], merged: str, has_header: bool) -> None:
    head = inline(*HEADER) if has_header else ""
    sheet = f"<worksheet><sheetData>{head}{''.join(rows)}</sheetData>{merged}</worksheet>"
    try:
        pushes = read_declarations(zipped({**PARTS, "xl/worksheets/sheet1.xml": sheet}))
    except InvalidInput as refused:
        assert refused.findings  # noqa: PT017 -- both ends are right
    else:
        assert pushes
