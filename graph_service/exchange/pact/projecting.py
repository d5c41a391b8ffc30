"""The values of a V3 footprint as those of a V2 one, and the other way."""

from collections.abc import Callable, Mapping
from decimal import Context, Decimal

from graph_service.exchange.pact.cleaning import Values
from graph_service.exchange.pact.fields import ISO_14040, ISO_14067, STANDARDS_OF_V2
from graph_service.exchange.pact.reading import (
    classifications,
    cpc_of,
    object_of,
    reports,
    text,
    texts,
    uptake_of,
)
from graph_service.exchange.pact.rules import GEOGRAPHY, decimal_of
from graph_service.model.partners import PactVersion

MASSLESS_UNITS = ("kilowatt hour", "megajoule", "ton kilometer", "hour", "megabit second")
"""Of energy, transport and services; V3 wants a mass of 0 for them."""

_TOP = (
    *("id", "precedingPfIds", "created", "status", "validityPeriodStart", "validityPeriodEnd", "companyName"),
    *("companyIds", "productDescription", "productIds", "productClassifications", "productNameCompany", "extensions"),
)
_PCF = (
    *("referencePeriodStart", "referencePeriodEnd", "productOrSectorSpecificRules", "secondaryEmissionFactorSources"),
    *("allocationRulesDescription", "exemptedEmissionsPercent", "primaryDataShare", "packagingEmissionsIncluded"),
)
_TEXTS_V2_DEMANDS = ("boundaryProcessesDescription", "exemptedEmissionsDescription")
"""Free texts that V3 may leave out; V2 takes an empty one."""
_PER_UNIT = {
    **{name: name for name in ("productMassPerDeclaredUnit", "fossilGhgEmissions", "fossilCarbonContent")},
    **{name: name for name in ("biogenicCarbonContent", "aircraftGhgEmissions", "packagingGhgEmissions")},
    "pcfExcludingBiogenicUptake": "pCfExcludingBiogenic",
    "pcfIncludingBiogenicUptake": "pCfIncludingBiogenic",
    "landUseChangeGhgEmissions": "dLucGhgEmissions",
    "landCarbonLeakage": "iLucGhgEmissions",
    "biogenicNonCO2Emissions": "otherBiogenicGhgEmissions",
    "biogenicCO2Uptake": "biogenicCarbonWithdrawal",
}
"""Amounts per declared unit, by their names in V3 and V2."""
_STANDARDS = {
    ISO_14067: "ISO Standard 14067",
    ISO_14040: "ISO Standard 14044",
    "GHGP-Product": "GHG Protocol Product standard",
}
"""What ``crossSectoralStandardsUsed`` calls them."""
_CARBON_IN_CO2 = Decimal(12) / Decimal(44)
_SHARED_IN_VERIFICATION = ("providerName", "completedAt", "standardName", "comments")
_SHARED_COVERAGE = "product level"


def to_v2(top: Values, pcf: Values) -> Values:
    """The values of a V2 footprint as far as a V3 one gives them. Ratings stay out: no scale converts to the other."""
    v2 = _kept(pcf, _PCF) | _narrowest_area(pcf)
    for name, name_in_v2 in _PER_UNIT.items():
        _put(v2, name_in_v2, decimal_of(pcf, name))
    _put(v2, "landManagementGhgEmissions", _land_management(pcf))
    if "biogenicCarbonContent" not in v2:
        _put(v2, "biogenicCarbonContent", _carbon_of_uptake(pcf))
    _put(v2, "declaredUnit", text(pcf, "declaredUnitOfMeasurement"))
    _put(v2, "unitaryProductAmount", decimal_of(pcf, "declaredUnitAmount"))
    if "packagingGhgEmissions" in v2:
        v2.setdefault("packagingEmissionsIncluded", True)
    v2.update({name: text(pcf, name) or "" for name in _TEXTS_V2_DEMANDS})
    factors = reports(pcf, PactVersion.V3)
    _put(v2, "ipccCharacterizationFactorsSources", factors or None)
    _put(v2, "characterizationFactors", next((report for report in ("AR5", "AR6") if report in factors), None))
    standards = texts(pcf, "crossSectoralStandards")
    used = (_STANDARDS[name] for name in standards if name in _STANDARDS)
    _put(v2, "crossSectoralStandardsUsed", tuple(used) or None)
    _put(v2, "crossSectoralStandards", tuple(name for name in standards if name in STANDARDS_OF_V2) or None)
    if "verification" in pcf:
        v2["assurance"] = _assurance(object_of(pcf, "verification"))
    document = _kept(top, _TOP) | {"version": 1, "comment": text(top, "comment") or "", "pcf": v2}
    _put(document, "productCategoryCpc", cpc_of(texts(top, "productClassifications")))
    return document


def to_v3(top: Values, pcf: Values) -> Values:
    """The values of a V3 footprint as far as a V2 one gives them. Ratings stay out: no scale converts to the other."""
    v3 = _kept(pcf, _PCF) | _narrowest_area(pcf)
    unit = text(pcf, "declaredUnit")
    for name, name_in_v2 in _PER_UNIT.items():
        _put(v3, name, decimal_of(pcf, name_in_v2))
    _put_land_management(v3, decimal_of(pcf, "landManagementGhgEmissions"))
    _put(v3, "pcfIncludingBiogenicUptake", _total_with_uptake(pcf))
    if "productMassPerDeclaredUnit" not in v3:
        _put(v3, "productMassPerDeclaredUnit", mass_of_unit(unit))
    _put(v3, "declaredUnitOfMeasurement", unit)
    _put(v3, "declaredUnitAmount", decimal_of(pcf, "unitaryProductAmount"))
    for name in _TEXTS_V2_DEMANDS:
        _put(v3, name, text(pcf, name) or None)
    _put(v3, "ipccCharacterizationFactors", reports(pcf, PactVersion.V2) or None)
    used = texts(pcf, "crossSectoralStandardsUsed")
    standards = texts(pcf, "crossSectoralStandards") or tuple(
        name for name, name_in_v2 in _STANDARDS.items() if name_in_v2 in used
    )
    _put(v3, "crossSectoralStandards", standards or None)
    assurance = object_of(pcf, "assurance")
    if assurance.get("assurance") is True:
        v3["verification"] = _verification(assurance)
    document = _kept(top, _TOP) | {"pcf": v3}
    _put(document, "productClassifications", classifications(top) or None)
    _put(document, "comment", text(top, "comment") or None)
    return document


def mass_of_unit(unit: str | None) -> Decimal | None:
    """The mass of one unit where the unit itself says it, in kg; 0 of energy, transport and services."""
    if unit == "kilogram":
        return Decimal(1)
    return Decimal(0) if unit in MASSLESS_UNITS else None


def _kept(values: Values, names: tuple[str, ...]) -> Values:
    return {name: values[name] for name in names if name in values}


def _put(values: Values, name: str, value: object | None) -> None:
    if value is not None:
        values[name] = value


def _narrowest_area(pcf: Values) -> Values:
    return dict([(name, pcf[name]) for name in GEOGRAPHY if name in pcf][:1])


def _land_management(pcf: Values) -> Decimal | None:
    """V2 nets emissions and removals."""
    names = ("landManagementBiogenicCO2Emissions", "landManagementBiogenicCO2Removals")
    given = [part for name in names if (part := decimal_of(pcf, name)) is not None]
    return sum(given, Decimal(0)) if given else None


def _put_land_management(v3: Values, net: Decimal | None) -> None:
    is_removal = net is not None and net < 0
    _put(v3, f"landManagementBiogenicCO2{'Removals' if is_removal else 'Emissions'}", net)


def _carbon_of_uptake(pcf: Values) -> Decimal | None:
    """The biogenic carbon of a product whose uptake is known: the carbon in that CO2."""
    uptake = uptake_of(pcf, PactVersion.V3)
    return None if uptake is None else Context(prec=17).multiply(-uptake, _CARBON_IN_CO2)


def _total_with_uptake(pcf: Values) -> Decimal | None:
    total, uptake = decimal_of(pcf, "pCfExcludingBiogenic"), decimal_of(pcf, "biogenicCarbonWithdrawal")
    given = decimal_of(pcf, "pCfIncludingBiogenic")
    return given if given is not None or total is None or uptake is None else total + uptake


def _assurance(verification: Values) -> Values:
    shared = _kept(verification, _SHARED_IN_VERIFICATION)
    if verification.get("coverage") == _SHARED_COVERAGE:
        shared["coverage"] = _SHARED_COVERAGE
    return {"assurance": True, "providerName": "", **shared}


def _verification(assurance: Values) -> Values:
    shared = {name: value for name, value in _kept(assurance, _SHARED_IN_VERIFICATION).items() if value != ""}
    if assurance.get("coverage") == _SHARED_COVERAGE:
        shared["coverage"] = _SHARED_COVERAGE
    return shared


PROJECTIONS: Mapping[PactVersion, Callable[[Values, Values], Values]] = {PactVersion.V2: to_v2, PactVersion.V3: to_v3}
"""By the version that comes out."""
