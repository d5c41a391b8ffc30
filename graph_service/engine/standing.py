"""Totals that follow changes: what a few items are made of now, and the totals of all that takes of them.

A roll-up stands on its graph. When the facts of a few items change, only what lies downstream of them can move, new
loops included: that part is cut out, solved by itself against the totals around it, and put back. Nothing is corrected
by differences, so a total that was a million times too high leaves no rounding behind.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from graph_service.engine.equations import Equations, equations
from graph_service.engine.once import Once
from graph_service.engine.order import neighbours
from graph_service.engine.reach import downstream
from graph_service.engine.requirements import flipped
from graph_service.engine.snapshot import Flags, Indices, Numbers, Rows, Snapshot
from graph_service.engine.solver import Solver

MOVED_SHARE, FEW_MOVED_ENTRIES = 1 / 200, 2_000
"""How much of the graph's supplies, or how many in any case, what lies downstream of a change is cut out for.

Cutting out costs about a hundred times as much per supply as sweeping does: past this one sweep of all is cheaper.
"""

MOST_REPLACED_ROWS = 20_000
"""Rows kept beside the matrix; beyond that it is built anew."""

InputsOfRow = tuple[Indices, Numbers]


@dataclass(frozen=True, slots=True)
class RowsBeside:
    """A requirements matrix by output with some rows replaced or added: ``base`` stays as it is, and so its ``solver``.

    ``replaced`` gives inputs and coefficients of each of these rows; ``by_input`` is ``base`` the other way round and
    ``outputs_added`` what it lacks: outputs by input row. Edges that went are still in ``by_input``: what is reached
    through them is looked at for nothing, never missed.
    """

    base: sparse.csr_array
    by_input: Once[sparse.csr_array]
    solver: Solver
    replaced: Mapping[int, InputsOfRow]
    outputs_added: Mapping[int, tuple[int, ...]]

    def with_rows(self, rows: Mapping[int, InputsOfRow]) -> "RowsBeside":
        """The matrix with further rows replaced."""
        added = dict(self.outputs_added)
        for row, (inputs, _) in rows.items():
            for input_row in np.setdiff1d(inputs, self._inputs_of_base(row)).tolist():
                if row not in added.get(input_row, ()):
                    added[input_row] = (*added.get(input_row, ()), row)
        return replace(self, replaced={**self.replaced, **rows}, outputs_added=added)

    def inputs_of(self, row: int) -> InputsOfRow:
        """Inputs and coefficients of one row as it is now, ascending."""
        if row in self.replaced:
            return self.replaced[row]
        if row >= self.base.shape[0]:
            return np.empty(0, dtype=np.int32), np.empty(0)
        place = slice(self.base.indptr[row], self.base.indptr[row + 1])
        order = np.argsort(self.base.indices[place], kind="stable")
        return self.base.indices[place][order], self.base.data[place][order]

    def moved_by(self, sources: Rows, *, item_count: int) -> Rows | None:
        """The sources and everything downstream of them, ascending; None where that is too much to cut out."""
        is_moved = np.zeros(item_count, dtype=np.bool_)
        is_moved[sources] = True
        frontier: Indices = sources
        found, entries, most_entries = [sources], 0, max(FEW_MOVED_ENTRIES, MOVED_SHARE * self.base.nnz)
        while frontier.size:
            outputs = self._outputs_of(frontier)
            entries += outputs.size
            if entries > most_entries:
                return None
            frontier = np.unique(outputs[~is_moved[outputs]])
            is_moved[frontier] = True
            found.append(frontier.astype(np.int32))
        return np.sort(np.concatenate(found))

    def rows(self, chosen: Rows) -> tuple[Rows, Indices, Numbers]:
        """All entries of the chosen rows: place in ``chosen``, input row, coefficient."""
        in_base = chosen < self.base.shape[0]
        beside: list[int] = []
        if self.replaced:
            names = np.fromiter(self.replaced, dtype=np.int32, count=len(self.replaced))
            is_beside = np.isin(chosen, names)
            in_base &= ~is_beside
            beside = np.flatnonzero(is_beside).tolist()
        plain = np.flatnonzero(in_base)
        picked = self.base[chosen[plain]]
        place = [np.repeat(plain, np.diff(picked.indptr))]
        inputs, values = [picked.indices], [picked.data]
        for at in beside:
            row_inputs, row_values = self.replaced[int(chosen[at])]
            place.append(np.full(row_inputs.size, at))
            inputs.append(row_inputs)
            values.append(row_values)
        return np.concatenate(place).astype(np.int32), np.concatenate(inputs), np.concatenate(values)

    def _inputs_of_base(self, row: int) -> Indices:
        if row >= self.base.shape[0]:
            return np.empty(0, dtype=np.int32)
        inputs: Indices = self.base.indices[self.base.indptr[row] : self.base.indptr[row + 1]]
        return inputs

    def _outputs_of(self, rows: Indices) -> Rows:
        by_input = self.by_input.get()
        outputs = [neighbours(by_input, rows[rows < by_input.shape[0]])]
        outputs += [np.array(more, dtype=np.int32) for more in self._added_outputs(rows)]
        return np.concatenate(outputs)

    def _added_outputs(self, rows: Indices) -> Iterator[tuple[int, ...]]:
        if len(self.outputs_added) > rows.size:
            yield from (self.outputs_added[row] for row in rows.tolist() if row in self.outputs_added)
        else:
            wanted = set(rows.tolist())
            yield from (outputs for row, outputs in self.outputs_added.items() if row in wanted)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is solved of all items at the gate, by item row.

    ``gate_kgco2e`` and ``is_own_known`` are the items' own (see ``Equations``); the rest is rolled up: ``total_kgco2e``
    without masks, ``is_known``: the item or something upstream is; ``is_complete``: nothing upstream lacks data;
    ``is_computable``: no unsolvable loop upstream.
    """

    matrix: RowsBeside
    gate_kgco2e: Numbers
    is_own_known: Flags
    total_kgco2e: Numbers
    is_known: Flags
    is_complete: Flags
    is_computable: Flags

    @property
    def item_count(self) -> int:
        return self.gate_kgco2e.size

    def solver(self, facts: Once[Equations]) -> Solver:
        """A solver of the matrix as it is now; ``facts`` holds it whole, for where the standing solver is old."""
        is_old = self.matrix.replaced or self.matrix.base.shape[0] != self.item_count
        return Solver(facts.get().by_output) if is_old else self.matrix.solver

    def masked_total_kgco2e(self) -> Numbers:
        """Totals, NaN where nothing at all is known or they cannot be computed."""
        total = self.total_kgco2e
        is_there = self.is_known & self.is_computable
        return total if is_there.all() else np.where(is_there, total, np.nan)


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """All that is now believed of some items: ``part`` holds their facts and nobody else's, rows as in the graph."""

    item_row: Rows
    part: Snapshot


@dataclass(frozen=True, slots=True)
class NewRows:
    """What the equations of the touched items are now; ``rows`` are inputs and coefficients by item row."""

    item_row: Rows
    gate_kgco2e: Numbers
    is_own_known: Flags
    rows: Mapping[int, InputsOfRow]


def follow(standing: Standing, touched: ItemFacts, *, is_traced: bool) -> Standing | None:
    """What stands once the touched items have their new facts; None where building it anew is cheaper."""
    new = _new_rows(touched, is_traced=is_traced)
    item_count = touched.part.item_count
    before = {row: standing.matrix.inputs_of(row) for row in new.rows}
    changed = {row: entry for row, entry in new.rows.items() if not _same(entry, before[row])}
    wider = _widened(standing, item_count)
    own_known, gate_kgco2e = wider.is_own_known.copy(), wider.gate_kgco2e.copy()
    keeps_reach = np.array_equal(own_known[new.item_row], new.is_own_known) and all(
        np.array_equal(entry[0], before[row][0]) for row, entry in changed.items()
    )
    own_known[new.item_row], gate_kgco2e[new.item_row] = new.is_own_known, new.gate_kgco2e
    matrix = wider.matrix.with_rows(changed) if changed else wider.matrix
    if len(matrix.replaced) > MOST_REPLACED_ROWS:
        return None
    current = replace(wider, matrix=matrix, gate_kgco2e=gate_kgco2e, is_own_known=own_known)
    moved = matrix.moved_by(new.item_row, item_count=item_count)
    if moved is not None:
        return _solved_again(current, moved)
    return _swept(current) if keeps_reach else None


def _swept(standing: Standing) -> Standing | None:
    """All totals by one sweep of the standing solver; None where its order does not serve the replaced rows."""
    matrix = standing.matrix
    if standing.item_count != matrix.base.shape[0] or not standing.is_computable.all():
        return None
    total_kgco2e = matrix.solver.solve_beside(standing.gate_kgco2e, matrix.replaced)
    return None if total_kgco2e is None else replace(standing, total_kgco2e=total_kgco2e)


def _same(one: InputsOfRow, other: InputsOfRow) -> bool:
    return np.array_equal(one[0], other[0]) and np.array_equal(one[1], other[1])


def _new_rows(touched: ItemFacts, *, is_traced: bool) -> NewRows:
    """The equations of the touched items, worked out on a small graph of them and their inputs."""
    part = touched.part
    local = np.union1d(touched.item_row, part.supplies.input_row).astype(np.int32)
    place = np.searchsorted(local, touched.item_row)
    facts = equations(_localised(part, local), is_traced=is_traced)
    facts.by_output.sort_indices()
    bounds = facts.by_output.indptr
    rows = {
        int(row): (
            local[facts.by_output.indices[bounds[at] : bounds[at + 1]]],
            facts.by_output.data[bounds[at] : bounds[at + 1]],
        )
        for row, at in zip(touched.item_row.tolist(), place.tolist(), strict=True)
    }
    return NewRows(
        item_row=touched.item_row, gate_kgco2e=facts.gate_kgco2e[place], is_own_known=facts.is_known[place], rows=rows
    )


def _localised(part: Snapshot, local: Rows) -> Snapshot:
    """The same facts with rows counted among ``local``, ascending item rows."""

    def at(rows: Rows) -> Rows:
        return np.searchsorted(local, rows).astype(np.int32)

    return Snapshot(
        item_count=local.size,
        supplies=replace(part.supplies, input_row=at(part.supplies.input_row), output_row=at(part.supplies.output_row)),
        emissions=replace(part.emissions, item_row=at(part.emissions.item_row)),
        declarations=replace(part.declarations, item_row=at(part.declarations.item_row)),
    )


def _widened(standing: Standing, item_count: int) -> Standing:
    """With rows for new items, of which nothing is known yet."""
    more = item_count - standing.item_count
    if more == 0:
        return standing

    def with_more(values: np.ndarray, blank: float | bool) -> np.ndarray:
        return np.concatenate((values, np.full(more, blank, dtype=values.dtype)))

    return replace(
        standing,
        gate_kgco2e=with_more(standing.gate_kgco2e, 0.0),
        is_own_known=with_more(standing.is_own_known, False),
        total_kgco2e=with_more(standing.total_kgco2e, 0.0),
        is_known=with_more(standing.is_known, False),
        is_complete=with_more(standing.is_complete, False),
        is_computable=with_more(standing.is_computable, True),
    )


def _solved_again(standing: Standing, moved: Rows) -> Standing:
    """The moved rows solved by themselves; no other item takes of them, and what they take from others stands."""
    place, inputs, coefficient = standing.matrix.rows(moved)
    at = np.searchsorted(moved, inputs)
    is_inner = moved[np.minimum(at, moved.size - 1)] == inputs
    is_outer = ~is_inner
    outer_place, outer_input = place[is_outer], inputs[is_outer]
    inner = sparse.coo_array(
        (coefficient[is_inner], (place[is_inner], at[is_inner])), shape=(moved.size, moved.size)
    ).tocsr()
    solver = Solver(inner)
    right_hand_side = standing.gate_kgco2e[moved] + np.bincount(
        outer_place, weights=coefficient[is_outer] * standing.total_kgco2e[outer_input], minlength=moved.size
    )
    by_input = flipped(inner)

    def spread(own: Flags, outside: Flags) -> Flags:
        """Downstream of what is flagged itself or takes of something flagged outside."""
        flags = own.copy()
        flags[outer_place[outside[outer_input]]] = True
        return downstream(by_input, flags)

    is_known = spread(standing.is_own_known[moved], standing.is_known)
    lacks = spread(~standing.is_own_known[moved], ~standing.is_complete)
    is_stuck = spread(solver.unsolvable_item, ~standing.is_computable)
    total_kgco2e = solver.solve(right_hand_side)
    # A number without meaning must not enter what is solved against it later.
    total_kgco2e[is_stuck] = 0.0
    return replace(
        standing,
        total_kgco2e=_with(standing.total_kgco2e, moved, total_kgco2e),
        is_known=_with(standing.is_known, moved, is_known),
        is_complete=_with(standing.is_complete, moved, ~lacks),
        is_computable=_with(standing.is_computable, moved, ~is_stuck),
    )


def _with(values: np.ndarray, rows: Rows, new: np.ndarray) -> np.ndarray:
    if np.array_equal(values[rows], new):
        return values
    changed = values.copy()
    changed[rows] = new
    return changed


def standing_of(facts: Equations, solver: Solver, by_input: Once[sparse.csr_array]) -> Standing:
    """What stands after one solve of all."""
    known, unsolvable = facts.is_known, solver.unsolvable_item
    is_known = known if known.all() else downstream(by_input.get(), known)
    is_complete = known if known.all() else ~downstream(by_input.get(), ~known)
    is_computable = ~downstream(by_input.get(), unsolvable) if unsolvable.any() else ~unsolvable
    total_kgco2e = solver.solve(facts.gate_kgco2e)
    if not is_computable.all():
        total_kgco2e[~is_computable] = 0.0
    return Standing(
        matrix=RowsBeside(facts.by_output, by_input, solver, replaced={}, outputs_added={}),
        gate_kgco2e=facts.gate_kgco2e,
        is_own_known=known,
        total_kgco2e=total_kgco2e,
        is_known=is_known,
        is_complete=is_complete,
        is_computable=is_computable,
    )
