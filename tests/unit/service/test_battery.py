"""The battery's footprint by the stages of Regulation (EU) 2023/1542, against numbers worked by hand."""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from graph_service.errors import InvalidInput
from graph_service.model.facts import Revision
from graph_service.model.vocabulary import Basis, Kind, LifeCycleStage, StagePerspective, SystemBoundary
from graph_service.service.battery import BatteryFootprint, ServiceLife, battery_footprint
from graph_service.service.day_graph import day_graph
from graph_service.service.footprints import Footprint, footprint
from graph_service.service.records import row_of
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View
from tests.support.facts import facts_of

RAW, MADE, SENT, ENDED = (
    LifeCycleStage.RAW_MATERIAL,
    LifeCycleStage.MANUFACTURING,
    LifeCycleStage.DISTRIBUTION,
    LifeCycleStage.END_OF_LIFE,
)
LIFE = ServiceLife(cycles_per_year=100, years=10)
ITEMS: list[dict[str, Any]] = [
    {"uid": "pack", "declared_unit": "pc", "equivalents": "60 kWh"},
    {"uid": "cell", "declared_unit": "kWh"},
    {"uid": "cathode"},
    {"uid": "power", "declared_unit": "kWh"},
    {"uid": "truck", "declared_unit": "tkm"},
]
SUPPLIES: list[dict[str, Any]] = [
    {"input_uid": "cell", "output_uid": "pack", "amount": 60},
    {"input_uid": "power", "output_uid": "pack", "amount": 200, "stage": "MANUFACTURING"},
    {"input_uid": "truck", "output_uid": "pack", "amount": 5, "stage": "TRANSPORT"},
    {"input_uid": "truck", "output_uid": "pack", "amount": 100, "stage": "DISTRIBUTION"},
    {"input_uid": "cathode", "output_uid": "cell", "amount": 2},
    {"input_uid": "power", "output_uid": "cell", "amount": 30, "stage": "MANUFACTURING"},
    {"input_uid": "cell", "output_uid": "cell", "amount": 0.04},
]
EMISSIONS: list[dict[str, Any]] = [
    {"item_uid": "pack", "kgco2e": 40},
    {"item_uid": "pack", "kgco2e": 900, "stage": "USE"},
    {"item_uid": "pack", "kgco2e": 150, "stage": "END_OF_LIFE"},
    {"item_uid": "cell", "kgco2e": 1},
    {"item_uid": "cathode", "kgco2e": 12},
    {"item_uid": "power", "kgco2e": 0.5},
    {"item_uid": "truck", "kgco2e": 0.1},
]


def found(item: str = "pack", *, without: str = "", emissions: Sequence[dict[str, Any]] = (), **more: Any) -> Footprint:
    """The footprint of an item of the chain above; ``without`` leaves out those of one stage or item."""
    kept = [row for row in (*EMISSIONS, *emissions) if without not in (row["item_uid"], row.get("stage"))]
    facts = facts_of(items=ITEMS, supplies=SUPPLIES, emissions=kept, **more)
    day, revision = date(2026, 6, 1), Revision(1, datetime(2026, 6, 1, tzinfo=UTC), "test", "cli", "")
    view = View(day, revision, Basis.DECLARED_FIRST, SystemBoundary.CRADLE_TO_GRAVE)
    row = row_of(facts, Kind.ITEM, item)
    assert row is not None
    return footprint(ViewedGraph(day_graph(revision, day, facts), view), row)


def declared(item: str, kgco2e: float) -> dict[str, Any]:
    return {
        "item_uid": item,
        "kgco2e": kgco2e,
        "reference_period_start": date(2025, 1, 1),
        "reference_period_end": date(2026, 1, 1),
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2029, 1, 1),
    }


def near(answer: BatteryFootprint, expected: dict[LifeCycleStage, float]) -> None:
    assert dict(answer.kgco2e_by_stage) == pytest.approx(expected, rel=1e-12)


CELL = (1 + 2 * 12 + 30 * 0.5) / 0.96


def test_what_is_bought_counts_with_all_its_upstream_under_the_stage_of_its_supply() -> None:
    answer = battery_footprint(found(), life=LIFE)
    near(answer, {RAW: 60 * CELL, MADE: 40 + 200 * 0.5 + 5 * 0.1, SENT: 100 * 0.1, ENDED: 150})
    assert answer.use_kgco2e == 900
    assert answer.kwh_over_life == 60 * 100 * 10
    total = found().total_kgco2e
    assert total is not None
    assert math.fsum(answer.kgco2e_by_stage.values()) + answer.use_kgco2e == pytest.approx(total, rel=1e-12)
    shares = {share.stage: share.kgco2e for share in found().by_stage(StagePerspective.REPORTING_ITEM)}
    assert answer.kgco2e_by_stage[RAW] == pytest.approx(shares[RAW], rel=1e-12)


def test_making_the_cells_is_main_production_where_they_are_named() -> None:
    """Through the loop of scrap 60 / 0.96 kWh of cells are made for one pack."""
    pack = found()
    cell = row_of(pack.graph.day.facts, Kind.ITEM, "cell")
    assert cell is not None
    answer = battery_footprint(pack, life=LIFE, main_production=(cell,))
    cells = 60 / 0.96
    near(
        answer,
        {
            RAW: cells * 2 * 12,
            MADE: 40 + 200 * 0.5 + 5 * 0.1 + cells * (1 + 30 * 0.5),
            SENT: 100 * 0.1,
            ENDED: 150,
        },
    )


def test_an_item_that_the_battery_does_not_take_directly_is_no_main_production() -> None:
    pack = found()
    cathode = row_of(pack.graph.day.facts, Kind.ITEM, "cathode")
    assert cathode is not None
    with pytest.raises(InvalidInput, match="'cathode' cannot be main production"):
        battery_footprint(pack, life=LIFE, main_production=(cathode,))


def test_an_item_declared_per_kwh_is_brought_to_the_battery() -> None:
    after = [
        {"item_uid": "cell", "kgco2e": 0, "stage": "DISTRIBUTION"},
        {"item_uid": "cell", "kgco2e": 2, "stage": "END_OF_LIFE"},
    ]
    cell = found("cell", emissions=after)
    with pytest.raises(InvalidInput, match="capacity of one battery in kWh"):
        battery_footprint(cell, life=LIFE)
    answer = battery_footprint(cell, life=ServiceLife(kwh_over_life=9000, capacity_kwh=3))
    assert answer.kgco2e_by_stage[ENDED] == 6
    assert answer.kgco2e_by_stage[SENT] == 0
    assert answer.kwh_over_life == 9000


def test_a_declared_part_that_is_bought_is_raw_material_and_a_declared_battery_has_no_stages() -> None:
    bought = battery_footprint(found(declarations=[declared("cell", 50)]), life=LIFE)
    assert bought.kgco2e_by_stage[RAW] == 3000
    pack = found(declarations=[declared("pack", 4000)])
    with pytest.raises(InvalidInput, match="declared without stages") as refused:
        battery_footprint(pack, life=LIFE)
    assert [finding.code for finding in refused.value.findings] == ["STAGE_UNSPECIFIED"]
    with pytest.raises(InvalidInput, match="no emission and no supply of stage MANUFACTURING"):
        battery_footprint(pack, life=LIFE, unspecified_as=RAW)
    with pytest.raises(InvalidInput, match="USE is no stage of a battery passport"):
        battery_footprint(pack, life=LIFE, unspecified_as=LifeCycleStage.USE)


def test_a_declared_cell_among_the_main_production_is_told_and_goes_where_it_is_said_to() -> None:
    pack = found(declarations=[declared("cell", 50)])
    cell = row_of(pack.graph.day.facts, Kind.ITEM, "cell")
    assert cell is not None
    with pytest.raises(InvalidInput, match="3000 kg CO2e are declared without stages"):
        battery_footprint(pack, life=LIFE, main_production=(cell,))
    answer = battery_footprint(pack, life=LIFE, main_production=(cell,), unspecified_as=RAW)
    assert answer.kgco2e_by_stage[RAW] == 3000


def test_gaps_and_stages_without_entry_are_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="incomplete, nothing is known of what these emit: cathode") as refused:
        battery_footprint(found(without="cathode"), life=LIFE)
    assert [finding.code for finding in refused.value.findings] == ["TOTAL_INCOMPLETE"]
    with pytest.raises(InvalidInput, match="no emission and no supply of stage END_OF_LIFE") as refused:
        battery_footprint(found(without="END_OF_LIFE"), life=LIFE)
    assert [finding.code for finding in refused.value.findings] == ["STAGE_MISSING"]


@pytest.mark.parametrize(
    ("life", "said"),
    [
        (ServiceLife(), "give the kWh over life, or the capacity"),
        (ServiceLife(years=8), "full cycles per year"),
        (ServiceLife(kwh_over_life=1.0, years=8), "not both"),
        (ServiceLife(kwh_over_life=0.0), "must be above 0"),
        (ServiceLife(kwh_over_life=math.inf), "must be above 0 and finite"),
        (ServiceLife(capacity_kwh=70, cycles_per_year=1, years=1), "recorded with 60 kWh"),
    ],
)
def test_a_life_that_says_no_energy_or_two_is_refused(life: ServiceLife, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        battery_footprint(found(), life=life)


def test_what_is_declared_per_kilogram_is_no_battery() -> None:
    with pytest.raises(InvalidInput, match="declared per kg"):
        battery_footprint(found("cathode"), life=LIFE)
