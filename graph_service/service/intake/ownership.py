"""A supplier's own batch: what of it is the supplier's to record, and what may be said of the rest of the graph.

A batch is checked against what its sender may know first, so that a refusal is made of that alone; only a batch that
is sound there meets the whole graph. What that can still bring to light is three things, each told in one sentence
that is the same whatever lies behind it: that a uid is taken, that a supply closes a loop through items of others, and
that something not shown stands against the batch.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.order import find_components
from graph_service.engine.requirements import requirements_by_output
from graph_service.engine.snapshot import AFTER_GATE
from graph_service.errors import Finding
from graph_service.model.batch import ChangeBatch
from graph_service.model.facts import Facts, encode, rows_of
from graph_service.model.vocabulary import Kind
from graph_service.service.intake.check import Checked, check_batch
from graph_service.service.intake.faults import Faults, show
from graph_service.service.intake.identity import end_path, named_ends
from graph_service.service.intake.normalising import created_uids, normalise
from graph_service.service.intake.own_facts import Owned, facts_seen_by, owned_by
from graph_service.service.resolution import Flags, flags

OWNED_KINDS = (Kind.ITEM, Kind.SUPPLY, Kind.EMISSION)

_ITS_OWN = "a supplier records its own items, the supplies into them and their emissions"
_WEIGHING = ("input_row", "output_row", "amount", "share", "stage", "valid_from", "valid_to")
"""Columns of a supply that a loop depends on."""


def check_own_batch(batch: ChangeBatch, facts: Facts, *, supplier_uid: str, revision: int = 1) -> Checked:
    """As ``check_batch``, for a supplier's batch; findings hold nothing that the supplier may not know."""
    tables, ends = normalise(batch), named_ends(batch)
    owned = owned_by(facts, supplier_uid)
    faults = Faults(batch)
    _check_kinds(batch, tables, ends, faults)
    _check_suppliers(tables[Kind.ITEM], supplier_uid, faults)
    _check_targets(tables, facts, owned, faults)
    _check_uids(tables, facts, owned, faults)
    _check_ends(ends, facts, owned, faults)
    if len(faults.findings()) > len(batch.faults):
        return _refused(faults.findings(), facts, tables)
    seen = check_batch(batch, facts_seen_by(facts, supplier_uid, owned), revision=revision)
    if seen.has_errors:
        return _refused(seen.findings, facts, tables)
    loops = tuple(_loops_through_others(seen, tables, ends, facts, owned))
    if loops:
        return _refused(loops, facts, tables)
    whole = check_batch(batch, facts, revision=revision)
    if whole.has_errors:
        return _refused(tuple(masked(whole.findings)), facts, tables)
    return replace(whole, findings=seen.findings)


def masked(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Errors with their codes and places, and nothing of what was found there."""
    for finding in findings:
        if finding.severity == "ERROR":
            message = "what the chain leader or others recorded stands against this; ask the chain leader"
            yield replace(finding, message=message)


def _refused(findings: tuple[Finding, ...], facts: Facts, tables: Mapping[Kind, pa.Table]) -> Checked:
    return Checked(findings, {}, {}, facts, created_uids(tables), has_errors=True)


def _check_kinds(
    batch: ChangeBatch, tables: Mapping[Kind, pa.Table], ends: Mapping[Kind, Sequence[str]], faults: Faults
) -> None:
    if batch.replace:
        faults.add_at("", "NOT_ALLOWED", f"only the chain leader may replace all that is recorded; {_ITS_OWN}")
    for kind in Kind:
        if kind in OWNED_KINDS:
            continue
        message = f"{kind.plural} are not a supplier's to record or end; {_ITS_OWN}"
        if tables[kind].num_rows:
            faults.add_at(kind.plural, "NOT_ALLOWED", message)
        if ends[kind]:
            faults.add_at(end_path(kind, 0).removesuffix("[0]"), "NOT_ALLOWED", message)


def _check_suppliers(items: pa.Table, supplier_uid: str, faults: Faults) -> None:
    given = items["supplier_uid"]
    faults.add(
        Kind.ITEM,
        "supplier_uid",
        ~flags(pc.equal(given, supplier_uid)),
        "NOT_ALLOWED",
        lambda row: (
            f"supplier {'is not given' if given[row].as_py() is None else show(given[row].as_py()) + ' is not yours'}; "
            f"record your own items, with supplier {show(supplier_uid)}"
        ),
    )


def _check_targets(tables: Mapping[Kind, pa.Table], facts: Facts, owned: Owned, faults: Faults) -> None:
    """Report supplies into and emissions of what is no item of the supplier's, be it another's or nobody's."""
    own_uids = facts.items["uid"].filter(pa.array(owned.is_item))
    own_uids = pa.concat_arrays([own_uids.combine_chunks(), tables[Kind.ITEM]["uid"].combine_chunks()])
    for kind, column in ((Kind.SUPPLY, "output_uid"), (Kind.EMISSION, "item_uid")):
        given = tables[kind][column]
        _report_targets(kind, column, given, own_uids, faults)


def _report_targets(kind: Kind, column: str, given: pa.ChunkedArray, own_uids: pa.Array, faults: Faults) -> None:
    faults.add(
        kind,
        column,
        flags(given.is_valid()) & ~flags(pc.is_in(given, value_set=own_uids)),
        "UNKNOWN_REFERENCE",
        lambda row: f"item {show(given[row].as_py())} is not one of yours; {_ITS_OWN}",
    )


def _check_uids(tables: Mapping[Kind, pa.Table], facts: Facts, owned: Owned, faults: Faults) -> None:
    """Report uids that name facts of others. A uid names one fact of its kind, so that much cannot be kept back."""
    for kind in OWNED_KINDS:
        uids = tables[kind]["uid"]
        recorded = rows_of(uids, facts.tables[kind]["uid"])
        others = np.r_[~owned.flags_of(kind), False][pc.fill_null(recorded, -1).to_numpy(zero_copy_only=False)]
        _report_taken(kind, uids, others, faults)


def _report_taken(kind: Kind, uids: pa.ChunkedArray, at: Flags, faults: Faults) -> None:
    faults.add(
        kind,
        "uid",
        at,
        "UID_TAKEN",
        lambda row: f"uid {show(uids[row].as_py())} cannot be used for {kind.plural} of yours; give another",
    )


def _check_ends(ends: Mapping[Kind, Sequence[str]], facts: Facts, owned: Owned, faults: Faults) -> None:
    for kind in OWNED_KINDS:
        own_uids = facts.tables[kind]["uid"].filter(pa.array(owned.flags_of(kind)))
        known = flags(pc.is_in(pa.array(ends[kind], pa.string()), value_set=own_uids.combine_chunks()))
        for index in np.flatnonzero(~known).tolist():
            message = f"{kind} {show(ends[kind][index])} is not one of yours, so you cannot end it; it may have ended"
            faults.add_at(end_path(kind, index), "UNKNOWN_END", message)


def _loops_through_others(
    seen: Checked, tables: Mapping[Kind, pa.Table], ends: Mapping[Kind, Sequence[str]], facts: Facts, owned: Owned
) -> Iterator[Finding]:
    """Changes of supplies that lie on a loop with supplies that the supplier does not see, before the batch or after.

    Whether such a loop can be solved is not said: an answer that depends on it would tell the product of others'
    amounts, digit by digit.
    """
    upserts = seen.upserts.get(Kind.SUPPLY)
    if upserts is None and not seen.ends.get(Kind.SUPPLY):
        return
    seen_uids = seen.facts.items["uid"]
    new_uids = seen_uids.filter(rows_of(seen_uids, facts.items["uid"]).is_null())
    item_uids = pa.chunked_array([*facts.items["uid"].chunks, *new_uids.chunks], pa.string())
    recorded = facts.tables[Kind.SUPPLY]
    changed = recorded.slice(0, 0) if upserts is None else encode(Kind.SUPPLY, upserts, item_uids, revision=0)
    edges = pa.concat_tables([recorded, changed])
    is_own = np.r_[owned.is_item, np.ones(len(new_uids), np.bool_)]
    on_loop = set(np.flatnonzero(_is_on_hidden_loop(edges, is_own)).tolist())
    row_of = dict(zip(tables[Kind.SUPPLY]["uid"].to_pylist(), range(tables[Kind.SUPPLY].num_rows), strict=True))
    before = pc.fill_null(rows_of(changed["uid"], recorded["uid"]), -1).to_pylist()
    message = "this supply lies on a loop through items that are not yours; the chain leader records such supplies"
    for place, (uid, old) in enumerate(zip(changed["uid"].to_pylist(), before, strict=True)):
        is_same = old >= 0 and all(recorded[name][old].equals(changed[name][place]) for name in _WEIGHING)
        if not is_same and (recorded.num_rows + place in on_loop or old in on_loop):
            yield Finding("FOREIGN_LOOP", "ERROR", f"supplies[{row_of[uid]}].amount", message)
    ended = pc.fill_null(rows_of(pa.array(ends[Kind.SUPPLY], pa.string()), recorded["uid"]), -1).to_pylist()
    for index, old in enumerate(ended):
        if old in on_loop:
            yield Finding("FOREIGN_LOOP", "ERROR", end_path(Kind.SUPPLY, index), message)


def _is_on_hidden_loop(edges: pa.Table, is_own: Flags) -> Flags:
    """Which supplies lie in a strongly connected component that holds a supply between two items of others."""
    inputs, outputs = edges["input_row"].to_numpy(), edges["output_row"].to_numpy()
    coefficient = np.abs(edges["amount"].to_numpy() * edges["share"].to_numpy())
    is_gate = ~AFTER_GATE[edges["stage"].to_numpy()] & (coefficient != 0)
    by_output = requirements_by_output(
        len(is_own), input_row=inputs[is_gate], output_row=outputs[is_gate], coefficient=coefficient[is_gate]
    )
    label = find_components(by_output).label
    is_inside = is_gate & (label[inputs] == label[outputs])
    is_hidden = is_inside & ~is_own[inputs] & ~is_own[outputs]
    return np.asarray(is_inside & np.isin(label[inputs], label[inputs[is_hidden]]), np.bool_)
