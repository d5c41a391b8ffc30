"""Where a partner's service may be called: below its registered address, and at public network addresses only."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from graph_service.errors import InvalidInput, PartnerRefused, PartnerUnavailable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name, as texts; raises ``OSError`` where it has none."""

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_IPV4_IN_LAST_32_BITS = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address to connect to, and the URL that is asked for there."""

    url: httpx.URL
    addresses: tuple[Address, ...]


def registered_base(text: str) -> httpx.URL:
    """The URL that a partner is registered with. Raises ``PartnerRefused`` where it is none to call."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise PartnerRefused(f"the registered address is not a URL: {error}") from None
    if url.scheme not in _DEFAULT_PORTS or not url.host or url.userinfo or url.query or url.fragment:
        raise PartnerRefused("the registered address is not one of the form https://host/path")
    return url


def below(base: httpx.URL, path: str) -> httpx.URL:
    """The URL of ``path`` below the registered address."""
    return base.copy_with(path=base.path.rstrip("/") + path)


def is_same_origin(url: httpx.URL, base: httpx.URL) -> bool:
    """Whether scheme, host and port are the same."""
    return _origin(url) == _origin(base)


def is_within(url: httpx.URL, base: httpx.URL) -> bool:
    """Whether ``url`` lies at or below the registered address."""
    path = base.path.rstrip("/")
    # A server may decode what we must not: a dot segment in disguise leads out again.
    has_dots = b"%2e" in url.raw_path.partition(b"?")[0].lower()
    return is_same_origin(url, base) and not url.userinfo and not has_dots and f"{url.path}/".startswith(f"{path}/")


def _origin(url: httpx.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host, url.port or _DEFAULT_PORTS.get(url.scheme)


def parse_networks(text: str) -> tuple[Network, ...]:
    """The networks of the setting PARTNER_ALLOW_PRIVATE; raises ``InvalidInput`` naming the wrong one."""
    networks = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            networks.append(ip_network(part, strict=False))
        except ValueError:
            raise InvalidInput(
                f"PARTNER_ALLOW_PRIVATE: {part!r} is no address or network; write 10.1.0.0/16 or 127.0.0.1"
            ) from None
    return tuple(networks)


def unmapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for (mapped, NAT64, 6to4), else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if int(address) > 1 and any(address in network for network in _IPV4_IN_LAST_32_BITS):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether an unmapped address is reached by everybody, and is one host's."""
    is_unicast = isinstance(address, IPv4Address) or address in _GLOBAL_UNICAST
    return is_unicast and address.is_global and not address.is_multicast and not address.is_reserved


class AddressGuard:
    """Decides which network address is connected to; what it answers is connected to, not the name again."""

    def __init__(self, allowed: Sequence[Network], *, resolve: Resolve | None = None) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve or _resolve

    async def check(self, url: httpx.URL) -> Target:
        """The addresses of ``url``, all of them allowed.

        Raises ``PartnerUnavailable`` where the name has no address, ``PartnerRefused`` where one may not be called.
        """
        host = url.raw_host.decode("ascii")
        port = url.port or _DEFAULT_PORTS[url.scheme]
        try:
            texts = await self._resolve(host, port)
        except OSError:
            raise PartnerUnavailable(f"the host {host} has no network address now") from None
        addresses = tuple(dict.fromkeys(ip_address(text) for text in texts))
        if not addresses:
            raise PartnerUnavailable(f"the host {host} has no network address now")
        for address in addresses:
            self._check_address(host, address, is_plain=url.scheme == "http")
        return Target(url, addresses)

    def _check_address(self, host: str, address: Address, *, is_plain: bool) -> None:
        plain = unmapped(address)
        is_allowed = any(plain in network for network in self._allowed if network.version == plain.version)
        if not (is_allowed or is_public(plain)):
            raise PartnerRefused(
                f"the host {host} has the address {address}, which is not a public one; where it is meant, the setting "
                "PARTNER_ALLOW_PRIVATE names it"
            )
        if is_plain and not plain.is_loopback:
            raise PartnerRefused(f"the host {host} would be called by plain http; register its https address")


async def _resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]
