"""The closed list of units, conversion between them, and the equivalents of a declared unit.

Names are case-sensitive: ``t`` is 1000 kg, ``pc`` a piece, ``kWh`` a kilowatt hour; ``KWH`` is nothing.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import Any

import pint

from graph_service.errors import Finding, InvalidInput

UNITS = (
    *("liter", "L", "kilogram", "kg", "cubic meter", "m3", "kilowatt hour", "kWh", "megajoule", "MJ"),
    *("ton kilometer", "tkm", "square meter", "m2", "piece", "pc", "hour", "h", "megabit second"),
    *("g", "t", "tonne", "MWh", "GWh", "GJ", "km"),
    *("Nm3", "kgN", "kW", "MW", "USD", "CNY", "EUR"),
)
"""Every name that a unit may have."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Quantity:
    """So much of a unit; as an equivalent: what one declared unit is."""

    amount: float
    unit: str


@cache
def _registry() -> "pint.UnitRegistry[Any]":
    """Our own definitions, in exact fractions; pint's default ones would read ``pc`` as the parsec."""
    with as_file(files("graph_service.model") / "units.txt") as path:
        return pint.UnitRegistry(str(path), non_int_type=Fraction, case_sensitive=True)


def is_unit(name: str) -> bool:
    """Whether ``name`` is on the closed list."""
    return name in UNITS


@lru_cache(maxsize=4096)
def convert_factor(from_unit: str, to_unit: str) -> float | None:
    """How many ``to_unit`` one ``from_unit`` is; None where either is unknown or their dimensions differ.

    The nearest double to the exact ratio: 1 for two names of one unit.
    """
    if from_unit not in UNITS or to_unit not in UNITS:
        return None
    registry = _registry()
    try:
        ratio = registry.convert(Fraction(1), from_unit.replace(" ", "_"), to_unit.replace(" ", "_"))
    except pint.DimensionalityError:
        return None
    return float(ratio)


@lru_cache(maxsize=256)
def canonical_unit(name: str) -> str | None:
    """The first name on the list for the same unit: ``kilogram`` for ``kg``, ``t`` for ``tonne``; None if unknown."""
    return next((unit for unit in UNITS if convert_factor(name, unit) == 1), None)


@lru_cache(maxsize=256)
def units_like(name: str) -> tuple[str, ...]:
    """Every name that converts to ``name``, itself included, in the order of the list; empty if unknown."""
    return tuple(unit for unit in UNITS if convert_factor(name, unit) is not None)


def bridge_factor(from_unit: str, declared_unit: str, equivalents: Sequence[Quantity] = ()) -> float | None:
    """How many declared units one ``from_unit`` is, through the equivalents where the dimensions differ.

    An equivalent says what one declared unit is; the first that converts serves. None where nothing bridges.
    """
    direct = convert_factor(from_unit, declared_unit)
    if direct is not None:
        return direct
    for equivalent in equivalents:
        to_equivalent = convert_factor(from_unit, equivalent.unit)
        if to_equivalent is not None:
            return to_equivalent / equivalent.amount
    return None


def parse_equivalents(text: str) -> tuple[Quantity, ...]:
    """What one declared unit is in other units: ``60.48 kWh; 430 kg``.

    Raises
    ------
    InvalidInput
        A part is not a positive number, a space and a known unit; the message names the part and what would do.
    """
    return tuple(_parse_quantity(part.strip()) for part in text.split(";") if part.strip())


def _parse_quantity(part: str) -> Quantity:
    number, _, unit = part.partition(" ")
    unit = unit.strip()
    if not _NUMBER.fullmatch(number):
        raise _refuse(f"{part!r} does not begin with a number; write 60.48 kWh; 430 kg")
    amount = float(number)
    if not math.isfinite(amount) or amount <= 0:
        raise _refuse(f"{part!r}: the number must be above 0 and finite, such as 60.48 kWh")
    if not is_unit(unit):
        raise _refuse(f"{part!r}: {unit!r} is not a unit; {unit_advice(unit)}")
    return Quantity(amount, unit)


def _refuse(message: str) -> InvalidInput:
    return InvalidInput(message, findings=[Finding("INVALID_EQUIVALENTS", "ERROR", "equivalents", message)])


def find_contradiction(declared_unit: str, equivalents: Sequence[Quantity]) -> str | None:
    """Why the equivalents cannot all be one declared unit, None where they can.

    Of one dimension only one amount can be right, and of the declared unit's own dimension only 1; rounded figures
    may differ by 0.1 %.
    """
    seen = [Quantity(1.0, declared_unit)]
    for equivalent in equivalents:
        for other in seen:
            factor = convert_factor(equivalent.unit, other.unit)
            if factor is not None and not math.isclose(equivalent.amount * factor, other.amount, rel_tol=1e-3):
                return (
                    f"{equivalent.amount!r} {equivalent.unit} and {other.amount!r} {other.unit} "
                    "cannot both be one declared unit"
                )
        seen.append(equivalent)
    return None


def format_equivalents(equivalents: Sequence[Quantity]) -> str | None:
    """The inverse of ``parse_equivalents``, numbers to the last bit; None for none."""
    return "; ".join(f"{quantity.amount!r} {quantity.unit}" for quantity in equivalents) or None


def unit_advice(name: str) -> str:
    """What would be right instead of an unknown unit: its name in the right case, or the whole list."""
    alike = [unit for unit in UNITS if unit.casefold() == name.strip().casefold()]
    return f"write {' or '.join(alike)}" if alike else f"known units: {', '.join(UNITS)}"
