"""Lists of footprints by PACT, page after page to the end, through the application without a network.

    python -m tests.bench.bench_pact [--quick]

Declarations of one batch, each with a document beside it; the CPU time of every page of 100, for the chain leader, for
a partner that was granted half the items, with a filter, and of one footprint by its id. The promise: no page slower
than three times the median page.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import httpx

from graph_service.api.app import create_app
from graph_service.bootstrap import open_services
from graph_service.model.batch import Beside
from graph_service.model.partners import PactVersion, Partner
from graph_service.model.vocabulary import Kind, Role
from graph_service.service.access import create_key
from graph_service.settings import Settings
from tests.api.pact.conftest import declared, document_record, footprint_id
from tests.bench.targets import Target, at_most
from tests.support.batches import item, prepared, supplier

OUT = Path(__file__).parents[2] / "build" / "bench" / "pact.json"
HOST = "https://carbon.example"
PAGE = 100
SLOWEST_TO_MEDIAN = 3.0
ROUNDS = 3
"""Each walk is repeated; of each page the best time counts: what other work on the machine costs is not ours."""


@dataclass(frozen=True, slots=True)
class Row:
    """One walk from the first page to the last."""

    footprints: int
    walk: str
    pages: int
    listed: int
    median_ms: float
    slowest_ms: float
    slowest_to_median: float


async def measure(count: int) -> list[Row]:
    """All walks on a fresh embedded store."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(store=f"sqlite://{folder}/graph.db")
        async with open_services(settings) as services:
            leader, buyer = [
                await create_key(
                    role=role,
                    supplier_uid=None,
                    store=services.store,
                    snapshots=services.snapshots,
                    clock=services.clock,
                )
                for role in (Role.CHAIN_LEADER, Role.PUBLIC)
            ]
            items = [f"item-{number}" for number in range(max(1, count // 10))]
            partner = Partner(
                "buyer",
                "Buyer",
                "https://buyer.example",
                PactVersion.V3,
                buyer.split("_")[1],
                item_uids=tuple(items[::2]),
            )
            facts: dict[Kind, Sequence[Mapping[str, object]]] = {
                Kind.SUPPLIER: [supplier("cells", identifiers="urn:example:company:cells")],
                Kind.ITEM: [item(uid, supplier_uid="cells", mass_kg=1.0) for uid in items],
                Kind.DECLARATION: [
                    declared(number, items[number % len(items)], is_published=True, document_format="PACT_V3")
                    for number in range(count)
                ],
            }
            documents = tuple(document_record(number, _document(number)) for number in range(count))
            await services.store.apply(prepared(0, facts, beside=Beside((*documents, partner.to_record(is_new=True)))))
            transport = httpx.ASGITransport(create_app(services), client=("192.0.2.9", 50_000))
            async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
                return [
                    await _walk(http, leader, "all", f"/3/footprints?limit={PAGE}", count),
                    await _walk(http, buyer, "granted half", f"/3/footprints?limit={PAGE}", count),
                    await _walk(
                        http, leader, "filtered", f"/3/footprints?limit={PAGE}&geography=cn&status=active", count
                    ),
                    await _walk(http, leader, "by id", f"/3/footprints/{footprint_id(count // 2)}", count),
                ]


def _document(number: int) -> dict[str, object]:
    """Some 2 KB, as documents are."""
    return {"id": footprint_id(number), "specVersion": "3.0.3", "status": "Active", "comment": "x" * 1_800}


async def _walk(http: httpx.AsyncClient, key: str, name: str, start: str, count: int) -> Row:
    """Every page by the links, several times over; a page without a link is the last."""
    headers = {"authorization": f"Bearer {key}"}
    best_ms: list[float] = []
    listed = 0
    for turn in range(ROUNDS + 1):
        url, page, listed = start, 0, 0
        while url:
            started_s = time.process_time()
            answer = await http.get(url, headers=headers)
            elapsed_ms = 1e3 * (time.process_time() - started_s)
            data = answer.raise_for_status().json()["data"]
            listed += len(data) if isinstance(data, list) else 1
            if turn == 1:
                best_ms.append(elapsed_ms)
            elif turn > 1:
                best_ms[page] = min(best_ms[page], elapsed_ms)
            link = answer.headers.get("link", "")
            url, page = link[1 : link.index(">")] if link else "", page + 1
    middle, slowest = median(best_ms), max(best_ms)
    return Row(count, name, len(best_ms), listed, round(middle, 2), round(slowest, 2), round(slowest / middle, 2))


def main() -> int:
    """Measure, print, write ``build/bench/pact.json``; exit 1 where a walk did not meet all that it should."""
    parser = argparse.ArgumentParser(description="Lists of footprints by PACT.")
    parser.add_argument("--quick", action="store_true", help="1,000 footprints instead of 10,000")
    count = 1_000 if parser.parse_args().quick else 10_000
    rows = asyncio.run(measure(count))
    print(f"{'walk':>14} {'pages':>6} {'listed':>7} {'median ms':>10} {'slowest ms':>11} {'slowest/median':>15}")
    for row in rows:
        print(
            f"{row.walk:>14} {row.pages:>6} {row.listed:>7} {row.median_ms:>10.2f} {row.slowest_ms:>11.2f} "
            f"{row.slowest_to_median:>15.2f}"
        )
    targets: list[Target] = [
        at_most(
            f"slowest page of {row.listed:,} footprints in median pages: {row.walk}",
            SLOWEST_TO_MEDIAN,
            row.slowest_to_median,
        )
        for row in rows
        if row.pages > 1
    ]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    document = {"walks": [asdict(row) for row in rows], "targets": [asdict(target) for target in targets]}
    OUT.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    wanted = {"all": count, "granted half": count // 2, "filtered": count, "by id": 1}
    return 0 if all(row.listed == wanted[row.walk] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
