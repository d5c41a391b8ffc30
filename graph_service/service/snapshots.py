"""The graphs in memory: the newest revision's, and a bounded number of past ones."""

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import date, tzinfo

from graph_service.engine.rollup import RollUp
from graph_service.errors import InvalidInput
from graph_service.model.facts import Facts, Revision
from graph_service.ports import Clock, GraphStore
from graph_service.service.day_graph import DayGraph, day_graph
from graph_service.service.following import (
    REBUILT_SHARE,
    ChangedUids,
    changed_uids,
    facts_after,
    follow,
    joined,
)
from graph_service.service.views import View, ViewRequest

GRAPHS_KEPT = 4
MOST_ROWS_KEPT = 20_000_000
"""Facts in all the graphs kept, some 2 GB; the graph asked for last stays whatever its size."""

STEPS_KEPT, MOST_STEP_ROWS = 64, 50_000
"""How far back a graph in hand can still follow: revisions, and rows that they changed."""

FEW_ROWS = 1_000
"""So many changed rows are applied to the facts in hand whatever the size of the graph."""


@dataclass(frozen=True, slots=True)
class ViewedGraph:
    """A day's graph and the method an answer uses."""

    day: DayGraph
    view: View

    def roll_up(self) -> RollUp:
        """All totals on the view's basis; solved once per graph and basis."""
        return self.day.roll_up(is_traced=self.view.is_traced)


@dataclass(frozen=True, slots=True)
class _Step:
    """What the revisions after ``start`` up to ``end`` changed."""

    start: int
    end: int
    changed: ChangedUids

    @property
    def size(self) -> int:
        return sum(len(uids) for uids in self.changed.values())


class Snapshots:
    """Graphs of the store, built once for all callers that wait for the same one.

    What is in hand serves as long as it is the newest revision's and the day's. When the revision has moved, what
    changed is asked of the store and applied to the facts in hand, and the totals in hand follow it; where much has
    changed, all is read and built anew. A bounded number of graphs stays, the least recently asked for goes first.
    """

    def __init__(self, store: GraphStore, clock: Clock, time_zone: tzinfo) -> None:
        self._store = store
        self._clock = clock
        self._time_zone = time_zone
        self._newest: tuple[Revision, Facts] | None = None
        self._graphs: OrderedDict[tuple[int, date], DayGraph] = OrderedDict()
        self._steps: deque[_Step] = deque(maxlen=STEPS_KEPT)
        self._building = asyncio.Lock()
        self._building_past = asyncio.Lock()
        self.writing = asyncio.Lock()
        """Held while a batch is checked and recorded, so that writers of one process do not overtake each other."""

    def today(self) -> date:
        """The calendar day in the service's time zone."""
        return self._clock.now().astimezone(self._time_zone).date()

    @property
    def in_hand(self) -> tuple[Revision, Facts] | None:
        """The last revision seen to be the newest, and its facts, without asking the store; None before the first."""
        return self._newest

    def graph_in_hand(self, revision: int) -> DayGraph | None:
        """Today's graph of a revision, or of one before it that is still in memory; None without any."""
        today = self.today()
        kept = [graph for graph in self._graphs.values() if graph.as_of == today and graph.revision.number <= revision]
        return max(kept, key=lambda graph: graph.revision.number, default=None)

    async def newest(self) -> tuple[Revision, Facts]:
        """The newest revision and its facts; one store call, two when the revision moved."""
        revision = await self._store.revision()
        return revision, await self._facts(revision)

    def adopt(self, revision: Revision, facts: Facts, *, changed: ChangedUids | None = None) -> None:
        """Take over the facts of a newer revision; ``changed``: what it changed in those in hand, if that is known."""
        if self._newest is not None and revision.number <= self._newest[0].number:
            return
        if changed is None or self._newest is None:
            self._steps.clear()
        else:
            self._steps.append(_Step(self._newest[0].number, revision.number, changed))
            while sum(step.size for step in self._steps) > MOST_STEP_ROWS:
                self._steps.popleft()
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
        is_past = self._newest is not None and revision.number < self._newest[0].number
        if key not in self._graphs:
            # A past graph may take long to read: nobody who asks about the present waits for it.
            async with self._building_past if is_past else self._building:
                if key not in self._graphs:
                    self._keep(key, await self._build(revision, as_of))
        self._graphs.move_to_end(key)
        return self._graphs[key]

    async def _build(self, revision: Revision, as_of: date) -> DayGraph:
        facts = await self._facts_in_hand(revision)
        for before in sorted(self._graphs.values(), key=lambda graph: graph.revision.number, reverse=True):
            changed = self._changed_between(before.revision.number, revision.number)
            if changed is not None:
                followed = await asyncio.to_thread(follow, before, revision, as_of, facts, changed)
                if followed is not None:
                    return followed
                break
        return await asyncio.to_thread(day_graph, revision, as_of, facts)

    def _changed_between(self, start: int, end: int) -> ChangedUids | None:
        """What the revisions after ``start`` up to ``end`` changed; None where that is not known step by step."""
        steps = [step for step in self._steps if step.start >= start and step.end <= end]
        covered = [start, *(step.end for step in steps)]
        return joined(step.changed for step in steps) if covered == [*(s.start for s in steps), end] else None

    def _keep(self, key: tuple[int, date], graph: DayGraph) -> None:
        """Keep a graph, and of the others those asked for last, as many as there is room for."""
        self._graphs[key] = graph
        rows = sum(_row_count(kept.facts) for kept in self._graphs.values())
        while len(self._graphs) > GRAPHS_KEPT or (rows > MOST_ROWS_KEPT and len(self._graphs) > 1):
            _, gone = self._graphs.popitem(last=False)
            rows -= _row_count(gone.facts)

    async def _facts(self, revision: Revision) -> Facts:
        async with self._building:
            return await self._facts_in_hand(revision)

    async def _facts_in_hand(self, revision: Revision) -> Facts:
        """The facts of a revision: from memory, else by what changed since, else from the store."""
        if self._newest is not None and self._newest[0].number == revision.number:
            return self._newest[1]
        for graph in self._graphs.values():
            if graph.revision.number == revision.number:
                return graph.facts
        if self._newest is not None and self._newest[0].number < revision.number:
            followed = await self._followed_facts(*self._newest, revision)
            if followed is not None:
                return followed
        facts = await self._store.export(revision.number)
        self.adopt(revision, facts)
        return facts

    async def _followed_facts(self, newest: Revision, facts: Facts, revision: Revision) -> Facts | None:
        most_rows = max(FEW_ROWS, int(REBUILT_SHARE * _row_count(facts)))
        changes = await self._store.changes_since(newest.number, revision.number, most_rows=most_rows)
        if changes is None:
            return None
        followed = await asyncio.to_thread(facts_after, facts, changes)
        if followed is not None:
            self.adopt(revision, followed, changed=changed_uids(changes.upserts, changes.ends))
        return followed


def _row_count(facts: Facts) -> int:
    return sum(table.num_rows for table in facts.tables.values())
