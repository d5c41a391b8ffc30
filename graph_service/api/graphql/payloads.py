"""The refusal that every mutation may answer."""

import strawberry

from graph_service.api.graphql.batches import in_schema_names
from graph_service.api.graphql.footprint_parts import Finding
from graph_service.api.graphql.views import Revision
from graph_service.api.graphql.visibility import Visibility
from graph_service.model import batch as model


@strawberry.type(description="code: INVALID, CONFLICT, NOT_ALLOWED, KEY_REUSED, UNSOLVABLE.")
class ChangesRefused:
    code: str
    revision: Revision
    findings: list[Finding]

    @staticmethod
    def of(refused: model.ChangesRefused, visibility: Visibility) -> "ChangesRefused":
        """The refusal as the caller may see it."""
        return ChangesRefused(
            code=refused.code,
            revision=Revision.of(refused.revision, visibility),
            findings=[Finding.of(in_schema_names(finding)) for finding in refused.findings],
        )
