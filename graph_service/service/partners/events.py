"""What partners tell us: each event has its effect once, whatever how often it comes."""

import json
from collections.abc import Sequence
from dataclasses import replace

from graph_service.errors import AlreadyRecorded, InvalidInput, KeyReused, NotAllowed
from graph_service.model.batch import Beside, ChangesRefused, Principal
from graph_service.model.facts import Facts
from graph_service.model.partners import (
    FootprintQuery,
    FootprintRequest,
    FootprintsPublished,
    Partner,
    PartnerEvent,
    RequestCreated,
    RequestFulfilled,
    RequestRejected,
)
from graph_service.model.side_records import Collection, OutgoingEvent, SideRecord
from graph_service.model.vocabulary import Door, Kind, RequestState, Role
from graph_service.service.declaring.declaring import declare
from graph_service.service.declaring.identifiers import ITEM_URN, identifier_key, urn_of
from graph_service.service.footprint_list import ACTIVE, Rows, matching_rows, visible_rows
from graph_service.service.intake.applying import Call
from graph_service.service.partners.answering import NOT_FOUND, NOTHING_FOUND, answer_with, rejection
from graph_service.service.partners.context import (
    Exchange,
    closing_record,
    error_of,
    moment_text,
    record_beside,
)
from graph_service.service.partners.outbox import outgoing_fetches
from graph_service.service.partners.published import published_rows, uids_of
from graph_service.service.records import item_records, rows_by_uid

LONGEST_ID = 255
MOST_FOOTPRINTS = 100
"""Footprints in one answer, and in one notice of what was published times ten."""

BAD_REQUEST = "BadRequest"
_NO_ADDRESS = "no address of yours is registered here"


async def receive_event(
    event: PartnerEvent, *, partner: Partner | None, principal: Principal, body_hash: str, exchange: Exchange
) -> None:
    """Take an event in, together with its effect. The same event again does nothing.

    ``partner`` None: a supplier that has a key and no address here. It answers, unasked too; it can neither ask nor
    tell of what is published, as nothing can be sent to it or fetched from it.

    Raises ``InvalidInput`` where it cannot be taken, ``NotAllowed`` where such a sender cannot send it, ``KeyReused``
    where its id came with another content.
    """
    if not may_send_events(partner, principal):
        raise NotAllowed("events are taken from registered partners and from suppliers; this key is neither's")
    for name, text in (("id", event.event_id), ("requestEventId", getattr(event, "request_event_id", event.event_id))):
        if not 1 <= len(text) <= LONGEST_ID or not text.isprintable():
            raise InvalidInput(f"{name}: an event's id has 1 to {LONGEST_ID} printable characters")
    key = f"{principal.client}/{event.event_id}"
    if await _is_known(key, body_hash, exchange):
        return
    body = json.dumps({"hash": body_hash, "received_at": moment_text(exchange.clock.now())})
    inbox = SideRecord(Collection.INBOX, key, body, str(principal.client), is_new=True)
    receiving: _Receiving | _FromPartner
    if partner is None:
        receiving = _Receiving(principal, inbox, exchange)
    else:
        receiving = _FromPartner(partner, principal, inbox, exchange)
    try:
        await receiving.receive(event)
    except AlreadyRecorded as error:
        if await _is_known(key, body_hash, exchange):
            return  # the same event came twice at once
        raise InvalidInput("the request was answered before; a request has exactly one answer") from error


async def _is_known(key: str, body_hash: str, exchange: Exchange) -> bool:
    found = await exchange.store.side_records(Collection.INBOX, [key])
    if key not in found:
        return False
    if json.loads(found[key].body)["hash"] != body_hash:
        raise KeyReused("an event of this id came before with another content; a new event has a new id")
    return True


class _Receiving:
    """One event on its way in, of a supplier without an address here."""

    def __init__(self, principal: Principal, inbox: SideRecord, exchange: Exchange) -> None:
        self._principal, self._inbox, self._exchange = principal, inbox, exchange
        self._sender = principal.name

    async def receive(self, event: PartnerEvent) -> None:
        """Record the event and its effect."""
        if isinstance(event, RequestCreated):
            await self._asked(event)
        elif isinstance(event, RequestFulfilled):
            await self._fulfilled(event)
        elif isinstance(event, RequestRejected):
            await self._rejected(event)
        else:
            await self._published(event)

    async def _asked(self, event: RequestCreated) -> None:
        raise NotAllowed(f"request {event.event_id}: {_NO_ADDRESS}, so no answer could be sent; page through the list")

    async def _published(self, event: FootprintsPublished) -> None:
        raise NotAllowed(f"event {event.event_id}: {_NO_ADDRESS}, so nothing can be fetched; send the footprints")

    async def _fulfilled(self, event: RequestFulfilled) -> None:
        request = await self._open_request(event.request_event_id)
        if not event.pushes:
            raise InvalidInput("pfs: an answer holds at least one footprint")
        if request is None and self._principal.supplier_uid is None:
            count = f"{len(event.pushes)} footprint{'s' if len(event.pushes) > 1 else ''}"
            await self._record((), (), summary=f"sent {count} unasked; not taken, it serves no supplier")
            return
        if request is None:
            await self._declare(event, Beside((self._inbox,)), is_dry_run=False)
            return
        checked = await self._declare(event, Beside(), is_dry_run=True)
        answered = request.answered(RequestState.FULFILLED, declaration_uids=checked)
        closing = closing_record(request.request_id, RequestState.FULFILLED.value)
        await self._declare(event, Beside((self._inbox, answered.to_record(), closing)), is_dry_run=False)

    async def _declare(self, event: RequestFulfilled, beside: Beside, *, is_dry_run: bool) -> tuple[str, ...]:
        """The uids of the declarations that the footprints are, or in a dry run would be."""
        outcome = await declare(
            event.pushes,
            call=Call(None, is_dry_run=is_dry_run),
            principal=self._principal,
            door=Door.PACT,
            store=self._exchange.store,
            snapshots=self._exchange.snapshots,
            clock=self._exchange.clock,
            beside=beside,
        )
        if isinstance(outcome, ChangesRefused):
            raise error_of(outcome)
        return tuple(one.declaration_uid for one in outcome.outcomes if one.declaration_uid is not None)

    async def _rejected(self, event: RequestRejected) -> None:
        request = await self._open_request(event.request_event_id)
        if request is None:
            await self._record((), (), summary="rejected what was not asked of it")
            return
        answered = request.answered(RequestState.REJECTED, answer=f"{event.code}: {event.message}"[:2000])
        closing = closing_record(request.request_id, RequestState.REJECTED.value)
        await self._record((answered.to_record(), closing), (), summary="rejected a request of ours")

    async def _open_request(self, request_id: str) -> FootprintRequest | None:
        """Our open request to this very sender; None for another's and for one that does not exist, alike."""
        records = await self._exchange.store.side_records(Collection.REQUEST, [request_id])
        request = FootprintRequest.from_record(records[request_id]) if request_id in records else None
        if request is None or request.is_incoming or not self._is_asked_by(request):
            return None
        if request.state is not RequestState.OPEN:
            raise InvalidInput(f"requestEventId: the request {request_id} is {request.state}; it takes no more answers")
        return request

    def _is_asked_by(self, request: FootprintRequest) -> bool:
        return request.partner_uid is None and request.supplier_uid == self._principal.supplier_uid

    async def _record(self, records: tuple[SideRecord, ...], events: Sequence[OutgoingEvent], *, summary: str) -> None:
        await record_beside(
            lambda _facts: Beside((self._inbox, *records), events=tuple(events)),
            summary=f"{self._sender} {summary}",
            principal=self._principal,
            door=Door.PACT,
            store=self._exchange.store,
            snapshots=self._exchange.snapshots,
            clock=self._exchange.clock,
        )


class _FromPartner(_Receiving):
    """One event on its way in, of a registered partner."""

    def __init__(self, partner: Partner, principal: Principal, inbox: SideRecord, exchange: Exchange) -> None:
        super().__init__(principal, inbox, exchange)
        self._partner, self._sender = partner, f"partner {partner.name}"

    def _is_asked_by(self, request: FootprintRequest) -> bool:
        return request.partner_uid == self._partner.uid or super()._is_asked_by(request)

    async def _asked(self, event: RequestCreated) -> None:
        """Answer with what the list would show, as far as it is active or its status is asked for."""
        _, facts = await self._exchange.snapshots.newest()
        request_id, granted = event.event_id, self._partner.item_uids
        published = published_rows(facts, granted, query=event.query)
        uids = uids_of(facts, answering_rows(facts, event.query, principal=self._principal, partner=self._partner))
        item_uid = known_item(facts, granted, event.query)
        if len(uids) > MOST_FOOTPRINTS:
            message = (
                f"{len(uids)} footprints match; ask for at most {MOST_FOOTPRINTS} at once, or page through the list"
            )
            answer = rejection(request_id, BAD_REQUEST, message, partner=self._partner, exchange=self._exchange)
        elif item_uid is not None and not published.size and not published_rows(facts, [item_uid]).size:
            await self._wait_for_the_leader(event, item_uid)
            return
        elif uids:
            answer = await answer_with(request_id, uids, facts=facts, partner=self._partner, exchange=self._exchange)
        else:
            answer = rejection(request_id, NOT_FOUND, NOTHING_FOUND, partner=self._partner, exchange=self._exchange)
        await self._record((), (answer,), summary="answered a request")

    async def _wait_for_the_leader(self, event: RequestCreated, item_uid: str) -> None:
        request = FootprintRequest(
            event.event_id,
            None,
            self._partner.uid,
            item_uid,
            event.comment,
            moment_text(self._exchange.clock.now()),
            is_incoming=True,
            product_ids=event.query.product_ids,
        )
        if event.event_id in await self._exchange.store.side_records(Collection.REQUEST, [event.event_id]):
            raise InvalidInput("a request of this id is known; a new request has a new id")
        await self._record((request.to_record(is_new=True),), (), summary="asked for a footprint")

    async def _published(self, event: FootprintsPublished) -> None:
        most = 10 * MOST_FOOTPRINTS
        if len(event.footprint_ids) > most:
            raise InvalidInput(f"pfIds: {len(event.footprint_ids)} footprints at once; send at most {most}")
        if any(not 1 <= len(one) <= LONGEST_ID for one in event.footprint_ids):
            raise InvalidInput(f"pfIds: an id has 1 to {LONGEST_ID} characters")
        count = len(event.footprint_ids)
        if self._partner.supplier_uid is None:
            summary = f"published {count} footprints; not fetched, the partner serves no supplier"
            await self._record((), (), summary=summary)
            return
        fetches = outgoing_fetches(self._partner, event.footprint_ids, now=self._exchange.clock.now())
        await self._record((), fetches, summary=f"published {count} footprints; to be fetched")


def may_send_events(partner: Partner | None, principal: Principal) -> bool:
    """Whether a caller may send any event at all: a registered partner, or a supplier's plain key."""
    if partner is not None:
        return partner.revoked_at is None
    return principal.role is Role.SUPPLIER and principal.supplier_uid is not None


def answering_rows(facts: Facts, query: FootprintQuery, *, principal: Principal, partner: Partner) -> Rows:
    """Rows of the list of this caller that a question asks for; deprecated ones only where it asks for a status."""
    rows = visible_rows(facts, principal=principal, partner=partner)
    if not query.statuses:
        query = replace(query, statuses=(ACTIVE,))
    return matching_rows(facts, rows, query)


def known_item(facts: Facts, item_uids: Sequence[str], query: FootprintQuery) -> str | None:
    """The first of a partner's items that a question names, by any identifier, whatever the case; else None."""
    wanted = {identifier_key(text) for text in query.product_ids}
    rows = rows_by_uid(facts, Kind.ITEM, item_uids) if wanted else {}
    for item in item_records(facts, [rows[uid] for uid in item_uids if uid in rows]):
        names = (item.uid, urn_of(ITEM_URN, item.uid), *item.identifiers)
        if wanted & {identifier_key(name) for name in names}:
            return item.uid
    return None
