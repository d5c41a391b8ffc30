"""All facts of a revision out of the graph, as columns: a record per range of rows, never one per edge."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import numpy as np
import pyarrow as pa
from neo4j import Record

from graph_service.errors import NotFound
from graph_service.model.facts import Facts
from graph_service.model.tables import FACT_SCHEMAS
from graph_service.model.vocabulary import Kind
from graph_service.store.fact_columns import ItemRows
from graph_service.store.neo4j.columns import to_table
from graph_service.store.neo4j.connection import Connection
from graph_service.store.neo4j.steps import WITHOUT_NODE
from graph_service.store.neo4j.wholeness import Incomplete, read_whole

RANGE_ROWS = 5_000
"""Rows of nodes per record: 500 to 10,000 measured alike, and a few megabytes of the server's heap."""

RANGES_AHEAD = 2
"""Ranges that the server works on while one is turned into Arrow."""


async def export_facts(connection: Connection, revision: int) -> Facts:
    """The facts believed at ``revision``, as many of each kind as were open when it was recorded.

    The statements need no common transaction: what is written meanwhile belongs to a later revision.

    Raises
    ------
    NotFound
        There is no such revision.
    StoreUnavailable
        Rows are still missing after some seconds: somebody changed the graph behind the store's back.
    """
    return await read_whole(lambda: _export(connection, revision), what=f"{connection.address}: revision {revision}")


async def _export(connection: Connection, revision: int) -> Facts:
    records = await connection.read("find_revision", number=revision)
    if not records:
        raise NotFound(f"there is no revision {revision}")
    expected = dict(zip(Kind, records[0]["open_rows"], strict=True))
    (last_rows,) = await connection.read("find_last_rows")
    items, position = await _export_items(connection, revision, _end(last_rows, Kind.ITEM))
    tables: dict[Kind, pa.Table] = {Kind.ITEM: items}
    for kind in Kind:
        if kind is not Kind.ITEM:
            tables[kind] = await _export_kind(connection, kind, revision, last_rows, position)
    for kind, table in tables.items():
        if table.num_rows != expected[kind]:
            raise Incomplete(f"{table.num_rows} {kind.plural} were read, {expected[kind]} recorded")
    return Facts(tables)


async def _export_items(connection: Connection, revision: int, end_row: int) -> tuple[pa.Table, ItemRows]:
    """The items in the order of first recording, and the place of each by its stable row, -1 for none."""
    position = np.full(end_row, -1, np.int64)
    parts, rows = [], []
    async with aclosing(_ranges(connection, Kind.ITEM, revision, end_row)) as records:
        async for record in records:
            parts.append(await asyncio.to_thread(to_table, Kind.ITEM, record, position=position))
            rows.append(np.array(record["row"], np.int64))
    table = _in_order(Kind.ITEM, parts, rows)
    if rows:
        in_order = np.sort(np.concatenate(rows))
        position[in_order] = np.arange(len(in_order))
    return table, position


async def _export_kind(
    connection: Connection, kind: Kind, revision: int, last_rows: Record, position: ItemRows
) -> pa.Table:
    parts, rows = [], []
    end_row = _end(last_rows, Kind.ITEM if kind in WITHOUT_NODE else kind)
    async with aclosing(_ranges(connection, kind, revision, end_row)) as records:
        async for record in records:
            try:
                parts.append(await asyncio.to_thread(to_table, kind, record, position=position))
            except ValueError as error:
                raise Incomplete(str(error)) from error
            if kind not in WITHOUT_NODE:
                rows.append(np.array(record["row"], np.int64))
    return _in_order(kind, parts, rows)


async def _ranges(connection: Connection, kind: Kind, revision: int, end_row: int) -> AsyncGenerator[Record, None]:
    """A record per range, in order; the next ones are on their way while the caller works on one."""
    pending: deque[asyncio.Task[list[Record]]] = deque()
    try:
        for first_row in range(0, end_row, RANGE_ROWS):
            asked = connection.read(
                f"export_{kind}", revision=revision, first_row=first_row, end_row=first_row + RANGE_ROWS
            )
            pending.append(asyncio.create_task(asked))
            if len(pending) > RANGES_AHEAD:
                yield (await pending.popleft())[0]
        while pending:
            yield (await pending.popleft())[0]
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


def _end(last_rows: Record, kind: Kind) -> int:
    last_row: Any = last_rows[kind.value]
    return 0 if last_row is None else int(last_row) + 1


def _in_order(kind: Kind, parts: list[pa.Table], rows: list[ItemRows]) -> pa.Table:
    """One table of few chunks, by stable row where there is one."""
    if not parts:
        return FACT_SCHEMAS[kind].empty_table()
    table = pa.concat_tables(parts).combine_chunks()
    if not rows:
        return table
    all_rows = np.concatenate(rows)
    if (np.diff(all_rows) > 0).all():
        return table
    return table.take(pa.array(np.argsort(all_rows, kind="stable")))
