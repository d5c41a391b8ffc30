"""Where one item's footprint comes from: one adjoint solve, and groups of what it finds."""

from dataclasses import dataclass

import numpy as np

from graph_service.engine.columns import quotient
from graph_service.engine.direct import Entries
from graph_service.engine.equations import BIOGENIC_UPTAKE
from graph_service.engine.once import Once
from graph_service.engine.reach import fewest_steps
from graph_service.engine.requirements import absolute, has_negatives, square_part
from graph_service.engine.rollup import RollUp
from graph_service.engine.snapshot import AFTER_GATE, STAGES, Codes, Numbers, Rows
from graph_service.engine.solver import Solver
from graph_service.engine.sums import sums_by_group

NO_DATA, DIRECT_MISSING = 0, 1
"""Codes of ``Gaps.kind``."""
SMALL_UPSTREAM = 100
"""An upstream of less than one in so many items is solved by itself, sooner than the whole graph is swept."""

_UNSPECIFIED_STAGE = STAGES.index("UNSPECIFIED")


@dataclass(frozen=True, slots=True)
class Gaps:
    """Items upstream that lack data, sorted by tier and row; ``amount`` is in their declared units."""

    item_row: Rows
    kind: Codes
    amount: Numbers
    tier: Rows


@dataclass(frozen=True, slots=True)
class InputContributions:
    """What each direct supply brings: an index into ``snapshot.supplies``; NaN where the input's total is unknown."""

    supply: Rows
    kgco2e: Numbers


@dataclass(frozen=True, slots=True)
class GroupSums:
    """Kilograms per group, which sum to the total, and the primary share of each; NaN where it has no weight."""

    kgco2e: Numbers
    primary_data_share: Numbers


def trace(rollup: RollUp, item_row: int, *, to_grave: bool = False) -> "Trace":
    """What one declared unit of an item takes of every item, and the kilograms that each of them adds to its total.

    Raises
    ------
    IndexError
        No such row.
    """
    if not 0 <= item_row < rollup.snapshot.item_count:
        raise IndexError(f"item row {item_row} is not one of the {rollup.snapshot.item_count} rows of the snapshot")
    return Trace(rollup, item_row, to_grave=to_grave)


class Trace:
    """The upstream of one item. Where its total is unknown, contributions and sums are NaN throughout.

    ``activity`` (items,): declared units of each item per declared unit of the traced one; NaN where an unsolvable
    loop lies upstream. ``contribution_kgco2e`` (items,): sums to the total. ``tier`` (items,): fewest supply steps,
    -1 where an item is not upstream.
    """

    __slots__ = (
        "_absolute_activity",
        "_entries",
        "_inputs",
        "activity",
        "contribution_kgco2e",
        "is_to_grave",
        "item_row",
        "residual_kgco2e",
        "rollup",
        "tier",
        "total_kgco2e",
    )

    def __init__(self, rollup: RollUp, item_row: int, *, to_grave: bool) -> None:
        self.rollup, self.item_row, self.is_to_grave = rollup, item_row, to_grave
        facts = rollup.equations
        self.total_kgco2e = float(rollup.total_kgco2e(to_grave)[item_row])
        after_gate = facts.after_gate_by_output[[item_row]] if to_grave else None
        further = np.empty(0, dtype=np.int32) if after_gate is None else after_gate.indices
        self.tier: Rows = fewest_steps(facts.by_output, item_row, further_inputs=further)
        self.activity: Numbers = self._solve(is_absolute=False)
        if not rollup.is_computable(to_grave)[item_row]:
            self.activity[self.tier >= 0] = np.nan
        self.contribution_kgco2e: Numbers = facts.gate_kgco2e * self.activity
        if to_grave:
            self.contribution_kgco2e[item_row] += facts.after_gate_kgco2e[item_row]
        if np.isnan(self.total_kgco2e):
            self.contribution_kgco2e[:] = np.nan
        self._absolute_activity = Once(self._weights_of_activity)
        self._entries = Once(self._upstream_entries)
        self._inputs = self._find_inputs()
        direct = float(facts.gate_kgco2e[item_row] + (facts.after_gate_kgco2e[item_row] if to_grave else 0.0))
        self.residual_kgco2e = abs(self.total_kgco2e - (direct + float(np.nansum(self._inputs.kgco2e))))

    def gaps(self) -> Gaps:
        """Items upstream, the traced one included, that lack data."""
        facts = self.rollup.equations
        rows = np.flatnonzero(~facts.is_known & (self.tier >= 0)).astype(np.int32)
        rows = rows[np.lexsort((rows, self.tier[rows]))]
        kind = np.where(facts.has_gate_supply[rows], DIRECT_MISSING, NO_DATA).astype(np.int8)
        return Gaps(item_row=rows, kind=kind, amount=self.activity[rows], tier=self.tier[rows])

    def inputs(self) -> InputContributions:
        """amount x share x the input's gate total of each supply into the item, in the order of the snapshot."""
        return self._inputs

    def _find_inputs(self) -> InputContributions:
        supplies = self.rollup.snapshot.supplies
        supply = np.flatnonzero(supplies.output_row == self.item_row).astype(np.int32)
        is_after_gate = AFTER_GATE[supplies.stage[supply]]
        is_declared = bool(self.rollup.declaration_of_item[self.item_row] >= 0)
        supply = supply[(is_after_gate & self.is_to_grave) | (~is_after_gate & (not is_declared))]
        coefficient = supplies.amount[supply] * supplies.share[supply]
        return InputContributions(
            supply=supply, kgco2e=coefficient * self.rollup.total_kgco2e()[supplies.input_row[supply]]
        )

    def stage_kgco2e(self, reporting_perspective: bool) -> Numbers:
        """The total by stage, shape (7,). Both perspectives sum to it.

        ``reporting_perspective``: each direct input whole, under the stage of its supply edge; a declared total is of
        no known stage. Else by the stage where it is emitted.
        """
        if not reporting_perspective:
            return self.group_by_stage().kgco2e
        if np.isnan(self.total_kgco2e):
            return np.full(len(STAGES), np.nan)
        day, facts, inputs = self.rollup.snapshot, self.rollup.equations, self.inputs()
        known = np.nan_to_num(inputs.kgco2e, nan=0.0)
        stages = sums_by_group(day.supplies.stage[inputs.supply], known, group_count=len(STAGES))
        place = int(facts.declaration_of_item[self.item_row])
        if place >= 0:
            stages[_UNSPECIFIED_STAGE] += day.declarations.kgco2e[place]
        own = (day.emissions.item_row == self.item_row) & (day.emissions.component != BIOGENIC_UPTAKE)
        own &= facts.emission_at_gate | (facts.emission_after_gate & self.is_to_grave)
        stages += sums_by_group(day.emissions.stage[own], day.emissions.kgco2e[own], group_count=len(STAGES))
        return stages

    def group(self, codes: Rows, group_count: int) -> GroupSums:
        """Kilograms and primary share by group; ``codes`` (items,) gives each item's group, from 0."""
        if codes.size and not (codes.min() >= 0 and codes.max() < group_count):
            raise ValueError(f"group codes go from {codes.min()} to {codes.max()}; 0 to {group_count - 1} was meant")
        upstream = np.flatnonzero(self.tier >= 0)
        sums = sums_by_group(codes[upstream], self.contribution_kgco2e[upstream], group_count=group_count)
        return self._group_sums(sums, codes[self._entries.get().item_row], group_count)

    def group_by_stage(self) -> GroupSums:
        """Kilograms and primary share by the stage where they are emitted, shape (7,)."""
        entries = self._entries.get()
        kgco2e = entries.kgco2e * self._times_taken(self.activity)
        sums = sums_by_group(entries.stage, kgco2e, group_count=len(STAGES))
        return self._group_sums(sums, entries.stage, len(STAGES))

    def _group_sums(self, sums_kgco2e: Numbers, code: Codes | Rows, group_count: int) -> GroupSums:
        """The sums with the primary share of each group; ``code`` is the group of each upstream entry.

        NaN without a total.
        """
        if np.isnan(self.total_kgco2e):
            return GroupSums(np.full(group_count, np.nan), np.full(group_count, np.nan))
        entries = self._entries.get()
        absolute = np.abs(entries.kgco2e) * self._times_taken(self._absolute_activity.get())
        primary = sums_by_group(code, absolute * entries.primary_share, group_count=group_count)
        whole = sums_by_group(code, absolute, group_count=group_count)
        return GroupSums(kgco2e=sums_kgco2e, primary_data_share=quotient(primary, whole))

    def _times_taken(self, activity: Numbers) -> Numbers:
        """How often each upstream entry counts: as its item is taken, after the gate once and for the item itself."""
        entries = self._entries.get()
        is_own = (entries.item_row == self.item_row) & self.is_to_grave
        return np.where(entries.is_after_gate, is_own, activity[entries.item_row])

    def _upstream_entries(self) -> Entries:
        """The entries of upstream items: of a million often only some thousand."""
        entries = self.rollup.entries
        upstream = np.flatnonzero((self.tier >= 0)[entries.item_row])
        return Entries(**{name: getattr(entries, name)[upstream] for name in Entries.__slots__})

    def _weights_of_activity(self) -> Numbers:
        """Activity in \\|A\\|; NaN upstream of the item where a gain of 1 or more leaves no absolute kilograms."""
        rollup, facts = self.rollup, self.rollup.equations
        if not rollup.has_signs and not (self.is_to_grave and has_negatives(facts.after_gate_by_output)):
            return self.activity
        activity = self._solve(is_absolute=True)
        if not self.rollup.has_weights(self.is_to_grave)[self.item_row]:
            activity[self.tier >= 0] = np.nan
        return activity

    def _solve(self, *, is_absolute: bool) -> Numbers:
        rollup = self.rollup
        demand = np.zeros(rollup.snapshot.item_count)
        demand[self.item_row] = 1.0
        if self.is_to_grave:
            matrix = rollup.absolute_after_gate if is_absolute else rollup.equations.after_gate_by_output
            after_gate = matrix[[self.item_row]]
            demand[after_gate.indices] += after_gate.data
        upstream = np.flatnonzero(self.tier >= 0)
        if upstream.size > demand.size // SMALL_UPSTREAM:
            return (rollup.absolute_solver if is_absolute else rollup.solver).solve_adjoint(demand)
        by_output = square_part(rollup.equations.by_output, upstream)
        solver = Solver(absolute(by_output) if is_absolute else by_output)
        activity = np.zeros_like(demand)
        activity[upstream] = solver.solve_adjoint(demand[upstream])
        return activity
