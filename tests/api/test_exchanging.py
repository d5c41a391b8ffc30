"""What the chain leader publishes and asks for by GraphQL, and what partners and suppliers see of it."""

import json
from typing import Any

import pytest

from graph_service.bootstrap import exchange_of
from graph_service.exchange.partner_client import CredentialSealing
from graph_service.model.partners import PactVersion
from graph_service.model.vocabulary import Door, Role
from graph_service.service.access import OPERATOR
from graph_service.service.partners.register import Credentials, PartnerTerms, Registered, add_partner
from tests.api.conftest import CHAIN
from tests.api.test_declaring import pushed, review, total
from tests.conftest import OpenStore
from tests.support.api_client import Api

ITEMS: Any = CHAIN["items"]
PACK = next(item for item in ITEMS if item["uid"] == "pack")

PUBLISH = """mutation Publish($input: PublishFootprintInput!) { publishFootprint(input: $input) { __typename
  ... on FootprintPublished { footprint deprecated partnersTold replayed }
  ... on RequestRefused { code message } } }"""
REQUESTS = "{ footprintRequests { uid item supplier comment state isIncoming } }"
ASK = """mutation Ask($item: ID!) { requestFootprint(item: $item, comment: "by May") { __typename
  ... on FootprintRequest { uid item state } ... on RequestRefused { code message } } }"""
WITHDRAW = """mutation Withdraw($uid: ID!) { withdrawRequest(request: $uid) { __typename
  ... on FootprintRequest { state } ... on RequestRefused { code } } }"""


@pytest.fixture
def open_store(embedded_only: OpenStore) -> OpenStore:
    """What is exchanged is the same on every store."""
    return embedded_only


async def partner_for(api: Api, *, supplier_uid: str | None = None, items: tuple[str, ...] = ()) -> Registered:
    """A partner as ``partners add`` registers it."""
    terms = PartnerTerms("Partner", "https://partner.example", PactVersion.V3, items, Credentials("id", "secret"))
    return await add_partner(
        terms,
        supplier_uid=supplier_uid,
        sealing=CredentialSealing("a secret key of more than 32 characters"),
        principal=OPERATOR,
        door=Door.CLI,
        exchange=exchange_of(api.services),
    )


async def events_of(api: Api) -> list[str]:
    """The types of the events in the outbox, oldest first."""
    found = await api.services.store.list_events(first=100)
    return [json.loads(event.payload)["event"]["type"].rsplit(".", 2)[-2] for event in found]


async def publish(api: Api, key: str, **options: Any) -> Any:
    given = {"idempotencyKey": key, "item": "pack", "unspecifiedAsFossil": True, **options}
    return (await api.ask(PUBLISH, {"input": given}))["publishFootprint"]


PERIOD = {"referencePeriodStart": "2025-01-01", "referencePeriodEnd": "2026-01-01"}


async def test_what_is_published_is_told_to_its_readers_and_replaces_what_was(chain: Api) -> None:
    await chain.record("mass", items=[PACK | {"massKgPerDeclaredUnit": 430.0}])
    await partner_for(chain, items=("pack",))

    first = await publish(chain, "one", **PERIOD)
    again = await publish(chain, "one", **PERIOD)
    second = await publish(chain, "two", **PERIOD)
    ended = await review(chain, second["footprint"], "DEPRECATE", reason="wrong grid factor")

    assert first["__typename"] == "FootprintPublished", first
    assert (first["partnersTold"], first["deprecated"]) == (1, [])
    assert again == first | {"replayed": True}
    assert second["deprecated"] == [first["footprint"]]
    assert ended["declaration"]["state"] == "DEPRECATED"
    assert await events_of(chain) == ["PublishedEvent"] * 3


async def test_publishing_changes_no_total_and_is_no_declaration_of_a_supplier(chain: Api) -> None:
    await chain.record("mass", items=[PACK | {"massKgPerDeclaredUnit": 430.0}])
    before = await total(chain, "car")

    await publish(chain, "one", **PERIOD)

    assert await total(chain, "car") == before
    found = await chain.ask('{ item(uid: "pack") { declarations { totalCount } } declarations { totalCount } }')
    assert found == {"item": {"declarations": {"totalCount": 0}}, "declarations": {"totalCount": 0}}


async def test_a_counter_request_asks_the_supplier_anew_and_its_partner_too(chain: Api) -> None:
    await partner_for(chain, supplier_uid="cells")
    uid = await pushed(chain, "one")

    await review(chain, uid, "QUERY", reason="which year?", counterRequest="please send 2025")

    key = await chain.key(Role.SUPPLIER, "cells")
    (asked,) = (await chain.ask(REQUESTS, key=key))["footprintRequests"]
    assert (asked["item"], asked["comment"], asked["state"]) == ("pack", "please send 2025", "OPEN")
    assert await events_of(chain) == ["RequestCreatedEvent"]
    assert (await chain.ask(REQUESTS, key=await chain.key(Role.SUPPLIER, "mine")))["footprintRequests"] == []


async def test_a_request_is_made_once_and_can_be_taken_back(chain: Api) -> None:
    made = (await chain.ask(ASK, {"item": "pack"}))["requestFootprint"]
    again = (await chain.ask(ASK, {"item": "pack"}))["requestFootprint"]
    by_a_supplier = await chain.ask(ASK, {"item": "ore"}, key=await chain.key(Role.SUPPLIER, "cells"))

    taken_back = (await chain.ask(WITHDRAW, {"uid": made["uid"]}))["withdrawRequest"]

    assert made["state"] == "OPEN"
    assert again["code"] == "CONFLICT"
    assert by_a_supplier["requestFootprint"]["code"] == "NOT_ALLOWED"
    assert taken_back == {"__typename": "FootprintRequest", "state": "WITHDRAWN"}
