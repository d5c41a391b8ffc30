"""Which graph a view gets, and how often it is built."""

import asyncio
import gc
import weakref
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from graph_service.errors import InvalidInput
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import Kind
from graph_service.service.snapshots import FEW_ROWS, GRAPHS_KEPT, STEPS_KEPT, Snapshots
from graph_service.service.views import ViewRequest
from tests.support.batches import emission, item, prepared, supply
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


async def test_a_small_change_by_another_process_is_followed_without_an_export() -> None:
    clock = FixedClock()
    store = await _recorded(clock, revisions=3)
    snapshots = _snapshots(store, clock)
    (await snapshots.view(ViewRequest())).roll_up()
    store.calls.clear()
    row = emission("e", "item-2", kgco2e=4.0)
    await store.apply(prepared(3, {Kind.EMISSION: [row], Kind.SUPPLY: [supply("s", "item-2", "item-3", amount=2.0)]}))
    store.calls.clear()
    graph = await snapshots.view(ViewRequest())
    assert store.calls == {"revision": 1, "changes_since": 1}
    assert graph.day.roll_ups()[False].total_kgco2e()[1:].tolist() == [4.0, 8.0]


async def test_a_large_change_is_read_anew() -> None:
    clock = FixedClock()
    store = await _recorded(clock, revisions=1)
    snapshots = _snapshots(store, clock)
    (await snapshots.view(ViewRequest())).roll_up()
    await store.apply(prepared(1, {Kind.ITEM: [item(f"more-{number}") for number in range(FEW_ROWS + 1)]}))
    store.calls.clear()
    assert (await snapshots.view(ViewRequest())).day.facts.items.num_rows == FEW_ROWS + 2
    assert store.calls["export"] == 1


async def test_an_item_that_ends_is_gone_from_what_follows() -> None:
    clock = FixedClock()
    store = await _recorded(clock, revisions=3)
    snapshots = _snapshots(store, clock)
    (await snapshots.view(ViewRequest())).roll_up()
    await store.apply(prepared(3, {}, ends={Kind.ITEM: ["item-2"]}))
    graph = await snapshots.view(ViewRequest())
    assert graph.day.facts.items["uid"].to_pylist() == ["item-1", "item-3"]
    assert graph.roll_up().total_kgco2e().size == 2


async def test_another_day_follows_where_validity_begins_and_ends() -> None:
    clock = FixedClock()
    store = await _recorded(clock, revisions=2)
    days = {"valid_from": date(2026, 2, 1), "valid_to": date(2026, 3, 1)}
    await store.apply(prepared(2, {Kind.EMISSION: [emission("e", "item-1", kgco2e=4.0, **days)]}))
    snapshots = _snapshots(store, clock)
    (await snapshots.view(ViewRequest(as_of=date(2026, 1, 31)))).roll_up()
    for day, total in ((date(2026, 2, 1), 4.0), (date(2026, 2, 28), 4.0), (date(2026, 3, 1), None)):
        graph = await snapshots.view(ViewRequest(as_of=day))
        found = graph.day.roll_ups()[False].total_kgco2e()[0]
        assert found == total if total is not None else np.isnan(found)


async def test_a_writer_without_pause_leaves_a_bounded_number_of_graphs_and_steps() -> None:
    clock = FixedClock()
    store = await _recorded(clock, revisions=1)
    snapshots = _snapshots(store, clock)
    (await snapshots.view(ViewRequest())).roll_up()
    graphs = []
    for number in range(1, 3 * STEPS_KEPT):
        await store.apply(prepared(number, {Kind.EMISSION: [emission("e", "item-1", kgco2e=float(number))]}))
        graphs.append(weakref.ref((await snapshots.view(ViewRequest())).day))
    gc.collect()
    assert sum(graph() is not None for graph in graphs) == GRAPHS_KEPT
    assert (await snapshots.view(ViewRequest())).day.roll_ups()[False].total_kgco2e()[0] == 3 * STEPS_KEPT - 1


async def test_a_past_view_under_way_keeps_nobody_waiting_who_asks_about_the_present() -> None:
    clock = FixedClock()
    held = HeldExports(await _recorded(clock, revisions=3))
    snapshots = _snapshots(held, clock)
    await snapshots.view(ViewRequest())
    held.let_go.clear()
    past = asyncio.create_task(snapshots.view(ViewRequest(revision=1)))
    await asyncio.sleep(0)
    another_day = await asyncio.wait_for(snapshots.view(ViewRequest(as_of=date(2026, 1, 1))), timeout=10)
    assert another_day.view.revision.number == 3
    assert not past.done()
    held.let_go.set()
    assert (await past).view.revision.number == 1


class HeldExports(CountingStore):
    """A store whose exports wait until they are let go."""

    def __init__(self, store: CountingStore) -> None:
        super().__init__(store)
        self.let_go = asyncio.Event()
        self.let_go.set()

    async def export(self, revision: int) -> Facts:
        await self.let_go.wait()
        return await super().export(revision)


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


async def test_what_is_judged_by_is_the_graph_of_today_whatever_day_was_asked_for_last() -> None:
    clock = FixedClock()
    store = await _recorded(clock, revisions=1)
    snapshots = _snapshots(store, clock)
    today = await snapshots.view(ViewRequest())
    await snapshots.view(ViewRequest(as_of=date(2030, 1, 1)))

    assert snapshots.graph_in_hand(1) is today.day
