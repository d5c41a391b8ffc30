"""How many calls a request makes to the store: the table of DESIGN, section 6."""

from tests.api.conftest import CHAIN
from tests.conftest import OpenStore
from tests.support.api_client import Api, api_on
from tests.support.clock import FixedClock

PAGE = """{ items(first: 200) { totalCount edges { node {
  uid supplier { uid region { code parent { code } } } region { code }
  inputs { edges { node { input { uid supplier { uid } } } } }
  emissions { edges { node { kgCO2e factorUsed { uid region { code } } } } }
  footprint { totalKgCO2e hotspots(first: 3) { edges { node { key } } } }
} } } }"""


async def test_a_page_with_suppliers_edges_emissions_and_footprints_is_one_store_call(chain: Api) -> None:
    chain.store.calls.clear()

    found = await chain.ask(PAGE)

    assert found["items"]["totalCount"] == 4
    assert dict(chain.store.calls) == {"revision": 1}


async def test_a_process_that_just_started_exports_once_for_any_number_of_questions(
    open_store: OpenStore, clock: FixedClock
) -> None:
    store = await open_store(clock=clock)
    async with api_on(store, clock=clock) as writer:
        await writer.record("chain", **CHAIN)
    async with api_on(store, clock=clock) as reader:
        await reader.ask(PAGE)
        await reader.ask(PAGE)

        assert dict(reader.store.calls) == {"revision": 2, "export": 1}


async def test_a_push_writes_once_and_reads_no_facts(chain: Api) -> None:
    chain.store.calls.clear()

    await chain.record("more", items=[{"uid": "bolt", "declaredUnit": "pc"}])

    assert dict(chain.store.calls) == {"apply": 1}


async def test_what_was_just_pushed_is_answered_without_an_export(chain: Api) -> None:
    await chain.record("more", items=[{"uid": "bolt", "declaredUnit": "pc"}])
    chain.store.calls.clear()

    assert (await chain.ask('{ item(uid: "bolt") { uid } }'))["item"] == {"uid": "bolt"}
    assert dict(chain.store.calls) == {"revision": 1}


async def test_a_page_of_revisions_is_two_store_calls(chain: Api) -> None:
    chain.store.calls.clear()

    await chain.ask("{ revisions { totalCount edges { node { number by door summary } } } }")

    assert dict(chain.store.calls) == {"revision": 1, "revisions": 1}
