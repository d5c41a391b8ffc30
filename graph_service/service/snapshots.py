"""The graphs in memory: the newest revision's, and a bounded number of past ones."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, tzinfo

from graph_service.engine.rollup import RollUp
from graph_service.errors import InvalidInput
from graph_service.model.facts import Facts, Revision
from graph_service.ports import Clock, GraphStore
from graph_service.service.day_graph import DayGraph, day_graph
from graph_service.service.views import View, ViewRequest

GRAPHS_KEPT = 4


@dataclass(frozen=True, slots=True)
class ViewedGraph:
    """A day's graph and the method an answer uses."""

    day: DayGraph
    view: View

    def roll_up(self) -> RollUp:
        """All totals on the view's basis; solved once per graph and basis."""
        return self.day.roll_up(is_traced=self.view.is_traced)


class Snapshots:
    """Graphs of the store, built once for all callers that wait for the same one.

    What is in hand serves as long as it is the newest revision's; a new revision or a new day builds a new graph.
    At most ``GRAPHS_KEPT`` graphs stay, the least recently asked for goes first.
    """

    def __init__(self, store: GraphStore, clock: Clock, time_zone: tzinfo) -> None:
        self._store = store
        self._clock = clock
        self._time_zone = time_zone
        self._newest: tuple[Revision, Facts] | None = None
        self._graphs: OrderedDict[tuple[int, date], DayGraph] = OrderedDict()
        self._building = asyncio.Lock()
        self.writing = asyncio.Lock()
        """Held while a batch is checked and recorded, so that writers of one process do not overtake each other."""

    def today(self) -> date:
        """The calendar day in the service's time zone."""
        return self._clock.now().astimezone(self._time_zone).date()

    @property
    def in_hand(self) -> tuple[Revision, Facts] | None:
        """The last revision seen to be the newest, and its facts, without asking the store; None before the first."""
        return self._newest

    async def newest(self) -> tuple[Revision, Facts]:
        """The newest revision and its facts; one store call, two when the revision moved."""
        revision = await self._store.revision()
        return revision, await self._facts(revision)

    def adopt(self, revision: Revision, facts: Facts) -> None:
        """Take over the facts that this process has just recorded as ``revision``."""
        if self._newest is None or self._newest[0].number < revision.number:
            self._newest = revision, facts

    async def view(self, request: ViewRequest) -> ViewedGraph:
        """The graph that a view asks for.

        Raises ``InvalidInput`` for a view in the future, before the store was made, or by both time and number.
        """
        return await self.view_at(await self._revision(request), request)

    async def view_at(self, revision: Revision, request: ViewRequest) -> ViewedGraph:
        """The graph of a revision already in hand; ``request`` gives the day and the method."""
        as_of = request.as_of or self.today()
        return ViewedGraph(await self._graph(revision, as_of), View(as_of, revision, request.basis, request.boundary))

    async def _revision(self, request: ViewRequest) -> Revision:
        if request.revision is not None and request.known_at is not None:
            raise InvalidInput("a view takes knownAt or revision, not both")
        if request.revision is not None:
            found = await self._store.revision_by_number(request.revision)
            if found is None:
                newest = await self._store.revision()
                raise InvalidInput(
                    f"view.revision: {request.revision} is not recorded; the store holds 0 to {newest.number}"
                )
            return found
        if request.known_at is None:
            return await self._store.revision()
        if request.known_at > self._clock.now():
            raise InvalidInput(f"view.knownAt: {request.known_at.isoformat()} is in the future")
        found = await self._store.revision_known_at(request.known_at)
        if found is None:
            first = await self._store.revision_by_number(0)
            made = first.recorded_at.isoformat() if first else "later"
            raise InvalidInput(f"view.knownAt: {request.known_at.isoformat()} is before the store was made, {made}")
        return found

    async def _graph(self, revision: Revision, as_of: date) -> DayGraph:
        key = (revision.number, as_of)
        async with self._building:
            graph = self._graphs.get(key)
            if graph is None:
                facts = await self._facts_in_hand(revision)
                graph = await asyncio.to_thread(day_graph, revision, as_of, facts)
                self._keep(key, graph)
            self._graphs.move_to_end(key)
            return graph

    def _keep(self, key: tuple[int, date], graph: DayGraph) -> None:
        self._graphs[key] = graph
        while len(self._graphs) > GRAPHS_KEPT:
            self._graphs.popitem(last=False)

    async def _facts(self, revision: Revision) -> Facts:
        async with self._building:
            return await self._facts_in_hand(revision)

    async def _facts_in_hand(self, revision: Revision) -> Facts:
        """The facts of a revision: from memory where it is there, else from the store. Under ``_building``."""
        if self._newest is not None and self._newest[0].number == revision.number:
            return self._newest[1]
        for graph in self._graphs.values():
            if graph.revision.number == revision.number:
                return graph.facts
        facts = await self._store.export(revision.number)
        self.adopt(revision, facts)
        return facts
