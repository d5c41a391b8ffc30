"""Why a total moved between two views."""

import asyncio
from collections.abc import Sequence

import strawberry

from graph_service.api.graphql.context import UNSET
from graph_service.api.graphql.described import described
from graph_service.api.graphql.enums import ChangeKind
from graph_service.api.graphql.footprint import Footprint
from graph_service.api.graphql.nodes import Declaration, Item, Supply
from graph_service.api.graphql.pages import Connection, connection, page_request
from graph_service.api.graphql.reference import Factor
from graph_service.api.graphql.viewed import Viewed
from graph_service.model.vocabulary import Kind
from graph_service.service.changes import ChangeCause as CauseFact
from graph_service.service.changes import FootprintChange as ChangeFact
from graph_service.service.changes import explain_change
from graph_service.service.records import row_of


@strawberry.type
class ChangeCause:
    kgco2e: float
    kind: ChangeKind
    viewed: strawberry.Private[Viewed]
    cause: strawberry.Private[CauseFact]

    @strawberry.field
    def item(self) -> Item | None:
        return Item.of(self.viewed, self.cause.item_row)

    @strawberry.field
    def supply(self) -> Supply | None:
        row = self.cause.supply_row
        return None if row is None else Supply.of(self.viewed, [row])[0]

    @strawberry.field
    def declaration(self) -> Declaration | None:
        row = self.cause.declaration_row
        return None if row is None else Declaration.of(self.viewed, [row])[0]

    @strawberry.field
    def factor(self) -> Factor | None:
        return Factor.of(self.viewed, self.cause.factor_row)


@strawberry.type(
    description="Why a total moved between two views: all causes sum to the difference, and swapping the views swaps "
    "their signs."
)
class FootprintChange:
    difference_kgco2e: float | None
    found: strawberry.Private[ChangeFact]
    views: strawberry.Private[tuple[Viewed, Viewed]]

    @strawberry.field
    def item(self) -> Item | None:
        for viewed in reversed(self.views):
            item = Item.of(viewed, row_of(viewed.facts, Kind.ITEM, self.found.item_uid))
            if item is not None:
                return item
        return None

    @described("Null for an item that did not exist.")
    def before(self) -> Footprint | None:
        return Footprint.from_fact(self.views[0], self.found.before)

    @strawberry.field
    def after(self) -> Footprint | None:
        return Footprint.from_fact(self.views[1], self.found.after)

    @described("Ordered by absolute size.")
    async def causes(
        self, first: int | None = UNSET, after: str | None = UNSET, last: int | None = UNSET, before: str | None = UNSET
    ) -> Connection[ChangeCause]:
        page, causes, (earlier, later) = page_request(first, after, last, before), self.found.causes, self.views

        def make(part: slice) -> Sequence[ChangeCause]:
            chosen = causes[part]
            for viewed in self.views:
                viewed.items.want(cause.item_row for cause in chosen if cause.is_of_after is (viewed is later))
            return [
                ChangeCause(
                    kgco2e=each.kgco2e, kind=each.kind, viewed=later if each.is_of_after else earlier, cause=each
                )
                for each in chosen
            ]

        named = ("causes", self.found.item_uid, *(viewed.view for viewed in self.views))
        return await connection(len(causes), page, viewed=later, identity=named, make=make)

    @staticmethod
    async def of(before: Viewed, after: Viewed, item_uid: str) -> "FootprintChange | None":
        """Null where the caller may not see footprints, or neither view has the item."""
        if not after.visibility.sees_footprints:
            return None
        found = await asyncio.to_thread(explain_change, before.graph, after.graph, item_uid)
        if found is None:
            return None
        return FootprintChange(difference_kgco2e=found.difference_kgco2e, found=found, views=(before, after))
