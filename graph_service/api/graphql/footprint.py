"""The footprint of an item, and the parts of it that lead to items, supplies and suppliers."""

from collections.abc import Sequence

import strawberry

from graph_service.api.graphql.context import UNSET
from graph_service.api.graphql.described import described
from graph_service.api.graphql.enums import HotspotGroup
from graph_service.api.graphql.explaining import Grade, Sensitivity, SupplyPaths, Uncertainty
from graph_service.api.graphql.footprint_parts import Explanation, FootprintFields, GapFields, HotspotFields
from graph_service.api.graphql.nodes import Item, Supplier, Supply
from graph_service.api.graphql.pages import Connection, connection, page_request
from graph_service.api.graphql.reference import same_names
from graph_service.api.graphql.viewed import Viewed
from graph_service.service.footprints import Footprint as FootprintFact
from graph_service.service.grades import grade
from graph_service.service.paths import supply_paths
from graph_service.service.sensitivities import sensitivities
from graph_service.service.uncertainty import uncertainty

MOST_PATHS, LEVEL = 20, 0.95
"""How many paths, and how sure an interval, where nothing is asked."""


@strawberry.type(
    description="An upstream item without data, or with inputs but no gate emission entry, and how much of it one "
    "declared unit needs."
)
class Gap(GapFields):
    viewed: strawberry.Private[Viewed]
    item_row: strawberry.Private[int]

    @strawberry.field
    def item(self) -> Item | None:
        return Item.of(self.viewed, self.item_row)


@strawberry.type
class InputContribution:
    supply: Supply | None
    kgco2e: float
    share: float | None


@strawberry.type(
    description="Direct emissions of a group, times what the total needs of it. REGION is the item's region, STAGE the "
    "emitter's; TIER counts the fewest supply steps, the item itself being 0."
)
class Hotspot(HotspotFields):
    viewed: strawberry.Private[Viewed]
    item_row: strawberry.Private[int | None]
    supplier_uid: strawberry.Private[str | None]

    @strawberry.field
    def item(self) -> Item | None:
        return Item.of(self.viewed, self.item_row)

    @strawberry.field
    def supplier(self) -> Supplier | None:
        return Supplier.of(self.viewed, self.supplier_uid)


@strawberry.type(
    description="The footprint of one declared unit of an item. Items, groups, stages, components and direct inputs "
    "each sum to the total."
)
class Footprint(FootprintFields):
    viewed: strawberry.Private[Viewed]

    @strawberry.field
    def item(self) -> Item | None:
        return Item.of(self.viewed, self.fact.item_row)

    @described("Ordered by tier, item uid.")
    async def gaps(
        self, first: int | None = UNSET, after: str | None = UNSET, last: int | None = UNSET, before: str | None = UNSET
    ) -> Connection[Gap]:
        page = page_request(first, after, last, before)
        gaps = await self.explained.compute(lambda fact: fact.gaps())

        def make(part: slice) -> list[Gap]:
            self.viewed.items.want(gap.item_row for gap in gaps[part])
            return [Gap(viewed=self.viewed, **same_names(gap)) for gap in gaps[part]]

        return await connection(len(gaps), page, viewed=self.viewed, identity=self._identity("gaps"), make=make)

    @described(
        "What each direct input brings: amount x share x the input's gate total. Ordered by absolute contribution."
    )
    async def input_contributions(
        self, first: int | None = UNSET, after: str | None = UNSET, last: int | None = UNSET, before: str | None = UNSET
    ) -> Connection[InputContribution]:
        request = page_request(first, after, last, before)
        found = await self.explained.compute(lambda fact: fact.input_contributions())

        def make(part: slice) -> list[InputContribution]:
            supplies = Supply.of(self.viewed, [each.supply_row for each in found[part]])
            return [
                InputContribution(kgco2e=each.kgco2e, share=each.share, supply=supply)
                for each, supply in zip(found[part], supplies, strict=True)
            ]

        return await connection(len(found), request, viewed=self.viewed, identity=self._identity("inputs"), make=make)

    @described("Where in the whole upstream the carbon is emitted. Ordered by absolute contribution.")
    async def hotspots(
        self,
        by: HotspotGroup = HotspotGroup.ITEM,
        first: int | None = UNSET,
        after: str | None = UNSET,
        last: int | None = UNSET,
        before: str | None = UNSET,
    ) -> Connection[Hotspot]:
        request = page_request(first, after, last, before)
        spots = await self.explained.compute(lambda fact: fact.hotspots(by))

        def make(part: slice) -> list[Hotspot]:
            self.viewed.items.want(spot.item_row for spot in spots[part] if spot.item_row is not None)
            self.viewed.suppliers.want(spot.supplier_uid for spot in spots[part] if spot.supplier_uid is not None)
            return [Hotspot(viewed=self.viewed, **same_names(spot)) for spot in spots[part]]

        named = self._identity("hotspots", by)
        return await connection(len(spots), request, viewed=self.viewed, identity=named, make=make)

    @described("The supply paths that carry the most, best first.")
    async def paths(self, first: int | None = MOST_PATHS, min_share: float | None = 0.0) -> SupplyPaths:
        count, least = MOST_PATHS if first is None else first, min_share or 0.0
        found = await self.explained.compute(lambda fact: supply_paths(fact, first=count, min_share=least))
        await self.viewed.allowance.take(sum(len(path.item_rows) for path in found.paths))
        return SupplyPaths.of(self.viewed, found)

    @described("Ordered by absolute elasticity.")
    async def sensitivities(
        self, first: int | None = UNSET, after: str | None = UNSET, last: int | None = UNSET, before: str | None = UNSET
    ) -> Connection[Sensitivity]:
        page = page_request(first, after, last, before)
        found = await self.explained.compute(sensitivities)
        named = self._identity("sensitivities")

        def make(part: slice) -> list[Sensitivity]:
            return Sensitivity.of(self.viewed, found[part])

        return await connection(len(found), page, viewed=self.viewed, identity=named, make=make)

    @strawberry.field
    async def uncertainty(self, level: float | None = LEVEL) -> Uncertainty | None:
        asked = LEVEL if level is None else level
        return Uncertainty.of(await self.explained.compute(lambda fact: uncertainty(fact, level=asked)))

    @strawberry.field
    async def grade(self) -> Grade | None:
        return Grade.of(await self.explained.compute(grade))

    def _identity(self, *words: str) -> Sequence[object]:
        return (*words, self.fact.item_row, self.viewed.view.basis, self.viewed.view.boundary)

    @staticmethod
    async def of(viewed: Viewed, item_row: int) -> "Footprint | None":
        """The footprint of an item, None where the caller may not see it."""
        return Footprint.from_fact(viewed, await viewed.footprint(item_row))

    @staticmethod
    def from_fact(viewed: Viewed, fact: FootprintFact | None) -> "Footprint | None":
        """The footprint that the service found in the same view."""
        return None if fact is None else Footprint(explained=Explanation(fact), viewed=viewed)
