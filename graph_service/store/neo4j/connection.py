"""One driver and its transactions: statements by name, our errors, a deadline for every call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from neo4j import AsyncDriver, AsyncGraphDatabase, AsyncSession, AsyncTransaction, Query, Record
from neo4j.exceptions import DriverError, Neo4jError

from graph_service.errors import StoreUnavailable
from graph_service.store.neo4j.failures import CommitUnknown, may_repeat, to_ours
from graph_service.store.neo4j.statements import statement

RETRY_PAUSES_S = (0.05, 0.2, 0.5, 1.0)
"""Waits before the second and later attempts; after the last the error is the caller's."""

CONNECT_TIMEOUT_S = 5.0
SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")

_Result = TypeVar("_Result")


class Transaction:
    """What a work does its statements in."""

    __slots__ = ("_transaction",)

    def __init__(self, transaction: AsyncTransaction) -> None:
        self._transaction = transaction

    async def run(self, name: str, /, **parameters: Any) -> list[Record]:
        """All records of the statement of that name."""
        result = await self._transaction.run(statement(name), parameters)
        return [record async for record in result]

    async def one(self, name: str, /, **parameters: Any) -> Record:
        """The one record of a statement that always returns one."""
        (record,) = await self.run(name, **parameters)
        return record


Work = Callable[[Transaction], Awaitable[_Result]]


class Connection:
    """A pool of connections to one database. ``deadline_s``: how long one read may take, repeats included."""

    def __init__(self, driver: AsyncDriver, *, address: str, database: str, deadline_s: float) -> None:
        self._driver = driver
        self._database = database
        self._deadline_s = deadline_s
        self._is_closed = False
        self.address = address

    @classmethod
    def to(cls, *, uri: str, user: str, password: str, database: str, deadline_s: float) -> "Connection":
        """Connections to the server at ``uri``; none is made yet.

        Raises
        ------
        StoreUnavailable
            ``uri`` is not one of the driver's.
        """
        address = f"{uri}/{database}"
        if uri.partition("://")[0] not in SCHEMES:
            raise StoreUnavailable(f"{address}: not an address of Neo4j; it begins with {'://, '.join(SCHEMES)}://")
        try:
            driver = AsyncGraphDatabase.driver(
                uri,
                auth=(user, password),
                connection_timeout=CONNECT_TIMEOUT_S,
                connection_acquisition_timeout=deadline_s,
                # A connection that has rested is tried before use, so that a restarted server is not an error.
                liveness_check_timeout=1.0,
                notifications_min_severity="OFF",
                telemetry_disabled=True,
            )
        except (DriverError, ValueError) as error:
            raise StoreUnavailable(f"{address}: not an address of Neo4j ({error})") from error
        return cls(driver, address=address, database=database, deadline_s=deadline_s)

    async def read(self, name: str, /, **parameters: Any) -> list[Record]:
        """All records of one statement that only reads."""

        async def attempt() -> list[Record]:
            async with self._session(default_access_mode="READ") as session:
                result = await session.run(Query(statement(name), timeout=self._deadline_s), parameters)
                return [record async for record in result]

        return await self._repeat(attempt, deadline_s=self._deadline_s, repeats_commit=True)

    async def write(
        self, work: Work[_Result], *, deadline_s: float | None = None, repeats_commit: bool = True
    ) -> _Result:
        """What ``work`` returns, once its transaction is committed.

        ``work`` runs again after a deadlock or a lost connection, so it has no effect but its statements.
        ``repeats_commit``: running it again after a commit of unknown outcome does no harm.
        """
        limit_s = self._deadline_s if deadline_s is None else deadline_s

        async def attempt() -> _Result:
            async with self._session() as session:
                transaction = await session.begin_transaction(timeout=limit_s)
                async with transaction:
                    result = await work(Transaction(transaction))
                    try:
                        await transaction.commit()
                    except DriverError as error:
                        raise CommitUnknown from error
                    return result

        return await self._repeat(attempt, deadline_s=limit_s, repeats_commit=repeats_commit)

    async def alter_schema(self, name: str) -> None:
        """Run a schema step: Neo4j wants those in a transaction of their own."""

        async def attempt() -> None:
            async with self._session() as session:
                await (await session.run(statement(name))).consume()

        await self._repeat(attempt, deadline_s=self._deadline_s, repeats_commit=True)

    async def close(self) -> None:
        """Close all connections. A second time changes nothing."""
        self._is_closed = True
        await self._driver.close()

    @asynccontextmanager
    async def _session(self, **options: Any) -> AsyncIterator[AsyncSession]:
        async with self._driver.session(database=self._database, **options) as session:
            yield session

    async def _repeat(
        self, attempt: Callable[[], Awaitable[_Result]], *, deadline_s: float, repeats_commit: bool
    ) -> _Result:
        if self._is_closed:
            raise StoreUnavailable(f"{self.address}: the store is closed")
        deadline = asyncio.timeout(deadline_s)
        try:
            async with deadline:
                for pause_s in RETRY_PAUSES_S:
                    try:
                        return await attempt()
                    except (Neo4jError, DriverError, CommitUnknown) as error:
                        if not (may_repeat(error) or (repeats_commit and isinstance(error, CommitUnknown))):
                            raise
                    await asyncio.sleep(pause_s)
                return await attempt()
        except (Neo4jError, DriverError, CommitUnknown) as error:
            raise to_ours(error, self.address) from error
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise StoreUnavailable(
                f"{self.address}: no answer within {deadline_s:g} s; a write may or may not have happened, "
                "repeat it with the same idempotency key"
            ) from error
