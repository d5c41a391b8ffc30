"""Footprints of one caller: a page of them, or one, written as documents of the version that was asked."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from graph_service.api.pact.doors import Doors
from graph_service.api.pact.queries import Paging
from graph_service.errors import InvalidInput, NotFound
from graph_service.model.batch import Principal
from graph_service.model.facts import Facts, from_facts
from graph_service.model.partners import PactVersion
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.side_records import Collection, SideRecord
from graph_service.model.vocabulary import Kind
from graph_service.service.declaring.columns import pushed_of
from graph_service.service.footprint_list import Place, Rows, page_of, row_of, visible_rows
from graph_service.service.records import SupplierRecord, item_records, rows_by_uid, supplier_records

Document = Mapping[str, object]
Choose = Callable[[Facts, Rows], Rows]


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Documents in order; ``ended_at``: where the next page begins after, None at the end."""

    documents: list[Document]
    ended_at: Place | None


async def page_of_footprints(
    doors: Doors, principal: Principal, *, choose: Choose, paging: Paging, version: PactVersion
) -> DocumentPage:
    """The page of what the caller may see and ``choose`` leaves.

    A footprint that cannot be written in the version is left out, and its page is shorter: the next begins after it.
    """
    partner = await doors.partner_of(principal)
    _, facts = await doors.services.snapshots.newest()

    def chosen_page() -> tuple[Rows, Place | None]:
        rows = choose(facts, visible_rows(facts, principal=principal, partner=partner))
        page = page_of(facts, rows, after=paging.after, first=paging.first)
        return page.rows, page.ended_at

    rows, ended_at = await asyncio.to_thread(chosen_page)
    documents = await _documents(doors, facts, rows, version)
    return DocumentPage([document for document in documents if document is not None], ended_at)


async def one_footprint(doors: Doors, principal: Principal, footprint_id: str, version: PactVersion) -> Document:
    """The footprint of that id.

    Raises ``NotFound`` where there is none, where the caller may not see it, and where it cannot be written in the
    version, all alike: it is in no list either.
    """
    partner = await doors.partner_of(principal)
    _, facts = await doors.services.snapshots.newest()

    def found() -> int | None:
        return row_of(facts, visible_rows(facts, principal=principal, partner=partner), footprint_id)

    row = await asyncio.to_thread(found)
    documents = [] if row is None else await _documents(doors, facts, np.array([row]), version)
    if not documents or documents[0] is None:
        raise NotFound("no footprint of this id is there for you")
    return documents[0]


async def _documents(doors: Doors, facts: Facts, rows: Rows, version: PactVersion) -> list[Document | None]:
    """The declarations at ``rows`` as documents; None for what cannot be written in the version."""
    chosen = facts.tables[Kind.DECLARATION].take(pa.array(rows))
    kept = await doors.services.store.side_records(Collection.DOCUMENT, chosen["uid"].to_pylist()) if rows.size else {}

    def written() -> list[Document | None]:
        return [_written(doors, pushed, version) for pushed in _pushed(facts, chosen, kept)]

    return await asyncio.to_thread(written)


def _pushed(facts: Facts, chosen: pa.Table, kept: Mapping[str, SideRecord]) -> list[PushedDeclaration]:
    items = item_records(facts, chosen["item_row"].to_pylist())
    suppliers = _suppliers(facts, [item.supplier_uid for item in items if item.supplier_uid is not None])
    records = from_facts(Kind.DECLARATION, facts, chosen).to_pylist()
    documents = [
        json.loads(kept[uid].body).get("document") if uid in kept else None for uid in chosen["uid"].to_pylist()
    ]
    return [
        pushed_of(record, item, suppliers.get(item.supplier_uid or ""), document)
        for record, item, document in zip(records, items, documents, strict=True)
    ]


def _suppliers(facts: Facts, uids: Sequence[str]) -> Mapping[str, SupplierRecord]:
    rows = rows_by_uid(facts, Kind.SUPPLIER, uids)
    return dict(zip(rows, supplier_records(facts, list(rows.values())), strict=True))


def _written(doors: Doors, pushed: PushedDeclaration, version: PactVersion) -> Document | None:
    try:
        return doors.services.pact.write_footprint(pushed, version=version)
    except InvalidInput:
        return None
