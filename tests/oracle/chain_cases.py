"""Small random data sets for low-carbon chains: loops, credits, gaps, declarations, capacities, two currencies."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from graph_service.model.facts import Facts, Revision
from graph_service.model.vocabulary import Basis, GradeLevel, SystemBoundary
from graph_service.service.chain_constraints import ChainConstraints
from graph_service.service.day_graph import day_graph
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View
from tests.support.facts import facts_of

DAY = date(2026, 6, 1)
REVISION = Revision(1, datetime(2026, 1, 1, tzinfo=UTC), "test", "cli", "")
ITEM = 0
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Flavour:
    """How likely each trouble is in a data set."""

    gaps: float = 0.0
    credits: float = 0.0
    removals: float = 0.0
    loops: float = 0.2
    declared: float = 0.0
    costs: float = 1.0
    holes: float = 0.0
    euros: float = 0.0
    capacities: float = 0.0
    after: float = 0.0
    regions: bool = False
    grades: bool = False
    zeros: float = 0.0


FLAVOURS = (
    Flavour(zeros=0.1),
    Flavour(loops=0.6, removals=0.15),
    Flavour(gaps=0.15, holes=0.2),
    Flavour(credits=0.12, removals=0.1),
    Flavour(declared=0.3, gaps=0.1),
    Flavour(capacities=0.5, zeros=0.05),
    Flavour(after=0.7, loops=0.3),
    Flavour(euros=0.15, holes=0.1),
    Flavour(regions=True, gaps=0.05),
    Flavour(grades=True, gaps=0.05),
    Flavour(costs=0.0, gaps=0.1, loops=0.4),
    Flavour(
        gaps=0.07, credits=0.05, removals=0.07, loops=0.3, declared=0.1, holes=0.07, euros=0.03, capacities=0.3,
        after=0.3, regions=True, grades=True,
    ),
)  # fmt: skip


def random_facts(seed: int) -> Facts:
    """6 to 12 items made of each other by 1 to 4 lines of 2 or 3 rows and a few supplies without line."""
    rng, flavour = np.random.default_rng(seed), FLAVOURS[seed % len(FLAVOURS)]
    count = int(rng.integers(6, 13))
    supplies = _lines(rng, flavour, count) + _plain_supplies(rng, flavour, count)
    return facts_of(
        items=[_item(rng, flavour, at) for at in range(count)],
        supplies=supplies,
        emissions=_emissions(rng, flavour, count),
        declarations=_declarations(rng, flavour, count),
        suppliers=[{"uid": f"s{k}", "region_uid": rng.choice(["r1", "r2", "r3"])} for k in range(3)],
        regions=[{"uid": "r0"}, {"uid": "r1", "parent_uid": "r0"}, {"uid": "r2", "parent_uid": "r1"}, {"uid": "r3"}],
        benchmarks=[
            {
                "category": "part", "declared_unit": "kg", "exemplary_kgco2e": 3.0, "baseline_kgco2e": 6.0,
                "limit_kgco2e": 12.0, "source": "made up", "is_example": True,
            }
        ],
    )  # fmt: skip


def _item(rng: np.random.Generator, flavour: Flavour, at: int) -> Record:
    item: Record = {"uid": f"i{at}"}
    if flavour.regions:
        item["supplier_uid"] = rng.choice(np.array(["s0", "s1", "s2", None], object), p=[0.2, 0.2, 0.3, 0.3])
        regions = np.array(["r0", "r1", "r2", "r3", None], object)
        item["region_uid"] = rng.choice(regions, p=[0.05, 0.1, 0.1, 0.25, 0.5])
    if flavour.grades and rng.random() < 0.8:
        item["category"] = "part"
    if flavour.capacities and rng.random() < 0.3:
        item["capacity_per_year"] = float(rng.choice([5.0, 12.0, 30.0]))
    return item


def _amount(rng: np.random.Generator, flavour: Flavour, *, is_back: bool) -> float:
    amount = float(np.round(rng.uniform(0.05, 0.7) if is_back else rng.uniform(0.2, 2.0), 2))
    if rng.random() < flavour.zeros:
        amount = 0.0
    return -amount if rng.random() < flavour.credits else amount


def _price(rng: np.random.Generator, flavour: Flavour, *, most: float) -> Record:
    if rng.random() < flavour.holes:
        return {}
    return {
        "unit_cost": float(np.round(rng.uniform(0.0, most), 1)),
        "currency": "EUR" if rng.random() < flavour.euros else "CNY",
    }


def _input(rng: np.random.Generator, flavour: Flavour, output: int, count: int) -> tuple[int, bool]:
    if rng.random() < flavour.loops / 2 or output == count - 1:
        return int(rng.integers(0, output + 1)), True
    return int(rng.integers(output + 1, count)), False


def _lines(rng: np.random.Generator, flavour: Flavour, count: int) -> list[Record]:
    rows: list[Record] = []
    for number in range(int(rng.integers(1, 5))):
        output = 0 if number == 0 else int(rng.integers(0, count - 2))
        stage = "USE" if output == 0 and rng.random() < flavour.after else "RAW_MATERIAL"
        size = int(rng.integers(2, 4))
        share = np.zeros(size)
        if rng.random() < 0.5:
            share[rng.integers(size)] = 1.0
        else:
            share = np.round(rng.dirichlet(np.ones(size)), 2)
            share[0] = 1.0 - share[1:].sum()
        has_costs = rng.random() < flavour.costs * 0.8
        for k in range(size):
            source, is_back = _input(rng, flavour, output, count)
            row = {
                "uid": f"l{number}{k}",
                "input_uid": f"i{source}",
                "output_uid": f"i{output}",
                "amount": _amount(rng, flavour, is_back=is_back),
                "line": f"line {number}",
                "share": float(share[k]),
                "stage": stage,
                **(_price(rng, flavour, most=10.0) if has_costs else {}),
            }
            if rng.random() < flavour.capacities:
                row["capacity_per_year"] = float(rng.choice([2.0, 5.0, 10.0]))
            rows.append(row)
    return rows


def _plain_supplies(rng: np.random.Generator, flavour: Flavour, count: int) -> list[Record]:
    rows: list[Record] = []
    for number in range(int(rng.integers(1, count))):
        output = int(rng.integers(0, count - 1))
        source, is_back = _input(rng, flavour, output, count)
        cost = _price(rng, replace(flavour, euros=flavour.euros / 5), most=2.0) if flavour.costs else {}
        row = {
            "uid": f"n{number}",
            "input_uid": f"i{source}",
            "output_uid": f"i{output}",
            "amount": _amount(rng, flavour, is_back=is_back),
            "stage": "USE" if output == 0 and rng.random() < flavour.after / 2 else "TRANSPORT",
            **(cost if rng.random() < 0.4 else {}),
        }
        if rng.random() < flavour.capacities / 4:
            row["capacity_per_year"] = 20.0
        rows.append(row)
    return rows


def _emissions(rng: np.random.Generator, flavour: Flavour, count: int) -> list[Record]:
    rows: list[Record] = []
    for at in range(count):
        if rng.random() < flavour.gaps:
            continue
        for _ in range(int(rng.integers(1, 3))):
            kgco2e = float(np.round(rng.uniform(0.0, 5.0), 1))
            rows.append(
                {
                    "item_uid": f"i{at}",
                    "kgco2e": -kgco2e if rng.random() < flavour.removals else kgco2e,
                    "data_type": rng.choice(["PRIMARY", "SECONDARY", "PROXY"]),
                    "is_verified": bool(rng.random() < 0.4),
                }
            )
    rows.append({"item_uid": "i1", "kgco2e": -2.0, "component": "BIOGENIC_UPTAKE"})
    rows.append({"item_uid": "i0", "kgco2e": 2.5, "stage": "USE", "data_type": "PRIMARY"})
    rows.append({"item_uid": "i2", "kgco2e": 9.0, "stage": "END_OF_LIFE"})
    return rows


def _declarations(rng: np.random.Generator, flavour: Flavour, count: int) -> list[Record]:
    return [
        {
            "uid": f"d{at}",
            "item_uid": f"i{at}",
            "kgco2e": float(np.round(rng.uniform(0.5, 9.0), 1)),
            "reference_period_start": date(2024, 1, 1),
            "reference_period_end": date(2024, 12, 31),
            "valid_from": date(2025, 1, 1),
            "valid_to": date(2026, 1, 1) if rng.random() < 0.2 else date(2027, 1, 1),
            "primary_data_share": rng.choice(np.array([None, 0.3, 0.9], object)),
            "is_verified": bool(rng.random() < 0.5),
        }
        for at in range(count)
        if rng.random() < flavour.declared
    ]


def random_graph(seed: int) -> ViewedGraph:
    basis = Basis.TRACED if seed // len(FLAVOURS) % 3 == 2 else Basis.DECLARED_FIRST
    is_to_grave = FLAVOURS[seed % len(FLAVOURS)].after and seed // len(FLAVOURS) % 2 == 0
    boundary = SystemBoundary.CRADLE_TO_GRAVE if is_to_grave else SystemBoundary.CRADLE_TO_GATE
    return viewed(random_facts(seed), basis=basis, boundary=boundary)


def viewed(
    facts: Facts,
    *,
    basis: Basis = Basis.DECLARED_FIRST,
    boundary: SystemBoundary = SystemBoundary.CRADLE_TO_GATE,
) -> ViewedGraph:
    return ViewedGraph(day_graph(REVISION, DAY, facts), View(DAY, REVISION, basis, boundary))


def random_constraints(seed: int, worths: list[tuple[float | None, float | None, float | None]]) -> ChainConstraints:
    """Demands of which some bind: limits lie at, between or beyond (cost, primary, verified) of the policies."""
    rng, flavour = np.random.default_rng(seed + 10**6), FLAVOURS[seed % len(FLAVOURS)]

    def level(place: int, *, chance: float) -> float | None:
        known = sorted({value for values in worths if (value := values[place]) is not None})
        if not known or rng.random() > chance:
            return None
        if rng.random() < 0.3:
            return float(rng.choice(known))
        beyond = 0.1 * (known[-1] - known[0]) + 0.01
        return float(rng.uniform(known[0] - beyond, known[-1] + beyond))

    cost, primary, verified = level(0, chance=0.6), level(1, chance=0.3), level(2, chance=0.2)
    has_regions = flavour.regions and rng.random() < 0.6
    return ChainConstraints(
        max_unit_cost=None if cost is None or cost < 0 else cost,
        currency="CNY" if flavour.euros else None,
        demand_per_year=float(rng.choice([1.0, 4.0, 10.0])) if flavour.capacities and rng.random() < 0.8 else None,
        min_primary_data_share=None if primary is None else float(np.clip(primary, 0.0, 1.0)),
        min_verified_share=None if verified is None else float(np.clip(verified, 0.0, 1.0)),
        exclude_supplier_uids=(str(rng.choice(["s0", "s1"])),) if has_regions and rng.random() < 0.5 else (),
        exclude_region_uids=(str(rng.choice(["r1", "r2", "r3"])),) if has_regions and rng.random() < 0.5 else (),
        is_single_source=bool(rng.random() < 0.4),
        worst_grade=GradeLevel("ABCD"[rng.integers(4)]) if flavour.grades and rng.random() < 0.6 else None,
    )
