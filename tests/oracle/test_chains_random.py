"""Chains of random worlds against a dense program with all limits in it, and against all ways to pick."""

import itertools
from datetime import UTC, date, datetime

import numpy as np
import pytest

from graph_service.model.facts import Revision
from graph_service.model.vocabulary import Basis, Kind, SystemBoundary
from graph_service.service.chain_constraints import ChainConstraints
from graph_service.service.chains import Chain, LowCarbonChains, low_carbon_chains
from graph_service.service.day_graph import day_graph
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View
from tests.oracle.chain_reference import Asked, Reference, World, random_world
from tests.support.facts import facts_of

DAY = date(2026, 6, 1)
REVISION = Revision(1, datetime(2026, 1, 1, tzinfo=UTC), "test", "cli", "")
ONE_OF_MANY = 40


class Answered:
    """What the service says of item 0 of a world."""

    def __init__(self, world: World, asked: Asked, *, points: int = 0) -> None:
        suppliers = [{"uid": f"maker{number}"} for number in range(5)]
        self.facts = facts_of(
            items=world.items, supplies=world.supplies, emissions=world.emissions, suppliers=suppliers
        )
        view = View(DAY, REVISION, Basis.DECLARED_FIRST, SystemBoundary.CRADLE_TO_GATE)
        constraints = ChainConstraints(
            max_unit_cost=asked.max_unit_cost,
            demand_per_year=asked.demand_per_year,
            min_primary_data_share=asked.min_primary_data_share,
            min_verified_share=asked.min_verified_share,
            exclude_supplier_uids=asked.exclude_supplier_uids,
            is_single_source=asked.is_single_source,
        )
        graph = ViewedGraph(day_graph(REVISION, DAY, self.facts), view)
        self.answer: LowCarbonChains = low_carbon_chains(graph, 0, constraints, pareto_points=points)

    def uid(self, supply_row: int) -> str:
        return str(self.facts.tables[Kind.SUPPLY]["uid"][supply_row].as_py())

    def shares(self, chain: Chain, world: World) -> dict[str, float]:
        shares = {supply["uid"]: supply["share"] for supply in world.supplies}
        return shares | {self.uid(choice.supply_row): choice.share for choice in chain.choices}


def random_constraints(seed: int, world: World) -> Asked:
    random = np.random.default_rng(seed)
    is_single = bool(random.random() < 0.5)
    free = Reference(world, Asked())
    is_priced = any(supply["unit_cost"] is not None for supply in free.supplies)
    cost = float(random.uniform(0.5, 1.3)) * max(free.mix().cost or 1.0, 0.1)
    return Asked(
        max_unit_cost=cost if is_priced and random.random() < 0.5 else None,
        demand_per_year=float(random.uniform(20.0, 150.0)) if random.random() < 0.5 else None,
        min_primary_data_share=float(random.uniform(0.2, 0.7)) if random.random() < 0.3 else None,
        min_verified_share=float(random.uniform(0.1, 0.5)) if random.random() < 0.2 else None,
        exclude_supplier_uids=(f"maker{int(random.integers(5))}",) if random.random() < 0.2 else (),
        is_single_source=is_single,
    )


@pytest.mark.parametrize("seed", range(ONE_OF_MANY))
@pytest.mark.parametrize("has_credits", [False, True])
def test_the_best_chain_is_that_of_the_plain_rules(seed: int, has_credits: bool) -> None:
    world = random_world(seed, items=5 + seed % 5, has_credits=has_credits)
    asked = random_constraints(seed, world)
    reference = Reference(world, asked)
    expected = reference.single() if asked.is_single_source else reference.mix()
    found = Answered(world, asked)
    answer = found.answer
    assert {found.uid(one.supply_row) for one in answer.not_candidates} == expected.not_candidates
    assert {found.uid(row) for row in answer.fixed_supply_rows} == expected.fixed
    if expected.total_kgco2e is None or answer.best is None:
        assert (answer.best, expected.total_kgco2e) == (None, None)
        assert answer.infeasible_because
        return
    assert answer.best.total_kgco2e == pytest.approx(expected.total_kgco2e, rel=1e-7, abs=1e-7)
    assert answer.best.lower_bound_kgco2e == pytest.approx(answer.best.total_kgco2e, rel=1e-8, abs=1e-8)
    saved = sum(choice.saving_kgco2e for choice in answer.best.choices)
    assert saved == pytest.approx(answer.current.total_kgco2e - answer.best.total_kgco2e, rel=1e-9, abs=1e-9)
    weighed = reference.weigh(found.shares(answer.best, world))
    assert weighed is not None, "the chain keeps to its limits"
    assert weighed[0] == pytest.approx(answer.best.total_kgco2e, rel=1e-9, abs=1e-9)
    if answer.best.unit_cost is not None:
        assert weighed[1] == pytest.approx(answer.best.unit_cost, rel=1e-9, abs=1e-9)


def is_priced(seed: int) -> bool:
    world = random_world(seed, has_gaps=False)
    return any(supply["unit_cost"] is not None for supply in Reference(world, Asked()).supplies)


@pytest.mark.parametrize("seed", [seed for seed in range(100, 100 + ONE_OF_MANY) if is_priced(seed)])
def test_no_chain_is_below_the_front_and_every_point_is_on_it(seed: int) -> None:
    world = random_world(seed, has_gaps=False)
    demand = 60.0 if seed % 2 else None
    for is_single in (False, True):
        points = Answered(world, Asked(demand_per_year=demand, is_single_source=is_single), points=200).answer.pareto
        for before, after in itertools.pairwise(points):
            assert before.unit_cost is not None
            assert after.unit_cost is not None
            assert before.unit_cost < after.unit_cost
            assert before.total_kgco2e > after.total_kgco2e
        for point in points:
            assert point.unit_cost is not None
            cap = point.unit_cost + 1e-9 * max(abs(point.unit_cost), 1.0)
            reference = Reference(world, Asked(max_unit_cost=cap, demand_per_year=demand))
            least = reference.single() if is_single else reference.mix()
            assert least.total_kgco2e == pytest.approx(point.total_kgco2e, rel=1e-6, abs=1e-6)
        if is_single:
            ways = Reference(world, Asked(demand_per_year=demand)).ways()
            front: list[tuple[float, float]] = []
            for total, cost in sorted(ways, key=lambda way: (round(way[1], 9), way[0])):
                if not front or total < front[-1][0] - 1e-7:
                    front.append((total, cost))
            assert len(points) == len(front)
