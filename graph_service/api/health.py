"""Health: whether the process lives, and whether its store answers with its schema at head."""

import asyncio

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from graph_service.bootstrap import Services
from graph_service.errors import GraphServiceError

READY_TIMEOUT_S = 3.0

_METHODS = ["GET", "HEAD"]
"""Load balancers ask by either."""


def health_routes(services: Services) -> APIRouter:
    """``/health/live``, which asks nothing, and ``/health/ready``, which asks the store."""
    router = APIRouter(prefix="/health", include_in_schema=False)

    @router.api_route("/live", methods=_METHODS)
    async def live() -> Response:
        return JSONResponse({"status": "live"})

    @router.api_route("/ready", methods=_METHODS)
    async def ready() -> Response:
        reason = await _reason_not_ready(services)
        if reason is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "not ready", "reason": reason}, status_code=503)

    return router


async def _reason_not_ready(services: Services) -> str | None:
    """Why the store cannot serve, without secrets; None when it can."""
    try:
        async with asyncio.timeout(READY_TIMEOUT_S):
            await services.store.check_ready()
    except TimeoutError:
        return f"the store gave no answer within {READY_TIMEOUT_S:g} s"
    except GraphServiceError as error:
        return error.message.replace(services.settings.store, services.settings.store_shown)
    return None
