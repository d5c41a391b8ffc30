"""Events reach partners at least once, one partner's trouble is not another's, and what fails for good is seen."""

import asyncio
import itertools
import json
import logging
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from graph_service.errors import Conflict, InvalidInput, PartnerUnavailable
from graph_service.model.batch import Beside, PreparedBatch
from graph_service.model.partners import FootprintQuery, PactVersion, Partner
from graph_service.model.side_records import OutgoingEvent
from graph_service.model.vocabulary import Door, EventState
from graph_service.ports import PartnerClient
from graph_service.service.partners.outbox import (
    LEASE,
    Delivery,
    deliver_due,
    outgoing_event,
    outgoing_fetches,
    run_outbox,
)
from tests.support.clock import FixedClock
from tests.support.memory_store import MemoryStore
from tests.support.partner_server import (
    Called,
    Reply,
    make_certificate,
    make_client,
    make_partner,
    serving_partner,
)


class Longest:
    """Waits as long as may be."""

    def uniform(self, a: float, b: float, /) -> float:
        return b


class Behaving:
    """The world outside: partners that answer as told, and what they were sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.silent: set[str] = set()
        self.released, self.is_told_all = asyncio.Event(), asyncio.Event()

    async def send_event(self, partner: Partner, event: Mapping[str, object]) -> None:
        self.sent.append((partner.uid, str(event["id"])))
        if event["id"] == "a-4":
            self.is_told_all.set()
        if partner.uid in self.silent:
            await self.released.wait()
            raise PartnerUnavailable("no answer")

    async def footprint(self, partner: Partner, footprint_id: str) -> object:
        raise PartnerUnavailable("no answer")

    def footprints(self, partner: Partner, query: FootprintQuery) -> AsyncIterator[Sequence[object]]:
        raise PartnerUnavailable("no answer")

    async def close(self) -> None:
        pass


async def fetch_nothing(partner: Partner, ids: Sequence[str]) -> None:
    raise InvalidInput("this test fetches nothing")


def partner_of(uid: str) -> Partner:
    return Partner(uid, uid, f"https://{uid}.example", PactVersion.V3, f"key-{uid}")


def event(partner: Partner, event_id: str, now: datetime, *, aggregate: str = "item-1") -> OutgoingEvent:
    return outgoing_event(partner, {"id": event_id}, aggregate=aggregate, now=now)


async def record(store: MemoryStore, clock: FixedClock, *partners: Partner, events: Sequence[OutgoingEvent]) -> None:
    beside = Beside(tuple(partner.to_record() for partner in partners), events=tuple(events))
    revision = await store.revision()
    await store.apply(PreparedBatch(revision.number, {}, {}, clock.now(), "test", Door.CLI, "test", beside=beside))


def delivering(store: MemoryStore, client: PartnerClient, clock: FixedClock) -> Delivery:
    return Delivery(store, client, fetch_nothing, clock, Longest())


async def only_event(store: MemoryStore) -> OutgoingEvent:
    (found,) = await store.list_events(first=10)
    return found


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def store(clock: FixedClock) -> MemoryStore:
    return MemoryStore(clock=clock)


async def test_events_go_out_once_in_their_order(store: MemoryStore, clock: FixedClock) -> None:
    client, partner = Behaving(), partner_of("p")
    await record(store, clock, partner, events=[event(partner, f"e-{number}", clock.now()) for number in range(3)])
    delivery = delivering(store, client, clock)
    while await deliver_due(delivery):
        pass
    assert client.sent == [("p", "e-0"), ("p", "e-1"), ("p", "e-2")]
    assert {found.state for found in await store.list_events(first=10)} == {EventState.DONE}


async def test_an_outage_of_an_hour_over_https_loses_nothing_and_repeats_the_same_event(
    store: MemoryStore, clock: FixedClock, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path)
    client = make_client(certificate.chain, clock=clock)
    start = clock.now()
    with serving_partner(certificate) as server:
        partner = make_partner(server.base_url)
        tried: list[tuple[timedelta, int, object]] = []

        def down_for_an_hour(called: Called) -> Reply:
            is_up = clock.now() - start >= timedelta(hours=1)
            tried.append((clock.now() - start, 200 if is_up else 503, json.loads(called.body)["id"]))
            return Reply(200 if is_up else 503)

        server.answers["/3/events"] = down_for_an_hour
        await record(store, clock, partner, events=[event(partner, "e-1", clock.now())])
        delivery = Delivery(store, client, fetch_nothing, clock, random.Random(7))
        while (await only_event(store)).state is EventState.PENDING:
            assert await deliver_due(delivery) == 1
            assert await deliver_due(delivery) == 0
            clock.advance(max((await only_event(store)).next_attempt_at - clock.now(), timedelta()))
        await client.close()
    assert [status for _, status, _ in tried].count(200) == 1
    assert tried[-1][1] == 200
    assert {event_id for _, _, event_id in tried} == {"e-1"}
    assert 8 <= len(tried) <= 40
    for number, (before, after) in enumerate(itertools.pairwise(tried)):
        assert after[0] - before[0] <= timedelta(seconds=min(3600, 5 * 2**number))


async def test_waits_double_to_an_hour_and_end_after_72_hours_with_an_alarm(
    store: MemoryStore, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    client, partner, start = Behaving(), partner_of("p"), clock.now()
    client.silent.add("p")
    client.released.set()
    await record(store, clock, partner, events=[event(partner, "e-1", start)])
    delivery, waits = delivering(store, client, clock), []
    while (found := await only_event(store)).state is EventState.PENDING:
        await deliver_due(delivery)
        found = await only_event(store)
        waits.append((found.next_attempt_at - clock.now()).total_seconds())
        if found.state is EventState.PENDING:
            clock.advance(found.next_attempt_at - clock.now())
    assert waits[:11] == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]
    assert found.state is EventState.DEAD
    assert clock.now() - start <= timedelta(hours=72) < clock.now() - start + timedelta(hours=1)
    assert "72 hours" in (found.last_answer or "")
    assert [one.levelno for one in caplog.records if "given up" in one.getMessage()] == [logging.ERROR]


async def test_retry_after_is_obeyed(store: MemoryStore, clock: FixedClock) -> None:
    class Patient(Behaving):
        async def send_event(self, partner: Partner, event: Mapping[str, object]) -> None:
            raise PartnerUnavailable("later", retry_after_s=900)

    partner = partner_of("p")
    await record(store, clock, partner, events=[event(partner, "e-1", clock.now())])
    await deliver_due(delivering(store, Patient(), clock))
    assert (await only_event(store)).next_attempt_at == clock.now() + timedelta(seconds=900)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_refused_event_is_dead_at_once_and_is_sent_again_by_hand(
    store: MemoryStore, clock: FixedClock, tmp_path: Path, status: int
) -> None:
    certificate = make_certificate(tmp_path)
    client = make_client(certificate.chain, clock=clock)
    with serving_partner(certificate) as server:
        partner = make_partner(server.base_url)
        server.answers["/3/events"] = lambda _called: Reply(status, {"code": "BadRequest"})
        await record(store, clock, partner, events=[event(partner, "e-1", clock.now())])
        delivery = delivering(store, client, clock)
        await deliver_due(delivery)
        found = await only_event(store)
        assert (found.state, found.attempts) == (EventState.DEAD, 1)
        assert f"{status} (BadRequest)" in (found.last_answer or "")
        server.answers["/3/events"] = lambda _called: Reply(200)
        clock.advance(timedelta(days=10))
        assert await store.revive_event("e-1", clock.now())
        await deliver_due(delivery)
        assert (await only_event(store)).state is EventState.DONE
    await client.close()


async def test_a_revoked_partner_is_told_nothing_any_more(store: MemoryStore, clock: FixedClock) -> None:
    client, partner = Behaving(), replace(partner_of("p"), revoked_at="2026-01-01T00:00:00Z")
    await record(store, clock, partner, events=[event(partner, "e-1", clock.now())])
    await deliver_due(delivering(store, client, clock))
    assert client.sent == []
    assert (await only_event(store)).state is EventState.DEAD


async def test_a_partner_that_does_not_answer_holds_one_worker_only(store: MemoryStore, clock: FixedClock) -> None:
    client, dead, alive = Behaving(), partner_of("dead"), partner_of("alive")
    client.silent.add("dead")
    events = [event(dead, f"d-{number}", clock.now(), aggregate=f"item-{number}") for number in range(5)]
    events += [event(alive, f"a-{number}", clock.now(), aggregate=f"item-{number}") for number in range(5)]
    await record(store, clock, dead, alive, events=events)
    running = asyncio.create_task(run_outbox(delivering(store, client, clock), workers=2, poll_s=0.01))
    async with asyncio.timeout(20):
        await client.is_told_all.wait()
    assert [event_id for uid, event_id in client.sent if uid == "dead"] == ["d-0"]
    assert [event_id for uid, event_id in client.sent if uid == "alive"] == [f"a-{number}" for number in range(5)]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_an_event_whose_process_died_is_delivered_when_its_lease_ends(
    store: MemoryStore, clock: FixedClock
) -> None:
    client, partner = Behaving(), partner_of("p")
    await record(store, clock, partner, events=[event(partner, "e-1", clock.now())])
    await store.take_events(now=clock.now(), leased_until=clock.now() + LEASE, most=1)
    delivery = delivering(store, client, clock)
    assert await deliver_due(delivery) == 0
    clock.advance(LEASE)
    assert await deliver_due(delivery) == 1
    assert client.sent == [("p", "e-1")]


async def test_a_service_that_ends_leaves_what_was_on_its_way_to_the_next_one_at_once(
    store: MemoryStore, clock: FixedClock
) -> None:
    client, partner = Behaving(), partner_of("p")
    client.silent.add("p")
    await record(store, clock, partner, events=[event(partner, "a-4", clock.now())])
    running = asyncio.create_task(run_outbox(delivering(store, client, clock), poll_s=0.01))
    async with asyncio.timeout(20):
        await client.is_told_all.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await deliver_due(delivering(store, Behaving(), clock)) == 1
    assert ((await only_event(store)).state, client.sent) == (EventState.DONE, [("p", "a-4")])


async def test_a_store_that_is_too_busy_is_tried_again(store: MemoryStore, clock: FixedClock) -> None:
    async def fetch(partner: Partner, ids: Sequence[str]) -> None:
        raise Conflict("others record all the time")

    partner = partner_of("p")
    await record(store, clock, partner, events=outgoing_fetches(partner, ["id-1"], now=clock.now()))
    assert await deliver_due(Delivery(store, Behaving(), fetch, clock, Longest())) == 1
    found = await only_event(store)
    assert (found.state, found.last_answer) == (EventState.PENDING, "others record all the time")


async def test_footprints_to_fetch_are_fetched_a_few_at_a_time(store: MemoryStore, clock: FixedClock) -> None:
    partner, fetched = partner_of("p"), []

    async def fetch(partner: Partner, ids: Sequence[str]) -> None:
        fetched.append(list(ids))

    ids = [f"id-{number}" for number in range(7)]
    await record(store, clock, partner, events=outgoing_fetches(partner, [*ids, "id-0"], now=clock.now()))
    delivery = Delivery(store, Behaving(), fetch, clock, Longest())
    while await deliver_due(delivery):
        pass
    assert sorted(one for few in fetched for one in few) == ids
    assert max(map(len, fetched)) == 3


async def test_a_defect_in_one_delivery_leaves_the_event_for_later_and_the_others_alone(
    store: MemoryStore, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    class Defective(Behaving):
        async def send_event(self, partner: Partner, event: Mapping[str, object]) -> None:
            await super().send_event(partner, event)
            if partner.uid == "p":
                raise ZeroDivisionError("a defect")

    client = Defective()
    partners = [partner_of("p"), partner_of("q")]
    await record(store, clock, *partners, events=[event(one, f"e-{one.uid}", clock.now()) for one in partners])
    assert await deliver_due(delivering(store, client, clock)) == 2
    states = {found.partner_uid: found.state for found in await store.list_events(first=10)}
    assert states == {"p": EventState.PENDING, "q": EventState.DONE}
    assert "a defect" in caplog.text


async def test_a_defect_of_the_store_ends_no_deliveries(clock: FixedClock, caplog: pytest.LogCaptureFixture) -> None:
    stumbles = {"take", "settle"}

    class Stumbling(MemoryStore):
        async def take_events(self, **asked: Any) -> Sequence[OutgoingEvent]:
            if "take" in stumbles:
                stumbles.remove("take")
                raise ZeroDivisionError("stumbled taking")
            return await super().take_events(**asked)

        async def settle_event(self, event: OutgoingEvent, *, leased_until: datetime) -> bool:
            if "settle" in stumbles:
                stumbles.remove("settle")
                clock.advance(LEASE)
                raise ZeroDivisionError("stumbled settling")
            return await super().settle_event(event, leased_until=leased_until)

    store, client, partner = Stumbling(clock=clock), Behaving(), partner_of("p")
    events = [event(partner, "e-1", clock.now()), event(partner, "a-4", clock.now())]
    await record(store, clock, partner, events=events)
    running = asyncio.create_task(run_outbox(delivering(store, client, clock), poll_s=0.01))
    async with asyncio.timeout(20):
        await client.is_told_all.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [event_id for _, event_id in client.sent] == ["e-1", "e-1", "a-4"]
    assert "stumbled taking" in caplog.text
    assert "stumbled settling" in caplog.text
