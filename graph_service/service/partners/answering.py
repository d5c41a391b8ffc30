"""Answers to requests of partners, as events for the outbox."""

from collections.abc import Mapping, Sequence

from graph_service.errors import InvalidInput
from graph_service.model.facts import Facts
from graph_service.model.partners import Partner, RequestFulfilled, RequestRejected
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.side_records import OutgoingEvent
from graph_service.service.partners.context import Exchange, new_id
from graph_service.service.partners.outbox import outgoing_event
from graph_service.service.partners.published import footprints_of

NOT_FOUND, NOT_IMPLEMENTED = "NotFound", "NotImplemented"
NOTHING_FOUND = "no footprint was found for this request"
"""The same for what does not exist and for what this partner may not see."""


def rejection(request_event_id: str, code: str, message: str, *, partner: Partner, exchange: Exchange) -> OutgoingEvent:
    """RequestRejected for the outbox. ``code``: one of PACT's."""
    event = RequestRejected(new_id(), request_event_id, code, message)
    return _outgoing(event, partner=partner, exchange=exchange)


async def fulfilled_with(
    request_event_id: str, uids: Sequence[str], *, facts: Facts, partner: Partner, exchange: Exchange
) -> OutgoingEvent:
    """RequestFulfilled with recorded declarations, for the outbox.

    Raises ``InvalidInput`` where one of them cannot be written in the partner's version.
    """
    pushes = await footprints_of(facts, uids, exchange.store)
    event = RequestFulfilled(new_id(), request_event_id, pushes)
    return _outgoing(event, partner=partner, exchange=exchange)


async def answer_with(
    request_event_id: str, uids: Sequence[str], *, facts: Facts, partner: Partner, exchange: Exchange
) -> OutgoingEvent:
    """As ``fulfilled_with``, without what cannot be written in the partner's version: its list does not show it either.

    A rejection that says so where nothing is left.
    """
    pushes = [
        push
        for push in await footprints_of(facts, uids, exchange.store)
        if _is_writable(push, partner=partner, exchange=exchange)
    ]
    if not pushes:
        message = f"the footprint cannot be written as PACT V{partner.version.value}; ask for another version"
        return rejection(request_event_id, NOT_IMPLEMENTED, message, partner=partner, exchange=exchange)
    event = RequestFulfilled(new_id(), request_event_id, tuple(pushes))
    return _outgoing(event, partner=partner, exchange=exchange)


def _is_writable(push: PushedDeclaration, *, partner: Partner, exchange: Exchange) -> bool:
    try:
        exchange.pact.write_footprint(push, version=partner.version)
    except InvalidInput:
        return False
    return True


def _outgoing(event: RequestFulfilled | RequestRejected, *, partner: Partner, exchange: Exchange) -> OutgoingEvent:
    now = exchange.clock.now()
    written: Mapping[str, object] = exchange.pact.write_event(
        event, version=partner.version, source=exchange.source, time=now
    )
    return outgoing_event(partner, written, aggregate=f"request/{event.request_event_id}", now=now)
