"""What opening makes of the file it is given."""

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph_service.errors import StoreUnavailable
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Kind
from graph_service.store.embedded import EmbeddedStore
from graph_service.store.embedded.statements import schema_steps, statement
from tests.support.batches import Record, canonical, declaration, item, prepared, region, supplier
from tests.support.beside import beside, event, record
from tests.support.clock import FixedClock
from tests.support.fact_changes import check_followed


async def _open(path: Path) -> EmbeddedStore:
    return await EmbeddedStore.open(path, clock=FixedClock())


async def _made(path: Path) -> Path:
    """A store at revision 1, closed."""
    store = await _open(path)
    await store.apply(prepared(0, {Kind.ITEM: [item(f"i{place}") for place in range(500)]}))
    await store.close()
    return path


def _names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def test_a_new_file_and_its_log_are_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet" / "graph.db"
    store = await _open(path)
    await store.apply(prepared(0, {Kind.ITEM: [item("a")]}))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    await store.close()
    assert modes == {"graph.db": 0o600, "graph.db-wal": 0o600, "graph.db-shm": 0o600}


async def test_closing_leaves_one_file(tmp_path: Path) -> None:
    path = await _made(tmp_path / "graph.db")
    assert _names(tmp_path) == ["graph.db"]
    store = await _open(path)
    assert (await store.export(1)).items.num_rows == 500
    await store.close()


async def test_opening_again_takes_no_step_twice(tmp_path: Path) -> None:
    path = await _made(tmp_path / "graph.db")
    for _ in range(2):
        await (await _open(path)).close()
    with sqlite3.connect(path) as database:
        taken = database.execute("SELECT number, name FROM schema_migration ORDER BY number").fetchall()
        revisions = database.execute("SELECT count(*) FROM revision").fetchone()[0]
    assert tuple(taken) == schema_steps()
    assert revisions == 2


STEPS_BEFORE_CHANGES = 31


async def test_a_file_from_before_changes_were_listed_is_followed_from_now_on(tmp_path: Path) -> None:
    path = tmp_path / "graph.db"
    with sqlite3.connect(path) as database:
        for number, name in schema_steps()[:STEPS_BEFORE_CHANGES]:
            database.execute(statement(name))
            database.execute("INSERT INTO schema_migration VALUES (?, ?, 0)", (number, name))
        database.execute("INSERT INTO revision VALUES (0, 0, 'graph-service', 'cli', 'store made')")
        database.execute("INSERT INTO revision VALUES (1, 0, 'tester', 'cli', 'old')")
        database.execute("INSERT INTO region VALUES (1, 'CN', 1)")
        database.execute("INSERT INTO region_fact VALUES (1, 1, NULL, 'China', NULL, NULL)")
    database.close()
    store = await _open(path)
    await store.apply(prepared(1, {Kind.REGION: [region("CN", name_zh="中国"), region("JP")]}))
    assert await store.changes_since(0, 1, most_rows=10**9) is None
    assert await store.changes_since(0, 2, most_rows=10**9) is None
    assert (await check_followed(store, 1, 2)).upserts[Kind.REGION]["uid"].to_pylist() == ["CN", "JP"]
    await store.close()


STEPS_BEFORE_REVIEWS = 33


def _old_declaration() -> Record:
    kept: dict[str, Any] = {"fossil_kgco2e": 4.0, "biogenic_uptake_kgco2e": -1.0, "primary_data_share": 0.5}
    kept |= {"technological_dqr": 2.0, "geographical_dqr": 3.0, "exempted_share": 0.1, "is_verified": True}
    kept |= {"gwp_set": "AR6", "comment": "旧"}
    return declaration("old", "old", valid_to=None, **kept)


async def test_declarations_and_suppliers_of_an_older_file_count_as_before(tmp_path: Path) -> None:
    path = tmp_path / "graph.db"
    period = "'2025-01-01', '2026-01-01', '2026-01-01', NULL"
    with sqlite3.connect(path) as database:
        for number, name in schema_steps()[:STEPS_BEFORE_REVIEWS]:
            database.execute(statement(name))
            database.execute("INSERT INTO schema_migration VALUES (?, ?, 0)", (number, name))
        for number in (0, 1):
            database.execute("INSERT INTO revision VALUES (?, 0, 'tester', 'cli', 'old', 3)", (number,))
        for kind in (Kind.SUPPLIER, Kind.ITEM, Kind.DECLARATION):
            database.execute(f"INSERT INTO {kind} VALUES (1, 'old', 1)")  # noqa: S608 - of a closed list
            database.execute("INSERT INTO fact_change VALUES (?, 1, 1)", (kind.value,))
        database.execute("INSERT INTO supplier_fact VALUES (1, 1, NULL, 'Old supplier', NULL, NULL, NULL)")
        item_columns = "item_row, recorded_from, name, kind, declared_unit"
        database.execute(f"INSERT INTO item_fact ({item_columns}) VALUES (1, 1, 'Old item', 'COMPONENT', 'kg')")  # noqa: S608
        ratings = "0.5, 2.0, NULL, 3.0, 0.1, 1, 'AR6', NULL, '旧'"
        database.execute(
            f"INSERT INTO declaration_fact VALUES (1, 1, NULL, 1, 5.0, 4.0, -1.0, {period}, {ratings})"  # noqa: S608
        )
    database.close()
    store = await _open(path)
    [old_supplier] = canonical(await store.export(1))[Kind.SUPPLIER]
    assert old_supplier == {**dict.fromkeys(BATCH_SCHEMAS[Kind.SUPPLIER].names), **supplier("old", name="Old supplier")}
    [old] = canonical(await store.export(1))[Kind.DECLARATION]
    given = _old_declaration()
    expected = {**dict.fromkeys(BATCH_SCHEMAS[Kind.DECLARATION].names), **given}
    assert old == {**expected, "received_revision": 1}
    assert (old["state"], old["rating_scale"], old["document_format"]) == ("ACCEPTED", "V3", "TABLE")
    followed = await check_followed(store, 0, 1)
    assert followed.upserts[Kind.DECLARATION].to_pylist() == [expected]
    rejected = [{**given, "state": "REJECTED", "reason": "旧"}]
    await store.apply(prepared(1, {Kind.DECLARATION: rejected}, beside=beside(record("r"), events=(event("e"),))))
    states = [canonical(await store.export(number))[Kind.DECLARATION][0]["state"] for number in (1, 2)]
    assert states == ["ACCEPTED", "REJECTED"]
    await store.close()


def _text(path: Path) -> None:
    path.write_text("item,name\ncoal,煤\n" * 100, encoding="utf-8")


def _folder(path: Path) -> None:
    path.mkdir()


def _of_another_program(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE bookmark (url TEXT)")
    database.close()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_text, "is not a SQLite database"),
        (_folder, "is not a file"),
        (_of_another_program, "the SQLite database of another program"),
    ],
)
async def test_what_is_no_store_is_refused_and_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], None], message: str
) -> None:
    path = tmp_path / "graph.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreUnavailable, match=message) as refused:
        await _open(path)
    assert str(path) in refused.value.message
    assert (path.read_bytes() if path.is_file() else None) == before
    assert _names(tmp_path) == ["graph.db"]


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreUnavailable, match=r"the folder .*file cannot be made: File exists"):
        await _open(tmp_path / "file" / "graph.db")


async def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = await _made(tmp_path / "graph.db")
    with sqlite3.connect(path) as database:
        database.execute("INSERT INTO schema_migration VALUES (999, '0999_of_the_future', 0)")
    database.close()
    with pytest.raises(StoreUnavailable, match=r"newer version of the service \(schema step 999"):
        await _open(path)


async def test_a_schema_that_moved_under_a_running_store_is_not_ready(tmp_path: Path) -> None:
    store = await _open(tmp_path / "graph.db")
    await store.check_ready()
    with sqlite3.connect(tmp_path / "graph.db") as database:
        database.execute("DELETE FROM schema_migration WHERE number > 3")
    database.close()
    with pytest.raises(StoreUnavailable, match="needed is"):
        await store.check_ready()
    await store.close()


async def test_a_damaged_page_is_found_at_opening(tmp_path: Path) -> None:
    path = await _made(tmp_path / "graph.db")
    content = bytearray(path.read_bytes())
    for page in range(2, len(content) // 4096):
        content[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match="damaged"):
        await _open(path)
