"""Declared beside traced, over all items."""

import asyncio
from dataclasses import asdict

import strawberry

from graph_service.api.errors import BadUserInput
from graph_service.api.graphql.context import UNSET, Info, opened
from graph_service.api.graphql.described import described
from graph_service.api.graphql.nodes import Declaration, Item
from graph_service.api.graphql.pages import given
from graph_service.api.graphql.viewed import Viewed
from graph_service.api.graphql.views import ViewInput
from graph_service.model.vocabulary import Kind
from graph_service.service.reconciling import MOST_PRODUCTS, reconcile
from graph_service.service.records import rows_by_uid

MOST_SHOWN = 1_000


@strawberry.type(
    description="An item's declared total beside its traced one, cradle to gate. Difference: declared minus traced."
)
class ItemReconciliation:
    item: Item | None
    declaration: Declaration
    declared_kgco2e: float
    traced_kgco2e: float | None
    difference_kgco2e: float | None
    relative_difference: float | None
    is_traced_complete: bool
    effect_kgco2e: float | None = strawberry.field(
        description="By how much the products' totals together would fall if the item's total were the traced one; "
        "without products the difference itself."
    )


@strawberry.type
class ReconcilingQuery:
    """The root field of reconciliation."""

    @described(
        "Every item that is both declared and traced, ordered by absolute effect on the totals of the products (at "
        "most 1,000), then uid; the first of them, at most 1,000. Null where the caller sees no footprints."
    )
    async def reconciliations(
        self,
        info: Info,
        products: list[strawberry.ID] | None = UNSET,
        first: int | None = 50,
        view: ViewInput | None = UNSET,
    ) -> list[ItemReconciliation] | None:
        count = 50 if first is None else first
        if not 0 <= count <= MOST_SHOWN:
            raise BadUserInput(f"first: {count} is not from 0 to {MOST_SHOWN:,}")
        viewed = await opened(info, view)
        if not viewed.visibility.sees_footprints:
            return None
        uids = [str(uid) for uid in given(products) or ()]
        if len(uids) > MOST_PRODUCTS:
            raise BadUserInput(f"products: {len(uids):,} products; name at most {MOST_PRODUCTS:,}")
        rows = rows_by_uid(viewed.facts, Kind.ITEM, uids)
        unknown = [uid for uid in uids if uid not in rows]
        if unknown:
            raise BadUserInput(f"products: item {unknown[0]!r} is not recorded")
        await viewed.allowance.take(len(uids) + count)
        return await _shown(viewed, [rows[uid] for uid in uids], count)


async def _shown(viewed: Viewed, product_rows: list[int], count: int) -> list[ItemReconciliation]:
    found = (await asyncio.to_thread(reconcile, viewed.graph, product_rows))[:count]
    viewed.items.want(one.item_row for one in found)
    declarations = Declaration.of(viewed, [one.declaration_row for one in found])
    shown = []
    for one, declaration in zip(found, declarations, strict=True):
        values = {name: value for name, value in asdict(one).items() if not name.endswith("_row")}
        shown.append(ItemReconciliation(item=Item.of(viewed, one.item_row), declaration=declaration, **values))
    return shown
