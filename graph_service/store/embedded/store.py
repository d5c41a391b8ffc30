"""``GraphStore`` on one SQLite file, shared by the threads of this process and by other processes."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Self, TypeVar

from graph_service.errors import Conflict, GraphServiceError, StoreUnavailable
from graph_service.model.access import AccessKey
from graph_service.model.batch import ClientName, Idempotency, PreparedBatch, Receipt
from graph_service.model.fact_changes import FactChanges
from graph_service.model.facts import Facts, Revision
from graph_service.model.side_records import Collection, OutgoingEvent, SideRecord
from graph_service.model.vocabulary import EventState
from graph_service.ports import Clock
from graph_service.store.embedded import access_keys, changes, outbox, side_records
from graph_service.store.embedded.connection import Connect, Connection, Readers, Work, Writer, connect_sqlite
from graph_service.store.embedded.exporting import export_facts
from graph_service.store.embedded.home import prepare_home
from graph_service.store.embedded.migration import check_head
from graph_service.store.embedded.recording import find_key_use, record
from graph_service.store.embedded.revisions import find_revision, list_revisions, newest_revision
from graph_service.store.moments import to_us

READER_COUNT = 4
WAITING_WRITES = 64
"""Writes that may wait for their turn; one more is refused, not kept in memory."""

_Result = TypeVar("_Result")


class EmbeddedStore:
    """The graph in one SQLite file. Made by ``open``; a ``GraphStore``, whose promises its methods keep."""

    def __init__(self, path: Path, clock: Clock, connect: Connect) -> None:
        self._path = path
        self._clock = clock
        self._writer = Writer(path, connect)
        self._readers = Readers(path, connect)
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._reading = ThreadPoolExecutor(READER_COUNT, thread_name_prefix="sqlite-reader")
        self._waiting_writes = 0
        self._is_closed = False

    @classmethod
    async def open(cls, path: Path, *, clock: Clock, connect: Connect = connect_sqlite) -> Self:
        """The store in the file ``path``, made where there is none, its schema brought to head.

        Raises
        ------
        StoreUnavailable
            The file cannot be opened or written, is damaged, another program's, or of a newer version.
        """
        home = await asyncio.to_thread(prepare_home, path, connect, now_us=to_us(clock.now()))
        return cls(home, clock, connect)

    async def apply(self, batch: PreparedBatch) -> Receipt:
        now = self._clock.now()
        return await self._write(lambda connection: record(connection, batch, now=now))

    async def recall(self, client: ClientName, key: str) -> tuple[Idempotency, Revision] | None:
        now = self._clock.now()
        use = await self._read(lambda connection: find_key_use(connection, client, key, now=now))
        if use is None:
            return None
        body_hash, answer, revision = use
        return Idempotency(client, key, body_hash, answer), revision

    async def side_records(self, collection: Collection, keys: Sequence[str]) -> Mapping[str, SideRecord]:
        return await self._read(lambda connection: side_records.find(connection, collection, keys))

    async def list_side_records(
        self, collection: Collection, *, first: int, after: str = "", owner: str | None = None
    ) -> Sequence[SideRecord]:
        return await self._read(
            lambda connection: side_records.listed(connection, collection, first=first, after=after, owner=owner)
        )

    async def take_events(self, *, now: datetime, leased_until: datetime, most: int) -> Sequence[OutgoingEvent]:
        # Mostly nothing is due: who asks every second must not stand in the queue of those who write.
        if not await self._read(lambda connection: outbox.due(connection, now=now, most=most)):
            return []
        return await self._write(
            lambda connection: outbox.take(connection, now=now, leased_until=leased_until, most=most),
            busy=StoreUnavailable,
        )

    async def settle_event(self, event: OutgoingEvent, *, leased_until: datetime) -> bool:
        return await self._write(
            lambda connection: outbox.settle(connection, event, leased_until=leased_until), busy=StoreUnavailable
        )

    async def list_events(
        self, *, first: int, after: int = 0, state: EventState | None = None, partner_uid: str | None = None
    ) -> Sequence[OutgoingEvent]:
        return await self._read(
            lambda connection: outbox.listed(connection, first=first, after=after, state=state, partner_uid=partner_uid)
        )

    async def revive_event(self, event_id: str, now: datetime) -> bool:
        return await self._write(lambda connection: outbox.revive(connection, event_id, now), busy=StoreUnavailable)

    async def revision(self) -> Revision:
        return await self._read(newest_revision)

    async def revision_by_number(self, number: int) -> Revision | None:
        return await self._read(lambda connection: find_revision(connection, "get_revision", number=number))

    async def revision_known_at(self, known_at: datetime) -> Revision | None:
        known_at_us = to_us(known_at)
        return await self._read(
            lambda connection: find_revision(connection, "find_revision_known_at", known_at_us=known_at_us)
        )

    async def revisions(self, *, first: int, below: int | None = None, above: int | None = None) -> Sequence[Revision]:
        return await self._read(lambda connection: list_revisions(connection, first=first, below=below, above=above))

    async def export(self, revision: int) -> Facts:
        return await self._read(lambda connection: export_facts(connection, revision))

    async def changes_since(self, revision: int, to_revision: int, *, most_rows: int) -> FactChanges | None:
        return await self._read(
            lambda connection: changes.changes_since(connection, revision, to_revision, most_rows=most_rows)
        )

    async def add_key(self, key: AccessKey) -> None:
        await self._write(lambda connection: access_keys.add(connection, key))

    async def key_by_id(self, key_id: str) -> AccessKey | None:
        return await self._read(lambda connection: access_keys.by_id(connection, key_id))

    async def keys(self) -> Sequence[AccessKey]:
        return await self._read(access_keys.listed)

    async def revoke_key(self, key_id: str, revoked_at: datetime) -> bool:
        return await self._write(lambda connection: access_keys.revoke(connection, key_id, revoked_at))

    async def check_ready(self) -> None:
        def check(connection: Connection) -> None:
            check_head(connection, self._path)

        await asyncio.to_thread(self._writer.check_in_place)
        await self._read(check)

    async def close(self) -> None:
        """Wait for what is under way, move the log into the file, close. A second time changes nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writing.shutdown()
        self._reading.shutdown()
        self._readers.close()
        self._writer.close()

    async def _read(self, work: Work[_Result]) -> _Result:
        return await self._run(self._reading, lambda: self._readers.read(work))

    async def _write(self, work: Work[_Result], *, busy: type[GraphServiceError] = Conflict) -> _Result:
        if self._waiting_writes >= WAITING_WRITES:
            raise StoreUnavailable(f"{WAITING_WRITES} writes are waiting already; repeat the call later")
        self._waiting_writes += 1
        try:
            return await self._run(self._writing, lambda: self._writer.transact(work, busy=busy))
        finally:
            self._waiting_writes -= 1

    async def _run(self, executor: Executor, work: Callable[[], _Result]) -> _Result:
        if self._is_closed:
            raise StoreUnavailable(f"{self._path}: the store is closed")
        return await asyncio.get_running_loop().run_in_executor(executor, work)
