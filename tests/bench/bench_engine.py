"""Raw edges to the totals of all items: the engine, the same steps in bare SciPy, and networkx, in one run.

    python -m tests.bench.bench_engine [--quick]

Each measurement runs in a process of its own, one at a time: CPU seconds, the best of a few runs, and the peak
memory of the process. Graphs: 4 inputs per item, drawn from all earlier ones, rows shuffled; "with loops" turns one
input of 1 % of the items round. ``--quick`` leaves out the million items. All three must agree to 1e-9, else it fails.
"""

import argparse
import itertools
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import networkx as nx
import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import spsolve_triangular

from graph_service.engine.rollup import roll_up
from graph_service.engine.snapshot import Numbers, Rows, Snapshot
from tests.support.graphs import from_arrays

OUT = Path(__file__).parents[2] / "build" / "bench" / "engine.json"
AGREEMENT = 1e-9
SWEEP_TOLERANCE = 1e-13


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU seconds of the best run, MB at the peak and before the first run, and totals of every hundredth item."""

    cpu_s: float
    peak_mb: float
    input_mb: float
    sample_kgco2e: Numbers


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; networkx fields are None where it was left out."""

    item_count: int
    has_loops: bool
    engine_s: float
    scipy_s: float
    engine_to_scipy: float
    networkx_s: float
    networkx_to_engine: float
    engine_peak_mb: float
    engine_input_mb: float


def main() -> int:
    """Measure, print one table, write ``build/bench/engine.json``; 1 when two of the three disagree."""
    parser = argparse.ArgumentParser(description="Raw edges to the totals of all items.")
    parser.add_argument("--quick", action="store_true", help="leave out the million items")
    sizes = (10_000, 100_000) if parser.parse_args().quick else (10_000, 100_000, 1_000_000)
    print(
        f"{'items':>9} {'loops':>5} {'engine s':>9} {'SciPy s':>9} {'ratio':>6} "
        f"{'networkx s':>11} {'times':>6} {'MB':>6}"
    )
    rows: list[Row] = []
    for size in sizes:
        for has_loops in (False, True):
            rows.append(measure(size, has_loops=has_loops))
            print(line(rows[-1]), flush=True)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    return 0


def measure(size: int, *, has_loops: bool) -> Row:
    """One row: all three on the same graph."""
    found = {name: in_own_process(name, size, has_loops) for name in WAYS}
    engine = found["engine"]
    for name, other in found.items():
        difference = float(np.abs(other.sample_kgco2e / engine.sample_kgco2e - 1.0).max())
        if difference > AGREEMENT:
            sys.exit(f"{name} and the engine differ by {difference:.1e} at {size} items, loops {has_loops}")
    return Row(
        item_count=size,
        has_loops=has_loops,
        engine_s=engine.cpu_s,
        scipy_s=found["scipy"].cpu_s,
        engine_to_scipy=engine.cpu_s / found["scipy"].cpu_s,
        networkx_s=found["networkx"].cpu_s,
        networkx_to_engine=found["networkx"].cpu_s / engine.cpu_s,
        engine_peak_mb=engine.peak_mb,
        engine_input_mb=engine.input_mb,
    )


def line(row: Row) -> str:
    """The row as the table prints it."""
    return (
        f"{row.item_count:>9} {'1 %' if row.has_loops else 'none':>5} {row.engine_s:>9.4f} {row.scipy_s:>9.4f} "
        f"{row.engine_to_scipy:>6.2f} {row.networkx_s:>11.3f} {row.networkx_to_engine:>6.1f} {row.engine_peak_mb:>6.0f}"
    )


def in_own_process(name: str, size: int, has_loops: bool) -> Measured:
    """The measurement from a fresh interpreter, so that one's memory is not another's."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(run, (name, size, has_loops))


def run(name: str, size: int, has_loops: bool) -> Measured:
    """Called in the fresh process: draw the graph, warm up on a small one, time the best of a few runs."""
    way = WAYS[name]
    way(random_graph(500, has_loops=has_loops))
    day = random_graph(size, has_loops=has_loops)
    input_mb = peak_mb()
    repeats = 1 if name == "networkx" and size > 10_000 else 5 if size < 1_000_000 else 3
    best_s, total = np.inf, np.empty(0)
    for _ in range(repeats):
        start_s = time.process_time()
        total = way(day)
        best_s = min(best_s, time.process_time() - start_s)
    return Measured(cpu_s=best_s, peak_mb=peak_mb(), input_mb=input_mb, sample_kgco2e=total[::100])


def random_graph(size: int, *, has_loops: bool) -> Snapshot:
    """4 inputs per item, each any earlier item; with loops, one input of 1 % of the items is a later one instead."""
    random = np.random.default_rng(0)
    output = np.repeat(np.arange(4, size, dtype=np.int32), 4)
    input_row = (random.random(output.size) * output).astype(np.int32)
    if has_loops:
        turned = 4 * random.choice(output.size // 4, size // 100, replace=False)
        room = size - 1 - output[turned]
        input_row[turned] = np.minimum(
            size - 1, output[turned] + 1 + (random.random(turned.size) * room).astype(np.int32)
        )
    new_row = random.permutation(size).astype(np.int32)
    place = random.permutation(output.size)
    amount = random.uniform(0.05, 0.35, output.size)
    return from_arrays(new_row[input_row[place]], new_row[output[place]], amount, random.uniform(0.1, 5.0, size))


def by_engine(day: Snapshot) -> Numbers:
    """All totals by the service's own engine."""
    return roll_up(day).total_kgco2e()


def by_scipy(day: Snapshot) -> Numbers:
    """The same steps written plainly: CSR, components, levels, permutation, sweep; loops by Gauss-Seidel."""
    count, supplies, direct = day.item_count, day.supplies, day.emissions.kgco2e
    coefficient = supplies.amount * supplies.share
    by_output = sparse.coo_array((coefficient, (supplies.output_row, supplies.input_row)), shape=(count,) * 2).tocsr()
    components, label = csgraph.connected_components(by_output, directed=True, connection="strong")
    if components == count:
        return sweep_levels(by_output, direct)
    order = np.argsort(label, kind="stable")
    position = np.empty(count, dtype=np.int32)
    position[order] = np.arange(count, dtype=np.int32)
    permuted = by_output[order]
    permuted = sparse.csr_array((permuted.data, position[permuted.indices], permuted.indptr), shape=permuted.shape)
    triangle = (sparse.eye_array(count) - sparse.tril(permuted, -1)).tocsc()
    back = sparse.triu(permuted).tocsr()
    right_hand_side, change = direct[order], np.inf
    total = spsolve_triangular(triangle, right_hand_side, unit_diagonal=True)
    while change > SWEEP_TOLERANCE:
        before, total = total, spsolve_triangular(triangle, right_hand_side + back @ total, unit_diagonal=True)
        change = float(np.abs(total - before).max() / np.abs(total).max())
    unordered = np.empty(count)
    unordered[order] = total
    return unordered


def sweep_levels(by_output: sparse.csr_array, direct: Numbers) -> Numbers:
    """Totals of a loop-free graph, level by level."""
    by_input = by_output.T.tocsr()
    level = levels(by_output, by_input)
    order = np.argsort(level, kind="stable")
    position = np.empty(order.size, dtype=np.int32)
    position[order] = np.arange(order.size, dtype=np.int32)
    permuted = by_output[order]
    permuted = sparse.csr_array((permuted.data, position[permuted.indices], permuted.indptr), shape=permuted.shape)
    total = direct[order]
    stops = np.cumsum(np.bincount(level)).tolist()
    for start, stop in itertools.pairwise(stops):
        total[start:stop] += permuted[start:stop] @ total
    unordered = np.empty(order.size)
    unordered[order] = total
    return unordered


def levels(by_output: sparse.csr_array, by_input: sparse.csr_array) -> Rows:
    """Level of each row by peeling off rows whose inputs are all done."""
    waiting_for = np.diff(by_output.indptr)
    level = np.zeros(waiting_for.size, dtype=np.int32)
    frontier, depth = np.flatnonzero(waiting_for == 0), 0
    while frontier.size:
        level[frontier] = depth
        taker, times = np.unique(by_input[frontier].indices, return_counts=True)
        waiting_for[taker] -= times.astype(waiting_for.dtype)
        frontier, depth = taker[waiting_for[taker] == 0], depth + 1
    return level


def by_networkx(day: Snapshot) -> Numbers:
    """A directed graph, its components inputs first, and dictionaries; loops by Gauss-Seidel."""
    supplies = day.supplies
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(day.item_count))
    coefficients = (supplies.amount * supplies.share).tolist()
    for input_row, output_row, coefficient in zip(
        supplies.input_row.tolist(), supplies.output_row.tolist(), coefficients, strict=True
    ):
        if graph.has_edge(input_row, output_row):
            graph[input_row][output_row]["weight"] += coefficient
        else:
            graph.add_edge(input_row, output_row, weight=coefficient)
    total = dict(enumerate(day.emissions.kgco2e.tolist()))
    direct = dict(total)
    # Tarjan yields a component after all that it leads to, so on the graph of outputs the last comes first.
    for component in reversed(list(nx.strongly_connected_components(graph))):
        change = np.inf
        while change > SWEEP_TOLERANCE:
            change = 0.0
            for row in component:
                new = direct[row] + sum(edge["weight"] * total[source] for source, edge in graph.pred[row].items())
                change = max(change, abs(new - total[row]) / abs(new))
                total[row] = new
            if len(component) == 1:
                break
    return np.array([total[row] for row in range(day.item_count)])


def peak_mb() -> float:
    """Greatest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


WAYS: dict[str, Callable[[Snapshot], Numbers]] = {"engine": by_engine, "scipy": by_scipy, "networkx": by_networkx}

if __name__ == "__main__":
    sys.exit(main())
