"""From the facts of a day to the equations: declarations in force, A, direct kilograms, and what is known."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from graph_service.engine.requirements import requirements_by_output
from graph_service.engine.snapshot import AFTER_GATE, COMPONENTS, Emissions, Flags, Numbers, Rows, Snapshot
from graph_service.engine.sums import sums_by_group

BIOGENIC_UPTAKE = COMPONENTS.index("BIOGENIC_UPTAKE")


@dataclass(frozen=True, slots=True)
class Equations:
    """The equations of one snapshot on one basis; all arrays by item row unless said otherwise.

    ``by_output`` is the transpose of A: gate supplies of items without a declaration in force.
    ``after_gate_by_output`` holds what an item takes after its gate, same layout; never part of A.
    ``declaration_of_item`` is an index into the snapshot's declarations, -1 where none is in force.
    ``gate_kgco2e``, ``after_gate_kgco2e`` are direct kilograms without biogenic uptake; the first holds declared
    totals. ``emission_at_gate``, ``emission_after_gate`` mark the emission entries that count in them.
    ``is_known`` marks items with a gate emission entry or a declaration in force; ``has_after_gate_emission`` likewise.
    """

    by_output: sparse.csr_array
    after_gate_by_output: sparse.csr_array
    declaration_of_item: Rows
    gate_kgco2e: Numbers
    after_gate_kgco2e: Numbers
    emission_at_gate: Flags
    emission_after_gate: Flags
    is_known: Flags
    has_gate_supply: Flags
    has_after_gate_emission: Flags

    @property
    def has_no_data(self) -> Flags:
        """Gap NO_DATA: no gate emission entry, no supply into its gate, no declaration in force."""
        return ~self.is_known & ~self.has_gate_supply

    @property
    def lacks_direct(self) -> Flags:
        """Gap DIRECT_MISSING: supplies into its gate, but no gate emission entry and no declaration in force."""
        return ~self.is_known & self.has_gate_supply


def equations(snapshot: Snapshot, *, is_traced: bool) -> Equations:
    """The equations of the snapshot. ``is_traced``: a declaration counts only where there is no structure."""
    count, supplies, emissions = snapshot.item_count, snapshot.supplies, snapshot.emissions
    supply_after_gate, emission_after_gate = AFTER_GATE[supplies.stage], AFTER_GATE[emissions.stage]
    has_gate_supply = _marked(count, supplies.output_row[~supply_after_gate])
    has_gate_emission = _marked(count, emissions.item_row[~emission_after_gate])
    declaration_of_item = _in_force(snapshot, has_gate_supply | has_gate_emission, is_traced=is_traced)
    is_declared = declaration_of_item >= 0
    emission_at_gate = ~emission_after_gate & ~is_declared[emissions.item_row]
    gate_kgco2e = _summed(emissions, emission_at_gate, count)
    gate_kgco2e[is_declared] = snapshot.declarations.kgco2e[declaration_of_item[is_declared]]
    return Equations(
        by_output=_requirements(snapshot, ~supply_after_gate & ~is_declared[supplies.output_row]),
        after_gate_by_output=_requirements(snapshot, supply_after_gate),
        declaration_of_item=declaration_of_item,
        gate_kgco2e=gate_kgco2e,
        after_gate_kgco2e=_summed(emissions, emission_after_gate, count),
        emission_at_gate=emission_at_gate,
        emission_after_gate=emission_after_gate,
        is_known=has_gate_emission | is_declared,
        has_gate_supply=has_gate_supply,
        has_after_gate_emission=_marked(count, emissions.item_row[emission_after_gate]),
    )


def _in_force(snapshot: Snapshot, has_structure: Flags, *, is_traced: bool) -> Rows:
    declarations = snapshot.declarations
    declaration_of_item = np.full(snapshot.item_count, -1, dtype=np.int32)
    stands_in_only = np.ones_like(declarations.is_expired) if is_traced else declarations.is_expired
    counts = np.flatnonzero(~(stands_in_only & has_structure[declarations.item_row]))
    declaration_of_item[declarations.item_row[counts]] = counts
    return declaration_of_item


def _requirements(snapshot: Snapshot, chosen: Flags) -> sparse.csr_array:
    supplies = snapshot.supplies
    keep: Flags | slice = slice(None) if chosen.all() else chosen
    return requirements_by_output(
        snapshot.item_count,
        input_row=supplies.input_row[keep],
        output_row=supplies.output_row[keep],
        coefficient=supplies.amount[keep] * supplies.share[keep],
    )


def _summed(emissions: Emissions, chosen: Flags, count: int) -> Numbers:
    counted = chosen & (emissions.component != BIOGENIC_UPTAKE)
    return sums_by_group(emissions.item_row[counted], emissions.kgco2e[counted], group_count=count)


def _marked(count: int, rows: Rows) -> Flags:
    flags = np.zeros(count, dtype=np.bool_)
    flags[rows] = True
    return flags
