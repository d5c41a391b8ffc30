"""Neo4j dies, answers are lost, passwords are wrong: what was acknowledged stays, nothing is half-written."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from graph_service.errors import StoreUnavailable
from graph_service.model.access import generate_key
from graph_service.model.vocabulary import Kind, Role
from graph_service.ports import SystemClock
from graph_service.store.neo4j import Neo4jStore
from tests.support.batches import canonical, idempotency, item, prepared
from tests.support.neo4j_server import Neo4jServer, kill, own_server, restart, wipe
from tests.support.neo4j_stages import (
    SMALL_STAGES,
    count_beyond_head,
    first_batch,
    open_staged,
    second_batch,
    wait_for_stage,
)

COMMIT = b"\x00\x02\xb0\x12\x00\x00"
"""The message of the Bolt protocol: a chunk of two bytes, a structure without fields, signature COMMIT."""

KEY, _ = generate_key(role=Role.AUDITOR, supplier_uid=None, created_at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def mortal_server(neo4j_server: Neo4jServer) -> Iterator[Neo4jServer]:
    """A server that these tests may kill; only where Neo4j was chosen."""
    with own_server() as server:
        yield server


async def test_a_server_killed_in_mid_stage_keeps_the_old_revision_whole(mortal_server: Neo4jServer) -> None:
    wipe(mortal_server)
    store = await open_staged(mortal_server)
    await store.apply(first_batch())
    await store.add_key(KEY)
    before = canonical(await store.export(1))
    batch = second_batch(new_items=300)
    writing = asyncio.create_task(store.apply(batch))
    await wait_for_stage(mortal_server, rows=200)
    await asyncio.to_thread(kill, mortal_server)
    with pytest.raises(StoreUnavailable):
        await writing
    await asyncio.to_thread(restart, mortal_server)

    beyond, is_held = count_beyond_head(mortal_server)
    assert beyond
    assert is_held
    assert (await store.revision()).number == 1
    assert canonical(await store.export(1)) == before
    assert await store.key_by_id(KEY.key_id) == KEY
    assert (await store.apply(first_batch())).is_replayed

    receipt = await store.apply(batch)
    assert (receipt.revision.number, receipt.is_replayed) == (2, False)
    assert (await store.apply(batch)).is_replayed
    assert count_beyond_head(mortal_server) == (0, False)
    assert canonical(await store.export(1)) == before
    assert (await store.export(2)).items.num_rows == 330
    await store.close()


async def test_while_the_server_is_away_calls_fail_soon_and_work_again_afterwards(mortal_server: Neo4jServer) -> None:
    wipe(mortal_server)
    store = await open_staged(mortal_server, replace(SMALL_STAGES, deadline_s=8.0, write_deadline_s=8.0))
    await store.apply(prepared(0, {Kind.ITEM: [item("a")]}))
    before = canonical(await store.export(1))
    await asyncio.to_thread(kill, mortal_server)
    batch = prepared(1, {Kind.ITEM: [item("b")]}, key=idempotency("once"))
    begun = time.monotonic()
    for call in (store.revision(), store.export(1), store.check_ready(), store.apply(batch), store.keys()):
        with pytest.raises(StoreUnavailable) as failure:
            await call
        assert mortal_server.password not in str(failure.value)
    # A deadline is a promise, not a speed: each of the five calls has its own of 8 s.
    assert time.monotonic() - begun < 5 * 8.0 + 5.0
    with pytest.raises(StoreUnavailable):
        await open_staged(mortal_server, replace(SMALL_STAGES, deadline_s=8.0))

    await asyncio.to_thread(restart, mortal_server)
    assert canonical(await store.export(1)) == before
    assert (await store.apply(batch)).revision.number == 2
    await store.check_ready()
    await store.close()


@pytest.mark.parametrize("chunk_rows", [20, 1000])
async def test_a_commit_whose_answer_was_lost_is_recorded_once(neo4j_server: Neo4jServer, chunk_rows: int) -> None:
    wipe(neo4j_server)
    direct = replace(SMALL_STAGES, staged_above_rows=1000, chunk_rows=chunk_rows)
    async with _cutting_proxy(neo4j_server) as (proxied, cut):
        store = await open_staged(proxied, direct)
        batch = replace(first_batch(), idempotency=None)
        cut.set()
        receipt = await store.apply(batch)
        assert not cut.is_set(), "no commit passed by"
        assert (receipt.revision.number, receipt.is_replayed) == (1, False)
        assert (await store.revision()).number == 1
        assert (await store.export(1)).items.num_rows == 30
        await store.close()


async def test_a_staged_batch_whose_commit_answer_was_lost_can_be_repeated(neo4j_server: Neo4jServer) -> None:
    wipe(neo4j_server)
    async with _cutting_proxy(neo4j_server) as (proxied, cut):
        store = await open_staged(proxied)
        writing = asyncio.create_task(store.apply(first_batch(items=300)))
        await wait_for_stage(neo4j_server, rows=100)
        cut.set()
        with pytest.raises(StoreUnavailable, match="whether the batch was recorded is unknown"):
            await writing
        receipt = await store.apply(first_batch(items=300))
        assert (receipt.revision.number, receipt.is_replayed) == (1, False)
        assert (await store.export(1)).items.num_rows == 300
        assert count_beyond_head(neo4j_server) == (0, False)
        await store.close()


async def test_a_wrong_password_is_named_but_not_shown(
    neo4j_server: Neo4jServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(StoreUnavailable, match="refused the user or the password") as failure:
        await Neo4jStore.open(
            uri=neo4j_server.uri,
            user=neo4j_server.user,
            password="not-the-secret-one",
            database=neo4j_server.database,
            clock=SystemClock(),
        )
    shown = [str(failure.value), repr(failure.value), str(failure.value.__cause__), caplog.text]
    assert not any("not-the-secret-one" in text for text in shown)


async def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(StoreUnavailable, match="not an address of Neo4j"):
        await Neo4jStore.open(uri="http://x", user="u", password="p", database="neo4j", clock=SystemClock())


@asynccontextmanager
async def _cutting_proxy(server: Neo4jServer) -> AsyncIterator[tuple[Neo4jServer, asyncio.Event]]:
    """A way to the server that, once the event is set, lets one COMMIT through and loses the answer to it."""
    host, _, port = server.uri.partition("://")[2].rpartition(":")
    cut = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection(host, int(port))
        back = asyncio.create_task(_pump(upstream_reader, writer))
        try:
            while data := await reader.read(65536):
                is_cut = cut.is_set() and COMMIT in data
                if is_cut:
                    cut.clear()
                    back.cancel()
                upstream_writer.write(data)
                await upstream_writer.drain()
                if is_cut:
                    await upstream_reader.read(1)  # the server has answered; nobody hears it
                    break
        finally:
            back.cancel()
            for way in (writer, upstream_writer):
                way.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    port_here = listener.sockets[0].getsockname()[1]
    try:
        yield replace(server, uri=f"bolt://127.0.0.1:{port_here}"), cut
    finally:
        listener.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
