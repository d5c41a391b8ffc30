"""What the other items of a category come to, in the declared unit of one of them."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.rollup import RollUp
from graph_service.model.facts import Facts
from graph_service.model.units import UNITS, Quantity, convert_factor
from graph_service.service.measures import Measures, measures_of
from graph_service.service.records import ItemRecord

Numbers = npt.NDArray[np.float64]

MOST_PEERS = 2_000
"""Of larger categories so many items, evenly spread: a median does not need more."""

FEWEST_PEERS = 3
_NORMAL = 1.4826
"""A median absolute deviation times this is the standard deviation, where deviations are normal."""


@dataclass(frozen=True, slots=True)
class Peers:
    """Median and robust deviation of peers, kg CO2e per declared unit of the item that they are held against."""

    count: int
    median_kgco2e: float
    deviation_kgco2e: float


@dataclass(frozen=True, slots=True)
class Category:
    """The items of one category with a complete total from cradle to gate; ``maker`` tells their suppliers apart."""

    rows: npt.NDArray[np.int64]
    total_kgco2e: Numbers
    measures: Measures
    makers: tuple[str | None, ...]

    def peers_of(self, item: ItemRecord, item_row: int, *, for_supplier: str | None) -> Peers | None:
        """The item's peers, over the first of its units in which enough can be compared.

        ``for_supplier``: who will read it; peers are then of other suppliers, and of three of them at least, so that no
        figure of one can be told from what is said.
        """
        is_peer = self.rows != item_row
        if for_supplier is not None:
            is_peer &= np.array([maker not in (None, for_supplier) for maker in self.makers], np.bool_)
        for unit in (Quantity(1.0, item.declared_unit), *item.equivalents):
            place, per_unit = self._comparable(unit.unit)
            chosen = is_peer[place]
            if np.count_nonzero(chosen) < FEWEST_PEERS:
                continue
            if for_supplier is not None and len({self.makers[one] for one in place[chosen].tolist()}) < FEWEST_PEERS:
                continue
            figures = per_unit[chosen] * unit.amount
            median = float(np.median(figures))
            deviation = float(np.median(np.abs(figures - median))) * _NORMAL
            return Peers(len(figures), median, deviation)
        return None

    def _comparable(self, unit: str) -> tuple[npt.NDArray[np.int64], Numbers]:
        """Places of the items that are known in units like this one, and their kilograms per ``unit``."""
        amount = self.measures.amount * _per_unit(unit)[self.measures.unit]
        fitting = np.flatnonzero(amount > 0)
        place, first = np.unique(self.measures.place[fitting], return_index=True)
        return place, self.total_kgco2e[place] / amount[fitting[first]]


def category_of(name: str, facts: Facts, roll_up: RollUp) -> Category:
    """The category's items in the graph that was rolled up; ``facts`` are the graph's."""
    rows = np.flatnonzero(np.asarray(pc.fill_null(pc.equal(facts.items["category"], name), False), np.bool_))
    total = roll_up.total_kgco2e()[rows]
    is_known = ~np.isnan(total) & roll_up.is_complete()[rows]
    rows, total = rows[is_known], total[is_known]
    step = -(-len(rows) // MOST_PEERS) or 1
    rows, total = rows[::step], total[::step]
    makers = facts.items["supplier_uid"].take(pa.array(rows)).to_pylist()
    return Category(rows, total, measures_of(facts.items, rows), tuple(makers))


@cache
def _per_unit(unit: str) -> Numbers:
    """Of every unit how many of ``unit`` it is; NaN where they do not convert."""
    factors = (convert_factor(name, unit) for name in UNITS)
    return np.array([np.nan if factor is None else factor for factor in factors], np.float64)
