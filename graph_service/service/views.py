"""Views: which facts and which method an answer uses."""

from dataclasses import dataclass
from datetime import date, datetime

from graph_service.model.facts import Revision
from graph_service.model.vocabulary import Basis, SystemBoundary


@dataclass(frozen=True, slots=True)
class ViewRequest:
    """A view as asked for. None: today, and the newest revision."""

    as_of: date | None = None
    known_at: datetime | None = None
    revision: int | None = None
    basis: Basis = Basis.DECLARED_FIRST
    boundary: SystemBoundary = SystemBoundary.CRADLE_TO_GATE


@dataclass(frozen=True, slots=True)
class View:
    """A view as resolved: the answer repeats it."""

    as_of: date
    revision: Revision
    basis: Basis
    boundary: SystemBoundary

    @property
    def is_traced(self) -> bool:
        return self.basis is Basis.TRACED

    @property
    def is_to_grave(self) -> bool:
        return self.boundary is SystemBoundary.CRADLE_TO_GRAVE
