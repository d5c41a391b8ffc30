"""The template that suppliers fill in: a workbook with drop-downs, notes and a page of instructions, or bare CSV."""

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

import pyarrow as pa
import xlsxwriter  # type: ignore[import-untyped]

from graph_service.exchange.declaration_table.columns import COLUMNS, Column, Language, example_cells
from graph_service.exchange.declaration_table.grid import MOST_ROWS

_SHEET: Mapping[Language, str] = {"en": "declarations", "zh": "申报"}
_GUIDE: Mapping[Language, str] = {"en": "instructions", "zh": "填写说明"}
_GUIDE_HEADER: Mapping[Language, tuple[str, ...]] = {
    "en": ("column", "must be given", "meaning and unit", "one of", "example"),
    "zh": ("列名", "必填", "含义与单位", "可选值", "示例"),
}
_YES: Mapping[Language, str] = {"en": "yes", "zh": "是"}
_RULES: Mapping[Language, tuple[str, ...]] = {
    "en": (
        "One row is the footprint of one item. All values of a row are per one declared unit.",
        "Leave a cell empty where the value is not known. Empty is never read as 0; write 0 only where it is 0.",
        "Numbers take a decimal point and no thousands mark: 1234.5. Shares are 0 to 1, not percent.",
        "Dates read 2025-01-31. The end of a period is the day after its last day.",
        "Formulas, merged cells and error values are refused: paste values.",
        f"At most {MOST_ROWS:,} rows. Either every row is taken or none; the answer says of each row what is wrong.",
        "The grey row is an example. Delete it; it is left out as long as it stays as it is.",
        "Check before sending: POST /uploads/declarations?dryRun=true records nothing.",
    ),
    "zh": (
        "每行是一个产品或部件的碳足迹，同一行的数值均为每一个声明单位的数值。",
        "不知道的数值请留空。空白不会被当作 0；确实为 0 时才填 0。",
        "数字用小数点，不用千分位：1234.5。占比填 0 到 1，不填百分数。",
        "日期写作 2025-01-31。时期的结束日是最后一天的次日。",
        "不接受公式、合并单元格和错误值，请粘贴为数值。",
        f"最多 {MOST_ROWS:,} 行。要么全部接收，要么全部不接收；答复会逐行说明问题。",
        "灰色一行是示例，请删除；保持原样时会被忽略。",
        "发送前可先检查：POST /uploads/declarations?dryRun=true 不会记录任何内容。",
    ),
}
_CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 -- a fixed mark, so that the template is the same bytes each time
_EXAMPLE_ROW = 1
_BOM = "\ufeff"


@cache
def template_csv(language: Language) -> bytes:
    """Header and example row, UTF-8 with the mark by which spreadsheets know it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.label(language) for column in COLUMNS])
    writer.writerow(example_cells(language))
    return (_BOM + text.getvalue()).encode()


@cache
def template_xlsx(language: Language) -> bytes:
    """A workbook: the sheet to fill in, with drop-downs, formats and notes, and a sheet of instructions."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as workbook:
        workbook.set_properties({"title": "graph-service", "created": _CREATED})
        _write_sheet(workbook, language)
        _write_guide(workbook, language)
    return content.getvalue()


def _write_sheet(workbook: Any, language: Language) -> None:
    sheet = workbook.add_worksheet(_SHEET[language])
    look = {"border": 1, "text_wrap": True, "valign": "vcenter", "bold": True}
    required = workbook.add_format({**look, "bg_color": "#1F4E79", "font_color": "#FFFFFF"})
    optional = workbook.add_format({**look, "bg_color": "#DDEBF7"})
    sheet.freeze_panes(1, 1)
    sheet.set_row(0, 45)
    for position, (column, example) in enumerate(zip(COLUMNS, example_cells(language), strict=True)):
        sheet.set_column(position, position, 18, workbook.add_format({"num_format": _number_format(column)}))
        sheet.write_string(0, position, column.label(language), required if column.is_required else optional)
        sheet.write_comment(0, position, _note(column, language), {"x_scale": 2, "y_scale": 1.2, "author": ""})
        grey = {"num_format": _number_format(column), "italic": True, "bg_color": "#EDEDED", "font_color": "#7F7F7F"}
        _write_example(sheet, position, column, example, workbook.add_format(grey))
        rule = _validation(column, language)
        if rule:
            sheet.data_validation(1, position, MOST_ROWS, position, rule)


def _number_format(column: Column) -> str:
    """Text columns are text, so that a spreadsheet makes no number or day of an identifier."""
    return {pa.string(): "@", pa.date32(): "yyyy-mm-dd"}.get(column.type, "General")


def _write_example(sheet: Any, position: int, column: Column, example: str, look: Any) -> None:
    if not example:
        sheet.write_blank(_EXAMPLE_ROW, position, None, look)
    elif column.type == pa.float64():
        sheet.write_number(_EXAMPLE_ROW, position, float(example), look)
    elif column.type == pa.date32():
        sheet.write_datetime(_EXAMPLE_ROW, position, date.fromisoformat(example), look)
    elif column.type == pa.bool_():
        sheet.write_boolean(_EXAMPLE_ROW, position, example == "true", look)
    else:
        sheet.write_string(_EXAMPLE_ROW, position, example, look)


def _note(column: Column, language: Language) -> str:
    heads = {"en": ("Must be given. ", "Example: "), "zh": ("必填。", "示例：")}[language]
    name = "" if language == "en" else f"{column.name}\n"
    example = f"\n{heads[1]}{column.example}" if column.example else ""
    return f"{name}{heads[0] if column.is_required else ''}{column.help(language)}{example}"


def _validation(column: Column, language: Language) -> dict[str, Any] | None:
    """The spreadsheet's own check of a cell: a drop-down, a share, a day."""
    told = {"input_title": column.label(language)[:32], "input_message": column.help(language)[:255]}
    if column.words:
        return {"validate": "list", "source": list(column.words), **told}
    if column.is_share:
        return {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1, **told}
    if column.type == pa.float64():
        return {"validate": "decimal", "criteria": "between", "minimum": -1e300, "maximum": 1e300, **told}
    if column.type == pa.date32():
        return {"validate": "date", "criteria": ">=", "value": date(1990, 1, 1), **told}
    return {"validate": "any", **told}


def _write_guide(workbook: Any, language: Language) -> None:
    sheet = workbook.add_worksheet(_GUIDE[language])
    bold, wrapped = workbook.add_format({"bold": True}), workbook.add_format({"text_wrap": True, "valign": "top"})
    for position, width in enumerate((34, 14, 70, 40, 26)):
        sheet.set_column(position, position, width, wrapped)
    plain = workbook.add_format({"text_wrap": False})
    for row, rule in enumerate(_RULES[language]):
        sheet.write_string(row, 0, rule, plain)
    first = len(_RULES[language]) + 1
    for position, title in enumerate(_GUIDE_HEADER[language]):
        sheet.write_string(first, position, title, bold)
    for row, (column, example) in enumerate(zip(COLUMNS, example_cells(language), strict=True), first + 1):
        name = column.name if language == "en" else f"{column.label_zh} ({column.name})"
        needed = _YES[language] if column.is_required else ""
        cells = (name, needed, column.help(language), ", ".join(column.words), example)
        for position, text in enumerate(cells):
            sheet.write_string(row, position, text, wrapped)
