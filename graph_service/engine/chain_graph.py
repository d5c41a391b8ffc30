"""What one item reaches, alternatives that nobody takes of today included, as a graph of its own."""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from graph_service.engine.reach import downstream
from graph_service.engine.requirements import requirements_by_output
from graph_service.engine.snapshot import (
    AFTER_GATE,
    STAGES,
    Declarations,
    Emissions,
    Flags,
    Indices,
    Rows,
    Snapshot,
    Supplies,
)

_GATE_STAGE = STAGES.index("MANUFACTURING")

Columns = TypeVar("Columns", Supplies, Emissions, Declarations)
OfItems = TypeVar("OfItems", Emissions, Declarations)


@dataclass(frozen=True, slots=True)
class ChainGraph:
    """The upstream of one item, numbered anew; all supplies are gate supplies into items without a declaration.

    ``item_row`` (items,) and ``supply`` (supplies,) are places in the whole graph. ``demanded`` is the row of which one
    unit is wanted, ``item`` that of the item asked about. To the grave the two differ: the demanded row, last and -1
    in ``item_row``, takes one unit of the item (last, -1 in ``supply``) and what the item takes after its gate. Where
    it gives the item itself back then, the unit comes by way of one more row that stands for nothing else, -1 too:
    weights are of 1 + the absolute of what comes back.
    """

    snapshot: Snapshot
    item_row: Rows
    supply: Rows
    item: int
    demanded: int


def chain_graph(snapshot: Snapshot, item_row: int, *, declaration_of_item: Rows, to_grave: bool) -> ChainGraph:
    """The graph that an item's sourcing is chosen in.

    Parameters
    ----------
    declaration_of_item
        Of the whole graph, -1 where none is in force: a declared item ends its chain. The item's own declaration is
        set aside where there is structure to trace instead.
    """
    supplies, emissions = snapshot.supplies, snapshot.emissions
    after_gate, emitted_after_gate = AFTER_GATE[supplies.stage], AFTER_GATE[emissions.stage]
    is_declared = declaration_of_item >= 0
    is_traced = bool(np.any((supplies.output_row == item_row) & ~after_gate))
    is_traced = is_traced or bool(np.any((emissions.item_row == item_row) & ~emitted_after_gate))
    is_declared[item_row] &= not is_traced
    own_after_gate = after_gate & (supplies.output_row == item_row) & to_grave
    at_gate = ~after_gate & ~is_declared[supplies.output_row]
    reached = _reached(snapshot, item_row, at_gate=at_gate, further=supplies.input_row[own_after_gate])
    rows = np.flatnonzero(reached).astype(np.int32)
    place = np.full(snapshot.item_count, -1, dtype=np.int32)
    place[rows] = np.arange(rows.size, dtype=np.int32)
    at_gate &= reached[supplies.output_row]
    keeps_declaration = reached[snapshot.declarations.item_row]
    keeps_declaration &= (snapshot.declarations.item_row != item_row) | (not is_traced)
    local = Snapshot(
        item_count=rows.size,
        supplies=_placed_supplies(supplies, np.flatnonzero(at_gate), place),
        emissions=_placed(emissions, np.flatnonzero(reached[emissions.item_row] & ~emitted_after_gate), place),
        declarations=_placed(snapshot.declarations, np.flatnonzero(keeps_declaration), place),
    )
    item = int(place[item_row])
    graph = ChainGraph(local, rows, np.flatnonzero(at_gate).astype(np.int32), item=item, demanded=item)
    if not to_grave:
        return graph
    used = np.flatnonzero((emissions.item_row == item_row) & emitted_after_gate)
    return _to_grave(
        graph,
        taken=_placed_supplies(supplies, np.flatnonzero(own_after_gate), place),
        taken_supply=np.flatnonzero(own_after_gate).astype(np.int32),
        emitted=_placed(emissions, used, place),
    )


def _reached(snapshot: Snapshot, item_row: int, *, at_gate: Flags, further: Rows) -> Flags:
    input_row, output_row = snapshot.supplies.input_row[at_gate], snapshot.supplies.output_row[at_gate]
    pattern = requirements_by_output(
        snapshot.item_count, input_row=input_row, output_row=output_row, coefficient=np.ones(input_row.size)
    )
    sources = np.zeros(snapshot.item_count, dtype=np.bool_)
    sources[item_row] = True
    sources[further] = True
    return downstream(pattern, sources)


def _to_grave(graph: ChainGraph, *, taken: Supplies, taken_supply: Rows, emitted: Emissions) -> ChainGraph:
    """The graph with one more item, made of the item and all that comes after its gate; its direct emissions known."""
    local, first = graph.snapshot, graph.snapshot.item_count
    gives_back = bool(np.any((taken.input_row == graph.item) & (taken.amount < 0.0)))
    rows = np.arange(first, first + 1 + gives_back, dtype=np.int32)
    demanded = int(rows[-1])
    unit = Supplies(
        input_row=np.concatenate((np.array([graph.item], dtype=np.int32), rows[:-1])),
        output_row=rows,
        amount=np.ones(rows.size),
        share=np.ones(rows.size),
        stage=np.full(rows.size, _GATE_STAGE, dtype=np.int8),
    )
    stage = np.full_like(taken.stage, _GATE_STAGE)
    after = replace(taken, output_row=np.full_like(taken.output_row, demanded), stage=stage)
    emissions = _joined(local.emissions, _nothing(rows), _of_item(emitted, demanded))
    nowhere = np.full(rows.size, -1, dtype=np.int32)
    return ChainGraph(
        snapshot=replace(
            local,
            item_count=first + rows.size,
            supplies=_joined(local.supplies, after, unit),
            emissions=emissions,
        ),
        item_row=np.concatenate((graph.item_row, nowhere)),
        supply=np.concatenate((graph.supply, taken_supply, nowhere)),
        item=graph.item,
        demanded=demanded,
    )


def _nothing(item_row: Rows) -> Emissions:
    """One emission of 0 kg each: what an item does not emit after its gate is no gap."""
    count = item_row.size
    unrated = np.full(count, np.nan)
    return Emissions(
        item_row=item_row,
        kgco2e=np.zeros(count),
        stage=np.full(count, _GATE_STAGE, dtype=np.int8),
        component=np.zeros(count, dtype=np.int8),
        data_type=np.zeros(count, dtype=np.int8),
        is_verified=np.zeros(count, dtype=np.bool_),
        technological_dqr=unrated,
        temporal_dqr=unrated,
        geographical_dqr=unrated,
    )


def _of_item(emissions: Emissions, item_row: int) -> Emissions:
    row = np.full_like(emissions.item_row, item_row)
    return replace(emissions, item_row=row, stage=np.full_like(emissions.stage, _GATE_STAGE))


def _placed_supplies(supplies: Supplies, chosen: Indices, place: Rows) -> Supplies:
    own = _chosen(supplies, chosen)
    return replace(own, input_row=place[own.input_row], output_row=place[own.output_row])


def _placed(columns: OfItems, chosen: Indices, place: Rows) -> OfItems:
    own = _chosen(columns, chosen)
    return replace(own, item_row=place[own.item_row])


def _chosen(columns: Columns, chosen: Indices) -> Columns:
    return replace(columns, **{name: getattr(columns, name)[chosen] for name in columns.__slots__})


def _joined(first: Columns, *others: Columns) -> Columns:
    parts = (first, *others)
    return replace(first, **{name: np.concatenate([getattr(part, name) for part in parts]) for name in first.__slots__})
