"""The service's address as its caller sees it, behind proxies that the settings trust.

Headers that a proxy adds are believed only where the connection comes from a trusted address. Of several values the
last one counts: the nearest proxy wrote it, whatever the caller had sent before.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request

from graph_service.bootstrap import Services
from graph_service.errors import InvalidInput

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_AUTHORITY = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_PAIR = re.compile(r"""\s*([A-Za-z]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;,"]*)\s*(?:;|$)""")


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """Where callers reach the service. ``authority``: host and port; ``prefix``: empty or ``/carbon``."""

    scheme: str
    authority: str
    prefix: str

    @property
    def url(self) -> str:
        """The address that every route follows."""
        return f"{self.scheme}://{self.authority}{self.prefix}"


@dataclass(frozen=True, slots=True)
class Forwarding:
    """Which proxies are believed, and the path that they put before every route."""

    trusted: tuple[Network, ...]
    base_path: str
    public_url: str

    @classmethod
    def of(cls, services: Services) -> "Forwarding":
        """As the settings say. Raises ``InvalidInput`` for what is no address, network or path."""
        settings = services.settings
        names = [name.strip() for name in settings.trusted_proxies.split(",") if name.strip()]
        return cls(
            tuple(_network(name) for name in names), path_prefix(settings.base_path), settings.public_url.rstrip("/")
        )

    def is_trusted(self, request: Request) -> bool:
        """Whether the connection comes from a proxy that is believed."""
        try:
            address = ipaddress.ip_address(request.client.host if request.client else "")
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self.trusted)

    def is_https(self, request: Request) -> bool:
        """Whether the caller speaks https, to us or to a trusted proxy: of two headers that say so both must."""
        if not self.is_trusted(request):
            return request.url.scheme == "https"
        told = [proto.lower() for proto in (_last(request, "x-forwarded-proto"), _forwarded(request, "proto")) if proto]
        return all(proto == "https" for proto in told) if told else request.url.scheme == "https"

    def address(self, request: Request) -> PublicAddress:
        """The address that the caller used, or the one that the settings name."""
        scheme = "https" if self.is_https(request) else "http"
        own = request.headers.get("host", "")
        authority = own if _AUTHORITY.fullmatch(own) else _socket(request)
        prefix = self.base_path
        if self.is_trusted(request):
            host = _last(request, "x-forwarded-host") or _forwarded(request, "host") or ""
            authority = host if _AUTHORITY.fullmatch(host) else authority
            given = (_last(request, "x-forwarded-prefix") or "").rstrip("/")
            prefix = given if given and _PREFIX.fullmatch(given) else prefix
        if self.public_url:
            scheme, _, rest = self.public_url.partition("://")
            authority, slash, path = rest.partition("/")
            return PublicAddress(scheme, authority, f"{slash}{path}" or self.base_path)
        return PublicAddress(scheme, authority, prefix)


def path_prefix(text: str) -> str:
    """A path as what stands before every route: empty, or with a slash before it and none behind.

    Raises ``InvalidInput`` for what is no plain path.
    """
    prefix = "/" + text.strip().strip("/") if text.strip().strip("/") else ""
    if not _PREFIX.fullmatch(prefix):
        raise InvalidInput(f"GRAPH_SERVICE_BASE_PATH: {text!r} is not a plain path; write it as /carbon")
    return prefix


def _network(name: str) -> Network:
    try:
        return ipaddress.ip_network(name, strict=False)
    except ValueError as error:
        raise InvalidInput(
            f"GRAPH_SERVICE_TRUSTED_PROXIES: {name!r} is neither an address nor a network, as 10.0.0.0/8"
        ) from error


def _values(request: Request, name: str) -> Sequence[str]:
    return [value for line in request.headers.getlist(name) for value in line.split(",")]


def _last(request: Request, name: str) -> str | None:
    """What the nearest proxy says in a header of this name."""
    values = _values(request, name)
    return values[-1].strip() if values else None


def _forwarded(request: Request, name: str) -> str | None:
    """A parameter of the last element of ``Forwarded`` (RFC 7239)."""
    values = _values(request, "forwarded")
    if not values:
        return None
    pairs = {key.lower(): value.strip().strip('"') for key, value in _PAIR.findall(values[-1])}
    return pairs.get(name)


def _socket(request: Request) -> str:
    server = request.scope.get("server")
    if not server:
        return "localhost"
    host, port = server
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
