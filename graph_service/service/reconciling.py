"""Declared beside traced, for every item with both, ranked by what the difference does to chosen products."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph_service.engine.snapshot import Numbers
from graph_service.engine.trace import trace
from graph_service.service.footprints import known
from graph_service.service.snapshots import ViewedGraph

MOST_PRODUCTS = 1_000


@dataclass(frozen=True, slots=True)
class Reconciled:
    """An item's declared total beside its traced one, kg CO2e per declared unit, cradle to gate.

    ``traced_kgco2e`` and what follows from it are None where the traced total is not known; it leaves gaps out where
    ``is_traced_complete`` is false. ``difference_kgco2e`` is declared minus traced. ``effect_kgco2e``: by how much the
    totals of the chosen products together would fall if the item's total were the traced one; without products the
    difference itself.
    """

    item_row: int
    declaration_row: int
    declared_kgco2e: float
    traced_kgco2e: float | None
    difference_kgco2e: float | None
    relative_difference: float | None
    is_traced_complete: bool
    effect_kgco2e: float | None


def reconcile(graph: ViewedGraph, product_rows: Sequence[int] = ()) -> list[Reconciled]:
    """Every item with a declaration in force and structure of its own, largest absolute effect first, then by uid.

    An effect is exact for one item at a time: a declared item has no inputs of its own in the equations, so that a
    product's total is linear in it. What no product takes has no effect on them, and stands at the end.
    """
    day = graph.day
    declared, traced = day.roll_up(is_traced=False), day.roll_up(is_traced=True)
    declarations = day.snapshot.declarations
    has_both = (declared.declaration_of_item >= 0) & (traced.declaration_of_item < 0)
    rows = np.flatnonzero(has_both)
    rows = rows[~declarations.is_expired[declared.declaration_of_item[rows]]]
    if product_rows:
        activity = sum((trace(declared, row).activity for row in dict.fromkeys(product_rows)), np.zeros(1))
        taken: Numbers = activity[rows]
    else:
        taken = np.ones(len(rows))
    declared_kgco2e = declared.total_kgco2e()[rows]
    traced_kgco2e = traced.total_kgco2e()[rows]
    difference = declared_kgco2e - traced_kgco2e
    effect = np.where(taken == 0, 0.0, taken * difference)
    uids = day.facts.items["uid"].take(rows).to_pylist()
    unknown_last = np.where(np.isnan(effect), -1.0, np.abs(effect))
    order = sorted(range(len(rows)), key=lambda at: (-unknown_last[at], uids[at]))
    is_complete = traced.is_complete()
    return [
        Reconciled(
            item_row=int(rows[at]),
            declaration_row=int(day.declaration_rows[declared.declaration_of_item[rows[at]]]),
            declared_kgco2e=float(declared_kgco2e[at]),
            traced_kgco2e=known(traced_kgco2e[at]),
            difference_kgco2e=known(difference[at]),
            relative_difference=known(difference[at] / traced_kgco2e[at]) if traced_kgco2e[at] else None,
            is_traced_complete=bool(is_complete[rows[at]]),
            effect_kgco2e=known(effect[at]),
        )
        for at in order
    ]
