"""The schema at head: ordered steps, each recorded, safe to take twice and by two processes at once."""

from datetime import datetime

from graph_service.errors import StoreUnavailable
from graph_service.model.vocabulary import Door, Kind
from graph_service.store.moments import to_us
from graph_service.store.neo4j.connection import Connection, Transaction, Work
from graph_service.store.neo4j.statements import schema_steps

INDEX_TIMEOUT_S = 300
"""How long a new index may take to fill before the store counts as unavailable."""


async def migrate(connection: Connection, *, now: datetime) -> None:
    """Take the steps that are missing, then make the Head and revision 0 where they are missing.

    A step whose process died before recording it is taken again: every step says IF NOT EXISTS or the like.

    Raises
    ------
    StoreUnavailable
        The database has steps that this version does not know.
    """
    taken = await _taken_steps(connection)
    missing = [(number, name) for number, name in schema_steps() if number not in taken]
    for number, name in missing:
        await connection.alter_schema(name)
        await connection.write(_record_step(number, name, now))
    if missing:
        await connection.read("await_indexes", timeout_s=INDEX_TIMEOUT_S)
    await connection.write(_make_head(now))


async def check_head(connection: Connection) -> None:
    """Raises ``StoreUnavailable`` where the schema is not the one of this version."""
    taken = await _taken_steps(connection)
    missing = [name for number, name in schema_steps() if number not in taken]
    if missing:
        raise StoreUnavailable(f"{connection.address}: schema steps are missing, from {missing[0]} on; open it anew")


async def _taken_steps(connection: Connection) -> dict[int, str]:
    taken = {record["number"]: record["name"] for record in await connection.read("list_migrations")}
    known = dict(schema_steps())
    for number, name in taken.items():
        if known.get(number) != name:
            raise StoreUnavailable(
                f"{connection.address}: the schema has step {name}, which this version does not know; use a newer one"
            )
    return taken


def _record_step(number: int, name: str, now: datetime) -> Work[None]:
    async def work(transaction: Transaction) -> None:
        await transaction.run("add_migration", number=number, name=name, taken_at_us=to_us(now))

    return work


def _make_head(now: datetime) -> Work[None]:
    async def work(transaction: Transaction) -> None:
        await transaction.run(
            "make_head",
            recorded_at_us=to_us(now),
            recorded_by="graph-service",
            door=Door.CLI.value,
            summary="store made",
            open_rows=[0] * len(Kind),
        )

    return work
