"""What facts say of themselves: the plain fields of the graph's types. ``nodes`` adds what leads to other facts."""

from datetime import date
from typing import Any

import strawberry

from graph_service.api.graphql.enums import (
    CarbonComponent,
    DataType,
    DeclarationState,
    DocumentFormat,
    FactorKind,
    LifeCycleStage,
)
from graph_service.service.declarations import DeclarationRecord
from graph_service.service.records import ItemRecord


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.type
class Quantity:
    amount: float
    unit: str


@strawberry.type
class SupplyFields(Node):
    uid: strawberry.ID
    amount: float = strawberry.field(
        description="In the input's declared unit, per declared unit of output, before share."
    )
    line: str | None = strawberry.field(
        description="Rows of one line are substitutes for each other; their shares sum to 1 on every day on which any "
        "of them is valid."
    )
    share: float
    stage: LifeCycleStage
    unit_cost: float | None = strawberry.field(
        description="What choosing this edge costs per declared unit of input, without what the input's own supplier "
        "pays further upstream."
    )
    currency: str | None
    capacity_per_year: float | None = strawberry.field(
        description="The most that can be delivered over this edge per year, in the input's declared unit."
    )
    gsd: float | None
    valid_from: date | None
    valid_to: date | None


@strawberry.type
class EmissionFields(Node):
    uid: strawberry.ID
    stage: LifeCycleStage
    component: CarbonComponent
    kgco2e: float = strawberry.field(description="As resolved in the view: given, or activity times the factor used.")
    activity: float | None
    activity_unit: str | None
    flow: str | None = strawberry.field(description="Asked for by flow: the factor of the nearest region that has one.")
    data_type: DataType
    is_verified: bool
    technological_dqr: float | None
    temporal_dqr: float | None
    geographical_dqr: float | None
    gsd: float | None
    gwp_set: str | None
    source: str | None
    period_start: date | None
    period_end: date | None
    valid_from: date | None
    valid_to: date | None


@strawberry.type
class FactorFields(Node):
    uid: strawberry.ID
    name: str
    name_zh: str | None
    flow: str
    kind: FactorKind
    kgco2e: float
    unit: str
    year: int
    boundary: str
    gwp_set: str
    source: str
    licence: str
    technological_dqr: float | None
    temporal_dqr: float | None
    geographical_dqr: float | None
    gsd: float | None


@strawberry.type
class DeclarationFields(Node):
    uid: strawberry.ID = strawberry.field(description="The PACT footprint id.")
    state: DeclarationState
    total_kgco2e: float = strawberry.field(
        description="Seen by its sender, the chain leader and auditors unless ACCEPTED."
    )
    total_including_uptake_kgco2e: float | None
    declared_unit: str
    primary_data_share: float | None
    valid_from: date
    valid_to: date
    preceding_uids: list[strawberry.ID]
    reason: str | None = strawberry.field(description="Why it is QUERIED, REJECTED or DEPRECATED.")
    counter_request: str | None = strawberry.field(description="What its sender is asked for instead.")
    document_format: DocumentFormat
    document_unit: str | None = strawberry.field(
        description="The declared unit of the document, where the document named one."
    )
    is_verified: bool
    verification: str | None = strawberry.field(description="Who verified it, and by which standard.")
    declared_unit_amount: float | None = strawberry.field(
        description="How many documentUnit make one product (PACT declaredUnitAmount)."
    )
    unit_factor: float | None = strawberry.field(
        description="How many documentUnit make one declared unit of the item: totals are the document's times it."
    )


@strawberry.type
class Benchmark:
    category: str
    declared_unit: str
    limit_kgco2e: float
    baseline_kgco2e: float
    exemplary_kgco2e: float
    valid_from: date | None
    source: str
    is_example: bool = strawberry.field(description="True where the values are examples, not official ones.")


@strawberry.type
class ItemFields(Node):
    uid: strawberry.ID
    name: str
    declared_unit: str
    name_zh: str | None = None
    description: str | None = None
    equivalents: list[Quantity] = strawberry.field(
        default_factory=list,
        description="The same declared unit in other units, e.g. 60.48 kWh for one battery pack; used by benchmarks, "
        "declarations and PACT.",
    )
    category: str | None = None
    mass_kg_per_declared_unit: float | None = None
    fossil_carbon_kg_per_declared_unit: float | None = None
    biogenic_carbon_kg_per_declared_unit: float | None = None
    capacity_per_year: float | None = strawberry.field(
        default=None, description="The most that its supplier can make per year, in declared units."
    )
    identifiers: list[str] = strawberry.field(default_factory=list)


def whole_fields(record: ItemRecord) -> dict[str, Any]:
    """The fields of an item that only those see who see it whole."""
    return {
        "name_zh": record.name_zh,
        "description": record.description,
        "equivalents": [Quantity(amount=each.amount, unit=each.unit) for each in record.equivalents],
        "category": record.category,
        "mass_kg_per_declared_unit": record.mass_kg,
        "fossil_carbon_kg_per_declared_unit": record.fossil_carbon_kg,
        "biogenic_carbon_kg_per_declared_unit": record.biogenic_carbon_kg,
        "capacity_per_year": record.capacity_per_year,
        "identifiers": list(record.identifiers),
    }


def declaration_fields(record: DeclarationRecord, item: ItemRecord | None) -> dict[str, Any]:
    """What a declaration says, in the declared unit of its item."""
    if item is None:
        raise LookupError(f"declaration {record.uid} is of an item that is not recorded")
    uptake = record.biogenic_uptake_kgco2e
    return {
        "uid": strawberry.ID(record.uid),
        "state": record.state,
        "total_kgco2e": record.kgco2e,
        "total_including_uptake_kgco2e": None if uptake is None else record.kgco2e + uptake,
        "declared_unit": item.declared_unit,
        "primary_data_share": record.primary_data_share,
        "valid_from": record.valid_from,
        "valid_to": record.valid_to,
        "preceding_uids": [strawberry.ID(uid) for uid in record.preceding_uids],
        "reason": record.reason,
        "counter_request": record.counter_request,
        "document_format": record.document_format,
        "document_unit": record.document_unit,
        "declared_unit_amount": record.declared_unit_amount,
        "unit_factor": record.unit_factor,
        "is_verified": record.is_verified,
        "verification": record.verification,
    }
