"""Low-carbon chains: the constraints asked, and the chains found."""

from collections.abc import Sequence

import strawberry

from graph_service.api.graphql.context import UNSET
from graph_service.api.graphql.described import described
from graph_service.api.graphql.enums import GradeLevel
from graph_service.api.graphql.nodes import Item, Supply
from graph_service.api.graphql.pages import given
from graph_service.api.graphql.reference import same_names
from graph_service.api.graphql.viewed import Viewed
from graph_service.api.graphql.views import View
from graph_service.service import chains as facts
from graph_service.service.chain_constraints import ChainConstraints


@strawberry.input
class ChainConstraintsInput:
    max_unit_cost: float | None = strawberry.field(
        default=UNSET, description="Most that sourcing may cost per declared unit, in currency."
    )
    currency: str | None = UNSET
    demand_per_year: float | None = strawberry.field(
        default=UNSET,
        description="Declared units of the item per year, for the capacity limits. Default: capacities are ignored.",
    )
    min_primary_data_share: float | None = UNSET
    min_verified_share: float | None = UNSET
    exclude_suppliers: list[strawberry.ID] | None = UNSET
    exclude_regions: list[strawberry.ID] | None = UNSET
    single_source: bool | None = strawberry.field(default=False, description="One supplier per line instead of a mix.")
    worst_grade: GradeLevel | None = strawberry.field(
        default=UNSET,
        description="An alternative is a candidate only if its item, as sourced today, holds at least this grade.",
    )

    def constraints(self) -> ChainConstraints:
        """The constraints as the service takes them; null means not asked."""
        return ChainConstraints(
            max_unit_cost=given(self.max_unit_cost),
            currency=given(self.currency),
            demand_per_year=given(self.demand_per_year),
            min_primary_data_share=given(self.min_primary_data_share),
            min_verified_share=given(self.min_verified_share),
            exclude_supplier_uids=list(self.exclude_suppliers or ()),
            exclude_region_uids=list(self.exclude_regions or ()),
            is_single_source=bool(self.single_source),
            worst_grade=given(self.worst_grade),
        )


@strawberry.type(description="Savings of all choices sum to the whole saving.")
class ChainChoice:
    supply: Supply | None
    share: float
    current_share: float
    saving_kgco2e: float


@strawberry.type(description="One way to source every line upstream, with its proof.")
class Chain:
    total_kgco2e: float
    is_complete: bool
    unit_cost: float | None = strawberry.field(
        description="Sum of unit cost x amount x flow, per declared unit of the item."
    )
    currency: str | None
    primary_data_share: float | None
    verified_share: float | None
    lower_bound_kgco2e: float = strawberry.field(
        description="The best possible total under the constraints; equal to totalKgCO2e when the solver proved it."
    )
    viewed: strawberry.Private[Viewed]
    found: strawberry.Private[facts.Chain]

    @described("Lines whose shares differ from today's first, by saving.")
    async def choices(self) -> list[ChainChoice]:
        chosen = self.found.choices
        await self.viewed.allowance.take(len(chosen))
        supplies = Supply.of(self.viewed, [choice.supply_row for choice in chosen])
        return [
            ChainChoice(supply=supply, **same_names(choice, "supply_row"))
            for choice, supply in zip(chosen, supplies, strict=True)
        ]

    @staticmethod
    def of(viewed: Viewed, found: facts.Chain) -> "Chain":
        return Chain(viewed=viewed, found=found, **same_names(found, "choices"))


@strawberry.type
class NotCandidate:
    supply: Supply | None
    reason: str


@strawberry.type
class LowCarbonChains:
    item: Item
    infeasible_because: str | None = strawberry.field(
        description="Null when best exists; else which constraints conflict."
    )
    viewed: strawberry.Private[Viewed]
    found: strawberry.Private[facts.LowCarbonChains]

    @strawberry.field
    def view(self) -> View:
        return View.of(self.viewed.view)

    @strawberry.field
    def current(self) -> Chain:
        return Chain.of(self.viewed, self.found.current)

    @strawberry.field
    def best(self) -> Chain | None:
        return None if self.found.best is None else Chain.of(self.viewed, self.found.best)

    @described("Least carbon for each cost, from cheapest to cleanest; follows singleSource.")
    async def pareto(self) -> list[Chain]:
        await self.viewed.allowance.take(len(self.found.pareto))
        return [Chain.of(self.viewed, chain) for chain in self.found.pareto]

    @described("Alternatives that could not be weighed, e.g. because their own upstream lacks data.")
    async def not_candidates(self) -> list[NotCandidate]:
        dropped = self.found.not_candidates
        supplies = await self._supplies([each.supply_row for each in dropped])
        return [NotCandidate(supply=supply, reason=each.reason) for each, supply in zip(dropped, supplies, strict=True)]

    @described("Lines kept as they are because a negative amount lies between them and the item.")
    async def fixed_lines(self) -> list[Supply]:
        return list(await self._supplies(self.found.fixed_supply_rows))

    async def _supplies(self, rows: Sequence[int]) -> Sequence[Supply]:
        await self.viewed.allowance.take(len(rows))
        return Supply.of(self.viewed, rows)
