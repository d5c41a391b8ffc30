"""Which graph a view gets, and how often it is built."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from graph_service.errors import InvalidInput
from graph_service.model.vocabulary import Kind
from graph_service.service.snapshots import GRAPHS_KEPT, Snapshots
from graph_service.service.views import ViewRequest
from tests.support.batches import item, prepared
from tests.support.clock import NOON, FixedClock
from tests.support.counting_store import CountingStore
from tests.support.memory_store import MemoryStore


async def _recorded(clock: FixedClock, *, revisions: int) -> CountingStore:
    """A store with ``revisions`` batches of one item each, an hour apart."""
    store = CountingStore(MemoryStore(clock=clock))
    for number in range(revisions):
        clock.advance(timedelta(hours=1))
        batch = prepared(number, {Kind.ITEM: [item(f"item-{number + 1}")]}, recorded_at=clock.now())
        await store.apply(batch)
    store.calls.clear()
    return store


def _snapshots(store: CountingStore, clock: FixedClock) -> Snapshots:
    return Snapshots(store, clock, ZoneInfo("Asia/Shanghai"))


async def test_concurrent_callers_share_one_export_and_one_graph() -> None:
    clock = FixedClock()
    store = await _recorded(clock, revisions=2)
    snapshots = _snapshots(store, clock)
    views = await asyncio.gather(*(snapshots.view(ViewRequest()) for _ in range(8)))
    assert store.calls["export"] == 1
    assert len({id(viewed.day) for viewed in views}) == 1


async def test_a_graph_in_hand_costs_one_store_call() -> None:
    clock = FixedClock()
    store = await _recorded(clock, revisions=1)
    snapshots = _snapshots(store, clock)
    await snapshots.view(ViewRequest())
    store.calls.clear()
    await snapshots.view(ViewRequest())
    assert store.calls == {"revision": 1}


async def test_a_new_revision_of_another_process_is_taken_up() -> None:
    clock = FixedClock()
    store = await _recorded(clock, revisions=1)
    snapshots = _snapshots(store, clock)
    assert (await snapshots.view(ViewRequest())).day.facts.items.num_rows == 1
    await store.apply(prepared(1, {Kind.ITEM: [item("later")]}))
    assert (await snapshots.view(ViewRequest())).day.facts.items.num_rows == 2


async def test_facts_just_recorded_are_taken_over_without_an_export() -> None:
    clock = FixedClock()
    store = await _recorded(clock, revisions=1)
    revision, snapshots = await store.revision(), _snapshots(store, clock)
    snapshots.adopt(revision, await MemoryStore(clock=clock).export(0))
    assert (await snapshots.newest())[1].items.num_rows == 0
    assert store.calls["export"] == 0


async def test_known_at_shows_what_was_believed_then() -> None:
    clock = FixedClock()
    store = await _recorded(clock, revisions=3)
    snapshots = _snapshots(store, clock)
    for hours, items in ((0, 0), (1, 1), (1.5, 1), (3, 3)):
        viewed = await snapshots.view(ViewRequest(known_at=NOON + timedelta(hours=hours)))
        assert viewed.day.facts.items.num_rows == items


async def test_past_graphs_are_bounded_and_days_share_their_facts() -> None:
    clock = FixedClock()
    store = await _recorded(clock, revisions=GRAPHS_KEPT + 2)
    snapshots = _snapshots(store, clock)
    days = [date(2026, 1, day) for day in (1, 2)]
    graphs = [(await snapshots.view(ViewRequest(revision=1, as_of=day))).day for day in days]
    assert graphs[0].facts is graphs[1].facts
    for number in range(2, GRAPHS_KEPT + 3):
        await snapshots.view(ViewRequest(revision=number, as_of=days[0]))
    store.calls.clear()
    again = (await snapshots.view(ViewRequest(revision=1, as_of=days[0]))).day
    assert again is not graphs[0]
    assert store.calls["export"] == 1


async def test_today_is_that_of_the_time_zone() -> None:
    clock = FixedClock(datetime(2026, 3, 1, 16, 0, tzinfo=UTC))
    snapshots = _snapshots(await _recorded(clock, revisions=0), clock)
    assert (await snapshots.view(ViewRequest())).view.as_of == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (ViewRequest(revision=3), "3 is not recorded; the store holds 0 to 2"),
        (ViewRequest(revision=-1), "-1 is not recorded"),
        (ViewRequest(known_at=NOON + timedelta(days=1)), "in the future"),
        (ViewRequest(known_at=NOON - timedelta(seconds=1)), "before the store was made"),
        (ViewRequest(known_at=NOON, revision=1), "not both"),
    ],
)
async def test_a_view_that_cannot_be_is_refused(request_: ViewRequest, message: str) -> None:
    clock = FixedClock()
    snapshots = _snapshots(await _recorded(clock, revisions=2), clock)
    with pytest.raises(InvalidInput, match=message):
        await snapshots.view(request_)
