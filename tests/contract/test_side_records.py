"""What lies beside the graph: written with its batch or not at all, kept as last written, read by key and by owner."""

from datetime import UTC, datetime

import pytest

from graph_service.errors import AlreadyRecorded, Conflict, KeyReused, StoreUnavailable
from graph_service.model.batch import Beside
from graph_service.model.facts import Revision
from graph_service.model.side_records import Collection, SideRecord
from graph_service.model.vocabulary import Kind
from tests.conftest import OpenStore
from tests.support.batches import canonical, idempotency, item, prepared
from tests.support.beside import ALL, all_beside, beside, event, record
from tests.support.clock import FixedClock

ODD_KEYS = ("", " ", "%_*?[", "O'Neil; --", '{"a": "\\u0000"}', "A", "a", "e\u0301", "é", "é ", "電池", "🔋", "\uffff")
LONG_BODY = '{"document": "' + "電🔋" * 500_000 + '"}'


async def test_a_record_comes_back_as_given_from_its_own_collection(open_store: OpenStore) -> None:
    store = await open_store()
    given = [
        SideRecord(
            collection, "k", f'{{"n": "{collection}"}}', "电池 O'Neil" if collection is Collection.PARTNER else ""
        )
        for collection in Collection
    ]
    await store.apply(prepared(0, beside=beside(*given)))
    for expected in given:
        assert await store.side_records(expected.collection, ["k"]) == {"k": expected}
        assert await store.list_side_records(expected.collection, first=9) == [expected]


async def test_unknown_keys_are_absent_and_keys_asked_twice_come_once(open_store: OpenStore) -> None:
    store = await open_store()
    await store.apply(prepared(0, beside=beside(record("a"), record("b"))))
    found = await store.side_records(Collection.REQUEST, ["b", "unknown", "b", "a"])
    assert dict(found) == {"a": record("a"), "b": record("b")}
    assert await store.side_records(Collection.PARTNER, ["a"]) == {}
    assert await store.side_records(Collection.REQUEST, []) == {}


async def test_a_batch_of_records_alone_is_a_revision_that_changes_no_fact(open_store: OpenStore) -> None:
    store = await open_store(clock=FixedClock())
    await store.apply(prepared(0, {Kind.ITEM: [item("a")]}))
    batch = prepared(1, by="宝鸡", summary="asked for a footprint", beside=beside(record("r")))
    receipt = await store.apply(batch)
    assert receipt.revision == Revision(2, batch.recorded_at, "宝鸡", batch.door.value, "asked for a footprint")
    assert await store.revision() == receipt.revision
    assert canonical(await store.export(2)) == canonical(await store.export(1))
    changes = await store.changes_since(1, 2, most_rows=0)
    assert changes is not None
    assert (changes.upserts, changes.ends, changes.has_returned) == ({}, {}, False)
    later = await store.changes_since(0, 2, most_rows=9)
    assert later is not None
    assert later.upserts[Kind.ITEM]["uid"].to_pylist() == ["a"]


async def test_a_batch_with_neither_rows_nor_records_makes_no_revision(open_store: OpenStore) -> None:
    store = await open_store()
    receipt = await store.apply(prepared(0, key=idempotency("k"), beside=Beside()))
    assert receipt.revision.number == 0


async def test_the_last_writing_stands_with_its_owner(open_store: OpenStore) -> None:
    store = await open_store()
    await store.apply(prepared(0, beside=beside(record("r", body="1", owner="a"), record("s", owner="a"))))
    await store.apply(prepared(1, beside=beside(record("r", body="2", owner="b"))))
    assert await store.side_records(Collection.REQUEST, ["r"]) == {"r": record("r", body="2", owner="b")}
    assert await store.list_side_records(Collection.REQUEST, first=9, owner="a") == [record("s", owner="a")]
    await store.apply(prepared(2, beside=beside(record("r", body="3"), record("r", body="4", owner="c"))))
    assert await store.side_records(Collection.REQUEST, ["r"]) == {"r": record("r", body="4", owner="c")}


async def test_a_removed_record_is_gone_and_may_be_new_again(open_store: OpenStore) -> None:
    store = await open_store()
    await store.apply(prepared(0, beside=beside(record("r"), record("s"), record("r", of=Collection.WAITING))))
    gone = ((Collection.REQUEST, "r"), (Collection.REQUEST, "never there"))
    assert (await store.apply(prepared(1, beside=beside(removed=gone)))).revision.number == 2
    assert await store.side_records(Collection.REQUEST, ["r"]) == {}
    assert await store.list_side_records(Collection.REQUEST, first=9) == [record("s")]
    assert await store.list_side_records(Collection.WAITING, first=9) == [record("r", of=Collection.WAITING)]
    await store.apply(prepared(2, beside=beside(record("r", body="again", is_new=True))))
    assert await store.side_records(Collection.REQUEST, ["r"]) == {"r": record("r", body="again")}


async def test_what_is_removed_and_put_by_one_batch_is_there_afterwards(open_store: OpenStore) -> None:
    store = await open_store()
    await store.apply(prepared(0, beside=beside(record("r", body="1"))))
    both = beside(record("r", body="2"), removed=((Collection.REQUEST, "r"),))
    await store.apply(prepared(1, beside=both))
    assert await store.side_records(Collection.REQUEST, ["r"]) == {"r": record("r", body="2")}


async def test_a_record_that_must_be_new_is_refused_where_it_is_there_whatever_its_content(
    open_store: OpenStore,
) -> None:
    store = await open_store()
    await store.apply(prepared(0, beside=beside(record("known", of=Collection.INBOX, is_new=True))))
    before = await all_beside(store)
    arriving = beside(
        record("other", of=Collection.INBOX, is_new=True),
        record("known", of=Collection.INBOX, is_new=True),
        record("put"),
        removed=((Collection.INBOX, "known"),),
        events=(event("e"),),
    )
    batch = prepared(1, {Kind.ITEM: [item("a")]}, key=idempotency("k"), beside=arriving)
    with pytest.raises(AlreadyRecorded) as refused:
        await store.apply(batch)
    assert refused.value.details["key"] == "known"
    assert await all_beside(store) == before
    assert (await store.revision()).number == 1
    assert await store.recall(idempotency("k").client, "k") is None
    elsewhere = beside(record("known", of=Collection.WAITING, is_new=True))
    assert (await store.apply(prepared(1, beside=elsewhere))).revision.number == 2


async def test_a_refused_batch_leaves_nothing_beside_the_graph(open_store: OpenStore) -> None:
    store = await open_store()
    await store.apply(prepared(0, {Kind.ITEM: [item("a")]}, key=idempotency("k"), beside=beside(record("kept"))))
    before = await all_beside(store)
    lost = beside(record("lost"), removed=((Collection.REQUEST, "kept"),), events=(event("lost"),))
    with pytest.raises(Conflict):
        await store.apply(prepared(0, {Kind.ITEM: [item("b")]}, beside=lost))
    with pytest.raises(KeyReused):
        await store.apply(prepared(1, key=idempotency("k", body="other"), beside=lost))
    with pytest.raises(ValueError, match="cannot end"):
        await store.apply(prepared(1, {Kind.ITEM: [item("a")]}, ends={Kind.ITEM: ["a"]}, beside=lost))
    assert await all_beside(store) == before
    assert (await store.revision()).number == 1


async def test_a_repeated_batch_writes_nothing_beside_the_graph_again(open_store: OpenStore) -> None:
    store = await open_store()
    first = beside(record("r", body="1", is_new=True), events=(event("e"),))
    batch = prepared(0, {Kind.ITEM: [item("a")]}, key=idempotency("k", answer="first"), beside=first)
    await store.apply(batch)
    await store.apply(prepared(1, beside=beside(record("r", body="2"))))
    before = await all_beside(store)
    receipt = await store.apply(batch)
    assert (receipt.is_replayed, receipt.revision.number, receipt.answer) == (True, 1, "first")
    assert await all_beside(store) == before
    assert (await store.revision()).number == 2


async def test_a_batch_of_records_alone_is_replayed_by_its_key_too(open_store: OpenStore) -> None:
    store = await open_store()
    batch = prepared(0, key=idempotency("k"), beside=beside(record("r", is_new=True)))
    first, again = await store.apply(batch), await store.apply(batch)
    assert (again.revision, again.is_replayed) == (first.revision, True)
    assert (await store.revision()).number == 1


async def test_lists_are_in_the_order_of_code_points_page_by_page(open_store: OpenStore) -> None:
    store = await open_store()
    await store.apply(prepared(0, beside=beside(*map(record, ODD_KEYS), record("b", of=Collection.WAITING))))
    ordered = sorted(ODD_KEYS)[1:]  # the empty key is above nothing
    assert [found.key for found in await store.list_side_records(Collection.REQUEST, first=ALL)] == ordered
    assert set(await store.side_records(Collection.REQUEST, ODD_KEYS)) == set(ODD_KEYS)
    paged: list[str] = []
    for _ in range(4):
        page = await store.list_side_records(Collection.REQUEST, first=4, after=paged[-1] if paged else "")
        assert len(page) <= 4
        paged += [found.key for found in page]
    assert paged == ordered
    assert await store.list_side_records(Collection.REQUEST, first=0) == []


async def test_a_list_of_one_owner_holds_no_other_owners_records(open_store: OpenStore) -> None:
    store = await open_store()
    owners = {"r1": "a", "r2": "b", "r3": "a", "r4": "", "r5": "A", "r6": "a"}
    await store.apply(prepared(0, beside=beside(*(record(key, owner=owner) for key, owner in owners.items()))))

    async def keys(*, first: int = ALL, after: str = "", owner: str | None = None) -> list[str]:
        found = await store.list_side_records(Collection.REQUEST, first=first, after=after, owner=owner)
        return [each.key for each in found]

    assert await keys(owner="a") == ["r1", "r3", "r6"]
    assert await keys(owner="a", first=1, after="r1") == ["r3"]
    assert await keys(owner="A") == ["r5"]
    assert await keys(owner="") == ["r4"]
    assert await keys(owner="nobody") == []
    assert await keys() == sorted(owners)


async def test_a_long_body_comes_back_whole(open_store: OpenStore) -> None:
    store = await open_store()
    await store.apply(prepared(0, beside=beside(record("d", body=LONG_BODY, of=Collection.DOCUMENT))))
    assert (await store.side_records(Collection.DOCUMENT, ["d"]))["d"].body == LONG_BODY


async def test_records_outlast_the_store_and_are_seen_by_others_at_once(open_store: OpenStore) -> None:
    store, other = await open_store(), await open_store()
    await store.apply(prepared(0, beside=beside(record("r", owner="a"), events=(event("e"),))))
    expected = await all_beside(store)
    assert await all_beside(other) == expected
    await store.close()
    await other.close()
    reopened = await open_store()
    assert await all_beside(reopened) == expected
    with pytest.raises(AlreadyRecorded):
        await reopened.apply(prepared(1, beside=beside(record("r", is_new=True))))


async def test_a_closed_store_says_so(open_store: OpenStore) -> None:
    store = await open_store()
    await store.close()
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for call in (
        store.side_records(Collection.REQUEST, ["r"]),
        store.list_side_records(Collection.REQUEST, first=1),
        store.take_events(now=now, leased_until=now, most=1),
        store.settle_event(event("e"), leased_until=now),
        store.list_events(first=1),
        store.revive_event("e", now),
    ):
        with pytest.raises(StoreUnavailable):
            await call
