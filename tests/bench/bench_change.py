"""An explained change and a scenario, as multiples of one full sweep over the same graph, in one run.

    python -m tests.bench.bench_change [--quick]

Each graph runs in a process of its own: CPU seconds, best of a few runs, and the peak memory of the process. Graphs:
product families as in ``bench_following``, and 4 inputs per item drawn from all earlier ones as in ``bench_engine``,
without loops and with 1 % of them; asked for the item with the greatest total of those that nobody takes of. Between
the two views one emission and one amount in a thousand moved, and one supply in the middle went. A sweep is one solve
of all totals once the solver stands. ``--quick`` leaves out the million items. The causes must sum to the difference to
1e-9 of the total, and the scenario must give the later view's total, else it fails.
"""

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from graph_service.engine.snapshot import COMPONENTS, DATA_TYPES, STAGES, Numbers, Snapshot
from graph_service.model.facts import Facts, Revision
from graph_service.model.tables import FACT_SCHEMAS
from graph_service.model.vocabulary import Basis, Kind, SystemBoundary
from graph_service.service.changes import FootprintChange, explain_change
from graph_service.service.day_graph import day_graph
from graph_service.service.scenario import scenario
from graph_service.service.scenario_changes import DirectChange, ScenarioChanges, SupplyChange
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View
from tests.bench.bench_engine import peak_mb, random_graph
from tests.bench.bench_following import families

OUT = Path(__file__).parents[2] / "build" / "bench" / "change.json"
AGREEMENT = 1e-9
DAY = date(2026, 6, 1)
STEP = 1_000
"""One in so many facts moves."""
GRAPHS: dict[str, Callable[[int], Snapshot]] = {
    "families": families,
    "random": partial(random_graph, has_loops=False),
    "loops": partial(random_graph, has_loops=True),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``asked_upstream``: items upstream of the one asked for; ``causes``: how many came out.

    ``scenario_s`` has a change for every moved fact, ``one_change_s`` a single one.
    """

    graph: str
    item_count: int
    asked_upstream: int
    causes: int
    sweep_s: float
    adjoint_s: float
    change_s: float
    change_to_sweep: float
    scenario_s: float
    scenario_to_sweep: float
    one_change_s: float
    peak_mb: float


def main() -> int:
    """Measure, print one table, write ``build/bench/change.json``; 1 when an answer is wrong."""
    parser = argparse.ArgumentParser(description="An explained change and a scenario.")
    parser.add_argument("--quick", action="store_true", help="leave out the million items")
    sizes = (100_000,) if parser.parse_args().quick else (100_000, 1_000_000)
    rows: list[Row] = []
    print(
        "   graph     items upstream causes  sweep s  solve back s  change s  sweeps  scenario s  sweeps"
        "  one change s     MB"
    )
    for size in sizes:
        for graph in GRAPHS:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                rows.append(pool.apply(run, (graph, size)))
            print(line(rows[-1]), flush=True)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    return 0


def line(row: Row) -> str:
    """The row as the table prints it."""
    return (
        f"{row.graph:>8} {row.item_count:>9} {row.asked_upstream:>8} {row.causes:>6} {row.sweep_s:>8.4f} "
        f"{row.adjoint_s:>13.4f} "
        f"{row.change_s:>9.4f} {row.change_to_sweep:>7.1f} {row.scenario_s:>11.3f} {row.scenario_to_sweep:>7.1f} "
        f"{row.one_change_s:>13.3f} "
        f"{row.peak_mb:>6.0f}"
    )


def run(graph: str, size: int) -> Row:
    """Called in a fresh process: draw both views, roll them up, time what is asked."""
    before = facts_of_snapshot(GRAPHS[graph](size))
    views = viewed(before), viewed(moved(before))
    rollups = [view.roll_up() for view in views]
    asked = with_most_upstream(views[0])
    uid = before.items["uid"][asked].as_py()
    direct = rollups[0].equations.gate_kgco2e
    repeats = 5 if size < 1_000_000 else 3
    sweep_s = best_s(repeats, lambda: rollups[0].solver.solve(direct))
    demand = np.eye(1, size, asked)[0]
    adjoint_s = best_s(repeats, lambda: rollups[0].solver.solve_adjoint(demand))
    change_s = best_s(repeats, lambda: list(explained(views, uid).causes[:100]))
    found = explained(views, uid)
    check(found.difference_kgco2e, sum(cause.kgco2e for cause in found.causes), scale_of(views[0], asked))
    changes = as_scenario(views)
    scenario_s = best_s(repeats, lambda: scenario(views[0], changes, [uid]))
    [outcome] = scenario(views[0], changes, [uid])
    one = ScenarioChanges(direct=[DirectChange(uid, factor=0.5)])
    one_change_s = best_s(repeats, lambda: scenario(views[0], one, [uid]))
    after_kgco2e = None if found.after is None else found.after.total_kgco2e
    check(after_kgco2e, None if outcome is None else outcome.after_kgco2e, scale_of(views[0], asked))
    return Row(
        graph=graph,
        item_count=size,
        asked_upstream=int(np.count_nonzero(rollups[0].solver.solve_adjoint(demand))),
        causes=len(found.causes),
        sweep_s=sweep_s,
        adjoint_s=adjoint_s,
        change_s=change_s,
        change_to_sweep=change_s / sweep_s,
        scenario_s=scenario_s,
        scenario_to_sweep=scenario_s / sweep_s,
        one_change_s=one_change_s,
        peak_mb=peak_mb(),
    )


def explained(views: tuple[ViewedGraph, ViewedGraph], uid: str) -> FootprintChange:
    """The change of one item, which is there."""
    found = explain_change(*views, uid)
    if found is None:
        sys.exit(f"{uid} is in neither view")
    return found


def check(expected: float | None, found: float | None, scale: float) -> None:
    """Leave with status 1 where two numbers that must agree do not."""
    if expected is None or found is None or abs(expected - found) > AGREEMENT * scale:
        sys.exit(f"{expected} and {found} must agree to {AGREEMENT} of {scale}")


def scale_of(view: ViewedGraph, asked: int) -> float:
    """The total that rounding is measured against."""
    return float(view.roll_up().total_kgco2e()[asked])


def best_s(repeats: int, work: Callable[[], object]) -> float:
    """CPU seconds of the best of a few runs."""
    best = np.inf
    for _ in range(repeats):
        start_s = time.process_time()
        work()
        best = min(best, time.process_time() - start_s)
    return float(best)


def viewed(facts: Facts) -> ViewedGraph:
    """The facts as a view."""
    revision = Revision(1, datetime(2026, 1, 1, tzinfo=UTC), "bench", "cli", "")
    view = View(DAY, revision, Basis.DECLARED_FIRST, SystemBoundary.CRADLE_TO_GATE)
    return ViewedGraph(day_graph(revision, DAY, facts), view)


def with_most_upstream(view: ViewedGraph) -> int:
    """Among the items that nobody takes of, the one with the greatest total."""
    supplies = view.day.snapshot.supplies
    is_last = np.ones(view.day.snapshot.item_count, np.bool_)
    is_last[supplies.input_row] = False
    return int(np.argmax(np.where(is_last, view.roll_up().total_kgco2e(), -np.inf)))


def facts_of_snapshot(day: Snapshot) -> Facts:
    """A graph with one entry per item as facts."""
    size, edges = day.item_count, day.supplies.amount.size
    columns: dict[Kind, dict[str, object]] = {
        Kind.ITEM: {"uid": names("item", size), "name": names("item", size), "kind": codes(size, 0)},
        Kind.EMISSION: {
            "uid": names("emission", size),
            "item_row": day.emissions.item_row,
            "kgco2e": day.emissions.kgco2e,
            "stage": codes(size, STAGES.index("MANUFACTURING")),
            "component": codes(size, COMPONENTS.index("FOSSIL")),
            "data_type": codes(size, DATA_TYPES.index("SECONDARY")),
            "is_verified": np.zeros(size, np.bool_),
        },
        Kind.SUPPLY: {
            "uid": names("supply", edges),
            "input_row": day.supplies.input_row,
            "output_row": day.supplies.output_row,
            "amount": day.supplies.amount,
            "share": day.supplies.share,
            "stage": codes(edges, 0),
        },
    }
    return Facts({kind: table(kind, columns.get(kind, {})) for kind in Kind})


def table(kind: Kind, columns: dict[str, object]) -> pa.Table:
    """The given columns, the others empty."""
    count = len(columns["uid"]) if columns else 0  # type: ignore[arg-type]
    schema = FACT_SCHEMAS[kind]
    given = [
        pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(count, field.type)
        for field in schema
    ]
    return pa.table(given, schema=schema)


def names(kind: str, count: int) -> list[str]:
    """A uid for each row."""
    return [f"{kind}-{row:07}" for row in range(count)]


def codes(count: int, code: int) -> "np.ndarray[tuple[int], np.dtype[np.int8]]":
    """One code for all rows."""
    return np.full(count, code, np.int8)


def moved(facts: Facts) -> Facts:
    """The same facts with some kilograms and amounts 10 % up, and the supply in the middle gone."""
    tables = dict(facts.tables)
    for kind, column in ((Kind.EMISSION, "kgco2e"), (Kind.SUPPLY, "amount")):
        values: Numbers = np.array(tables[kind][column].to_numpy())
        values[::STEP] *= 1.1
        tables[kind] = tables[kind].set_column(tables[kind].schema.get_field_index(column), column, pa.array(values))
    supplies = tables[Kind.SUPPLY]
    middle = supplies.num_rows // 2 + 1
    tables[Kind.SUPPLY] = pa.concat_tables([supplies.slice(0, middle), supplies.slice(middle + 1)])
    return replace(facts, tables=tables)


def as_scenario(views: tuple[ViewedGraph, ViewedGraph]) -> ScenarioChanges:
    """The later view as changes of the earlier one."""
    before, after = (view.day.facts.tables for view in views)
    items = before[Kind.ITEM]["uid"].take(before[Kind.EMISSION]["item_row"])[::STEP].to_pylist()
    kilograms = after[Kind.EMISSION]["kgco2e"][::STEP].to_pylist()
    uids, amounts = before[Kind.SUPPLY]["uid"], before[Kind.SUPPLY]["amount"][::STEP].to_pylist()
    middle = len(uids) // 2 + 1
    supplies = [SupplyChange(uid, amount=1.1 * one) for uid, one in zip(uids[::STEP].to_pylist(), amounts, strict=True)]
    return ScenarioChanges(
        direct=[DirectChange(uid, set_kgco2e=one) for uid, one in zip(items, kilograms, strict=True)],
        supplies=[*supplies, SupplyChange(uids[middle].as_py(), amount=0.0)],
    )


if __name__ == "__main__":
    sys.exit(main())
