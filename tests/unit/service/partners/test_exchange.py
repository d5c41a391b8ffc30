"""Ask, answer, reject, publish, deprecate: between two services, with lost answers and outages in between."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from graph_service.errors import Conflict, InvalidInput, KeyReused, NotAllowed, NotFound
from graph_service.exchange.pact import PactDocuments
from graph_service.model.batch import ClientName, Principal
from graph_service.model.partners import (
    FootprintQuery,
    FootprintRequest,
    FootprintsPublished,
    PactVersion,
    PartnerEvent,
    RequestCreated,
    RequestFulfilled,
    RequestRejected,
)
from graph_service.model.side_records import Collection
from graph_service.model.vocabulary import DeclarationState, Door, Kind, RequestState, Role
from graph_service.service.access import OPERATOR
from graph_service.service.declaring.states import recorded_rows
from graph_service.service.partners import asking
from graph_service.service.partners.composing import PublishOptions
from graph_service.service.partners.events import receive_event
from graph_service.service.partners.fetching import pull
from graph_service.service.partners.published import footprints_of
from graph_service.service.partners.publishing import deprecate_published, publish
from graph_service.service.partners.register import revoke_partner
from tests.support.change_batches import item
from tests.unit.service.partners.conftest import CELL_URN, House, Pair, Wire, emission, make_pair


async def ask(house: House) -> FootprintRequest:
    return await asking.ask("cell", comment="please", principal=OPERATOR, door=Door.CLI, exchange=house.exchange)


async def publish_cell(pair: Pair) -> str:
    options = PublishOptions(classifications=("urn:cpc:46420",), is_packaging_included=False)
    done = await publish("lfp", options=options, principal=OPERATOR, door=Door.CLI, exchange=pair.cells.exchange)
    return done.declaration_uid


async def fulfil(house: House, request_id: str) -> None:
    await asking.fulfil(request_id, principal=OPERATOR, door=Door.CLI, exchange=house.exchange)


async def reject(house: House, request_id: str, reason: str) -> None:
    await asking.reject(request_id, reason=reason, principal=OPERATOR, door=Door.CLI, exchange=house.exchange)


async def withdraw(house: House, request_id: str) -> None:
    await asking.withdraw(request_id, principal=OPERATOR, door=Door.CLI, exchange=house.exchange)


async def deprecate(house: House, uid: str) -> None:
    await deprecate_published(uid, reason="wrong", principal=OPERATOR, door=Door.CLI, exchange=house.exchange)


def sent_by(house: House, name: str) -> list[object]:
    return [event for event in house.sent if name in str(event["type"])]


async def request_at(house: House, request_id: str) -> FootprintRequest:
    records = await house.store.side_records(Collection.REQUEST, [request_id])
    return FootprintRequest.from_record(records[request_id])


async def declared(house: House) -> list[dict[str, object]]:
    _, facts = await house.exchange.snapshots.newest()
    return recorded_rows(facts, facts.tables[Kind.DECLARATION]["uid"].to_pylist())


@pytest.mark.parametrize("version", list(PactVersion))
async def test_what_is_asked_for_and_published_is_answered_and_declared(version: PactVersion) -> None:
    pair = await make_pair(version)
    uid = await publish_cell(pair)
    request = await ask(pair.packs)
    await pair.packs.deliver()
    await pair.cells.deliver()
    (row,) = [row for row in await declared(pair.packs) if row["document_id"] == uid or row["uid"] == uid]
    assert (row["item_uid"], row["kgco2e"], row["state"]) == ("cell", 12.5, "RECEIVED")
    answered = await request_at(pair.packs, request.request_id)
    assert (answered.state, answered.declaration_uids) == (RequestState.FULFILLED, (row["uid"],))
    assert await pair.cells.events() == [("Published", "DONE"), ("Fulfilled", "DONE")]


async def test_what_is_not_published_yet_waits_for_the_leader_who_then_answers(pair: Pair) -> None:
    request = await ask(pair.packs)
    await pair.packs.deliver()
    waiting = await request_at(pair.cells, request.request_id)
    assert (waiting.state, waiting.item_uid, waiting.comment) == (RequestState.OPEN, "lfp", "please")
    with pytest.raises(InvalidInput, match="publish"):
        await fulfil(pair.cells, request.request_id)
    await publish_cell(pair)
    await fulfil(pair.cells, request.request_id)
    with pytest.raises(Conflict):
        await reject(pair.cells, request.request_id, "no")
    await pair.cells.deliver()
    assert (await request_at(pair.packs, request.request_id)).state is RequestState.FULFILLED


async def test_a_rejection_arrives_with_its_reason(pair: Pair) -> None:
    request = await ask(pair.packs)
    await pair.packs.deliver()
    await reject(pair.cells, request.request_id, "not for you")
    await pair.cells.deliver()
    answered = await request_at(pair.packs, request.request_id)
    assert (answered.state, answered.answer) == (RequestState.REJECTED, "AccessDenied: not for you")


async def test_unknown_and_hidden_products_are_rejected_alike(pair: Pair) -> None:
    await pair.cells.apply(items=[{"uid": "secret", "declared_unit": "kg", "identifiers": "urn:x:secret"}])
    answers = []
    for number, name in enumerate(("urn:x:secret", "urn:x:unknown")):
        event = RequestCreated(f"e-{number}", FootprintQuery(product_ids=(name,)))
        written = pair.packs.exchange.pact.write_event(
            event, version=PactVersion.V3, source="//packs.example", time=pair.packs.clock.now()
        )
        await pair.cells.receive(pair.packs_at_cells.key_id, written)
        data = json.loads((await pair.cells.store.list_events(first=10))[-1].payload)["event"]["data"]
        answers.append({**data, "requestEventId": "-"})
    assert answers[0] == answers[1]
    assert answers[0]["error"]["code"] == "NotFound"
    assert await pair.cells.store.list_side_records(Collection.REQUEST, first=10) == []


async def test_the_same_event_again_does_nothing_and_another_of_its_id_is_refused(pair: Pair) -> None:
    await publish_cell(pair)
    await ask(pair.packs)
    pair.packs.loses_answers = True
    await pair.packs.deliver()
    pair.packs.clock.advance(timedelta(seconds=1))
    await pair.packs.deliver()
    assert len(pair.packs.sent) == 2
    assert pair.packs.sent[0] == pair.packs.sent[1]
    assert await pair.cells.events() == [("Published", "PENDING"), ("Fulfilled", "PENDING")]
    other = {**pair.packs.sent[0], "source": "//other.example"}
    with pytest.raises(KeyReused):
        await pair.cells.receive(pair.packs_at_cells.key_id, other)


async def test_an_answer_whose_receipt_got_lost_is_declared_once(pair: Pair) -> None:
    await publish_cell(pair)
    await pair.cells.deliver()
    await ask(pair.packs)
    await pair.packs.deliver()
    pair.cells.loses_answers = True
    await pair.cells.deliver()
    first, second = sent_by(pair.cells, "Fulfilled")
    assert first == second
    assert len(await declared(pair.packs)) == 1
    assert await pair.cells.events() == [("Published", "DONE"), ("Fulfilled", "DONE")]


async def test_an_answer_waits_for_a_service_that_is_down(pair: Pair) -> None:
    await publish_cell(pair)
    request = await ask(pair.packs)
    await pair.packs.deliver()
    pair.packs.is_down = True
    assert await pair.cells.deliver_once() == 1
    assert await pair.cells.deliver_once() == 1
    assert (await request_at(pair.packs, request.request_id)).state is RequestState.OPEN
    pair.packs.is_down = False
    await pair.cells.deliver()
    assert (await request_at(pair.packs, request.request_id)).state is RequestState.FULFILLED


async def test_an_answer_is_taken_for_an_open_request_to_that_very_partner_only(pair: Pair) -> None:
    request = await ask(pair.packs)
    await withdraw(pair.packs, request.request_id)
    before = await pair.packs.store.revision()
    with pytest.raises(InvalidInput, match="requestEventId"):
        await pair.packs.receive(pair.cells_at_packs.key_id, rejected(pair, request.request_id))
    assert await pair.packs.store.revision() == before
    with pytest.raises(Conflict):
        await withdraw(pair.packs, request.request_id)


async def test_an_answer_to_what_was_not_asked_of_this_partner_is_logged_and_changes_no_request(pair: Pair) -> None:
    """Another's request and one that does not exist are taken alike."""
    await pair.packs.apply(suppliers=[{"uid": "other", "name": "Other"}], items=[item("lid", supplier_uid="other")])
    others = await asking.ask("lid", comment=None, principal=OPERATOR, door=Door.CLI, exchange=pair.packs.exchange)
    for request_id in (others.request_id, "no-such-request"):
        before = await pair.packs.store.revision()
        await pair.packs.receive(pair.cells_at_packs.key_id, rejected(pair, request_id))
        assert (await pair.packs.store.revision()).number == before.number + 1
    assert (await request_at(pair.packs, others.request_id)).state is RequestState.OPEN
    assert len(await pair.packs.store.list_side_records(Collection.INBOX, first=9)) == 2
    last = (await pair.packs.store.revisions(first=1))[0]
    assert last.summary == "partner Cells rejected what was not asked of it"


async def test_footprints_that_were_not_asked_for_are_pushes_of_the_supplier_and_close_nothing(pair: Pair) -> None:
    uid = await publish_cell(pair)
    request = await ask(pair.packs)
    _, facts = await pair.cells.exchange.snapshots.newest()
    pushes = await footprints_of(facts, [uid], pair.cells.store)
    sent = event_of(pair, RequestFulfilled("e-1", "no-such-request", pushes))
    for _ in range(2):
        await pair.packs.receive(pair.cells_at_packs.key_id, sent)
    assert [(row["uid"], row["state"]) for row in await declared(pair.packs)] == [(uid, "RECEIVED")]
    assert (await request_at(pair.packs, request.request_id)).state is RequestState.OPEN

    await pair.cells.receive(pair.packs_at_cells.key_id, event_of(pair, RequestFulfilled("e-2", "no-request", pushes)))
    assert [row["uid"] for row in await declared(pair.cells)] == [uid]
    last = (await pair.cells.store.revisions(first=1))[0]
    assert last.summary == "partner Packs sent 1 footprint unasked; not taken, it serves no supplier"


async def test_a_supplier_with_a_key_alone_answers_and_pushes_and_neither_asks_nor_tells(pair: Pair) -> None:
    uid = await publish_cell(pair)
    await revoke_partner(pair.cells_at_packs.uid, principal=OPERATOR, door=Door.CLI, exchange=pair.packs.exchange)
    asked = await ask(pair.packs)
    _, facts = await pair.cells.exchange.snapshots.newest()
    sent = event_of(pair, RequestFulfilled("e-0", "none", await footprints_of(facts, [uid], pair.cells.store)))
    pushed = PactDocuments().read_event(sent).event
    assert isinstance(pushed, RequestFulfilled)
    maker = Principal(ClientName("plain"), "the maker", Role.SUPPLIER, "maker")

    async def send(event: PartnerEvent, principal: Principal = maker) -> None:
        await receive_event(
            event, partner=None, principal=principal, body_hash=event.event_id, exchange=pair.packs.exchange
        )

    before = await pair.packs.store.revision()
    for event in (RequestCreated("e-1", FootprintQuery()), FootprintsPublished("e-2", (uid,))):
        with pytest.raises(NotAllowed, match="no address of yours"):
            await send(event)
    for role in (Role.AUDITOR, Role.PUBLIC, Role.CHAIN_LEADER):
        with pytest.raises(NotAllowed, match="neither"):
            await send(pushed, Principal(ClientName("k"), "k", role))
    assert await pair.packs.store.revision() == before

    await send(pushed)
    assert [(row["uid"], row["state"]) for row in await declared(pair.packs)] == [(uid, "RECEIVED")]
    assert (await request_at(pair.packs, asked.request_id)).state is RequestState.OPEN
    await send(RequestRejected("e-5", asked.request_id, "NotFound", "not ready"))
    assert (await request_at(pair.packs, asked.request_id)).answer == "NotFound: not ready"
    other = Principal(ClientName("other"), "another", Role.SUPPLIER, "ours")
    await send(replace(pushed, event_id="e-6", pushes=(replace(pushed.pushes[0], document_id=str(uuid4())),)), other)
    assert [row["uid"] for row in await declared(pair.packs)] == [uid]


async def test_a_partner_is_answered_with_what_its_list_shows_its_own_footprints_too(pair: Pair) -> None:
    uid = await publish_cell(pair)
    await pair.cells.deliver()
    await pair.packs.deliver()
    asked = RequestCreated("e-1", FootprintQuery(product_ids=(CELL_URN,)))
    await pair.packs.receive(pair.cells_at_packs.key_id, event_of(pair, asked))
    answer = json.loads((await pair.packs.store.list_events(first=10))[-1].payload)["event"]
    assert [footprint["id"] for footprint in answer["data"]["pfs"]] == [uid]


def event_of(pair: Pair, event: PartnerEvent) -> Mapping[str, object]:
    now = pair.cells.clock.now()
    return pair.cells.exchange.pact.write_event(event, version=PactVersion.V3, source="//cells.example", time=now)


def rejected(pair: Pair, request_id: str) -> Mapping[str, object]:
    return event_of(pair, RequestRejected(f"e-{request_id}", request_id, "NotFound", "nothing"))


async def test_what_is_asked_for_is_asked_once(pair: Pair) -> None:
    request = await ask(pair.packs)
    with pytest.raises(Conflict, match=request.request_id):
        await ask(pair.packs)
    with pytest.raises(NotFound):
        await asking.ask("none", comment=None, principal=OPERATOR, door=Door.CLI, exchange=pair.packs.exchange)


async def test_published_and_deprecated_footprints_are_followed(pair: Pair) -> None:
    first = await publish_cell(pair)
    await pair.cells.deliver()
    await pair.packs.deliver()
    assert [(row["uid"], row["state"]) for row in await declared(pair.packs)] == [(first, "RECEIVED")]
    pair.cells.clock.advance(timedelta(days=1))
    await pair.cells.apply(emissions=[emission("lfp", 10.0)])
    second = await publish_cell(pair)
    await pair.cells.deliver()
    await pair.packs.deliver()
    rows = {row["uid"]: row for row in await declared(pair.packs)}
    assert rows[second]["kgco2e"] == pytest.approx(10.0)
    assert rows[second]["preceding"] == first
    assert rows[first]["state"] == DeclarationState.DEPRECATED.value
    await deprecate(pair.cells, second)
    await pair.cells.deliver()
    await pair.packs.deliver()
    rows = {row["uid"]: row for row in await declared(pair.packs)}
    assert rows[second]["state"] == DeclarationState.DEPRECATED.value
    with pytest.raises(Conflict):
        await deprecate(pair.cells, second)


async def test_a_partners_list_is_pulled_once(pair: Pair) -> None:
    await publish_cell(pair)
    for new, known in ((1, 0), (0, 1)):
        pulled = await pull(pair.cells_at_packs, client=Wire(pair.packs), exchange=pair.packs.exchange)
        assert (pulled.listed, pulled.new, pulled.known, pulled.refused) == (1, new, known, 0)


async def test_who_is_not_the_leader_exchanges_nothing(pair: Pair) -> None:
    supplier = Principal(OPERATOR.client, "supplier", Role.SUPPLIER, "maker")
    with pytest.raises(NotAllowed):
        await asking.ask("cell", comment=None, principal=supplier, door=Door.GRAPHQL, exchange=pair.packs.exchange)
    with pytest.raises(NotAllowed):
        await publish("pack", principal=supplier, door=Door.GRAPHQL, exchange=pair.packs.exchange)


async def test_a_revoked_partner_is_told_nothing(pair: Pair) -> None:
    await publish_cell(pair)
    await revoke_partner(pair.packs_at_cells.uid, principal=OPERATOR, door=Door.CLI, exchange=pair.cells.exchange)
    await pair.cells.deliver()
    assert await pair.cells.events() == [("Published", "DEAD")]
    assert pair.cells.sent == []


async def test_every_exchange_stands_in_the_log_with_who_and_door(pair: Pair) -> None:
    await publish_cell(pair)
    await ask(pair.packs)
    await pair.packs.deliver()
    await pair.cells.deliver()
    packs = [(found.by, found.door, found.summary) for found in await pair.packs.store.revisions(first=3)]
    cells = [(found.by, found.door, found.summary) for found in await pair.cells.store.revisions(first=3)]
    assert ("partner Cells", "pact", "1 declaration") in packs
    assert ("command line", "cli", "asked maker for the footprint of cell") in packs
    assert ("partner Packs", "pact", "partner Packs answered a request") in cells


async def test_the_same_event_twice_at_once_has_one_effect(pair: Pair) -> None:
    await publish_cell(pair)
    event = pair.packs.exchange.pact.write_event(
        RequestCreated("e-1", FootprintQuery()),
        version=PactVersion.V3,
        source="//packs.example",
        time=pair.packs.clock.now(),
    )
    key_id = pair.packs_at_cells.key_id
    await asyncio.gather(*(pair.cells.receive(key_id, event) for _ in range(5)))
    assert [name for name, _ in await pair.cells.events()] == ["Published", "Fulfilled"]


async def test_two_answers_to_one_request_at_once_are_one_answer_and_a_refusal(pair: Pair) -> None:
    request = await ask(pair.packs)
    answers = [
        pair.cells.exchange.pact.write_event(
            RequestRejected(f"e-{number}", request.request_id, "NotFound", f"answer {number}"),
            version=PactVersion.V3,
            source="//cells.example",
            time=pair.cells.clock.now(),
        )
        for number in range(2)
    ]
    key_id = pair.cells_at_packs.key_id
    outcomes = await asyncio.gather(*(pair.packs.receive(key_id, answer) for answer in answers), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["InvalidInput", "NoneType"]
    answered = await request_at(pair.packs, request.request_id)
    assert answered.answer == f"NotFound: answer {outcomes.index(None)}"
