"""How much one item's total moves with each direct emission and each supply amount upstream of it."""

from dataclasses import dataclass

import numpy as np

from graph_service.engine.snapshot import AFTER_GATE, Flags, Numbers, Rows
from graph_service.engine.trace import Trace


@dataclass(frozen=True, slots=True)
class Sensitivities:
    """What the total moves by: first the direct emissions of ``item_row``, then the amounts of ``supply``.

    ``supply`` indexes ``snapshot.supplies``. ``derivative`` and ``kgco2e``, both (items + supplies,): kg CO2e of the
    total per kg CO2e of direct emission or per unit of amount, and derivative times the parameter: what the total
    moves by when the parameter doubles, to first order. By the total it is the elasticity.
    """

    item_row: Rows
    supply: Rows
    derivative: Numbers
    kgco2e: Numbers


def sensitivities(trace: Trace) -> Sensitivities:
    """Derivatives by every known direct emission and every supply amount that the total depends on.

    d total / d direct of item i is its activity; its parameter is all that it emits itself. To the grave, what the
    traced item emits after its gate belongs to its parameter, though it counts once where loops make its activity
    another number than 1; the derivative stays that of a kilogram at the gate, and is 1 where all is emitted after it.
    d total / d amount of a supply is its share times the input's total times the activity of the output. Amounts
    into declared items move nothing and are left out; so are those of inputs without a known total, and all of them
    where the traced total itself is unknown.
    """
    if np.isnan(trace.total_kgco2e):
        no_row, no_number = np.empty(0, dtype=np.int32), np.empty(0)
        return Sensitivities(no_row, no_row, no_number, no_number)
    facts, row = trace.rollup.equations, trace.item_row
    is_upstream = trace.tier >= 0
    item_row = np.flatnonzero(is_upstream & facts.is_known).astype(np.int32)
    by_item = trace.activity[item_row]
    if trace.is_to_grave and facts.has_after_gate_emission[row] and not facts.is_known[row]:
        item_row, by_item = np.append(item_row, np.int32(row)), np.append(by_item, 1.0)
    supply, by_supply = _by_amount(trace, is_upstream)
    amount = trace.rollup.snapshot.supplies.amount[supply]
    return Sensitivities(
        item_row=item_row,
        supply=supply,
        derivative=np.concatenate((by_item, by_supply)),
        kgco2e=np.concatenate((trace.contribution_kgco2e[item_row], by_supply * amount)),
    )


def _by_amount(trace: Trace, is_upstream: Flags) -> tuple[Rows, Numbers]:
    """Supplies and d total / d amount of each, in the order of the snapshot."""
    supplies, total_kgco2e = trace.rollup.snapshot.supplies, trace.rollup.total_kgco2e()
    takes = is_upstream & (trace.rollup.declaration_of_item < 0)
    supply = np.flatnonzero(takes[supplies.output_row])
    supply = supply[~AFTER_GATE[supplies.stage[supply]]]
    taken = trace.activity[supplies.output_row[supply]]
    if trace.is_to_grave:
        own = np.flatnonzero(supplies.output_row == trace.item_row)
        own = own[AFTER_GATE[supplies.stage[own]]]
        order = np.argsort(np.concatenate((supply, own)), kind="stable")
        supply = np.concatenate((supply, own))[order]
        taken = np.concatenate((taken, np.ones(own.size)))[order]
    derivative = supplies.share[supply] * total_kgco2e[supplies.input_row[supply]] * taken
    is_known = ~np.isnan(derivative)
    return supply[is_known].astype(np.int32), derivative[is_known]
