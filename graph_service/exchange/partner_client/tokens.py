"""Access tokens of partners' services: fetched with our credentials there, and kept until shortly before their end."""

import asyncio
import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from graph_service.errors import InvalidInput, PartnerRefused, PartnerUnavailable
from graph_service.exchange.partner_client.addresses import below, is_same_origin, registered_base
from graph_service.exchange.partner_client.calls import MOST_SMALL_BYTES, Caller, read_json
from graph_service.exchange.partner_client.sealing import CredentialSealing
from graph_service.model.partners import Partner
from graph_service.ports import Clock

DISCOVERY_PATH = "/.well-known/openid-configuration"
TOKEN_PATH = "/auth/token"  # noqa: S105 (a path)
UNSAID_LIFE_S = 300.0
"""How long a token is kept whose answer does not say."""
LONGEST_LIFE_S = 24 * 3600.0
SAFETY_S = 30.0
"""So long before its end a token is not used any more."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    usable_until: datetime
    made_for: tuple[str, str | None, str | None]


class Tokens:
    """Tokens by partner; at most one is fetched at a time for each."""

    def __init__(self, caller: Caller, *, sealing: CredentialSealing, clock: Clock) -> None:
        self._caller, self._sealing, self._clock = caller, sealing, clock
        self._held: dict[str, _Token] = {}
        self._fetching: dict[str, asyncio.Lock] = {}

    async def token(self, partner: Partner, *, instead_of: str | None = None) -> str:
        """A token for the partner's service; another one than ``instead_of``, which it did not take."""
        made_for = (partner.base_url, partner.client_id, partner.sealed_secret)
        async with self._fetching.setdefault(partner.uid, asyncio.Lock()):
            held = self._held.get(partner.uid)
            if (
                held is not None
                and held.text != instead_of
                and held.made_for == made_for
                and self._clock.now() < held.usable_until
            ):
                return held.text
            text, life_s = await self._fetch(partner)
            usable_until = self._clock.now() + timedelta(seconds=max(life_s - SAFETY_S, life_s / 2))
            self._held[partner.uid] = _Token(text, usable_until, made_for)
            return text

    async def _fetch(self, partner: Partner) -> tuple[str, float]:
        base = registered_base(partner.base_url)
        basic = self._credentials(partner)
        endpoint, ignored_host = await self._endpoint(base)
        answer = await self._caller.call(
            "POST",
            endpoint,
            most_bytes=MOST_SMALL_BYTES,
            headers={
                "Authorization": f"Basic {basic}",
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            content=b"grant_type=client_credentials",
        )
        try:
            self._caller.check(answer, f"the token endpoint of {base.host}")
        except PartnerRefused as error:
            if ignored_host is None:
                raise
            raise PartnerRefused(
                f"{error.message}; the one it names lies on {ignored_host}, outside its registered address"
            ) from None
        return _read_token(read_json(answer, base.host), base.host)

    def _credentials(self, partner: Partner) -> str:
        if partner.client_id is None or partner.sealed_secret is None:
            raise PartnerRefused(f"partner {partner.uid!r} is registered without credentials of ours at its service")
        try:
            secret = self._sealing.open(partner.sealed_secret, context=partner.uid)
        except InvalidInput as error:
            # The partner has not refused anything: with the right setting the same call works.
            raise PartnerUnavailable(f"partner {partner.uid!r} cannot be called: {error.message}") from None
        return base64.b64encode(f"{partner.client_id}:{secret}".encode()).decode()

    async def _endpoint(self, base: httpx.URL) -> tuple[httpx.URL, str | None]:
        """Where tokens are to be had, and the host of an endpoint that was offered but lies elsewhere."""
        usual = below(base, TOKEN_PATH)
        try:
            answer = await self._caller.call(
                "GET", below(base, DISCOVERY_PATH), most_bytes=MOST_SMALL_BYTES, headers={"Accept": "application/json"}
            )
            self._caller.check(answer, base.host)
            offered = read_json(answer, base.host)
        except PartnerRefused:
            return usual, None  # not offered: not found, a start page, a redirect to a login
        named = offered.get("token_endpoint") if isinstance(offered, dict) else None
        if not isinstance(named, str):
            return usual, None
        try:
            endpoint = base.join(named)
        except httpx.InvalidURL:
            return usual, None
        if not is_same_origin(endpoint, base) or endpoint.userinfo:
            return usual, endpoint.host
        return endpoint, None


def _read_token(value: object, host: str) -> tuple[str, float]:
    token = value.get("access_token") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(token, str) or not _is_printable(token):
        raise PartnerRefused(f"the token endpoint of {host} answered without an access_token")
    token_type = value.get("token_type", "bearer")
    if not isinstance(token_type, str) or token_type.lower() != "bearer":
        raise PartnerRefused(f"the token endpoint of {host} answered a token of another type than bearer")
    life = value.get("expires_in")
    if isinstance(life, bool) or not isinstance(life, int | float) or life <= 0:
        return token, UNSAID_LIFE_S
    return token, min(float(life), LONGEST_LIFE_S)


def _is_printable(token: str) -> bool:
    return bool(token) and all("!" <= character <= "~" for character in token)
