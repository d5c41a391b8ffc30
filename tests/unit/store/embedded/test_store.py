"""What is the embedded store's own, beside the promises of ``tests/contract``."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from graph_service.errors import Conflict, StoreUnavailable
from graph_service.model.fact_changes import FactChanges
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Kind
from graph_service.store.embedded import EmbeddedStore, connection, recording
from graph_service.store.embedded.connection import Connection, connect_sqlite
from graph_service.store.embedded.store import WAITING_WRITES
from tests.support.batches import Records, emission, idempotency, item, prepared, region, supply
from tests.support.beside import MINUTE, beside, event
from tests.support.clock import NOON, FixedClock
from tests.support.fact_changes import check_followed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "graph.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[EmbeddedStore]:
    opened = await EmbeddedStore.open(path, clock=FixedClock())
    yield opened
    await opened.close()


async def _check_unchanged(store: EmbeddedStore) -> None:
    assert (await store.revision()).number == 0
    assert (await store.export(0)).items.num_rows == 0


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ({Kind.ITEM: [item("a", mass_kg=float("nan"))]}, "NaN in mass_kg"),
        ({Kind.ITEM: [item("a", supplier_uid="nobody")]}, "FOREIGN KEY"),
        ({Kind.ITEM: [item("a", declared_unit=None)]}, "NOT NULL constraint failed: item_fact.declared_unit"),
        ({Kind.ITEM: [item("a"), item("a")]}, "UNIQUE"),
        ({Kind.ITEM: [item("a")], Kind.SUPPLY: [supply("s", "a", "z")]}, "item 'z' was never recorded"),
        ({Kind.ITEM: [item("a")], Kind.EMISSION: [emission("e", "a", stage=None)]}, "emission_fact.stage"),
    ],
)
async def test_a_batch_that_nobody_checked_is_refused_and_changes_nothing(
    store: EmbeddedStore, records: Records, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        await store.apply(prepared(0, records))
    await _check_unchanged(store)


async def test_a_table_with_other_columns_is_refused(store: EmbeddedStore) -> None:
    batch = prepared(0, {Kind.ITEM: [item("a")]})
    tables = {Kind.ITEM: batch.upserts[Kind.ITEM].drop_columns(["category"])}
    with pytest.raises(ValueError, match="not those of BATCH_SCHEMAS"):
        await store.apply(type(batch)(0, tables, {}, NOON, "", batch.door, ""))
    await _check_unchanged(store)


async def test_a_moment_without_offset_is_refused(store: EmbeddedStore) -> None:
    with pytest.raises(ValueError, match="no offset from UTC"):
        await store.apply(prepared(0, {Kind.ITEM: [item("a")]}, recorded_at=datetime(2026, 1, 1)))  # noqa: DTZ001
    await _check_unchanged(store)


async def test_an_item_that_ended_under_its_edges_makes_the_export_fail_by_name(store: EmbeddedStore) -> None:
    edges = {Kind.ITEM: [item("a"), item("b")], Kind.SUPPLY: [supply("ab", "a", "b")]}
    await store.apply(prepared(0, edges))
    await store.apply(prepared(1, ends={Kind.ITEM: ["a"]}))
    with pytest.raises(ValueError, match="supply facts name an item in input_row that has ended"):
        await store.export(2)
    assert (await store.export(1)).items.num_rows == 2


async def test_many_rows_of_chunked_columns_keep_their_places(store: EmbeddedStore) -> None:
    """More rows than one turn takes when writing (10,000) and when reading (4,000)."""
    count = 25_000
    uids = [f"i{place:05}" for place in range(count)]
    items = pa.concat_tables(
        [
            prepared(0, {Kind.ITEM: [item(uid, mass_kg=float(uid[1:])) for uid in part]}).upserts[Kind.ITEM]
            for part in (uids[:7], uids[7:11_111], uids[11_111:])
        ]
    )
    nulls = {field.name: pa.nulls(count, field.type) for field in BATCH_SCHEMAS[Kind.SUPPLY]}
    edges = nulls | {
        "uid": pa.array([f"s{uid}" for uid in uids]),
        "input_uid": pa.array(uids),
        "output_uid": pa.array(uids[::-1]),
        "amount": pa.array([float(place) for place in range(count)]),
        "share": pa.array([1.0] * count),
        "stage": pa.array(["RAW_MATERIAL"] * count),
    }
    batch = prepared(0)
    tables = {Kind.ITEM: items, Kind.SUPPLY: pa.table(edges, schema=BATCH_SCHEMAS[Kind.SUPPLY])}
    await store.apply(type(batch)(0, tables, {}, NOON, "", batch.door, ""))
    changed = uids[::3]
    await store.apply(prepared(1, {Kind.ITEM: [item(uid) for uid in ["new", *changed]]}))
    facts = await store.export(2)
    assert facts.items["uid"].to_pylist() == [*uids, "new"]
    expected = [None if place % 3 == 0 else float(place) for place in range(count)]
    assert facts.items["mass_kg"].to_pylist() == [*expected, None]
    assert facts.tables[Kind.SUPPLY]["input_row"].to_pylist() == list(range(count))
    assert facts.tables[Kind.SUPPLY]["output_row"].to_pylist() == list(range(count))[::-1]
    assert facts.tables[Kind.SUPPLY]["amount"].to_pylist() == [float(place) for place in range(count)]


async def test_expired_keys_are_cleared_away_with_the_next_write(path: Path) -> None:
    clock = FixedClock()
    store = await EmbeddedStore.open(path, clock=clock)
    await store.apply(prepared(0, {Kind.ITEM: [item("a")]}, key=idempotency("old")))
    clock.advance(timedelta(hours=49))
    await store.apply(prepared(1, {Kind.ITEM: [item("b")]}, key=idempotency("new")))
    await store.close()
    with sqlite3.connect(path) as database:
        keys = database.execute("SELECT idempotency_key FROM key_use").fetchall()
    database.close()
    assert keys == [("new",)]


async def test_another_process_that_holds_the_file_is_a_conflict_and_reading_goes_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = tuple("PRAGMA busy_timeout=50" if "busy_timeout" in text else text for text in connection.SETTINGS)
    monkeypatch.setattr(connection, "SETTINGS", quick)
    store = await EmbeddedStore.open(path, clock=FixedClock())
    other = connect_sqlite(path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Conflict, match="another process is writing"):
        await store.apply(prepared(0, {Kind.ITEM: [item("a")]}))
    assert (await store.revision()).number == 0
    other.execute("ROLLBACK")
    other.close()
    assert (await store.apply(prepared(0, {Kind.ITEM: [item("a")]}))).revision.number == 1
    await store.close()


async def test_events_of_a_file_that_another_process_holds_may_be_asked_for_again_later(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = tuple("PRAGMA busy_timeout=50" if "busy_timeout" in text else text for text in connection.SETTINGS)
    monkeypatch.setattr(connection, "SETTINGS", quick)
    store = await EmbeddedStore.open(path, clock=FixedClock())
    await store.apply(prepared(0, beside=beside(events=(event("e"),))))
    [taken] = await store.take_events(now=NOON, leased_until=NOON + MINUTE, most=1)
    other = connect_sqlite(path)
    other.execute("BEGIN IMMEDIATE")
    assert await store.take_events(now=NOON, leased_until=NOON + MINUTE, most=1) == []  # asks nobody for the lock
    for call in (
        store.take_events(now=NOON + MINUTE, leased_until=NOON + 2 * MINUTE, most=1),
        store.settle_event(taken, leased_until=NOON + MINUTE),
        store.revive_event("e", NOON),
    ):
        with pytest.raises(StoreUnavailable, match="another process is writing"):
            await call
    other.execute("ROLLBACK")
    other.close()
    assert await store.settle_event(taken, leased_until=NOON + MINUTE)
    await store.close()


async def test_too_many_waiting_writes_are_refused_at_once(store: EmbeddedStore) -> None:
    batch = prepared(0, {Kind.ITEM: [item("a")]}, key=idempotency("k"))
    calls = [store.apply(batch) for _ in range(WAITING_WRITES + 3)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert len(refused) == 3
    assert all(isinstance(outcome, StoreUnavailable) for outcome in refused)
    assert (await store.apply(batch)).is_replayed


async def test_readers_cannot_write(store: EmbeddedStore) -> None:
    def write(reader: Connection) -> None:
        reader.execute("DELETE FROM revision")

    with pytest.raises(StoreUnavailable, match="readonly"):
        await store._read(write)
    assert (await store.revision()).number == 0


@pytest.mark.parametrize("in_its_place", [None, b"another file"])
async def test_nothing_is_recorded_in_a_file_that_is_not_at_its_path_any_more(
    store: EmbeddedStore, path: Path, in_its_place: bytes | None
) -> None:
    await store.apply(prepared(0, {Kind.ITEM: [item("a")]}))
    await asyncio.to_thread(path.rename, path.with_name("moved.db"))
    if in_its_place is not None:
        await asyncio.to_thread(path.write_bytes, in_its_place)

    with pytest.raises(StoreUnavailable, match="moved, deleted or replaced"):
        await store.apply(prepared(1, {Kind.ITEM: [item("b")]}))
    with pytest.raises(StoreUnavailable, match="moved, deleted or replaced"):
        await store.check_ready()

    path.with_name("moved.db").replace(path)
    await store.check_ready()
    assert (await store.apply(prepared(1, {Kind.ITEM: [item("b")]}))).revision.number == 2


async def test_a_batch_beyond_the_limit_does_not_list_what_it_touched(
    store: EmbeddedStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "LISTED_ROWS", 3)
    await store.apply(prepared(0, {Kind.REGION: [region(f"r{k}") for k in range(3)]}))
    await store.apply(prepared(1, {Kind.REGION: [region(f"r{k}", name="again") for k in range(4)]}))
    await store.apply(prepared(2, {Kind.REGION: [region("r0")]}))
    assert await store.changes_since(1, 2, most_rows=10**9) is None
    assert await store.changes_since(0, 3, most_rows=10**9) is None
    for revision in (0, 2):
        assert await check_followed(store, revision, revision + 1) != FactChanges()
    with sqlite3.connect(path) as reader:
        assert reader.execute("SELECT revision, count(*) FROM fact_change GROUP BY revision").fetchall() == [
            (1, 3),
            (3, 1),
        ]
    reader.close()
