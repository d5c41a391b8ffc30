"""A prepared batch into the tables: what happens inside the one writing transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import Any

import numpy as np
import pyarrow as pa

from graph_service.errors import Conflict, KeyReused
from graph_service.model.batch import Idempotency, PreparedBatch, Receipt
from graph_service.model.facts import Revision
from graph_service.model.tables import ITEM_REFERENCES
from graph_service.model.vocabulary import Kind
from graph_service.store.embedded import outbox, side_records
from graph_service.store.embedded.columns import stored_rows
from graph_service.store.embedded.connection import Connection
from graph_service.store.embedded.identities import IdentityRows, add_identities, identity_rows
from graph_service.store.embedded.revisions import newest_revision, to_revision
from graph_service.store.embedded.statements import statement
from graph_service.store.fact_columns import PLACED, check_columns
from graph_service.store.moments import KEY_LIFETIME, to_us

LISTED_ROWS = 50_000
"""A batch of more rows does not list what it touched: who follows changes then reads everything anew."""


@dataclass(frozen=True, slots=True)
class _Identified:
    """A kind's upserts with their rows; ``was_known``: recorded before, so there may be an open fact to close."""

    table: pa.Table
    rows: IdentityRows
    was_known: np.ndarray[Any, np.dtype[np.bool_]]


def check_batch_shape(batch: PreparedBatch) -> None:
    """Raises ``ValueError`` for a batch that breaks its own promises: a defect of the caller."""
    to_us(batch.recorded_at)
    for kind, table in batch.upserts.items():
        check_columns(kind, table)
    for kind, uids in batch.ends.items():
        upserted = set(batch.upserts[kind]["uid"].to_pylist()) if kind in batch.upserts else set()
        both = next((uid for uid in uids if uid in upserted), None)
        if both is not None:
            raise ValueError(f"{kind} {both!r} cannot end: the batch also records it")


def record(connection: Connection, batch: PreparedBatch, *, now: datetime) -> Receipt:
    """Record the batch within the caller's transaction, in the order that ``GraphStore.apply`` promises."""
    replayed = _replay(connection, batch.idempotency, now)
    if replayed is not None:
        return replayed
    newest = newest_revision(connection)
    if batch.base_revision != newest.number:
        raise Conflict(f"the newest revision is {newest.number}, the batch was made for {batch.base_revision}")
    check_batch_shape(batch)
    side_records.check_new(connection, batch.beside.records)
    has_returned = False
    if not batch.is_empty:
        newest = _record_revision(connection, batch, newest)
        _end(connection, batch, newest.number)
        has_returned = _upsert(connection, batch, newest.number)
        side_records.write(connection, removed=batch.beside.removed, records=batch.beside.records)
        outbox.add(connection, batch.beside.events)
    _record_key_use(connection, batch.idempotency, newest.number, now)
    return Receipt(newest, has_returned=has_returned)


def find_key_use(connection: Connection, client: str, key: str, *, now: datetime) -> tuple[str, str, Revision] | None:
    """Body hash, answer and revision of the use of a key that has not expired; None without one."""
    asked = {"client": client, "idempotency_key": key, "now_us": to_us(now)}
    rows = connection.execute(statement("find_key_use"), asked).fetchall()
    return (rows[0][0], rows[0][1], to_revision(rows[0][2:])) if rows else None


def _replay(connection: Connection, idempotency: Idempotency | None, now: datetime) -> Receipt | None:
    if idempotency is None:
        return None
    use = find_key_use(connection, idempotency.client, idempotency.key, now=now)
    if use is None:
        return None
    body_hash, answer, revision = use
    if body_hash != idempotency.body_hash:
        raise KeyReused(f"the key {idempotency.key!r} came before with another batch")
    return Receipt(revision, is_replayed=True, answer=answer)


def _record_key_use(connection: Connection, idempotency: Idempotency | None, revision: int, now: datetime) -> None:
    connection.execute(statement("purge_key_uses"), {"now_us": to_us(now)})
    if idempotency is None:
        return
    use = {
        "client": idempotency.client,
        "idempotency_key": idempotency.key,
        "body_hash": idempotency.body_hash,
        "answer": idempotency.answer,
        "revision": revision,
        "expires_at_us": to_us(now + KEY_LIFETIME),
    }
    connection.execute(statement("add_key_use"), use)


def _record_revision(connection: Connection, batch: PreparedBatch, newest: Revision) -> Revision:
    recorded_at_us = max(to_us(batch.recorded_at), to_us(newest.recorded_at))
    row = (newest.number + 1, recorded_at_us, batch.by, batch.door.value, batch.summary)
    names = ("number", "recorded_at_us", "recorded_by", "door", "summary")
    listed = {"changed_rows": batch.row_count if _lists_changes(batch) else None}
    connection.execute(statement("add_revision"), dict(zip(names, row, strict=True)) | listed)
    return to_revision(row)


def _end(connection: Connection, batch: PreparedBatch, revision: int) -> None:
    for kind, uids in batch.ends.items():
        if not uids:
            continue
        rows = identity_rows(connection, kind, pa.chunked_array([list(uids)], pa.string()))
        if _close(connection, kind, rows, revision) != len(uids):
            raise ValueError(f"{kind} uids cannot end: one of {_some(uids)} is not open")
        _list_changes(connection, batch, kind, rows, revision)


def _upsert(connection: Connection, batch: PreparedBatch, revision: int) -> bool:
    """Whether an item or declaration had ended and is back.

    Identities of all kinds first: a fact may refer to one that the same batch brings.
    """
    identified: dict[Kind, _Identified] = {}
    for kind in Kind:
        table = batch.upserts.get(kind)
        if table is not None and table.num_rows:
            rows, was_known = add_identities(connection, kind, table["uid"], revision=revision)
            identified[kind] = _Identified(table, rows, was_known)
    has_returned = False
    for kind, upserts in identified.items():
        closed = _close(connection, kind, upserts.rows[upserts.was_known], revision)
        has_returned |= kind in PLACED and closed < int(np.count_nonzero(upserts.was_known))
        references = {
            new: identity_rows(connection, Kind.ITEM, upserts.table[old])
            for old, new in ITEM_REFERENCES.get(kind, {}).items()
        }
        connection.executemany(
            statement(f"open_{kind}"),
            stored_rows(kind, upserts.table, rows=upserts.rows, revision=revision, references=references),
        )
        _list_changes(connection, batch, kind, upserts.rows, revision)
    return has_returned


def _lists_changes(batch: PreparedBatch) -> bool:
    return batch.row_count <= LISTED_ROWS


def _list_changes(connection: Connection, batch: PreparedBatch, kind: Kind, rows: IdentityRows, revision: int) -> None:
    if _lists_changes(batch):
        touched = zip(repeat(kind.value), repeat(revision), np.sort(rows).tolist(), strict=False)
        connection.executemany(statement("add_fact_change"), touched)


def _close(connection: Connection, kind: Kind, rows: IdentityRows, revision: int) -> int:
    """Close the open facts of ``rows``; how many there were."""
    before = _changes(connection)
    connection.executemany(statement(f"close_{kind}"), zip(repeat(revision), rows.tolist(), strict=False))
    return _changes(connection) - before


def _changes(connection: Connection) -> int:
    return int(connection.execute(statement("count_changes")).fetchone()[0])


def _some(uids: Sequence[str]) -> str:
    return ", ".join(repr(uid) for uid in uids[:5]) + (" ..." if len(uids) > 5 else "")
