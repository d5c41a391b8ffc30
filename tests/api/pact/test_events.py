"""Events by PACT: taken from partners alone, answered 200 and nothing, refused by name with nothing stored."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from graph_service.model.side_records import Collection
from graph_service.model.vocabulary import Role
from tests.api.pact.conftest import Pact, declared, footprint_id

V3 = "org.wbcsd.pact.ProductFootprint."
V2 = "org.wbcsd.pathfinder."
JSON_EVENT = "application/cloudevents+json"


def event(event_type: str = f"{V3}PublishedEvent.3", **changed: Any) -> dict[str, Any]:
    whole = {
        "type": event_type,
        "specversion": "1.0",
        "id": "event-1",
        "source": "//buyer.example/3/events",
        "time": "2026-03-01T11:00:00Z",
        "data": {"pfIds": [footprint_id(1)]},
    }
    return {name: value for name, value in {**whole, **changed}.items() if value is not None}


async def stored(pact: Pact) -> tuple[int, int]:
    """The newest revision, and how many events came in."""
    revision = await pact.api.store.revision()
    return revision.number, len(await pact.api.store.list_side_records(Collection.INBOX, first=100))


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/3/events", event()),
        ("/3/events", event(f"{V3}RequestCreatedEvent.3", data={"productId": ["urn:x:1"], "comment": "please"})),
        ("/2/events", event(f"{V2}ProductFootprint.Published.v1")),
        ("/2/events", event(f"{V2}ProductFootprintRequest.Created.v1", data={"pf": {"productIds": ["urn:x:1"]}})),
    ],
)
async def test_an_accepted_event_is_answered_with_an_empty_body_and_twice_is_once(
    pact: Pact, path: str, sent: dict[str, Any]
) -> None:
    key = await pact.partner_key("cell")
    before, _ = await stored(pact)
    for _ in range(2):
        answer = await pact.send(path, sent, key=key)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers.get("content-length", "0") == "0"
    assert await stored(pact) == (before + 1, 1)

    other = await pact.send(path, {**sent, "source": "//other.example"}, key=key)
    assert (other.status_code, other.json()["code"]) == (400, "BadRequest")
    assert await stored(pact) == (before + 1, 1)


async def test_an_event_may_say_its_charset(pact: Pact) -> None:
    key = await pact.partner_key("cell")
    for charset in ("; charset=UTF-8", ';charset="utf-8"', ""):
        sent = json.dumps(event(id=f"event{charset.strip()}"))
        answer = await pact.post("/3/events", sent, key=key, content_type=JSON_EVENT + charset)
        assert answer.status_code == 200, answer.text


BODIES: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "no JSON": lambda: b"{",
    "a list": lambda: json.dumps([event()]).encode(),
    "a key twice": lambda: json.dumps(event()).encode()[:-1] + b', "id": "event-2"}',
    "NaN": lambda: json.dumps(event(data={"pfIds": [], "x": float("nan")})).encode(),
    "an infinite number": lambda: json.dumps(event()).encode()[:-1] + b', "x": 1e999}',
    "a number of 10,000 digits": lambda: json.dumps(event()).encode()[:-1] + b', "x": ' + b"1" * 10_000 + b"}",
    "nesting 1,000 deep": lambda: json.dumps(event()).encode()[:-1] + b', "x": ' + b"[" * 1_000 + b"]" * 1_000 + b"}",
    "nesting 100,000 deep": lambda: b"[" * 100_000,
    "10 MB": lambda: json.dumps(event(comment="x" * 10_000_000)).encode(),
    "a lone surrogate": lambda: json.dumps(event()).encode()[:-1] + b', "x": "\\ud800"}',
    "no UTF-8": lambda: json.dumps(event()).encode()[:-1] + b', "x": "\xff"}',
    "another specversion": lambda: json.dumps(event(specversion="0.3")).encode(),
    "no id": lambda: json.dumps(event(id=None)).encode(),
    "an empty id": lambda: json.dumps(event(id="")).encode(),
    "an id of 10,000 letters": lambda: json.dumps(event(id="x" * 10_000)).encode(),
    "no source": lambda: json.dumps(event(source=None)).encode(),
    "a source that is no URI": lambda: json.dumps(event(source="my house")).encode(),
    "a time that is none": lambda: json.dumps(event(time="yesterday")).encode(),
    "an unknown type": lambda: json.dumps(event("org.example.Other")).encode(),
    "a type of the other version": lambda: json.dumps(event(f"{V2}ProductFootprint.Published.v1")).encode(),
    "no data": lambda: json.dumps(event(data=None)).encode(),
    "data in words": lambda: json.dumps(event(data="none")).encode(),
    "ids that are none": lambda: json.dumps(event(data={"pfIds": "x"})).encode(),
    "an id that is no UUID": lambda: json.dumps(event(data={"pfIds": [footprint_id(1), "urn:uuid:x"]})).encode(),
    "an answer without footprints": lambda: json.dumps(
        event(f"{V3}RequestFulfilledEvent.3", data={"requestEventId": "r", "pfs": []})
    ).encode(),
    "a refusal without a reason": lambda: json.dumps(
        event(f"{V3}RequestRejectedEvent.3", data={"requestEventId": "r"})
    ).encode(),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_hostile_or_broken_body_is_refused_and_nothing_is_stored(
    pact: Pact, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    key = await pact.partner_key("cell")
    before = await stored(pact)
    answer = await pact.post("/3/events", BODIES[name](), key=key, content_type=JSON_EVENT)
    assert answer.status_code == 400
    assert answer.json().keys() == {"code", "message"}
    assert answer.json()["code"] == "BadRequest"
    assert len(answer.content) < 3_000
    assert await stored(pact) == before
    assert key not in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "", JSON_EVENT + "; charset=utf-16", "application/cloudevents-batch+json"],
)
async def test_another_content_type_is_refused(pact: Pact, content_type: str) -> None:
    key = await pact.partner_key("cell")
    before = await stored(pact)
    answer = await pact.post("/3/events", json.dumps(event()), key=key, content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequest")
    assert await stored(pact) == before


async def test_the_token_is_checked_before_the_body(pact: Pact) -> None:
    for key in ("", "very-invalid-access-token"):
        for body in (b"{", b"x" * 20_000_000):
            answer = await pact.post("/3/events", body, key=key, content_type="text/plain")
            assert (answer.status_code, answer.json()["code"]) == (401, "BadRequest")


async def test_only_partners_and_suppliers_send_events(pact: Pact) -> None:
    """A supplier without an address can send answers alone: nothing could be sent to it or fetched from it."""
    keys = [
        await pact.api.key(Role.SUPPLIER, "cells"),
        await pact.api.key(Role.AUDITOR),
        await pact.api.key(Role.PUBLIC),
        await pact.partner_key("cell", revoked_at="2026-01-01T00:00:00Z"),
        pact.api.leader,
    ]
    asked = event(f"{V3}RequestCreatedEvent.3", data={"productId": ["urn:x:1"]})
    for key in keys:
        for sent in (event(), asked):
            answer = await pact.send("/3/events", sent, key=key)
            assert (answer.status_code, answer.json()["code"]) == (403, "AccessDenied")
    rejected = event(
        f"{V3}RequestRejectedEvent.3", data={"requestEventId": "r", "error": {"code": "NotFound", "message": ""}}
    )
    assert [(await pact.send("/3/events", rejected, key=key)).status_code for key in keys] == [200, 403, 403, 403, 403]
    assert (await stored(pact))[1] == 1


async def test_what_an_event_can_ask_for_is_what_the_list_shows(pact: Pact) -> None:
    """The answer waits in the outbox: footprints that this partner may see, a refusal for those it may not."""
    key = await pact.partner_key("cell")
    await pact.record(declared(1, is_published=True), declared(2, "ore", is_published=True))
    for number in (1, 2):
        asked = {"productId": [f"URN:EXAMPLE:PRODUCT:{number}"]}
        sent = event(f"{V3}RequestCreatedEvent.3", id=f"request-{number}", data=asked)
        assert (await pact.send("/3/events", sent, key=key)).status_code == 200
        assert len(await pact.ids(f"/3/footprints?productId=urn:example:product:{number}", key=key)) == 2 - number

    waiting = [json.loads(one.payload)["event"] for one in await pact.api.store.list_events(first=10)]

    by_request = {one["data"]["requestEventId"]: one for one in waiting}
    assert by_request["request-1"]["type"] == f"{V3}RequestFulfilledEvent.3"
    assert [pf["id"] for pf in by_request["request-1"]["data"]["pfs"]] == [footprint_id(1)]
    assert by_request["request-2"]["type"] == f"{V3}RequestRejectedEvent.3"
    assert by_request["request-1"]["source"] == "//carbon.example"
