"""Footprints fetched: one at fault does not keep the others out, and a busy store does not make any of them a fault."""

from collections.abc import AsyncIterator, Mapping, Sequence

import pytest

from graph_service.errors import Conflict, InvalidInput, PartnerRefused
from graph_service.model.batch import PreparedBatch, Receipt
from graph_service.model.partners import FootprintQuery, Partner
from graph_service.model.vocabulary import Kind
from graph_service.service.partners.fetching import make_fetch, pull
from tests.support.memory_store import MemoryStore
from tests.support.pact_documents import v3_document
from tests.unit.service.partners.conftest import CELL_URN, House, Pair

IDS = [f"91715e5e-fd0b-4d1c-8fab-76290c46e6e{digit}" for digit in range(5)]


class Listing:
    """A partner's service that has these documents."""

    def __init__(self, *documents: Mapping[str, object]) -> None:
        self._documents = {str(document["id"]): document for document in documents}

    async def send_event(self, partner: Partner, event: Mapping[str, object]) -> None:
        raise PartnerRefused("takes none")

    async def footprint(self, partner: Partner, footprint_id: str) -> object:
        if footprint_id not in self._documents:
            raise PartnerRefused("partner.example answered 404 (NotFound)")
        return self._documents[footprint_id]

    async def footprints(self, partner: Partner, query: FootprintQuery) -> AsyncIterator[Sequence[object]]:
        yield list(self._documents.values())

    async def close(self) -> None:
        pass


def documents(*ids: str, faulty: str | None = None) -> list[Mapping[str, object]]:
    made = [{**v3_document(), "id": footprint_id, "productIds": [CELL_URN]} for footprint_id in ids]
    return [{**document, "pcf": "none"} if document["id"] == faulty else document for document in made]


async def declared(house: House) -> list[str]:
    _, facts = await house.exchange.snapshots.newest()
    found: list[str] = facts.tables[Kind.DECLARATION]["uid"].to_pylist()
    return sorted(found)


async def test_one_that_is_not_there_and_one_at_fault_do_not_keep_the_others_out(pair: Pair) -> None:
    good, gone, faulty = IDS[:3]
    client = Listing(*documents(good, faulty, faulty=faulty))
    with pytest.raises(InvalidInput) as raised:
        await make_fetch(client, pair.packs.exchange)(pair.cells_at_packs, [gone, faulty, good])
    assert await declared(pair.packs) == [good]
    assert f"{gone}: partner.example answered 404 (NotFound)" in raised.value.message
    assert "pfs[0].pcf" in raised.value.message


@pytest.mark.parametrize("place", range(len(IDS)))
async def test_a_page_is_taken_but_for_the_one_at_fault(pair: Pair, place: int) -> None:
    client = Listing(*documents(*IDS, faulty=IDS[place]))
    pulled = await pull(pair.cells_at_packs, client=client, exchange=pair.packs.exchange)
    assert (pulled.listed, pulled.new, pulled.refused, len(pulled.refusals)) == (5, 4, 1, 1)
    assert await declared(pair.packs) == sorted({*IDS} - {IDS[place]})


async def test_a_store_that_is_too_busy_is_said_to_be_busy(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    async def overtaken(store: MemoryStore, batch: PreparedBatch) -> Receipt:
        raise Conflict("another was quicker")

    monkeypatch.setattr(MemoryStore, "apply", overtaken)
    client = Listing(*documents(*IDS[:2]))
    with pytest.raises(Conflict, match="another was quicker"):
        await make_fetch(client, pair.packs.exchange)(pair.cells_at_packs, IDS[:2])
    with pytest.raises(Conflict, match="another was quicker"):
        await pull(pair.cells_at_packs, client=client, exchange=pair.packs.exchange)
