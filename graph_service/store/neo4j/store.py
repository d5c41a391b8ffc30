"""``GraphStore`` on Neo4j."""

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from graph_service.errors import Conflict, GraphServiceError, StoreUnavailable
from graph_service.model.access import AccessKey
from graph_service.model.batch import ClientName, Idempotency, PreparedBatch, Receipt
from graph_service.model.fact_changes import FactChanges
from graph_service.model.facts import Facts, Revision
from graph_service.model.side_records import Collection, OutgoingEvent, SideRecord
from graph_service.model.vocabulary import EventState
from graph_service.ports import Clock
from graph_service.store.moments import to_us
from graph_service.store.neo4j import changes, outbox, revisions, side_records
from graph_service.store.neo4j.cleaning import clean_up, clean_up_expired
from graph_service.store.neo4j.connection import Connection
from graph_service.store.neo4j.exporting import export_facts
from graph_service.store.neo4j.migration import check_head, migrate
from graph_service.store.neo4j.recording import Limits, UnfinishedStage, Writer, record_at_once, record_staged
from graph_service.store.neo4j.steps import check_shape

DEFAULT_LIMITS = Limits()
_CLEANING_ATTEMPTS = 3


class Neo4jStore:
    """The graph in one Neo4j database; several processes may share it. Open it with ``open``.

    Bound to the event loop that opened it.
    """

    def __init__(self, connection: Connection, clock: Clock, limits: Limits) -> None:
        self._connection = connection
        self._clock = clock
        self._limits = limits
        self._abandoned: set[str] = set()

    @classmethod
    async def open(
        cls, *, uri: str, user: str, password: str, database: str, clock: Clock, limits: Limits = DEFAULT_LIMITS
    ) -> "Neo4jStore":
        """The store in the database at ``uri``, its schema at head, nothing left of batches that died half-written.

        Raises
        ------
        StoreUnavailable
            The server does not answer or refuses the password, or the schema is of a newer version.
        """
        connection = Connection.to(
            uri=uri, user=user, password=password, database=database, deadline_s=limits.deadline_s
        )
        store = cls(connection, clock, limits)
        try:
            await migrate(connection, now=clock.now())
            await clean_up_expired(connection, store._writer(), limits=limits)
        except BaseException:
            await connection.close()
            raise
        return store

    async def apply(self, batch: PreparedBatch) -> Receipt:
        check_shape(batch)
        to_us(batch.recorded_at)
        for _ in range(_CLEANING_ATTEMPTS):
            try:
                return await self._record(batch, self._writer())
            except UnfinishedStage:
                await self._clean_up()
        raise Conflict("other writers keep dying half-way; repeat the batch")

    async def side_records(self, collection: Collection, keys: Sequence[str]) -> Mapping[str, SideRecord]:
        return await side_records.get_side_records(self._connection, collection, keys)

    async def list_side_records(
        self, collection: Collection, *, first: int, after: str = "", owner: str | None = None
    ) -> Sequence[SideRecord]:
        return await side_records.list_side_records(self._connection, collection, first=first, after=after, owner=owner)

    async def take_events(self, *, now: datetime, leased_until: datetime, most: int) -> Sequence[OutgoingEvent]:
        return await outbox.take_events(self._connection, now=now, leased_until=leased_until, most=most)

    async def settle_event(self, event: OutgoingEvent, *, leased_until: datetime) -> bool:
        return await outbox.settle_event(self._connection, event, leased_until=leased_until)

    async def list_events(
        self, *, first: int, after: int = 0, state: EventState | None = None, partner_uid: str | None = None
    ) -> Sequence[OutgoingEvent]:
        return await outbox.list_events(
            self._connection, first=first, after=after, state=state, partner_uid=partner_uid
        )

    async def revive_event(self, event_id: str, now: datetime) -> bool:
        return await outbox.revive_event(self._connection, event_id, now)

    async def recall(self, client: ClientName, key: str) -> tuple[Idempotency, Revision] | None:
        return await revisions.find_key_use(self._connection, client, key, now=self._clock.now())

    async def revision(self) -> Revision:
        return await revisions.newest_revision(self._connection)

    async def revision_by_number(self, number: int) -> Revision | None:
        return await revisions.find_revision(self._connection, number)

    async def revision_known_at(self, known_at: datetime) -> Revision | None:
        return await revisions.find_revision_known_at(self._connection, known_at)

    async def revisions(self, *, first: int, below: int | None = None, above: int | None = None) -> Sequence[Revision]:
        return await revisions.list_revisions(self._connection, first=first, below=below, above=above)

    async def export(self, revision: int) -> Facts:
        return await export_facts(self._connection, revision)

    async def changes_since(self, revision: int, to_revision: int, *, most_rows: int) -> FactChanges | None:
        return await changes.changes_since(self._connection, revision, to_revision, most_rows=most_rows)

    async def add_key(self, key: AccessKey) -> None:
        await revisions.add_access_key(self._connection, key)

    async def key_by_id(self, key_id: str) -> AccessKey | None:
        return await revisions.find_access_key(self._connection, key_id)

    async def keys(self) -> Sequence[AccessKey]:
        return await revisions.list_access_keys(self._connection)

    async def revoke_key(self, key_id: str, revoked_at: datetime) -> bool:
        return await revisions.revoke_access_key(self._connection, key_id, revoked_at)

    async def check_ready(self) -> None:
        await check_head(self._connection)
        await revisions.newest_revision(self._connection)

    async def close(self) -> None:
        """Close all connections. A second time changes nothing."""
        await self._connection.close()

    def _writer(self) -> Writer:
        return Writer(uuid.uuid4().hex, self._clock.now(), frozenset(self._abandoned))

    async def _record(self, batch: PreparedBatch, writer: Writer) -> Receipt:
        if not self._limits.wants_stages(batch):
            return await record_at_once(self._connection, batch, writer, limits=self._limits)
        try:
            return await record_staged(self._connection, batch, writer, limits=self._limits)
        except BaseException as error:
            # Should the lease be left behind, the next batch of this process need not wait until it runs out.
            self._abandoned.add(writer.writer_id)
            if isinstance(error, Exception) and not isinstance(error, StoreUnavailable | UnfinishedStage):
                with suppress(GraphServiceError):
                    await self._clean_up(only_after=writer.writer_id)
            raise

    async def _clean_up(self, *, only_after: str | None = None) -> None:
        writer = self._writer()
        try:
            await clean_up(self._connection, writer, limits=self._limits, only_after=only_after)
        except BaseException:
            self._abandoned.add(writer.writer_id)
            raise
