"""How fast one item's footprint with ten hotspots is answered over HTTP, by a server process on the loopback address.

``python -m tests.bench.bench_http [--store URL] [--items N] [--requests N] [--quick]``. The graph has four inputs per
item, each from any earlier item, so that late items have nearly all others upstream. It is recorded once; a store that
holds it already (``--store`` of an earlier run) is asked as it is. Requests come one after the other, each for another
item; the first one, which exports the graph and solves all totals, is shown apart.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa

from graph_service.bootstrap import open_services
from graph_service.model.batch import ChangeBatch, ChangesRefused
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Door, Kind
from graph_service.service.access import OPERATOR
from graph_service.service.intake import apply_changes
from graph_service.settings import Settings

ROOT = Path(__file__).parents[2]
INPUTS_PER_ITEM = 4
SUPPLIERS = 500
SEED = 20260301

FOOTPRINT = """query ($uid: ID!) { item(uid: $uid) { uid footprint {
  totalKgCO2e directKgCO2e upstreamKgCO2e isComplete residualKgCO2e
  hotspots(first: 10) { totalCount edges { node { key label kgCO2e share item { uid supplier { name } } } } }
} } }"""

TOTAL = "query ($uid: ID!) { item(uid: $uid) { uid footprint { totalKgCO2e isComplete } } }"


def graph(item_count: int) -> ChangeBatch:
    """Items with a direct emission each and four inputs from earlier items; no loops, so every total is finite."""
    random = np.random.default_rng(SEED)
    output = np.repeat(np.arange(1, item_count), INPUTS_PER_ITEM)
    source = (random.random(len(output)) * output).astype(np.int64)
    uids = pa.array([f"item-{row:07}" for row in range(item_count)])
    suppliers = pa.array([f"supplier-{number:04}" for number in range(SUPPLIERS)])
    makers = suppliers.take(pa.array(random.integers(0, SUPPLIERS, item_count)))
    kgco2e = pa.array(random.lognormal(0, 1, item_count))
    amounts = pa.array(random.uniform(0.05, 0.25, len(output)))
    ends = {"input_uid": uids.take(pa.array(source)), "output_uid": uids.take(pa.array(output))}
    names = pa.array([f"edge-{row:07}" for row in range(len(output))])
    return ChangeBatch(
        {
            Kind.SUPPLIER: _table(Kind.SUPPLIER, {"uid": suppliers, "name": suppliers}),
            Kind.ITEM: _table(
                Kind.ITEM,
                {"uid": uids, "name": uids, "supplier_uid": makers, "declared_unit": _same("kg", item_count)},
            ),
            Kind.EMISSION: _table(Kind.EMISSION, {"uid": uids, "item_uid": uids, "kgco2e": kgco2e}),
            Kind.SUPPLY: _table(Kind.SUPPLY, {"uid": names, **ends, "amount": amounts}),
        }
    )


def _same(text: str, count: int) -> pa.Array:
    return pa.array([text] * count)


def _table(kind: Kind, columns: dict[str, pa.Array]) -> pa.Table:
    schema, count = BATCH_SCHEMAS[kind], len(columns["uid"])
    filled = [columns.get(field.name, pa.nulls(count, field.type)) for field in schema]
    return pa.table(filled, schema=schema)


async def record(store: str, item_count: int) -> None:
    """The graph in the store; a store that holds as many items keeps what it has."""
    async with open_services(Settings(store=store)) as services:
        _, facts = await services.snapshots.newest()
        if facts.items.num_rows == item_count:
            return
        outcome = await apply_changes(
            graph(item_count),
            principal=OPERATOR,
            door=Door.CLI,
            store=services.store,
            snapshots=services.snapshots,
            clock=services.clock,
        )
        if isinstance(outcome, ChangesRefused):
            sys.exit(f"the graph was refused: {outcome.findings[:3]}")


def ask(client: httpx.Client, url: str, query: str, uid: str) -> float:
    """Seconds until one answer, which must be a total."""
    started_s = time.perf_counter()
    response = client.post(f"{url}/graphql", json={"query": query, "variables": {"uid": uid}})
    while response.status_code == httpx.codes.GATEWAY_TIMEOUT:
        # A first answer may take longer than one operation may last; the graph goes on being built meanwhile.
        response = client.post(f"{url}/graphql", json={"query": query, "variables": {"uid": uid}})
    elapsed_s = time.perf_counter() - started_s
    body = response.json()
    if "errors" in body or body["data"]["item"]["footprint"]["totalKgCO2e"] is None:
        sys.exit(f"{uid} was not answered: {body}")
    return elapsed_s


def measure(url: str, item_count: int, request_count: int) -> list[dict[str, object]]:
    """One row per question: milliseconds of the first answer, and p50 and p99 of the others."""
    random, rows = np.random.default_rng(SEED + 1), []
    with httpx.Client(timeout=300) as client:
        for name, query in (("ten hotspots", FOOTPRINT), ("total alone", TOTAL)):
            uids = [f"item-{row:07}" for row in random.integers(item_count // 2, item_count, request_count + 1)]
            first_ms, *rest_ms = (1000 * ask(client, url, query, uid) for uid in uids)
            rows.append(
                {
                    "question": name,
                    "items": item_count,
                    "requests": request_count,
                    "first_ms": round(first_ms, 1),
                    "p50_ms": round(float(np.percentile(rest_ms, 50)), 2),
                    "p99_ms": round(float(np.percentile(rest_ms, 99)), 2),
                }
            )
    return rows


def run(store: str, item_count: int, request_count: int) -> list[dict[str, object]]:
    """Record the graph, serve it from a process of its own, and ask."""
    started_s = time.perf_counter()
    asyncio.run(record(store, item_count))
    print(f"recorded in {time.perf_counter() - started_s:.1f} s", flush=True)
    command = [sys.executable, "-m", "tests.support.serve_store", store]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            ready = server.stdout.readline().split()
            if ready[:1] != ["ready"]:
                sys.exit("the server did not start")
            return measure(ready[1], item_count, request_count)
        finally:
            server.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", help="a store's URL; default: a new SQLite file")
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--quick", action="store_true", help="10,000 items, 50 requests")
    options = parser.parse_args()
    items, requests = (10_000, 50) if options.quick else (options.items, options.requests)
    with tempfile.TemporaryDirectory() as folder:
        store = options.store or f"sqlite://{folder}/bench.db"
        rows = [{"store": store.partition(":")[0], **row} for row in run(store, items, requests)]
    for row in rows:
        print("  ".join(f"{name}={value}" for name, value in row.items()))
    out = ROOT / "build" / "bench"
    out.mkdir(parents=True, exist_ok=True)
    (out / "http.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
