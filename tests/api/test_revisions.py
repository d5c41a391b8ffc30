"""The list of revisions, which every page reads from the store."""

from typing import Any

import pytest

from tests.support.api_client import Api

REVISIONS = """query ($first: Int, $after: String, $last: Int, $before: String, $newestFirst: Boolean) {
  revisions(first: $first, after: $after, last: $last, before: $before, newestFirst: $newestFirst) {
    totalCount edges { cursor node { number } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


@pytest.mark.parametrize("newest_first", [True, False])
async def test_revisions_are_paged_both_ways_in_both_orders(api: Api, newest_first: bool) -> None:
    for number in range(5):
        await api.record(f"r{number}", items=[{"uid": f"i{number}", "declaredUnit": "kg"}])
    expected = [5, 4, 3, 2, 1, 0] if newest_first else [0, 1, 2, 3, 4, 5]

    async def walk(size: str, cursor: str, info: str, more: str) -> list[list[int]]:
        pages, at = [], None
        while True:
            arguments = {size: 4, cursor: at, "newestFirst": newest_first}
            found = (await api.ask(REVISIONS, arguments))["revisions"]
            assert found["totalCount"] == 6
            pages.append([edge["node"]["number"] for edge in found["edges"]])
            at = found["pageInfo"][info]
            if not found["pageInfo"][more]:
                return pages

    assert await walk("first", "after", "endCursor", "hasNextPage") == [expected[:4], expected[4:]]
    assert await walk("last", "before", "startCursor", "hasPreviousPage") == [expected[2:], expected[:2]]


@pytest.mark.parametrize("arguments", [{"after": "x"}, {"first": 500}, {"first": 1, "last": 1}])
async def test_a_page_of_revisions_that_cannot_be_is_bad_user_input(api: Api, arguments: dict[str, Any]) -> None:
    error = await api.error(REVISIONS, arguments)

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
