"""The schema of a Neo4j store: steps in order, recorded, safe to take twice and by two processes at once."""

import asyncio

import pytest

from graph_service.errors import StoreUnavailable
from graph_service.model.vocabulary import Kind
from graph_service.ports import SystemClock
from graph_service.store.neo4j import Neo4jStore
from graph_service.store.neo4j.statements import schema_steps
from tests.support.batches import item, prepared
from tests.support.neo4j_server import Neo4jServer, wipe, wipe_schema
from tests.support.neo4j_stages import first_batch


@pytest.fixture
def bare_server(neo4j_server: Neo4jServer) -> Neo4jServer:
    """A server without data and without schema."""
    wipe_schema(neo4j_server)
    return neo4j_server


async def open_store(server: Neo4jServer) -> Neo4jStore:
    return await Neo4jStore.open(
        uri=server.uri, user=server.user, password=server.password, database=server.database, clock=SystemClock()
    )


def ask(server: Neo4jServer, text: str) -> list[tuple[object, ...]]:
    with server.driver() as driver, driver.session(database=server.database) as session:
        return [tuple(record.values()) for record in session.run(text)]


async def test_two_processes_may_open_an_empty_database_at_once(bare_server: Neo4jServer) -> None:
    stores = await asyncio.gather(*(open_store(bare_server) for _ in range(3)))
    for store in stores:
        await store.check_ready()
        assert (await store.revision()).number == 0
    taken = ask(bare_server, "MATCH (step:Migration) RETURN step.number, step.name ORDER BY step.number")
    assert taken == list(schema_steps())
    assert ask(bare_server, "MATCH (n:Head|Revision) RETURN count(n)") == [(2,)]
    assert len(ask(bare_server, "SHOW CONSTRAINTS YIELD name")) + len(
        ask(
            bare_server,
            "SHOW INDEXES YIELD name, type, owningConstraint WHERE type <> 'LOOKUP' AND owningConstraint IS NULL",
        )
    ) == len(schema_steps())
    for store in stores:
        await store.close()


async def test_a_step_whose_record_was_lost_is_taken_again(neo4j_server: Neo4jServer) -> None:
    wipe(neo4j_server)
    store = await open_store(neo4j_server)
    await store.apply(prepared(0, {Kind.ITEM: [item("a")]}))
    ask(neo4j_server, "MATCH (step:Migration {number: 3}) DELETE step")
    with pytest.raises(StoreUnavailable, match="schema steps are missing, from 0003_revision_number on"):
        await store.check_ready()
    reopened = await open_store(neo4j_server)
    await reopened.check_ready()
    assert (await reopened.export(1)).items.num_rows == 1
    await reopened.close()
    await store.close()


async def test_a_schema_of_a_newer_version_is_refused(neo4j_server: Neo4jServer) -> None:
    wipe(neo4j_server)
    store = await open_store(neo4j_server)
    ask(neo4j_server, "CREATE (:Migration {number: 9999, name: '9999_from_the_future'})")
    try:
        with pytest.raises(StoreUnavailable, match="9999_from_the_future, which this version does not know"):
            await open_store(neo4j_server)
        with pytest.raises(StoreUnavailable, match="use a newer one"):
            await store.check_ready()
    finally:
        ask(neo4j_server, "MATCH (step:Migration {number: 9999}) DELETE step")
        await store.close()


async def test_a_database_emptied_behind_the_store_is_noticed(neo4j_server: Neo4jServer) -> None:
    wipe(neo4j_server)
    store = await open_store(neo4j_server)
    wipe(neo4j_server)
    with pytest.raises(StoreUnavailable, match="holds no store any more"):
        await store.revision()
    with pytest.raises(StoreUnavailable, match="holds no store any more"):
        await store.apply(prepared(0, {Kind.ITEM: [item("a")]}))
    await store.close()


async def test_rows_removed_behind_the_store_are_noticed_at_export(neo4j_server: Neo4jServer) -> None:
    wipe(neo4j_server)
    store = await open_store(neo4j_server)
    await store.apply(prepared(0, {Kind.ITEM: [item("a"), item("b")]}))
    ask(neo4j_server, "MATCH (facts:ItemFacts {uid: 'b'}) DETACH DELETE facts")
    with pytest.raises(StoreUnavailable, match="revision 1 is not whole: 1 items were read, 2 recorded"):
        await store.export(1)
    await store.close()


async def test_the_graph_reads_as_the_design_draws_it(neo4j_server: Neo4jServer) -> None:
    wipe(neo4j_server)
    store = await open_store(neo4j_server)
    await store.apply(first_batch(items=3))
    await store.close()
    patterns = {
        "(:Supplier {name: 'Supplier s1'})-[:MAKES]->(:Item {uid: 'i0', name: 'Item i0'})": 1,
        "(:Item)-[:SUPPLIES {uid: 'x0', amount: 1.0, share: 1.0, recorded_from: 1}]->(:Item)": 1,
        "(:Item {uid: 'i1'})-[:EMITS]->(:Emission {uid: 'e1'})-[:USES_FACTOR]->(:Factor {uid: 'grid'})": 1,
        "(:Item {uid: 'i2'})-[:HAS_DECLARATION]->(:Declaration {uid: 'd'})-[:IS]->(:DeclarationFacts)": 1,
        "(:Region {uid: 'CN-SN'})-[:PART_OF]->(:Region {uid: 'CN', row: 0})": 1,
        "(:Item)-[:IS]->(:ItemFacts)": 3,
        "(:Supplier)-[:IS]->(:SupplierFacts)": 2,
        "(:Revision)": 2,
        "(:Head {revision: 1})": 1,
    }
    counts = {pattern: ask(neo4j_server, f"MATCH {pattern} RETURN count(*)")[0][0] for pattern in patterns}
    assert counts == patterns
