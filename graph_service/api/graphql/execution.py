"""One operation executed within its time limit, and its errors made presentable."""

import asyncio
import inspect
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, execute

from graph_service.api.errors import error_member, internal_member
from graph_service.api.graphql.context import RequestContext
from graph_service.errors import GraphServiceError, StoreUnavailable

OPERATION_TIMEOUT_S = 30.0

LOGGER = logging.getLogger("graph_service.api")


@dataclass(frozen=True, slots=True)
class Answer:
    """A GraphQL result. ``data`` is left out of a request that was refused before it ran (``is_refused``)."""

    data: dict[str, Any] | None
    errors: Sequence[Mapping[str, object]]
    is_refused: bool = False
    is_timed_out: bool = False

    def body(self) -> dict[str, object]:
        """The response's members."""
        body: dict[str, object] = {}
        if self.errors:
            body["errors"] = self.errors
        if not self.is_refused:
            body["data"] = self.data
        return body


def refusal(errors: Sequence[GraphQLError], code: str) -> Answer:
    """The answer to a request that never ran."""
    return Answer(None, [{**error.formatted, "extensions": {"code": code}} for error in errors], is_refused=True)


async def run(
    document: DocumentNode,
    *,
    schema: GraphQLSchema,
    context: RequestContext,
    variables: dict[str, Any] | None,
    operation_name: str | None,
    timeout_s: float | None = None,
) -> Answer:
    """Execute one operation of a checked document within ``timeout_s``, by default ``OPERATION_TIMEOUT_S``."""
    timeout_s = OPERATION_TIMEOUT_S if timeout_s is None else timeout_s
    try:
        async with asyncio.timeout(timeout_s) as limit:
            context.allowance.when_spent(lambda: limit.reschedule(0))
            answer = execute(
                schema, document, context_value=context, variable_values=variables, operation_name=operation_name
            )
            result: ExecutionResult = await answer if inspect.isawaitable(answer) else answer
    except TimeoutError:
        return _given_up(context, timeout_s)
    errors = [_member(error, context.request_id) for error in result.errors or ()]
    is_refused = result.data is None and bool(errors) and all(error.path is None for error in result.errors or ())
    return Answer(result.data, errors, is_refused)


def _given_up(context: RequestContext, timeout_s: float) -> Answer:
    """The answer of an operation that was stopped: it asked for too much, or took too long."""
    if context.allowance.is_spent:
        return Answer(None, [error_member(context.allowance.refusal())], is_refused=True)
    message = f"the operation took longer than {timeout_s:g} s and was given up; ask for less at once"
    if context.is_writing:
        message = (
            f"the batch is still being recorded after {timeout_s:g} s; send it again with the same idempotencyKey to "
            "learn what came of it"
        )
    error = {"message": message, "extensions": {"code": "TIMED_OUT"}}
    return Answer(None, [error], is_refused=True, is_timed_out=True)


def _member(error: GraphQLError, request_id: str) -> Mapping[str, object]:
    """One entry of ``errors``: ours readable, the schema library's readable, defects masked and logged."""
    shown: Mapping[str, object] = {**error.formatted}
    place = {name: shown[name] for name in ("locations", "path") if name in shown}
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if cause is None:
        return {"message": error.message, **place, "extensions": {"code": "BAD_USER_INPUT"}}
    if isinstance(cause, GraphServiceError) and cause.code != "INTERNAL":
        if isinstance(cause, StoreUnavailable):
            LOGGER.warning("store unavailable", extra={"fields": {"request_id": request_id, "reason": cause.message}})
        return {**error_member(cause), **place}
    LOGGER.error("defect", exc_info=cause, extra={"fields": {"request_id": request_id, "path": error.path}})
    return {**internal_member(request_id), **place}
