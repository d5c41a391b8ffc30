"""CSV bytes as a grid: UTF-8, or the encoding in which a Chinese spreadsheet saves; RFC 4180 by the letter."""

import codecs

from graph_service.errors import Finding
from graph_service.exchange.dataset.csv_strict import read_record
from graph_service.exchange.declaration_table.grid import (
    MOST_CELL_CHARACTERS,
    MOST_COLUMNS,
    MOST_FAULTS_PER_FILE,
    MOST_ROWS,
    Cell,
    Grid,
    GridRow,
    Unreadable,
    check_row_count,
    no_table,
)

MOST_SEPARATORS = 1_000_000
MOST_LINES = 100_000
"""Ends of lines and commas, also inside quotes: what would take long to part is refused before it is parted."""

_LEAST_COMMON_SHARE = 0.8
_SAVE_AS_UTF8 = 'save the file as "CSV UTF-8"'


def read_csv_grid(body: bytes) -> Grid:
    """The records of a CSV file. Raises ``InvalidInput`` where it is none, or longer than a table may be."""
    data, findings = _as_utf8(body)
    if data.count(b",") > MOST_SEPARATORS or data.count(b"\n") > MOST_LINES:
        message = f"the file has more cells or lines than {MOST_ROWS:,} rows need: send it in parts"
        raise no_table("TOO_MANY_ROWS", message)
    rows: list[GridRow] = []
    position, number, filled, broken = 0, 0, 0, 0
    while 0 <= position < len(data):
        record = read_record(data, position)
        position, number = record.end, number + 1
        fault = Unreadable("RECORD_MALFORMED", record.problem) if record.problem else None
        row = GridRow(number, [] if fault else [_cell(text) for text in record.cells], fault)
        if row.is_blank:
            continue
        rows.append(row)
        filled, broken = filled + 1, broken + (fault is not None)
        check_row_count(filled - 1)
        if broken >= MOST_FAULTS_PER_FILE:
            message = f"the first {broken} broken lines are told: mend them, then send the file again"
            findings = (*findings, Finding("MORE_FAULTS", "ERROR", "", message))
            break
    if rows and len(rows[0].cells) > MOST_COLUMNS:
        raise no_table("HEADER", f"the header has {len(rows[0].cells):,} columns: at most {MOST_COLUMNS} are read")
    return Grid(rows, False, findings)


def _cell(text: str | None) -> Cell:
    if text is None or not text.strip():
        return None
    if len(text) > MOST_CELL_CHARACTERS:
        message = f"the cell has {len(text):,} characters: at most {MOST_CELL_CHARACTERS:,} are read"
        return Unreadable("CELL_TOO_LONG", message)
    return text


def _as_utf8(body: bytes) -> tuple[bytes, tuple[Finding, ...]]:
    """The same text in UTF-8 without its mark, and a word about it where it was in another encoding."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise no_table("ENCODING", f"the file is in UTF-16: {_SAVE_AS_UTF8}")
    data = body.removeprefix(codecs.BOM_UTF8)
    try:
        data.decode()
        return data, ()
    except UnicodeDecodeError as error:
        at = error.start
    text = _as_chinese(data)
    if text is None:
        message = f"byte {at + 1} (0x{data[at]:02x}) is not UTF-8, nor is the file Chinese text in GB18030"
        raise no_table("ENCODING", f"{message}: {_SAVE_AS_UTF8}")
    message = f"the file is not in UTF-8 and was read as GB18030; where names look wrong, {_SAVE_AS_UTF8}"
    return text.encode(), (Finding("ENCODING", "INFO", "", message),)


def _as_chinese(data: bytes) -> str | None:
    """The text where it reads as GB18030 and most of its signs are everyday ones.

    GB18030 decodes much that is Latin-1 too, to rare signs: those of GB2312 (1980) tell the two apart.
    """
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    foreign = "".join(character for character in text if not character.isascii())
    common = foreign.encode("gb2312", "ignore").decode("gb2312")
    return text if len(common) >= _LEAST_COMMON_SHARE * len(foreign) else None
