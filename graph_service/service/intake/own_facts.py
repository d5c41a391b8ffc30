"""The facts as one supplier may know them: its own, what joins others' items to them, and reference data."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.facts import Facts
from graph_service.model.tables import FACT_SCHEMAS
from graph_service.model.vocabulary import ItemKind, Kind
from graph_service.service.merging import Positions
from graph_service.service.resolution import Flags, flags

_NAMED_COLUMNS = ("uid", "name", "declared_unit")
"""Of an item of others that a supply joins to an own one."""

_CUSTOMERS_COLUMNS = ("line", "unit_cost", "currency", "gsd")
"""How a customer sources stays with the customer."""


@dataclass(frozen=True, slots=True)
class Owned:
    """Which facts are a supplier's to write, a flag per row; ``is_seen_item``: own ones and those joined to them."""

    is_item: Flags
    is_supply: Flags
    is_emission: Flags
    is_seen_item: Flags

    def flags_of(self, kind: Kind) -> Flags:
        """By kind, for those of which a supplier may own any."""
        return {Kind.ITEM: self.is_item, Kind.SUPPLY: self.is_supply, Kind.EMISSION: self.is_emission}[kind]


def owned_by(facts: Facts, supplier_uid: str) -> Owned:
    """What a supplier may write: its items, their emissions, and the supplies into them."""
    supplies = facts.tables[Kind.SUPPLY]
    is_item = flags(pc.equal(facts.items["supplier_uid"], supplier_uid))
    inputs, outputs = supplies["input_row"].to_numpy(), supplies["output_row"].to_numpy()
    is_seen = is_item.copy()
    is_seen[inputs[is_item[outputs]]] = True
    is_seen[outputs[is_item[inputs]]] = True
    is_emission = is_item[facts.tables[Kind.EMISSION]["item_row"].to_numpy()]
    return Owned(is_item, is_item[outputs], is_emission, is_seen)


def facts_seen_by(facts: Facts, supplier_uid: str, owned: Owned) -> Facts:
    """The facts without all that the supplier may not know of; what is said of these facts tells nothing more."""
    supplies, emissions = facts.tables[Kind.SUPPLY], facts.tables[Kind.EMISSION]
    suppliers, declarations = facts.tables[Kind.SUPPLIER], facts.tables[Kind.DECLARATION]
    row_of = np.where(owned.is_seen_item, np.cumsum(owned.is_seen_item) - 1, -1)
    is_delivery = owned.is_item[supplies["input_row"].to_numpy()] & ~owned.is_supply
    is_told = owned.is_item[declarations["item_row"].to_numpy()]
    is_told &= ~flags(pc.fill_null(declarations["is_published"], False))
    seen_supplies = _without(Kind.SUPPLY, supplies, is_delivery, _CUSTOMERS_COLUMNS)
    tables = {
        **facts.tables,
        Kind.SUPPLIER: suppliers.filter(pc.equal(suppliers["uid"], supplier_uid)),
        Kind.ITEM: _items(facts, owned),
        Kind.SUPPLY: _renumbered(seen_supplies, owned.is_supply | is_delivery, row_of),
        Kind.EMISSION: _renumbered(emissions, owned.is_emission, row_of),
        Kind.DECLARATION: _renumbered(declarations, is_told, row_of),
    }
    return Facts(tables)


def _items(facts: Facts, owned: Owned) -> pa.Table:
    names = [name for name in FACT_SCHEMAS[Kind.ITEM].names if name not in (*_NAMED_COLUMNS, "kind")]
    items = facts.items.filter(pa.array(owned.is_seen_item))
    is_other = ~owned.is_item[owned.is_seen_item]
    items = _without(Kind.ITEM, items, is_other, names)
    kind = pc.if_else(pa.array(is_other), pa.scalar(list(ItemKind).index(ItemKind.COMPONENT), pa.int8()), items["kind"])
    return items.set_column(items.schema.get_field_index("kind"), "kind", kind)


def _without(kind: Kind, table: pa.Table, at: Flags, names: list[str] | tuple[str, ...]) -> pa.Table:
    """The table with nulls in ``names`` of the rows ``at``."""
    for name in names:
        field = FACT_SCHEMAS[kind].field(name)
        column = pc.if_else(pa.array(at), pa.scalar(None, field.type), table[name])
        table = table.set_column(table.schema.get_field_index(name), field, column)
    return table


def _renumbered(table: pa.Table, kept: Flags, row_of: Positions) -> pa.Table:
    chosen = table.filter(pa.array(kept))
    for name in ("item_row", "input_row", "output_row"):
        if name in chosen.schema.names:
            rows = pa.array(row_of[chosen[name].to_numpy()].astype(np.int32))
            chosen = chosen.set_column(chosen.schema.get_field_index(name), name, rows)
    return chosen
