"""Reading a Catena-X document part by part: what is not as its schema says becomes a finding, never an exception."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from graph_service.errors import Finding
from graph_service.exchange.catena_x.timestamps import parse_timestamp

LARGEST = 1e30
"""Kilograms, or of any unit: half a sun. So sums of a few numbers stay finite."""

_LONGEST_SHOWN = 60


def shown(value: object) -> str:
    """A value as a message shows it, cut where it is long."""
    text = ascii(value) if not isinstance(value, str) or not value.isprintable() else repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


class Findings:
    """Collects what is found in one document, which stands at ``path``."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._found: list[Finding] = []

    def error(self, code: str, place: str, message: str) -> None:
        """Note what refuses the document; ``place`` is below it, as ``general[0].comment``."""
        self._add(code, "ERROR", place, message)

    def warn(self, code: str, place: str, message: str) -> None:
        """Note what is suspicious, or was left out."""
        self._add(code, "WARNING", place, message)

    def inform(self, code: str, place: str, message: str) -> None:
        """Note what its sender should know."""
        self._add(code, "INFO", place, message)

    def _add(self, code: str, severity: Literal["ERROR", "WARNING", "INFO"], place: str, message: str) -> None:
        path = f"{self._path}.{place}" if self._path and place else self._path + place
        self._found.append(Finding(code, severity, path, message))

    def all(self) -> tuple[Finding, ...]:
        """In the order in which they were found."""
        return tuple(self._found)


class Section:
    """One object of a document and the place where it stands; empty where the document has no such object."""

    def __init__(self, value: Mapping[str, object], path: str, findings: Findings, *, is_given: bool = True) -> None:
        self.value, self.path, self.findings, self.is_given = value, path, findings, is_given

    def at(self, name: str) -> str:
        """The path of a member."""
        return f"{self.path}.{name}" if self.path else name

    def section(self, name: str, *, is_required: bool = False) -> "Section":
        """The one object of the list ``name``; sections are lists of one object in Catena-X."""
        value, path = self.value.get(name), self.at(name)
        if isinstance(value, Mapping):
            self.findings.warn("DOCUMENT_FORM", path, f"{name} must be a list of one object; the object is taken")
            return Section(value, path, self.findings)
        if isinstance(value, Sequence) and not isinstance(value, str) and value:
            if len(value) > 1:
                message = f"{name} has {len(value)} objects where one is meant; only the first is read"
                self.findings.warn("DOCUMENT_FORM", path, message)
            if isinstance(value[0], Mapping):
                return Section(value[0], f"{path}[0]", self.findings)
            message = f"{name} must be a list of one object; it holds {shown(value[0])}"
            self.findings.error("DOCUMENT_FORM", path, message)
        elif value is not None and not isinstance(value, Sequence | Mapping):
            message = f"{name} must be a list of one object; it is {shown(value)}"
            self.findings.error("DOCUMENT_FORM", path, message)
        elif is_required and self.is_given:
            self.findings.error("REQUIRED", path, f"{name} is required; give a list of one object")
        return Section({}, f"{path}[0]", self.findings, is_given=False)

    def member(self, name: str, *, is_required: bool = False) -> "Section":
        """The object ``name``; empty where there is none."""
        value = self.value.get(name)
        if isinstance(value, Mapping):
            return Section(value, self.at(name), self.findings)
        if value is not None:
            self._misformed(name, value, "an object", is_required=is_required)
        elif is_required:
            self._missing(name)
        return Section({}, self.at(name), self.findings, is_given=False)

    def text(self, name: str, *, is_required: bool = False) -> str | None:
        """A text, None where it is absent or empty."""
        value = self.value.get(name)
        if isinstance(value, str) and value.strip():
            return value
        if value is not None and not isinstance(value, str):
            self._misformed(name, value, "a text", is_required=is_required)
        elif is_required:
            self._missing(name)
        return None

    def word(self, name: str, words: Sequence[str], *, is_required: bool = False) -> str | None:
        """A word of a closed list, in any case."""
        text = self.text(name, is_required=is_required)
        if text is None:
            return None
        found = next((word for word in words if word.casefold() == text.strip().casefold()), None)
        if found is None:
            message = f"{name} {shown(text)} is not known; write one of {', '.join(words)}"
            self._report(is_required, "UNKNOWN_WORD", name, message)
        return found

    def flag(self, name: str) -> bool | None:
        """A boolean, None where it is absent."""
        value = self.value.get(name)
        if value is not None and not isinstance(value, bool):
            self._misformed(name, value, "true or false", is_required=False)
        return value if isinstance(value, bool) else None

    def number(
        self,
        name: str,
        *,
        is_required: bool = False,
        low: float = -LARGEST,
        high: float = LARGEST,
    ) -> float | None:
        """A number; outside of ``low`` and ``high`` it is told and left out."""
        value = self.value.get(name)
        if value is None:
            if is_required:
                self._missing(name)
            return None
        number = finite_number(value)
        if number is None:
            message = f"{name} must be a JSON number; it is {shown(value)}"
            self._report(is_required, "NOT_A_NUMBER", name, message)
            return None
        if not low <= number <= high:
            message = f"{name} {number:g} lies outside {low:g} to {high:g}"
            self._report(is_required, "OUT_OF_RANGE", name, message if is_required else f"{message}; it is left out")
            return None
        return number

    def moment(self, name: str, *, is_required: bool = False) -> datetime | None:
        """A timestamp; without offset it counts as UTC."""
        text = self.text(name, is_required=is_required)
        if text is None:
            return None
        moment = parse_timestamp(text)
        if moment is None:
            message = f"{name} {shown(text)} is no timestamp; write for instance 2025-12-31T00:00:00Z"
            self._report(is_required, "NOT_A_DATE", name, message)
        return moment

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of a list, those that are none left out with a warning; empty where it is absent."""
        value = self.value.get(name)
        if value is None:
            return ()
        if not isinstance(value, Sequence) or isinstance(value, str):
            self._misformed(name, value, "a list of texts", is_required=False)
            return ()
        found = []
        for index, element in enumerate(value):
            if isinstance(element, str) and element.strip():
                found.append(element.strip())
            else:
                self._misformed(f"{name}[{index}]", element, "a text", is_required=False)
        return tuple(dict.fromkeys(found))

    def urns(self, name: str, *, is_required: bool = False) -> tuple[str, ...]:
        """The identifiers of a list; those with spaces inside cannot be told apart and are left out."""
        given = self.texts(name)
        sound = tuple(text for text in given if not any(character.isspace() for character in text))
        for text in given:
            if text not in sound:
                message = f"{name}: {shown(text)} holds a space, so it is no identifier; it is left out"
                self.findings.warn("INVALID_IDENTIFIER", self.at(name), message)
        if is_required and not sound:
            self._missing(name)
        return sound

    def _missing(self, name: str) -> None:
        if self.is_given:
            self.findings.error("REQUIRED", self.at(name), f"{name} is required and not given")

    def _misformed(self, name: str, value: object, meant: str, *, is_required: bool) -> None:
        self._report(is_required, "DOCUMENT_FORM", name, f"{name} must be {meant}; it is {shown(value)}")

    def _report(self, is_error: bool, code: str, name: str, message: str) -> None:
        (self.findings.error if is_error else self.findings.warn)(code, self.at(name), message)


def finite_number(value: object) -> float | None:
    """A JSON number as a float; None for anything else, and where it is not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def share_of(percent: float) -> float:
    """The share of 1 that so many percent are, in decimal: 56.12 is 0.5612, which a division by 100 would miss."""
    return float(Decimal(repr(percent)).scaleb(-2))


def percent_of(share: float) -> float:
    """The inverse of ``share_of``."""
    return float(Decimal(repr(share)).scaleb(2))


def for_amount(per_unit: float, amount: float) -> float:
    """``per_unit`` times ``amount`` in decimal, so that 7.1 times 0.75 is 5.325."""
    return float(Decimal(repr(per_unit)) * Decimal(repr(amount)))


def per_unit(value: float, amount: float) -> float:
    """``value`` by ``amount`` in decimal, the nearest to the exact quotient; infinite where that is too large."""
    try:
        return float(Fraction(Decimal(repr(value))) / Fraction(Decimal(repr(amount))))
    except OverflowError:
        return math.copysign(math.inf, value)
