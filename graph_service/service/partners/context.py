"""What the exchange with partners works with, and how it is recorded."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from graph_service.errors import Conflict, GraphServiceError, InvalidInput, KeyReused, NotAllowed
from graph_service.model.batch import Beside, ChangeBatch, ChangesApplied, ChangesRefused, Principal
from graph_service.model.facts import Facts
from graph_service.model.side_records import Collection, SideRecord
from graph_service.model.vocabulary import Door, Role
from graph_service.ports import Clock, GraphStore, PactFormat
from graph_service.service.intake.applying import Call, Proposal, apply_proposal
from graph_service.service.snapshots import Snapshots

UNKEYED = Call(None)


@dataclass(frozen=True, slots=True)
class Exchange:
    """Ports and graphs. ``source``: how we call ourselves in events, as ``//carbon.example.com``."""

    store: GraphStore
    snapshots: Snapshots
    clock: Clock
    pact: PactFormat
    source: str


def check_leader(principal: Principal) -> None:
    """Raise ``NotAllowed`` unless the caller is the chain leader."""
    if principal.role is not Role.CHAIN_LEADER:
        raise NotAllowed(f"the role {principal.role} may not exchange with partners; the chain leader does")


async def record_beside(
    propose: Callable[[Facts], Beside],
    *,
    summary: str,
    principal: Principal,
    door: Door,
    store: GraphStore,
    snapshots: Snapshots,
    clock: Clock,
) -> ChangesApplied:
    """Record what lies beside the graph as a revision; ``propose`` is called with the newest facts and may refuse.

    Raises what ``propose`` raises, ``AlreadyRecorded`` where a record that must be new is there, and as ``applied``.
    """
    outcome = await apply_proposal(
        lambda facts, _revision: Proposal(ChangeBatch({}), propose(facts), summary=summary),
        call=UNKEYED,
        body_hash=None,
        principal=principal,
        door=door,
        store=store,
        snapshots=snapshots,
        clock=clock,
    )
    return applied(outcome)


def applied(outcome: ChangesApplied | ChangesRefused) -> ChangesApplied:
    """The outcome, if it was recorded; else raises the error that its refusal says."""
    if isinstance(outcome, ChangesApplied):
        return outcome
    raise error_of(outcome)


def error_of(refused: ChangesRefused) -> GraphServiceError:
    """The error that a refusal says."""
    message = "; ".join(finding.message for finding in refused.findings if finding.severity == "ERROR")
    plain = {"NOT_ALLOWED": NotAllowed, "CONFLICT": Conflict, "KEY_REUSED": KeyReused}
    if refused.code in plain:
        return plain[refused.code](message)
    return InvalidInput(message, findings=refused.findings)


def new_id() -> str:
    """A random UUID: of an event, of a request, of a footprint."""
    return str(uuid.uuid4())


def moment_text(moment: datetime) -> str:
    """RFC 3339 in UTC with Z, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def closing_record(request_id: str, how: str) -> SideRecord:
    """A record that only one answer to a request can write: a second one, whatever it is, is refused by the store."""
    return SideRecord(Collection.INBOX, f"answer/{request_id}", f'{{"answer": "{how}"}}', is_new=True)
