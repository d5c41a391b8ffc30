"""What a change of one fact is worth, as the mean of both readings."""

from collections.abc import Callable

import numpy as np
import pytest

from graph_service.engine.change import (
    Side,
    counted_emissions,
    counted_supplies,
    direct_weight,
    side,
    supply_weight,
)
from graph_service.engine.rollup import roll_up
from graph_service.engine.snapshot import Flags, Rows, Snapshot
from graph_service.engine.trace import trace
from tests.support.graphs import DeclarationRow, EmissionRow, SupplyRow, diamond, snapshot


def rows(*values: int) -> Rows:
    return np.array(values, dtype=np.int32)


def flags(*values: bool) -> Flags:
    return np.array(values, dtype=np.bool_)


def side_of(day: Snapshot, item_row: int) -> Side:
    rolled = roll_up(day)
    activity = trace(rolled, item_row).activity
    return side(rolled, activity, common_row=None, row_count=day.item_count, own_row=item_row)


def test_the_weight_of_a_direct_entry_is_the_mean_activity_and_one_after_the_gate() -> None:
    before, after = side_of(diamond(), 3), side_of(diamond(), 1)
    weight = direct_weight(before, after, rows(0, 0, 1), flags(False, True, False))
    assert weight == pytest.approx([(5 + 2) / 2, 1, 1])


def test_the_weight_of_a_supply_is_the_mean_of_both_readings() -> None:
    before, after = side_of(diamond(), 3), side_of(diamond(), 1)
    weight, has_none = supply_weight(before, after, rows(0, 0), rows(1, 2), flags(False, False))
    assert weight == pytest.approx([10.0, 0.5 * 10.0])
    assert not has_none.any()


def test_a_graph_is_laid_out_in_common_rows_and_an_item_that_it_has_not_got_takes_of_nothing() -> None:
    rolled = roll_up(diamond())
    laid_out = side(rolled, None, common_row=rows(4, 3, 2, 1), row_count=6, own_row=5)
    assert laid_out.activity.tolist() == [0, 0, 0, 0, 0, 1]
    assert laid_out.total_kgco2e[[4, 3, 2, 1]] == pytest.approx(rolled.total_kgco2e())
    absent = supply_weight(laid_out, laid_out, rows(0, 4), rows(5, 5), flags(False, False))
    assert absent[0] == pytest.approx([0, 10])


def test_there_is_no_weight_where_one_graph_cannot_compute_what_the_other_takes_of() -> None:
    def looping(amount: float, taken: float) -> Side:
        supplies = [SupplyRow(0, 0, amount), SupplyRow(0, 1, taken), SupplyRow(2, 1, 1.0)]
        return side_of(snapshot(3, supplies=supplies, emissions=[EmissionRow(row, 1.0) for row in range(3)]), 1)

    poisoned, sound = looping(2.0, 0.0), looping(0.5, 1.0)
    weight, has_none = supply_weight(poisoned, sound, rows(0, 2, 0), rows(1, 1, 2), flags(False, False, False))
    assert has_none.tolist() == [True, False, True]
    assert weight[1] == pytest.approx(1.0)
    assert np.isfinite(weight).all()


@pytest.mark.parametrize(
    ("count_of", "expected"),
    [(counted_supplies, [[0.0, 3.0, 0.0], [0.0, 3.0, 7.0]]), (counted_emissions, [[0.0, 2.0, 0.0], [0.0, 2.0, 5.0]])],
)
def test_facts_count_unless_a_declaration_or_another_gate_stands_before_them(
    count_of: Callable[..., object], expected: list[list[float]]
) -> None:
    day = snapshot(
        3,
        supplies=[SupplyRow(0, 1, 4.0), SupplyRow(0, 2, 6.0, 0.5), SupplyRow(1, 2, 7.0, stage="USE")],
        emissions=[EmissionRow(1, 1.0), EmissionRow(2, 2.0), EmissionRow(2, 5.0, "USE")],
        declarations=[DeclarationRow(1, 9.0)],
    )
    rolled = roll_up(day)
    for to_grave in (False, True):
        counted = count_of(rolled, np.arange(3), 2, to_grave=to_grave)
        assert counted.value.tolist() == expected[to_grave]  # type: ignore[attr-defined]
        assert counted.is_after_gate.tolist() == [False, False, True]  # type: ignore[attr-defined]
        other = count_of(rolled, np.arange(3), 0, to_grave=to_grave)
        assert other.value[2] == 0.0  # type: ignore[attr-defined]


def test_uptake_never_counts() -> None:
    day = snapshot(1, emissions=[EmissionRow(0, -3.0, component="BIOGENIC_UPTAKE"), EmissionRow(0, 2.0)])
    assert counted_emissions(roll_up(day), np.arange(2), 0, to_grave=True).value.tolist() == [0.0, 2.0]
