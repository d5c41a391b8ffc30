"""The service's errors as PACT answers them: a status, and ``{code, message}`` of the version's own codes."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from fastapi import Response

from graph_service.api.errors import Unauthenticated
from graph_service.api.tokens import TokenExpired
from graph_service.errors import GraphServiceError, InvalidInput, NotAllowed, NotFound, StoreUnavailable
from graph_service.model.partners import PactVersion

JSON = "application/json"
KEPT_NOWHERE = {"cache-control": "no-store"}
"""Footprints and tokens are for their caller alone, no cache between."""

_CHALLENGE = {"www-authenticate": 'Bearer realm="PACT"'}
_RETRY_AFTER_S = 5
_CALLERS_FAULTS = ("BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "KEY_REUSED", "BAD_USER_INPUT", "UNSOLVABLE")
_TO_REPEAT = ("CONFLICT", "PARTNER_UNAVAILABLE")


class NotImplementedFault(GraphServiceError):
    """What the specification knows and this service does not do."""

    code = "INVALID"


class InsecureTransport(NotAllowed):
    """A PACT door was asked over plain http."""


class UnknownRoute(NotFound):
    """No door has this path, or none takes this method; ``allowed`` are the methods that it takes."""

    def __init__(self, message: str, *, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.allowed = allowed


def answer(content: object, *, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer that no cache keeps."""
    return Response(orjson.dumps(content), status, {**KEPT_NOWHERE, **(headers or {})}, JSON)


def refusal(error: GraphServiceError, version: PactVersion) -> Response:
    """The answer to an error of ours; a defect shows nothing of its text."""
    status, code, headers = _status_and_code(error, version)
    message = error.message if status != HTTPStatus.INTERNAL_SERVER_ERROR else "internal error"
    return answer({"code": code, "message": message}, status=status, headers=headers)


def internal_refusal(request_id: str) -> Response:
    """The answer to a defect: only what finds it in the log."""
    message = f"internal error; the log names it by request {request_id}"
    return answer({"code": "InternalError", "message": message}, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _status_and_code(error: GraphServiceError, version: PactVersion) -> tuple[HTTPStatus, str, Mapping[str, str]]:
    if isinstance(error, TokenExpired):
        return HTTPStatus.UNAUTHORIZED, "TokenExpired", _challenge("invalid_token")
    if isinstance(error, Unauthenticated):
        # 401 is the OpenAPI's status, BadRequest the code that the published conformance cases expect beside it.
        return HTTPStatus.UNAUTHORIZED, "BadRequest", _challenge("invalid_token")
    if isinstance(error, UnknownRoute):
        if error.allowed:
            return HTTPStatus.METHOD_NOT_ALLOWED, "BadRequest", {"allow": ", ".join(error.allowed)}
        return HTTPStatus.NOT_FOUND, "NotFound", {}
    if isinstance(error, NotFound):
        return HTTPStatus.NOT_FOUND, "NotFound" if version is PactVersion.V3 else "NoSuchFootprint", {}
    if isinstance(error, NotAllowed):
        return HTTPStatus.FORBIDDEN, "AccessDenied", {}
    if isinstance(error, NotImplementedFault):
        is_v3 = version is PactVersion.V3
        return HTTPStatus.NOT_IMPLEMENTED if is_v3 else HTTPStatus.BAD_REQUEST, "NotImplemented", {}
    if isinstance(error, InvalidInput) or error.code in _CALLERS_FAULTS:
        return HTTPStatus.BAD_REQUEST, "BadRequest", {}
    if isinstance(error, StoreUnavailable) or error.code in _TO_REPEAT:
        return HTTPStatus.SERVICE_UNAVAILABLE, "InternalError", {"retry-after": str(_RETRY_AFTER_S)}
    return HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError", {}


def _challenge(error: str) -> Mapping[str, str]:
    return {"www-authenticate": f'{_CHALLENGE["www-authenticate"]}, error="{error}"'}
