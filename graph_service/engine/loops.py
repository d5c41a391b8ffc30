"""Loops that cannot be solved, and the strongest loop in each, for a message that a person can act on."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from graph_service.engine.gain import component_gain, component_matrices, perron, unsolvable_labels
from graph_service.engine.order import find_components
from graph_service.engine.requirements import absolute, entry_rows, requirements_by_output
from graph_service.engine.snapshot import Indices, Numbers, Rows

_MOST_EXACT_ITEMS = 1500
"""Up to here the strongest loop is found exactly (Karp): the table has one row per item and step."""


@dataclass(frozen=True, slots=True)
class UnsolvableComponent:
    """A component that takes one unit or more of itself per unit made.

    ``item_rows``: the strongest of its loops in supply order: each item is an input of the next, the last of the first.
    ``gain``: spectral radius of \\|A\\| in the whole component, all its loops together.
    """

    item_rows: Rows
    gain: float


def find_unsolvable(
    item_count: int, input_row: Rows, output_row: Rows, coefficient: Numbers
) -> list[UnsolvableComponent]:
    """Components with a loop gain of 1 or more, by their least item row; empty when every demand converges.

    One that holds negative amounts passes if the spectral radius of A itself is below 1. Parallel supplies add up.
    """
    by_output = requirements_by_output(item_count, input_row=input_row, output_row=output_row, coefficient=coefficient)
    components = find_components(by_output)
    rough = component_gain(by_output, components, is_rough=True)
    labels = np.flatnonzero(unsolvable_labels(by_output, components, rough)).astype(np.int32)
    if not labels.size:
        return []
    gain = component_gain(by_output, components)[labels].tolist()
    found: list[UnsolvableComponent] = []
    for (rows, inner), its_gain in zip(component_matrices(by_output, components, labels), gain, strict=True):
        found.append(UnsolvableComponent(item_rows=rows[strongest_loop(absolute(inner))], gain=its_gain))
    return sorted(found, key=lambda component: int(component.item_rows.min()))


def strongest_loop(by_output: sparse.csr_array) -> Indices:
    """The loop with the greatest geometric mean of its entries, as rows in supply order from its least row on.

    The matrix is non-negative and strongly connected. Above 1,500 items only loops along the entries that weigh most
    in the Perron vector are compared: a strong loop, but not certainly the strongest.
    """
    is_exact = by_output.shape[0] <= _MOST_EXACT_ITEMS
    upstream = _best_walk(by_output) if is_exact else _heaviest_input(by_output)
    loop = _best_cycle(by_output, upstream)[::-1]
    return np.roll(loop, -int(np.argmin(loop)))


def _heaviest_input(by_output: sparse.csr_array) -> Indices:
    """For each row the input through which most of its gain comes, as a walk that goes on for ever."""
    vector = perron(by_output, np.zeros(by_output.shape[0], dtype=np.int32)).vector
    weight = by_output.data * vector[by_output.indices]
    row = entry_rows(by_output)
    best = np.lexsort((by_output.indices, -weight, row))
    first = best[np.flatnonzero(np.diff(row[best], prepend=-1))]
    heaviest: Indices = by_output.indices[first]
    return _walk(heaviest)


def _walk(next_row: Indices) -> Indices:
    """Rows along the pointers from row 0, more steps than there are rows: so it holds a whole cycle."""
    walk = np.zeros(1, dtype=np.int64)
    jump = next_row.astype(np.int64)
    while walk.size <= next_row.size:
        walk = np.concatenate((walk, jump[walk]))
        jump = jump[jump]
    return walk


def _best_walk(by_output: sparse.csr_array) -> Indices:
    """Karp's walk: of as many steps as rows, to the row where the greatest mean logarithm shows; upstream order."""
    count = by_output.shape[0]
    row, column = entry_rows(by_output), by_output.indices
    logarithm = np.log(by_output.data)
    best = np.full((count + 1, count), -np.inf)
    taken = np.zeros((count + 1, count), dtype=np.int64)
    best[0, 0] = 0.0
    starts = by_output.indptr[:-1]
    for step in range(1, count + 1):
        candidate = best[step - 1][column] + logarithm
        best[step] = np.maximum.reduceat(candidate, starts)
        is_best = candidate == best[step][row]
        taken[step][row[is_best]] = np.flatnonzero(is_best)
    steps_left = np.arange(count, 0, -1)[:, None]
    with np.errstate(invalid="ignore"):
        mean = np.where(np.isfinite(best[:-1]), (best[-1] - best[:-1]) / steps_left, np.inf).min(axis=0)
    mean[~np.isfinite(best[-1])] = -np.inf
    walk = np.empty(count + 1, dtype=np.int64)
    walk[0] = int(np.argmax(mean))
    for step in range(count, 0, -1):
        walk[count - step + 1] = column[taken[step][walk[count - step]]]
    return walk


def _best_cycle(by_output: sparse.csr_array, walk: Indices) -> Indices:
    """The best of the simple cycles that a walk closes, in the order of the walk."""
    best_mean, best = -np.inf, walk[:1]
    place: dict[int, int] = {}
    path: list[int] = []
    for node in walk.tolist():
        if node in place:
            cycle = path[place[node] :]
            mean = _mean_logarithm(by_output, cycle)
            if mean > best_mean:
                best_mean, best = mean, np.array(cycle)
            for left in cycle[1:]:
                del place[left]
            del path[place[node] + 1 :]
        else:
            place[node] = len(path)
            path.append(node)
    return best


def _mean_logarithm(by_output: sparse.csr_array, cycle: list[int]) -> float:
    """Mean logarithm of the entries from each row of the cycle to the next."""
    following = [*cycle[1:], cycle[0]]
    return float(np.log(np.asarray(by_output[cycle, following]).ravel()).mean())
