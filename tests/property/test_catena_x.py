"""Catena-X documents through the declaration and back: nothing lost, nothing made up, nothing invalid."""

import copy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from graph_service.errors import InvalidInput
from graph_service.exchange.catena_x import read_pcf, write_pcf
from graph_service.exchange.pact import read_footprint
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import CarbonComponent, DocumentFormat
from tests.support.catena_x import PCF_SCHEMA, faults, part, pcf

PARTS = PCF_SCHEMA["components"]["schemas"]
TIMESTAMPS = st.datetimes().map(lambda moment: moment.isoformat() + "Z")
NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=12)
URNS = st.from_regex(r"urn:[a-z]{2,8}:[a-zA-Z0-9.-]{1,10}", fullmatch=True)
SMALL = st.decimals(0, 10**6, allow_nan=False, allow_infinity=False, places=4).map(float)


def values(schema: Any) -> st.SearchStrategy[Any]:
    """Values that a schema of the standard allows; lists of at most two, as the schema sets no end."""
    if "$ref" in schema:
        return st.deferred(lambda: values(PARTS[schema["$ref"].rpartition("/")[2]]))
    match schema["type"]:
        case "object":
            required = set(schema.get("required", ()))
            members = {name: values(member) for name, member in schema.get("properties", {}).items()}
            needed = {name: member for name, member in members.items() if name in required}
            return st.fixed_dictionaries(
                needed, optional={name: member for name, member in members.items() if name not in required}
            )
        case "array":
            is_unique = schema.get("uniqueItems", False)
            return st.lists(values(schema["items"]), min_size=0, max_size=2, unique_by=repr if is_unique else None)
        case "boolean":
            return st.booleans()
        case "number":
            low, high = schema.get("minimum"), schema.get("maximum")
            return st.floats(
                low, high, allow_nan=False, allow_infinity=False, exclude_min=schema.get("exclusiveMinimum", False)
            )
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "T((" in schema.get("pattern", ""):
        return TIMESTAMPS
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].replace("^", "").replace("$", ""), fullmatch=True)
    return URNS if schema.get("format") == "uri" else NAMES


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(values(PCF_SCHEMA))
def test_whatever_the_schema_allows_is_read_and_goes_out_as_it_came(document: Any) -> None:
    assert faults(document) == []
    kept = copy.deepcopy(document)
    read = read_pcf(document)
    assert document == kept
    try:
        assert write_pcf(read) == kept
    except InvalidInput as error:
        assert "no idAndVersion" in error.message  # noqa: PT017  whether it raises depends on the document
    try:
        from_columns = write_pcf(replace(read, document=None))
    except InvalidInput as error:
        assert error.findings  # noqa: PT017
    else:
        assert faults(from_columns) == []


@st.composite
def sound_documents(draw: st.DrawFn) -> Any:
    """Documents that can be used: the sections of a sound one with values drawn for what varies between senders."""
    parts = {
        name: draw(SMALL) for name in ("fossilGhgEmissions", "landUseChangeGhgEmissions", "biogenicNonCO2Emissions")
    }
    uptake = -draw(SMALL)
    total = sum(parts.values())
    production = {**parts, "pcfExcludingBiogenicUptake": total, "biogenicCO2Uptake": uptake}
    production["pcfIncludingBiogenicUptake"] = total + uptake
    product = {
        "declaredUnitAmount": draw(st.decimals("0.001", 10**4, places=3).map(float)),
        "declaredUnitOfMeasurement": draw(st.sampled_from(("piece", "kilogram", "kilowatt hour", "liter"))),
        "productMassPerDeclaredUnit": draw(SMALL),
        "productIds": draw(st.lists(URNS, min_size=1, max_size=3, unique=True)),
        "productNameCompany": draw(NAMES.filter(str.strip)),
    }
    quality = {"primaryDataShare": draw(st.decimals(2, 100, places=2).map(float)), "temporalDQR": draw(st.floats(1, 5))}
    boundary = {"exemptedEmissionsPercent": draw(st.decimals(0, 10, places=2).map(float))}
    gwp = {"ipccCharacterizationFactors": draw(st.sampled_from(("AR4", "AR5", "AR6", "unspecified")))}
    scope = {"partialFullPcf": draw(st.sampled_from(("Cradle-to-gate", "Cradle-to-grave")))}
    time = {"created": "2023-01-02T03:04:05Z"}
    return pcf(
        production=production, product=product, quality=quality, boundary=boundary, gwp=gwp, scope=scope, time=time
    )


def without_document(read: PushedDeclaration) -> PushedDeclaration:
    return replace(read, document=None, findings=())


@given(sound_documents())
def test_what_was_read_is_written_anew_and_read_again_alike(document: Any) -> None:
    """The columns alone, as after a change of unit or by another format's way, hold every value of a footprint."""
    read = read_pcf(document)
    assert not read.has_errors
    written = write_pcf(replace(read, document=None))
    assert faults(written) == []
    again = read_pcf(written)
    # What no column says, as an attestation, is not written; ratios are exact only to the last digits of two roundings.
    told = ("is_verified", "verification", "kgco2e", "components", "product_mass_kg")
    same = {name: getattr(again, name) for name in told}
    assert without_document(again) == replace(without_document(read), **same)
    assert_near(again, read)


def assert_near(one: PushedDeclaration, other: PushedDeclaration) -> None:
    """Totals, components and masses agree to 1e-12 of themselves."""
    for name in ("kgco2e", "product_mass_kg"):
        ours, theirs = getattr(one, name), getattr(other, name)
        assert abs(ours - theirs) <= 1e-12 * abs(theirs), name
    assert one.components.keys() == other.components.keys()
    for component, kgco2e in other.components.items():
        assert abs(one.components[component] - kgco2e) <= 1e-12 * abs(kgco2e), component


def decimal(value: float) -> str:
    return f"{value:.4f}"


@st.composite
def pact_documents(draw: st.DrawFn) -> Any:
    """PACT V3 footprints with all that Catena-X has a field for."""
    fossil, land, uptake = draw(SMALL), draw(SMALL), draw(SMALL)
    aircraft = draw(st.floats(0, 1)) * fossil
    amount = draw(st.decimals("0.001", 10**4, places=3))
    flags = draw(st.booleans()), draw(st.booleans())
    footprint = {
        "declaredUnitOfMeasurement": draw(st.sampled_from(("piece", "kilogram", "megajoule", "square meter"))),
        "declaredUnitAmount": str(amount),
        "productMassPerDeclaredUnit": decimal(draw(SMALL)),
        "referencePeriodStart": "2025-01-01T00:00:00Z",
        "referencePeriodEnd": "2026-01-01T00:00:00Z",
        "geographyCountry": draw(st.sampled_from(("CN", "DE", "US"))),
        "boundaryProcessesDescription": draw(NAMES),
        "pcfExcludingBiogenicUptake": decimal(fossil + land),
        "pcfIncludingBiogenicUptake": decimal(fossil + land - uptake),
        "fossilGhgEmissions": decimal(fossil),
        "landUseChangeGhgEmissions": decimal(land),
        "biogenicCO2Uptake": decimal(-uptake),
        "aircraftGhgEmissions": decimal(aircraft),
        "fossilCarbonContent": decimal(draw(SMALL)),
        "packagingEmissionsIncluded": flags[0],
        "ccsTechnologicalCO2CaptureIncluded": flags[1],
        "ipccCharacterizationFactors": ["AR6"],
        "crossSectoralStandards": ["ISO14067"],
        "exemptedEmissionsPercent": decimal(draw(st.floats(0, 5))),
        "primaryDataShare": decimal(draw(st.floats(2, 100))),
        "dqi": {"technologicalDQR": "1.5", "temporalDQR": "2", "geographicalDQR": "3"},
    }
    return {
        "id": str(draw(st.uuids(version=4))),
        "specVersion": "3.0.0",
        "created": "2026-01-15T08:00:00Z",
        "status": draw(st.sampled_from(("Active", "Deprecated"))),
        "validityPeriodStart": "2026-02-01T00:00:00Z",
        "validityPeriodEnd": "2028-01-01T00:00:00Z",
        "companyName": draw(NAMES.filter(str.strip)),
        "companyIds": draw(st.lists(URNS, min_size=1, max_size=2, unique=True)),
        "productDescription": draw(NAMES),
        "productIds": draw(st.lists(URNS, min_size=1, max_size=2, unique=True)),
        "productNameCompany": draw(NAMES.filter(str.strip)),
        "pcf": footprint,
    }


OF_ONE_UNIT = {
    "production": (
        *("pcfExcludingBiogenicUptake", "pcfIncludingBiogenicUptake", "landUseChangeGhgEmissions"),
        *("biogenicCO2Uptake", "aircraftGhgEmissions"),
    ),
    "product": ("productMassPerDeclaredUnit",),
    "carbon": ("fossilCarbonContent",),
}
"""Numbers that PACT gives of one declared unit, Catena-X of all of them."""
SAME_NUMBERS = {
    "product": ("declaredUnitAmount",),
    "quality": ("primaryDataShare",),
    "boundary": ("exemptedEmissionsPercent",),
}
SAME_WORDS = {
    "product": ("declaredUnitOfMeasurement", "productIds", "productNameCompany", "productDescription"),
    "company": ("companyName", "companyIds"),
    "identity": ("id", "status"),
    "time": ("referencePeriodStart", "referencePeriodEnd", "validityPeriodStart", "validityPeriodEnd", "created"),
    "technology": ("ccsTechnologicalCO2CaptureIncluded", "boundaryProcessesDescription"),
    "packaging": ("packagingEmissionsIncluded",),
    "geography": ("geographyCountry",),
    "standards": ("crossSectoralStandards",),
}


@given(pact_documents())
def test_a_pact_footprint_keeps_every_value_that_both_have(document: Any) -> None:
    read = read_footprint(document)
    assert read.document_format is DocumentFormat.PACT_V3
    assume(not read.has_errors)
    try:
        written: Any = write_pcf(read)
    except InvalidInput as error:
        raise AssertionError([finding.message for finding in error.findings]) from error
    assert faults(written) == []
    stated = {**document, **document["pcf"]}
    for section, names in OF_ONE_UNIT.items():
        for name in names:
            whole = float(Decimal(stated[name]) * Decimal(stated["declaredUnitAmount"]))
            assert part(written, section)[name] == pytest.approx(whole, rel=1e-12), name
    for section, names in SAME_NUMBERS.items():
        for name in names:
            assert part(written, section)[name] == float(stated[name]), name
    for section, names in SAME_WORDS.items():
        for name in names:
            assert part(written, section)[name] == stated[name], name
    again = read_pcf(written)
    fossil = read.components[CarbonComponent.FOSSIL]
    assert abs(again.components[CarbonComponent.FOSSIL] - fossil) <= 1e-9 * max(fossil, 1e-6)
    assert (again.kgco2e is None) == (read.kgco2e is None)
