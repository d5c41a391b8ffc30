"""The reference store: the promises of ``GraphStore`` kept in plain dicts, to be read as the specification.

It forgets everything with its process and is slow on purpose: the oracle of the stores' state machine.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pyarrow as pa

from graph_service.errors import AlreadyRecorded, Conflict, KeyReused, NotFound, StoreUnavailable
from graph_service.model.access import AccessKey
from graph_service.model.batch import ClientName, Idempotency, PreparedBatch, Receipt
from graph_service.model.fact_changes import FactChanges
from graph_service.model.facts import Facts, Revision, to_facts
from graph_service.model.side_records import Collection, OutgoingEvent, SideRecord
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Door, EventState, Kind
from graph_service.ports import Clock, SystemClock

KEY_LIFETIME = timedelta(hours=24)

Row = Mapping[str, object]
"""One fact with the columns of ``BATCH_SCHEMAS``."""


@dataclass(slots=True)
class _Fact:
    """A row and the revisions that believe it: ``recorded_from <= revision < recorded_to``, None = still."""

    row: Row
    recorded_from: int
    recorded_to: int | None = None

    def is_believed_at(self, revision: int) -> bool:
        return self.recorded_from <= revision and (self.recorded_to is None or revision < self.recorded_to)


@dataclass(slots=True)
class _History:
    """All facts of one kind by uid. A uid keeps the place of its first recording, also when it ends and returns."""

    facts_of_uid: dict[str, list[_Fact]] = field(default_factory=dict)

    def upsert(self, row: Row, revision: int) -> None:
        facts = self.facts_of_uid.setdefault(str(row["uid"]), [])
        if facts and facts[-1].recorded_to is None:
            facts[-1].recorded_to = revision
        facts.append(_Fact(row, revision))

    def end(self, uid: str, revision: int) -> None:
        self.facts_of_uid[uid][-1].recorded_to = revision

    def is_open(self, uid: str) -> bool:
        facts = self.facts_of_uid.get(uid)
        return facts is not None and facts[-1].recorded_to is None

    def changes_since(self, revision: int, to_revision: int) -> Iterator[tuple[str, _Fact | None, _Fact | None]]:
        """Each uid whose believed fact is another one, with the fact before and the fact after, None for none."""
        for uid, facts in self.facts_of_uid.items():
            before = next((fact for fact in facts if fact.is_believed_at(revision)), None)
            after = next((fact for fact in facts if fact.is_believed_at(to_revision)), None)
            if before is not after:
                yield uid, before, after

    def believed_at(self, revision: int) -> Iterator[Row]:
        for facts in self.facts_of_uid.values():
            yield from (fact.row for fact in facts if fact.is_believed_at(revision))


@dataclass(frozen=True, slots=True)
class _KeyUse:
    idempotency: Idempotency
    revision: int
    expires_at: datetime


class MemoryStore:
    """``GraphStore`` in memory. No method waits inside, so on one event loop every call is atomic."""

    def __init__(self, *, clock: Clock | None = None) -> None:
        self._clock: Clock = clock or SystemClock()
        self._histories = {kind: _History() for kind in Kind}
        made = Revision(0, self._clock.now(), by="graph-service", door=Door.CLI.value, summary="store made")
        self._revisions = [made]
        self._recorded_rows = [0]
        self._key_uses: dict[tuple[ClientName, str], _KeyUse] = {}
        self._access_keys: dict[str, AccessKey] = {}
        self._side_records: dict[tuple[Collection, str], SideRecord] = {}
        self._events: dict[str, OutgoingEvent] = {}
        self._is_closed = False

    async def apply(self, batch: PreparedBatch) -> Receipt:
        self._check_open()
        replayed = self._replay(batch.idempotency)
        if replayed is not None:
            return replayed
        newest = self._revisions[-1]
        if batch.base_revision != newest.number:
            raise Conflict(f"the newest revision is {newest.number}, the batch was made for {batch.base_revision}")
        self._check_rows(batch)
        self._check_new(batch)
        has_returned = self._has_returned(batch)
        if not batch.is_empty:
            newest = self._record(batch)
        if batch.idempotency is not None:
            use = _KeyUse(batch.idempotency, newest.number, self._clock.now() + KEY_LIFETIME)
            self._key_uses[batch.idempotency.client, batch.idempotency.key] = use
        return Receipt(newest, has_returned=has_returned)

    async def recall(self, client: ClientName, key: str) -> tuple[Idempotency, Revision] | None:
        self._check_open()
        use = self._live_use(client, key)
        return None if use is None else (use.idempotency, self._revisions[use.revision])

    async def revision(self) -> Revision:
        self._check_open()
        return self._revisions[-1]

    async def revision_by_number(self, number: int) -> Revision | None:
        self._check_open()
        return self._revisions[number] if 0 <= number < len(self._revisions) else None

    async def revision_known_at(self, known_at: datetime) -> Revision | None:
        self._check_open()
        known = [revision for revision in self._revisions if revision.recorded_at <= known_at]
        return known[-1] if known else None

    async def revisions(self, *, first: int, below: int | None = None, above: int | None = None) -> Sequence[Revision]:
        self._check_open()
        found = [
            revision
            for revision in reversed(self._revisions)
            if (below is None or revision.number < below) and (above is None or revision.number > above)
        ]
        takes_oldest = above is not None and below is None
        return found[max(0, len(found) - first) :] if takes_oldest else found[:first]

    async def export(self, revision: int) -> Facts:
        self._check_open()
        rows = {
            kind: pa.Table.from_pylist(list(history.believed_at(revision)), schema=BATCH_SCHEMAS[kind])
            for kind, history in self._histories.items()
        }
        return Facts(
            {
                kind: to_facts(
                    kind, rows[kind], rows[Kind.ITEM]["uid"], revision=self._first_recorded(kind, rows[kind])
                )
                for kind in Kind
            }
        )

    async def changes_since(self, revision: int, to_revision: int, *, most_rows: int) -> FactChanges | None:
        self._check_open()
        if not 0 <= revision <= to_revision < len(self._revisions):
            raise NotFound(f"there are no revisions from {revision} to {to_revision}")
        if sum(self._recorded_rows[revision + 1 : to_revision + 1]) > most_rows:
            return None
        upserts: dict[Kind, pa.Table] = {}
        ends: dict[Kind, list[str]] = {}
        has_returned = False
        for kind, history in self._histories.items():
            changes = list(history.changes_since(revision, to_revision))
            rows = [fact.row for _, _, fact in changes if fact is not None]
            ended = [uid for uid, _, after in changes if after is None]
            if rows:
                upserts[kind] = pa.Table.from_pylist(rows, schema=BATCH_SCHEMAS[kind])
            if ended:
                ends[kind] = ended
            if kind in (Kind.ITEM, Kind.DECLARATION):
                new = [uid for uid, before, _ in changes if before is None]
                has_returned |= any(history.facts_of_uid[uid][0].recorded_from <= revision for uid in new)
        declared = upserts.get(Kind.DECLARATION)
        received = () if declared is None else tuple(self._first_recorded(Kind.DECLARATION, declared))
        return FactChanges(upserts, ends, received, has_returned)

    def _first_recorded(self, kind: Kind, rows: pa.Table) -> list[int]:
        facts_of_uid = self._histories[kind].facts_of_uid
        return [facts_of_uid[uid][0].recorded_from for uid in rows["uid"].to_pylist()]

    async def add_key(self, key: AccessKey) -> None:
        self._check_open()
        self._access_keys[key.key_id] = key

    async def key_by_id(self, key_id: str) -> AccessKey | None:
        self._check_open()
        return self._access_keys.get(key_id)

    async def keys(self) -> Sequence[AccessKey]:
        self._check_open()
        return sorted(self._access_keys.values(), key=lambda key: (key.created_at, key.key_id))

    async def revoke_key(self, key_id: str, revoked_at: datetime) -> bool:
        self._check_open()
        key = self._access_keys.get(key_id)
        if key is None:
            return False
        if key.revoked_at is None:
            self._access_keys[key_id] = replace(key, revoked_at=revoked_at)
        return True

    async def check_ready(self) -> None:
        self._check_open()

    async def close(self) -> None:
        self._is_closed = True

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreUnavailable("the store is closed")

    def _live_use(self, client: ClientName, key: str) -> _KeyUse | None:
        use = self._key_uses.get((client, key))
        return None if use is None or use.expires_at <= self._clock.now() else use

    def _replay(self, idempotency: Idempotency | None) -> Receipt | None:
        use = None if idempotency is None else self._live_use(idempotency.client, idempotency.key)
        if idempotency is None or use is None:
            return None
        if use.idempotency.body_hash != idempotency.body_hash:
            raise KeyReused(f"the key {idempotency.key!r} came before with another batch")
        return Receipt(self._revisions[use.revision], is_replayed=True, answer=use.idempotency.answer)

    def _check_rows(self, batch: PreparedBatch) -> None:
        """A prepared batch that breaks its own promises is a defect of the caller: nothing of it is recorded."""
        for kind, table in batch.upserts.items():
            if not table.schema.equals(BATCH_SCHEMAS[kind]):
                raise ValueError(f"{kind} upserts have columns {table.schema}, not those of BATCH_SCHEMAS")
        for kind, uids in batch.ends.items():
            upserted = set(batch.upserts[kind]["uid"].to_pylist()) if kind in batch.upserts else set()
            for uid in uids:
                if uid in upserted or not self._histories[kind].is_open(uid):
                    raise ValueError(f"{kind} {uid!r} cannot end: it is not open, or the batch also records it")

    def _has_returned(self, batch: PreparedBatch) -> bool:
        return any(
            uid in self._histories[kind].facts_of_uid and not self._histories[kind].is_open(uid)
            for kind in (Kind.ITEM, Kind.DECLARATION)
            if kind in batch.upserts
            for uid in batch.upserts[kind]["uid"].to_pylist()
        )

    def _record(self, batch: PreparedBatch) -> Revision:
        newest = self._revisions[-1]
        recorded_at = max(batch.recorded_at, newest.recorded_at)
        revision = Revision(newest.number + 1, recorded_at, batch.by, batch.door.value, batch.summary)
        for kind, uids in batch.ends.items():
            for uid in uids:
                self._histories[kind].end(uid, revision.number)
        for kind, table in batch.upserts.items():
            for row in table.to_pylist():
                self._histories[kind].upsert(row, revision.number)
        for collection, record_key in batch.beside.removed:
            self._side_records.pop((collection, record_key), None)
        for record in batch.beside.records:
            self._side_records[record.collection, record.key] = replace(record, is_new=False)
        for event in batch.beside.events:
            self._events[event.event_id] = replace(event, sequence=len(self._events) + 1)
        self._revisions.append(revision)
        self._recorded_rows.append(batch.row_count)
        return revision

    def _check_new(self, batch: PreparedBatch) -> None:
        for record in batch.beside.records:
            if record.is_new and (record.collection, record.key) in self._side_records:
                raise AlreadyRecorded(f"{record.collection} {record.key!r} is there", details={"key": record.key})
        if any(event.event_id in self._events for event in batch.beside.events):
            raise ValueError("an event id comes twice")

    async def side_records(self, collection: Collection, keys: Sequence[str]) -> Mapping[str, SideRecord]:
        self._check_open()
        return {key: found for key in keys if (found := self._side_records.get((collection, key))) is not None}

    async def list_side_records(
        self, collection: Collection, *, first: int, after: str = "", owner: str | None = None
    ) -> Sequence[SideRecord]:
        self._check_open()
        found = [
            record
            for record in self._side_records.values()
            if record.collection is collection and record.key > after and owner in (None, record.owner)
        ]
        return sorted(found, key=lambda record: record.key)[:first]

    async def take_events(self, *, now: datetime, leased_until: datetime, most: int) -> Sequence[OutgoingEvent]:
        self._check_open()
        pending = [event for event in self._events.values() if event.state is EventState.PENDING]
        heads: dict[tuple[str, str], OutgoingEvent] = {}
        for event in pending:
            heads.setdefault((event.partner_uid, event.aggregate), event)
        busy = {event.partner_uid for event in pending if event.leased_until is not None and event.leased_until > now}
        due = [event for event in heads.values() if event.next_attempt_at <= now and event.partner_uid not in busy]
        taken: dict[str, OutgoingEvent] = {}
        for event in sorted(due, key=lambda event: (event.next_attempt_at, event.sequence)):
            taken.setdefault(event.partner_uid, replace(event, leased_until=leased_until))
        chosen = list(taken.values())[:most]
        self._events.update({event.event_id: event for event in chosen})
        return chosen

    async def settle_event(self, event: OutgoingEvent, *, leased_until: datetime) -> bool:
        self._check_open()
        held = self._events.get(event.event_id)
        if held is None or held.leased_until != leased_until:
            return False
        self._events[event.event_id] = replace(
            held,
            state=event.state,
            attempts=event.attempts,
            next_attempt_at=event.next_attempt_at,
            last_answer=event.last_answer,
            leased_until=None,
        )
        return True

    async def list_events(
        self, *, first: int, after: int = 0, state: EventState | None = None, partner_uid: str | None = None
    ) -> Sequence[OutgoingEvent]:
        self._check_open()
        found = [
            event
            for event in self._events.values()
            if event.sequence > after and state in (None, event.state) and partner_uid in (None, event.partner_uid)
        ]
        return found[:first]

    async def revive_event(self, event_id: str, now: datetime) -> bool:
        self._check_open()
        event = self._events.get(event_id)
        if event is None or event.state is not EventState.DEAD:
            return False
        self._events[event_id] = replace(event, state=EventState.PENDING, attempts=0, next_attempt_at=now)
        return True
