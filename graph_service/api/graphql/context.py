"""What one request knows: who asks, and the views it has opened, all of one newest revision."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar

import strawberry

from graph_service.api.graphql.allowance import Allowance
from graph_service.api.graphql.viewed import Viewed
from graph_service.api.graphql.views import ViewInput, view_request
from graph_service.api.graphql.visibility import Visibility
from graph_service.bootstrap import Services
from graph_service.model.batch import Principal
from graph_service.model.facts import Revision
from graph_service.model.side_records import Collection
from graph_service.model.vocabulary import Role
from graph_service.service.declaring.verifying import assigned_uids
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import ViewRequest

MOST_REVISIONS_AT_ONCE = 1_000

Result = TypeVar("Result")


class RequestContext:
    """The context of a request's resolvers; ``unfinished`` outlives it and holds what goes on after it: graphs being
    built, batches being recorded. ``is_writing`` while one is. ``footprint_of`` makes the footprint of an item row.

    What is newest is asked once: fields of one answer never mix two revisions, whatever is written meanwhile.
    """

    def __init__(
        self,
        services: Services,
        principal: Principal,
        request_id: str,
        unfinished: set[asyncio.Task[Any]],
        *,
        footprint_of: Callable[[Viewed, int], Awaitable[object]],
    ) -> None:
        self.services = services
        self.principal = principal
        self.request_id = request_id
        self.footprint_of = footprint_of
        self._unfinished = unfinished
        self.visibility = Visibility(principal)
        self.allowance = Allowance()
        self.is_writing = False
        self._knows_assigned = False
        self._newest: Revision | None = None
        self._graphs: dict[tuple[date | None, datetime | None, int | None], ViewedGraph] = {}
        self._viewed: dict[ViewRequest, Viewed] = {}
        self._revisions: dict[int, Revision] = {}
        self._documents: dict[str, Mapping[str, Any]] = {}
        self._opening = asyncio.Lock()

    async def newest(self) -> Revision:
        """The newest revision, as of the first time that this request asked."""
        async with self._opening:
            return await self._newest_once()

    def forget(self) -> None:
        """See anew what is newest: this request has just written."""
        self._newest = None
        self._graphs.clear()
        self._viewed.clear()

    async def viewed(self, request: ViewRequest) -> Viewed:
        """The graph of a view. Views that differ in method alone share one graph and its store calls."""
        async with self._opening:
            await self._see_assigned()
            if request not in self._viewed:
                graph = await self._graph(request)
                view = replace(graph.view, basis=request.basis, boundary=request.boundary)
                self._viewed[request] = Viewed(
                    ViewedGraph(graph.day, view), self.visibility, self.allowance, self.viewed
                )
            return self._viewed[request]

    async def revision_of(self, number: int, also: Sequence[int] = ()) -> Revision:
        """A recorded revision; ``also`` names others that will soon be asked for, read with it in one call."""
        async with self._opening:  # all fields of a page ask at once: the first one reads for all
            if number not in self._revisions:
                await self._read_revisions(number, also)
        return self._revisions[number]

    async def document_of(self, declaration_uid: str, also: Sequence[str] = ()) -> Mapping[str, Any]:
        """What was recorded beside a declaration; ``also`` names others soon asked for, read with it in one call."""
        async with self._opening:
            if declaration_uid not in self._documents:
                wanted = list({declaration_uid, *also} - self._documents.keys())
                found = await self.services.store.side_records(Collection.DOCUMENT, wanted)
                read = {uid: json.loads(record.body) for uid, record in found.items()}
                self._documents.update({uid: read.get(uid, {}) for uid in wanted})
        return self._documents[declaration_uid]

    async def _see_assigned(self) -> None:
        """Know what a verifier may see, asked once."""
        if self.principal.role is Role.VERIFIER and not self._knows_assigned:
            uids = await assigned_uids(self.services.store, key_id=self.principal.client)
            self.visibility, self._knows_assigned = Visibility(self.principal, uids), True

    async def _read_revisions(self, number: int, also: Sequence[int]) -> None:
        wanted = [one for one in also if abs(one - number) < MOST_REVISIONS_AT_ONCE]
        low, high = min([number, *wanted]), max([number, *wanted])
        store = self.services.store
        for found in await store.revisions(first=high - low + 1, below=high + 1, above=low - 1):
            self._revisions[found.number] = found

    async def finish(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What ``work`` gives. It goes on when this request runs out of time.

        Else a graph that takes longer to build than one operation may last would never be there for anybody, and a
        batch would be given up half way.
        """
        task = asyncio.create_task(work)
        self._unfinished.add(task)
        task.add_done_callback(self._unfinished.discard)
        return await asyncio.shield(task)

    async def write(self, work: Coroutine[Any, Any, Result], *, is_dry_run: bool = False) -> Result:
        """What ``work``, which records, gives; as ``finish``. What is newest is seen anew afterwards.

        Where the time runs out ``is_writing`` stays: the caller is told that it is being recorded still.
        """
        self.is_writing = not is_dry_run
        result = await self.finish(work)
        self.is_writing = False
        self.forget()
        return result

    async def _newest_once(self) -> Revision:
        if self._newest is None:
            self._newest = await self.services.store.revision()
        return self._newest

    async def _graph(self, request: ViewRequest) -> ViewedGraph:
        key = (request.as_of, request.known_at, request.revision)
        if key not in self._graphs:
            if request.known_at is None and request.revision is None:
                newest = await self._newest_once()
                self._graphs[key] = await self.finish(self.services.snapshots.view_at(newest, request))
            else:
                self._graphs[key] = await self.finish(self.services.snapshots.view(request))
        return self._graphs[key]


Info = strawberry.Info[RequestContext, None]

UNSET: Any = strawberry.UNSET
"""Default of an argument that has none in the schema: it was left out."""


async def opened(info: Info, view: ViewInput | None = None) -> Viewed:
    """The graph of a root field: of its view, else of today and the newest revision."""
    return await info.context.viewed(view_request(view) or ViewRequest())
