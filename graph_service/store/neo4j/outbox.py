"""Events on their way to partners: who takes one holds the lock of the Outbox, so that no two take the same."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from neo4j import Record

from graph_service.model.side_records import OutgoingEvent
from graph_service.model.vocabulary import EventState
from graph_service.store.moments import from_us, to_us
from graph_service.store.neo4j.connection import Connection, Transaction
from graph_service.store.neo4j.revisions import clamp


async def take_events(
    connection: Connection, *, now: datetime, leased_until: datetime, most: int
) -> Sequence[OutgoingEvent]:
    """As ``GraphStore.take_events`` promises. Nothing is locked where nothing is due."""
    if not await connection.read("find_due_event", now_us=to_us(now)):
        return ()
    writer_id = uuid.uuid4().hex

    async def work(transaction: Transaction) -> Sequence[OutgoingEvent]:
        await transaction.run("lock_outbox", writer=writer_id)
        taken = await transaction.run(
            "lease_event", now_us=to_us(now), leased_until_us=to_us(leased_until), most=clamp(most)
        )
        return [_to_event(record) for record in taken]

    # After a commit of unknown outcome these events rest until their lease is over; others would be taken in vain.
    return await connection.write(work, repeats_commit=False)


async def settle_event(connection: Connection, event: OutgoingEvent, *, leased_until: datetime) -> bool:
    """As ``GraphStore.settle_event`` promises."""
    writer_id = uuid.uuid4().hex

    async def work(transaction: Transaction) -> bool:
        await transaction.run("lock_outbox", writer=writer_id)
        record = await transaction.one(
            "settle_event",
            event_id=event.event_id,
            held_until_us=to_us(leased_until),
            state=event.state.value,
            attempts=event.attempts,
            next_attempt_at_us=to_us(event.next_attempt_at),
            last_answer=event.last_answer,
        )
        return bool(record["settled"])

    return await connection.write(work, repeats_commit=False)


async def list_events(
    connection: Connection, *, first: int, after: int, state: EventState | None, partner_uid: str | None
) -> Sequence[OutgoingEvent]:
    """As ``GraphStore.list_events`` promises."""
    page = {"after": clamp(after), "first": clamp(first)}
    if state is not None:
        found = await connection.read("list_events_in_state", state=state.value, partner_uid=partner_uid, **page)
    elif partner_uid is not None:
        found = await connection.read("list_events_of_partner", partner_uid=partner_uid, **page)
    else:
        found = await connection.read("list_events", **page)
    return [_to_event(record) for record in found]


async def revive_event(connection: Connection, event_id: str, now: datetime) -> bool:
    """As ``GraphStore.revive_event`` promises."""
    writer_id = uuid.uuid4().hex

    async def work(transaction: Transaction) -> bool:
        await transaction.run("lock_outbox", writer=writer_id)
        record = await transaction.one("revive_event", event_id=event_id, now_us=to_us(now))
        return bool(record["revived"])

    return await connection.write(work, repeats_commit=False)


def _to_event(record: Record) -> OutgoingEvent:
    leased_until_us = record["leased_until_us"]
    return OutgoingEvent(
        event_id=record["event_id"],
        partner_uid=record["partner_uid"],
        aggregate=record["aggregate"],
        payload=record["payload"],
        created_at=from_us(record["created_at_us"]),
        next_attempt_at=from_us(record["next_attempt_at_us"]),
        attempts=record["attempts"],
        state=EventState(record["state"]),
        leased_until=None if leased_until_us is None else from_us(leased_until_us),
        last_answer=record["last_answer"],
        sequence=record["sequence"],
    )
