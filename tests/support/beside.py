"""Side records and outgoing events for tests, and what a store holds of them."""

from datetime import datetime, timedelta

from graph_service.model.batch import Beside
from graph_service.model.side_records import Collection, OutgoingEvent, SideRecord
from graph_service.ports import GraphStore
from tests.support.clock import NOON

MINUTE = timedelta(minutes=1)
ALL = 10**6


def record(
    key: str, *, body: str = "{}", owner: str = "", is_new: bool = False, of: Collection = Collection.REQUEST
) -> SideRecord:
    return SideRecord(of, key, body, owner, is_new)


def event(
    event_id: str, *, partner: str = "p", about: str = "d", due_at: datetime = NOON, payload: str = "{}"
) -> OutgoingEvent:
    return OutgoingEvent(event_id, partner, about, payload, created_at=NOON, next_attempt_at=due_at)


def beside(
    *records: SideRecord, removed: tuple[tuple[Collection, str], ...] = (), events: tuple[OutgoingEvent, ...] = ()
) -> Beside:
    return Beside(records, removed, events)


async def all_beside(store: GraphStore) -> tuple[list[SideRecord], list[OutgoingEvent]]:
    """Every record of every collection, and every event, in the order of the lists."""
    records: list[SideRecord] = []
    for collection in Collection:
        records += await store.list_side_records(collection, first=ALL)
    return records, list(await store.list_events(first=ALL))
