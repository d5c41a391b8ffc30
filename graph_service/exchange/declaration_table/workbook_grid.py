"""The sheet of declarations in an XLSX workbook as a grid: values as they were typed, formulas never taken."""

import math
import posixpath
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format  # type: ignore[import-untyped]
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel  # type: ignore[import-untyped]

from graph_service.exchange.declaration_table.grid import (
    MOST_CELL_CHARACTERS,
    MOST_COLUMNS,
    Cell,
    Grid,
    GridRow,
    Unreadable,
    check_row_count,
    no_table,
)
from graph_service.exchange.declaration_table.workbook_parts import WorkbookParts, local_name

SHEET_NAMES = ("declarations", "申报")

MOST_STRINGS_CHARACTERS = 40_000_000
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_workbook_grid(body: bytes) -> Grid:
    """The rows of the sheet that holds the declarations. Raises ``InvalidInput`` where there is none to read."""
    parts = WorkbookParts(body)
    workbook_part = _target(parts, "", "officeDocument")
    if workbook_part is None:
        raise no_table("FILE_UNREADABLE", "the file holds no workbook: send a CSV file or an Excel workbook (.xlsx)")
    book = _Book()
    parts.feed(workbook_part, book)
    sheet_part = _relations(parts, workbook_part).by_id.get(book.chosen_relation())
    if sheet_part is None:
        raise no_table("FILE_UNREADABLE", "the workbook does not say where its sheet lies: save it anew")
    strings, styles = _Strings(), _Styles()
    strings_part, styles_part = (_target(parts, workbook_part, kind) for kind in ("sharedStrings", "styles"))
    if strings_part is not None:
        parts.feed(strings_part, strings)
    if styles_part is not None:
        parts.feed(styles_part, styles)
    sheet = _Sheet(strings.texts, styles.day_styles(), MAC_EPOCH if book.counts_from_1904 else WINDOWS_EPOCH)
    parts.feed(sheet_part, sheet)
    return Grid(sheet.grid_rows(), True)


class _Relations:
    """What a part leans on: targets by their id and by their type."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.by_id: dict[str, str] = {}
        self.by_type: dict[str, str] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            part = posixpath.normpath(target.lstrip("/") if target[:1] == "/" else f"{self._folder}/{target}")
            part = part.lstrip("/")
            self.by_id[attributes.get("Id", "")] = part
            self.by_type[attributes.get("Type", "").rpartition("/")[2]] = part

    def end(self, name: str) -> None:
        pass

    def data(self, text: str) -> None:
        pass


def _relations(parts: WorkbookParts, part: str) -> _Relations:
    folder, name = posixpath.split(part)
    relations = _Relations(folder)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    if path in parts.names:
        parts.feed(path, relations)
    return relations


def _target(parts: WorkbookParts, part: str, kind: str) -> str | None:
    found = _relations(parts, part).by_type.get(kind)
    return found if found in parts.names else None


class _Book:
    """Which sheets there are, and from which year days are counted."""

    def __init__(self) -> None:
        self._sheets: list[tuple[str, str]] = []
        self.counts_from_1904 = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if local_name(key) == "id"), "")
            self._sheets.append((attributes.get("name", ""), relation))
        elif name == "workbookPr":
            self.counts_from_1904 = attributes.get("date1904") in {"1", "true"}

    def end(self, name: str) -> None:
        pass

    def data(self, text: str) -> None:
        pass

    def chosen_relation(self) -> str:
        """The sheet named for it, or the only one."""
        named = [relation for name, relation in self._sheets if name.strip().casefold() in SHEET_NAMES]
        if named:
            return named[0]
        if len(self._sheets) == 1:
            return self._sheets[0][1]
        message = f"none of the workbook's {len(self._sheets)} sheets is named declarations or 申报: name one so"
        raise no_table("HEADER", message)


class _Strings:
    """The texts that cells refer to by number; marks of pronunciation are no part of them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._text = _Text()
        self._total = 0

    def start(self, name: str, _attributes: Mapping[str, str]) -> None:
        if name == "si":
            self._text = _Text()
        self._text.start(name)

    def end(self, name: str) -> None:
        self._text.end(name)
        if name == "si":
            self.texts.append(self._text.value)
            self._total += len(self._text.value)
            if self._total > MOST_STRINGS_CHARACTERS:
                raise no_table("WORKBOOK_UNSAFE", "the workbook holds more text than a table of declarations can")

    def data(self, text: str) -> None:
        self._text.data(text)


class _Text:
    """The text of ``t`` elements, runs joined, up to one sign more than a cell may have."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length, self._is_open, self._sound_depth = 0, False, 0

    def start(self, name: str) -> None:
        self._sound_depth += name == "rPh"
        self._is_open = name == "t" and not self._sound_depth

    def end(self, name: str) -> None:
        self._sound_depth -= name == "rPh"
        self._is_open = False

    def data(self, text: str) -> None:
        if self._is_open and self._length <= MOST_CELL_CHARACTERS:
            self._pieces.append(text[: MOST_CELL_CHARACTERS + 1 - self._length])
            self._length += len(self._pieces[-1])

    @property
    def value(self) -> str:
        return _ESCAPED.sub(_unescape, "".join(self._pieces))


def _unescape(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if 0xD800 <= code <= 0xDFFF else chr(code)


class _Styles:
    """Which cell formats show days."""

    def __init__(self) -> None:
        self._formats: dict[str, str] = {}
        self._format_of_style: list[str] = []
        self._is_in_cell_formats = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "numFmt":
            self._formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._is_in_cell_formats = True
        elif name == "xf" and self._is_in_cell_formats:
            self._format_of_style.append(attributes.get("numFmtId", "0"))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._is_in_cell_formats = False

    def data(self, text: str) -> None:
        pass

    def day_styles(self) -> frozenset[str]:
        """The indices of those styles, as cells give them."""
        shows_days = {number: bool(is_date_format(self._code(number))) for number in set(self._format_of_style)}
        return frozenset(str(index) for index, number in enumerate(self._format_of_style) if shows_days[number])

    def _code(self, number: str) -> str:
        code = self._formats.get(number)
        if code is None and number.isdecimal():
            code = BUILTIN_FORMATS.get(int(number[:9]))
            # Formats that Excel has beside the standard's in East Asian languages: all of them days or times.
            code = (
                "yyyy-mm-dd" if code is None and (27 <= int(number[:9]) <= 36 or 50 <= int(number[:9]) <= 58) else code
            )
        return (code or "General")[:255]


class _Sheet:
    """Hears the elements of one sheet and keeps its rows."""

    def __init__(self, strings: Sequence[str], day_styles: frozenset[str], epoch: datetime) -> None:
        self._strings, self._day_styles, self._epoch = strings, day_styles, epoch
        self._rows: dict[int, dict[int, Cell]] = {}
        self._row, self._column = 0, -1
        self._cell: _OpenCell | None = None
        self._merged: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._cell is not None:
            self._cell.start(name)
        elif name == "c":
            self._place(attributes.get("r"))
            self._cell = _OpenCell(attributes.get("t", "n"), attributes.get("s", "0"))
        elif name == "row":
            given = attributes.get("r", "")
            self._row = int(given) if given.isdecimal() and len(given) <= 7 else self._row + 1
            self._column = -1
        elif name == "mergeCell":
            self._merged.append(attributes.get("ref", "")[:20])

    def end(self, name: str) -> None:
        if self._cell is None:
            return
        if name != "c":
            self._cell.end(name)
            return
        value = self._cell.value(self._strings, self._day_styles, self._epoch)
        self._cell = None
        if value is not None:
            self._keep(value)

    def data(self, text: str) -> None:
        if self._cell is not None:
            self._cell.data(text)

    def _place(self, reference: str | None) -> None:
        match = _REFERENCE.fullmatch(reference or "")
        if match is None:
            self._column += 1
            return
        self._row, self._column = int(match[2]), _column_position(match[1])

    def _keep(self, value: Cell) -> None:
        if self._column >= MOST_COLUMNS:
            message = f"row {self._row} has a value past column {MOST_COLUMNS}: clear what is right of the table"
            raise no_table("HEADER", message)
        if self._row not in self._rows:
            check_row_count(len(self._rows) - 1)
        self._rows.setdefault(self._row, {})[self._column] = value

    def grid_rows(self) -> list[GridRow]:
        """The rows that hold anything, in their order; of merged cells only the first holds its value."""
        check_row_count(len(self._rows) - 1)
        self._refuse_merged()
        return [
            GridRow(number, [cells.get(column) for column in range(max(cells) + 1)])
            for number, cells in sorted(self._rows.items())
        ]

    def _refuse_merged(self) -> None:
        numbers = sorted(self._rows)
        for reference in self._merged:
            ends = [_REFERENCE.fullmatch(part) for part in reference.split(":")]
            first, last = ends[0], ends[-1]
            if first is None or last is None:
                continue
            at = bisect_left(numbers, int(first[2]))
            if at < len(numbers) and numbers[at] <= int(last[2]):
                message = f"the cells {reference} are merged: unmerge them and fill each one"
                column = min(_column_position(first[1]), MOST_COLUMNS - 1)
                self._rows[numbers[at]][column] = Unreadable("MERGED_CELLS", message)


def _column_position(letters: str) -> int:
    """The inverse of ``column_letters``."""
    count = 0
    for letter in letters:
        count = count * 26 + ord(letter) - ord("A") + 1
    return count - 1


class _OpenCell:
    """One cell while its elements are heard."""

    def __init__(self, kind: str, style: str) -> None:
        self._kind, self._style = kind, style
        self._raw: list[str] = []
        self._raw_length = 0
        self._text = _Text()
        self._is_in_value = self._has_formula = False

    def start(self, name: str) -> None:
        self._is_in_value = name == "v"
        self._has_formula |= name == "f"
        self._text.start(name)

    def end(self, name: str) -> None:
        self._is_in_value = False
        self._text.end(name)

    def data(self, text: str) -> None:
        self._text.data(text)
        if self._is_in_value and self._raw_length <= MOST_CELL_CHARACTERS:
            self._raw.append(text[: MOST_CELL_CHARACTERS + 1])
            self._raw_length += len(text)

    def value(self, strings: Sequence[str], day_styles: frozenset[str], epoch: datetime) -> Cell:
        """What the cell holds; a formula's result is not taken, whatever was stored with it."""
        if self._has_formula:
            message = "the cell holds a formula: copy it and paste its value (Paste Special, Values)"
            return Unreadable("FORMULA", message)
        raw = "".join(self._raw)
        if self._kind == "inlineStr":
            return _text_cell(self._text.value)
        if not raw:
            return None
        if self._kind == "s":
            is_known = raw.isdecimal() and len(raw) <= 9 and int(raw) < len(strings)
            return _text_cell(strings[int(raw)]) if is_known else _damaged(raw)
        if self._kind == "str":
            return _text_cell(raw)
        if self._kind == "b":
            return raw == "1" if raw in {"0", "1"} else _damaged(raw)
        if self._kind == "e":
            return Unreadable("CELL_TYPE", f"the cell shows the error {raw[:20]}: write its value, or leave it empty")
        if self._kind == "d":
            return _text_cell(raw.removesuffix("T00:00:00").removesuffix("Z"))
        return _number_cell(raw, is_day=self._style in day_styles, epoch=epoch)


def _text_cell(text: str) -> Cell:
    if len(text) > MOST_CELL_CHARACTERS:
        message = f"the cell has more than the {MOST_CELL_CHARACTERS:,} characters that are read: shorten it"
        return Unreadable("CELL_TOO_LONG", message)
    return text if text.strip() else None


def _number_cell(raw: str, *, is_day: bool, epoch: datetime) -> Cell:
    number = float(raw) if len(raw) <= 40 and _NUMBER.fullmatch(raw) else math.nan
    if not math.isfinite(number):
        return _damaged(raw)
    if not is_day:
        return number
    try:
        day = from_excel(number, epoch)
    except (OverflowError, ValueError):
        day = None
    return day if isinstance(day, datetime) else Unreadable("NOT_A_DATE", f"{raw} is no day: write one as 2025-01-31")


def _damaged(raw: str) -> Unreadable:
    return Unreadable("CELL_TYPE", f"the cell cannot be read ({raw[:20]!r}): type its value anew")
