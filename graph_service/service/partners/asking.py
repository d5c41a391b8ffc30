"""Asking suppliers for footprints, and deciding what partners ask of us."""

from collections.abc import Sequence

from graph_service.errors import AlreadyRecorded, Conflict, InvalidInput, NotFound
from graph_service.model.batch import Beside, Principal
from graph_service.model.facts import Facts
from graph_service.model.partners import FootprintQuery, FootprintRequest, Partner, RequestCreated
from graph_service.model.side_records import Collection, OutgoingEvent, SideRecord
from graph_service.model.vocabulary import Door, Kind, RequestState
from graph_service.ports import GraphStore
from graph_service.service.declaring.identifiers import ITEM_URN, urn_of
from graph_service.service.partners.answering import fulfilled_with, rejection
from graph_service.service.partners.context import (
    Exchange,
    check_leader,
    closing_record,
    moment_text,
    new_id,
    record_beside,
)
from graph_service.service.partners.outbox import outgoing_event
from graph_service.service.partners.published import published_rows, uids_of
from graph_service.service.partners.register import get_partner, partner_of_supplier
from graph_service.service.records import ItemRecord, item_records, row_of
from graph_service.service.side_record_pages import every_record

LONGEST_COMMENT = 2000


async def ask(
    item_uid: str, *, comment: str | None, principal: Principal, door: Door, exchange: Exchange
) -> FootprintRequest:
    """Ask the supplier of an item for its footprint: to be seen here, and sent where a partner serves it.

    Raises ``NotAllowed``, ``NotFound`` for an unknown item, ``InvalidInput`` where it has no supplier, ``Conflict``
    where it is asked for already.
    """
    check_leader(principal)
    _check_text("comment", comment)
    _, facts = await exchange.snapshots.newest()
    item = _item(facts, item_uid)
    if item.supplier_uid is None:
        raise InvalidInput(f"item {item_uid!r} has no supplier recorded whom it could be asked of")
    for open_request in await list_requests(exchange.store, supplier_uid=item.supplier_uid):
        if open_request.item_uid == item_uid and open_request.state is RequestState.OPEN:
            raise Conflict(
                f"item {item_uid!r} is asked for already, by request {open_request.request_id}; withdraw it to ask anew"
            )
    partner = await partner_of_supplier(exchange.store, item.supplier_uid)
    request, asked = request_of(item, comment=comment, partner=partner, exchange=exchange)
    await _record(asked, f"asked {item.supplier_uid} for the footprint of {item_uid}", principal, door, exchange)
    return request


def request_of(
    item: ItemRecord, *, comment: str | None, partner: Partner | None, exchange: Exchange
) -> tuple[FootprintRequest, Beside]:
    """A request to the supplier of an item, and what records it and sends it to the partner that serves it."""
    request = FootprintRequest(
        new_id(),
        item.supplier_uid,
        None if partner is None else partner.uid,
        item.uid,
        comment,
        moment_text(exchange.clock.now()),
        product_ids=item.identifiers or (urn_of(ITEM_URN, item.uid),),
    )
    events = () if partner is None else (_created(request, partner, exchange),)
    return request, Beside((request.to_record(is_new=True),), events=events)


async def withdraw(request_id: str, *, principal: Principal, door: Door, exchange: Exchange) -> FootprintRequest:
    """Our request, taken back: an answer to it is refused from now on. Raises ``NotFound`` and ``Conflict``."""
    check_leader(principal)
    request = await _open(request_id, exchange.store, is_incoming=False)
    withdrawn = request.answered(RequestState.WITHDRAWN)
    await _close(withdrawn, (), f"withdrew the request {request_id}", principal, door, exchange)
    return withdrawn


async def fulfil(request_id: str, *, principal: Principal, door: Door, exchange: Exchange) -> FootprintRequest:
    """A partner's request, answered with what is published of its item.

    Raises ``NotFound``, ``Conflict`` where it is answered, ``InvalidInput`` where nothing is published or the
    partner's version cannot hold it.
    """
    check_leader(principal)
    request = await _open(request_id, exchange.store, is_incoming=True)
    partner = await get_partner(exchange.store, request.partner_uid or "")
    _, facts = await exchange.snapshots.newest()
    item_uid = request.item_uid or ""
    if item_uid not in partner.item_uids:
        raise InvalidInput(f"partner {partner.name!r} may not read item {item_uid!r}; grant it first, or reject")
    uids = uids_of(facts, published_rows(facts, [item_uid]))
    if not uids:
        raise InvalidInput(f"nothing is published of item {item_uid!r}; publish its footprint first, or reject")
    answer = await fulfilled_with(request_id, uids, facts=facts, partner=partner, exchange=exchange)
    fulfilled = request.answered(RequestState.FULFILLED, declaration_uids=tuple(uids))
    await _close(fulfilled, (answer,), f"fulfilled the request {request_id}", principal, door, exchange)
    return fulfilled


async def reject(
    request_id: str,
    *,
    reason: str,
    code: str = "AccessDenied",
    principal: Principal,
    door: Door,
    exchange: Exchange,
) -> FootprintRequest:
    """A partner's request, answered with a reason. ``code``: one of PACT's. Raises as ``fulfil``."""
    check_leader(principal)
    _check_text("reason", reason)
    if not reason.strip():
        raise InvalidInput("reason: say why; the partner is told it")
    request = await _open(request_id, exchange.store, is_incoming=True)
    partner = await get_partner(exchange.store, request.partner_uid or "")
    answer = rejection(request_id, code, reason, partner=partner, exchange=exchange)
    rejected = request.answered(RequestState.REJECTED, answer=f"{code}: {reason}")
    await _close(rejected, (answer,), f"rejected the request {request_id}", principal, door, exchange)
    return rejected


async def list_requests(store: GraphStore, *, supplier_uid: str | None = None) -> Sequence[FootprintRequest]:
    """All requests, or those to one supplier, oldest first."""
    records = await every_record(store, Collection.REQUEST, owner=supplier_uid)
    found = [FootprintRequest.from_record(record) for record in records]
    return sorted(found, key=lambda request: (request.asked_at, request.request_id))


def _created(request: FootprintRequest, partner: Partner, exchange: Exchange) -> OutgoingEvent:
    now = exchange.clock.now()
    event = RequestCreated(request.request_id, FootprintQuery(product_ids=request.product_ids), request.comment)
    written = exchange.pact.write_event(event, version=partner.version, source=exchange.source, time=now)
    return outgoing_event(partner, written, aggregate=f"request/{request.request_id}", now=now)


def _item(facts: Facts, item_uid: str) -> ItemRecord:
    row = row_of(facts, Kind.ITEM, item_uid)
    if row is None:
        raise NotFound(f"item {item_uid!r} is not recorded")
    return item_records(facts, [row])[0]


async def _open(request_id: str, store: GraphStore, *, is_incoming: bool) -> FootprintRequest:
    records = await store.side_records(Collection.REQUEST, [request_id])
    request = FootprintRequest.from_record(records[request_id]) if request_id in records else None
    if request is None or request.is_incoming is not is_incoming:
        whose = "of a partner" if is_incoming else "of ours"
        raise NotFound(f"{request_id!r} is no request {whose}; partners requests shows them")
    if request.state is not RequestState.OPEN:
        raise Conflict(f"the request {request_id} is {request.state} already")
    return request


def _check_text(name: str, text: str | None) -> None:
    if text is not None and len(text) > LONGEST_COMMENT:
        raise InvalidInput(f"{name}: {len(text)} characters; it may have {LONGEST_COMMENT}")


async def _close(
    request: FootprintRequest,
    events: tuple[OutgoingEvent, ...],
    summary: str,
    principal: Principal,
    door: Door,
    exchange: Exchange,
) -> None:
    records: tuple[SideRecord, ...] = (
        request.to_record(),
        closing_record(request.request_id, request.state.value),
    )
    try:
        await _record(Beside(records, events=events), summary, principal, door, exchange)
    except AlreadyRecorded as error:
        raise Conflict(f"the request {request.request_id} was answered meanwhile; read it again") from error


async def _record(beside: Beside, summary: str, principal: Principal, door: Door, exchange: Exchange) -> None:
    await record_beside(
        lambda _facts: beside,
        summary=summary,
        principal=principal,
        door=door,
        store=exchange.store,
        snapshots=exchange.snapshots,
        clock=exchange.clock,
    )
