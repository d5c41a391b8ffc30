"""One way from raw edges to totals, measured in this process: a script for the Python that has the package.

    PYTHON tests/bench/peers.py WAY GRAPH.npz ANSWER.npz

``bench_peers`` writes the graph and reads the answer: CPU seconds from raw edges to the answer, CPU seconds of the
answer alone once the package's own structure stands (each the best of a few), the totals, and the package's version.
Imports nothing of ours but for the way ``engine``: it runs in the peers' environment too.
"""

import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int32]


MOST_TURNS = 5
NO_TURN_AFTER_S = 10.0


class Graph(NamedTuple):
    """Raw edges, direct kg CO2e by item, and the products asked for where one is answered at a time."""

    input_row: Rows
    output_row: Rows
    amount: Numbers
    direct_kgco2e: Numbers
    asked: Rows


class Way(NamedTuple):
    """``build`` makes the package's own structure of the raw edges; ``answer`` takes it and gives totals.

    ``is_one`` answers one product at a time: it is given the row, and called for each one asked for.
    """

    package: str
    build: Callable[[Graph], Any]
    answer: Callable[..., Any]
    is_one: bool = False


def build_engine(graph: Graph) -> Any:
    from graph_service.engine.rollup import roll_up
    from tests.support.graphs import from_arrays

    return roll_up(from_arrays(graph.input_row, graph.output_row, graph.amount, graph.direct_kgco2e))


def sweep_engine(rolled_up: Any) -> Numbers:
    solved: Numbers = rolled_up.solver.solve(rolled_up.equations.gate_kgco2e)
    return solved


def build_networkx(graph: Graph) -> Any:
    import networkx as nx

    built: nx.DiGraph[int] = nx.DiGraph()
    built.add_nodes_from(enumerate({"kgco2e": value} for value in graph.direct_kgco2e.tolist()))
    edges = zip(graph.input_row.tolist(), graph.output_row.tolist(), graph.amount.tolist(), strict=True)
    for source, target, amount in edges:
        if built.has_edge(source, target):
            built[source][target]["amount"] += amount
        else:
            built.add_edge(source, target, amount=amount)
    return built


def sweep_networkx(built: Any) -> Numbers:
    import networkx as nx

    total = dict(built.nodes(data="kgco2e"))
    for row in nx.topological_sort(built):
        total[row] += sum(edge["amount"] * total[source] for source, edge in built.pred[row].items())
    return np.array([total[row] for row in range(len(total))])


def build_rustworkx(graph: Graph) -> Any:
    import rustworkx as rx

    built = rx.PyDiGraph(multigraph=True)
    built.add_nodes_from(graph.direct_kgco2e.tolist())
    rows = zip(graph.input_row.tolist(), graph.output_row.tolist(), graph.amount.tolist(), strict=True)
    built.add_edges_from(list(rows))
    return built


def sweep_rustworkx(built: Any) -> Numbers:
    import rustworkx as rx

    total = list(built.nodes())
    for row in rx.topological_sort(built):
        total[row] += sum(amount * total[source] for source, _, amount in built.in_edges(row))
    return np.array(total)


def datapackages(graph: Graph) -> list[Any]:
    """The graph as bw2calc takes it: each activity makes one of itself; one flow, characterised by 1 kg CO2e."""
    import bw_processing as bwp

    count = graph.direct_kgco2e.size
    rows = np.arange(count, dtype=np.int32)
    is_input = np.repeat([False, True], [count, graph.amount.size])
    technosphere = np.empty(is_input.size, dtype=bwp.INDICES_DTYPE)
    technosphere["row"] = np.concatenate((rows, graph.input_row))
    technosphere["col"] = np.concatenate((rows, graph.output_row))
    flow = np.empty(count, dtype=bwp.INDICES_DTYPE)
    flow["row"], flow["col"] = count, rows
    inventory, method = bwp.create_datapackage(), bwp.create_datapackage()
    inventory.add_persistent_vector(
        matrix="technosphere_matrix",
        indices_array=technosphere,
        data_array=np.concatenate((np.ones(count), graph.amount)),
        flip_array=is_input,
        reference_array=~is_input,
    )
    inventory.add_persistent_vector(matrix="biosphere_matrix", indices_array=flow, data_array=graph.direct_kgco2e)
    method.add_persistent_vector(
        matrix="characterization_matrix", indices_array=flow[:1], data_array=np.ones(1), identifier=["kgco2e"]
    )
    return [inventory, method]


def build_adjoint(graph: Graph) -> Any:
    import bw2calc

    if not bw2calc.PYPARDISO:
        raise ImportError("pypardiso, which bw2calc's adjoint mode needs")
    lca = bw2calc.FastScoresOnlyMultiLCA(
        {str(row): {int(row): 1.0} for row in graph.asked},
        method_config={"impact_categories": [("kgco2e",)]},
        data_objs=datapackages(graph),
        direction="adjoint",
    )
    lca._load_datapackages()
    lca.build_precalculated()
    return lca


def solve_adjoint(lca: Any) -> Numbers:
    """The score of every product; bw2calc factorises anew each time."""
    lca.calculate()
    by_product = lca.product_scores.sel(LCIA=str(("kgco2e",)))
    total = np.empty(by_product.size)
    total[by_product.products.values] = by_product.values
    return total


def build_iterative(graph: Graph) -> Any:
    import bw2calc

    lca = bw2calc.JacobiGMRESLCA({int(graph.asked[0]): 1.0}, data_objs=datapackages(graph))
    lca.load_lci_data()
    lca.load_lcia_data()
    return lca


def solve_iterative(lca: Any, row: int) -> float:
    lca.lci(demand={row: 1.0})
    lca.lcia()
    return float(lca.score)


WAYS = {
    "engine": Way("graph-service", build_engine, sweep_engine),
    "networkx": Way("networkx", build_networkx, sweep_networkx),
    "rustworkx": Way("rustworkx", build_rustworkx, sweep_rustworkx),
    "bw2calc adjoint": Way("bw2calc", build_adjoint, solve_adjoint),
    "bw2calc JacobiGMRES": Way("bw2calc", build_iterative, solve_iterative, is_one=True),
}


def measure(way: Way, graph: Graph) -> dict[str, Any]:
    """CPU seconds, the best of a few turns, and the totals: of all items, or of the products asked for.

    Of products answered one at a time the first stands for "from edges"; the others find all matrices made.
    """
    from_edges_s: list[float] = []
    standing_s: list[float] = []
    answers: list[Any] = []
    until_s = time.monotonic() + NO_TURN_AFTER_S
    while len(from_edges_s) < MOST_TURNS and (not from_edges_s or time.monotonic() < until_s):
        start_s = time.process_time()
        built = way.build(graph)
        answers = [way.answer(built, int(graph.asked[0])) if way.is_one else way.answer(built)]
        from_edges_s.append(time.process_time() - start_s)
        for row in graph.asked[1:].tolist():
            start_s = time.process_time()
            answers.append(way.answer(built, row) if way.is_one else way.answer(built))
            standing_s.append(time.process_time() - start_s)
            if not way.is_one:
                break
    total = np.array(answers) if way.is_one else answers[-1]
    return {"from_edges_s": min(from_edges_s), "standing_s": min(standing_s), "total_kgco2e": total}


def main() -> None:
    name, graph_path, answer_path = sys.argv[1:]
    warnings.simplefilter("ignore")  # bw2calc advises on packages to install
    way = WAYS[name]
    with np.load(graph_path) as arrays:
        graph = Graph(*(arrays[field] for field in Graph._fields))
    small = Graph(np.array([0, 1]), np.array([1, 2]), np.array([0.5, 2.0]), np.ones(3), np.array([2, 1]))
    try:
        measure(way, small)
    except ImportError as error:
        sys.exit(f"not installed: {error.name or error.msg}")
    np.savez(answer_path, version=version(way.package), **measure(way, graph))


if __name__ == "__main__":
    main()
