"""Events that partners send: the envelope read and checked, the event handed on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from graph_service.api.pact.errors import NotImplementedFault
from graph_service.bootstrap import Services
from graph_service.errors import InvalidInput
from graph_service.model.batch import Principal
from graph_service.model.partners import PactVersion

MOST_ID_CHARACTERS = 255
MOST_SOURCE_CHARACTERS = 2_000

EVENT_TYPES: Mapping[PactVersion, tuple[str, ...]] = {
    PactVersion.V3: tuple(
        f"org.wbcsd.pact.ProductFootprint.{name}Event.3"
        for name in ("RequestCreated", "RequestFulfilled", "RequestRejected", "Published")
    ),
    PactVersion.V2: (
        "org.wbcsd.pathfinder.ProductFootprintRequest.Created.v1",
        "org.wbcsd.pathfinder.ProductFootprintRequest.Fulfilled.v1",
        "org.wbcsd.pathfinder.ProductFootprintRequest.Rejected.v1",
        "org.wbcsd.pathfinder.ProductFootprint.Published.v1",
    ),
}

_MEDIA_TYPE = "application/cloudevents+json"
_CHARSETS = ("", "utf-8", "us-ascii")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")
_UNSEEMLY = re.compile(r"[\x00-\x20\x7f-\x9f<>\"{}|\\^`]")


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """A CloudEvent whose envelope is sound; ``data`` as JSON values, still to be read."""

    version: PactVersion
    event_type: str
    event_id: str
    source: str
    time: datetime
    data: Mapping[str, object]
    envelope: Mapping[str, object]


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
    if not isinstance(value, dict):
        raise InvalidInput("the body is not a JSON object: send one CloudEvent")
    if value.get("specversion") != "1.0":
        raise InvalidInput("specversion: write '1.0'")
    event_type = value.get("type")
    if event_type not in EVENT_TYPES[version]:
        raise InvalidInput(f"type: {_shown(event_type)} is none of {', '.join(EVENT_TYPES[version])}")
    data = value.get("data")
    if not isinstance(data, dict):
        raise InvalidInput("data: an object is needed")
    return ReceivedEvent(
        version=version,
        event_type=str(event_type),
        event_id=_text(value, "id", MOST_ID_CHARACTERS),
        source=_source(value),
        time=_time(value),
        data=data,
        envelope=value,
    )


def _text(event: Mapping[str, object], name: str, most_characters: int) -> str:
    text = event.get(name)
    if not isinstance(text, str) or not 1 <= len(text) <= most_characters:
        raise InvalidInput(f"{name}: a text of 1 to {most_characters:,} characters is needed")
    return text


def _source(event: Mapping[str, object]) -> str:
    source = _text(event, "source", MOST_SOURCE_CHARACTERS)
    if _UNSEEMLY.search(source):
        raise InvalidInput(f"source: {_shown(source)} is not a URI reference")
    return source


def _time(event: Mapping[str, object]) -> datetime:
    text = event.get("time")
    try:
        if isinstance(text, str) and _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text.upper())
    except ValueError:
        pass
    raise InvalidInput(f"time: {_shown(text)} is not a moment as 2025-01-31T12:00:00Z")


def _shown(value: object) -> str:
    return repr(value)[:100]
