"""The embedded store against bare ``executemany`` and ``fetchmany`` of the same rows, same tables, same settings.

``python -m tests.bench.bench_store [--store sqlite:///path/of/a/folder] [--quick]``; Neo4j's half is ``bench_neo4j``.
Ours and bare take turns; each figure is the least CPU time and wall time of the turns, for other work on the machine
only ever adds.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph_service.model.batch import PreparedBatch
from graph_service.model.vocabulary import Kind
from graph_service.store.embedded import EmbeddedStore
from graph_service.store.embedded.connection import Connection, connect_sqlite, open_connection
from graph_service.store.embedded.statements import statement
from tests.bench.large_batch import changed_supplies, large_batch
from tests.support.clock import FixedClock

OUT = Path(__file__).parents[2] / "build" / "bench" / "store.json"
ITEMS, QUICK_ITEMS = 100_000, 10_000
TURNS = 3
FETCHED_ROWS = 20_000
CHANGED = (10, 1_000)
"""Edges changed by one batch, of all that there are."""


@dataclass(slots=True)
class Timing:
    """The least of several turns."""

    cpu_s: list[float] = field(default_factory=list)
    wall_s: list[float] = field(default_factory=list)

    @contextmanager
    def turn(self) -> Iterator[None]:
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        yield
        self.cpu_s.append(time.process_time() - cpu_s)
        self.wall_s.append(time.perf_counter() - wall_s)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, write ``build/bench/store.json``."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_store")
    parser.add_argument("--store", default="", help="sqlite:///FOLDER for the files; default: a temporary folder")
    parser.add_argument("--items", type=int, default=0, help=f"default {ITEMS:,}, quick {QUICK_ITEMS:,}")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    items = options.items or (QUICK_ITEMS if options.quick else ITEMS)
    home = options.store.removeprefix("sqlite://") or None
    with tempfile.TemporaryDirectory(dir=home) as folder:
        rows = measure(Path(folder), large_batch(items), turns=1 if options.quick else TURNS)
    for row in rows:
        print(
            "  ".join(
                f"{name} {value:,}" if isinstance(value, int) else f"{name} {value}" for name, value in row.items()
            )
        )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0


def measure(folder: Path, batch: PreparedBatch, *, turns: int) -> list[dict[str, object]]:
    """One row for recording, one for exporting, and one per number of changed edges for what differs since."""
    ours, bare = {"apply": Timing(), "export": Timing()}, {"apply": Timing(), "export": Timing()}
    changes = {count: Timing() for count in CHANGED}
    for turn in range(turns):
        kept = folder / f"ours-{turn}.db"
        asyncio.run(_ours(kept, batch, ours))
        written = _rows_by_statement(kept)
        _bare(folder / f"bare-{turn}.db", written, bare)
        del written
        asyncio.run(_follow(kept, batch, changes))
    return [
        {
            "what": what,
            "rows": batch.row_count,
            "ours_cpu_s": round(min(ours[what].cpu_s), 3),
            "bare_cpu_s": round(min(bare[what].cpu_s), 3),
            "ratio_cpu": round(min(ours[what].cpu_s) / min(bare[what].cpu_s), 2),
            "ours_wall_s": round(min(ours[what].wall_s), 3),
            "bare_wall_s": round(min(bare[what].wall_s), 3),
            "ratio_wall": round(min(ours[what].wall_s) / min(bare[what].wall_s), 2),
        }
        for what in ours
    ] + [
        {
            "what": "changes_since",
            "rows": count,
            "ours_cpu_s": round(min(timing.cpu_s), 4),
            "ours_wall_s": round(min(timing.wall_s), 4),
        }
        for count, timing in changes.items()
    ]


async def _ours(path: Path, batch: PreparedBatch, timings: dict[str, Timing]) -> None:
    store = await EmbeddedStore.open(path, clock=FixedClock())
    with timings["apply"].turn():
        await store.apply(batch)
    with timings["export"].turn():
        facts = await store.export(1)
    if sum(table.num_rows for table in facts.tables.values()) != batch.row_count:
        raise RuntimeError("the export lacks rows: the figures would mean nothing")
    await store.close()


async def _follow(path: Path, batch: PreparedBatch, timings: dict[int, Timing]) -> None:
    """Change so many edges of the store, then ask what differs."""
    store = await EmbeddedStore.open(path, clock=FixedClock())
    for count, timing in timings.items():
        base = (await store.revision()).number
        await store.apply(changed_supplies(batch, count, base_revision=base))
        for _ in range(TURNS):
            with timing.turn():
                changes = await store.changes_since(base, base + 1, most_rows=count)
            if changes is None or changes.row_count != count:
                raise RuntimeError("the changes lack rows: the figures would mean nothing")
    await store.close()


def _rows_by_statement(path: Path) -> list[tuple[str, list[Any]]]:
    """What the store wrote into its tables, as rows of Python values ready for the same statements."""
    connection = connect_sqlite(path)
    written: list[tuple[str, list[Any]]] = []
    for kind in Kind:
        identities = connection.execute(f"SELECT uid, first_revision FROM {kind} ORDER BY row").fetchall()  # noqa: S608
        written.append((statement(f"add_{kind}"), identities))
    for kind in Kind:
        facts = connection.execute(f"SELECT * FROM {kind}_fact ORDER BY 1").fetchall()  # noqa: S608
        # All columns but recorded_to, which opening a fact leaves null.
        written.append((statement(f"open_{kind}"), [(*row[:2], *row[3:]) for row in facts]))
    connection.close()
    return written


def _bare(path: Path, written: list[tuple[str, list[Any]]], timings: dict[str, Timing]) -> None:
    asyncio.run(_made(path))
    connection = open_connection(path, connect_sqlite, is_reader=False)
    with timings["apply"].turn():
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO revision VALUES (1, 0, 'bench', 'cli', 'bare', NULL)")
        for text, rows in written:
            connection.executemany(text, rows)
        connection.execute("COMMIT")
    with timings["export"].turn():
        for kind in Kind:
            _fetch_all(connection, kind)
    connection.close()


def _fetch_all(connection: Connection, kind: Kind) -> None:
    cursor: Any = connection.execute(statement(f"export_{kind.plural}"), {"revision": 1})
    fetch: Callable[[int], list[Any]] = cursor.fetchmany
    while fetch(FETCHED_ROWS):
        pass


async def _made(path: Path) -> None:
    """An empty store: the same tables and indexes."""
    await (await EmbeddedStore.open(path, clock=FixedClock())).close()


if __name__ == "__main__":
    raise SystemExit(main())
