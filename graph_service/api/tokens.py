"""Access tokens: JWTs by RFC 9068, signed with a key of this service, short-lived, told apart from anything else.

A token says which access key it was given for and nothing of what that key may do: that is looked up on each use, so
that revoking the key ends its tokens.
"""

import base64
import binascii
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import jwt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from graph_service.api.errors import Unauthenticated
from graph_service.bootstrap import Services
from graph_service.errors import InvalidInput
from graph_service.exchange.strict_json import parse_json

LIFETIME_S = 900
SKEW_S = 10
"""By so much the clocks of two processes that share a secret may differ."""

MOST_BYTES = 4096
LEAST_SECRET_CHARACTERS = 32
NAME = "graph-service"
"""Issuer and audience where the settings give no public address."""

HEADER = {"alg": "HS256", "typ": "at+jwt"}
"""All of a token's header: any other member (``kid``, ``jku``, ``x5u``, ``crit``) is refused."""

_KEY_LABEL = b"access-token"
_PART = re.compile(r"[A-Za-z0-9_-]+")
_TEXTS, _MOMENTS = ("iss", "aud", "sub", "client_id", "jti"), ("exp", "nbf", "iat")


class TokenExpired(Unauthenticated):
    """A token of ours whose time is over: its holder fetches another."""


@dataclass(frozen=True, slots=True)
class TokenAuthority:
    """Who signs: the key, and the name that stands as issuer and audience."""

    key: bytes
    name: str


def authority_of(services: Services) -> TokenAuthority:
    """The authority that the settings make; with no secret set, one that ends with the process.

    Raises ``InvalidInput`` where the secret is too short to sign with.
    """
    secret = services.settings.secret_key.get_secret_value()
    if secret and len(secret) < LEAST_SECRET_CHARACTERS:
        raise InvalidInput(
            f"GRAPH_SERVICE_SECRET_KEY has {len(secret)} characters; "
            f"give {LEAST_SECRET_CHARACTERS} or more, as from: openssl rand -hex 32"
        )
    material = secret.encode() if secret else _secret_of_this_process()
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_KEY_LABEL).derive(material)
    return TokenAuthority(key, services.settings.public_url.rstrip("/") or NAME)


@cache
def _secret_of_this_process() -> bytes:
    return secrets.token_bytes(32)


def issue_token(client_id: str, *, authority: TokenAuthority, now: datetime) -> str:
    """A token for the access key of that id, good for ``LIFETIME_S``."""
    issued_at = int(now.timestamp())
    claims = {
        "iss": authority.name,
        "aud": authority.name,
        "sub": client_id,
        "client_id": client_id,
        "iat": issued_at,
        "nbf": issued_at,
        "exp": issued_at + LIFETIME_S,
        "jti": secrets.token_hex(16),
    }
    return jwt.encode(claims, authority.key, algorithm=HEADER["alg"], headers={"typ": HEADER["typ"]})


def read_token(text: str, *, authority: TokenAuthority, now: datetime) -> str:
    """The id of the access key that a token was given for.

    Raises ``TokenExpired`` where it was good once, ``Unauthenticated`` for everything else that is not a token of ours:
    all of them answer alike.
    """
    try:
        claims = _signed_claims(text, authority)
    except (InvalidInput, jwt.PyJWTError, ValueError) as error:
        raise _refused() from error
    moments = [claims.get(name) for name in _MOMENTS]
    if not all(type(moment) is int for moment in moments):
        raise _refused()
    expires_at, good_from, issued_at = (int(str(moment)) for moment in moments)
    at = now.timestamp()
    if expires_at - issued_at > LIFETIME_S or good_from > at + SKEW_S or issued_at > at + SKEW_S:
        raise _refused()
    if expires_at <= at:
        raise TokenExpired("the access token has expired; fetch another from /auth/token")
    return str(claims["sub"])


def _signed_claims(text: str, authority: TokenAuthority) -> dict[str, object]:
    """The claims of a token that we signed, every text there and a text."""
    parts = text.split(".") if len(text) <= MOST_BYTES else []
    if len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
        raise ValueError("not three parts in base64url")
    if parse_json(_decoded(parts[0])) != HEADER:
        raise ValueError("another header")
    jwt.decode(
        text,
        authority.key,
        algorithms=[HEADER["alg"]],
        audience=authority.name,
        issuer=authority.name,
        # Times are held against the service's own clock, and types for all that PyJWT lets pass.
        options={
            "require": [*_TEXTS, *_MOMENTS],
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
        },
    )
    _decoded(parts[2])
    claims = parse_json(_decoded(parts[1]))
    if not isinstance(claims, dict):
        raise ValueError("claims are an object")
    if not all(isinstance(claims.get(name), str) and claims[name] for name in _TEXTS):
        raise ValueError("a claim is not a text")
    if claims["iss"] != authority.name or claims["aud"] != authority.name or claims["client_id"] != claims["sub"]:
        raise ValueError("of another service")
    return claims


def _decoded(part: str) -> bytes:
    """The bytes of base64url without padding; the one spelling of them only."""
    try:
        found = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if base64.urlsafe_b64encode(found).rstrip(b"=").decode() != part:
        raise ValueError("a second spelling of the same bytes")
    return found


def _refused() -> Unauthenticated:
    return Unauthenticated("the access token is not one of this service; fetch one from /auth/token")
