"""The codes that the check of PACT documents and events gives, and the list that it writes them to."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from graph_service.errors import Finding

Severity = Literal["ERROR", "WARNING", "INFO"]

MOST_FINDINGS = 200
"""Of one document; what a document of ten thousand faults needs is another document."""
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Code:
    """One code: the severest that it comes with, what it says, and what cures it. Its page: ``docs/errors``."""

    code: str
    severity: Severity
    meaning: str
    cure: str


CODES = (
    Code(
        "PACT_NOT_JSON",
        "ERROR",
        "The document is no JSON that can be kept and sent on.",
        "No NaN, infinity or number of 400 digits, no NUL and no half surrogate pair in texts, nested 64 deep at most.",
    ),
    Code(
        "PACT_NOT_A_FOOTPRINT",
        "ERROR",
        "The value is no ProductFootprint of V3 or V2.",
        "Send a JSON object with specVersion 3.x or 2.x and a pcf of that version.",
    ),
    Code(
        "PACT_SPEC_VERSION",
        "WARNING",
        "specVersion is unknown or not written as major.minor.patch.",
        "Write 3.0.0 for V3 and 2.3.0 for V2.",
    ),
    Code(
        "PACT_FIELD_MISSING",
        "ERROR",
        "A mandatory field is not there.",
        "Add it; an ERROR stands where the footprint cannot be used without it.",
    ),
    Code(
        "PACT_FIELD_TYPE",
        "ERROR",
        "A field has another JSON type than the specification gives it.",
        'In V3 every decimal is a string, as "1.5"; in V2 shares and ratings are numbers.',
    ),
    Code(
        "PACT_FIELD_UNKNOWN",
        "INFO",
        "The document has fields that the specification does not know; they are kept and not read.",
        "Correct the spelling, or move what is your own to extensions.",
    ),
    Code(
        "PACT_EMPTY",
        "WARNING",
        "A field is null or empty, or a list names the same twice.",
        "Leave out what is not known.",
    ),
    Code(
        "PACT_DECIMAL",
        "ERROR",
        "A decimal is not written in plain notation, or has more than 40 digits.",
        "Write 0.0012: digits with a point, no exponent, no thousands separators, no unit.",
    ),
    Code(
        "PACT_VALUE_RANGE",
        "ERROR",
        "A number lies outside what it can be.",
        "The message has the range: a declared amount above 0, a percentage from 0 to 100.",
    ),
    Code(
        "PACT_UNKNOWN_VALUE",
        "WARNING",
        "A word is not of the closed list of its field.",
        "Use one of the words that the message lists; the case of letters counts.",
    ),
    Code(
        "PACT_SIGN",
        "WARNING",
        "A number has the wrong sign.",
        "What takes carbon out of the air is 0 or below, every other part 0 or above.",
    ),
    Code(
        "PACT_SUM",
        "WARNING",
        "The parts of the footprint do not add up to its total.",
        "Mend the part or the total; landManagementFossilGhgEmissions is contained in fossilGhgEmissions already.",
    ),
    Code(
        "PACT_TIMESTAMP",
        "ERROR",
        "A timestamp is not written as RFC 3339 in UTC.",
        "Write 2025-01-01T00:00:00Z.",
    ),
    Code(
        "PACT_PERIOD",
        "ERROR",
        "The reference period does not end after it begins.",
        "referencePeriodStart is the first moment of the period, referencePeriodEnd the first after it.",
    ),
    Code(
        "PACT_VALIDITY",
        "ERROR",
        "The validity period breaks the rules of the specification.",
        "Begin at or after referencePeriodEnd and end at most three years after it; or leave both moments out.",
    ),
    Code(
        "PACT_UNIT",
        "ERROR",
        "The declared unit is not of the specification's list.",
        "Use a unit that the message lists; V2 lacks piece, hour and megabit second.",
    ),
    Code(
        "PACT_DECLARED_AMOUNT",
        "WARNING",
        "The values are read as of one declared unit, declaredUnitAmount (V2: unitaryProductAmount) of which make one "
        "product; the amount is not 1, or the mass says that the values are of more than one unit.",
        "Check that every value is per one unit: of a bottle of 12.5 liter with 2 kg CO2e in all, declaredUnitAmount "
        "is 12.5 and pcfExcludingBiogenicUptake 0.16.",
    ),
    Code(
        "PACT_IDENTIFIER",
        "ERROR",
        "An id is no UUID, or an identifier of a product, a company or a class is no URN.",
        "Write ids as 8-4-4-4-12 hexadecimal digits, identifiers as urn:gtin:4712345060507.",
    ),
    Code(
        "PACT_SCALE",
        "WARNING",
        "A data quality rating lies outside its scale and is not used.",
        "V3 rates 1 (best) to 5, V2 1 to 3; the two scales cannot be converted.",
    ),
    Code(
        "PACT_SHARE_SUSPICIOUS",
        "WARNING",
        "A percentage of 1 or less may be meant as a fraction.",
        "Shares are percent: write 80, not 0.8.",
    ),
    Code(
        "PACT_GEOGRAPHY",
        "WARNING",
        "More than one geography is given, or they contradict each other.",
        "Give one of region, country and subdivision, the narrowest; none for the whole world.",
    ),
    Code(
        "PACT_CONTRADICTION",
        "WARNING",
        "Two fields contradict each other.",
        "Where a flag says that something is not contained, leave its amount out.",
    ),
    Code(
        "LARGE_CUT_OFF",
        "WARNING",
        "More of the footprint is exempted than the rules allow.",
        "Count more of the small flows in; PACT V2 allows 5 %, Catena-X 3 %.",
    ),
    Code(
        "PACT_NOT_WRITABLE",
        "ERROR",
        "The footprint cannot be written in that version: fields that it demands are not known.",
        "Declare the footprint with the fields that the message names.",
    ),
    Code(
        "PACT_EVENT",
        "ERROR",
        "The value is no CloudEvent as the PACT specification has them.",
        "Send specversion 1.0, type, id, source, time and data; the message names what is wrong.",
    ),
    Code(
        "PACT_EVENT_TYPE",
        "ERROR",
        "The type of the event is none of PACT's.",
        "Use one of the types that the message lists.",
    ),
    Code(
        "MORE_FAULTS",
        "INFO",
        "The document has more faults than are listed.",
        "Mend those that are listed and check again.",
    ),
)
"""Every code of the checks, as the docs and the lint command show them."""

_SEVERITIES: dict[str, Severity] = {code.code: code.severity for code in CODES}


class Findings:
    """What the check of one document found so far; places are named below ``path``."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._found: list[Finding] = []
        self._left_out = 0

    def add(self, code: str, place: str, message: str, *, severity: Severity | None = None) -> None:
        """Note a fault at ``place``, as ``pcf.dqi.temporalDQR``; with the code's severity where none is given."""
        severity = severity or _SEVERITIES[code]
        if len(self._found) >= MOST_FINDINGS and (severity != "ERROR" or self.has_errors):
            self._left_out += 1
            return
        self._found.append(Finding(code, severity, join(self._path, place), message))

    @property
    def has_errors(self) -> bool:
        """Whether an ERROR was noted."""
        return any(finding.severity == "ERROR" for finding in self._found)

    def all(self) -> tuple[Finding, ...]:
        """What was noted, errors first."""
        order = ("ERROR", "WARNING", "INFO")
        found = sorted(self._found, key=lambda finding: order.index(finding.severity))
        if self._left_out:
            message = f"{self._left_out} further findings are not listed; mend these and check again"
            found.append(Finding("MORE_FAULTS", "INFO", self._path, message))
        return tuple(found)


def join(path: str, place: str) -> str:
    """``place`` below ``path``; a place in a list, as ``[3]``, is joined without a point."""
    return f"{path}.{place}" if path and place and not place.startswith("[") else path + place


def show(value: object) -> str:
    """A value for a message, in a few characters whatever it is."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() if value.bit_length() > 256:
            return "a number of more than 77 digits"
        case int() | float():
            return str(value)
        case str():
            cut = value if len(value) <= _SHOWN_CHARACTERS else value[:_SHOWN_CHARACTERS] + "…"
            return ascii(cut) if not cut.isprintable() else f'"{cut}"'
        case list() | tuple():
            return f"a list of {len(value)}"
    return "an object"


def names(words: Iterable[str]) -> str:
    """Words for a message: ``a, b, c``."""
    return ", ".join(words)
