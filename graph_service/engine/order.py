"""In which order items can be solved: strongly connected components, inputs first, orders within and across."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from graph_service.engine.requirements import entry_rows, flipped
from graph_service.engine.snapshot import Indices, Rows

MOST_LEVELS = 1000
"""Beyond this many levels a sweep in Python costs more than SciPy's triangular solve (measured, DESIGN section 5)."""


@dataclass(frozen=True, slots=True)
class Components:
    """Strongly connected components: ``label`` (items,) numbers each component after all that it takes inputs from."""

    label: Rows
    size: Rows

    @property
    def is_loop_free(self) -> bool:
        """True when no two items need each other. An item may still take of itself."""
        return self.size.size == self.label.size


def find_components(by_output: sparse.csr_array) -> Components:
    """The strongly connected components of the supply graph, inputs first."""
    count, label = csgraph.connected_components(by_output, directed=True, connection="strong")
    label = inputs_first(label.astype(np.int32, copy=False), count=count, by_output=by_output)
    return Components(label=label, size=np.bincount(label, minlength=count).astype(np.int32))


def inputs_first(label: Rows, *, count: int, by_output: sparse.csr_array) -> Rows:
    """The same components, numbered so that no input's number is above its output's.

    SciPy 1.17 numbers them so already; that is not promised, so it is looked at and mended if need be.
    """
    output_label, input_label = label[entry_rows(by_output)], label[by_output.indices]
    if np.all(input_label <= output_label):
        return label
    outer = input_label != output_label
    quotient = sparse.coo_array(
        (np.ones(np.count_nonzero(outer)), (output_label[outer], input_label[outer])), shape=(count, count)
    ).tocsr()
    rank = np.empty(count, dtype=np.int32)
    rank[depth_first_post_order(quotient, roots=np.arange(count, dtype=np.int32))] = np.arange(count, dtype=np.int32)
    return rank[label]


def depth_first_post_order(by_output: sparse.csr_array, *, roots: Rows) -> Rows:
    """Rows in depth-first post-order, shape (reached,): inputs before outputs but where a loop closes.

    The mirror image of a pre-order that takes children last to first is a post-order; so a second pass over the
    depth-first tree, children reversed, gives it without recursion.
    """
    count = by_output.shape[0]
    preorder, parent = csgraph.depth_first_order(with_root(by_output, roots), count, return_predecessors=True)
    position = np.empty(count + 1, dtype=np.int32)
    position[preorder] = np.arange(preorder.size, dtype=np.int32)
    child = preorder[:0:-1]
    tree_order = np.argsort(position[parent[child]], kind="stable")
    indptr = np.concatenate(([0], np.cumsum(np.bincount(position[parent[child]], minlength=preorder.size))))
    tree = sparse.csr_array(
        (np.ones(child.size), position[child][tree_order], indptr.astype(np.int32)), shape=(preorder.size,) * 2
    )
    mirrored = csgraph.depth_first_order(tree, 0, return_predecessors=False)
    rows: Rows = preorder[mirrored[:0:-1]]
    return rows


def with_root(graph: sparse.csr_array, children: Rows) -> sparse.csr_array:
    """The graph with one more node, its last, that leads to ``children`` in the order given."""
    count = graph.shape[0]
    indices = np.concatenate((graph.indices, children.astype(graph.indices.dtype)))
    indptr = np.append(graph.indptr, graph.indptr[-1] + children.size).astype(graph.indptr.dtype)
    data = np.concatenate((graph.data, np.ones(children.size)))
    return sparse.csr_array((data, indices, indptr), shape=(count + 1, count + 1))


def peel_levels(by_output: sparse.csr_array, *, most_levels: int = MOST_LEVELS) -> Rows | None:
    """Level of each row, shape (rows,): 0 without inputs, else one more than the highest of its inputs.

    None when there are more than ``most_levels`` levels, or when a loop keeps rows from being reached.
    """
    by_input = flipped(by_output)
    count = by_output.shape[0]
    waiting_for = np.diff(by_output.indptr)
    level = np.full(count, -1, dtype=np.int32)
    frontier = np.flatnonzero(waiting_for == 0)
    done = 0
    for depth in range(most_levels):
        level[frontier] = depth
        done += frontier.size
        if done == count or not frontier.size:
            break
        # Sorting and counting runs is five times as fast as ``np.subtract.at`` on the rows as they come.
        outputs = np.sort(neighbours(by_input, frontier))
        first = np.flatnonzero(np.diff(outputs, prepend=-1))
        taker = outputs[first]
        waiting_for[taker] -= np.diff(first, append=outputs.size).astype(waiting_for.dtype)
        frontier = taker[waiting_for[taker] == 0]
    return level if done == count else None


def neighbours(graph: sparse.csr_array, rows: Indices) -> Rows:
    """Column indices of all entries in these rows, one after the other."""
    start, length = graph.indptr[rows], graph.indptr[rows + 1] - graph.indptr[rows]
    before = np.cumsum(length) - length
    place = np.arange(length.sum(), dtype=np.int32) + np.repeat(start - before, length)
    neighbours: Rows = graph.indices[place]
    return neighbours
