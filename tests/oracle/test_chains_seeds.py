"""The pack's 64 chains, each worked out by dense algebra, against what the service answers at every budget."""

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pytest
from scipy.optimize import linprog

from graph_service.exchange.dataset import read_folder
from graph_service.model.facts import Revision, empty_facts
from graph_service.model.vocabulary import Basis, Kind, SystemBoundary
from graph_service.service.chain_constraints import ChainConstraints
from graph_service.service.chains import LowCarbonChains, low_carbon_chains
from graph_service.service.day_graph import day_graph
from graph_service.service.intake import check_batch
from graph_service.service.records import row_of
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View
from tests.docs.dense_seeds import SEEDS, direct_kgco2e, rows_of_file, solve_seeds

PACK_KWH = 60.48
DAY = date(2026, 6, 1)


@dataclass(frozen=True)
class Enumerated:
    """Cost in CNY per pack and kg CO2e per kWh of one chain."""

    cost: float
    kgco2e: float


@pytest.fixture(scope="module")
def graph() -> ViewedGraph:
    checked = check_batch(read_folder(SEEDS).batch, empty_facts())
    revision = Revision(1, datetime(2026, 6, 1, tzinfo=UTC), by="test", door="cli", summary="seeds")
    view = View(DAY, revision, Basis.DECLARED_FIRST, SystemBoundary.CRADLE_TO_GATE)
    return ViewedGraph(day_graph(revision, DAY, checked.facts), view)


@pytest.fixture(scope="module")
def chains() -> list[Enumerated]:
    lines: dict[tuple[str, str], list[dict[str, str]]] = {}
    for supply in rows_of_file("supplies"):
        if supply["unit_cost"]:
            lines.setdefault((supply["output"], supply["line"]), []).append(supply)
    found = []
    for picks in itertools.product((0, 1), repeat=len(lines)):
        chosen = [options[pick] for options, pick in zip(lines.values(), picks, strict=True)]
        shares = {
            (option["input"], option["output"]): float(option in chosen) for line in lines.values() for option in line
        }
        dense = solve_seeds(shares)
        cost = sum(float(option["unit_cost"]) * dense.activity(option["output"], "pack") for option in chosen)
        found.append(Enumerated(cost, dense.total_kgco2e("pack") / PACK_KWH))
    return sorted(found, key=lambda chain: chain.cost)


def ask(graph: ViewedGraph, constraints: ChainConstraints, *, points: int = 0) -> LowCarbonChains:
    row = row_of(graph.day.facts, Kind.ITEM, "pack")
    assert row is not None
    return low_carbon_chains(graph, row, constraints, pareto_points=points)


def test_at_every_budget_the_single_source_chain_is_the_best_of_all(
    graph: ViewedGraph, chains: list[Enumerated]
) -> None:
    assert len(chains) == 64
    for budget in chains:
        affordable = [chain for chain in chains if chain.cost <= budget.cost * (1 + 1e-9)]
        best = min(chain.kgco2e for chain in affordable)
        found = ask(graph, ChainConstraints(max_unit_cost=budget.cost, is_single_source=True)).best
        assert found is not None
        assert found.total_kgco2e / PACK_KWH == pytest.approx(best, rel=1e-12)
        assert found.lower_bound_kgco2e == found.total_kgco2e
        assert found.unit_cost is not None
        assert found.unit_cost <= budget.cost * (1 + 1e-9)


def test_all_points_of_the_single_source_front_are_found(graph: ViewedGraph, chains: list[Enumerated]) -> None:
    front: list[Enumerated] = []
    for chain in sorted(chains, key=lambda one: (round(one.cost, 6), one.kgco2e)):
        if not front or chain.kgco2e < front[-1].kgco2e - 1e-9:
            front.append(chain)
    assert len(front) == 24
    points = ask(graph, ChainConstraints(is_single_source=True), points=200).pareto
    assert [point.unit_cost for point in points] == pytest.approx([chain.cost for chain in front], rel=1e-9, abs=1e-9)
    assert [point.total_kgco2e / PACK_KWH for point in points] == pytest.approx(
        [chain.kgco2e for chain in front], rel=1e-12
    )
    few = ask(graph, ChainConstraints(is_single_source=True), points=5).pareto
    assert len(few) == 5
    assert (few[0].total_kgco2e, few[-1].total_kgco2e) == (points[0].total_kgco2e, points[-1].total_kgco2e)
    assert {point.total_kgco2e for point in few} < {point.total_kgco2e for point in points}


def test_corners_of_the_mixing_front_are_the_hull_of_all_chains(graph: ViewedGraph, chains: list[Enumerated]) -> None:
    hull: list[Enumerated] = []
    for chain in chains:
        while len(hull) > 1 and _turns_up(hull[-2], hull[-1], chain):
            hull.pop()
        hull.append(chain)
    least = min(range(len(hull)), key=lambda place: hull[place].kgco2e)
    corners = ask(graph, ChainConstraints(), points=200).pareto
    assert [corner.unit_cost for corner in corners] == pytest.approx(
        [chain.cost for chain in hull[: least + 1]], rel=1e-9, abs=1e-9
    )
    assert len(corners) == 7


def _turns_up(first: Enumerated, middle: Enumerated, last: Enumerated) -> bool:
    ahead = (middle.cost - first.cost) * (last.kgco2e - first.kgco2e)
    return ahead <= (middle.kgco2e - first.kgco2e) * (last.cost - first.cost) + 1e-9


@pytest.mark.parametrize(("budget", "kgco2e"), [(300.0, 81.441), (500.0, 73.254), (800.0, 63.074), (2000.0, 53.718)])
def test_with_mixes_a_budget_buys_the_optimum_of_the_linear_program(
    graph: ViewedGraph, budget: float, kgco2e: float
) -> None:
    found = ask(graph, ChainConstraints(max_unit_cost=budget)).best
    assert found is not None
    assert found.total_kgco2e / PACK_KWH == pytest.approx(kgco2e, abs=5e-4)
    assert found.total_kgco2e == pytest.approx(least_by_program(budget), rel=1e-9)
    assert found.lower_bound_kgco2e == found.total_kgco2e
    saved = sum(choice.saving_kgco2e for choice in found.choices)
    assert saved == pytest.approx(ask(graph, ChainConstraints()).current.total_kgco2e - found.total_kgco2e, rel=1e-12)


def least_by_program(budget: float) -> float:
    """The rectangular program written from the files: a column of activity per item, one of flow per costed supply."""
    supplies, items = rows_of_file("supplies"), [row["item"] for row in rows_of_file("items")]
    emitted = dict.fromkeys(items, 0.0)
    for emission in rows_of_file("emissions"):
        if emission["stage"] not in {"USE", "END_OF_LIFE"} and emission["component"] != "BIOGENIC_UPTAKE":
            emitted[emission["item"]] += direct_kgco2e(emission)
    flows = [supply for supply in supplies if supply["unit_cost"]]
    lines = sorted({(flow["output"], flow["line"]) for flow in flows})
    width = len(items) + len(flows)
    equal = np.zeros((len(items) + len(lines), width))
    equal[: len(items), : len(items)] = np.eye(len(items))
    for supply in supplies:
        if not supply["unit_cost"] and supply["stage"] != "DISTRIBUTION":
            share = float(supply["share"] or 1.0)
            equal[items.index(supply["input"]), items.index(supply["output"])] -= float(supply["amount"]) * share
    cost = np.zeros(width)
    for place, flow in enumerate(flows, start=len(items)):
        equal[items.index(flow["input"]), place] = -float(flow["amount"])
        line = len(items) + lines.index((flow["output"], flow["line"]))
        equal[line, place], equal[line, items.index(flow["output"])] = 1.0, -1.0
        cost[place] = float(flow["unit_cost"]) * float(flow["amount"])
    wanted = np.zeros(len(equal))
    wanted[items.index("pack")] = 1.0
    objective = np.concatenate(([emitted[item] for item in items], np.zeros(len(flows))))
    result = linprog(objective, A_ub=cost[None, :], b_ub=[budget], A_eq=equal, b_eq=wanted)
    assert result.status == 0
    return float(result.fun)
