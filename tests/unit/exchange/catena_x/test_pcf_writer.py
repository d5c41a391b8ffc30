"""Declarations as Catena-X footprints: valid against the standard's schema, and nothing said that is not known."""

import copy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from graph_service.errors import InvalidInput
from graph_service.exchange.catena_x import read_pcf, write_pcf
from graph_service.exchange.catena_x.words import REGIONS
from graph_service.model.areas import SUBREGION_OF
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import CarbonComponent, DocumentFormat, RatingScale, SystemBoundary
from tests.support.catena_x import example, faults, part, pcf

UID = "3893bb5d-da16-4dc1-9185-11d97476c254"

SHORT = PushedDeclaration(
    "",
    DocumentFormat.SHORT,
    document_id=UID,
    product_ids=("urn:gtin:4712345060507",),
    company_ids=("urn:BPNL000000000DWF",),
    company_name="示例电芯",
    product_name="Cell",
    declared_unit="kilowatt hour",
    declared_unit_amount=0.75,
    product_mass_kg=7.1,
    kgco2e=71.5,
    components={CarbonComponent.FOSSIL: 72, CarbonComponent.LAND_MANAGEMENT_REMOVALS: -0.5},
    reference_period_start=date(2025, 1, 1),
    reference_period_end=date(2026, 1, 1),
    valid_from=date(2026, 2, 1),
    primary_data_share=0.5612,
    technological_dqr=1.5,
    exempted_share=0.029,
    geography=("CN-SN", "CN"),
    gwp_set="AR6",
    preceding_uids=("00000000-0000-4000-8000-000000000001",),
    created_at="2026-01-15T08:00:00Z",
)

PACT: dict[str, Any] = {
    "id": UID,
    "specVersion": "3.0.0",
    "created": "2026-01-15T08:00:00Z",
    "status": "Active",
    "validityPeriodStart": "2026-02-01T00:00:00Z",
    "productDescription": "LFP, prismatic",
    "pcf": {
        "declaredUnitAmount": "0.75",
        "productMassPerDeclaredUnit": "7.1",
        "pcfExcludingBiogenicUptake": "71.5",
        "pcfIncludingBiogenicUptake": "71.5",
        "fossilGhgEmissions": "72",
        "landManagementBiogenicCO2Removals": "-0.5",
        "aircraftGhgEmissions": "4",
        "fossilCarbonContent": "0.4",
        "biogenicCarbonContent": "0.02",
        "packagingEmissionsIncluded": True,
        "packagingGhgEmissions": "0.4",
        "outboundLogisticsGhgEmissions": "2",
        "ccsTechnologicalCO2CaptureIncluded": False,
        "boundaryProcessesDescription": "Coating, winding, formation",
        "referencePeriodStart": "2025-01-01T00:00:00Z",
        "referencePeriodEnd": "2026-01-01T00:00:00Z",
        "crossSectoralStandards": ["ISO14067"],
        "productOrSectorSpecificRules": [
            {"operator": "PEF", "ruleNames": ["Batteries"]},
            {"operator": "Other", "otherOperatorName": "CFB-EV", "ruleNames": ["2023", "annex II"]},
        ],
        "secondaryEmissionFactorSources": [{"name": "ecoinvent", "version": "3.9"}],
        "exemptedEmissionsPercent": "2.9",
        "exemptedEmissionsDescription": "labels",
        "primaryDataShare": "56.12",
    },
}
FROM_PACT = replace(SHORT, document_format=DocumentFormat.PACT_V3, document=PACT)


def test_a_document_that_came_as_catena_x_goes_out_as_it_came() -> None:
    for document in (example(), pcf(identity={"status": "Deprecated"})):
        kept = copy.deepcopy(document)
        assert write_pcf(read_pcf(document)) == kept


def test_only_the_status_of_a_withdrawn_document_is_another() -> None:
    document = pcf()
    written: Any = write_pcf(replace(read_pcf(document), is_deprecated=True))
    assert document == pcf()
    assert part(written, "identity")["status"] == "Deprecated"
    part(written, "identity")["status"] = "Active"
    assert written == document


def test_a_document_made_from_columns_is_valid_and_reads_back_as_it_was() -> None:
    written: Any = write_pcf(SHORT)
    assert faults(written) == []
    assert part(written, "production") == {
        "pcfExcludingBiogenicUptake": 71.5 * 0.75,
        "pcfIncludingBiogenicUptake": 71.5 * 0.75,
        "fossilGhgEmissions": 54,
        "landManagementBiogenicCO2Removals": -0.375,
    }
    assert part(written, "quality") == {"primaryDataShare": 56.12, "technologicalDQR": 1.5}
    assert part(written, "time")["validityPeriodEnd"] == "2029-01-01T00:00:00Z"
    assert part(written, "distribution") == {"distributionStageIncluded": False}
    read = read_pcf(written)
    assert [finding.code for finding in read.findings] == ["VALUES_PER_AMOUNT"]
    told = replace(read, document=None, document_version=None, findings=(), geography=SHORT.geography)
    assert read.geography == ("CN-SN", "CN", "Eastern Asia")
    assert told == replace(SHORT, document_format=DocumentFormat.CATENA_X, valid_to=date(2029, 1, 1))


def test_what_is_not_known_is_left_out_or_empty_and_never_made_up() -> None:
    written: Any = write_pcf(SHORT)
    methodology = written["pcfAssessmentAndMethodology"][0]["pcfMethodology"][0]
    assert methodology["massBalancingInformation"] == []
    assert methodology["allocationInForeground"] == []
    assert methodology["standards"] == []
    assert written["general"] == []
    assert written["carbonContent"] == [{}]
    assert "attestationOfConformance" not in written
    assert written["pcfAssessmentAndMethodology"][0]["pcfAssessmentInformation"][0]["technology"] == []
    assert written["productLifeCycleStagesAndEmissions"][0]["packagingStage"] == []
    gwp: Any = write_pcf(replace(SHORT, gwp_set="AR6, AR5"))
    assert part(gwp, "gwp") == {"ipccCharacterizationFactors": "unspecified"}


def test_a_pact_document_gives_what_it_says_beyond_the_columns() -> None:
    written: Any = write_pcf(FROM_PACT)
    assert faults(written) == []
    production = part(written, "production")
    assert production["fossilGhgEmissions"] + production["aircraftGhgEmissions"] == 54
    assert production["aircraftGhgEmissions"] == 3
    assert part(written, "carbon") == {
        "fossilCarbonContent": 0.3,
        "biogenicCarbonContent": 0.015,
        "carbonContentTotal": 0.315,
    }
    assert part(written, "packaging") == {
        "packagingEmissionsIncluded": True,
        "packagingPcfExcludingBiogenicUptake": 0.3,
    }
    assert part(written, "distribution") == {
        "distributionStageIncluded": True,
        "distributionStagePcfExcludingBiogenicUptake": 1.5,
    }
    assert part(written, "technology") == {
        "ccsTechnologicalCO2CaptureIncluded": False,
        "boundaryProcessesDescription": "Coating, winding, formation",
    }
    assert part(written, "standards") == {
        "crossSectoralStandards": ["ISO14067"],
        "productOrSectorSpecificRules": ["PEF: Batteries", "CFB-EV: 2023", "CFB-EV: annex II"],
    }
    assert part(written, "quality")["secondaryEmissionFactorSources"] == ["ecoinvent 3.9"]
    assert part(written, "boundary") == {"exemptedEmissionsPercent": 2.9, "exemptedEmissionsDescription": "labels"}
    assert part(written, "product")["productDescription"] == "LFP, prismatic"
    assert read_pcf(written).components[CarbonComponent.FOSSIL] == 72


def test_a_boundary_without_a_place_of_its_own_goes_into_the_comment() -> None:
    pact = copy.deepcopy(PACT)
    del pact["pcf"]["ccsTechnologicalCO2CaptureIncluded"]
    written: Any = write_pcf(replace(FROM_PACT, document=pact, comment="Pilot line"))
    assert faults(written) == []
    assert part(written, "general") == {"comment": "Pilot line\nCoating, winding, formation"}


def test_values_read_as_of_one_unit_that_were_of_many_are_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        write_pcf(replace(FROM_PACT, kgco2e=53.625))
    assert [(finding.code, finding.path) for finding in refused.value.findings] == [
        ("SUSPECT_SUM", "pcfExcludingBiogenicUptake")
    ]
    assert "one declared unit" in refused.value.findings[0].message


def test_ratings_of_another_scale_are_not_written() -> None:
    written: Any = write_pcf(replace(SHORT, rating_scale=RatingScale.V2))
    assert "technologicalDQR" not in part(written, "quality")


def test_cradle_to_grave_says_so() -> None:
    written: Any = write_pcf(replace(SHORT, boundary=SystemBoundary.CRADLE_TO_GRAVE))
    assert part(written, "scope")["partialFullPcf"] == "Cradle-to-grave"


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        write_pcf(PushedDeclaration("", DocumentFormat.SHORT, declared_unit="piece", kgco2e=1.0))
    assert [finding.path for finding in refused.value.findings] == [
        *("companyName", "companyIds", "productNameCompany", "productIds", "productMassPerDeclaredUnit", "id"),
        *("exemptedEmissionsPercent", "referencePeriodStart", "referencePeriodEnd", "validityPeriodEnd", "created"),
    ]


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"kgco2e": None}, "REQUIRED", "pcfExcludingBiogenicUptake"),
        ({"kgco2e": -1.0}, "OUT_OF_RANGE", "pcfExcludingBiogenicUptake"),
        ({"declared_unit": "megabit second"}, "UNKNOWN_UNIT", "declaredUnitOfMeasurement"),
        ({"declared_unit": None}, "REQUIRED", "declaredUnitOfMeasurement"),
        ({"components": {CarbonComponent.CCS_CAPTURE: -3.0}}, "NO_PLACE", "CCS_CAPTURE"),
        ({"components": {CarbonComponent.FOSSIL: -3.0}}, "OUT_OF_RANGE", "fossilGhgEmissions"),
        ({"exempted_share": 0.11}, "OUT_OF_RANGE", "exemptedEmissionsPercent"),
        ({"geography": ("AQ",)}, "REQUIRED", "geographyRegionOrSubregion"),
        ({"geography": ("Atlantis",)}, "UNKNOWN_WORD", "geography"),
        ({"document_id": "pcf-1"}, "INVALID_IDENTIFIER", "id"),
        ({"company_ids": ("BPNL000000000DWF",)}, "INVALID_IDENTIFIER", "companyIds"),
        ({"reference_period_end": date(2026, 6, 1)}, "REQUIRED", "retroOrProspectivePcfType"),
        ({"created_at": "yesterday"}, "NOT_A_DATE", "created"),
    ],
)
def test_what_the_schema_does_not_allow_is_refused_by_name(changes: Any, code: str, place: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        write_pcf(replace(SHORT, **changes))
    assert [(finding.code, finding.path) for finding in refused.value.findings] == [(code, place)]


def test_every_country_has_one_region_of_the_list() -> None:
    assert len(SUBREGION_OF) == 247
    assert set(SUBREGION_OF.values()) <= set(REGIONS)
    assert [SUBREGION_OF[country] for country in ("CN", "DE", "US", "BR", "ZA", "IN")] == [
        *("Eastern Asia", "Western Europe", "Northern America", "Latin America and the Caribbean"),
        *("Sub-Saharan Africa", "Southern Asia"),
    ]
