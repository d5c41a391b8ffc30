"""Record a batch: check it against the newest facts, write what differs, and try again when the graph has moved."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import pyarrow as pa

from graph_service.errors import Conflict, Finding, KeyReused
from graph_service.model.batch import (
    NOTHING_BESIDE,
    Beside,
    ChangeBatch,
    ChangesApplied,
    ChangesRefused,
    Idempotency,
    PreparedBatch,
    Principal,
    Receipt,
)
from graph_service.model.facts import Facts, Revision
from graph_service.model.vocabulary import Door, Kind, Role
from graph_service.ports import Clock, GraphStore
from graph_service.service.following import changed_uids
from graph_service.service.intake.body_hash import hash_body
from graph_service.service.intake.check import Checked, check_batch
from graph_service.service.intake.normalising import created_uids, normalise
from graph_service.service.intake.ownership import check_own_batch
from graph_service.service.snapshots import MOST_STEP_ROWS, Snapshots

MAX_TRIES = 6
"""How often a batch is checked because another process recorded one meanwhile; first against the facts in hand."""

FIRST_WAIT_S = 0.05
"""Before the third try; each further one waits twice as long, so that a busy writer gets done."""

MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to record, made of the newest facts: a batch, what lies beside it, and what else to tell (JSON values).

    ``findings`` are told with those of the batch; an ERROR among them refuses the whole. ``row_paths``: by row of the
    batch's declarations the place in what was sent, for those that came as footprints. ``owner_uid``: the supplier
    whose all of the batch must be, and who will read the findings.
    """

    batch: ChangeBatch
    beside: Beside = NOTHING_BESIDE
    told: Mapping[str, object] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    summary: str | None = None
    row_paths: Mapping[int, str] = field(default_factory=dict)
    owner_uid: str | None = None

    def located(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Findings about the batch, those about its declarations with the places in what was sent."""
        return tuple(self._at_footprint(finding) for finding in findings)

    def _at_footprint(self, finding: Finding) -> Finding:
        found = _DECLARATION_PATH.match(finding.path)
        if found is None or int(found[1]) not in self.row_paths:
            return finding
        path = f"{self.row_paths[int(found[1])]}{finding.path[found.end() :]}"
        return replace(finding, path=path.removeprefix("."))


_DECLARATION_PATH = re.compile(r"^declarations\[(\d+)\]")

Propose = Callable[[Facts, Revision], Proposal]
"""Makes the proposal out of the newest revision's facts; called again where another batch was recorded meanwhile."""


async def apply_changes(
    batch: ChangeBatch,
    *,
    principal: Principal,
    door: Door,
    store: GraphStore,
    snapshots: Snapshots,
    clock: Clock,
) -> ChangesApplied | ChangesRefused:
    """Record ``batch``, all of it or nothing, and answer what came of it.

    The chain leader may record everything, a supplier what is its own, nobody else anything.
    A key that the caller used before gives the first answer again, also where the batch would be refused by now.
    A dry run checks everything, neither keeps nor looks up keys, and answers the newest revision. Raises
    ``StoreUnavailable`` where the store does not answer; the same call may be repeated.
    """
    fault = _fault_of_role(principal)
    if fault is not None:
        return ChangesRefused(fault.code, await store.revision(), (fault,))
    call = Call(batch.idempotency_key, batch.is_dry_run, batch.expected_revision)
    body_hash = await asyncio.to_thread(hash_body, batch) if call.keeps_key else None
    owner_uid = principal.supplier_uid if principal.role is Role.SUPPLIER else None
    outcome = await apply_proposal(
        lambda _facts, _revision: Proposal(batch, owner_uid=owner_uid),
        call=call,
        body_hash=body_hash,
        principal=principal,
        door=door,
        store=store,
        snapshots=snapshots,
        clock=clock,
    )
    if isinstance(outcome, ChangesApplied) and outcome.is_replayed:
        return replace(outcome, created_uids=created_uids(await asyncio.to_thread(normalise, batch)))
    return outcome


@dataclass(frozen=True, slots=True)
class Call:
    """How a proposal is to be recorded."""

    idempotency_key: str | None
    is_dry_run: bool = False
    expected_revision: int | None = None

    @property
    def keeps_key(self) -> bool:
        """Whether a key is looked up and kept."""
        return self.idempotency_key is not None and not self.is_dry_run


async def apply_proposal(
    propose: Propose,
    *,
    call: Call,
    body_hash: str | None,
    principal: Principal,
    door: Door,
    store: GraphStore,
    snapshots: Snapshots,
    clock: Clock,
) -> ChangesApplied | ChangesRefused:
    """As ``apply_changes``, for what follows from the newest facts. Whether the caller may is the proposal's to say.

    ``body_hash`` tells what the caller gave apart; needed with a key. Raises ``AlreadyRecorded`` where a side record
    that must be new is there.
    """
    task = _Application(
        propose,
        call=call,
        body_hash=body_hash,
        principal=principal,
        door=door,
        store=store,
        snapshots=snapshots,
        clock=clock,
    )
    return await task.run()


def _fault_of_role(principal: Principal) -> Finding | None:
    if principal.role is Role.CHAIN_LEADER or (principal.role is Role.SUPPLIER and principal.supplier_uid):
        return None
    message = f"the role {principal.role} may not record changes; ask the chain leader for a key"
    return Finding("NOT_ALLOWED", "ERROR", "", message)


class _Application:
    """One proposal on its way in."""

    def __init__(
        self,
        propose: Propose,
        *,
        call: Call,
        body_hash: str | None,
        principal: Principal,
        door: Door,
        store: GraphStore,
        snapshots: Snapshots,
        clock: Clock,
    ) -> None:
        self._propose, self._call, self._body_hash = propose, call, body_hash
        self._principal, self._door = principal, door
        self._store, self._snapshots, self._clock = store, snapshots, clock
        self._conflict = "other batches were recorded meanwhile"

    async def run(self) -> ChangesApplied | ChangesRefused:
        """As ``apply_changes``."""
        fault = self._fault_of_call()
        if fault is not None:
            return await self._refuse(fault.code, (fault,))
        async with self._snapshots.writing:
            for attempt in range(MAX_TRIES):
                if attempt > 1:
                    await asyncio.sleep(FIRST_WAIT_S * 2 ** (attempt - 2))
                held = self._snapshots.in_hand if attempt == 0 else None
                answer = await self._try(*(held or await self._snapshots.newest()))
                if answer is not None:
                    return answer
        # The store's own words: another writer may be half-way through a large batch, or a dead one's lease still run.
        message = f"each of {MAX_TRIES} tries came to nothing ({self._conflict}); send this batch again later"
        finding = Finding("CONFLICT", "ERROR", "expectedRevision", message)
        return await self._replay() or await self._refuse("CONFLICT", (finding,))

    def _fault_of_call(self) -> Finding | None:
        """What refuses the call whatever it holds, and whatever came before it."""
        key = self._call.idempotency_key
        if key is not None and not 1 <= len(key) <= MAX_KEY_LENGTH:
            message = f"the key has {len(key)} characters; it must have 1 to {MAX_KEY_LENGTH}"
            return Finding("INVALID", "ERROR", "idempotencyKey", message)
        return None

    async def _try(self, revision: Revision, facts: Facts) -> ChangesApplied | ChangesRefused | None:
        """Check against facts in hand and write once; None where ``revision`` is not the newest any more.

        The store compares what it writes with the newest revision itself; whatever else is answered is said of the
        newest revision too.
        """
        expected = self._call.expected_revision
        if expected is not None and expected != revision.number:
            message = f"the newest revision is {revision.number}, not {expected}; read it and send the batch again"
            finding = Finding("CONFLICT", "ERROR", "expectedRevision", message)
            return await self._replay() or await self._refuse_at(revision, "CONFLICT", (finding,))
        proposal, checked = await asyncio.to_thread(self._check, facts, revision)
        findings = proposal.findings + proposal.located(checked.findings)
        if any(finding.severity == "ERROR" for finding in findings):
            code = _refusal_code(findings)
            return await self._replay() or await self._refuse_at(revision, code, findings)
        applied = ChangesApplied(revision, checked.created_uids, findings, told=proposal.told)
        if self._call.is_dry_run:
            is_newest = await self._store.revision() == revision
            return replace(applied, is_dry_run=True) if is_newest else None
        try:
            receipt = await self._store.apply(self._prepare(proposal, checked, applied))
        except Conflict as error:
            self._conflict = error.message
            return None
        except KeyReused as error:
            return await self._refuse("KEY_REUSED", (_key_reused(error.message),))
        return self._applied(receipt, checked, applied)

    def _check(self, facts: Facts, revision: Revision) -> tuple[Proposal, Checked]:
        proposal = self._propose(facts, revision)
        batch, owner_uid, number = proposal.batch, proposal.owner_uid, revision.number + 1
        if owner_uid is None:
            return proposal, check_batch(batch, facts, revision=number)
        return proposal, check_own_batch(batch, facts, supplier_uid=owner_uid, revision=number)

    def _prepare(self, proposal: Proposal, checked: Checked, applied: ChangesApplied) -> PreparedBatch:
        idempotency = None
        if self._call.idempotency_key is not None and self._body_hash is not None:
            answer = _answer_of(applied)
            idempotency = Idempotency(self._principal.client, self._call.idempotency_key, self._body_hash, answer)
        return PreparedBatch(
            base_revision=applied.revision.number,
            upserts=checked.upserts,
            ends=checked.ends,
            recorded_at=self._clock.now(),
            by=self._principal.name,
            door=self._door,
            summary=proposal.summary or summarise(checked),
            idempotency=idempotency,
            beside=proposal.beside,
        )

    def _applied(self, receipt: Receipt, checked: Checked, applied: ChangesApplied) -> ChangesApplied:
        base = applied.revision
        if receipt.is_replayed:
            return _recorded_answer(receipt.answer, receipt.revision)
        if receipt.revision.number == base.number + 1 and not receipt.has_returned:
            changed = changed_uids(checked.upserts, checked.ends) if checked.row_count <= MOST_STEP_ROWS else None
            self._snapshots.adopt(receipt.revision, checked.facts, changed=changed)
        return replace(applied, revision=receipt.revision)

    async def _replay(self) -> ChangesApplied | ChangesRefused | None:
        """The first answer of a key used before, or its refusal with another batch; None for a new key."""
        key = self._call.idempotency_key
        recalled = None
        if key is not None and self._body_hash is not None:
            recalled = await self._store.recall(self._principal.client, key)
        if recalled is None:
            return None
        use, revision = recalled
        if use.body_hash != self._body_hash:
            return ChangesRefused("KEY_REUSED", revision, (_key_reused(f"the key {key!r} came with another batch"),))
        return _recorded_answer(use.answer, revision)

    async def _refuse_at(self, revision: Revision, code: str, findings: tuple[Finding, ...]) -> ChangesRefused | None:
        """A refusal that holds for ``revision``; None where that is not the newest any more."""
        refused = await self._refuse(code, findings)
        return refused if refused.revision == revision else None

    async def _refuse(self, code: str, findings: tuple[Finding, ...]) -> ChangesRefused:
        return ChangesRefused(code, await self._store.revision(), findings)


def summarise(checked: Checked) -> str:
    """What a batch did, for the revision log: ``12 items, 30 supplies; ended 2 items``."""
    recorded = _counts({kind: table.num_rows for kind, table in checked.upserts.items()})
    ended = _counts({kind: len(uids) for kind, uids in checked.ends.items()})
    return "; ".join(part for part in (recorded, f"ended {ended}" if ended else "") if part) or "nothing new"


def _counts(count_of: Mapping[Kind, int]) -> str:
    return ", ".join(
        f"{count_of[kind]} {kind.plural if count_of[kind] != 1 else kind.value}" for kind in Kind if count_of.get(kind)
    )


def _refusal_code(findings: tuple[Finding, ...]) -> str:
    codes = {finding.code for finding in findings if finding.severity == "ERROR"}
    return codes.pop() if len(codes) == 1 and codes <= _REFUSAL_CODES else "INVALID"


_REFUSAL_CODES = {"UNSOLVABLE", "NOT_ALLOWED", "CONFLICT"}
"""Codes of faults that a whole refusal has where they are all that is wrong."""


def _key_reused(message: str) -> Finding:
    return Finding("KEY_REUSED", "ERROR", "idempotencyKey", f"{message}; use a new key for a new batch")


def _answer_of(applied: ChangesApplied) -> str:
    """What is kept with the key, to answer the same call alike."""
    findings = [asdict(finding) for finding in applied.findings]
    return json.dumps({"findings": findings, "told": applied.told}, ensure_ascii=False)


def _recorded_answer(answer: str | None, revision: Revision) -> ChangesApplied:
    kept = json.loads(answer) if answer else {}
    findings = tuple(Finding(**finding) for finding in kept.get("findings", ()))
    return ChangesApplied(revision, _NO_UIDS, findings, is_replayed=True, told=kept.get("told", {}))


_NO_UIDS = pa.chunked_array([], pa.string())
