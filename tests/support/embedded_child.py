"""A process of its own on an embedded store, for tests that kill it or let several race.

``python -m tests.support.embedded_child PATH count N``  adds 1 to a counter N times, repeating after conflicts.
``python -m tests.support.embedded_child PATH grow [MOMENT]``  records revision after revision and prints each number
once it is acknowledged; kills itself at MOMENT in the recording of revision 3: ``rows``, ``commit`` or ``committed``.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from graph_service.errors import Conflict
from graph_service.model.batch import PreparedBatch
from graph_service.model.vocabulary import Kind
from graph_service.ports import SystemClock
from graph_service.store.embedded import EmbeddedStore
from graph_service.store.embedded.connection import Connection, Cursor, connect_sqlite
from tests.support.batches import idempotency, item, prepared, supply

GROWN_ROWS = 2_000
FATAL_REVISION = 3


def grown_batch(number: int) -> PreparedBatch:
    """The batch of revision ``number``: its own items, and edges that all say the revision."""
    uids = [f"i{number}-{place}" for place in range(GROWN_ROWS)]
    edges = [supply(f"s{place}", uid, "hub", amount=float(number)) for place, uid in enumerate(uids)]
    upserts = {Kind.ITEM: [item("hub", mass_kg=float(number)), *map(item, uids)], Kind.SUPPLY: edges}
    return prepared(number - 1, upserts, key=idempotency(f"k{number}"))


class FatalConnection:
    """A connection of the standard library that kills the process at a moment of the fatal revision's recording."""

    def __init__(self, path: Path, moment: str) -> None:
        self._connection = connect_sqlite(path)
        self._moment = moment
        self._is_fatal = False

    def execute(self, sql: str, parameters: Any = (), /) -> Cursor:
        if "INSERT INTO revision" in sql:
            self._is_fatal = parameters["number"] == FATAL_REVISION
        if self._is_fatal and sql == "COMMIT" and self._moment == "commit":
            _die()
        cursor = self._connection.execute(sql, parameters)
        if self._is_fatal and sql == "COMMIT":
            _die()
        return cursor

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Cursor:
        is_fatal = self._is_fatal and self._moment == "rows" and "supply_fact" in sql
        return self._connection.executemany(sql, _dying(parameters) if is_fatal else parameters)

    def close(self) -> None:
        self._connection.close()


def _dying(rows: Iterable[Any]) -> Iterator[Any]:
    for count, row in enumerate(rows):
        if count == GROWN_ROWS // 2:
            _die()
        yield row


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def _count(path: Path, times: int) -> None:
    store = await EmbeddedStore.open(path, clock=SystemClock())
    done = 0
    while done < times:
        number = (await store.revision()).number
        counted = (await store.export(number)).items["mass_kg"].to_pylist() or [0.0]
        try:
            await store.apply(prepared(number, {Kind.ITEM: [item("counter", mass_kg=counted[0] + 1)]}))
            done += 1
        except Conflict:
            continue
    await store.close()


async def _grow(path: Path, moment: str | None) -> None:
    def connect(path: Path) -> Connection:
        return connect_sqlite(path) if moment is None else FatalConnection(path, moment)

    store = await EmbeddedStore.open(path, clock=SystemClock(), connect=connect)
    number = (await store.revision()).number
    while True:
        number += 1
        await store.apply(grown_batch(number))
        print(number, flush=True)


if __name__ == "__main__":
    home, task, *arguments = sys.argv[1:]
    if task == "count":
        asyncio.run(_count(Path(home), int(arguments[0])))
    else:
        asyncio.run(_grow(Path(home), arguments[0] if arguments else None))
