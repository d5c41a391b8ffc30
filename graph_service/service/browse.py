"""Finding and ordering what a graph holds. Answers are rows of the facts, in a stated order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.facts import Facts
from graph_service.model.vocabulary import DeclarationState, ItemKind, Kind
from graph_service.service.day_graph import DayGraph
from graph_service.service.resolution import flags
from graph_service.service.snapshots import ViewedGraph

FactRows = npt.NDArray[np.int64]


class ItemOrder(StrEnum):
    UID = "UID"
    NAME = "NAME"
    TOTAL_DESC = "TOTAL_DESC"


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """What items must match, all of it; None = not asked. ``name_contains`` looks at both names, in any case."""

    uids: Sequence[str] | None = None
    supplier_uids: Sequence[str] | None = None
    kinds: Sequence[ItemKind] | None = None
    categories: Sequence[str] | None = None
    region_uids: Sequence[str] | None = None
    name_contains: str | None = None
    has_declaration: bool | None = None


def find_items(graph: ViewedGraph, *, where: ItemFilter, order: ItemOrder = ItemOrder.UID) -> FactRows:
    """Rows of the items that match, by uid, by name then uid, or by total, largest first, nulls last, then uid."""
    mask = _item_mask(graph.day.facts, where)
    rows = graph.day.items_by_uid.astype(np.int64)
    if mask is not None:
        rows = rows[mask[rows]]
    if order is ItemOrder.NAME:
        return rows[_order(graph.day.facts.items, rows, ["name", "uid"])]
    if order is ItemOrder.TOTAL_DESC:
        totals = graph.roll_up().total_kgco2e(to_grave=graph.view.is_to_grave)[rows]
        return rows[np.argsort(np.where(np.isnan(totals), np.inf, -totals), kind="stable")]
    return rows


def _order(table: pa.Table, rows: FactRows, columns: Sequence[str]) -> FactRows:
    """Positions in ``rows`` that put them in the order of ``columns``; a text that is not given comes first."""
    chosen = table.select(list(columns)).take(pa.array(rows))
    if "line" in columns:
        chosen = chosen.set_column(columns.index("line"), "line", pc.fill_null(chosen["line"], ""))
    return np.asarray(pc.sort_indices(chosen, sort_keys=[(name, "ascending") for name in columns]), dtype=np.int64)


def _item_mask(facts: Facts, where: ItemFilter) -> npt.NDArray[np.bool_] | None:
    """Which items match; None where nothing was asked."""
    items = facts.items
    wanted: list[pa.ChunkedArray] = []
    for column, values in (
        ("uid", where.uids),
        ("supplier_uid", where.supplier_uids),
        ("category", where.categories),
        ("region_uid", where.region_uids),
    ):
        if values is not None:
            wanted.append(pc.is_in(items[column], value_set=pa.array(values, pa.string())))
    if where.kinds is not None:
        codes = [list(ItemKind).index(kind) for kind in where.kinds]
        wanted.append(pc.is_in(items["kind"], value_set=pa.array(codes, pa.int8())))
    if where.name_contains is not None:
        names = (pc.match_substring(items[name], where.name_contains, ignore_case=True) for name in ("name", "name_zh"))
        wanted.append(pc.or_(*(pc.fill_null(found, False) for found in names)))
    if where.has_declaration is not None:
        has_declaration = np.zeros(items.num_rows, np.bool_)
        declarations = facts.tables[Kind.DECLARATION]
        accepted = declarations["state"].to_numpy() == list(DeclarationState).index(DeclarationState.ACCEPTED)
        accepted &= ~flags(pc.fill_null(declarations["is_published"], False))
        has_declaration[declarations["item_row"].to_numpy()[accepted]] = True
        wanted.append(pa.chunked_array([pa.array(has_declaration == where.has_declaration)]))
    if not wanted:
        return None
    matching = np.ones(items.num_rows, np.bool_)
    for mask in wanted:
        matching &= pc.fill_null(mask, False).to_numpy()
    return matching


def inputs_of(day: DayGraph, item_row: int) -> FactRows:
    """Rows of the supplies into an item on the day, ordered by line (none first), input uid, uid."""
    rows = day.supply_rows[day.supplies_by_output.of(item_row)].astype(np.int64)
    return _sorted_supplies(day.facts, rows, "input_row", ["line", "other_uid", "uid"])


def outputs_of(day: DayGraph, item_row: int) -> FactRows:
    """Rows of the supplies out of an item on the day, ordered by output uid, uid."""
    rows = day.supply_rows[day.supplies_by_input.of(item_row)].astype(np.int64)
    return _sorted_supplies(day.facts, rows, "output_row", ["other_uid", "uid"])


def _sorted_supplies(facts: Facts, rows: FactRows, other: str, columns: Sequence[str]) -> FactRows:
    chosen = facts.tables[Kind.SUPPLY].select(["uid", "line", other]).take(pa.array(rows))
    chosen = chosen.append_column("other_uid", facts.items["uid"].take(chosen[other]))
    return rows[_order(chosen, np.arange(len(rows)), columns)]


def emissions_of(day: DayGraph, item_row: int) -> FactRows:
    """Rows of an item's emission entries on the day, ordered by stage, uid."""
    rows = day.emission_rows[day.emissions_by_item.of(item_row)].astype(np.int64)
    return rows[_order(day.facts.tables[Kind.EMISSION], rows, ["stage", "uid"])]


def items_of_supplier(facts: Facts, supplier_uid: str) -> FactRows:
    """Rows of a supplier's items, ordered by uid."""
    return _matching(facts, Kind.ITEM, lambda items: pc.equal(items["supplier_uid"], supplier_uid))


def all_rows(facts: Facts, kind: Kind) -> FactRows:
    """Rows of all facts of a kind, ordered by uid."""
    return _matching(facts, kind, lambda table: pc.is_valid(table["uid"]))


def find_factors(facts: Facts, *, flow: str | None = None, region_uid: str | None = None) -> FactRows:
    """Rows of the factors of a flow and of a region, where asked, ordered by uid."""

    def matches(factors: pa.Table) -> pa.ChunkedArray:
        mask = pc.is_valid(factors["uid"])
        for column, value in (("flow", flow), ("region_uid", region_uid)):
            if value is not None:
                mask = pc.and_(mask, pc.equal(factors[column], value))
        return mask

    return _matching(facts, Kind.FACTOR, matches)


def _matching(facts: Facts, kind: Kind, matches: Callable[[pa.Table], pa.ChunkedArray]) -> FactRows:
    table = facts.tables[kind]
    rows = np.flatnonzero(pc.fill_null(matches(table), False).to_numpy())
    return rows[_order(table, rows, ["uid"])]
