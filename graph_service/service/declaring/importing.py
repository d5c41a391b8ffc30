"""A data set with footprint documents: the chain leader's act, so that they count at once."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.batch import (
    Beside,
    ChangeBatch,
    ChangesApplied,
    ChangesRefused,
    Principal,
)
from graph_service.model.facts import Facts, Revision
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.side_records import Collection, SideRecord
from graph_service.model.uids import fill_declaration_uids
from graph_service.model.vocabulary import Door, Kind
from graph_service.ports import Clock, GraphStore
from graph_service.service.declaring.declaring import hash_pushes
from graph_service.service.declaring.linting import LintContext
from graph_service.service.declaring.proposing import Recalled, Sender, Situation, propose_declarations
from graph_service.service.intake.applying import Call, Proposal, apply_changes, apply_proposal
from graph_service.service.intake.body_hash import hash_body
from graph_service.service.intake.check import check_batch
from graph_service.service.snapshots import Snapshots


async def import_data_set(
    batch: ChangeBatch,
    documents: Sequence[PushedDeclaration],
    *,
    principal: Principal,
    door: Door,
    store: GraphStore,
    snapshots: Snapshots,
    clock: Clock,
) -> ChangesApplied | ChangesRefused:
    """Record a data set with its documents, all of it or none, as ``apply_changes`` does."""
    if not documents:
        return await apply_changes(batch, principal=principal, door=door, store=store, snapshots=snapshots, clock=clock)
    today, received_at = snapshots.today(), clock.now().astimezone(UTC).isoformat(timespec="seconds")

    def propose(facts: Facts, _revision: Revision) -> Proposal:
        return propose_import(batch, documents, facts, sender=principal.name, today=today, received_at=received_at)

    digest = hashlib.sha256(f"{await asyncio.to_thread(hash_body, batch)} {hash_pushes(documents)}".encode())
    return await apply_proposal(
        propose,
        call=Call(batch.idempotency_key, batch.is_dry_run, batch.expected_revision),
        body_hash=digest.hexdigest(),
        principal=principal,
        door=door,
        store=store,
        snapshots=snapshots,
        clock=clock,
    )


def propose_import(
    batch: ChangeBatch,
    documents: Sequence[PushedDeclaration],
    facts: Facts,
    *,
    sender: str,
    today: date,
    received_at: str,
) -> Proposal:
    """The data set's rows with one more for each document; a document that a row stands for lies beside it.

    Documents are matched to the items as the data set leaves them; one without an item is a fault.
    """
    if not documents:
        return Proposal(batch)
    checked = check_batch(batch, facts)
    if checked.has_errors:
        return Proposal(batch)
    rows = batch.tables.get(Kind.DECLARATION)
    named = set() if rows is None else {*rows["uid"].to_pylist(), *rows["document_id"].to_pylist()} - {None}
    pushes = [pushed for pushed in documents if pushed.document_id not in named]
    situation = Situation(
        checked.facts,
        Sender(sender, None),
        LintContext.of(checked.facts, graph=None, today=today),
        Recalled(),
        received_at,
        may_wait=False,
        counts_at_once=True,
    )
    proposal = propose_declarations(pushes, situation)
    more = proposal.batch.tables[Kind.DECLARATION]
    tables = {**batch.tables, Kind.DECLARATION: more if rows is None else _joined(rows, more)}
    beside = [_document(pushed) for pushed in documents if pushed.document_id in named]
    findings = [finding for pushed in documents if pushed.document_id in named for finding in pushed.findings]
    return Proposal(
        replace(batch, tables=tables),
        Beside((*proposal.beside.records, *beside)),
        findings=(*proposal.findings, *findings),
        row_paths={(0 if rows is None else rows.num_rows) + row: path for row, path in proposal.row_paths.items()},
    )


def _joined(rows: pa.Table, more: pa.Table) -> pa.Table:
    """The data set's rows and those of its documents; a row that a document replaces stands as it is then."""
    uids, both = fill_declaration_uids(rows), pa.concat_tables([rows, more])
    instead = pc.index_in(uids, more["uid"])
    own = np.arange(rows.num_rows)
    chosen = np.where(instead.is_valid(), rows.num_rows + pc.fill_null(instead, 0).to_numpy(), own)
    rest = np.setdiff1d(np.arange(rows.num_rows, both.num_rows), chosen)
    return both.take(pa.array(np.concatenate([chosen, rest])))


def _document(pushed: PushedDeclaration) -> SideRecord:
    body = {"document": pushed.document, "findings": [asdict(finding) for finding in pushed.findings]}
    return SideRecord(Collection.DOCUMENT, str(pushed.document_id), json.dumps(body, ensure_ascii=False))
