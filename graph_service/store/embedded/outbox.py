"""Events on their way to partners, as rows: taken under a lease, settled, listed, revived."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from graph_service.model.side_records import OutgoingEvent
from graph_service.model.vocabulary import EventState
from graph_service.store.embedded.connection import Connection
from graph_service.store.embedded.statements import statement
from graph_service.store.moments import from_us, to_us


def add(connection: Connection, events: Iterable[OutgoingEvent]) -> None:
    """Keep new events, their sequences in the order given. An id that is there breaks a rule of the schema."""
    connection.executemany(statement("add_event"), [_to_row(event) for event in events])


def due(connection: Connection, *, now: datetime, most: int) -> list[OutgoingEvent]:
    """The events to deliver now, as ``GraphStore.take_events`` picks them, before anybody has them leased."""
    # SQLite reads a negative limit as none.
    rows = connection.execute(statement("find_due_events"), {"now_us": to_us(now), "most": max(0, most)})
    return [_to_event(row) for row in rows.fetchall()]


def take(connection: Connection, *, now: datetime, leased_until: datetime, most: int) -> list[OutgoingEvent]:
    """As ``GraphStore.take_events``, within the caller's writing transaction: nobody else takes meanwhile."""
    until_us = to_us(leased_until)
    events = due(connection, now=now, most=most)
    connection.executemany(statement("lease_event"), [(until_us, event.sequence) for event in events])
    return [replace(event, leased_until=from_us(until_us)) for event in events]


def settle(connection: Connection, event: OutgoingEvent, *, leased_until: datetime) -> bool:
    """As ``GraphStore.settle_event``."""
    settled = {
        "event_id": event.event_id,
        "leased_until_us": to_us(leased_until),
        "state": event.state.value,
        "attempts": event.attempts,
        "next_attempt_at_us": to_us(event.next_attempt_at),
        "last_answer": event.last_answer,
    }
    return bool(connection.execute(statement("settle_event"), settled).fetchall())


def revive(connection: Connection, event_id: str, now: datetime) -> bool:
    """As ``GraphStore.revive_event``."""
    asked = {"event_id": event_id, "now_us": to_us(now)}
    return bool(connection.execute(statement("revive_event"), asked).fetchall())


def listed(
    connection: Connection, *, first: int, after: int, state: EventState | None, partner_uid: str | None
) -> list[OutgoingEvent]:
    """As ``GraphStore.list_events``."""
    # SQLite reads a negative limit as none.
    page: dict[str, Any] = {"after": after, "first": max(0, first)}
    if state is not None:
        asked = page | {"state": state.value, "partner_uid": partner_uid}
        rows = connection.execute(statement("list_events_in_state"), asked)
    elif partner_uid is not None:
        rows = connection.execute(statement("list_events_of_partner"), page | {"partner_uid": partner_uid})
    else:
        rows = connection.execute(statement("list_events"), page)
    return [_to_event(row) for row in rows.fetchall()]


def _to_row(event: OutgoingEvent) -> tuple[Any, ...]:
    leased_until_us = None if event.leased_until is None else to_us(event.leased_until)
    moments_us = (to_us(event.created_at), to_us(event.next_attempt_at))
    about = (event.event_id, event.partner_uid, event.aggregate, event.payload)
    return (*about, *moments_us, event.attempts, event.state.value, leased_until_us, event.last_answer)


def _to_event(row: Sequence[Any]) -> OutgoingEvent:
    event_id, partner_uid, aggregate, payload, created_at_us, next_attempt_at_us = row[:6]
    attempts, state, leased_until_us, last_answer, sequence = row[6:]
    return OutgoingEvent(
        event_id,
        partner_uid,
        aggregate,
        payload,
        created_at=from_us(created_at_us),
        next_attempt_at=from_us(next_attempt_at_us),
        attempts=attempts,
        state=EventState(state),
        leased_until=None if leased_until_us is None else from_us(leased_until_us),
        last_answer=last_answer,
        sequence=sequence,
    )
