"""Loops of gain 1 or more are refused on whichever day, with the items named."""

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph_service.model.facts import empty_facts
from graph_service.model.vocabulary import Kind
from graph_service.service.intake import check_batch
from tests.support.change_batches import Record, change_batch, item, recorded, supply, told

ITEMS = [item(uid) for uid in "abcd"]
START = date(2025, 1, 1)


def day(number: int) -> date:
    return START + timedelta(days=number)


def test_a_loop_of_gain_above_one_names_its_items_in_supply_order_and_its_gain() -> None:
    supplies = [supply("a", "b", 1.2), supply("b", "c", 2.0), supply("c", "a", 0.5), supply("a", "d", 9.0)]
    checked = check_batch(change_batch(items=ITEMS, supplies=supplies), empty_facts())
    assert told(checked) == [("UNSOLVABLE", "supplies[0].amount")]
    assert "'a' -> 'b' -> 'c' -> 'a'" in checked.findings[0].message
    assert f"gain {1.2 ** (1 / 3):.6g}" in checked.findings[0].message


def test_loops_below_one_and_self_loops_pass() -> None:
    supplies = [supply("a", "b", 0.42), supply("b", "a", 0.025), supply("b", "b", 0.05)]
    assert not check_batch(change_batch(items=ITEMS, supplies=supplies), empty_facts()).has_errors


def test_two_loops_through_one_item_count_together() -> None:
    supplies = [supply("a", "b", 0.8), supply("b", "a", 0.8), supply("a", "c", 0.8), supply("c", "a", 0.8)]
    checked = check_batch(change_batch(items=ITEMS, supplies=supplies), empty_facts())
    assert [code for code, _ in told(checked)] == ["UNSOLVABLE"]
    assert "gain 1.13" in checked.findings[0].message


def test_share_scales_a_loop_and_after_gate_supplies_are_no_part_of_one() -> None:
    mixed = [
        supply("a", "b", 2.0, share=0.4, line="l"),
        supply("c", "b", 1.0, share=0.6, line="l"),
        supply("b", "a", 1.0),
    ]
    assert not check_batch(change_batch(items=ITEMS, supplies=mixed), empty_facts()).has_errors
    after_gate = [supply("a", "b", 2.0), supply("b", "a", 2.0, stage="USE")]
    assert not check_batch(change_batch(items=ITEMS, supplies=after_gate), empty_facts()).has_errors


def test_supplies_that_never_hold_on_the_same_day_make_no_loop() -> None:
    supplies = [supply("a", "b", 2.0, valid_to=day(5)), supply("b", "a", 2.0, valid_from=day(5))]
    assert not check_batch(change_batch(items=ITEMS, supplies=supplies), empty_facts()).has_errors
    one_day = [supply("a", "b", 2.0, valid_to=day(6)), supply("b", "a", 2.0, valid_from=day(5))]
    checked = check_batch(change_batch(items=ITEMS, supplies=one_day), empty_facts())
    assert [code for code, _ in told(checked)] == ["UNSOLVABLE"]
    assert "from 2025-01-06 until 2025-01-07 (exclusive)" in checked.findings[0].message


def test_a_supply_that_closes_a_recorded_chain_is_told_at_its_row() -> None:
    facts = recorded(items=ITEMS, supplies=[supply("a", "b", 2.0), supply("b", "c", 1.0)])
    checked = check_batch(change_batch(supplies=[supply("d", "a", 1.0), supply("c", "a", 0.6)]), facts)
    assert told(checked) == [("UNSOLVABLE", "supplies[1].amount")]


def test_an_end_that_takes_a_counterweight_away_is_told() -> None:
    # |A| has gain 1.25 with the credit, A itself 0.75: it solves as long as the credit is there.
    facts = recorded(
        items=ITEMS,
        supplies=[
            supply("a", "b", 1.0, uid="1"),
            supply("b", "a", 1.0, uid="2"),
            supply("a", "b", -0.5, uid="3"),
        ],
    )
    checked = check_batch(change_batch(ends={Kind.SUPPLY: ["3"]}), facts)
    assert told(checked) == [("UNSOLVABLE", "supplies")]


def test_a_row_at_fault_takes_no_part_in_a_loop() -> None:
    supplies = [supply("a", "b", 2.0, share=9.0), supply("b", "a", 1.0)]
    checked = check_batch(change_batch(items=ITEMS, supplies=supplies), empty_facts())
    assert told(checked) == [("OUT_OF_RANGE", "supplies[0].share")]


def test_a_loop_told_once_although_it_holds_in_many_stretches_of_days() -> None:
    others = [supply("c", "a", 0.1, uid=f"o{n}", valid_from=day(n), valid_to=day(n + 1)) for n in range(9)]
    back = [supply("a", "c", 0.1, uid="back")]
    supplies = [supply("a", "b", 2.0), supply("b", "a", 1.0), *others, *back]
    checked = check_batch(change_batch(items=ITEMS, supplies=supplies), empty_facts())
    assert told(checked) == [("UNSOLVABLE", "supplies[0].amount")]


EDGES = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.sampled_from("abcd"),
        st.sampled_from([0.2, 0.45, 0.7, 1.1]),
        st.one_of(st.none(), st.integers(0, 3)),
        st.one_of(st.none(), st.integers(4, 7)),
    ),
    max_size=9,
)


@given(EDGES)
def test_a_batch_is_refused_exactly_where_some_days_spectral_radius_reaches_one(
    edges: list[tuple[str, str, float, int | None, int | None]],
) -> None:
    records: list[Record] = [
        supply(
            source,
            target,
            amount,
            uid=str(number),
            valid_from=None if begins is None else day(begins),
            valid_to=None if ends is None else day(ends),
        )
        for number, (source, target, amount, begins, ends) in enumerate(edges)
    ]
    worst = 0.0
    for today in range(-1, 9):
        matrix = np.zeros((4, 4))
        for source, target, amount, begins, ends in edges:
            if (begins is None or begins <= today) and (ends is None or today < ends):
                matrix["abcd".index(source), "abcd".index(target)] += amount
        worst = max(worst, float(np.abs(np.linalg.eigvals(matrix)).max()))
    if abs(worst - 1) > 1e-9:
        checked = check_batch(change_batch(items=ITEMS, supplies=records), empty_facts())
        assert checked.has_errors == (worst > 1)
