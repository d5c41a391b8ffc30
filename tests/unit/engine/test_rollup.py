"""What counts in a footprint: bases, boundaries, declarations, gaps, and what has no answer."""

import numpy as np
import pytest

from graph_service.engine.rollup import roll_up
from graph_service.engine.snapshot import COMPONENTS, STAGES
from graph_service.engine.trace import DIRECT_MISSING, NO_DATA, trace
from tests.support.graphs import DeclarationRow, EmissionRow, SupplyRow, diamond, snapshot

NAN = float("nan")


def test_a_diamond_is_no_cycle_and_its_shared_part_counts_on_both_ways() -> None:
    rollup = roll_up(diamond())
    assert rollup.total_kgco2e().tolist() == [10.0, 21.0, 32.0, 53.5]
    assert rollup.loop_gain().tolist() == [0.0, 0.0, 0.0, 0.0]
    found = trace(rollup, 3)
    assert found.activity.tolist() == [5.0, 1.0, 1.0, 1.0]
    assert found.tier.tolist() == [2, 1, 1, 0]


def test_parallel_supplies_add_up_and_are_listed_one_by_one() -> None:
    day = snapshot(
        2,
        supplies=[SupplyRow(0, 1, 2.0, share=0.5), SupplyRow(0, 1, 3.0)],
        emissions=[EmissionRow(0, 10.0), EmissionRow(1, 1.0)],
    )
    found = trace(roll_up(day), 1)
    assert found.total_kgco2e == 41.0
    assert found.inputs().supply.tolist() == [0, 1]
    assert found.inputs().kgco2e.tolist() == [10.0, 30.0]


def test_a_self_loop_takes_its_own_footprint_again() -> None:
    rollup = roll_up(snapshot(1, supplies=[SupplyRow(0, 0, 0.2)], emissions=[EmissionRow(0, 4.0)]))
    assert rollup.total_kgco2e().tolist() == [5.0]
    assert rollup.loop_gain().tolist() == [0.2]


def test_a_declaration_in_force_replaces_the_upstream_once() -> None:
    day = snapshot(
        3,
        supplies=[SupplyRow(0, 1, 2.0), SupplyRow(1, 2, 1.0)],
        emissions=[EmissionRow(0, 10.0), EmissionRow(1, 1.0), EmissionRow(2, 0.5)],
        declarations=[DeclarationRow(1, 7.0)],
    )
    declared, traced = roll_up(day), roll_up(day, is_traced=True)
    assert declared.total_kgco2e().tolist() == [10.0, 7.0, 7.5]
    assert declared.direct_kgco2e().tolist() == [10.0, 7.0, 0.5]
    assert declared.upstream_kgco2e().tolist() == [0.0, 0.0, 7.0]
    assert declared.declaration_of_item.tolist() == [-1, 0, -1]
    assert trace(declared, 1).inputs().supply.tolist() == []
    assert trace(declared, 2).tier.tolist() == [-1, 1, 0]
    assert traced.total_kgco2e().tolist() == [10.0, 21.0, 21.5]
    assert traced.declaration_of_item.tolist() == [-1, -1, -1]


@pytest.mark.parametrize("is_traced", [False, True])
def test_an_expired_declaration_stands_in_only_where_there_is_no_structure(is_traced: bool) -> None:
    day = snapshot(
        3,
        supplies=[SupplyRow(2, 0, 0.0, stage="TRANSPORT")],
        emissions=[EmissionRow(2, 1.0), EmissionRow(1, 3.0, stage="USE")],
        declarations=[DeclarationRow(0, 7.0, is_expired=True), DeclarationRow(1, 8.0, is_expired=True)],
    )
    rollup = roll_up(day, is_traced=is_traced)
    # Item 0 has structure, be it a supply of nothing; item 1 has facts after its gate only, which are none.
    assert rollup.declaration_of_item.tolist() == [-1, 1, -1]
    assert np.isnan(rollup.total_kgco2e()).tolist() == [True, False, False]
    assert rollup.total_kgco2e()[1:].tolist() == [8.0, 1.0]
    assert rollup.total_kgco2e(True)[1] == 11.0


def test_facts_after_the_gate_count_for_their_own_item_only() -> None:
    day = snapshot(
        3,
        supplies=[SupplyRow(0, 1, 2.0), SupplyRow(0, 1, 5.0, stage="USE"), SupplyRow(1, 2, 1.0)],
        emissions=[
            EmissionRow(0, 10.0),
            EmissionRow(1, 1.0),
            EmissionRow(1, 100.0, stage="END_OF_LIFE"),
            EmissionRow(2, 0.5),
        ],
    )
    rollup = roll_up(day)
    assert rollup.total_kgco2e().tolist() == [10.0, 21.0, 21.5]
    assert rollup.total_kgco2e(True).tolist() == [10.0, 171.0, 21.5]
    assert rollup.direct_kgco2e(True).tolist() == [10.0, 101.0, 0.5]
    found = trace(rollup, 1, to_grave=True)
    assert found.activity.tolist() == [7.0, 1.0, 0.0]
    assert found.contribution_kgco2e.tolist() == [70.0, 101.0, 0.0]
    wanted = dict.fromkeys(STAGES, 0.0) | {
        "RAW_MATERIAL": 20.0,
        "MANUFACTURING": 1.0,
        "USE": 50.0,
        "END_OF_LIFE": 100.0,
    }
    assert dict(zip(STAGES, found.stage_kgco2e(True).tolist(), strict=True)) == wanted


def test_an_item_in_a_loop_counts_its_facts_after_the_gate_once() -> None:
    day = snapshot(
        1,
        supplies=[SupplyRow(0, 0, 0.5), SupplyRow(0, 0, 1.0, stage="USE")],
        emissions=[EmissionRow(0, 1.0), EmissionRow(0, 3.0, stage="USE")],
    )
    rollup = roll_up(day)
    assert rollup.total_kgco2e(True).tolist() == [2.0 + 3.0 + 2.0]
    assert trace(rollup, 0, to_grave=True).contribution_kgco2e.tolist() == [7.0]


def test_nothing_known_is_not_zero() -> None:
    day = snapshot(4, supplies=[SupplyRow(0, 1, 1.0), SupplyRow(2, 3, 0.0)], emissions=[EmissionRow(2, 1.0)])
    rollup = roll_up(day)
    assert np.isnan(rollup.total_kgco2e()).tolist() == [True, True, False, True]
    assert rollup.is_complete().tolist() == [False, False, True, False]
    found = trace(rollup, 1)
    assert found.gaps().item_row.tolist() == [1, 0]
    assert found.gaps().kind.tolist() == [DIRECT_MISSING, NO_DATA]
    for sums in (found.group(np.zeros(4, dtype=np.int32), 2), found.group_by_stage()):
        assert np.isnan(sums.kgco2e).all()
        assert np.isnan(sums.primary_data_share).all()
    assert np.isnan(rollup.columns().stage_kgco2e[1]).all()


def test_an_item_that_truly_emits_nothing_is_zero_and_complete() -> None:
    rollup = roll_up(snapshot(1, emissions=[EmissionRow(0, 0.0)]))
    assert rollup.total_kgco2e().tolist() == [0.0]
    assert rollup.is_complete().tolist() == [True]
    assert np.isnan(rollup.columns().primary_data_share).tolist() == [True]


def test_a_gap_travels_downstream_with_its_amount() -> None:
    day = snapshot(
        4,
        supplies=[SupplyRow(0, 1, 2.0), SupplyRow(1, 2, 3.0), SupplyRow(0, 2, 1.0)],
        emissions=[EmissionRow(2, 1.0), EmissionRow(3, 1.0)],
    )
    rollup = roll_up(day)
    assert rollup.is_complete().tolist() == [False, False, False, True]
    gaps = trace(rollup, 2).gaps()
    assert (gaps.item_row.tolist(), gaps.tier.tolist()) == ([0, 1], [1, 1])
    assert gaps.amount.tolist() == [7.0, 3.0]
    assert gaps.kind.tolist() == [NO_DATA, DIRECT_MISSING]


def test_uptake_is_left_out_of_the_total_and_shown_beside_it() -> None:
    day = snapshot(
        2,
        supplies=[SupplyRow(0, 1, 2.0)],
        emissions=[EmissionRow(0, 5.0), EmissionRow(0, -3.0, component="BIOGENIC_UPTAKE"), EmissionRow(1, 1.0)],
    )
    rollup = roll_up(day)
    assert rollup.total_kgco2e().tolist() == [5.0, 11.0]
    columns = rollup.columns()
    assert columns.total_including_uptake_kgco2e.tolist() == [2.0, 5.0]
    assert columns.component_kgco2e[1, COMPONENTS.index("BIOGENIC_UPTAKE")] == -6.0
    assert columns.stage_kgco2e[1].sum() == 11.0


def test_shares_are_of_absolute_kilograms_so_removals_do_not_push_them_past_all() -> None:
    day = snapshot(
        1,
        emissions=[
            EmissionRow(0, 4.0, data_type="PRIMARY", ratings=(1.0, 2.0, NAN)),
            EmissionRow(0, -1.0, component="TECHNOLOGICAL_REMOVALS", is_verified=True, ratings=(5.0, NAN, NAN)),
        ],
    )
    columns = roll_up(day).columns()
    assert columns.primary_data_share.tolist() == [0.8]
    assert columns.verified_share.tolist() == [0.2]
    assert columns.technological_dqr.tolist() == [1.8]
    assert columns.temporal_dqr.tolist() == [2.0]
    assert np.isnan(columns.geographical_dqr).tolist() == [True]
    assert columns.rated_share.tolist() == [0.0]


def test_columns_of_a_declaration() -> None:
    declared = DeclarationRow(0, 8.0, 6.0, -2.0, 0.25, 0.2, is_verified=True, ratings=(2.0, NAN, 3.0))
    day = snapshot(2, supplies=[SupplyRow(0, 1, 1.0)], emissions=[EmissionRow(1, 2.0)], declarations=[declared])
    columns = roll_up(day).columns()
    assert columns.stage_kgco2e[0].tolist() == [0.0] * 6 + [8.0]
    component = dict(zip(COMPONENTS, columns.component_kgco2e[0].tolist(), strict=True))
    wanted = dict.fromkeys(COMPONENTS, 0.0) | {"FOSSIL": 6.0, "UNSPECIFIED": 2.0, "BIOGENIC_UPTAKE": -2.0}
    assert component == wanted
    assert columns.primary_data_share.tolist() == [0.25, 0.2]
    assert columns.verified_share.tolist() == [1.0, 0.8]
    assert columns.exempted_share.tolist() == [0.2, pytest.approx(2.0 / 12.0)]
    assert columns.technological_dqr.tolist() == [2.0, 2.0]
    assert trace(roll_up(day), 0).stage_kgco2e(True).tolist() == [0.0] * 6 + [8.0]


def test_components_of_a_declaration_leave_the_rest_of_its_total_unspecified() -> None:
    declared = DeclarationRow(
        0,
        10.0,
        fossil_kgco2e=8.0,
        land_use_change_kgco2e=1.5,
        land_management_removals_kgco2e=-2.0,
        biogenic_non_co2_kgco2e=0.25,
        ccs_capture_kgco2e=-1.0,
    )
    component = dict(
        zip(
            COMPONENTS,
            roll_up(snapshot(1, declarations=[declared])).columns().component_kgco2e[0].tolist(),
            strict=True,
        )
    )
    assert component == {
        "FOSSIL": 8.0,
        "LAND_USE_CHANGE": 1.5,
        "LAND_MANAGEMENT_BIOGENIC_CO2": 0.0,
        "LAND_MANAGEMENT_REMOVALS": -2.0,
        "BIOGENIC_NON_CO2": 0.25,
        "TECHNOLOGICAL_REMOVALS": 0.0,
        "CCS_CAPTURE": -1.0,
        "BIOGENIC_UPTAKE": 0.0,
        "UNSPECIFIED": 3.25,
    }


def test_components_that_sum_to_the_declared_total_leave_no_rounding_behind() -> None:
    declared = DeclarationRow(0, 0.3, fossil_kgco2e=0.1, land_use_change_kgco2e=0.2)
    component = roll_up(snapshot(1, declarations=[declared])).columns().component_kgco2e[0]
    assert component[COMPONENTS.index("UNSPECIFIED")] == 0.0


def test_an_exemption_of_everything_makes_the_exempted_share_unknown_not_infinite() -> None:
    day = snapshot(
        3,
        supplies=[SupplyRow(0, 1, 1.0)],
        emissions=[EmissionRow(1, 2.0), EmissionRow(2, 1.0)],
        declarations=[DeclarationRow(0, 8.0, exempted_share=1.0)],
    )
    columns = roll_up(day).columns()
    assert np.isnan(columns.exempted_share).tolist() == [True, True, False]
    assert columns.primary_data_share.tolist() == [0.0, 0.0, 0.0]


def test_a_loop_of_gain_one_or_more_marks_what_it_touches_and_nothing_else() -> None:
    day = snapshot(
        5,
        supplies=[
            SupplyRow(0, 1, 1.2),
            SupplyRow(1, 0, 1.0),
            SupplyRow(1, 2, 1.0),
            SupplyRow(3, 2, 1.0),
            SupplyRow(3, 1, 1.0),
            SupplyRow(2, 4, 1.0, stage="USE"),
        ],
        emissions=[EmissionRow(row, 1.0) for row in range(5)],
    )
    rollup = roll_up(day)
    assert rollup.is_computable().tolist() == [False, False, False, True, True]
    assert rollup.is_computable(True).tolist() == [False, False, False, True, False]
    assert np.isnan(rollup.total_kgco2e()).tolist() == [True, True, True, False, False]
    assert np.isnan(rollup.total_kgco2e(True)).tolist() == [True, True, True, False, True]
    assert rollup.loop_gain().tolist() == pytest.approx([1.2**0.5] * 3 + [0.0, 0.0])
    assert rollup.loop_gain(True)[4] == pytest.approx(1.2**0.5)
    found = trace(rollup, 2)
    assert np.isnan(found.total_kgco2e)
    assert np.isnan(found.activity).tolist() == [True, True, True, True, False]
    assert np.isnan(found.contribution_kgco2e).all()
    assert trace(rollup, 3).contribution_kgco2e.tolist() == [0.0, 0.0, 0.0, 1.0, 0.0]


def test_a_loop_held_by_negative_amounts_has_totals_but_no_weights() -> None:
    # |A| has gain 1.13, A itself only 0.8: a credit takes out what the second loop adds.
    day = snapshot(
        3,
        supplies=[SupplyRow(0, 1, 0.8), SupplyRow(1, 0, 0.8), SupplyRow(0, 2, 0.8), SupplyRow(2, 0, -0.8)],
        emissions=[EmissionRow(row, 1.0, data_type="PRIMARY") for row in range(3)],
    )
    rollup = roll_up(day)
    requirements = np.array([[0.0, 0.8, 0.8], [0.8, 0.0, 0.0], [-0.8, 0.0, 0.0]])
    wanted = np.linalg.solve(np.eye(3) - requirements.T, np.ones(3))
    assert rollup.total_kgco2e() == pytest.approx(wanted, rel=1e-12)
    assert rollup.is_computable().all()
    assert rollup.loop_gain() == pytest.approx([1.28**0.5] * 3)
    assert np.isnan(rollup.columns().primary_data_share).all()
    assert np.isnan(trace(rollup, 0).group_by_stage().primary_data_share).all()
    assert trace(rollup, 0).group_by_stage().kgco2e.sum() == pytest.approx(wanted[0], rel=1e-12)


def test_groups_add_up_and_a_code_out_of_range_is_refused_by_value() -> None:
    found = trace(roll_up(diamond()), 3)
    sums = found.group(np.array([0, 1, 1, 2], dtype=np.int32), 4)
    assert sums.kgco2e.tolist() == [50.0, 3.0, 0.5, 0.0]
    assert sums.primary_data_share.tolist()[:3] == [0.0, 0.0, 0.0]
    assert np.isnan(sums.primary_data_share[3])
    with pytest.raises(ValueError, match="from 0 to 4; 0 to 3 was meant"):
        found.group(np.array([0, 1, 1, 4], dtype=np.int32), 4)


def test_a_row_that_is_not_there_is_refused_by_number() -> None:
    with pytest.raises(IndexError, match="item row 4 is not one of the 4 rows"):
        trace(roll_up(diamond()), 4)


def test_an_empty_graph_rolls_up_to_nothing() -> None:
    rollup = roll_up(snapshot(0))
    assert rollup.total_kgco2e().tolist() == []
    assert rollup.columns().stage_kgco2e.shape == (0, 7)
    assert rollup.loop_gain(True).tolist() == []
