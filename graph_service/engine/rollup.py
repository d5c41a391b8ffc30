"""Footprints of all items: totals at once, everything else when it is first asked for."""

from dataclasses import replace

import numpy as np
from scipy import sparse

from graph_service.engine.columns import Columns, make_columns, solve_columns
from graph_service.engine.direct import (
    EXEMPTED,
    Entries,
    direct_components,
    direct_entries,
    direct_stages,
    direct_weights,
    exempts_all,
)
from graph_service.engine.equations import Equations, equations
from graph_service.engine.once import Once
from graph_service.engine.reach import downstream, worst_upstream
from graph_service.engine.requirements import absolute, flipped, has_negatives
from graph_service.engine.snapshot import Flags, Numbers, Rows, Snapshot
from graph_service.engine.solver import Solver
from graph_service.engine.standing import ItemFacts, RowsBeside, Standing, follow, standing_of


def roll_up(snapshot: Snapshot, *, is_traced: bool = False) -> "RollUp":
    """Footprint of every item, in kg CO2e per declared unit, loops included.

    Solves ``total = direct + requirements.T @ total`` inputs first. An unsolvable loop does not raise: what lies
    downstream of it is NaN and ``is_computable`` False.

    Parameters
    ----------
    is_traced
        False: a declaration in force takes the place of its item's upstream. True: only where there is no structure.

    Source: Heijungs and Suh, The Computational Structure of LCA, doi:10.1007/978-94-015-9900-9.
    """
    facts = equations(snapshot, is_traced=is_traced)
    by_input = Once(lambda: flipped(facts.by_output))
    standing = standing_of(facts, Solver(facts.by_output), by_input)
    return RollUp(Once(lambda: snapshot), Once(lambda: facts), by_input, standing=standing, is_traced=is_traced)


class RollUp:
    """The rolled-up graph of one snapshot on one basis. All arrays are by item row and must not be written to.

    ``to_grave`` everywhere: with the item's own facts after its gate, else from cradle to gate. Made by ``roll_up``,
    or by ``following`` another one: then totals at the gate stand at once and all else is worked out when asked for.
    """

    __slots__ = (
        "_absolute_after_gate",
        "_absolute_kgco2e",
        "_absolute_solver",
        "_by_input",
        "_columns",
        "_entries",
        "_equations",
        "_gain",
        "_grave_is_complete",
        "_has_signs",
        "_is_traced",
        "_snapshot",
        "_solver",
        "_standing",
        "_total",
    )

    def __init__(
        self,
        snapshot: Once[Snapshot],
        facts: Once[Equations],
        by_input: Once[sparse.csr_array],
        *,
        standing: Standing,
        is_traced: bool,
    ) -> None:
        self._snapshot, self._equations, self._by_input = snapshot, facts, by_input
        self._standing, self._is_traced = standing, is_traced
        self._solver = Once(lambda: standing.solver(facts))
        self._has_signs = Once(lambda: has_negatives(self.equations.by_output))
        self._absolute_after_gate = Once(lambda: absolute(self.equations.after_gate_by_output))
        self._absolute_solver = Once(self._make_absolute_solver)
        self._absolute_kgco2e = Once(self._make_absolute_kgco2e)
        self._entries = Once(lambda: direct_entries(self.snapshot, self.equations))
        self._total = (Once(standing.masked_total_kgco2e), Once(self._grave_total))
        self._grave_is_complete = Once(lambda: self._without_after_gate_source(standing.is_complete, to_grave=True))
        self._gain = (Once(self._gate_gain), Once(self._grave_gain))
        self._columns = (
            Once(lambda: self._make_columns(to_grave=False)),
            Once(lambda: self._make_columns(to_grave=True)),
        )

    def following(self, touched: ItemFacts, snapshot: Once[Snapshot]) -> "RollUp | None":
        """The roll-up once some items have new facts, or new items have come; None where a new one is cheaper.

        ``snapshot`` is the whole graph as it then is: it is asked for only when something but totals is.
        """
        standing = follow(self._rebased(), touched, is_traced=self._is_traced)
        if standing is None:
            return None
        is_traced = self._is_traced
        facts = Once(lambda: equations(snapshot.get(), is_traced=is_traced))
        by_input = Once(lambda: flipped(facts.get().by_output))
        return RollUp(snapshot, facts, by_input, standing=standing, is_traced=is_traced)

    def _rebased(self) -> Standing:
        """What stands, on the matrix and the solver of now where somebody has asked for them."""
        solver, matrix = self._solver.peek(), self._standing.matrix
        if solver is None or solver is matrix.solver:
            return self._standing
        return replace(self._standing, matrix=RowsBeside(self.equations.by_output, self._by_input, solver, {}, {}))

    @property
    def snapshot(self) -> Snapshot:
        """The graph."""
        return self._snapshot.get()

    @property
    def equations(self) -> Equations:
        """The equations that the totals solve."""
        return self._equations.get()

    @property
    def solver(self) -> Solver:
        """Solver of the requirements matrix."""
        return self._solver.get()

    @property
    def has_signs(self) -> bool:
        """Whether anything is taken in a negative amount before a gate."""
        return self._has_signs.get()

    @property
    def absolute_after_gate(self) -> sparse.csr_array:
        """What items take after their gates, without signs."""
        return self._absolute_after_gate.get()

    @property
    def declaration_of_item(self) -> Rows:
        """Index into ``snapshot.declarations`` of the declaration in force, -1 where there is none."""
        return self.equations.declaration_of_item

    @property
    def entries(self) -> Entries:
        """Every emission entry and declared total that counts on this basis."""
        return self._entries.get()

    @property
    def absolute_solver(self) -> Solver:
        """Solver of \\|A\\|, for weights; the same as ``solver`` where no entry is negative."""
        return self._absolute_solver.get()

    @property
    def absolute_kgco2e(self) -> Numbers:
        """Net direct kilograms without their signs, rolled up along \\|A\\| to the gate: what no path can exceed.

        Without meaning where ``has_weights`` is False.
        """
        return self._absolute_kgco2e.get()

    def total_kgco2e(self, to_grave: bool = False) -> Numbers:
        """Total footprint without biogenic uptake; NaN where nothing at all is known, or it cannot be computed."""
        return self._total[to_grave].get()

    def direct_kgco2e(self, to_grave: bool = False) -> Numbers:
        """What the item emits itself, or its declared total; NaN exactly where the total is."""
        gate = self._standing.gate_kgco2e
        direct = gate + self.equations.after_gate_kgco2e if to_grave else gate
        return np.where(np.isnan(self.total_kgco2e(to_grave)), np.nan, direct)

    def upstream_kgco2e(self, to_grave: bool = False) -> Numbers:
        """Total less direct; NaN exactly where the total is."""
        return self.total_kgco2e(to_grave) - self.direct_kgco2e(to_grave)

    def is_complete(self, to_grave: bool = False) -> Flags:
        """False where the item or something upstream of it lacks data."""
        return self._grave_is_complete.get() if to_grave else self._standing.is_complete

    def is_computable(self, to_grave: bool = False) -> Flags:
        """False where the item is in a loop that takes one unit or more of itself per unit, or downstream of one."""
        return self._without_after_gate_source(self._standing.is_computable, to_grave=to_grave)

    def has_weights(self, to_grave: bool = False) -> Flags:
        """False where the gain of \\|A\\| is 1 or more somewhere upstream, so that no absolute kilograms exist."""
        unbounded = self.absolute_solver.unsolvable_item
        has_weights = ~downstream(self._by_input.get(), unbounded) if unbounded.any() else ~unbounded
        return self._without_after_gate_source(has_weights, to_grave=to_grave)

    def loop_gain(self, to_grave: bool = False) -> Numbers:
        """Gain of the worst loop that the item is in or lies downstream of; 0 without loops."""
        return self._gain[to_grave].get()

    def columns(self, to_grave: bool = False) -> Columns:
        """Stages, carbon components, shares and ratings of every item; solved once, then kept."""
        return self._columns[to_grave].get()

    def _make_columns(self, *, to_grave: bool) -> Columns:
        day, facts, total = self.snapshot, self.equations, self.total_kgco2e(to_grave)
        split = solve_columns(self.solver, self._direct_split(at_gate=True))
        weight = solve_columns(self.absolute_solver, direct_weights(day, facts, at_gate=True))
        if to_grave:
            split = split + self._direct_split(at_gate=False) + facts.after_gate_by_output @ split
            weight = weight + direct_weights(day, facts, at_gate=False) + self.absolute_after_gate @ weight
        is_unknown = np.isnan(total)
        split[is_unknown] = np.nan
        weight[is_unknown | ~self.has_weights(to_grave)] = np.nan
        unbounded = downstream(self._by_input.get(), exempts_all(day, facts))
        weight[~self._without_after_gate_source(~unbounded, to_grave=to_grave), EXEMPTED] = np.nan
        return make_columns(split, weight, total_kgco2e=total)

    def _direct_split(self, *, at_gate: bool) -> Numbers:
        stages = direct_stages(self.snapshot, self.equations, at_gate=at_gate)
        return np.concatenate((stages, direct_components(self.snapshot, self.equations, at_gate=at_gate)), axis=1)

    def _make_absolute_solver(self) -> Solver:
        return Solver(absolute(self.equations.by_output)) if self.has_signs else self.solver

    def _make_absolute_kgco2e(self) -> Numbers:
        direct, solver = self.equations.gate_kgco2e, self.absolute_solver
        if solver is self.solver and direct.min(initial=0.0) >= 0.0:
            return np.nan_to_num(self.total_kgco2e(), nan=0.0)
        return solver.solve(np.abs(direct))

    def _without_after_gate_source(self, is_good: Flags, *, to_grave: bool) -> Flags:
        """The flags less those items, to the grave, that take of an unflagged item after their gate."""
        return is_good & ~self._takes_after_gate(~is_good) if to_grave else is_good

    def _takes_after_gate(self, is_source: Flags) -> Flags:
        pattern = self.absolute_after_gate
        takes = np.zeros(is_source.size, dtype=np.bool_)
        if pattern.nnz:
            rows = np.repeat(np.arange(is_source.size), np.diff(pattern.indptr))
            takes[rows[is_source[pattern.indices]]] = True
        return takes

    def _grave_total(self) -> Numbers:
        facts, known, gate = self.equations, self._standing.is_known, self.total_kgco2e()
        total = np.nan_to_num(gate, nan=0.0) + facts.after_gate_kgco2e
        total += facts.after_gate_by_output @ np.nan_to_num(gate, nan=0.0)
        known = known | facts.has_after_gate_emission | self._takes_after_gate(known)
        total[~(known & self.is_computable(to_grave=True))] = np.nan
        return total

    def _gate_gain(self) -> Numbers:
        gain, label = self.solver.loop_gain(), self.solver.components.label
        if not gain.any():
            return np.zeros(label.size)
        first = np.unique(label, return_index=True)[1]
        worth = np.zeros(label.size)
        worth[first] = gain
        return worst_upstream(self._by_input.get(), worth)

    def _grave_gain(self) -> Numbers:
        gain, pattern = self.loop_gain().copy(), self.absolute_after_gate
        rows = np.repeat(np.arange(gain.size), np.diff(pattern.indptr))
        np.maximum.at(gain, rows, self.loop_gain()[pattern.indices])
        return gain
