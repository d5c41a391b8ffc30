"""What rows refer to must be there, what ends must leave nobody behind, and no region may hold itself."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.facts import Facts
from graph_service.model.tables import ITEM_REFERENCES
from graph_service.model.uids import split_names
from graph_service.model.vocabulary import Kind
from graph_service.service.intake.faults import Faults, show
from graph_service.service.intake.identity import end_path
from graph_service.service.intake.suggesting import MOST_KNOWN, Suggester
from graph_service.service.merging import Merge, Merged, Placement
from graph_service.service.resolution import Flags, flags

REFERENCES: Mapping[Kind, Mapping[str, Kind]] = {
    Kind.REGION: {"parent_uid": Kind.REGION},
    Kind.SUPPLIER: {"region_uid": Kind.REGION},
    Kind.ITEM: {"supplier_uid": Kind.SUPPLIER, "region_uid": Kind.REGION},
    Kind.FACTOR: {"region_uid": Kind.REGION},
    Kind.EMISSION: {"item_uid": Kind.ITEM, "factor_uid": Kind.FACTOR},
    Kind.SUPPLY: {"input_uid": Kind.ITEM, "output_uid": Kind.ITEM},
    Kind.DECLARATION: {"item_uid": Kind.ITEM},
}
"""Columns that name one other fact. ``preceding`` names several declarations and is treated by itself."""

_SHOWN_REFERRERS = 3


def check_references(merge: Merge, faults: Faults) -> None:
    """Report references of the batch to facts that will not be there."""
    for kind, references in REFERENCES.items():
        for column, target in references.items():
            given = merge.tables[kind][column]
            if given.null_count < len(given) and not faults.is_unreadable(target):
                _check_column(kind, column, target, merge, faults)
    _check_preceding(merge, faults)


def _check_column(kind: Kind, column: str, target: Kind, merge: Merge, faults: Faults) -> None:
    given = merge.tables[kind][column]
    known = merge.merged[target].table["uid"]
    if target is Kind.ITEM:
        found = merge.merged[kind].encoded[ITEM_REFERENCES[kind][column]].is_valid()
    else:
        found = pc.is_in(given, value_set=known.combine_chunks())
    unknown = flags(given.is_valid()) & ~flags(found)
    if unknown.any():
        cure = _Cure(target, known, merge.placements[target].ends)
        faults.add(kind, column, unknown, "UNKNOWN_REFERENCE", lambda row: cure.of(given[row].as_py()))


class _Cure:
    """Says why a name is unknown and what would be right."""

    def __init__(self, target: Kind, known: pa.ChunkedArray, ends: Sequence[str]) -> None:
        self._target, self._count, self._ends = target, len(known), set(ends)
        self._suggester = Suggester(known.to_pylist() if len(known) <= MOST_KNOWN else ())

    def of(self, name: str) -> str:
        if name in self._ends:
            cure = "keep it, or leave this row out"
            return f"{self._target} {show(name)} ends with this batch, so nothing can refer to it; {cure}"
        hint = self._suggester.hint(name) or f"record it in {self._target.plural} first"
        return f"{self._target} {show(name)} is not among the {self._count} known {self._target.plural}; {hint}"


def _check_preceding(merge: Merge, faults: Faults) -> None:
    table = merge.tables[Kind.DECLARATION]
    if table["preceding"].null_count == table.num_rows or faults.is_unreadable(Kind.DECLARATION):
        return
    uids, names = table["uid"].to_pylist(), [split_names(text) for text in table["preceding"].to_pylist()]
    known = merge.merged[Kind.DECLARATION].table["uid"]
    known_uids = set(known.to_pylist())
    unknown = [[name for name in row if name not in known_uids] for row in names]
    cure = _Cure(Kind.DECLARATION, known, merge.placements[Kind.DECLARATION].ends)
    faults.add(
        Kind.DECLARATION,
        "preceding",
        np.array([bool(row) for row in unknown], np.bool_),
        "UNKNOWN_REFERENCE",
        lambda row: cure.of(unknown[row][0]),
    )
    for cycle in find_cycles(dict(zip(uids, names, strict=True))):
        message = f"declarations precede each other in a circle: {' <- '.join(show(uid) for uid in cycle)}"
        faults.add_at(f"declarations[{uids.index(cycle[0])}].preceding", "PRECEDING_CYCLE", message)


def check_preceding_items(merged: pa.Table, declarations: pa.Table, faults: Faults) -> None:
    """Report a predecessor that declares another item: it would silently lose its force there."""
    if declarations["preceding"].null_count == declarations.num_rows:
        return
    item_of = dict(zip(merged["uid"].to_pylist(), merged["item_row"].to_pylist(), strict=True))
    rows = zip(declarations["uid"].to_pylist(), declarations["preceding"].to_pylist(), strict=True)
    strangers = [
        [name for name in split_names(text) if name in item_of and item_of[name] != item_of.get(uid)]
        for uid, text in rows
    ]
    faults.add(
        Kind.DECLARATION,
        "preceding",
        np.array([bool(row) for row in strangers], np.bool_) & ~faults.is_broken(Kind.DECLARATION, "item_uid", "uid"),
        "FOREIGN_PREDECESSOR",
        lambda row: (
            f"declaration {show(strangers[row][0])} is of another item; name only predecessors of the same item"
        ),
    )


def check_ended_are_free(
    placements: Mapping[Kind, Placement], facts: Facts, ends: Mapping[Kind, Sequence[str]], faults: Faults
) -> None:
    """Report each ended fact that something recorded, and not touched by the batch, still refers to.

    Rows of the batch itself are judged by ``check_references``.
    """
    for target in (Kind.REGION, Kind.SUPPLIER, Kind.ITEM, Kind.FACTOR, Kind.DECLARATION):
        ended = set(placements[target].ends) & set(ends[target])
        if not ended:
            continue
        referrers: dict[str, list[str]] = {}
        for kind in Kind:
            stays = ~placements[kind].is_ended
            stays[placements[kind].recorded_row[placements[kind].recorded_row >= 0]] = False
            for referrer, named in _references_to(target, kind, stays, facts, placements[target]):
                referrers.setdefault(named, []).append(referrer)
        for index, uid in enumerate(ends[target]):
            if uid in ended and uid in referrers:
                faults.add_at(end_path(target, index), "STILL_REFERRED", _still_referred(target, uid, referrers[uid]))


def _references_to(
    target: Kind, kind: Kind, stays: Flags, facts: Facts, placement: Placement
) -> Iterator[tuple[str, str]]:
    """Who among the recorded rows that stay names an ended fact, and which."""
    recorded, ended = facts.tables[kind], pa.array(placement.ends, pa.string())
    for column in [name for name, named_kind in REFERENCES.get(kind, {}).items() if named_kind is target]:
        row_column = ITEM_REFERENCES.get(kind, {}).get(column)
        if row_column is None:
            names = recorded[column]
            rows = np.flatnonzero(stays & flags(pc.is_in(names, value_set=ended, skip_nulls=True)))
        else:
            item_rows = recorded[row_column].to_numpy()
            rows = np.flatnonzero(stays & placement.is_ended[item_rows])
            names = facts.items["uid"].take(recorded[row_column])
        for row in rows.tolist():
            yield f"{kind} {show(recorded['uid'][row].as_py())}", names[row].as_py()
    if kind is Kind.DECLARATION and target is Kind.DECLARATION:
        ended_uids = set(placement.ends)
        for row in np.flatnonzero(stays & flags(recorded["preceding"].is_valid())).tolist():
            for name in split_names(recorded["preceding"][row].as_py()):
                if name in ended_uids:
                    yield f"{kind} {show(recorded['uid'][row].as_py())}", name


def _still_referred(target: Kind, uid: str, referrers: Sequence[str]) -> str:
    shown = ", ".join(referrers[:_SHOWN_REFERRERS])
    more = len(referrers) - _SHOWN_REFERRERS
    return (
        f"{target} {show(uid)} cannot end while {shown}{f' and {more} more' if more > 0 else ''} refer to it; "
        "end them in the same batch or let them refer to something else"
    )


def check_region_cycles(regions: Merged, faults: Faults) -> None:
    """Report regions that hold themselves, directly or through others."""
    if not regions.is_touched.any():
        return
    uids = regions.table["uid"].to_pylist()
    parents = regions.table["parent_uid"].to_pylist()
    row_of = dict(zip(uids, regions.batch_row.tolist(), strict=True))
    for cycle in find_cycles({uid: [parent] if parent else [] for uid, parent in zip(uids, parents, strict=True)}):
        row = max(row_of[uid] for uid in cycle)
        message = f"regions hold each other in a circle: {' -> '.join(show(uid) for uid in (*cycle, cycle[0]))}"
        faults.add_at(f"regions[{row}].parent_uid", "REGION_CYCLE", f"{message}; a region's parent is the larger one")


def find_cycles(named_by: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Circles among names, in the order in which each names the next; empty where there are none.

    Depth first with a stack of its own; where circles share names, at least one of them is found.
    """
    done: set[str] = set()
    cycles = []
    for start in named_by:
        path: list[str] = []
        at: dict[str, int] = {}
        pending = [(start, 0)]
        while pending:
            name, index = pending.pop()
            if index == 0:
                if name in at:
                    cycles.append(path[at[name] :])
                    continue
                if name in done or name not in named_by:
                    continue
                at[name] = len(path)
                path.append(name)
            if index < len(named_by[name]):
                pending.extend([(name, index + 1), (named_by[name][index], 0)])
            else:
                done.add(name)
                path.pop()
                del at[name]
    return cycles
