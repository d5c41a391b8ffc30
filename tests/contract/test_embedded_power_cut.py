"""The SQLite file after a power cut: nothing acknowledged is lost, no batch is half there, the file is sound."""

from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import pytest

from graph_service.errors import StoreUnavailable
from graph_service.model.batch import Beside, PreparedBatch
from graph_service.model.side_records import Collection, OutgoingEvent, SideRecord
from graph_service.model.vocabulary import Kind
from graph_service.ports import GraphStore
from graph_service.store.embedded import EmbeddedStore
from tests.support.batches import canonical, emission, idempotency, item, prepared, supply
from tests.support.beside import all_beside, beside, event, record
from tests.support.clock import FixedClock
from tests.support.memory_store import MemoryStore
from tests.support.recorded_disk import Acknowledged, Cut, RecordedDisk, Write, cuts

BATCHES = 40
ROWS = 12
CUTS = 600

# The log moves into the file every 60 pages, not every 1,000, so that many cuts fall into the moving.
OFTEN = {"PRAGMA cache_size=-65536": "PRAGMA wal_autocheckpoint=60"}
RELAXED = OFTEN | {"PRAGMA synchronous=FULL": "PRAGMA synchronous=NORMAL", "PRAGMA synchronous": "SELECT 2"}
UNSYNCED = OFTEN | {"PRAGMA synchronous=FULL": "PRAGMA synchronous=OFF", "PRAGMA synchronous": "SELECT 2"}

State = tuple[dict[Kind, list[dict[str, object]]], list[SideRecord], list[OutgoingEvent]]
"""Facts, side records and outgoing events."""

Expected = Mapping[int, State]


def _batch(number: int) -> PreparedBatch:
    """The batch that makes revision ``number``: new facts, changed ones, and ends of old ones; likewise beside it."""
    uids = [f"i{number}-{place}" for place in range(ROWS)]
    upserts = {
        Kind.ITEM: [item(uid, description="电" * 40) for uid in uids] + [item("changing", mass_kg=float(number))],
        Kind.SUPPLY: [supply(f"s{uid}", uid, "changing", amount=float(number)) for uid in uids],
        Kind.EMISSION: [emission(f"e{place}", "changing", kgco2e=float(number)) for place in range(ROWS)],
    }
    old = [f"i{number - 3}-{place}" for place in range(ROWS)] if number > 3 else []
    ends = {Kind.ITEM: old, Kind.SUPPLY: [f"s{uid}" for uid in old]}
    return prepared(number - 1, upserts, ends=ends, key=idempotency(f"k{number}"), beside=_beside(number))


def _beside(number: int) -> Beside:
    documents = [
        record(f"d{number}-{place}", body="电" * 900, is_new=True, of=Collection.DOCUMENT) for place in range(3)
    ]
    changing = record("changing", body=str(number), owner=f"s{number % 2}")
    events = tuple(event(f"e{number}-{place}", about=f"a{place}") for place in range(3))
    removed = ((Collection.DOCUMENT, f"d{number - 3}-0"),)
    return beside(*documents, changing, removed=removed, events=events)


async def _state(store: GraphStore, revision: int) -> State:
    return (canonical(await store.export(revision)), *(await all_beside(store)))


@pytest.fixture
def disk(request: pytest.FixtureRequest) -> Iterator[RecordedDisk]:
    recorded = RecordedDisk(request.node.name)
    yield recorded
    recorded.remove()


@pytest.fixture
def left() -> Iterator[Path]:
    """Where cuts are laid out: in memory if there is such a folder, for what is read there need not last."""
    shared_memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    with TemporaryDirectory(dir=shared_memory if shared_memory.is_dir() else None) as folder:
        yield Path(folder)


async def _record(disk: RecordedDisk, path: Path, replaced: Mapping[str, str] = OFTEN) -> Expected:
    """Record all batches on ``disk``; what there is at each revision, by the reference store."""
    clock = FixedClock()
    reference = MemoryStore(clock=clock)
    expected = {0: await _state(reference, 0)}
    store = await EmbeddedStore.open(path, clock=clock, connect=partial(disk.connect, replaced=replaced))
    disk.acknowledge(0)
    for number in range(1, BATCHES + 1):
        await reference.apply(_batch(number))
        expected[number] = await _state(reference, number)
        disk.acknowledge((await store.apply(_batch(number))).revision.number)
    is_over = len(disk.events)
    await store.close()
    del disk.events[is_over:]  # cuts fall into the recording, not into the orderly closing
    return expected


async def _fault_of(cut: Cut, folder: Path, expected: Expected) -> str | None:
    """What is wrong with the store that a cut left behind; None where all is well."""
    cut.lay_out(folder)
    try:
        store = await EmbeddedStore.open(folder / "graph.db", clock=FixedClock())
    except StoreUnavailable as error:
        return f"event {cut.at}: {error.message}"
    try:
        newest = (await store.revision()).number
        if newest < cut.acknowledged:
            return f"event {cut.at}: revision {cut.acknowledged} was acknowledged, {newest} is left"
        assert newest <= cut.acknowledged + 1
        if await _state(store, newest) != expected[newest]:
            return f"event {cut.at}: revision {newest} is not as it was recorded"
        has_key = newest == 0 or await store.recall(idempotency("").client, f"k{newest}") is not None
        return None if has_key else f"event {cut.at}: the key of revision {newest} is lost"
    except StoreUnavailable as error:
        return f"event {cut.at}: {error.message}"
    finally:
        await store.close()


async def _faults(disk: RecordedDisk, expected: Expected, folder: Path, *, count: int, seed: int) -> list[str]:
    found = [await _fault_of(cut, folder, expected) for cut in cuts(disk.events, count, seed=seed)]
    return [fault for fault in found if fault is not None]


async def test_power_cuts_lose_nothing_acknowledged_and_leave_nothing_half_written(
    disk: RecordedDisk, tmp_path: Path, left: Path
) -> None:
    expected = await _record(disk, tmp_path / "graph.db")
    first = disk.events.index(Acknowledged(1))
    moved = [event for event in disk.events[first:] if isinstance(event, Write) and event.file == "graph.db"]
    assert len(moved) > 100, "hardly a cut can fall into the log's moving into the file"
    assert await _faults(disk, expected, left, count=CUTS, seed=1) == []


@pytest.mark.parametrize("replaced", [RELAXED, UNSYNCED], ids=["NORMAL", "OFF"])
async def test_the_simulation_finds_the_losses_of_weaker_settings(
    disk: RecordedDisk, tmp_path: Path, left: Path, replaced: Mapping[str, str]
) -> None:
    expected = await _record(disk, tmp_path / "graph.db", replaced)
    assert len(await _faults(disk, expected, left, count=60, seed=2)) > 5


async def test_weaker_settings_are_refused_at_opening(disk: RecordedDisk, tmp_path: Path) -> None:
    replaced = {"PRAGMA synchronous=FULL": "PRAGMA synchronous=NORMAL"}
    with pytest.raises(StoreUnavailable, match="PRAGMA synchronous answers 1, needed is 2"):
        await EmbeddedStore.open(
            tmp_path / "graph.db", clock=FixedClock(), connect=partial(disk.connect, replaced=replaced)
        )


@pytest.fixture
async def store(disk: RecordedDisk, tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    """A store on ``disk`` at revision 1."""
    opened = await EmbeddedStore.open(tmp_path / "graph.db", clock=FixedClock(), connect=disk.connect)
    await opened.apply(_batch(1))
    yield opened
    disk.failing = {}
    await opened.close()


async def test_a_failed_sync_is_an_unknown_outcome_and_the_call_can_be_repeated(
    disk: RecordedDisk, store: EmbeddedStore, tmp_path: Path
) -> None:
    disk.failing = {"Sync": apsw.IOError}
    with pytest.raises(StoreUnavailable, match="whether the last batch was recorded is unknown"):
        await store.apply(_batch(2))
    disk.failing = {}
    await store.apply(_batch(2))
    assert (await store.apply(_batch(2))).is_replayed
    await store.close()
    reopened = await EmbeddedStore.open(tmp_path / "graph.db", clock=FixedClock())
    assert (await reopened.revision()).number == 2
    assert (await reopened.apply(_batch(2))).is_replayed
    await reopened.close()


async def test_a_full_disk_refuses_the_batch_and_reading_goes_on(disk: RecordedDisk, store: EmbeddedStore) -> None:
    before = canonical(await store.export(1))
    disk.failing = {"Write": apsw.FullError}
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="the disk is full"):
            await store.apply(_batch(2))
    assert (await store.revision()).number == 1
    assert canonical(await store.export(1)) == before
    disk.failing = {}
    assert (await store.apply(_batch(2))).revision.number == 2
