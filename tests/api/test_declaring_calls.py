"""How many calls a push of footprints makes to the store (decision 10)."""

import pytest

from graph_service.model.vocabulary import Role
from tests.api.test_declaring import push, review
from tests.conftest import OpenStore
from tests.support.api_client import Api


@pytest.fixture
def open_store(embedded_only: OpenStore) -> OpenStore:
    """The calls are the same on every store."""
    return embedded_only


def written(api: Api) -> dict[str, int]:
    """The calls but for those that find the caller's key and show the answer."""
    shown = ("key_by_id", "revision", "revisions", "side_records")
    return {name: count for name, count in api.store.calls.items() if name not in shown}


async def test_the_leaders_push_is_one_call_and_a_suppliers_two(chain: Api) -> None:
    key = await chain.key(Role.SUPPLIER, "cells")
    await push(chain, "first")  # the facts are in hand from here on
    chain.store.calls.clear()

    await push(chain, "one", kgCO2e=151.0)
    by_the_leader = written(chain)
    chain.store.calls.clear()
    await push(chain, "two", kgCO2e=152.0, access=key)

    assert by_the_leader == {"apply": 1}
    assert written(chain) == {"apply": 1, "list_side_records": 1}


async def test_a_review_is_one_call(chain: Api) -> None:
    uid = (await push(chain, "one"))["declaration"]["uid"]
    chain.store.calls.clear()

    await review(chain, uid, "ACCEPT")

    assert written(chain) == {"apply": 1}
