"""Footprints written: as they came, projected to the other version, and from their fields."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest

from graph_service.errors import InvalidInput
from graph_service.exchange.pact import PactDocuments, read_footprint, write_footprint
from graph_service.model.partners import PactVersion
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import CarbonComponent, DocumentFormat, RatingScale, SystemBoundary
from graph_service.ports import PactFormat
from tests.support.pact_documents import Document, footprint_faults, v2_document, v3_document

OWN = PushedDeclaration(
    path="",
    document_format=DocumentFormat.SHORT,
    document_id="0b6a4c1e-51d3-4b0e-9d5c-0d1f0c0c8f11",
    product_ids=("urn:gtin:4712345060507",),
    company_ids=("urn:uuid:51131fb5-42a2-4267-a402-0ecfefad1619",),
    classifications=("urn:cpc:46420",),
    company_name="榆林链主",
    product_name="pack",
    declared_unit="kWh",
    kgco2e=0.3,
    components={
        CarbonComponent.FOSSIL: 0.1,
        CarbonComponent.LAND_USE_CHANGE: 0.2,
        CarbonComponent.BIOGENIC_UPTAKE: -0.05,
    },
    reference_period_start=date(2025, 1, 1),
    reference_period_end=date(2026, 1, 1),
    valid_from=date(2026, 1, 1),
    valid_to=date(2027, 1, 1),
    primary_data_share=0.29,
    technological_dqr=1.5,
    temporal_dqr=2.0,
    geographical_dqr=3.1,
    exempted_share=0.007,
    is_verified=True,
    verification="CQC; ISO 14067",
    geography=("CN-SN", "CN"),
    gwp_set="AR6",
    preceding_uids=("91715e5e-fd0b-4d1c-8fab-76290c46e6ed", "not-a-uuid"),
    comment="rolled up",
    created_at="2026-02-01T00:00:00Z",
)


def written(push: PushedDeclaration, version: PactVersion) -> Document:
    document = cast(Document, write_footprint(push, version=version))
    assert footprint_faults(document, version) == []
    return document


def refused_places(push: PushedDeclaration, version: PactVersion) -> list[str]:
    with pytest.raises(InvalidInput) as refusal:
        write_footprint(push, version=version)
    assert all(finding.path in refusal.value.message for finding in refusal.value.findings)
    return [finding.path for finding in refusal.value.findings]


def test_class_keeps_the_port() -> None:
    door: PactFormat = PactDocuments()
    push = door.read_footprint(v3_document(), path="x")
    assert door.write_footprint(push, version=PactVersion.V3) == v3_document()


@pytest.mark.parametrize("document", [v3_document(), v2_document()])
def test_document_of_the_version_comes_out_as_it_came_but_for_its_status(document: Document) -> None:
    push = read_footprint(document)
    version = PactVersion.V3 if push.document_format is DocumentFormat.PACT_V3 else PactVersion.V2
    assert written(push, version) == document
    assert written(replace(push, is_deprecated=True), version) == {**document, "status": "Deprecated"}


def test_document_whose_id_was_replaced_comes_out_under_the_new_one() -> None:
    push = replace(read_footprint({**v3_document(), "id": "4711"}), document_id=OWN.document_id)
    assert written(push, PactVersion.V3) == {**v3_document(), "id": OWN.document_id}


def test_v3_document_is_projected_to_v2_with_the_same_values() -> None:
    push = read_footprint(v3_document(declaredUnitAmount="2", productMassPerDeclaredUnit="1"))
    document = written(push, PactVersion.V2)
    pcf = document["pcf"]
    assert (pcf["unitaryProductAmount"], pcf["pCfExcludingBiogenic"], pcf["biogenicCarbonWithdrawal"]) == (
        "2",
        "2.5",
        "-0.4",
    )
    assert (pcf["exemptedEmissionsPercent"], pcf["primaryDataShare"]) == (2.5, 80.0)
    assert (document["productCategoryCpc"], document["comment"]) == ("46420", "first year of the new line")
    assert document["extensions"] == v3_document()["extensions"]
    assert pcf["assurance"]["assurance"] is True
    assert "dqi" not in pcf, "ratings of 1 to 5 are no ratings of 1 to 3"
    assert Decimal(pcf["biogenicCarbonContent"]) == pytest.approx(Decimal("0.4") * 12 / 44)


def test_v2_document_is_projected_to_v3_with_the_same_values() -> None:
    document = written(read_footprint(v2_document()), PactVersion.V3)
    pcf = document["pcf"]
    assert (pcf["declaredUnitAmount"], pcf["pcfExcludingBiogenicUptake"]) == ("12", "1.5")
    assert (pcf["productMassPerDeclaredUnit"], pcf["landUseChangeGhgEmissions"]) == ("0.789", "0.2")
    assert pcf["primaryDataShare"] == "56.12"
    assert pcf["ipccCharacterizationFactors"] == ["AR5"]
    assert document["productClassifications"] == ["urn:cpc:3424"]
    assert "dqi" not in pcf
    assert pcf["verification"] == {"providerName": "SGS"}


def test_what_v2_does_not_have_and_v3_demands_is_named() -> None:
    push = read_footprint(
        v2_document(productMassPerDeclaredUnit=None, pCfIncludingBiogenic=None, biogenicCarbonWithdrawal=None)
    )
    assert refused_places(push, PactVersion.V3) == ["pcf.productMassPerDeclaredUnit", "pcf.pcfIncludingBiogenicUptake"]


def test_mass_of_a_kilogram_and_of_a_kilowatt_hour_need_not_be_given() -> None:
    without = read_footprint(v2_document(declaredUnit="kilogram", productMassPerDeclaredUnit=None))
    assert written(without, PactVersion.V3)["pcf"]["productMassPerDeclaredUnit"] == "1"
    without = read_footprint(v2_document(declaredUnit="kilowatt hour", productMassPerDeclaredUnit=None))
    assert written(without, PactVersion.V3)["pcf"]["productMassPerDeclaredUnit"] == "0"


def test_what_v3_does_not_have_and_v2_demands_is_named() -> None:
    document = v3_document(
        declaredUnitOfMeasurement="piece",
        packagingEmissionsIncluded=None,
        biogenicCO2Uptake=None,
        pcfIncludingBiogenicUptake="2.9",
        crossSectoralStandards=["PEF"],
    )
    del document["productClassifications"]
    assert sorted(refused_places(read_footprint(document), PactVersion.V2)) == [
        "pcf.biogenicCarbonContent",
        "pcf.crossSectoralStandardsUsed",
        "pcf.declaredUnit",
        "pcf.packagingEmissionsIncluded",
        "productCategoryCpc",
    ]


def test_footprint_without_document_is_written_from_its_fields_and_read_as_the_same() -> None:
    document = written(OWN, PactVersion.V3)
    pcf = document["pcf"]
    assert (pcf["pcfExcludingBiogenicUptake"], pcf["pcfIncludingBiogenicUptake"]) == ("0.3", "0.25")
    assert (pcf["primaryDataShare"], pcf["exemptedEmissionsPercent"]) == ("29", "0.7")
    assert pcf["geographyCountrySubdivision"] == "CN-SN"
    assert "fossil carbon content was not determined" in document["comment"]
    read = read_footprint(document)
    assert {finding.code for finding in read.findings} == {"PACT_SHARE_SUSPICIOUS"}
    same = ("kgco2e", "components", "primary_data_share", "exempted_share", "valid_from", "valid_to", "created_at")
    for name in (*same, "technological_dqr", "reference_period_end", "verification", "is_verified", "product_ids"):
        assert getattr(read, name) == getattr(OWN, name), name
    assert read.preceding_uids == OWN.preceding_uids[:1]


def test_footprint_without_document_is_written_as_v2_too() -> None:
    document = written(OWN, PactVersion.V2)
    assert document["pcf"]["pCfExcludingBiogenic"] == "0.3"
    assert document["pcf"]["packagingEmissionsIncluded"] is False
    assert "packaging" in document["comment"]
    assert read_footprint(document).kgco2e == OWN.kgco2e


def test_values_of_a_tonne_are_written_as_those_of_one_kilogram() -> None:
    pcf = written(replace(OWN, declared_unit="t"), PactVersion.V3)["pcf"]
    assert (pcf["declaredUnitOfMeasurement"], pcf["declaredUnitAmount"]) == ("kilogram", "1000")
    assert (pcf["pcfExcludingBiogenicUptake"], pcf["productMassPerDeclaredUnit"]) == ("0.0003", "1")
    assert read_footprint({**v3_document(), "pcf": pcf}).kgco2e == 0.0003


def test_rounding_of_float_sums_is_put_so_that_the_parts_make_the_total_exactly() -> None:
    parts = {CarbonComponent.FOSSIL: 0.1 + 0.2, CarbonComponent.LAND_USE_CHANGE: 0.7}
    push = replace(OWN, kgco2e=1.0, components={**parts, CarbonComponent.BIOGENIC_UPTAKE: 0.0})
    pcf = written(push, PactVersion.V3)["pcf"]
    total = Decimal(pcf["fossilGhgEmissions"]) + Decimal(pcf["landUseChangeGhgEmissions"])
    assert total == Decimal(pcf["pcfExcludingBiogenicUptake"]) == 1
    assert pcf["biogenicCO2Uptake"] == "0"


def test_components_that_do_not_make_the_total_are_refused() -> None:
    assert refused_places(replace(OWN, kgco2e=0.5), PactVersion.V3) == ["pcf.pcfExcludingBiogenicUptake"]


def test_fossil_part_is_not_invented_but_0_where_the_others_make_the_whole() -> None:
    uptake = {CarbonComponent.BIOGENIC_UPTAKE: 0.0}
    unknown = replace(OWN, components=uptake)
    assert refused_places(unknown, PactVersion.V3) == ["pcf.fossilGhgEmissions"]
    whole = replace(OWN, components={CarbonComponent.LAND_USE_CHANGE: 0.3, **uptake})
    assert written(whole, PactVersion.V3)["pcf"]["fossilGhgEmissions"] == "0"


def test_unknown_uptake_is_not_taken_for_0() -> None:
    push = replace(OWN, components={CarbonComponent.FOSSIL: 0.3})
    assert refused_places(push, PactVersion.V3) == ["pcf.pcfIncludingBiogenicUptake"]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"document_id": "decl-7"}, "id"),
        ({"company_ids": ("91610000",)}, "companyIds"),
        ({"product_name": None}, "productDescription"),
        ({"gwp_set": None}, "pcf.ipccCharacterizationFactors"),
        ({"exempted_share": None}, "pcf.exemptedEmissionsPercent"),
        ({"declared_unit": "km"}, "pcf.declaredUnitOfMeasurement"),
        ({"declared_unit": "piece"}, "pcf.productMassPerDeclaredUnit"),
        ({"boundary": SystemBoundary.CRADLE_TO_GRAVE}, "pcf"),
        ({"geography": ("西北",)}, "pcf.geographyCountry"),
        ({"valid_from": date(2025, 6, 1)}, "validityPeriodStart"),
        ({"valid_to": date(2029, 1, 2)}, "validityPeriodStart"),
        ({"created_at": None}, "created"),
        ({"kgco2e": None}, "pcf.pcfExcludingBiogenicUptake"),
    ],
)
def test_what_is_demanded_and_not_known_is_named(changes: dict[str, Any], place: str) -> None:
    assert place in refused_places(replace(OWN, **changes), PactVersion.V3)


def test_ratings_of_the_v2_scale_are_not_written_as_v3_ones() -> None:
    assert "dqi" not in written(replace(OWN, rating_scale=RatingScale.V2), PactVersion.V3)["pcf"]


def test_small_and_large_numbers_are_written_without_exponent() -> None:
    for kgco2e in (1e-12, 1.7976931348623157e15):
        parts = {CarbonComponent.FOSSIL: kgco2e, CarbonComponent.BIOGENIC_UPTAKE: -0.0}
        pcf = written(replace(OWN, kgco2e=kgco2e, components=parts), PactVersion.V3)["pcf"]
        assert float(pcf["pcfExcludingBiogenicUptake"]) == kgco2e
        assert pcf["biogenicCO2Uptake"] == "0"
        assert not any("e" in value.lower() for name, value in pcf.items() if name.startswith("pcf"))


@pytest.mark.parametrize("amount", [None, 12.5, 0.3, 7.0])
def test_sums_of_an_own_footprint_hold_in_v2_whatever_the_amount(amount: float | None) -> None:
    push = replace(OWN, declared_unit_amount=amount, declared_unit="t", product_mass_kg=1000.0)
    document = written(push, PactVersion.V2)
    pcf = document["pcf"]
    total = Decimal(pcf["fossilGhgEmissions"]) + Decimal(pcf["dLucGhgEmissions"])
    assert total == Decimal(pcf["pCfExcludingBiogenic"]) == Decimal("0.0003")
    assert float(pcf["unitaryProductAmount"]) == 1000 * (amount or 1.0)
    assert pcf["productMassPerDeclaredUnit"] == "1"
