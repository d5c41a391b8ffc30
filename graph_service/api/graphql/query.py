"""What callers may ask."""

import asyncio
from dataclasses import replace

import strawberry

from graph_service.api.errors import BadUserInput
from graph_service.api.graphql.analysis import AnalysisQuery
from graph_service.api.graphql.bases import Benchmark, Node
from graph_service.api.graphql.context import UNSET, Info, opened
from graph_service.api.graphql.described import described
from graph_service.api.graphql.enums import DeclarationState, ItemKind, ItemOrder, Role
from graph_service.api.graphql.footprint import Footprint
from graph_service.api.graphql.ids import parse_node_id
from graph_service.api.graphql.nodes import Declaration, Emission, Item, Supplier, Supply
from graph_service.api.graphql.pages import Connection, PageRequest, connection, given, page_request, parse_cursor
from graph_service.api.graphql.reconciling import ReconcilingQuery
from graph_service.api.graphql.reference import Factor, Region, same_names
from graph_service.api.graphql.requests import RequestQuery
from graph_service.api.graphql.revisions import revision_connection
from graph_service.api.graphql.viewed import Viewed, page_of
from graph_service.api.graphql.views import Revision, ViewInput, view_request
from graph_service.api.graphql.visibility import Sight
from graph_service.api.graphql.waiting import WaitingQuery
from graph_service.model.vocabulary import Kind
from graph_service.service import browse
from graph_service.service.declarations import find_declarations
from graph_service.service.records import benchmark_records, row_of, rows_by_uid
from graph_service.service.views import ViewRequest

MOST_FOOTPRINTS = 1_000


@strawberry.input
class ItemFilter:
    uid: list[strawberry.ID] | None = UNSET
    supplier: list[strawberry.ID] | None = UNSET
    kind: list[ItemKind] | None = UNSET
    category: list[str] | None = UNSET
    region: list[strawberry.ID] | None = UNSET
    name_contains: str | None = UNSET
    has_declaration: bool | None = UNSET

    def asked(self) -> browse.ItemFilter:
        """The filter as the service takes it; null and left out mean not asked."""
        return browse.ItemFilter(
            uids=given(self.uid),
            supplier_uids=given(self.supplier),
            kinds=given(self.kind),
            categories=given(self.category),
            region_uids=given(self.region),
            name_contains=given(self.name_contains),
            has_declaration=given(self.has_declaration),
        )


@strawberry.type
class Principal:
    name: str
    role: Role
    found: strawberry.Private[Supplier | None]

    @strawberry.field
    def supplier(self) -> Supplier | None:
        return self.found


async def opened_for_page(info: Info, page: PageRequest, view: ViewInput | None = None) -> Viewed:
    """As ``opened``, but a cursor pins revision and day, so that a list does not move while it is paged.

    Raises ``BadUserInput`` where the view asks for another revision or day than the cursor's.
    """
    asked = view_request(view) or ViewRequest()
    if page.cursor is None:
        return await info.context.viewed(asked)
    place = parse_cursor(page.cursor)
    is_other = asked.revision not in (None, place.revision) or asked.as_of not in (None, place.as_of)
    if asked.known_at is not None and not is_other:
        is_other = (await info.context.viewed(asked)).view.revision.number != place.revision
    if is_other:
        raise BadUserInput(
            f"the cursor is of revision {place.revision} and {place.as_of}, the view asks for others; leave revision, "
            "knownAt and asOf out of the view, or start again"
        )
    newest = await info.context.newest()
    if place.revision > newest.number:
        raise BadUserInput("the cursor is of a revision that is not recorded; start again")
    revision = None if place.revision == newest.number else place.revision
    pinned = replace(asked, as_of=place.as_of, revision=revision, known_at=None)
    return await info.context.viewed(pinned)


@strawberry.type
class Query(AnalysisQuery, WaitingQuery, ReconcilingQuery, RequestQuery):
    @strawberry.field
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:  # noqa: A002 -- the contract's name
        parsed = parse_node_id(id)
        return None if parsed is None else await find_node(info, *parsed)

    @strawberry.field
    async def item(self, info: Info, uid: strawberry.ID, view: ViewInput | None = UNSET) -> Item | None:
        viewed = await opened(info, view)
        return Item.of(viewed, row_of(viewed.facts, Kind.ITEM, uid))

    @described("The cursor pins revision and day.")
    async def items(
        self,
        info: Info,
        first: int | None = UNSET,
        after: str | None = UNSET,
        last: int | None = UNSET,
        before: str | None = UNSET,
        filter: ItemFilter | None = UNSET,  # noqa: A002 -- the contract's name
        order_by: ItemOrder | None = ItemOrder.UID,
        view: ViewInput | None = UNSET,
    ) -> Connection[Item]:
        page = page_request(first, after, last, before)
        viewed = await opened_for_page(info, page, view)
        where = (given(filter) or ItemFilter()).asked()
        order = browse.ItemOrder((order_by or ItemOrder.UID).value)
        if order is browse.ItemOrder.TOTAL_DESC and not viewed.visibility.sees_footprints:
            order = browse.ItemOrder.UID  # all totals are null to this caller, so uid decides
        found = await asyncio.to_thread(browse.find_items, viewed.graph, where=where, order=order)
        rows = viewed.visibility.seen_whole(viewed.facts, found)
        by_total = order is browse.ItemOrder.TOTAL_DESC
        method = (viewed.view.basis, viewed.view.boundary) if by_total else ()
        return await page_of(viewed, rows, page, ("items", where, order, method), Item.all_of)

    @strawberry.field
    async def supplier(self, info: Info, uid: strawberry.ID) -> Supplier | None:
        return Supplier.of(await opened(info), uid)

    @strawberry.field
    async def suppliers(
        self,
        info: Info,
        first: int | None = UNSET,
        after: str | None = UNSET,
        last: int | None = UNSET,
        before: str | None = UNSET,
    ) -> Connection[Supplier]:
        page = page_request(first, after, last, before)
        viewed = await opened_for_page(info, page)
        uids = _uids(viewed, Kind.SUPPLIER)
        seen = [uid for uid in uids if viewed.visibility.sees_supplier(uid)]

        def make(part: slice) -> list[Supplier]:
            viewed.suppliers.want(seen[part])
            return [supplier for uid in seen[part] if (supplier := Supplier.of(viewed, uid)) is not None]

        return await connection(len(seen), page, viewed=viewed, identity=("suppliers",), make=make)

    @strawberry.field
    async def region(self, info: Info, code: strawberry.ID) -> Region | None:
        return Region.of(await opened(info), code)

    @strawberry.field
    async def regions(
        self,
        info: Info,
        first: int | None = UNSET,
        after: str | None = UNSET,
        last: int | None = UNSET,
        before: str | None = UNSET,
    ) -> Connection[Region]:
        page = page_request(first, after, last, before)
        viewed = await opened_for_page(info, page)
        codes = _uids(viewed, Kind.REGION) if viewed.visibility.sees_reference_data else []

        def make(part: slice) -> list[Region]:
            viewed.regions.want(codes[part])
            return [region for code in codes[part] if (region := Region.of(viewed, code)) is not None]

        return await connection(len(codes), page, viewed=viewed, identity=("regions",), make=make)

    @strawberry.field
    async def factor(self, info: Info, uid: strawberry.ID, view: ViewInput | None = UNSET) -> Factor | None:
        viewed = await opened(info, view)
        return Factor.of(viewed, row_of(viewed.facts, Kind.FACTOR, uid))

    @strawberry.field
    async def factors(
        self,
        info: Info,
        first: int | None = UNSET,
        after: str | None = UNSET,
        last: int | None = UNSET,
        before: str | None = UNSET,
        flow: str | None = UNSET,
        region: strawberry.ID | None = UNSET,
        view: ViewInput | None = UNSET,
    ) -> Connection[Factor]:
        page = page_request(first, after, last, before)
        viewed = await opened_for_page(info, page, view)
        wanted = given(flow), given(region)
        found = browse.find_factors(viewed.facts, flow=wanted[0], region_uid=wanted[1])
        rows = found.tolist() if viewed.visibility.sees_reference_data else []

        def make(part: slice) -> list[Factor]:
            viewed.factors.want(rows[part])
            return [factor for row in rows[part] if (factor := Factor.of(viewed, row)) is not None]

        return await connection(len(rows), page, viewed=viewed, identity=("factors", *wanted), make=make)

    @strawberry.field
    async def benchmarks(self, info: Info, category: str | None = UNSET) -> list[Benchmark]:
        viewed = await opened(info)
        if not viewed.visibility.sees_reference_data:
            return []
        return [Benchmark(**same_names(record, "uid")) for record in benchmark_records(viewed.facts, given(category))]

    @strawberry.field
    async def declaration(self, info: Info, uid: strawberry.ID) -> Declaration | None:
        viewed = await opened(info)
        return Declaration.seen(viewed, uid)

    @described("Newest first.")
    async def declarations(
        self,
        info: Info,
        first: int | None = UNSET,
        after: str | None = UNSET,
        last: int | None = UNSET,
        before: str | None = UNSET,
        state: list[DeclarationState] | None = UNSET,
    ) -> Connection[Declaration]:
        page = page_request(first, after, last, before)
        viewed = await opened_for_page(info, page)
        found = find_declarations(viewed.facts, states=given(state))
        rows = viewed.visibility.seen_declarations(viewed.facts, found)
        return await page_of(viewed, rows, page, ("declarations", given(state)), Declaration.of)

    @described("In the order asked; at most 1,000 items.")
    async def footprints(
        self, info: Info, items: list[strawberry.ID], view: ViewInput | None = UNSET
    ) -> list[Footprint | None]:
        if len(items) > MOST_FOOTPRINTS:
            raise BadUserInput(f"items: {len(items):,} items; ask for at most {MOST_FOOTPRINTS:,} at once")
        viewed = await opened(info, view)
        await viewed.allowance.take(len(items))
        rows = rows_by_uid(viewed.facts, Kind.ITEM, items)
        return [await Footprint.of(viewed, rows[uid]) if uid in rows else None for uid in items]

    @described("The newest revision.")
    async def revision(self, info: Info) -> Revision:
        return Revision.of(await info.context.newest(), info.context.visibility)

    @strawberry.field
    async def revisions(
        self,
        info: Info,
        first: int | None = UNSET,
        after: str | None = UNSET,
        last: int | None = UNSET,
        before: str | None = UNSET,
        newest_first: bool | None = True,
    ) -> Connection[Revision]:
        page = page_request(first, after, last, before)
        return await revision_connection(info, page, is_newest_first=newest_first is not False)

    @strawberry.field
    async def me(self, info: Info) -> Principal | None:
        principal = info.context.principal
        supplier = None
        if principal.supplier_uid is not None:
            supplier = Supplier.of(await opened(info), principal.supplier_uid)
        return Principal(name=principal.name, role=principal.role, found=supplier)


def _uids(viewed: Viewed, kind: Kind) -> list[str]:
    rows = browse.all_rows(viewed.facts, kind)
    uids: list[str] = viewed.facts.tables[kind]["uid"].take(rows).to_pylist()
    return uids


async def find_node(info: Info, type_name: str, uid: str) -> Node | None:
    """The fact of a type and uid in today's newest view, None where it is unknown, hidden or not valid today."""
    viewed = await opened(info)
    facts = viewed.facts
    if type_name == "Item":
        return Item.of(viewed, row_of(facts, Kind.ITEM, uid))
    if type_name == "Supplier":
        return Supplier.of(viewed, uid)
    if type_name == "Region":
        return Region.of(viewed, uid)
    if type_name == "Factor":
        return Factor.of(viewed, row_of(facts, Kind.FACTOR, uid))
    if type_name == "Declaration":
        return Declaration.seen(viewed, uid)
    if type_name == "Supply":
        return _supply(viewed, row_of(facts, Kind.SUPPLY, uid))
    if type_name == "Emission":
        return _emission(viewed, row_of(facts, Kind.EMISSION, uid))
    return None


def _supply(viewed: Viewed, row: int | None) -> Supply | None:
    if row is None:
        return None
    supply = Supply.of(viewed, [row])[0]
    ends = (supply.input_row, supply.output_row)
    return supply if any(viewed.sight_of_item(end) is Sight.WHOLE for end in ends) else None


def _emission(viewed: Viewed, row: int | None) -> Emission | None:
    if row is None:
        return None
    emission = Emission.of(viewed, [row])[0]
    return emission if viewed.sight_of_item(emission.item_row) is Sight.WHOLE else None
