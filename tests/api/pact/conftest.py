"""The PACT doors on a small chain with declarations, and callers of every kind."""

import base64
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import httpx
import pytest

from graph_service.api.app import create_app
from graph_service.model.batch import Beside
from graph_service.model.partners import PactVersion, Partner
from graph_service.model.side_records import Collection, SideRecord
from graph_service.model.vocabulary import Kind, Role
from tests.conftest import OpenStore
from tests.support.api_client import Api, api_on
from tests.support.batches import declaration, item, prepared, supplier
from tests.support.clock import NOON, FixedClock

HOST = "https://carbon.example"
STRANGER = "192.0.2.9"
LINK = re.compile(r'<([^<>]+)>; rel="next"')


@dataclass
class Pact:
    """A caller of the PACT doors: over https, from another machine, with the key that a call names."""

    api: Api
    http: httpx.AsyncClient

    async def get(self, path: str, *, key: str | None = None, **headers: str) -> httpx.Response:
        """A door read with a key or token; an empty one sends none; ``x_name`` is the header ``x-name``."""
        return await self.http.get(path, headers=self._headers(key, headers))

    async def post(self, path: str, body: bytes | str, *, key: str | None = None, **headers: str) -> httpx.Response:
        return await self.http.post(path, content=body, headers=self._headers(key, headers))

    async def send(self, path: str, event: object, *, key: str | None = None) -> httpx.Response:
        """An event, as CloudEvents are sent."""
        return await self.post(path, json.dumps(event), key=key, content_type="application/cloudevents+json")

    async def ids(self, path: str, *, key: str | None = None) -> list[str]:
        """Ids of the footprints of a list, which must be answered."""
        answer = await self.get(path, key=key)
        assert answer.status_code == 200, answer.text
        return [footprint["id"] for footprint in answer.json()["data"]]

    async def token(self, key: str, *, body: str = "grant_type=client_credentials", **headers: str) -> httpx.Response:
        """The answer to client credentials made of an access key."""
        _, key_id, secret = key.split("_")
        given = {"authorization": basic(key_id, secret), "content_type": "application/x-www-form-urlencoded"}
        return await self.post("/auth/token", body, key="", **{**given, **headers})

    def _headers(self, key: str | None, headers: Mapping[str, str]) -> dict[str, str]:
        chosen = self.api.leader if key is None else key
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {**({"authorization": f"Bearer {chosen}"} if chosen else {}), **named}

    async def record(self, *rows: Mapping[str, object], beside: Sequence[SideRecord] = ()) -> int:
        """The revision that now holds these declarations and side records."""
        revision = await self.api.store.revision()
        upserts = {Kind.DECLARATION: list(rows)} if rows else None
        receipt = await self.api.store.apply(
            prepared(revision.number, upserts, recorded_at=NOON, beside=Beside(tuple(beside)))
        )
        return receipt.revision.number

    async def partner_key(self, *item_uids: str, revoked_at: str | None = None) -> str:
        """A key of a customer that may read what is published of these items."""
        key = await self.api.key(Role.PUBLIC)
        key_id = key.split("_")[1]
        customer = Partner(
            f"partner-{key_id}", "Buyer", "https://buyer.example", PactVersion.V3, key_id, item_uids=item_uids
        )
        changed = Partner(**{**{name: getattr(customer, name) for name in Partner.__slots__}, "revoked_at": revoked_at})
        await self.record(beside=[changed.to_record(is_new=True)])
        return key


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def footprint_id(number: int) -> str:
    """A UUID that says its number."""
    return f"00000000-0000-4000-8000-{number:012}"


def numbers(ids: Sequence[str]) -> list[int]:
    """The numbers that the ids say."""
    return [int(one[-12:]) for one in ids]


def declared(number: int, item_uid: str = "cell", **columns: Any) -> dict[str, object]:
    """A declaration as intake records one of the short form with all that V3 demands."""
    given: dict[str, Any] = {
        "fossil_kgco2e": 5.0,
        "biogenic_uptake_kgco2e": 0.0,
        "declared_unit_amount": 1.0,
        "unit_factor": 1.0,
        "document_unit": "kilogram",
        "exempted_share": 0.0,
        "primary_data_share": 0.5,
        "technological_dqr": 2.0,
        "temporal_dqr": 2.0,
        "geographical_dqr": 2.0,
        "gwp_set": "AR6",
        "document_format": "SHORT",
        "created_at": "2026-02-01T00:00:00Z",
        "is_published": False,
        "geography": "CN",
        "product_ids": f"urn:example:product:{number}",
        "company_ids": "urn:example:company:cells",
        "classifications": "urn:cpc:1",
    }
    return {**declaration(footprint_id(number), item_uid, **{**given, **columns})}


def document_record(number: int, document: Mapping[str, object]) -> SideRecord:
    body = json.dumps({"document": document, "findings": []})
    return SideRecord(Collection.DOCUMENT, footprint_id(number), body)


CHAIN: Mapping[Kind, Sequence[Mapping[str, object]]] = {
    Kind.SUPPLIER: [
        supplier("cells", name="Cell Works", identifiers="urn:example:company:cells"),
        supplier("mine", name="Deep Mine", identifiers="urn:example:company:mine"),
    ],
    Kind.ITEM: [
        item("cell", supplier_uid="cells", mass_kg=1.0, identifiers="urn:example:product:cell"),
        item("ore", supplier_uid="mine", mass_kg=1.0, identifiers="urn:example:product:ore"),
    ],
}


@pytest.fixture
async def settings() -> dict[str, Any]:
    """Settings of the test; a test module may override it."""
    return {"secret_key": "s" * 32, "trusted_proxies": "10.0.0.0/8"}


@pytest.fixture
async def pact(embedded_only: OpenStore, clock: FixedClock, settings: dict[str, Any]) -> AsyncIterator[Pact]:
    """The doors, called over https from elsewhere, on the chain without declarations."""
    store = await embedded_only(clock=clock)
    async with api_on(store, clock=clock, client_host=STRANGER, base_url=HOST, **settings) as api:
        await api.store.apply(prepared(0, CHAIN))
        yield Pact(api, api.http)


def called_from(pact: Pact, host: str, *, base_url: str = HOST) -> Pact:
    """The same doors called from another address."""
    transport = httpx.ASGITransport(create_app(pact.api.services), client=(host, 50_000))
    return Pact(pact.api, httpx.AsyncClient(transport=transport, base_url=base_url))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def day(text: str) -> date:
    return date.fromisoformat(text)
