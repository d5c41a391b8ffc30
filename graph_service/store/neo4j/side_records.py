"""Side records read: by key, and in pages by key."""

import asyncio
from collections.abc import Mapping, Sequence

from neo4j import Record

from graph_service.model.side_records import Collection, SideRecord
from graph_service.store.neo4j.connection import Connection
from graph_service.store.neo4j.revisions import clamp

DOCUMENT_PAUSE_S = 0.02
"""Neo4j lets a reader see a commit before all of it is applied, indexes last. Documents are asked for by the facts of a
revision, so one that is missing may be about to show."""


async def get_side_records(
    connection: Connection, collection: Collection, keys: Sequence[str]
) -> Mapping[str, SideRecord]:
    """The records of these keys that are there."""
    asked = list(dict.fromkeys(keys))
    if not asked:
        return {}
    found = await connection.read("get_side_records", collection=collection.value, key=asked)
    if collection is Collection.DOCUMENT and len(found) < len(asked):
        await asyncio.sleep(DOCUMENT_PAUSE_S)
        found = await connection.read("get_side_records", collection=collection.value, key=asked)
    return {record["key"]: _to_side_record(collection, record) for record in found}


async def list_side_records(
    connection: Connection, collection: Collection, *, first: int, after: str, owner: str | None
) -> Sequence[SideRecord]:
    """As ``GraphStore.list_side_records`` promises."""
    page = {"collection": collection.value, "after": after, "first": clamp(first)}
    if owner is None:
        found = await connection.read("list_side_records", **page)
    else:
        found = await connection.read("list_side_records_of_owner", owner=owner, **page)
    return [_to_side_record(collection, record) for record in found]


def _to_side_record(collection: Collection, record: Record) -> SideRecord:
    return SideRecord(collection, record["key"], record["body"], record["owner"])
