"""What emission entries are weighed with: the factor they name, or the nearest one of their flow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.facts import Facts, rows_of
from graph_service.model.tables import FACT_SCHEMAS
from graph_service.model.units import convert_factor, is_unit, units_like
from graph_service.model.vocabulary import FactorKind, Kind
from graph_service.service.intake.combinations import distinct
from graph_service.service.intake.faults import Faults, show
from graph_service.service.intake.suggesting import Suggester
from graph_service.service.merging import Merge, Merged, Positions
from graph_service.service.resolution import FactorChooser, Flags, flags

_CO2_ONLY = list(FactorKind).index(FactorKind.CO2_EMISSION)
_SHOWN_FLOWS = 10
_NEEDED = ("uid", "flow", "kind", "year", "kgco2e", "unit")


@dataclass(frozen=True, slots=True)
class _Weighing:
    """The entries to be judged, with their factors.

    ``rows``: positions in the merged emissions. ``factor_row``: per entry a position in ``factors``, -1 without.
    ``is_by_flow``: per entry, whether the factor was chosen and not named.
    """

    rows: Positions
    emissions: pa.Table
    factors: pa.Table
    factor_row: Positions
    is_by_flow: Flags


def check_factors(merge: Merge, faults: Faults) -> None:
    """Report emission entries that cannot be weighed: by their own fault, or because the batch changes a factor.

    An entry of the batch is reported at its own row; a recorded one at the factor of the batch that breaks it.
    """
    rows = _entries_to_judge(merge, faults)
    if not len(rows):
        return
    emissions = merge.merged[Kind.EMISSION].table.take(pa.array(rows))
    factors = merge.merged[Kind.FACTOR].table
    named = rows_of(emissions["factor_uid"], factors["uid"])
    factor_row = pc.fill_null(named, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    is_by_flow = flags(emissions["flow"].is_valid()) & flags(emissions["factor_uid"].is_null())
    weighing = _Weighing(rows, emissions, factors, factor_row, is_by_flow)
    report = _Reporter(merge.merged, faults)
    _choose_by_flow(weighing, merge, faults, report)
    _check_kinds(weighing, report)
    _check_units(weighing, report)


def _entries_to_judge(merge: Merge, faults: Faults) -> Positions:
    """Entries by activity that the batch touches; all of them where it changes what factors there are."""
    one = merge.merged[Kind.EMISSION]
    by_activity = flags(one.table["factor_uid"].is_valid()) | flags(one.table["flow"].is_valid())
    broken = faults.is_broken(Kind.EMISSION, "item_uid", "factor_uid", "flow", "activity_unit", "kgco2e", "activity")
    sound = np.ones(one.table.num_rows, np.bool_)
    in_batch = one.batch_row >= 0
    sound[in_batch] = ~broken[one.batch_row[in_batch]]
    is_concerned = np.ones(one.table.num_rows, np.bool_) if _moves_factors(merge) else one.is_touched
    return np.flatnonzero(by_activity & sound & is_concerned)


def _moves_factors(merge: Merge) -> bool:
    """Whether the batch changes which factors there are, or which regions items lie in."""
    if "region_uid" in merge.merged[Kind.ITEM].differing:
        return True
    return any(
        merge.merged[kind].is_changed.any() or merge.placements[kind].is_ended.any()
        for kind in (Kind.FACTOR, Kind.REGION)
    )


class _Reporter:
    """Finds the place of a fault about an emission entry."""

    def __init__(self, merged: Mapping[Kind, Merged], faults: Faults) -> None:
        self._emissions, self._factors, self._faults = merged[Kind.EMISSION], merged[Kind.FACTOR], faults

    def add(self, weighing: _Weighing, messages: Mapping[int, str], column: str, code: str) -> None:
        """Report entries (``messages`` by position in ``weighing``) at ``column`` of their row."""
        in_batch = np.zeros(len(self._emissions.is_changed), np.bool_)
        message_of: dict[int, str] = {}
        for position in messages:
            batch_row = int(self._emissions.batch_row[weighing.rows[position]])
            if batch_row >= 0:
                in_batch[batch_row], message_of[batch_row] = True, messages[position]
            else:
                uid = weighing.emissions["uid"][position].as_py()
                self._faults.add_at(
                    self._place(weighing, position),
                    code,
                    f"recorded emission {show(uid)} would break: {messages[position]}",
                )
        self._faults.add(Kind.EMISSION, column, in_batch, code, message_of.__getitem__)

    def _place(self, weighing: _Weighing, position: int) -> str:
        """The batch's factor that breaks a recorded entry; the list of factors where none of the batch does."""
        factor_row = weighing.factor_row[position]
        batch_row = self._factors.batch_row[factor_row] if factor_row >= 0 else -1
        return f"factors[{batch_row}].unit" if batch_row >= 0 else "factors"


def _choose_by_flow(
    weighing: _Weighing,
    merge: Merge,
    faults: Faults,
    report: _Reporter,
) -> None:
    """Fill in the factor of each entry by flow, as an answer would; report flows that nothing serves."""
    rows = np.flatnonzero(weighing.is_by_flow)
    if not len(rows) or faults.is_unreadable(Kind.FACTOR):
        weighing.is_by_flow[:] = False
        return
    usable = np.flatnonzero(np.logical_and.reduce([flags(weighing.factors[name].is_valid()) for name in _NEEDED]))
    chooser = FactorChooser(_facts_to_choose_from(weighing.factors.take(pa.array(usable)), merge.merged))
    regions = merge.merged[Kind.ITEM].table["region_uid"].combine_chunks().take(weighing.emissions["item_row"])
    pairs, which = distinct([weighing.emissions["flow"].take(pa.array(rows)), regions.take(pa.array(rows))])
    unsure = _flows_of_broken_factors(merge.tables[Kind.FACTOR], faults)
    factor_of_pair = np.full(len(pairs), -1, np.int64)
    message_of_pair: dict[int, str] = {}
    flows = chooser.flows
    suggester = Suggester(flows)
    for index, (flow, region) in enumerate(pairs):
        if flow is None or None in unsure or flow in unsure:
            continue
        choice = chooser.choose(flow, region)
        if choice is None:
            message_of_pair[index] = _unserved(flow, flows, weighing.factors, suggester)
        else:
            factor_of_pair[index] = usable[choice.factor_row]
    weighing.factor_row[rows] = factor_of_pair[which]
    unserved = np.flatnonzero(np.isin(which, list(message_of_pair)))
    messages = {int(rows[position]): message_of_pair[int(which[position])] for position in unserved.tolist()}
    report.add(weighing, messages, "flow", "UNKNOWN_FLOW")


def _facts_to_choose_from(factors: pa.Table, merged: Mapping[Kind, Merged]) -> Facts:
    tables = {kind: FACT_SCHEMAS[kind].empty_table() for kind in Kind}
    return Facts({**tables, Kind.FACTOR: factors, Kind.REGION: merged[Kind.REGION].table})


def _flows_of_broken_factors(factors: pa.Table, faults: Faults) -> set[str | None]:
    """Flows of factors at fault, None for an unknown one: nothing is said of who serves these."""
    broken = np.flatnonzero(faults.is_broken(Kind.FACTOR))
    return set(factors["flow"].take(pa.array(broken)).to_pylist()) if len(broken) else set()


def _unserved(flow: str, flows: Sequence[str], factors: pa.Table, suggester: Suggester) -> str:
    same_flow = factors.filter(pc.and_(pc.equal(factors["flow"], flow), pc.equal(factors["kind"], _CO2_ONLY)))
    if same_flow.num_rows:
        return (
            f"flow {show(flow)} has only factors of kind CO2_EMISSION ({show(same_flow['uid'][0].as_py())}), which "
            "leave out other gases and the upstream; record its CARBON_FOOTPRINT factor"
        )
    if not flows:
        return f"no footprint factor serves flow {show(flow)}, and none of any other flow is recorded; record factors"
    shown = ", ".join(flows[:_SHOWN_FLOWS]) + (f" and {len(flows) - _SHOWN_FLOWS} more" if flows[_SHOWN_FLOWS:] else "")
    hint = suggester.hint(flow)
    return f"no footprint factor serves flow {show(flow)}; {f'{hint} ' if hint else ''}known flows: {shown}"


def _check_kinds(weighing: _Weighing, report: _Reporter) -> None:
    """CO2 per kilowatt hour burned is not the footprint of a kilowatt hour; see the domain notes."""
    kinds = np.append(pc.fill_null(weighing.factors["kind"], -1).to_numpy(), -1)
    co2_only = (kinds[weighing.factor_row] == _CO2_ONLY) & ~weighing.is_by_flow
    uids = weighing.emissions["factor_uid"]
    messages = {
        row: (
            f"factor {show(uids[row].as_py())} is of kind CO2_EMISSION, which leaves out other gases and the upstream; "
            "name a CARBON_FOOTPRINT factor"
        )
        for row in np.flatnonzero(co2_only).tolist()
    }
    report.add(weighing, messages, "factor_uid", "CO2_ONLY_FACTOR")


def _check_units(weighing: _Weighing, report: _Reporter) -> None:
    """Report activities that do not convert to their factor's unit, and products that no number can hold."""
    entries = np.flatnonzero(weighing.factor_row >= 0)
    factors = weighing.factors.select(["unit", "kgco2e"]).take(pa.array(weighing.factor_row[entries]))
    emissions = weighing.emissions.select(["activity_unit", "activity"]).take(pa.array(entries))
    pairs, which = distinct([emissions["activity_unit"], factors["unit"]])
    scales = np.ones(len(pairs))
    for index, (unit, factor_unit) in enumerate(pairs):
        # An unknown unit is reported where it stands; nothing more is said of it here.
        if unit is not None and factor_unit is not None and is_unit(unit) and is_unit(factor_unit):
            scale = convert_factor(unit, factor_unit)
            scales[index] = np.nan if scale is None else scale
    scale_of_entry = scales[which]
    with np.errstate(over="ignore", invalid="ignore"):
        kgco2e = emissions["activity"].to_numpy() * scale_of_entry * factors["kgco2e"].to_numpy()
    _report_units(weighing, entries[np.isnan(scale_of_entry)], report)
    report.add(
        weighing,
        {int(row): "activity times its factor is too large a number" for row in entries[np.isinf(kgco2e)]},
        "activity",
        "NOT_FINITE",
    )


def _report_units(weighing: _Weighing, mismatched: Positions, report: _Reporter) -> None:
    messages = {}
    for row in mismatched.tolist():
        factor_row = int(weighing.factor_row[row])
        unit, uid = weighing.factors["unit"][factor_row].as_py(), weighing.factors["uid"][factor_row].as_py()
        messages[row] = (
            f"activity_unit {show(weighing.emissions['activity_unit'][row].as_py())} does not convert to {unit}, the "
            f"unit of factor {show(uid)}; give the activity in {' or '.join(units_like(unit))}"
        )
    report.add(weighing, messages, "activity_unit", "UNIT_MISMATCH")
