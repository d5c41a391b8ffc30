"""What a chain leader decides with, over GraphQL: paths, sensitivities, what-ifs, causes, chains, whom to ask."""

from typing import Any

import pytest

from graph_service.model.vocabulary import Role
from tests.api.conftest import CAR_KGCO2E, PACK_KGCO2E
from tests.support.api_client import Api

POWER_KGCO2E = 200 * 0.5777


async def explained(api: Api, fields: str, uid: str = "car") -> Any:
    return (await api.ask(f'{{ item(uid: "{uid}") {{ footprint {{ {fields} }} }} }}'))["item"]["footprint"]


async def test_paths_carry_the_total_best_first(chain: Api) -> None:
    fields = "paths(first: 2) { nodes { items { uid } kgCO2e share } coveredKgCO2e openKgCO2e }"
    paths = (await explained(chain, fields))["paths"]

    named = [([item["uid"] for item in path["items"]], path["kgCO2e"]) for path in paths["nodes"]]
    assert named[0] == (["pack", "car"], pytest.approx(POWER_KGCO2E))
    assert named[1][1] == pytest.approx(100)
    assert paths["nodes"][0]["share"] == pytest.approx(POWER_KGCO2E / CAR_KGCO2E)
    assert paths["coveredKgCO2e"] + paths["openKgCO2e"] == pytest.approx(CAR_KGCO2E)


async def test_sensitivities_name_the_supply_or_the_item(chain: Api) -> None:
    fields = "sensitivities { totalCount edges { node { supply { uid } item { uid } derivative elasticity } } }"
    found = (await explained(chain, fields))["sensitivities"]

    by_name = {
        (node["supply"] or node["item"])["uid"]: (node["derivative"], node["elasticity"])
        for node in (edge["node"] for edge in found["edges"])
    }
    assert by_name["pack-car"] == pytest.approx((PACK_KGCO2E, PACK_KGCO2E / CAR_KGCO2E))
    assert by_name["ore-pack"] == pytest.approx((2.0, 100 / CAR_KGCO2E))
    assert by_name["ore"] == pytest.approx((50.0, 100 / CAR_KGCO2E))
    assert "seat-car" not in by_name, "what is unknown has no derivative"
    elasticities = [abs(edge["node"]["elasticity"]) for edge in found["edges"]]
    assert elasticities == sorted(elasticities, reverse=True)
    assert found["totalCount"] == len(by_name)


async def test_uncertainty_is_null_until_somebody_states_one(chain: Api) -> None:
    fields = "uncertainty(level: 0.9) { level lowKgCO2e highKgCO2e coefficientOfVariation method declaredShare }"
    assert (await explained(chain, fields))["uncertainty"] is None
    own = {"uid": "car-own", "item": "car", "kgCO2e": 100, "dataType": "PRIMARY", "isVerified": True, "gsd": 1.2}
    await chain.record("gsd", emissions=[own])
    found = (await explained(chain, fields))["uncertainty"]
    assert found["level"] == 0.9
    assert found["lowKgCO2e"] < CAR_KGCO2E < found["highKgCO2e"]
    assert found["declaredShare"] == 0
    assert found["method"]


async def test_a_grade_comes_with_its_benchmark_and_reason_or_what_is_missing(chain: Api) -> None:
    fields = "grade { level reason benchmark { category limitKgCO2e isExample } }"
    graded = (await explained(chain, fields, "pack"))["grade"]
    assert (graded["level"], graded["benchmark"]) == (
        "A",
        {"category": "battery", "limitKgCO2e": 110, "isExample": True},
    )
    assert "kWh" in graded["reason"]
    ungraded = (await explained(chain, fields))["grade"]
    assert (ungraded["level"], ungraded["benchmark"]) == ("UNGRADED", None)
    assert ungraded["reason"]


SCENARIO = """
query Scenario($changes: ScenarioInput!, $items: [ID!]!) {
  scenario(changes: $changes, items: $items) { item { uid } beforeKgCO2e afterKgCO2e differenceKgCO2e }
}
"""


async def test_a_scenario_answers_many_items_and_stores_nothing(chain: Api) -> None:
    changes = {
        "direct": [{"item": "ore", "factor": 0.5}, {"item": "seat", "setKgCO2e": 4}],
        "supplies": [{"supply": "pack-car", "amount": 2}],
        "factors": [{"factor": "grid-2024", "kgCO2e": 0.2}],
    }
    asked = {"changes": changes, "items": ["car", "pack", "nobody", "seat"]}
    outcomes = (await chain.ask(SCENARIO, asked))["scenario"]
    pack = 200 * 0.2 + 50 * 1
    assert outcomes[0] == {
        "item": {"uid": "car"},
        "beforeKgCO2e": pytest.approx(CAR_KGCO2E),
        "afterKgCO2e": pytest.approx(100 + 2 * pack + 5 * 4),
        "differenceKgCO2e": pytest.approx(120 + 2 * pack - CAR_KGCO2E),
    }
    assert outcomes[1]["afterKgCO2e"] == pytest.approx(pack)
    assert outcomes[2] is None
    assert (outcomes[3]["beforeKgCO2e"], outcomes[3]["afterKgCO2e"]) == (None, pytest.approx(4))
    assert (await chain.ask("{ revision { number } }"))["revision"]["number"] == 1


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"supplies": [{"supply": "pack-car", "share": 1.5}]}, "changes.supplies[0].share"),
        ({"supplies": [{"supply": "nope", "amount": 1}]}, "changes.supplies[0].supply"),
        ({"direct": [{"item": "car", "factor": 2, "setKgCO2e": 1}]}, "changes.direct[0]"),
        ({"factors": [{"factor": "grid-1999", "kgCO2e": 1}]}, "changes.factors[0].factor"),
    ],
)
async def test_a_scenario_that_cannot_be_is_refused_by_place(chain: Api, changes: Any, path: str) -> None:
    error = await chain.error(SCENARIO, {"changes": changes, "items": ["car"]})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert [finding["path"] for finding in error["extensions"]["findings"]] == [path]


async def test_a_loop_that_turns_unsolvable_under_a_scenario_names_its_items(chain: Api) -> None:
    await chain.record("loop", supplies=[{"uid": "scrap", "input": "pack", "output": "ore", "amount": 0.001}])
    error = await chain.error(SCENARIO, {"changes": {"supplies": [{"supply": "scrap", "amount": 1}]}, "items": ["car"]})
    assert error["extensions"]["code"] == "UNSOLVABLE"
    assert "ore" in error["message"]
    assert "pack" in error["message"]


CHANGE = """
query Change($item: ID!, $before: ViewInput!, $after: ViewInput!) {
  footprintChange(item: $item, before: $before, after: $after) {
    item { uid } before { totalKgCO2e view { revision } } after { totalKgCO2e view { revision } } differenceKgCO2e
    causes { totalCount edges { node {
      kind kgCO2e item { uid } supply { uid } declaration { uid } factor { uid }
    } } }
  }
}
"""


async def test_causes_of_a_change_sum_to_the_difference_and_name_what_moved(chain: Api) -> None:
    grid = {**GRID, "kgCO2e": 0.5}
    ore = {"uid": "ore-pack", "input": "ore", "output": "pack", "amount": 40, "unitCost": 3, "currency": "CNY"}
    await chain.record("next", factors=[grid], supplies=[ore])
    asked = {"item": "car", "before": {"revision": 1}, "after": {"revision": 2}}
    change = (await chain.ask(CHANGE, asked))["footprintChange"]
    causes = {node["kind"]: node for node in (edge["node"] for edge in change["causes"]["edges"])}
    assert change["differenceKgCO2e"] == pytest.approx(200 * (0.5 - 0.5777) - 10 * 2)
    assert causes["FACTOR"]["kgCO2e"] == pytest.approx(200 * (0.5 - 0.5777))
    assert (causes["FACTOR"]["factor"], causes["FACTOR"]["item"]) == ({"uid": "grid-2024"}, {"uid": "pack"})
    assert (causes["SUPPLY"]["kgCO2e"], causes["SUPPLY"]["supply"]) == (pytest.approx(-20), {"uid": "ore-pack"})
    assert change["causes"]["totalCount"] == 2
    swapped = {**asked, "before": asked["after"], "after": asked["before"]}
    back = (await chain.ask(CHANGE, swapped))["footprintChange"]
    assert back["differenceKgCO2e"] == pytest.approx(-change["differenceKgCO2e"])


GRID = {
    "uid": "grid-2024",
    "name": "Grid power, China 2024",
    "flow": "electricity",
    "kind": "CARBON_FOOTPRINT",
    "unit": "kWh",
    "region": "CN",
    "year": 2024,
    "boundary": "cradle to consumer",
    "gwpSet": "AR6",
    "source": "Ministry of Ecology and Environment, 2025",
    "licence": "public",
}


async def test_an_item_that_did_not_exist_has_no_footprint_before(chain: Api) -> None:
    await chain.record("new", items=[{"uid": "bus", "declaredUnit": "pc"}], emissions=[{"item": "bus", "kgCO2e": 7}])
    asked = {"item": "bus", "before": {"revision": 1}, "after": {"revision": 2}}
    change = (await chain.ask(CHANGE, asked))["footprintChange"]
    assert change["before"] is None
    assert change["differenceKgCO2e"] == pytest.approx(7)
    assert [edge["node"]["kind"] for edge in change["causes"]["edges"]] == ["ADDED"]
    assert (await chain.ask(CHANGE, {**asked, "item": "nobody"}))["footprintChange"] is None


@pytest.mark.parametrize("view", [{"revision": 7}, {"knownAt": "2999-01-01T00:00:00Z"}, {"revision": -1}])
async def test_a_view_that_is_not_recorded_is_refused(chain: Api, view: Any) -> None:
    error = await chain.error(CHANGE, {"item": "car", "before": view, "after": {}})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


CANDIDATES = """{ dataRequestCandidates(item: "car", first: 5) {
  item { uid } supplier { uid } kgCO2e share reason score
} }"""


async def test_gaps_are_asked_for_first(chain: Api) -> None:
    candidates = (await chain.ask(CANDIDATES))["dataRequestCandidates"]
    assert candidates[0]["item"]["uid"] == "seat"
    assert {each["item"]["uid"] for each in candidates} == {"seat", "pack", "ore"}
    assert all(each["reason"] and each["score"] > 0 for each in candidates)
    assert candidates[0]["supplier"] == {"uid": "mine"}


CHAINS = """
query Chains($constraints: ChainConstraintsInput) {
  lowCarbonChains(item: "car", constraints: $constraints) {
    item { uid } view { revision }
    current { ...C } best { ...C } pareto { totalKgCO2e unitCost }
    notCandidates { supply { uid } reason } fixedLines { uid } infeasibleBecause
  }
}
fragment C on Chain {
  totalKgCO2e isComplete unitCost currency primaryDataShare verifiedShare lowerBoundKgCO2e
  choices { supply { uid } share currentShare savingKgCO2e }
}
"""

LINES: dict[str, Any] = {
    "items": [{"uid": "ore-b", "declaredUnit": "kg", "supplier": "mine"}, {"uid": "ore-c", "declaredUnit": "kg"}],
    "emissions": [{"item": "ore-b", "kgCO2e": 1}],
    "supplies": [
        {"uid": f"{ore}-pack", "input": ore, "output": "pack", "amount": 50, "line": "ore", "share": share, **cost}
        for ore, share, cost in (
            ("ore", 1, {"unitCost": 3, "currency": "CNY"}),
            ("ore-b", 0, {"unitCost": 4, "currency": "CNY"}),
            ("ore-c", 0, {"unitCost": 1, "currency": "CNY"}),
        )
    ],
}


async def test_the_best_chain_takes_the_cleaner_ore_and_leaves_out_who_has_no_data(chain: Api) -> None:
    await chain.record("lines", **LINES)
    found = (await chain.ask(CHAINS))["lowCarbonChains"]
    assert found["current"]["totalKgCO2e"] == pytest.approx(CAR_KGCO2E)
    assert found["best"]["totalKgCO2e"] == pytest.approx(CAR_KGCO2E - 50)
    assert found["best"]["lowerBoundKgCO2e"] == pytest.approx(CAR_KGCO2E - 50)
    assert (found["current"]["unitCost"], found["best"]["unitCost"]) == (pytest.approx(150), pytest.approx(200))
    savings = {choice["supply"]["uid"]: choice["savingKgCO2e"] for choice in found["best"]["choices"]}
    assert sum(savings.values()) == pytest.approx(50)
    assert [each["supply"]["uid"] for each in found["notCandidates"]] == ["ore-c-pack"]
    assert "ore-c" in found["notCandidates"][0]["reason"]
    assert [point["unitCost"] for point in found["pareto"]] == [pytest.approx(150), pytest.approx(200)]


async def test_a_cost_cap_mixes_and_one_that_cannot_hold_says_so(chain: Api) -> None:
    await chain.record("lines", **LINES)
    mixed = (await chain.ask(CHAINS, {"constraints": {"maxUnitCost": 175, "currency": "CNY"}}))["lowCarbonChains"]
    assert mixed["best"]["totalKgCO2e"] == pytest.approx(CAR_KGCO2E - 25)
    shares = {choice["supply"]["uid"]: choice["share"] for choice in mixed["best"]["choices"]}
    assert (shares["ore-pack"], shares["ore-b-pack"]) == (pytest.approx(0.5), pytest.approx(0.5))
    single = {"maxUnitCost": 175, "singleSource": True}
    assert (await chain.ask(CHAINS, {"constraints": single}))["lowCarbonChains"]["best"]["unitCost"] == 150
    none = (await chain.ask(CHAINS, {"constraints": {"maxUnitCost": 100}}))["lowCarbonChains"]
    assert none["best"] is None
    assert "150" in none["infeasibleBecause"]


async def test_unknown_names_in_constraints_are_refused(chain: Api) -> None:
    error = await chain.error(CHAINS, {"constraints": {"excludeSuppliers": ["nobody"]}})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "nobody" in error["message"]


HIDDEN = """
query Hidden($item: ID!) {
  lowCarbonChains(item: $item) { current { totalKgCO2e } }
  scenario(changes: {direct: [{item: "pack", factor: 2}]}, items: [$item]) { afterKgCO2e }
  footprintChange(item: $item, before: {}, after: {}) { differenceKgCO2e }
  dataRequestCandidates(item: $item) { reason }
}
"""


@pytest.mark.parametrize(("role", "supplier"), [(Role.SUPPLIER, "cells"), (Role.PUBLIC, None), (Role.VERIFIER, None)])
async def test_who_sees_no_footprints_is_answered_like_for_an_unknown_item(
    chain: Api, role: Role, supplier: str | None
) -> None:
    key = await chain.key(role, supplier)
    nothing = {"lowCarbonChains": None, "scenario": [None], "footprintChange": None, "dataRequestCandidates": None}
    for uid in ("pack", "car", "nobody"):
        assert await chain.ask(HIDDEN, {"item": uid}, key=key) == nothing
    assert await chain.ask(HIDDEN, {"item": "nobody"}) == nothing
