"""Items, suppliers, regions, factors, edges and entries as recorded, by uid, by id and in lists."""

import base64

import pytest

from tests.conftest import OpenStore
from tests.support.api_client import Api


@pytest.fixture
def open_store(embedded_only: OpenStore) -> OpenStore:
    """What a record shows is the same on every store."""
    return embedded_only


ITEM = """{ item(uid: "pack") {
  id uid name nameZh description kind declaredUnit equivalents { amount unit } category
  region { code name nameZh parent { code parent { code } } }
  supplier { uid name nameZh identifiers region { code } items { totalCount edges { node { uid } } } }
  massKgPerDeclaredUnit capacityPerYear identifiers
  inputs { totalCount edges { node {
    uid input { uid } output { uid } amount line share stage unitCost currency capacityPerYear gsd
    validFrom validTo } } }
  outputs { edges { node { uid output { uid } unitCost currency } } }
  emissions { edges { node {
    uid item { uid } stage component kgCO2e activity activityUnit flow dataType isVerified
    factorUsed { uid kgCO2e unit year region { code } source licence } } } }
  declarations { totalCount }
} }"""


async def test_an_item_shows_all_that_was_recorded_of_it(chain: Api) -> None:
    item = (await chain.ask(ITEM))["item"]

    assert (item["name"], item["nameZh"], item["kind"], item["declaredUnit"]) == (
        "Battery pack",
        "电池包",
        "COMPONENT",
        "pc",
    )
    assert item["equivalents"] == [{"amount": 60.48, "unit": "kWh"}]
    assert item["massKgPerDeclaredUnit"] is None
    assert item["region"]["parent"] == {"code": "CN", "parent": None}
    assert item["supplier"]["identifiers"] == ["urn:duns:1"]
    assert item["supplier"]["items"] == {"totalCount": 1, "edges": [{"node": {"uid": "pack"}}]}
    assert item["inputs"]["edges"][0]["node"] == {
        "uid": "ore-pack",
        "input": {"uid": "ore"},
        "output": {"uid": "pack"},
        "amount": 50,
        "line": None,
        "share": 1,
        "stage": "RAW_MATERIAL",
        "unitCost": 3,
        "currency": "CNY",
        "capacityPerYear": None,
        "gsd": None,
        "validFrom": None,
        "validTo": None,
    }
    assert [edge["node"]["output"]["uid"] for edge in item["outputs"]["edges"]] == ["car"]
    emission = item["emissions"]["edges"][0]["node"]
    assert emission["kgCO2e"] == pytest.approx(200 * 0.5777, rel=1e-15)
    assert (emission["activity"], emission["flow"]) == (200, "electricity")
    assert emission["factorUsed"]["uid"] == "grid-2024"
    assert emission["factorUsed"]["region"] == {"code": "CN"}
    assert item["declarations"] == {"totalCount": 0}


async def test_every_node_is_found_again_by_its_id(chain: Api) -> None:
    found = await chain.ask("""{
      item(uid: "pack") { id inputs { edges { node { id } } } emissions { edges { node { id } } }
        supplier { id } region { id } }
      factor(uid: "grid-2024") { id }
    }""")
    item = found["item"]
    ids = {
        "Item": item["id"],
        "Supply": item["inputs"]["edges"][0]["node"]["id"],
        "Emission": item["emissions"]["edges"][0]["node"]["id"],
        "Supplier": item["supplier"]["id"],
        "Region": item["region"]["id"],
        "Factor": found["factor"]["id"],
    }

    for type_name, node_id in ids.items():
        node = (await chain.ask("query ($id: ID!) { node(id: $id) { __typename id } }", {"id": node_id}))["node"]
        assert node == {"__typename": type_name, "id": node_id}


@pytest.mark.parametrize(
    "node_id",
    [
        "",
        "pack",
        "====",
        "é",
        "A" * 5000,
        base64.urlsafe_b64encode(b"Item:nobody").decode().rstrip("="),
        base64.urlsafe_b64encode(b"Secret:pack").decode().rstrip("="),
        base64.urlsafe_b64encode(b"Item:pack").decode().rstrip("=") + "=",
    ],
)
async def test_an_id_that_names_nothing_is_null(chain: Api, node_id: str) -> None:
    assert (await chain.ask("query ($id: ID!) { node(id: $id) { id } }", {"id": node_id})) == {"node": None}


async def test_what_does_not_exist_is_null(chain: Api) -> None:
    found = await chain.ask("""{
      item(uid: "x") { uid } supplier(uid: "x") { uid } region(code: "x") { code } factor(uid: "x") { uid }
      declaration(uid: "x") { uid }
    }""")

    assert set(found.values()) == {None}


async def test_lists_hold_everything_in_their_stated_order(chain: Api) -> None:
    found = await chain.ask("""{
      suppliers { totalCount edges { node { uid } } } regions { edges { node { code } } }
      factors { edges { node { uid } } } none: factors(flow: "steam") { totalCount }
      china: factors(region: "CN", flow: "electricity") { totalCount }
      benchmarks { category declaredUnit limitKgCO2e baselineKgCO2e exemplaryKgCO2e validFrom isExample }
      other: benchmarks(category: "steel") { category } declarations { totalCount }
    }""")

    assert [edge["node"]["uid"] for edge in found["suppliers"]["edges"]] == ["cells", "head", "mine"]
    assert [edge["node"]["code"] for edge in found["regions"]["edges"]] == ["CN", "CN-61"]
    assert [edge["node"]["uid"] for edge in found["factors"]["edges"]] == ["grid-2024"]
    assert (found["none"]["totalCount"], found["china"]["totalCount"]) == (0, 1)
    assert [benchmark["limitKgCO2e"] for benchmark in found["benchmarks"]] == [110]
    assert found["other"] == []
    assert found["declarations"] == {"totalCount": 0}


@pytest.mark.parametrize(
    ("where", "uids"),
    [
        ({"uid": ["ore", "pack", "x"]}, ["ore", "pack"]),
        ({"uid": []}, []),
        ({"supplier": ["mine"]}, ["ore", "seat"]),
        ({"kind": ["MATERIAL", "PRODUCT"]}, ["car", "ore"]),
        ({"category": ["battery"]}, ["pack"]),
        ({"region": ["CN-61"]}, ["car", "pack"]),
        ({"nameContains": "BATT"}, ["pack"]),
        ({"nameContains": "电池"}, ["pack"]),
        ({"nameContains": "."}, []),
        ({"hasDeclaration": False}, ["car", "ore", "pack", "seat"]),
        ({"hasDeclaration": True}, []),
        ({"supplier": ["mine"], "kind": ["MATERIAL"]}, ["ore"]),
        ({"supplier": None, "uid": ["car"]}, ["car"]),
    ],
)
async def test_items_are_those_that_match_the_whole_filter(chain: Api, where: object, uids: list[str]) -> None:
    query = "query ($where: ItemFilter) { items(filter: $where) { totalCount edges { node { uid } } } }"

    found = (await chain.ask(query, {"where": where}))["items"]

    assert [edge["node"]["uid"] for edge in found["edges"]] == uids
    assert found["totalCount"] == len(uids)
