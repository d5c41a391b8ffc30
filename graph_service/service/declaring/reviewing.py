"""Review declarations: accept, query, reject, deprecate, each with its reason, and each reversible but the last."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from graph_service.errors import Finding
from graph_service.model.batch import Beside, ChangeBatch, ChangesApplied, ChangesRefused, Principal
from graph_service.model.facts import Facts, Revision
from graph_service.model.vocabulary import DeclarationState, Door, Kind, ReviewDecision, Role
from graph_service.ports import Clock, GraphStore
from graph_service.service.declaring.states import Row, recorded_rows, replaced_by, restored, to_table, with_state
from graph_service.service.intake.applying import Call, Proposal, apply_proposal
from graph_service.service.records import row_of
from graph_service.service.snapshots import Snapshots

STATE_AFTER: Mapping[ReviewDecision, DeclarationState] = {
    ReviewDecision.ACCEPT: DeclarationState.ACCEPTED,
    ReviewDecision.QUERY: DeclarationState.QUERIED,
    ReviewDecision.REJECT: DeclarationState.REJECTED,
    ReviewDecision.DEPRECATE: DeclarationState.DEPRECATED,
}
NEEDS_REASON = (ReviewDecision.QUERY, ReviewDecision.REJECT)
MOST_REASON_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class Review:
    """A decision about one declaration.

    ``counter_request``: what is asked of the sender instead.
    ``expected_state``: refuse where another review came first.
    """

    declaration_uid: str
    decision: ReviewDecision
    reason: str | None = None
    counter_request: str | None = None
    expected_state: DeclarationState | None = None

    @property
    def body_hash(self) -> str:
        """SHA-256, hexadecimal, of what was decided."""
        parts = (self.declaration_uid, self.decision, self.reason, self.counter_request, self.expected_state)
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A decision that was recorded, or had been by the same call before."""

    revision: Revision
    declaration_uid: str
    state: DeclarationState
    findings: tuple[Finding, ...]
    is_replayed: bool = False


async def review_declaration(
    review: Review,
    *,
    call: Call,
    principal: Principal,
    door: Door,
    store: GraphStore,
    snapshots: Snapshots,
    clock: Clock,
    beside: Beside | None = None,
) -> Reviewed | ChangesRefused:
    """Record a decision: the chain leader's on any declaration; a supplier may only withdraw (deprecate) its own.

    Accepting deprecates the predecessors; taking an acceptance back restores those that it had deprecated. Refused:
    an unknown or hidden declaration, another state than expected, a query or rejection without a reason, a change of
    what is deprecated.
    """
    outcome = await apply_proposal(
        lambda facts, _revision: propose_review(review, facts, principal=principal, beside=beside or Beside()),
        call=call,
        body_hash=review.body_hash,
        principal=principal,
        door=door,
        store=store,
        snapshots=snapshots,
        clock=clock,
    )
    if isinstance(outcome, ChangesRefused):
        return outcome
    return _reviewed(outcome, review)


def propose_review(review: Review, facts: Facts, *, principal: Principal, beside: Beside) -> Proposal:
    """The batch that records a decision, or the fault that refuses it."""
    row, fault = _find(review, facts, principal)
    if row is None or fault is not None:
        return Proposal(ChangeBatch({}), findings=(fault,) if fault is not None else ())
    before, after = DeclarationState(str(row["state"])), STATE_AFTER[review.decision]
    rows = [with_state(row, after, reason=review.reason, counter_request=review.counter_request)]
    if after is DeclarationState.ACCEPTED:
        rows += replaced_by(review.declaration_uid, recorded_rows(facts, str(row["preceding"] or "").split()))
    elif before is DeclarationState.ACCEPTED and after is not DeclarationState.DEPRECATED:
        rows += restored(facts, row)
    return Proposal(
        ChangeBatch({Kind.DECLARATION: to_table(rows)}),
        beside,
        told={"declaration": review.declaration_uid, "state": after.value},
        summary=f"declaration {review.declaration_uid}: {before.value} to {after.value}",
    )


def _find(review: Review, facts: Facts, principal: Principal) -> tuple[Row | None, Finding | None]:
    """The declaration to review, or why it cannot be."""
    if principal.role not in (Role.CHAIN_LEADER, Role.SUPPLIER):
        return None, Finding("NOT_ALLOWED", "ERROR", "", f"the role {principal.role} may not review declarations")
    rows = recorded_rows(facts, [review.declaration_uid])
    if not rows or not may_see(rows[0], facts, principal):
        message = (
            f"declaration {review.declaration_uid!r} is not known here; give the uid of one that `declarations` shows"
        )
        return None, Finding("UNKNOWN_REFERENCE", "ERROR", "declaration", message)
    row, state = rows[0], DeclarationState(str(rows[0]["state"]))
    if principal.role is Role.SUPPLIER and review.decision is not ReviewDecision.DEPRECATE:
        message = "the chain leader decides; a supplier may only deprecate its own declaration: DEPRECATE withdraws it"
        return row, Finding("NOT_ALLOWED", "ERROR", "decision", message)
    if review.expected_state not in (None, state):
        message = (
            f"declaration {review.declaration_uid!r} is {state}, not {review.expected_state}; read it and decide again"
        )
        return row, Finding("CONFLICT", "ERROR", "expectedState", message)
    if row["is_published"] and review.decision is not ReviewDecision.DEPRECATE:
        message = "a footprint that we published is not reviewed; it can only be deprecated"
        return row, Finding("NOT_ALLOWED", "ERROR", "decision", message)
    if state is DeclarationState.DEPRECATED and review.decision is not ReviewDecision.DEPRECATE:
        message = f"declaration {review.declaration_uid!r} is DEPRECATED, which is final; its sender may push a new one"
        return row, Finding("DECLARATION_FINAL", "ERROR", "decision", message)
    return row, _fault_of_reason(review)


def _fault_of_reason(review: Review) -> Finding | None:
    if review.decision in NEEDS_REASON and not (review.reason or "").strip():
        message = f"{review.decision} needs a reason: the sender is told it"
        return Finding("REASON_MISSING", "ERROR", "reason", message)
    for name, text in (("reason", review.reason), ("counterRequest", review.counter_request)):
        if text is not None and len(text) > MOST_REASON_CHARACTERS:
            message = f"{name} has {len(text)} characters; it may have {MOST_REASON_CHARACTERS}"
            return Finding("INVALID", "ERROR", name, message)
    return None


def may_see(row: Row, facts: Facts, principal: Principal) -> bool:
    """Whether a recorded declaration is the caller's to see: all of them, or a supplier's own."""
    if principal.role is Role.CHAIN_LEADER:
        return True
    item_row = row_of(facts, Kind.ITEM, str(row["item_uid"]))
    if item_row is None or row["is_published"]:
        return False
    return bool(facts.items["supplier_uid"][item_row].as_py() == principal.supplier_uid)


def _reviewed(outcome: ChangesApplied, review: Review) -> Reviewed:
    uid, state = outcome.told.get("declaration"), outcome.told.get("state")
    return Reviewed(
        outcome.revision,
        str(uid or review.declaration_uid),
        DeclarationState(str(state)),
        outcome.findings,
        outcome.is_replayed,
    )
