"""A pushed footprint as a row, and a row as a footprint again."""

from datetime import date
from typing import Any

import pytest

from graph_service.model.pushed import PushedDeclaration
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import (
    CarbonComponent,
    DeclarationState,
    DocumentFormat,
    Kind,
    RatingScale,
    SystemBoundary,
)
from graph_service.service.declaring.columns import COMPONENT_COLUMNS, pushed_of, to_row
from graph_service.service.declaring.converting import Conversion, convert
from graph_service.service.records import item_records, supplier_records
from tests.support.facts import facts_of

FACTS = facts_of(
    suppliers=[
        {"uid": "S 1/a", "name": "Smelter"},
        {"uid": "S2", "name": "Two", "identifiers": "urn:lei:2 urn:duns:2"},
    ],
    items=[
        {"uid": "pack", "name": "Pack", "declared_unit": "pc", "equivalents": "430 kg", "supplier_uid": "S 1/a"},
        {"uid": "foil", "name": "Foil", "supplier_uid": "S2", "identifiers": "urn:gtin:1 urn:x:2"},
        {"uid": "air", "declared_unit": "m3"},
    ],
)
PACK, FOIL, AIR = item_records(FACTS, [0, 1, 2])
ONE, TWO = supplier_records(FACTS, [0, 1])

FULL = PushedDeclaration(
    path="pfs[0]",
    document_format=DocumentFormat.PACT_V2,
    document_id="3893bb5d-da16-4dc1-9185-11d97476c254",
    document_version=4,
    product_ids=("urn:x:A B", "urn:x:c"),
    company_ids=("urn:lei:1",),
    classifications=("urn:cpc:123",),
    declared_unit="kilogram",
    declared_unit_amount=430.0,
    kgco2e=2.0,
    components={CarbonComponent.FOSSIL: 1.5, CarbonComponent.CCS_CAPTURE: -0.25, CarbonComponent.BIOGENIC_UPTAKE: -1.0},
    reference_period_start=date(2025, 1, 1),
    reference_period_end=date(2026, 1, 1),
    valid_from=date(2026, 2, 1),
    valid_to=date(2027, 1, 1),
    primary_data_share=0.56,
    technological_dqr=2.0,
    temporal_dqr=1.0,
    geographical_dqr=3.0,
    rating_scale=RatingScale.V2,
    exempted_share=0.01,
    is_verified=True,
    verification="TÜV, ISO 14067",
    boundary=SystemBoundary.CRADLE_TO_GATE,
    geography=("CN-SN", "CN", "Eastern Asia"),
    gwp_set="AR6",
    preceding_uids=("the sender's own id",),
    comment="first of the new line",
    created_at="2026-01-15T08:00:00Z",
)


def _row(pushed: PushedDeclaration = FULL, **changes: Any) -> dict[str, object]:
    given = {
        "uid": FULL.document_id,
        "item_uid": "pack",
        "conversion": convert(pushed, PACK),
        "state": DeclarationState.RECEIVED,
        "preceding": ["d1", "d2"],
        **changes,
    }
    return to_row(pushed, **given)


def test_a_row_has_every_column_of_a_batch_in_order_per_declared_unit_of_the_item() -> None:
    row = _row()
    assert list(row) == BATCH_SCHEMAS[Kind.DECLARATION].names
    assert (row["kgco2e"], row["fossil_kgco2e"], row["ccs_capture_kgco2e"]) == (860.0, 645.0, -107.5)
    assert (row["biogenic_uptake_kgco2e"], row["land_use_change_kgco2e"]) == (-430.0, None)
    assert (row["document_unit"], row["unit_factor"], row["declared_unit_amount"]) == ("kilogram", 430.0, 430.0)
    assert (row["rating_scale"], row["technological_dqr"]) == ("V2", 2.0)
    assert (row["geography"], row["preceding"]) == ("CN-SN; CN; Eastern Asia", "d1 d2")
    assert (row["product_ids"], row["company_ids"]) == ("urn:x:A%20B urn:x:c", "urn:lei:1")
    assert (row["state"], row["is_published"], row["reason"]) == ("RECEIVED", False, None)


def test_a_senders_id_is_kept_where_the_uid_is_another() -> None:
    assert _row()["document_id"] is None
    assert _row(uid="ours")["document_id"] == FULL.document_id


def test_validity_begins_with_the_end_of_the_reference_period_where_it_is_not_given() -> None:
    pushed = PushedDeclaration("", DocumentFormat.SHORT, kgco2e=1.0, reference_period_end=date(2026, 1, 1))
    row = _row(pushed)
    assert (row["valid_from"], row["valid_to"]) == (date(2026, 1, 1), None)


@pytest.mark.parametrize(
    ("pushed", "conversion"),
    [
        (PushedDeclaration("", DocumentFormat.SHORT), Conversion(1.0, "kg", "")),
        (FULL, Conversion(None, "kg", "")),
    ],
)
def test_what_was_to_be_refused_makes_no_row(pushed: PushedDeclaration, conversion: Conversion) -> None:
    with pytest.raises(ValueError, match="is no row"):
        _row(pushed, conversion=conversion)


def test_a_row_is_the_footprint_that_was_sent() -> None:
    document = {"id": FULL.document_id, "extensions": [{"any": 1}]}
    back = pushed_of(_row(), PACK, ONE, document)
    assert back.document is document
    assert (back.kgco2e, back.declared_unit, back.declared_unit_amount) == (2.0, "kilogram", 430.0)
    assert back.components == FULL.components
    assert (back.product_mass_kg, back.product_name, back.company_name) == (1.0, "Pack", "Smelter")
    assert (back.product_ids, back.company_ids) == (("urn:x:A%20B", "urn:x:c"), ("urn:lei:1",))
    assert (back.document_id, back.document_version) == (FULL.document_id, 4)
    assert back.preceding_uids == ("d1", "d2")
    assert not back.is_deprecated
    for name in ("geography", "rating_scale", "is_verified", "verification", "gwp_set", "comment", "created_at"):
        assert getattr(back, name) == getattr(FULL, name), name


def test_without_ids_of_the_sender_item_and_supplier_name_themselves() -> None:
    short = PushedDeclaration("", DocumentFormat.SHORT, kgco2e=1.0)
    row = _row(short, uid="d", item_uid="foil", conversion=convert(short, FOIL))
    back = pushed_of(row, FOIL, TWO, None)
    assert (back.product_ids, back.company_ids) == (("urn:gtin:1", "urn:x:2"), ("urn:lei:2", "urn:duns:2"))
    nameless = pushed_of(row, PACK, ONE, None)
    assert nameless.product_ids == ("urn:graph-service:item:pack",)
    assert nameless.company_ids == ("urn:graph-service:supplier:S%201%2Fa",)
    assert pushed_of(row, AIR, None, None).company_ids == ()


def test_the_mass_of_a_unit_follows_from_item_and_unit_or_is_not_known() -> None:
    pieces = PushedDeclaration("", DocumentFormat.SHORT, kgco2e=1.0)
    assert pushed_of(_row(pieces), PACK, None, None).product_mass_kg is None
    by_piece = PushedDeclaration("", DocumentFormat.SHORT, kgco2e=1.0, declared_unit="pc", product_mass_kg=0.25)
    row = _row(by_piece, conversion=convert(by_piece, FOIL))
    assert pushed_of(row, FOIL, None, None).product_mass_kg == 0.25


def test_a_deprecated_row_is_a_withdrawn_footprint() -> None:
    assert pushed_of(_row(state=DeclarationState.DEPRECATED), PACK, ONE, None).is_deprecated


def test_every_component_but_the_unspecified_has_its_column() -> None:
    assert set(COMPONENT_COLUMNS) == set(CarbonComponent) - {CarbonComponent.UNSPECIFIED}
    assert set(COMPONENT_COLUMNS.values()) <= set(BATCH_SCHEMAS[Kind.DECLARATION].names)
