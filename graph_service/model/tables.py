"""Facts as columns: the Arrow schema of each kind in a batch, and in the facts of a revision.

Columns are named alike in Python, SQL and Cypher. ``uid`` is every kind's own name (a region's code);
``*_uid`` refers to another fact. Shares are 0 to 1; money is in ``currency``; days are date32, ends exclusive.
"""

from collections.abc import Mapping
from enum import StrEnum

import pyarrow as pa

from graph_service.model.vocabulary import (
    AcceptanceRule,
    CarbonComponent,
    DataType,
    DeclarationState,
    DocumentFormat,
    FactorKind,
    ItemKind,
    Kind,
    LifeCycleStage,
    RatingScale,
    SystemBoundary,
)

_text, _number, _day, _flag, _whole = pa.string(), pa.float64(), pa.date32(), pa.bool_(), pa.int32()

_RATINGS = {"technological_dqr": _number, "temporal_dqr": _number, "geographical_dqr": _number}
_VALIDITY = {"valid_from": _day, "valid_to": _day}

BATCH_SCHEMAS: Mapping[Kind, pa.Schema] = {
    Kind.REGION: pa.schema({"uid": _text, "name": _text, "name_zh": _text, "parent_uid": _text}),
    Kind.SUPPLIER: pa.schema(
        {
            "uid": _text,
            "name": _text,
            "name_zh": _text,
            "region_uid": _text,
            "identifiers": _text,
            "acceptance": _text,
            "acceptance_tolerance": _number,
        }
    ),
    Kind.ITEM: pa.schema(
        {
            "uid": _text,
            "name": _text,
            "name_zh": _text,
            "description": _text,
            "kind": _text,
            "declared_unit": _text,
            "equivalents": _text,
            "supplier_uid": _text,
            "category": _text,
            "region_uid": _text,
            "mass_kg": _number,
            "fossil_carbon_kg": _number,
            "biogenic_carbon_kg": _number,
            "capacity_per_year": _number,
            "identifiers": _text,
        }
    ),
    Kind.FACTOR: pa.schema(
        {
            "uid": _text,
            "name": _text,
            "name_zh": _text,
            "flow": _text,
            "kind": _text,
            "kgco2e": _number,
            "unit": _text,
            "region_uid": _text,
            "year": _whole,
            "boundary": _text,
            "gwp_set": _text,
            "source": _text,
            "licence": _text,
            **_RATINGS,
            "gsd": _number,
        }
    ),
    Kind.EMISSION: pa.schema(
        {
            "uid": _text,
            "item_uid": _text,
            "stage": _text,
            "component": _text,
            "kgco2e": _number,
            "activity": _number,
            "activity_unit": _text,
            "factor_uid": _text,
            "flow": _text,
            "data_type": _text,
            "is_verified": _flag,
            **_RATINGS,
            "gsd": _number,
            "gwp_set": _text,
            "source": _text,
            "period_start": _day,
            "period_end": _day,
            **_VALIDITY,
        }
    ),
    Kind.SUPPLY: pa.schema(
        {
            "uid": _text,
            "input_uid": _text,
            "output_uid": _text,
            "amount": _number,
            "unit": _text,
            "line": _text,
            "share": _number,
            "stage": _text,
            "unit_cost": _number,
            "currency": _text,
            "capacity_per_year": _number,
            "gsd": _number,
            **_VALIDITY,
        }
    ),
    Kind.BENCHMARK: pa.schema(
        {
            "uid": _text,
            "category": _text,
            "declared_unit": _text,
            "limit_kgco2e": _number,
            "baseline_kgco2e": _number,
            "exemplary_kgco2e": _number,
            "valid_from": _day,
            "source": _text,
            "is_example": _flag,
        }
    ),
    Kind.DECLARATION: pa.schema(
        {
            "uid": _text,
            "item_uid": _text,
            "kgco2e": _number,
            "fossil_kgco2e": _number,
            "biogenic_uptake_kgco2e": _number,
            "reference_period_start": _day,
            "reference_period_end": _day,
            **_VALIDITY,
            "primary_data_share": _number,
            **_RATINGS,
            "exempted_share": _number,
            "is_verified": _flag,
            "gwp_set": _text,
            "preceding": _text,
            "comment": _text,
            "land_use_change_kgco2e": _number,
            "land_management_biogenic_co2_kgco2e": _number,
            "land_management_removals_kgco2e": _number,
            "biogenic_non_co2_kgco2e": _number,
            "technological_removals_kgco2e": _number,
            "ccs_capture_kgco2e": _number,
            "rating_scale": _text,
            "boundary": _text,
            "geography": _text,
            "verification": _text,
            "document_format": _text,
            "document_id": _text,
            "document_version": _whole,
            "document_unit": _text,
            "declared_unit_amount": _number,
            "unit_factor": _number,
            "product_ids": _text,
            "company_ids": _text,
            "classifications": _text,
            "created_at": _text,
            "state": _text,
            "is_published": _flag,
            "reason": _text,
            "counter_request": _text,
        }
    ),
}
"""What a door hands over. Texts are as given; ``identifiers``, ``preceding``, ``product_ids``, ``company_ids`` and
``classifications`` hold names parted by single spaces, ``equivalents`` reads ``60.48 kWh; 430 kg``, ``geography``
``CN-SN; CN``. A null is "not given".

A declaration's values are per declared unit of its item. ``unit_factor``: of how many ``document_unit`` one declared
unit of the item consists, so that its values are those of the document times it; ``declared_unit_amount``: how many
``document_unit`` one product consists of. ``document_id`` and ``document_version``: how its sender calls it, where the
uid is another. ``created_at``: when its sender made it, RFC 3339 with Z. ``is_published``: our own footprint, told to
partners; never part of a total. ``acceptance_tolerance``: the largest relative difference from the total so far that
is accepted without a review."""

REVIEWED = ("state", "reason", "counter_request", "is_verified", "verification")
"""Columns of a declaration that a later revision may change; the rest of it never changes."""

KEPT: Mapping[Kind, tuple[str, ...]] = {
    Kind.SUPPLIER: ("acceptance", "acceptance_tolerance"),
    Kind.DECLARATION: ("state", "reason", "counter_request"),
}
"""Columns of what the chain leader decided. A row that does not give the first of them leaves the recorded ones as they
are; one that does replaces all of them."""

CODED: Mapping[Kind, Mapping[str, type[StrEnum]]] = {
    Kind.ITEM: {"kind": ItemKind},
    Kind.FACTOR: {"kind": FactorKind},
    Kind.EMISSION: {"stage": LifeCycleStage, "component": CarbonComponent, "data_type": DataType},
    Kind.SUPPLY: {"stage": LifeCycleStage},
    Kind.SUPPLIER: {"acceptance": AcceptanceRule},
    Kind.DECLARATION: {
        "rating_scale": RatingScale,
        "boundary": SystemBoundary,
        "document_format": DocumentFormat,
        "state": DeclarationState,
    },
}
"""Columns of a closed list. Facts hold them as int8 codes: the position in the list."""

ITEM_REFERENCES: Mapping[Kind, Mapping[str, str]] = {
    Kind.EMISSION: {"item_uid": "item_row"},
    Kind.SUPPLY: {"input_uid": "input_row", "output_uid": "output_row"},
    Kind.DECLARATION: {"item_uid": "item_row"},
}
"""Columns that name an item in a batch, and what facts hold instead: the item's row in ``Facts.items``, int32."""

RECEIVED_REVISION = "received_revision"
"""The last column of declaration facts, int32: the revision that first recorded the uid. Later ones win ties."""


def _facts_schema(kind: Kind) -> pa.Schema:
    coded, references = CODED.get(kind, {}), ITEM_REFERENCES.get(kind, {})
    fields: list[pa.Field] = []
    for field in BATCH_SCHEMAS[kind]:
        if kind is Kind.SUPPLY and field.name == "unit":
            continue  # a recorded amount is in the input's declared unit
        if field.name in coded:
            fields.append(pa.field(field.name, pa.int8()))
        elif field.name in references:
            fields.append(pa.field(references[field.name], pa.int32()))
        else:
            fields.append(field)
    if kind is Kind.DECLARATION:
        fields.append(pa.field(RECEIVED_REVISION, _whole))
    return pa.schema(fields)


FACT_SCHEMAS: Mapping[Kind, pa.Schema] = {kind: _facts_schema(kind) for kind in Kind}
