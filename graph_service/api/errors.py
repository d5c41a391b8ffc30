"""The service's errors as HTTP status and as the members of a GraphQL error: the one place that maps them."""

from dataclasses import asdict
from http import HTTPStatus

from graph_service.errors import GraphServiceError, InvalidInput

STATUS = {
    "INVALID": HTTPStatus.BAD_REQUEST,
    "BAD_USER_INPUT": HTTPStatus.BAD_REQUEST,
    "BODY_TOO_LARGE": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "UNAUTHENTICATED": HTTPStatus.UNAUTHORIZED,
    "NOT_ALLOWED": HTTPStatus.FORBIDDEN,
    "NOT_FOUND": HTTPStatus.NOT_FOUND,
    "CONFLICT": HTTPStatus.CONFLICT,
    "KEY_REUSED": HTTPStatus.CONFLICT,
    "UNSOLVABLE": HTTPStatus.UNPROCESSABLE_ENTITY,
    "STORE_UNAVAILABLE": HTTPStatus.SERVICE_UNAVAILABLE,
}


class BadUserInput(GraphServiceError):
    """An argument that the schema lets pass and that is wrong all the same, as a cursor of another list."""

    code = "BAD_USER_INPUT"


class Unauthenticated(GraphServiceError):
    """No key where one is needed, or one that opens nothing."""

    code = "UNAUTHENTICATED"


def status_of(error: GraphServiceError) -> HTTPStatus:
    """The HTTP status that answers this error outside a GraphQL result."""
    return STATUS.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR)


def public_code(error: GraphServiceError) -> str:
    """The code in ``extensions.code``: in a query, invalid input is the caller's argument."""
    return "BAD_USER_INPUT" if isinstance(error, InvalidInput) else error.code


def error_member(error: GraphServiceError) -> dict[str, object]:
    """One entry of ``errors`` for an error of ours."""
    extensions: dict[str, object] = {"code": public_code(error)}
    if isinstance(error, InvalidInput) and error.findings:
        extensions["findings"] = [asdict(finding) for finding in error.findings]
    return {"message": error.message, "extensions": extensions}


def internal_member(request_id: str) -> dict[str, object]:
    """One entry of ``errors`` for a defect: nothing of its text, only what finds it in the log."""
    message = f"internal error; the log names it by request {request_id}"
    return {"message": message, "extensions": {"code": "INTERNAL", "requestId": request_id}}
