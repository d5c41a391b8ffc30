"""The application called as over the network, without one."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from graph_service.api.app import create_app
from graph_service.bootstrap import Services, join_services
from graph_service.model.vocabulary import Role
from graph_service.ports import GraphStore
from graph_service.service.access import create_key
from graph_service.settings import Settings
from tests.support.clock import FixedClock
from tests.support.counting_store import CountingStore

APPLY = """
mutation Apply($input: ChangeBatchInput!) {
  applyChanges(input: $input) {
    __typename
    ... on ChangesApplied {
      revision { number by door summary } created findings { code severity path message } replayed dryRun
    }
    ... on ChangesRefused { code revision { number } findings { code severity path message } }
  }
}
"""


@dataclass
class Api:
    """A client of the application; every call is made with the chain leader's key unless ``key`` says otherwise."""

    http: httpx.AsyncClient
    services: Services
    store: CountingStore
    clock: FixedClock
    leader: str

    async def key(self, role: Role, supplier_uid: str | None = None) -> str:
        """A new access key."""
        return await create_key(
            role=role,
            supplier_uid=supplier_uid,
            store=self.services.store,
            snapshots=self.services.snapshots,
            clock=self.clock,
        )

    async def post(
        self, query: str, variables: Mapping[str, Any] | None = None, *, key: str | None = None, **headers: str
    ) -> httpx.Response:
        """The bare response; an empty ``key`` sends none."""
        chosen = self.leader if key is None else key
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        authorization = {"authorization": f"Bearer {chosen}"} if chosen else {}
        body = json.dumps({"query": query, "variables": variables or {}})
        shown = {"content-type": "application/json", **authorization, **named}
        return await self.http.post("/graphql", content=body, headers=shown)

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, *, key: str | None = None) -> Any:
        """The data of an answer without errors."""
        body = (await self.post(query, variables, key=key)).json()
        assert "errors" not in body, body["errors"]
        return body["data"]

    async def errors(
        self, query: str, variables: Mapping[str, Any] | None = None, *, key: str | None = None
    ) -> Sequence[Any]:
        """The errors of an answer that has some."""
        body = (await self.post(query, variables, key=key)).json()
        assert body.get("errors"), body
        errors: Sequence[Any] = body["errors"]
        return errors

    async def error(self, query: str, variables: Mapping[str, Any] | None = None, *, key: str | None = None) -> Any:
        """The one error of an answer."""
        (error,) = await self.errors(query, variables, key=key)
        return error

    async def apply(self, idempotency_key: str, *, key: str | None = None, **batch: Any) -> Any:
        """The payload of ``applyChanges``."""
        data = await self.ask(APPLY, {"input": {"idempotencyKey": idempotency_key, **batch}}, key=key)
        return data["applyChanges"]

    async def record(self, idempotency_key: str, **batch: Any) -> int:
        """The revision that now holds the batch, which must be accepted."""
        payload = await self.apply(idempotency_key, **batch)
        assert payload["__typename"] == "ChangesApplied", payload
        number: int = payload["revision"]["number"]
        return number


@asynccontextmanager
async def api_on(
    store: GraphStore,
    *,
    clock: FixedClock,
    client_host: str = "127.0.0.1",
    base_url: str = "http://127.0.0.1:8000",
    **settings: Any,
) -> AsyncIterator[Api]:
    """The application on a store; the caller opens and closes that."""
    counting = CountingStore(store)
    chosen = Settings(store="sqlite:///unused.db", **settings)
    services = join_services(counting, clock=clock, settings=chosen)
    leader = await create_key(
        role=Role.CHAIN_LEADER, supplier_uid=None, store=counting, snapshots=services.snapshots, clock=clock
    )
    transport = httpx.ASGITransport(create_app(services), client=(client_host, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=base_url) as http:
        yield Api(http, services, counting, clock, leader)
