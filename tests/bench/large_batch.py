"""The batch that stores are measured with: items in a long chain of tiers, four inputs and one emission each."""

import numpy as np
import pyarrow as pa

from graph_service.model.batch import PreparedBatch
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Door, Kind
from tests.support.clock import NOON

INPUTS_PER_ITEM = 4


def large_batch(item_count: int, *, seed: int = 1) -> PreparedBatch:
    """The first batch of a store: ``item_count`` items, four supplies and one emission for each."""
    chance = np.random.default_rng(seed)
    supply_count = item_count * INPUTS_PER_ITEM
    output_row = np.repeat(np.arange(item_count), INPUTS_PER_ITEM)
    input_row = chance.integers(0, item_count, supply_count)
    uids = pa.array([f"item-{row:07}" for row in range(item_count)])
    items = {
        "uid": uids,
        "name": pa.array([f"Item {row}" for row in range(item_count)]),
        "name_zh": pa.array([f"零件 {row}" for row in range(item_count)]),
        "kind": _same("COMPONENT", item_count),
        "declared_unit": _same("kg", item_count),
        "category": pa.array([f"category {row % 50}" for row in range(item_count)]),
        "mass_kg": pa.array(chance.random(item_count)),
    }
    supplies = {
        "uid": pa.array([f"supply-{row:08}" for row in range(supply_count)]),
        "input_uid": uids.take(pa.array(input_row)),
        "output_uid": uids.take(pa.array(output_row)),
        "amount": pa.array(chance.random(supply_count) * 0.2),
        "unit": _same("kg", supply_count),
        "share": pa.array(np.ones(supply_count)),
        "stage": _same("RAW_MATERIAL", supply_count),
    }
    emissions = {
        "uid": pa.array([f"emission-{row:07}" for row in range(item_count)]),
        "item_uid": uids,
        "stage": _same("MANUFACTURING", item_count),
        "component": _same("FOSSIL", item_count),
        "kgco2e": pa.array(chance.random(item_count)),
        "data_type": _same("SECONDARY", item_count),
        "is_verified": pa.array(np.zeros(item_count, np.bool_)),
        "gwp_set": _same("AR6", item_count),
    }
    tables = {Kind.ITEM: items, Kind.EMISSION: emissions, Kind.SUPPLY: supplies}
    upserts = {kind: _complete(kind, columns) for kind, columns in tables.items()}
    return PreparedBatch(0, upserts, {}, NOON, "bench", Door.CLI, "a large first batch")


def changed_supplies(batch: PreparedBatch, count: int, *, base_revision: int) -> PreparedBatch:
    """A later batch that changes the amount of ``count`` supplies spread over the first one's."""
    supplies = batch.upserts[Kind.SUPPLY]
    rows = np.linspace(0, supplies.num_rows - 1, count).astype(np.int64)
    changed = supplies.take(pa.array(rows))
    place = changed.schema.get_field_index("amount")
    changed = changed.set_column(place, "amount", pa.array(changed["amount"].to_numpy() * 0.5 + base_revision))
    upserts = {Kind.SUPPLY: changed.combine_chunks()}
    return PreparedBatch(base_revision, upserts, {}, NOON, "bench", Door.CLI, f"{count} changed supplies")


def _same(text: str, count: int) -> pa.Array:
    return pa.array([text]).take(pa.array(np.zeros(count, np.int32)))


def _complete(kind: Kind, columns: dict[str, pa.Array]) -> pa.Table:
    count = len(columns["uid"])
    schema = BATCH_SCHEMAS[kind]
    return pa.table([columns.get(field.name, pa.nulls(count, field.type)) for field in schema], schema=schema)
