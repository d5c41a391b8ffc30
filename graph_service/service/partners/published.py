"""Our own footprints, as they are given to a partner."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.facts import Facts
from graph_service.model.partners import FootprintQuery
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.side_records import Collection
from graph_service.model.vocabulary import DeclarationState, Kind
from graph_service.ports import GraphStore
from graph_service.service.declaring.documents import footprint_of
from graph_service.service.footprint_list import Rows, matching_rows
from graph_service.service.records import row_of

_STATES = list(DeclarationState)


def published_rows(facts: Facts, item_uids: Iterable[str], *, query: FootprintQuery | None = None) -> Rows:
    """Rows of the declarations that we published of these items, in the order in which they were recorded.

    Deprecated ones only where the query asks for a status.
    """
    table = facts.tables[Kind.DECLARATION]
    item_rows = [row for uid in item_uids if (row := row_of(facts, Kind.ITEM, uid)) is not None]
    is_ours = pc.fill_null(table["is_published"], False).to_numpy() & np.isin(table["item_row"].to_numpy(), item_rows)
    if query is None or not query.statuses:
        is_ours &= table["state"].to_numpy() == _STATES.index(DeclarationState.ACCEPTED)
    rows: Rows = np.flatnonzero(is_ours)
    return rows if query is None else matching_rows(facts, rows, query)


def uids_of(facts: Facts, rows: Rows) -> list[str]:
    """The declarations' uids."""
    uids: list[str] = facts.tables[Kind.DECLARATION]["uid"].take(pa.array(rows)).to_pylist()
    return uids


async def documents_beside(store: GraphStore, uids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """What lies beside declarations, by uid: the document and what its check found."""
    records = await store.side_records(Collection.DOCUMENT, uids)
    return {uid: json.loads(record.body) for uid, record in records.items()}


async def footprints_of(facts: Facts, uids: Sequence[str], store: GraphStore) -> tuple[PushedDeclaration, ...]:
    """The recorded declarations as footprints to write; one call of the store."""
    beside = await documents_beside(store, uids)
    return tuple(footprint_of(facts, uid, beside.get(uid, {})) for uid in uids)
