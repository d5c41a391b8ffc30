"""What partners are to be told, and what is to be fetched from them, delivered at least once.

An event of the outbox is JSON: ``{"kind": "event", "event": {...}}`` with a CloudEvent, or ``{"kind": "fetch", "ids":
[...]}`` with the footprints that a partner says it has published.

What is tried again: no answer, 408, 425, 429, 5xx, a failing or too busy store. What is not: every other answer, 401
and 403 too, once a new token has been refused as well; it is dead at once, is seen, and is sent again by hand when the
cause is mended. Nothing is tried later than 72 hours after it was recorded, but for what is sent again by hand: once.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from graph_service.errors import Conflict, GraphServiceError, PartnerUnavailable, StoreUnavailable
from graph_service.model.partners import Partner
from graph_service.model.side_records import Collection, OutgoingEvent
from graph_service.model.vocabulary import EventState
from graph_service.ports import Clock, GraphStore, PartnerClient

LOGGER = logging.getLogger(__name__)

WORKERS = 8
LEASE = timedelta(seconds=60)
"""How long nobody else takes an event; a process that died in the middle costs its events so much time."""

WORK_S = 50.0
"""A delivery that is not done then has failed, well before its lease ends."""

FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 3600.0
LONGEST_LIFE = timedelta(hours=72)
POLL_S = 1.0
IDS_A_FETCH = 3
"""Footprints in one fetch, so that it is done within the lease."""

_DOUBLINGS = 20
_LONGEST_ANSWER = 500

Fetch = Callable[[Partner, Sequence[str]], Awaitable[None]]
"""Fetches footprints of a partner by their ids and declares them."""


class Rng(Protocol):
    """Where chance comes from."""

    def uniform(self, a: float, b: float, /) -> float:
        """A number between the two."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a delivery needs."""

    store: GraphStore
    client: PartnerClient
    fetch: Fetch
    clock: Clock
    rng: Rng


def outgoing_event(partner: Partner, event: Mapping[str, object], *, aggregate: str, now: datetime) -> OutgoingEvent:
    """A CloudEvent for the outbox, due at once. ``aggregate``: what it is about; such events keep their order."""
    payload = json.dumps({"kind": "event", "event": event}, ensure_ascii=False)
    return OutgoingEvent(str(event["id"]), partner.uid, aggregate, payload, created_at=now, next_attempt_at=now)


def outgoing_fetches(partner: Partner, ids: Sequence[str], *, now: datetime) -> tuple[OutgoingEvent, ...]:
    """Footprints to fetch, a few at a time, for the outbox."""
    unique = list(dict.fromkeys(ids))
    chunks = [unique[start : start + IDS_A_FETCH] for start in range(0, len(unique), IDS_A_FETCH)]
    return tuple(
        OutgoingEvent(
            str(uuid.uuid4()),
            partner.uid,
            f"fetch/{chunk[0]}",
            json.dumps({"kind": "fetch", "ids": chunk}, ensure_ascii=False),
            created_at=now,
            next_attempt_at=now,
        )
        for chunk in chunks
    )


async def deliver_due(delivery: Delivery, *, most: int = WORKERS) -> int:
    """How many events were tried: those that are due now, at most one per partner, each once."""
    taken = await _take(delivery, most)
    await asyncio.gather(*(_deliver(delivery, event) for event in taken))
    return len(taken)


async def run_outbox(delivery: Delivery, *, workers: int = WORKERS, poll_s: float = POLL_S) -> None:
    """Deliver what comes due until cancelled.

    A partner has at most one event on its way, so that one that does not answer holds one worker, not all.
    """
    running: set[asyncio.Task[None]] = set()
    try:
        while True:
            try:
                taken = await _take(delivery, workers - len(running)) if len(running) < workers else ()
            except StoreUnavailable as error:
                LOGGER.warning("the outbox cannot be read now: %s", error.message)
                taken = ()
            except Exception:
                LOGGER.exception("the outbox cannot be read: a defect")  # to be seen, and not the end of deliveries
                taken = ()
            running |= {asyncio.create_task(_deliver(delivery, event)) for event in taken}
            if running:
                _, running = await asyncio.wait(running, timeout=poll_s, return_when=asyncio.FIRST_COMPLETED)
            else:
                await asyncio.sleep(poll_s)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _take(delivery: Delivery, most: int) -> Sequence[OutgoingEvent]:
    now = delivery.clock.now()
    return await delivery.store.take_events(now=now, leased_until=now + LEASE, most=most)


async def _deliver(delivery: Delivery, event: OutgoingEvent) -> None:
    """Try one event and write down what came of it; whatever goes wrong, the others go on."""
    leased_until = event.leased_until
    if leased_until is None:
        raise ValueError(f"event {event.event_id} was not taken")
    try:
        settled = await _try(delivery, event)
    except asyncio.CancelledError:
        # The service ends: the one that follows need not wait for the lease. The event may have got there; it is
        # delivered again then, under the same id.
        await delivery.store.settle_event(event, leased_until=leased_until)
        raise
    try:
        is_written = await delivery.store.settle_event(settled, leased_until=leased_until)
    except StoreUnavailable as error:
        LOGGER.warning("event %s was tried, its answer not written: %s", event.event_id, error.message)
        return
    except Exception:
        LOGGER.exception("event %s was tried, its answer not written: a defect", event.event_id)
        return
    if not is_written:
        LOGGER.warning("event %s took longer than its lease; it may be delivered again", event.event_id)


async def _try(delivery: Delivery, event: OutgoingEvent) -> OutgoingEvent:
    """The event as it stands after one attempt."""
    tried = replace(event, attempts=event.attempts + 1)
    try:
        async with asyncio.timeout(WORK_S):
            partner = await _partner(delivery.store, event.partner_uid)
            if partner is None or partner.revoked_at is not None:
                return _dead(tried, "the partner is revoked")
            await _perform(delivery, partner, event.payload)
    except TimeoutError:
        return _later(delivery, tried, event.attempts, "not done in time")
    except PartnerUnavailable as error:
        return _later(delivery, tried, event.attempts, error.message, retry_after_s=error.retry_after_s)
    except (StoreUnavailable, Conflict) as error:
        return _later(delivery, tried, event.attempts, error.message)
    except GraphServiceError as error:
        return _dead(tried, error.message)
    except Exception:
        LOGGER.exception("event %s to partner %s met a defect", event.event_id, event.partner_uid)
        return _later(delivery, tried, event.attempts, "a defect of this service, see its log")
    return replace(tried, state=EventState.DONE, last_answer=None)


async def _partner(store: GraphStore, partner_uid: str) -> Partner | None:
    found = await store.side_records(Collection.PARTNER, [partner_uid])
    return Partner.from_record(found[partner_uid]) if partner_uid in found else None


async def _perform(delivery: Delivery, partner: Partner, payload: str) -> None:
    task = json.loads(payload)
    if task["kind"] == "fetch":
        await delivery.fetch(partner, task["ids"])
    else:
        await delivery.client.send_event(partner, task["event"])


def _later(
    delivery: Delivery, tried: OutgoingEvent, attempts_before: int, answer: str, *, retry_after_s: float | None = None
) -> OutgoingEvent:
    """To be tried again after a random time that grows with each attempt, or dead where that is past its life."""
    longest_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(attempts_before, _DOUBLINGS))
    wait_s = max(delivery.rng.uniform(0.0, longest_s), retry_after_s or 0.0)
    next_attempt_at = delivery.clock.now() + timedelta(seconds=wait_s)
    if next_attempt_at > tried.created_at + LONGEST_LIFE:
        return _dead(tried, f"{answer}; given up after 72 hours")
    LOGGER.info("event %s to partner %s is tried again: %s", tried.event_id, tried.partner_uid, answer)
    return replace(tried, next_attempt_at=next_attempt_at, last_answer=answer[:_LONGEST_ANSWER])


def _dead(tried: OutgoingEvent, answer: str) -> OutgoingEvent:
    LOGGER.error(
        "event %s to partner %s was given up after %d attempts: %s",
        tried.event_id,
        tried.partner_uid,
        tried.attempts,
        answer,
    )
    return replace(tried, state=EventState.DEAD, last_answer=answer[:_LONGEST_ANSWER])
