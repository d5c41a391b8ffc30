"""Publishing our own totals as PACT footprints."""

from datetime import date
from typing import Annotated

import strawberry

from graph_service.api.errors import BadUserInput
from graph_service.api.graphql.context import UNSET, Info
from graph_service.api.graphql.footprint_parts import Finding
from graph_service.api.graphql.pages import given
from graph_service.api.graphql.requests import RequestRefused
from graph_service.bootstrap import exchange_of
from graph_service.errors import GraphServiceError
from graph_service.model.vocabulary import Door
from graph_service.service.intake.applying import Call
from graph_service.service.partners.composing import PublishOptions
from graph_service.service.partners.publishing import publish


@strawberry.input
class PublishFootprintInput:
    idempotency_key: str
    item: strawberry.ID
    reference_period_start: date | None = strawberry.field(
        default=UNSET, description="With referencePeriodEnd; default: as the facts behind the total say."
    )
    reference_period_end: date | None = UNSET
    unspecified_as_fossil: bool | None = strawberry.field(
        default=False,
        description="PACT demands the fossil part: publish what no carbon component is known of as fossil, and say so "
        "in the comment.",
    )
    comment: str | None = UNSET
    classifications: list[str] | None = strawberry.field(
        default_factory=list, description="URNs as urn:cpc:46420; PACT V2 demands one."
    )
    packaging_included: bool | None = strawberry.field(
        default=UNSET, description="Whether the total holds the emissions of packaging; PACT V2 demands it."
    )


@strawberry.type
class FootprintPublished:
    footprint: strawberry.ID = strawberry.field(description="The PACT footprint id.")
    deprecated: list[strawberry.ID] = strawberry.field(description="What it replaces.")
    partners_told: int
    revision: int
    findings: list[Finding]
    replayed: bool


PublishPayload = Annotated[FootprintPublished | RequestRefused, strawberry.union("PublishFootprintPayload")]


async def publish_footprint(info: Info, asked: PublishFootprintInput) -> "FootprintPublished | RequestRefused":
    """The payload of ``publishFootprint``."""
    context = info.context
    start, end = given(asked.reference_period_start), given(asked.reference_period_end)
    if (start is None) != (end is None):
        raise BadUserInput("referencePeriodStart and referencePeriodEnd: give both, or neither")
    options = PublishOptions(
        reference_period=None if start is None or end is None else (start, end),
        unspecified_as_fossil=bool(asked.unspecified_as_fossil),
        comment=given(asked.comment),
        classifications=tuple(asked.classifications or ()),
        is_packaging_included=given(asked.packaging_included),
    )
    publishing = publish(
        str(asked.item),
        options=options,
        call=Call(asked.idempotency_key),
        principal=context.principal,
        door=Door.GRAPHQL,
        exchange=exchange_of(context.services),
    )
    try:
        done = await context.finish(publishing)
    except GraphServiceError as error:
        return RequestRefused(code=error.code, message=error.message)
    return FootprintPublished(
        footprint=strawberry.ID(done.declaration_uid),
        deprecated=[strawberry.ID(uid) for uid in done.deprecated_uids],
        partners_told=done.partners_told,
        revision=done.revision.number,
        findings=[Finding.of(finding) for finding in done.findings],
        replayed=done.is_replayed,
    )
