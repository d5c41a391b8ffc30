"""Raw edges to totals beside what others use: networkx, rustworkx, bw2calc; and how far memory goes at its peak.

    python -m tests.bench.bench_peers [--quick]

Graphs: 4 inputs per item, drawn from all earlier ones, no loops, as in ``bench_engine``. Each measurement runs in a
process of its own, on one thread, one after the other: CPU seconds, the best of a few, stopped after a limit. *From
edges*: from arrays of edges to the answer, bw2calc's data packages included. *Standing*: the answer once more, when
all that does not depend on the numbers is made. All must agree to 1e-6, else it fails. Peers live in ``.venv-bench``
(``tools/setup bench``); one that is not there is said loudly and left out. ``--quick`` leaves out the million items.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from graph_service.engine.rollup import roll_up
from graph_service.engine.snapshot import COMPONENTS, DATA_TYPES, Codes, Emissions, Numbers, Snapshot
from tests.bench.bench_engine import peak_mb, random_graph
from tests.bench.targets import Target, at_most

ROOT = Path(__file__).parents[2]
OUT = ROOT / "build" / "bench" / "peers.json"
SCRIPT = Path(__file__).with_name("peers.py")
PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

AGREEMENT = 1e-6
LIMIT_S = 180.0
"""Wall time after which a measurement is stopped."""

ASKED = 4
"""Products that are asked for where one is answered at a time: those with the greatest totals."""

ADJOINT_ITEMS = 10_000
"""The adjoint mode factorises, and fills: 100,000 items would take more memory than there is."""

MEMORY_LIMIT_MB = 1500.0
PLAIN, HARD = "no loops", "1 % loops, 1 % credits"


@dataclass(frozen=True, slots=True)
class Peer:
    """A way of ``peers.py``: whether our Python has it, if it answers one product at a time, and up to which size."""

    way: str
    is_ours: bool = False
    is_one: bool = False
    most_items: int = 1_000_000


PEERS = (
    Peer("engine", is_ours=True),
    Peer("networkx", is_ours=True),
    Peer("rustworkx"),
    Peer("bw2calc adjoint", most_items=ADJOINT_ITEMS),
    Peer("bw2calc JacobiGMRES", is_one=True),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; what was not measured is None, and ``note`` says why. Ratios: theirs to ours."""

    items: int
    way: str
    answers: str
    version: str = ""
    from_edges_cpu_s: float | None = None
    standing_cpu_s: float | None = None
    from_edges_times_ours: float | None = None
    standing_times_ours: float | None = None
    difference: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """Peak memory of a process that rolls a graph up and solves all columns, MB; ``input_mb`` before it did."""

    items: int
    edges: int
    graph: str
    input_mb: float
    peak_mb: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write ``build/bench/peers.json``; 1 when a peer disagrees or broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_peers")
    parser.add_argument("--quick", action="store_true", help="leave out the million items")
    sizes = (10_000, 100_000) if parser.parse_args(arguments).quick else (10_000, 100_000, 1_000_000)
    rows: list[Row] = []
    for size in sizes:
        for row in measure(size):
            rows.append(row)
            print_rows([row])
    memory = [in_own_process(sizes[-1], graph) for graph in (PLAIN, HARD)]
    targets = [*targets_of(rows), *memory_targets(memory)]
    print_rows([*memory, *targets])
    OUT.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "totals": [asdict(row) for row in rows],
        "targets": [asdict(row) for row in targets],
        "memory": [asdict(row) for row in memory],
    }
    OUT.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    broken = [row for row in rows if row.note.startswith(("differs", "broke"))]
    for row in broken:
        print(f"FAILED: {row.way} at {row.items:,} items {row.note}", file=sys.stderr)
    return 1 if broken else 0


def measure(size: int) -> Iterator[Row]:
    """A row per peer on the same graph, ours first."""
    day = random_graph(size, has_loops=False)
    total_kgco2e = roll_up(day).total_kgco2e()
    asked = np.argsort(-total_kgco2e)[:ASKED].astype(np.int32)
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "graph.npz"
        np.savez(
            graph,
            input_row=day.supplies.input_row,
            output_row=day.supplies.output_row,
            amount=day.supplies.amount * day.supplies.share,
            direct_kgco2e=day.emissions.kgco2e,
            asked=asked,
        )
        ours: Row | None = None
        for peer in PEERS:
            wanted_kgco2e = total_kgco2e[asked] if peer.is_one else total_kgco2e
            row = measured(peer, size, graph, wanted_kgco2e=wanted_kgco2e)
            ours = ours or row
            yield beside(row, ours)


def measured(peer: Peer, size: int, graph: Path, *, wanted_kgco2e: Numbers) -> Row:
    """The peer's row, from a process of its own; without figures where it is missing, too slow or too large."""
    row = Row(size, peer.way, "one product" if peer.is_one else "all products")
    if size > peer.most_items:
        return replace(row, note=f"not tried above {peer.most_items:,} items: it fills the memory")
    python = Path(sys.executable) if peer.is_ours else PEERS_PYTHON
    answer = graph.with_name("answer.npz")
    command = [str(python), str(SCRIPT), peer.way, str(graph), str(answer)]
    environment = os.environ | ONE_THREAD | ({"PYTHONPATH": str(ROOT)} if peer.is_ours else {})
    try:
        subprocess.run(command, env=environment, timeout=LIMIT_S, stderr=subprocess.PIPE, text=True, check=True)
    except FileNotFoundError:
        return replace(row, note=missing(peer, "there is no .venv-bench"))
    except subprocess.TimeoutExpired:
        return replace(row, note=f"> {LIMIT_S:.0f} s, stopped")
    except subprocess.CalledProcessError as error:
        reason = str(error.stderr).strip().rpartition("\n")[2]
        is_missing = reason.startswith("not installed")
        return replace(row, note=missing(peer, reason) if is_missing else f"broke, {error.returncode}: {reason}")
    with np.load(answer) as found:
        difference = float(np.abs(found["total_kgco2e"] / wanted_kgco2e - 1.0).max())
        return replace(
            row,
            version=str(found["version"]),
            from_edges_cpu_s=float(found["from_edges_s"]),
            standing_cpu_s=float(found["standing_s"]),
            difference=difference,
            note="" if difference <= AGREEMENT else f"differs by {difference:.1e}",
        )


def missing(peer: Peer, reason: str) -> str:
    """The note of a peer that is not there, said loudly too."""
    print(f"\n*** {peer.way} NOT MEASURED: {reason}; tools/setup bench installs it ***\n", file=sys.stderr, flush=True)
    return f"not measured: {reason}"


def beside(row: Row, ours: Row) -> Row:
    """The row with its ratios to ours."""
    return replace(
        row,
        from_edges_times_ours=times(row.from_edges_cpu_s, ours.from_edges_cpu_s),
        standing_times_ours=times(row.standing_cpu_s, ours.standing_cpu_s),
    )


def times(theirs_s: float | None, ours_s: float | None) -> float | None:
    """How many times ours theirs took; None where one was not measured."""
    return None if theirs_s is None or ours_s is None else theirs_s / ours_s


def targets_of(rows: Sequence[Row]) -> Iterator[Target]:
    """What issue 4 promises of these figures, as far as the sizes were measured."""
    by_name = {(row.way, row.items): row for row in rows}
    for size in sorted({row.items for row in rows}):
        ours, one = by_name["engine", size], by_name["bw2calc JacobiGMRES", size]
        if size == ADJOINT_ITEMS:
            adjoint = by_name["bw2calc adjoint", size]
            yield target(
                f"{size:,} items, all from edges: bw2calc adjoint to ours", 300.0, adjoint.from_edges_times_ours
            )
            continue
        yield target(
            f"{size:,} items: one product by bw2calc to all by ours, from edges", 1.0, one.from_edges_times_ours
        )
        standing = times(one.standing_cpu_s, ours.from_edges_cpu_s)
        yield target(
            f"{size:,} items: one product by bw2calc, matrices made, to all by ours from edges", None, standing
        )
        if size == 1_000_000:
            yield target(
                f"{size:,} items: one product by bw2calc to all by ours, standing", 20.0, one.standing_times_ours
            )


def memory_targets(memory: Sequence[Memory]) -> Iterator[Target]:
    """The promise of peak memory, where it was measured at its size."""
    for found in memory:
        if found.items == 1_000_000:
            name = f"{found.items:,} items, {found.graph}: peak MB with all columns"
            yield at_most(name, MEMORY_LIMIT_MB, found.peak_mb, "MB")


def target(name: str, at_least: float | None, measured: float | None) -> Target:
    """How many times as long the peer takes, beside the promise; without ``at_least`` for comparison only."""
    is_met = None if measured is None or at_least is None else measured >= at_least
    return Target(name, "" if at_least is None else f">= {at_least:.0f}", measured, is_met)


def in_own_process(size: int, graph: str) -> Memory:
    """The peak of a fresh interpreter, so that what came before is not counted."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(peak, (size, graph))


def peak(size: int, graph: str) -> Memory:
    """Called in the fresh process: draw the graph, roll it up, solve all columns."""
    has_loops = graph != PLAIN
    day = with_every_column(random_graph(size, has_loops=has_loops), has_credits=has_loops)
    input_mb = peak_mb()
    rolled_up = roll_up(day)
    rolled_up.total_kgco2e()
    rolled_up.columns()
    return Memory(size, day.supplies.amount.size, graph, input_mb, peak_mb())


def with_every_column(day: Snapshot, *, has_credits: bool) -> Snapshot:
    """The graph with emissions of every stage before the gate, component, data type and rating."""
    random, count = np.random.default_rng(1), day.item_count

    def drawn(choices: int) -> Codes:
        return random.integers(0, choices, count, dtype=np.int8)

    ratings = (random.uniform(1.0, 5.0, count) for _ in range(3))
    emissions = Emissions(
        day.emissions.item_row,
        day.emissions.kgco2e,
        drawn(3),
        drawn(len(COMPONENTS)),
        drawn(len(DATA_TYPES)),
        drawn(2).astype(np.bool_),
        *ratings,
    )
    amount = day.supplies.amount.copy()
    if has_credits:
        amount[random.random(amount.size) < 0.01] *= -1.0
    return replace(day, emissions=emissions, supplies=replace(day.supplies, amount=amount))


def print_rows(rows: Sequence[Row | Target | Memory]) -> None:
    """A line per row, as soon as it is known; ``__main__`` makes the tables."""
    for row in rows:
        shown = {name: value for name, value in asdict(row).items() if value not in {None, ""}}
        print(
            "  ".join(
                f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
                for name, value in shown.items()
            ),
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
