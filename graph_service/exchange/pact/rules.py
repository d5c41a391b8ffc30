"""What the fields of a footprint must be to each other: sums, periods, shares, units, places."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from graph_service.exchange.pact.cleaning import Values
from graph_service.exchange.pact.codes import Findings, Severity
from graph_service.exchange.pact.decimals import plain
from graph_service.exchange.pact.moments import VALIDITY_YEARS, Moment, years_after
from graph_service.model.areas import areas_around
from graph_service.model.partners import PactVersion
from graph_service.model.vocabulary import CarbonComponent

_TOLERANCE = Decimal("0.01")
"""Of sums, relative to their largest number: what published figures of two or three digits need."""
_CUT_OFF_LIMIT = {PactVersion.V3: Decimal(3), PactVersion.V2: Decimal(5)}
"""Percent; V3 names no limit, Catena-X 3."""
_HIGHEST_RATING = {PactVersion.V3: Decimal(5), PactVersion.V2: Decimal(3)}
RATINGS = ("technologicalDQR", "temporalDQR", "geographicalDQR")
GEOGRAPHY = ("geographyCountrySubdivision", "geographyCountry", "geographyRegionOrSubregion")
"""Narrowest first."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a version calls what both have. ``parts``: what adds up to ``total``, without biogenic uptake."""

    unit: str
    amount: str
    total: str
    total_with_uptake: str
    uptake: str
    reports: str
    parts: tuple[tuple[str, CarbonComponent], ...]


WORDINGS = {
    PactVersion.V3: Wording(
        "declaredUnitOfMeasurement",
        "declaredUnitAmount",
        "pcfExcludingBiogenicUptake",
        "pcfIncludingBiogenicUptake",
        "biogenicCO2Uptake",
        "ipccCharacterizationFactors",
        (
            ("fossilGhgEmissions", CarbonComponent.FOSSIL),
            ("landUseChangeGhgEmissions", CarbonComponent.LAND_USE_CHANGE),
            ("landManagementBiogenicCO2Emissions", CarbonComponent.LAND_MANAGEMENT_BIOGENIC_CO2),
            ("landManagementBiogenicCO2Removals", CarbonComponent.LAND_MANAGEMENT_REMOVALS),
            ("biogenicNonCO2Emissions", CarbonComponent.BIOGENIC_NON_CO2),
            ("technologicalCO2Removals", CarbonComponent.TECHNOLOGICAL_REMOVALS),
            ("ccsTechnologicalCO2Capture", CarbonComponent.CCS_CAPTURE),
        ),
    ),
    PactVersion.V2: Wording(
        "declaredUnit",
        "unitaryProductAmount",
        "pCfExcludingBiogenic",
        "pCfIncludingBiogenic",
        "biogenicCarbonWithdrawal",
        "ipccCharacterizationFactorsSources",
        (
            ("fossilGhgEmissions", CarbonComponent.FOSSIL),
            ("dLucGhgEmissions", CarbonComponent.LAND_USE_CHANGE),
            ("landManagementGhgEmissions", CarbonComponent.LAND_MANAGEMENT_BIOGENIC_CO2),
            ("otherBiogenicGhgEmissions", CarbonComponent.BIOGENIC_NON_CO2),
        ),
    ),
}
"""V2 nets land management: below 0 it is a removal. Its other biogenic emissions are those other than CO2."""


def check_footprint(top: Values, pcf: Values, version: PactVersion, findings: Findings) -> None:
    """Note what the fields contradict each other in, and take out values that must not be used."""
    _check_amounts(pcf, version, findings)
    _check_percentages(pcf, version, findings)
    _check_ratings(pcf, version, findings)
    _check_sums(pcf, WORDINGS[version], findings)
    _check_periods(top, pcf, findings)
    _check_geography(pcf, findings)
    _check_flags(pcf, findings)
    _check_predecessors(top, findings)


def decimal_of(values: Values, name: str) -> Decimal | None:
    """The value of a decimal field, None where there is none."""
    value = values.get(name)
    return value if isinstance(value, Decimal) else None


def moment_of(values: Values, name: str) -> Moment | None:
    """The value of a timestamp, None where there is none."""
    value = values.get(name)
    return value if isinstance(value, Moment) else None


def _check_amounts(pcf: Values, version: PactVersion, findings: Findings) -> None:
    wording = WORDINGS[version]
    amount, mass = decimal_of(pcf, wording.amount), decimal_of(pcf, "productMassPerDeclaredUnit")
    if mass is not None and mass < 0:
        del pcf["productMassPerDeclaredUnit"]
    if amount is None:
        return
    if amount <= 0:
        message = f"{wording.amount} is {plain(amount)}; it must be above 0"
        severity: Severity = "ERROR" if version is PactVersion.V3 else "WARNING"
        findings.add("PACT_VALUE_RANGE", f"pcf.{wording.amount}", message, severity=severity)
        del pcf[wording.amount]
    else:
        _check_declared_amount(pcf, amount, mass, version, findings)


def _check_declared_amount(
    pcf: Values, amount: Decimal, mass: Decimal | None, version: PactVersion, findings: Findings
) -> None:
    """Values are of one unit; the wording of V3 lets some give them of the whole amount."""
    wording = WORDINGS[version]
    unit, place = pcf.get(wording.unit, "unit"), f"pcf.{wording.amount}"
    if unit == "kilogram" and mass and not _is_near(mass, Decimal(1)):
        message = f"productMassPerDeclaredUnit is {plain(mass)} kg of one kilogram; give all values per one {unit}"
        findings.add("PACT_DECLARED_AMOUNT", place, message)
    elif version is PactVersion.V3 and amount != 1:
        message = (
            f"{wording.amount} is {plain(amount)}: the values are read as of one {unit}, and {plain(amount)} {unit} as "
            "one product; where yours are of the whole product, divide them"
        )
        findings.add("PACT_DECLARED_AMOUNT", place, message)


def _is_near(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= _TOLERANCE * max(abs(one), abs(other))


def _check_percentages(pcf: Values, version: PactVersion, findings: Findings) -> None:
    for name in ("primaryDataShare", "exemptedEmissionsPercent"):
        percent = decimal_of(pcf, name)
        if percent is None:
            continue
        if not 0 <= percent <= 100:
            message = f"{name} is {plain(percent)}; it must be from 0 to 100 and is not used"
            findings.add("PACT_VALUE_RANGE", f"pcf.{name}", message, severity="WARNING")
            del pcf[name]
        elif 0 < percent <= 1:
            message = f"{name} is {plain(percent)}, taken as percent; if it is a fraction, write {plain(percent * 100)}"
            findings.add("PACT_SHARE_SUSPICIOUS", f"pcf.{name}", message)
    exempted = decimal_of(pcf, "exemptedEmissionsPercent")
    if exempted is not None and exempted > _CUT_OFF_LIMIT[version]:
        rule = "PACT V2 allows 5" if version is PactVersion.V2 else "PACT V2 allows 5, Catena-X 3"
        message = f"exemptedEmissionsPercent is {plain(exempted)}; {rule}"
        findings.add("LARGE_CUT_OFF", "pcf.exemptedEmissionsPercent", message)


def _check_ratings(pcf: Values, version: PactVersion, findings: Findings) -> None:
    ratings = pcf.get("dqi")
    if not isinstance(ratings, dict):
        return
    highest = _HIGHEST_RATING[version]
    for name, rating in list(ratings.items()):
        most, least = (Decimal(100), 0) if name == "coveragePercent" else (highest, 1)
        if not least <= rating <= most:
            message = f"{name} is {plain(rating)}; it must be from {least} to {most} and is not used"
            findings.add("PACT_SCALE", f"pcf.dqi.{name}", message)
            del ratings[name]


def _check_sums(pcf: Values, wording: Wording, findings: Findings) -> None:
    total, uptake = decimal_of(pcf, wording.total), decimal_of(pcf, wording.uptake)
    with_uptake = decimal_of(pcf, wording.total_with_uptake)
    parts = [part for name, _ in wording.parts if (part := decimal_of(pcf, name)) is not None]
    if total is not None and "fossilGhgEmissions" in pcf and not _adds_up(parts, total):
        message = f"the parts sum to {plain(sum(parts, Decimal(0)))}, but {wording.total} is {plain(total)}"
        contained = decimal_of(pcf, "landManagementFossilGhgEmissions")
        if contained and _adds_up([*parts, contained], total):
            message += "; landManagementFossilGhgEmissions is part of fossilGhgEmissions and must not be added"
        findings.add("PACT_SUM", f"pcf.{wording.total}", message)
    if total is None or with_uptake is None:
        return
    if uptake is not None and not _adds_up([total, uptake], with_uptake):
        message = (
            f"{wording.total_with_uptake} is {plain(with_uptake)}, but {wording.total} {plain(total)} "
            f"and {wording.uptake} {plain(uptake)} sum to {plain(total + uptake)}"
        )
        findings.add("PACT_SUM", f"pcf.{wording.total_with_uptake}", message)
    elif uptake is None and with_uptake > total:
        message = (
            f"{wording.total_with_uptake} {plain(with_uptake)} is above {wording.total} {plain(total)}, "
            "though uptake can only lower it; no uptake is taken from the two"
        )
        findings.add("PACT_SUM", f"pcf.{wording.total_with_uptake}", message)


def _adds_up(parts: Sequence[Decimal], total: Decimal) -> bool:
    largest = max([abs(total), *(abs(part) for part in parts)])
    return abs(sum(parts, Decimal(0)) - total) <= _TOLERANCE * largest


def _check_periods(top: Values, pcf: Values, findings: Findings) -> None:
    begin, end = moment_of(pcf, "referencePeriodStart"), moment_of(pcf, "referencePeriodEnd")
    if begin and end and begin.at >= end.at:
        message = f"referencePeriodEnd {end.text} is not after referencePeriodStart {begin.text}"
        findings.add("PACT_PERIOD", "pcf.referencePeriodEnd", message)
    valid_from, valid_to = moment_of(top, "validityPeriodStart"), moment_of(top, "validityPeriodEnd")
    if (valid_from is None) != (valid_to is None):
        message = "validityPeriodStart and validityPeriodEnd are given together or not at all; the default stands in"
        place = "validityPeriodStart" if valid_from is None else "validityPeriodEnd"
        findings.add("PACT_VALIDITY", place, message, severity="WARNING")
    if end is None:
        return
    latest = years_after(end.at)
    starts, ends = (valid_from.at if valid_from else end.at), (valid_to.at if valid_to else latest)
    if starts >= ends:
        message = f"the validity period would end at {ends.isoformat()}, not after it begins at {starts.isoformat()}"
        findings.add("PACT_VALIDITY", "validityPeriodEnd", message)
    if valid_from and valid_from.at < end.at:
        message = f"validityPeriodStart {valid_from.text} is before referencePeriodEnd {end.text}"
        findings.add("PACT_VALIDITY", "validityPeriodStart", message, severity="WARNING")
    if valid_to and valid_to.at > latest:
        message = (
            f"validityPeriodEnd {valid_to.text} is more than {VALIDITY_YEARS} years after referencePeriodEnd {end.text}"
        )
        findings.add("PACT_VALIDITY", "validityPeriodEnd", message, severity="WARNING")


def _check_geography(pcf: Values, findings: Findings) -> None:
    given = [(name, str(pcf[name])) for name in GEOGRAPHY if name in pcf]
    if len(given) < 2:
        return
    around = areas_around(given[0][1])
    outside = [area for _, area in given if area not in around]
    if outside:
        message = f"{given[0][1]} does not lie in {outside[0]}; give the one that is right"
    else:
        message = f"{' and '.join(name for name, _ in given)} are given; give the narrowest alone, {given[0][1]}"
    findings.add("PACT_GEOGRAPHY", f"pcf.{given[-1][0]}", message)


def _check_flags(pcf: Values, findings: Findings) -> None:
    contained = {
        "packagingEmissionsIncluded": ("packagingGhgEmissions",),
        "ccsTechnologicalCO2CaptureIncluded": ("ccsTechnologicalCO2Capture", "technologicalCO2Removals"),
    }
    for flag, fields in contained.items():
        for name in fields:
            if pcf.get(flag) is False and decimal_of(pcf, name):
                findings.add("PACT_CONTRADICTION", f"pcf.{name}", f"{name} is given though {flag} is false")


def _check_predecessors(top: Values, findings: Findings) -> None:
    own, preceding = top.get("id"), top.get("precedingPfIds")
    if isinstance(own, str) and isinstance(preceding, tuple):
        others = tuple(name for name in preceding if name.lower() != own.lower())
        if len(others) < len(preceding):
            message = f"the footprint names itself, {own}, as its predecessor"
            findings.add("PACT_IDENTIFIER", "precedingPfIds", message, severity="WARNING")
            top["precedingPfIds"] = others
