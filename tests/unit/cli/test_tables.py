"""Tables line up whatever is in them, and machines get every digit."""

import csv
import io
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from graph_service.cli.tables import csv_text, json_text, number_text, percent_text, safe_text, text_table


def column_start(line: str, text: str) -> int:
    """The terminal cell in which ``text`` begins."""
    return cell_len(line[: line.index(text)])


def test_columns_line_up_with_chinese_text() -> None:
    lines = text_table(["item", "name"], [["电池包", "first"], ["pack", "second"], ["a", "third"]]).splitlines()
    starts = {column_start(line, text) for line, text in zip(lines[2:], ("first", "second", "third"), strict=True)}
    assert starts == {column_start(lines[0], "name")}


def test_numbers_stand_to_the_right_and_text_to_the_left() -> None:
    lines = text_table(["item", "kg CO2e"], [["a", 5739.944731], ["bb", 0.5]]).splitlines()
    assert [cell_len(line) for line in lines] == [cell_len(lines[0])] * 4
    assert lines[2] == "a     5,739.94"
    assert lines[3] == "bb        0.50"


def test_no_line_ends_with_a_space() -> None:
    assert all(line == line.rstrip() for line in text_table(["a", "b"], [["x", None], ["", "long text"]]).splitlines())


def test_a_table_without_rows_is_its_header() -> None:
    assert text_table(["item", "name"], []) == "item  name\n----  ----"


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=5))
def test_every_row_is_one_line_whatever_is_in_it(rows: list[tuple[str, str]]) -> None:
    assert len(text_table(["a", "b"], rows).split("\n")) == len(rows) + 2


def test_control_characters_are_shown_and_not_sent() -> None:
    assert safe_text("red \x1b[31m\n") == "red \\x1b[31m\\x0a"
    assert safe_text("电池 é") == "电池 é"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5739.944731059588, "5,739.94"),
        (0.12320383182543906, "0.123204"),
        (12662.977, "12,663"),
        (12662.9, "12,662.9"),
        (1234567.0, "1,234,567"),
        (0.0, "0"),
        (-3.5, "-3.5"),
        (1.5e-9, "1.50000e-09"),
        (1.5e-12, "1.50000e-12"),
        (2e20, "2.00000e+20"),
        (math.nan, "unknown"),
        (None, "unknown"),
    ],
)
def test_numbers_for_people_have_six_digits(value: float | None, text: str) -> None:
    assert number_text(value) == text


def test_a_small_number_in_a_column_of_large_ones_is_not_shown_as_zero() -> None:
    lines = text_table(["item", "kg CO2e"], [["a", 5739.944731], ["b", 0.0002], ["c", 0.0]]).splitlines()
    assert [line.split()[1] for line in lines[2:]] == ["5,739.94", "2.00000e-04", "0.00"]


def test_unknown_share_is_empty_and_not_zero() -> None:
    assert percent_text(None) == ""
    assert percent_text(0.0) == "0.0 %"


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_csv_gives_every_number_and_text_back(number: float, text: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_text(["a", "b", "c"], [[text, number, None]]), newline="")))
    assert rows[0] == ["a", "b", "c"]
    assert rows[1][0] == text
    assert float(rows[1][1]) == number
    assert rows[1][2] == ""


def test_json_keeps_chinese_text_and_refuses_what_json_has_not() -> None:
    assert json.loads(json_text({"name": "电池", "share": None})) == {"name": "电池", "share": None}
    assert "电池" in json_text({"name": "电池"})
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text({"share": math.nan})
