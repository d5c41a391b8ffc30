"""A prepared batch as steps of bounded size, each a few statements in somebody's transaction."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from graph_service.model.batch import PreparedBatch
from graph_service.model.vocabulary import Kind
from graph_service.store.fact_columns import check_columns
from graph_service.store.neo4j.columns import to_parameters
from graph_service.store.neo4j.connection import Transaction

OPEN_REVISION = 2**31 - 1
"""``recorded_to`` of what is still believed. A number, not a null: one unique index then finds the open row of a uid
and forbids a second one."""

WITHOUT_NODE = (Kind.EMISSION, Kind.SUPPLY)
"""Kinds whose facts are versioned themselves; the others hang theirs on a node of their own."""

_LINKS: Mapping[Kind, str] = {Kind.REGION: "parent_uid", Kind.ITEM: "supplier_uid", Kind.EMISSION: "factor_uid"}
_NAMED = (Kind.REGION, Kind.SUPPLIER, Kind.ITEM, Kind.FACTOR)

OpenRows = Mapping[Kind, int]
"""How many rows of each kind are open."""


@dataclass(frozen=True, slots=True)
class Step:
    """``add``: nodes for uids that have none. ``open``: close the open row of each uid, open these. ``end``: close."""

    action: Literal["add", "open", "end"]
    kind: Kind
    rows: pa.Table


def check_shape(batch: PreparedBatch) -> None:
    """Raises ``ValueError`` for a batch that breaks its own promises: a defect of the caller."""
    for kind, table in batch.upserts.items():
        check_columns(kind, table)
    for kind, uids in batch.ends.items():
        upserted = set(batch.upserts[kind]["uid"].to_pylist()) if kind in batch.upserts else set()
        both = next((uid for uid in uids if uid in upserted), None)
        if both is not None:
            raise ValueError(f"{kind} {both!r} cannot end: the batch also records it")


def steps_of(batch: PreparedBatch, *, chunk_rows: int) -> Iterator[Step]:
    """The whole batch in the order of ``Kind``; every node stands before a fact that may refer to it."""
    for kind in Kind:
        ended = pa.table({"uid": pa.array(list(batch.ends.get(kind, ())), pa.string())})
        yield from (Step("end", kind, chunk) for chunk in _chunks(ended, chunk_rows))
    for kind in Kind:
        table = batch.upserts.get(kind)
        if table is None:
            continue
        if kind not in WITHOUT_NODE:
            yield from (Step("add", kind, chunk) for chunk in _chunks(table, chunk_rows))
        yield from (Step("open", kind, chunk) for chunk in _chunks(table, chunk_rows))


def _chunks(table: pa.Table, chunk_rows: int) -> Iterator[pa.Table]:
    for start in range(0, table.num_rows, chunk_rows):
        yield table.slice(start, chunk_rows)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a step did: ``opened``: how many more rows of its kind are open.

    ``were_ended``, summed over all steps of a kind that has nodes: how many uids were recorded before and not open.
    """

    kind: Kind
    opened: int
    were_ended: int


def sums_of(taken: Sequence[Taken]) -> Mapping[Kind, Taken]:
    """What all steps of each kind did together."""
    opened, were_ended = Counter[Kind](), Counter[Kind]()
    for one in taken:
        opened[one.kind] += one.opened
        were_ended[one.kind] += one.were_ended
    return {kind: Taken(kind, opened[kind], were_ended[kind]) for kind in Kind}


async def take(transaction: Transaction, step: Step, *, revision: int, open_before: OpenRows) -> Taken:
    """Take a step.

    Raises
    ------
    ValueError
        A row names what was never recorded, or an end names a uid that is not open.
    """
    if step.action == "add":
        return Taken(step.kind, 0, await _add_nodes(transaction, step, revision))
    uids = step.rows["uid"].to_pylist()
    if step.action == "end":
        closed = await _close(transaction, step.kind, uids, revision)
        if closed != len(uids):
            raise ValueError(f"{step.kind} uids cannot end: one of {_some(uids)} is not open")
        return Taken(step.kind, -closed, 0)
    # Nothing was open before the batch, nothing to look for: the case of a first import.
    closed = await _close(transaction, step.kind, uids, revision) if open_before[step.kind] else 0
    await _open(transaction, step, revision)
    return Taken(step.kind, len(uids) - closed, -closed)


async def _add_nodes(transaction: Transaction, step: Step, revision: int) -> int:
    """How many of the step's uids had a node."""
    uids = step.rows["uid"].to_pylist()
    found = await transaction.one(f"find_{step.kind}_rows", uid=uids)
    known, last_row = set(found["known"]), found["last_row"]
    is_new = [uid not in known for uid in uids]
    new = step.rows.filter(pa.array(is_new, pa.bool_()))
    if new.num_rows:
        columns = ("uid", "name") if step.kind in _NAMED else ("uid",)
        await transaction.run(
            f"add_{step.kind}",
            count=new.num_rows,
            first_row=0 if last_row is None else last_row + 1,
            revision=revision,
            **{name: new[name].to_pylist() for name in columns},
        )
    return len(known)


async def _close(transaction: Transaction, kind: Kind, uids: Sequence[str], revision: int) -> int:
    record = await transaction.one(f"close_{kind}", uid=uids, revision=revision, open=OPEN_REVISION)
    return int(record["closed"])


async def _open(transaction: Transaction, step: Step, revision: int) -> None:
    record = await transaction.one(
        f"open_{step.kind}",
        count=step.rows.num_rows,
        revision=revision,
        open=OPEN_REVISION,
        **to_parameters(step.kind, step.rows),
    )
    if record["opened"] != step.rows.num_rows:
        missing = step.rows.num_rows - record["opened"]
        raise ValueError(f"{missing} {step.kind} rows name an item that was never recorded")
    if step.kind is Kind.DECLARATION:
        await _link_preceding(transaction, step.rows)
    link = _LINKS.get(step.kind)
    if link is not None:
        missing = len(step.rows) - step.rows[link].null_count - record["linked"]
        if missing:
            raise ValueError(f"{missing} {step.kind} rows name a {link} that was never recorded")


async def _link_preceding(transaction: Transaction, declarations: pa.Table) -> None:
    """For readers of the graph only; facts tell it by a column. What a declaration corrects never changes, so the
    edges need no revision, and they go with its node should the revision that brings it never be finished."""
    corrections = declarations.filter(declarations["preceding"].is_valid())
    if corrections.num_rows:
        columns = {name: corrections[name].to_pylist() for name in ("uid", "preceding")}
        await transaction.run("link_preceding", count=corrections.num_rows, **columns)


def _some(uids: Sequence[str]) -> str:
    return ", ".join(repr(uid) for uid in uids[:5]) + (" ..." if len(uids) > 5 else "")
