"""Removes what a staged batch left behind whose writer is gone, so that the newest revision is all there is."""

from typing import Any

from graph_service.errors import Conflict
from graph_service.store.neo4j.connection import Connection, Transaction
from graph_service.store.neo4j.recording import Limits, Writer, hold, lock
from graph_service.store.neo4j.steps import OPEN_REVISION

_REMOVALS = (
    "remove_unfinished_supplies",
    "remove_unfinished_emissions",
    "remove_unfinished_facts",
    "remove_unfinished_identities",
    "remove_unfinished_beside",
)
_REOPENINGS = ("reopen_unfinished_supplies", "reopen_unfinished_emissions", "reopen_unfinished_facts")


async def clean_up(connection: Connection, writer: Writer, *, limits: Limits, only_after: str | None = None) -> None:
    """Remove facts beyond the Head and open again what was closed beyond it, under a lease of ``writer``.

    Does nothing without a lease, nor where ``only_after`` names a writer and the lease is another's. Removals come
    first: a uid has at most one open row.

    Raises
    ------
    Conflict
        The lease still runs, or another writer takes over.
    """
    head = await connection.write(lambda transaction: _take_over(transaction, writer, limits, only_after))
    if head is None:
        return
    for name in _REMOVALS:
        await _repeat(connection, name, writer, limits, {"head": head, "limit": limits.chunk_rows})
    for name in _REOPENINGS:
        await _repeat(
            connection, name, writer, limits, {"head": head, "limit": limits.chunk_rows, "open": OPEN_REVISION}
        )

    async def drop(transaction: Transaction) -> None:
        await transaction.run("drop_lease", writer=writer.writer_id)

    await connection.write(drop)


async def clean_up_expired(connection: Connection, writer: Writer, *, limits: Limits) -> None:
    """As ``clean_up``, where a lease has run out; one that still runs is left alone."""
    leases = await connection.read("find_lease")
    if leases and not leases[0]["is_lease_running"]:
        await clean_up(connection, writer, limits=limits)


async def _take_over(transaction: Transaction, writer: Writer, limits: Limits, only_after: str | None) -> int | None:
    """The newest revision, once the lease is this writer's; None where there is nothing to clean."""
    locked = await lock(transaction, writer)
    holder = locked["lease_holder"]
    if holder is None or only_after not in (None, holder):
        return None
    if locked["is_lease_running"] and holder not in (writer.writer_id, *writer.abandoned):
        raise Conflict("another writer took over the store; repeat the batch later")
    await transaction.run("take_lease", writer=writer.writer_id, lease_ms=round(limits.lease_s * 1000))
    return int(locked["number"])


async def _repeat(
    connection: Connection, name: str, writer: Writer, limits: Limits, parameters: dict[str, Any]
) -> None:
    async def work(transaction: Transaction) -> int:
        await hold(transaction, writer.writer_id, limits)
        record = await transaction.one(name, **parameters)
        return int(record["changed"])

    while await connection.write(work, deadline_s=limits.write_deadline_s):
        pass
