"""Whom to ask next, on graphs small enough to work by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph_service.errors import InvalidInput
from graph_service.exchange.dataset import read_folder
from graph_service.model.facts import Facts, Revision, empty_facts
from graph_service.model.vocabulary import Basis, Kind, SystemBoundary
from graph_service.service.data_requests import DataRequestCandidate, data_request_candidates
from graph_service.service.day_graph import day_graph
from graph_service.service.footprints import Footprint, footprint
from graph_service.service.intake import check_batch
from graph_service.service.records import row_of
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View
from tests.support.facts import facts_of

DAY = date(2026, 6, 1)
REVISION = Revision(1, datetime(2026, 1, 1, tzinfo=UTC), "test", "cli", "")
SEEDS = Path(__file__).parents[3] / "seeds"


def _footprint(
    facts: Facts, uid: str = "car", *, boundary: SystemBoundary = SystemBoundary.CRADLE_TO_GATE
) -> Footprint:
    row = row_of(facts, Kind.ITEM, uid)
    assert row is not None
    view = View(DAY, REVISION, Basis.DECLARED_FIRST, boundary)
    return footprint(ViewedGraph(day_graph(REVISION, DAY, facts), view), row)


def _asked(facts: Facts, uid: str = "car", *, first: int = 200, **view: Any) -> Mapping[str, DataRequestCandidate]:
    """The candidates by the uids of their items, in order."""
    candidates = data_request_candidates(_footprint(facts, uid, **view), first=first)
    return {facts.items["uid"][one.item_row].as_py(): one for one in candidates}


def _of_car(*inputs: dict[str, Any], others: Sequence[dict[str, Any]] = (), **more: Any) -> Facts:
    """A car of 1 kg of its own and inputs ``{uid, amount, ...}``; ``others`` are items that it does not take."""
    items = [{key: value for key, value in one.items() if key != "amount"} for one in (*inputs, *others)]
    emissions = [{"item_uid": "car", "kgco2e": 1.0, "data_type": "PROXY"}, *more.pop("emissions", ())]
    supplies = [
        {"input_uid": one["uid"], "output_uid": "car", "amount": one.get("amount", 1.0)} for one in inputs
    ]  # fmt: skip
    return facts_of(
        items=[{"uid": "car", "declared_unit": "pc"}, *items],
        emissions=emissions,
        supplies=[*supplies, *more.pop("supplies", ())],
        **more,
    )


def _emission(item_uid: str, kgco2e: float, data_type: str = "SECONDARY", **columns: Any) -> dict[str, Any]:
    return {"item_uid": item_uid, "kgco2e": kgco2e, "data_type": data_type, **columns}


def _rated(rating: float) -> dict[str, float]:
    return dict.fromkeys(("technological_dqr", "temporal_dqr", "geographical_dqr"), rating)


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


@pytest.mark.parametrize(
    ("entry", "score", "told"),
    [
        ({"data_type": "PROXY"}, 100, "proxy data, unrated; lack of quality 1 of 1"),
        ({"data_type": "SECONDARY"}, 50, "secondary data, unrated; lack of quality 0.5 of 1"),
        ({"data_type": "SECONDARY", **_rated(4)}, 62.5, "secondary data, rated 4 (1 best, 5 worst); lack of"),
        ({"data_type": "PRIMARY", **_rated(3)}, 25, "primary data, rated 3 (1 best, 5 worst); lack of"),
        ({"data_type": "PROXY", "temporal_dqr": 2.0, "technological_dqr": 3.0}, 100 * (1 + 0.375) / 2, "rated 2.5 (1"),
    ],
)  # fmt: skip
def test_an_item_is_worth_its_kilograms_times_what_its_data_lack(
    entry: dict[str, Any], score: float, told: str
) -> None:
    steel = {"uid": "steel", "amount": 20.0, "supplier_uid": "mill"}
    facts = _of_car(steel, emissions=[_emission("steel", 5.0, **entry)], suppliers=[{"uid": "mill", "name": "Mill"}])
    asked = _asked(facts)
    assert list(asked) == ["steel"]
    assert asked["steel"].score == pytest.approx(score, rel=1e-12)
    assert asked["steel"].supplier_uid == "mill"
    assert asked["steel"].kgco2e == pytest.approx(100)
    assert asked["steel"].share == pytest.approx(100 / 101)
    assert asked["steel"].reason.startswith("100 kg CO2e from ")
    assert told in asked["steel"].reason


def test_of_several_entries_each_counts_by_its_absolute_kilograms_and_uptake_by_none() -> None:
    facts = _of_car(
        {"uid": "wood", "amount": 10.0},
        emissions=[
            _emission("wood", 3.0, "PROXY"),
            _emission("wood", -1.0, "SECONDARY", **_rated(5), component="LAND_MANAGEMENT_REMOVALS"),
            _emission("wood", 4.0, "PRIMARY"),
            _emission("wood", -9.0, "PROXY", component="BIOGENIC_UPTAKE"),
        ],
    )
    wood = _asked(facts)["wood"]
    assert wood.kgco2e == pytest.approx(60)
    assert wood.score == pytest.approx(10 * (3 * 1 + 1 * 0.75 + 4 * 0))
    assert wood.reason == (
        "60 kg CO2e from 38 % proxy data and 12 % secondary data and 50 % primary data, "
        "rated 5 (1 best, 5 worst) for 12 %; lack of quality 0.4688 of 1"
    )


def test_data_that_lack_nothing_or_weigh_nothing_are_not_asked_for() -> None:
    facts = _of_car(
        {"uid": "perfect"},
        {"uid": "best"},
        {"uid": "bundle"},
        others=[{"uid": "apart"}],
        emissions=[
            _emission("perfect", 9.0, "PRIMARY"),
            _emission("best", 9.0, "PRIMARY", **_rated(1)),
            _emission("bundle", 0.0),
            _emission("apart", 9.0),
        ],
    )
    assert _asked(facts) == {}


def test_of_a_declared_total_what_is_not_primary_lacks_and_an_expired_one_lacks_everything() -> None:
    facts = _of_car(
        *({"uid": uid} for uid in ("told", "rated", "untold", "pure", "expired")),
        declarations=[
            _declaration("told", 10.0, primary_data_share=0.4),
            _declaration("rated", 10.0, primary_data_share=0.82, **_rated(1)),
            _declaration("untold", 10.0),
            _declaration("pure", 10.0, primary_data_share=1.0),
            _declaration("expired", 10.0, primary_data_share=1.0, valid_to=date(2026, 3, 1), **_rated(1)),
        ],
    )
    asked = _asked(facts)
    scores = {uid: one.score for uid, one in asked.items()}
    assert scores == pytest.approx({"expired": 10.0, "untold": 10.0, "told": 6.0, "rated": 0.9})
    assert list(scores) == ["expired", "untold", "told", "rated"]
    assert "from a declaration that has expired, rated 1" in asked["expired"].reason
    assert "a declared total that gives no primary share, unrated" in asked["untold"].reason
    assert "a declared total with 40 % primary data, unrated; lack of quality 0.6 of 1" in asked["told"].reason


def test_a_gap_is_worth_the_median_of_its_peers_in_any_unit_they_share() -> None:
    seat = {"category": "seat", "declared_unit": "pc"}
    facts = _of_car(
        {"uid": "gap", "amount": 5.0, "equivalents": "20 kg", **seat},
        others=[
            {"uid": "by-piece", "equivalents": "30 kg", **seat},
            {"uid": "by-ton", "category": "seat", "declared_unit": "t"},
            {"uid": "sofa", "category": "sofa", "declared_unit": "pc"},
        ],
        emissions=[_emission("by-piece", 90.0), _emission("by-ton", 1000.0), _emission("sofa", 7.0)],
    )
    # The one peer in pieces goes before the two that weigh something: the gap's own unit comes first.
    gap = _asked(facts)["gap"]
    assert (gap.kgco2e, gap.score, gap.share) == pytest.approx((450.0, 450.0, 450.0))
    assert gap.reason == (
        "no data; 5 pc of it go into one pc; total of 1 peer in category seat: 90 kg CO2e per pc, "
        "which makes 450 kg CO2e"
    )


def test_an_equivalent_serves_where_no_peer_shares_the_declared_unit() -> None:
    facts = _of_car(
        {"uid": "gap", "amount": 2.0, "category": "seat", "declared_unit": "pc", "equivalents": "3 m2; 20 kg"},
        others=[{"uid": f"p{row}", "category": "seat", "declared_unit": unit} for row, unit in enumerate("ttg")],
        emissions=[_emission("p0", 1000.0), _emission("p1", 4000.0), _emission("p2", 0.003)],
    )
    gap = _asked(facts)["gap"]
    assert gap.kgco2e == pytest.approx(2 * 20 * 3)
    assert "median total of 3 peers in category seat: 60 kg CO2e per pc, which makes 120 kg CO2e" in gap.reason


def test_only_complete_totals_are_peers_of_an_item_without_data() -> None:
    facts = _of_car(
        {"uid": "gap", "category": "seat"},
        others=[{"uid": "whole", "category": "seat"}, {"uid": "part", "category": "seat"}, {"uid": "void"}],
        emissions=[_emission("whole", 8.0), _emission("part", 2.0)],
        supplies=[{"input_uid": "void", "output_uid": "part", "amount": 1.0}],
    )
    assert _asked(facts)["gap"].kgco2e == pytest.approx(8.0)


def test_a_gap_whose_peers_emit_nothing_stays_on_the_list_at_plain_zero() -> None:
    peer = {"uid": "peer", "category": "metal"}
    facts = _of_car(
        {"uid": "scrap", "amount": -2.0, "category": "metal"}, others=[peer], emissions=[_emission("peer", 0.0)]
    )
    (asked,) = _asked(facts).values()
    assert (str(asked.kgco2e), asked.score) == ("0.0", 0.0)
    assert "which makes 0 kg CO2e" in asked.reason


def test_missing_emissions_of_its_own_are_held_against_what_peers_with_inputs_emit_themselves() -> None:
    facts = _of_car(
        {"uid": "sand", "amount": 0.5, "category": "sand"},
        {"uid": "fuel"},
        others=[{"uid": uid, "category": "sand"} for uid in ("river", "quarry", "bought", "told")],
        emissions=[
            _emission("fuel", 3.0),
            _emission("river", 2.0),
            _emission("quarry", 4.0),
            _emission("bought", 70.0),
            _emission("told", 80.0),
        ],
        supplies=[
            {"input_uid": "fuel", "output_uid": uid, "amount": 9.0} for uid in ("sand", "river", "quarry", "told")
        ],
        declarations=[_declaration("told", 90.0)],
    )
    sand = _asked(facts)["sand"]
    assert sand.kgco2e == pytest.approx(0.5 * 3)
    assert sand.reason == (
        "inputs but no emissions of its own; 0.5 kg of it go into one pc; median own emissions of 2 peers in "
        "category sand: 3 kg CO2e per kg, which makes 1.5 kg CO2e"
    )


def test_a_gap_of_unknown_size_counts_as_the_average_item_and_comes_before_all_known_ones() -> None:
    facts = _of_car(
        {"uid": "seat", "amount": 5.0, "declared_unit": "pc", "category": "seat"},
        {"uid": "bolt"},
        {"uid": "lamp", "category": "lamp"},
        {"uid": "steel", "amount": 100.0},
        others=[{"uid": "lantern", "category": "lamp"}],
        emissions=[_emission("steel", 5.0, "PROXY"), _emission("lantern", 0.25)],
    )
    asked = _asked(facts)
    assert list(asked) == ["lamp", "bolt", "seat", "steel"]
    average_kgco2e = (1 + 500) / 2
    assert [one.score for one in asked.values()] == pytest.approx([0.25, average_kgco2e, average_kgco2e, 500])
    assert (asked["seat"].kgco2e, asked["seat"].share) == (None, None)
    assert asked["bolt"].reason.endswith("size unknown, no category: ranked as if 250.5 kg CO2e")
    assert "no peer in category seat to compare with" in asked["seat"].reason


def test_where_nothing_upstream_is_known_a_gap_still_counts() -> None:
    facts = facts_of(
        items=[{"uid": "car"}, {"uid": "seat"}],
        supplies=[{"input_uid": "seat", "output_uid": "car", "amount": 2.0}],
    )
    asked = _asked(facts)
    assert {uid: (one.kgco2e, one.share) for uid, one in asked.items()} == {"seat": (None, None)}
    assert asked["seat"].score > 0


def test_equal_ones_come_by_uid_and_a_page_is_the_start_of_the_list() -> None:
    uids = [f"{letter}{row}" for row in range(9) for letter in "dbac"]
    facts = _of_car(*({"uid": uid} for uid in uids), emissions=[_emission(uid, 1.0) for uid in uids[4:]])
    whole = list(_asked(facts))
    assert whole == [*sorted(uids[:4]), *sorted(uids[4:])]
    for first in (1, 3, 4, 5, 30, 36):
        assert list(_asked(facts, first=first)) == whole[:first]
    assert len(data_request_candidates(_footprint(facts))) == 20


@pytest.mark.parametrize("first", [0, -1, 201])
def test_a_page_outside_its_bounds_is_refused(first: int) -> None:
    with pytest.raises(InvalidInput, match=f"first: {first} is not one of 1 to 200"):
        data_request_candidates(_footprint(_of_car()), first=first)


def test_what_is_taken_after_the_gate_is_asked_about_to_the_grave_only() -> None:
    facts = _of_car(
        others=[{"uid": "tyre"}],
        emissions=[_emission("tyre", 2.0)],
        supplies=[{"input_uid": "tyre", "output_uid": "car", "amount": 4.0, "stage": "USE"}],
    )
    assert _asked(facts) == {}
    assert _asked(facts, boundary=SystemBoundary.CRADLE_TO_GRAVE)["tyre"].score == pytest.approx(4.0)


def test_the_example_chains_name_the_seat_first_and_leave_nothing_out() -> None:
    facts = check_batch(read_folder(SEEDS).batch, empty_facts()).facts
    bev = _footprint(facts, "bev")
    asked = _asked(facts, "bev")
    assert next(iter(asked)) == "seat"
    assert list(asked)[1:4] == ["al_primary", "grid_CN", "syn_graphite"]
    assert asked["al_primary"].score == pytest.approx(3848.525527 * (0.5 + (7 / 3 - 1) / 4) / 2, rel=1e-9)
    contribution = bev.trace.contribution_kgco2e
    data_types = {row["item_row"]: row["data_type"] for row in facts.tables[Kind.EMISSION].to_pylist()[::-1]}
    is_lacking = np.array([data_types.get(row) == 1 for row in range(facts.items.num_rows)])
    lacking = np.flatnonzero((contribution != 0) & is_lacking)
    assert {one.item_row for one in asked.values()} == {*lacking.tolist(), row_of(facts, Kind.ITEM, "seat")}
    assert sum(one.kgco2e or 0.0 for one in asked.values()) == pytest.approx(contribution[lacking].sum())
