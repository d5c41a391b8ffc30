"""Which column of a table is which: names in either language, whatever their case, spaces and stars."""

import unicodedata
from collections.abc import Mapping

from graph_service.errors import Finding, InvalidInput
from graph_service.exchange.dataset.faults import shown
from graph_service.exchange.dataset.layout import nearest
from graph_service.exchange.declaration_table.columns import COLUMN_BY_NAME, COLUMNS, Column
from graph_service.exchange.declaration_table.grid import GridRow, Unreadable, no_table

_SEPARATORS = ((";", "semicolons"), ("\t", "tabs"), ("|", "bars"), ("；", "full-width semicolons"), ("，", "，"))
_EXPECTED = "the first row names the columns, as item,kgco2e,reference_period_start,reference_period_end,valid_from"


def _folded(name: str) -> str:
    kept = (character for character in unicodedata.normalize("NFKC", name).casefold() if character not in "_-*")
    return "".join("".join(kept).split())


_BY_FOLDED_NAME = {_folded(name): column for column in COLUMNS for name in (column.name, column.label_zh)}


def find_columns(row: GridRow) -> Mapping[int, Column]:
    """The column at each position of the header. Raises ``InvalidInput`` with every fault that it has."""
    path = f"row {row.number}"
    texts = _texts(row, path)
    findings: list[Finding] = []
    columns: dict[int, Column] = {}
    for position, name in texts.items():
        column = _BY_FOLDED_NAME.get(_folded(name))
        if column is None:
            findings.append(Finding("COLUMN_UNKNOWN", "ERROR", path, _unknown(name)))
        elif column in columns.values():
            message = f"the header has the column {shown(name)} twice: keep one"
            findings.append(Finding("COLUMN_TWICE", "ERROR", f"{path}.{column.name}", message))
        else:
            columns[position] = column
    if not columns:
        raise no_table("HEADER", f"no cell of the first row is a column of declarations: {_EXPECTED}", path=path)
    findings += _missing({column.name for column in columns.values()}, path)
    if findings:
        raise InvalidInput(f"the header is at fault: {findings[0].message}", findings=findings)
    return columns


def _texts(row: GridRow, path: str) -> Mapping[int, str]:
    if row.fault is not None:
        raise no_table("HEADER", f"the header cannot be read: {row.fault.message}", path=path)
    texts: dict[int, str] = {}
    for position, cell in enumerate(row.cells):
        if isinstance(cell, Unreadable):
            raise no_table("HEADER", f"the header cannot be read: {cell.message}", path=path)
        if cell is not None:
            texts[position] = str(cell)
    if len(texts) == 1:
        (only,) = texts.values()
        for separator, called in _SEPARATORS:
            if separator in only:
                raise no_table("HEADER", f"cells are parted by {called}: part them by commas", path=path)
    return texts


def _missing(present: set[str], path: str) -> list[Finding]:
    lacking = [column.name for column in COLUMNS if column.is_required and column.name not in present]
    if not present & {"item", "product_ids"}:
        lacking.insert(0, "item")
    return [
        Finding(
            "COLUMN_MISSING",
            "ERROR",
            f"{path}.{name}",
            f"the column {name} ({COLUMN_BY_NAME[name].label_zh}) is missing, and every row needs it: add it",
        )
        for name in lacking
    ]


def _unknown(name: str) -> str:
    meant = nearest(name, COLUMN_BY_NAME) or nearest(name, [column.label_zh for column in COLUMNS])
    guess = f'did you mean "{meant}"? ' if meant else ""
    return f"there is no column {shown(name)}: {guess}columns are {', '.join(COLUMN_BY_NAME)}"
