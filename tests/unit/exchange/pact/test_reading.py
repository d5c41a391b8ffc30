"""What footprint documents say, and what is wrong with them."""

from datetime import date
from typing import Any

import pytest

from graph_service.exchange.pact import CODES, read_footprint
from graph_service.model.partners import PactVersion
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import CarbonComponent, DocumentFormat, RatingScale
from tests.support.pact_documents import SCHEMAS_OF, footprint_faults, schema, v2_document, v3_document


def found(push: PushedDeclaration) -> list[tuple[str, str, str]]:
    return [(finding.code, finding.severity, finding.path) for finding in push.findings]


def test_documents_of_these_tests_are_valid_and_clean() -> None:
    assert footprint_faults(v3_document(), PactVersion.V3) == []
    assert footprint_faults(v2_document(), PactVersion.V2) == []
    assert found(read_footprint(v3_document())) == []
    assert found(read_footprint(v2_document())) == []


def test_v3_document_is_read_field_by_field() -> None:
    document = v3_document()
    push = read_footprint(document, path="pfs[3]")
    assert push == PushedDeclaration(
        path="pfs[3]",
        document_format=DocumentFormat.PACT_V3,
        document=document,
        document_id="079e425a-464f-528d-341d-4a944a1dfd70",
        product_ids=("urn:gtin:4712345060507",),
        company_ids=("urn:uuid:51131fb5-42a2-4267-a402-0ecfefad1619",),
        classifications=("urn:pact:productclassification:un-cpc:46420",),
        company_name="秦川电池",
        product_name="LFP-280",
        declared_unit="kilogram",
        declared_unit_amount=1.0,
        product_mass_kg=1.0,
        kgco2e=2.5,
        components={
            CarbonComponent.FOSSIL: 2.4,
            CarbonComponent.LAND_USE_CHANGE: 0.1,
            CarbonComponent.BIOGENIC_UPTAKE: -0.4,
        },
        reference_period_start=date(2024, 1, 1),
        reference_period_end=date(2025, 1, 1),
        valid_from=date(2025, 1, 1),
        valid_to=date(2028, 1, 1),
        primary_data_share=0.8,
        technological_dqr=1.0,
        temporal_dqr=4.0,
        geographical_dqr=2.2,
        rating_scale=RatingScale.V3,
        exempted_share=0.025,
        is_verified=True,
        verification="TÜV; ISO 14067; 2025-03-01",
        geography=("CN-SN", "CN", "Eastern Asia", "Asia"),
        gwp_set="AR6",
        comment="first year of the new line",
        created_at="2025-02-01T08:30:00Z",
    )


def test_v2_document_is_read_on_its_own_scale_with_its_cpc_code_as_urn() -> None:
    push = read_footprint(v2_document())
    assert (push.document_format, push.document_version) == (DocumentFormat.PACT_V2, 3)
    assert (push.rating_scale, push.geographical_dqr, push.temporal_dqr) == (RatingScale.V2, 3.0, 1.5)
    assert push.classifications == ("urn:cpc:3424",)
    assert (push.is_verified, push.verification) == (True, "SGS; limited")
    assert push.components == {
        CarbonComponent.FOSSIL: 1.1,
        CarbonComponent.LAND_USE_CHANGE: 0.2,
        CarbonComponent.LAND_MANAGEMENT_BIOGENIC_CO2: 0.15,
        CarbonComponent.BIOGENIC_NON_CO2: 0.05,
        CarbonComponent.BIOGENIC_UPTAKE: -0.3,
    }
    assert (push.primary_data_share, push.exempted_share) == (0.5612, 0.02)


def test_bottle_of_twelve_litres_is_the_same_per_litre_in_both_versions() -> None:
    v2 = read_footprint(v2_document())
    v3 = read_footprint(
        v3_document(
            declaredUnitOfMeasurement="liter",
            declaredUnitAmount="12",
            productMassPerDeclaredUnit="0.789",
            pcfExcludingBiogenicUptake="1.5",
            pcfIncludingBiogenicUptake="1.2",
            fossilGhgEmissions="1.5",
            landUseChangeGhgEmissions=None,
            biogenicCO2Uptake="-0.3",
        )
    )
    assert (v3.kgco2e, v3.product_mass_kg, v3.declared_unit_amount) == (1.5, 0.789, 12.0)
    assert (v2.kgco2e, v2.product_mass_kg, v2.declared_unit_amount) == (1.5, 0.789, 12.0)
    assert v3.components[CarbonComponent.BIOGENIC_UPTAKE] == v2.components[CarbonComponent.BIOGENIC_UPTAKE] == -0.3


def test_an_amount_other_than_one_is_warned_of_since_some_give_values_of_the_whole_product() -> None:
    push = read_footprint(v3_document(declaredUnitAmount="80", productMassPerDeclaredUnit="1"))
    assert found(push) == [("PACT_DECLARED_AMOUNT", "WARNING", "pcf.declaredUnitAmount")]
    assert "80 kilogram" in push.findings[0].message


def test_mass_of_eighty_kilograms_of_one_kilogram_is_warned_of() -> None:
    push = read_footprint(v3_document(declaredUnitAmount="80", productMassPerDeclaredUnit="80"))
    assert found(push) == [("PACT_DECLARED_AMOUNT", "WARNING", "pcf.declaredUnitAmount")]
    assert "80 kg of one kilogram" in push.findings[0].message


def test_uptake_is_what_the_totals_differ_by_where_it_is_not_given() -> None:
    push = read_footprint(v3_document(biogenicCO2Uptake=None))
    assert push.components[CarbonComponent.BIOGENIC_UPTAKE] == -0.4
    above = read_footprint(v3_document(biogenicCO2Uptake=None, pcfIncludingBiogenicUptake="2.9"))
    assert CarbonComponent.BIOGENIC_UPTAKE not in above.components
    assert found(above) == [("PACT_SUM", "WARNING", "pcf.pcfIncludingBiogenicUptake")]


def test_net_removal_of_land_management_in_v2_is_a_removal() -> None:
    push = read_footprint(v2_document(landManagementGhgEmissions="-0.15", pCfExcludingBiogenic="1.2"))
    assert push.components[CarbonComponent.LAND_MANAGEMENT_REMOVALS] == -0.15
    assert CarbonComponent.LAND_MANAGEMENT_BIOGENIC_CO2 not in push.components


@pytest.mark.parametrize(
    ("start", "end", "valid_from", "valid_to"),
    [
        ("2025-01-01T00:00:00Z", "2027-12-31T00:00:00Z", date(2025, 1, 1), date(2027, 12, 31)),
        ("2025-01-01T06:00:00Z", "2027-12-31T12:00:00Z", date(2025, 1, 1), date(2028, 1, 1)),
        ("2025-02-01T00:00:00Z", "2026-01-01T07:00:00+08:00", date(2025, 2, 1), date(2026, 1, 1)),
    ],
)
def test_day_on_which_the_validity_ends_is_still_valid_unless_it_ends_at_midnight(
    start: str, end: str, valid_from: date, valid_to: date
) -> None:
    push = read_footprint({**v3_document(), "validityPeriodStart": start, "validityPeriodEnd": end})
    assert (push.valid_from, push.valid_to) == (valid_from, valid_to)


def test_leap_day_is_valid_until_the_last_of_february() -> None:
    push = read_footprint(v3_document(referencePeriodEnd="2024-02-29T00:00:00Z"))
    assert (push.valid_from, push.valid_to) == (date(2024, 2, 29), date(2027, 2, 28))


PCF_FAULTS: list[tuple[dict[str, object], str, str, str]] = [
    ({"pcfExcludingBiogenicUptake": None}, "PACT_FIELD_MISSING", "ERROR", "pcf.pcfExcludingBiogenicUptake"),
    ({"fossilCarbonContent": None}, "PACT_FIELD_MISSING", "WARNING", "pcf.fossilCarbonContent"),
    ({"pcfExcludingBiogenicUptake": 2.5}, "PACT_FIELD_TYPE", "WARNING", "pcf.pcfExcludingBiogenicUptake"),
    ({"pcfExcludingBiogenicUptake": True}, "PACT_FIELD_TYPE", "ERROR", "pcf.pcfExcludingBiogenicUptake"),
    ({"pcfExcludingBiogenicUptake": "2,5"}, "PACT_DECIMAL", "ERROR", "pcf.pcfExcludingBiogenicUptake"),
    ({"pcfExcludingBiogenicUptake": "25e-1"}, "PACT_DECIMAL", "WARNING", "pcf.pcfExcludingBiogenicUptake"),
    ({"pcfExcludingBiogenicUptake": "1e999"}, "PACT_VALUE_RANGE", "ERROR", "pcf.pcfExcludingBiogenicUptake"),
    ({"recycledCarbonContent": "1" * 41}, "PACT_DECIMAL", "ERROR", "pcf.recycledCarbonContent"),
    ({"recycledCarbonContent": "9" * 10_000}, "PACT_DECIMAL", "ERROR", "pcf.recycledCarbonContent"),
    ({"recycledCarbonContent": 10**400}, "PACT_DECIMAL", "ERROR", "pcf.recycledCarbonContent"),
    ({"recycledCarbonContent": "１"}, "PACT_DECIMAL", "WARNING", "pcf.recycledCarbonContent"),
    ({"declaredUnitAmount": "0"}, "PACT_VALUE_RANGE", "ERROR", "pcf.declaredUnitAmount"),
    ({"primaryDataShare": "101"}, "PACT_VALUE_RANGE", "WARNING", "pcf.primaryDataShare"),
    ({"primaryDataShare": "0.8"}, "PACT_SHARE_SUSPICIOUS", "WARNING", "pcf.primaryDataShare"),
    ({"exemptedEmissionsPercent": "1"}, "PACT_SHARE_SUSPICIOUS", "WARNING", "pcf.exemptedEmissionsPercent"),
    ({"exemptedEmissionsPercent": "3.1"}, "LARGE_CUT_OFF", "WARNING", "pcf.exemptedEmissionsPercent"),
    (
        {"biogenicCO2Uptake": "0.4", "pcfIncludingBiogenicUptake": "2.9"},
        "PACT_SIGN",
        "WARNING",
        "pcf.biogenicCO2Uptake",
    ),
    ({"fossilGhgEmissions": "2"}, "PACT_SUM", "WARNING", "pcf.pcfExcludingBiogenicUptake"),
    ({"pcfIncludingBiogenicUptake": "2"}, "PACT_SUM", "WARNING", "pcf.pcfIncludingBiogenicUptake"),
    ({"referencePeriodEnd": "2025-01-01"}, "PACT_TIMESTAMP", "WARNING", "pcf.referencePeriodEnd"),
    ({"referencePeriodEnd": "2025-01-01T00:00:00"}, "PACT_TIMESTAMP", "WARNING", "pcf.referencePeriodEnd"),
    ({"referencePeriodEnd": "2025-01-01T00:00:00+00:00"}, "PACT_TIMESTAMP", "INFO", "pcf.referencePeriodEnd"),
    ({"referencePeriodEnd": "2025-02-30T00:00:00Z"}, "PACT_TIMESTAMP", "ERROR", "pcf.referencePeriodEnd"),
    ({"referencePeriodEnd": "2023-01-01T00:00:00Z"}, "PACT_PERIOD", "ERROR", "pcf.referencePeriodEnd"),
    ({"declaredUnitOfMeasurement": "barrel"}, "PACT_UNIT", "ERROR", "pcf.declaredUnitOfMeasurement"),
    ({"declaredUnitOfMeasurement": "Kilogram"}, "PACT_UNIT", "WARNING", "pcf.declaredUnitOfMeasurement"),
    (
        {"dqi": {"technologicalDQR": "6", "geographicalDQR": "2", "temporalDQR": "2"}},
        *("PACT_SCALE", "WARNING"),
        "pcf.dqi.technologicalDQR",
    ),
    ({"geographyCountry": "CN"}, "PACT_GEOGRAPHY", "WARNING", "pcf.geographyCountry"),
    ({"geographyCountry": "china"}, "PACT_UNKNOWN_VALUE", "WARNING", "pcf.geographyCountry"),
    ({"geographyRegionOrSubregion": "Europe"}, "PACT_GEOGRAPHY", "WARNING", "pcf.geographyRegionOrSubregion"),
    (
        {"packagingEmissionsIncluded": False, "packagingGhgEmissions": "0.1"},
        *("PACT_CONTRADICTION", "WARNING"),
        "pcf.packagingGhgEmissions",
    ),
    ({"ccuCalculationApproach": "Guess"}, "PACT_UNKNOWN_VALUE", "WARNING", "pcf.ccuCalculationApproach"),
    (
        {"ipccCharacterizationFactors": ["AR6", "6"]},
        *("PACT_UNKNOWN_VALUE", "WARNING"),
        "pcf.ipccCharacterizationFactors[1]",
    ),
    ({"productOrSectorSpecificRules": []}, "PACT_EMPTY", "WARNING", "pcf.productOrSectorSpecificRules"),
    ({"crossSectoralStandards": []}, "PACT_FIELD_MISSING", "WARNING", "pcf.crossSectoralStandards"),
    ({"crossSectoralStandards": ["PEF", "PEF"]}, "PACT_EMPTY", "WARNING", "pcf.crossSectoralStandards"),
    ({"verification": {}}, "PACT_EMPTY", "WARNING", "pcf.verification"),
    ({"fosilGhgEmissions": "2"}, "PACT_FIELD_UNKNOWN", "INFO", "pcf"),
]


@pytest.mark.parametrize(("pcf", "code", "severity", "place"), PCF_FAULTS)
def test_fault_in_pcf_is_found_at_its_place(pcf: dict[str, object], code: str, severity: str, place: str) -> None:
    push = read_footprint(v3_document(**pcf), path="pfs[1]")
    assert found(push) == [(code, severity, f"pfs[1].{place}")]
    assert push.has_errors == (severity == "ERROR")


TOP_FAULTS: list[tuple[dict[str, object], list[tuple[str, str, str]]]] = [
    ({"id": "4711"}, [("PACT_IDENTIFIER", "WARNING", "id")]),
    ({"id": None}, [("PACT_FIELD_MISSING", "ERROR", "id")]),
    ({"specVersion": "3.0"}, [("PACT_SPEC_VERSION", "WARNING", "specVersion")]),
    ({"specVersion": "4.0.0"}, [("PACT_SPEC_VERSION", "WARNING", "specVersion")]),
    ({"status": "active"}, [("PACT_UNKNOWN_VALUE", "WARNING", "status")]),
    ({"status": "Draft"}, [("PACT_UNKNOWN_VALUE", "WARNING", "status")]),
    (
        {"productIds": ["4712345060507"]},
        [
            ("PACT_IDENTIFIER", "ERROR", "productIds"),
            ("PACT_IDENTIFIER", "WARNING", "productIds[0]"),
        ],
    ),
    ({"productIds": ["urn:gtin:1", "a b"]}, [("PACT_IDENTIFIER", "WARNING", "productIds[1]")]),
    ({"companyIds": "urn:x:1"}, [("PACT_FIELD_TYPE", "WARNING", "companyIds")]),
    ({"precedingPfIds": ["079E425A-464f-528d-341d-4a944a1dfd70"]}, [("PACT_IDENTIFIER", "WARNING", "precedingPfIds")]),
    ({"comment": None}, [("PACT_EMPTY", "WARNING", "comment")]),
    (
        {"validityPeriodStart": "2024-06-01T00:00:00Z", "validityPeriodEnd": "2026-01-01T00:00:00Z"},
        [("PACT_VALIDITY", "WARNING", "validityPeriodStart")],
    ),
    (
        {"validityPeriodStart": "2025-06-01T00:00:00Z", "validityPeriodEnd": "2028-01-01T00:00:01Z"},
        [("PACT_VALIDITY", "WARNING", "validityPeriodEnd")],
    ),
    ({"validityPeriodStart": "2025-06-01T00:00:00Z"}, [("PACT_VALIDITY", "WARNING", "validityPeriodEnd")]),
    (
        {"validityPeriodStart": "2026-06-01T00:00:00Z", "validityPeriodEnd": "2026-01-01T00:00:00Z"},
        [("PACT_VALIDITY", "ERROR", "validityPeriodEnd")],
    ),
    (
        {"extensions": [{"specVersion": "2.0.0", "dataSchema": "x y", "data": {}}]},
        [("PACT_IDENTIFIER", "WARNING", "extensions[0].dataSchema")],
    ),
    ({"version": 1}, [("PACT_FIELD_UNKNOWN", "INFO", "")]),
    ({"comment": "a\x00b"}, [("PACT_NOT_JSON", "ERROR", "")]),
    ({"comment": "\ud800"}, [("PACT_NOT_JSON", "ERROR", "")]),
    ({"extensions": [{"data": {"x": float("nan")}}]}, [("PACT_NOT_JSON", "ERROR", "")]),
    ({"extensions": [{"data": {"x": 10**5000}}]}, [("PACT_NOT_JSON", "ERROR", "")]),
    ({"pcf": [1]}, [("PACT_FIELD_TYPE", "ERROR", "pcf")]),
]


@pytest.mark.parametrize(("top", "expected"), TOP_FAULTS)
def test_fault_of_the_document_is_found(top: dict[str, object], expected: list[tuple[str, str, str]]) -> None:
    assert found(read_footprint({**v3_document(), **top})) == expected


V2_FAULTS: list[tuple[dict[str, object], str, str, str]] = [
    ({"declaredUnit": "piece"}, "PACT_UNIT", "WARNING", "pcf.declaredUnit"),
    ({"primaryDataShare": "12.9"}, "PACT_FIELD_TYPE", "WARNING", "pcf.primaryDataShare"),
    ({"exemptedEmissionsPercent": 5.5}, "LARGE_CUT_OFF", "WARNING", "pcf.exemptedEmissionsPercent"),
    ({"dqi": {**v2_document()["pcf"]["dqi"], "temporalDQR": 4}}, "PACT_SCALE", "WARNING", "pcf.dqi.temporalDQR"),
    (
        {"biogenicAccountingMethodology": "GHPG"},
        *("PACT_UNKNOWN_VALUE", "WARNING"),
        "pcf.biogenicAccountingMethodology",
    ),
    ({"boundaryProcessesDescription": None}, *("PACT_FIELD_MISSING", "WARNING"), "pcf.boundaryProcessesDescription"),
]


@pytest.mark.parametrize(("pcf", "code", "severity", "place"), V2_FAULTS)
def test_fault_of_a_v2_document_is_found(pcf: dict[str, object], code: str, severity: str, place: str) -> None:
    assert found(read_footprint(v2_document(**pcf))) == [(code, severity, place)]


def test_rating_outside_its_scale_and_share_outside_percent_never_enter() -> None:
    ratings = {"technologicalDQR": "4823", "geographicalDQR": "0", "temporalDQR": "2"}
    push = read_footprint(v3_document(dqi=ratings, primaryDataShare="250"))
    assert (push.technological_dqr, push.geographical_dqr, push.temporal_dqr) == (None, None, 2.0)
    assert push.primary_data_share is None


def test_official_example_that_only_adds_up_with_a_part_of_a_part_passes_with_a_warning() -> None:
    push = read_footprint(
        v3_document(
            pcfExcludingBiogenicUptake="0.42",
            pcfIncludingBiogenicUptake="0.05",
            fossilGhgEmissions="0.17",
            landUseChangeGhgEmissions="0.2",
            landManagementFossilGhgEmissions="0.05",
            biogenicNonCO2Emissions="0.001",
            biogenicCO2Uptake="-0.37",
        )
    )
    assert found(push) == [("PACT_SUM", "WARNING", "pcf.pcfExcludingBiogenicUptake")]
    assert "landManagementFossilGhgEmissions is part of fossilGhgEmissions" in push.findings[0].message


@pytest.mark.parametrize("value", [None, [], "x", 1, {}, {"specVersion": "1.0.0", "pcf": {}}])
def test_value_that_is_no_footprint_is_said_to_be_none(value: object) -> None:
    assert found(read_footprint(value)) == [("PACT_NOT_A_FOOTPRINT", "ERROR", "")]


def test_document_without_version_is_read_by_the_shape_of_pcf() -> None:
    without = {name: value for name, value in v2_document().items() if name != "specVersion"}
    push = read_footprint(without)
    assert push.document_format is DocumentFormat.PACT_V2
    assert found(push) == [("PACT_FIELD_MISSING", "WARNING", "specVersion")]


def test_nesting_a_thousand_deep_is_refused() -> None:
    nested: dict[str, Any] = {}
    for _ in range(1000):
        nested = {"x": [nested]}
    document = {**v3_document(), "extensions": [{"data": nested}]}
    assert found(read_footprint(document)) == [("PACT_NOT_JSON", "ERROR", "")]


def test_ten_thousand_faults_are_not_listed_one_by_one_but_an_error_among_them_is() -> None:
    rules = [{"operator": "x", "ruleNames": ["y"]}] * 10_000
    push = read_footprint(v3_document(productOrSectorSpecificRules=rules, recycledCarbonContent="1" * 41))
    assert push.has_errors
    assert len(push.findings) <= 202
    assert push.findings[-1].code == "MORE_FAULTS"


def test_message_shows_the_value_in_a_few_characters_whatever_it_is() -> None:
    push = read_footprint(v3_document(fossilCarbonContent="x" * 1_000_000))
    assert max(len(finding.message) for finding in push.findings) < 300


def test_every_code_that_these_documents_give_is_on_the_list() -> None:
    given = {code for _, code, _, _ in PCF_FAULTS + V2_FAULTS} | {row[0] for _, rows in TOP_FAULTS for row in rows}
    assert given <= {code.code for code in CODES}
    assert len({code.code for code in CODES}) == len(CODES)


@pytest.mark.parametrize("version", list(PactVersion))
def test_examples_of_every_attribute_of_the_schemas_are_read_without_error(version: PactVersion) -> None:
    base = v3_document() if version is PactVersion.V3 else v2_document()
    period = {"referencePeriodStart": "2025-04-30T00:00:00+00:00", "referencePeriodEnd": "2025-12-30T00:00:00Z"}
    tried = set()
    for name in SCHEMAS_OF[version]:
        fields = schema(name)["properties"]
        for is_within, rules in ((False, fields), (True, fields["pcf"]["properties"])):
            for field, rule in rules.items():
                if field == "specVersion":
                    continue
                for example in rule.get("examples", []) + ([rule["example"]] if "example" in rule else []):
                    tried.add(field)
                    pcf = {**base["pcf"], **period, **({field: example} if is_within else {})}
                    push = read_footprint({**base, "pcf": pcf, **({} if is_within else {field: example})})
                    assert not push.has_errors, (field, example, push.findings)
    assert {"id", "companyIds"} < tried
    assert len(tried) >= 8
