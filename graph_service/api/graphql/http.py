"""GraphQL over HTTP: media types, status codes, and what of a request reaches the schema.

Follows https://graphql.github.io/graphql-over-http/draft/: ``application/graphql-response+json`` carries honest status
codes, ``application/json`` answers 200 to whatever is a well-formed request.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from graphql import GraphQLError, GraphQLSchema, OperationType, get_operation_ast

from graph_service.api.bodies import read_body
from graph_service.api.callers import identify
from graph_service.api.errors import BadUserInput, Unauthenticated, error_member, internal_member, status_of
from graph_service.api.graphql.context import RequestContext
from graph_service.api.graphql.documents import CheckedDocument, Documents
from graph_service.api.graphql.execution import LOGGER, Answer, refusal, run
from graph_service.api.graphql.footprint import Footprint
from graph_service.bootstrap import Services
from graph_service.errors import GraphServiceError
from graph_service.exchange.strict_json import parse_json

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
LARGE_BODY_BYTES = 64 * 1024
"""Bodies above are parsed in a worker thread, so that the event loop goes on."""

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>graph-service</title>
<h1>GraphQL is served here</h1>
<p>Send a query: <code>curl -H 'content-type: application/json' -d '{"query": "{ me { name role } }"}'</code>
with the address of this page, and <code>-H 'authorization: Bearer gs_...'</code> with your key.</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The members of a request that count."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None


class UnsupportedMediaType(GraphServiceError):
    """The body is not declared as UTF-8 JSON."""

    code = "UNSUPPORTED_MEDIA_TYPE"


def graphql_routes(services: Services, schema: GraphQLSchema) -> APIRouter:
    """``POST /graphql``, and ``GET`` for queries."""
    router, documents = APIRouter(include_in_schema=False), Documents(schema)
    unfinished: set[asyncio.Task[Any]] = set()

    @router.api_route("/graphql", methods=["GET", "POST"])
    async def graphql(request: Request) -> Response:
        if request.method == "GET" and "query" not in request.query_params and _wants_page(request):
            return Response(PAGE, media_type="text/html", headers={"content-security-policy": "default-src 'none'"})
        media_type = answer_type(request.headers.get("accept"))
        if media_type is None:
            return _plain_error("accept application/graphql-response+json or application/json", "NOT_ACCEPTABLE", 406)
        request_id = request.state.request_id
        try:
            principal = await identify(request, services)
            request.state.client_name = principal.client
            asked = await _read(request)
            context = RequestContext(services, principal, request_id, unfinished, footprint_of=Footprint.of)
            return await _answer(asked, request, context, schema, documents, media_type)
        except Unauthenticated as error:
            return _respond(Answer(None, [error_member(error)], True), media_type, 401, {"www-authenticate": "Bearer"})
        except UnsupportedMediaType as error:
            return _respond(Answer(None, [error_member(error)], True), media_type, 415, {"accept-post": JSON})
        except GraphServiceError as error:
            return _respond(Answer(None, [error_member(error)], True), media_type, status_of(error))
        except Exception:  # noqa: BLE001 -- a defect is masked and logged here, whatever it is
            LOGGER.exception("defect", extra={"fields": {"request_id": request_id}})
            return _respond(Answer(None, [internal_member(request_id)], True), media_type, 500)

    return router


async def _answer(
    asked: GraphQLRequest,
    request: Request,
    context: RequestContext,
    schema: GraphQLSchema,
    documents: Documents,
    media_type: str,
) -> Response:
    checked: CheckedDocument | None = documents.kept(asked.query)
    if checked is None:
        checked = await asyncio.to_thread(documents.check, asked.query)
    if checked.document is None:
        return _respond(refusal(checked.errors, checked.code), media_type, _refused_status(media_type))
    operation = get_operation_ast(checked.document, asked.operation_name)
    if operation is None:
        error = GraphQLError("name one of the document's operations in operationName")
        return _respond(refusal([error], "BAD_USER_INPUT"), media_type, _refused_status(media_type))
    request.state.operation_name = operation.name.value if operation.name else operation.operation.value
    if request.method == "GET" and operation.operation is not OperationType.QUERY:
        refused = refusal([GraphQLError("GET is for queries; send a mutation by POST")], "METHOD_NOT_ALLOWED")
        return _respond(refused, media_type, 405, {"allow": "POST"})
    answer = await run(
        checked.document,
        schema=schema,
        context=context,
        variables=asked.variables,
        operation_name=asked.operation_name,
    )
    if answer.is_timed_out:
        return _respond(answer, media_type, 504)
    return _respond(answer, media_type, _refused_status(media_type) if answer.is_refused else 200)


async def _read(request: Request) -> GraphQLRequest:
    """The request's members. Raises an error of ours with a status where they cannot be had."""
    if request.method == "GET":
        given: dict[str, object] = dict(request.query_params)
        for name in ("variables", "extensions"):
            text = given.get(name)
            if isinstance(text, str):
                given[name] = parse_json(text.encode()) if text else None
        return _members(given)
    content_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.replace(" ", "").strip('"').lower().partition("charset=")[2].strip('"')
    if content_type.strip().lower() != JSON or charset not in ("", "utf-8", "utf8"):
        raise UnsupportedMediaType("send the body as content-type: application/json, in UTF-8")
    body = await read_body(request)
    value = parse_json(body) if len(body) < LARGE_BODY_BYTES else await asyncio.to_thread(parse_json, body)
    if not isinstance(value, dict):
        raise BadUserInput("the body must be one JSON object with the member query; batches of requests are not taken")
    return _members(value)


def _members(given: Mapping[str, object]) -> GraphQLRequest:
    query, name = given.get("query"), given.get("operationName")
    variables, extensions = given.get("variables"), given.get("extensions")
    if not isinstance(query, str) or not query.strip():
        raise BadUserInput('the member query is missing; it must be a text, as "{ me { name } }"')
    if name is not None and not isinstance(name, str):
        raise BadUserInput("the member operationName must be a text or null")
    if variables is not None and not isinstance(variables, dict):
        raise BadUserInput("the member variables must be an object or null")
    if extensions is not None and not isinstance(extensions, dict):
        raise BadUserInput("the member extensions must be an object or null")
    return GraphQLRequest(query, name or None, variables)


def answer_type(accept: str | None) -> str | None:
    """The media type to answer with; None where the caller takes neither. Without a wish: application/json."""
    if accept is None or not accept.strip():
        return JSON
    wishes = [_weighed(wish) for wish in accept.split(",")]
    quality = {
        media: max((weight for name, weight in wishes if name == media), default=-1.0) for media in (GRAPHQL_JSON, JSON)
    }
    if max(quality.values()) > 0:
        return GRAPHQL_JSON if quality[GRAPHQL_JSON] >= quality[JSON] else JSON
    is_open = any(name in ("*/*", "application/*") and weight > 0 for name, weight in wishes)
    return JSON if is_open and quality[JSON] != 0 else None


def _weighed(wish: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in wish.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, float(parameter[2:])
            except ValueError:
                return name, 0.0
    return name, 1.0


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _refused_status(media_type: str) -> int:
    """Status of a well-formed request whose document, operation or variables are refused."""
    return 400 if media_type == GRAPHQL_JSON else 200


def _respond(answer: Answer, media_type: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    content_type = f"{media_type}; charset=utf-8"
    shown = {
        "content-type": content_type,
        "cache-control": "no-store",
        "vary": "accept, authorization",
        **(headers or {}),
    }
    return Response(orjson.dumps(answer.body()), status_code=status, headers=shown)


def _plain_error(message: str, code: str, status: int) -> Response:
    return _respond(Answer(None, [{"message": message, "extensions": {"code": code}}], True), JSON, status)
