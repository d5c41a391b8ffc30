"""Pages of lists: sizes, both directions, cursors that belong to one list of one revision and day."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import OpenStore
from tests.support.api_client import Api
from tests.support.clock import FixedClock


@pytest.fixture
def open_store(embedded_only: OpenStore) -> OpenStore:
    """How a list in memory is paged is the same on every store."""
    return embedded_only


ITEMS = """query ($first: Int, $after: String, $last: Int, $before: String, $filter: ItemFilter, $view: ViewInput) {
  items(first: $first, after: $after, last: $last, before: $before, filter: $filter, view: $view) {
    totalCount edges { cursor node { uid } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


def uids(connection: Any) -> list[str]:
    return [edge["node"]["uid"] for edge in connection["edges"]]


async def page(api: Api, **arguments: Any) -> Any:
    return (await api.ask(ITEMS, arguments))["items"]


@pytest.fixture
async def ten(api: Api) -> Api:
    await api.record("ten", items=[{"uid": f"item-{number}", "declaredUnit": "kg"} for number in reversed(range(10))])
    return api


async def test_pages_walked_forward_and_backward_hold_every_entry_once_in_order(ten: Api) -> None:
    expected = [f"item-{number}" for number in range(10)]
    forward: list[str] = []
    after = None
    while True:
        found = await page(ten, first=3, after=after)
        forward += uids(found)
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    backward: list[str] = []
    before = None
    while True:
        found = await page(ten, last=4, before=before)
        backward = uids(found) + backward
        before = found["pageInfo"]["startCursor"]
        if not found["pageInfo"]["hasPreviousPage"]:
            break

    assert forward == backward == expected


async def test_without_sizes_the_first_fifty_come(api: Api) -> None:
    await api.record("many", items=[{"uid": f"i{number:03}", "declaredUnit": "kg"} for number in range(60)])

    found = await page(api)

    assert uids(found) == [f"i{number:03}" for number in range(50)]
    assert found["totalCount"] == 60
    assert found["pageInfo"]["hasNextPage"] is True
    assert found["pageInfo"]["hasPreviousPage"] is False


@pytest.mark.parametrize("size", [{"first": 0}, {"last": 0}])
async def test_a_page_of_none_is_empty_and_knows_what_surrounds_it(ten: Api, size: dict[str, int]) -> None:
    found = await page(ten, **size)

    assert found["edges"] == []
    assert found["totalCount"] == 10
    assert found["pageInfo"]["startCursor"] is None
    assert found["pageInfo"]["hasNextPage"] is ("first" in size)
    assert found["pageInfo"]["hasPreviousPage"] is ("last" in size)


@pytest.mark.parametrize(
    "arguments",
    [
        {"first": 1, "last": 1},
        {"first": 201},
        {"last": 201},
        {"first": -1},
        {"last": -1},
        {"first": 1, "before": "x"},
        {"after": "x", "before": "x"},
        {"after": "no cursor"},
        {"after": ""},
        {"before": "é"},
        {"after": "A" * 5000},
        {"after": base64.urlsafe_b64encode(b"1.2026-03-01.000000000000.-1").decode().rstrip("=")},
    ],
)
async def test_a_page_that_cannot_be_is_bad_user_input(ten: Api, arguments: dict[str, Any]) -> None:
    error = await ten.error(ITEMS, arguments)

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["path"] == ["items"]


async def test_a_cursor_of_another_list_is_refused(ten: Api) -> None:
    cursor = (await page(ten, first=1))["pageInfo"]["endCursor"]

    error = await ten.error(ITEMS, {"after": cursor, "filter": {"nameContains": "item"}})

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "another list" in error["message"]


async def test_the_cursor_of_items_pins_revision_and_day(ten: Api, clock: FixedClock) -> None:
    first = await page(ten, first=5)
    await ten.record("more", items=[{"uid": "item-00", "declaredUnit": "kg"}], endItems=["item-7"])
    clock.advance(timedelta(days=2))

    second = await page(ten, first=10, after=first["pageInfo"]["endCursor"])

    assert uids(second) == [f"item-{number}" for number in range(5, 10)]
    assert (await page(ten))["totalCount"] == 10


async def test_a_cursor_used_with_a_view_of_another_revision_or_day_is_refused(ten: Api) -> None:
    cursor = (await page(ten, first=5))["pageInfo"]["endCursor"]

    for view in ({"revision": 0}, {"asOf": "2026-01-01"}):
        error = await ten.error(ITEMS, {"after": cursor, "view": view})
        assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_the_items_of_a_supplier_stay_still_while_they_are_paged(chain: Api) -> None:
    query = """query Page($after: String) { supplier(uid: "mine") {
        items(first: 1, after: $after) { edges { node { uid } } pageInfo { endCursor } totalCount } } }"""
    first = (await chain.ask(query))["supplier"]["items"]
    await chain.record("later", items=[{"uid": "a-new-one", "declaredUnit": "pc", "supplier": "mine"}])

    second = (await chain.ask(query, {"after": first["pageInfo"]["endCursor"]}))["supplier"]["items"]
    anew = (await chain.ask(query))["supplier"]["items"]

    assert (uids(first), uids(second), second["totalCount"]) == (["ore"], ["seat"], 2)
    assert (uids(anew), anew["totalCount"]) == (["a-new-one"], 3)


async def test_a_cursor_inside_an_item_says_how_to_page_on_after_a_new_revision(chain: Api) -> None:
    query = """query ($after: String, $view: ViewInput) {
      item(uid: "car", view: $view) {
        inputs(first: 1, after: $after) { edges { node { uid } } pageInfo { endCursor } }
      }
    }"""
    first = (await chain.ask(query))["item"]["inputs"]
    await chain.record("more", items=[{"uid": "bolt", "declaredUnit": "pc"}])

    error = await chain.error(query, {"after": first["pageInfo"]["endCursor"]})
    pinned = await chain.ask(query, {"after": first["pageInfo"]["endCursor"], "view": {"revision": 1}})

    assert "revision: 1" in error["message"]
    assert uids(first) + uids(pinned["item"]["inputs"]) == ["pack-car", "seat-car"]
