"""Catena-X footprints as declarations: every value where it belongs, and what is wrong told by its place."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from graph_service.exchange.catena_x import read_pcf
from graph_service.model.vocabulary import CarbonComponent, DocumentFormat, RatingScale, SystemBoundary
from tests.support.catena_x import example, faults, pcf

NONSENSE: tuple[object, ...] = (None, [], {}, "", -1e308, True, [[]], {"id": []}, "\x1b", 10**400)
TIME = "pcfAssessmentAndMethodology[0].pcfAssessmentInformation[0].time[0]"
PRODUCT = "companyAndProductInformation[0].productInformation[0]"
PRODUCTION = "productLifeCycleStagesAndEmissions[0].productionStage[0]"


def test_a_sound_document_is_read_without_any_finding_and_every_value_is_where_it_belongs() -> None:
    document = pcf()
    assert faults(document) == []
    read = read_pcf(document, path="pcfs[2]")
    assert read.findings == ()
    assert (read.path, read.document_format, read.document) == ("pcfs[2]", DocumentFormat.CATENA_X, document)
    assert (read.document_id, read.document_version) == ("3893bb5d-da16-4dc1-9185-11d97476c254", 0)
    assert read.product_ids == ("urn:mycompany.com:product-id:401765",)
    assert (read.company_ids, read.company_name) == (("urn:BPNL000000000DWF",), "My Corp")
    assert (read.classifications, read.product_name) == (("urn:gtin:4712345060507",), "My Product Name")
    assert (read.declared_unit, read.declared_unit_amount, read.product_mass_kg) == ("liter", 1, 0.456)
    assert read.kgco2e == 2.9
    assert read.components == {
        CarbonComponent.FOSSIL: 0.5,
        CarbonComponent.BIOGENIC_NON_CO2: 1,
        CarbonComponent.LAND_USE_CHANGE: 1.4,
        CarbonComponent.LAND_MANAGEMENT_BIOGENIC_CO2: 0,
        CarbonComponent.LAND_MANAGEMENT_REMOVALS: 0,
        CarbonComponent.BIOGENIC_UPTAKE: -1,
    }
    assert (read.reference_period_start, read.reference_period_end) == (date(2022, 1, 1), date(2023, 1, 1))
    assert (read.valid_from, read.valid_to) == (date(2023, 1, 1), date(2024, 1, 1))
    assert (read.primary_data_share, read.exempted_share) == (0.5612, 0)
    assert (read.technological_dqr, read.temporal_dqr, read.geographical_dqr) == (2, 2, 2)
    assert (read.rating_scale, read.boundary) == (RatingScale.V3, SystemBoundary.CRADLE_TO_GATE)
    assert (read.geography, read.gwp_set) == (("CN-SN", "CN", "Eastern Asia"), "AR5")
    assert read.is_verified is True
    assert read.verification is not None
    assert "TÜV-X" in read.verification
    assert (read.created_at, read.is_deprecated, read.item) == ("2022-05-22T21:47:32Z", False, None)
    assert read.comment == "Additional explanatory information not reflected by other attributes"


def test_the_standards_own_example_is_taken_and_its_contradictions_are_told() -> None:
    document = example()
    assert faults(document) == []
    read = read_pcf(document)
    assert not read.has_errors
    assert [(finding.code, finding.severity) for finding in read.findings] == [
        ("SUSPECT_SUM", "WARNING"),
        ("INVALID_PERIOD", "WARNING"),
        ("DISTRIBUTION_BESIDE", "INFO"),
        ("SUSPECT_GEOGRAPHY", "WARNING"),
    ]
    assert read.kgco2e == 2.9


def test_values_for_many_units_are_brought_to_one_and_told() -> None:
    """The schema's own case: a vehicle of 2300 kg has the same 15,000 kg CO2e as one of 1 piece."""
    production = {
        "pcfExcludingBiogenicUptake": 15_000,
        "pcfIncludingBiogenicUptake": 14_770,
        "fossilGhgEmissions": 15_000,
        "biogenicCO2Uptake": -230,
        "biogenicNonCO2Emissions": 0,
        "landUseChangeGhgEmissions": 0,
    }
    product = {"declaredUnitOfMeasurement": "kilogram", "declaredUnitAmount": 2300, "productMassPerDeclaredUnit": 2300}
    read = read_pcf(pcf(production=production, product=product))
    assert (read.declared_unit, read.declared_unit_amount, read.product_mass_kg) == ("kilogram", 2300, 1)
    assert read.kgco2e == 15_000 / 2300
    assert read.components[CarbonComponent.BIOGENIC_UPTAKE] == -0.1
    assert [(finding.code, finding.severity) for finding in read.findings] == [("VALUES_PER_AMOUNT", "INFO")]


def test_aircraft_is_counted_beside_fossil_there_and_within_it_here() -> None:
    production = {"fossilGhgEmissions": 0.3, "aircraftGhgEmissions": 0.2}
    read = read_pcf(pcf(production=production))
    assert read.components[CarbonComponent.FOSSIL] == 0.5
    assert read.findings == ()


def test_packaging_is_part_of_production_and_distribution_is_not_added() -> None:
    read = read_pcf(
        pcf(
            packaging={"packagingEmissionsIncluded": False},
            distribution={"distributionStageIncluded": True, "distributionStagePcfExcludingBiogenicUptake": 7},
        )
    )
    assert read.kgco2e == 2.9
    assert {finding.code: finding.severity for finding in read.findings} == {
        "PACKAGING_LEFT_OUT": "WARNING",
        "DISTRIBUTION_BESIDE": "INFO",
    }


@pytest.mark.parametrize(
    ("shares", "attestation", "is_verified"),
    [
        ({"productVerificationShare3rdParty": 100}, None, True),
        ({"productVerificationShare3rdParty": 60}, None, False),
        ({"productVerificationShare3rdParty": None}, None, None),
        ({"productVerificationShare3rdParty": 0}, "PCF 3rd party verification", True),
        ({"productVerificationShare3rdParty": None}, "PCF 1st party verification", False),
    ],
)
def test_only_what_an_independent_party_has_seen_is_verified(
    shares: Mapping[str, object], attestation: str | None, is_verified: bool | None
) -> None:
    document = pcf(shares=shares, attestation={"attestationType": attestation or "PCF 2nd party verification"})
    if attestation is None:
        del document["attestationOfConformance"]
    assert read_pcf(document).is_verified is is_verified


def test_a_world_wide_footprint_has_no_geography_and_a_prospective_one_no_primary_share() -> None:
    world = {"geographyRegionOrSubregion": "Global", "geographyCountry": None, "geographyCountrySubdivision": None}
    prospective = {"retroOrProspectivePcfType": "Prospective PCF without forerunner"}
    read = read_pcf(pcf(geography=world, identity=prospective, quality={"primaryDataShare": 0}))
    assert read.geography == ()
    assert read.primary_data_share is None


def test_predecessors_are_read_as_ids_and_as_objects_and_the_deprecated_say_so() -> None:
    first, second = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-00000000000A"
    preceding = [{"id": first}, {}, f"urn:uuid:{second}", {"id": "no uuid"}]
    read = read_pcf(pcf(identity={"precedingPfIds": preceding, "status": "Deprecated"}))
    assert read.preceding_uids == (first, second.lower())
    assert read.is_deprecated
    assert [finding.code for finding in read.findings] == ["INVALID_IDENTIFIER"]


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"product": {"declaredUnitOfMeasurement": "megabit"}}, "UNKNOWN_UNIT", f"{PRODUCT}.declaredUnitOfMeasurement"),
        ({"product": {"declaredUnitOfMeasurement": None}}, "REQUIRED", f"{PRODUCT}.declaredUnitOfMeasurement"),
        ({"product": {"declaredUnitAmount": 0}}, "OUT_OF_RANGE", f"{PRODUCT}.declaredUnitAmount"),
        ({"product": {"declaredUnitAmount": 1e-320}}, "NOT_FINITE", f"{PRODUCT}.declaredUnitAmount"),
        ({"product": {"productIds": []}}, "REQUIRED", f"{PRODUCT}.productIds"),
        (
            {"production": {"pcfExcludingBiogenicUptake": "2.9"}},
            "NOT_A_NUMBER",
            f"{PRODUCTION}.pcfExcludingBiogenicUptake",
        ),
        ({"production": {"pcfExcludingBiogenicUptake": None}}, "REQUIRED", f"{PRODUCTION}.pcfExcludingBiogenicUptake"),
        ({"time": {"referencePeriodStart": "2022-02-30T00:00:00Z"}}, "NOT_A_DATE", f"{TIME}.referencePeriodStart"),
        ({"time": {"referencePeriodEnd": "2021-01-01T00:00:00Z"}}, "INVALID_PERIOD", f"{TIME}.referencePeriodEnd"),
        ({"time": {"validityPeriodEnd": "2023-01-01T00:00:00Z"}}, "INVALID_PERIOD", f"{TIME}.validityPeriodEnd"),
        ({"time": {"validityPeriodStart": None, "created": None}}, "REQUIRED", f"{TIME}.validityPeriodStart"),
    ],
)
def test_what_cannot_be_used_is_an_error_at_its_place(changes: Any, code: str, place: str) -> None:
    read = read_pcf(pcf(**changes), path="pcfs[0]")
    errors = [finding for finding in read.findings if finding.severity == "ERROR"]
    assert [(finding.code, finding.path) for finding in errors] == [(code, f"pcfs[0].{place}")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quality": {"primaryDataShare": 0.56}}, "SUSPECT_SHARE"),
        ({"quality": {"temporalDQR": 7}}, "OUT_OF_RANGE"),
        ({"production": {"biogenicCO2Uptake": -2}}, "SUSPECT_SUM"),
        ({"production": {"fossilGhgEmissions": 0.4}}, "SUSPECT_SUM"),
        ({"boundary": {"exemptedEmissionsPercent": 12}}, "OUT_OF_RANGE"),
        ({"geography": {"geographyCountry": "China"}}, "UNKNOWN_WORD"),
        ({"product": {"productIds": ["urn:a:b", "urn:a: b"]}}, "INVALID_IDENTIFIER"),
        ({"general": {"comment": 5}}, "DOCUMENT_FORM"),
    ],
)
def test_what_is_suspicious_is_a_warning_and_is_taken(changes: Any, code: str) -> None:
    read = read_pcf(pcf(**changes))
    assert [(finding.code, finding.severity) for finding in read.findings] == [(code, "WARNING")]


def test_no_value_whatever_makes_the_reader_fail() -> None:
    values: tuple[object, ...] = (
        None,
        [],
        "text",
        5,
        {},
        {"companyAndProductInformation": [5]},
        {"general": {"comment": "x"}},
    )
    for value in values:
        assert read_pcf(value).has_errors


def test_every_part_replaced_by_nonsense_is_told_and_never_raises() -> None:
    def places(value: Any) -> list[tuple[Any, Any]]:
        children: Any = (
            list(value.items())
            if isinstance(value, dict)
            else list(enumerate(value))
            if isinstance(value, list)
            else []
        )
        return [(value, key) for key, _ in children] + [place for _, child in children for place in places(child)]

    count = len(places(pcf()))
    assert count > 90
    for index in range(count):
        for nonsense in NONSENSE:
            document = pcf()
            holder, key = places(document)[index]
            holder[key] = nonsense
            read = read_pcf(document)
            assert read.kgco2e is not None or read.has_errors, (key, nonsense)
