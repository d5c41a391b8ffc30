"""Events on their way to partners: taken one per partner, in order per thing, by one caller at a time."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from graph_service.model.batch import Beside
from graph_service.model.side_records import OutgoingEvent
from graph_service.model.vocabulary import EventState, Kind
from graph_service.ports import GraphStore
from tests.conftest import OpenStore
from tests.support.batches import item, prepared
from tests.support.beside import ALL, MINUTE, all_beside, beside, event, record
from tests.support.clock import NOON

LEASE = timedelta(seconds=30)
CALLERS, PARTNERS, EVENTS_EACH, TURNS = 6, 3, 8, 2_000


async def _with(store: GraphStore, *events: OutgoingEvent) -> None:
    newest = (await store.revision()).number
    await store.apply(prepared(newest, beside=Beside(events=events)))


async def _take(store: GraphStore, *, at: datetime = NOON, most: int = ALL) -> list[OutgoingEvent]:
    return list(await store.take_events(now=at, leased_until=at + LEASE, most=most))


async def _settle(store: GraphStore, taken: OutgoingEvent, **columns: object) -> bool:
    assert taken.leased_until is not None
    settled = replace(taken, **{"state": EventState.DONE, "attempts": taken.attempts + 1, **columns})  # type: ignore[arg-type]
    return await store.settle_event(settled, leased_until=taken.leased_until)


def _ids(events: Sequence[OutgoingEvent]) -> list[str]:
    return [each.event_id for each in events]


async def test_an_event_comes_back_as_given_with_a_sequence(open_store: OpenStore) -> None:
    store = await open_store()
    due_at = NOON + timedelta(microseconds=1)
    given = replace(event("电 '1'", partner="宝鸡", about="🔋", due_at=due_at, payload='{"e\u0301": "🔋"}'), attempts=3)
    await _with(store, replace(given, last_answer="503 电"), event("second"))
    first, second = await store.list_events(first=9)
    assert first == replace(given, last_answer="503 电", sequence=first.sequence)
    assert 0 < first.sequence < second.sequence


async def test_sequences_grow_in_the_order_of_the_batch_and_of_batches(open_store: OpenStore) -> None:
    store = await open_store()
    await _with(store, *(event(uid, due_at=NOON - place * MINUTE) for place, uid in enumerate("zab")))
    await store.apply(prepared(1, {Kind.ITEM: [item("a")]}))
    await _with(store, event("m"))
    listed = await store.list_events(first=9)
    assert _ids(listed) == ["z", "a", "b", "m"]
    sequences = [each.sequence for each in listed]
    assert sequences == sorted(set(sequences))


async def test_an_event_id_that_is_there_is_a_defect_and_refuses_the_whole_batch(open_store: OpenStore) -> None:
    store = await open_store()
    await _with(store, event("e"))
    before = await all_beside(store)
    twice = beside(record("lost"), events=(event("f"), event("e")))
    with pytest.raises(ValueError):  # noqa: PT011 - the words are each store's own
        await store.apply(prepared(1, {Kind.ITEM: [item("a")]}, beside=twice))
    assert await all_beside(store) == before
    assert (await store.revision()).number == 1
    assert (await store.export(1)).items.num_rows == 0


async def test_an_event_is_due_from_its_next_attempt_on(open_store: OpenStore) -> None:
    store = await open_store()
    await _with(store, event("e"))
    assert await _take(store, at=NOON - timedelta(microseconds=1)) == []
    [taken] = await _take(store)
    [kept] = await store.list_events(first=9)
    assert taken == kept == replace(event("e"), sequence=kept.sequence, leased_until=NOON + LEASE)


async def test_at_most_one_event_per_partner_is_taken_by_next_attempt_then_sequence(open_store: OpenStore) -> None:
    store = await open_store()
    await _with(
        store,
        event("p late", partner="p", about="1"),
        event("p early", partner="p", about="2", due_at=NOON - 2 * MINUTE),
        event("q", partner="q", about="1", due_at=NOON - MINUTE),
        event("r", partner="r", about="1", due_at=NOON - MINUTE),
        event("s later", partner="s", about="1", due_at=NOON + MINUTE),
    )
    assert _ids(await _take(store)) == ["p early", "q", "r"]
    assert await _take(store) == []


async def test_no_more_are_taken_than_asked_for(open_store: OpenStore) -> None:
    store = await open_store()
    await _with(store, *(event(uid, partner=uid, due_at=NOON - place * MINUTE) for place, uid in enumerate("abcde")))
    assert await _take(store, most=0) == []
    assert _ids(await _take(store, most=2)) == ["e", "d"]
    assert _ids(await _take(store, most=2)) == ["c", "b"]
    assert _ids(await _take(store, most=2)) == ["a"]


async def test_events_about_one_thing_wait_for_the_one_before_though_it_is_due_later(open_store: OpenStore) -> None:
    store = await open_store()
    await _with(store, event("first", due_at=NOON + MINUTE), event("second"), event("other thing", about="x"))
    [other] = await _take(store)
    assert other.event_id == "other thing"
    assert await _settle(store, other)
    assert await _take(store) == []
    [first] = await _take(store, at=NOON + MINUTE)
    assert first.event_id == "first"
    retried = await _settle(store, first, state=EventState.PENDING, next_attempt_at=NOON + 5 * MINUTE)
    assert retried
    assert await _take(store, at=NOON + 4 * MINUTE) == []
    [first] = await _take(store, at=NOON + 5 * MINUTE)
    assert (first.event_id, first.attempts) == ("first", 1)
    assert await _settle(store, first)
    assert _ids(await _take(store, at=NOON + 5 * MINUTE)) == ["second"]


async def test_the_same_thing_at_another_partner_does_not_wait(open_store: OpenStore) -> None:
    store = await open_store()
    await _with(store, event("p", partner="p", due_at=NOON + MINUTE), event("q", partner="q"))
    assert _ids(await _take(store)) == ["q"]


async def test_a_dead_event_holds_up_nothing(open_store: OpenStore) -> None:
    store = await open_store()
    await _with(store, event("first"), event("second"))
    [first] = await _take(store)
    assert await _settle(store, first, state=EventState.DEAD, last_answer="gave up")
    assert _ids(await _take(store)) == ["second"]


async def test_a_partner_is_left_alone_while_one_of_its_events_is_under_way(open_store: OpenStore) -> None:
    store = await open_store()
    await _with(store, event("a", about="1"), event("b", about="2"), event("c", partner="q"))
    a, c = await _take(store)
    assert (a.event_id, c.event_id) == ("a", "c")
    assert await _take(store, at=NOON + LEASE - timedelta(microseconds=1)) == []
    assert await _settle(store, a)
    assert _ids(await _take(store)) == ["b"]


async def test_a_lease_that_ran_out_gives_the_event_to_the_next_and_the_first_cannot_settle_it(
    open_store: OpenStore,
) -> None:
    store = await open_store()
    await _with(store, event("e"))
    [first] = await _take(store)
    [second] = await _take(store, at=NOON + LEASE)
    assert (second.event_id, second.attempts) == ("e", 0)
    before = await store.list_events(first=9)
    assert not await _settle(store, first, state=EventState.DEAD)
    assert await store.list_events(first=9) == before
    assert await _settle(store, second, last_answer="202")
    assert not await _settle(store, second)
    [kept] = await store.list_events(first=9)
    assert (kept.state, kept.attempts, kept.last_answer, kept.leased_until) == (EventState.DONE, 1, "202", None)


async def test_a_lease_that_ran_out_untaken_can_still_be_settled(open_store: OpenStore) -> None:
    store = await open_store()
    await _with(store, event("e"))
    [taken] = await _take(store)
    assert await _settle(store, taken)
    assert await _take(store, at=NOON + LEASE) == []


async def test_settling_writes_the_outcome_and_nothing_else(open_store: OpenStore) -> None:
    store = await open_store()
    await _with(store, event("e"))
    [taken] = await _take(store)
    outcome = {"state": EventState.PENDING, "attempts": 7, "next_attempt_at": NOON + MINUTE, "last_answer": "503"}
    changed = {"payload": "changed", "partner_uid": "other", "aggregate": "other", "created_at": NOON + MINUTE}
    assert await _settle(store, taken, **outcome, **changed)
    [kept] = await store.list_events(first=9)
    assert kept == replace(taken, **outcome, leased_until=None)  # type: ignore[arg-type]


async def test_an_event_that_nobody_took_or_that_is_unknown_cannot_be_settled(open_store: OpenStore) -> None:
    store = await open_store()
    await _with(store, event("e"))
    for event_id in ("e", "unknown"):
        done = replace(event(event_id), state=EventState.DONE)
        assert not await store.settle_event(done, leased_until=NOON + LEASE)
    assert _ids(await store.list_events(first=9, state=EventState.PENDING)) == ["e"]


async def test_a_dead_event_is_revived_without_attempts_and_due_at_once(open_store: OpenStore) -> None:
    store = await open_store()
    await _with(store, event("e"), event("pending", partner="q", due_at=NOON + 9 * MINUTE))
    [taken] = await _take(store)
    assert await _settle(store, taken, state=EventState.DEAD, attempts=40, last_answer="gave up")
    later = NOON + 5 * MINUTE
    assert await store.revive_event("e", later)
    [kept] = await store.list_events(first=1)
    assert (kept.state, kept.attempts, kept.next_attempt_at, kept.leased_until) == (EventState.PENDING, 0, later, None)
    assert kept.sequence == taken.sequence
    assert not await store.revive_event("e", later)
    assert not await store.revive_event("pending", later)
    assert not await store.revive_event("unknown", later)
    assert await _take(store, at=later - MINUTE) == []
    assert _ids(await _take(store, at=later)) == ["e"]


async def test_events_are_listed_by_sequence_state_and_partner_page_by_page(open_store: OpenStore) -> None:
    store = await open_store()
    await _with(store, *(event(f"{partner}{n}", partner=partner, about=str(n)) for n in range(3) for partner in "pq"))
    for state in (EventState.DONE, EventState.DEAD):
        for taken in await _take(store):
            assert await _settle(store, taken, state=state)
    expected: dict[EventState | None, list[str]] = {None: ["p0", "q0", "p1", "q1", "p2", "q2"]}
    expected |= {EventState.DONE: ["p0", "q0"], EventState.DEAD: ["p1", "q1"], EventState.PENDING: ["p2", "q2"]}
    for asked, ids in expected.items():
        assert _ids(await store.list_events(first=9, state=asked)) == ids
        for partner in "pq":
            found = await store.list_events(first=9, state=asked, partner_uid=partner)
            assert _ids(found) == [uid for uid in ids if uid.startswith(partner)]
        paged: list[OutgoingEvent] = []
        for _ in ids:
            paged += await store.list_events(first=1, after=paged[-1].sequence if paged else 0, state=asked)
        assert _ids(paged) == ids
        assert await store.list_events(first=1, after=paged[-1].sequence, state=asked) == []
    of_one = await store.list_events(first=2, partner_uid="q")
    assert _ids(await store.list_events(first=2, after=of_one[-1].sequence, partner_uid="q")) == ["q2"]
    assert await store.list_events(first=9, partner_uid="nobody") == []
    assert await store.list_events(first=0) == []


async def test_leases_and_outcomes_outlast_the_store_and_bind_other_processes(open_store: OpenStore) -> None:
    store, other = await open_store(), await open_store()
    await _with(store, event("a"), event("b"))
    [a] = await _take(store)
    assert await _take(other) == []
    await store.close()
    reopened = await open_store()
    assert await _take(reopened) == []
    assert await _settle(reopened, a, last_answer="202")
    [done, pending] = await other.list_events(first=9)
    assert (done.state, done.last_answer, pending.state) == (EventState.DONE, "202", EventState.PENDING)
    assert _ids(await _take(other)) == ["b"]


async def test_callers_at_once_never_share_an_event_and_together_deliver_all_in_order(open_store: OpenStore) -> None:
    stores = [await open_store(), await open_store()]
    events = [
        event(f"{partner} {about} {n}", partner=str(partner), about=str(about))
        for n in range(EVENTS_EACH // 2)
        for partner in range(PARTNERS)
        for about in range(2)
    ]
    await _with(stores[0], *events)
    delivered: list[str] = []
    under_way: Counter[str] = Counter()

    async def deliver(store: GraphStore) -> None:
        for _ in range(TURNS):
            if not await store.list_events(first=1, state=EventState.PENDING):
                return
            await asyncio.sleep(0)
            for taken in await _take(store, most=2):
                under_way[taken.partner_uid] += 1
                assert under_way[taken.partner_uid] == 1
                await asyncio.sleep(0)
                delivered.append(taken.event_id)
                under_way[taken.partner_uid] -= 1
                assert await _settle(store, taken)

    await asyncio.gather(*(deliver(stores[caller % 2]) for caller in range(CALLERS)))
    assert sorted(delivered) == sorted(_ids(events))
    for partner in range(PARTNERS):
        for about in range(2):
            ids = [f"{partner} {about} {n}" for n in range(EVENTS_EACH // 2)]
            assert [uid for uid in delivered if uid in ids] == ids


async def test_delivering_makes_no_revision_and_stops_no_batch(open_store: OpenStore) -> None:
    store = await open_store()
    await _with(store, event("e"))
    [taken] = await _take(store)
    assert await _settle(store, taken, state=EventState.DEAD)
    assert await store.revive_event("e", NOON)
    assert (await store.revision()).number == 1
    assert (await store.apply(prepared(1, {Kind.ITEM: [item("a")]}))).revision.number == 2
