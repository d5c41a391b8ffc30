"""Uploads: tables of declarations in, answered row by row, and the template to fill in."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import asdict, dataclass
from email.message import Message

import orjson
from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from graph_service.api.bodies import read_body
from graph_service.api.callers import identify
from graph_service.api.errors import STATUS, BadUserInput, Unauthenticated, status_of
from graph_service.api.upload_answers import UploadAnswer, answer_of, refused_file
from graph_service.bootstrap import Services
from graph_service.errors import GraphServiceError, InvalidInput, NotAllowed
from graph_service.exchange.declaration_table import (
    CSV_TYPE,
    LANGUAGES,
    XLSX_TYPE,
    DeclarationTable,
    Language,
    read_table,
    template_csv,
    template_xlsx,
)
from graph_service.model.batch import ChangesRefused, Principal
from graph_service.model.vocabulary import Door
from graph_service.service.declaring.declaring import PUSHING, Declared, declare
from graph_service.service.intake.applying import Call

LOGGER = logging.getLogger("graph_service.api")

MOST_READINGS = 2
"""Tables read at a time: each may take the memory of a large workbook."""

_ALLOW = {"allow": "POST"}
_FORM_TYPE = "multipart/form-data"
_MOST_HEADER_CHARACTERS = 4_096
_PARAMETERS = ("dryRun", "idempotencyKey")
_SUFFIXES = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE}
_VAGUE_TYPES = {"", "application/octet-stream", "application/vnd.ms-excel", "text/plain", "application/csv"}
"""What browsers say of a CSV file or of a workbook, by chance of the machine: the file's name says more."""


class UnsupportedMediaType(GraphServiceError):
    """The body is neither a table nor a form with one."""

    code = "UNSUPPORTED_MEDIA_TYPE"


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """The bytes of a table, and what they were called."""

    body: bytes
    media_type: str | None
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class UploadCall:
    """How the table is to be taken."""

    is_dry_run: bool
    idempotency_key: str | None
    wants_csv: bool


def upload_routes(services: Services) -> APIRouter:
    """``POST /uploads/declarations``, ``GET /uploads/template.xlsx`` and ``/uploads/template.csv``."""
    router = APIRouter(prefix="/uploads", include_in_schema=False)
    reading = asyncio.Semaphore(MOST_READINGS)

    @router.post("/declarations")
    async def upload_declarations(request: Request) -> Response:
        try:
            principal = await identify(request, services)
            request.state.client_name = principal.client
            return await _upload(request, services, principal, reading)
        except Exception as error:  # noqa: BLE001 -- a defect is masked and logged there, whatever it is
            return _error(error, request)

    @router.api_route("/declarations", methods=["GET", "HEAD"])
    async def explain_upload() -> Response:
        message = "send a table by POST; GET /uploads/template.xlsx gives one to fill in"
        return _response(orjson.dumps({"code": "METHOD_NOT_ALLOWED", "message": message}), 405, headers=_ALLOW)

    _add_template(router, "/template.xlsx", XLSX_TYPE, template_xlsx)
    _add_template(router, "/template.csv", f"{CSV_TYPE}; charset=utf-8", template_csv)
    return router


def _add_template(router: APIRouter, path: str, media_type: str, template: Callable[[Language], bytes]) -> None:
    @router.api_route(path, methods=["GET", "HEAD"])
    async def give_template(request: Request) -> Response:
        try:
            language = _language(request)
            content = await asyncio.to_thread(template, language)
        except Exception as error:  # noqa: BLE001 -- a defect is masked and logged there, whatever it is
            return _error(error, request)
        name = f"declarations-{language}.{path.rpartition('.')[2]}"
        headers = {"content-disposition": f'attachment; filename="{name}"', "x-content-type-options": "nosniff"}
        return Response(content, media_type=media_type, headers=headers)


def _language(request: Request) -> Language:
    given = _parameters(request, ("lang",)).get("lang", "en")
    for language in LANGUAGES:
        if given == language:
            return language
    raise BadUserInput(f"lang is {given[:20]!r}; it must be one of {', '.join(LANGUAGES)}")


async def _upload(request: Request, services: Services, principal: Principal, reading: asyncio.Semaphore) -> Response:
    if principal.role not in PUSHING:
        raise NotAllowed(
            f"the role {principal.role} may not push footprints; ask the chain leader for a supplier's key"
        )
    call = _read_call(request)
    file = await _read_file(request)
    async with reading:
        try:
            table = await asyncio.to_thread(read_table, file.body, media_type=file.media_type, filename=file.filename)
        except InvalidInput as error:
            if call.wants_csv:
                return await _respond(refused_file(error), wants_csv=True)
            raise
    outcome = await _declare(table, file, call, services, principal)
    if isinstance(outcome, ChangesRefused) and outcome.code not in {"INVALID", "UNSOLVABLE"}:
        raise _Refused(outcome)
    answer = answer_of(table, outcome, is_dry_run=call.is_dry_run)
    return await _respond(answer, wants_csv=call.wants_csv)


async def _declare(
    table: DeclarationTable, file: UploadedFile, call: UploadCall, services: Services, principal: Principal
) -> Declared | ChangesRefused:
    key = call.idempotency_key or f"upload:{hashlib.sha256(file.body).hexdigest()}"
    return await declare(
        table.pushes,
        call=Call(key, is_dry_run=call.is_dry_run),
        principal=principal,
        door=Door.UPLOAD,
        store=services.store,
        snapshots=services.snapshots,
        clock=services.clock,
    )


class _Refused(GraphServiceError):
    """A refusal that is not about rows, as a key that came with another table."""

    def __init__(self, outcome: ChangesRefused) -> None:
        message = outcome.findings[0].message if outcome.findings else "the table was refused"
        super().__init__(message)
        self.outcome = outcome


def _read_call(request: Request) -> UploadCall:
    given = _parameters(request, _PARAMETERS)
    dry_run = given.get("dryRun", "false")
    if dry_run not in {"true", "false"}:
        raise BadUserInput(f"dryRun is {dry_run[:20]!r}; it must be true or false")
    header = request.headers.get("idempotency-key")
    named = given.get("idempotencyKey")
    if header is not None and named is not None and header != named:
        raise BadUserInput("the Idempotency-Key header and idempotencyKey differ; give one of them")
    key = header if header is not None else named
    if key == "":
        raise BadUserInput("the idempotency key is empty; leave it out, or give 1 to 255 characters")
    return UploadCall(dry_run == "true", key, _wants_csv(request))


def _parameters(request: Request, known: tuple[str, ...]) -> Mapping[str, str]:
    """The query's parameters: a misspelt one is refused, for a dry run that is none would record."""
    given = request.query_params.multi_items()
    names = [name for name, _ in given]
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        raise BadUserInput(f"there is no parameter {unknown[:40]!r} here; there are {', '.join(known)}")
    if len(set(names)) < len(names):
        raise BadUserInput("a parameter is given twice; give it once")
    return dict(given)


def _wants_csv(request: Request) -> bool:
    wishes = [wish.partition(";")[0].strip().lower() for wish in request.headers.get("accept", "").split(",")]
    return CSV_TYPE in wishes and "application/json" not in wishes


async def _read_file(request: Request) -> UploadedFile:
    """The table in the body, bare or as the one file of a form."""
    given = request.headers.get("content-type", "")
    media_type = given.partition(";")[0].strip().lower()
    if media_type == _FORM_TYPE:
        if len(given) > _MOST_HEADER_CHARACTERS:
            raise UnsupportedMediaType("the content-type is longer than any form needs")
        return await _file_of_form(request, await read_body(request))
    if media_type in {CSV_TYPE, XLSX_TYPE}:
        _check_charset(given)
        return UploadedFile(await read_body(request), media_type)
    raise UnsupportedMediaType(f"send the table as {CSV_TYPE}, as {XLSX_TYPE}, or as the file of a {_FORM_TYPE}")


def _check_charset(content_type: str) -> None:
    message = Message()
    message["content-type"] = content_type
    charset = (message.get_content_charset() or "utf-8").replace("_", "-")
    if charset not in {"utf-8", "utf8", "us-ascii", "gb18030", "gbk", "gb2312"}:
        raise UnsupportedMediaType(f"the charset {charset[:20]!r} is not read; save the file as UTF-8")


async def _file_of_form(request: Request, body: bytes) -> UploadedFile:
    async def all_of_it() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(request.headers, all_of_it(), max_files=1, max_fields=0).parse()
    except (MultiPartException, KeyError, ValueError) as error:
        detail = getattr(error, "message", "it has no boundary")
        raise BadUserInput(
            "the form must hold one file and nothing else (dryRun and idempotencyKey stand in the address); "
            f"it could not be read: {detail}"
        ) from error
    try:
        files = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
        if len(files) != 1:
            raise BadUserInput("the form holds no file; give the table as its one file")
        (file,) = files
        return UploadedFile(await file.read(), _type_of_part(file), file.filename)
    finally:
        await form.close()


def _type_of_part(file: UploadFile) -> str | None:
    """The type that a form gives its file; None where the bytes must speak for themselves."""
    given = (file.content_type or "").partition(";")[0].strip().lower()
    suffix = (file.filename or "").lower().rpartition(".")[2]
    if given in {CSV_TYPE, XLSX_TYPE}:
        return given
    if given in _VAGUE_TYPES:
        return _SUFFIXES.get(suffix)
    raise UnsupportedMediaType(f"the file of the form is {given[:60]!r}; send {CSV_TYPE} or {XLSX_TYPE}")


async def _respond(answer: UploadAnswer, *, wants_csv: bool) -> Response:
    status = 400 if answer.code else 200
    if wants_csv:
        return _response(await asyncio.to_thread(answer.to_csv), status, f"{CSV_TYPE}; charset=utf-8")
    return _response(orjson.dumps(await asyncio.to_thread(answer.to_json)), status)


def _response(
    content: bytes, status: int, media_type: str = "application/json", headers: Mapping[str, str] | None = None
) -> Response:
    shown = {"cache-control": "no-store", "vary": "accept, authorization", "x-content-type-options": "nosniff"}
    return Response(content, status, media_type=media_type, headers={**shown, **(headers or {})})


def _error(error: Exception, request: Request) -> Response:
    """The error as its status and ``{"code", "message"}``; of a defect only what finds it in the log."""
    if isinstance(error, _Refused):
        refused = error.outcome
        findings = [asdict(finding) for finding in refused.findings]
        told: dict[str, object] = {"code": refused.code, "message": error.message, "findings": findings}
        return _response(orjson.dumps(told), STATUS.get(refused.code, 500))
    if isinstance(error, ClientDisconnect):
        return Response(status_code=400)  # nobody hears it
    if not isinstance(error, GraphServiceError):
        request_id = request.state.request_id
        LOGGER.error("defect", exc_info=error, extra={"fields": {"request_id": request_id}})
        message = f"internal error; the log names it by request {request_id}"
        return _response(orjson.dumps({"code": "INTERNAL", "message": message}), 500)
    members: dict[str, object] = {"code": error.code, "message": error.message}
    if isinstance(error, InvalidInput) and error.findings:
        members["findings"] = [asdict(finding) for finding in error.findings]
    headers = {"www-authenticate": "Bearer"} if isinstance(error, Unauthenticated) else {}
    status = 415 if isinstance(error, UnsupportedMediaType) else int(status_of(error))
    return _response(orjson.dumps(members), status, headers=headers)
