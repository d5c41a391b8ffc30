"""``/auth/token``: an access token for an access key, by client credentials (RFC 6749, 4.4); and its discovery."""

import base64
import binascii
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote_plus

from fastapi import Request, Response

from graph_service.api.bodies import BodyTooLarge, read_body
from graph_service.api.pact.doors import Doors
from graph_service.api.pact.errors import InsecureTransport, answer
from graph_service.api.tokens import LIFETIME_S, authority_of, issue_token
from graph_service.service.access import authenticate

MOST_BODY_BYTES = 8 * 1024
SCOPES = "footprint:list footprint:read"
"""The scopes that the specification names. A token has what its key has, whatever scope is asked for."""

_FORM = "application/x-www-form-urlencoded"
_NOT_STORED = {"cache-control": "no-store", "pragma": "no-cache"}


class _Refused(Exception):
    """An error of RFC 6749, 5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


async def token(doors: Doors, request: Request) -> Response:
    """The token, or why there is none."""
    try:
        doors.insist_on_https(request)
        client_id = await _client(doors, request)
        scope = await _check_form(request)
    except _Refused as refused:
        return _refusal(refused.error, refused.description)
    except InsecureTransport as insecure:
        return _refusal("invalid_request", insecure.message)
    request.state.client_name = client_id
    text = issue_token(client_id, authority=authority_of(doors.services), now=doors.services.clock.now())
    granted = {"access_token": text, "token_type": "bearer", "expires_in": LIFETIME_S}
    return answer({**granted, **({"scope": SCOPES} if scope else {})}, headers=_NOT_STORED)


async def discovery(doors: Doors, request: Request) -> Response:
    """Where tokens are fetched (OpenID Connect Discovery 1.0, as far as client credentials need it)."""
    doors.insist_on_https(request)
    url = doors.forwarding.address(request).url
    return answer(
        {
            "issuer": url,
            "token_endpoint": f"{url}/auth/token",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "response_types_supported": [],
            "scopes_supported": SCOPES.split(),
        }
    )


async def _client(doors: Doors, request: Request) -> str:
    """The id of the key whose id and secret are given; an unknown id and a wrong secret answer alike."""
    given = request.headers.getlist("authorization")
    scheme, _, text = (given[0] if len(given) == 1 else "").strip().partition(" ")
    credentials = _basic(text.strip()) if scheme.lower() == "basic" else None
    if credentials is None:
        raise _Refused("invalid_client", "send client id and secret as Authorization: Basic")
    client_id, secret = credentials
    whole = f"gs_{client_id}_"
    principal = await authenticate(doors.services.store, whole + secret.removeprefix(whole))
    if principal is None:
        raise _Refused("invalid_client", "client id and secret open nothing: unknown, mistyped or revoked")
    return principal.client


def _basic(text: str) -> tuple[str, str] | None:
    """Id and secret, each decoded as a form's (RFC 6749, 2.3.1); None where they are not there."""
    try:
        opened = base64.b64decode(text, validate=True).decode()
        client_id, colon, secret = opened.partition(":")
        found = unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (binascii.Error, ValueError):
        return None
    return found if colon and all(found) else None


async def _check_form(request: Request) -> str:
    """The scope that is asked for, maybe empty; raises where the form is not that of client credentials."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _FORM:
        raise _Refused("invalid_request", f"send the body as {_FORM}")
    try:
        body = await read_body(request, most_bytes=MOST_BODY_BYTES)
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except BodyTooLarge as error:
        raise _Refused("invalid_request", f"the body is larger than {MOST_BODY_BYTES:,} bytes") from error
    except ValueError as error:
        raise _Refused("invalid_request", "the body is not a form") from error
    form = dict(pairs)
    if len(form) < len(pairs):
        raise _Refused("invalid_request", "a parameter comes twice")
    if "client_secret" in form:
        raise _Refused("invalid_request", "credentials come by Authorization: Basic alone")
    if not form.get("grant_type"):
        raise _Refused("invalid_request", "grant_type is missing: client_credentials")
    if form["grant_type"] != "client_credentials":
        raise _Refused("unsupported_grant_type", "only client_credentials is granted")
    return form.get("scope", "")


def _refusal(error: str, description: str) -> Response:
    is_client = error == "invalid_client"
    body = {"error": error, "error_description": description, "code": "BadRequest", "message": description}
    headers = _NOT_STORED | ({"www-authenticate": 'Basic realm="PACT", charset="UTF-8"'} if is_client else {})
    return answer(body, status=HTTPStatus.UNAUTHORIZED if is_client else HTTPStatus.BAD_REQUEST, headers=headers)
