"""Large batches in stages: whole or not at all, for readers, other writers and whoever comes after a death."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from graph_service.errors import Conflict
from graph_service.model.vocabulary import Kind
from graph_service.store.neo4j import Neo4jStore
from tests.support.batches import canonical, emission, item, prepared, supply
from tests.support.memory_store import MemoryStore
from tests.support.neo4j_server import Neo4jServer, wipe
from tests.support.neo4j_stages import (
    count_beyond_head,
    first_batch,
    let_lease_run_out,
    open_staged,
    second_batch,
    wait_for_stage,
    without_key,
)

CHECKOUT = Path(__file__).parents[2]
NAMES = "MATCH (n:Item) RETURN n.uid AS uid, n.name AS name ORDER BY uid"
MAKERS = """
MATCH (supplier:Supplier)-[makes:MAKES]->(item:Item) WHERE makes.recorded_to = 2147483647
RETURN item.uid AS item, supplier.uid AS supplier ORDER BY item
"""
CHILD = """
import asyncio, sys
from tests.support.neo4j_server import parse_server
from tests.support.neo4j_stages import open_staged, second_batch

async def main():
    store = await open_staged(parse_server(sys.argv[1]))
    await store.apply(second_batch(new_items=2000))

asyncio.run(main())
"""


@pytest.fixture
def server(neo4j_server: Neo4jServer) -> Neo4jServer:
    wipe(neo4j_server)
    return neo4j_server


@pytest.fixture
async def store(server: Neo4jServer) -> AsyncIterator[Neo4jStore]:
    opened = await open_staged(server)
    yield opened
    await opened.close()


def ask(server: Neo4jServer, text: str) -> list[tuple[object, ...]]:
    with server.driver() as driver, driver.session(database=server.database) as session:
        return [tuple(record.values()) for record in session.run(text)]


async def test_a_staged_batch_gives_what_a_batch_at_once_gives(store: Neo4jStore, server: Neo4jServer) -> None:
    reference = MemoryStore()
    for batch in (first_batch(), second_batch()):
        receipt = await store.apply(batch)
        await reference.apply(batch)
        assert receipt.revision.number == batch.base_revision + 1
    for revision in range(3):
        assert canonical(await store.export(revision)) == canonical(await reference.export(revision))
    assert count_beyond_head(server) == (0, False)


async def test_the_same_batch_again_is_replayed(store: Neo4jStore) -> None:
    await store.apply(first_batch())
    assert (await store.apply(first_batch())).is_replayed
    assert (await store.revision()).number == 1


async def test_readers_see_the_old_revision_until_the_new_one_is_whole(store: Neo4jStore, server: Neo4jServer) -> None:
    await store.apply(first_batch())
    before = canonical(await store.export(1))
    reader = await open_staged(server)
    writing = asyncio.create_task(store.apply(second_batch(new_items=300)))
    await wait_for_stage(server)
    seen_in_mid_stage = 0
    while not writing.done():
        # Asked in this order: what is whole in between may show in the second answer, never in the first alone.
        named = await reader.revision_by_number(2)
        newest = (await reader.revision()).number
        facts = canonical(await reader.export(1))
        assert facts == before
        if newest == 1:
            seen_in_mid_stage += not writing.done()
            assert named is None
    await reader.close()
    await writing
    assert seen_in_mid_stage
    assert (await store.export(2)).items.num_rows == 330


async def test_another_writer_is_told_until_when_the_store_is_held(store: Neo4jStore, server: Neo4jServer) -> None:
    await store.apply(first_batch())
    other = await open_staged(server)
    writing = asyncio.create_task(store.apply(second_batch(new_items=300)))
    await wait_for_stage(server)
    with pytest.raises(Conflict, match=r"another writer holds the store until \d{4}-\d\d-\d\dT") as small:
        await other.apply(prepared(1, {Kind.ITEM: [item("late")]}))
    assert "held_until" in small.value.details
    with pytest.raises(Conflict, match="another writer holds the store"):
        await other.apply(replace(second_batch(key="other"), by="other"))
    await writing
    await other.apply(prepared(2, {Kind.ITEM: [item("late")]}))
    await other.close()


async def test_of_two_staged_batches_at_once_one_is_recorded(store: Neo4jStore, server: Neo4jServer) -> None:
    await store.apply(first_batch())
    other = await open_staged(server)
    answers = await asyncio.gather(
        store.apply(without_key(second_batch())), other.apply(without_key(second_batch())), return_exceptions=True
    )
    await other.close()
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Receipt"]
    assert (await store.revision()).number == 2
    assert count_beyond_head(server) == (0, False)


async def test_a_cancelled_stage_is_cleaned_up_by_the_next_batch(store: Neo4jStore, server: Neo4jServer) -> None:
    await store.apply(first_batch())
    before, names, makers = canonical(await store.export(1)), ask(server, NAMES), ask(server, MAKERS)
    writing = asyncio.create_task(store.apply(second_batch(new_items=300)))
    await wait_for_stage(server, rows=500)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert canonical(await store.export(1)) == before
    beyond, is_held = count_beyond_head(server)
    assert beyond
    assert is_held
    await store.apply(prepared(1))
    assert count_beyond_head(server) == (0, False)
    assert (ask(server, NAMES), ask(server, MAKERS)) == (names, makers)
    assert canonical(await store.export(1)) == before
    await store.apply(second_batch(new_items=300))
    assert (await store.export(2)).items.num_rows == 330


async def test_a_stage_that_meets_a_fault_leaves_nothing(store: Neo4jStore, server: Neo4jServer) -> None:
    await store.apply(first_batch())
    before = canonical(await store.export(1))
    wrong = prepared(
        1,
        {
            Kind.ITEM: [item(f"n{k}") for k in range(30)],
            Kind.EMISSION: [emission("e", "nowhere")],
            Kind.SUPPLY: [supply("x0", "i0", "n1")],
        },
    )
    with pytest.raises(ValueError, match="1 emission rows name an item that was never recorded"):
        await store.apply(wrong)
    assert count_beyond_head(server) == (0, False)
    assert canonical(await store.export(1)) == before
    await store.apply(second_batch())


async def test_a_killed_writer_is_cleaned_up_when_its_lease_has_run_out(store: Neo4jStore, server: Neo4jServer) -> None:
    await store.apply(first_batch())
    before = canonical(await store.export(1))
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", CHILD, server.url, cwd=CHECKOUT)
    try:
        await asyncio.wait_for(wait_for_stage(server, rows=200), timeout=60)
    finally:
        child.kill()
        await child.wait()
    assert canonical(await store.export(1)) == before
    with pytest.raises(Conflict, match="another writer holds the store"):
        await store.apply(prepared(1, {Kind.ITEM: [item("early")]}))
    assert count_beyond_head(server)[0] >= 200
    let_lease_run_out(server)
    reopened = await open_staged(server)
    assert count_beyond_head(server) == (0, False)
    assert canonical(await reopened.export(1)) == before
    receipt = await reopened.apply(second_batch(new_items=200))
    assert not receipt.is_replayed
    assert receipt.revision.number == 2
    await reopened.close()


async def test_a_running_store_takes_over_an_expired_lease(store: Neo4jStore, server: Neo4jServer) -> None:
    await store.apply(first_batch())
    dying = await open_staged(server)
    writing = asyncio.create_task(dying.apply(second_batch(new_items=300)))
    await wait_for_stage(server, rows=100)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await dying.close()
    let_lease_run_out(server)
    receipt = await store.apply(prepared(1, {Kind.ITEM: [item("late")]}))
    assert receipt.revision.number == 2
    assert count_beyond_head(server) == (0, False)
    assert (await store.export(2)).items.num_rows == 31


async def test_a_writer_that_lost_its_lease_writes_no_more(store: Neo4jStore, server: Neo4jServer) -> None:
    await store.apply(first_batch())
    writing = asyncio.create_task(store.apply(second_batch(new_items=300)))
    await wait_for_stage(server)
    # In a thread: it waits for the lock, which the writer gives back on this very loop.
    await asyncio.to_thread(ask, server, "MATCH (h:Head) SET h.lease_holder = 'another', h.lease_until_ms = 0")
    with pytest.raises(Conflict, match="took over"):
        await writing
    await store.apply(prepared(1, {Kind.ITEM: [item("late")]}))
    assert (await store.export(2)).items.num_rows == 31
    assert count_beyond_head(server) == (0, False)
