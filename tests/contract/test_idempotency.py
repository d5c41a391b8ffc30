"""The same key and batch have one effect, however often and wherever they come."""

import asyncio
from datetime import timedelta

import pytest

from graph_service.errors import Conflict, KeyReused
from graph_service.model.batch import ClientName, PreparedBatch
from graph_service.model.vocabulary import Kind
from graph_service.ports import GraphStore
from tests.conftest import OpenStore
from tests.support.batches import idempotency, item, prepared
from tests.support.clock import FixedClock

CLI = ClientName("cli")


def _keyed(base_revision: int, uid: str = "a", **key: str) -> PreparedBatch:
    return prepared(base_revision, {Kind.ITEM: [item(uid)]}, key=idempotency(**{"key": "k", **key}))


async def _item_uids(store: GraphStore) -> list[str]:
    return list((await store.export((await store.revision()).number)).items["uid"].to_pylist())


async def test_the_same_key_and_body_answer_again_and_change_nothing(open_store: OpenStore) -> None:
    store = await open_store()
    first = await store.apply(_keyed(0, answer='{"uids": ["电池"]}'))
    assert (first.is_replayed, first.revision.number) == (False, 1)
    again = await store.apply(_keyed(0, answer="another answer"))
    assert (again.is_replayed, again.revision) == (True, first.revision)
    assert again.answer == '{"uids": ["电池"]}'
    assert (await store.revision()).number == 1


async def test_a_replay_answers_the_first_revision_also_after_later_ones(open_store: OpenStore) -> None:
    store = await open_store()
    await store.apply(_keyed(0))
    await store.apply(prepared(1, {Kind.ITEM: [item("b")]}))
    for base_revision in (0, 2, 99):
        again = await store.apply(_keyed(base_revision))
        assert (again.is_replayed, again.revision.number) == (True, 1)
    assert await _item_uids(store) == ["a", "b"]


async def test_the_same_key_with_another_body_is_refused(open_store: OpenStore) -> None:
    store = await open_store()
    await store.apply(_keyed(0))
    for base_revision in (0, 1):
        with pytest.raises(KeyReused):
            await store.apply(_keyed(base_revision, "b", body="another"))
    assert await _item_uids(store) == ["a"]
    assert (await store.apply(_keyed(0))).is_replayed


async def test_another_clients_key_is_another_key(open_store: OpenStore) -> None:
    store = await open_store()
    await store.apply(_keyed(0, client="one"))
    assert not (await store.apply(_keyed(1, "b", client="two", body="another"))).is_replayed
    assert not (await store.apply(_keyed(2, "c", client="one", key="K"))).is_replayed
    assert await _item_uids(store) == ["a", "b", "c"]


async def test_a_key_is_recalled_with_its_answer_and_revision(open_store: OpenStore) -> None:
    store = await open_store()
    key = "钥匙 '\"; -- " * 20
    receipt = await store.apply(_keyed(0, key=key[:255]))
    assert await store.recall(CLI, key[:255]) == (idempotency(key[:255]), receipt.revision)
    assert await store.recall(CLI, "unknown") is None
    assert await store.recall(ClientName("other"), key[:255]) is None


async def test_a_batch_without_rows_keeps_its_key(open_store: OpenStore) -> None:
    store = await open_store()
    await store.apply(prepared(0, {Kind.ITEM: [item("a")]}))
    first = await store.apply(prepared(1, key=idempotency("k")))
    assert (first.revision.number, first.is_replayed) == (1, False)
    await store.apply(prepared(1, {Kind.ITEM: [item("b")]}))
    again = await store.apply(prepared(2, key=idempotency("k")))
    assert (again.revision.number, again.is_replayed) == (1, True)
    with pytest.raises(KeyReused):
        await store.apply(_keyed(2, "c", body="another"))


async def test_a_key_is_known_for_a_day_at_least(open_store: OpenStore) -> None:
    clock = FixedClock()
    store = await open_store(clock=clock)
    await store.apply(_keyed(0))
    clock.advance(timedelta(hours=24) - timedelta(microseconds=1))
    await store.apply(prepared(1, {Kind.ITEM: [item("b")]}))
    assert await store.recall(CLI, "k") is not None
    assert (await store.apply(_keyed(2))).is_replayed


async def test_a_key_is_free_again_after_a_month(open_store: OpenStore) -> None:
    clock = FixedClock()
    store = await open_store(clock=clock)
    await store.apply(_keyed(0))
    clock.advance(timedelta(days=31))
    assert await store.recall(CLI, "k") is None
    assert not (await store.apply(_keyed(1, "b", body="another"))).is_replayed
    assert await store.recall(CLI, "k") is not None


async def test_of_many_same_calls_at_once_one_takes_effect(open_store: OpenStore) -> None:
    stores = [await open_store(), await open_store()]
    receipts = await asyncio.gather(*(stores[turn % 2].apply(_keyed(0)) for turn in range(8)))
    assert sorted(receipt.is_replayed for receipt in receipts) == [False] + [True] * 7
    assert {receipt.revision.number for receipt in receipts} == {1}
    assert await _item_uids(stores[0]) == ["a"]


async def test_a_refused_batch_leaves_its_key_free(open_store: OpenStore) -> None:
    store = await open_store()
    with pytest.raises(Conflict):
        await store.apply(_keyed(7))
    assert not (await store.apply(_keyed(0, body="another"))).is_replayed
