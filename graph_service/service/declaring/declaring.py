"""Push footprints: match them to items, check them, record them, and say what became of each."""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

import pyarrow as pa
import pyarrow.compute as pc

from graph_service.errors import Finding
from graph_service.model.batch import NOTHING_BESIDE, Beside, ChangesRefused, Principal
from graph_service.model.facts import Facts, Revision, rows_of
from graph_service.model.partners import FootprintRequest
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.side_records import Collection
from graph_service.model.vocabulary import AcceptanceRule, Door, Kind, Role
from graph_service.ports import Clock, GraphStore
from graph_service.service.declaring.linting import LintContext
from graph_service.service.declaring.matching import ItemIndex, match
from graph_service.service.declaring.proposing import (
    PushOutcome,
    Recalled,
    Sender,
    Situation,
    propose_declarations,
    waiting_uid,
)
from graph_service.service.declaring.requests import open_requests
from graph_service.service.intake.applying import Call, Proposal, apply_proposal
from graph_service.service.snapshots import Snapshots
from graph_service.service.views import ViewRequest

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
    await _solve_what_is_judged_by(snapshots, is_dry_run=call.is_dry_run)
    sender = Sender(principal.name, principal.supplier_uid if principal.role is Role.SUPPLIER else None)
    beside_the_graph = await _read_beside(pushes, sender, door=door, store=store, snapshots=snapshots)
    received_at = clock.now().astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def propose(facts: Facts, revision: Revision) -> Proposal:
        context = LintContext.of(
            facts,
            graph=snapshots.graph_in_hand(revision.number),
            today=snapshots.today(),
            supplier_uid=sender.supplier_uid,
        )
        situation = Situation(facts, sender, context, beside_the_graph, received_at, item=item, may_wait=may_wait)
        return propose_declarations(pushes, situation, beside)

    outcome = await apply_proposal(
        propose,
        call=call,
        body_hash=await asyncio.to_thread(hash_pushes, pushes, item=item),
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


async def _solve_what_is_judged_by(snapshots: Snapshots, *, is_dry_run: bool) -> None:
    """Have today's totals of the newest facts in hand where it hangs on them whether a push is accepted at once.

    A dry run is told what they say too. Other pushes are judged by what is in hand: they wait for a review anyway.
    """
    revision, facts = snapshots.in_hand or await snapshots.newest()
    if not (is_dry_run or _may_accept_by_totals(facts)):
        return
    viewed = await snapshots.view_at(revision, ViewRequest())
    for is_traced in {False, True} - viewed.day.roll_ups().keys():
        await asyncio.to_thread(viewed.day.roll_up, is_traced=is_traced)


def _may_accept_by_totals(facts: Facts) -> bool:
    """Whether any supplier's rule accepts by what a footprint is compared with."""
    suppliers = facts.tables[Kind.SUPPLIER]
    clean = list(AcceptanceRule).index(AcceptanceRule.CLEAN)
    is_clean = pc.any(pc.equal(suppliers["acceptance"], clean), min_count=0).as_py()
    return bool(is_clean) or suppliers["acceptance_tolerance"].null_count < suppliers.num_rows


def hash_pushes(pushes: Sequence[PushedDeclaration], *, item: str | None = None) -> str:
    """SHA-256, hexadecimal, of what was pushed, for which item: whether two calls with one key are the same."""
    text = json.dumps([item, *(pushed.to_json() for pushed in pushes)], sort_keys=True, ensure_ascii=False)
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


async def _read_beside(
    pushes: Sequence[PushedDeclaration], sender: Sender, *, door: Door, store: GraphStore, snapshots: Snapshots
) -> Recalled:
    """What lies beside the graph about these pushes; no store call for what is new and finds its item.

    What comes by PACT answers a request by the event that it comes in; of the leader's own pushes nothing was asked.
    """
    documents = await _recorded_documents(pushes, store=store, snapshots=snapshots)
    requests: Sequence[FootprintRequest] = ()
    if sender.supplier_uid is not None and door is not Door.PACT:
        requests = await open_requests(store, supplier_uid=sender.supplier_uid)
    _, facts = snapshots.in_hand or await snapshots.newest()
    unmatched = await asyncio.to_thread(_unmatched, pushes, facts, sender)
    if not unmatched:
        return Recalled(documents, requests)
    uids = [waiting_uid(pushed, sender.supplier_uid) for pushed in unmatched]
    queued = await store.side_records(Collection.WAITING, uids)
    given = await store.side_records(Collection.GIVEN_ITEM, uids)
    given_items = {uid: json.loads(record.body)["item"] for uid, record in given.items()}
    return Recalled(documents, requests, frozenset(queued), given_items)


def _unmatched(pushes: Sequence[PushedDeclaration], facts: Facts, sender: Sender) -> list[PushedDeclaration]:
    index = ItemIndex.of(facts)
    return [pushed for pushed in pushes if match(pushed, index, supplier_uid=sender.supplier_uid).item_row is None]


def _outcomes(told: Mapping[str, object]) -> tuple[PushOutcome, ...]:
    outcomes = told.get("outcomes", ())
    return tuple(PushOutcome.told(values) for values in outcomes) if isinstance(outcomes, Sequence) else ()
