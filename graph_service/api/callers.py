"""Who asks: the principal of a request's key, or of the anonymous role that the settings grant."""

import ipaddress
from collections.abc import Sequence

from fastapi import Request

from graph_service.api.errors import Unauthenticated
from graph_service.bootstrap import Services
from graph_service.model.batch import ClientName, Principal
from graph_service.model.vocabulary import Role
from graph_service.service.access import authenticate

FORWARDING_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
"""Signs of a proxy: behind one, every caller seems to be on the loopback address."""

ANONYMOUS = ClientName("anonymous")


async def identify(request: Request, services: Services) -> Principal:
    """The caller.

    Raises ``Unauthenticated`` where a key is given that opens nothing, or none is given and none is not enough.
    """
    given: Sequence[str] = request.headers.getlist("authorization")
    if given:
        scheme, _, text = given[0].strip().partition(" ")
        if len(given) > 1 or scheme.lower() != "bearer":
            raise Unauthenticated("give one key, as Authorization: Bearer gs_...")
        principal = await authenticate(services.store, text.strip())
        if principal is None:
            raise Unauthenticated("the key opens nothing: it is unknown, mistyped or revoked")
        return principal
    role = services.settings.anonymous_role
    if role == Role.PUBLIC.value or (role == Role.AUDITOR.value and is_on_this_machine(request)):
        return Principal(ANONYMOUS, "anonymous", Role(role))
    raise Unauthenticated("a key is needed: send it as Authorization: Bearer gs_...")


def is_on_this_machine(request: Request) -> bool:
    """Whether the request came straight from a loopback address, to a loopback address."""
    if request.client is None or any(name in request.headers for name in FORWARDING_HEADERS):
        return False
    return _is_loopback(request.client.host) and not _is_foreign_name(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _is_foreign_name(host: str) -> bool:
    """Whether a browser was led here under a public name (DNS rebinding): such names have a dot."""
    name = host.lower().rstrip(".")
    return not _is_loopback(name) and "." in name and not name.endswith(".localhost")
