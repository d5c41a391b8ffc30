"""networkx as second opinion on components, orders, reach and steps."""

import networkx as nx
import numpy as np
import pytest

from graph_service.engine.order import depth_first_post_order, find_components, inputs_first, peel_levels
from graph_service.engine.reach import downstream, fewest_steps, worst_upstream
from graph_service.engine.requirements import flipped, requirements_by_output
from graph_service.engine.snapshot import Rows


def random_edges(seed: int) -> tuple[int, Rows, Rows]:
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 80))
    edges = int(count * random.uniform(0.3, 3.0))
    input_row, output_row = random.integers(0, count, (2, edges)).astype(np.int32)
    return count, input_row, output_row


def both(seed: int) -> tuple[object, "nx.DiGraph[int]"]:
    count, input_row, output_row = random_edges(seed)
    matrix = requirements_by_output(
        count, input_row=input_row, output_row=output_row, coefficient=np.ones(input_row.size)
    )
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(zip(input_row.tolist(), output_row.tolist(), strict=True))
    return matrix, graph


@pytest.mark.parametrize("seed", range(60))
def test_components_are_those_of_networkx_and_inputs_come_first(seed: int) -> None:
    matrix, graph = both(seed)
    components = find_components(matrix)
    mine = {frozenset(np.flatnonzero(components.label == label).tolist()) for label in range(components.size.size)}
    assert mine == {frozenset(rows) for rows in nx.strongly_connected_components(graph)}
    assert all(components.label[i] <= components.label[o] for i, o in graph.edges)
    assert components.size.tolist() == np.bincount(components.label).tolist()


@pytest.mark.parametrize("seed", range(60))
def test_labels_in_any_order_are_put_inputs_first(seed: int) -> None:
    matrix, graph = both(seed)
    components = find_components(matrix)
    shuffled = np.random.default_rng(seed).permutation(components.size.size).astype(np.int32)[components.label]
    mended = inputs_first(shuffled, count=components.size.size, by_output=matrix)
    assert all(mended[i] <= mended[o] for i, o in graph.edges)
    pairs = set(zip(components.label.tolist(), mended.tolist(), strict=True))
    assert len(pairs) == components.size.size == len({new for _, new in pairs})


@pytest.mark.parametrize("seed", range(60))
def test_levels_are_the_longest_paths_of_networkx(seed: int) -> None:
    count, input_row, output_row = random_edges(seed)
    forward = input_row < output_row
    matrix = requirements_by_output(
        count,
        input_row=input_row[forward],
        output_row=output_row[forward],
        coefficient=np.ones(np.count_nonzero(forward)),
    )
    graph = nx.DiGraph(zip(input_row[forward].tolist(), output_row[forward].tolist(), strict=True))
    graph.add_nodes_from(range(count))
    level = peel_levels(matrix)
    assert level is not None
    generations = list(nx.topological_generations(graph))
    assert [set(np.flatnonzero(level == k).tolist()) for k in range(len(generations))] == [set(g) for g in generations]
    assert peel_levels(matrix, most_levels=len(generations) - 1) is None or len(generations) == 1


@pytest.mark.parametrize("seed", range(60))
def test_post_order_puts_the_whole_subtree_before_its_root(seed: int) -> None:
    matrix, graph = both(seed)
    roots = np.arange(graph.number_of_nodes(), dtype=np.int32)
    order = depth_first_post_order(matrix, roots=roots)
    assert sorted(order.tolist()) == roots.tolist()
    # In a post-order only edges that close a loop lead from a later item to an earlier one.
    place = {row: k for k, row in enumerate(order.tolist())}
    component = find_components(matrix).label
    assert all(place[i] < place[o] for i, o in graph.edges if component[i] != component[o])


@pytest.mark.parametrize("seed", range(60))
def test_reach_steps_and_worst_loops_are_those_of_networkx(seed: int) -> None:
    matrix, graph = both(seed)
    random = np.random.default_rng(seed)
    count = graph.number_of_nodes()
    by_input = flipped(matrix)
    sources = random.random(count) < 0.1
    reached = {row for source in np.flatnonzero(sources) for row in {source, *nx.descendants(graph, source)}}
    assert set(np.flatnonzero(downstream(by_input, sources)).tolist()) == reached
    worth = np.where(random.random(count) < 0.3, random.random(count), 0.0)
    wanted = [max(worth[[row, *nx.ancestors(graph, row)]]) for row in range(count)]
    assert worst_upstream(by_input, worth).tolist() == wanted
    start = int(random.integers(count))
    steps = nx.single_source_shortest_path_length(graph.reverse(), start)
    found = fewest_steps(matrix, start, further_inputs=np.empty(0, dtype=np.int32))
    assert found.tolist() == [steps.get(row, -1) for row in range(count)]
    further = random.integers(0, count, 2).astype(np.int32)
    graph.add_edges_from((int(row), count) for row in {*further.tolist(), *graph.predecessors(start)})
    steps = nx.single_source_shortest_path_length(graph.reverse(), count)
    found = fewest_steps(matrix, start, further_inputs=further)
    assert found.tolist() == [0 if row == start else steps.get(row, -1) for row in range(count)]
