"""Pushes that wait for an item: listed with suggestions, given an item, or dropped."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from graph_service.errors import Finding, NotFound
from graph_service.model.batch import Beside, ChangeBatch, ChangesApplied, ChangesRefused, Principal
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.side_records import Collection, SideRecord
from graph_service.model.vocabulary import Door, Role
from graph_service.ports import Clock, GraphStore
from graph_service.service.declaring.declaring import Declared, declare
from graph_service.service.intake.applying import Call, Proposal, apply_proposal
from graph_service.service.snapshots import Snapshots


@dataclass(frozen=True, slots=True)
class WaitingPush:
    """A footprint that no item, or more than one, was found for. ``suggestions``: uids of items that may be meant."""

    uid: str
    pushed: PushedDeclaration
    reason: str
    suggestions: tuple[str, ...]
    sender: str
    received_at: str
    supplier_uid: str | None


async def list_waiting(
    store: GraphStore, *, principal: Principal, first: int, after: str = ""
) -> Sequence[WaitingPush]:
    """At most ``first`` waiting pushes by uid: all for the chain leader and auditors, a supplier's own for it."""
    if principal.role in (Role.CHAIN_LEADER, Role.AUDITOR):
        owner = None
    elif principal.role is Role.SUPPLIER and principal.supplier_uid:
        owner = principal.supplier_uid
    else:
        return []
    return [
        _read(record)
        for record in await store.list_side_records(Collection.WAITING, first=first, after=after, owner=owner)
    ]


async def find_waiting(store: GraphStore, uid: str, *, principal: Principal) -> WaitingPush:
    """One waiting push. Raises ``NotFound`` where it is not there, or not the caller's."""
    found = (await store.side_records(Collection.WAITING, [uid])).get(uid)
    is_own = found is not None and found.owner != "" and found.owner == principal.supplier_uid
    if found is None or not (principal.role is Role.CHAIN_LEADER or (principal.role is Role.SUPPLIER and is_own)):
        raise NotFound(f"no push {uid!r} waits; `waiting` lists those that do")
    return _read(found)


async def assign_waiting(
    uid: str,
    item: str,
    *,
    call: Call,
    principal: Principal,
    door: Door,
    store: GraphStore,
    snapshots: Snapshots,
    clock: Clock,
) -> Declared | ChangesRefused:
    """Record a waiting push for an item, by uid or identifier; it leaves the queue in the same transaction.

    The product and company ids of the document stay as they are, whatever item they would name; an item that is not
    found is refused, and the push goes on waiting. Raises ``NotFound`` as ``find_waiting``.
    """
    waiting = await find_waiting(store, uid, principal=principal)
    body = json.dumps({"item": item}, ensure_ascii=False)
    given = SideRecord(Collection.GIVEN_ITEM, uid, body, waiting.supplier_uid or "")
    return await declare(
        [waiting.pushed],
        call=call,
        principal=principal,
        door=door,
        store=store,
        snapshots=snapshots,
        clock=clock,
        beside=Beside((given,), removed=((Collection.WAITING, uid),)),
        item=item,
        may_wait=False,
    )


async def drop_waiting(
    uid: str,
    reason: str,
    *,
    call: Call,
    principal: Principal,
    door: Door,
    store: GraphStore,
    snapshots: Snapshots,
    clock: Clock,
) -> ChangesApplied | ChangesRefused:
    """Take a push out of the queue without recording it. Raises ``NotFound`` as ``find_waiting``."""
    await find_waiting(store, uid, principal=principal)
    summary = f"waiting push {uid} dropped: {reason}"
    proposal = Proposal(ChangeBatch({}), Beside(removed=((Collection.WAITING, uid),)), summary=summary)
    if not reason.strip():
        missing = Finding("REASON_MISSING", "ERROR", "reason", "say why the push is dropped: the log keeps it")
        proposal = Proposal(ChangeBatch({}), findings=(missing,))
    return await apply_proposal(
        lambda _facts, _revision: proposal,
        call=call,
        body_hash=hashlib.sha256(summary.encode()).hexdigest(),
        principal=principal,
        door=door,
        store=store,
        snapshots=snapshots,
        clock=clock,
    )


def _read(record: SideRecord) -> WaitingPush:
    body = json.loads(record.body)
    return WaitingPush(
        uid=record.key,
        pushed=PushedDeclaration.from_json(body["pushed"]),
        reason=body["reason"],
        suggestions=tuple(body["suggestions"]),
        sender=body["sender"],
        received_at=body["received_at"],
        supplier_uid=record.owner or None,
    )
