"""A table of declarations, CSV or XLSX, as what the one intake takes: a push per row, with all that is wrong there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import pyarrow as pa

from graph_service.errors import Finding
from graph_service.exchange.dataset.cells import parse_texts
from graph_service.exchange.dataset.faults import shown
from graph_service.exchange.declaration_table.cell_texts import cell_text
from graph_service.exchange.declaration_table.columns import (
    COLUMN_BY_NAME,
    COLUMNS,
    COMPONENTS,
    EXAMPLE_ITEMS,
    LANGUAGES,
    Column,
    example_cells,
)
from graph_service.exchange.declaration_table.csv_grid import read_csv_grid
from graph_service.exchange.declaration_table.grid import (
    Cell,
    Grid,
    GridRow,
    Unreadable,
    column_letters,
    no_table,
)
from graph_service.exchange.declaration_table.header import find_columns
from graph_service.exchange.declaration_table.workbook_grid import read_workbook_grid
from graph_service.exchange.declaration_table.workbook_parts import OLE_MAGIC, ZIP_MAGIC
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import DocumentFormat, RatingScale, SystemBoundary

CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MOST_TOLD = 5_000
"""Findings of one table that are told cell by cell."""


@dataclass(frozen=True, slots=True)
class DeclarationTable:
    """The rows of a table, and what is to be said of the file as a whole. ``path`` of a push: ``row 7``."""

    pushes: tuple[PushedDeclaration, ...]
    findings: tuple[Finding, ...] = ()


def read_declarations(
    body: bytes, *, media_type: str | None = None, filename: str | None = None
) -> tuple[PushedDeclaration, ...]:
    """The rows of a table, as ``read_table``; what it says of the whole file stands with the first row."""
    table = read_table(body, media_type=media_type, filename=filename)
    first, *others = table.pushes
    return (replace(first, findings=(*table.findings, *first.findings)), *others)


def read_table(body: bytes, *, media_type: str | None = None, filename: str | None = None) -> DeclarationTable:
    """The rows of a table, at least one. A fault of a cell is a finding of its row, ``row 7.kgco2e``.

    ``media_type`` or else the suffix of ``filename`` says what the bytes are; without either they speak for themselves.
    Raises ``InvalidInput`` where they are no table, have faults in the header, or no row below it.
    """
    is_workbook = _is_workbook(body, media_type, filename)
    grid = read_workbook_grid(body) if is_workbook else read_csv_grid(body)
    if not grid.rows:
        raise no_table("HEADER", "the table is empty: begin it with a row of column names")
    header, *rows = grid.rows
    columns = find_columns(header)
    pushes, left_out = _without_examples(_read_rows(rows, columns, grid))
    if not pushes:
        raise no_table("REQUIRED", "the table has no declaration below its header: fill in at least one row")
    return DeclarationTable(tuple(pushes), (*grid.findings, *left_out))


def _is_workbook(body: bytes, media_type: str | None, filename: str | None) -> bool:
    suffix = (filename or "").lower().rpartition(".")[2]
    looks_packed = body.startswith((ZIP_MAGIC, OLE_MAGIC))
    if media_type == XLSX_TYPE or (media_type is None and suffix in {"xlsx", "xlsm", "xls"}):
        return True
    if looks_packed and (media_type == CSV_TYPE or (media_type is None and suffix == "csv")):
        raise no_table("FILE_UNREADABLE", f"the file is a workbook and no CSV file: send it as {XLSX_TYPE}")
    return looks_packed


def _read_rows(rows: Sequence[GridRow], columns: Mapping[int, Column], grid: Grid) -> list[PushedDeclaration]:
    """A push per row, in their order."""
    findings: list[list[Finding]] = [_row_findings(row, columns) for row in rows]
    values: dict[str, list[object]] = {}
    for position, column in columns.items():
        cells = [row.cells[position] if position < len(row.cells) else None for row in rows]
        read, faults = _read_column(cells, column)
        values[column.name] = read
        for at, fault in faults.items():
            findings[at].append(_finding(rows[at], position, column, fault, grid))
    for at, row in enumerate(rows):
        if row.fault is None:
            findings[at] += _missing(row, {name: values[name][at] for name in values}, findings[at])
    _shorten(findings, rows)
    return [
        _push(row, {name: column[at] for name, column in values.items()}, tuple(findings[at]))
        for at, row in enumerate(rows)
    ]


def _shorten(findings: list[list[Finding]], rows: Sequence[GridRow]) -> None:
    """Past ``MOST_TOLD`` findings a row's are told as one: a table that is wrong all over needs no longer list."""
    told = 0
    for at, row in enumerate(rows):
        told += len(findings[at])
        if told > MOST_TOLD and len(findings[at]) > 1:
            message = f"{len(findings[at])} cells of this row are at fault: mend those of the rows above first"
            findings[at] = [Finding("MORE_FAULTS", "ERROR", f"row {row.number}", message)]


def _row_findings(row: GridRow, columns: Mapping[int, Column]) -> list[Finding]:
    """What is wrong with the row as a whole: broken, or with values where no column is."""
    if row.fault is not None:
        return [Finding(row.fault.code, "ERROR", f"row {row.number}", row.fault.message)]
    outside = [at for at, cell in enumerate(row.cells) if cell is not None and at not in columns]
    if not outside:
        return []
    cell = row.cells[outside[0]]
    value = cell.message if isinstance(cell, Unreadable) else shown(str(cell))
    message = (
        f"column {column_letters(outside[0])} has a value and no name in the header ({value}): name the column, clear "
        "the cell, or quote a text that has commas"
    )
    return [Finding("RECORD_MALFORMED", "ERROR", f"row {row.number}", message)]


def _finding(row: GridRow, position: int, column: Column, fault: Unreadable, grid: Grid) -> Finding:
    cell = f"{column_letters(position)}{row.number}: " if grid.is_workbook else ""
    return Finding(fault.code, "ERROR", f"row {row.number}.{column.name}", f"{cell}{column.name}: {fault.message}")


def _read_column(cells: Sequence[Cell], column: Column) -> tuple[list[object], Mapping[int, Unreadable]]:
    """The values of a column, None where empty or at fault, and its faults by row."""
    texts: list[str | None] = []
    faults: dict[int, Unreadable] = {}
    for at, cell in enumerate(cells):
        text = cell_text(cell, column)
        if isinstance(text, Unreadable):
            faults[at] = text
        elif text is not None and column.words and column.type == pa.string() and text not in column.words:
            message = f"{shown(text)} is not one of {', '.join(column.words)}"
            faults[at] = Unreadable("UNKNOWN_UNIT" if column.name == "declared_unit" else "UNKNOWN_WORD", message)
        texts.append(None if at in faults or isinstance(text, Unreadable) else text)
    read = parse_texts(pa.array(texts, pa.string()), column.type)
    faults.update({fault.row: Unreadable(fault.code, fault.message) for fault in read.faults})
    return read.values.to_pylist(), faults


def _missing(row: GridRow, values: Mapping[str, object], findings: Sequence[Finding]) -> list[Finding]:
    told = {finding.path for finding in findings}
    lacking = [column.name for column in COLUMNS if column.is_required and values.get(column.name) is None]
    if values.get("item") is None and values.get("product_ids") is None and f"row {row.number}.product_ids" not in told:
        lacking.append("item")
    return [
        Finding(
            "REQUIRED",
            "ERROR",
            f"row {row.number}.{name}",
            f"{name} ({COLUMN_BY_NAME[name].label_zh}) is empty: {COLUMN_BY_NAME[name].note}",
        )
        for name in lacking
        if f"row {row.number}.{name}" not in told
    ]


def _push(row: GridRow, values: Mapping[str, object], findings: tuple[Finding, ...]) -> PushedDeclaration:
    scale, boundary = values.get("rating_scale"), values.get("boundary")
    return PushedDeclaration(
        path=f"row {row.number}",
        document_format=DocumentFormat.TABLE,
        document_id=_text(values, "declaration"),
        item=_text(values, "item"),
        product_ids=_names(values, "product_ids"),
        company_ids=_names(values, "company_ids"),
        classifications=_names(values, "classifications"),
        company_name=_text(values, "company_name"),
        product_name=_text(values, "product_name"),
        declared_unit=_text(values, "declared_unit"),
        declared_unit_amount=_number(values, "declared_unit_amount"),
        product_mass_kg=_number(values, "product_mass_kg"),
        kgco2e=_number(values, "kgco2e"),
        components={part: kgco2e for name, part in COMPONENTS.items() if (kgco2e := _number(values, name)) is not None},
        reference_period_start=_day(values, "reference_period_start"),
        reference_period_end=_day(values, "reference_period_end"),
        valid_from=_day(values, "valid_from"),
        valid_to=_day(values, "valid_to"),
        primary_data_share=_number(values, "primary_data_share"),
        technological_dqr=_number(values, "technological_dqr"),
        temporal_dqr=_number(values, "temporal_dqr"),
        geographical_dqr=_number(values, "geographical_dqr"),
        rating_scale=RatingScale.V3 if scale is None else RatingScale(str(scale)),
        exempted_share=_number(values, "exempted_share"),
        is_verified=_flag(values, "is_verified"),
        verification=_text(values, "verification"),
        boundary=SystemBoundary.CRADLE_TO_GATE if boundary is None else SystemBoundary(str(boundary)),
        geography=tuple(part.strip() for part in (_text(values, "geography") or "").split(";") if part.strip()),
        gwp_set=_text(values, "gwp_set"),
        preceding_uids=_names(values, "preceding"),
        comment=_text(values, "comment"),
        findings=findings,
    )


def _text(values: Mapping[str, object], name: str) -> str | None:
    value = values.get(name)
    return value if isinstance(value, str) else None


def _names(values: Mapping[str, object], name: str) -> tuple[str, ...]:
    return tuple((_text(values, name) or "").split())


def _number(values: Mapping[str, object], name: str) -> float | None:
    value = values.get(name)
    return value if isinstance(value, float) else None


def _day(values: Mapping[str, object], name: str) -> date | None:
    value = values.get(name)
    return value if isinstance(value, date) else None


def _flag(values: Mapping[str, object], name: str) -> bool | None:
    value = values.get(name)
    return value if isinstance(value, bool) else None


def _without_examples(pushes: Sequence[PushedDeclaration]) -> tuple[list[PushedDeclaration], list[Finding]]:
    """The pushes without the template's example row; one that was changed and is still named so is refused."""
    kept, left_out = [], []
    for pushed in pushes:
        if pushed.item not in EXAMPLE_ITEMS.values():
            kept.append(pushed)
        elif replace(pushed, path="") in _examples():
            message = "the template's example row was left out: delete it"
            left_out.append(Finding("EXAMPLE_ROW", "INFO", pushed.path, message))
        else:
            message = (
                f"item {shown(pushed.item or '')} marks the template's example: name your own item, or delete the row"
            )
            finding = Finding("EXAMPLE_ROW", "ERROR", f"{pushed.path}.item", message)
            kept.append(replace(pushed, findings=(*pushed.findings, finding)))
    return kept, left_out


@cache
def _examples() -> tuple[PushedDeclaration, ...]:
    columns = dict(enumerate(COLUMNS))
    rows = [GridRow(2, [text or None for text in example_cells(language)]) for language in LANGUAGES]
    return tuple(replace(pushed, path="") for pushed in _read_rows(rows, columns, Grid(rows, False)))
