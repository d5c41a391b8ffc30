"""What a batch writes beside the graph, in statements of bounded size: side records and outgoing events.

New ones carry the revision that brings them, and readers leave out those beyond the Head: they may be staged. What
changes or removes a record that is there belongs into the transaction that moves the Head.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from graph_service.errors import AlreadyRecorded
from graph_service.model.batch import Beside
from graph_service.model.side_records import OutgoingEvent, SideRecord
from graph_service.store.moments import to_us
from graph_service.store.neo4j.connection import Transaction, Work

_Written = TypeVar("_Written", SideRecord, OutgoingEvent)
_Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SortedBeside:
    """``removed``: collection and key. A record that is removed and put in one batch is put."""

    added: Sequence[SideRecord]
    replaced: Sequence[SideRecord]
    removed: Sequence[_Name]
    events: Sequence[OutgoingEvent]


@dataclass(frozen=True, slots=True)
class ChunkSize:
    """How many records or events a statement takes, and how many characters of their texts; one at least."""

    rows: int
    chars: int


async def sort_beside(transaction: Transaction, beside: Beside, *, chunk_rows: int) -> SortedBeside:
    """What is new and what replaces what is there, read under the lock of the Head.

    Raises
    ------
    AlreadyRecorded
        A record that must be new is there.
    """
    put = {(record.collection.value, record.key): record for record in beside.records}
    must_be_new = {(record.collection.value, record.key) for record in beside.records if record.is_new}
    names = list(put)
    known: set[_Name] = set()
    for start in range(0, len(names), chunk_rows):
        chunk = names[start : start + chunk_rows]
        found = await transaction.one("find_known_side_records", **_names(chunk))
        known.update(chunk[place] for place in found["places"])
    for collection, key in names:
        if (collection, key) in known and (collection, key) in must_be_new:
            raise AlreadyRecorded(f"{collection} {key!r} is there", details={"key": key})
    return SortedBeside(
        added=[record for name, record in put.items() if name not in known],
        replaced=[record for name, record in put.items() if name in known],
        removed=list(
            dict.fromkeys((place.value, key) for place, key in beside.removed if (place.value, key) not in put)
        ),
        events=beside.events,
    )


def _chunks(written: Sequence[_Written], size: ChunkSize) -> Iterator[Sequence[_Written]]:
    """Records or events in their order, cut so that no statement grows too large."""
    start, chars = 0, 0
    for place, one in enumerate(written):
        own_chars = _count_chars(one)
        if place > start and (place - start == size.rows or chars + own_chars > size.chars):
            yield written[start:place]
            start, chars = place, 0
        chars += own_chars
    if start < len(written):
        yield written[start:]


def additions(beside: SortedBeside, *, revision: int, size: ChunkSize) -> Iterator[Work[None]]:
    """What adds the new records, then the events, a statement or two each, under the lock of the Head."""
    for records in _chunks(beside.added, size):
        yield partial(_add_records, records=records, revision=revision)
    for events in _chunks(beside.events, size):
        yield partial(_add_events, events=events, revision=revision)


async def _add_records(transaction: Transaction, *, records: Sequence[SideRecord], revision: int) -> None:
    await transaction.run("add_side_record", revision=revision, **_columns(records))


async def _add_events(transaction: Transaction, *, events: Sequence[OutgoingEvent], revision: int) -> None:
    last = await transaction.run("find_last_sequence")
    leases = [event.leased_until for event in events]
    await transaction.run(
        "add_outgoing_event",
        count=len(events),
        revision=revision,
        first_sequence=last[0]["sequence"] + 1 if last else 1,
        event_id=[event.event_id for event in events],
        partner_uid=[event.partner_uid for event in events],
        aggregate=[event.aggregate for event in events],
        payload=[event.payload for event in events],
        created_at_us=[to_us(event.created_at) for event in events],
        next_attempt_at_us=[to_us(event.next_attempt_at) for event in events],
        attempts=[event.attempts for event in events],
        state=[event.state.value for event in events],
        leased_until_us=[None if until is None else to_us(until) for until in leases],
        last_answer=[event.last_answer for event in events],
    )


async def show_beside(transaction: Transaction, beside: SortedBeside, writer_id: str, *, size: ChunkSize) -> None:
    """What can only be written when the Head moves; nobody takes events until this transaction is over."""
    for chunk in _chunks(beside.replaced, size):
        await transaction.run("replace_side_record", **_columns(chunk))
    for start in range(0, len(beside.removed), size.rows):
        await transaction.run("remove_side_record", **_names(beside.removed[start : start + size.rows]))
    if beside.events:
        await transaction.run("lock_outbox", writer=writer_id)


def _count_chars(one: SideRecord | OutgoingEvent) -> int:
    return len(one.body) if isinstance(one, SideRecord) else len(one.payload)


def _names(names: Sequence[_Name]) -> dict[str, Any]:
    return {
        "count": len(names),
        "collection": [collection for collection, _ in names],
        "key": [key for _, key in names],
    }


def _columns(records: Sequence[SideRecord]) -> dict[str, Any]:
    texts = {"body": [record.body for record in records], "owner": [record.owner for record in records]}
    return {**_names([(record.collection.value, record.key) for record in records]), **texts}
