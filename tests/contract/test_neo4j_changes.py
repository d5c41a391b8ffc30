"""Changes on Neo4j: after stages, after an update of the service, and when somebody wrote behind the store's back."""

from collections.abc import AsyncIterator

import pytest

from graph_service.errors import StoreUnavailable
from graph_service.model.vocabulary import Kind
from graph_service.store.neo4j import Neo4jStore, changes, wholeness
from tests.support.batches import item, prepared, region, supply
from tests.support.fact_changes import check_followed
from tests.support.neo4j_server import Neo4jServer, wipe
from tests.support.neo4j_stages import first_batch, open_staged, second_batch

EDGES = {Kind.ITEM: [item("a"), item("b")], Kind.SUPPLY: [supply("ab", "a", "b"), supply("ba", "b", "a")]}


@pytest.fixture
def server(neo4j_server: Neo4jServer) -> Neo4jServer:
    wipe(neo4j_server)
    return neo4j_server


@pytest.fixture
async def store(server: Neo4jServer) -> AsyncIterator[Neo4jStore]:
    opened = await open_staged(server)
    yield opened
    await opened.close()


def change(server: Neo4jServer, text: str) -> None:
    """What a test does behind the store's back."""
    with server.driver() as driver, driver.session(database=server.database) as session:
        session.run(text).consume()


async def test_changes_of_a_staged_batch_are_whole(store: Neo4jStore) -> None:
    await store.apply(first_batch())
    await store.apply(second_batch())
    followed = await check_followed(store, 1, 2)
    assert followed.ends == {Kind.SUPPLY: ["x28"], Kind.EMISSION: ["e1"]}
    assert not followed.has_returned
    await check_followed(store, 0, 2)


async def test_a_revision_of_an_older_service_is_left_to_an_export(store: Neo4jStore, server: Neo4jServer) -> None:
    await store.apply(prepared(0, EDGES))
    change(server, "MATCH (r:Revision {number: 1}) REMOVE r.changed_rows, r.opened_rows")
    await store.apply(prepared(1, {Kind.SUPPLY: [supply("ab", "a", "b", amount=2.0)]}))
    assert await store.changes_since(0, 1, most_rows=10**9) is None
    assert await store.changes_since(0, 2, most_rows=10**9) is None
    assert (await check_followed(store, 1, 2)).row_count == 1


async def test_more_rows_than_an_export_is_quicker_for_are_left_to_it(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "QUICK_ROWS", 4)
    await store.apply(prepared(0, EDGES))
    await store.apply(prepared(1, {Kind.REGION: [region("x")]}))
    assert (await check_followed(store, 0, 1)).row_count == 4
    assert await store.changes_since(0, 2, most_rows=10**9) is None


@pytest.mark.parametrize(
    ("tampering", "message"),
    [
        (
            "MATCH ()-[s:SUPPLIES {uid: 'ab', recorded_from: 2}]->() DELETE s",
            r"supplies .* \(0, 1\) were read, \(1, 1\)",
        ),
        (
            "MATCH ()-[s:SUPPLIES {uid: 'ab', recorded_from: 1}]->() DELETE s",
            r"supplies .* \(1, 0\) were read, \(1, 1\)",
        ),
        (
            "MATCH (:ItemFacts {uid: 'a', recorded_from: 2})<-[l:IS]-() DELETE l",
            r"items .* \(0, 1\) were read, \(1, 1\)",
        ),
    ],
)
async def test_changes_that_are_not_whole_are_refused(
    store: Neo4jStore, server: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tampering: str, message: str
) -> None:
    monkeypatch.setattr(wholeness, "RETRY_PAUSES_S", (0.0,))
    await store.apply(prepared(0, EDGES))
    upserts = {Kind.ITEM: [item("a", mass_kg=1.0)], Kind.SUPPLY: [supply("ab", "a", "b", amount=2.0)]}
    await store.apply(prepared(1, upserts))
    change(server, tampering)
    with pytest.raises(StoreUnavailable, match=f"from revision 1 to 2 is not whole: of {message} recorded"):
        await store.changes_since(1, 2, most_rows=10)
