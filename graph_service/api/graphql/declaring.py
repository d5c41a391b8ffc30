"""Pushing and reviewing footprints: the inputs and payloads of the contract, and what they become."""

from datetime import date
from typing import Annotated

import strawberry

from graph_service.api.graphql.context import UNSET, Info, opened
from graph_service.api.graphql.enums import DeclarationState, ReviewDecision
from graph_service.api.graphql.footprint_parts import Finding
from graph_service.api.graphql.nodes import Declaration
from graph_service.api.graphql.pages import given
from graph_service.api.graphql.payloads import ChangesRefused
from graph_service.api.graphql.scalars import JSON
from graph_service.api.graphql.views import Revision
from graph_service.bootstrap import exchange_of
from graph_service.errors import Finding as FindingFact
from graph_service.model import batch as model
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import CarbonComponent, DocumentFormat, Door
from graph_service.service.declaring.declaring import Declared, declare
from graph_service.service.declaring.reviewing import Review, Reviewed
from graph_service.service.declaring.waiting import assign_waiting, drop_waiting
from graph_service.service.intake.applying import Call
from graph_service.service.partners.reviewing import review_and_ask


@strawberry.input(
    description="kgCO2e without biogenic uptake, in total; shares 0 to 1. validTo: default three years after the "
    "reference period."
)
class ShortDeclarationInput:
    item: strawberry.ID
    kgco2e: float
    fossil_kgco2e: float | None = UNSET
    biogenic_uptake_kgco2e: float | None = UNSET
    valid_from: date
    valid_to: date | None = UNSET
    reference_period_start: date
    reference_period_end: date
    primary_data_share: float | None = UNSET
    technological_dqr: float | None = UNSET
    temporal_dqr: float | None = UNSET
    geographical_dqr: float | None = UNSET
    exempted_share: float | None = UNSET
    is_verified: bool | None = False
    gwp_set: str | None = UNSET
    preceding_uids: list[strawberry.ID] | None = strawberry.field(default_factory=list)
    comment: str | None = UNSET


@strawberry.input(description="A pushed footprint: PACT V3 or V2 JSON, or the short form of it.")
class DeclareFootprintInput:
    idempotency_key: str
    pact: JSON | None = UNSET
    short: ShortDeclarationInput | None = UNSET
    dry_run: bool | None = False


@strawberry.type(description="declaration is null in a dry run.")
class FootprintDeclared:
    declaration: Declaration | None
    revision: Revision
    findings: list[Finding]
    replayed: bool
    dry_run: bool
    waiting: strawberry.ID | None = strawberry.field(
        description="Set where no item, or more than one, was found: the footprint waits under this uid, and "
        "declaration is null."
    )


DeclareFootprintPayload = Annotated[FootprintDeclared | ChangesRefused, strawberry.union("DeclareFootprintPayload")]


@strawberry.input
class ReviewDeclarationInput:
    idempotency_key: str
    declaration: strawberry.ID
    decision: ReviewDecision
    expected_state: DeclarationState | None = UNSET
    reason: str | None = UNSET
    counter_request: str | None = strawberry.field(
        default=UNSET, description="What the sender is asked for instead; it becomes a request to the supplier."
    )


@strawberry.type
class DeclarationReviewed:
    declaration: Declaration
    revision: Revision
    replayed: bool


ReviewDeclarationPayload = Annotated[DeclarationReviewed | ChangesRefused, strawberry.union("ReviewDeclarationPayload")]


@strawberry.input
class AssignWaitingInput:
    idempotency_key: str
    waiting: strawberry.ID
    item: strawberry.ID = strawberry.field(description="The item that the footprint is of, by uid or identifier.")
    dry_run: bool | None = False


@strawberry.input
class DropWaitingInput:
    idempotency_key: str
    waiting: strawberry.ID
    reason: str


@strawberry.type
class WaitingDropped:
    revision: Revision
    replayed: bool


DropWaitingPayload = Annotated[WaitingDropped | ChangesRefused, strawberry.union("DropWaitingPayload")]


async def declare_footprint(info: Info, pushed: DeclareFootprintInput) -> "FootprintDeclared | ChangesRefused":
    """The payload of ``declareFootprint``."""
    context, short, pact = info.context, given(pushed.short), given(pushed.pact)
    if (short is None) == (pact is None):
        return await _refused(info, "", "give either pact, a PACT footprint, or short, the short form of one")
    push = _short_form(short) if short is not None else context.services.pact.read_footprint(pact, path="pact")
    services = context.services
    call = Call(pushed.idempotency_key, bool(pushed.dry_run))
    declaring = declare(
        [push],
        call=call,
        principal=context.principal,
        door=Door.GRAPHQL,
        store=services.store,
        snapshots=services.snapshots,
        clock=services.clock,
        may_wait=short is None,
    )
    return await _declared(info, await context.write(declaring, is_dry_run=call.is_dry_run))


async def assign(info: Info, assigned: AssignWaitingInput) -> "FootprintDeclared | ChangesRefused":
    """The payload of ``assignWaiting``."""
    context, services = info.context, info.context.services
    call = Call(assigned.idempotency_key, bool(assigned.dry_run))
    assigning = assign_waiting(
        assigned.waiting,
        assigned.item,
        call=call,
        principal=context.principal,
        door=Door.GRAPHQL,
        store=services.store,
        snapshots=services.snapshots,
        clock=services.clock,
    )
    return await _declared(info, await context.write(assigning, is_dry_run=call.is_dry_run))


async def drop(info: Info, dropped: DropWaitingInput) -> "WaitingDropped | ChangesRefused":
    """The payload of ``dropWaiting``."""
    context, services = info.context, info.context.services
    dropping = drop_waiting(
        dropped.waiting,
        dropped.reason,
        call=Call(dropped.idempotency_key),
        principal=context.principal,
        door=Door.GRAPHQL,
        store=services.store,
        snapshots=services.snapshots,
        clock=services.clock,
    )
    outcome = await context.write(dropping)
    if isinstance(outcome, model.ChangesRefused):
        return ChangesRefused.of(outcome, context.visibility)
    return WaitingDropped(revision=Revision.of(outcome.revision, context.visibility), replayed=outcome.is_replayed)


async def review(info: Info, asked: ReviewDeclarationInput) -> "DeclarationReviewed | ChangesRefused":
    """The payload of ``reviewDeclaration``."""
    context = info.context
    decided = Review(
        str(asked.declaration),
        asked.decision,
        reason=given(asked.reason),
        counter_request=given(asked.counter_request),
        expected_state=given(asked.expected_state),
    )
    reviewing = review_and_ask(
        decided,
        call=Call(asked.idempotency_key),
        principal=context.principal,
        door=Door.GRAPHQL,
        exchange=exchange_of(context.services),
    )
    return await reviewed(info, await context.write(reviewing))


async def reviewed(info: Info, outcome: Reviewed | model.ChangesRefused) -> "DeclarationReviewed | ChangesRefused":
    """The payload of what was decided or said about one declaration."""
    context = info.context
    if isinstance(outcome, model.ChangesRefused):
        return ChangesRefused.of(outcome, context.visibility)
    declaration = await _declaration(info, outcome.declaration_uid)
    if declaration is None:
        raise LookupError(f"declaration {outcome.declaration_uid} was reviewed and is not there")
    revision = Revision.of(outcome.revision, context.visibility)
    return DeclarationReviewed(declaration=declaration, revision=revision, replayed=outcome.is_replayed)


async def _declared(info: Info, outcome: Declared | model.ChangesRefused) -> "FootprintDeclared | ChangesRefused":
    context = info.context
    if isinstance(outcome, model.ChangesRefused):
        return ChangesRefused.of(outcome, context.visibility)
    (became,) = outcome.outcomes or (None,)
    uid = None if became is None or outcome.is_dry_run else became.declaration_uid
    waiting = None if became is None or outcome.is_dry_run else became.waiting_uid
    return FootprintDeclared(
        declaration=None if uid is None else await _declaration(info, uid),
        revision=Revision.of(outcome.revision, context.visibility),
        findings=[Finding.of(finding) for finding in outcome.findings],
        replayed=outcome.is_replayed,
        dry_run=outcome.is_dry_run,
        waiting=None if waiting is None else strawberry.ID(waiting),
    )


async def _declaration(info: Info, uid: str) -> Declaration | None:
    """The declaration as the newest revision has it."""
    return Declaration.seen(await opened(info), uid)


async def _refused(info: Info, path: str, message: str) -> ChangesRefused:
    finding = FindingFact("INVALID", "ERROR", path, message)
    refused = model.ChangesRefused("INVALID", await info.context.services.store.revision(), (finding,))
    return ChangesRefused.of(refused, info.context.visibility)


def _short_form(short: ShortDeclarationInput) -> PushedDeclaration:
    components = {
        CarbonComponent.FOSSIL: given(short.fossil_kgco2e),
        CarbonComponent.BIOGENIC_UPTAKE: given(short.biogenic_uptake_kgco2e),
    }
    preceding = given(short.preceding_uids) or []
    return PushedDeclaration(
        path="short",
        document_format=DocumentFormat.SHORT,
        item=str(short.item),
        kgco2e=short.kgco2e,
        components={component: kgco2e for component, kgco2e in components.items() if kgco2e is not None},
        valid_from=short.valid_from,
        valid_to=given(short.valid_to),
        reference_period_start=short.reference_period_start,
        reference_period_end=short.reference_period_end,
        primary_data_share=given(short.primary_data_share),
        technological_dqr=given(short.technological_dqr),
        temporal_dqr=given(short.temporal_dqr),
        geographical_dqr=given(short.geographical_dqr),
        exempted_share=given(short.exempted_share),
        is_verified=bool(short.is_verified),
        gwp_set=given(short.gwp_set),
        preceding_uids=tuple(str(uid) for uid in preceding),
        comment=given(short.comment),
    )
