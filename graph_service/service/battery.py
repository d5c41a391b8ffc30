"""The carbon footprint of a battery as Regulation (EU) 2023/1542 asks for it: by four stages, per kWh over its life.

The functional unit is one kWh of the total energy that the battery provides over its service life (article 7, annex
II): its capacity times the full cycles of a year times the years. The use of the battery is no part of it.

What the battery takes counts under the stage of the supply that brings it, with all its upstream: bought materials and
parts are raw material with their mining, refining and transport. Annex II counts the making of cells as main
production; a cell that is an item of its own is therefore named, and its own emissions and supplies count as the
battery's.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graph_service.engine.equations import BIOGENIC_UPTAKE
from graph_service.engine.snapshot import AFTER_GATE, STAGES, Numbers
from graph_service.engine.sums import sums_by_group
from graph_service.errors import Finding, InvalidInput
from graph_service.model.units import bridge_factor, convert_factor, parse_equivalents
from graph_service.model.vocabulary import LifeCycleStage
from graph_service.service.footprints import Footprint

STAGES_OF_PASSPORT: Mapping[LifeCycleStage, LifeCycleStage] = {
    LifeCycleStage.RAW_MATERIAL: LifeCycleStage.RAW_MATERIAL,
    LifeCycleStage.MANUFACTURING: LifeCycleStage.MANUFACTURING,
    LifeCycleStage.TRANSPORT: LifeCycleStage.MANUFACTURING,
    LifeCycleStage.DISTRIBUTION: LifeCycleStage.DISTRIBUTION,
    LifeCycleStage.END_OF_LIFE: LifeCycleStage.END_OF_LIFE,
}
"""Our stages and the passport's; transport before the gate is part of the main production."""

PASSPORT_STAGES = tuple(dict.fromkeys(STAGES_OF_PASSPORT.values()))

_CAPACITY_TOLERANCE = 1e-3
_MOST_NAMED = 5
_UNSPECIFIED = STAGES.index("UNSPECIFIED")


@dataclass(frozen=True, slots=True)
class ServiceLife:
    """What one battery provides over its life: told as energy, or by capacity, full cycles a year and years."""

    kwh_over_life: float | None = None
    capacity_kwh: float | None = None
    cycles_per_year: float | None = None
    years: float | None = None


@dataclass(frozen=True, slots=True)
class BatteryFootprint:
    """One battery: kg CO2e by passport stage, what its use would add, and the kWh that it provides over its life."""

    kgco2e_by_stage: Mapping[LifeCycleStage, float]
    use_kgco2e: float
    kwh_over_life: float


def battery_footprint(
    found: Footprint,
    *,
    life: ServiceLife,
    main_production: Sequence[int] = (),
    unspecified_as: LifeCycleStage | None = None,
) -> BatteryFootprint:
    """The footprint of one battery out of a cradle-to-grave footprint of its item.

    ``main_production``: rows of items upstream, as its cells, whose making is part of the battery's main production.
    ``unspecified_as``: the stage that declared totals without stages count under; without it they are refused.

    Raises ``InvalidInput`` where the footprint has gaps, where a stage has no entry at all (missing data is no zero),
    and where ``life`` does not say the energy.
    """
    if not found.graph.view.is_to_grave:
        raise ValueError("a battery's footprint goes to the grave; ask for it in a view with that boundary")
    units, kwh_over_life = _energy(found, life)
    _refuse_gaps(found)
    kgco2e, is_told = _stages(found, (found.item_row, *main_production))
    unspecified = float(kgco2e[_UNSPECIFIED])
    has_unspecified = bool(is_told[_UNSPECIFIED])
    if unspecified_as is not None:
        if unspecified_as not in PASSPORT_STAGES:
            raise InvalidInput(
                f"{unspecified_as} is no stage of a battery passport; it has {', '.join(PASSPORT_STAGES)}"
            )
    elif has_unspecified:
        message = (
            f"{unspecified:g} kg CO2e are declared without stages; say which stage they belong to, or name the item "
            "that declares them as bought: then they are raw material"
        )
        raise InvalidInput(message, findings=[Finding("STAGE_UNSPECIFIED", "ERROR", "", message)])
    by_stage = dict.fromkeys(PASSPORT_STAGES, 0.0)
    told = {unspecified_as} if unspecified else set()
    for stage, passport_stage in STAGES_OF_PASSPORT.items():
        by_stage[passport_stage] += float(kgco2e[STAGES.index(stage)])
        if is_told[STAGES.index(stage)]:
            told.add(passport_stage)
    if unspecified_as is not None:
        by_stage[unspecified_as] += unspecified
    _refuse_missing([stage for stage in PASSPORT_STAGES if stage not in told])
    use = float(kgco2e[STAGES.index(LifeCycleStage.USE)])
    return BatteryFootprint({stage: kg * units for stage, kg in by_stage.items()}, use * units, kwh_over_life)


def _energy(found: Footprint, life: ServiceLife) -> tuple[float, float]:
    """How many declared units one battery is, and the kWh that it provides over its life."""
    for name in ServiceLife.__slots__:
        value = getattr(life, name)
        if value is not None and not (math.isfinite(value) and value > 0):
            raise InvalidInput(f"{name.replace('_', ' ')} {value:g} must be above 0 and finite")
    units, capacity_kwh = _capacity(found, life.capacity_kwh)
    if life.kwh_over_life is not None:
        if life.cycles_per_year is not None or life.years is not None:
            raise InvalidInput("give the kWh over life, or cycles per year and years, not both")
        return units, life.kwh_over_life
    if life.cycles_per_year is None or life.years is None or capacity_kwh is None:
        unit = found.graph.day.facts.items["declared_unit"][found.item_row].as_py()
        lacking = "" if capacity_kwh is not None else f"; the item, declared per {unit}, has no equivalent in kWh"
        raise InvalidInput(
            "the functional unit is one kWh of the energy provided over life: give the kWh over life, or the capacity "
            f"in kWh, full cycles per year and years{lacking}"
        )
    return units, capacity_kwh * life.cycles_per_year * life.years


def _capacity(found: Footprint, given_kwh: float | None) -> tuple[float, float | None]:
    """How many declared units one battery is, and its capacity, None where nothing says it."""
    items, row = found.graph.day.facts.items, found.item_row
    uid, unit, equivalents = (items[name][row].as_py() for name in ("uid", "declared_unit", "equivalents"))
    per_kwh = bridge_factor("kWh", unit, parse_equivalents(equivalents or ""))
    unit_kwh = None if per_kwh is None else 1 / per_kwh
    if convert_factor(unit, "kWh") is not None and unit_kwh is not None:
        if given_kwh is None:
            raise InvalidInput(f"item {uid!r} is declared per {unit}: give the capacity of one battery in kWh")
        return given_kwh / unit_kwh, given_kwh
    if convert_factor(unit, "pc") != 1:
        raise InvalidInput(f"item {uid!r} is declared per {unit}: a battery is declared per pc, or per kWh of capacity")
    is_contradicted = given_kwh is not None and unit_kwh is not None and not _is_alike(given_kwh, unit_kwh)
    if is_contradicted:
        raise InvalidInput(f"capacity {given_kwh:g} kWh: item {uid!r} is recorded with {unit_kwh:g} kWh")
    return 1.0, unit_kwh if given_kwh is None else given_kwh


def _is_alike(one_kwh: float, other_kwh: float) -> bool:
    return math.isclose(one_kwh, other_kwh, rel_tol=_CAPACITY_TOLERANCE)


def _refuse_gaps(found: Footprint) -> None:
    if found.is_complete and found.total_kgco2e is not None:
        return
    items, gaps = found.graph.day.facts.items, found.gaps()
    names = ", ".join(items["uid"][gap.item_row].as_py() for gap in gaps[:_MOST_NAMED])
    more = f" and {len(gaps) - _MOST_NAMED} more" if len(gaps) > _MOST_NAMED else ""
    message = f"the total is incomplete, nothing is known of what these emit: {names}{more}; a passport needs all of it"
    raise InvalidInput(message, findings=[Finding("TOTAL_INCOMPLETE", "ERROR", "", message)])


def _refuse_strangers(found: Footprint, rows: Sequence[int]) -> None:
    """Members that neither the battery nor another member takes: naming them would change nothing."""
    if len(rows):
        names = ", ".join(repr(found.graph.day.facts.items["uid"][int(row)].as_py()) for row in rows)
        message = f"{names} cannot be main production: neither the battery nor another item named so takes it directly"
        raise InvalidInput(message)


def _refuse_missing(missing: Sequence[LifeCycleStage]) -> None:
    if missing:
        names = ", ".join(missing)
        message = f"no emission and no supply of stage {names} is recorded; record one, with 0 if that is what it is"
        raise InvalidInput(message, findings=[Finding("STAGE_MISSING", "ERROR", "", message)])


def _stages(
    found: Footprint, members: Sequence[int]
) -> tuple[Numbers, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """Kilograms by stage, summing to the item's total, and which stages have an entry, be it 0.

    The members are taken together: what enters them from outside counts with its whole total under the stage of its
    supply, what they emit under the emission's stage. How much of each member one unit of the first needs follows from
    the supplies among them alone; loops through the outside are in the totals already.
    """
    roll_up = found.graph.roll_up()
    day, facts = roll_up.snapshot, roll_up.equations
    place = np.full(day.item_count, -1, np.int64)
    rows = np.array(list(dict.fromkeys(members)))
    place[rows] = np.arange(len(rows))
    is_declared = facts.declaration_of_item[rows] >= 0
    supplies = day.supplies
    coefficient = supplies.amount * supplies.share
    after_gate = AFTER_GATE[supplies.stage]
    into = place[supplies.output_row]
    enters = (into >= 0) & ~after_gate & (facts.declaration_of_item[supplies.output_row] < 0)
    among = enters & (place[supplies.input_row] >= 0)
    inner = np.zeros((len(rows), len(rows)))
    np.add.at(inner, (place[supplies.input_row[among]], into[among]), coefficient[among])
    start = np.zeros(len(rows))
    start[0] = 1.0
    try:
        activity = np.linalg.solve(np.eye(len(rows)) - inner, start)
    except np.linalg.LinAlgError as error:
        raise InvalidInput("the items named as main production take one unit or more of each other per unit") from error
    _refuse_strangers(found, rows[activity == 0])
    bought = np.flatnonzero((enters & ~among) | (after_gate & (into == 0)))
    times = np.where(after_gate[bought], 1.0, activity[into[bought]])
    brought = times * coefficient[bought] * np.nan_to_num(roll_up.total_kgco2e()[supplies.input_row[bought]])
    kgco2e = sums_by_group(supplies.stage[bought], brought, group_count=len(STAGES))
    emitting = place[day.emissions.item_row]
    counts = (emitting >= 0) & (day.emissions.component != BIOGENIC_UPTAKE)
    counts &= facts.emission_at_gate | (facts.emission_after_gate & (emitting == 0))
    own = np.flatnonzero(counts)
    times = np.where(facts.emission_after_gate[own], 1.0, activity[emitting[own]])
    kgco2e += sums_by_group(day.emissions.stage[own], times * day.emissions.kgco2e[own], group_count=len(STAGES))
    declared = day.declarations.kgco2e[facts.declaration_of_item[rows[is_declared]]]
    kgco2e[_UNSPECIFIED] += float((activity[is_declared] * declared).sum())
    is_told = np.zeros(len(STAGES), np.bool_)
    is_told[supplies.stage[bought]] = True
    is_told[day.emissions.stage[own]] = True
    is_told[_UNSPECIFIED] |= bool(is_declared.any())
    return kgco2e, is_told
