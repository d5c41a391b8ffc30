"""Which addresses may be called: a public one of the registered service, or one that the setting names."""

from collections.abc import Sequence
from ipaddress import ip_address

import httpx
import pytest

from graph_service.errors import InvalidInput, PartnerRefused, PartnerUnavailable
from graph_service.exchange.partner_client.addresses import (
    AddressGuard,
    is_within,
    parse_networks,
    registered_base,
    unmapped,
)

NOT_PUBLIC = [
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),  # noqa: S104
    *("255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "64:ff9b:1::a00:1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1"),
    *("2002:7f00:1::1", "2002:a00:1::", "::127.0.0.1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
]
PUBLIC = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"]


def guard(answers: Sequence[str], allowed: str = "") -> AddressGuard:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return answers

    return AddressGuard(parse_networks(allowed), resolve=resolve)


@pytest.mark.parametrize("address", NOT_PUBLIC)
async def test_what_is_not_public_is_refused_however_it_is_written(address: str) -> None:
    with pytest.raises(PartnerRefused, match="PARTNER_ALLOW_PRIVATE"):
        await guard([address]).check(httpx.URL("https://partner.example/"))


@pytest.mark.parametrize("address", PUBLIC)
async def test_public_addresses_are_called(address: str) -> None:
    target = await guard([address]).check(httpx.URL("https://partner.example/"))
    assert target.addresses == (ip_address(address),)


async def test_one_private_address_among_public_ones_refuses_all() -> None:
    with pytest.raises(PartnerRefused):
        await guard(["93.184.215.14", "10.0.0.1"]).check(httpx.URL("https://partner.example/"))


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3"])
async def test_the_setting_allows_a_network_and_no_other(address: str) -> None:
    assert (await guard([address], "10.1.0.0/16, fd00::/8").check(httpx.URL("https://partner.example/"))).addresses
    with pytest.raises(PartnerRefused):
        await guard(["10.2.0.1"], "10.1.0.0/16").check(httpx.URL("https://partner.example/"))


async def test_plain_http_is_for_an_allowed_loopback_address_only() -> None:
    assert (await guard(["127.0.0.1"], "127.0.0.0/8").check(httpx.URL("http://localhost:8000/"))).addresses
    for address, allowed in (("10.1.2.3", "10.1.0.0/16"), ("93.184.215.14", ""), ("127.0.0.1", "10.0.0.0/8")):
        with pytest.raises(PartnerRefused):
            await guard([address], allowed).check(httpx.URL("http://partner.example/"))


async def test_a_name_without_address_may_have_one_later() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise OSError("not known")

    with pytest.raises(PartnerUnavailable, match=r"partner\.example"):
        await AddressGuard((), resolve=resolve).check(httpx.URL("https://partner.example/"))


def test_a_wrong_network_in_the_setting_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"10\.0\.0\.300"):
        parse_networks("127.0.0.1, 10.0.0.300")


def test_addresses_that_stand_for_another_are_read_as_that_one() -> None:
    assert str(unmapped(ip_address("2002:7f00:1::1"))) == "127.0.0.1"
    assert str(unmapped(ip_address("::1"))) == "::1"


@pytest.mark.parametrize(
    "text",
    ["ftp://partner.example", "https://", "https://user:pw@partner.example", "https://partner.example/?a=1", "x", ""],
)
def test_a_registered_address_is_a_plain_url(text: str) -> None:
    with pytest.raises(PartnerRefused):
        registered_base(text)


def test_what_lies_below_the_registered_address() -> None:
    base = registered_base("https://partner.example/carbon")
    for inside in ("https://partner.example/carbon/3/footprints?after=%2e", "https://PARTNER.example:443/carbon/x"):
        assert is_within(httpx.URL(inside), base), inside
    for outside in (
        "https://partner.example/carbonate/3",
        "https://partner.example/",
        "https://partner.example/carbon/../admin",
        "https://partner.example/carbon/%2e%2e/admin",
        "http://partner.example/carbon/3",
        "https://partner.example:8443/carbon/3",
        "https://partner.example.evil.example/carbon/3",
        "https://partner.example@evil.example/carbon/3",
        "https://user@partner.example/carbon/3",
    ):
        assert not is_within(httpx.URL(outside), base), outside
