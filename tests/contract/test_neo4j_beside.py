"""Side records and outgoing events on Neo4j: in stages, after a writer died, and beside rows of an older service."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from graph_service.errors import AlreadyRecorded
from graph_service.model.batch import Beside, PreparedBatch
from graph_service.model.facts import from_facts
from graph_service.model.side_records import Collection
from graph_service.model.vocabulary import Kind
from graph_service.store.neo4j import Neo4jStore
from tests.support.batches import canonical, declaration, item, prepared, supplier
from tests.support.beside import all_beside, beside, event, record
from tests.support.memory_store import MemoryStore
from tests.support.neo4j_server import Neo4jServer, wipe
from tests.support.neo4j_stages import count_beyond_head, let_lease_run_out, open_staged, wait_for_stage

PRECEDED = """
MATCH (later:Declaration)-[link:PRECEDED_BY]->(earlier:Declaration)
RETURN later.uid AS later, earlier.uid AS earlier, count(link) AS links ORDER BY later, earlier
"""
WORDS_OF_PUSHES = """
MATCH (facts:DeclarationFacts|SupplierFacts)
REMOVE facts.state, facts.rating_scale, facts.boundary, facts.document_format, facts.acceptance
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
        return [tuple(found.values()) for found in session.run(text)]


def small() -> PreparedBatch:
    """Written at once."""
    given = beside(record("kept", body="1"), record("gone"), record("both"), events=(event("first"),))
    return replace(prepared(0, {Kind.ITEM: [item("a")]}), beside=given)


def large(*, documents: int = 60) -> PreparedBatch:
    """Written in stages: new records and events, and such as change or remove what ``small`` wrote."""
    new = [record(f"n{k:03}", body=str(k), of=Collection.DOCUMENT, is_new=True) for k in range(documents)]
    changed = (record("kept", body="2", owner="s"), record("both", body="3"))
    removed = ((Collection.REQUEST, "gone"), (Collection.REQUEST, "both"), (Collection.WAITING, "never there"))
    events = tuple(event(f"e{k:03}", about=f"d{k % 2}") for k in range(documents))
    return replace(prepared(1), beside=Beside((*new, *changed), removed, events))


async def test_stages_give_what_one_transaction_gives(store: Neo4jStore, server: Neo4jServer) -> None:
    reference = MemoryStore()
    for batch in (small(), large()):
        await store.apply(batch)
        await reference.apply(batch)
    assert await all_beside(store) == await all_beside(reference)
    assert (await store.revision()).number == 2
    assert count_beyond_head(server) == (0, False)


async def test_nothing_of_a_stage_shows_before_its_last_transaction(store: Neo4jStore, server: Neo4jServer) -> None:
    await store.apply(small())
    reader = await open_staged(server)
    before = await all_beside(reader)
    writing = asyncio.create_task(store.apply(large(documents=400)))
    await wait_for_stage(server)
    seen_in_mid_stage = 0
    while not writing.done():
        shown = await all_beside(reader)
        by_key = await reader.side_records(Collection.REQUEST, ["gone", "kept"])
        to_partner = await reader.list_events(first=1000, partner_uid="p")
        if (await reader.revision()).number == 1:
            seen_in_mid_stage += not writing.done()
            assert shown == before
            assert by_key == {found.key: found for found in before[0] if found.key in ("gone", "kept")}
            assert to_partner == before[1]
    await reader.close()
    await writing
    assert seen_in_mid_stage
    assert len(await store.list_events(first=1000)) == 401


async def test_what_a_dead_writer_staged_is_removed_and_sequences_go_on(store: Neo4jStore, server: Neo4jServer) -> None:
    await store.apply(small())
    before = await all_beside(store)
    dying = await open_staged(server)
    writing = asyncio.create_task(dying.apply(large(documents=400)))
    await wait_for_stage(server, rows=450)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await dying.close()
    assert await all_beside(store) == before
    let_lease_run_out(server)
    await store.apply(replace(prepared(1), beside=beside(events=(event("next"),))))
    assert count_beyond_head(server) == (0, False)
    records, events = await all_beside(store)
    assert records == before[0]
    assert [(each.event_id, each.sequence) for each in events] == [("first", 1), ("next", 2)]
    await store.apply(replace(large(), base_revision=2))
    assert len((await all_beside(store))[0]) == 62


async def test_a_record_that_must_be_new_refuses_a_stage_before_it_begins(
    store: Neo4jStore, server: Neo4jServer
) -> None:
    await store.apply(small())
    before = await all_beside(store)
    batch = large()
    with pytest.raises(AlreadyRecorded) as refused:
        await store.apply(
            replace(batch, beside=replace(batch.beside, records=(*batch.beside.records, record("kept", is_new=True))))
        )
    assert refused.value.details == {"key": "kept"}
    assert await all_beside(store) == before
    assert count_beyond_head(server) == (0, False)


async def test_keys_come_in_the_order_of_code_points(store: Neo4jStore) -> None:
    keys = ["Z", "a", "é", "甲", "\uffee", "\U00010000", "\U0001f600"]
    await store.apply(replace(prepared(0), beside=beside(*(record(key) for key in reversed(keys)))))
    shown = await store.list_side_records(Collection.REQUEST, first=9)
    assert [each.key for each in shown] == keys
    after = await store.list_side_records(Collection.REQUEST, first=9, after="\uffee")
    assert [each.key for each in after] == keys[5:]


async def test_rows_of_an_older_service_mean_what_they_meant_then(store: Neo4jStore, server: Neo4jServer) -> None:
    rows = {
        Kind.SUPPLIER: [supplier("s", acceptance="REVIEW")],
        Kind.ITEM: [item("a")],
        Kind.DECLARATION: [declaration("d", "a")],
    }
    await store.apply(prepared(0, rows))
    as_written = canonical(await store.export(1))
    ask(server, WORDS_OF_PUSHES)
    assert canonical(await store.export(1)) == as_written
    followed = await store.changes_since(0, 1, most_rows=10)
    assert followed is not None
    (changed,) = followed.upserts[Kind.DECLARATION].to_pylist()
    assert changed == from_facts(Kind.DECLARATION, await store.export(1)).to_pylist()[0]
    assert (changed["state"], changed["rating_scale"]) == ("ACCEPTED", "V3")
    assert (changed["boundary"], changed["document_format"]) == ("CRADLE_TO_GATE", "TABLE")
    assert followed.upserts[Kind.SUPPLIER]["acceptance"].to_pylist() == ["REVIEW"]


async def test_a_correction_points_to_what_it_corrects_once(store: Neo4jStore, server: Neo4jServer) -> None:
    first = {"d1": declaration("d1", "a"), "d2": declaration("d2", "a", preceding="d1 of-another-service")}
    await store.apply(prepared(0, {Kind.ITEM: [item("a")], Kind.DECLARATION: list(first.values())}))
    await store.apply(prepared(1, {Kind.DECLARATION: [{**first["d1"], "state": "DEPRECATED"}, first["d2"]]}))
    await store.apply(prepared(2, {Kind.DECLARATION: [declaration("d3", "a", preceding="d2 d1")]}))
    assert ask(server, PRECEDED) == [("d2", "d1", 1), ("d3", "d1", 1), ("d3", "d2", 1)]


async def test_a_correction_that_was_never_finished_points_nowhere(store: Neo4jStore, server: Neo4jServer) -> None:
    await store.apply(prepared(0, {Kind.ITEM: [item("a")], Kind.DECLARATION: [declaration("d", "a")]}))
    corrections = [declaration(f"n{k}", "a", preceding="d") for k in range(300)]
    writing = asyncio.create_task(store.apply(prepared(1, {Kind.DECLARATION: corrections})))
    await wait_for_stage(server, rows=360)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await store.apply(prepared(1, {Kind.ITEM: [item("b")]}))
    assert ask(server, PRECEDED) == []
    assert ask(server, "MATCH (d:Declaration) RETURN d.uid") == [("d",)]


async def test_a_large_document_comes_back_whole_in_stages(store: Neo4jStore) -> None:
    body = '{"document": "' + "甲" * 3_000_000 + '"}'
    documents = [record(f"{k}", body=body if k == 7 else "{}", of=Collection.DOCUMENT) for k in range(30)]
    await store.apply(replace(prepared(0), beside=beside(*documents)))
    assert (await store.side_records(Collection.DOCUMENT, ["7"]))["7"].body == body
