"""Who may see and write what. What is hidden answers exactly like what does not exist."""

from typing import Any

import pytest

from graph_service.model.vocabulary import Role
from tests.api.conftest import CHAIN
from tests.conftest import OpenStore
from tests.support.api_client import Api, api_on
from tests.support.clock import FixedClock


@pytest.fixture
def open_store(embedded_only: OpenStore) -> OpenStore:
    """What a caller may see is the same on every store."""
    return embedded_only


EVERYTHING = """{
  items { totalCount edges { node { uid } } } suppliers { totalCount } regions { totalCount } factors { totalCount }
  benchmarks { category } declarations { totalCount } revisions { totalCount }
  item(uid: "pack") { uid } supplier(uid: "cells") { uid } region(code: "CN") { code } factor(uid: "grid-2024") { uid }
  footprints(items: ["pack"]) { totalKgCO2e }
}"""

NOTHING = {
    "items": {"totalCount": 0, "edges": []},
    "suppliers": {"totalCount": 0},
    "regions": {"totalCount": 0},
    "factors": {"totalCount": 0},
    "benchmarks": [],
    "declarations": {"totalCount": 0},
    "revisions": {"totalCount": 0},
    "item": None,
    "supplier": None,
    "region": None,
    "factor": None,
    "footprints": [None],
}


async def test_leader_and_auditor_see_everything(chain: Api) -> None:
    auditor = await chain.key(Role.AUDITOR)

    as_leader, as_auditor = await chain.ask(EVERYTHING), await chain.ask(EVERYTHING, key=auditor)

    assert as_leader == as_auditor
    assert as_leader["items"]["totalCount"] == 4
    assert as_leader["footprints"][0]["totalKgCO2e"] is not None


@pytest.mark.parametrize("role", [Role.VERIFIER, Role.PUBLIC])
async def test_verifier_and_public_see_nothing_of_the_graph(chain: Api, role: Role) -> None:
    assert await chain.ask(EVERYTHING, key=await chain.key(role)) == NOTHING


async def test_a_supplier_sees_its_own_items_and_reference_data_and_no_footprints(chain: Api) -> None:
    found = await chain.ask(EVERYTHING, key=await chain.key(Role.SUPPLIER, "cells"))

    assert found["items"] == {"totalCount": 1, "edges": [{"node": {"uid": "pack"}}]}
    assert found["suppliers"] == {"totalCount": 1}
    assert (found["regions"]["totalCount"], found["factors"]["totalCount"]) == (2, 1)
    assert found["revisions"] == {"totalCount": 0}
    assert found["item"] == {"uid": "pack"}
    assert found["footprints"] == [None]


REDUCED = """{ item(uid: "pack") {
  inputs { edges { node { uid amount unitCost input { ...Other } } } }
  outputs { edges { node { uid amount unitCost currency line output { ...Other } } } }
} }
fragment Other on Item {
  uid name declaredUnit nameZh description equivalents { unit } category region { code } supplier { uid }
  massKgPerDeclaredUnit capacityPerYear identifiers inputs { totalCount } outputs { totalCount }
  emissions { totalCount } declarations { totalCount } footprint { totalKgCO2e }
}"""


async def test_of_other_suppliers_items_on_its_edges_a_supplier_sees_uid_name_and_unit(chain: Api) -> None:
    item = (await chain.ask(REDUCED, key=await chain.key(Role.SUPPLIER, "cells")))["item"]

    hidden: dict[str, object] = {
        "nameZh": None,
        "description": None,
        "equivalents": [],
        "category": None,
        "region": None,
        "supplier": None,
        "massKgPerDeclaredUnit": None,
        "capacityPerYear": None,
        "identifiers": [],
        "inputs": {"totalCount": 0},
        "outputs": {"totalCount": 0},
        "emissions": {"totalCount": 0},
        "declarations": {"totalCount": 0},
        "footprint": None,
    }
    supply = item["inputs"]["edges"][0]["node"]
    assert (supply["uid"], supply["unitCost"]) == ("ore-pack", 3)
    assert supply["input"] == {"uid": "ore", "name": "Ore", "declaredUnit": "kg", **hidden}
    delivery = item["outputs"]["edges"][0]["node"]
    assert delivery["output"] == {"uid": "car", "name": "Car", "declaredUnit": "pc", **hidden}
    assert (delivery["unitCost"], delivery["currency"], delivery["line"]) == (None, None, None)


async def test_one_hidden_kind_never_nulls_its_neighbours(chain: Api) -> None:
    query = '{ item(uid: "pack") { uid kind inputs { edges { node { uid input { uid kind } } } } } }'

    body = (await chain.post(query, key=await chain.key(Role.SUPPLIER, "cells"))).json()

    assert body["data"]["item"]["kind"] == "COMPONENT"
    assert body["data"]["item"]["inputs"]["edges"] == [{"node": {"uid": "ore-pack", "input": None}}]
    assert [error["extensions"]["code"] for error in body["errors"]] == ["NOT_ALLOWED"]


async def test_hidden_items_edges_entries_and_suppliers_answer_like_unknown_ones(chain: Api) -> None:
    supplier = await chain.key(Role.SUPPLIER, "cells")
    found = await chain.ask("""{
      seat: item(uid: "seat") { id } supply: item(uid: "car") { inputs { edges { node { id uid } } }
      emissions { edges { node { id } } } } supplier(uid: "mine") { id }
    }""")
    ids = [
        found["seat"]["id"],
        next(edge["node"]["id"] for edge in found["supply"]["inputs"]["edges"] if edge["node"]["uid"] == "seat-car"),
        found["supply"]["emissions"]["edges"][0]["node"]["id"],
        found["supplier"]["id"],
    ]

    for node_id in ids:
        assert (await chain.ask("query ($id: ID!) { node(id: $id) { id } }", {"id": node_id}, key=supplier))[
            "node"
        ] is None
    hidden = await chain.post('{ item(uid: "seat") { uid } supplier(uid: "mine") { uid } }', key=supplier)
    unknown = await chain.post('{ item(uid: "what") { uid } supplier(uid: "who") { uid } }', key=supplier)
    assert hidden.content == unknown.content


@pytest.mark.parametrize("role", [Role.VERIFIER, Role.AUDITOR, Role.PUBLIC])
async def test_no_one_but_the_leader_and_suppliers_may_record_changes(chain: Api, role: Role) -> None:
    key = await chain.key(role)

    payload = await chain.apply("mine", key=key, items=[{"uid": "x", "declaredUnit": "kg"}])

    assert (payload["__typename"], payload["code"]) == ("ChangesRefused", "NOT_ALLOWED")
    assert (await chain.ask("{ revision { number } }"))["revision"]["number"] == 1


async def test_those_who_do_not_see_the_history_learn_no_one_s_name_from_the_newest_revision(chain: Api) -> None:
    found = await chain.ask("{ revision { number by door summary } }", key=await chain.key(Role.PUBLIC))

    assert found["revision"] == {"number": 1, "by": "", "door": "", "summary": ""}


async def test_me_says_who_asks(chain: Api) -> None:
    supplier = await chain.key(Role.SUPPLIER, "cells")

    assert (await chain.ask("{ me { role supplier { uid } } }"))["me"] == {"role": "CHAIN_LEADER", "supplier": None}
    assert (await chain.ask("{ me { role supplier { uid } } }", key=supplier))["me"] == {
        "role": "SUPPLIER",
        "supplier": {"uid": "cells"},
    }


@pytest.mark.parametrize("key", ["gs_0000000000000000_" + "0" * 64, "gs_x_y", "nonsense", "gs__"])
async def test_a_key_that_opens_nothing_is_401_with_a_code(chain: Api, key: str) -> None:
    response = await chain.post("{ me { name } }", key=key)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in response.json()


async def test_a_revoked_key_opens_nothing_from_then_on(chain: Api) -> None:
    key = await chain.key(Role.AUDITOR)
    assert (await chain.post("{ me { name } }", key=key)).status_code == 200

    await chain.services.store.revoke_key(key.split("_")[1], chain.clock.now())

    assert (await chain.post("{ me { name } }", key=key)).status_code == 401


async def test_without_a_key_nothing_is_answered_unless_a_setting_says_so(chain: Api) -> None:
    assert (await chain.post("{ me { name } }", key="")).status_code == 401


@pytest.mark.parametrize(
    ("client_host", "base_url", "headers", "status"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000", {}, 200),
        ("::1", "http://localhost:8000", {}, 200),
        ("::ffff:127.0.0.1", "http://[::1]:8000", {}, 200),
        ("192.0.2.1", "http://127.0.0.1:8000", {}, 401),
        ("127.0.0.1", "http://127.0.0.1:8000", {"x_forwarded_for": "127.0.0.1"}, 401),
        ("127.0.0.1", "http://127.0.0.1:8000", {"forwarded": "for=127.0.0.1"}, 401),
        ("127.0.0.1", "http://rebound.example.org:8000", {}, 401),
    ],
)
async def test_anonymous_auditors_come_straight_from_this_machine(
    open_store: OpenStore, clock: FixedClock, client_host: str, base_url: str, headers: dict[str, Any], status: int
) -> None:
    store = await open_store(clock=clock)
    async with api_on(store, clock=clock, client_host=client_host, base_url=base_url, anonymous_role="AUDITOR") as api:
        await api.record("chain", **CHAIN)
        response = await api.post("{ me { role } items { totalCount } }", key="", **headers)
        push = await api.post(
            'mutation { applyChanges(input: {idempotencyKey: "k"}) { ... on ChangesRefused { code } } }',
            key="",
            **headers,
        )

    assert response.status_code == status
    if status == 200:
        assert response.json()["data"] == {"me": {"role": "AUDITOR"}, "items": {"totalCount": 4}}
        assert push.json()["data"]["applyChanges"] == {"code": "NOT_ALLOWED"}


async def test_an_anonymous_public_caller_sees_what_the_public_sees(open_store: OpenStore, clock: FixedClock) -> None:
    async with api_on(
        await open_store(clock=clock), clock=clock, client_host="192.0.2.1", anonymous_role="PUBLIC"
    ) as api:
        await api.record("chain", **CHAIN)

        assert await api.ask(EVERYTHING, key="") == NOTHING
