"""PACT documents through the model and back: nothing is lost, and nothing that comes in makes the reader stumble."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from functools import partial
from typing import Any, cast

from hypothesis import assume, example, given
from hypothesis import strategies as st

from graph_service.errors import InvalidInput
from graph_service.exchange.pact import CODES, read_event, read_footprint, write_event, write_footprint
from graph_service.exchange.pact.fields import FIELDS, STANDARDS_OF_V2, Field, Form, Need
from graph_service.model.partners import PactVersion, RequestFulfilled
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import CarbonComponent, DocumentFormat
from tests.support.pact_documents import Document, event_faults, footprint_faults, v2_document, v3_document

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
NAMES = TEXTS.filter(lambda text: text.strip() != "")
URNS = st.from_regex(r"urn:[a-z]{2,5}:[A-Za-z0-9:.-]{1,12}", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1)).map(lambda at: at.isoformat() + "Z")  # noqa: DTZ001
EXTENSIONS = st.fixed_dictionaries(
    {"specVersion": TEXTS, "dataSchema": st.just("https://example.com/s.json")},
    optional={"documentation": st.just("https://example.com/d"), "own": JSON},
).flatmap(lambda head: st.dictionaries(TEXTS, JSON, max_size=3).map(lambda data: {**head, "data": data}))
PATTERNS = {
    "geographyCountry": r"[A-Z]{2}",
    "geographyCountrySubdivision": r"[A-Z]{2}-[A-Z0-9]{1,3}",
}
PLAIN: dict[Form, st.SearchStrategy[Any]] = {
    Form.WHOLE: st.integers(0, 2**31 - 1),
    Form.TEXT: TEXTS,
    Form.NAME: NAMES,
    Form.FLAG: st.booleans(),
    Form.MOMENT: MOMENTS,
    Form.UUID: st.uuids().map(str),
    Form.URI: st.just("https://example.com/a"),
    Form.URNS: st.lists(URNS, min_size=1, max_size=3, unique=True),
    Form.UUIDS: st.lists(st.uuids().map(str), min_size=1, max_size=2, unique=True),
    Form.EXTENSIONS: st.lists(EXTENSIONS, min_size=1, max_size=2),
}
PERCENTAGES = ("exemptedEmissionsPercent", "primaryDataShare", "coveragePercent")
GEOGRAPHY = ("geographyCountry", "geographyCountrySubdivision", "geographyRegionOrSubregion")


def decimals(field: Field, version: PactVersion) -> st.SearchStrategy[Decimal]:
    """Float64 in full precision, as decimals that the field allows."""
    if field.name in PERCENTAGES:
        return st.integers(0, 10_000).map(lambda value: Decimal(value) / 100)
    if field.name.endswith("DQR"):
        return st.integers(100, 500 if version is PactVersion.V3 else 300).map(lambda value: Decimal(value) / 100)
    least = 1e-3 if field.name in ("declaredUnitAmount", "unitaryProductAmount") else 0.0
    numbers = st.floats(least, 1e9, allow_subnormal=False).filter(lambda number: number == 0 or number > 1e-12)
    signs = (
        [field.sign] if field.sign else [1, -1] if least == 0 and field.name != "productMassPerDeclaredUnit" else [1]
    )
    return st.builds(lambda number, sign: Decimal(repr(number)) * sign, numbers, st.sampled_from(signs))


def written(number: Decimal) -> str:
    text = format(number, "f")
    return "0" if not number else text


def values_of(field: Field, version: PactVersion) -> st.SearchStrategy[Any]:
    if field.name == "specVersion":
        return st.just({PactVersion.V3: "3.0.0", PactVersion.V2: "2.3.0"}[version])
    if field.form in PLAIN:
        return st.from_regex(PATTERNS[field.name], fullmatch=True) if field.pattern else PLAIN[field.form]
    match field.form:
        case Form.DECIMAL:
            return decimals(field, version).map(written)
        case Form.NUMBER:
            return decimals(field, version).map(float)
        case Form.WORD | Form.UNIT:
            return st.sampled_from(field.words)
        case Form.WORDS:
            return st.lists(words_of(field, version), min_size=1, max_size=3, unique=True)
        case Form.OBJECT:
            return objects(field.within, version)
        case Form.OBJECTS:
            return st.lists(objects(field.within, version), min_size=1, max_size=2, unique_by=json.dumps)
    raise AssertionError(field)


def words_of(field: Field, version: PactVersion) -> st.SearchStrategy[str]:
    if field.pattern:
        return st.sampled_from(["AR5", "AR6"])
    if field.name == "crossSectoralStandards" and version is PactVersion.V2:
        return st.sampled_from(STANDARDS_OF_V2)
    return st.sampled_from(field.words) if field.words else NAMES


def objects(fields: tuple[Field, ...], version: PactVersion) -> st.SearchStrategy[Document]:
    demanded = {field.name: values_of(field, version) for field in fields if field.need is not Need.OPTIONAL}
    optional = {field.name: values_of(field, version) for field in fields if field.need is Need.OPTIONAL}
    return st.fixed_dictionaries(demanded, optional=optional)


def made_valid(document: Document) -> Document:
    """One place at most, periods in their order, and no predecessor of its own."""
    pcf = document["pcf"]
    for name in [name for name in GEOGRAPHY if name in pcf][1:]:
        del pcf[name]
    begin, end = sorted((pcf["referencePeriodStart"], pcf["referencePeriodEnd"]), key=datetime.fromisoformat)
    pcf["referencePeriodStart"] = begin
    pcf["referencePeriodEnd"] = end if end != begin else "2090-01-01T00:00:01Z"
    last = datetime.fromisoformat(pcf["referencePeriodEnd"])
    for name in ("validityPeriodStart", "validityPeriodEnd"):
        document.pop(name, None)
    if document["companyName"] > "m":
        document["validityPeriodStart"] = pcf["referencePeriodEnd"]
        document["validityPeriodEnd"] = (last + timedelta(days=500)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return document


def documents(version: PactVersion) -> st.SearchStrategy[Document]:
    return objects(FIELDS[version], version).map(made_valid)


V3_DOCUMENTS, V2_DOCUMENTS = documents(PactVersion.V3), documents(PactVersion.V2)


def stored(push: PushedDeclaration) -> PushedDeclaration:
    """The footprint as it is after it lay in a store as JSON text."""
    kept = json.loads(json.dumps(push.document))
    return replace(push, document=kept)


@given(V3_DOCUMENTS)
def test_v3_document_comes_back_as_it_came(document: Document) -> None:
    assert footprint_faults(document, PactVersion.V3) == []
    push = read_footprint(document)
    assert not push.has_errors, push.findings
    assert write_footprint(stored(push), version=PactVersion.V3) == document


@given(V2_DOCUMENTS)
def test_v2_document_comes_back_as_it_came(document: Document) -> None:
    assert footprint_faults(document, PactVersion.V2) == []
    push = read_footprint(document)
    assert not push.has_errors, push.findings
    assert write_footprint(stored(push), version=PactVersion.V2) == document


BOTH_ON_TOP = (
    *("id", "precedingPfIds", "created", "status", "validityPeriodStart", "validityPeriodEnd", "companyName"),
    *("companyIds", "productDescription", "productIds", "productNameCompany", "extensions"),
)
BOTH_IN_PCF = (
    *("declaredUnitOfMeasurement", "declaredUnitAmount", "productMassPerDeclaredUnit", "pcfExcludingBiogenicUptake"),
    *("pcfIncludingBiogenicUptake", "fossilCarbonContent", "biogenicCarbonContent", "fossilGhgEmissions"),
    *("landUseChangeGhgEmissions", "landCarbonLeakage", "biogenicCO2Uptake", "biogenicNonCO2Emissions"),
    *("aircraftGhgEmissions", "packagingEmissionsIncluded", "referencePeriodStart", "referencePeriodEnd"),
    *("ipccCharacterizationFactors", "productOrSectorSpecificRules", "secondaryEmissionFactorSources"),
    *("allocationRulesDescription", "exemptedEmissionsPercent", "primaryDataShare", *GEOGRAPHY),
)
BOTH_WHERE_NOT_EMPTY = ("boundaryProcessesDescription", "exemptedEmissionsDescription")


def fit_for_v2(document: Document) -> Document:
    """The document with what V2 demands beyond V3."""
    pcf = document["pcf"]
    pcf["pcfExcludingBiogenicUptake"] = pcf["pcfExcludingBiogenicUptake"].lstrip("-")
    pcf.setdefault("biogenicCarbonContent", "0.25")
    pcf.setdefault("packagingEmissionsIncluded", False)
    pcf["crossSectoralStandards"] = ["ISO14067", *pcf["crossSectoralStandards"]]
    document["productClassifications"] = ["urn:cpc:4642"]
    if pcf["declaredUnitOfMeasurement"] in ("piece", "hour", "megabit second"):
        pcf["declaredUnitOfMeasurement"] = "liter"
    return document


@given(V3_DOCUMENTS.map(fit_for_v2))
@example(fit_for_v2(v3_document(declaredUnitAmount="3")))
def test_v3_to_v2_and_back_keeps_what_both_have(document: Document) -> None:
    there = cast(Document, write_footprint(read_footprint(document), version=PactVersion.V2))
    assert footprint_faults(there, PactVersion.V2) == []
    back = cast(Document, write_footprint(read_footprint(there), version=PactVersion.V3))
    assert footprint_faults(back, PactVersion.V3) == []
    assert {name: back.get(name) for name in BOTH_ON_TOP} == {name: document.get(name) for name in BOTH_ON_TOP}
    assert back.get("comment", "") == document.get("comment", "")
    assert back["productClassifications"] == document["productClassifications"]
    for name in BOTH_IN_PCF:
        assert same(back["pcf"].get(name), document["pcf"].get(name)), name
    for name in BOTH_WHERE_NOT_EMPTY:
        assert back["pcf"].get(name, "") == document["pcf"].get(name, ""), name


def same(one: object, other: object) -> bool:
    """Decimals by their value, all else as it is."""
    if isinstance(one, str) and isinstance(other, str) and one != other:
        return Decimal(one) == Decimal(other)
    return one == other


@given(V3_DOCUMENTS.map(fit_for_v2))
def test_both_versions_of_a_footprint_say_the_same_per_unit(document: Document) -> None:
    v3 = read_footprint(document)
    v2 = read_footprint(write_footprint(v3, version=PactVersion.V2))
    for name in ("kgco2e", "product_mass_kg", "declared_unit", "declared_unit_amount", "valid_from", "valid_to"):
        assert getattr(v2, name) == getattr(v3, name), name
    for name in ("primary_data_share", "exempted_share", "geography", "gwp_set", "product_ids", "preceding_uids"):
        assert getattr(v2, name) == getattr(v3, name), name
    for part in (CarbonComponent.FOSSIL, CarbonComponent.LAND_USE_CHANGE, CarbonComponent.BIOGENIC_UPTAKE):
        assert v2.components.get(part) == v3.components.get(part)


FLOATS = st.floats(0, 1e9, allow_subnormal=False).filter(lambda number: number == 0 or number > 1e-6)
SHARES = st.none() | st.floats(0, 1, allow_subnormal=False).filter(lambda share: share == 0 or share > 1e-6)
COMPONENTS = st.fixed_dictionaries(
    {CarbonComponent.FOSSIL: FLOATS, CarbonComponent.BIOGENIC_UPTAKE: FLOATS.map(lambda number: -number)},
    optional={
        CarbonComponent.LAND_USE_CHANGE: FLOATS,
        CarbonComponent.BIOGENIC_NON_CO2: FLOATS,
        CarbonComponent.TECHNOLOGICAL_REMOVALS: FLOATS.map(lambda number: -number),
    },
)


@given(
    COMPONENTS, SHARES, FLOATS, st.sampled_from([None, 1.0, 12.5, 0.3]), st.sampled_from(["liter", "pc", "MWh", "kg"])
)
def test_own_footprint_is_written_strictly_and_read_to_the_last_digit(
    components: dict[CarbonComponent, float], share: float | None, mass: float, amount: float | None, unit: str
) -> None:
    total = sum(value for part, value in components.items() if part is not CarbonComponent.BIOGENIC_UPTAKE)
    largest = max(map(abs, components.values()))
    assume(total == 0 or abs(total) > 1e-6 * largest)
    push = PushedDeclaration(
        path="",
        document_format=DocumentFormat.SHORT,
        document_id="0b6a4c1e-51d3-4b0e-9d5c-0d1f0c0c8f11",
        product_ids=("urn:x:1",),
        company_ids=("urn:x:2",),
        company_name="榆林",
        product_name="pack",
        declared_unit=unit,
        declared_unit_amount=amount,
        product_mass_kg=mass,
        kgco2e=total,
        components=components,
        reference_period_start=date(2024, 2, 29),
        reference_period_end=date(2025, 2, 28),
        primary_data_share=share,
        exempted_share=0.0,
        gwp_set="AR6",
        created_at="2025-03-01T00:00:00Z",
    )
    document = cast(Document, write_footprint(push, version=PactVersion.V3))
    assert footprint_faults(document, PactVersion.V3) == []
    pcf = {name: Decimal(value) for name, value in document["pcf"].items() if name.endswith(("Uptake", "Emissions"))}
    parts = [document["pcf"].get(name, "0") for name in ("biogenicNonCO2Emissions", "technologicalCO2Removals")]
    parts += [document["pcf"].get(name, "0") for name in ("fossilGhgEmissions", "landUseChangeGhgEmissions")]
    with localcontext(prec=100):
        assert sum(map(Decimal, parts)) == pcf["pcfExcludingBiogenicUptake"]
        assert pcf["pcfExcludingBiogenicUptake"] + pcf["biogenicCO2Uptake"] == pcf["pcfIncludingBiogenicUptake"]
    read = read_footprint(document)
    assert not any(finding.severity == "ERROR" for finding in read.findings)
    if unit != "MWh":
        assert (read.kgco2e, read.product_mass_kg) == (total, mass)
    assert read.primary_data_share == share


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**4000), 2**63])
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["1e9999", "-0", "NaN", "9" * 500, "2025-01-01T00:00:00+99:99", "0001-01-01T00:00:00+14:00"])
    | st.sampled_from(["9999-12-31T23:59:59-14:00", "2024-02-30T00:00:00Z", "urn:x:1", "Ⅷ", "１２", "\ud800", "\0"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
PLACES: list[tuple[str | None, str]] = [(None, field.name) for fields in FIELDS.values() for field in fields]
PLACES += [("pcf", part.name) for fields in FIELDS.values() for field in fields for part in field.within]
PLACES += [("dqi", "temporalDQR"), ("verification", "completedAt"), ("assurance", "assurance")]


def attempt(call: Callable[[], Any]) -> tuple[Any, InvalidInput | None]:
    """What a call gives, or its refusal; any other exception is a defect."""
    try:
        return call(), None
    except InvalidInput as refusal:
        return None, refusal


KNOWN = {code.code for code in CODES}


@given(
    st.sampled_from([v3_document(), v2_document()]), st.lists(st.tuples(st.sampled_from(PLACES), ANY_JSON), max_size=4)
)
def test_anything_anywhere_gives_findings_and_no_exception(
    base: Document, changes: list[tuple[tuple[str | None, str], Any]]
) -> None:
    document = {**base, "pcf": dict(base["pcf"])}
    for (within, name), value in changes:
        if within is None:
            document[name] = value
        elif isinstance(document["pcf"], dict):
            part = document["pcf"] if within == "pcf" else dict(document["pcf"].get(within) or {})
            part[name] = value
            document["pcf"] = part if within == "pcf" else {**document["pcf"], within: part}
    push = read_footprint(document)
    assert {finding.code for finding in push.findings} <= KNOWN
    assert push.kgco2e is not None or push.has_errors
    for version in PactVersion:
        if push.has_errors:
            continue
        there, refusal = attempt(partial(write_footprint, push, version=version))
        if refusal:
            assert refusal.findings
        else:
            other = PactVersion.V2 if push.document_format is DocumentFormat.PACT_V3 else PactVersion.V3
            assert version is not other or footprint_faults(there, version) == []


@given(ANY_JSON)
def test_anything_is_a_footprint_with_findings_or_an_event_that_is_refused(value: Any) -> None:
    assert read_footprint(value).has_errors
    _, refusal = attempt(lambda: read_event(value))
    assert refusal
    assert refusal.findings


@given(
    st.sampled_from(["id", "source", "type", "time", "specversion", "data", "data.requestEventId", "data.pfs"]),
    ANY_JSON,
)
def test_anything_in_an_event_is_taken_or_refused(place: str, value: Any) -> None:
    push = read_footprint(v3_document())
    at = datetime(2025, 1, 1, tzinfo=UTC)
    event = cast(
        Document, write_event(RequestFulfilled("e", "r", (push,)), version=PactVersion.V3, source="/x", time=at)
    )
    assert event_faults(event) == []
    within, _, name = place.rpartition(".")
    (event[within] if within else event)[name] = value
    received, refusal = attempt(lambda: read_event(event))
    assert received or refusal
    assert {finding.code for finding in (refusal.findings if refusal else ())} <= KNOWN
