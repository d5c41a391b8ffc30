"""An item's upstream as columns: what is handed over to analysts."""

from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.interop import GraphColumns, Value
from graph_service.engine.snapshot import AFTER_GATE
from graph_service.engine.trace import Trace
from graph_service.model.vocabulary import GapKind, ItemKind, Kind, LifeCycleStage
from graph_service.service.footprints import Footprint
from graph_service.service.resolution import Integers

TEXTS = {
    "uid": "uid",
    "name": "name",
    "name_zh": "name_zh",
    "declared_unit": "declared_unit",
    "supplier": "supplier_uid",
    "region": "region_uid",
    "category": "category",
}
"""Columns of the nodes that are recorded as they stand, and what they are called among the facts."""


@dataclass(frozen=True, slots=True)
class Subgraph:
    """An item, every item upstream of it, and the supplies among them that count in the view; null = unknown.

    ``nodes`` stand by tier, then uid, and ``item_rows`` are their rows in the facts; ``edges`` stand by uid, and
    ``supply_rows`` are their rows in the facts. ``activity``: declared units of a node per declared unit of the item.
    ``total_kgco2e`` and ``direct_kgco2e`` are per declared unit of the node: from cradle to gate, as it is passed on,
    and the item's own within the view's boundary. ``contribution_kgco2e`` sums to the item's total.
    """

    attributes: dict[str, Value]
    item_rows: Integers
    supply_rows: Integers
    nodes: pa.Table
    edges: pa.Table

    def columns(self) -> GraphColumns:
        """The same as plain values, for ``engine.interop``."""
        return GraphColumns(self.nodes.to_pydict(), self.edges.to_pydict(), self.attributes)


def subgraph(found: Footprint) -> Subgraph:
    """The upstream of a footprint's item, which ends at items with a declaration in force. No supply is of nothing."""
    items, tier = found.graph.day.facts.items, found.trace.tier
    rows = np.flatnonzero(tier >= 0).astype(np.int32)
    rows = rows[_order(items["uid"].take(pa.array(rows)), tier[rows])]
    supply = _counted_supplies(found)
    supply_uids = found.graph.day.facts.tables[Kind.SUPPLY]["uid"].take(pa.array(found.graph.day.supply_rows[supply]))
    supply = supply[_order(supply_uids)]
    return Subgraph(
        attributes=_attributes(found),
        item_rows=rows,
        supply_rows=found.graph.day.supply_rows[supply],
        nodes=_nodes(found, rows),
        edges=_edges(found, supply),
    )


def _order(uids: pa.ChunkedArray, tier: Integers | None = None) -> npt.NDArray[np.int64]:
    table = pa.table({"tier": np.zeros(len(uids)) if tier is None else tier, "uid": uids})
    return np.asarray(pc.sort_indices(table, sort_keys=[("tier", "ascending"), ("uid", "ascending")]), dtype=np.int64)


def _counted_supplies(found: Footprint) -> npt.NDArray[np.int64]:
    """Positions in the snapshot of the supplies that carry something to the item.

    These lead into the gate of an item without declaration in force; after the gate only the item's own count.
    """
    trace, supplies = found.trace, found.graph.day.snapshot.supplies
    is_after_gate = AFTER_GATE[supplies.stage]
    is_declared = trace.rollup.declaration_of_item >= 0
    is_own = (supplies.output_row == trace.item_row) & trace.is_to_grave
    counts = np.where(is_after_gate, is_own, ~is_declared[supplies.output_row])
    is_upstream = trace.tier >= 0
    counts &= is_upstream[supplies.output_row] & is_upstream[supplies.input_row]
    return np.flatnonzero(counts & (supplies.amount * supplies.share != 0.0))


def _attributes(found: Footprint) -> dict[str, Value]:
    view, items = found.graph.view, found.graph.day.facts.items
    told: dict[str, Value | None] = {
        "item": items["uid"][found.item_row].as_py(),
        "declared_unit": items["declared_unit"][found.item_row].as_py(),
        "total_kgco2e": found.total_kgco2e,
        "is_complete": found.is_complete,
        "as_of": view.as_of.isoformat(),
        # Revision 0 of a store holds no items: here it is a folder's.
        "revision": view.revision.number or None,
        "basis": view.basis.value,
        "boundary": view.boundary.value,
        "generator": f"graph-service {version('graph-service')}",
    }
    return {name: value for name, value in told.items() if value is not None}


def _nodes(found: Footprint, rows: Integers) -> pa.Table:
    trace, items = found.trace, found.graph.day.facts.items.take(pa.array(rows))
    direct, total, contribution = _kilograms(trace, rows)
    columns = {name: items[column] for name, column in TEXTS.items()} | {
        "kind": _words(ItemKind, items["kind"]),
        "direct_kgco2e": _numbers(direct),
        "total_kgco2e": _numbers(total),
        "activity": _numbers(trace.activity[rows]),
        "contribution_kgco2e": _numbers(contribution),
        "tier": pa.array(trace.tier[rows]),
        "is_declared": pa.array(trace.rollup.declaration_of_item[rows] >= 0),
        "gap": _gaps(trace, rows),
    }
    return pa.table(columns)


def _kilograms(trace: Trace, rows: Integers) -> tuple[npt.NDArray[np.float64], ...]:
    """Direct, total and contribution of the items at ``rows``; NaN where unknown."""
    roll_up, to_grave = trace.rollup, trace.is_to_grave
    is_asked = rows == trace.item_row
    lacks = ~roll_up.equations.is_known[rows]
    if to_grave:
        lacks &= ~(is_asked & roll_up.equations.has_after_gate_emission[rows])
    total = np.where(is_asked, trace.total_kgco2e, roll_up.total_kgco2e()[rows])
    direct = np.where(is_asked, roll_up.direct_kgco2e(to_grave)[rows], roll_up.direct_kgco2e()[rows])
    contribution = trace.contribution_kgco2e[rows]
    return np.where(lacks, np.nan, direct), total, np.where(lacks, np.nan, contribution)


def _gaps(trace: Trace, rows: Integers) -> pa.Array:
    gaps = trace.gaps()
    code = np.full(len(trace.tier), -1, np.int8)
    code[gaps.item_row] = gaps.kind
    return _words(GapKind, pa.array(code[rows], mask=code[rows] < 0))


def _edges(found: Footprint, supply: npt.NDArray[np.int64]) -> pa.Table:
    day = found.graph.day
    facts, uids = day.facts.tables[Kind.SUPPLY].take(pa.array(day.supply_rows[supply])), day.facts.items["uid"]
    amount, share = day.snapshot.supplies.amount[supply], day.snapshot.supplies.share[supply]
    columns = {
        "uid": facts["uid"],
        "input": uids.take(facts["input_row"]),
        "output": uids.take(facts["output_row"]),
        "amount": _numbers(amount),
        "share": _numbers(share),
        "coefficient": _numbers(amount * share),
        "line": facts["line"],
        "stage": _words(LifeCycleStage, facts["stage"]),
        "unit_cost": facts["unit_cost"],
        "currency": facts["currency"],
    }
    return pa.table(columns)


def _words(closed_list: type[ItemKind] | type[LifeCycleStage] | type[GapKind], codes: pa.Array) -> pa.Array:
    return pa.array([word.value for word in closed_list]).take(codes)


def _numbers(values: npt.NDArray[np.float64]) -> pa.Array:
    return pa.array(values, pa.float64(), mask=np.isnan(values))
