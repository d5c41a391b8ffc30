"""What is handed over of an item's upstream, on graphs small enough to work by hand and on random ones."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from graph_service.engine.interop import to_networkx
from graph_service.model.facts import Facts, Revision
from graph_service.model.vocabulary import Basis, Kind, SystemBoundary
from graph_service.service.day_graph import day_graph
from graph_service.service.footprints import footprint
from graph_service.service.records import row_of
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.subgraph import Subgraph, subgraph
from graph_service.service.views import View
from tests.support.facts import facts_of

DAY = date(2026, 6, 1)
REVISION = Revision(7, datetime(2026, 1, 1, tzinfo=UTC), "test", "cli", "")
GRAVE = SystemBoundary.CRADLE_TO_GRAVE


def _subgraph(
    facts: Facts,
    uid: str,
    *,
    basis: Basis = Basis.DECLARED_FIRST,
    boundary: SystemBoundary = SystemBoundary.CRADLE_TO_GATE,
) -> Subgraph:
    row = row_of(facts, Kind.ITEM, uid)
    assert row is not None
    view = View(DAY, REVISION, basis, boundary)
    return subgraph(footprint(ViewedGraph(day_graph(REVISION, DAY, facts), view), row))


def _nodes(found: Subgraph) -> dict[str, dict[str, Any]]:
    """What networkx is told of each node."""
    return dict(to_networkx(found.columns()).nodes(data=True))


def _car(**more: Any) -> Facts:
    """A car of 2 doors of steel and of a seat without data; steel takes steel; a bus takes doors too."""
    return facts_of(
        suppliers=[{"uid": "mill", "name": "Mill"}],
        items=[
            {"uid": "car", "declared_unit": "pc", "name": "Car", "name_zh": "汽车", "kind": "PRODUCT"},
            {"uid": "door"},
            {"uid": "steel", "supplier_uid": "mill", "category": "steel"},
            {"uid": "seat", "declared_unit": "pc"},
            {"uid": "petrol"},
            {"uid": "bus"},
        ],
        emissions=[
            {"item_uid": "car", "kgco2e": 1.0},
            {"item_uid": "car", "kgco2e": 10.0, "stage": "USE"},
            {"item_uid": "steel", "kgco2e": 4.5},
            {"item_uid": "petrol", "kgco2e": 3.0},
            {"item_uid": "petrol", "kgco2e": 99.0, "stage": "END_OF_LIFE"},
        ],
        supplies=[
            {"uid": "s1", "input_uid": "door", "output_uid": "car", "amount": 2.0},
            {"uid": "s2", "input_uid": "steel", "output_uid": "door", "amount": 3.0, "line": "metal", "share": 0.5},
            {"uid": "s3", "input_uid": "steel", "output_uid": "door", "amount": 5.0, "line": "metal", "share": 0.5},
            {
                "uid": "s4",
                "input_uid": "steel",
                "output_uid": "steel",
                "amount": 0.1,
                "unit_cost": 2.0,
                "currency": "CNY",
            },
            {"uid": "s5", "input_uid": "seat", "output_uid": "car", "amount": 5.0},
            {"uid": "s6", "input_uid": "petrol", "output_uid": "car", "amount": 7.0, "stage": "USE"},
            {"uid": "s7", "input_uid": "door", "output_uid": "bus", "amount": 9.0},
            {"uid": "s8", "input_uid": "seat", "output_uid": "door", "amount": 1.0, "line": "metal", "share": 0.0},
            {"uid": "s9", "input_uid": "steel", "output_uid": "car", "amount": 1.0, "valid_to": date(2026, 1, 1)},
        ],
        **more,
    )


def _declared(uid: str, kgco2e: float) -> dict[str, Any]:
    return {
        "uid": f"of-{uid}",
        "item_uid": uid,
        "kgco2e": kgco2e,
        "reference_period_start": date(2025, 1, 1),
        "reference_period_end": date(2025, 12, 31),
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2027, 1, 1),
    }


def test_all_upstream_items_stand_by_tier_with_their_numbers() -> None:
    found = _subgraph(_car(), "car")
    assert found.nodes["uid"].to_pylist() == ["car", "door", "seat", "steel"]
    assert found.nodes["tier"].to_pylist() == [0, 1, 1, 2]
    nodes = _nodes(found)
    steel = nodes["steel"]
    assert (steel["supplier"], steel["category"], steel["kind"]) == ("mill", "steel", "COMPONENT")
    assert steel["total_kgco2e"] == pytest.approx(4.5 / 0.9)
    assert [steel["direct_kgco2e"], steel["activity"]] == pytest.approx([4.5, 2 * 4 / 0.9])
    assert steel["contribution_kgco2e"] == pytest.approx(40)
    assert nodes["car"]["name_zh"] == "汽车"


def test_what_is_unknown_is_absent_and_never_zero() -> None:
    nodes = _nodes(_subgraph(_car(), "car"))
    assert nodes["seat"]["gap"] == "NO_DATA"
    assert nodes["seat"]["activity"] == pytest.approx(5)
    assert not nodes["seat"].keys() & {"direct_kgco2e", "total_kgco2e", "contribution_kgco2e", "name_zh", "supplier"}
    assert nodes["door"]["gap"] == "DIRECT_MISSING"
    assert nodes["door"]["total_kgco2e"] == pytest.approx(20)
    assert not nodes["door"].keys() & {"direct_kgco2e", "contribution_kgco2e"}
    assert "gap" not in nodes["car"]


def test_supplies_that_carry_something_are_edges_loops_and_parallel_ones_too() -> None:
    found = _subgraph(_car(), "car")
    graph = to_networkx(found.columns())
    assert list(graph.edges(keys=True)) == [
        ("door", "car", "s1"),
        ("seat", "car", "s5"),
        ("steel", "door", "s2"),
        ("steel", "door", "s3"),
        ("steel", "steel", "s4"),
    ]
    half = graph.edges["steel", "door", "s2"]
    assert half == {
        "uid": "s2",
        "amount": 3,
        "share": 0.5,
        "coefficient": 1.5,
        "line": "metal",
        "stage": "RAW_MATERIAL",
    }
    cost = graph.edges["steel", "steel", "s4"]
    assert (cost["unit_cost"], cost["currency"]) == (2, "CNY")
    assert [found.edges["uid"][0].as_py(), int(found.supply_rows[0])] == ["s1", 0]
    assert found.item_rows.tolist() == [0, 1, 3, 2]


def test_a_declared_item_ends_the_upstream_unless_it_is_traced() -> None:
    facts = _car(declarations=[_declared("door", 30.0)])
    nodes = _nodes(_subgraph(facts, "car"))
    assert list(nodes) == ["car", "door", "seat"]
    assert nodes["door"]["is_declared"]
    assert [nodes["door"]["total_kgco2e"], nodes["door"]["contribution_kgco2e"]] == [30, 60]
    assert "gap" not in nodes["door"]
    assert list(_nodes(_subgraph(facts, "door"))) == ["door"]
    assert list(_nodes(_subgraph(facts, "car", basis=Basis.TRACED))) == ["car", "door", "seat", "steel"]


def test_what_comes_after_the_gate_counts_for_the_item_itself_only() -> None:
    found = _subgraph(_car(), "car", boundary=GRAVE)
    nodes = _nodes(found)
    assert nodes["petrol"]["contribution_kgco2e"] == pytest.approx(21)
    assert nodes["petrol"]["total_kgco2e"] == pytest.approx(3)
    assert nodes["car"]["direct_kgco2e"] == pytest.approx(11)
    assert nodes["car"]["total_kgco2e"] == pytest.approx(1 + 40 + 10 + 21)
    assert "s6" in found.edges["uid"].to_pylist()
    assert "petrol" not in _nodes(_subgraph(_car(), "car"))


def test_the_graph_says_which_view_it_is_of() -> None:
    said = dict(_subgraph(_car(), "car").attributes)
    assert str(said.pop("generator")).startswith("graph-service ")
    assert said.pop("total_kgco2e") == pytest.approx(41)
    assert said == {
        "item": "car",
        "declared_unit": "pc",
        "is_complete": False,
        "as_of": "2026-06-01",
        "revision": 7,
        "basis": "DECLARED_FIRST",
        "boundary": "CRADLE_TO_GATE",
    }


@pytest.mark.parametrize("boundary", SystemBoundary)
def test_every_value_is_of_plain_python(boundary: SystemBoundary) -> None:
    columns = _subgraph(_car(), "car", boundary=boundary).columns()
    values: list[Any] = [*columns.attributes.values()]
    values += [value for part in (columns.nodes, columns.edges) for column in part.values() for value in column]
    assert {type(value) for value in values} == {str, float, int, bool, type(None)}


def test_an_item_about_which_nothing_is_known_has_no_total() -> None:
    found = _subgraph(_car(), "seat")
    assert "total_kgco2e" not in found.attributes
    assert found.nodes["contribution_kgco2e"].to_pylist() == [None]
    assert found.edges.num_rows == 0


def test_use_is_known_where_the_gate_is_not() -> None:
    facts = facts_of(
        items=[{"uid": "lamp"}], emissions=[{"item_uid": "lamp", "kgco2e": 8.0, "stage": "USE"}], supplies=[]
    )
    lamp = _nodes(_subgraph(facts, "lamp", boundary=GRAVE))["lamp"]
    assert [lamp["gap"], lamp["direct_kgco2e"], lamp["contribution_kgco2e"]] == ["NO_DATA", 8, 8]


@pytest.mark.parametrize("boundary", SystemBoundary)
@pytest.mark.parametrize("seed", range(8))
def test_contributions_sum_to_the_total(seed: int, boundary: SystemBoundary) -> None:
    found = _subgraph(_random_facts(seed), "i0", boundary=boundary)
    kgco2e = [value for value in found.nodes["contribution_kgco2e"].to_pylist() if value is not None]
    assert sum(kgco2e) == pytest.approx(found.attributes["total_kgco2e"], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_each_total_follows_from_direct_and_inputs(seed: int) -> None:
    graph = to_networkx(_subgraph(_random_facts(seed), "i0").columns())
    for uid, node in graph.nodes(data=True):
        inputs = graph.in_edges(uid, data=True)
        taken_kgco2e = [
            edge["coefficient"] * graph.nodes[source].get("total_kgco2e", 0.0) for source, _, edge in inputs
        ]
        if "total_kgco2e" in node:
            total_kgco2e = node.get("direct_kgco2e", 0.0) + sum(taken_kgco2e)
            assert node["total_kgco2e"] == pytest.approx(total_kgco2e, rel=1e-9, abs=1e-9)


def _random_facts(seed: int) -> Facts:
    """Ten items with loops, parallel supplies, credits, gaps and supplies after the gate."""
    random = np.random.default_rng(seed)
    ends = random.integers(0, 10, (25, 2))
    stages = random.choice(["RAW_MATERIAL", "TRANSPORT", "USE"], 25, p=[0.6, 0.3, 0.1])
    supplies = [
        {"input_uid": f"i{i}", "output_uid": f"i{j}", "amount": float(random.uniform(-0.1, 0.3)), "stage": str(stage)}
        for (i, j), stage in zip(ends, stages, strict=True)
    ]
    emissions = [
        {"item_uid": f"i{i}", "kgco2e": float(random.uniform(-1, 5))}
        for i in range(10)
        if i == 0 or random.random() < 0.7
    ]
    return facts_of(items=[{"uid": f"i{i}"} for i in range(10)], supplies=supplies, emissions=emissions)
