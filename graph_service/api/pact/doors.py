"""What every PACT door does before it answers: insists on https, asks who comes, turns errors into answers."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request, Response

from graph_service.api.callers import identify_by_key, is_on_this_machine
from graph_service.api.forwarding import Forwarding
from graph_service.api.pact.errors import InsecureTransport, internal_refusal, refusal
from graph_service.bootstrap import Services
from graph_service.errors import GraphServiceError
from graph_service.model.batch import Principal
from graph_service.model.partners import PactVersion, Partner
from graph_service.model.side_records import Collection

LOGGER = logging.getLogger("graph_service.api")

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Doors:
    """What the doors share."""

    services: Services
    forwarding: Forwarding

    async def enter(self, request: Request) -> Principal:
        """The caller. Raises ``InsecureTransport`` before a credential is looked at, then as ``identify_by_key``."""
        self.insist_on_https(request)
        principal = await identify_by_key(request, self.services)
        request.state.client_name = principal.client
        return principal

    async def partner_of(self, principal: Principal) -> Partner | None:
        """The partner that comes in with this key, revoked ones too; None for a key that is none's."""
        records = await self.services.store.list_side_records(Collection.PARTNER, first=1, owner=principal.client)
        return Partner.from_record(records[0]) if records else None

    def insist_on_https(self, request: Request) -> None:
        """Raises ``InsecureTransport`` for plain http, but from this machine where the settings allow it."""
        if self.forwarding.is_https(request):
            return
        if self.services.settings.pact_allow_http and is_on_this_machine(request):
            return
        raise InsecureTransport("PACT is served over https only; nothing of this request was read or answered")


def answering(handler: Handler, version: PactVersion) -> Handler:
    """The handler, whose errors are answered in PACT's shape; a defect is logged and shows nothing of its text."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except GraphServiceError as error:
            return refusal(error, version)
        except Exception:
            request_id = getattr(request.state, "request_id", "none")
            LOGGER.exception("defect", extra={"fields": {"request_id": request_id}})
            return internal_refusal(request_id)

    return answered
