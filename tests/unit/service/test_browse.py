"""Finding and ordering items, edges and factors."""

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest

from graph_service.model.facts import Facts, Revision
from graph_service.model.vocabulary import Basis, ItemKind, Kind, SystemBoundary
from graph_service.service.browse import (
    ItemFilter,
    ItemOrder,
    all_rows,
    emissions_of,
    find_factors,
    find_items,
    inputs_of,
    items_of_supplier,
    outputs_of,
)
from graph_service.service.day_graph import day_graph
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View
from tests.support.facts import facts_of

DAY = date(2026, 6, 1)
REVISION = Revision(1, datetime(2026, 1, 1, tzinfo=UTC), "test", "cli", "")


def _viewed(facts: Facts, day: date = DAY) -> ViewedGraph:
    view = View(day, REVISION, Basis.DECLARED_FIRST, SystemBoundary.CRADLE_TO_GATE)
    return ViewedGraph(day_graph(REVISION, day, facts), view)


def _uids(facts: Facts, kind: Kind, rows: np.ndarray) -> list[str]:
    uids: list[str] = facts.tables[kind]["uid"].take(pa.array(rows)).to_pylist()
    return uids


FACTS = facts_of(
    suppliers=[{"uid": "mill"}, {"uid": "mine"}],
    items=[
        {"uid": "steel", "name": "Hot-rolled coil", "name_zh": "热轧卷", "supplier_uid": "mill", "category": "metal"},
        {"uid": "coal", "name": "coal", "supplier_uid": "mine", "kind": "ENERGY"},
        {"uid": "zinc", "name": "Zinc", "category": "metal"},
        {"uid": "ore", "name": "coal", "region_uid": "CN"},
    ],
    regions=[{"uid": "CN"}],
    emissions=[
        {"uid": "b", "item_uid": "steel", "kgco2e": 1.0, "stage": "USE"},
        {"uid": "c", "item_uid": "steel", "kgco2e": 1.0, "stage": "RAW_MATERIAL"},
        {"uid": "a", "item_uid": "steel", "kgco2e": 1.0, "stage": "USE"},
        {"uid": "d", "item_uid": "coal", "kgco2e": 5.0},
        {"uid": "e", "item_uid": "ore", "kgco2e": 5.0},
    ],
    supplies=[
        {"uid": "s1", "input_uid": "ore", "output_uid": "steel", "amount": 1.0, "line": "iron", "share": 0.5},
        {"uid": "s0", "input_uid": "zinc", "output_uid": "steel", "amount": 1.0, "line": "iron", "share": 0.5},
        {"uid": "s3", "input_uid": "coal", "output_uid": "steel", "amount": 1.0},
        {"uid": "s2", "input_uid": "coal", "output_uid": "steel", "amount": 1.0},
        {"uid": "old", "input_uid": "coal", "output_uid": "ore", "amount": 1.0, "valid_to": DAY},
    ],
    declarations=[
        {
            "item_uid": "coal",
            "kgco2e": 2.0,
            "reference_period_start": date(2025, 1, 1),
            "reference_period_end": date(2025, 12, 31),
            "valid_from": date(2026, 1, 1),
            "valid_to": date(2027, 1, 1),
        }
    ],
)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (ItemFilter(), ["coal", "ore", "steel", "zinc"]),
        (ItemFilter(uids=["zinc", "coal", "unknown"]), ["coal", "zinc"]),
        (ItemFilter(supplier_uids=["mill"]), ["steel"]),
        (ItemFilter(kinds=[ItemKind.ENERGY]), ["coal"]),
        (ItemFilter(categories=["metal"]), ["steel", "zinc"]),
        (ItemFilter(region_uids=["CN"]), ["ore"]),
        (ItemFilter(name_contains="HOT"), ["steel"]),
        (ItemFilter(name_contains="轧"), ["steel"]),
        (ItemFilter(has_declaration=True), ["coal"]),
        (ItemFilter(has_declaration=False, categories=["metal"]), ["steel", "zinc"]),
        (ItemFilter(uids=[]), []),
    ],
)
def test_items_match_all_that_is_asked(where: ItemFilter, expected: list[str]) -> None:
    assert _uids(FACTS, Kind.ITEM, find_items(_viewed(FACTS), where=where)) == expected


def test_items_by_name_fall_back_to_the_uid() -> None:
    rows = find_items(_viewed(FACTS), where=ItemFilter(), order=ItemOrder.NAME)
    assert _uids(FACTS, Kind.ITEM, rows) == ["steel", "zinc", "coal", "ore"]


def test_items_by_total_put_the_unknown_last_and_ties_by_uid() -> None:
    rows = find_items(_viewed(FACTS), where=ItemFilter(), order=ItemOrder.TOTAL_DESC)
    # steel: 1 + 2 * 2 declared coal + 0.5 * 5 ore; zinc has no data.
    assert _uids(FACTS, Kind.ITEM, rows) == ["steel", "ore", "coal", "zinc"]


def test_inputs_come_by_line_then_input_then_uid() -> None:
    rows = inputs_of(_viewed(FACTS).day, 0)
    assert _uids(FACTS, Kind.SUPPLY, rows) == ["s2", "s3", "s1", "s0"]


@pytest.mark.parametrize(("day", "expected"), [(date(2026, 5, 31), ["old", "s2", "s3"]), (DAY, ["s2", "s3"])])
def test_a_supply_is_there_until_the_day_before_it_ends(day: date, expected: list[str]) -> None:
    assert _uids(FACTS, Kind.SUPPLY, outputs_of(_viewed(FACTS, day).day, 1)) == expected


def test_emissions_come_by_stage_then_uid() -> None:
    assert _uids(FACTS, Kind.EMISSION, emissions_of(_viewed(FACTS).day, 0)) == ["c", "a", "b"]


def test_lists_come_by_uid() -> None:
    assert _uids(FACTS, Kind.SUPPLIER, all_rows(FACTS, Kind.SUPPLIER)) == ["mill", "mine"]
    assert _uids(FACTS, Kind.ITEM, items_of_supplier(FACTS, "mine")) == ["coal"]


def test_factors_are_found_by_flow_and_region() -> None:
    common = {"kgco2e": 1.0, "year": 2024}
    facts = facts_of(
        regions=[{"uid": "CN"}, {"uid": "EU"}],
        factors=[
            {"uid": "b", "flow": "electricity", "region_uid": "CN", **common},
            {"uid": "a", "flow": "electricity", "region_uid": "EU", **common},
            {"uid": "c", "flow": "steam", "region_uid": "CN", **common},
        ],
    )
    assert _uids(facts, Kind.FACTOR, find_factors(facts, flow="electricity")) == ["a", "b"]
    assert _uids(facts, Kind.FACTOR, find_factors(facts, flow="electricity", region_uid="CN")) == ["b"]
