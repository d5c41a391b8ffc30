"""Changes turn the facts of one revision into those of a later one, and cost what they touch."""

import asyncio
from datetime import date

import pytest

from graph_service.errors import NotFound
from graph_service.model.fact_changes import FactChanges
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Kind
from graph_service.ports import GraphStore
from tests.conftest import OpenStore
from tests.support.batches import (
    Records,
    benchmark,
    declaration,
    emission,
    factor,
    item,
    prepared,
    region,
    supplier,
    supply,
)
from tests.support.fact_changes import check_followed, in_records

ENOUGH_ROWS = 1_000

EVERY_KIND: Records = {
    Kind.REGION: [region("CN"), region("CN-61", parent_uid="CN")],
    Kind.SUPPLIER: [supplier("mine", region_uid="CN")],
    Kind.ITEM: [item("ore", supplier_uid="mine", mass_kg=1.0), item("car", declared_unit="pc", name_zh="车")],
    Kind.FACTOR: [factor("grid", region_uid="CN", gsd=1.2)],
    Kind.EMISSION: [emission("e", "ore", kgco2e=None, activity=2.0, activity_unit="kWh", factor_uid="grid")],
    Kind.SUPPLY: [supply("s", "car", "ore", unit="pc", valid_from=date(2026, 1, 1))],
    Kind.BENCHMARK: [benchmark("b", valid_from=date(2025, 1, 1))],
    Kind.DECLARATION: [declaration("d", "car", is_verified=True, preceding="c b")],
}


async def _recorded(store: GraphStore, *batches: tuple[Records, dict[Kind, list[str]]]) -> None:
    """The batches as the next revisions, each of upserts and ends."""
    base = (await store.revision()).number
    for number, (upserts, ends) in enumerate(batches, base):
        await store.apply(prepared(number, upserts, ends=ends))


async def _changes(store: GraphStore, revision: int, to_revision: int) -> FactChanges:
    changes = await store.changes_since(revision, to_revision, most_rows=ENOUGH_ROWS)
    assert changes is not None
    return changes


def _uids(changes: FactChanges) -> dict[Kind, list[str]]:
    return {kind: table["uid"].to_pylist() for kind, table in changes.upserts.items()}


async def test_every_column_of_every_kind_comes_as_it_was_recorded(open_store: OpenStore) -> None:
    store = await open_store()
    await _recorded(store, (EVERY_KIND, {}))
    changes = await check_followed(store, 0, 1)
    given = prepared(0, EVERY_KIND).upserts
    assert set(changes.upserts) == set(Kind)
    for kind, table in changes.upserts.items():
        assert table.schema.equals(BATCH_SCHEMAS[kind])
        assert table.sort_by("uid").to_pylist() == given[kind].sort_by("uid").to_pylist(), kind
    assert changes.received_revisions == (1,)
    assert not changes.ends
    assert not changes.has_returned


async def test_between_a_revision_and_itself_nothing_differs(open_store: OpenStore) -> None:
    store = await open_store()
    await _recorded(store, (EVERY_KIND, {}))
    for revision in (0, 1):
        assert await store.changes_since(revision, revision, most_rows=0) == FactChanges()


async def test_only_what_was_touched_is_there(open_store: OpenStore) -> None:
    store = await open_store()
    await _recorded(
        store,
        (EVERY_KIND, {}),
        ({Kind.SUPPLY: [supply("s", "car", "ore", unit="pc", amount=2.0)]}, {Kind.EMISSION: ["e"]}),
        ({Kind.SUPPLY: [supply("s", "car", "ore", unit="pc", amount=3.0), supply("t", "ore", "car")]}, {}),
    )
    changes = await check_followed(store, 1, 3)
    assert _uids(changes) == {Kind.SUPPLY: ["s", "t"]}
    assert changes.upserts[Kind.SUPPLY]["amount"].to_pylist() == [3.0, 1.0]
    assert changes.upserts[Kind.SUPPLY]["unit"].to_pylist() == ["pc", "kg"]
    assert changes.ends == {Kind.EMISSION: ["e"]}
    assert changes.row_count == 3
    past = await check_followed(store, 1, 2)
    assert past.upserts[Kind.SUPPLY]["amount"].to_pylist() == [2.0]


async def test_what_opens_and_closes_in_between_appears_nowhere(open_store: OpenStore) -> None:
    store = await open_store()
    await _recorded(
        store,
        ({Kind.ITEM: [item("a"), item("b")]}, {}),
        ({Kind.SUPPLY: [supply("s", "a", "b")], Kind.ITEM: [item("c")], Kind.DECLARATION: [declaration("d", "c")]}, {}),
        ({}, {Kind.SUPPLY: ["s"], Kind.ITEM: ["c"], Kind.DECLARATION: ["d"]}),
    )
    assert await check_followed(store, 1, 3) == FactChanges()
    assert (await check_followed(store, 2, 3)).ends == {
        Kind.ITEM: ["c"],
        Kind.SUPPLY: ["s"],
        Kind.DECLARATION: ["d"],
    }


async def test_what_ends_and_comes_back_in_between_is_an_upsert_in_its_old_place(open_store: OpenStore) -> None:
    store = await open_store()
    await _recorded(
        store,
        ({Kind.ITEM: [item("a"), item("b")], Kind.DECLARATION: [declaration("d", "b")]}, {}),
        ({}, {Kind.ITEM: ["a"], Kind.DECLARATION: ["d"]}),
        ({Kind.ITEM: [item("a", mass_kg=2.0)], Kind.DECLARATION: [declaration("d", "b", kgco2e=9.0)]}, {}),
    )
    changes = await check_followed(store, 1, 3)
    assert _uids(changes) == {Kind.ITEM: ["a"], Kind.DECLARATION: ["d"]}
    assert changes.received_revisions == (1,)
    assert not changes.has_returned
    assert not changes.ends


@pytest.mark.parametrize("kind", [Kind.ITEM, Kind.DECLARATION])
async def test_a_return_of_what_was_away_is_told(open_store: OpenStore, kind: Kind) -> None:
    store = await open_store()
    first: Records = {Kind.ITEM: [item("a"), item("b")], Kind.DECLARATION: [declaration("d", "b")]}
    uid = {Kind.ITEM: "a", Kind.DECLARATION: "d"}[kind]
    back = {Kind.ITEM: [item("a")]} if kind is Kind.ITEM else {Kind.DECLARATION: [declaration("d", "b")]}
    await _recorded(store, (first, {}), ({}, {kind: [uid]}), (back, {}))
    assert (await check_followed(store, 2, 3)).has_returned
    assert not (await check_followed(store, 1, 3)).has_returned
    # First recorded after the earlier revision: its place is among the new ones.
    assert not (await check_followed(store, 0, 3)).has_returned


async def test_a_returned_edge_or_emission_needs_no_new_export(open_store: OpenStore) -> None:
    store = await open_store()
    rows: Records = {Kind.SUPPLY: [supply("s", "a", "b")], Kind.EMISSION: [emission("e", "a")]}
    await _recorded(
        store,
        ({Kind.ITEM: [item("a"), item("b")], **rows}, {}),
        ({}, {Kind.SUPPLY: ["s"], Kind.EMISSION: ["e"]}),
        (rows, {}),
    )
    changes = await check_followed(store, 2, 3)
    assert _uids(changes) == {Kind.SUPPLY: ["s"], Kind.EMISSION: ["e"]}
    assert not changes.has_returned


async def test_new_items_and_declarations_stand_in_the_order_of_first_recording(open_store: OpenStore) -> None:
    store = await open_store()
    await _recorded(
        store,
        ({Kind.ITEM: [item("z"), item("m")]}, {}),
        ({Kind.ITEM: [item("y"), item("b")], Kind.DECLARATION: [declaration("q", "z"), declaration("c", "m")]}, {}),
        ({Kind.ITEM: [item("a"), item("b", mass_kg=1.0), item("m", mass_kg=1.0)]}, {}),
        ({Kind.DECLARATION: [declaration("a", "z"), declaration("q", "z", kgco2e=6.0)]}, {}),
    )
    changes = await check_followed(store, 1, 4)
    assert _uids(changes) == {Kind.ITEM: ["m", "y", "b", "a"], Kind.DECLARATION: ["q", "c", "a"]}
    assert changes.received_revisions == (2, 2, 4)


async def test_more_rows_than_asked_for_are_left_to_an_export(open_store: OpenStore) -> None:
    store = await open_store()
    await _recorded(
        store,
        ({Kind.ITEM: [item("a"), item("b")]}, {}),
        ({Kind.ITEM: [item("a", mass_kg=1.0), item("c")]}, {Kind.ITEM: ["b"]}),
        ({Kind.ITEM: [item("c", mass_kg=1.0)]}, {}),
    )
    assert await store.changes_since(1, 3, most_rows=3) is None
    assert await store.changes_since(1, 3, most_rows=4) is not None
    assert await store.changes_since(1, 2, most_rows=2) is None
    assert await store.changes_since(1, 2, most_rows=3) is not None
    assert await store.changes_since(2, 3, most_rows=0) is None


@pytest.mark.parametrize(("revision", "to_revision"), [(0, 2), (1, 2), (2, 2), (7, 9), (1, 0), (-1, 1)])
async def test_revisions_that_do_not_exist_are_refused(open_store: OpenStore, revision: int, to_revision: int) -> None:
    store = await open_store()
    await _recorded(store, ({Kind.ITEM: [item("a")]}, {}))
    with pytest.raises(NotFound, match=f"no revisions from {revision} to {to_revision}"):
        await store.changes_since(revision, to_revision, most_rows=ENOUGH_ROWS)


async def test_what_is_recorded_meanwhile_does_not_leak_in(open_store: OpenStore) -> None:
    store = await open_store()
    await _recorded(store, (EVERY_KIND, {}), ({Kind.ITEM: [item("ore", mass_kg=2.0)]}, {}))
    before = in_records(await _changes(store, 0, 2))
    await _recorded(store, ({Kind.ITEM: [item("ore", mass_kg=3.0)]}, {Kind.SUPPLY: ["s"], Kind.EMISSION: ["e"]}))
    assert in_records(await _changes(store, 0, 2)) == before


async def test_a_follower_stays_with_the_writer(open_store: OpenStore) -> None:
    """Revision n holds n items and n edges, all of which say n; half of the emissions end again."""
    writer, reader = await open_store(), await open_store()
    is_done = False

    async def write() -> None:
        nonlocal is_done
        for number in range(1, 13):
            uids = [f"i{place}" for place in range(number)]
            upserts = {
                Kind.ITEM: [item(uid, mass_kg=float(number)) for uid in uids],
                Kind.SUPPLY: [supply(f"s{uid}", uid, "i0", amount=float(number)) for uid in uids],
                Kind.EMISSION: [emission(f"e{number}", uids[-1])],
            }
            ends = {Kind.EMISSION: [f"e{number - 1}"]} if number % 2 == 0 else {}
            await writer.apply(prepared(number - 1, upserts, ends=ends))
            await asyncio.sleep(0)
        is_done = True

    async def follow() -> int:
        in_hand = followed = 0
        while not is_done or in_hand < 12:
            newest = (await reader.revision()).number
            if newest > in_hand:
                await check_followed(reader, in_hand, newest)
                in_hand, followed = newest, followed + 1
            await asyncio.sleep(0)
        return followed

    _, *followed = await asyncio.gather(write(), follow(), follow())
    assert all(followed)
