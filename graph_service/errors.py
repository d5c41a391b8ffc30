"""Every error class of the service. They know no HTTP; ``api/errors.py`` maps them once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: where, what is wrong, which value, and what would be right.

    ``path`` names the place, as ``supplies[12].amount`` in a batch. Errors refuse the data;
    warnings and infos travel with it. Each ``code`` has a page in ``docs/errors/``.
    """

    code: str
    severity: Literal["ERROR", "WARNING", "INFO"]
    path: str
    message: str


class GraphServiceError(Exception):
    """Root of the tree. ``code`` is stable and documented; ``details`` names items, values, limits."""

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str, *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, object] = details or {}


class InvalidInput(GraphServiceError):
    """The input is at fault; ``findings`` holds every fault with its path."""

    code = "INVALID"

    def __init__(self, message: str, *, findings: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class NotFound(GraphServiceError):
    """What was named does not exist, or is not for this caller to see: the two answer alike."""

    code = "NOT_FOUND"


class NotAllowed(GraphServiceError):
    """The caller's role does not allow this."""

    code = "NOT_ALLOWED"


class Conflict(GraphServiceError):
    """The newest revision is not the one the caller counted on."""

    code = "CONFLICT"


class AlreadyRecorded(GraphServiceError):
    """What must be new is there already; ``details['key']`` names it."""

    code = "CONFLICT"


class KeyReused(GraphServiceError):
    """An idempotency key came again with another batch."""

    code = "KEY_REUSED"


class UnsolvableLoop(GraphServiceError):
    """A loop takes one unit or more of itself per unit made; ``details['items']`` names its items in order."""

    code = "UNSOLVABLE"


class StoreUnavailable(GraphServiceError):
    """The store cannot be reached, or cannot say whether it wrote. The same call may be repeated."""

    code = "STORE_UNAVAILABLE"


class PartnerUnavailable(GraphServiceError):
    """A partner's service cannot be reached or asks for patience; the same call may be repeated."""

    code = "PARTNER_UNAVAILABLE"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class PartnerRefused(GraphServiceError):
    """A partner's service answers that it will not: repeating the call changes nothing."""

    code = "PARTNER_REFUSED"
