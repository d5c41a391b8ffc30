"""Loop gain: how much of itself a strongly connected component takes, all its loops together.

The gain of a component is the spectral radius of \\|A\\| restricted to it: below 1 every demand converges. Products
along single loops prove nothing: two loops of 0.64 through one item have gain 1.13.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import ArpackError, eigs, splu

from graph_service.engine.blocks import MOST_DENSE_ITEMS, small_loops
from graph_service.engine.order import Components
from graph_service.engine.requirements import absolute, entries_where, entry_rows
from graph_service.engine.snapshot import Flags, Indices, Numbers, Rows

UNSOLVABLE_GAIN = 1.0 - 1e-12
"""From here on a gain counts as 1: what is left of I - A is lost in rounding."""

_MOST_POWER_STEPS = 300
_MOST_INVERSE_STEPS = 30
_GAIN_TOLERANCE = 1e-12
_ROUGH_GAIN_TOLERANCE = 1e-2
_LOOSE_GAIN_TOLERANCE = 1e-6
_MOST_INVERTED_ROWS = 20_000
"""Beyond this many rows in large loops factors may fill up: a gain known to 1e-6 is good enough there."""
_MOST_DENSE_SIGNED_ITEMS = 400


@dataclass(frozen=True, slots=True)
class Perron:
    """Bounds of the gain of each group, shape (groups,), and the positive vector that proves them, shape (rows,).

    ``matrix @ vector <= upper[group] * vector`` in every row (Collatz and Wielandt).
    """

    lower: Numbers
    upper: Numbers
    vector: Numbers


def component_gain(by_output: sparse.csr_array, components: Components, *, is_rough: bool = False) -> Numbers:
    """Spectral radius of \\|A\\| within each component, shape (components,); 0 without a loop.

    ``is_rough``: gains of large loops may be up to 1 % high, but on the right side of 1.
    """
    positive = absolute(by_output)
    gain = np.zeros(components.size.size)
    diagonal = positive.diagonal()
    if components.is_loop_free:
        gain[components.label] = diagonal
        return gain
    is_single = components.size[components.label] == 1
    gain[components.label[is_single]] = diagonal[is_single]
    for stack in small_loops(positive, components):
        gain[stack.label] = np.abs(np.linalg.eigvals(stack.by_output)).max(axis=1)
    is_large = components.size > MOST_DENSE_ITEMS
    if is_large.any():
        rows, group = grouped_rows(components, np.flatnonzero(is_large).astype(np.int32))
        inner = inner_matrix(positive, components, rows)
        gain[is_large] = perron(inner, group, is_rough=is_rough).upper
    return gain


def grouped_rows(components: Components, labels: Rows) -> tuple[Rows, Rows]:
    """Rows of the items of these components (ascending labels), component by component, and each one's group number."""
    is_chosen = np.zeros(components.size.size, dtype=np.bool_)
    is_chosen[labels] = True
    rows = np.flatnonzero(is_chosen[components.label]).astype(np.int32)
    rows = rows[np.argsort(components.label[rows], kind="stable")]
    return rows, np.searchsorted(labels, components.label[rows]).astype(np.int32)


def inner_matrix(by_output: sparse.csr_array, components: Components, rows: Rows) -> sparse.csr_array:
    """Rows and columns of ``rows``, with the entries that stay inside one component."""
    place = np.full(by_output.shape[0], -1, dtype=np.int32)
    place[rows] = np.arange(rows.size, dtype=np.int32)
    chosen = by_output[rows]
    label = components.label
    inner = entries_where(chosen, label[rows[entry_rows(chosen)]] == label[chosen.indices])
    return sparse.csr_array((inner.data, place[inner.indices], inner.indptr), shape=(rows.size, rows.size))


def perron(matrix: sparse.csr_array, group: Rows, *, is_rough: bool = False) -> Perron:
    """Gain bounds of each group by power iteration, sharpened by inverse iteration where that is slow.

    Parameters
    ----------
    matrix
        No negative entry, entries only within groups, each group strongly connected.
    group
        Group number of each row, ascending from 0 without holes.
    """
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    found = _bounds(matrix, np.ones(group.size), starts, group)
    enough = _ROUGH_GAIN_TOLERANCE if is_rough else _GAIN_TOLERANCE
    for _ in range(_MOST_POWER_STEPS):
        if _is_sharp(found, enough) and (_is_decided(found) or _is_sharp(found, _GAIN_TOLERANCE)):
            return found
        # Rings are periodic: without a shift the iteration would turn for ever.
        shift = 0.5 * np.sqrt(found.lower * found.upper)
        vector = matrix @ found.vector + shift[group] * found.vector
        found = _tighter(found, _bounds(matrix, vector, starts, group))
    if group.size > _MOST_INVERTED_ROWS and _is_decided(found) and _is_sharp(found, _LOOSE_GAIN_TOLERANCE):
        return found
    return _by_inverse_iteration(matrix, found, starts, group)


def _bounds(matrix: sparse.csr_array, vector: Numbers, starts: Indices, group: Rows) -> Perron:
    vector = vector / np.maximum.reduceat(vector, starts)[group]
    # A loop that spans more than 300 orders of magnitude would underflow; a bound from a floor is still a bound.
    vector = np.maximum(vector, np.finfo(np.float64).tiny)
    ratio = (matrix @ vector) / vector
    return Perron(lower=np.minimum.reduceat(ratio, starts), upper=np.maximum.reduceat(ratio, starts), vector=vector)


def _tighter(old: Perron, new: Perron) -> Perron:
    return Perron(lower=np.maximum(old.lower, new.lower), upper=new.upper, vector=new.vector)


def _is_decided(found: Perron) -> bool:
    return bool(np.all((found.upper < UNSOLVABLE_GAIN) | (found.lower >= UNSOLVABLE_GAIN)))


def _is_sharp(found: Perron, tolerance: float) -> bool:
    return bool(np.all(found.upper - found.lower <= tolerance * found.upper))


def _by_inverse_iteration(matrix: sparse.csr_array, found: Perron, starts: Indices, group: Rows) -> Perron:
    """Noda's iteration: solves with the upper bound as shift; converges quadratically and from above."""
    identity = sparse.eye_array(group.size, format="csr")
    for _ in range(_MOST_INVERSE_STEPS):
        if _is_sharp(found, _GAIN_TOLERANCE):
            break
        shift = sparse.diags_array(found.upper[group] * (1.0 + 4.0 * np.finfo(np.float64).eps))
        vector = splu((identity @ shift - matrix).tocsc()).solve(found.vector)
        if not np.all(np.isfinite(vector)) or vector.min() <= 0.0:
            break
        better = _tighter(found, _bounds(matrix, vector, starts, group))
        if np.all(better.upper >= found.upper):
            break
        found = better
    return found


def unsolvable_labels(by_output: sparse.csr_array, components: Components, gain: Numbers) -> Flags:
    """Components without a finite answer, shape (components,).

    A gain of 1 or more, unless negative amounts hold the loop: then the spectral radius of A itself decides.
    """
    is_unsolvable = gain >= UNSOLVABLE_GAIN
    if by_output.nnz and by_output.data.min() < 0.0:
        labels = np.flatnonzero(is_unsolvable & (components.size > 1)).astype(np.int32)
        for label, (_, inner) in zip(labels.tolist(), component_matrices(by_output, components, labels), strict=True):
            if inner.data.min() < 0.0 and _signed_radius(inner) < UNSOLVABLE_GAIN:
                is_unsolvable[label] = False
    return is_unsolvable


def component_matrices(
    by_output: sparse.csr_array, components: Components, labels: Rows
) -> Iterator[tuple[Rows, sparse.csr_array]]:
    """Item rows and inner matrix of each of these components (ascending labels), one after the other."""
    rows, _ = grouped_rows(components, labels)
    inner = inner_matrix(by_output, components, rows)
    bounds = np.concatenate(([0], np.cumsum(components.size[labels]))).tolist()
    for start, stop in pairwise(bounds):
        first, last = inner.indptr[start], inner.indptr[stop]
        content = (inner.data[first:last], inner.indices[first:last] - start, inner.indptr[start : stop + 1] - first)
        yield rows[start:stop], sparse.csr_array(content, shape=(stop - start, stop - start))


def _signed_radius(matrix: sparse.csr_array) -> float:
    """Spectral radius of a matrix with negative entries; infinite where it cannot be found."""
    if matrix.shape[0] <= _MOST_DENSE_SIGNED_ITEMS:
        return float(np.abs(np.linalg.eigvals(matrix.toarray())).max())
    try:
        values = eigs(matrix, k=1, which="LM", v0=np.ones(matrix.shape[0]), return_eigenvectors=False)
    except ArpackError:
        return np.inf
    return float(np.abs(values).max())
