"""Shares of a line sum to 1 on every day on which any of its rows is valid."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.model.facts import empty_facts
from graph_service.model.vocabulary import Kind
from graph_service.service.intake import check_batch
from graph_service.service.intake.faults import MAX_ALIKE
from tests.support.change_batches import Record, change_batch, item, recorded, supply, told

ITEMS = [item("a"), item("b"), item("out"), item("other")]
JANUARY, MARCH, APRIL = date(2025, 1, 1), date(2025, 3, 1), date(2025, 4, 1)


def row(given_input: str, share: float, line: str = "l", output: str = "out", **columns: object) -> Record:
    return {**supply(given_input, output), "share": share, "line": line, **columns}


def test_shares_that_sum_to_one_within_a_millionth_pass() -> None:
    for slip in (0.0, 1e-6, -1e-6, 9e-7):
        batch = change_batch(items=ITEMS, supplies=[row("a", 0.4), row("b", 0.6 + slip)])
        assert not check_batch(batch, empty_facts()).has_errors, slip
    batch = change_batch(items=ITEMS, supplies=[row("a", 0.4), row("b", 0.600002)])
    assert told(check_batch(batch, empty_facts())) == [("SHARE_SUM", "supplies[0].share")]


def test_ten_tenths_are_one() -> None:
    batch = change_batch(items=ITEMS, supplies=[row("a", 0.1, uid=str(n)) for n in range(10)])
    assert not check_batch(batch, empty_facts()).has_errors


def test_a_wrong_sum_names_output_line_days_sum_and_shares() -> None:
    batch = change_batch(items=ITEMS, supplies=[row("a", 0.4, uid="s1"), row("b", 0.5, uid="s2")])
    message = check_batch(batch, empty_facts()).findings[0].message
    for words in ("'l'", "'out'", "on every day", "0.9", "'s1' 0.4", "'s2' 0.5"):
        assert words in message


def test_a_sum_that_breaks_in_the_middle_of_the_year_names_the_days() -> None:
    supplies = [
        row("a", 0.4, uid="1"),
        row("b", 0.6, uid="2", valid_to=MARCH),
        row("b", 0.6, uid="3", valid_from=APRIL),
    ]
    checked = check_batch(change_batch(items=ITEMS, supplies=supplies), empty_facts())
    assert told(checked) == [("SHARE_SUM", "supplies[0].share")]
    assert "from 2025-03-01 until 2025-04-01 (exclusive) sum to 0.4" in checked.findings[0].message


def test_a_handover_from_one_day_to_the_next_passes() -> None:
    supplies = [row("a", 1.0, uid="1", valid_to=MARCH), row("b", 1.0, uid="2", valid_from=MARCH)]
    assert not check_batch(change_batch(items=ITEMS, supplies=supplies), empty_facts()).has_errors


def test_days_without_any_valid_row_need_no_sum() -> None:
    supplies = [row("a", 1.0, uid="1", valid_from=JANUARY, valid_to=MARCH), row("b", 1.0, uid="2", valid_from=APRIL)]
    assert not check_batch(change_batch(items=ITEMS, supplies=supplies), empty_facts()).has_errors


def test_rows_without_a_line_and_lines_of_other_outputs_do_not_add_up() -> None:
    supplies = [row("a", 0.3, line=""), row("a", 1.0), row("a", 1.0, output="other"), row("b", 1.0, line="m")]
    assert not check_batch(change_batch(items=ITEMS, supplies=supplies), empty_facts()).has_errors


def test_a_share_of_the_batch_is_summed_with_recorded_ones() -> None:
    facts = recorded(items=ITEMS, supplies=[row("a", 0.4, uid="1"), row("b", 0.6, uid="2")])
    one = check_batch(change_batch(supplies=[row("a", 0.3, uid="1")]), facts)
    assert told(one) == [("SHARE_SUM", "supplies[0].share")]
    both = check_batch(change_batch(supplies=[row("a", 0.3, uid="1"), row("b", 0.7, uid="2")]), facts)
    assert not both.has_errors


def test_an_end_that_leaves_a_line_incomplete_is_told_at_the_end() -> None:
    facts = recorded(items=ITEMS, supplies=[row("a", 0.4, uid="1"), row("b", 0.6, uid="2")])
    checked = check_batch(change_batch(ends={Kind.SUPPLY: ["2"]}), facts)
    assert told(checked) == [("SHARE_SUM", "endSupplies[0]")]
    assert not check_batch(change_batch(ends={Kind.SUPPLY: ["2", "1"]}), facts).has_errors


def test_a_row_that_moves_to_another_line_is_missed_in_the_old_one() -> None:
    facts = recorded(items=ITEMS, supplies=[row("a", 0.4, uid="1"), row("b", 0.6, uid="2")])
    checked = check_batch(change_batch(supplies=[row("b", 1.0, line="m", uid="2")]), facts)
    assert [code for code, _ in told(checked)] == ["SHARE_SUM"]
    assert "'l'" in checked.findings[0].message


@pytest.mark.parametrize(
    "bad",
    [
        {"share": 60.0},
        {"output_uid": "ot"},
        {"valid_from": APRIL, "valid_to": MARCH},
        {"line": "l\x00"},
    ],
)
def test_a_row_at_fault_makes_no_false_sum(bad: Record) -> None:
    supplies = [row("a", 0.4), {**row("b", 0.6), **bad}, row("a", 1.0, output="other", line="x")]
    checked = check_batch(change_batch(items=ITEMS, supplies=supplies), empty_facts())
    assert len(checked.findings) == 1
    assert checked.findings[0].code != "SHARE_SUM"


def test_a_wrong_sum_elsewhere_is_told_beside_a_row_at_fault() -> None:
    supplies = [
        row("a", 0.4),
        row("b", 60.0),
        row("a", 0.9, output="other"),
        row("a", 0.9, line="x"),
        row("b", 60.0, line="", valid_from=JANUARY),
    ]
    checked = check_batch(change_batch(items=ITEMS, supplies=supplies), empty_facts())
    assert told(checked) == [
        ("OUT_OF_RANGE", "supplies[1].share"),
        ("SHARE_SUM", "supplies[2].share"),
        ("SHARE_SUM", "supplies[3].share"),
        ("OUT_OF_RANGE", "supplies[4].share"),
    ]


def test_wrong_sums_beyond_the_limit_are_counted() -> None:
    lines = [row("a", 0.5, line=f"l{number}") for number in range(MAX_ALIKE + 7)]
    checked = check_batch(change_batch(items=ITEMS, supplies=lines), empty_facts())
    assert len(checked.findings) == MAX_ALIKE + 1
    assert checked.findings[-1].message.startswith("7 more rows with SHARE_SUM")


DAYS = [date(2025, 1, 1) + timedelta(days=n) for n in range(6)]
OPEN_DAYS = st.one_of(st.none(), st.sampled_from(DAYS))


@st.composite
def line_rows(draw: st.DrawFn) -> list[Record]:
    rows = []
    for number in range(draw(st.integers(1, 8))):
        begins, ends = draw(OPEN_DAYS), draw(OPEN_DAYS)
        if begins is not None and ends is not None and ends <= begins:
            begins, ends = (ends, begins) if ends < begins else (begins, None)
        line, output = draw(st.sampled_from("lm")), draw(st.sampled_from(["out", "other"]))
        share = draw(st.sampled_from([0.25, 0.5, 0.75, 1.0]))
        rows.append(row("a", share, line=line, output=output, uid=str(number), valid_from=begins, valid_to=ends))
    return rows


def share_of(given_row: Record) -> float:
    share = given_row["share"]
    assert isinstance(share, float)
    return share


def is_valid(given_row: Record, day: date) -> bool:
    begins, ends = given_row["valid_from"], given_row["valid_to"]
    has_begun = not isinstance(begins, date) or begins <= day
    return has_begun and (not isinstance(ends, date) or day < ends)


def wrong_days(rows: list[Record]) -> set[tuple[str, str, date]]:
    """By looking at every day, with one before and one after all changes."""
    wrong = set()
    for day in [DAYS[0] - timedelta(days=1), *DAYS, DAYS[-1] + timedelta(days=1)]:
        for line in "lm":
            for output in ("out", "other"):
                own = [
                    given_row for given_row in rows if (given_row["line"], given_row["output_uid"]) == (line, output)
                ]
                shares = [share_of(given_row) for given_row in own if is_valid(given_row, day)]
                if shares and abs(sum(shares) - 1) > 1e-6:
                    wrong.add((line, output, day))
    return wrong


@given(line_rows())
def test_the_sweep_finds_a_wrong_sum_exactly_where_a_look_at_every_day_does(rows: list[Record]) -> None:
    checked = check_batch(change_batch(items=ITEMS, supplies=rows), empty_facts())
    expected = {(line, output) for line, output, _ in wrong_days(rows)}
    found = {
        (line, output)
        for finding in checked.findings
        for line in "lm"
        for output in ("out", "other")
        if f"line '{line}' of output '{output}'" in finding.message
    }
    assert found == expected
    assert {finding.code for finding in checked.findings} <= {"SHARE_SUM"}


@given(line_rows(), line_rows())
def test_a_batch_on_recorded_rows_is_judged_like_both_together(before: list[Record], after: list[Record]) -> None:
    first = check_batch(change_batch(items=ITEMS, supplies=before), empty_facts())
    if first.has_errors:
        return
    merged = {given_row["uid"]: given_row for given_row in before} | {
        given_row["uid"]: given_row for given_row in after
    }
    checked = check_batch(change_batch(supplies=after), first.facts)
    assert checked.has_errors == bool(wrong_days(list(merged.values())))
