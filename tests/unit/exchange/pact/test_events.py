"""Events in and out, in both versions."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import pytest

from graph_service.errors import InvalidInput
from graph_service.exchange.pact import UnknownEventType, read_event, read_footprint, write_event
from graph_service.exchange.pact.events import TYPES
from graph_service.model.partners import (
    FootprintQuery,
    FootprintsPublished,
    PactVersion,
    PartnerEvent,
    RequestCreated,
    RequestFulfilled,
    RequestRejected,
)
from tests.support.pact_documents import Document, event_faults, v2_document, v3_document

AT = datetime(2025, 3, 5, 17, 31, tzinfo=UTC)
SOURCE = "//leader.example.com/3/events"
QUERY = FootprintQuery(
    product_ids=("urn:gtin:4712345060507", "urn:x:2"),
    company_ids=("urn:company:1",),
    geographies=("CN-SN",),
    classifications=("urn:cpc:46420", "urn:pact:productclassification:cas:1"),
    statuses=("Active",),
)
EVENTS: dict[PactVersion, list[PartnerEvent]] = {
    version: [
        RequestCreated("e-1", QUERY, "please"),
        RequestFulfilled("e-2", "e-1", (read_footprint(document, path="pfs[0]"),)),
        RequestRejected("e-3", "e-1", "NotFound", "not ours"),
        FootprintsPublished("e-4", ("079e425a-464f-528d-341d-4a944a1dfd70",)),
    ]
    for version, document in ((PactVersion.V3, v3_document()), (PactVersion.V2, v2_document()))
}
ALL = [(version, event) for version, events in EVENTS.items() for event in events]


def written(event: PartnerEvent, version: PactVersion) -> Document:
    return cast(Document, write_event(event, version=version, source=SOURCE, time=AT))


@pytest.mark.parametrize(("version", "event"), ALL)
def test_event_validates_and_is_read_as_it_was_written(version: PactVersion, event: PartnerEvent) -> None:
    document = written(event, version)
    assert event_faults(document) == []
    received = read_event(document)
    if isinstance(event, RequestCreated) and version is PactVersion.V2:
        assert isinstance(received.event, RequestCreated)
        assert set(received.event.query.classifications) == set(QUERY.classifications)
    else:
        assert received.event == event
    assert (received.version, received.source, received.time) == (version, SOURCE, AT)
    assert received.type == TYPES[version][type(event)]


def test_types_are_those_of_the_specification() -> None:
    assert written(EVENTS[PactVersion.V3][0], PactVersion.V3)["type"] == (
        "org.wbcsd.pact.ProductFootprint.RequestCreatedEvent.3"
    )
    assert written(EVENTS[PactVersion.V2][3], PactVersion.V2)["type"] == (
        "org.wbcsd.pathfinder.ProductFootprint.Published.v1"
    )


def test_v3_query_is_read_whole_and_written_whole() -> None:
    moment = datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=8)))
    query = FootprintQuery(geographies=("DE", "FR"), valid_on=moment, valid_after=moment, valid_before=moment)
    document = written(RequestCreated("e", query), PactVersion.V3)
    assert document["data"] == {
        "geography": ["DE", "FR"],
        "validOn": "2024-12-31T16:00:00Z",
        "validAfter": "2024-12-31T16:00:00Z",
        "validBefore": "2024-12-31T16:00:00Z",
    }
    assert event_faults(document) == []
    assert read_event(document).event == RequestCreated("e", query)


def test_example_request_of_the_v3_specification_is_read() -> None:
    received = read_event(
        {
            "type": "org.wbcsd.pact.ProductFootprint.RequestCreatedEvent.3",
            "specversion": "1.0",
            "id": "1934405d-4f9b-4b3b-9c05bc35-68f8",
            "source": "//api.example.com/3/events",
            "time": "2025-03-05T17:31:00Z",
            "data": {
                "productId": ["urn:pact:sample.com:product-id:44055-9c05bc35-68f8"],
                "geography": ["DE"],
                "validAfter": "2025-01-01T00:00:00Z",
            },
        }
    )
    assert received.event == RequestCreated(
        "1934405d-4f9b-4b3b-9c05bc35-68f8",
        FootprintQuery(
            product_ids=("urn:pact:sample.com:product-id:44055-9c05bc35-68f8",),
            geographies=("DE",),
            valid_after=datetime(2025, 1, 1, tzinfo=UTC),
        ),
    )


def test_v2_event_carries_v2_documents_and_v3_event_v3_ones() -> None:
    push = read_footprint(v3_document())
    pcf = written(RequestFulfilled("e", "r", (push,)), PactVersion.V2)["data"]["pfs"][0]["pcf"]
    assert pcf["pCfExcludingBiogenic"] == "2.5"
    pcf = written(RequestFulfilled("e", "r", (read_footprint(v2_document()),)), PactVersion.V3)["data"]["pfs"][0]["pcf"]
    assert pcf["pcfExcludingBiogenicUptake"] == "1.5"


def test_footprint_with_an_error_leaves_the_event_well_formed() -> None:
    event = written(EVENTS[PactVersion.V3][1], PactVersion.V3)
    event["data"]["pfs"].append({"x": 1})
    received = read_event(event).event
    assert isinstance(received, RequestFulfilled)
    assert [push.has_errors for push in received.pushes] == [False, True]
    assert received.pushes[1].findings[0].path == "pfs[1]"


def test_v3_answer_without_footprints_is_neither_written_nor_read() -> None:
    with pytest.raises(InvalidInput, match="at least one"):
        written(RequestFulfilled("e", "r"), PactVersion.V3)
    event = written(EVENTS[PactVersion.V3][1], PactVersion.V3)
    event["data"]["pfs"] = []
    with pytest.raises(InvalidInput, match="pfs"):
        read_event(event)
    assert read_event(written(RequestFulfilled("e", "r"), PactVersion.V2)).event == RequestFulfilled("e", "r")


def test_rejection_carries_a_code_of_the_specification_only() -> None:
    with pytest.raises(InvalidInput, match="NotFound"):
        written(RequestRejected("e", "r", "NoSuchFootprint", ""), PactVersion.V3)


@pytest.mark.parametrize("value", [None, [], 7, "x", {}, {"data": {"x": float("inf")}}])
def test_value_that_is_no_event_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_event(value)
    assert refusal.value.findings
    assert not isinstance(refusal.value, UnknownEventType)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": ""}, "id"),
        ({"id": "x" * 2000}, "id"),
        ({"source": None}, "source"),
        ({"type": 3}, "type"),
        ({"time": "yesterday"}, "time"),
        ({"data": []}, "data"),
        ({"data": {"productId": "urn:x", "geography": 3}}, "data.geography"),
        ({"data": {"productId": [1]}}, "data.productId"),
        ({"data": {"validOn": "soon"}}, "data.validOn"),
        ({"data": {"status": ["Draft"]}}, "data.status"),
        ({"data": {"comment": 1}}, "data.comment"),
    ],
)
def test_malformed_event_is_refused_with_the_place(changes: dict[str, Any], place: str) -> None:
    event = {**written(EVENTS[PactVersion.V3][0], PactVersion.V3), **changes}
    with pytest.raises(InvalidInput) as refusal:
        read_event(event)
    assert [(finding.code, finding.path) for finding in refusal.value.findings] == [("PACT_EVENT", place)]


@pytest.mark.parametrize(
    ("position", "data", "places"),
    [
        (1, {"pfs": 3}, ["data.requestEventId", "data.pfs"]),
        (2, {"requestEventId": "r", "error": "no"}, ["data.error"]),
        (2, {"requestEventId": "r", "error": {"code": 4}}, ["data.error.code", "data.error.message"]),
        (3, {"pfIds": ["a", 1]}, ["data.pfIds"]),
        (3, {}, ["data.pfIds"]),
    ],
)
def test_malformed_answer_is_refused_with_the_place(position: int, data: dict[str, Any], places: list[str]) -> None:
    event = {**written(EVENTS[PactVersion.V3][position], PactVersion.V3), "data": data}
    with pytest.raises(InvalidInput) as refusal:
        read_event(event)
    assert [finding.path for finding in refusal.value.findings] == places


def test_event_of_another_type_is_told_apart_from_a_malformed_one() -> None:
    event = {**written(EVENTS[PactVersion.V3][3], PactVersion.V3), "type": "com.example.other"}
    with pytest.raises(UnknownEventType) as refusal:
        read_event(event)
    assert [finding.code for finding in refusal.value.findings] == ["PACT_EVENT_TYPE"]


def test_empty_criteria_ask_for_all_and_case_of_a_status_does_not_count() -> None:
    event = written(EVENTS[PactVersion.V3][0], PactVersion.V3)
    event["data"] = {"productId": [], "companyId": [""], "validOn": "", "status": ["active"]}
    assert read_event(event).event == RequestCreated("e-1", FootprintQuery(statuses=("Active",)))


def test_v2_fragment_without_pf_is_refused() -> None:
    event = {**written(EVENTS[PactVersion.V2][0], PactVersion.V2), "data": {}}
    with pytest.raises(InvalidInput, match="fragment"):
        read_event(event)
