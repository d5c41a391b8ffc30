"""Events that partners send: how they must come, read, and handed on."""

import re

from graph_service.api.pact.errors import NotImplementedFault
from graph_service.bootstrap import Services
from graph_service.errors import InvalidInput
from graph_service.exchange.pact.events import TYPES, ReceivedEvent
from graph_service.exchange.pact.events import read_event as read_any_event
from graph_service.model.batch import Principal
from graph_service.model.partners import PactVersion

_MEDIA_TYPE = "application/cloudevents+json"
_CHARSETS = ("", "utf-8", "us-ascii")
_NOT_OF_A_URI = re.compile(r"[^!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]")


async def receive(services: Services, principal: Principal, received: ReceivedEvent) -> None:  # noqa: ARG001
    """Take an event in; done when it is recorded. Raises ``InvalidInput`` where its data are at fault."""
    raise NotImplementedFault("events are not taken in yet")


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
    return received
