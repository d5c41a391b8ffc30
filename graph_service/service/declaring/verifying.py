"""Verifiers: declarations are assigned to them by the chain leader, and they say whether these are verified."""

import hashlib
import json
from dataclasses import dataclass

from graph_service.errors import Finding
from graph_service.model.access import AccessKey
from graph_service.model.batch import Beside, ChangeBatch, ChangesApplied, ChangesRefused, Principal
from graph_service.model.facts import Facts
from graph_service.model.side_records import Collection, SideRecord
from graph_service.model.vocabulary import DeclarationState, Door, Kind, Role
from graph_service.ports import Clock, GraphStore
from graph_service.service.declaring.reviewing import Reviewed
from graph_service.service.declaring.states import Row, recorded_rows, to_table
from graph_service.service.intake.applying import Call, Proposal, apply_proposal
from graph_service.service.side_record_pages import every_record
from graph_service.service.snapshots import Snapshots

MOST_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verifier says of a declaration. ``statement``: who verified it, by which standard; None for nothing."""

    declaration_uid: str
    is_verified: bool
    statement: str | None = None


async def assigned_uids(store: GraphStore, *, key_id: str) -> frozenset[str]:
    """The uids of the declarations that are assigned to the verifier with this key."""
    return frozenset(record.key for record in await every_record(store, Collection.ASSIGNMENT, owner=key_id))


async def assign_verifier(
    declaration_uid: str,
    key_id: str | None,
    *,
    call: Call,
    principal: Principal,
    door: Door,
    store: GraphStore,
    snapshots: Snapshots,
    clock: Clock,
) -> Reviewed | ChangesRefused:
    """Let the verifier with the access key ``key_id`` alone see and verify a declaration; None: nobody any more.

    Refused to all but the chain leader, and where the declaration or the verifier's key is not known.
    """
    fault = None
    if principal.role is not Role.CHAIN_LEADER:
        message = f"the role {principal.role} may not assign verifiers; the chain leader does"
        fault = Finding("NOT_ALLOWED", "ERROR", "", message)
    elif key_id is not None:
        fault = _fault_of_key(await store.key_by_id(key_id), key_id)

    def propose(facts: Facts) -> Proposal:
        row, unknown = _find(declaration_uid, facts, may_see=fault is None)
        if row is None or fault is not None:
            return _refusal(fault or unknown)
        if key_id is None:
            beside = Beside(removed=((Collection.ASSIGNMENT, declaration_uid),))
        else:
            beside = Beside((SideRecord(Collection.ASSIGNMENT, declaration_uid, "{}", key_id),))
        told = {"declaration": declaration_uid, "state": row["state"]}
        whom = "nobody" if key_id is None else f"verifier {key_id}"
        summary = f"declaration {declaration_uid} assigned to {whom}"
        return Proposal(ChangeBatch({}), beside, told=told, summary=summary)

    outcome = await apply_proposal(
        lambda facts, _revision: propose(facts),
        call=call,
        body_hash=_hash_of("assign", declaration_uid, key_id),
        principal=principal,
        door=door,
        store=store,
        snapshots=snapshots,
        clock=clock,
    )
    return _answer(outcome, declaration_uid)


async def verify_declaration(
    verification: Verification,
    *,
    call: Call,
    principal: Principal,
    door: Door,
    store: GraphStore,
    snapshots: Snapshots,
    clock: Clock,
) -> Reviewed | ChangesRefused:
    """Record what a verifier says of a declaration: the chain leader of any, a verifier of those assigned to it.

    Refused: a declaration that is unknown or not assigned, a deprecated one, and a verification without a statement.
    """
    uid = verification.declaration_uid
    may_see = principal.role is Role.CHAIN_LEADER
    if principal.role is Role.VERIFIER:
        assigned = (await store.side_records(Collection.ASSIGNMENT, [uid])).get(uid)
        may_see = assigned is not None and assigned.owner == principal.client
    outcome = await apply_proposal(
        lambda facts, _revision: propose_verification(verification, facts, principal=principal, may_see=may_see),
        call=call,
        body_hash=_hash_of("verify", uid, str(verification.is_verified), verification.statement),
        principal=principal,
        door=door,
        store=store,
        snapshots=snapshots,
        clock=clock,
    )
    return _answer(outcome, uid)


def propose_verification(verification: Verification, facts: Facts, *, principal: Principal, may_see: bool) -> Proposal:
    """The batch that records a verification, or the fault that refuses it."""
    if principal.role not in (Role.CHAIN_LEADER, Role.VERIFIER):
        message = f"the role {principal.role} may not verify declarations; a verifier does"
        return _refusal(Finding("NOT_ALLOWED", "ERROR", "", message))
    row, fault = _find(verification.declaration_uid, facts, may_see=may_see)
    if row is None:
        return _refusal(fault)
    fault = _fault_of(verification, row)
    if fault is not None:
        return _refusal(fault)
    statement = (verification.statement or "").strip() or None
    changed = {**row, "is_verified": verification.is_verified, "verification": statement}
    what = "verified" if verification.is_verified else "not verified"
    return Proposal(
        ChangeBatch({Kind.DECLARATION: to_table([changed])}),
        told={"declaration": verification.declaration_uid, "state": row["state"]},
        summary=f"declaration {verification.declaration_uid}: {what}",
    )


def _find(uid: str, facts: Facts, *, may_see: bool) -> tuple[Row | None, Finding | None]:
    """The declaration to speak of; what we published ourselves, what is hidden and what is not there answer alike."""
    rows = recorded_rows(facts, [uid])
    if rows and may_see and not rows[0]["is_published"]:
        return rows[0], None
    message = f"declaration {uid!r} is not known here; give the uid of one that `declarations` shows"
    return None, Finding("UNKNOWN_REFERENCE", "ERROR", "declaration", message)


def _fault_of(verification: Verification, row: Row) -> Finding | None:
    statement = (verification.statement or "").strip()
    if row["state"] == DeclarationState.DEPRECATED.value:
        message = f"declaration {verification.declaration_uid!r} is DEPRECATED, which is final"
        return Finding("DECLARATION_FINAL", "ERROR", "declaration", message)
    if verification.is_verified and not statement:
        message = "say who verified it and by which standard, as 'TUEV Nord, ISO 14067'"
        return Finding("REQUIRED", "ERROR", "verification", message)
    if len(statement) > MOST_CHARACTERS:
        message = f"verification has {len(statement)} characters; it may have {MOST_CHARACTERS}"
        return Finding("INVALID", "ERROR", "verification", message)
    return None


def _fault_of_key(key: AccessKey | None, key_id: str) -> Finding | None:
    if key is not None and key.role is Role.VERIFIER and key.revoked_at is None:
        return None
    message = f"{key_id!r} is no access key of a verifier; `graph-service keys list` shows those"
    return Finding("UNKNOWN_REFERENCE", "ERROR", "verifier", message)


def _refusal(fault: Finding | None) -> Proposal:
    return Proposal(ChangeBatch({}), findings=() if fault is None else (fault,))


def _hash_of(*parts: str | None) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _answer(outcome: ChangesApplied | ChangesRefused, uid: str) -> Reviewed | ChangesRefused:
    if isinstance(outcome, ChangesRefused):
        return outcome
    told = outcome.told
    state = DeclarationState(str(told["state"]))
    return Reviewed(outcome.revision, str(told.get("declaration", uid)), state, outcome.findings, outcome.is_replayed)
