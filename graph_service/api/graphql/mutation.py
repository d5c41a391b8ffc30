"""What callers may change: batches of facts, all or nothing."""

import asyncio
from typing import Annotated

import strawberry

from graph_service.api.graphql.batch_inputs import ChangeBatchInput
from graph_service.api.graphql.batches import change_batch, in_schema_names
from graph_service.api.graphql.context import Info
from graph_service.api.graphql.footprint_parts import Finding
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


@strawberry.type(description="code: INVALID, CONFLICT, NOT_ALLOWED, KEY_REUSED, UNSOLVABLE.")
class ChangesRefused:
    code: str
    revision: Revision
    findings: list[Finding]


ApplyChangesPayload = Annotated[ChangesApplied | ChangesRefused, strawberry.union("ApplyChangesPayload")]


@strawberry.type
class Mutation:
    @strawberry.mutation
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
        context.is_writing = not batch.is_dry_run
        outcome = await context.finish(applying)
        context.is_writing = False
        context.forget()
        revision = Revision.of(outcome.revision, context.visibility)
        findings = [Finding.of(in_schema_names(finding)) for finding in outcome.findings]
        if isinstance(outcome, model.ChangesRefused):
            return ChangesRefused(code=outcome.code, revision=revision, findings=findings)
        return ChangesApplied(
            revision=revision,
            created=[strawberry.ID(uid) for uid in outcome.created_uids.to_pylist()],
            findings=findings,
            replayed=outcome.is_replayed,
            dry_run=outcome.is_dry_run,
        )
