"""Several processes on one SQLite file, and processes that die in the middle of a batch."""

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest

from graph_service.model.vocabulary import Kind
from graph_service.store.embedded import EmbeddedStore
from tests.support.batches import canonical, idempotency
from tests.support.clock import FixedClock
from tests.support.embedded_child import FATAL_REVISION, GROWN_ROWS, grown_batch
from tests.support.memory_store import MemoryStore

CHECKOUT = Path(__file__).parents[2]
KILLS = 4


def _child(path: Path, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.support.embedded_child", str(path), *words]
    return subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)


async def _check_whole(store: EmbeddedStore) -> int:
    """The newest revision; asserts that it holds what its batches recorded, all of it and no more."""
    number = (await store.revision()).number
    facts = await store.export(number)
    if number:
        assert facts.items.num_rows == 1 + number * GROWN_ROWS
        assert facts.tables[Kind.SUPPLY]["amount"].to_pylist() == [float(number)] * GROWN_ROWS
        assert await store.recall(idempotency("").client, f"k{number}") is not None
    assert await store.recall(idempotency("").client, f"k{number + 1}") is None
    return number


@pytest.mark.parametrize(("moment", "left"), [("rows", 2), ("commit", 2), ("committed", 3)])
async def test_a_process_that_dies_in_a_batch_leaves_all_of_it_or_nothing(
    tmp_path: Path, moment: str, left: int
) -> None:
    path = tmp_path / "graph.db"
    acknowledged, _ = _child(path, "grow", moment).communicate()
    assert acknowledged.split() == ["1", "2"]
    store = await EmbeddedStore.open(path, clock=FixedClock())
    assert await _check_whole(store) == left
    receipt = await store.apply(grown_batch(FATAL_REVISION))
    assert (receipt.revision.number, receipt.is_replayed) == (FATAL_REVISION, left == FATAL_REVISION)
    reference = MemoryStore(clock=FixedClock())
    for number in range(1, FATAL_REVISION + 1):
        await reference.apply(grown_batch(number))
        assert canonical(await store.export(number)) == canonical(await reference.export(number))
    await store.close()


async def test_kill_9_at_any_moment_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "graph.db"
    chance = random.Random(4)
    known = 0
    for _ in range(KILLS):
        child = _child(path, "grow")
        assert child.stdout is not None
        child.stdout.readline()
        await asyncio.sleep(chance.uniform(0.0, 0.2))
        child.kill()
        rest = child.stdout.read().split()
        child.wait()
        child.stdout.close()
        acknowledged = int(rest[-1]) if rest else known + 1
        store = await EmbeddedStore.open(path, clock=FixedClock())
        newest = await _check_whole(store)
        assert newest in (acknowledged, acknowledged + 1)
        await store.close()
        known = newest


async def test_processes_that_open_a_new_file_at_once_share_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "graph.db"
    children = [_child(path, "count", "10") for _ in range(3)]
    for child in children:
        child.communicate()
    assert [child.returncode for child in children] == [0, 0, 0]
    store = await EmbeddedStore.open(path, clock=FixedClock())
    assert (await store.revision()).number == 30
    assert (await store.export(30)).items["mass_kg"].to_pylist() == [30.0]
    await store.close()
