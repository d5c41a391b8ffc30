"""Which direct emission and which supply amount upstream moves an item's total the most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph_service.engine.sensitivities import sensitivities as of_trace
from graph_service.service.footprints import Footprint
from graph_service.service.ranking import Listing, Positions, largest_first

_FRONT = 0.05
"""Up to this part of a list the largest are picked out; beyond, all of it is sorted, once."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Either ``supply_row``, of the facts' supplies, or ``item_row``, whose direct emissions it is.

    ``derivative``: kg CO2e of the total per unit of amount, or per kg CO2e emitted. ``elasticity``: relative change of
    the total per relative change of the parameter; None where the total is 0.
    """

    supply_row: int | None
    item_row: int | None
    derivative: float
    elasticity: float | None


def sensitivities(found: Footprint) -> Sequence[Sensitivity]:
    """All parameters that the total depends on by absolute elasticity, or derivative where the total is 0.

    Equal ones: items before supplies, then as recorded. Empty where the total is unknown.
    """
    result, total_kgco2e, day = of_trace(found.trace), found.total_kgco2e, found.graph.day
    order = _Order(result.kgco2e if total_kgco2e else result.derivative)
    item_count = len(result.item_row)

    def entry(at: int) -> Sensitivity:
        is_item = at < item_count
        return Sensitivity(
            supply_row=None if is_item else int(day.supply_rows[result.supply[at - item_count]]),
            item_row=int(result.item_row[at]) if is_item else None,
            derivative=float(result.derivative[at]),
            elasticity=float(result.kgco2e[at]) / total_kgco2e if total_kgco2e else None,
        )

    return Listing(
        len(result.derivative),
        lambda places: [entry(at) for at in order.upto(places)[np.asarray(places, dtype=np.int64)].tolist()],
    )


class _Order:
    """Positions of values by absolute size, largest first, equal ones as they stand."""

    def __init__(self, values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
        self._size = np.abs(values)
        self._whole: Positions | None = None

    def upto(self, places: range) -> Positions:
        """At least as much of the order, from its start, as holds ``places``."""
        most = max(places[0], places[-1]) + 1 if places else 0
        if self._whole is None and most > _FRONT * self._size.size:
            self._whole = largest_first(self._size)
        return self._front(most) if self._whole is None else self._whole

    def _front(self, most: int) -> Positions:
        if not most:
            return np.empty(0, dtype=np.int64)
        least = np.partition(self._size, -most)[-most]
        candidates = np.flatnonzero(self._size >= least)
        return candidates[largest_first(self._size[candidates])]
