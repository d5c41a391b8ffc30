"""One changed fact on a large graph of product families: totals of all items current again, against a full sweep.

    python -m tests.bench.bench_following [--quick]

Families of 200 items, each taking three earlier ones of its family and one of 1,000 shared materials. CPU milliseconds
from the facts of the touched item to all totals: a changed emission or amount of a random item, and of a shared
material, of which a large part of the graph takes. Each result is held against a roll-up from scratch now and then.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from graph_service.engine.once import Once
from graph_service.engine.parts import facts_of_items
from graph_service.engine.rollup import RollUp, roll_up
from graph_service.engine.snapshot import Indices, Snapshot
from graph_service.engine.standing import ItemFacts
from tests.bench.targets import Target, at_most
from tests.support.graphs import from_arrays

OUT = Path(__file__).parents[2] / "build" / "bench" / "following.json"
FAMILY, SHARED = 200, 1_000
AGREEMENT = 1e-12
MEDIAN_LIMIT_MS, SWEEPS_LIMIT = 5.0, 2.0
CHANGES_EACH = 60
CHECKED_EACH = 20
REPEATS = 3
"""Of each measurement the best counts: what other work on the machine costs is not ours."""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of change; ``worst_to_sweep`` is the slowest change over one full sweep of the same graph.

    ``rebuilt``: how many changes were not followed but built anew.
    """

    item_count: int
    supply_count: int
    change: str
    median_ms: float
    worst_ms: float
    sweep_ms: float
    median_to_sweep: float
    worst_to_sweep: float
    rebuilt: int
    rebuild_ms: float


def families(item_count: int) -> Snapshot:
    """Shared materials first, then families; every item emits."""
    random = np.random.default_rng(0)
    member = np.arange(SHARED, item_count, dtype=np.int32)
    place = (member - SHARED) % FAMILY
    own = np.repeat(member, 3)
    earlier = own - 1 - (random.random(own.size) * np.repeat(place, 3)).astype(np.int32)
    has_earlier = np.repeat(place, 3) > 0
    shared = (random.random(member.size) * SHARED).astype(np.int32)
    output = np.concatenate((own[has_earlier], member))
    input_row = np.concatenate((earlier[has_earlier], shared))
    new_row = random.permutation(item_count).astype(np.int32)
    amount, kgco2e = random.uniform(0.05, 0.35, output.size), random.uniform(0.1, 5.0, item_count)
    return from_arrays(new_row[input_row], new_row[output], amount, kgco2e)


def main() -> int:
    """Measure, print, write ``build/bench/following.json``; exit 1 where followed and rebuilt totals differ."""
    parser = argparse.ArgumentParser(description="Totals that follow one change.")
    parser.add_argument("--quick", action="store_true", help="100,000 items instead of a million")
    day = families(100_000 if parser.parse_args().quick else 1_000_000)
    base = roll_up(day)
    rebuild_ms = cpu_ms(lambda: roll_up(day))
    sweep_ms = min(cpu_ms(lambda: base.solver.solve(base.equations.gate_kgco2e)) for _ in range(REPEATS))
    random = np.random.default_rng(1)
    first_ms = cpu_ms(lambda: followed(base, facts_of_items(day, np.array([0], dtype=np.int32)), day))
    print(f"the first change after a roll-up turns the graph round once: {first_ms:.0f} ms")
    outputs_of = np.bincount(day.supplies.input_row, minlength=day.item_count)
    shared = np.argsort(-outputs_of)[:SHARED]
    rows = []
    for name, change in (("emission", other_emission), ("amount", other_amount)):
        rows.append(measure(base, day, f"{name} of any item", change, random, sweep_ms, rebuild_ms, None))
    rows.append(measure(base, day, "emission of a shared one", other_emission, random, sweep_ms, rebuild_ms, shared))
    takers = base_of_families(day, shared)
    rows.append(measure(base, day, "amount below a family", other_amount, random, sweep_ms, rebuild_ms, takers))
    print(f"{'change':>26} {'median ms':>10} {'worst ms':>9} {'sweep ms':>9} {'worst/sweep':>12} {'rebuilt':>8}")
    for row in rows:
        print(
            f"{row.change:>26} {row.median_ms:>10.2f} {row.worst_ms:>9.2f} {row.sweep_ms:>9.2f} "
            f"{row.worst_to_sweep:>12.2f} {row.rebuilt:>8}"
        )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    document = {"changes": [asdict(row) for row in rows], "targets": [asdict(target) for target in targets_of(rows)]}
    OUT.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0


def targets_of(rows: Sequence[Row]) -> Iterator[Target]:
    """The promises for a million items."""
    for row in rows:
        if row.item_count >= 1_000_000:
            if row.change.endswith("any item"):
                yield at_most(
                    f"totals current after another {row.change}, median", MEDIAN_LIMIT_MS, row.median_ms, "ms"
                )
            yield at_most(f"the same at worst, in full sweeps: {row.change}", SWEEPS_LIMIT, row.worst_to_sweep)


def base_of_families(day: Snapshot, shared: Indices) -> Indices:
    """Items that take shared materials only: all of their family takes of them."""
    takes_own = np.zeros(day.item_count, dtype=np.bool_)
    takes_own[day.supplies.output_row[~np.isin(day.supplies.input_row, shared)]] = True
    takes_own[shared] = True
    return np.flatnonzero(~takes_own)


def other_emission(day: Snapshot, random: np.random.Generator, item_row: int) -> Snapshot:
    """The item's direct emission is another one."""
    kgco2e = day.emissions.kgco2e.copy()
    kgco2e[day.emissions.item_row == item_row] = random.uniform(0.1, 5.0)
    return replace(day, emissions=replace(day.emissions, kgco2e=kgco2e))


def other_amount(day: Snapshot, random: np.random.Generator, item_row: int) -> Snapshot:
    """The item takes another amount of one of its inputs."""
    amount = day.supplies.amount.copy()
    amount[np.flatnonzero(day.supplies.output_row == item_row)[0]] = random.uniform(0.05, 0.35)
    return replace(day, supplies=replace(day.supplies, amount=amount))


Change = Callable[[Snapshot, np.random.Generator, int], Snapshot]


def measure(
    base: RollUp,
    day: Snapshot,
    name: str,
    change: Change,
    random: np.random.Generator,
    sweep_ms: float,
    rebuild_ms: float,
    among: Indices | None,
) -> Row:
    """One row: changes one after the other, each following the last."""
    standing, taken_ms, rebuilt = base, [], 0
    candidates = np.unique(day.supplies.output_row) if among is None else among
    for number in range(CHANGES_EACH):
        item_row = int(random.choice(candidates))
        day = change(day, random, item_row)
        current, touched = day, facts_of_items(day, np.array([item_row], dtype=np.int32))
        found = followed(standing, touched, current)
        taken_ms.append(min(cpu_ms(partial(followed, standing, touched, current)) for _ in range(REPEATS)))
        rebuilt += found is None
        standing = found or roll_up(day)
        if number % CHECKED_EACH == 0:
            check(standing, roll_up(day), name)
    taken_ms.sort()
    return Row(
        item_count=day.item_count,
        supply_count=day.supplies.amount.size,
        change=name,
        median_ms=taken_ms[len(taken_ms) // 2],
        worst_ms=taken_ms[-1],
        sweep_ms=sweep_ms,
        median_to_sweep=taken_ms[len(taken_ms) // 2] / sweep_ms,
        worst_to_sweep=taken_ms[-1] / sweep_ms,
        rebuilt=rebuilt,
        rebuild_ms=rebuild_ms,
    )


def followed(standing: RollUp, touched: ItemFacts, day: Snapshot) -> RollUp | None:
    """The roll-up with its totals, as a question would ask for them."""
    found = standing.following(touched, Once(lambda: day))
    if found is not None:
        found.total_kgco2e()
    return found


def check(found: RollUp, anew: RollUp, name: str) -> None:
    """Ends the bench where following went wrong."""
    difference = float(np.abs(found.total_kgco2e() / anew.total_kgco2e() - 1.0).max())
    if difference > AGREEMENT:
        sys.exit(f"{name}: followed and rebuilt totals differ by {difference:.1e}")


def cpu_ms(work: Callable[[], object]) -> float:
    """CPU milliseconds of one run."""
    start = time.process_time()
    work()
    return 1e3 * (time.process_time() - start)


if __name__ == "__main__":
    sys.exit(main())
