"""A Catena-X carbon footprint (Pcf 9.0.0) as a declaration that the intake takes.

Its values are for ``declaredUnitAmount`` times ``declaredUnitOfMeasurement``; a declaration's are per one unit.
"""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from graph_service.errors import Finding
from graph_service.exchange.catena_x.sections import LARGEST, Findings, Section, per_unit, share_of, shown
from graph_service.exchange.catena_x.timestamps import end_day, first_day, format_moment
from graph_service.exchange.catena_x.words import (
    AIRCRAFT,
    BOUNDARIES,
    COMPONENTS,
    GLOBAL,
    GWP_SETS,
    NEVER_POSITIVE,
    PCF_TYPES,
    REGIONS,
    STATUSES,
    UNITS,
    UNSPECIFIED_GWP,
)
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import CarbonComponent, DocumentFormat, RatingScale, SystemBoundary

SUM_TOLERANCE = 1e-3
"""Of the absolute parts: documents carry three or four digits."""

MOST_EXEMPTED_PERCENT = 10
"""By the schema; above 3, the rulebook's limit, the intake warns."""

_UUID = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})", re.IGNORECASE | re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_SUBDIVISION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}", re.ASCII)
_INDEPENDENT = re.compile(r"third|3\s*rd|3\s*\.|program", re.IGNORECASE)


def read_pcf(value: object, *, path: str = "") -> PushedDeclaration:
    """A Catena-X footprint, checked; what is wrong with it stands in its findings, an ERROR refuses it."""
    if not isinstance(value, Mapping):
        message = f"a Catena-X footprint is a JSON object; this is {shown(value)}"
        finding = Finding("DOCUMENT_FORM", "ERROR", path, message)
        return PushedDeclaration(path, DocumentFormat.CATENA_X, findings=(finding,))
    return _Reading(value, path).declaration(path)


class _Reading:
    """One document while it is read."""

    def __init__(self, document: Mapping[str, object], path: str) -> None:
        self.document = document
        self.findings = Findings(path)
        root = Section(document, "", self.findings)
        about = root.section("companyAndProductInformation", is_required=True)
        method = root.section("pcfAssessmentAndMethodology", is_required=True)
        assessment = method.section("pcfAssessmentInformation", is_required=True)
        methodology = method.section("pcfMethodology")
        self.root = root
        self.scope = root.section("scopeOfPcfForm", is_required=True)
        self.company = about.section("companyInformation")
        self.product = about.section("productInformation", is_required=True)
        self.quality = method.section("dataSourcesAndQuality", is_required=True)
        self.shares = method.section("verificationAndCertificationShares")
        self.identity = assessment.section("idAndVersion", is_required=True)
        self.boundary = assessment.section("boundarySpecifications")
        self.geography = assessment.section("geography")
        self.time = assessment.section("time", is_required=True)
        self.gwp = methodology.section("gwpCharacterizationFactorDetails")
        self.general = root.section("general")
        self.stages = root.section("productLifeCycleStagesAndEmissions", is_required=True)
        self.production = self.stages.section("productionStage", is_required=True)
        self.attestation = root.section("attestationOfConformance")

    def declaration(self, path: str) -> PushedDeclaration:
        identity, product = self.identity, self.product
        unit, amount = self._unit(), self._amount()
        kgco2e, components = self._emissions(amount)
        start, end, valid_from, valid_to, created = self._times()
        self._tell_other_stages()
        mass_kg = product.number("productMassPerDeclaredUnit", low=0)
        version = identity.number("version")
        pcf_type = identity.word("retroOrProspectivePcfType", PCF_TYPES)
        is_verified, verification = self._verification()
        ratings = {name: self.quality.number(f"{name}DQR", low=1, high=5) for name in _RATED}
        return PushedDeclaration(
            path,
            DocumentFormat.CATENA_X,
            document=self.document,
            document_id=self._document_id(),
            document_version=int(version) if version is not None and version == int(version) else None,
            product_ids=product.urns("productIds", is_required=True),
            company_ids=self.company.urns("companyIds"),
            classifications=product.urns("productClassifications"),
            company_name=self.company.text("companyName"),
            product_name=product.text("productNameCompany"),
            declared_unit=unit,
            declared_unit_amount=amount,
            product_mass_kg=None if mass_kg is None or amount is None else per_unit(mass_kg, amount),
            kgco2e=kgco2e,
            components=components,
            reference_period_start=start,
            reference_period_end=end,
            valid_from=valid_from,
            valid_to=valid_to,
            primary_data_share=self._primary_share(is_prospective=pcf_type in PCF_TYPES[1:4]),
            technological_dqr=ratings["technological"],
            temporal_dqr=ratings["temporal"],
            geographical_dqr=ratings["geographical"],
            rating_scale=RatingScale.V3,
            exempted_share=self._exempted_share(),
            is_verified=is_verified,
            verification=verification,
            boundary=self._boundary(),
            geography=self._geography(),
            gwp_set=self._gwp_set(),
            preceding_uids=self._preceding(),
            comment=self.general.text("comment"),
            created_at=None if created is None else format_moment(created),
            is_deprecated=identity.word("status", STATUSES) == "Deprecated",
            findings=self.findings.all(),
        )

    def _unit(self) -> str | None:
        name = "declaredUnitOfMeasurement"
        text = self.product.text(name, is_required=True)
        if text is None or text in UNITS:
            return text
        found = next((unit for unit in UNITS if unit.casefold() == text.strip().casefold()), None)
        if found is None:
            message = f"{name} {shown(text)} is not known; write one of {', '.join(UNITS)}"
            self.findings.error("UNKNOWN_UNIT", self.product.at(name), message)
        return found

    def _amount(self) -> float | None:
        name = "declaredUnitAmount"
        amount = self.product.number(name, is_required=True)
        if amount is not None and amount <= 0:
            message = f"{name} {amount:g} must be above 0: the footprint is of so many units"
            self.findings.error("OUT_OF_RANGE", self.product.at(name), message)
            return None
        if amount is not None and amount != 1:
            message = f"the values are for {amount:g} units together; they are divided by {amount:g}, to be per unit"
            self.findings.inform("VALUES_PER_AMOUNT", self.product.at(name), message)
        return amount

    def _emissions(self, amount: float | None) -> tuple[float | None, dict[CarbonComponent, float]]:
        """Total and components per declared unit."""
        section = self.production
        total = section.number("pcfExcludingBiogenicUptake", is_required=True)
        including = section.number("pcfIncludingBiogenicUptake")
        given = {}
        for name, component in COMPONENTS.items():
            low, high = (-LARGEST, 0.0) if component in NEVER_POSITIVE else (0.0, LARGEST)
            number = section.number(name, low=low, high=high)
            if number is not None:
                given[component] = number
        aircraft = section.number(AIRCRAFT, low=0)
        if aircraft and CarbonComponent.FOSSIL in given:
            given[CarbonComponent.FOSSIL] += aircraft
        if total is None or amount is None:
            return None, {}
        self._check_sums(total, including, given)
        if including is not None and including < total:
            given.setdefault(CarbonComponent.BIOGENIC_UPTAKE, including - total)
        kgco2e = per_unit(total, amount)
        components = {component: per_unit(number, amount) for component, number in given.items()}
        if not all(map(math.isfinite, (kgco2e, *components.values()))):
            message = f"divided by declaredUnitAmount {amount:g} the values are too large"
            self.findings.error("NOT_FINITE", self.product.at("declaredUnitAmount"), message)
            return None, {}
        return kgco2e, components

    def _check_sums(self, total: float, including: float | None, given: Mapping[CarbonComponent, float]) -> None:
        place, warn = self.production.at, self.findings.warn
        parts = {component: kg for component, kg in given.items() if component is not CarbonComponent.BIOGENIC_UPTAKE}
        if CarbonComponent.FOSSIL in parts and not _is_near(math.fsum(parts.values()), total, parts.values()):
            sum_kg = math.fsum(parts.values())
            message = f"pcfExcludingBiogenicUptake is {total:g}, its parts A, C and E to H sum to {sum_kg:g}"
            warn("SUSPECT_SUM", place("pcfExcludingBiogenicUptake"), message)
        uptake = given.get(CarbonComponent.BIOGENIC_UPTAKE)
        if including is not None:
            if uptake is not None and not _is_near(total + uptake, including, (total, uptake)):
                message = f"pcfIncludingBiogenicUptake is {including:g}; without uptake {total:g} and uptake {uptake:g}"
                warn("SUSPECT_SUM", place("pcfIncludingBiogenicUptake"), f"{message} sum to {total + uptake:g}")
            elif uptake is None and including > total and not _is_near(total, including, (total,)):
                message = f"pcfIncludingBiogenicUptake {including:g} is above the {total:g} without uptake"
                warn("SUSPECT_SUM", place("pcfIncludingBiogenicUptake"), message)
        if total < 0:
            message = f"pcfExcludingBiogenicUptake {total:g} is below 0, which Catena-X does not allow"
            warn("SUSPECT_SIGN", place("pcfExcludingBiogenicUptake"), message)

    def _tell_other_stages(self) -> None:
        """Packaging is part of the production stage by the schema; what is sent out of the gate is not."""
        packaging = self.stages.section("packagingStage")
        if packaging.flag("packagingEmissionsIncluded") is False:
            message = (
                "packaging is not part of the footprint (packagingEmissionsIncluded is false); Catena-X wants it in"
            )
            self.findings.warn("PACKAGING_LEFT_OUT", packaging.at("packagingEmissionsIncluded"), message)
        distribution = self.stages.section("distributionStage")
        name = "distributionStagePcfExcludingBiogenicUptake"
        kgco2e = distribution.number(name)
        if kgco2e:
            message = f"{name} {kgco2e:g} is stated beside the production stage and is not part of the total"
            self.findings.inform("DISTRIBUTION_BESIDE", distribution.at(name), message)

    def _times(self) -> tuple[date | None, date | None, date | None, date | None, datetime | None]:
        section = self.time
        start = section.moment("referencePeriodStart", is_required=True)
        end = section.moment("referencePeriodEnd", is_required=True)
        created = section.moment("created")
        valid_from = section.moment("validityPeriodStart") or created
        valid_to = section.moment("validityPeriodEnd")
        if start is not None and end is not None and end < start:
            self._warn_of_period("referencePeriodEnd", "lies before referencePeriodStart", is_error=True)
        if valid_from is None and section.is_given:
            message = "neither validityPeriodStart nor created is given, so that nothing says from when on it is valid"
            self.findings.error("REQUIRED", section.at("validityPeriodStart"), message)
        if valid_from is not None and valid_to is not None and valid_to <= valid_from:
            self._warn_of_period("validityPeriodEnd", "is not after the start of validity", is_error=True)
        if section.value.get("validityPeriodStart") and valid_from and end and valid_from < end:
            self._warn_of_period("validityPeriodStart", "lies before referencePeriodEnd", is_error=False)
        return (
            None if start is None else first_day(start.astimezone(UTC)),
            None if end is None else end_day(end.astimezone(UTC)),
            None if valid_from is None else first_day(valid_from.astimezone(UTC)),
            None if valid_to is None else end_day(valid_to.astimezone(UTC)),
            created,
        )

    def _warn_of_period(self, name: str, what: str, *, is_error: bool) -> None:
        message = f"{name} {shown(self.time.value.get(name))} {what}"
        tell = self.findings.error if is_error else self.findings.warn
        tell("INVALID_PERIOD", self.time.at(name), message)

    def _primary_share(self, *, is_prospective: bool) -> float | None:
        percent = self.quality.number("primaryDataShare", low=0, high=100)
        if percent is None or (is_prospective and percent == 0):
            # The schema tells prospective footprints to give 0 or nothing: neither is a share.
            return None
        if 0 < percent <= 1:
            message = f"primaryDataShare is in percent, so {percent:g} is little; was {percent * 100:g} meant?"
            self.findings.warn("SUSPECT_SHARE", self.quality.at("primaryDataShare"), message)
        return share_of(percent)

    def _exempted_share(self) -> float | None:
        percent = self.boundary.number("exemptedEmissionsPercent", low=0, high=100)
        if percent is not None and percent > MOST_EXEMPTED_PERCENT:
            message = f"exemptedEmissionsPercent {percent:g} is above {MOST_EXEMPTED_PERCENT}, the most that is allowed"
            self.findings.warn("OUT_OF_RANGE", self.boundary.at("exemptedEmissionsPercent"), message)
        return None if percent is None else share_of(percent)

    def _boundary(self) -> SystemBoundary:
        word = self.scope.word("partialFullPcf", tuple(BOUNDARIES))
        return SystemBoundary.CRADLE_TO_GATE if word is None else BOUNDARIES[word]

    def _geography(self) -> tuple[str, ...]:
        """Narrowest first; the world is none."""
        found = []
        for name, pattern in (("geographyCountrySubdivision", _SUBDIVISION), ("geographyCountry", _COUNTRY)):
            text = self.geography.text(name)
            if text is not None and pattern.fullmatch(text):
                found.append(text)
            elif text is not None:
                message = f"{name} {shown(text)} is no code of ISO 3166; write for instance CN-SN and CN"
                self.findings.warn("UNKNOWN_WORD", self.geography.at(name), message)
        if len(found) == 2 and not found[0].startswith(f"{found[1]}-"):
            message = f"subdivision {found[0]} is not in country {found[1]}"
            self.findings.warn("SUSPECT_GEOGRAPHY", self.geography.at("geographyCountrySubdivision"), message)
        region = self.geography.word("geographyRegionOrSubregion", REGIONS)
        return (*found, region) if region not in (None, GLOBAL) else tuple(found)

    def _gwp_set(self) -> str | None:
        word = self.gwp.word("ipccCharacterizationFactors", GWP_SETS)
        return None if word == UNSPECIFIED_GWP else word

    def _document_id(self) -> str | None:
        text = self.identity.text("id", is_required=True)
        if text is None:
            return None
        match = _UUID.fullmatch(text.strip())
        if match is None:
            self.findings.error("INVALID_IDENTIFIER", self.identity.at("id"), f"id {shown(text)} is no UUID")
            return None
        return match[1].lower()

    def _preceding(self) -> tuple[str, ...]:
        """The schema leaves the form of a predecessor open; an id alone and ``{"id": ...}`` are read."""
        value, found = self.identity.value.get("precedingPfIds"), []
        for element in value if isinstance(value, list | tuple) else ():
            text = element.get("id") if isinstance(element, Mapping) else element
            match = _UUID.fullmatch(text.strip()) if isinstance(text, str) else None
            if match is not None:
                found.append(match[1].lower())
            elif element:
                message = f"precedingPfIds: {shown(element)} names no footprint; it is left out"
                self.findings.warn("INVALID_IDENTIFIER", self.identity.at("precedingPfIds"), message)
        return tuple(dict.fromkeys(found))

    def _verification(self) -> tuple[bool | None, str | None]:
        """Whether an independent party has looked at all of it, and the words for it."""
        stated = {name: self.shares.number(name, low=0, high=100) for name in _VERIFIED_SHARES}
        texts = [f"{_VERIFIED_SHARES[name]} {percent:g} %" for name, percent in stated.items() if percent]
        third_party = stated["productVerificationShare3rdParty"]
        kind = self.attestation.text("attestationType")
        if kind is not None:
            names = ("standardName", "attestationStandard", "providerName", "attestationOfConformanceId", "completedAt")
            told = [text for name in names if (text := self.attestation.text(name)) is not None]
            texts.insert(0, ", ".join([kind, *told]))
        is_attested = kind is not None and _INDEPENDENT.search(kind) is not None
        verification = "; ".join(texts) or None
        if is_attested or third_party == 100:
            return True, verification
        return (None if third_party is None and kind is None else False), verification


_RATED = ("technological", "temporal", "geographical")
_VERIFIED_SHARES = {
    "productVerificationShare3rdParty": "verified by a third party",
    "productVerificationShare2ndParty": "verified by a second party",
    "productVerificationShare1stParty": "verified by the supplier",
    "programCertificationShare": "from certified programmes",
}


def _is_near(number: float, other: float, parts: Iterable[float]) -> bool:
    size = max(abs(number), abs(other), *(abs(part) for part in parts))
    return abs(number - other) <= SUM_TOLERANCE * size
