"""Which recorded fact a row is, what ends, and what may never change about a fact once recorded."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.batch import ChangeBatch
from graph_service.model.facts import Facts
from graph_service.model.tables import REVIEWED
from graph_service.model.uids import to_nfc
from graph_service.model.units import convert_factor
from graph_service.model.vocabulary import Kind
from graph_service.service.intake.faults import Faults, show
from graph_service.service.merging import Merged, Placement
from graph_service.service.resolution import Flags, flags


def end_path(kind: Kind, index: int) -> str:
    """Where the uid stands in the batch: ``endItems[3]``."""
    return f"end{kind.plural.capitalize()}[{index}]"


def named_ends(batch: ChangeBatch) -> Mapping[Kind, Sequence[str]]:
    """The uids that the batch ends by name, in NFC, as given."""
    return {
        kind: to_nfc(pa.chunked_array([pa.array(batch.ends.get(kind, ()), pa.string())])).to_pylist() for kind in Kind
    }


def check_uids(tables: Mapping[Kind, pa.Table], placements: Mapping[Kind, Placement], faults: Faults) -> None:
    """Report uids that come twice in the batch."""
    for kind, table in tables.items():
        repeated = ~placements[kind].is_counted & flags(table["uid"].is_valid())
        if repeated.any():
            _report_repeated(kind, table["uid"].to_pylist(), repeated, faults)


def _report_repeated(kind: Kind, uids: Sequence[str | None], repeated: Flags, faults: Faults) -> None:
    first: dict[str | None, int] = {}
    for row, uid in enumerate(uids):
        first.setdefault(uid, row)
    cure = f"leave one of them out, or give one another uid{_about_derived(kind)}"
    if kind is Kind.BENCHMARK:
        cure = "there can be one benchmark of one category, declared_unit and valid_from"
    faults.add(
        kind,
        "uid",
        repeated,
        "DUPLICATE_UID",
        lambda row: f"uid {show(uids[row])} came before, at {kind.plural}[{first[uids[row]]}]; {cure}",
    )


def _about_derived(kind: Kind) -> str:
    is_derived = kind in (Kind.SUPPLY, Kind.EMISSION, Kind.DECLARATION)
    return " (where none is given, one is derived from the row)" if is_derived else ""


def check_ends(
    ends: Mapping[Kind, Sequence[str]], tables: Mapping[Kind, pa.Table], facts: Facts, faults: Faults
) -> None:
    """Report ends of what is not recorded, and of what the same batch records."""
    for kind, uids in ends.items():
        if not uids:
            continue
        names = pa.array(uids, pa.string())
        is_recorded = flags(pc.is_in(names, value_set=facts.tables[kind]["uid"].combine_chunks()))
        is_in_batch = flags(pc.is_in(names, value_set=tables[kind]["uid"].combine_chunks()))
        for index in np.flatnonzero(is_in_batch | ~is_recorded).tolist():
            uid = uids[index]
            if is_in_batch[index]:
                message = f"{kind} {show(uid)} is ended and recorded by the same batch; do one of the two"
                faults.add_at(end_path(kind, index), "ENDED_AND_RECORDED", message)
            else:
                message = f"{kind} {show(uid)} is not recorded, so it cannot end; it may have ended before"
                faults.add_at(end_path(kind, index), "UNKNOWN_END", message)


def check_unchangeable(
    tables: Mapping[Kind, pa.Table], placements: Mapping[Kind, Placement], facts: Facts, faults: Faults
) -> None:
    """Report a known item whose declared unit would change: every amount recorded of it counts in that unit."""
    items, placement = tables[Kind.ITEM], placements[Kind.ITEM]
    known = np.flatnonzero(placement.recorded_row >= 0)
    if not len(known):
        return
    given = items["declared_unit"].take(pa.array(known))
    recorded = facts.items["declared_unit"].take(pa.array(placement.recorded_row[known]))
    changed = np.zeros(items.num_rows, np.bool_)
    before: dict[int, str] = {}
    for index in np.flatnonzero(flags(pc.not_equal(given, recorded))).tolist():
        row, now, old = int(known[index]), given[index].as_py(), recorded[index].as_py()
        # Another name of the same unit changes nothing.
        if convert_factor(now, old) != 1:
            changed[row], before[row] = True, old
    faults.add(
        Kind.ITEM,
        "declared_unit",
        changed,
        "DECLARED_UNIT_CHANGED",
        lambda row: (
            f"item {show(items['uid'][row].as_py())} is recorded per {before[row]}, not per "
            f"{show(items['declared_unit'][row].as_py())}; a declared unit cannot change: give {before[row]}, "
            "or record a new item"
        ),
    )


def check_immutable(declarations: pa.Table, placement: Placement, merged: Merged, faults: Faults) -> None:
    """Report a recorded declaration that comes with other content; what a review decides is no part of it."""
    names = {
        name.replace("item_row", "item_uid"): differs
        for name, differs in merged.differing.items()
        if name not in REVIEWED
    }
    is_changed = np.logical_or.reduce([np.zeros(declarations.num_rows, np.bool_), *names.values()])
    broken = faults.is_broken(Kind.DECLARATION)
    faults.add(
        Kind.DECLARATION,
        "uid",
        is_changed & (placement.recorded_row >= 0) & ~broken,
        "DECLARATION_CHANGED",
        lambda row: (
            f"declaration {show(declarations['uid'][row].as_py())} is recorded with another "
            f"{', '.join(name for name, differs in names.items() if differs[row])}; a declaration never changes: "
            "record a new one that names it in preceding"
        ),
    )
