"""Large batches in small stages: what the tests of staged writing share."""

import asyncio
from dataclasses import replace

from graph_service.model.batch import PreparedBatch
from graph_service.model.vocabulary import Kind
from graph_service.ports import SystemClock
from graph_service.store.neo4j import Limits, Neo4jStore
from tests.support.batches import (
    Record,
    benchmark,
    declaration,
    emission,
    factor,
    idempotency,
    item,
    prepared,
    region,
    supplier,
    supply,
)
from tests.support.neo4j_server import Neo4jServer

SMALL_STAGES = Limits(deadline_s=20.0, write_deadline_s=30.0, lease_s=120.0, chunk_rows=20, staged_above_rows=20)

BEYOND_HEAD = """
MATCH (head:Head {name: 'head'})
CALL (head) {
  MATCH (n) WHERE n.recorded_from > head.revision OR (n.recorded_to > head.revision AND n.recorded_to < 2147483647)
  RETURN count(n) AS nodes
}
CALL (head) {
  MATCH ()-[r]->()
  WHERE r.recorded_from > head.revision OR (r.recorded_to > head.revision AND r.recorded_to < 2147483647)
  RETURN count(r) AS edges
}
RETURN nodes + edges AS beyond, head.lease_holder IS NOT NULL AS is_held
"""


async def open_staged(server: Neo4jServer, limits: Limits = SMALL_STAGES) -> Neo4jStore:
    """A store that takes more than 20 rows in stages of 20."""
    return await Neo4jStore.open(
        uri=server.uri,
        user=server.user,
        password=server.password,
        database=server.database,
        clock=SystemClock(),
        limits=limits,
    )


def first_batch(items: int = 30, *, key: str = "first") -> PreparedBatch:
    """A chain of items with one row of every other kind."""
    return prepared(
        0,
        {
            Kind.REGION: [region("CN"), region("CN-SN", parent_uid="CN")],
            Kind.SUPPLIER: [supplier("s1"), supplier("s2")],
            Kind.ITEM: [item(f"i{k}", supplier_uid="s1") for k in range(items)],
            Kind.FACTOR: [factor("grid", region_uid="CN")],
            Kind.EMISSION: [emission("e0", "i0"), _by_factor("e1", "i1")],
            Kind.SUPPLY: [supply(f"x{k}", f"i{k}", f"i{k + 1}") for k in range(items - 1)],
            Kind.BENCHMARK: [benchmark("b")],
            Kind.DECLARATION: [declaration("d", "i2")],
        },
        key=idempotency(key),
    )


def second_batch(items: int = 30, *, new_items: int = 60, base_revision: int = 1, key: str = "second") -> PreparedBatch:
    """Replaces rows of every kind, renames and moves items, ends some rows and brings many."""
    names = [f"n{k}" for k in range(new_items)]
    return prepared(
        base_revision,
        {
            Kind.REGION: [region("CN-SN", name="Shaanxi", parent_uid="CN"), region("CN-SN-YL", parent_uid="CN-SN")],
            Kind.SUPPLIER: [supplier("s1", name="renamed")],
            Kind.ITEM: [
                *(item(f"i{k}", name=f"moved {k}", supplier_uid="s2") for k in range(items // 2)),
                *(item(name, supplier_uid="s2") for name in names),
            ],
            Kind.FACTOR: [factor("grid", region_uid="CN", kgco2e=0.5)],
            Kind.EMISSION: [_by_factor("e0", "i0"), *(emission(f"e-{name}", name) for name in names)],
            Kind.SUPPLY: [
                *(supply(f"x{k}", f"i{k}", f"i{k + 1}", amount=2.0) for k in range(items // 2)),
                *(supply(f"x-{name}", name, "i0", amount=0.1) for name in names),
            ],
            Kind.BENCHMARK: [benchmark("b", limit_kgco2e=4.0)],
            Kind.DECLARATION: [declaration("d", "i3", kgco2e=6.0), declaration("d2", "i2")],
        },
        ends={Kind.SUPPLY: [f"x{items - 2}"], Kind.EMISSION: ["e1"]},
        key=idempotency(key),
    )


def count_beyond_head(server: Neo4jServer) -> tuple[int, bool]:
    """Rows that no revision holds, counted behind the store's back, and whether a lease is written."""
    with server.driver() as driver, driver.session(database=server.database) as session:
        record = session.run(BEYOND_HEAD).single(strict=True)
        return record["beyond"], record["is_held"]


def let_lease_run_out(server: Neo4jServer) -> None:
    """As if the time of the lease had passed."""
    with server.driver() as driver, driver.session(database=server.database) as session:
        session.run("MATCH (head:Head) SET head.lease_until_ms = 0").consume()


async def wait_for_stage(server: Neo4jServer, *, rows: int = 20) -> None:
    """Until so many rows stand beyond the Head under a lease."""
    while True:
        beyond, is_held = await asyncio.to_thread(count_beyond_head, server)
        if is_held and beyond >= rows:
            return
        await asyncio.sleep(0.01)


def without_key(batch: PreparedBatch) -> PreparedBatch:
    """The same batch without idempotency."""
    return replace(batch, idempotency=None)


def _by_factor(uid: str, item_uid: str) -> Record:
    return emission(
        uid, item_uid, kgco2e=None, activity=2.0, activity_unit="kWh", factor_uid="grid", stage="RAW_MATERIAL"
    )
