"""What explains one item's total: hotspots and input contributions, sensitivities and paths, on a large graph.

    python -m tests.bench.bench_explaining [--quick]

The graphs of ``bench_engine``, once without and once with loops (a quarter of all items in one component), as facts of
one day. Snapshot and roll-up stand; each question starts from an item nobody has asked about, so that its adjoint solve
counts. CPU milliseconds, the median of several items: the first ten hotspots by item and all input contributions; the
first 50 sensitivities and the 100 best paths; and the parts of both. ``--quick``: 100,000 items instead of a million.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from graph_service.engine.snapshot import Snapshot
from graph_service.model.facts import Facts, Revision, empty_facts
from graph_service.model.tables import FACT_SCHEMAS
from graph_service.model.vocabulary import Basis, HotspotGroup, Kind, SystemBoundary
from graph_service.service.day_graph import day_graph
from graph_service.service.footprints import Footprint, footprint
from graph_service.service.paths import supply_paths
from graph_service.service.sensitivities import sensitivities
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View
from tests.bench.bench_engine import random_graph
from tests.bench.targets import Target, at_most

OUT = Path(__file__).parents[2] / "build" / "bench" / "explaining.json"
DAY = date(2026, 6, 1)
ITEMS_ASKED = 9


@dataclass(frozen=True, slots=True)
class Row:
    """CPU milliseconds for one item, medians; ``upstream_items`` likewise."""

    item_count: int
    supply_count: int
    has_loops: bool
    upstream_items: int
    hotspots_and_inputs_ms: float
    sensitivities_and_paths_ms: float
    trace_ms: float
    hotspots_ms: float
    inputs_ms: float
    sensitivities_ms: float
    paths_ms: float


def main() -> int:
    """Measure, print one table, write ``build/bench/explaining.json``."""
    parser = argparse.ArgumentParser(description="What explains one item's total.")
    parser.add_argument("--quick", action="store_true", help="100,000 items instead of a million")
    size = 100_000 if parser.parse_args().quick else 1_000_000
    rows = [measure(size, has_loops=has_loops) for has_loops in (False, True)]
    for name in Row.__slots__:
        print(f"{name:>28}", *(f"{getattr(row, name):>12,.6g}" for row in rows))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    document = {"questions": [asdict(row) for row in rows], "targets": [asdict(target) for target in targets_of(rows)]}
    OUT.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0


def targets_of(rows: Sequence[Row]) -> Iterator[Target]:
    """The promises for a million items, held against graphs with and without a large loop."""
    for row in rows:
        if row.item_count >= 1_000_000:
            graph = "with a large loop" if row.has_loops else "no loops"
            yield at_most(f"hotspots and inputs, {graph}", 60.0, row.hotspots_and_inputs_ms, "ms")
            yield at_most(f"sensitivities and 100 paths, {graph}", 150.0, row.sensitivities_and_paths_ms, "ms")


def measure(size: int, *, has_loops: bool) -> Row:
    """One row: every question about items drawn at random, after one that warms up."""
    snapshot = random_graph(size, has_loops=has_loops)
    revision = Revision(1, datetime(2026, 1, 1, tzinfo=UTC), "bench", "cli", "")
    view = View(DAY, revision, Basis.DECLARED_FIRST, SystemBoundary.CRADLE_TO_GATE)
    graph = ViewedGraph(day_graph(revision, DAY, facts_of(snapshot)), view)
    asked = np.random.default_rng(1).integers(0, size, ITEMS_ASKED + 1).tolist()
    runs = np.array([explain(graph, item_row) for item_row in asked])[1:]
    upstream, trace_ms, hotspots_ms, inputs_ms, sensitivities_ms, paths_ms = np.median(runs, axis=0).tolist()
    return Row(
        item_count=size,
        supply_count=snapshot.supplies.amount.size,
        has_loops=has_loops,
        upstream_items=int(upstream),
        hotspots_and_inputs_ms=float(np.median(runs[:, 1:4].sum(axis=1))),
        sensitivities_and_paths_ms=float(np.median(runs[:, [1, 4, 5]].sum(axis=1))),
        trace_ms=trace_ms,
        hotspots_ms=hotspots_ms,
        inputs_ms=inputs_ms,
        sensitivities_ms=sensitivities_ms,
        paths_ms=paths_ms,
    )


def explain(graph: ViewedGraph, item_row: int) -> list[float]:
    """How many items lie upstream, and the CPU milliseconds of the trace and of each question after it."""
    found = footprint(graph, item_row)
    questions: list[Callable[[Footprint], object]] = [
        lambda fact: fact.trace,
        lambda fact: fact.hotspots(HotspotGroup.ITEM)[:10],
        lambda fact: fact.input_contributions()[:50],
        lambda fact: sensitivities(fact)[:50],
        lambda fact: supply_paths(fact, first=100),
    ]
    times_ms = [cpu_ms(question, found) for question in questions]
    return [float(np.count_nonzero(found.trace.tier >= 0)), *times_ms]


def cpu_ms(question: Callable[[Footprint], object], found: Footprint) -> float:
    """CPU milliseconds that one question takes."""
    start_s = time.process_time()
    question(found)
    return 1e3 * (time.process_time() - start_s)


def facts_of(snapshot: Snapshot) -> Facts:
    """The graph as facts, with uids of their own and nothing that is not needed."""
    supplies, emissions = snapshot.supplies, snapshot.emissions
    items = uids("item", snapshot.item_count)
    tables: dict[Kind, dict[str, Any]] = {
        Kind.ITEM: {"uid": items, "name": items, "declared_unit": pa.repeat("kg", len(items))},
        Kind.SUPPLY: {
            "uid": uids("supply", supplies.amount.size),
            **{name: getattr(supplies, name) for name in ("input_row", "output_row", "amount", "share", "stage")},
        },
        Kind.EMISSION: {
            "uid": uids("emission", emissions.kgco2e.size),
            **{name: getattr(emissions, name) for name in ("item_row", "kgco2e", "stage", "component", "data_type")},
            "is_verified": emissions.is_verified,
        },
    }
    return Facts({**empty_facts().tables, **{kind: table_of(kind, given) for kind, given in tables.items()}})


def table_of(kind: Kind, given: dict[str, Any]) -> pa.Table:
    """A table of facts, null in all columns that are not given."""
    count = len(given["uid"])
    columns = [
        pa.array(given[field.name], field.type) if field.name in given else pa.nulls(count, field.type)
        for field in FACT_SCHEMAS[kind]
    ]
    return pa.table(columns, schema=FACT_SCHEMAS[kind])


def uids(word: str, count: int) -> pa.Array:
    """``word-0``, ``word-1`` and so on."""
    return pa.array([f"{word}-{number}" for number in range(count)], pa.string())


if __name__ == "__main__":
    sys.exit(main())
