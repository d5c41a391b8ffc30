"""WBCSD's conformance cases for V2.3 against our doors, each by its number and title.

Mandatory are 1 to 17 and 21 for V2.2 and V2.3; 18 to 20 are not.
"""

import pytest

from tests.api.pact.conformance import (
    Inspector,
    check_answers_unasked,
    check_get_and_list,
    check_invalid_tokens,
    check_pagination,
    check_plain_http,
    check_published,
    check_requests,
    check_token_cases,
    ready,
)
from tests.api.pact.conftest import Pact, declared, numbers


@pytest.fixture
async def tester(pact: Pact) -> Inspector:
    """Case 0: Initialize test run."""
    return await ready(pact, "2")


async def test_tokens_for_credentials_by_discovery(tester: Inspector) -> None:
    """Cases 1 and 18: Obtain auth token with valid credentials; 2 and 19: with invalid credentials."""
    await check_token_cases(tester)


async def test_one_footprint_and_all(tester: Inspector) -> None:
    """Cases 3: Get PCF using GetFootprint; 4: Get all PCFs using ListFootprints."""
    await check_get_and_list(tester)


async def test_a_pagination_link_leads_on(tester: Inspector) -> None:
    """Case 5: Pagination link implementation of Action ListFootprints."""
    await check_pagination(tester)


async def test_an_invalid_token_is_refused_everywhere(tester: Inspector) -> None:
    """Cases 6, 7 and 16: Attempt ListFootPrints, GetFootprint, Action Events with Invalid Token."""
    await check_invalid_tokens(tester)


@pytest.mark.parametrize("footprint_id", ["00000000-0000-0000-0000-000000000000", "non-existent-id"])
async def test_an_unknown_id_is_not_found(tester: Inspector, footprint_id: str) -> None:
    """Case 8: Attempt GetFootprint with Non-Existent PfId."""
    answer = await tester.get(f"/footprints/{footprint_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchFootprint")


async def test_nothing_is_served_over_http(tester: Inspector) -> None:
    """Cases 9, 10, 11 and 17: Authentication, ListFootprints, GetFootprint, Action Events through HTTP (non-HTTPS)."""
    await check_plain_http(tester)


async def test_requests_are_answered_by_a_callback(tester: Inspector) -> None:
    """Cases 12, 13, 14.A and 14.B: Send PCF Creation Request; call back with a Fulfilled, with a Rejected Event."""
    asked = {"pf": {"productIds": tester.footprints[0]["productIds"]}, "comment": "Please send PCF data."}
    await check_requests(tester, asked, {"pf": {"productIds": ["urn:pact:null"]}})


async def test_the_rejected_request_as_the_description_writes_it_asks_for_nothing(tester: Inspector) -> None:
    """Case 14.A by its description: ``data.productId``, not ``data.pf``, which V2's schema has: malformed."""
    refused = await tester.send(tester.event("created", {"productId": ["urn:null"], "comment": "Please"}))
    assert (refused.status_code, refused.json()["code"]) == (400, "BadRequest")


async def test_answers_without_a_request_are_taken(tester: Inspector) -> None:
    """Cases 13 and 14 as of 2025: Respond to PCF Request Fulfilled Event; to PCF Request Rejected Event."""
    await check_answers_unasked(tester)


async def test_published_events_are_taken_and_malformed_ones_not(tester: Inspector) -> None:
    """Cases 15: Receive Notification of PCF Update (Published Event); 21: Malformed Request."""
    await check_published(tester)


async def test_a_list_is_filtered_by_creation(pact: Pact, tester: Inspector) -> None:
    """Case 20: Get Filtered List of Footprints."""
    await pact.record(declared(9, is_published=True, created_at="2026-01-01T00:00:00Z"))
    created = tester.footprints[0]["created"]
    found = await tester.listed(("$filter", f"created ge '{created}'"))
    assert numbers([footprint["id"] for footprint in found]) == [1, 2, 3]
    assert all(footprint["created"] >= created for footprint in found)
