"""The routes of PACT: tokens and discovery, ``/3`` and ``/2``; whatever else lies below answers in the same shape."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPMethod, HTTPStatus

from fastapi import APIRouter, Request, Response

from graph_service.api.bodies import read_body
from graph_service.api.forwarding import Forwarding
from graph_service.api.pact.doors import Doors, Handler, answering
from graph_service.api.pact.errors import KEPT_NOWHERE, UnknownRoute, answer
from graph_service.api.pact.footprints import DocumentPage, one_footprint, page_of_footprints
from graph_service.api.pact.odata import read_filter
from graph_service.api.pact.queries import (
    CURSOR,
    Paging,
    Parameters,
    known_values,
    next_query,
    paging,
    read_parameters,
    v3_question,
)
from graph_service.api.pact.receiving import check_media_type, receive
from graph_service.api.pact.token_route import discovery, token
from graph_service.api.tokens import authority_of
from graph_service.bootstrap import Services
from graph_service.exchange.strict_json import parse_json
from graph_service.model.facts import Facts
from graph_service.model.partners import PactVersion
from graph_service.service.footprint_conditions import rows_that_meet
from graph_service.service.footprint_list import Rows, matching_rows

MOST_EVENT_BYTES = 4 * 1024 * 1024
"""Of one event, some 800 footprints."""

LARGE_BODY_BYTES = 64 * 1024
"""Bodies above are parsed in a worker thread, so that the event loop goes on."""

NOTICE = (
    "This implementation derives from the PACT Technical Specifications, owned by WBCSD "
    "(World Business Council for Sustainable Development); see https://www.carbon-transparency.org."
)

READ, POST = ("GET", "HEAD"), ("POST",)
EVERY_METHOD = [method.value for method in HTTPMethod]

DoorHandler = Callable[[Doors, Request], Awaitable[Response]]


def pact_routes(services: Services) -> APIRouter:
    """Every PACT route, also below the base path of the settings.

    Raises ``InvalidInput`` where the settings name a proxy, a path or a secret that is none.
    """
    forwarding = Forwarding.of(services)
    authority_of(services)
    doors = Doors(services, forwarding)
    router = APIRouter(include_in_schema=False)
    for prefix in dict.fromkeys(("", forwarding.base_path)):
        _add(router, doors, prefix, "/.well-known/openid-configuration", PactVersion.V3, {READ: discovery})
        _add(router, doors, prefix, "/auth/token", PactVersion.V3, {POST: token})
        for version in PactVersion:
            _add_version(router, doors, prefix, version)
        for rest, version in (("/auth", PactVersion.V3), ("/2", PactVersion.V2), ("/3", PactVersion.V3)):
            handler = answering(partial(_unknown, doors), version)
            router.add_api_route(f"{prefix}{rest}/{{rest:path}}", handler, methods=EVERY_METHOD)
    return router


def _add_version(router: APIRouter, doors: Doors, prefix: str, version: PactVersion) -> None:
    base = f"/{version}"
    _add(router, doors, prefix, base, version, {READ: partial(_index, version=version)})
    listing: Mapping[tuple[str, ...], DoorHandler] = {READ: _list_v3 if version is PactVersion.V3 else _list_v2}
    for path in (f"{base}/footprints", f"{base}/footprints/"):
        _add(router, doors, prefix, path, version, listing)
    _add(router, doors, prefix, f"{base}/footprints/{{footprint_id}}", version, {READ: partial(_get, version=version)})
    _add(router, doors, prefix, f"{base}/events", version, {POST: partial(_event, version=version)})


def _add(
    router: APIRouter,
    doors: Doors,
    prefix: str,
    path: str,
    version: PactVersion,
    handlers: Mapping[tuple[str, ...], DoorHandler],
) -> None:
    """One path: its handlers by method, and an answer in PACT's shape to all other methods."""
    allowed = [method for methods in handlers for method in methods]
    for methods, handler in handlers.items():
        bound: Handler = partial(handler, doors)
        router.add_api_route(prefix + path, answering(bound, version), methods=list(methods))
    others = answering(partial(_unknown, doors, allowed=tuple(allowed)), version)
    router.add_api_route(prefix + path, others, methods=[name for name in EVERY_METHOD if name not in allowed])


async def _unknown(doors: Doors, request: Request, allowed: tuple[str, ...] = ()) -> Response:
    doors.insist_on_https(request)
    if allowed:
        raise UnknownRoute(f"{request.method} is not served here; use {', '.join(allowed)}", allowed=allowed)
    raise UnknownRoute("nothing is served under this path")


async def _index(doors: Doors, request: Request, *, version: PactVersion) -> Response:
    """What is served, and whose specification it follows."""
    doors.insist_on_https(request)
    url = doors.forwarding.address(request).url
    paths = {"footprints": f"{url}/{version}/footprints", "events": f"{url}/{version}/events"}
    served = "3.0.4" if version is PactVersion.V3 else "2.3.3"
    return answer({"specification": f"PACT {served}", "notice": NOTICE, "token": f"{url}/auth/token", **paths})


async def _list_v3(doors: Doors, request: Request) -> Response:
    principal = await doors.enter(request)
    parameters = read_parameters(request.scope["query_string"])
    question = v3_question(parameters)
    query = question.query

    def choose(facts: Facts, rows: Rows) -> Rows:
        return rows[:0] if query is None else matching_rows(facts, rows, query)

    page = await page_of_footprints(doors, principal, choose=choose, paging=question.paging, version=PactVersion.V3)
    return _listed(doors, request, parameters, question.paging, page)


async def _list_v2(doors: Doors, request: Request) -> Response:
    principal = await doors.enter(request)
    parameters = read_parameters(request.scope["query_string"])
    known = known_values(parameters, ("limit", "$filter", CURSOR))
    conditions = read_filter(known["$filter"][0]) if "$filter" in known else ()
    part = paging(known)
    page = await page_of_footprints(
        doors,
        principal,
        choose=lambda facts, rows: rows_that_meet(facts, rows, conditions),
        paging=part,
        version=PactVersion.V2,
    )
    return _listed(doors, request, parameters, part, page)


def _listed(doors: Doors, request: Request, parameters: Parameters, part: Paging, page: DocumentPage) -> Response:
    headers = {}
    if page.ended_at is not None and part.limit != 0:
        path = request.scope["path"].removeprefix(doors.forwarding.base_path).rstrip("/")
        url = f"{doors.forwarding.address(request).url}{path}?{next_query(parameters, page.ended_at)}"
        headers["link"] = f'<{url}>; rel="next"'
    return answer({"data": page.documents}, headers=headers)


async def _get(doors: Doors, request: Request, *, version: PactVersion) -> Response:
    principal = await doors.enter(request)
    return answer({"data": await one_footprint(doors, principal, request.path_params["footprint_id"], version)})


async def _event(doors: Doors, request: Request, *, version: PactVersion) -> Response:
    principal = await doors.enter(request)
    check_media_type(request.headers.get("content-type"))
    body = await read_body(request, most_bytes=MOST_EVENT_BYTES)
    value = await asyncio.to_thread(parse_json, body) if len(body) > LARGE_BODY_BYTES else parse_json(body)
    address = doors.forwarding.address(request)
    await receive(doors, principal, value, version, source=f"//{address.authority}{address.prefix}")
    return Response(status_code=HTTPStatus.OK, headers=KEPT_NOWHERE)
