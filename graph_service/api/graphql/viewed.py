"""A graph as one request sees it: records read once for all fields that want them, hidden ones left out."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from graph_service.api.graphql.allowance import Allowance
from graph_service.api.graphql.pages import Connection, PageRequest, connection, parse_cursor
from graph_service.api.graphql.visibility import Sight, Visibility
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import Kind
from graph_service.service.browse import FactRows
from graph_service.service.footprints import Footprint, footprint
from graph_service.service.records import (
    FactorRecord,
    ItemRecord,
    RegionRecord,
    SupplierRecord,
    factor_records,
    item_records,
    region_records,
    rows_by_uid,
    supplier_records,
)
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View, ViewRequest

Key = TypeVar("Key")
Record = TypeVar("Record")
NodeType = TypeVar("NodeType")


class Shelf(Generic[Key, Record]):
    """Records by key; those announced beforehand are read together with the first that is asked for."""

    def __init__(self, read: Callable[[Sequence[Key]], Mapping[Key, Record]]) -> None:
        self._read = read
        self._known: dict[Key, Record | None] = {}
        self._wanted: set[Key] = set()

    def want(self, keys: Iterable[Key]) -> None:
        """Announce keys that fields may soon ask for."""
        self._wanted.update(key for key in keys if key not in self._known)

    def get(self, key: Key) -> Record | None:
        """The record, None where there is none."""
        if key not in self._known:
            keys = list(self._wanted | {key})
            self._wanted.clear()
            found = self._read(keys)
            self._known.update({each: found.get(each) for each in keys})
        return self._known[key]


OpenView = Callable[[ViewRequest], Awaitable["Viewed"]]
"""Opens another view in the same request."""


class Viewed:
    """One view of one request: the graph, the caller's eyes, the records read so far."""

    def __init__(self, graph: ViewedGraph, visibility: Visibility, allowance: Allowance, open_view: OpenView) -> None:
        self.graph = graph
        self.allowance = allowance
        self._open_view = open_view
        self.visibility = visibility
        facts = graph.day.facts
        self.items: Shelf[int, ItemRecord] = Shelf(lambda rows: _by_row(item_records, facts, rows))
        self.factors: Shelf[int, FactorRecord] = Shelf(lambda rows: _by_row(factor_records, facts, rows))
        self.suppliers: Shelf[str, SupplierRecord] = Shelf(
            lambda uids: _by_uid(supplier_records, facts, Kind.SUPPLIER, uids)
        )
        self.regions: Shelf[str, RegionRecord] = Shelf(lambda uids: _by_uid(region_records, facts, Kind.REGION, uids))
        self._sights: dict[int, Sight] = {}
        self._is_rolled_up = False

    @property
    def facts(self) -> Facts:
        return self.graph.day.facts

    @property
    def view(self) -> View:
        return self.graph.view

    async def at_cursor(self, page: PageRequest) -> "Viewed":
        """This view on the revision and day of a page's cursor: a list that takes no view of its own stays still."""
        view = self.view
        if page.cursor is None:
            return self
        place = parse_cursor(page.cursor)
        if (place.revision, place.as_of) == (view.revision.number, view.as_of):
            return self
        return await self._open_view(
            ViewRequest(as_of=place.as_of, revision=place.revision, basis=view.basis, boundary=view.boundary)
        )

    def sight_of_item(self, item_row: int) -> Sight:
        """How much of an item the caller is shown."""
        if item_row not in self._sights:
            self._sights[item_row] = self.visibility.sight_of_item(self.graph.day, item_row)
        return self._sights[item_row]

    async def footprint(self, item_row: int) -> Footprint | None:
        """An item's footprint; None where the caller may not see it. The roll-up is solved off the event loop."""
        if not self.visibility.sees_footprints:
            return None
        if not self._is_rolled_up:
            await asyncio.to_thread(self.graph.roll_up)
            self._is_rolled_up = True
        return footprint(self.graph, item_row)


def _by_row(
    read: Callable[[Facts, Sequence[int]], Sequence[Record]], facts: Facts, rows: Sequence[int]
) -> Mapping[int, Record]:
    return dict(zip(rows, read(facts, rows), strict=True))


def _by_uid(
    read: Callable[[Facts, Sequence[int]], Sequence[Record]], facts: Facts, kind: Kind, uids: Sequence[str]
) -> Mapping[str, Record]:
    rows = rows_by_uid(facts, kind, uids)
    return dict(zip(rows, read(facts, list(rows.values())), strict=True))


async def page_of(
    viewed: Viewed,
    rows: FactRows,
    page: PageRequest,
    identity: Sequence[object],
    make: Callable[[Viewed, Sequence[int]], Sequence[NodeType]],
) -> Connection[NodeType]:
    """A page of facts; ``make`` turns the page's rows into nodes. See ``connection``."""
    return await connection(
        len(rows), page, viewed=viewed, identity=identity, make=lambda part: make(viewed, rows[part].tolist())
    )
