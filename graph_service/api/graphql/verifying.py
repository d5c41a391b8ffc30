"""Giving declarations to verifiers, and what these say of them."""

import strawberry

from graph_service.api.graphql.context import UNSET, Info, opened
from graph_service.api.graphql.declaring import DeclarationReviewed
from graph_service.api.graphql.nodes import Declaration
from graph_service.api.graphql.pages import given
from graph_service.api.graphql.payloads import ChangesRefused
from graph_service.api.graphql.views import Revision
from graph_service.model import batch as model
from graph_service.model.vocabulary import Door
from graph_service.service.declaring import verifying
from graph_service.service.declaring.reviewing import Reviewed
from graph_service.service.intake.applying import Call


@strawberry.input
class AssignVerifierInput:
    idempotency_key: str
    declaration: strawberry.ID
    verifier: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The id of the verifier's access key; null takes the declaration away again."
    )


@strawberry.input
class VerifyDeclarationInput:
    idempotency_key: str
    declaration: strawberry.ID
    is_verified: bool
    verification: str | None = strawberry.field(
        default=UNSET, description="Who verified it, and by which standard; needed where it is verified."
    )


async def assign(info: Info, asked: AssignVerifierInput) -> DeclarationReviewed | ChangesRefused:
    """The payload of ``assignVerifier``."""
    context, services = info.context, info.context.services
    assigning = verifying.assign_verifier(
        str(asked.declaration),
        given(asked.verifier),
        call=Call(asked.idempotency_key),
        principal=context.principal,
        door=Door.GRAPHQL,
        store=services.store,
        snapshots=services.snapshots,
        clock=services.clock,
    )
    context.is_writing = True
    outcome = await context.finish(assigning)
    context.is_writing = False
    return await _payload(info, outcome)


async def verify(info: Info, asked: VerifyDeclarationInput) -> DeclarationReviewed | ChangesRefused:
    """The payload of ``verifyDeclaration``."""
    context, services = info.context, info.context.services
    verification = verifying.Verification(str(asked.declaration), asked.is_verified, given(asked.verification))
    saying = verifying.verify_declaration(
        verification,
        call=Call(asked.idempotency_key),
        principal=context.principal,
        door=Door.GRAPHQL,
        store=services.store,
        snapshots=services.snapshots,
        clock=services.clock,
    )
    context.is_writing = True
    outcome = await context.finish(saying)
    context.is_writing = False
    return await _payload(info, outcome)


async def _payload(info: Info, outcome: Reviewed | model.ChangesRefused) -> DeclarationReviewed | ChangesRefused:
    context = info.context
    context.forget()
    if isinstance(outcome, model.ChangesRefused):
        return ChangesRefused.of(outcome, context.visibility)
    declaration = Declaration.seen(await opened(info), outcome.declaration_uid)
    if declaration is None:
        raise LookupError(f"declaration {outcome.declaration_uid} was verified and is not there")
    revision = Revision.of(outcome.revision, context.visibility)
    return DeclarationReviewed(declaration=declaration, revision=revision, replayed=outcome.is_replayed)
