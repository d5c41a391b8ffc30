"""Catena-X's SingleLevelBomAsPlanned 4.0.0 as lines: which part goes into which, how much of it, and when."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from graph_service.errors import Finding
from graph_service.exchange.catena_x.sections import Findings, Section, shown
from graph_service.exchange.catena_x.timestamps import end_day, first_day

UNITS: Mapping[str, tuple[str, Fraction]] = {
    "unit:piece": ("pc", Fraction(1)),
    "unit:pair": ("pc", Fraction(2)),
    "unit:kilowattHour": ("kWh", Fraction(1)),
    "unit:gram": ("kg", Fraction(1, 1000)),
    "unit:kilogram": ("kg", Fraction(1)),
    "unit:tonneMetricTon": ("t", Fraction(1)),
    "unit:tonUsOrShortTonUkorus": ("kg", Fraction("907.18474")),
    "unit:ounceAvoirdupois": ("kg", Fraction("0.028349523125")),
    "unit:pound": ("kg", Fraction("0.45359237")),
    "unit:metre": ("km", Fraction(1, 1000)),
    "unit:centimetre": ("km", Fraction(1, 100_000)),
    "unit:kilometre": ("km", Fraction(1)),
    "unit:inch": ("km", Fraction("0.0000254")),
    "unit:foot": ("km", Fraction("0.0003048")),
    "unit:yard": ("km", Fraction("0.0009144")),
    "unit:squareCentimetre": ("m2", Fraction(1, 10_000)),
    "unit:squareMetre": ("m2", Fraction(1)),
    "unit:squareInch": ("m2", Fraction("0.00064516")),
    "unit:squareFoot": ("m2", Fraction("0.09290304")),
    "unit:squareYard": ("m2", Fraction("0.83612736")),
    "unit:cubicCentimetre": ("m3", Fraction(1, 1_000_000)),
    "unit:cubicMetre": ("m3", Fraction(1)),
    "unit:cubicInch": ("m3", Fraction("0.000016387064")),
    "unit:cubicFoot": ("m3", Fraction("0.028316846592")),
    "unit:cubicYard": ("m3", Fraction("0.764554857984")),
    "unit:litre": ("L", Fraction(1)),
    "unit:millilitre": ("L", Fraction(1, 1000)),
    "unit:hectolitre": ("L", Fraction(100)),
    "unit:secondUnitOfTime": ("h", Fraction(1, 3600)),
    "unit:minuteUnitOfTime": ("h", Fraction(1, 60)),
    "unit:hourUnitOfTime": ("h", Fraction(1)),
    "unit:day": ("h", Fraction(24)),
}
"""Our unit and how many of it one is, exact by definition (the international yard and pound of 1959).

Of the schema's list ``set``, ``page`` and ``cycle`` are left: how many pieces a set has is not said.
"""

_UUID = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})", re.IGNORECASE | re.ASCII)
_BPNL = re.compile(r"BPNL[a-z0-9]{12}", re.IGNORECASE | re.ASCII)


_ENDS = ("validFrom", "validTo")


@dataclass(frozen=True, slots=True)
class BomDocument:
    """What one file holds, as a JSON value: one bill of material or a list of them."""

    file: str
    value: object


@dataclass(frozen=True, slots=True)
class BomLine:
    """One child of one part. ``amount`` of ``unit`` go into one piece of the parent; ids in lower case.

    ``place`` and ``parent_place``: where the child and its parent stand, as ``bom.json: childItems[3]``.
    """

    place: str
    parent_place: str
    parent_id: str
    child_id: str
    partner: str
    amount: float
    unit: str
    valid_from: date | None
    valid_to: date | None


def read_lines(documents: Sequence[BomDocument]) -> tuple[list[BomLine], list[Finding]]:
    """The sound lines of all documents, and what is wrong with the others, each with its place."""
    lines: list[BomLine] = []
    found: list[Finding] = []
    for document in documents:
        is_many = isinstance(document.value, list)
        values = document.value if isinstance(document.value, list) else [document.value]
        if not values:
            found.append(Finding("DOCUMENT_FORM", "ERROR", document.file, "the list holds no bill of material"))
        for index, value in enumerate(values):
            findings = Findings("")
            place = f"{document.file}: [{index}]" if is_many else document.file
            if isinstance(value, Mapping):
                prefix = f"{place}." if is_many else f"{place}: "
                lines += _lines(Section(value, "", findings), prefix)
            else:
                message = f"a bill of material is a JSON object; this is {shown(value)}"
                findings.error("DOCUMENT_FORM", "", message)
                prefix = place
            found += [
                Finding(fault.code, fault.severity, prefix + fault.path, fault.message) for fault in findings.all()
            ]
    return lines, found


def _lines(bom: Section, prefix: str) -> Iterator[BomLine]:
    parent_id = _id(bom)
    children = bom.value.get("childItems")
    if not isinstance(children, list):
        message = "childItems must be the list of the parts that the parent is made of"
        bom.findings.error("REQUIRED" if children is None else "DOCUMENT_FORM", "childItems", message)
        return
    for index, child in enumerate(children):
        path = f"childItems[{index}]"
        if not isinstance(child, Mapping):
            bom.findings.error("DOCUMENT_FORM", path, f"a child item is a JSON object; this is {shown(child)}")
            continue
        line = _line(Section(child, path, bom.findings), parent_id, prefix)
        if line is not None:
            yield line


def _line(child: Section, parent_id: str | None, prefix: str) -> BomLine | None:
    child_id, partner = _id(child), _partner(child)
    quantity = child.member("quantity", is_required=True)
    value = quantity.number("value", is_required=True, low=0)
    unit = _unit(quantity)
    is_sound, valid_from, valid_to = _days(child.member("validityPeriod"))
    if parent_id is None or child_id is None or partner is None or value is None or unit is None or not is_sound:
        return None
    name, factor = unit
    amount = float(Fraction(repr(value)) * factor)
    place = prefix + child.path
    return BomLine(place, f"{prefix}globalAssetId", parent_id, child_id, partner, amount, name, valid_from, valid_to)


def _id(part: Section) -> str | None:
    text = part.text("globalAssetId", is_required=True)
    if text is None:
        return None
    match = _UUID.fullmatch(text.strip())
    if match is None:
        message = f"globalAssetId {shown(text)} is no UUID, with or without urn:uuid: before it"
        part.findings.error("INVALID_IDENTIFIER", part.at("globalAssetId"), message)
        return None
    return match[1].lower()


def _partner(child: Section) -> str | None:
    text = child.text("businessPartner", is_required=True)
    if text is None:
        return None
    if _BPNL.fullmatch(text.strip()) is None:
        message = f"businessPartner {shown(text)} is no BPNL; write for instance BPNL000000000DWF"
        child.findings.error("INVALID_IDENTIFIER", child.at("businessPartner"), message)
        return None
    return text.strip().lower()


def _unit(quantity: Section) -> tuple[str, Fraction] | None:
    text = quantity.text("unit", is_required=True)
    if text is None:
        return None
    found = next((unit for name, unit in UNITS.items() if name.casefold() == text.strip().casefold()), None)
    if found is None:
        message = f"unit {shown(text)} is none that an amount of a supply can be in; known are {', '.join(UNITS)}"
        quantity.findings.error("UNKNOWN_UNIT", quantity.at("unit"), message)
    return found


def _days(period: Section) -> tuple[bool, date | None, date | None]:
    """Whether the period can be, and its first day and the first day after it, as its writer counts days."""
    begin, end = (period.moment(name, is_required=period.value.get(name) is not None) for name in _ENDS)
    is_sound = all(
        moment is not None or period.value.get(name) is None for name, moment in zip(_ENDS, (begin, end), strict=True)
    )
    if begin is not None and end is not None and end <= begin:
        is_sound = False
        message = f"validTo {shown(period.value['validTo'])} is not after validFrom {shown(period.value['validFrom'])}"
        period.findings.error("INVALID_PERIOD", period.at("validTo"), message)
    return is_sound, None if begin is None else first_day(begin), None if end is None else end_day(end)
