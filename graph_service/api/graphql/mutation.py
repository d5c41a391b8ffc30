"""What callers may change: batches of facts, all or nothing."""

import asyncio
from typing import Annotated

import strawberry

from graph_service.api.graphql import declaring, requests, verifying
from graph_service.api.graphql.batch_inputs import ChangeBatchInput
from graph_service.api.graphql.batches import change_batch, in_schema_names
from graph_service.api.graphql.context import UNSET, Info
from graph_service.api.graphql.declaring import (
    AssignWaitingInput,
    DeclareFootprintInput,
    DeclareFootprintPayload,
    DropWaitingInput,
    DropWaitingPayload,
    ReviewDeclarationInput,
    ReviewDeclarationPayload,
)
from graph_service.api.graphql.described import mutation
from graph_service.api.graphql.footprint_parts import Finding
from graph_service.api.graphql.pages import given
from graph_service.api.graphql.payloads import ChangesRefused
from graph_service.api.graphql.publishing import PublishFootprintInput, PublishPayload, publish_footprint
from graph_service.api.graphql.requests import RequestPayload
from graph_service.api.graphql.verifying import AssignVerifierInput, VerifyDeclarationInput
from graph_service.api.graphql.views import Revision
from graph_service.model import batch as model
from graph_service.model.vocabulary import Door
from graph_service.service.intake import apply_changes


@strawberry.type(
    description="created: derived and given uids, in the order of the batch. A dry run gives the newest revision."
)
class ChangesApplied:
    revision: Revision
    created: list[strawberry.ID]
    findings: list[Finding]
    replayed: bool
    dry_run: bool


ApplyChangesPayload = Annotated[ChangesApplied | ChangesRefused, strawberry.union("ApplyChangesPayload")]


@strawberry.type
class Mutation:
    @mutation()
    async def apply_changes(self, info: Info, input: ChangeBatchInput) -> ApplyChangesPayload:  # noqa: A002 -- contract
        context = info.context
        services = context.services
        batch = await asyncio.to_thread(change_batch, input)
        applying = apply_changes(
            batch,
            principal=context.principal,
            door=Door.GRAPHQL,
            store=services.store,
            snapshots=services.snapshots,
            clock=services.clock,
        )
        outcome = await context.write(applying, is_dry_run=batch.is_dry_run)
        if isinstance(outcome, model.ChangesRefused):
            return ChangesRefused.of(outcome, context.visibility)
        return ChangesApplied(
            revision=Revision.of(outcome.revision, context.visibility),
            created=[strawberry.ID(uid) for uid in outcome.created_uids.to_pylist()],
            findings=[Finding.of(in_schema_names(finding)) for finding in outcome.findings],
            replayed=outcome.is_replayed,
            dry_run=outcome.is_dry_run,
        )

    @mutation()
    async def declare_footprint(self, info: Info, input: DeclareFootprintInput) -> DeclareFootprintPayload:  # noqa: A002 -- contract
        return await declaring.declare_footprint(info, input)

    @mutation()
    async def review_declaration(self, info: Info, input: ReviewDeclarationInput) -> ReviewDeclarationPayload:  # noqa: A002 -- contract
        return await declaring.review(info, input)

    @mutation("Let one verifier see and verify a declaration; the chain leader's to say.")
    async def assign_verifier(self, info: Info, input: AssignVerifierInput) -> ReviewDeclarationPayload:  # noqa: A002 -- as the others
        return await verifying.assign(info, input)

    @mutation("Say whether a declaration is verified: a verifier of those assigned to it, the chain leader of any.")
    async def verify_declaration(self, info: Info, input: VerifyDeclarationInput) -> ReviewDeclarationPayload:  # noqa: A002 -- as the others
        return await verifying.verify(info, input)

    @mutation("Record a waiting footprint for an item; it leaves the queue.")
    async def assign_waiting(self, info: Info, input: AssignWaitingInput) -> DeclareFootprintPayload:  # noqa: A002 -- as the others
        return await declaring.assign(info, input)

    @mutation("Take a waiting footprint out of the queue without recording it.")
    async def drop_waiting(self, info: Info, input: DropWaitingInput) -> DropWaitingPayload:  # noqa: A002 -- as the others
        return await declaring.drop(info, input)

    @mutation("Ask an item's supplier for its footprint: seen by it here, and sent where its service is a partner.")
    async def request_footprint(self, info: Info, item: strawberry.ID, comment: str | None = UNSET) -> RequestPayload:
        return await requests.request_footprint(info, str(item), given(comment))

    @mutation("Take a request back; an answer to it is refused from then on.")
    async def withdraw_request(self, info: Info, request: strawberry.ID) -> RequestPayload:
        return await requests.withdraw_request(info, str(request))

    @mutation("Answer a partner's request: with what is published of the item, or, with a reason, with a rejection.")
    async def answer_request(self, info: Info, request: strawberry.ID, rejection: str | None = UNSET) -> RequestPayload:
        return await requests.answer_request(info, str(request), given(rejection))

    @mutation("Publish an item's total of today, cradle to gate, as a new PACT footprint; it replaces its predecessor.")
    async def publish_footprint(self, info: Info, input: PublishFootprintInput) -> PublishPayload:  # noqa: A002 -- as the others
        return await publish_footprint(info, input)
