"""The rows of a batch as the schema takes them. ``batches`` turns them into columns."""

from datetime import date

import strawberry

from graph_service.api.graphql.context import UNSET
from graph_service.api.graphql.enums import (
    AcceptanceRule,
    CarbonComponent,
    DataType,
    FactorKind,
    ItemKind,
    LifeCycleStage,
)


@strawberry.input
class RegionInput:
    code: strawberry.ID
    name: str
    name_zh: str | None = UNSET
    parent: strawberry.ID | None = UNSET


@strawberry.input
class SupplierInput:
    uid: strawberry.ID
    name: str
    name_zh: str | None = UNSET
    region: strawberry.ID | None = UNSET
    identifiers: list[str] | None = strawberry.field(default_factory=list)
    acceptance: AcceptanceRule | None = strawberry.field(
        default=UNSET,
        description="What becomes of this supplier's pushes; left out: as before, REVIEW for a new supplier.",
    )
    acceptance_tolerance: float | None = strawberry.field(
        default=UNSET,
        description="The largest relative difference from the item's total so far that is accepted without a review; "
        "left out: as before.",
    )


@strawberry.input
class QuantityInput:
    amount: float
    unit: str


@strawberry.input
class ItemInput:
    uid: strawberry.ID
    name: str | None = strawberry.field(default=UNSET, description="Default: the uid.")
    name_zh: str | None = UNSET
    description: str | None = UNSET
    kind: ItemKind | None = ItemKind.COMPONENT
    declared_unit: str
    equivalents: list[QuantityInput] | None = strawberry.field(default_factory=list)
    supplier: strawberry.ID | None = UNSET
    category: str | None = UNSET
    region: strawberry.ID | None = UNSET
    mass_kg_per_declared_unit: float | None = UNSET
    fossil_carbon_kg_per_declared_unit: float | None = UNSET
    biogenic_carbon_kg_per_declared_unit: float | None = UNSET
    capacity_per_year: float | None = UNSET
    identifiers: list[str] | None = strawberry.field(default_factory=list)


@strawberry.input(description="Without uid one is derived as in dataset.md.")
class SupplyInput:
    uid: strawberry.ID | None = UNSET
    input: strawberry.ID
    output: strawberry.ID
    amount: float
    unit: str | None = UNSET
    line: str | None = UNSET
    share: float | None = 1
    stage: LifeCycleStage | None = LifeCycleStage.RAW_MATERIAL
    unit_cost: float | None = UNSET
    currency: str | None = UNSET
    capacity_per_year: float | None = UNSET
    gsd: float | None = UNSET
    valid_from: date | None = UNSET
    valid_to: date | None = UNSET


@strawberry.input(
    description="One of: kgCO2e; activity with activityUnit and factor; activity with activityUnit and flow (the "
    "nearest region's newest footprint factor)."
)
class EmissionInput:
    uid: strawberry.ID | None = UNSET
    item: strawberry.ID
    stage: LifeCycleStage | None = LifeCycleStage.MANUFACTURING
    component: CarbonComponent | None = CarbonComponent.UNSPECIFIED
    kgco2e: float | None = UNSET
    activity: float | None = UNSET
    activity_unit: str | None = UNSET
    factor: strawberry.ID | None = UNSET
    flow: str | None = UNSET
    data_type: DataType | None = DataType.SECONDARY
    is_verified: bool | None = False
    technological_dqr: float | None = UNSET
    temporal_dqr: float | None = UNSET
    geographical_dqr: float | None = UNSET
    gsd: float | None = strawberry.field(
        default=UNSET, description="Standard uncertainty as a geometric standard deviation, 1 or more."
    )
    gwp_set: str | None = UNSET
    source: str | None = UNSET
    period_start: date | None = UNSET
    period_end: date | None = UNSET
    valid_from: date | None = UNSET
    valid_to: date | None = UNSET


@strawberry.input(description="Refused without source, region, year, boundary and licence.")
class FactorInput:
    uid: strawberry.ID
    name: str
    name_zh: str | None = UNSET
    flow: str
    kind: FactorKind
    kgco2e: float
    unit: str
    region: strawberry.ID
    year: int
    boundary: str
    gwp_set: str
    source: str
    licence: str
    technological_dqr: float | None = UNSET
    temporal_dqr: float | None = UNSET
    geographical_dqr: float | None = UNSET
    gsd: float | None = UNSET


@strawberry.input(description="Identified by category, declaredUnit and validFrom.")
class BenchmarkInput:
    category: str
    declared_unit: str
    limit_kgco2e: float
    baseline_kgco2e: float
    exemplary_kgco2e: float
    valid_from: date | None = UNSET
    source: str
    is_example: bool


@strawberry.input(
    description="Everything that can be recorded in one batch: all of it or none. A row replaces the whole row of the "
    "same uid from this revision on (what is left out is not given); the old one stays readable by knownAt. A declared "
    "unit cannot change."
)
class ChangeBatchInput:
    idempotency_key: str = strawberry.field(
        description="Per caller, over all doors, for at least 24 hours: the same key with the same batch gives the "
        "first answer again; with another batch it is refused. dryRun neither keeps nor looks up keys."
    )
    expected_revision: int | None = strawberry.field(
        default=UNSET, description="Refuse unless the newest revision is this one."
    )
    dry_run: bool | None = strawberry.field(default=False, description="Check everything, record nothing.")
    regions: list[RegionInput] | None = strawberry.field(default_factory=list)
    suppliers: list[SupplierInput] | None = strawberry.field(default_factory=list)
    items: list[ItemInput] | None = strawberry.field(default_factory=list)
    factors: list[FactorInput] | None = strawberry.field(default_factory=list)
    emissions: list[EmissionInput] | None = strawberry.field(default_factory=list)
    supplies: list[SupplyInput] | None = strawberry.field(default_factory=list)
    benchmarks: list[BenchmarkInput] | None = strawberry.field(default_factory=list)
    end_items: list[strawberry.ID] | None = strawberry.field(
        default_factory=list, description="uids of what ends with this revision."
    )
    end_factors: list[strawberry.ID] | None = strawberry.field(default_factory=list)
    end_supplies: list[strawberry.ID] | None = strawberry.field(default_factory=list)
    end_emissions: list[strawberry.ID] | None = strawberry.field(default_factory=list)
