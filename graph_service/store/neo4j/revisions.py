"""Revisions, idempotency keys and access keys: small records that are read one by one."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from neo4j import Record

from graph_service.errors import StoreUnavailable
from graph_service.model.access import AccessKey
from graph_service.model.batch import ClientName, Idempotency
from graph_service.model.facts import Revision
from graph_service.model.vocabulary import Role
from graph_service.store.moments import KEY_LIFETIME, from_us, to_us
from graph_service.store.neo4j.connection import Connection, Transaction

PURGED_AT_ONCE = 1000
_RETRY_PAUSES_S = (0.02, 0.1, 0.5)
_HIGHEST = 2**62
"""Above every revision and every page; a whole number that Neo4j still takes."""

KeyUse = tuple[Idempotency, Revision]


def to_revision(record: Record) -> Revision:
    """The revision of a record with the columns number, recorded_at_us, recorded_by, door, summary."""
    return Revision(
        number=record["number"],
        recorded_at=from_us(record["recorded_at_us"]),
        by=record["recorded_by"],
        door=record["door"],
        summary=record["summary"],
    )


async def newest_revision(connection: Connection) -> Revision:
    """The newest revision.

    Between the parts of a commit becoming visible the Head may name a revision that its index does not find yet.

    Raises
    ------
    StoreUnavailable
        The database was emptied behind our back.
    """
    for pause_s in (*_RETRY_PAUSES_S, None):
        records = await connection.read("find_newest_revision")
        if records:
            return to_revision(records[0])
        if pause_s is not None:
            await asyncio.sleep(pause_s)
    raise StoreUnavailable(f"{connection.address}: the database holds no store any more; open it anew")


async def find_revision(connection: Connection, number: int) -> Revision | None:
    """The revision of that number that readers may ask for."""
    records = await connection.read("find_revision", number=clamp(number))
    return to_revision(records[0]) if records else None


async def find_revision_known_at(connection: Connection, known_at: datetime) -> Revision | None:
    """The newest revision recorded at or before ``known_at``."""
    records = await connection.read("find_revision_known_at", known_at_us=to_us(known_at))
    return to_revision(records[0]) if records else None


async def list_revisions(
    connection: Connection, *, first: int, below: int | None, above: int | None
) -> Sequence[Revision]:
    """As ``GraphStore.revisions`` promises."""
    limit = clamp(first)
    if above is not None and below is None:
        oldest = await connection.read("list_oldest_revisions", above=clamp(above), first=limit)
        return [to_revision(record) for record in reversed(oldest)]
    newest = await connection.read(
        "list_newest_revisions",
        above=-1 if above is None else clamp(above),
        below=_HIGHEST if below is None else clamp(below),
        first=limit,
    )
    return [to_revision(record) for record in newest]


def clamp(number: int) -> int:
    """The nearest number that Neo4j takes: there are no revisions where it differs."""
    return max(-_HIGHEST, min(number, _HIGHEST))


async def find_key_use(connection: Connection, client: ClientName, key: str, *, now: datetime) -> KeyUse | None:
    """The use of a key that has not expired and the revision it answered."""
    records = await connection.read("find_key_use", client=client, idempotency_key=key, now_us=to_us(now))
    return to_key_use(client, key, records)


def to_key_use(client: ClientName, key: str, records: Sequence[Record]) -> KeyUse | None:
    """The use in the records of ``find_key_use``, None without one."""
    if not records:
        return None
    (record,) = records
    return Idempotency(client, key, record["body_hash"], record["answer"]), to_revision(record)


async def record_key_use(
    transaction: Transaction, idempotency: Idempotency | None, *, revision: int, now: datetime
) -> None:
    """Forget what has expired, then keep the use, in the transaction of its effect."""
    await transaction.run("purge_key_uses", now_us=to_us(now), limit=PURGED_AT_ONCE)
    if idempotency is None:
        return
    await transaction.run(
        "add_key_use",
        client=idempotency.client,
        idempotency_key=idempotency.key,
        body_hash=idempotency.body_hash,
        answer=idempotency.answer,
        revision=revision,
        expires_at_us=to_us(now + KEY_LIFETIME),
    )


async def add_access_key(connection: Connection, key: AccessKey) -> None:
    """Keep the key; keeping it twice changes nothing. Raises ``ValueError`` for another key of that id."""

    async def work(transaction: Transaction) -> None:
        kept = await transaction.one(
            "add_access_key",
            key_id=key.key_id,
            secret_hash=key.secret_hash,
            role=key.role.value,
            supplier_uid=key.supplier_uid,
            created_at_us=to_us(key.created_at),
            revoked_at_us=None if key.revoked_at is None else to_us(key.revoked_at),
        )
        if kept["secret_hash"] != key.secret_hash:
            raise ValueError(f"there is another access key {key.key_id} already")

    await connection.write(work)


async def find_access_key(connection: Connection, key_id: str) -> AccessKey | None:
    """The key of that id, revoked or not."""
    records = await connection.read("find_access_key", key_id=key_id)
    return _to_key(records[0]) if records else None


async def list_access_keys(connection: Connection) -> Sequence[AccessKey]:
    """All keys, by creation and id."""
    return [_to_key(record) for record in await connection.read("list_access_keys")]


async def revoke_access_key(connection: Connection, key_id: str, revoked_at: datetime) -> bool:
    """Whether the key is known; it is revoked from now on, or was before."""

    async def work(transaction: Transaction) -> bool:
        record = await transaction.one("revoke_access_key", key_id=key_id, revoked_at_us=to_us(revoked_at))
        return bool(record["known"])

    return await connection.write(work)


def _to_key(record: Record) -> AccessKey:
    revoked_at_us = record["revoked_at_us"]
    return AccessKey(
        key_id=record["key_id"],
        secret_hash=record["secret_hash"],
        role=Role(record["role"]),
        supplier_uid=record["supplier_uid"],
        created_at=from_us(record["created_at_us"]),
        revoked_at=None if revoked_at_us is None else from_us(revoked_at_us),
    )
