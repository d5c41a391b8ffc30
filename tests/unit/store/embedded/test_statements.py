"""Every SQL file keeps its word: it is used, its header is true, SQLite accepts it, its columns are ours."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_service.model.tables import BATCH_SCHEMAS, FACT_SCHEMAS, RECEIVED_REVISION
from graph_service.model.vocabulary import Kind
from graph_service.store import embedded
from graph_service.store.embedded.columns import STORED
from graph_service.store.embedded.statements import schema_steps, statement

SOURCE = Path(embedded.__file__).parent
FILES = sorted((SOURCE / "sql").rglob("*.sql"))
HEADER = re.compile(r"-- purpose: (.+)\n-- params: (.+)\n-- returns: (.+)\n-- order: (.+)\n(?!--)")
BY_POSITION = " (by position)"


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    """A database in memory with the schema at head."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for _, name in schema_steps():
        connection.execute(statement(name))
    yield connection
    connection.close()


def _header(file: Path) -> tuple[str, str, str, str]:
    match = HEADER.match(file.read_text(encoding="utf-8"))
    assert match is not None, f"{file.name} lacks the header purpose, params, returns, order"
    purpose, params, returns, order = match.groups()
    return purpose, params, returns, order


def _code(file: Path) -> str:
    return re.sub(r"--[^\n]*", "", file.read_text(encoding="utf-8"))


def _params(file: Path) -> list[str]:
    text = _header(file)[1].removesuffix(BY_POSITION).split(", a JSON")[0]
    return [] if text == "none" else text.split(", ")


def _some_values(file: Path) -> list[int] | dict[str, int | str]:
    if _header(file)[1].endswith(BY_POSITION):
        return [1 for _ in _params(file)]
    return {name.lstrip(":"): "[]" if name == ":uids" else 1 for name in _params(file)}


def _used_names() -> set[str]:
    """Statement names in the code, those with a kind in them spelled out."""
    names: set[str] = set()
    for source in SOURCE.glob("*.py"):
        text = source.read_text(encoding="utf-8")
        for name in re.findall(r'(?:statement|find_revision)\((?:connection, )?f?"([^"]+)"', text):
            names |= {name.format(kind=kind) for kind in Kind} if "{kind}" in name else {name}
        if 'statement(f"export_{kind.plural}")' in text:
            names |= {f"export_{kind.plural}" for kind in Kind}
    return {name for name in names if "{" not in name}


def test_each_file_is_loaded_by_some_code_and_each_load_names_a_file() -> None:
    files = {file.stem for file in FILES if file.parent.name != "schema"}
    assert _used_names() == files


def test_each_schema_step_is_numbered_and_taken() -> None:
    files = [file.stem for file in FILES if file.parent.name == "schema"]
    assert [name for _, name in schema_steps()] == files


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_holds_one_statement_whose_parameters_its_header_tells(file: Path) -> None:
    code = _code(file)
    assert ";" not in code
    if _header(file)[1].endswith(BY_POSITION):
        assert code.count("?") == len(_params(file))
        assert ":" not in code
    else:
        assert sorted(set(re.findall(r":\w+", code))) == sorted(_params(file))


@pytest.mark.parametrize("file", [file for file in FILES if file.parent.name != "schema"], ids=lambda file: file.stem)
def test_sqlite_accepts_a_file_and_returns_what_its_header_says(file: Path, database: sqlite3.Connection) -> None:
    if file.parent.name == "write":
        assert database.execute("EXPLAIN " + file.read_text(encoding="utf-8"), _some_values(file)).fetchall()
        return
    cursor = database.execute(file.read_text(encoding="utf-8"), _some_values(file))
    columns = [column[0] for column in cursor.description]
    said = _header(file)[2]
    if columns != ["quick_check"]:
        assert columns == said.split(", null")[0].split(": ")[-1].split(", ") or all(name in said for name in columns)


@pytest.mark.parametrize("kind", list(Kind))
def test_statements_of_a_kind_hold_its_columns_in_order(kind: Kind, database: sqlite3.Connection) -> None:
    table = [row[1] for row in database.execute(f"PRAGMA table_info({kind}_fact)")]
    assert table == [f"{kind}_row", "recorded_from", "recorded_to", *STORED[kind]]
    opened = re.search(r"\((.*?)\)", _code(SOURCE / "sql" / "write" / f"open_{kind}.sql"), re.DOTALL)
    assert opened is not None
    assert [name.strip() for name in opened[1].split(",")] == [f"{kind}_row", "recorded_from", *STORED[kind]]
    exported = database.execute(statement(f"export_{kind.plural}"), {"revision": 0}).description
    names = [column[0] for column in exported]
    assert names[: len(FACT_SCHEMAS[kind])] == FACT_SCHEMAS[kind].names
    assert names[len(FACT_SCHEMAS[kind]) :] == (["row"] if kind is Kind.ITEM else [])
    assert (RECEIVED_REVISION in names) == (kind is Kind.DECLARATION)


@pytest.mark.parametrize("kind", list(Kind))
def test_an_export_reads_in_the_order_of_the_table_without_sorting(kind: Kind, database: sqlite3.Connection) -> None:
    plan = database.execute("EXPLAIN QUERY PLAN " + statement(f"export_{kind.plural}"), {"revision": 7}).fetchall()
    steps = [row[3] for row in plan]
    assert len(steps) == 2
    assert steps[0].startswith("SCAN fact")
    assert steps[1].startswith(f"SEARCH {kind} USING INTEGER PRIMARY KEY")


@pytest.mark.parametrize("kind", list(Kind))
def test_changes_hold_the_columns_of_a_batch_in_order(kind: Kind, database: sqlite3.Connection) -> None:
    listed = database.execute(statement(f"list_{kind}_changes"), {"revision": 1, "to_revision": 2}).description
    names = [column[0] for column in listed]
    assert names == [*BATCH_SCHEMAS[kind].names, "is_believed", "was_believed", "first_revision"]


@pytest.mark.parametrize("kind", list(Kind))
def test_changes_are_found_without_reading_all_facts(kind: Kind, database: sqlite3.Connection) -> None:
    asked = {"revision": 1, "to_revision": 2}
    plan = database.execute("EXPLAIN QUERY PLAN " + statement(f"list_{kind}_changes"), asked).fetchall()
    steps = [row[3] for row in plan]
    assert "SEARCH fact_change USING PRIMARY KEY (kind=? AND revision>? AND revision<?)" in steps
    scans = [step for step in steps if step.startswith("SCAN")]
    assert scans == ["SCAN changed"]


def _steps(database: sqlite3.Connection, name: str) -> list[str]:
    asked = dict.fromkeys(_params(SOURCE / "sql" / "read" / f"{name}.sql"), 1)
    plan = database.execute("EXPLAIN QUERY PLAN " + statement(name), {key[1:]: one for key, one in asked.items()})
    return [row[3] for row in plan]


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("list_side_records", "USING INDEX sqlite_autoindex_side_record_1 (collection=? AND record_key>?)"),
        ("list_side_records_of_owner", "USING INDEX side_record_owner (collection=? AND owner=? AND record_key>?)"),
        ("list_events", "USING INTEGER PRIMARY KEY (rowid>?)"),
        ("list_events_in_state", "USING INDEX outgoing_event_state (state=? AND sequence>?)"),
        ("list_events_of_partner", "USING INDEX outgoing_event_partner (partner_uid=? AND sequence>?)"),
    ],
)
def test_a_page_is_read_from_its_place_without_sorting(name: str, step: str, database: sqlite3.Connection) -> None:
    [only] = _steps(database, name)
    assert only.startswith("SEARCH")
    assert only.endswith(step)


def test_due_events_are_found_by_partner_without_reading_all_that_is_pending(database: sqlite3.Connection) -> None:
    steps = _steps(database, "find_due_events")
    assert [step for step in steps if step.startswith("SCAN")] == ["SCAN partner", "SCAN partner"]
    found = " ".join(steps)
    assert "SEARCH following USING INDEX outgoing_event_due (partner_uid>?)" in found
    assert "SEARCH due USING INDEX outgoing_event_due (partner_uid=? AND next_attempt_at_us<?)" in found
    assert "earlier USING INDEX outgoing_event_head (partner_uid=? AND aggregate=? AND sequence<?)" in found
    assert "outgoing_event_state" not in found


def test_the_only_folders_are_schema_read_and_write() -> None:
    assert {file.parent.name for file in FILES} == {"schema", "read", "write"}
    assert len({file.stem for file in FILES}) == len(FILES)
