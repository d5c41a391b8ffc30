"""Every past revision answers as it did when it was the newest."""

from datetime import UTC, datetime, timedelta, timezone

from graph_service.model.vocabulary import Kind
from graph_service.ports import GraphStore
from tests.conftest import OpenStore
from tests.support.batches import canonical, declaration, emission, item, prepared, supply
from tests.support.clock import NOON, FixedClock

HOUR = timedelta(hours=1)


async def test_every_past_revision_is_reproduced_after_later_changes(open_store: OpenStore) -> None:
    store = await open_store()
    batches = [
        prepared(0, {Kind.ITEM: [item("a"), item("b"), item("c")], Kind.SUPPLY: [supply("ab", "a", "b")]}),
        prepared(1, {Kind.SUPPLY: [supply("ab", "a", "b", amount=2.0), supply("bc", "b", "c")]}),
        prepared(2, {Kind.EMISSION: [emission("e", "a")]}, ends={Kind.SUPPLY: ["ab"]}),
        prepared(3, {Kind.ITEM: [item("b", mass_kg=1.0)]}, ends={Kind.ITEM: ["a"], Kind.EMISSION: ["e"]}),
        prepared(4, {Kind.ITEM: [item("a")], Kind.SUPPLY: [supply("ab", "a", "c", amount=3.0)]}),
        prepared(5, {Kind.EMISSION: [emission("e", "c", kgco2e=7.0)], Kind.DECLARATION: [declaration("d", "a")]}),
    ]
    seen = [canonical(await store.export(0))]
    for batch in batches:
        number = (await store.apply(batch)).revision.number
        seen.append(canonical(await store.export(number)))
        assert seen[-1] != seen[-2]
    for number, facts in enumerate(seen):
        assert canonical(await store.export(number)) == facts


async def _with_revisions(open_store: OpenStore, *hours: float) -> GraphStore:
    """A store made at noon whose revisions 1, 2 ... were recorded so many hours later."""
    store = await open_store(clock=FixedClock())
    for number, hour in enumerate(hours):
        at = NOON + hour * HOUR
        await store.apply(prepared(number, {Kind.ITEM: [item(f"i{number}")]}, recorded_at=at))
    return store


async def test_recorded_at_never_runs_backwards(open_store: OpenStore) -> None:
    store = await _with_revisions(open_store, 2, 1, -5, 3)
    moments = [revision.recorded_at for revision in await store.revisions(first=9)]
    assert moments == [NOON + hours * HOUR for hours in (3, 2, 2, 2, 0)]


async def test_a_moment_finds_the_newest_revision_recorded_by_then(open_store: OpenStore) -> None:
    store = await _with_revisions(open_store, 1, 2, 2, 3)
    instant = timedelta(microseconds=1)
    expected = {
        NOON - instant: None,
        NOON: 0,
        NOON + HOUR - instant: 0,
        NOON + HOUR: 1,
        NOON + 2 * HOUR - instant: 1,
        NOON + 2 * HOUR: 3,
        NOON + 3 * HOUR - instant: 3,
        NOON + 3 * HOUR: 4,
        datetime(9999, 12, 31, tzinfo=UTC): 4,
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8))): None,
    }
    for known_at, number in expected.items():
        found = await store.revision_known_at(known_at)
        assert (None if found is None else found.number) == number, known_at


async def test_a_moment_is_the_same_in_every_time_zone(open_store: OpenStore) -> None:
    store = await _with_revisions(open_store, 1)
    xian = timezone(timedelta(hours=8))
    found = await store.revision_known_at((NOON + HOUR).astimezone(xian))
    assert found is not None
    assert found.number == 1
    beijing = (NOON + 2 * HOUR).astimezone(xian)
    await store.apply(prepared(1, {Kind.ITEM: [item("x")]}, recorded_at=beijing))
    assert (await store.revision()).recorded_at == NOON + 2 * HOUR


async def test_revisions_are_found_by_number(open_store: OpenStore) -> None:
    store = await _with_revisions(open_store, 1, 2)
    found = [await store.revision_by_number(number) for number in (-1, 0, 1, 2, 3, 2**31, 2**70)]
    assert [None if revision is None else revision.number for revision in found] == [None, 0, 1, 2, None, None, None]
    assert found[3] == await store.revision()


PAGES: list[tuple[dict[str, int], list[int]]] = [
    ({"first": 3}, [5, 4, 3]),
    ({"first": 100}, [5, 4, 3, 2, 1, 0]),
    ({"first": 0}, []),
    ({"first": 2, "below": 4}, [3, 2]),
    ({"first": 9, "below": 1}, [0]),
    ({"first": 9, "below": 0}, []),
    ({"first": 9, "below": 77}, [5, 4, 3, 2, 1, 0]),
    ({"first": 2, "above": 1}, [3, 2]),
    ({"first": 0, "above": 1}, []),
    ({"first": 9, "above": 3}, [5, 4]),
    ({"first": 2, "above": -5}, [1, 0]),
    ({"first": 9, "above": 5}, []),
    ({"first": 2, "above": 0, "below": 5}, [4, 3]),
    ({"first": 9, "above": 2, "below": 3}, []),
]


async def test_revisions_come_in_pages(open_store: OpenStore) -> None:
    store = await _with_revisions(open_store, 1, 2, 3, 4, 5)
    for bounds, expected in PAGES:
        assert [revision.number for revision in await store.revisions(**bounds)] == expected, bounds
