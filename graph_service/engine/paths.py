"""The supply paths that carry the most into one item: best first, proven by what an open end can still carry."""

import heapq
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from graph_service.engine.reach import fewest_steps
from graph_service.engine.requirements import entry_rows
from graph_service.engine.rollup import RollUp
from graph_service.engine.snapshot import Indices, Numbers

MOST_STEPS = 300_000
"""Steps after which a search ends early: about half a second."""

_FEW_STEPS = 10_000
"""Steps that cost less than the sharper bound; with the rough one they suffice unless many paths carry alike."""

_EMISSION = -1
"""In place of an input: the path ends here, with what this item emits."""


@dataclass(frozen=True, slots=True)
class Path:
    """One way of carbon: from the item that emits it to the item that is asked about, with its kilograms."""

    item_rows: tuple[int, ...]
    kgco2e: float


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths by absolute kilograms, largest first; no path that is not listed carries more than the last one.

    ``open_kgco2e`` is what all others carry, net: with ``covered_kgco2e`` it makes the total. ``is_cut``: the search
    ended after its most steps, with fewer paths than were asked for.
    """

    paths: tuple[Path, ...]
    covered_kgco2e: float
    open_kgco2e: float
    is_cut: bool


def find_paths(
    rollup: RollUp,
    item_row: int,
    *,
    to_grave: bool = False,
    most: int = 20,
    least_kgco2e: float = 0.0,
    most_steps: int = MOST_STEPS,
) -> Paths:
    """The ``most`` paths into an item with the greatest absolute kilograms, none below ``least_kgco2e``, none of 0.

    A path carries the product of its coefficients times what its first item emits itself, declared totals included;
    parallel supplies are one step, and each round of a loop is a path of its own. An open end carries at most the
    absolute product times what is emitted upstream of it, without signs: so the order is proven, loops and negative
    amounts included. Where that bound tells too little apart, the most that one path carries takes its place. To the
    grave, the item's own facts after its gate count where the path ends, and only there. Equal paths: short ones first.

    Raises
    ------
    ValueError
        Without signs a loop upstream takes one unit or more of itself: nothing bounds an open end.
    """
    if not rollup.has_weights(to_grave)[item_row]:
        raise ValueError(f"no absolute kilograms upstream of item row {item_row}: a loop gain is 1 or more")
    total_kgco2e = float(np.nan_to_num(rollup.total_kgco2e(to_grave)[item_row], nan=0.0))
    search = _Search(rollup, item_row, to_grave=to_grave, most_kgco2e=rollup.absolute_kgco2e)
    paths = search.run(most=most, least_kgco2e=least_kgco2e, most_steps=min(_FEW_STEPS, most_steps))
    if search.is_cut:
        most_kgco2e = largest_kgco2e(rollup, item_row, to_grave=to_grave)
        search = _Search(rollup, item_row, to_grave=to_grave, most_kgco2e=most_kgco2e)
        paths = search.run(most=most, least_kgco2e=least_kgco2e, most_steps=most_steps)
    # Equal to the last digits, two paths may be found in the other order.
    paths.sort(key=lambda path: -abs(path.kgco2e))
    covered_kgco2e = float(sum(path.kgco2e for path in paths))
    return Paths(tuple(paths), covered_kgco2e, total_kgco2e - covered_kgco2e, search.is_cut)


def largest_kgco2e(rollup: RollUp, item_row: int, *, to_grave: bool) -> Numbers:
    """The most, without sign, that any one path carries into each item upstream of ``item_row``, shape (items,).

    0 for all other items. By the absolute kilograms at both ends of a step its coefficient is at most 1, so that the
    logarithms of these are lengths, and the largest path is a shortest one (Johnson 1977, doi:10.1145/321992.321993).
    """
    facts, most_kgco2e = rollup.equations, rollup.absolute_kgco2e
    further = facts.after_gate_by_output[[item_row]].indices if to_grave else np.empty(0, dtype=np.int32)
    is_upstream = fewest_steps(facts.by_output, item_row, further_inputs=further) >= 0
    rows = np.flatnonzero(is_upstream & (most_kgco2e > 0.0))
    place = np.full(most_kgco2e.size, -1, dtype=np.int32)
    place[rows] = np.arange(rows.size, dtype=np.int32)
    steps = facts.by_output[rows]
    output, source = entry_rows(steps), place[steps.indices]
    is_step = source >= 0
    output, source = output[is_step], source[is_step]
    kept = np.abs(steps.data[is_step]) * most_kgco2e[rows[source]] / most_kgco2e[rows[output]]
    emits = np.flatnonzero(facts.gate_kgco2e[rows]).astype(np.int32)
    own = np.abs(facts.gate_kgco2e[rows[emits]]) / most_kgco2e[rows[emits]]
    length = np.maximum(-np.log(np.concatenate((kept, own))), 0.0)
    ends = (np.concatenate((source, np.full_like(emits, rows.size))), np.concatenate((output, emits)))
    graph = sparse.coo_array((length, ends), shape=(rows.size + 1,) * 2).tocsr()
    largest = np.zeros(most_kgco2e.size)
    largest[rows] = most_kgco2e[rows] * np.exp(-csgraph.dijkstra(graph, indices=rows.size)[:-1])
    return largest


@dataclass(frozen=True, slots=True)
class _Choices:
    """How a path may begin or go on upstream of an item, by ``bound`` per unit of it, largest first.

    ``input_row``: the next item upstream, or ``_EMISSION``. ``worth``: the coefficient, for an emission the kilograms.
    """

    bound: list[float]
    input_row: list[int]
    worth: list[float]


class _Search:
    """An agenda of open ends. Each waits with its next best choice only, so that a wide item costs one entry."""

    def __init__(self, rollup: RollUp, item_row: int, *, to_grave: bool, most_kgco2e: Numbers) -> None:
        self._facts = rollup.equations
        self._most_kgco2e = most_kgco2e
        self._known: dict[int, _Choices] = {}
        # Ends: their item, their parent end, and the product of coefficients from them on.
        self._item, self._parent, self._weight = [item_row], [0], [1.0]
        self._root = self._root_choices(item_row, to_grave=to_grave)
        self._agenda: list[tuple[float, int, int, int]] = []
        self._pushed = 0
        self._steps = 0
        self.is_cut = False
        self._push(0, 0, self._root)

    def run(self, *, most: int, least_kgco2e: float, most_steps: int) -> list[Path]:
        """The best paths, in order; ``is_cut`` says afterwards whether the steps ended before the paths did."""
        paths: list[Path] = []
        while len(paths) < most:
            found = self._next_path(least_kgco2e=least_kgco2e, most_steps=most_steps)
            if found is None:
                break
            paths.append(found)
        return paths

    def _next_path(self, *, least_kgco2e: float, most_steps: int) -> Path | None:
        """The next best path; None where none is left that carries enough, or the steps are used up."""
        while self._agenda:
            if self._steps >= most_steps:
                self.is_cut = True
                return None
            self._steps += 1
            bound, _, end, place = heapq.heappop(self._agenda)
            if -bound < least_kgco2e:
                return None
            choices = self._choices(end)
            self._push(end, place + 1, choices)
            if choices.input_row[place] == _EMISSION:
                kgco2e = self._weight[end] * choices.worth[place]
                if abs(kgco2e) >= least_kgco2e:
                    return Path(self._rows(end), kgco2e)
                continue
            self._item.append(choices.input_row[place])
            self._parent.append(end)
            self._weight.append(self._weight[end] * choices.worth[place])
            following = len(self._item) - 1
            self._push(following, 0, self._choices(following))
        return None

    def _push(self, end: int, place: int, choices: _Choices) -> None:
        if place < len(choices.bound):
            bound = abs(self._weight[end]) * choices.bound[place]
            if bound > 0.0:
                self._pushed += 1
                heapq.heappush(self._agenda, (-bound, self._pushed, end, place))

    def _rows(self, end: int) -> tuple[int, ...]:
        rows = [self._item[end]]
        while end:
            end = self._parent[end]
            rows.append(self._item[end])
        return tuple(rows)

    def _choices(self, end: int) -> _Choices:
        if end == 0:
            return self._root
        row = self._item[end]
        known = self._known.get(row)
        if known is None:
            start, stop = self._facts.by_output.indptr[row : row + 2].tolist()
            indices, data = self._facts.by_output.indices[start:stop], self._facts.by_output.data[start:stop]
            known = self._known[row] = self._sorted(indices, data, float(self._facts.gate_kgco2e[row]))
        return known

    def _root_choices(self, row: int, *, to_grave: bool) -> _Choices:
        inputs, emitted = self._facts.by_output[[row]], float(self._facts.gate_kgco2e[row])
        if to_grave:
            inputs = inputs + self._facts.after_gate_by_output[[row]]
            emitted += float(self._facts.after_gate_kgco2e[row])
        return self._sorted(inputs.indices, inputs.data, emitted)

    def _sorted(self, input_row: Indices, coefficient: Numbers, emitted_kgco2e: float) -> _Choices:
        bound = np.append(abs(emitted_kgco2e), np.abs(coefficient) * self._most_kgco2e[input_row])
        order = np.argsort(-bound, kind="stable")
        return _Choices(
            bound=bound[order].tolist(),
            input_row=np.append(_EMISSION, input_row)[order].tolist(),
            worth=np.append(emitted_kgco2e, coefficient)[order].tolist(),
        )
