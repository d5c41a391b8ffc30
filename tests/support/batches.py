"""Prepared batches for stores, complete as intake makes them, and facts in a form that two stores can agree on."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import pyarrow as pa

from graph_service.model.batch import NOTHING_BESIDE, Beside, ClientName, Idempotency, PreparedBatch
from graph_service.model.facts import Facts, from_facts
from graph_service.model.tables import BATCH_SCHEMAS, RECEIVED_REVISION
from graph_service.model.vocabulary import Door, Kind
from tests.support.clock import NOON

Record = Mapping[str, object]
Records = Mapping[Kind, Sequence[Record]]

ORDERED = (Kind.ITEM, Kind.DECLARATION)
"""Kinds whose facts stand in the order of first recording."""


def region(uid: str, **columns: object) -> Record:
    return {"uid": uid, "name": f"Region {uid}", **columns}


def supplier(uid: str, **columns: object) -> Record:
    return {"uid": uid, "name": f"Supplier {uid}", "acceptance": "REVIEW", **columns}


def item(uid: str, **columns: object) -> Record:
    return {"uid": uid, "name": f"Item {uid}", "kind": "COMPONENT", "declared_unit": "kg", **columns}


def factor(uid: str, *, region_uid: str, **columns: object) -> Record:
    given = {"flow": "electricity", "kind": "CARBON_FOOTPRINT", "kgco2e": 0.6, "unit": "kWh", "year": 2024}
    origin = {"boundary": "cradle to gate", "gwp_set": "AR6", "source": "made up for tests", "licence": "none"}
    return {"uid": uid, "name": f"Factor {uid}", "region_uid": region_uid, **given, **origin, **columns}


def emission(uid: str, item_uid: str, *, kgco2e: float | None = 1.0, **columns: object) -> Record:
    words = {"stage": "MANUFACTURING", "component": "UNSPECIFIED", "data_type": "SECONDARY", "is_verified": False}
    return {"uid": uid, "item_uid": item_uid, "kgco2e": kgco2e, **words, **columns}


def supply(uid: str, input_uid: str, output_uid: str, *, amount: float = 1.0, **columns: object) -> Record:
    given = {"amount": amount, "unit": "kg", "share": 1.0, "stage": "RAW_MATERIAL"}
    return {"uid": uid, "input_uid": input_uid, "output_uid": output_uid, **given, **columns}


def benchmark(uid: str, **columns: object) -> Record:
    limits = {"limit_kgco2e": 3.0, "baseline_kgco2e": 2.0, "exemplary_kgco2e": 1.0}
    return {"uid": uid, "category": "cell", "declared_unit": "kg", **limits, "source": "tests", **columns} | {
        "is_example": columns.get("is_example", True)
    }


def declaration(uid: str, item_uid: str, *, kgco2e: float = 5.0, **columns: object) -> Record:
    period = {"reference_period_start": date(2025, 1, 1), "reference_period_end": date(2026, 1, 1)}
    validity = {"valid_from": date(2026, 1, 1), "valid_to": date(2029, 1, 1)}
    words = {"rating_scale": "V3", "boundary": "CRADLE_TO_GATE", "document_format": "TABLE", "state": "ACCEPTED"}
    return {"uid": uid, "item_uid": item_uid, "kgco2e": kgco2e, **period, **validity, **words, **columns}


def idempotency(key: str, *, body: str = "body", client: str = "cli", answer: str = '{"n": 1}') -> Idempotency:
    return Idempotency(ClientName(client), key, hashlib.sha256(body.encode()).hexdigest(), answer)


def prepared(
    base_revision: int,
    upserts: Records | None = None,
    *,
    ends: Mapping[Kind, Sequence[str]] | None = None,
    key: Idempotency | None = None,
    recorded_at: datetime = NOON,
    by: str = "tester",
    summary: str = "a test's batch",
    beside: Beside = NOTHING_BESIDE,
) -> PreparedBatch:
    """A batch of ``upserts``; a column that a record leaves out is null."""
    tables = {
        kind: pa.Table.from_pylist([dict(record) for record in records], schema=BATCH_SCHEMAS[kind])
        for kind, records in (upserts or {}).items()
    }
    return PreparedBatch(base_revision, tables, ends or {}, recorded_at, by, Door.CLI, summary, key, beside)


def canonical(facts: Facts) -> dict[Kind, list[dict[str, object]]]:
    """Facts as records that name items by uid: in order where order is promised, else by uid."""
    records: dict[Kind, list[dict[str, object]]] = {}
    for kind in Kind:
        rows = from_facts(kind, facts).to_pylist()
        if kind is Kind.DECLARATION:
            received = facts.tables[kind][RECEIVED_REVISION].to_pylist()
            rows = [{**row, RECEIVED_REVISION: revision} for row, revision in zip(rows, received, strict=True)]
        records[kind] = rows if kind in ORDERED else sorted(rows, key=lambda row: str(row["uid"]))
    return records
