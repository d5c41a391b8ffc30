"""Several callers and processes on one store, and its opening and closing. A second handle stands for a process."""

import asyncio

import pytest

from graph_service.errors import Conflict, StoreUnavailable
from graph_service.model.vocabulary import Kind
from graph_service.ports import GraphStore
from tests.conftest import OpenStore
from tests.support.batches import canonical, emission, item, prepared, supply
from tests.support.clock import FixedClock

WRITERS, TURNS = 4, 5


async def test_of_batches_for_the_same_revision_one_wins(open_store: OpenStore) -> None:
    stores = [await open_store(), await open_store()]
    calls = [stores[turn % 2].apply(prepared(0, {Kind.ITEM: [item(f"i{turn}")]})) for turn in range(6)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert len(refused) == 5
    assert all(isinstance(outcome, Conflict) for outcome in refused)
    assert (await stores[0].export(1)).items.num_rows == 1
    assert (await stores[1].revision()).number == 1


async def test_writers_that_repeat_after_a_conflict_lose_no_update(open_store: OpenStore) -> None:
    stores = [await open_store(), await open_store()]
    await stores[0].apply(prepared(0, {Kind.ITEM: [item("counter", mass_kg=0.0)]}))

    async def count_up(store: GraphStore) -> None:
        while True:
            number = (await store.revision()).number
            mass_kg = (await store.export(number)).items["mass_kg"][0].as_py()
            try:
                await store.apply(prepared(number, {Kind.ITEM: [item("counter", mass_kg=mass_kg + 1)]}))
            except Conflict:
                await asyncio.sleep(0)
            else:
                return

    for _ in range(TURNS):
        await asyncio.gather(*(count_up(stores[writer % 2]) for writer in range(WRITERS)))
    newest = await stores[1].revision()
    assert newest.number == 1 + WRITERS * TURNS
    assert (await stores[1].export(newest.number)).items["mass_kg"].to_pylist() == [WRITERS * TURNS]


async def test_readers_see_whole_revisions_while_others_write(open_store: OpenStore) -> None:
    """Revision n holds n items, n edges and n emissions, all of which say n."""
    writer, reader = await open_store(), await open_store()
    is_done = False

    async def write() -> None:
        nonlocal is_done
        for number in range(1, 13):
            uids = [f"i{place}" for place in range(number)]
            upserts = {
                Kind.ITEM: [item(uid, mass_kg=float(number)) for uid in uids],
                Kind.SUPPLY: [supply(f"s{uid}", uid, "i0", amount=float(number)) for uid in uids],
                Kind.EMISSION: [emission(f"e{uid}", uid, kgco2e=float(number)) for uid in uids],
            }
            await writer.apply(prepared(number - 1, upserts))
            await asyncio.sleep(0)
        is_done = True

    async def read() -> set[int]:
        seen: set[int] = set()
        while not is_done:
            number = (await reader.revision()).number
            facts = await reader.export(number)
            for kind, column in ((Kind.ITEM, "mass_kg"), (Kind.SUPPLY, "amount"), (Kind.EMISSION, "kgco2e")):
                assert facts.tables[kind][column].to_pylist() == [float(number)] * number
            seen.add(number)
            await asyncio.sleep(0)
        return seen

    _, *seen = await asyncio.gather(write(), read(), read())
    assert all(seen)


async def test_what_one_handle_wrote_the_other_reads_at_once(open_store: OpenStore) -> None:
    one, other = await open_store(), await open_store()
    assert (await other.revision()).number == 0
    receipt = await one.apply(prepared(0, {Kind.ITEM: [item("a")]}))
    assert await other.revision() == receipt.revision
    assert canonical(await other.export(1)) == canonical(await one.export(1))


async def test_a_store_opened_again_holds_all_that_was_acknowledged(open_store: OpenStore) -> None:
    store = await open_store(clock=FixedClock())
    await store.apply(prepared(0, {Kind.ITEM: [item("a"), item("b")], Kind.SUPPLY: [supply("ab", "a", "b")]}))
    await store.apply(prepared(1, {Kind.ITEM: [item("b", mass_kg=2.0)]}))
    facts = [canonical(await store.export(number)) for number in range(3)]
    revisions = await store.revisions(first=9)
    await store.close()
    reopened = await open_store()
    assert await reopened.revisions(first=9) == revisions
    assert [canonical(await reopened.export(number)) for number in range(3)] == facts
    await reopened.apply(prepared(2, {Kind.ITEM: [item("c")]}))
    assert (await reopened.export(3)).items["uid"].to_pylist() == ["a", "b", "c"]


async def test_a_closed_store_says_so_and_closing_twice_is_no_fault(open_store: OpenStore) -> None:
    store = await open_store()
    await store.check_ready()
    await store.close()
    await store.close()
    for call in (
        store.revision(),
        store.export(0),
        store.apply(prepared(0, {Kind.ITEM: [item("a")]})),
        store.keys(),
        store.check_ready(),
    ):
        with pytest.raises(StoreUnavailable):
            await call
