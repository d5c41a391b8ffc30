"""What suppliers are asked for."""

from datetime import datetime
from typing import Annotated

import strawberry

from graph_service.api.errors import BadUserInput
from graph_service.api.graphql.context import UNSET, Info
from graph_service.api.graphql.described import described
from graph_service.api.graphql.enums import RequestState
from graph_service.api.graphql.pages import given
from graph_service.api.graphql.scalars import parse_moment
from graph_service.bootstrap import exchange_of
from graph_service.errors import GraphServiceError
from graph_service.model import partners as model
from graph_service.model.vocabulary import Door, Role
from graph_service.service.partners.asking import ask, fulfil, list_requests, reject, withdraw

MOST_REQUESTS = 1_000


@strawberry.type(
    description="What a supplier was asked for, or what a partner asks us for (isIncoming): the footprint of an item."
)
class FootprintRequest:
    uid: strawberry.ID
    item: strawberry.ID | None = strawberry.field(description="The item's uid, as far as it is known.")
    supplier: strawberry.ID | None = strawberry.field(description="The uid of the supplier that is asked.")
    comment: str | None
    asked_at: datetime
    state: RequestState
    is_incoming: bool
    declarations: list[strawberry.ID] = strawberry.field(description="uids of the declarations that answered it.")
    answer: str | None = strawberry.field(description="What was answered instead, where it was rejected.")

    @staticmethod
    def of(request: model.FootprintRequest) -> "FootprintRequest":
        return FootprintRequest(
            uid=strawberry.ID(request.request_id),
            item=None if request.item_uid is None else strawberry.ID(request.item_uid),
            supplier=None if request.supplier_uid is None else strawberry.ID(request.supplier_uid),
            comment=request.comment,
            asked_at=parse_moment(request.asked_at),
            state=request.state,
            is_incoming=request.is_incoming,
            declarations=[strawberry.ID(uid) for uid in request.declaration_uids],
            answer=request.answer,
        )


@strawberry.type(description="code: NOT_ALLOWED, NOT_FOUND, INVALID, CONFLICT.")
class RequestRefused:
    code: str
    message: str


RequestPayload = Annotated[FootprintRequest | RequestRefused, strawberry.union("FootprintRequestPayload")]


@strawberry.type
class RequestQuery:
    """The root field of requests."""

    @described("What suppliers were asked for, oldest first: the last 1,000. A supplier sees what it was asked.")
    async def footprint_requests(self, info: Info, state: list[RequestState] | None = UNSET) -> list[FootprintRequest]:
        principal, store = info.context.principal, info.context.services.store
        if principal.role in (Role.CHAIN_LEADER, Role.AUDITOR):
            found = await list_requests(store)
        elif principal.role is Role.SUPPLIER and principal.supplier_uid:
            asked = await list_requests(store, supplier_uid=principal.supplier_uid)
            found = [request for request in asked if not request.is_incoming]
        else:
            found = []
        states = given(state)
        shown = [request for request in found if states is None or request.state in states]
        return [FootprintRequest.of(request) for request in shown[-MOST_REQUESTS:]]


async def request_footprint(info: Info, item: str, comment: str | None) -> "FootprintRequest | RequestRefused":
    """The payload of ``requestFootprint``."""
    context = info.context
    if comment == "":
        raise BadUserInput("comment: leave it out, or say what is asked for")
    asking = ask(
        item,
        comment=comment,
        principal=context.principal,
        door=Door.GRAPHQL,
        exchange=exchange_of(context.services),
    )
    try:
        return FootprintRequest.of(await context.finish(asking))
    except GraphServiceError as error:
        return RequestRefused(code=error.code, message=error.message)


async def withdraw_request(info: Info, request: str) -> "FootprintRequest | RequestRefused":
    """The payload of ``withdrawRequest``."""
    context = info.context
    withdrawing = withdraw(
        request, principal=context.principal, door=Door.GRAPHQL, exchange=exchange_of(context.services)
    )
    try:
        return FootprintRequest.of(await context.finish(withdrawing))
    except GraphServiceError as error:
        return RequestRefused(code=error.code, message=error.message)


async def answer_request(info: Info, request: str, rejection: str | None) -> "FootprintRequest | RequestRefused":
    """The payload of ``answerRequest``: with what is published of the item, or with a rejection."""
    context = info.context
    exchange = exchange_of(context.services)
    if rejection is None:
        answering = fulfil(request, principal=context.principal, door=Door.GRAPHQL, exchange=exchange)
    else:
        answering = reject(request, reason=rejection, principal=context.principal, door=Door.GRAPHQL, exchange=exchange)
    try:
        return FootprintRequest.of(await context.finish(answering))
    except GraphServiceError as error:
        return RequestRefused(code=error.code, message=error.message)
