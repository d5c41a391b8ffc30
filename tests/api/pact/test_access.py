"""What an event brings to a recipient, its list and its single footprints bring too, and nothing else does."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from graph_service.bootstrap import Services
from graph_service.errors import Conflict, InvalidInput
from graph_service.exchange.partner_client import CredentialSealing
from graph_service.model.partners import PactVersion
from graph_service.model.vocabulary import Door, Kind
from graph_service.service.access import OPERATOR
from graph_service.service.partners.composing import PublishOptions
from graph_service.service.partners.context import Exchange
from graph_service.service.partners.publishing import deprecate_published, publish
from graph_service.service.partners.register import (
    Credentials,
    PartnerTerms,
    Registered,
    add_partner,
    change_partner,
    revoke_partner,
)
from tests.api.pact.conformance import TYPES
from tests.api.pact.conftest import CHAIN, HOST, STRANGER, Pact
from tests.support.api_client import api_on
from tests.support.batches import emission, prepared
from tests.support.clock import FixedClock
from tests.support.memory_store import MemoryStore

ITEMS = ("cell", "ore")
SEALING = CredentialSealing("s" * 32)
AS_LEADER: Mapping[str, Any] = {"principal": OPERATOR, "door": Door.CLI}

grants = st.lists(st.sampled_from(ITEMS), unique=True).map(tuple)
steps = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(PactVersion), st.sampled_from((None, "cells", "mine")), grants),
    st.tuples(st.just("grant"), st.integers(0, 3), grants),
    st.tuples(st.just("revoke"), st.integers(0, 3)),
    st.tuples(st.just("publish"), st.sampled_from(ITEMS), st.booleans()),
    st.tuples(st.just("deprecate"), st.integers(0, 5)),
    st.tuples(st.just("ask"), st.integers(0, 3), st.sampled_from((*ITEMS, "nothing"))),
    st.tuples(st.just("push"), st.integers(0, 3), st.integers(0, 5)),
)


@dataclass
class World:
    """The service, its partners with their keys, and the footprints that it ever published."""

    pact: Pact
    exchange: Exchange
    partners: list[Registered] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)
    events: int = 0

    async def take(self, step: Sequence[Any]) -> None:
        name, *given = step
        with suppress(Conflict, IndexError):
            await getattr(self, name)(*given)
        await self.check()

    async def add(self, version: PactVersion, supplier_uid: str | None, items: tuple[str, ...]) -> None:
        terms = PartnerTerms("P", "https://p.example", version, items, Credentials("us", "secret"))
        added = await add_partner(
            terms, supplier_uid=supplier_uid, sealing=SEALING, exchange=self.exchange, **AS_LEADER
        )
        self.partners.append(added)

    async def grant(self, number: int, items: tuple[str, ...]) -> None:
        with suppress(InvalidInput):  # a revoked partner is granted nothing
            terms = PartnerTerms(item_uids=items)
            uid = self.partners[number].partner.uid
            await change_partner(uid, terms, sealing=SEALING, exchange=self.exchange, **AS_LEADER)

    async def revoke(self, number: int) -> None:
        uid = self.partners[number].partner.uid
        await revoke_partner(uid, exchange=self.exchange, **AS_LEADER)
        self.revoked.add(uid)

    async def publish(self, item_uid: str, is_for_v2: bool) -> None:
        options = PublishOptions(
            classifications=("urn:cpc:46420",) if is_for_v2 else (),
            is_packaging_included=False if is_for_v2 else None,
            reference_period=(date(2025, 1, 1), date(2026, 1, 1)),
        )
        done = await publish(item_uid, options=options, exchange=self.exchange, **AS_LEADER)
        self.published.append(done.declaration_uid)

    async def deprecate(self, number: int) -> None:
        await deprecate_published(self.published[number], reason="old", exchange=self.exchange, **AS_LEADER)

    async def ask(self, number: int, item_uid: str) -> None:
        known = self.partners[number]
        names = [f"urn:example:product:{item_uid}"]
        is_v3 = known.partner.version is PactVersion.V3
        data: Mapping[str, Any] = {"productId": names} if is_v3 else {"pf": {"productIds": names}}
        await self.send(known, "created", data)

    async def push(self, number: int, footprint: int) -> None:
        """A footprint that the partner may know comes back as its own, under another id."""
        known, uid = self.partners[number], self.published[footprint]
        document = (await self.pact.get(f"/3/footprints/{uid}")).json()["data"]
        event_id = f"{self.events:012}"
        pushed = {**document, "id": f"00000000-0000-4000-9000-{event_id}", "productIds": ["urn:example:product:ore"]}
        if known.partner.version is PactVersion.V3:
            await self.send(known, "fulfilled", {"requestEventId": "none", "pfs": [pushed]})

    async def send(self, known: Registered, kind: str, data: Mapping[str, Any]) -> None:
        self.events += 1
        version = known.partner.version.value
        event = {"type": TYPES[version][kind], "specversion": "1.0", "id": f"e-{self.events}", "source": "//p.example"}
        answer = await self.pact.send(
            f"/{version}/events", {**event, "time": "2026-03-01T11:00:00Z", "data": data}, key=key_of(known)
        )
        assert answer.status_code == (401 if known.partner.uid in self.revoked else 200), answer.text

    async def check(self) -> None:
        """Every event that was written since the last look, against what its recipient reads now."""
        new = await self.pact.api.store.list_events(first=1000)
        brought: dict[str, set[str]] = {}
        for one in new[self.seen :]:
            data = json.loads(one.payload)["event"]["data"]
            ids = [*data.get("pfIds", ()), *(footprint["id"] for footprint in data.get("pfs", ()))]
            brought.setdefault(one.partner_uid, set()).update(ids)
        self.seen = len(new)
        every = {
            str(uid) for uid in (await self.exchange.snapshots.newest())[1].tables[Kind.DECLARATION]["uid"].to_pylist()
        }
        for known in self.partners:
            if known.partner.uid not in self.revoked:
                await self.check_reader(known, brought.get(known.partner.uid, set()), every)

    seen: int = 0

    async def check_reader(self, known: Registered, brought: set[str], every: set[str]) -> None:
        version, key = known.partner.version.value, key_of(known)
        listed = set(await self.pact.ids(f"/{version}/footprints", key=key))
        assert brought <= listed
        assert listed <= every
        for uid in every:
            answer = await self.pact.get(f"/{version}/footprints/{uid}", key=key)
            assert answer.status_code == (200 if uid in listed else 404), (uid, answer.text)


def key_of(known: Registered) -> str:
    return f"gs_{known.client_id}_{known.client_secret}"


def exchange_of(services: Services) -> Exchange:
    return Exchange(services.store, services.snapshots, services.clock, services.pact, "//carbon.example")


async def play(script: Sequence[Sequence[Any]]) -> None:
    clock = FixedClock()
    async with api_on(
        MemoryStore(clock=clock), clock=clock, client_host=STRANGER, base_url=HOST, secret_key="s" * 32
    ) as api:
        emitted = [emission(f"{uid}-made", uid, component="FOSSIL", gwp_set="AR6") for uid in ITEMS]
        await api.store.apply(prepared(0, {**CHAIN, Kind.EMISSION: emitted}))
        world = World(Pact(api, api.http), exchange_of(api.services))
        for version in PactVersion:
            await world.take(("add", version, "mine" if version is PactVersion.V3 else None, ITEMS))
        for step in script:
            await world.take(step)


@given(script=st.lists(steps, min_size=4, max_size=14))
@settings(max_examples=20, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_what_an_event_brings_the_list_brings_too_and_each_by_its_id(script: Sequence[Sequence[Any]]) -> None:
    asyncio.run(play(script))
