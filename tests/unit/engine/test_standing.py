"""How totals follow a change: what is cut out, what is swept, and when a roll-up is built anew."""

from dataclasses import replace

import numpy as np
import pytest

from graph_service.engine import standing
from graph_service.engine.once import Once
from graph_service.engine.parts import facts_of_items
from graph_service.engine.rollup import RollUp, roll_up
from graph_service.engine.snapshot import Snapshot
from tests.support.graphs import EmissionRow, SupplyRow, chain, diamond, ring, shared_part, snapshot
from tests.support.parts import extended


@pytest.fixture
def nothing_is_cut_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "FEW_MOVED_ENTRIES", -1)
    monkeypatch.setattr(standing, "MOVED_SHARE", -1)


def followed(before: RollUp, day: Snapshot, *touched: int) -> RollUp | None:
    return before.following(facts_of_items(day, np.array(touched, dtype=np.int32)), Once(lambda: day))


def with_amount(day: Snapshot, supply: int, amount: float) -> Snapshot:
    amounts = day.supplies.amount.copy()
    amounts[supply] = amount
    return replace(day, supplies=replace(day.supplies, amount=amounts))


def with_supply(day: Snapshot, input_row: int, output_row: int, amount: float) -> Snapshot:
    supplies = extended(
        day.supplies, input_row=[input_row], output_row=[output_row], amount=[amount], share=[1.0], stage=[0]
    )
    return replace(day, supplies=supplies)


@pytest.mark.usefixtures("nothing_is_cut_out")
def test_an_amount_that_moves_much_is_swept_with_the_old_order() -> None:
    day = shared_part(50)
    changed = with_amount(day, 0, 7.0)
    found = followed(roll_up(day), changed, int(day.supplies.output_row[0]))
    assert found is not None
    assert found.total_kgco2e().tolist() == pytest.approx(roll_up(changed).total_kgco2e().tolist(), rel=1e-14)
    again = with_amount(changed, 1, 0.25)
    twice = followed(found, again, int(day.supplies.output_row[1]))
    assert twice is not None
    assert twice.total_kgco2e().tolist() == pytest.approx(roll_up(again).total_kgco2e().tolist(), rel=1e-14)


@pytest.mark.usefixtures("nothing_is_cut_out")
def test_an_amount_inside_a_loop_that_moves_much_is_built_anew() -> None:
    day = ring(80, gain=0.9)
    assert followed(roll_up(day), with_amount(day, 3, 0.5), int(day.supplies.output_row[3])) is None


@pytest.mark.usefixtures("nothing_is_cut_out")
def test_an_input_that_is_solved_later_is_built_anew() -> None:
    day = chain(5)
    assert followed(roll_up(day), with_supply(day, 4, 1, 0.5), 1) is None


def test_a_new_edge_that_closes_a_loop_is_solved_as_a_loop() -> None:
    day = with_supply(chain(4), 3, 1, 0.5)
    found = followed(roll_up(chain(4)), day, 1)
    assert found is not None
    # p1 = 1 + p0 + 0.5 p3, p2 = 1 + p1, p3 = 1 + p2, p0 = 1
    assert found.total_kgco2e().tolist() == pytest.approx([1.0, 6.0, 7.0, 8.0])
    assert found.loop_gain().tolist() == pytest.approx([0.0, *[0.5 ** (1 / 3)] * 3])


def test_a_loop_that_turns_unsolvable_is_masked_and_comes_back_when_it_is_mended() -> None:
    day = with_supply(chain(4), 2, 1, 1.5)
    broken = followed(roll_up(chain(4)), day, 1)
    assert broken is not None
    assert broken.is_computable().tolist() == [True, False, False, False]
    assert np.isnan(broken.total_kgco2e()).tolist() == [False, True, True, True]
    mended = followed(broken, with_amount(day, 3, 0.5), 1)
    assert mended is not None
    assert mended.total_kgco2e().tolist() == pytest.approx([1.0, 5.0, 6.0, 7.0])


def test_an_amount_a_billion_times_too_high_leaves_no_rounding_behind() -> None:
    day = diamond()
    wrong = followed(roll_up(day), with_amount(day, 0, 2e9), 1)
    assert wrong is not None
    mended = followed(wrong, day, 1)
    assert mended is not None
    assert mended.total_kgco2e().tobytes() == roll_up(day).total_kgco2e().tobytes()


def test_a_new_item_without_data_is_a_gap_and_travels_downstream() -> None:
    before = snapshot(1, emissions=[EmissionRow(0, 2.0)])
    day = snapshot(2, supplies=[SupplyRow(1, 0, 3.0)], emissions=[EmissionRow(0, 2.0)])
    found = followed(roll_up(before), day, 0, 1)
    assert found is not None
    assert found.total_kgco2e()[0] == 2.0
    assert np.isnan(found.total_kgco2e()[1])
    assert found.is_complete().tolist() == [False, False]


def test_what_followed_many_changes_is_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "MOST_REPLACED_ROWS", 1)
    day = chain(4)
    once = followed(roll_up(day), with_amount(day, 0, 2.0), 1)
    assert once is not None
    assert followed(once, with_amount(with_amount(day, 0, 2.0), 1, 2.0), 2) is None
