"""The changes of a scenario, checked against a graph and applied to its arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import fsum, isfinite

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph_service.engine.equations import BIOGENIC_UPTAKE
from graph_service.engine.snapshot import (
    AFTER_GATE,
    COMPONENTS,
    DATA_TYPES,
    STAGES,
    Declarations,
    Emissions,
    Snapshot,
    Supplies,
)
from graph_service.errors import Finding, InvalidInput
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import Kind
from graph_service.service.factor_change import is_by_factor, weighing
from graph_service.service.records import rows_by_uid
from graph_service.service.resolution import Numbers
from graph_service.service.snapshots import ViewedGraph

SHARE_TOLERANCE = 1e-6
"""By how much shares of a line that are all set may miss the sum that the line has."""

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DirectChange:
    """Multiply all direct entries of an item by ``factor``, or set its direct kg CO2e up to its gate; one of the two.

    Where a declaration is in force its total is what is scaled or set.
    """

    item_uid: str
    factor: float | None = None
    set_kgco2e: float | None = None


@dataclass(frozen=True, slots=True)
class SupplyChange:
    """Set the amount, in the input's declared unit, or the share of a supply, or both.

    The line's other shares scale to what is left, unless all of a line are set.
    """

    supply_uid: str
    amount: float | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class FactorChange:
    """Set a factor, kg CO2e per its unit, for every emission entry that it serves."""

    factor_uid: str
    kgco2e: float


@dataclass(frozen=True, slots=True)
class ScenarioChanges:
    """What is otherwise. Factors come first, then direct entries are scaled or set."""

    direct: Sequence[DirectChange] = ()
    supplies: Sequence[SupplyChange] = ()
    factors: Sequence[FactorChange] = ()


@dataclass(slots=True)
class _Faults:
    found: list[Finding] = field(default_factory=list)

    def add(self, path: str, message: str) -> None:
        self.found.append(Finding("INVALID", "ERROR", f"changes.{path}", message))

    def sound(
        self, path: str, value: float | None, *, low: float = -np.inf, high: float = np.inf, rule: str
    ) -> float | None:
        """The number if it is finite and in its range, else None; one that is given and is not sound is reported."""
        if value is None or (isfinite(value) and low <= value <= high):
            return value
        self.add(path, f"{value!r} is not {rule}")
        return None

    def raise_if_any(self) -> None:
        if self.found:
            first = f"{self.found[0].path}: {self.found[0].message}"
            more = f"; {len(self.found) - 1} more faults" if len(self.found) > 1 else ""
            raise InvalidInput(first + more, findings=self.found)


def changed_snapshot(graph: ViewedGraph, changes: ScenarioChanges) -> Snapshot:
    """The graph's arrays under the changes, its own left as they are.

    Raises ``InvalidInput`` with every fault: unknown or repeated uids, what does not hold on the day, numbers out of
    range, shares that do not fit their line, direct entries that are not there to be scaled.
    """
    faults = _Faults()
    snapshot = graph.day.snapshot
    with np.errstate(over="ignore", invalid="ignore"):  # what becomes of such numbers is refused below
        supplies = _changed_supplies(graph, changes.supplies, faults)
        emissions = _with_factors(graph, changes.factors, faults)
        emissions, declarations = _with_direct(graph, changes.direct, emissions, faults)
    faults.raise_if_any()
    if not all(np.isfinite(value).all() for value in (supplies.amount, emissions.kgco2e, declarations.kgco2e)):
        message = "under these changes some direct emissions become too large a number"
        raise InvalidInput(f"changes: {message}", findings=[Finding("INVALID", "ERROR", "changes", message)])
    return replace(snapshot, supplies=supplies, emissions=emissions, declarations=declarations)


def _known_rows(
    facts: Facts, kind: Kind, uids: Sequence[str], paths: Sequence[str], faults: _Faults
) -> Mapping[str, int]:
    """The row of each uid; reports those that are not recorded or came before."""
    rows = rows_by_uid(facts, kind, uids)
    seen: dict[str, str] = {}
    for uid, path in zip(uids, paths, strict=True):
        if uid in seen:
            faults.add(path, f"{kind} {uid!r} is changed twice, first at changes.{seen[uid]}; say it once")
        elif uid not in rows:
            faults.add(path, f"{kind} {uid!r} is not recorded in this view")
        seen.setdefault(uid, path)
    return rows


def _places(rows: npt.NDArray[np.int32], wanted: Sequence[int]) -> dict[int, int]:
    """Where each wanted row of the facts stands among those that hold on the day; absent where it does not."""
    places = np.flatnonzero(np.isin(rows, np.array(wanted, np.int32)))
    return dict(zip(rows[places].tolist(), places.tolist(), strict=True))


def _changed_supplies(graph: ViewedGraph, changes: Sequence[SupplyChange], faults: _Faults) -> Supplies:
    day, supplies = graph.day, graph.day.snapshot.supplies
    if not changes:
        return supplies
    uids = [change.supply_uid for change in changes]
    paths = [f"supplies[{index}]" for index in range(len(changes))]
    rows = _known_rows(day.facts, Kind.SUPPLY, uids, [f"{path}.supply" for path in paths], faults)
    places = _places(day.supply_rows, list(rows.values()))
    amount = supplies.amount.copy()
    set_shares: dict[int, tuple[str, float]] = {}
    for change, path in zip(changes, paths, strict=True):
        if change.amount is None and change.share is None:
            faults.add(path, "neither amount nor share is given; give one of them or both")
        new_amount = faults.sound(f"{path}.amount", change.amount, rule="a finite number")
        rule = "a share from 0 to 1, not a percentage"
        new_share = faults.sound(f"{path}.share", change.share, low=0.0, high=1.0, rule=rule)
        row = rows.get(change.supply_uid)
        if row is not None and row not in places:
            faults.add(f"{path}.supply", f"supply {change.supply_uid!r} is not valid on {day.as_of}")
        if row is None or row not in places:
            continue
        if new_amount is not None:
            amount[places[row]] = new_amount
        if new_share is not None:
            set_shares.setdefault(places[row], (f"{path}.share", new_share))
    return replace(supplies, amount=amount, share=_with_shares(graph, set_shares, faults))


def _with_shares(graph: ViewedGraph, set_shares: Mapping[int, tuple[str, float]], faults: _Faults) -> Numbers:
    """All shares; those that are set by place, with their paths, and the rest of their lines scaled to what is left."""
    day, share = graph.day, graph.day.snapshot.supplies.share.copy()
    for place, (_, value) in set_shares.items():
        share[place] = value
    for (output_row, line), members in _lines(graph, list(set_shares)).items():
        name = f"line {line!r} of {day.facts.items['uid'][output_row].as_py()!r}"
        given = [place for place in members if place in set_shares]
        others = np.array([place for place in members if place not in set_shares], np.int64)
        whole = fsum(day.snapshot.supplies.share[members].tolist())
        left = whole - fsum(set_shares[place][1] for place in given)
        held = fsum(day.snapshot.supplies.share[others].tolist())
        path = set_shares[given[-1]][0]
        if not len(others) and abs(left) > SHARE_TOLERANCE:
            faults.add(path, f"all shares of {name} are set and sum to {whole - left:.10g}, not {whole:.10g}")
        elif left < -SHARE_TOLERANCE:
            faults.add(path, f"the shares set in {name} sum to {whole - left:.10g}, more than its {whole:.10g}")
        elif held == 0.0 and left > SHARE_TOLERANCE:
            faults.add(path, f"{left:.10g} of {name} is left and no other row has a share to scale; set them all")
        elif held > 0.0:
            share[others] *= max(left, 0.0) / held
    return share


def _lines(graph: ViewedGraph, places: Sequence[int]) -> dict[tuple[int, str], list[int]]:
    """The places of all rows of the lines that these supplies belong to, by output row and line."""
    day, output_row = graph.day, graph.day.snapshot.supplies.output_row
    if not places:
        return {}
    candidates = np.flatnonzero(np.isin(output_row, output_row[places]))
    names = day.facts.tables[Kind.SUPPLY]["line"].take(pa.array(day.supply_rows[candidates])).to_pylist()
    lines: dict[tuple[int, str], list[int]] = {}
    for place, output, name in zip(candidates.tolist(), output_row[candidates].tolist(), names, strict=True):
        if name is not None:
            lines.setdefault((output, name), []).append(place)
    chosen = set(places)
    return {line: members for line, members in lines.items() if chosen.intersection(members)}


def _with_factors(graph: ViewedGraph, changes: Sequence[FactorChange], faults: _Faults) -> Emissions:
    day, emissions = graph.day, graph.day.snapshot.emissions
    if not changes:
        return emissions
    uids = [change.factor_uid for change in changes]
    paths = [f"factors[{index}]" for index in range(len(changes))]
    rows = _known_rows(day.facts, Kind.FACTOR, uids, [f"{path}.factor" for path in paths], faults)
    value = np.full(day.facts.tables[Kind.FACTOR].num_rows, np.nan)
    for change, path in zip(changes, paths, strict=True):
        kgco2e = faults.sound(f"{path}.kgCO2e", change.kgco2e, rule="a finite number")
        if change.factor_uid in rows and kgco2e is not None:
            value[rows[change.factor_uid]] = kgco2e
    factor_row = day.resolved.factor_row
    is_changed = np.append(~np.isnan(value), False)
    served = np.flatnonzero(is_changed[factor_row])
    served = served[is_by_factor(day.facts, day.emission_rows[served], factor_row[served])]
    weighed = weighing(day.facts, day.emission_rows[served], factor_row[served])
    kilograms = emissions.kgco2e.copy()
    kilograms[served] = weighed.activity * weighed.scale * value[factor_row[served]]
    return replace(emissions, kgco2e=kilograms)


def _with_direct(
    graph: ViewedGraph, changes: Sequence[DirectChange], emissions: Emissions, faults: _Faults
) -> tuple[Emissions, Declarations]:
    day, declarations = graph.day, graph.day.snapshot.declarations
    if not changes:
        return emissions, declarations
    uids = [change.item_uid for change in changes]
    paths = [f"direct[{index}]" for index in range(len(changes))]
    rows = _known_rows(day.facts, Kind.ITEM, uids, [f"{path}.item" for path in paths], faults)
    count = day.snapshot.item_count
    has_entry = np.zeros(count, np.bool_)
    has_entry[emissions.item_row] = True
    in_force = graph.roll_up().declaration_of_item
    factor, total_kgco2e = np.ones(count), np.full(count, np.nan)
    for change, path in zip(changes, paths, strict=True):
        if (change.factor is None) == (change.set_kgco2e is None):
            faults.add(path, "give exactly one of factor and setKgCO2e")
        new_factor = faults.sound(f"{path}.factor", change.factor, low=0.0, rule="a finite number, 0 or more")
        new_kgco2e = faults.sound(f"{path}.setKgCO2e", change.set_kgco2e, rule="a finite number")
        row = rows.get(change.item_uid)
        if row is None:
            continue
        if new_factor is not None:
            factor[row] = new_factor
            if not has_entry[row] and in_force[row] < 0:
                faults.add(f"{path}.factor", f"{change.item_uid!r} has no direct entry to scale; give setKgCO2e")
        if new_kgco2e is not None:
            total_kgco2e[row] = new_kgco2e
    return _scaled_and_set(emissions, declarations, factor, total_kgco2e, in_force)


def _scaled_and_set(
    emissions: Emissions,
    declarations: Declarations,
    factor: Numbers,
    total_kgco2e: Numbers,
    in_force: npt.NDArray[np.int32],
) -> tuple[Emissions, Declarations]:
    """Entries and declared totals by the factor of their item; where a total is set it takes the place of either."""
    declared = factor[declarations.item_row]
    kgco2e = declarations.kgco2e * declared
    set_rows = np.flatnonzero(~np.isnan(total_kgco2e))
    by_declaration = set_rows[in_force[set_rows] >= 0]
    kgco2e[in_force[by_declaration]] = total_kgco2e[by_declaration]
    by_entry = set_rows[in_force[set_rows] < 0]
    gives_way = np.isin(emissions.item_row, by_entry) & ~AFTER_GATE[emissions.stage]
    gives_way &= emissions.component != BIOGENIC_UPTAKE
    scaled = np.where(gives_way, 0.0, emissions.kgco2e * factor[emissions.item_row])
    # Only totals are read of a scenario; the parts of a declared total are left as they were declared.
    return (
        _with_entries(replace(emissions, kgco2e=scaled), by_entry, total_kgco2e[by_entry]),
        replace(declarations, kgco2e=kgco2e),
    )


def _with_entries(emissions: Emissions, item_row: Places, kgco2e: Numbers) -> Emissions:
    """One more gate entry for each of these items."""
    count = len(item_row)
    unrated = np.full(count, np.nan)
    stage, component = STAGES.index("MANUFACTURING"), COMPONENTS.index("UNSPECIFIED")
    return Emissions(
        item_row=np.append(emissions.item_row, item_row.astype(np.int32)),
        kgco2e=np.append(emissions.kgco2e, kgco2e),
        stage=np.append(emissions.stage, np.full(count, stage, np.int8)),
        component=np.append(emissions.component, np.full(count, component, np.int8)),
        data_type=np.append(emissions.data_type, np.full(count, DATA_TYPES.index("SECONDARY"), np.int8)),
        is_verified=np.append(emissions.is_verified, np.zeros(count, np.bool_)),
        technological_dqr=np.append(emissions.technological_dqr, unrated),
        temporal_dqr=np.append(emissions.temporal_dqr, unrated),
        geographical_dqr=np.append(emissions.geographical_dqr, unrated),
    )
