"""A declaration as a Catena-X carbon footprint (Pcf 9.0.0).

A PACT V3 document states its values for the same quantity as Catena-X, ``declaredUnitAmount`` times the unit, so they
are taken from it as they stand; without one, a declaration's values per unit are multiplied by the amount.
"""

import copy
import math
import re
from collections.abc import Mapping, Sequence
from datetime import date

from graph_service.errors import Finding, InvalidInput
from graph_service.exchange.catena_x.pact_source import PactSource
from graph_service.exchange.catena_x.sections import for_amount, percent_of
from graph_service.exchange.catena_x.timestamps import format_day, parse_timestamp
from graph_service.exchange.catena_x.words import (
    AIRCRAFT,
    BOUNDARIES,
    COMPONENTS,
    GLOBAL,
    GWP_SETS,
    NEVER_POSITIVE,
    REGIONS,
    RETROSPECTIVE,
    SPEC_VERSION,
    STATUSES,
    UNITS,
    UNSPECIFIED_GWP,
)
from graph_service.model.areas import SUBREGION_OF
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import CarbonComponent, DocumentFormat, RatingScale

SAME = 1e-9
"""Relative: values of a document and of the declaration read from it, after a division and a multiplication."""

DEFAULT_VALIDITY_YEARS = 3
"""PACT: without an end of its own a footprint is valid for three years after its reference period."""

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_URI = re.compile(r"[a-z][a-z0-9+.-]*:(?:[a-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9a-f]{2})+", re.IGNORECASE | re.ASCII)
_COUNTRY = re.compile(r"([A-Z]{2})(-[A-Z0-9]{1,3})?", re.ASCII)
_NO_FIELD = (CarbonComponent.TECHNOLOGICAL_REMOVALS, CarbonComponent.CCS_CAPTURE)
_MASSLESS_UNITS = ("kilowatt hour", "megajoule", "ton kilometer", "hour")

Json = dict[str, object]


def write_pcf(footprint: PushedDeclaration) -> Mapping[str, object]:
    """The footprint as a Catena-X document; one that came as such goes out as it came, but for its status.

    Raises ``InvalidInput`` where what the schema demands is not known or has no place in it; every finding names the
    field.
    """
    if footprint.document_format is DocumentFormat.CATENA_X and footprint.document is not None:
        return _with_status(footprint.document, is_deprecated=footprint.is_deprecated)
    writing = _Writing(footprint)
    document = writing.document()
    if writing.missing:
        names = ", ".join(finding.path for finding in writing.missing)
        raise InvalidInput(f"the footprint cannot be written for Catena-X: {names}", findings=writing.missing)
    return document


def _with_status(document: Mapping[str, object], *, is_deprecated: bool) -> Json:
    written: Json = copy.deepcopy(dict(document))
    found: object = written
    for name in ("pcfAssessmentAndMethodology", "pcfAssessmentInformation", "idAndVersion"):
        found = found.get(name) if isinstance(found, Mapping) else None
        found = found[0] if isinstance(found, list) and found else None
    if not isinstance(found, dict):
        raise InvalidInput("the Catena-X document has no idAndVersion, so it cannot carry a status")
    if is_deprecated != (found.get("status") == "Deprecated"):
        found["status"] = STATUSES[is_deprecated]
    return written


class _Writing:
    """One document while it is written; ``missing`` collects what it cannot be written without."""

    def __init__(self, footprint: PushedDeclaration) -> None:
        self.footprint = footprint
        is_pact = footprint.document_format is DocumentFormat.PACT_V3 and footprint.document is not None
        self.amount = footprint.declared_unit_amount or 1.0
        document = footprint.document if is_pact and footprint.document is not None else {}
        self.pact = PactSource(document, self.amount)
        self.missing: list[Finding] = []

    def document(self) -> Json:
        footprint, pact = self.footprint, self.pact
        scope = next(word for word, boundary in BOUNDARIES.items() if boundary is footprint.boundary)
        general = _given({"comment": self._comment()})
        return {
            "scopeOfPcfForm": [{"specVersion": SPEC_VERSION, "partialFullPcf": scope}],
            "companyAndProductInformation": [
                {"companyInformation": [self._company()], "productInformation": [self._product()]}
            ],
            "pcfAssessmentAndMethodology": [
                {
                    "dataSourcesAndQuality": [self._quality()],
                    "pcfAssessmentInformation": [self._assessment()],
                    "pcfMethodology": [self._methodology()],
                }
            ],
            "general": [general] if general else [],
            "carbonContent": [pact.carbon_content()],
            "productLifeCycleStagesAndEmissions": [
                {
                    "productionStage": [self._production()],
                    "distributionStage": [pact.distribution()],
                    "packagingStage": pact.packaging(),
                }
            ],
        }

    def _lacks(self, name: str, message: str, *, code: str = "REQUIRED") -> None:
        self.missing.append(Finding(code, "ERROR", name, message))

    def _need(self, value: object, name: str) -> object:
        if value is None or value in ("", []):
            self._lacks(name, f"{name} is not known, and Catena-X demands it")
        return value

    def _company(self) -> Json:
        footprint = self.footprint
        return {
            "companyName": self._need(footprint.company_name, "companyName"),
            "companyIds": self._uris("companyIds", footprint.company_ids),
        }

    def _uris(self, name: str, given: Sequence[str]) -> list[str]:
        for text in given:
            if not _URI.fullmatch(text):
                message = (
                    f"{name}: {text!r} is no URI (RFC 3986), which Catena-X demands; write for instance urn:gtin:471"
                )
                self._lacks(name, message, code="INVALID_IDENTIFIER")
        if not given:
            self._need(None, name)
        return list(dict.fromkeys(given))

    def _product(self) -> Json:
        footprint, unit = self.footprint, self.footprint.declared_unit
        if unit is not None and unit not in UNITS:
            message = f"declaredUnitOfMeasurement {unit!r} has no name in Catena-X, which knows {', '.join(UNITS)}"
            self._lacks("declaredUnitOfMeasurement", message, code="UNKNOWN_UNIT")
        return _given(
            {
                "productNameCompany": self._need(footprint.product_name, "productNameCompany"),
                "productIds": self._uris("productIds", footprint.product_ids),
                "declaredUnitOfMeasurement": self._need(unit, "declaredUnitOfMeasurement"),
                "declaredUnitAmount": self.amount,
                "productMassPerDeclaredUnit": self._need(self._mass_kg(), "productMassPerDeclaredUnit"),
                "productClassifications": list(dict.fromkeys(footprint.classifications)) or None,
                "productDescription": self.pact.text("productDescription"),
            }
        )

    def _mass_kg(self) -> float | None:
        """Of the declared amount."""
        footprint = self.footprint
        if footprint.product_mass_kg is not None:
            mass_kg = for_amount(footprint.product_mass_kg, self.amount)
            return self._within(
                "productMassPerDeclaredUnit", self._as_agreed("productMassPerDeclaredUnit", mass_kg), 0, math.inf
            )
        if footprint.declared_unit == "kilogram":
            return self.amount
        return 0.0 if footprint.declared_unit in _MASSLESS_UNITS else None

    def _as_stated(self, name: str, value: float) -> float:
        """The document's own number, of the whole amount; ``value`` where there is no document."""
        stated = self.pact.amount(name)
        return value if stated is None else stated

    def _as_agreed(self, name: str, value: float) -> float:
        """As ``_as_stated``, refused where the two differ: then they are not of the same quantity."""
        stated = self._as_stated(name, value)
        if not math.isclose(stated, value, rel_tol=SAME, abs_tol=1e-12):
            message = (
                f"{name} is {stated:g} in the document and {value:g} for {self.amount:g} units by what was read of it; "
                "the document's values must be of one declared unit"
            )
            self._lacks(name, message, code="SUSPECT_SUM")
        return stated

    def _quality(self) -> Json:
        footprint = self.footprint
        share = footprint.primary_data_share
        ratings = {}
        if footprint.rating_scale is RatingScale.V3:
            for name, rating in (
                ("technologicalDQR", footprint.technological_dqr),
                ("temporalDQR", footprint.temporal_dqr),
                ("geographicalDQR", footprint.geographical_dqr),
            ):
                ratings[name] = self._within(name, rating, 1, 5)
        percent = None if share is None else percent_of(share)
        return _given(
            {
                "primaryDataShare": self._within("primaryDataShare", percent, 0, 100),
                "secondaryEmissionFactorSources": self.pact.factor_sources() or None,
                **ratings,
            }
        )

    def _within(self, name: str, number: float | None, low: float, high: float) -> float | None:
        if number is not None and not (low <= number <= high and math.isfinite(number)):
            self._lacks(name, f"{name} {number:g} lies outside {low:g} to {high:g}", code="OUT_OF_RANGE")
        return number

    def _assessment(self) -> Json:
        return {
            "technology": self.pact.technology(),
            "idAndVersion": [self._identity()],
            "boundarySpecifications": [self._boundary()],
            "geography": [self._geography()],
            "time": [self._time()],
        }

    def _identity(self) -> Json:
        footprint = self.footprint
        uid = self._need(footprint.document_id, "id")
        if isinstance(uid, str) and not _UUID.fullmatch(uid):
            self._lacks("id", f"id {uid!r} is no UUID", code="INVALID_IDENTIFIER")
        end, created = footprint.reference_period_end, self._created()
        if end is not None and created is not None and end > created:
            message = (
                f"the reference period ends on {end}, after it was made: which type of prospective PCF is not known"
            )
            self._lacks("retroOrProspectivePcfType", message)
        return _given(
            {
                "id": uid,
                "version": 0,  # the schema: not used in Catena-X, must be 0
                "status": STATUSES[footprint.is_deprecated],
                "retroOrProspectivePcfType": RETROSPECTIVE,
                "precedingPfIds": [{"id": uid} for uid in footprint.preceding_uids] or None,
            }
        )

    def _created(self) -> date | None:
        moment = parse_timestamp(self.footprint.created_at or "")
        return None if moment is None else moment.date()

    def _boundary(self) -> Json:
        share = self.footprint.exempted_share
        percent = None if share is None else percent_of(share)
        number = self._need(self._within("exemptedEmissionsPercent", percent, 0, 10), "exemptedEmissionsPercent")
        description = self.pact.text("exemptedEmissionsDescription")
        return _given({"exemptedEmissionsPercent": number, "exemptedEmissionsDescription": description})

    def _geography(self) -> Json:
        region = subdivision = country = None
        for area in self.footprint.geography:
            match = _COUNTRY.fullmatch(area)
            if area in REGIONS:
                region = area
            elif match is None:
                self._lacks("geography", f"{area!r} is neither an ISO 3166 code nor a UN region", code="UNKNOWN_WORD")
            else:
                country = country or match[1]
                subdivision = area if match[2] else subdivision
        if region is None and country is not None:
            region = SUBREGION_OF.get(country)
            if region is None:
                self._lacks("geographyRegionOrSubregion", f"the UN region of country {country} is not known")
        return _given(
            {
                "geographyRegionOrSubregion": region or GLOBAL,
                "geographyCountry": country,
                "geographyCountrySubdivision": subdivision,
            }
        )

    def _time(self) -> Json:
        footprint, pact = self.footprint, self.pact
        end, until = footprint.reference_period_end, footprint.valid_to
        if until is None and end is not None:
            until = _years_after(end, DEFAULT_VALIDITY_YEARS)
        days = {
            "referencePeriodStart": footprint.reference_period_start,
            "referencePeriodEnd": end,
            "validityPeriodStart": footprint.valid_from,
            "validityPeriodEnd": until,
        }
        times: Json = {name: pact.moment(name) or (day and format_day(day)) for name, day in days.items()}
        times["created"] = pact.moment("created") or footprint.created_at
        for name in ("referencePeriodStart", "referencePeriodEnd", "validityPeriodEnd", "created"):
            self._need(times[name], name)
        if footprint.created_at is not None and parse_timestamp(footprint.created_at) is None:
            self._lacks("created", f"created {footprint.created_at!r} is no timestamp", code="NOT_A_DATE")
        return _given(times)

    def _methodology(self) -> Json:
        """Mass balancing and allocation are left empty: nothing that is written from says them."""
        gwp_set = self.footprint.gwp_set
        return {
            "massBalancingInformation": [],
            "standards": self.pact.standards(),
            "gwpCharacterizationFactorDetails": [
                {"ipccCharacterizationFactors": gwp_set if gwp_set in GWP_SETS else UNSPECIFIED_GWP}
            ],
            "allocationInForeground": [],
        }

    def _comment(self) -> str | None:
        """With the boundary's description where its own place demands what is not known: so the schema advises."""
        homeless = None if self.pact.technology() else self.pact.text("boundaryProcessesDescription")
        return "\n".join(text for text in (self.footprint.comment, homeless) if text) or None

    def _production(self) -> Json:
        footprint, amount = self.footprint, self.amount
        for component in _NO_FIELD:
            if footprint.components.get(component):
                message = f"Catena-X has no field for {component}, and its total is the sum of the others"
                self._lacks(component.value, message, code="NO_PLACE")
        if footprint.kgco2e is None:
            self._need(None, "pcfExcludingBiogenicUptake")
            return {}
        total = self._as_agreed("pcfExcludingBiogenicUptake", for_amount(footprint.kgco2e, amount))
        parts: Json = {}
        for name, component in COMPONENTS.items():
            kgco2e = footprint.components.get(component)
            if kgco2e is None:
                continue
            low, high = (-math.inf, 0.0) if component in NEVER_POSITIVE else (0.0, math.inf)
            parts[name] = self._within(name, self._as_stated(name, for_amount(kgco2e, amount)), low, high)
        uptake = parts.get("biogenicCO2Uptake", 0.0)
        including = total + uptake if isinstance(uptake, float) else total
        return _given(
            {
                "pcfExcludingBiogenicUptake": self._within("pcfExcludingBiogenicUptake", total, 0, math.inf),
                "pcfIncludingBiogenicUptake": self._as_stated("pcfIncludingBiogenicUptake", including),
                **parts,
                **self._aircraft(parts),
            }
        )

    def _aircraft(self, parts: Mapping[str, object]) -> Json:
        """PACT counts aircraft within fossil emissions, Catena-X beside them."""
        aircraft, fossil = self.pact.amount(AIRCRAFT), parts.get("fossilGhgEmissions")
        if aircraft is None or not isinstance(fossil, float):
            return {}
        if aircraft > fossil:
            message = f"{AIRCRAFT} {aircraft:g} is above fossilGhgEmissions {fossil:g}, of which it is a part"
            self._lacks(AIRCRAFT, message, code="SUSPECT_SUM")
        return {AIRCRAFT: aircraft, "fossilGhgEmissions": fossil - aircraft}


def _given(fields: Mapping[str, object]) -> Json:
    """Without what is not known: absent is left out, never null."""
    return {name: value for name, value in fields.items() if value is not None}


def _years_after(day: date, years: int) -> date | None:
    """The same day so many years later; of 29 February the 28th. None past the last day that a date can name."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28) if day.year + years <= date.max.year else None
