"""What pushes are measured with: a graph whose suppliers' footprints count at once, and footprints of its items."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from graph_service.model.batch import ChangeBatch
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import AcceptanceRule, Kind
from tests.bench.bench_http import SUPPLIERS, graph
from tests.support.pact_documents import v3_document
from tests.support.workbooks import table_workbook

CATEGORIES = 50
DOCUMENT_BYTES = 3_000
_TABLE_HEADER = (
    *("product_ids", "product_name", "declared_unit", "kgco2e", "fossil_kgco2e", "biogenic_uptake_kgco2e"),
    *("reference_period_start", "reference_period_end", "valid_from", "primary_data_share", "technological_dqr"),
    *("temporal_dqr", "geographical_dqr", "gwp_set", "geography", "comment"),
)


def identified_graph(item_count: int) -> ChangeBatch:
    """The graph of ``bench_http`` with categories, with identifiers, and with suppliers of the rule ALWAYS."""
    batch = graph(item_count)
    tables = dict(batch.tables)
    category = np.arange(item_count) % CATEGORIES
    tables[Kind.ITEM] = _with(
        tables[Kind.ITEM],
        identifiers=[item_urn(row) for row in range(item_count)],
        category=[f"category {number}" for number in category.tolist()],
    )
    tables[Kind.SUPPLIER] = _with(
        tables[Kind.SUPPLIER],
        identifiers=[f"urn:example:company:supplier-{number:04}" for number in range(SUPPLIERS)],
        acceptance=[AcceptanceRule.ALWAYS.value] * SUPPLIERS,
    )
    return ChangeBatch(tables)


def item_urn(row: int) -> str:
    """What an item is called in documents."""
    return f"urn:gtin:{row:014}"


def footprint_document(number: int, *, item_row: int, supplier_uid: str, random: np.random.Generator) -> dict[str, Any]:
    """A PACT V3 footprint of some 3 kB that names its item by its GTIN and its company by a URN."""
    kgco2e = round(float(random.lognormal(0, 1)), 6)
    document = v3_document(
        pcfExcludingBiogenicUptake=str(kgco2e),
        pcfIncludingBiogenicUptake=str(round(kgco2e - 0.1, 6)),
        fossilGhgEmissions=str(kgco2e),
        landUseChangeGhgEmissions=None,
        biogenicCO2Uptake="-0.1",
        fossilCarbonContent="0",
        referencePeriodStart="2025-01-01T00:00:00Z",
        referencePeriodEnd="2026-01-01T00:00:00Z",
    )
    return document | {
        "id": f"{number:08x}-0000-4000-8000-000000000000",
        "companyIds": [f"urn:example:company:{supplier_uid}"],
        "productIds": [item_urn(item_row)],
        "comment": "boundary and data sources as agreed. " * ((DOCUMENT_BYTES - 2_000) // 37),
    }


def table_row(item_row: int, random: np.random.Generator) -> tuple[object, ...]:
    """A row of an upload, as texts and numbers."""
    kgco2e = round(float(random.lognormal(0, 1)), 6)
    return (
        *(item_urn(item_row), f"Item {item_row}", "kg", kgco2e, kgco2e, -0.1),
        *("2025-01-01", "2026-01-01", "2026-01-01", 0.6, 1.5, 2.0, 2.5, "AR6", "CN-SN", "from our own meters"),
    )


def upload(kind: str, rows: list[tuple[object, ...]]) -> bytes:
    """The rows as a CSV file or a workbook."""
    if kind == "xlsx":
        return table_workbook(*rows, header=_TABLE_HEADER)
    text = io.StringIO()
    csv.writer(text).writerows([_TABLE_HEADER, *rows])
    return text.getvalue().encode()


def supplier_of_items(facts_items: pa.Table) -> Mapping[int, str]:
    """The supplier's uid of every item row."""
    return dict(enumerate(facts_items["supplier_uid"].to_pylist()))


def _with(table: pa.Table, **columns: list[str]) -> pa.Table:
    for name, values in columns.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(place), pa.array(values, pa.string()))
    return table.cast(BATCH_SCHEMAS[Kind.ITEM] if "category" in columns else BATCH_SCHEMAS[Kind.SUPPLIER])
