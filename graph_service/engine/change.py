"""Why a total moved between two graphs: what a change of one fact is worth, as the mean of both readings.

With p = d + A.T p in both graphs, p1 - p0 = L1.T (dd + dA.T p0) = L0.T (dd + dA.T p1). Either reading alone gives the
causes of a change another sign or size than those of the change back; their mean does not.
"""

from dataclasses import dataclass

import numpy as np

from graph_service.engine.equations import BIOGENIC_UPTAKE
from graph_service.engine.rollup import RollUp
from graph_service.engine.snapshot import AFTER_GATE, Flags, Indices, Numbers


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two graphs, in item rows that both have in common. Items that it has not got: nothing, computable.

    ``activity`` (rows,): declared units of each item per declared unit of the explained one, which counts 1 where the
    graph has not got it. ``total_kgco2e`` (rows,): at the gate, NaN where nothing is known or ``is_computable`` is
    False.
    """

    activity: Numbers
    total_kgco2e: Numbers
    is_computable: Flags


@dataclass(frozen=True, slots=True)
class Counted:
    """How much some facts count in one graph, for the explained item: amount x share of supplies, kilograms of entries.

    ``value`` is 0 where a fact does not count: into an item with a declaration in force, after another item's gate.
    """

    value: Numbers
    counts: Flags
    is_after_gate: Flags


def side(
    roll_up: RollUp, activity: Numbers | None, *, common_row: Indices | None, row_count: int, own_row: int
) -> Side:
    """The graph of a roll-up, its item rows as ``common_row`` says; None where they are the common ones.

    ``activity`` is that of a trace of the explained item, which is ``own_row`` in common; None where the graph has not
    got it: then it counts as if it were there and neither emitted nor took anything.
    """
    total, is_computable = roll_up.total_kgco2e(), roll_up.is_computable()
    if activity is not None and common_row is None:
        return Side(activity, total, is_computable)
    rows: Indices | slice = slice(0, total.size) if common_row is None else common_row
    laid_out = Side(np.zeros(row_count), np.full(row_count, np.nan), np.ones(row_count, dtype=np.bool_))
    laid_out.total_kgco2e[rows], laid_out.is_computable[rows] = total, is_computable
    if activity is None:
        laid_out.activity[own_row] = 1.0
    else:
        laid_out.activity[rows] = activity
    return laid_out


def direct_weight(before: Side, after: Side, item_row: Indices, is_after_gate: Flags) -> Numbers:
    """Kilograms of difference per kilogram by which an entry of ``item_row`` moved; after its gate 1."""
    weight = 0.5 * (before.activity[item_row] + after.activity[item_row])
    weight[is_after_gate] = 1.0
    return weight


def supply_weight(
    before: Side, after: Side, input_row: Indices, output_row: Indices, is_after_gate: Flags
) -> tuple[Numbers, Flags]:
    """Kilograms of difference per unit by which amount x share of a supply moved, and where there is no such number.

    There is none where the input's total cannot be computed in one graph while the other takes of it.
    """
    was, now = before.activity[output_row], after.activity[output_row]
    was[is_after_gate], now[is_after_gate] = 1.0, 1.0
    weight = 0.5 * (_product(now, _totals(before, input_row)) + _product(was, _totals(after, input_row)))
    return np.nan_to_num(weight, nan=0.0), np.isnan(weight)


def _totals(one: Side, item_row: Indices) -> Numbers:
    """Totals as they enter others: 0 where nothing is known, NaN where there is none."""
    return np.where(one.is_computable[item_row], np.nan_to_num(one.total_kgco2e[item_row], nan=0.0), np.nan)


def _product(activity: Numbers, total_kgco2e: Numbers) -> Numbers:
    """Their product, 0 where nothing is taken, whatever the total."""
    return np.multiply(activity, total_kgco2e, out=np.zeros_like(activity), where=activity != 0.0)


def counted_supplies(roll_up: RollUp, place: Indices, item_row: int, *, to_grave: bool) -> Counted:
    """How much the supplies at these places of the snapshot count for the item at ``item_row``."""
    supplies = roll_up.snapshot.supplies
    output_row, is_after_gate = supplies.output_row[place], AFTER_GATE[supplies.stage[place]]
    counts = ~is_after_gate & (roll_up.declaration_of_item[output_row] < 0)
    if to_grave:
        counts |= is_after_gate & (output_row == item_row)
    return Counted(np.where(counts, supplies.amount[place] * supplies.share[place], 0.0), counts, is_after_gate)


def counted_emissions(roll_up: RollUp, place: Indices, item_row: int, *, to_grave: bool) -> Counted:
    """How many kilograms the entries at these places of the snapshot count for the item at ``item_row``."""
    emissions, facts = roll_up.snapshot.emissions, roll_up.equations
    counts, is_after_gate = facts.emission_at_gate[place], facts.emission_after_gate[place]
    if to_grave:
        counts = counts | (is_after_gate & (emissions.item_row[place] == item_row))
    counts = counts & (emissions.component[place] != BIOGENIC_UPTAKE)
    return Counted(np.where(counts, emissions.kgco2e[place], 0.0), counts, is_after_gate)
