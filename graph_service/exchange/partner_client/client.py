"""The PACT doors of partners over HTTPS."""

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx

from graph_service.errors import PartnerRefused
from graph_service.exchange.partner_client.addresses import (
    AddressGuard,
    Resolve,
    below,
    is_within,
    parse_networks,
    registered_base,
)
from graph_service.exchange.partner_client.calls import (
    MOST_LIST_BYTES,
    MOST_SMALL_BYTES,
    Answer,
    Caller,
    Limits,
    read_json,
)
from graph_service.exchange.partner_client.queries import query_parameters
from graph_service.exchange.partner_client.sealing import CredentialSealing
from graph_service.exchange.partner_client.tokens import Tokens
from graph_service.model.partners import FootprintQuery, Partner
from graph_service.ports import Clock

MOST_PAGES = 100_000
"""A list that goes on past ten million footprints does not end."""

EVENTS = "application/cloudevents+json; charset=UTF-8"
_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*)')
_PARAMETER = re.compile(r';\s*([\w*-]+)\s*=\s*(?:"([^"]*)"|([^\s",;]+))')


class HttpPartnerClient:
    """``PartnerClient`` over HTTPS; nothing outside a partner's registered address is called, no redirect followed."""

    def __init__(
        self,
        *,
        sealing: CredentialSealing,
        clock: Clock,
        allow_private: str = "",
        ca_file: Path | None = None,
        limits: Limits | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        guard = AddressGuard(parse_networks(allow_private), resolve=resolve)
        self._caller = Caller(guard, clock=clock, ca_file=ca_file, limits=limits)
        self._tokens = Tokens(self._caller, sealing=sealing, clock=clock)

    async def close(self) -> None:
        """Give back what the client holds."""
        await self._caller.close()

    async def send_event(self, partner: Partner, event: Mapping[str, object]) -> None:
        """Post a CloudEvent; done when it was answered 2xx."""
        url = _door(partner, "/events")
        content = json.dumps(event, ensure_ascii=False, allow_nan=False).encode()
        answer = await self._call(
            partner, "POST", url, most_bytes=MOST_SMALL_BYTES, content=content, content_type=EVENTS, takes_body=False
        )
        self._caller.check(answer, url.host)

    async def footprint(self, partner: Partner, footprint_id: str) -> object:
        """One footprint as the JSON value that the partner answers: what lies under ``data``."""
        url = _door(partner, f"/footprints/{quote(footprint_id, safe='')}")
        answer = await self._call(partner, "GET", url, most_bytes=MOST_LIST_BYTES)
        self._caller.check(answer, url.host)
        return _data(read_json(answer, url.host), url.host)

    async def footprints(self, partner: Partner, query: FootprintQuery) -> AsyncIterator[Sequence[object]]:
        """The partner's footprints, page by page to the last one, as the JSON values that it answers.

        ``query`` narrows the list as far as the partner's version can say it; V2 partners may answer more.
        """
        base = registered_base(partner.base_url)
        url = _door(partner, "/footprints").copy_with(query=_encoded(query_parameters(query, partner.version)))
        seen: set[str] = set()
        for _ in range(MOST_PAGES):
            seen.add(str(url))
            answer = await self._call(partner, "GET", url, most_bytes=MOST_LIST_BYTES)
            self._caller.check(answer, url.host)
            data = _data(read_json(answer, url.host), url.host)
            if not isinstance(data, list):
                raise PartnerRefused(f"{url.host} answered a list of footprints whose data is not a list")
            yield data
            following = next_page(answer.headers, url)
            if following is None:
                return
            if not is_within(following, base):
                raise PartnerRefused(
                    f"{url.host} names {following.scheme}://{following.host} for the next page, outside its registered "
                    "address"
                )
            if str(following) in seen:
                raise PartnerRefused(f"{url.host} names a page as the next one that it gave before")
            url = following
        raise PartnerRefused(f"{url.host} answered {MOST_PAGES} pages and no end")

    async def _call(
        self,
        partner: Partner,
        method: str,
        url: httpx.URL,
        *,
        most_bytes: int,
        content: bytes | None = None,
        content_type: str | None = None,
        takes_body: bool = True,
    ) -> Answer:
        """The answer to a call with a token; once more with a new one where the first was not taken."""
        headers = {"Accept": "application/json"} | ({"Content-Type": content_type} if content_type else {})
        token = await self._tokens.token(partner)
        for attempt in range(2):
            answer = await self._caller.call(
                method,
                url,
                most_bytes=most_bytes,
                headers={**headers, "Authorization": f"Bearer {token}"},
                content=content,
                takes_body=takes_body,
            )
            if answer.status != 401 or attempt:
                break
            token = await self._tokens.token(partner, instead_of=token)
        return answer


def _door(partner: Partner, path: str) -> httpx.URL:
    return below(registered_base(partner.base_url), f"/{partner.version.value}{path}")


def _encoded(parameters: Sequence[tuple[str, str]]) -> bytes:
    """A query whose spaces are %20: a plus is not a space to everybody who reads ``$filter``."""
    return urlencode(parameters, quote_via=quote).encode()


def _data(value: object, host: str) -> object:
    if not isinstance(value, dict) or "data" not in value:
        raise PartnerRefused(f"{host} answered without data")
    return value["data"]


def next_page(headers: httpx.Headers, url: httpx.URL) -> httpx.URL | None:
    """The target of the Link whose relation is next (RFC 8288); None where there is none."""
    for field in headers.get_list("Link"):
        for target, parameters in _LINK.findall(field):
            relations = [
                quoted or plain for name, quoted, plain in _PARAMETER.findall(parameters) if name.lower() == "rel"
            ]
            if relations and "next" in relations[0].lower().split():
                try:
                    return url.join(target)
                except httpx.InvalidURL:
                    raise PartnerRefused(f"{url.host} names a next page that is not a URL") from None
    return None
