"""What lies upstream and downstream: flags, fewest steps, and the worst loop met. Nothing loops over items or tiers."""

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from graph_service.engine.order import with_root
from graph_service.engine.snapshot import Flags, Indices, Numbers, Rows


def downstream(by_input: sparse.csr_array, sources: Flags) -> Flags:
    """True for the sources and for every item that takes of one, directly or through others; shape (items,)."""
    if not sources.any() or sources.all():
        return sources
    root = sources.size
    graph = with_root(by_input, np.flatnonzero(sources).astype(np.int32))
    reached = np.zeros(root + 1, dtype=np.bool_)
    reached[csgraph.breadth_first_order(graph, root, return_predecessors=False)] = True
    return reached[:root]


def worst_upstream(by_input: sparse.csr_array, worth: Numbers) -> Numbers:
    """The greatest ``worth`` of each item and all its upstream, shape (items,); 0 where none is above 0.

    A depth-first walk from a root that leads to the worthy items, greatest first: each subtree of the root is
    what its own item reaches and no greater one does.
    """
    worst = np.zeros(worth.size)
    worthy = np.flatnonzero(worth > 0.0)
    if not worthy.size:
        return worst
    root = worth.size
    children = worthy[np.argsort(-worth[worthy], kind="stable")].astype(np.int32)
    order, parent = csgraph.depth_first_order(with_root(by_input, children), root, return_predecessors=True)
    reached = order[1:]
    is_first = parent[reached] == root
    subtree = np.cumsum(is_first) - 1
    worst[reached] = worth[reached[is_first]][subtree]
    return worst


def fewest_steps(by_output: sparse.csr_array, item_row: int, *, further_inputs: Rows) -> Rows:
    """Fewest supply steps from each item to ``item_row``, shape (items,): 0 for itself, -1 where it is not upstream.

    ``further_inputs`` are inputs of the item that the matrix does not hold: those after its gate.
    """
    count = by_output.shape[0]
    if not further_inputs.size:
        return _steps_from(by_output, item_row)
    own = by_output.indices[by_output.indptr[item_row] : by_output.indptr[item_row + 1]]
    # The root stands for the item, so that its further inputs count for no one who takes of it.
    graph = with_root(by_output, np.union1d(own, further_inputs).astype(np.int32))
    steps = _steps_from(graph, count)[:count]
    steps[item_row] = 0
    return steps


def _steps_from(graph: sparse.csr_array, start: int) -> Rows:
    order, parent = csgraph.breadth_first_order(graph, start, return_predecessors=True)
    position = np.empty(graph.shape[0], dtype=np.int32)
    position[order] = np.arange(order.size, dtype=np.int32)
    steps = np.full(graph.shape[0], -1, dtype=np.int32)
    steps[order] = _depth(np.concatenate(([0], position[parent[order[1:]]])))
    return steps


def _depth(parent: Indices) -> Rows:
    """Steps from each node of a tree to its root, node 0, by pointer doubling: as many rounds as bits in the depth."""
    depth = np.ones(parent.size, dtype=np.int32)
    depth[0] = 0
    ancestor = parent
    while ancestor.any():
        depth += depth[ancestor]
        ancestor = ancestor[ancestor]
    return depth
