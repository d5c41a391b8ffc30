"""One call of a partner's service: to a checked address, within a time, with an answer of bounded size."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import MappingProxyType

import httpx

from graph_service.errors import InvalidInput, PartnerRefused, PartnerUnavailable
from graph_service.exchange.partner_client.addresses import Address, AddressGuard, Target
from graph_service.exchange.strict_json import parse_json
from graph_service.ports import Clock

CONNECT_S = 3.0
TOTAL_S = 10.0
MOST_SMALL_BYTES = 64 * 1024
MOST_LIST_BYTES = 10 * 1024 * 1024
LONGEST_RETRY_AFTER_S = 72 * 3600.0

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_PATIENCE = frozenset({408, 425, 429})
_CODES = frozenset(
    {"BadRequest", "AccessDenied", "TokenExpired", "NotFound", "NoSuchFootprint", "InternalError", "NotImplemented"}
    | {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"}
    | {"invalid_scope"}
)
"""What is repeated of an answer: codes of PACT and of RFC 6749; free text could repeat what we sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``body`` is empty where it was not wanted."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a call may take, in seconds: until connected, and in all."""

    connect_s: float = CONNECT_S
    total_s: float = TOTAL_S


class Caller:
    """Calls checked addresses over HTTPS. Keeps no connection: each call is made to an address checked for it."""

    def __init__(
        self, guard: AddressGuard, *, clock: Clock, ca_file: Path | None = None, limits: Limits | None = None
    ) -> None:
        self._guard, self._clock, self._limits = guard, clock, limits or Limits()
        self._client = httpx.AsyncClient(
            verify=_trust(ca_file),
            trust_env=False,  # a proxy of the environment would choose the address itself
            follow_redirects=False,
            timeout=httpx.Timeout(self._limits.total_s, connect=self._limits.connect_s),
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def call(
        self,
        method: str,
        url: httpx.URL,
        *,
        most_bytes: int,
        headers: Mapping[str, str] = _NO_HEADERS,
        content: bytes | None = None,
        takes_body: bool = True,
    ) -> Answer:
        """The answer, whatever its status.

        Raises ``PartnerUnavailable`` where there is none in time, ``PartnerRefused`` where the address may not be
        called, or the answer is a redirect, encoded or too long.
        """
        host = url.host
        try:
            async with asyncio.timeout(self._limits.total_s):
                target = await self._guard.check(url)
                request = _Request(method, headers, content, most_bytes, takes_body)
                return await self._call_one_of(target, request)
        except (TimeoutError, httpx.TimeoutException):
            raise PartnerUnavailable(f"{host} did not answer in time") from None
        except httpx.HTTPError as error:
            raise PartnerUnavailable(f"{host} cannot be reached: {_shown(error)}") from None

    async def close(self) -> None:
        """Give back what the client holds."""
        await self._client.aclose()

    def check(self, answer: Answer, host: str) -> None:
        """Raise unless the answer is 2xx: what PACT and RFC 9110 let us try again, and what not."""
        if answer.is_done:
            return
        said = f"{host} answered {answer.status}{_code_of(answer)}"
        if answer.status in _PATIENCE or answer.status >= 500:
            retry_after_s = _retry_after_s(answer.headers, self._clock.now())
            raise PartnerUnavailable(said, retry_after_s=retry_after_s)
        raise PartnerRefused(said)

    async def _call_one_of(self, target: Target, request: "_Request") -> Answer:
        last = target.addresses[-1]
        for address in target.addresses:
            try:
                return await self._call_at(address, target.url, request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if address == last:
                    raise
        raise PartnerUnavailable(f"{target.url.host} cannot be reached")

    async def _call_at(self, address: Address, url: httpx.URL, request: "_Request") -> Answer:
        """Connect to the address that was checked, and to no other; name and certificate stay those of the URL."""
        built = self._client.build_request(
            request.method,
            url.copy_with(host=str(address)),
            headers={**request.headers, "Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity"},
            content=request.content,
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )
        response = await self._client.send(built, stream=True)
        try:
            if response.is_redirect or 300 <= response.status_code < 400:
                raise PartnerRefused(f"{url.host} answered {response.status_code}, a redirect; none is followed")
            wants = request.takes_body or not response.is_success
            body = await _read(response, request.most_bytes, url.host) if wants else b""
            return Answer(response.status_code, response.headers, body)
        finally:
            await response.aclose()


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    headers: Mapping[str, str]
    content: bytes | None
    most_bytes: int
    takes_body: bool


async def _read(response: httpx.Response, most_bytes: int, host: str) -> bytes:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise PartnerRefused(f"{host} answered with an encoding that was not asked for")
    parts, count = [], 0
    async for part in response.aiter_raw():
        count += len(part)
        if count > most_bytes:
            if not response.is_success:
                break  # the status says enough
            raise PartnerRefused(f"{host} answered more than {most_bytes} bytes")
        parts.append(part)
    return b"".join(parts)


def read_json(answer: Answer, host: str) -> object:
    """The JSON value of an answer; raises ``PartnerRefused`` where it is none."""
    try:
        return parse_json(answer.body)
    except InvalidInput:
        raise PartnerRefused(f"{host} answered {answer.status} with a body that is not sound JSON") from None


def _code_of(answer: Answer) -> str:
    try:
        value = parse_json(answer.body)
    except InvalidInput:
        return ""
    if isinstance(value, dict):
        for name in ("code", "error"):
            found = value.get(name)
            if isinstance(found, str) and found in _CODES:
                return f" ({found})"
    return ""


def _retry_after_s(headers: httpx.Headers, now: datetime) -> float | None:
    """Seconds to wait by Retry-After (RFC 9110, 10.2.3), at most 72 hours; None where it says none."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_RETRY_AFTER_S)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((aware - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER_S)


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=str(ca_file))
        except OSError as error:
            raise InvalidInput(f"PARTNER_CA: {str(ca_file)!r} holds no certificates in PEM form: {error}") from error
    return context


def _shown(error: httpx.HTTPError) -> str:
    """What the error says, if it speaks of the certificate; else its kind."""
    text = str(error)
    return text[:200] if "certificate" in text.lower() else type(error).__name__
