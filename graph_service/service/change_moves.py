"""The facts that differ between two views of an item, and the kilograms by which each of them moved its total."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.change import Counted, counted_emissions, counted_supplies, direct_weight, supply_weight
from graph_service.engine.snapshot import AFTER_GATE
from graph_service.model.vocabulary import Kind
from graph_service.service.change_alignment import Alignment, Places, align, match_rows
from graph_service.service.change_views import ADDED, DECLARED, REMOVED, UNCHANGED, BothViews, Flags, OneView
from graph_service.service.factor_change import split_by_factor
from graph_service.service.resolution import Integers, Numbers, numbers


class NoReading(Exception):
    """One view takes of an item whose total the other cannot compute; ``is_of_after`` says which one cannot."""

    def __init__(self, *, is_of_after: bool) -> None:
        super().__init__()
        self.is_of_after = is_of_after


@dataclass(frozen=True, slots=True)
class Moves:
    """Facts that moved the total. ``place_before``, ``place_after``: in the views' snapshots, -1 where absent.

    ``item_row``: the item whose fact it is, a supply's being its output, in common rows.
    """

    place_before: Places
    place_after: Places
    item_row: Places
    is_after_gate: Flags
    kgco2e: Numbers


@dataclass(frozen=True, slots=True)
class EmissionMoves:
    """As ``Moves``; ``factor_kgco2e`` is the part that the factor brought, 0 without one, ``kgco2e`` all the rest."""

    moves: Moves
    factor_kgco2e: Numbers


def own_direct_moves(views: BothViews) -> tuple[Places, Numbers]:
    """Items that came, went or changed their declaration, and by how much their direct kilograms moved the total."""
    rows = np.flatnonzero(views.item_change != UNCHANGED)
    weight = direct_weight(views.before.side, views.after.side, rows, np.zeros(len(rows), np.bool_))
    moved = weight * (_gate_kgco2e(views.after, rows) - _gate_kgco2e(views.before, rows))
    if views.item_change[views.own_row] in (ADDED, REMOVED):
        moved[rows == views.own_row] += _after_gate_kgco2e(views.after) - _after_gate_kgco2e(views.before)
    return rows, moved


def _gate_kgco2e(view: OneView, common_row: Places) -> Numbers:
    known: Numbers = np.append(view.roll_up.equations.gate_kgco2e, 0.0)
    return known[view.view_row[common_row]]


def _after_gate_kgco2e(view: OneView) -> float:
    is_counted = view.to_grave and view.own_row >= 0
    return float(view.roll_up.equations.after_gate_kgco2e[view.own_row]) if is_counted else 0.0


def supply_moves(views: BothViews) -> Moves:
    """Every supply that counts otherwise in the two views; raises ``NoReading``.

    One that now goes into another item has two moves: it left one item and entered the other.
    """
    before, after = views.before, views.after
    was, now = before.day.snapshot.supplies, after.day.snapshot.supplies
    pairs = _pairs(
        views, Kind.SUPPLY, (before.day.supply_rows, after.day.supply_rows), (was.output_row, now.output_row)
    )
    at, to = pairs.before, pairs.after
    output = before.common_row[was.output_row[at]]
    differs = (was.amount[at] != now.amount[to]) | (was.share[at] != now.share[to]) | (was.stage[at] != now.stage[to])
    differs |= (before.common_row[was.input_row[at]] != now.input_row[to]) | (output != now.output_row[to])
    differs |= views.is_looked_at_anew[output]
    place = (at[differs], to[differs])
    output = output[differs]
    is_one = output == now.output_row[place[1]]
    is_one &= (AFTER_GATE[was.stage[place[0]]] == AFTER_GATE[now.stage[place[1]]]) | (
        views.item_change[output] == UNCHANGED
    )
    place_before, place_after = _laid_out(pairs, place, is_one)
    return _weighed_supplies(views, place_before, place_after)


@dataclass(frozen=True, slots=True)
class _Side:
    """Some facts as one view counts them: 0 where it has not got them. ``other_row``: a supply's input."""

    item_row: Places
    other_row: Places
    is_after_gate: Flags
    counts: Flags
    value: Numbers


def _weighed_supplies(views: BothViews, place_before: Places, place_after: Places) -> Moves:
    before = _supplies_of(views.before, place_before)
    after = _supplies_of(views.after, place_after)
    weight_before, weight_after = _supply_weight(views, before), _supply_weight(views, after)
    is_same = (place_before >= 0) & (place_after >= 0)
    is_same &= (before.other_row == after.other_row) & (before.is_after_gate == after.is_after_gate)
    # The difference first: an amount that moved by little must not be lost between two large products.
    kgco2e = np.where(
        is_same,
        (after.value - before.value) * weight_after,
        after.value * weight_after - before.value * weight_before,
    )
    return _moves(place_before, place_after, before, after, kgco2e)


def _supply_weight(views: BothViews, one: _Side) -> Numbers:
    weight, has_none = supply_weight(
        views.before.side, views.after.side, one.other_row, one.item_row, one.is_after_gate
    )
    lost = one.other_row[has_none & (one.value != 0.0)]
    if len(lost):
        raise NoReading(is_of_after=bool(np.isnan(views.after.side.total_kgco2e[lost]).any()))
    return weight


def _supplies_of(view: OneView, place: Places) -> _Side:
    present = np.flatnonzero(place >= 0)
    supplies, places = view.day.snapshot.supplies, place[present]
    counted = counted_supplies(view.roll_up, places, view.own_row, to_grave=view.to_grave)
    rows = (view.common_row[supplies.output_row[places]], view.common_row[supplies.input_row[places]])
    return _one_sided(present, len(place), *rows, counted)


def _emissions_of(views: BothViews, view: OneView, place: Places) -> _Side:
    """As the view counts them, but nothing at the gate of an item whose gate facts make one cause."""
    present = np.flatnonzero(place >= 0)
    places = place[present]
    counted = counted_emissions(view.roll_up, places, view.own_row, to_grave=view.to_grave)
    item_row = view.common_row[view.day.snapshot.emissions.item_row[places]]
    change = views.item_change[item_row]
    is_open = (change == UNCHANGED) | ((change == DECLARED) & counted.is_after_gate)
    counted = Counted(np.where(is_open, counted.value, 0.0), counted.counts & is_open, counted.is_after_gate)
    return _one_sided(present, len(place), item_row, item_row, counted)


def _one_sided(present: Places, count: int, item_row: Integers, other_row: Integers, counted: Counted) -> _Side:
    laid_out = _Side(
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros(count, np.bool_),
        np.zeros(count, np.bool_),
        np.zeros(count),
    )
    laid_out.item_row[present], laid_out.other_row[present] = item_row, other_row
    laid_out.is_after_gate[present], laid_out.counts[present] = counted.is_after_gate, counted.counts
    laid_out.value[present] = counted.value
    return laid_out


def _moves(place_before: Places, place_after: Places, before: _Side, after: _Side, kgco2e: Numbers) -> Moves:
    has_after = place_after >= 0
    item_row = np.where(has_after, after.item_row, before.item_row)
    is_after_gate = np.where(has_after, after.is_after_gate, before.is_after_gate)
    return Moves(place_before, place_after, item_row, is_after_gate, kgco2e)


def _pairs(
    views: BothViews, kind: Kind, rows: tuple[Integers, Integers], items: tuple[Integers, Integers]
) -> Alignment:
    """The places in both snapshots of the facts of items upstream, aligned; ``items``: each fact's item in its view."""
    tables = (views.before.facts.tables[kind], views.after.facts.tables[kind])
    is_upstream = views.is_upstream
    places = (
        np.flatnonzero(is_upstream[views.before.common_row][items[0]]),
        np.flatnonzero(is_upstream[: len(views.after.common_row)][items[1]]),
    )
    chosen = align((tables[0], rows[0][places[0]]), (tables[1], rows[1][places[1]]))
    return Alignment(
        places[0][chosen.before], places[1][chosen.after], places[0][chosen.only_before], places[1][chosen.only_after]
    )


def _laid_out(pairs: Alignment, place: tuple[Places, Places], is_one: Flags) -> tuple[Places, Places]:
    """Places before and after of all moves: pairs that are one, pairs that are two, and what only one view has."""
    gone = np.concatenate((place[0][~is_one], pairs.only_before))
    come = np.concatenate((place[1][~is_one], pairs.only_after))
    return (
        np.concatenate((place[0][is_one], gone, np.full(len(come), -1))),
        np.concatenate((place[1][is_one], np.full(len(gone), -1), come)),
    )


def emission_moves(views: BothViews) -> EmissionMoves:
    """Every emission entry that counts otherwise in the two views, and the part that its factor brought."""
    before, after = views.before, views.after
    was, now = before.day.snapshot.emissions, after.day.snapshot.emissions
    pairs = _pairs(
        views, Kind.EMISSION, (before.day.emission_rows, after.day.emission_rows), (was.item_row, now.item_row)
    )
    at, to = pairs.before, pairs.after
    item = before.common_row[was.item_row[at]]
    differs = (was.kgco2e[at] != now.kgco2e[to]) | (was.stage[at] != now.stage[to]) | (item != now.item_row[to])
    differs |= was.component[at] != now.component[to]
    differs |= _has_other_factor(views, before.day.resolved.factor_row[at], after.day.resolved.factor_row[to])
    differs |= views.is_looked_at_anew[item]
    place = (at[differs], to[differs])
    is_one = before.common_row[was.item_row[place[0]]] == now.item_row[place[1]]
    is_one &= AFTER_GATE[was.stage[place[0]]] == AFTER_GATE[now.stage[place[1]]]
    return _weighed_emissions(views, *_laid_out(pairs, place, is_one))


def _has_other_factor(views: BothViews, factor_before: Integers, factor_after: Integers) -> Flags:
    """Whether another factor serves, or the same one with another value or unit."""
    tables = (views.before.facts.tables[Kind.FACTOR], views.after.facts.tables[Kind.FACTOR])
    if tables[0] is tables[1]:
        return np.asarray(factor_before != factor_after, dtype=np.bool_)
    matched = match_rows(*tables)
    common = np.flatnonzero(matched >= 0)
    rows = (common, matched[common])
    values, units = (
        [table[name].take(pa.array(chosen)) for table, chosen in zip(tables, rows, strict=True)]
        for name in ("kgco2e", "unit")
    )
    moved = np.zeros(tables[1].num_rows + 1, np.bool_)
    moved[rows[1]] = (numbers(values[0]) != numbers(values[1])) | np.asarray(pc.not_equal(*units), dtype=np.bool_)
    same = np.append(matched, np.int32(-1))
    is_other: Flags = (same[factor_before] != factor_after) | moved[factor_after]
    return is_other


def _weighed_emissions(views: BothViews, place_before: Places, place_after: Places) -> EmissionMoves:
    before = _emissions_of(views, views.before, place_before)
    after = _emissions_of(views, views.after, place_after)
    sides = (views.before.side, views.after.side)
    weight_before = direct_weight(*sides, before.item_row, before.is_after_gate)
    weight_after = direct_weight(*sides, after.item_row, after.is_after_gate)
    is_one = (place_before >= 0) & (place_after >= 0)
    kgco2e = np.where(
        is_one, (after.value - before.value) * weight_after, after.value * weight_after - before.value * weight_before
    )
    factor_kgco2e = np.zeros(len(kgco2e))
    chosen = np.flatnonzero(is_one & before.counts & after.counts & (weight_after != 0.0))
    if len(chosen):
        days, places = (views.before.day, views.after.day), (place_before[chosen], place_after[chosen])
        split = split_by_factor(
            (days[0].facts, days[1].facts),
            (days[0].emission_rows[places[0]], days[1].emission_rows[places[1]]),
            (days[0].resolved.factor_row[places[0]], days[1].resolved.factor_row[places[1]]),
        )
        is_split, weight = chosen[split.is_split], weight_after[chosen[split.is_split]]
        factor_kgco2e[is_split] = weight * split.factor_kgco2e
        kgco2e[is_split] = weight * split.activity_kgco2e
    return EmissionMoves(_moves(place_before, place_after, before, after, kgco2e), factor_kgco2e)
