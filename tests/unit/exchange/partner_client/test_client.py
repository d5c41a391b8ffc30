"""The client against a partner's service over HTTPS on this machine."""

import json
import logging
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from graph_service.errors import PartnerRefused, PartnerUnavailable
from graph_service.exchange.partner_client import HttpPartnerClient
from graph_service.exchange.partner_client.calls import Limits
from graph_service.exchange.partner_client.client import next_page
from graph_service.model.partners import FootprintQuery, PactVersion, Partner
from tests.support.clock import FixedClock
from tests.support.partner_server import (
    CLIENT_SECRET,
    HOST,
    Answering,
    Called,
    Certificate,
    PartnerServer,
    Reply,
    make_client,
    make_partner,
    serving_partner,
)

EVENT = {"specversion": "1.0", "id": "e-1", "type": "org.wbcsd.pact.ProductFootprint.PublishedEvent.3"}
QUICK = Limits(connect_s=1.0, total_s=1.0)


def always(reply: Reply) -> Answering:
    return lambda _called: reply


async def read_all(client: HttpPartnerClient, partner: Partner, query: FootprintQuery | None = None) -> list[object]:
    return [one async for page in client.footprints(partner, query or FootprintQuery()) for one in page]


async def test_event_is_posted_with_a_token_as_cloudevent(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner
) -> None:
    server.answers["/3/events"] = always(Reply(200))
    await client.send_event(partner, EVENT)
    sent = server.calls[-1]
    assert server.paths() == ["/.well-known/openid-configuration", "/auth/token", "/3/events"]
    assert sent.headers["Authorization"] == "Bearer token-1"
    assert sent.headers["Content-Type"].startswith("application/cloudevents+json")
    assert sent.headers["Host"] == f"{HOST}:{server.port}"
    assert json.loads(sent.body) == EVENT


async def test_a_v2_partner_is_called_at_its_doors_below_its_prefix(
    client: HttpPartnerClient, server: PartnerServer
) -> None:
    server.answers = {"/pcf/auth/token": server.give_token, "/pcf/2/events": always(Reply(200))}
    await client.send_event(make_partner(server.base_url + "/pcf", version=PactVersion.V2), EVENT)
    assert server.paths()[-1] == "/pcf/2/events"


async def test_token_is_kept_until_shortly_before_its_end(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner, clock: FixedClock
) -> None:
    server.answers["/3/events"] = always(Reply(200))
    server.token_life_s = 900
    for wait_s in (0, 800, 100):
        clock.advance(timedelta(seconds=wait_s))
        await client.send_event(partner, EVENT)
    used = [called.headers["Authorization"] for called in server.calls if called.path == "/3/events"]
    assert used == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


async def test_a_token_that_is_not_taken_is_replaced_once(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner
) -> None:
    def only_second(called: Called) -> Reply:
        return Reply(200 if called.headers["Authorization"] == "Bearer token-2" else 401, {"code": "TokenExpired"})

    server.answers["/3/events"] = only_second
    await client.send_event(partner, EVENT)
    assert server.paths().count("/3/events") == 2
    server.answers["/3/events"] = always(Reply(401, {"code": "TokenExpired"}))
    with pytest.raises(PartnerRefused, match=r"401 \(TokenExpired\)"):
        await client.send_event(partner, EVENT)
    assert server.paths().count("/3/events") == 4


async def test_token_endpoint_is_discovered_on_the_registered_host(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner
) -> None:
    endpoint = {"token_endpoint": f"{server.base_url}/oauth2/token"}
    server.answers = {
        "/.well-known/openid-configuration": always(Reply(200, endpoint)),
        "/oauth2/token": server.give_token,
        "/3/events": always(Reply(200)),
    }
    await client.send_event(partner, EVENT)
    assert server.paths() == ["/.well-known/openid-configuration", "/oauth2/token", "/3/events"]


async def test_token_endpoint_elsewhere_gets_no_credentials(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner, certificate: Certificate
) -> None:
    with serving_partner(certificate) as other:
        endpoint = {"token_endpoint": f"{other.base_url}/auth/token"}
        server.answers = {"/.well-known/openid-configuration": always(Reply(200, endpoint))}
        with pytest.raises(PartnerRefused, match="outside its registered address"):
            await client.send_event(partner, EVENT)
        assert other.calls == []


async def test_refused_credentials_are_said_without_the_secret(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers["/auth/token"] = lambda called: Reply(
        401, {"error": "invalid_client", "error_description": f"{called.headers['Authorization']} {CLIENT_SECRET}"}
    )
    with pytest.raises(PartnerRefused, match="invalid_client") as caught:
        await client.send_event(partner, EVENT)
    basic = server.calls[-1].headers["Authorization"].removeprefix("Basic ")
    shown = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r} {caplog.text}"
    assert CLIENT_SECRET not in shown
    assert basic not in shown


@pytest.mark.parametrize("value", [{}, {"access_token": 7}, {"access_token": "a\nb"}, {"access_token": ""}, [], "t"])
async def test_an_answer_without_token_is_refused(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner, value: object
) -> None:
    server.answers["/auth/token"] = always(Reply(200, value))
    with pytest.raises(PartnerRefused, match="access_token"):
        await client.send_event(partner, EVENT)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
async def test_answers_that_ask_for_patience_may_be_repeated(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner, status: int
) -> None:
    server.answers["/3/events"] = always(Reply(status, headers={"Retry-After": "120"}))
    with pytest.raises(PartnerUnavailable, match=str(status)) as caught:
        await client.send_event(partner, EVENT)
    assert caught.value.retry_after_s == 120


async def test_retry_after_may_be_a_date(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner, clock: FixedClock
) -> None:
    later = (clock.now() + timedelta(minutes=5)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    waits = []
    for text in (later, "Mon, 01 Jan 2024 00:00:00 GMT", "soon", "9" * 30):
        server.answers["/3/events"] = always(Reply(503, headers={"Retry-After": text}))
        with pytest.raises(PartnerUnavailable) as caught:
            await client.send_event(partner, EVENT)
        waits.append(caught.value.retry_after_s)
    assert waits == [300, 0, None, 72 * 3600]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
async def test_other_answers_are_a_refusal(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner, status: int
) -> None:
    server.answers["/3/events"] = always(Reply(status, {"code": "BadRequest"}))
    with pytest.raises(PartnerRefused, match=str(status)):
        await client.send_event(partner, EVENT)


async def test_no_redirect_is_followed(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner, certificate: Certificate
) -> None:
    with serving_partner(certificate) as other:
        other.answers["/3/events"] = always(Reply(200))
        for status in (301, 302, 303, 307, 308):
            headers = {"Location": f"{other.base_url}/3/events"}
            server.answers["/3/events"] = always(Reply(status, headers=headers))
            with pytest.raises(PartnerRefused, match="redirect"):
                await client.send_event(partner, EVENT)
        assert other.calls == []


async def test_list_is_paged_to_its_end(client: HttpPartnerClient, server: PartnerServer, partner: Partner) -> None:
    def page(called: Called) -> Reply:
        at = int(called.target.partition("page=")[2] or 0)
        link = f'<{server.base_url}/3/footprints?page={at + 1}>; rel="next"'
        return Reply(200, {"data": [{"id": 2 * at}, {"id": 2 * at + 1}]}, {"Link": link} if at < 4 else {})

    server.answers["/3/footprints"] = page
    assert await read_all(client, partner) == [{"id": number} for number in range(10)]
    assert server.tokens_given == 1


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/3/footprints?page=1",
        "http://partner.example/3/footprints?page=1",
        "//169.254.169.254/latest/meta-data",
        "https://user@partner.example/3/footprints",
        "file:///etc/passwd",
    ],
)
async def test_next_page_elsewhere_is_not_fetched(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner, link: str
) -> None:
    server.answers["/3/footprints"] = always(Reply(200, {"data": [1]}, {"Link": f'<{link}>; rel="next"'}))
    with pytest.raises(PartnerRefused, match="outside its registered"):
        await read_all(client, partner)
    assert server.paths().count("/3/footprints") == 1


async def test_a_list_that_leads_in_a_circle_ends(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner
) -> None:
    def circle(called: Called) -> Reply:
        following = "a" if called.target.endswith("=b") else "b"
        return Reply(200, {"data": [1]}, {"Link": f"</3/footprints?at={following}>; rel=next"})

    server.answers["/3/footprints"] = circle
    with pytest.raises(PartnerRefused, match="before"):
        await read_all(client, partner)
    assert server.paths().count("/3/footprints") == 3


async def test_query_is_said_in_the_partners_version(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner
) -> None:
    server.answers["/3/footprints"] = server.answers["/2/footprints"] = always(Reply(200, {"data": []}))
    query = FootprintQuery(
        product_ids=("urn:x:o'neil",), classifications=("urn:cpc:1234",), valid_on=datetime(2026, 1, 1, tzinfo=UTC)
    )
    await read_all(client, partner, query)
    await read_all(client, make_partner(server.base_url, version=PactVersion.V2), query)
    v3, v2 = (dict(httpx.URL(called.target).params) for called in server.calls if "footprints" in called.path)
    assert v3 == {
        "productId": "urn:x:o'neil",
        "classification": "urn:cpc:1234",
        "validOn": "2026-01-01T00:00:00Z",
        "limit": "100",
    }
    assert v2 == {
        "$filter": "productIds/any(productId:(productId eq 'urn:x:o''neil')) and productCategoryCpc eq '1234'",
        "limit": "100",
    }
    assert "+" not in server.calls[-1].target


async def test_footprint_is_what_lies_under_data(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner
) -> None:
    server.answers["/3/footprints/a%2Fb"] = always(Reply(200, {"data": {"id": "a/b"}}))
    assert await client.footprint(partner, "a/b") == {"id": "a/b"}
    with pytest.raises(PartnerRefused, match="404"):
        await client.footprint(partner, "other")


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": [], "data": [1]}',
        b'{"data": [NaN]}',
        b"<html>",
        b'{"data": ' + b"[" * 2000 + b"]" * 2000 + b"}",
        b"\xff",
        b"",
    ],
)
async def test_what_is_not_sound_json_is_refused(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner, body: bytes
) -> None:
    server.answers["/3/footprints"] = always(Reply(200, body=body))
    with pytest.raises(PartnerRefused, match="not sound JSON"):
        await read_all(client, partner)


async def test_an_endless_answer_is_cut_at_its_limit(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner
) -> None:
    endless = Reply(200, headers={"Content-Type": "application/json"}, endless=b" " * 65536)
    server.answers["/3/footprints"] = server.answers["/auth/token2"] = always(endless)
    with pytest.raises(PartnerRefused, match="more than 10485760 bytes"):
        await read_all(client, partner)
    server.answers["/auth/token"] = always(endless)
    with pytest.raises(PartnerRefused, match="more than 65536 bytes"):
        await client.send_event(make_partner(server.base_url, version=PactVersion.V2), EVENT)


async def test_an_event_is_delivered_whatever_follows_the_2xx(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner
) -> None:
    server.answers["/3/events"] = always(Reply(200, endless=b"x" * 65536))
    await client.send_event(partner, EVENT)


async def test_a_packed_answer_that_was_not_asked_for_is_refused(
    client: HttpPartnerClient, server: PartnerServer, partner: Partner
) -> None:
    server.answers["/3/footprints"] = always(Reply(200, body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}))
    with pytest.raises(PartnerRefused, match="encoding"):
        await read_all(client, partner)


async def test_an_answer_that_trickles_in_ends_with_the_time_of_the_call(
    certificate: Certificate, server: PartnerServer, partner: Partner, clock: FixedClock
) -> None:
    server.answers["/3/footprints"] = always(Reply(200, endless=b" ", pause_s=0.05))
    client = make_client(certificate.chain, clock=clock, limits=QUICK)
    with pytest.raises(PartnerUnavailable, match="in time"):
        await read_all(client, partner)
    await client.close()


async def test_a_name_that_leads_to_a_private_address_is_not_called(
    certificate: Certificate, server: PartnerServer, partner: Partner, clock: FixedClock
) -> None:
    client = make_client(certificate.chain, clock=clock, allow_private="10.0.0.0/8")
    with pytest.raises(PartnerRefused, match="PARTNER_ALLOW_PRIVATE"):
        await client.send_event(partner, EVENT)
    assert server.calls == []
    await client.close()


async def test_a_certificate_that_nobody_vouches_for_gets_no_credentials(
    server: PartnerServer, partner: Partner, clock: FixedClock
) -> None:
    client = make_client(None, clock=clock)
    with pytest.raises(PartnerUnavailable, match="certificate"):
        await client.send_event(partner, EVENT)
    assert server.calls == []
    await client.close()


async def test_a_certificate_of_another_name_gets_no_credentials(
    client: HttpPartnerClient, server: PartnerServer
) -> None:
    with pytest.raises(PartnerUnavailable, match="not valid for 'other"):
        await client.send_event(make_partner(f"https://other.example:{server.port}"), EVENT)
    assert server.calls == []


async def test_plain_http_goes_to_an_allowed_loopback_address(clock: FixedClock) -> None:
    client = make_client(None, clock=clock)
    with serving_partner(None) as server:
        server.answers["/3/events"] = always(Reply(200))
        await client.send_event(make_partner(f"http://127.0.0.1:{server.port}"), EVENT)
        assert server.paths()[-1] == "/3/events"
    await client.close()


async def test_a_service_that_is_down_may_be_called_again(client: HttpPartnerClient, certificate: Certificate) -> None:
    with serving_partner(certificate) as server:
        partner = make_partner(server.base_url)
    with pytest.raises(PartnerUnavailable, match="cannot be reached"):
        await client.send_event(partner, EVENT)


async def test_a_partner_without_our_credentials_is_not_called(
    client: HttpPartnerClient, server: PartnerServer
) -> None:
    partner = Partner("partner-2", "Partner", server.base_url, PactVersion.V3, "key-2")
    with pytest.raises(PartnerRefused, match="without credentials"):
        await client.send_event(partner, EVENT)
    assert server.calls == []


def test_next_is_found_among_links_as_rfc_8288_writes_them() -> None:
    at = httpx.URL("https://p.example/3/footprints")
    for link, expected in (
        ('<https://p.example/a>; rel="next"', "https://p.example/a"),
        ("</b?x=1,2>; rel=next", "https://p.example/b?x=1,2"),
        ('<https://p.example/1>; rel="first", <https://p.example/c>;rel="next last"', "https://p.example/c"),
        ('<https://p.example/d>; title="a; rel=prev, b"; REL="NEXT"', "https://p.example/d"),
        ('<https://p.example/e>; rel="prev"', None),
        ("", None),
    ):
        found = next_page(httpx.Headers({"Link": link}), at)
        assert (None if found is None else str(found)) == expected
