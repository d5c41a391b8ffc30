"""The values of a V3 footprint from a declaration that came without a PACT document, our own roll-ups among them."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

from graph_service.exchange.pact.cleaning import Values, is_uuid
from graph_service.exchange.pact.codes import Findings
from graph_service.exchange.pact.decimals import add, multiply, of_float, of_one, plain
from graph_service.exchange.pact.fields import COUNTRY, ISO_14067, REGIONS, REPORT, SUBDIVISION, V3_UNITS
from graph_service.exchange.pact.moments import Moment, day_of, parse, written, years_after
from graph_service.exchange.pact.projecting import mass_of_unit
from graph_service.exchange.pact.rules import RATINGS, WORDINGS
from graph_service.model.partners import PactVersion
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.units import canonical_unit, convert_factor
from graph_service.model.vocabulary import CarbonComponent, RatingScale, SystemBoundary

_PARTS = WORDINGS[PactVersion.V3].parts
_STANDARDS = (ISO_14067, "PACT-3.0")
"""What totals here are computed by; a declaration without document names none."""
_ROUNDING = Decimal("1e-9")
"""Parts and total come from float64 sums of many terms; more than this, relative, is no rounding."""
_URN = re.compile(r"urn:\S+", re.IGNORECASE)


def compose(footprint: PushedDeclaration, findings: Findings) -> Values:
    """The values as far as the declaration gives them; what contradicts itself is noted.

    A fossil carbon content is demanded and never known here: it is written as 0, and the comment says so.
    """
    pcf: Values = {"crossSectoralStandards": _STANDARDS, "fossilCarbonContent": Decimal(0)}
    units = _put_unit(pcf, footprint, findings)
    if units is not None:
        _put_amounts(pcf, footprint, units, findings)
    _put_quality(pcf, footprint)
    _put_geography(pcf, footprint, findings)
    if footprint.boundary is not SystemBoundary.CRADLE_TO_GATE:
        message = "the footprint is cradle to grave; PACT footprints are cradle to gate"
        findings.add("PACT_NOT_WRITABLE", "pcf", message)
    top = _identity(footprint)
    _put_periods(top, pcf, footprint, findings)
    remark = "The fossil carbon content was not determined; 0 stands for it."
    top["comment"] = f"{footprint.comment} {remark}" if footprint.comment else remark
    return top | {"pcf": pcf}


def _identity(footprint: PushedDeclaration) -> Values:
    created = parse(footprint.created_at or "")
    found = {
        "id": footprint.document_id,
        "precedingPfIds": tuple(uid for uid in footprint.preceding_uids if is_uuid(uid)),
        "created": created,
        "companyName": footprint.company_name,
        "companyIds": _urns(footprint.company_ids),
        "productDescription": footprint.product_name,
        "productIds": _urns(footprint.product_ids),
        "productClassifications": _urns(footprint.classifications),
        "productNameCompany": footprint.product_name,
    }
    return {name: value for name, value in found.items() if value}


def _urns(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys(names) if _URN.fullmatch(name))


def _put_unit(pcf: Values, footprint: PushedDeclaration, findings: Findings) -> Decimal | None:
    """How many declared units of the document one of the footprint's own is; None where no unit fits."""
    given = footprint.declared_unit
    if given is None:
        return None
    known = canonical_unit(given)
    unit = known if known in V3_UNITS else next((name for name in V3_UNITS if convert_factor(given, name)), None)
    factor = convert_factor(given, unit) if unit else None
    if unit is None or factor is None:
        findings.add("PACT_UNIT", "pcf.declaredUnitOfMeasurement", f"{given} is none of PACT's units and none converts")
        return None
    units = of_float(factor)
    pcf["declaredUnitOfMeasurement"] = unit
    pcf["declaredUnitAmount"] = multiply(of_float(footprint.declared_unit_amount or 1.0), units)
    return units


def _put_amounts(pcf: Values, footprint: PushedDeclaration, units: Decimal, findings: Findings) -> None:
    mass = footprint.product_mass_kg
    by_unit = mass_of_unit(str(pcf["declaredUnitOfMeasurement"])) if mass is None else of_one(mass, units)
    pcf.update({} if by_unit is None else {"productMassPerDeclaredUnit": by_unit})
    if footprint.kgco2e is None:
        return
    total = of_one(footprint.kgco2e, units)
    scaled = {component: of_one(kgco2e, units) for component, kgco2e in footprint.components.items()}
    parts = _summing_parts(scaled, total, findings)
    pcf["pcfExcludingBiogenicUptake"] = total
    pcf.update({name: parts[component] for name, component in _PARTS if component in parts})
    uptake = scaled.get(CarbonComponent.BIOGENIC_UPTAKE)
    if uptake is not None:
        pcf["biogenicCO2Uptake"] = uptake
        pcf["pcfIncludingBiogenicUptake"] = add((total, uptake))


def _summing_parts(
    components: Mapping[CarbonComponent, Decimal], total: Decimal, findings: Findings
) -> dict[CarbonComponent, Decimal]:
    """The parts, so that they sum to the total exactly: rounding goes to the largest of them.

    Fossil emissions that are not given are 0 where the other parts make the whole, and unknown where they do not.
    """
    parts = {part: components[part] for _, part in _PARTS if part in components}
    known = add(parts.values())
    remainder = add((total, -known))
    largest = max(parts, key=lambda part: abs(parts[part]), default=None)
    is_rounding = abs(remainder) <= _ROUNDING * max(map(abs, (total, *parts.values())))
    if CarbonComponent.FOSSIL not in parts and is_rounding:
        parts[CarbonComponent.FOSSIL] = Decimal(0)
    if largest is not None and is_rounding:
        parts[largest] = add((parts[largest], remainder))
    elif CarbonComponent.FOSSIL in parts and not is_rounding:
        message = (
            f"the components sum to {plain(known)} kg CO2e, but the total is {plain(total)}; "
            f"declare the component that the other {plain(remainder)} are of"
        )
        findings.add("PACT_SUM", "pcf.pcfExcludingBiogenicUptake", message, severity="ERROR")
    return parts


def _put_quality(pcf: Values, footprint: PushedDeclaration) -> None:
    if footprint.exempted_share is not None:
        pcf["exemptedEmissionsPercent"] = of_float(footprint.exempted_share) * 100
    if footprint.primary_data_share is not None:
        pcf["primaryDataShare"] = of_float(footprint.primary_data_share) * 100
    given = (footprint.technological_dqr, footprint.temporal_dqr, footprint.geographical_dqr)
    ratings = [rating for rating in given if rating is not None and 1 <= rating <= 5]
    if footprint.rating_scale is RatingScale.V3 and len(ratings) == len(RATINGS):
        pcf["dqi"] = {name: of_float(rating) for name, rating in zip(RATINGS, ratings, strict=True)}
    if footprint.is_verified:
        pcf["verification"] = {"comments": footprint.verification or "verified"}
    if footprint.gwp_set:
        pcf["ipccCharacterizationFactors"] = tuple(dict.fromkeys(re.findall(REPORT, footprint.gwp_set)))
    pcf["boundaryProcessesDescription"] = "Cradle to gate."


def _put_geography(pcf: Values, footprint: PushedDeclaration, findings: Findings) -> None:
    for area in footprint.geography:
        if re.fullmatch(SUBDIVISION, area):
            pcf["geographyCountrySubdivision"] = area
        elif re.fullmatch(COUNTRY, area):
            pcf["geographyCountry"] = area
        elif area in REGIONS:
            pcf["geographyRegionOrSubregion"] = area
        else:
            continue
        return
    if footprint.geography:
        message = (
            f"{footprint.geography[0]} is no code of ISO 3166 and no region of the UN; without one it is the world"
        )
        findings.add("PACT_GEOGRAPHY", "pcf.geographyCountry", message, severity="ERROR")


def _put_periods(top: Values, pcf: Values, footprint: PushedDeclaration, findings: Findings) -> None:
    begin, end = footprint.reference_period_start, footprint.reference_period_end
    if begin:
        pcf["referencePeriodStart"] = _start_of(begin)
    if not end:
        return
    pcf["referencePeriodEnd"] = _start_of(end)
    if begin and begin >= end:
        message = f"the reference period ends on {end}, not after it begins on {begin}"
        findings.add("PACT_PERIOD", "pcf.referencePeriodEnd", message)
    latest = day_of(years_after(datetime.combine(end, time(), UTC)))
    valid_from, valid_to = footprint.valid_from or end, footprint.valid_to or latest
    if not end <= valid_from < valid_to <= latest:
        message = f"valid from {valid_from} to {valid_to}; PACT wants both within {end} and {latest}, in this order"
        findings.add("PACT_VALIDITY", "validityPeriodStart", message)
    top["validityPeriodStart"], top["validityPeriodEnd"] = _start_of(valid_from), _start_of(valid_to)


def _start_of(day: date) -> Moment:
    at = datetime.combine(day, time(), UTC)
    return Moment(written(at), at)
