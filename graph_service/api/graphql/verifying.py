"""Giving declarations to verifiers, and what these say of them."""

import strawberry

from graph_service.api.graphql.context import UNSET, Info
from graph_service.api.graphql.declaring import DeclarationReviewed, reviewed
from graph_service.api.graphql.pages import given
from graph_service.api.graphql.payloads import ChangesRefused
from graph_service.model.vocabulary import Door
from graph_service.service.declaring import verifying
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
    return await reviewed(info, await context.write(assigning))


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
    return await reviewed(info, await context.write(saying))
