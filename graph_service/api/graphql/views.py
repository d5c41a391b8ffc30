"""Views in the schema: what a caller asks for, and what an answer repeats."""

from datetime import date, datetime

import strawberry

from graph_service.api.graphql.enums import Basis, SystemBoundary
from graph_service.api.graphql.pages import given
from graph_service.api.graphql.visibility import Visibility
from graph_service.model.facts import Revision as RevisionFact
from graph_service.service.views import View as ViewFact
from graph_service.service.views import ViewRequest


@strawberry.input(description="Which facts and which method an answer uses. The answer repeats the resolved values.")
class ViewInput:
    as_of: date | None = strawberry.field(
        default=strawberry.UNSET, description="Valid time: the day the answer is for. Default: today."
    )
    known_at: datetime | None = strawberry.field(
        default=strawberry.UNSET,
        description="Transaction time: only what the service had recorded by then. Default: now.",
    )
    revision: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="The same as knownAt, by revision number. Giving both is an error.",
    )
    basis: Basis | None = Basis.DECLARED_FIRST
    boundary: SystemBoundary | None = SystemBoundary.CRADLE_TO_GATE

    def request(self) -> ViewRequest:
        """The view as the service takes it; null means the default."""
        return ViewRequest(
            as_of=given(self.as_of),
            known_at=given(self.known_at),
            revision=given(self.revision),
            basis=self.basis or Basis.DECLARED_FIRST,
            boundary=self.boundary or SystemBoundary.CRADLE_TO_GATE,
        )


def view_request(view: ViewInput | None) -> ViewRequest | None:
    """The view that an argument asks for; None where it was left out: the enclosing one is inherited."""
    asked = given(view)
    return None if asked is None else asked.request()


@strawberry.type
class View:
    as_of: date
    revision: int
    recorded_at: datetime
    basis: Basis
    boundary: SystemBoundary

    @staticmethod
    def of(view: ViewFact) -> "View":
        return View(
            as_of=view.as_of,
            revision=view.revision.number,
            recorded_at=view.revision.recorded_at,
            basis=view.basis,
            boundary=view.boundary,
        )


@strawberry.type(description="by: who; door: graphql, pact, upload, cli.")
class Revision:
    number: int
    recorded_at: datetime
    by: str
    door: str
    summary: str

    @staticmethod
    def of(revision: RevisionFact, visibility: Visibility) -> "Revision":
        """The revision; who recorded what stays empty for those who do not see the history."""
        seen = visibility.sees_history
        return Revision(
            number=revision.number,
            recorded_at=revision.recorded_at,
            by=revision.by if seen else "",
            door=revision.door if seen else "",
            summary=revision.summary if seen else "",
        )
