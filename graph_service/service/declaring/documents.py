"""Recorded declarations as documents again."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from graph_service.errors import InvalidInput
from graph_service.model.facts import Facts
from graph_service.model.partners import PactVersion
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.side_records import Collection
from graph_service.model.vocabulary import Kind
from graph_service.ports import GraphStore, PactFormat
from graph_service.service.declaring.columns import pushed_of
from graph_service.service.declaring.states import recorded_rows
from graph_service.service.records import item_records, row_of, supplier_records


def footprint_of(facts: Facts, uid: str, recorded: Mapping[str, Any]) -> PushedDeclaration:
    """A recorded declaration as what was pushed; ``recorded``: what lies beside it. Raises ``LookupError``."""
    rows = recorded_rows(facts, [uid])
    item_row = row_of(facts, Kind.ITEM, str(rows[0]["item_uid"])) if rows else None
    if item_row is None:
        raise LookupError(f"declaration {uid} or its item is not recorded")
    item = item_records(facts, [item_row])[0]
    supplier_row = None if item.supplier_uid is None else row_of(facts, Kind.SUPPLIER, item.supplier_uid)
    supplier = None if supplier_row is None else supplier_records(facts, [supplier_row])[0]
    return pushed_of(rows[0], item, supplier, recorded.get("document"))


def write_pact(
    facts: Facts, uid: str, recorded: Mapping[str, Any], *, pact: PactFormat, version: PactVersion = PactVersion.V3
) -> Mapping[str, object] | None:
    """A recorded declaration as a PACT document; None where it lacks what the version demands."""
    try:
        return pact.write_footprint(footprint_of(facts, uid, recorded), version=version)
    except InvalidInput:
        return None


async def recorded_documents(store: GraphStore) -> AsyncIterator[tuple[str, Mapping[str, object]]]:
    """Every document as it was received, by declaration uid, ordered by it."""
    after = ""
    while page := await store.list_side_records(Collection.DOCUMENT, first=1_000, after=after):
        after = page[-1].key
        for record in page:
            document = json.loads(record.body).get("document")
            if document is not None:
                yield record.key, document
