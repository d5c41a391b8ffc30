"""Where the service is for its caller: headers of trusted proxies count, anybody else's do not."""

from collections.abc import Mapping

import pytest
from fastapi import Request

from graph_service.api.callers import is_on_this_machine
from graph_service.api.forwarding import Forwarding, path_prefix
from graph_service.errors import InvalidInput
from tests.conftest import OpenStore
from tests.support.api_client import api_on
from tests.support.clock import FixedClock

PROXY, STRANGER = "10.1.2.3", "192.0.2.7"


def request(
    headers: Mapping[str, str], *, client: str = PROXY, scheme: str = "http", host: str = "own:8000"
) -> Request:
    raw = [(b"host", host.encode()), *((name.encode(), value.encode()) for name, value in headers.items())]
    return Request(
        {"type": "http", "client": (client, 1), "scheme": scheme, "server": ("own", 8000), "path": "/3", "headers": raw}
    )


async def forwarding(open_store: OpenStore, clock: FixedClock, **settings: str) -> Forwarding:
    chosen = {"trusted_proxies": "10.0.0.0/8, ::1", **settings}
    async with api_on(await open_store(clock=clock), clock=clock, **chosen) as api:
        return Forwarding.of(api.services)


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({}, "http://own:8000"),
        ({"x-forwarded-proto": "https", "x-forwarded-host": "carbon.example"}, "https://carbon.example"),
        ({"x-forwarded-proto": "HTTPS", "x-forwarded-prefix": "/eu/"}, "https://own:8000/eu"),
        ({"x-forwarded-proto": "https, http"}, "http://own:8000"),
        ({"x-forwarded-host": "evil.example, carbon.example"}, "http://carbon.example"),
        ({"x-forwarded-host": "evil.example/path?"}, "http://own:8000"),
        ({"x-forwarded-host": 'a"b>; rel="next'}, "http://own:8000"),
        ({"x-forwarded-prefix": "//evil.example"}, "http://own:8000"),
        ({"forwarded": 'for=192.0.2.1;proto=https;host="carbon.example:444"'}, "https://carbon.example:444"),
        ({"forwarded": "proto=https", "x-forwarded-proto": "http"}, "http://own:8000"),
        ({"forwarded": "proto=http", "x-forwarded-proto": "https"}, "http://own:8000"),
        ({"forwarded": "proto=http, proto=https;host=[2001:db8::1]:443"}, "https://[2001:db8::1]:443"),
    ],
)
async def test_a_trusted_proxy_says_how_it_was_called(
    embedded_only: OpenStore, clock: FixedClock, headers: Mapping[str, str], url: str
) -> None:
    of_proxy = await forwarding(embedded_only, clock)
    assert of_proxy.address(request(headers)).url == url
    assert of_proxy.address(request(headers, client=STRANGER)).url == "http://own:8000"


async def test_the_base_path_and_the_public_address_stand_in_every_link(
    embedded_only: OpenStore, clock: FixedClock
) -> None:
    below = await forwarding(embedded_only, clock, base_path="carbon/")
    assert below.address(request({})).url == "http://own:8000/carbon"
    assert below.address(request({"x-forwarded-prefix": "/eu"})).url == "http://own:8000/eu"
    named = await forwarding(embedded_only, clock, public_url="https://c.example/x/", base_path="/carbon")
    assert named.address(request({"x-forwarded-host": "other.example"})).url == "https://c.example/x"


async def test_our_own_https_counts_unless_a_trusted_proxy_says_otherwise(
    embedded_only: OpenStore, clock: FixedClock
) -> None:
    found = await forwarding(embedded_only, clock)
    assert found.is_https(request({}, scheme="https"))
    assert found.is_https(request({"x-forwarded-proto": "http"}, scheme="https", client=STRANGER))
    assert not found.is_https(request({"x-forwarded-proto": "http"}, scheme="https"))
    assert not found.is_https(request({"x-forwarded-proto": "https"}, client=STRANGER))


async def test_a_wild_host_header_is_not_repeated(embedded_only: OpenStore, clock: FixedClock) -> None:
    found = await forwarding(embedded_only, clock)
    assert found.address(request({}, host='a>; rel="next"')).url == "http://own:8000"


@pytest.mark.parametrize(
    "name", ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-prefix", "x-forwarded-proto", "via"]
)
def test_a_forwarded_request_is_never_of_this_machine(name: str) -> None:
    assert is_on_this_machine(request({}, client="127.0.0.1", host="127.0.0.1"))
    assert not is_on_this_machine(request({name: "x"}, client="127.0.0.1", host="127.0.0.1"))


@pytest.mark.parametrize("text", ["/a b", "/a?b", "/a//b", '/"'])
def test_a_base_path_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="BASE_PATH"):
        path_prefix(text)


async def test_a_proxy_that_is_no_address_is_refused(embedded_only: OpenStore, clock: FixedClock) -> None:
    with pytest.raises(InvalidInput, match="TRUSTED_PROXIES: 'nginx'"):
        await forwarding(embedded_only, clock, trusted_proxies="nginx")
