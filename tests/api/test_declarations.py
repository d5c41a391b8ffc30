"""Declarations that came with the chain leader's data sets: shown, in force, and beside the traced total."""

from datetime import date, timedelta

import pyarrow as pa
import pytest

from graph_service.model.batch import ChangeBatch, ChangesApplied
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Door, Kind, Role
from graph_service.service.access import OPERATOR
from graph_service.service.intake import apply_changes
from tests.api.conftest import PACK_KGCO2E
from tests.conftest import OpenStore
from tests.support.api_client import Api
from tests.support.batches import declaration
from tests.support.clock import NOON, FixedClock


@pytest.fixture
def open_store(embedded_only: OpenStore) -> OpenStore:
    """What a declaration shows is the same on every store."""
    return embedded_only


async def declare(api: Api, *records: object) -> None:
    """Record declarations as an import does."""
    table = pa.Table.from_pylist(list(records), schema=BATCH_SCHEMAS[Kind.DECLARATION])
    services = api.services
    outcome = await apply_changes(
        ChangeBatch({Kind.DECLARATION: table}),
        principal=OPERATOR,
        door=Door.CLI,
        store=services.store,
        snapshots=services.snapshots,
        clock=services.clock,
    )
    assert isinstance(outcome, ChangesApplied), outcome


@pytest.fixture
async def declared(chain: Api, clock: FixedClock) -> Api:
    """The small chain with a declaration of the pack, then one of the ore an hour later."""
    await declare(chain, declaration("pack-1", "pack", kgco2e=180.0, biogenic_uptake_kgco2e=-5.0))
    clock.advance(timedelta(hours=1))
    await declare(chain, declaration("ore-1", "ore", kgco2e=3.0, primary_data_share=0.5))
    return chain


DECLARATIONS = """{ declarations { totalCount edges { node {
  uid item { uid } state totalKgCO2e totalIncludingUptakeKgCO2e declaredUnit primaryDataShare validFrom validTo
  precedingUids receivedAt receivedFrom
} } } }"""


async def test_declarations_are_listed_newest_first_with_all_that_was_recorded(declared: Api) -> None:
    await declared.ask("{ items { totalCount } }")  # the newest facts are in hand from here on
    declared.store.calls.clear()

    found = (await declared.ask(DECLARATIONS))["declarations"]

    assert [edge["node"]["uid"] for edge in found["edges"]] == ["ore-1", "pack-1"]
    assert found["edges"][1]["node"] == {
        "uid": "pack-1",
        "item": {"uid": "pack"},
        "state": "ACCEPTED",
        "totalKgCO2e": 180,
        "totalIncludingUptakeKgCO2e": 175,
        "declaredUnit": "pc",
        "primaryDataShare": None,
        "validFrom": "2026-01-01",
        "validTo": "2029-01-01",
        "precedingUids": [],
        "receivedAt": NOON.isoformat().replace("+00:00", "Z"),
        "receivedFrom": "command line",
    }
    assert found["edges"][0]["node"]["totalIncludingUptakeKgCO2e"] is None, "an uptake not given is not zero"
    assert dict(declared.store.calls) == {"revision": 1, "revisions": 1}


async def test_a_declaration_in_force_stands_in_for_the_upstream_and_is_reconciled_with_it(declared: Api) -> None:
    query = """query ($basis: Basis) { item(uid: "pack", view: {basis: $basis}) { footprint {
      totalKgCO2e directKgCO2e upstreamKgCO2e
      reconciliation { declaredKgCO2e tracedKgCO2e differenceKgCO2e tracedIsComplete } } } }"""

    by_default = (await declared.ask(query))["item"]["footprint"]
    traced = (await declared.ask(query, {"basis": "TRACED"}))["item"]["footprint"]

    assert (by_default["totalKgCO2e"], by_default["directKgCO2e"], by_default["upstreamKgCO2e"]) == (180, 180, 0)
    assert traced["totalKgCO2e"] == pytest.approx(PACK_KGCO2E, rel=1e-12)
    assert by_default["reconciliation"] == traced["reconciliation"]
    assert by_default["reconciliation"]["declaredKgCO2e"] == 180
    assert by_default["reconciliation"]["tracedKgCO2e"] == pytest.approx(PACK_KGCO2E, rel=1e-12)
    assert by_default["reconciliation"]["differenceKgCO2e"] == pytest.approx(180 - PACK_KGCO2E, rel=1e-12)


async def test_declarations_are_filtered_by_state_and_found_by_uid_and_id(declared: Api) -> None:
    found = await declared.ask("""{
      accepted: declarations(state: [ACCEPTED]) { totalCount }
      queried: declarations(state: [QUERIED, REJECTED]) { totalCount }
      item(uid: "pack") { declarations { edges { node { id uid } } } none: declarations(state: []) { totalCount } }
      declaration(uid: "pack-1") { id }
    }""")
    node_id = found["declaration"]["id"]
    node = await declared.ask("query ($id: ID!) { node(id: $id) { ... on Declaration { uid } } }", {"id": node_id})

    assert (found["accepted"]["totalCount"], found["queried"]["totalCount"]) == (2, 0)
    assert found["item"] == {
        "declarations": {"edges": [{"node": {"id": node_id, "uid": "pack-1"}}]},
        "none": {"totalCount": 0},
    }
    assert node == {"node": {"uid": "pack-1"}}


async def test_a_supplier_sees_the_declarations_of_its_own_items(declared: Api) -> None:
    found = await declared.ask(
        '{ declarations { edges { node { uid receivedFrom } } } declaration(uid: "ore-1") { uid } }',
        key=await declared.key(Role.SUPPLIER, "cells"),
    )

    assert found == {
        "declarations": {"edges": [{"node": {"uid": "pack-1", "receivedFrom": None}}]},
        "declaration": None,
    }


async def test_an_expired_declaration_gives_way_to_the_structure(chain: Api) -> None:
    await declare(chain, declaration("old", "pack", kgco2e=180.0, valid_to=date(2026, 2, 1)))

    found = await chain.ask('{ item(uid: "pack") { footprint { totalKgCO2e reconciliation { declaredKgCO2e } } } }')

    assert found["item"]["footprint"]["totalKgCO2e"] == pytest.approx(PACK_KGCO2E, rel=1e-12)
    assert found["item"]["footprint"]["reconciliation"] is None
