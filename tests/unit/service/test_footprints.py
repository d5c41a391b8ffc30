"""A footprint and its parts, on graphs small enough to work by hand."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from graph_service.errors import UnsolvableLoop
from graph_service.model.facts import Facts, Revision
from graph_service.model.vocabulary import (
    Basis,
    GapKind,
    HotspotGroup,
    Kind,
    LifeCycleStage,
    StagePerspective,
    SystemBoundary,
)
from graph_service.service.day_graph import day_graph
from graph_service.service.footprints import Footprint, footprint
from graph_service.service.records import row_of
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View
from tests.support.facts import facts_of

DAY = date(2026, 6, 1)
REVISION = Revision(1, datetime(2026, 1, 1, tzinfo=UTC), "test", "cli", "")


def _footprint(
    facts: Facts,
    uid: str,
    *,
    basis: Basis = Basis.DECLARED_FIRST,
    boundary: SystemBoundary = SystemBoundary.CRADLE_TO_GATE,
) -> Footprint:
    row = row_of(facts, Kind.ITEM, uid)
    assert row is not None
    return footprint(ViewedGraph(day_graph(REVISION, DAY, facts), View(DAY, REVISION, basis, boundary)), row)


def _declaration(item_uid: str, kgco2e: float, **columns: Any) -> dict[str, Any]:
    return {
        "uid": f"of-{item_uid}",
        "item_uid": item_uid,
        "kgco2e": kgco2e,
        "reference_period_start": date(2025, 1, 1),
        "reference_period_end": date(2025, 12, 31),
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2027, 1, 1),
        **columns,
    }


def _car(**more: Any) -> Facts:
    """A car of 2 doors (3 kg each, made of 4 steel at 5 kg) and a seat without data; 10 kg in use."""
    return facts_of(
        suppliers=[{"uid": "mill", "name": "Mill"}],
        items=[
            {"uid": "car", "declared_unit": "pc"},
            {"uid": "door"},
            {"uid": "steel", "supplier_uid": "mill"},
            {"uid": "seat", "declared_unit": "pc"},
        ],
        emissions=[
            {"item_uid": "car", "kgco2e": 1.0},
            {"item_uid": "car", "kgco2e": 10.0, "stage": "USE"},
            {"item_uid": "door", "kgco2e": 3.0, "data_type": "PRIMARY"},
            {"item_uid": "steel", "kgco2e": 5.0, "component": "FOSSIL"},
            {"item_uid": "steel", "kgco2e": -2.0, "component": "BIOGENIC_UPTAKE"},
        ],
        supplies=[
            {"uid": "car-door", "input_uid": "door", "output_uid": "car", "amount": 2.0},
            {"uid": "door-steel", "input_uid": "steel", "output_uid": "door", "amount": 4.0},
            {"uid": "car-seat", "input_uid": "seat", "output_uid": "car", "amount": 5.0},
        ],
        **more,
    )


def test_the_parts_make_the_total() -> None:
    car = _footprint(_car(), "car")
    assert car.total_kgco2e == pytest.approx(1 + 2 * (3 + 4 * 5))
    assert [car.direct_kgco2e, car.upstream_kgco2e] == pytest.approx([1, 46])
    assert car.column("total_including_uptake_kgco2e") == pytest.approx(47 - 8 * 2)
    assert car.column("primary_data_share") == pytest.approx(6 / 47)
    for group in HotspotGroup:
        assert sum(spot.kgco2e for spot in car.hotspots(group)) == pytest.approx(47)


def test_a_part_without_data_is_a_gap_with_its_amount_and_never_zero() -> None:
    car = _footprint(_car(), "car")
    assert not car.is_complete
    [gap] = car.gaps()
    assert (gap.kind, gap.amount, gap.unit, gap.tier) == (GapKind.NO_DATA, 5.0, "pc", 1)
    seat = _footprint(_car(), "seat")
    assert seat.total_kgco2e is None
    assert seat.direct_kgco2e is None
    assert seat.by_stage(StagePerspective.EMITTER) == []
    assert len(seat.hotspots(HotspotGroup.ITEM)) == 0


def test_an_input_about_which_nothing_is_known_is_no_contribution_of_zero() -> None:
    facts = _car()
    contributions = _footprint(facts, "car").input_contributions()
    uids = [facts.tables[Kind.SUPPLY]["uid"][one.supply_row].as_py() for one in contributions]
    assert uids == ["car-door"]
    assert contributions[0].kgco2e == pytest.approx(46)


def test_hotspots_come_largest_first_and_name_what_has_no_supplier() -> None:
    spots = _footprint(_car(), "car").hotspots(HotspotGroup.SUPPLIER)
    assert [(spot.key, spot.label) for spot in spots] == [("mill", "Mill"), ("", "no supplier recorded")]
    assert spots[0].share == pytest.approx(40 / 47)
    assert spots[-1].cumulative_share == pytest.approx(1)


def test_use_counts_from_cradle_to_grave_only() -> None:
    car = _footprint(_car(), "car", boundary=SystemBoundary.CRADLE_TO_GRAVE)
    assert car.total_kgco2e == pytest.approx(57)
    stages = {one.stage: one.kgco2e for one in car.by_stage(StagePerspective.REPORTING_ITEM)}
    assert stages[LifeCycleStage.USE] == pytest.approx(10)
    assert stages[LifeCycleStage.RAW_MATERIAL] == pytest.approx(46)


def test_a_declaration_stands_in_for_all_upstream_and_is_held_against_it() -> None:
    facts = _car(declarations=[_declaration("door", 20.0)])
    car, door = _footprint(facts, "car"), _footprint(facts, "door")
    assert car.total_kgco2e == pytest.approx(1 + 2 * 20)
    assert [door.direct_kgco2e, door.upstream_kgco2e] == pytest.approx([20, 0])
    found = door.reconciliation()
    assert found is not None
    assert [found.declared_kgco2e, found.traced_kgco2e] == pytest.approx([20, 23])
    assert found.difference_kgco2e == pytest.approx(-3)
    assert found.relative_difference == pytest.approx(-3 / 23)
    assert _footprint(facts, "car", basis=Basis.TRACED).total_kgco2e == pytest.approx(47)
    assert car.reconciliation() is None
    assert [one.code for one in car.findings()] == ["PRIMARY_SHARE_UNKNOWN"]


def test_what_a_declaration_leaves_unsaid_is_told() -> None:
    facts = _car(declarations=[_declaration("door", 20.0, primary_data_share=0.5, is_verified=None)])
    assert [(one.code, one.path) for one in _footprint(facts, "car").findings()] == [
        ("VERIFICATION_UNKNOWN", "declarations[of-door].is_verified")
    ]
    assert _footprint(facts, "car").column("verified_share") == 0


def test_an_expired_declaration_gives_way_to_structure_and_else_serves_with_a_warning() -> None:
    expired = {"valid_to": date(2026, 3, 1), "primary_data_share": 0.5}
    facts = _car(declarations=[_declaration("door", 20.0, **expired), _declaration("seat", 7.0, **expired)])
    car = _footprint(facts, "car")
    assert car.total_kgco2e == pytest.approx(47 + 5 * 7)
    assert car.is_complete
    assert [(one.code, one.path) for one in car.findings()] == [("EXPIRED_DECLARATION_USED", "declarations[of-seat]")]
    assert _footprint(facts, "door").reconciliation() is None


def test_mixed_gwp_sets_proxies_and_region_fallbacks_are_told() -> None:
    facts = facts_of(
        regions=[{"uid": "CN"}, {"uid": "SN", "parent_uid": "CN"}],
        items=[{"uid": "steel", "region_uid": "SN"}],
        factors=[{"uid": "grid", "flow": "electricity", "region_uid": "CN", "kgco2e": 0.6, "year": 2023}],
        emissions=[
            {"uid": "e1", "item_uid": "steel", "activity": 2.0, "activity_unit": "kWh", "flow": "electricity"},
            {"item_uid": "steel", "kgco2e": 1.0, "gwp_set": "AR5", "data_type": "PROXY"},
        ],
    )
    findings = _footprint(facts, "steel").findings()
    assert [one.code for one in findings] == ["PROXY_USED", "REGION_FALLBACK", "MIXED_GWP_SETS"]
    assert "grid of region CN" in findings[1].message
    assert "AR5 (steel), AR6 (steel)" in findings[2].message


def test_a_poisoned_loop_is_refused_by_name_and_what_it_does_not_touch_is_served() -> None:
    facts = facts_of(
        items=[{"uid": "a"}, {"uid": "b"}, {"uid": "apart"}],
        emissions=[{"item_uid": uid, "kgco2e": 1.0} for uid in ("a", "b", "apart")],
        supplies=[
            {"input_uid": "a", "output_uid": "b", "amount": 1.2},
            {"input_uid": "b", "output_uid": "a", "amount": 1.0},
        ],
    )
    with pytest.raises(UnsolvableLoop, match=r"a → b|b → a"):
        _footprint(facts, "a")
    assert _footprint(facts, "apart").total_kgco2e == pytest.approx(1)
