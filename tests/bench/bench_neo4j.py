"""The Neo4j store against the bare recipes of the same rows: columns in, 10,000 rows a transaction; columns out.

``python -m tests.bench.bench_neo4j [--quick]``, on the server of GRAPH_SERVICE_TEST_NEO4J_URI (which it empties) or
on a container. Bare is a plain graph without time: one node per item and emission, one edge per supply, unique uids,
an index on the item's row; no revisions, no lock, no check. Ours and bare take turns; each figure is the least of
them, for other work on the machine only ever adds. Server CPU is counted where the server is our container.
"""

import argparse
import asyncio
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import neo4j

from graph_service.model.batch import PreparedBatch
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Kind
from graph_service.store.neo4j import Neo4jStore
from graph_service.store.neo4j.columns import to_parameters
from tests.bench.large_batch import changed_supplies, large_batch
from tests.support.clock import FixedClock
from tests.support.neo4j_server import Neo4jServer, running_server, wipe_schema

OUT = Path(__file__).parents[2] / "build" / "bench" / "neo4j.json"
ITEMS, QUICK_ITEMS = 100_000, 5_000
TURNS = 2
EXPORTS = 5
"""Per turn: the first are cold, of pages and of compiled plans, on both sides."""
BATCH_ROWS, RANGE_ROWS = 10_000, 5_000
CHANGED = (10, 1_000)
"""Edges changed by one batch, of all that there are."""
FOLLOWS = 5
"""Per batch: the first is cold."""

BARE_SCHEMA = (
    "CREATE CONSTRAINT FOR (item:Item) REQUIRE item.uid IS UNIQUE",
    "CREATE CONSTRAINT FOR (emission:Emission) REQUIRE emission.uid IS UNIQUE",
    "CREATE CONSTRAINT FOR ()-[supply:SUPPLIES]-() REQUIRE supply.uid IS UNIQUE",
    "CREATE INDEX FOR (item:Item) ON (item.row)",
)
BARE_PATTERNS: Mapping[Kind, tuple[str, str]] = {
    Kind.ITEM: ("", "CREATE (:Item {{row: $first_row + k, {columns}}})"),
    Kind.EMISSION: (
        "MATCH (item:Item {uid: $item_uid[k]})",
        "CREATE (item)-[:EMITS]->(:Emission {{{columns}}})",
    ),
    Kind.SUPPLY: (
        "MATCH (input:Item {uid: $input_uid[k]}) MATCH (output:Item {uid: $output_uid[k]})",
        "CREATE (input)-[:SUPPLIES {{{columns}}}]->(output)",
    ),
}
BARE_EXPORTS: Mapping[Kind, str] = {
    Kind.ITEM: "MATCH (fact:Item) WHERE fact.row >= $lo AND fact.row < $hi WITH collect(fact) AS facts",
    Kind.EMISSION: "MATCH (item:Item)-[:EMITS]->(fact) WHERE item.row >= $lo AND item.row < $hi "
    "WITH collect(item.row) AS item_row, collect(fact) AS facts",
    Kind.SUPPLY: "MATCH (input:Item)-[fact:SUPPLIES]->(output:Item) WHERE output.row >= $lo AND output.row < $hi "
    "WITH collect(input.row) AS input_row, collect(output.row) AS output_row, collect(fact) AS facts",
}
REFERENCES = {"item_uid", "input_uid", "output_uid"}


@dataclass(slots=True)
class Timing:
    """Several turns; ``server_cpu_s`` stays empty where the server is not ours."""

    wall_s: list[float] = field(default_factory=list)
    client_cpu_s: list[float] = field(default_factory=list)
    server_cpu_s: list[float] = field(default_factory=list)

    @contextmanager
    def turn(self, server_cpu: Callable[[], float | None]) -> Iterator[None]:
        begun_s, client_s, server_s = time.perf_counter(), time.process_time(), server_cpu()
        yield
        self.wall_s.append(time.perf_counter() - begun_s)
        self.client_cpu_s.append(time.process_time() - client_s)
        ended_s = server_cpu()
        if server_s is not None and ended_s is not None:
            self.server_cpu_s.append(ended_s - server_s)


Timings = Mapping[str, Timing]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, write ``build/bench/neo4j.json``."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_neo4j")
    parser.add_argument("--items", type=int, default=0, help=f"default {ITEMS:,}, quick {QUICK_ITEMS:,}")
    parser.add_argument("--turns", type=int, default=0, help=f"default {TURNS}, quick 1")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    items = options.items or (QUICK_ITEMS if options.quick else ITEMS)
    turns = options.turns or (1 if options.quick else TURNS)
    with running_server() as server:
        rows = measure(server, large_batch(items), turns=turns)
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0


def measure(server: Neo4jServer, batch: PreparedBatch, *, turns: int) -> list[dict[str, object]]:
    """One row for the import, one for the export, one per number of changed edges for what differs since.

    A first small turn of all warms the server up.
    """
    small = large_batch(2_000)
    _bare(server, small, {"import": Timing(), "export": Timing()})
    _ours(server, small, {"import": Timing(), "export": Timing()}, {CHANGED[0]: Timing()})
    changes = {count: Timing() for count in CHANGED}
    ours, bare = {"import": Timing(), "export": Timing()}, {"import": Timing(), "export": Timing()}
    for _ in range(turns):
        _bare(server, batch, bare)
        _ours(server, batch, ours, changes)
    wipe_schema(server)
    rows = [_row(what, batch.row_count, ours[what], bare[what]) for what in ("import", "export")]
    return rows + [_changes_row(count, timing) for count, timing in changes.items()]


def _changes_row(count: int, timing: Timing) -> dict[str, object]:
    """``first_wall_s``: before the pages and the plan are warm."""
    row: dict[str, object] = {"what": "changes_since", "rows": count, "first_wall_s": round(timing.wall_s[0], 4)}
    return row | {
        f"ours_{measured}": round(min(getattr(timing, measured)), 4)
        for measured in ("wall_s", "server_cpu_s", "client_cpu_s")
        if getattr(timing, measured)
    }


def _row(what: str, rows: int, ours: Timing, bare: Timing) -> dict[str, object]:
    row: dict[str, object] = {"what": what, "rows": rows}
    for measured in ("wall_s", "server_cpu_s", "client_cpu_s"):
        our_s, bare_s = getattr(ours, measured), getattr(bare, measured)
        if our_s and bare_s:
            row |= {f"ours_{measured}": round(min(our_s), 2), f"bare_{measured}": round(min(bare_s), 2)}
            if measured != "client_cpu_s":
                row |= {f"ratio_{measured.removesuffix('_s')}": round(min(our_s) / min(bare_s), 2)}
    return row


def _ours(server: Neo4jServer, batch: PreparedBatch, timings: Timings, changes: Mapping[int, Timing]) -> None:
    wipe_schema(server)

    async def run() -> None:
        store = await Neo4jStore.open(
            uri=server.uri, user=server.user, password=server.password, database=server.database, clock=FixedClock()
        )
        with timings["import"].turn(cpu_of(server)):
            receipt = await store.apply(batch)
        for _ in range(EXPORTS):
            with timings["export"].turn(cpu_of(server)):
                facts = await store.export(receipt.revision.number)
        assert sum(table.num_rows for table in facts.tables.values()) == batch.row_count
        for count, timing in changes.items():
            await _follow(server, store, changed_supplies(batch, count, base_revision=await _newest(store)), timing)
        await store.close()

    asyncio.run(run())


async def _newest(store: Neo4jStore) -> int:
    return (await store.revision()).number


async def _follow(server: Neo4jServer, store: Neo4jStore, batch: PreparedBatch, timing: Timing) -> None:
    """Record the batch, then ask what differs."""
    await store.apply(batch)
    for _ in range(FOLLOWS):
        with timing.turn(cpu_of(server)):
            changes = await store.changes_since(batch.base_revision, batch.base_revision + 1, most_rows=batch.row_count)
        assert changes is not None
        assert changes.row_count == batch.row_count


def _bare(server: Neo4jServer, batch: PreparedBatch, timings: Timings) -> None:
    wipe_schema(server)
    with server.driver() as driver, driver.session(database=server.database) as session:
        for text in BARE_SCHEMA:
            session.run(text).consume()
        session.run("CALL db.awaitIndexes(60)").consume()
        with timings["import"].turn(cpu_of(server)):
            for kind, table in batch.upserts.items():
                _bare_import(session, kind, table)
        for _ in range(EXPORTS):
            with timings["export"].turn(cpu_of(server)):
                read = sum(_bare_export(session, kind, batch.upserts[Kind.ITEM].num_rows) for kind in batch.upserts)
        assert read == batch.row_count


def _bare_import(session: neo4j.Session, kind: Kind, table: Any) -> None:
    match, create = BARE_PATTERNS[kind]
    columns = ", ".join(f"{name}: ${name}[k]" for name in _given(kind, table))
    text = f"UNWIND range(0, $count - 1) AS k {match} {create.format(columns=columns)}"
    for start in range(0, table.num_rows, BATCH_ROWS):
        chunk = table.slice(start, BATCH_ROWS)
        parameters = to_parameters(kind, chunk)
        session.run(text, dict(parameters, count=chunk.num_rows, first_row=start)).consume()


def _bare_export(session: neo4j.Session, kind: Kind, item_count: int) -> int:
    """How many rows came, all columns that facts of the kind have: who exports cannot know which are null."""
    references = [name for name in ("item_row", "input_row", "output_row") if name in BARE_EXPORTS[kind]]
    columns = [*references, *(f"[f IN facts | f.{name}] AS {name}" for name in _stored(kind))]
    text = f"{BARE_EXPORTS[kind]} RETURN {', '.join(columns)}"
    read = 0
    for start in range(0, item_count, RANGE_ROWS):
        record = session.run(text, lo=start, hi=start + RANGE_ROWS).single(strict=True)
        read += len(record["uid"])
    return read


def _stored(kind: Kind) -> list[str]:
    unstored = REFERENCES | ({"unit"} if kind is Kind.SUPPLY else set())
    return [name for name in BATCH_SCHEMAS[kind].names if name not in unstored]


def _given(kind: Kind, table: Any) -> list[str]:
    """Columns with values; bare writes no others."""
    return [name for name, values in to_parameters(kind, table).items() if values and name not in REFERENCES]


def cpu_of(server: Neo4jServer) -> Callable[[], float | None]:
    """Reads the server process's CPU seconds so far, where it runs in our container on this machine."""
    if server.container_id is None:
        return lambda: None
    command = ["docker", "inspect", "--format", "{{.State.Pid}}", server.container_id]
    pid = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def read() -> float:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    return read


if __name__ == "__main__":
    raise SystemExit(main())
