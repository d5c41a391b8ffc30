"""What a reader of a footprint must know about the facts behind it."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.rollup import RollUp
from graph_service.engine.snapshot import AFTER_GATE, DATA_TYPES
from graph_service.engine.trace import Trace
from graph_service.errors import Finding
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import DeclarationState, Kind
from graph_service.service.declarations import STATES
from graph_service.service.resolution import ANYWHERE, flags
from graph_service.service.snapshots import ViewedGraph

NAMED_AT_MOST = 20
"""Facts named one by one in findings of one code; the rest are counted."""

Mask = npt.NDArray[np.bool_]


def footprint_findings(graph: ViewedGraph, roll_up: RollUp, trace: Trace, item_row: int) -> list[Finding]:
    """Expired, deprecated and incomplete declarations, proxies, region fallbacks and mixed GWP sets behind a total."""
    emissions = _emissions_counted(graph, roll_up, trace, item_row)
    declarations = _declarations_counted(roll_up, trace)
    return [
        *_declaration_findings(graph, declarations),
        *_deprecation_findings(graph, roll_up, trace),
        *_proxy_findings(graph, emissions),
        *_fallback_findings(graph, emissions),
        *_gwp_findings(graph, emissions, declarations),
    ]


def graph_findings(graph: ViewedGraph) -> list[Finding]:
    """Proxies and region fallbacks among all emission entries that hold on the day, whichever total they enter."""
    everything = np.ones(len(graph.day.emission_rows), np.bool_)
    return [*_proxy_findings(graph, everything), *_fallback_findings(graph, everything)]


def _emissions_counted(graph: ViewedGraph, roll_up: RollUp, trace: Trace, item_row: int) -> Mask:
    """Which emission entries of the snapshot enter the item's total."""
    emissions = graph.day.snapshot.emissions
    after_gate = AFTER_GATE[emissions.stage]
    undeclared = roll_up.declaration_of_item[emissions.item_row] < 0
    counted: Mask = ~after_gate & undeclared & (trace.activity[emissions.item_row] != 0)
    if graph.view.is_to_grave:
        counted |= after_gate & (emissions.item_row == item_row)
    return counted


def _declarations_counted(roll_up: RollUp, trace: Trace) -> npt.NDArray[np.int64]:
    """Indices into the snapshot's declarations of those that enter the total."""
    return np.unique(roll_up.declaration_of_item[(trace.activity != 0) & (roll_up.declaration_of_item >= 0)])


def _uids(facts: Facts, kind: Kind, rows: npt.NDArray[np.integer]) -> list[str]:
    uids: list[str] = facts.tables[kind]["uid"].take(pa.array(rows)).to_pylist()
    return uids


def _named(
    code: str, severity: Literal["WARNING", "INFO"], rows: Sequence[int], describe: Callable[[int], tuple[str, str]]
) -> list[Finding]:
    """One finding per row, as ``describe`` gives path and message, and one that counts what is left."""
    findings = [Finding(code, severity, *describe(row)) for row in rows[:NAMED_AT_MOST]]
    if len(rows) > NAMED_AT_MOST:
        findings.append(Finding(code, severity, "", f"and {len(rows) - NAMED_AT_MOST} more"))
    return findings


def _declaration_findings(graph: ViewedGraph, used: npt.NDArray[np.int64]) -> list[Finding]:
    facts, declarations = graph.day.facts, graph.day.snapshot.declarations
    table = facts.tables[Kind.DECLARATION]
    rows = graph.day.declaration_rows

    def uid(index: int) -> str:
        return str(table["uid"][int(rows[index])].as_py())

    def expired(index: int) -> tuple[str, str]:
        end = table["valid_to"][int(rows[index])].as_py()
        return f"declarations[{uid(index)}]", f"declaration {uid(index)} ended {end} and is used for want of structure"

    def no_primary_share(index: int) -> tuple[str, str]:
        return f"declarations[{uid(index)}].primary_data_share", (
            f"declaration {uid(index)} gives no primary data share; all of it counts as not primary"
        )

    def not_said_verified(index: int) -> tuple[str, str]:
        return f"declarations[{uid(index)}].is_verified", (
            f"declaration {uid(index)} does not say whether it is verified; it counts as not verified"
        )

    indices = used.tolist()
    stale = [index for index in indices if declarations.is_expired[index]]
    unknown = [index for index in indices if np.isnan(declarations.primary_data_share[index])]
    is_said = table["is_verified"].is_valid().to_numpy()
    unsaid = [index for index in indices if not is_said[int(rows[index])]]
    return [
        *_named("EXPIRED_DECLARATION_USED", "WARNING", stale, expired),
        *_named("PRIMARY_SHARE_UNKNOWN", "INFO", unknown, no_primary_share),
        *_named("VERIFICATION_UNKNOWN", "INFO", unsaid, not_said_verified),
    ]


def _deprecation_findings(graph: ViewedGraph, roll_up: RollUp, trace: Trace) -> list[Finding]:
    """Deprecated declarations of items in the total that would hold on the day, and what counts in their place."""
    day = graph.day
    table = day.facts.tables[Kind.DECLARATION]
    as_of = np.datetime64(graph.view.as_of, "D")
    holds = (table["valid_from"].to_numpy() <= as_of) & (table["valid_to"].to_numpy() > as_of)
    deprecated = holds & (table["state"].to_numpy() == STATES.index(DeclarationState.DEPRECATED))
    deprecated &= ~flags(pc.fill_null(table["is_published"], False))
    item_row = table["item_row"].to_numpy()
    rows = np.flatnonzero(deprecated & (trace.activity[item_row] != 0))

    def describe(row: int) -> tuple[str, str]:
        uid, item = table["uid"][row].as_py(), day.facts.items["uid"][int(item_row[row])].as_py()
        used = int(roll_up.declaration_of_item[item_row[row]])
        used_row = int(day.declaration_rows[used]) if used >= 0 else None
        if used_row == row:
            counts = "still counts, since its successor does not hold yet"
        elif used_row is not None:
            counts = f"is replaced by {table['uid'][used_row].as_py()}"
        else:
            counts = "does not count, and no declaration in its place: what is recorded upstream of the item does"
        return f"declarations[{uid}].state", f"declaration {uid} of {item} is deprecated: it {counts}"

    return _named("DEPRECATED_DECLARATION", "INFO", rows.tolist(), describe)


def _proxy_findings(graph: ViewedGraph, counted: Mask) -> list[Finding]:
    emissions = graph.day.snapshot.emissions
    indices = np.flatnonzero(counted & (emissions.data_type == DATA_TYPES.index("PROXY")))
    uids = graph.day.facts.items["uid"]

    def describe(item_row: int) -> tuple[str, str]:
        uid = uids[item_row].as_py()
        return f"items[{uid}].emissions", f"a direct emission of {uid} is a proxy"

    return _named("PROXY_USED", "WARNING", np.unique(emissions.item_row[indices]).tolist(), describe)


def _fallback_findings(graph: ViewedGraph, counted: Mask) -> list[Finding]:
    day, facts = graph.day, graph.day.facts
    indices = np.flatnonzero(counted & (day.resolved.region_steps != 0))
    emissions = facts.tables[Kind.EMISSION]
    factors = facts.tables[Kind.FACTOR]

    def describe(index: int) -> tuple[str, str]:
        row = int(day.emission_rows[index])
        uid, flow = emissions["uid"][row].as_py(), emissions["flow"][row].as_py()
        factor = int(day.resolved.factor_row[index])
        used = f"factor {factors['uid'][factor].as_py()} of region {factors['region_uid'][factor].as_py()}"
        region = facts.items["region_uid"][int(day.snapshot.emissions.item_row[index])].as_py()
        steps = int(day.resolved.region_steps[index])
        how_far = (
            "a region that does not hold it"
            if steps == ANYWHERE
            else f"{steps} region step{'' if steps == 1 else 's'} up"
        )
        if not region:
            return f"emissions[{uid}].flow", f"flow {flow} is asked for an item without a region; {used} serves"
        asked = f"flow {flow} has no factor for the item's region {region}"
        return f"emissions[{uid}].flow", f"{asked}; {used} serves, {how_far}"

    return _named("REGION_FALLBACK", "WARNING", indices.tolist(), describe)


def _gwp_findings(graph: ViewedGraph, counted: Mask, used: npt.NDArray[np.int64]) -> list[Finding]:
    resolved = graph.day.resolved
    declared = graph.day.facts.tables[Kind.DECLARATION]["gwp_set"].take(pa.array(graph.day.declaration_rows[used]))
    weighed = counted & (graph.day.snapshot.emissions.kgco2e != 0)
    codes = np.unique(resolved.gwp_code[weighed])
    sets = {resolved.gwp_sets[code] for code in codes.tolist() if code >= 0}
    sets.update(name for name in declared.to_pylist() if name)
    if len(sets) < 2:
        return []
    named = []
    for name in sorted(sets):
        code = resolved.gwp_sets.index(name) if name in resolved.gwp_sets else -2
        rows = np.unique(graph.day.snapshot.emissions.item_row[weighed & (resolved.gwp_code == code)])[:3]
        items = ", ".join(_uids(graph.day.facts, Kind.ITEM, rows)) or "declarations"
        named.append(f"{name} ({items})")
    return [Finding("MIXED_GWP_SETS", "WARNING", "", "the total mixes GWP sets: " + ", ".join(named))]
