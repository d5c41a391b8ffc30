"""Footprints pushed into a graph of 100,000 items and 400,000 supplies: many at once, and one after the other.

    python -m tests.bench.bench_declaring [--quick] [--stores embedded,neo4j]

At once: 10,000 PACT documents of some 3 kB, matched by identifiers, as one batch of the service, and uploads of as many
rows as CSV and as XLSX over the application; on the embedded store and on Neo4j (GRAPH_SERVICE_TEST_NEO4J_URI, which
is emptied, or a container; left out, and said so, where neither is there). One by one: a supplier whose footprints
count at once pushes a document by GraphQL, then the total of a product that takes the item is asked; the time is that
of both, over the application without a network, and each total must have moved. Before the batches, and after them with
their declarations in the graph. Wall seconds, CPU seconds of this process and of our container; the load of the machine
stands beside them: where it is more than the processors, wall time is not ours.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from graph_service.api.app import create_app
from graph_service.bootstrap import Services, open_services
from graph_service.model.batch import ChangesRefused
from graph_service.model.vocabulary import Door, Kind, Role
from graph_service.service.access import OPERATOR, create_key
from graph_service.service.day_graph import day_graph
from graph_service.service.declaring.declaring import declare
from graph_service.service.intake.applying import Call, apply_changes
from graph_service.service.views import ViewRequest
from graph_service.settings import Settings
from tests.bench.pushing import footprint_document, identified_graph, supplier_of_items, table_row, upload
from tests.bench.targets import Target, at_most

OUT = Path(__file__).parents[2] / "build" / "bench" / "declaring.json"
SEED = 20260401
AGREEMENT = 1e-9
BATCH_LIMIT_S, MEDIAN_LIMIT_MS, SLOW_LIMIT_MS = 20.0, 50.0, 250.0
MEDIA = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

DECLARE = """mutation ($input: DeclareFootprintInput!) { declareFootprint(input: $input) { __typename
  ... on FootprintDeclared { declaration { uid state totalKgCO2e } revision { number } findings { code path message } }
  ... on ChangesRefused { code findings { code path message } } } }"""
TOTAL = "query ($uid: ID!) { item(uid: $uid) { uid footprint { totalKgCO2e } } }"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    items: int
    batch: int
    pushes: int


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch of declarations. ``server_cpu_s``: None where there is no server, or it is not our container."""

    store: str
    way: str
    items: int
    declarations: int
    wall_s: float
    cpu_s: float
    server_cpu_s: float | None
    load: float


@dataclass(frozen=True, slots=True)
class PushRow:
    """Single pushes until a total downstream has moved."""

    declarations_before: int
    pushes: int
    p50_ms: float
    p99_ms: float
    worst_ms: float
    cpu_p50_ms: float
    cpu_p99_ms: float
    push_p50_ms: float
    total_p50_ms: float
    load: float


@dataclass(slots=True)
class House:
    """The service with the graph in hand, and who takes which item."""

    services: Services
    http: httpx.AsyncClient
    leader: str
    supplier_of: Mapping[int, str]
    uids: list[str]
    taken_by: Mapping[int, int]
    random: np.random.Generator

    async def ask(self, query: str, variables: Mapping[str, object], key: str) -> Any:
        """The data of an answer without errors."""
        answer = await self.http.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {key}"},
        )
        body = answer.json()
        if "errors" in body:
            sys.exit(f"not answered: {body['errors'][:2]}")
        return body["data"]

    async def total(self, uid: str) -> float:
        """An item's total."""
        found = await self.ask(TOTAL, {"uid": uid}, self.leader)
        return float(found["item"]["footprint"]["totalKgCO2e"])


@asynccontextmanager
async def house(store: str, item_count: int) -> AsyncIterator[House]:
    """The graph recorded on a store, its totals solved."""
    async with open_services(Settings(store=store)) as services:
        outcome = await apply_changes(
            identified_graph(item_count),
            principal=OPERATOR,
            door=Door.CLI,
            store=services.store,
            snapshots=services.snapshots,
            clock=services.clock,
        )
        if isinstance(outcome, ChangesRefused):
            sys.exit(f"the graph was refused: {outcome.findings[:3]}")
        _, facts = await services.snapshots.newest()
        leader = await _key(services, None)
        supplies = facts.tables[Kind.SUPPLY]
        taken_by = dict(zip(supplies["input_row"].to_pylist(), supplies["output_row"].to_pylist(), strict=True))
        transport = httpx.ASGITransport(create_app(services))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", timeout=600) as http:
            (await services.snapshots.view(ViewRequest())).day.roll_up(is_traced=True)
            opened = House(
                services=services,
                http=http,
                leader=leader,
                supplier_of=supplier_of_items(facts.items),
                uids=facts.items["uid"].to_pylist(),
                taken_by=taken_by,
                random=np.random.default_rng(SEED),
            )
            await opened.total(opened.uids[-1])
            yield opened


async def _key(services: Services, supplier_uid: str | None) -> str:
    role = Role.CHAIN_LEADER if supplier_uid is None else Role.SUPPLIER
    return await create_key(
        role=role,
        supplier_uid=supplier_uid,
        store=services.store,
        snapshots=services.snapshots,
        clock=services.clock,
    )


async def push_documents(opened: House, size: Size) -> None:
    """One batch of PACT documents through the service."""
    pushes = []
    for number in range(size.batch):
        row = number * (size.items // size.batch)
        document = footprint_document(number, item_row=row, supplier_uid=opened.supplier_of[row], random=opened.random)
        pushes.append(opened.services.pact.read_footprint(document, path=f"[{number}]"))
    outcome = await declare(
        pushes,
        call=Call("a batch of documents"),
        principal=OPERATOR,
        door=Door.CLI,
        store=opened.services.store,
        snapshots=opened.services.snapshots,
        clock=opened.services.clock,
    )
    if isinstance(outcome, ChangesRefused):
        sys.exit(f"the batch was refused: {outcome.findings[:3]}")
    recorded = sum(one.state == "ACCEPTED" for one in outcome.outcomes)
    if recorded != size.batch:
        sys.exit(f"{recorded} of {size.batch} footprints were accepted")


def uploading(kind: str, size: Size, opened: House) -> Callable[[House, Size], Awaitable[None]]:
    """The upload of a file that is ready."""
    shift = 1 + list(MEDIA).index(kind)
    rows = [table_row(number * (size.items // size.batch) + shift, opened.random) for number in range(size.batch)]
    content = upload(kind, rows)

    async def send(opened: House, size: Size) -> None:
        answer = await opened.http.post(
            "/uploads/declarations",
            content=content,
            headers={"authorization": f"Bearer {opened.leader}", "content-type": MEDIA[kind]},
        )
        recorded = sum(row["status"] == "ACCEPTED" for row in answer.json().get("rows", ()))
        if recorded != size.batch:
            sys.exit(f"{recorded} of {size.batch} rows were accepted: {answer.text[:500]}")

    return send


async def measure_batches(
    opened: House, store: str, size: Size, server_cpu: Callable[[], float | None] = lambda: None
) -> list[BatchRow]:
    """One row for each way in."""
    ways = {"PACT documents": push_documents} | {f"{kind} upload": uploading(kind, size, opened) for kind in MEDIA}
    rows = []
    for way, work in ways.items():
        wall_s, cpu_s, server_s = time.perf_counter(), time.process_time(), server_cpu()
        await work(opened, size)
        wall_s, cpu_s, ended_s = time.perf_counter() - wall_s, time.process_time() - cpu_s, server_cpu()
        taken_s = None if server_s is None or ended_s is None else round(ended_s - server_s, 2)
        rows.append(BatchRow(store, way, size.items, size.batch, round(wall_s, 2), round(cpu_s, 2), taken_s, load()))
        print(line(rows[-1]), flush=True)
    return rows


async def measure_pushes(opened: House, size: Size, *, first_number: int) -> PushRow:
    """Each push is of another item and by its own supplier."""
    _, facts = await opened.services.snapshots.newest()
    declared = set(facts.tables[Kind.DECLARATION]["item_row"].to_pylist())
    open_rows = [row for row, output_row in opened.taken_by.items() if output_row not in declared]
    rows = opened.random.choice(open_rows, size.pushes + 1, replace=False).tolist()
    keys = {uid: await _key(opened.services, uid) for uid in {opened.supplier_of[row] for row in rows}}
    taken: list[tuple[float, float, float, float]] = []
    for number, row in enumerate(rows):
        product = opened.uids[opened.taken_by[row]]
        supplier_uid = opened.supplier_of[row]
        document = footprint_document(
            first_number + number, item_row=row, supplier_uid=supplier_uid, random=opened.random
        )
        given = {"idempotencyKey": f"push {first_number + number}", "pact": document}
        old_kgco2e = await opened.total(product)
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        told = (await opened.ask(DECLARE, {"input": given}, keys[supplier_uid]))["declareFootprint"]
        pushed_s = time.perf_counter()
        kgco2e = await opened.total(product)
        ended_s = time.perf_counter()
        taken.append((ended_s - wall_s, time.process_time() - cpu_s, pushed_s - wall_s, ended_s - pushed_s))
        if told["__typename"] != "FootprintDeclared" or told["declaration"]["state"] != "ACCEPTED":
            sys.exit(f"{document['productIds']} was not accepted: {told}")
        if kgco2e == old_kgco2e:
            sys.exit(f"the total of {product} did not move")
    await check(opened)
    wall_ms, cpu_ms, push_ms, total_ms = (1e3 * np.array(taken[1:])).T  # the first one compiles statements
    return PushRow(
        declarations_before=facts.tables[Kind.DECLARATION].num_rows,
        pushes=size.pushes,
        p50_ms=part_of(wall_ms, 50),
        p99_ms=part_of(wall_ms, 99),
        worst_ms=part_of(wall_ms, 100),
        cpu_p50_ms=part_of(cpu_ms, 50),
        cpu_p99_ms=part_of(cpu_ms, 99),
        push_p50_ms=part_of(push_ms, 50),
        total_p50_ms=part_of(total_ms, 50),
        load=load(),
    )


async def check(opened: House) -> None:
    """Ends the bench where the totals that followed the pushes are not those of the store's facts."""
    view = await opened.services.snapshots.view(ViewRequest())
    facts = await opened.services.store.export(view.view.revision.number)
    anew = day_graph(view.view.revision, view.view.as_of, facts).roll_up(is_traced=False).total_kgco2e()
    followed = view.roll_up().total_kgco2e()
    difference = float(np.abs(followed / anew - 1).max())
    if not difference <= AGREEMENT:
        sys.exit(f"followed and rebuilt totals differ by {difference:.1e}")


def part_of(taken_ms: Any, percent: int) -> float:
    """A percentile, rounded."""
    return round(float(np.percentile(taken_ms, percent)), 1)


def load() -> float:
    """Processes that ran or waited, over the last minute."""
    return round(os.getloadavg()[0], 1)


def line(row: BatchRow | PushRow) -> str:
    """A row as it is printed."""
    return "  ".join(f"{name} {value}" for name, value in asdict(row).items())


async def measure_embedded(size: Size) -> tuple[list[BatchRow], list[PushRow]]:
    """Single pushes before and after the batches."""
    pushes = []
    with tempfile.TemporaryDirectory() as folder:
        async with house(f"sqlite://{folder}/graph.db", size.items) as opened:
            pushes.append(await measure_pushes(opened, size, first_number=1_000_000))
            print(line(pushes[-1]), flush=True)
            batches = await measure_batches(opened, "embedded", size)
            pushes.append(await measure_pushes(opened, size, first_number=2_000_000))
            print(line(pushes[-1]), flush=True)
    return batches, pushes


async def measure_neo4j(size: Size) -> list[BatchRow]:
    """The batches on a server of our own, or the one that is named."""
    # Here, because both need the driver, and the second one pytest.
    from tests.bench.bench_neo4j import cpu_of
    from tests.support.neo4j_server import running_server, wipe_schema

    with running_server() as server:
        wipe_schema(server)
        async with house(server.url, size.items) as opened:
            return await measure_batches(opened, "neo4j", size, cpu_of(server))


def targets_of(batches: list[BatchRow], pushes: list[PushRow]) -> list[Target]:
    """The promises, for the sizes that they are made for."""
    found = [
        at_most(f"{row.declarations:,} declarations, {row.way}, {row.store}", BATCH_LIMIT_S, row.wall_s, "s")
        for row in batches
        if row.declarations >= 10_000
    ]
    for row in pushes:
        what = f"push to a downstream total, {row.declarations_before:,} declarations recorded"
        found.append(at_most(f"{what}, p50", MEDIAN_LIMIT_MS, row.p50_ms, "ms"))
        found.append(at_most(f"{what}, p99", SLOW_LIMIT_MS, row.p99_ms, "ms"))
    return found


def main() -> int:
    """Measure, print, write ``build/bench/declaring.json``; exit 1 where an answer is wrong."""
    parser = argparse.ArgumentParser(description="Footprints pushed at once and one by one.")
    parser.add_argument("--quick", action="store_true", help="10,000 items, batches of 1,000, 50 pushes")
    parser.add_argument("--stores", default="embedded,neo4j", help="embedded, neo4j")
    options = parser.parse_args()
    size = Size(10_000, 1_000, 50) if options.quick else Size(100_000, 10_000, 300)
    stores = options.stores.split(",")
    batches: list[BatchRow] = []
    pushes: list[PushRow] = []
    if "embedded" in stores:
        batches, pushes = asyncio.run(measure_embedded(size))
    if "neo4j" in stores:
        try:
            batches += asyncio.run(measure_neo4j(size))
        except RuntimeError as error:
            print(f"neo4j is left out: {error}", file=sys.stderr)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "batches": [asdict(row) for row in batches],
        "pushes": [asdict(row) for row in pushes],
        "targets": [asdict(target) for target in targets_of(batches, pushes)],
    }
    OUT.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
