"""Small facts by hand: only what a test is about is written, the rest takes the defaults of ``dataset.md``."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from graph_service.model.facts import Facts, to_facts
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Kind

Rows = Sequence[Mapping[str, Any]]

DEFAULTS: Mapping[Kind, Mapping[str, Any]] = {
    Kind.ITEM: {"kind": "COMPONENT", "declared_unit": "kg"},
    Kind.FACTOR: {
        "kind": "CARBON_FOOTPRINT",
        "unit": "kWh",
        "boundary": "cradle to gate",
        "gwp_set": "AR6",
        "source": "made up",
        "licence": "CC0-1.0",
    },
    Kind.EMISSION: {
        "stage": "MANUFACTURING",
        "component": "UNSPECIFIED",
        "data_type": "SECONDARY",
        "is_verified": False,
    },
    Kind.SUPPLY: {"share": 1.0, "stage": "RAW_MATERIAL"},
    Kind.SUPPLIER: {"acceptance": "REVIEW"},
    Kind.DECLARATION: {
        "is_verified": False,
        "rating_scale": "V3",
        "boundary": "CRADLE_TO_GATE",
        "document_format": "TABLE",
        "state": "ACCEPTED",
    },
}


def batch_table(kind: Kind, rows: Rows) -> pa.Table:
    """Rows as a batch's table, complete by the defaults; uids are numbered where none is given."""
    complete = [{"uid": f"{kind}-{index}", **DEFAULTS.get(kind, {}), **row} for index, row in enumerate(rows)]
    for row in complete:
        row.setdefault("name", row["uid"])
    return pa.Table.from_pylist(complete, schema=BATCH_SCHEMAS[kind])


def facts_of(received: Sequence[int] | None = None, **rows: Rows) -> Facts:
    """Facts from lists named as in a batch: ``items``, ``supplies``, ``emissions``, ``factors`` ...

    ``received`` gives the revision that first recorded each declaration; default 1.
    """
    tables = {kind: batch_table(kind, rows.pop(kind.plural, ())) for kind in Kind}
    if rows:
        raise ValueError(f"no kind of fact is named {sorted(rows)}")
    return Facts(
        {
            kind: to_facts(
                kind,
                table,
                tables[Kind.ITEM]["uid"],
                revision=received if received is not None and kind is Kind.DECLARATION else 1,
            )
            for kind, table in tables.items()
        }
    )
