"""PACT documents into what the intake takes."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from graph_service.exchange.pact.cleaning import Values, clean
from graph_service.exchange.pact.codes import Findings, show
from graph_service.exchange.pact.fields import FIELDS
from graph_service.exchange.pact.moments import day_after, day_of, years_after
from graph_service.exchange.pact.plain_json import check_json
from graph_service.exchange.pact.rules import (
    GEOGRAPHY,
    RATINGS,
    WORDINGS,
    check_footprint,
    decimal_of,
    moment_of,
)
from graph_service.model.areas import areas_around
from graph_service.model.partners import PactVersion
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import CarbonComponent, DocumentFormat, RatingScale

FORMATS = {PactVersion.V3: DocumentFormat.PACT_V3, PactVersion.V2: DocumentFormat.PACT_V2}
_SCALES = {PactVersion.V3: RatingScale.V3, PactVersion.V2: RatingScale.V2}
_SPEC_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9]{8})?")
_CPC = re.compile(r"(?<![a-z0-9])(un-)?cpc(?![a-z0-9])", re.IGNORECASE)


def read_footprint(document: object, *, path: str = "") -> PushedDeclaration:
    """A ProductFootprint of V3 or V2, checked; what is wrong with it stands in the findings, nothing is raised.

    All values are of one declared unit. In V3 the document's are of ``declaredUnitAmount`` units together (openapi
    3.0.4, ``declaredUnitOfMeasurement``; ADR 0036), so they are divided by it; in V2 they are of one unit already.
    Days are UTC days; the validity ends with the day that its last moment lies on, so ``valid_to`` is the day after,
    or the day itself for an end at midnight.
    """
    findings = Findings(path)
    bare = PushedDeclaration(path, DocumentFormat.PACT_V3)
    if not isinstance(document, Mapping):
        message = f"{show(document)} is no footprint; send a JSON object"
        findings.add("PACT_NOT_A_FOOTPRINT", "", message)
        return replace(bare, findings=findings.all())
    if not check_json(document, findings):
        return replace(bare, findings=findings.all())
    version = version_of(document, findings)
    if version is None:
        return replace(bare, document=document, findings=findings.all())
    top, pcf = read_values(document, version, findings)
    return replace(_declaration(path, document, version, top, pcf), findings=findings.all())


def version_of(document: Mapping[str, object], findings: Findings) -> PactVersion | None:
    """The version that a document is of: by specVersion, else by the names in pcf; None where neither tells."""
    given = document.get("specVersion")
    by_name = {"2": PactVersion.V2, "3": PactVersion.V3}
    if isinstance(given, str) and given.partition(".")[0] in by_name:
        if not _SPEC_VERSION.fullmatch(given):
            message = f'specVersion is {show(given)}; write major.minor.patch, as "3.0.0"'
            findings.add("PACT_SPEC_VERSION", "specVersion", message)
        return by_name[given.partition(".")[0]]
    pcf = document.get("pcf")
    fields = pcf if isinstance(pcf, Mapping) else {}
    for version, wording in WORDINGS.items():
        if wording.unit in fields or wording.total in fields:
            if isinstance(given, str):
                message = f"specVersion is {show(given)}; known are 3 and 2, read as {version} by its fields"
                findings.add("PACT_SPEC_VERSION", "specVersion", message)
            return version
    message = f"specVersion is {show(given)} and pcf has the fields of neither V3 nor V2; send a ProductFootprint"
    findings.add("PACT_NOT_A_FOOTPRINT", "", message)
    return None


def read_values(document: Mapping[str, object], version: PactVersion, findings: Findings) -> tuple[Values, Values]:
    """The usable values of a document and of its pcf."""
    top = clean(document, FIELDS[version], findings)
    pcf = object_of(top, "pcf")
    top.pop("pcf", None)
    check_footprint(top, pcf, version, findings)
    return top, pcf


def _declaration(
    path: str, document: Mapping[str, object], version: PactVersion, top: Values, pcf: Values
) -> PushedDeclaration:
    wording = WORDINGS[version]
    amount = decimal_of(pcf, wording.amount)
    total = decimal_of(pcf, wording.total)
    mass = decimal_of(pcf, "productMassPerDeclaredUnit")
    begin, end = moment_of(pcf, "referencePeriodStart"), moment_of(pcf, "referencePeriodEnd")
    valid_from, valid_to = _validity(top, pcf)
    created = moment_of(top, "created")
    is_verified, verification = _verification(pcf, version)
    technological, temporal, geographical = _ratings(pcf)
    number = top.get("version")
    return PushedDeclaration(
        path=path,
        document_format=FORMATS[version],
        document=document,
        document_id=_lower(top.get("id")),
        document_version=number if isinstance(number, int) else None,
        product_ids=texts(top, "productIds"),
        company_ids=texts(top, "companyIds"),
        classifications=classifications(top),
        company_name=text(top, "companyName"),
        product_name=text(top, "productNameCompany"),
        declared_unit=text(pcf, wording.unit),
        declared_unit_amount=float(amount) if amount else None,
        product_mass_kg=None if mass is None else float(mass),
        kgco2e=None if total is None else float(total),
        components=_components(pcf, version),
        reference_period_start=day_of(begin.at) if begin else None,
        reference_period_end=day_of(end.at) if end else None,
        valid_from=valid_from,
        valid_to=valid_to,
        primary_data_share=_share(pcf, "primaryDataShare"),
        technological_dqr=technological,
        temporal_dqr=temporal,
        geographical_dqr=geographical,
        rating_scale=_SCALES[version],
        exempted_share=_share(pcf, "exemptedEmissionsPercent"),
        is_verified=is_verified,
        verification=verification,
        geography=_geography(pcf),
        gwp_set=" ".join(reports(pcf, version)) or None,
        preceding_uids=tuple(name.lower() for name in texts(top, "precedingPfIds")),
        comment=text(top, "comment") or None,
        created_at=created.text if created else None,
        is_deprecated=top.get("status") == "Deprecated",
    )


def text(values: Values, name: str) -> str | None:
    """The value of a text field, None where there is none."""
    value = values.get(name)
    return value if isinstance(value, str) else None


def texts(values: Values, name: str) -> tuple[str, ...]:
    """The value of a list of texts, empty where there is none."""
    value = values.get(name)
    return value if isinstance(value, tuple) else ()


def object_of(values: Values, name: str) -> Values:
    """The value of a field that is an object, an empty one where there is none."""
    value = values.get(name)
    return value if isinstance(value, dict) else {}


def _lower(value: object) -> str | None:
    return value.lower() if isinstance(value, str) else None


def cpc_of(names: tuple[str, ...]) -> str | None:
    """The code of the UN Central Product Classification among URNs: the last part of the first that names it."""
    return next((name.rpartition(":")[2] for name in names if _CPC.search(name.rpartition(":")[0])), None) or None


def classifications(top: Values) -> tuple[str, ...]:
    """The classes as URNs; V2's CPC code becomes ``urn:cpc:`` where no URN holds it already."""
    names, code = texts(top, "productClassifications"), text(top, "productCategoryCpc")
    code = code.strip() if code else None
    if not code or re.search(r"\s", code) or cpc_of(names) == code:
        return names
    return (*names, code if code.lower().startswith("urn:") else f"urn:cpc:{code}")


def reports(pcf: Values, version: PactVersion) -> tuple[str, ...]:
    """The IPCC reports whose characterization factors were used: ``AR6``."""
    given = texts(pcf, WORDINGS[version].reports)
    older = text(pcf, "characterizationFactors")
    return given or ((older,) if older else ())


def _components(pcf: Values, version: PactVersion) -> Mapping[CarbonComponent, float]:
    wording = WORDINGS[version]
    found: dict[CarbonComponent, float] = {}
    for name, component in wording.parts:
        value = decimal_of(pcf, name)
        if value is not None:
            is_removal = version is PactVersion.V2 and name == "landManagementGhgEmissions" and value < 0
            found[CarbonComponent.LAND_MANAGEMENT_REMOVALS if is_removal else component] = float(value)
    uptake = uptake_of(pcf, version)
    if uptake is not None:
        found[CarbonComponent.BIOGENIC_UPTAKE] = float(uptake)
    return found


def uptake_of(pcf: Values, version: PactVersion) -> Decimal | None:
    """The biogenic uptake: as given, else what the two totals differ by, where it can be one."""
    wording = WORDINGS[version]
    given = decimal_of(pcf, wording.uptake)
    total, with_uptake = decimal_of(pcf, wording.total), decimal_of(pcf, wording.total_with_uptake)
    if given is not None or total is None or with_uptake is None or with_uptake > total:
        return given
    return with_uptake - total


def _validity(top: Values, pcf: Values) -> tuple[date | None, date | None]:
    """[start, end); from referencePeriodEnd to three years after it where the document says nothing."""
    end = moment_of(pcf, "referencePeriodEnd")
    valid_from, valid_to = moment_of(top, "validityPeriodStart"), moment_of(top, "validityPeriodEnd")
    starts = valid_from.at if valid_from else end.at if end else None
    ends = valid_to.at if valid_to else years_after(end.at) if end else None
    return day_of(starts) if starts else None, day_after(ends) if ends else None


def _share(pcf: Values, name: str) -> float | None:
    percent = decimal_of(pcf, name)
    return None if percent is None else float(percent / 100)


def _ratings(pcf: Values) -> tuple[float | None, ...]:
    found = (decimal_of(object_of(pcf, "dqi"), name) for name in RATINGS)
    return tuple(None if rating is None else float(rating) for rating in found)


def _verification(pcf: Values, version: PactVersion) -> tuple[bool | None, str | None]:
    """Whether it says that it is verified, and how. In V3 the object's presence says so; an empty one says nothing."""
    if version is PactVersion.V3:
        given = pcf.get("verification")
        if not isinstance(given, dict):
            return False, None
        return (True if given else None), _verification_text(given)
    given = pcf.get("assurance")
    if not isinstance(given, dict):
        return None, None
    said = given.get("assurance")
    return said if isinstance(said, bool) else None, _verification_text(given)


def _verification_text(given: Values) -> str | None:
    completed = moment_of(given, "completedAt")
    named = [text(given, name) for name in ("providerName", "standardName", "coverage", "level", "boundary")]
    parts = [*named, day_of(completed.at).isoformat() if completed else None, text(given, "comments")]
    return "; ".join(part for part in parts if part) or None


def _geography(pcf: Values) -> tuple[str, ...]:
    """The narrowest area given and those around it; none for the whole world."""
    narrowest = next((text(pcf, name) for name in GEOGRAPHY if name in pcf), None)
    return areas_around(narrowest) if narrowest else ()
