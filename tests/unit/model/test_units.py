"""Units are a closed list; conversion, equivalents and what a message advises."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.errors import InvalidInput
from graph_service.model.units import (
    UNITS,
    Quantity,
    bridge_factor,
    canonical_unit,
    convert_factor,
    find_contradiction,
    format_equivalents,
    is_unit,
    parse_equivalents,
    unit_advice,
    units_like,
)

DIMENSIONS = [
    {"kilogram", "kg", "g", "t", "tonne"},
    {"liter", "L", "cubic meter", "m3"},
    {"kilowatt hour", "kWh", "megajoule", "MJ", "MWh", "GWh", "GJ"},
    {"ton kilometer", "tkm"},
    {"square meter", "m2"},
    {"piece", "pc"},
    {"hour", "h"},
    {"megabit second"},
    {"km"},
    {"Nm3"},
    {"kgN"},
    {"kW", "MW"},
    {"USD"},
    {"CNY"},
    {"EUR"},
]


def test_every_unit_is_of_exactly_one_dimension() -> None:
    assert sorted(itertools.chain(*DIMENSIONS)) == sorted(UNITS)


@pytest.mark.parametrize(("one", "other"), list(itertools.product(UNITS, UNITS)))
def test_units_convert_exactly_within_their_dimension(one: str, other: str) -> None:
    is_same_dimension = any(one in dimension and other in dimension for dimension in DIMENSIONS)
    assert (convert_factor(one, other) is not None) == is_same_dimension


@pytest.mark.parametrize(
    ("one", "other", "factor"),
    [
        ("t", "kg", 1000.0),
        ("tonne", "t", 1.0),
        ("g", "kg", 0.001),
        ("kWh", "MJ", 3.6),
        ("GWh", "kWh", 1e6),
        ("GJ", "MJ", 1000.0),
        ("MJ", "kilowatt hour", 1 / 3.6),
        ("L", "m3", 0.001),
        ("cubic meter", "liter", 1000.0),
        ("MW", "kW", 1000.0),
        ("pc", "piece", 1.0),
    ],
)
def test_known_conversions_are_right_to_the_last_bit(one: str, other: str, factor: float) -> None:
    assert convert_factor(one, other) == factor


@pytest.mark.parametrize("name", ["KG", "kwh", "parsec", "ton", "kg ", "", "kg*kg", "kilowatt_hour", "meter", "mm3"])
def test_names_off_the_list_are_no_units(name: str) -> None:
    assert not is_unit(name)
    assert convert_factor(name, "kg") is None
    assert canonical_unit(name) is None
    assert units_like(name) == ()


def test_two_names_of_one_unit_have_one_canonical_name() -> None:
    assert canonical_unit("kWh") == canonical_unit("kilowatt hour") == "kilowatt hour"
    assert canonical_unit("tonne") == canonical_unit("t") == "t"


def test_advice_finds_the_right_case_or_lists_all() -> None:
    assert unit_advice("KWH") == "write kWh"
    assert "megabit second" in unit_advice("furlong")


def test_equivalents_bridge_units_of_different_dimension() -> None:
    pack = parse_equivalents("60.48 kWh; 430 kg")
    assert pack == (Quantity(60.48, "kWh"), Quantity(430.0, "kg"))
    assert bridge_factor("kWh", "pc", pack) == pytest.approx(1 / 60.48, rel=1e-15)
    assert bridge_factor("t", "pc", pack) == pytest.approx(1000 / 430, rel=1e-15)
    assert bridge_factor("pc", "pc", pack) == 1
    assert bridge_factor("m3", "pc", pack) is None


def test_the_declared_units_own_dimension_needs_no_equivalent() -> None:
    assert bridge_factor("t", "kg", (Quantity(5.0, "kWh"),)) == 1000


@pytest.mark.parametrize(
    "text",
    ["60.48", "kWh", "60,48 kWh", "-1 kg", "0 kg", "1e999 kg", "nan kg", "5 KG", "1_000 kg", "5 kg 3 pc"],
)
def test_unreadable_equivalents_are_refused_with_the_part_named(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_equivalents(f"2 m3; {text}")
    assert repr(text) in refusal.value.message


def test_equivalents_that_contradict_each_other_are_found() -> None:
    assert find_contradiction("pc", parse_equivalents("60.48 kWh; 217.728 MJ; 430 kg")) is None
    assert find_contradiction("pc", parse_equivalents("60.48 kWh; 60.48 MJ")) is not None
    assert find_contradiction("kg", parse_equivalents("430 kg")) is not None
    assert find_contradiction("t", parse_equivalents("1000 kg")) is None


@given(
    st.lists(
        st.builds(Quantity, st.floats(min_value=1e-300, allow_infinity=False, allow_nan=False), st.sampled_from(UNITS)),
        min_size=1,
        max_size=4,
    )
)
def test_equivalents_are_read_back_as_written(equivalents: list[Quantity]) -> None:
    text = format_equivalents(equivalents)
    assert text is not None
    assert parse_equivalents(text) == tuple(equivalents)
