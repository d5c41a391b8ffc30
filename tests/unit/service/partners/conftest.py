"""Two services that exchange footprints: a maker of packs, who asks, and a maker of cells, who answers."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from hashlib import sha256
from typing import Any

import pytest

from graph_service.errors import PartnerRefused, PartnerUnavailable
from graph_service.exchange.pact import PactDocuments
from graph_service.exchange.partner_client import CredentialSealing
from graph_service.model.batch import ChangeBatch, ChangesApplied, ClientName, Principal
from graph_service.model.partners import FootprintQuery, PactVersion, Partner
from graph_service.model.vocabulary import Door, Role
from graph_service.service.access import OPERATOR
from graph_service.service.intake.applying import apply_changes
from graph_service.service.partners.context import Exchange
from graph_service.service.partners.events import receive_event
from graph_service.service.partners.fetching import make_fetch
from graph_service.service.partners.outbox import Delivery, deliver_due
from graph_service.service.partners.published import footprints_of, published_rows, uids_of
from graph_service.service.partners.register import Credentials, PartnerTerms, add_partner, partner_of_key
from graph_service.service.snapshots import Snapshots
from tests.support.change_batches import item, supply, tables_of
from tests.support.clock import FixedClock
from tests.support.memory_store import MemoryStore

SEALING = CredentialSealing("a secret key of more than 32 characters")
CELL_URN = "urn:gtin:4712345060507"


class NoChance:
    """Waits nothing."""

    def uniform(self, a: float, b: float, /) -> float:
        return 0.0


@dataclass
class House:
    """One service: its store, and the houses that its partners' addresses lead to."""

    name: str
    exchange: Exchange
    clock: FixedClock
    store: MemoryStore
    at: dict[str, "House"] = field(default_factory=dict)
    key_at: dict[str, str] = field(default_factory=dict)
    sent: list[Mapping[str, Any]] = field(default_factory=list)
    is_down: bool = False
    loses_answers: bool = False

    async def apply(self, **records: Sequence[Mapping[str, object]]) -> None:
        outcome = await apply_changes(
            ChangeBatch(tables_of(records)),
            principal=OPERATOR,
            door=Door.CLI,
            store=self.store,
            snapshots=self.exchange.snapshots,
            clock=self.clock,
        )
        assert isinstance(outcome, ChangesApplied), outcome

    async def receive(self, key_id: str, event: Mapping[str, object]) -> None:
        """What the door does with an event: who it is, what it says."""
        if self.is_down:
            raise PartnerUnavailable("the service is down")
        partner = await partner_of_key(self.store, key_id)
        assert partner is not None
        role = Role.PUBLIC if partner.supplier_uid is None else Role.SUPPLIER
        principal = Principal(ClientName(key_id), f"partner {partner.name}", role, partner.supplier_uid)
        received = PactDocuments().read_event(event)
        body_hash = sha256(repr(sorted(event.items())).encode()).hexdigest()
        await receive_event(
            received.event, partner=partner, principal=principal, body_hash=body_hash, exchange=self.exchange
        )

    async def deliver(self) -> None:
        """All that is due, and what follows from it."""
        while await self.deliver_once():
            pass

    async def deliver_once(self) -> int:
        """How many events were tried."""
        delivery = Delivery(self.store, Wire(self), make_fetch(Wire(self), self.exchange), self.clock, NoChance())
        return await deliver_due(delivery)

    async def events(self) -> list[tuple[str, str]]:
        """Type, in short, and state of all that partners were to be told."""
        return [(short(found.payload), found.state.value) for found in await self.store.list_events(first=100)]


def short(payload: str) -> str:
    names = ("Created", "Fulfilled", "Rejected", "Published", "fetch")
    return next((name for name in names if name in payload), payload)


class Wire:
    """The network between two houses."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def send_event(self, partner: Partner, event: Mapping[str, object]) -> None:
        self._house.sent.append(event)
        there = self._house.at[partner.base_url]
        await there.receive(self._house.key_at[partner.base_url], event)
        if self._house.loses_answers:
            self._house.loses_answers = False
            raise PartnerUnavailable("the answer got lost")

    async def footprint(self, partner: Partner, footprint_id: str) -> object:
        there = self._house.at[partner.base_url]
        for document in await there_documents(there, self._house.key_at[partner.base_url], partner.version):
            if document["id"] == footprint_id:
                return document
        raise PartnerRefused("404 (NotFound)")

    async def footprints(self, partner: Partner, query: FootprintQuery) -> AsyncIterator[Sequence[object]]:
        there = self._house.at[partner.base_url]
        for document in await there_documents(there, self._house.key_at[partner.base_url], partner.version):
            yield [document]

    async def close(self) -> None:
        pass


async def there_documents(there: House, key_id: str, version: PactVersion) -> list[Mapping[str, object]]:
    reader = await partner_of_key(there.store, key_id)
    assert reader is not None
    _, facts = await there.exchange.snapshots.newest()
    everything = FootprintQuery(statuses=("Active", "Deprecated"))
    uids = uids_of(facts, published_rows(facts, reader.item_uids, query=everything))
    found = await footprints_of(facts, uids, there.store)
    return [there.exchange.pact.write_footprint(one, version=version) for one in found]


def make_house(name: str) -> House:
    clock = FixedClock()
    store = MemoryStore(clock=clock)
    snapshots = Snapshots(store, clock, UTC)
    return House(name, Exchange(store, snapshots, clock, PactDocuments(), f"//{name}.example"), clock, store)


def emission(item_uid: str, kgco2e: float, **columns: object) -> Mapping[str, object]:
    given = {
        "item_uid": item_uid,
        "stage": "MANUFACTURING",
        "component": "FOSSIL",
        "kgco2e": kgco2e,
        "data_type": "PRIMARY",
        "gwp_set": "AR6",
        "period_start": date(2025, 1, 1),
        "period_end": date(2026, 1, 1),
    }
    return {**given, **columns}


@dataclass
class Pair:
    """The asking and the answering house, each the other's partner."""

    packs: House
    cells: House
    cells_at_packs: Partner
    packs_at_cells: Partner


@pytest.fixture
async def pair() -> Pair:
    return await make_pair(PactVersion.V3)


async def make_pair(version: PactVersion) -> Pair:
    packs, cells = make_house("packs"), make_house("cells")
    await packs.apply(
        suppliers=[{"uid": "ours", "name": "Packs"}, {"uid": "maker", "name": "Cells"}],
        items=[
            item("pack", name="Pack", supplier_uid="ours", declared_unit="pc", mass_kg=400.0),
            item("cell", name="Cell", supplier_uid="maker", identifiers=CELL_URN),
        ],
        supplies=[supply("cell", "pack", 300.0)],
        emissions=[emission("pack", 100.0)],
    )
    await cells.apply(
        suppliers=[{"uid": "ours", "name": "Cells", "identifiers": "urn:uuid:51131fb5-42a2-4267-a402-0ecfefad1619"}],
        items=[item("lfp", name="LFP cell", supplier_uid="ours", identifiers=CELL_URN)],
        emissions=[emission("lfp", 12.5)],
    )
    at_cells = await add_partner(
        PartnerTerms("Packs", "https://packs.example", version, ("lfp",), Credentials("cells", "secret")),
        supplier_uid=None,
        sealing=SEALING,
        principal=OPERATOR,
        door=Door.CLI,
        exchange=cells.exchange,
    )
    at_packs = await add_partner(
        PartnerTerms("Cells", "https://cells.example", version, (), Credentials("packs", "secret")),
        supplier_uid="maker",
        sealing=SEALING,
        principal=OPERATOR,
        door=Door.CLI,
        exchange=packs.exchange,
    )
    packs.at, packs.key_at = {"https://cells.example": cells}, {"https://cells.example": at_cells.client_id}
    cells.at, cells.key_at = {"https://packs.example": packs}, {"https://packs.example": at_packs.client_id}
    return Pair(packs, cells, at_packs.partner, at_cells.partner)
