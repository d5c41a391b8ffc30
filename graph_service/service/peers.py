"""What the peers of an item's category suggest of an item about which nothing is known."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.units import UNITS, convert_factor, units_like
from graph_service.service.measures import Measures, measures_of
from graph_service.service.snapshots import ViewedGraph

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PeerEstimates:
    """Of each item asked for, in order: the median of its peers per its own declared unit, and how many they are.

    NaN and 0 where no peer can be compared.
    """

    kgco2e: Numbers
    peer_count: Whole


def peer_estimates(graph: ViewedGraph, item_rows: npt.NDArray[np.integer], *, is_direct: bool) -> PeerEstimates:
    """Medians of other items of the same category, over the first of an item's units that any of them shares.

    Peers are the items of the graph with a known, complete total from cradle to gate; with ``is_direct`` those with
    inputs and emissions of their own, and what they emit themselves.
    """
    items = graph.day.facts.items
    none = PeerEstimates(np.full(len(item_rows), np.nan), np.zeros(len(item_rows), np.int64))
    asked = items["category"].take(pa.array(item_rows)).combine_chunks().dictionary_encode()
    if not len(asked.dictionary):
        return none
    known = _direct_kgco2e(graph) if is_direct else _complete_total_kgco2e(graph)
    category = pc.index_in(items["category"], value_set=asked.dictionary, skip_nulls=True)
    peers = np.flatnonzero(category.is_valid().to_numpy() & ~np.isnan(known))
    if not len(peers):
        return none
    peer_category = category.take(pa.array(peers)).to_numpy().astype(np.int64)
    group, median, count = _medians(measures_of(items, peers), peer_category, known[peers])
    return _applied(measures_of(items, item_rows), asked.indices, group=group, median=median, count=count, none=none)


def _complete_total_kgco2e(graph: ViewedGraph) -> Numbers:
    roll_up = graph.roll_up()
    return np.where(roll_up.is_complete(to_grave=False), roll_up.total_kgco2e(to_grave=False), np.nan)


def _direct_kgco2e(graph: ViewedGraph) -> Numbers:
    """What items emit themselves that have inputs: without these, or declared, a figure may hold all upstream."""
    facts = graph.roll_up().equations
    is_peer = facts.is_known & facts.has_gate_supply & (facts.declaration_of_item < 0)
    return np.where(is_peer, facts.gate_kgco2e, np.nan)


@cache
def _kinds_of_unit() -> tuple[Whole, Numbers]:
    """Of each unit a code of its kind, kg and t alike, and how many of the kind's first unit it is."""
    first = [units_like(unit)[0] for unit in UNITS]
    factor = [convert_factor(unit, base) for unit, base in zip(UNITS, first, strict=True)]
    return np.array([UNITS.index(base) for base in first], np.int64), np.array(factor, np.float64)


def _groups(measures: Measures, category: Whole) -> Whole:
    """A number for each category and kind of unit."""
    return category[measures.place] * len(UNITS) + _kinds_of_unit()[0][measures.unit]


def _medians(measures: Measures, category: Whole, known_kgco2e: Numbers) -> tuple[Whole, Numbers, Whole]:
    """Groups in order, the median per first unit of their kind, and how many peers each has."""
    group = _groups(measures, category)
    if len(measures.place) > len(known_kgco2e):
        # An equivalent of the declared unit's own kind says nothing new: each peer counts once in a group.
        _, first = np.unique(measures.place * (group.max() + 1) + group, return_index=True)
        group, measures = group[first], measures.at(first)
    value = known_kgco2e[measures.place] / (measures.amount * _kinds_of_unit()[1][measures.unit])
    order = np.lexsort((value, group))
    groups, start, count = np.unique(group[order], return_index=True, return_counts=True)
    value = value[order]
    return groups, (value[start + (count - 1) // 2] + value[start + count // 2]) / 2.0, count


def _applied(
    measures: Measures, category: pa.Array, *, group: Whole, median: Numbers, count: Whole, none: PeerEstimates
) -> PeerEstimates:
    """The first measure of each item whose group has a median, times how much of its unit one declared unit is."""
    is_categorised = category.is_valid().to_numpy(zero_copy_only=False)
    code = category.fill_null(0).to_numpy().astype(np.int64)
    wanted = _groups(measures, code)
    found = np.minimum(np.searchsorted(group, wanted), len(group) - 1)
    fitting = np.flatnonzero((group[found] == wanted) & is_categorised[measures.place])
    place, first = np.unique(measures.place[fitting], return_index=True)
    entry = fitting[first]
    per_declared_unit = measures.amount[entry] * _kinds_of_unit()[1][measures.unit[entry]]
    none.kgco2e[place] = median[found[entry]] * per_declared_unit
    none.peer_count[place] = count[found[entry]]
    return none
