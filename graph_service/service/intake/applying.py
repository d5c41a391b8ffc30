"""Record a batch: check it against the newest facts, write what differs, and try again when the graph has moved."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict

from graph_service.errors import Conflict, Finding, KeyReused
from graph_service.model.batch import (
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
from graph_service.service.snapshots import MOST_STEP_ROWS, Snapshots

MAX_TRIES = 6
"""How often a batch is checked because another process recorded one meanwhile; first against the facts in hand."""

FIRST_WAIT_S = 0.05
"""Before the third try; each further one waits twice as long, so that a busy writer gets done."""

MAX_KEY_LENGTH = 255


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

    A key that the caller used before gives the first answer again, also where the batch would be refused by now.
    A dry run checks everything, neither keeps nor looks up keys, and answers the newest revision. Raises
    ``StoreUnavailable`` where the store does not answer; the same call may be repeated.
    """
    task = _Application(batch, principal=principal, door=door, store=store, snapshots=snapshots, clock=clock)
    return await task.run()


class _Application:
    """One batch on its way in."""

    def __init__(
        self,
        batch: ChangeBatch,
        *,
        principal: Principal,
        door: Door,
        store: GraphStore,
        snapshots: Snapshots,
        clock: Clock,
    ) -> None:
        self._batch, self._principal, self._door = batch, principal, door
        self._store, self._snapshots, self._clock = store, snapshots, clock
        self._body_hash: str | None = None
        self._conflict = "other batches were recorded meanwhile"

    async def run(self) -> ChangesApplied | ChangesRefused:
        """As ``apply_changes``."""
        fault = self._fault_of_call()
        if fault is not None:
            return await self._refuse(fault.code, (fault,))
        if self._keeps_key:
            self._body_hash = await asyncio.to_thread(hash_body, self._batch)
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

    @property
    def _keeps_key(self) -> bool:
        return self._batch.idempotency_key is not None and not self._batch.is_dry_run

    def _fault_of_call(self) -> Finding | None:
        """What refuses the batch whatever it holds, and whatever came before it."""
        if self._principal.role is not Role.CHAIN_LEADER:
            message = f"the role {self._principal.role} may not record changes; ask the chain leader for a key"
            return Finding("NOT_ALLOWED", "ERROR", "", message)
        key = self._batch.idempotency_key
        if key is not None and not 1 <= len(key) <= MAX_KEY_LENGTH:
            message = f"the key has {len(key)} characters; it must have 1 to {MAX_KEY_LENGTH}"
            return Finding("INVALID", "ERROR", "idempotencyKey", message)
        return None

    async def _try(self, revision: Revision, facts: Facts) -> ChangesApplied | ChangesRefused | None:
        """Check against facts in hand and write once; None where ``revision`` is not the newest any more.

        The store compares what it writes with the newest revision itself; whatever else is answered is said of the
        newest revision too.
        """
        expected = self._batch.expected_revision
        if expected is not None and expected != revision.number:
            message = f"the newest revision is {revision.number}, not {expected}; read it and send the batch again"
            finding = Finding("CONFLICT", "ERROR", "expectedRevision", message)
            return await self._replay() or await self._refuse_at(revision, "CONFLICT", (finding,))
        checked = await asyncio.to_thread(check_batch, self._batch, facts, revision=revision.number + 1)
        if checked.has_errors:
            code = _refusal_code(checked.findings)
            return await self._replay() or await self._refuse_at(revision, code, checked.findings)
        if self._batch.is_dry_run:
            is_newest = await self._store.revision() == revision
            uids = checked.created_uids
            return ChangesApplied(revision, uids, checked.findings, is_dry_run=True) if is_newest else None
        try:
            receipt = await self._store.apply(self._prepare(checked, revision))
        except Conflict as error:
            self._conflict = error.message
            return None
        except KeyReused as error:
            return await self._refuse("KEY_REUSED", (_key_reused(error.message),))
        return self._applied(receipt, checked, revision)

    def _prepare(self, checked: Checked, base: Revision) -> PreparedBatch:
        idempotency = None
        if self._batch.idempotency_key is not None and self._body_hash is not None:
            answer = json.dumps({"findings": [asdict(finding) for finding in checked.findings]}, ensure_ascii=False)
            idempotency = Idempotency(self._principal.client, self._batch.idempotency_key, self._body_hash, answer)
        return PreparedBatch(
            base_revision=base.number,
            upserts=checked.upserts,
            ends=checked.ends,
            recorded_at=self._clock.now(),
            by=self._principal.name,
            door=self._door,
            summary=summarise(checked),
            idempotency=idempotency,
        )

    def _applied(self, receipt: Receipt, checked: Checked, base: Revision) -> ChangesApplied:
        if receipt.is_replayed:
            findings = _recorded_findings(receipt.answer)
            return ChangesApplied(receipt.revision, checked.created_uids, findings, is_replayed=True)
        if receipt.revision.number == base.number + 1 and _is_exact(checked, base):
            changed = changed_uids(checked.upserts, checked.ends) if checked.row_count <= MOST_STEP_ROWS else None
            self._snapshots.adopt(receipt.revision, checked.facts, changed=changed)
        return ChangesApplied(receipt.revision, checked.created_uids, checked.findings)

    async def _replay(self) -> ChangesApplied | ChangesRefused | None:
        """The first answer of a key used before, or its refusal with another batch; None for a new key."""
        key = self._batch.idempotency_key
        recalled = None
        if key is not None and self._body_hash is not None:
            recalled = await self._store.recall(self._principal.client, key)
        if recalled is None:
            return None
        use, revision = recalled
        if use.body_hash != self._body_hash:
            return ChangesRefused("KEY_REUSED", revision, (_key_reused(f"the key {key!r} came with another batch"),))
        uids = created_uids(await asyncio.to_thread(normalise, self._batch))
        return ChangesApplied(revision, uids, _recorded_findings(use.answer), is_replayed=True)

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


def _is_exact(checked: Checked, base: Revision) -> bool:
    """Whether the merged facts are just what the store would export.

    A declaration recorded again after it ended keeps the revision of its first receipt, which only the store knows;
    on an empty store there is none.
    """
    return base.number == 0 or Kind.DECLARATION not in checked.upserts


def _refusal_code(findings: tuple[Finding, ...]) -> str:
    errors = [finding for finding in findings if finding.severity == "ERROR"]
    return "UNSOLVABLE" if all(finding.code == "UNSOLVABLE" for finding in errors) else "INVALID"


def _key_reused(message: str) -> Finding:
    return Finding("KEY_REUSED", "ERROR", "idempotencyKey", f"{message}; use a new key for a new batch")


def _recorded_findings(answer: str | None) -> tuple[Finding, ...]:
    return tuple(Finding(**finding) for finding in json.loads(answer)["findings"]) if answer else ()
