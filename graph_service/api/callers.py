"""Who asks: the principal of a request's key, or of the anonymous role that the settings grant."""

import ipaddress
from collections.abc import Sequence

from fastapi import Request

from graph_service.api.errors import Unauthenticated
from graph_service.api.tokens import authority_of, read_token
from graph_service.bootstrap import Services
from graph_service.model.access import parse_key
from graph_service.model.batch import ClientName, Principal
from graph_service.model.vocabulary import Role
from graph_service.service.access import authenticate, principal_of

FORWARDING_HEADERS = (
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-real-ip",
    "via",
)
"""Signs of a proxy: behind one, every caller seems to be on the loopback address."""

ANONYMOUS = ClientName("anonymous")


async def identify(request: Request, services: Services) -> Principal:
    """The caller.

    Raises ``Unauthenticated`` where a key or token is given that opens nothing, or none is given and none is not
    enough; ``TokenExpired``, one of them, where a token's time is over.
    """
    if "authorization" in request.headers:
        return await identify_by_key(request, services)
    role = services.settings.anonymous_role
    if role == Role.PUBLIC.value or (role == Role.AUDITOR.value and is_on_this_machine(request)):
        return Principal(ANONYMOUS, "anonymous", Role(role))
    raise Unauthenticated("a key is needed: send it as Authorization: Bearer gs_...")


async def identify_by_key(request: Request, services: Services) -> Principal:
    """The caller of a door that nobody passes without a key or a token. Raises as ``identify``."""
    given: Sequence[str] = request.headers.getlist("authorization")
    if not given:
        raise Unauthenticated("a token is needed: fetch one from /auth/token, send it as Authorization: Bearer ...")
    scheme, _, text = given[0].strip().partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer":
        raise Unauthenticated("give one key, as Authorization: Bearer gs_...")
    text = text.strip()
    if parse_key(text) is None and "." in text:
        return await principal_of_token(text, services)
    principal = await authenticate(services.store, text)
    if principal is None:
        raise Unauthenticated("the key opens nothing: it is unknown, mistyped or revoked")
    return principal


async def principal_of_token(text: str, services: Services) -> Principal:
    """The principal of the access key that a token was given for, as that key stands now.

    Raises ``TokenExpired`` where the token's time is over, ``Unauthenticated`` where it is not one of this service or
    its key is revoked.
    """
    key_id = read_token(text, authority=authority_of(services), now=services.clock.now())
    key = await services.store.key_by_id(key_id)
    if key is None or key.revoked_at is not None:
        raise Unauthenticated("the access token is not one of this service; fetch one from /auth/token")
    return principal_of(key)


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
