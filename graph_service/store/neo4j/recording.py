"""A prepared batch into the graph: under the lock of the Head, in one transaction or, above a size, in stages.

A staged batch holds a *lease* on the Head. Its transactions write the revision after the newest, which no reader
asks for; the last one moves the Head. What a writer leaves behind that dies on the way is removed by whoever finds
the lease run out (``cleaning``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from neo4j import Record

from graph_service.errors import Conflict, KeyReused, StoreUnavailable
from graph_service.model.batch import PreparedBatch, Receipt
from graph_service.model.facts import Revision
from graph_service.model.vocabulary import Kind
from graph_service.store.fact_columns import PLACED
from graph_service.store.moments import to_us
from graph_service.store.neo4j.beside import ChunkSize, SortedBeside, additions, show_beside, sort_beside
from graph_service.store.neo4j.connection import Connection, Transaction, Work
from graph_service.store.neo4j.heap import estimate_heap_bytes
from graph_service.store.neo4j.revisions import record_key_use, to_key_use, to_revision
from graph_service.store.neo4j.steps import OpenRows, Taken, steps_of, sums_of, take

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things may take, and how large they may be at once.

    ``deadline_s``: one read or small write, repeats included. ``write_deadline_s``: one transaction of a batch.
    ``lease_s``: how long a staged batch may be silent before another writer takes over, by the server's clock.
    ``chunk_rows``: rows, records or events per statement, and per transaction of a staged batch; ``chunk_chars``:
    characters of documents and events in one. What is above either of the ``staged_above`` limits goes in stages:
    rows, records and events together, or bytes of the server's heap.
    """

    deadline_s: float = 30.0
    write_deadline_s: float = 120.0
    lease_s: float = 60.0
    chunk_rows: int = 10_000
    staged_above_rows: int = 50_000
    chunk_chars: int = 8_000_000
    staged_above_bytes: int = 300_000_000

    @property
    def chunk_size(self) -> ChunkSize:
        """Of records and events."""
        return ChunkSize(self.chunk_rows, self.chunk_chars)

    def wants_stages(self, batch: PreparedBatch) -> bool:
        """Whether the batch is too large for one transaction."""
        beside = batch.beside
        rows = batch.row_count + len(beside.records) + len(beside.removed) + len(beside.events)
        return rows > self.staged_above_rows or estimate_heap_bytes(batch) > self.staged_above_bytes


class UnfinishedStage(Exception):
    """The graph holds parts of a staged batch whose writer is gone: remove them first."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes a batch. ``abandoned``: writers of this process that gave up; their leases need not run out."""

    writer_id: str
    now: datetime
    abandoned: Collection[str]


@dataclass(frozen=True, slots=True)
class Admitted:
    """What the lock guards, read under it."""

    newest: Revision
    open_rows: OpenRows
    beside: SortedBeside


async def record_at_once(connection: Connection, batch: PreparedBatch, writer: Writer, *, limits: Limits) -> Receipt:
    """Record the batch in one transaction."""

    async def work(transaction: Transaction) -> Receipt:
        admitted = await _admit(transaction, batch, writer, limits)
        if isinstance(admitted, Receipt):
            return admitted
        revision = batch.base_revision + 1
        taken = [
            await take(transaction, step, revision=revision, open_before=admitted.open_rows)
            for step in steps_of(batch, chunk_rows=limits.chunk_rows)
        ]
        for add in additions(admitted.beside, revision=revision, size=limits.chunk_size):
            await add(transaction)
        return await _finish(transaction, batch, writer, admitted, taken, limits)

    return await connection.write(work, deadline_s=limits.write_deadline_s)


async def record_staged(connection: Connection, batch: PreparedBatch, writer: Writer, *, limits: Limits) -> Receipt:
    """Record the batch in transactions of ``chunk_rows``; readers see all of it after the last one, or nothing."""
    admitted = await _begin_stage(connection, batch, writer, limits)
    if isinstance(admitted, Receipt):
        return admitted
    taken: list[Taken] = []
    for step in steps_of(batch, chunk_rows=limits.chunk_rows):
        work = partial(take, step=step, revision=batch.base_revision + 1, open_before=admitted.open_rows)
        taken.append(await _write_staged(connection, work, writer, limits))
    for add in additions(admitted.beside, revision=batch.base_revision + 1, size=limits.chunk_size):
        await _write_staged(connection, add, writer, limits)

    async def finish(transaction: Transaction) -> Receipt:
        written = await _find_own(transaction, batch, writer)
        if written is not None:
            return Receipt(written)
        await hold(transaction, writer.writer_id, limits)
        return await _finish(transaction, batch, writer, admitted, taken, limits)

    return await connection.write(finish, deadline_s=limits.write_deadline_s)


async def lock(transaction: Transaction, writer: Writer) -> Record:
    """Take the write lock of the store; what it guards. Raises ``StoreUnavailable`` in an emptied database."""
    records = await transaction.run("lock_head", writer=writer.writer_id)
    if not records:
        raise StoreUnavailable("the database holds no store any more; open it anew")
    return records[0]


async def hold(transaction: Transaction, writer_id: str, limits: Limits) -> None:
    """Take the lock and renew the lease. Raises ``Conflict`` where another writer has taken over."""
    record = await transaction.one("renew_lease", writer=writer_id, lease_ms=round(limits.lease_s * 1000))
    if not record["renewed"]:
        raise Conflict("another writer took over the store, since this one was silent for too long; repeat the batch")


async def _begin_stage(
    connection: Connection, batch: PreparedBatch, writer: Writer, limits: Limits
) -> Admitted | Receipt:
    async def begin(transaction: Transaction) -> Admitted | Receipt:
        admitted = await _admit(transaction, batch, writer, limits)
        if isinstance(admitted, Admitted):
            await transaction.run("take_lease", writer=writer.writer_id, lease_ms=round(limits.lease_s * 1000))
        return admitted

    return await connection.write(begin)


async def _write_staged(connection: Connection, work: Work[_Result], writer: Writer, limits: Limits) -> _Result:
    async def held(transaction: Transaction) -> _Result:
        await hold(transaction, writer.writer_id, limits)
        return await work(transaction)

    return await connection.write(held, deadline_s=limits.write_deadline_s, repeats_commit=False)


async def _admit(transaction: Transaction, batch: PreparedBatch, writer: Writer, limits: Limits) -> Admitted | Receipt:
    """Take the lock; what it guards, or the receipt of a batch that is recorded already."""
    locked = await lock(transaction, writer)
    newest = to_revision(locked)
    if newest.number > batch.base_revision:
        written = await _find_own(transaction, batch, writer)
        if written is not None:
            return Receipt(written)
    replayed = await _replay(transaction, batch, writer.now)
    if replayed is not None:
        return replayed
    holder = locked["lease_holder"]
    if holder not in (None, writer.writer_id):
        if locked["is_lease_running"] and holder not in writer.abandoned:
            until = datetime.fromtimestamp(locked["lease_until_ms"] / 1000, UTC)
            raise Conflict(
                f"another writer holds the store until {until:%Y-%m-%dT%H:%M:%SZ} at least: it records a large batch",
                details={"held_until": until.isoformat()},
            )
        raise UnfinishedStage
    if batch.base_revision != newest.number:
        raise Conflict(f"the newest revision is {newest.number}, the batch was made for {batch.base_revision}")
    beside = await sort_beside(transaction, batch.beside, chunk_rows=limits.chunk_rows)
    return Admitted(newest, dict(zip(Kind, locked["open_rows"], strict=True)), beside)


async def _find_own(transaction: Transaction, batch: PreparedBatch, writer: Writer) -> Revision | None:
    """The revision that this very call wrote, when the answer to its commit was lost."""
    records = await transaction.run("find_revision", number=batch.base_revision + 1)
    return to_revision(records[0]) if records and records[0]["batch_id"] == writer.writer_id else None


async def _replay(transaction: Transaction, batch: PreparedBatch, now: datetime) -> Receipt | None:
    asked = batch.idempotency
    if asked is None:
        return None
    records = await transaction.run("find_key_use", client=asked.client, idempotency_key=asked.key, now_us=to_us(now))
    use = to_key_use(asked.client, asked.key, records)
    if use is None:
        return None
    recorded, revision = use
    if recorded.body_hash != asked.body_hash:
        raise KeyReused(f"the key {asked.key!r} came before with another batch")
    return Receipt(revision, is_replayed=True, answer=recorded.answer)


async def _finish(
    transaction: Transaction,
    batch: PreparedBatch,
    writer: Writer,
    admitted: Admitted,
    taken: Sequence[Taken],
    limits: Limits,
) -> Receipt:
    """The revision, the Head and the key, in the transaction that makes the batch visible."""
    revision, sums = admitted.newest, sums_of(taken)
    if not batch.is_empty:
        await show_beside(transaction, admitted.beside, writer.writer_id, size=limits.chunk_size)
        recorded_at = max(batch.recorded_at.astimezone(UTC), revision.recorded_at)
        revision = Revision(revision.number + 1, recorded_at, batch.by, batch.door.value, batch.summary)
        await transaction.run(
            "add_revision",
            number=revision.number,
            recorded_at_us=to_us(recorded_at),
            recorded_by=revision.by,
            door=revision.door,
            summary=revision.summary,
            batch_id=writer.writer_id,
            open_rows=[admitted.open_rows[kind] + sums[kind].opened for kind in Kind],
            opened_rows=[batch.upserts[kind].num_rows if kind in batch.upserts else 0 for kind in Kind],
            changed_rows=batch.row_count,
        )
    await record_key_use(transaction, batch.idempotency, revision=revision.number, now=writer.now)
    return Receipt(revision, has_returned=any(sums[kind].were_ended for kind in PLACED))
