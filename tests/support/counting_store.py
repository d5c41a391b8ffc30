"""A store that counts the calls made to it, for the promise of few store calls per request (DESIGN, section 6)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from graph_service.model.access import AccessKey
from graph_service.model.batch import ClientName, Idempotency, PreparedBatch, Receipt
from graph_service.model.fact_changes import FactChanges
from graph_service.model.facts import Facts, Revision
from graph_service.model.side_records import Collection, OutgoingEvent, SideRecord
from graph_service.model.vocabulary import EventState
from graph_service.ports import GraphStore


class CountingStore:
    """``GraphStore`` around another one; ``calls`` counts by method, access keys apart."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self.calls: Counter[str] = Counter()

    async def apply(self, batch: PreparedBatch) -> Receipt:
        self.calls["apply"] += 1
        return await self._store.apply(batch)

    async def recall(self, client: ClientName, key: str) -> tuple[Idempotency, Revision] | None:
        self.calls["recall"] += 1
        return await self._store.recall(client, key)

    async def revision(self) -> Revision:
        self.calls["revision"] += 1
        return await self._store.revision()

    async def revision_by_number(self, number: int) -> Revision | None:
        self.calls["revision_by_number"] += 1
        return await self._store.revision_by_number(number)

    async def revision_known_at(self, known_at: datetime) -> Revision | None:
        self.calls["revision_known_at"] += 1
        return await self._store.revision_known_at(known_at)

    async def revisions(self, *, first: int, below: int | None = None, above: int | None = None) -> Sequence[Revision]:
        self.calls["revisions"] += 1
        return await self._store.revisions(first=first, below=below, above=above)

    async def export(self, revision: int) -> Facts:
        self.calls["export"] += 1
        return await self._store.export(revision)

    async def changes_since(self, revision: int, to_revision: int, *, most_rows: int) -> FactChanges | None:
        self.calls["changes_since"] += 1
        return await self._store.changes_since(revision, to_revision, most_rows=most_rows)

    async def side_records(self, collection: Collection, keys: Sequence[str]) -> Mapping[str, SideRecord]:
        self.calls["side_records"] += 1
        return await self._store.side_records(collection, keys)

    async def list_side_records(
        self, collection: Collection, *, first: int, after: str = "", owner: str | None = None
    ) -> Sequence[SideRecord]:
        self.calls["list_side_records"] += 1
        return await self._store.list_side_records(collection, first=first, after=after, owner=owner)

    async def take_events(self, *, now: datetime, leased_until: datetime, most: int) -> Sequence[OutgoingEvent]:
        self.calls["take_events"] += 1
        return await self._store.take_events(now=now, leased_until=leased_until, most=most)

    async def settle_event(self, event: OutgoingEvent, *, leased_until: datetime) -> bool:
        self.calls["settle_event"] += 1
        return await self._store.settle_event(event, leased_until=leased_until)

    async def list_events(
        self, *, first: int, after: int = 0, state: EventState | None = None, partner_uid: str | None = None
    ) -> Sequence[OutgoingEvent]:
        self.calls["list_events"] += 1
        return await self._store.list_events(first=first, after=after, state=state, partner_uid=partner_uid)

    async def revive_event(self, event_id: str, now: datetime) -> bool:
        self.calls["revive_event"] += 1
        return await self._store.revive_event(event_id, now)

    async def add_key(self, key: AccessKey) -> None:
        await self._store.add_key(key)

    async def key_by_id(self, key_id: str) -> AccessKey | None:
        return await self._store.key_by_id(key_id)

    async def keys(self) -> Sequence[AccessKey]:
        return await self._store.keys()

    async def revoke_key(self, key_id: str, revoked_at: datetime) -> bool:
        return await self._store.revoke_key(key_id, revoked_at)

    async def check_ready(self) -> None:
        self.calls["check_ready"] += 1
        await self._store.check_ready()

    async def close(self) -> None:
        await self._store.close()
