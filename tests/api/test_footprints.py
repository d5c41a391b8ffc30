"""What the API answers about footprints on a chain small enough to weigh by hand."""

import pytest

from tests.api.conftest import CAR_KGCO2E, PACK_KGCO2E
from tests.support.api_client import Api

FOOTPRINT = """
query Footprint($uid: ID!, $view: ViewInput) {
  item(uid: $uid, view: $view) {
    uid
    footprint {
      item { uid }
      view { asOf revision basis boundary }
      totalKgCO2e totalIncludingUptakeKgCO2e directKgCO2e upstreamKgCO2e isComplete
      byStage { stage kgCO2e share }
      reporting: byStage(perspective: REPORTING_ITEM) { stage kgCO2e }
      byCarbonComponent { component kgCO2e }
      primaryDataShare verifiedShare proxyShare exemptedShare
      technologicalDQR temporalDQR geographicalDQR ratedShare
      loopGain residualKgCO2e
      gaps { totalCount edges { node { item { uid } kind amount unit tier } } }
      inputContributions { edges { node { supply { uid input { uid } } kgCO2e share } } }
      hotspots { totalCount edges { node { key label item { uid } kgCO2e share cumulativeShare } } }
      reconciliation { declaredKgCO2e }
      findings { code severity }
    }
  }
}
"""


async def test_footprint_of_the_car_is_that_worked_out_by_hand(chain: Api) -> None:
    footprint = (await chain.ask(FOOTPRINT, {"uid": "car"}))["item"]["footprint"]

    assert footprint["item"]["uid"] == "car"
    assert footprint["view"] == {
        "asOf": "2026-03-01",
        "revision": 1,
        "basis": "DECLARED_FIRST",
        "boundary": "CRADLE_TO_GATE",
    }
    assert footprint["totalKgCO2e"] == pytest.approx(CAR_KGCO2E, rel=1e-12)
    assert footprint["directKgCO2e"] == pytest.approx(100, rel=1e-12)
    assert footprint["upstreamKgCO2e"] == pytest.approx(PACK_KGCO2E, rel=1e-12)
    assert footprint["isComplete"] is False
    assert footprint["primaryDataShare"] == pytest.approx(100 / CAR_KGCO2E, rel=1e-12)
    assert footprint["verifiedShare"] == pytest.approx(100 / CAR_KGCO2E, rel=1e-12)
    assert footprint["loopGain"] == 0
    assert footprint["reconciliation"] is None
    assert [finding["code"] for finding in footprint["findings"]] == ["REGION_FALLBACK"]


async def test_parts_of_a_footprint_sum_to_its_total(chain: Api) -> None:
    footprint = (await chain.ask(FOOTPRINT, {"uid": "car"}))["item"]["footprint"]

    total = footprint["totalKgCO2e"]
    spots = [edge["node"] for edge in footprint["hotspots"]["edges"]]
    inputs = [edge["node"] for edge in footprint["inputContributions"]["edges"]]
    assert sum(stage["kgCO2e"] for stage in footprint["byStage"]) == pytest.approx(total, rel=1e-12)
    assert sum(stage["kgCO2e"] for stage in footprint["reporting"]) == pytest.approx(total, rel=1e-12)
    assert sum(part["kgCO2e"] for part in footprint["byCarbonComponent"]) == pytest.approx(total, rel=1e-12)
    assert sum(spot["kgCO2e"] for spot in spots) == pytest.approx(total, rel=1e-12)
    assert sum(node["kgCO2e"] for node in inputs) + footprint["directKgCO2e"] == pytest.approx(total, rel=1e-12)
    assert [spot["key"] for spot in spots] == ["pack", "car", "ore"]  # 115.54, 100 and 100: equals by key
    assert spots[-1]["cumulativeShare"] == pytest.approx(1, rel=1e-12)
    assert [node["supply"]["input"]["uid"] for node in inputs] == ["pack"], "what is unknown is a gap, not a zero"
    assert footprint["residualKgCO2e"] == pytest.approx(0, abs=1e-9)


async def test_an_item_without_data_is_a_gap_with_its_amount_and_no_zero(chain: Api) -> None:
    footprint = (await chain.ask(FOOTPRINT, {"uid": "car"}))["item"]["footprint"]
    seat = (await chain.ask(FOOTPRINT, {"uid": "seat"}))["item"]["footprint"]

    assert footprint["gaps"]["totalCount"] == 1
    assert footprint["gaps"]["edges"][0]["node"] == {
        "item": {"uid": "seat"},
        "kind": "NO_DATA",
        "amount": 5,
        "unit": "pc",
        "tier": 1,
    }
    assert seat["totalKgCO2e"] is None
    assert seat["directKgCO2e"] is None
    assert seat["hotspots"]["edges"] == []


async def test_the_boundary_to_grave_adds_what_the_use_phase_emits(chain: Api) -> None:
    to_grave = {"boundary": "CRADLE_TO_GRAVE"}

    footprint = (await chain.ask(FOOTPRINT, {"uid": "car", "view": to_grave}))["item"]["footprint"]

    assert footprint["totalKgCO2e"] == pytest.approx(CAR_KGCO2E + 5000, rel=1e-12)
    assert {"stage": "USE", "kgCO2e": 5000, "share": pytest.approx(5000 / (CAR_KGCO2E + 5000))} in footprint["byStage"]
    assert footprint["view"]["boundary"] == "CRADLE_TO_GRAVE"


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("ITEM", ["pack", "car", "ore"]),
        ("SUPPLIER", ["cells", "head", "mine"]),
        ("REGION", ["CN-61", "CN"]),
        ("STAGE", ["MANUFACTURING", "RAW_MATERIAL"]),
        ("CATEGORY", ["", "battery"]),
        ("TIER", ["1", "0", "2"]),
    ],
)
async def test_hotspots_group_the_whole_upstream_and_sum_to_the_total(chain: Api, by: str, keys: list[str]) -> None:
    query = """query ($by: HotspotGroup!) { item(uid: "car") { footprint { totalKgCO2e
      hotspots(by: $by) { edges { node { key label kgCO2e item { uid } supplier { uid } } } } } } }"""

    footprint = (await chain.ask(query, {"by": by}))["item"]["footprint"]

    spots = [edge["node"] for edge in footprint["hotspots"]["edges"]]
    assert [spot["key"] for spot in spots] == keys
    assert sum(spot["kgCO2e"] for spot in spots) == pytest.approx(footprint["totalKgCO2e"], rel=1e-12)
    assert [spot["item"] is not None for spot in spots] == [by == "ITEM"] * len(spots)
    assert [spot["supplier"] is not None for spot in spots] == [by == "SUPPLIER"] * len(spots)


async def test_footprints_answer_in_the_order_asked_with_null_for_the_unknown(chain: Api) -> None:
    query = 'query { footprints(items: ["ore", "nobody", "car", "ore"]) { item { uid } totalKgCO2e } }'

    found = (await chain.ask(query))["footprints"]

    assert [each and each["item"]["uid"] for each in found] == ["ore", None, "car", "ore"]
    assert found[0]["totalKgCO2e"] == pytest.approx(2, rel=1e-12)


async def test_more_footprints_than_the_limit_are_refused_with_the_limit(chain: Api) -> None:
    query = "query ($items: [ID!]!) { footprints(items: $items) { totalKgCO2e } }"

    error = await chain.error(query, {"items": ["ore"] * 1001})

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "1,000" in error["message"]


async def test_a_loop_is_weighed_exactly_and_its_gain_is_shown(api: Api) -> None:
    await api.record(
        "loop",
        items=[{"uid": "coal", "declaredUnit": "kg"}, {"uid": "power", "declaredUnit": "kWh"}],
        emissions=[{"item": "coal", "kgCO2e": 0.10}, {"item": "power", "kgCO2e": 0.83}],
        supplies=[
            {"input": "power", "output": "coal", "amount": 0.025},
            {"input": "coal", "output": "power", "amount": 0.42},
            {"input": "power", "output": "power", "amount": 0.05},
        ],
    )

    found = (await api.ask('{ footprints(items: ["coal", "power"]) { totalKgCO2e loopGain isComplete } }'))[
        "footprints"
    ]

    assert found[0]["totalKgCO2e"] == pytest.approx(0.12320383182543906, rel=1e-12)
    assert found[1]["totalKgCO2e"] == pytest.approx(0.9281532730175626, rel=1e-12)
    assert 0 < found[0]["loopGain"] < 1
    assert found[0]["isComplete"] is True


async def test_items_are_ordered_by_total_with_the_unknown_last(chain: Api) -> None:
    found = await chain.ask("{ items(orderBy: TOTAL_DESC) { edges { node { uid footprint { totalKgCO2e } } } } }")

    nodes = [edge["node"] for edge in found["items"]["edges"]]
    assert [node["uid"] for node in nodes] == ["car", "pack", "ore", "seat"]
    assert nodes[-1]["footprint"]["totalKgCO2e"] is None
