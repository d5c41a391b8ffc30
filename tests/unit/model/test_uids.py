"""Uids: the rule, and deriving those that are not given."""

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.model.uids import (
    BENCHMARK_KEY,
    EMISSION_KEY,
    MAX_UID_LENGTH,
    SUPPLY_KEY,
    fill_declaration_uids,
    fill_uids,
    is_malformed,
    split_names,
    to_nfc,
)
from graph_service.model.vocabulary import Kind
from tests.support.change_batches import Record, rows, supply

COMPLETE: Record = {"stage": "RAW_MATERIAL", "share": 1.0}


def column(*texts: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(texts, pa.string())])


def derive(*records: Record) -> list[str]:
    uids: list[str] = fill_uids(rows(Kind.SUPPLY, records), SUPPLY_KEY, has_ordinal=True).to_pylist()
    return uids


@pytest.mark.parametrize("uid", ["a", "x" * MAX_UID_LENGTH, "榆林 电厂", "a b", "\u200bzero width", "é", "a/b%c"])
def test_any_text_without_controls_and_outer_space_is_a_uid(uid: str) -> None:
    assert not is_malformed(column(uid))[0]


@pytest.mark.parametrize(
    "uid", ["", "x" * (MAX_UID_LENGTH + 1), " a", "a ", "a\n", "a\tb", "\x00", "a\x7f", "\u3000a", "a\u00a0", "\x85"]
)
def test_empty_long_spaced_and_controlled_texts_are_no_uids(uid: str) -> None:
    assert is_malformed(column("fine", uid)).tolist() == [False, True]


def test_a_missing_uid_is_not_malformed() -> None:
    assert not is_malformed(column(None)).any()


def test_composed_and_decomposed_letters_become_the_same() -> None:
    assert to_nfc(column("e\u0301", "a", None)).to_pylist() == ["\u00e9", "a", None]


def test_a_supply_uid_names_output_input_line_stage_day_and_ordinal() -> None:
    record = {**supply("cell", "pack", line="l", valid_from=date(2025, 1, 1)), **COMPLETE}
    assert derive(record, record) == ["pack/cell/l/RAW_MATERIAL/2025-01-01/1", "pack/cell/l/RAW_MATERIAL/2025-01-01/2"]


def test_given_uids_stay_and_count_among_equals() -> None:
    first = {**supply("a", "b", uid="mine"), **COMPLETE}
    assert derive(first, {**supply("a", "b"), **COMPLETE}) == ["mine", "b/a//RAW_MATERIAL//2"]


def test_parts_that_hold_the_separator_stay_apart() -> None:
    uids = derive(
        {**supply("a", "b/c"), **COMPLETE}, {**supply("c/a", "b"), **COMPLETE}, {**supply("c%2Fa", "b"), **COMPLETE}
    )
    assert len(set(uids)) == 3


def test_long_parts_give_a_uid_within_the_limit_that_still_differs() -> None:
    uids = derive({**supply("a" * 200, "b" * 200), **COMPLETE}, {**supply("a" * 199 + "c", "b" * 200), **COMPLETE})
    assert len(set(uids)) == 2
    assert all(len(uid) <= MAX_UID_LENGTH for uid in uids)


@given(
    st.lists(
        st.tuples(st.sampled_from("ab/%"), st.sampled_from("ab/%"), st.sampled_from(["", "l", "l/1"])), max_size=12
    )
)
def test_derived_uids_are_distinct_and_as_a_plain_loop_counts_them(keys: list[tuple[str, str, str]]) -> None:
    seen: dict[tuple[str, str, str], int] = {}
    expected = []
    for key in keys:
        seen[key] = seen.get(key, 0) + 1
        output, given_input, line = (part.replace("%", "%25").replace("/", "%2F") for part in key)
        expected.append(f"{output}/{given_input}/{line}/RAW_MATERIAL//{seen[key]}")
    records = [{**supply(given_input, output, line=line or None), **COMPLETE} for output, given_input, line in keys]
    assert derive(*records) == expected
    assert len(set(expected)) == len(expected)


def test_an_emission_uid_takes_factor_or_flow() -> None:
    table = rows(
        Kind.EMISSION,
        [
            {"item_uid": "i", "stage": "USE", "component": "FOSSIL", "factor_uid": "f"},
            {"item_uid": "i", "stage": "USE", "component": "FOSSIL", "flow": "w"},
            {"item_uid": "i", "stage": "USE", "component": "FOSSIL"},
        ],
    )
    uids = fill_uids(table, EMISSION_KEY, has_ordinal=True).to_pylist()
    assert uids == ["i/USE/FOSSIL/f//1", "i/USE/FOSSIL/w//1", "i/USE/FOSSIL///1"]


def test_a_benchmark_uid_has_no_ordinal() -> None:
    table = rows(Kind.BENCHMARK, [{"category": "c", "declared_unit": "kg"}] * 2)
    assert fill_uids(table, BENCHMARK_KEY, has_ordinal=False).to_pylist() == ["c/kg/", "c/kg/"]


def test_a_declaration_uid_follows_from_its_content_alone() -> None:
    one = {"item_uid": "a", "kgco2e": 1.0, "valid_from": date(2025, 1, 1)}
    other = {**one, "kgco2e": 1.0000000000000002}
    uids = fill_declaration_uids(rows(Kind.DECLARATION, [one, other, {**one, "uid": "given"}])).to_pylist()
    again = fill_declaration_uids(rows(Kind.DECLARATION, [other, one])).to_pylist()
    assert uids == [again[1], again[0], "given"]
    assert uids[0] != uids[1]


def test_names_are_parted_by_any_space() -> None:
    assert split_names("  a  b\tc ") == ["a", "b", "c"]
    assert split_names("") == split_names(None) == []
