"""From the unit that a footprint is given per to the declared unit of its item."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from graph_service.errors import Finding
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.units import canonical_unit, convert_factor, is_unit, unit_advice
from graph_service.service.declaring.places import place_of
from graph_service.service.figures import figure_text, given_text
from graph_service.service.records import ItemRecord

_AGREEING = 0.01
"""Two ways that differ by less say the same in rounded figures."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """``unit_factor``: of how many ``document_unit`` one declared unit of the item consists, None where nothing says.

    ``how``: a sentence for people. ``finding``: INFO where more than a definition was needed, WARNING where something
    speaks against it, ERROR where it is not possible.
    """

    unit_factor: float | None
    document_unit: str
    how: str
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """One way: ``factor`` document units in one declared unit of the item, and what says so."""

    factor: float
    source: str
    is_definition: bool = False


def convert(pushed: PushedDeclaration, item: ItemRecord) -> Conversion:
    """How the document's values become values per declared unit of the item: times ``unit_factor``."""
    unit = pushed.declared_unit or item.declared_unit
    refused = _refusal(pushed, unit)
    if refused is not None:
        return Conversion(None, unit, refused.message, refused)
    ways = [way for way in _ways(pushed, item, unit) if math.isfinite(way.factor) and way.factor > 0]
    if not ways:
        message = _what_would_bridge(item, unit)
        finding = Finding("UNIT_UNBRIDGED", "ERROR", place_of(pushed, "declared_unit"), message)
        return Conversion(None, unit, message, finding)
    way = ways[0]
    how = f"1 {item.declared_unit} = {_text(way.factor)} {unit} ({way.source})"
    return Conversion(way.factor, unit, how, _finding(pushed, ways, how, unit))


def _refusal(pushed: PushedDeclaration, unit: str) -> Finding | None:
    """What makes the document's own figures about its unit unusable."""
    if not is_unit(unit):
        message = f"declared unit {unit!r} is not a unit; {unit_advice(unit)}"
        return Finding("UNKNOWN_UNIT", "ERROR", place_of(pushed, "declared_unit"), message)
    amount, mass_kg = pushed.declared_unit_amount, pushed.product_mass_kg
    if amount is not None and not (math.isfinite(amount) and amount > 0):
        message = f"the amount of declared units in one product is {amount}; it must be above 0 and finite"
        return Finding("OUT_OF_RANGE", "ERROR", place_of(pushed, "declared_unit_amount"), message)
    if mass_kg is not None and not (math.isfinite(mass_kg) and mass_kg >= 0):
        message = f"the mass of one {unit} is {mass_kg} kg; it must be 0 or more and finite, 0 for energy and services"
        return Finding("OUT_OF_RANGE", "ERROR", place_of(pushed, "product_mass_kg"), message)
    return None


def _ways(pushed: PushedDeclaration, item: ItemRecord, unit: str) -> Iterator[_Way]:
    """Every way that leads from one unit to the other, the most certain first."""
    defined = convert_factor(item.declared_unit, unit)
    if defined is not None:
        is_same = canonical_unit(unit) == canonical_unit(item.declared_unit)
        yield _Way(defined, "the item's own unit" if is_same else "by definition", is_definition=True)
    for equivalent in item.equivalents:
        factor = convert_factor(equivalent.unit, unit)
        if factor is not None:
            yield _Way(equivalent.amount * factor, "equivalents of the item")
    from_kg = convert_factor("kg", unit)
    if from_kg is not None and item.mass_kg:
        yield _Way(item.mass_kg * from_kg, "mass of the item")
    to_kg = convert_factor(item.declared_unit, "kg")
    if to_kg is not None and pushed.product_mass_kg:
        yield _Way(to_kg / pushed.product_mass_kg, "product mass per declared unit in the document")
    if canonical_unit(item.declared_unit) == canonical_unit("pc") and pushed.declared_unit_amount:
        yield _Way(pushed.declared_unit_amount, "declared units in one product in the document")


def _finding(pushed: PushedDeclaration, ways: list[_Way], how: str, unit: str) -> Finding | None:
    way = ways[0]
    other = next((one for one in ways if not math.isclose(one.factor, way.factor, rel_tol=_AGREEING)), None)
    if other is not None:
        message = (
            f"{how} is taken, but another figure says {_text(other.factor)} {unit} ({other.source}); correct the one "
            "that is wrong"
        )
        return Finding("UNIT_DOUBTFUL", "WARNING", place_of(pushed, "declared_unit"), message)
    if way.is_definition:
        return None
    return Finding("UNIT_CONVERTED", "INFO", place_of(pushed, "declared_unit"), f"{how}; values are taken times that")


def _what_would_bridge(item: ItemRecord, unit: str) -> str:
    bridges = [f"an equivalent of {item.uid!r} in {unit}"]
    if convert_factor("kg", unit) is not None:
        bridges.append(f"the item's mass_kg, the mass of one {item.declared_unit}")
    if convert_factor(item.declared_unit, "kg") is not None:
        bridges.append(f"the product mass per declared unit in the document, the kg in one {unit}")
    if canonical_unit(item.declared_unit) == canonical_unit("pc"):
        bridges.append(f"the declared unit amount in the document, the {unit} in one product")
    return (
        f"values are per {unit}, but {item.uid!r} is declared per {item.declared_unit}, and nothing says how many "
        f"{unit} one {item.declared_unit} is; give {', or '.join(bridges)}"
    )


def _text(factor: float) -> str:
    """As given where that is short, else with four digits."""
    text = given_text(factor)
    return text if len(text) <= 12 else figure_text(factor)
