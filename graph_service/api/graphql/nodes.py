"""The types of the graph that lead to one another."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import numpy as np
import strawberry

from graph_service.api.graphql.bases import (
    DeclarationFields,
    EmissionFields,
    ItemFields,
    Node,
    SupplyFields,
    declaration_fields,
    whole_fields,
)
from graph_service.api.graphql.context import UNSET, Info
from graph_service.api.graphql.described import described, of_type
from graph_service.api.graphql.enums import AcceptanceRule, DeclarationState, ItemKind
from graph_service.api.graphql.footprint_parts import Finding
from graph_service.api.graphql.ids import node_id
from graph_service.api.graphql.pages import Connection, given, page_request
from graph_service.api.graphql.reference import Factor, Region, same_names
from graph_service.api.graphql.scalars import JSON
from graph_service.api.graphql.viewed import Viewed, page_of
from graph_service.api.graphql.views import ViewInput, view_request
from graph_service.api.graphql.visibility import Sight
from graph_service.errors import Finding as FindingFact
from graph_service.errors import NotAllowed
from graph_service.model.facts import Revision as RevisionFact
from graph_service.model.vocabulary import Kind
from graph_service.service import browse
from graph_service.service.browse import FactRows
from graph_service.service.day_graph import DayGraph
from graph_service.service.declarations import DeclarationRecord, declaration_records, find_declarations
from graph_service.service.declaring.documents import write_pact
from graph_service.service.records import ItemRecord, SupplierRecord, emission_records, row_of, supply_records

FOOTPRINT: object = Annotated["Footprint", strawberry.lazy("graph_service.api.graphql.footprint")] | None  # noqa: F821
"""Items lead to footprints and footprints to items: the type is found when the schema is built."""


@strawberry.type
class Supplier(Node):
    uid: strawberry.ID
    name: str
    name_zh: str | None
    identifiers: list[str]
    acceptance: AcceptanceRule = strawberry.field(description="What becomes of this supplier's pushes.")
    acceptance_tolerance: float | None = strawberry.field(
        description="The largest relative difference from the item's total so far that is accepted without a review."
    )
    viewed: strawberry.Private[Viewed]
    region_uid: strawberry.Private[str | None]

    @strawberry.field
    def region(self) -> Region | None:
        return Region.of(self.viewed, self.region_uid)

    @described("Ordered by uid.")
    async def items(
        self, first: int | None = UNSET, after: str | None = UNSET, last: int | None = UNSET, before: str | None = UNSET
    ) -> Connection["Item"]:
        page = page_request(first, after, last, before)
        viewed = await self.viewed.at_cursor(page)
        rows = viewed.visibility.seen_whole(viewed.facts, browse.items_of_supplier(viewed.facts, self.uid))
        return await page_of(viewed, rows, page, ("items of supplier", self.uid), Item.all_of)

    @staticmethod
    def of(viewed: Viewed, uid: str | None) -> "Supplier | None":
        """The supplier of a uid, None where it is unknown or hidden."""
        if uid is None or not viewed.visibility.sees_supplier(uid):
            return None
        record = viewed.suppliers.get(uid)
        return None if record is None else Supplier.from_record(viewed, record)

    @staticmethod
    def from_record(viewed: Viewed, record: SupplierRecord) -> "Supplier":
        fields = same_names(record, "identifiers")
        return Supplier(
            id=node_id("Supplier", record.uid), identifiers=list(record.identifiers), viewed=viewed, **fields
        )


@strawberry.type(description="A product or component as one supplier makes it.")
class Item(ItemFields):
    viewed: strawberry.Private[Viewed]
    record: strawberry.Private[ItemRecord]
    is_whole: strawberry.Private[bool]

    @strawberry.field
    def kind(self) -> ItemKind:
        if not self.is_whole:
            raise NotAllowed(f"of {self.uid}, another supplier's item, only uid, name and declaredUnit are shown")
        return self.record.kind

    @strawberry.field
    def region(self) -> Region | None:
        return Region.of(self.viewed, self.record.region_uid) if self.is_whole else None

    @strawberry.field
    def supplier(self) -> Supplier | None:
        return Supplier.of(self.viewed, self.record.supplier_uid) if self.is_whole else None

    @described("Supply edges into this item, ordered by line, input uid, uid.")
    async def inputs(
        self,
        info: Info,
        first: int | None = UNSET,
        after: str | None = UNSET,
        last: int | None = UNSET,
        before: str | None = UNSET,
        view: ViewInput | None = UNSET,
    ) -> Connection["Supply"]:
        viewed, rows = await self._rows_in_view(info, view, browse.inputs_of)
        return await page_of(viewed, rows, page_request(first, after, last, before), ("inputs", self.uid), Supply.of)

    @described("Supply edges out of this item, ordered by output uid, uid.")
    async def outputs(
        self,
        info: Info,
        first: int | None = UNSET,
        after: str | None = UNSET,
        last: int | None = UNSET,
        before: str | None = UNSET,
        view: ViewInput | None = UNSET,
    ) -> Connection["Supply"]:
        viewed, rows = await self._rows_in_view(info, view, browse.outputs_of)
        return await page_of(viewed, rows, page_request(first, after, last, before), ("outputs", self.uid), Supply.of)

    @described("Direct emission entries, ordered by stage, uid.")
    async def emissions(
        self,
        info: Info,
        first: int | None = UNSET,
        after: str | None = UNSET,
        last: int | None = UNSET,
        before: str | None = UNSET,
        view: ViewInput | None = UNSET,
    ) -> Connection["Emission"]:
        viewed, rows = await self._rows_in_view(info, view, browse.emissions_of)
        page = page_request(first, after, last, before)
        return await page_of(viewed, rows, page, ("emissions", self.uid), Emission.of)

    @described("Newest first.")
    async def declarations(
        self,
        first: int | None = UNSET,
        after: str | None = UNSET,
        last: int | None = UNSET,
        before: str | None = UNSET,
        state: list[DeclarationState] | None = UNSET,
    ) -> Connection["Declaration"]:
        own = np.array([self.record.row] if self.is_whole else [], np.int64)
        rows = find_declarations(self.viewed.facts, item_rows=own, states=given(state))
        page = page_request(first, after, last, before)
        return await page_of(self.viewed, rows, page, ("declarations", self.uid, given(state)), Declaration.of)

    @of_type(FOOTPRINT)
    async def footprint(self, info: Info, view: ViewInput | None = UNSET) -> object:
        viewed, row = await self._in_view(info, view)
        return None if row is None else await info.context.footprint_of(viewed, row)

    async def _rows_in_view(
        self, info: Info, view: ViewInput | None, find: Callable[[DayGraph, int], FactRows]
    ) -> tuple[Viewed, FactRows]:
        viewed, row = await self._in_view(info, view)
        return viewed, np.empty(0, np.int64) if row is None else find(viewed.graph.day, row)

    async def _in_view(self, info: Info, view: ViewInput | None) -> tuple[Viewed, int | None]:
        """The view of a field, its own or this item's, and this item's row there; None where it is not seen whole."""
        asked = view_request(view)
        if asked is None:
            return self.viewed, self.record.row if self.is_whole else None
        viewed = await info.context.viewed(asked)
        row = row_of(viewed.facts, Kind.ITEM, self.uid)
        is_whole = row is not None and viewed.sight_of_item(row) is Sight.WHOLE
        return viewed, row if is_whole else None

    @staticmethod
    def all_of(viewed: Viewed, rows: Sequence[int]) -> list["Item"]:
        """The items of rows that are all seen whole."""
        viewed.items.want(rows)
        return [item for row in rows if (item := Item.of(viewed, row)) is not None]

    @staticmethod
    def of(viewed: Viewed, row: int | None) -> "Item | None":
        """The item of a row, as much of it as the caller may see."""
        if row is None:
            return None
        sight = viewed.sight_of_item(row)
        record = viewed.items.get(row)
        if sight is Sight.HIDDEN or record is None:
            return None
        is_whole = sight is Sight.WHOLE
        shown = whole_fields(record) if is_whole else {}
        return Item(
            id=node_id("Item", record.uid),
            uid=strawberry.ID(record.uid),
            name=record.name,
            declared_unit=record.declared_unit,
            viewed=viewed,
            record=record,
            is_whole=is_whole,
            **shown,
        )


@strawberry.type(
    description="Material flows from input to output: one declared unit of output takes amount x share of input."
)
class Supply(SupplyFields):
    viewed: strawberry.Private[Viewed]
    input_row: strawberry.Private[int]
    output_row: strawberry.Private[int]

    @strawberry.field
    def input(self) -> Item | None:
        return Item.of(self.viewed, self.input_row)

    @strawberry.field
    def output(self) -> Item | None:
        return Item.of(self.viewed, self.output_row)

    @staticmethod
    def of(viewed: Viewed, rows: Sequence[int]) -> list["Supply"]:
        """The supplies of rows; how a customer sources stays with the customer."""
        records = supply_records(viewed.facts, rows)
        viewed.items.want(row for record in records for row in (record.input_row, record.output_row))
        supplies = []
        for record in records:
            fields = same_names(record)
            if viewed.sight_of_item(record.output_row) is not Sight.WHOLE:
                fields |= dict.fromkeys(("line", "unit_cost", "currency", "gsd"))
            supplies.append(Supply(id=node_id("Supply", record.uid), viewed=viewed, **fields))
        return supplies


@strawberry.type(description="A direct emission entry of an item, per declared unit.")
class Emission(EmissionFields):
    viewed: strawberry.Private[Viewed]
    item_row: strawberry.Private[int]
    factor_row: strawberry.Private[int | None]

    @strawberry.field
    def item(self) -> Item | None:
        return Item.of(self.viewed, self.item_row)

    @strawberry.field
    def factor_used(self) -> Factor | None:
        return Factor.of(self.viewed, self.factor_row)

    @staticmethod
    def of(viewed: Viewed, rows: Sequence[int]) -> list["Emission"]:
        """The emission entries of rows."""
        records = emission_records(viewed.facts, rows)
        viewed.factors.want(record.factor_row for record in records if record.factor_row is not None)
        return [Emission(id=node_id("Emission", record.uid), viewed=viewed, **same_names(record)) for record in records]


@strawberry.type(
    description="A supplier's own footprint of an item. Immutable: a correction is a new one that names its "
    "predecessors."
)
class Declaration(DeclarationFields):
    viewed: strawberry.Private[Viewed]
    record: strawberry.Private[DeclarationRecord]
    page: strawberry.Private[Sequence[DeclarationRecord]]

    @strawberry.field
    def item(self) -> Item | None:
        return Item.of(self.viewed, self.record.item_row)

    @strawberry.field
    async def received_at(self, info: Info) -> datetime:
        return (await self._received(info)).recorded_at

    @strawberry.field
    async def received_from(self, info: Info) -> str | None:
        return (await self._received(info)).by if self.viewed.visibility.sees_history else None

    @strawberry.field
    async def findings(self, info: Info) -> list[Finding]:
        document = await self._document(info)
        is_read = self.viewed.visibility.reads_findings(document.get("told_to"))
        found = document.get("findings", ()) if is_read else ()
        return [Finding.of(FindingFact(**finding)) for finding in found]

    @described(
        "The footprint as PACT V3 JSON; null where the short form lacks mandatory fields. The verbatim document is "
        "served at the PACT door."
    )
    async def pact(self, info: Info) -> JSON | None:
        document = await self._document(info)
        written = write_pact(self.viewed.facts, self.record.uid, document, pact=info.context.services.pact)
        return None if written is None else JSON(written)

    @described("How its values became those per declared unit of the item: null where nothing was recorded about it.")
    async def conversion(self, info: Info) -> str | None:
        return (await self._document(info)).get("conversion")

    async def _received(self, info: Info) -> RevisionFact:
        return await info.context.revision_of(
            self.record.received_revision, [record.received_revision for record in self.page]
        )

    async def _document(self, info: Info) -> Mapping[str, Any]:
        return await info.context.document_of(self.record.uid, [record.uid for record in self.page])

    @staticmethod
    def seen(viewed: Viewed, uid: str) -> "Declaration | None":
        """The declaration of a uid, None where it is unknown or hidden."""
        row = row_of(viewed.facts, Kind.DECLARATION, uid)
        rows = np.array([] if row is None else [row], np.int64)
        found = Declaration.of(viewed, viewed.visibility.seen_declarations(viewed.facts, rows).tolist())
        return found[0] if found else None

    @staticmethod
    def of(viewed: Viewed, rows: Sequence[int]) -> list["Declaration"]:
        """The declarations of rows."""
        records = declaration_records(viewed.facts, rows)
        viewed.items.want(record.item_row for record in records)
        return [
            Declaration(
                id=node_id("Declaration", record.uid),
                **declaration_fields(record, viewed.items.get(record.item_row)),
                viewed=viewed,
                record=record,
                page=records,
            )
            for record in records
        ]
