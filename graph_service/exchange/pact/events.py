"""PACT events: CloudEvents 1.0 in structured mode, V3 and V2."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from graph_service.errors import InvalidInput
from graph_service.exchange.pact import moments
from graph_service.exchange.pact.codes import Findings, names, show
from graph_service.exchange.pact.plain_json import check_json
from graph_service.exchange.pact.queries import read_fragment, read_query, write_fragment, write_query
from graph_service.exchange.pact.reading import read_footprint
from graph_service.exchange.pact.writing import write_footprint
from graph_service.model.partners import (
    FootprintsPublished,
    PactVersion,
    PartnerEvent,
    RequestCreated,
    RequestFulfilled,
    RequestRejected,
)

_V3, _V2 = "org.wbcsd.pact.ProductFootprint.", "org.wbcsd.pathfinder."
TYPES: Mapping[PactVersion, Mapping[type[PartnerEvent], str]] = {
    PactVersion.V3: {
        RequestCreated: f"{_V3}RequestCreatedEvent.3",
        RequestFulfilled: f"{_V3}RequestFulfilledEvent.3",
        RequestRejected: f"{_V3}RequestRejectedEvent.3",
        FootprintsPublished: f"{_V3}PublishedEvent.3",
    },
    PactVersion.V2: {
        RequestCreated: f"{_V2}ProductFootprintRequest.Created.v1",
        RequestFulfilled: f"{_V2}ProductFootprintRequest.Fulfilled.v1",
        RequestRejected: f"{_V2}ProductFootprintRequest.Rejected.v1",
        FootprintsPublished: f"{_V2}ProductFootprint.Published.v1",
    },
}
"""The type of each event in each version."""

_KINDS = {text: (version, kind) for version, types in TYPES.items() for kind, text in types.items()}
_MOST_CHARACTERS = 1000
_Data = Mapping[str, object]


class UnknownEventType(InvalidInput):
    """A well-formed CloudEvent whose type is none of PACT's."""


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """An event, the version it came in, who says to have sent it, and when. ``type`` as in the CloudEvent.

    Footprints of a RequestFulfilled carry their own findings; an ERROR in one leaves the event well-formed.
    """

    event: PartnerEvent
    version: PactVersion
    source: str
    time: datetime
    type: str


def read_event(value: object) -> ReceivedEvent:
    """The event that a structured CloudEvent holds.

    Raises
    ------
    UnknownEventType
        It is a CloudEvent of another type.
    InvalidInput
        It is no CloudEvent as PACT has them; each fault is a finding.
    """
    findings = Findings("")
    if not isinstance(value, Mapping):
        findings.add("PACT_EVENT", "", f"{show(value)} is no event; send a JSON object")
        raise _refuse(findings)
    if not check_json(value, findings):
        raise _refuse(findings)
    event_id, source, type_ = (_text(value, name, findings) for name in ("id", "source", "type"))
    if value.get("specversion") != "1.0":
        findings.add("PACT_EVENT", "specversion", f'specversion is {show(value.get("specversion"))}; write "1.0"')
    time = moments.parse(_text(value, "time", findings) or "")
    if time is None and isinstance(value.get("time"), str):
        findings.add("PACT_EVENT", "time", f"time is {show(value['time'])}; write 2025-01-01T00:00:00Z")
    data = value.get("data")
    if not isinstance(data, Mapping):
        findings.add("PACT_EVENT", "data", f"data is {show(data)}; it must be an object")
    if not (event_id and source and type_ and time) or not isinstance(data, Mapping) or findings.has_errors:
        raise _refuse(findings)
    if type_ not in _KINDS:
        findings.add("PACT_EVENT_TYPE", "type", f"type is {show(type_)}; known are {names(_KINDS)}")
        raise UnknownEventType(findings.all()[0].message, findings=findings.all())
    version, kind = _KINDS[type_]
    event = _READERS[kind](event_id, data, version, findings)
    if findings.has_errors:
        raise _refuse(findings)
    return ReceivedEvent(event, version, source, time.at, type_)


def _refuse(findings: Findings) -> InvalidInput:
    faults = findings.all()
    return InvalidInput(f"the event is not well-formed: {faults[0].message}", findings=faults)


def _text(values: _Data, name: str, findings: Findings, place: str = "") -> str | None:
    given = values.get(name)
    if isinstance(given, str) and given.strip() and len(given) <= _MOST_CHARACTERS:
        return given
    message = f"{name} is {show(given)}; it must be a text of 1 to {_MOST_CHARACTERS} characters"
    findings.add("PACT_EVENT", place + name, message)
    return None


def _read_created(event_id: str, data: _Data, version: PactVersion, findings: Findings) -> RequestCreated:
    read = read_query if version is PactVersion.V3 else read_fragment
    comment = data.get("comment")
    if comment is not None and not isinstance(comment, str):
        findings.add("PACT_EVENT", "data.comment", f"comment is {show(comment)}; it must be a text")
    return RequestCreated(event_id, read(data, findings), comment if isinstance(comment, str) and comment else None)


def _read_fulfilled(event_id: str, data: _Data, version: PactVersion, findings: Findings) -> RequestFulfilled:
    request = _text(data, "requestEventId", findings, "data.")
    given = data.get("pfs")
    if not isinstance(given, list | tuple) or (not given and version is PactVersion.V3):
        message = f"pfs is {show(given)}; it must be a list of footprints, not an empty one in V3"
        findings.add("PACT_EVENT", "data.pfs", message)
        given = ()
    pushes = tuple(read_footprint(part, path=f"pfs[{place}]") for place, part in enumerate(given))
    return RequestFulfilled(event_id, request or "", pushes)


def _read_rejected(event_id: str, data: _Data, _: PactVersion, findings: Findings) -> RequestRejected:
    request = _text(data, "requestEventId", findings, "data.")
    error = data.get("error")
    if not isinstance(error, Mapping):
        findings.add("PACT_EVENT", "data.error", f"error is {show(error)}; it must be an object of code and message")
        return RequestRejected(event_id, "", "", "")
    code = _text(error, "code", findings, "data.error.")
    message = error.get("message")
    if not isinstance(message, str):
        findings.add("PACT_EVENT", "data.error.message", f"message is {show(message)}; it must be a text")
    return RequestRejected(event_id, request or "", code or "", message if isinstance(message, str) else "")


def _read_published(event_id: str, data: _Data, _: PactVersion, findings: Findings) -> FootprintsPublished:
    given = data.get("pfIds")
    ids = [part for part in given if isinstance(part, str) and part] if isinstance(given, list | tuple) else []
    if not isinstance(given, list | tuple) or len(ids) < len(given):
        findings.add("PACT_EVENT", "data.pfIds", f"pfIds is {show(given)}; it must be a list of ids")
    return FootprintsPublished(event_id, tuple(dict.fromkeys(ids)))


_READERS: Mapping[type[PartnerEvent], Callable[[str, _Data, PactVersion, Findings], PartnerEvent]] = {
    RequestCreated: _read_created,
    RequestFulfilled: _read_fulfilled,
    RequestRejected: _read_rejected,
    FootprintsPublished: _read_published,
}


def write_event(event: PartnerEvent, *, version: PactVersion, source: str, time: datetime) -> Mapping[str, object]:
    """The event as a structured CloudEvent of that version; ``time``: with offset, written in UTC.

    Raises
    ------
    InvalidInput
        A footprint cannot be written in the version, or V3 would carry none.
    """
    return {
        "type": TYPES[version][type(event)],
        "specversion": "1.0",
        "id": event.event_id,
        "source": source,
        "time": moments.written(time),
        "data": _data(event, version),
    }


def _data(event: PartnerEvent, version: PactVersion) -> dict[str, object]:
    match event:
        case RequestCreated():
            if version is PactVersion.V3:
                return write_query(event.query) | ({"comment": event.comment} if event.comment else {})
            return {"pf": write_fragment(event.query)} | ({"comment": event.comment} if event.comment else {})
        case RequestFulfilled():
            if not event.pushes and version is PactVersion.V3:
                raise InvalidInput("a RequestFulfilledEvent of V3 carries at least one footprint; reject the request")
            written = [write_footprint(push, version=version) for push in event.pushes]
            return {"requestEventId": event.request_event_id, "pfs": written}
        case RequestRejected():
            error = {"code": _error_code(event.code), "message": event.message}
            return {"requestEventId": event.request_event_id, "error": error}
        case FootprintsPublished():
            return {"pfIds": list(event.footprint_ids)}


_ERROR_CODES = ("BadRequest", "AccessDenied", "TokenExpired", "NotFound", "InternalError", "NotImplemented")


def _error_code(code: str) -> str:
    if code not in _ERROR_CODES:
        raise InvalidInput(f"{show(code)} is no error code of PACT; known are {names(_ERROR_CODES)}")
    return code
