"""Push footprints: match them to items, check them, record them, and say what became of each."""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

import pyarrow as pa

from graph_service.errors import Finding
from graph_service.model.batch import NOTHING_BESIDE, Beside, ChangesRefused, Principal
from graph_service.model.facts import Facts, Revision, rows_of
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.side_records import Collection
from graph_service.model.vocabulary import Door, Kind, Role
from graph_service.ports import Clock, GraphStore
from graph_service.service.declaring.linting import LintContext
from graph_service.service.declaring.proposing import PushOutcome, Sender, Situation, propose_declarations
from graph_service.service.intake.applying import Call, Proposal, apply_proposal
from graph_service.service.snapshots import Snapshots

PUSHING = (Role.CHAIN_LEADER, Role.SUPPLIER)
"""Roles that may push footprints; a supplier only those of its own items."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What became of some pushes: one outcome for each, in their order. A dry run recorded nothing."""

    revision: Revision
    outcomes: tuple[PushOutcome, ...]
    findings: tuple[Finding, ...]
    is_replayed: bool = False
    is_dry_run: bool = False


async def declare(
    pushes: Sequence[PushedDeclaration],
    *,
    call: Call,
    principal: Principal,
    door: Door,
    store: GraphStore,
    snapshots: Snapshots,
    clock: Clock,
    beside: Beside = NOTHING_BESIDE,
    item: str | None = None,
    may_wait: bool = True,
) -> Declared | ChangesRefused:
    """Record footprints, all of them or none, together with what lies ``beside``.

    One that no item, or more than one, was found for waits in the queue, unless it may not: then all are refused.
    ``item`` says which item they are for, by uid or identifier, whatever they say themselves. The same content twice
    is one declaration. A dry run checks everything and records nothing. Findings have the paths of the pushes. Raises
    ``AlreadyRecorded`` where a record of ``beside`` that must be new is there already, ``StoreUnavailable`` where the
    store is not.
    """
    if principal.role not in PUSHING:
        message = f"the role {principal.role} may not push footprints; ask the chain leader for a supplier's key"
        finding = Finding("NOT_ALLOWED", "ERROR", "", message)
        return ChangesRefused("NOT_ALLOWED", await store.revision(), (finding,))
    now = clock.now()
    documents = await _recorded_documents(pushes, store=store, snapshots=snapshots)
    sender = Sender(principal.name, principal.supplier_uid if principal.role is Role.SUPPLIER else None)

    def propose(facts: Facts, revision: Revision) -> Proposal:
        context = LintContext.of(
            facts,
            graph=snapshots.graph_in_hand(revision.number),
            today=snapshots.today(),
            supplier_uid=sender.supplier_uid,
        )
        received_at = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        situation = Situation(facts, sender, context, documents, received_at, item, may_wait)
        return propose_declarations(pushes, situation, beside)

    outcome = await apply_proposal(
        propose,
        call=call,
        body_hash=await asyncio.to_thread(hash_pushes, pushes),
        principal=principal,
        door=door,
        store=store,
        snapshots=snapshots,
        clock=clock,
    )
    if isinstance(outcome, ChangesRefused):
        return outcome
    outcomes = _outcomes(outcome.told)
    return Declared(outcome.revision, outcomes, outcome.findings, outcome.is_replayed, outcome.is_dry_run)


def hash_pushes(pushes: Sequence[PushedDeclaration]) -> str:
    """SHA-256, hexadecimal, of what was pushed: whether two calls with one key are the same."""
    text = json.dumps([pushed.to_json() for pushed in pushes], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


async def _recorded_documents(
    pushes: Sequence[PushedDeclaration], *, store: GraphStore, snapshots: Snapshots
) -> Mapping[str, object]:
    """The documents recorded under the ids that are pushed, by declaration uid; no store call where all are new."""
    ids = [pushed.document_id for pushed in pushes if pushed.document_id is not None]
    if not ids:
        return {}
    _, facts = snapshots.in_hand or await snapshots.newest()
    known = rows_of(pa.array(ids, pa.string()), facts.tables[Kind.DECLARATION]["uid"]).is_valid().to_pylist()
    recorded = [uid for uid, is_known in zip(ids, known, strict=True) if is_known]
    if not recorded:
        return {}
    found = await store.side_records(Collection.DOCUMENT, recorded)
    return {uid: json.loads(record.body).get("document") for uid, record in found.items()}


def _outcomes(told: Mapping[str, object]) -> tuple[PushOutcome, ...]:
    outcomes = told.get("outcomes", ())
    return tuple(PushOutcome.told(values) for values in outcomes) if isinstance(outcomes, Sequence) else ()
