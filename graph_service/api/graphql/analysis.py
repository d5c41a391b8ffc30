"""Questions a chain leader decides with: chains, what-ifs, changes, whom to ask."""

import asyncio

import strawberry

from graph_service.api.errors import BadUserInput
from graph_service.api.graphql.chains import ChainConstraintsInput, LowCarbonChains
from graph_service.api.graphql.changes import FootprintChange
from graph_service.api.graphql.context import UNSET, Info, opened
from graph_service.api.graphql.nodes import Item, Supplier
from graph_service.api.graphql.pages import given
from graph_service.api.graphql.reference import same_names
from graph_service.api.graphql.scenarios import ScenarioInput, ScenarioOutcome
from graph_service.api.graphql.viewed import Viewed
from graph_service.api.graphql.views import ViewInput
from graph_service.model.vocabulary import Kind
from graph_service.service.chain_constraints import ChainConstraints
from graph_service.service.chains import low_carbon_chains
from graph_service.service.data_requests import data_request_candidates
from graph_service.service.records import row_of
from graph_service.service.scenario import scenario

MOST_SCENARIO_ITEMS, MOST_SCENARIO_CHANGES = 1_000, 1_000
PARETO_POINTS, CANDIDATES = 12, 20


@strawberry.type(description="An upstream item worth asking its supplier about, by what an answer is worth.")
class DataRequestCandidate:
    item: Item
    kgco2e: float | None
    share: float | None
    reason: str
    score: float
    viewed: strawberry.Private[Viewed]
    supplier_uid: strawberry.Private[str | None]

    @strawberry.field
    def supplier(self) -> Supplier | None:
        return Supplier.of(self.viewed, self.supplier_uid)


@strawberry.type
class AnalysisQuery:
    @strawberry.field
    async def low_carbon_chains(
        self,
        info: Info,
        item: strawberry.ID,
        constraints: ChainConstraintsInput | None = UNSET,
        pareto_points: int | None = PARETO_POINTS,
        view: ViewInput | None = UNSET,
    ) -> LowCarbonChains | None:
        viewed = await opened(info, view)
        row = _seen_row(viewed, item)
        shown = Item.of(viewed, row)
        if row is None or shown is None:
            return None
        asked = given(constraints)
        found = await asyncio.to_thread(
            low_carbon_chains,
            viewed.graph,
            row,
            ChainConstraints() if asked is None else asked.constraints(),
            pareto_points=PARETO_POINTS if pareto_points is None else pareto_points,
        )
        return LowCarbonChains(item=shown, infeasible_because=found.infeasible_because, viewed=viewed, found=found)

    @strawberry.field
    async def scenario(
        self, info: Info, changes: ScenarioInput, items: list[strawberry.ID], view: ViewInput | None = UNSET
    ) -> list[ScenarioOutcome | None]:
        asked = changes.changes()
        count = len(asked.direct) + len(asked.supplies) + len(asked.factors)
        if len(items) > MOST_SCENARIO_ITEMS:
            raise BadUserInput(f"items: {len(items):,} items; ask for at most {MOST_SCENARIO_ITEMS:,} at once")
        if count > MOST_SCENARIO_CHANGES:
            raise BadUserInput(f"changes: {count:,} changes; a scenario takes at most {MOST_SCENARIO_CHANGES:,}")
        viewed = await opened(info, view)
        if not viewed.visibility.sees_footprints:
            return [None] * len(items)
        await viewed.allowance.take(len(items))
        outcomes = await asyncio.to_thread(scenario, viewed.graph, asked, items)
        viewed.items.want(each.item_row for each in outcomes if each is not None)
        return [None if each is None else ScenarioOutcome(viewed=viewed, **same_names(each)) for each in outcomes]

    @strawberry.field
    async def footprint_change(
        self, info: Info, item: strawberry.ID, before: ViewInput, after: ViewInput
    ) -> FootprintChange | None:
        return await FootprintChange.of(await opened(info, before), await opened(info, after), item)

    @strawberry.field
    async def data_request_candidates(
        self, info: Info, item: strawberry.ID, first: int | None = CANDIDATES, view: ViewInput | None = UNSET
    ) -> list[DataRequestCandidate] | None:
        viewed = await opened(info, view)
        row = _seen_row(viewed, item)
        found = None if row is None else await viewed.footprint(row)
        if found is None:
            return None
        count = CANDIDATES if first is None else first
        candidates = await asyncio.to_thread(data_request_candidates, found, first=count)
        await viewed.allowance.take(len(candidates))
        viewed.items.want(each.item_row for each in candidates)
        viewed.suppliers.want(each.supplier_uid for each in candidates if each.supplier_uid is not None)
        return [
            DataRequestCandidate(item=shown, viewed=viewed, **same_names(each, "item_row"))
            for each in candidates
            if (shown := Item.of(viewed, each.item_row)) is not None
        ]


def _seen_row(viewed: Viewed, item_uid: str) -> int | None:
    """The item's row; None where it is unknown or its footprint is not for the caller to see."""
    return row_of(viewed.facts, Kind.ITEM, item_uid) if viewed.visibility.sees_footprints else None
