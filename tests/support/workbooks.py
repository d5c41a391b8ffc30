"""Workbooks for tests: honest ones by xlsxwriter, and hand-packed ones that no spreadsheet would write."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

HEADER = ("item", "kgco2e", "reference_period_start", "reference_period_end", "valid_from")

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

PARTS: Mapping[str, str] = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": f'<Relationships {_RELATIONS}><Relationship Id="r1" Type="{_OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets><sheet name="declarations" sheetId="1" '
    'r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships {_RELATIONS}><Relationship Id="r1" Type="{_OFFICE}/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}
"""All of a workbook but its sheet."""


def workbook(fill: Callable[[Any, Any], None], *, sheet: str = "declarations", **options: bool) -> bytes:
    """A workbook of one sheet, which ``fill`` writes: ``fill(book, sheet)``."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, **options}) as book:
        fill(book, book.add_worksheet(sheet))
    return content.getvalue()


def table_workbook(*rows: Sequence[object], header: Sequence[str] = HEADER) -> bytes:
    """A workbook with a header and rows of texts, numbers and truths."""

    def fill(_book: Any, sheet: Any) -> None:
        for number, row in enumerate([header, *rows]):
            for position, value in enumerate(row):
                if value is not None:
                    (sheet.write_string if isinstance(value, str) else sheet.write)(number, position, value)

    return workbook(fill)


def packed(sheet_rows: str, *, more: Mapping[str, str | bytes] | None = None, prologue: str = "") -> bytes:
    """A workbook packed by hand around the rows of its sheet; ``more`` adds parts or replaces them."""
    sheet = f"{prologue}<worksheet {_MAIN}><sheetData>{sheet_rows}</sheetData></worksheet>"
    return zipped({**PARTS, "xl/worksheets/sheet1.xml": sheet, **(more or {})})


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip archive of these parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def inline(*texts: str, number: int = 1) -> str:
    """A row of texts."""
    cells = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
    return f'<row r="{number}">{cells}</row>'
