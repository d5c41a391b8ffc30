"""Pushed footprints that wait for an item."""

from datetime import date, datetime

import strawberry

from graph_service.api.errors import BadUserInput
from graph_service.api.graphql.context import UNSET, Info
from graph_service.api.graphql.described import described
from graph_service.api.graphql.scalars import JSON, parse_moment
from graph_service.service.declaring.waiting import WaitingPush, list_waiting

MOST_WAITING = 200


@strawberry.type(
    description="A pushed footprint that no item, or more than one, was found for. It is not lost: assignWaiting "
    "records it."
)
class WaitingFootprint:
    uid: strawberry.ID
    reason: str
    suggestions: list[strawberry.ID] = strawberry.field(description="uids of items that may be meant.")
    sent_by: str
    received_at: datetime
    product_name: str | None
    company_name: str | None
    product_ids: list[str]
    company_ids: list[str]
    kgco2e: float | None = strawberry.field(description="Per declared unit of the document.")
    document_unit: str | None
    reference_period_start: date | None
    reference_period_end: date | None
    document: JSON | None = strawberry.field(description="As it came; null for the row of a table.")

    @staticmethod
    def of(waiting: WaitingPush) -> "WaitingFootprint":
        pushed = waiting.pushed
        return WaitingFootprint(
            uid=strawberry.ID(waiting.uid),
            reason=waiting.reason,
            suggestions=[strawberry.ID(uid) for uid in waiting.suggestions],
            sent_by=waiting.sender,
            received_at=parse_moment(waiting.received_at),
            product_name=pushed.product_name,
            company_name=pushed.company_name,
            product_ids=list(pushed.product_ids),
            company_ids=list(pushed.company_ids),
            kgco2e=pushed.kgco2e,
            document_unit=pushed.declared_unit,
            reference_period_start=pushed.reference_period_start,
            reference_period_end=pushed.reference_period_end,
            document=None if pushed.document is None else JSON(pushed.document),
        )


@strawberry.type
class WaitingQuery:
    """Root fields of the queue."""

    @described(
        "Pushed footprints that wait for an item, ordered by uid: at most 200 after the uid given. A supplier sees its "
        "own."
    )
    async def waiting(
        self, info: Info, first: int | None = 50, after: strawberry.ID | None = UNSET
    ) -> list[WaitingFootprint]:
        count = 50 if first is None else first
        if not 0 <= count <= MOST_WAITING:
            raise BadUserInput(f"first: {count} is not from 0 to {MOST_WAITING}")
        context = info.context
        found = await list_waiting(
            context.services.store, principal=context.principal, first=count, after=str(after) if after else ""
        )
        return [WaitingFootprint.of(waiting) for waiting in found]
