"""Events that partners send: how they must come, read, and handed on."""

import asyncio
import hashlib
import re

import orjson

from graph_service.api.pact.doors import Doors
from graph_service.errors import InvalidInput, NotAllowed
from graph_service.exchange.pact.events import TYPES, ReceivedEvent
from graph_service.exchange.pact.events import read_event as read_any_event
from graph_service.model.batch import Principal
from graph_service.model.partners import FootprintsPublished, PactVersion
from graph_service.service.partners.context import Exchange
from graph_service.service.partners.events import may_send_events, receive_event

_MEDIA_TYPE = "application/cloudevents+json"
_CHARSETS = ("", "utf-8", "us-ascii")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_NOT_OF_A_URI = re.compile(r"[^!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]")


async def receive(doors: Doors, principal: Principal, value: object, version: PactVersion, *, source: str) -> None:
    """Take the event that a body holds in; done when it is recorded with its effect.

    ``source``: how we call ourselves in what is answered. Raises ``InvalidInput`` where the event is at fault,
    ``NotAllowed`` where the caller may not send it; where it may send none, that is told before the event is read.
    """
    partner = await doors.partner_of(principal)
    if not may_send_events(partner, principal):
        raise NotAllowed("events are taken from registered partners and from suppliers; this key is neither's")
    received = await asyncio.to_thread(read_event, value, version)
    services = doors.services
    exchange = Exchange(services.store, services.snapshots, services.clock, services.pact, source)
    body_hash = hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()
    await receive_event(received.event, partner=partner, principal=principal, body_hash=body_hash, exchange=exchange)


def check_media_type(content_type: str | None) -> None:
    """Raises ``InvalidInput`` unless it is that of structured CloudEvents in JSON, in UTF-8."""
    media_type, *parameters = (content_type or "").split(";")
    charset = ""
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    if media_type.strip().lower() != _MEDIA_TYPE or charset not in _CHARSETS:
        given = (content_type or "none")[:80]
        raise InvalidInput(f"content type {given!r}: send the event as {_MEDIA_TYPE}, in UTF-8")


def read_event(value: object, version: PactVersion) -> ReceivedEvent:
    """The event in a body. Raises ``InvalidInput``, which names the member and what would be right."""
    received = read_any_event(value)
    if received.version is not version:
        known = ", ".join(TYPES[version].values())
        raise InvalidInput(f"type: {received.type} is of version {received.version}; taken here are {known}")
    if _NOT_OF_A_URI.search(received.source):
        raise InvalidInput(f"source: {received.source[:100]!r} is not a URI reference")
    if isinstance(received.event, FootprintsPublished):
        strange = [one for one in received.event.footprint_ids if not _UUID.fullmatch(one)]
        if strange:
            raise InvalidInput(f"pfIds: {strange[0][:100]!r} is not the id of a footprint, a UUID")
    return received
