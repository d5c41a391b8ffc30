"""What the peers of an item's category suggest of an item about which nothing is known."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.medians import medians_by_group
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
    measures = _apart(measures_of(items, peers), category.take(pa.array(peers)).to_numpy().astype(np.int64))
    group_count = len(asked.dictionary) * len(UNITS)
    medians = medians_by_group(measures.group, known[peers][measures.place] / measures.amount, group_count=group_count)
    peer_count = np.bincount(measures.group, minlength=group_count)
    is_asked = np.asarray(asked.indices.is_valid())
    wanted = _apart(measures_of(items, item_rows), asked.indices.fill_null(0).to_numpy().astype(np.int64))
    fitting = np.flatnonzero(is_asked[wanted.place] & (peer_count[wanted.group] > 0))
    place, first = np.unique(wanted.place[fitting], return_index=True)
    entry = fitting[first]
    none.kgco2e[place] = medians[wanted.group[entry]] * wanted.amount[entry]
    none.peer_count[place] = peer_count[wanted.group[entry]]
    return none


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


@dataclass(frozen=True, slots=True)
class _Grouped:
    """Measures in the first unit of their kind; ``group`` tells category and kind of unit."""

    place: Whole
    group: Whole
    amount: Numbers


def _apart(measures: Measures, category: Whole) -> _Grouped:
    """The measures by group, of each item the first in each: an equivalent of a kind already given adds nothing."""
    kind, factor = _kinds_of_unit()
    group = category[measures.place] * len(UNITS) + kind[measures.unit]
    is_new = np.ones(len(group), np.bool_)
    back = 1
    while (is_same := measures.place[back:] == measures.place[:-back]).any():
        is_new[back:] &= ~(is_same & (group[back:] == group[:-back]))
        back += 1
    amount = measures.amount * factor[measures.unit]
    return _Grouped(measures.place[is_new], group[is_new], amount[is_new])
