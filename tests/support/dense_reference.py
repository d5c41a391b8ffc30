"""The engine's rules once more, written plainly: dense matrices, loops over rows, no cleverness. For tests only."""

from dataclasses import dataclass

import numpy as np

from graph_service.engine.snapshot import AFTER_GATE, COMPONENTS, DATA_TYPES, STAGES, Flags, Numbers, Snapshot

UPTAKE = COMPONENTS.index("BIOGENIC_UPTAKE")
UNSPECIFIED_STAGE = STAGES.index("UNSPECIFIED")
UNSPECIFIED_COMPONENT = COMPONENTS.index("UNSPECIFIED")
WEIGHTS = ("absolute", "primary", "verified", "proxy", "exempted")


@dataclass(frozen=True, slots=True)
class Reference:
    """What the roll-up ought to say, by item row; the last two are matrices of the equations."""

    total_kgco2e: Numbers
    direct_kgco2e: Numbers
    is_complete: Flags
    stage_kgco2e: Numbers
    component_kgco2e: Numbers
    absolute_kgco2e: Numbers
    primary_data_share: Numbers
    verified_share: Numbers
    proxy_share: Numbers
    exempted_share: Numbers
    ratings: Numbers
    rated_share: Numbers
    gap: list[str | None]
    declaration_of_item: list[int]
    requirements: Numbers
    after_gate: Numbers


def dense_reference(day: Snapshot, *, is_traced: bool, to_grave: bool) -> Reference:
    """Every number of every item, from dense algebra. All loops must have a gain below 1."""
    count = day.item_count
    declaration = _declarations_in_force(day, is_traced=is_traced)
    requirements, after_gate = np.zeros((count, count)), np.zeros((count, count))
    for i, j, amount, share, stage in zip(*_supply_columns(day), strict=True):
        if AFTER_GATE[stage]:
            after_gate[i, j] += amount * share
        elif declaration[j] < 0:
            requirements[i, j] += amount * share
    leontief, absolute_leontief = _leontief(requirements), _leontief(np.abs(requirements))
    gate, after = _direct(day, declaration)
    split = leontief.T @ gate.split
    weight = absolute_leontief.T @ gate.weight
    direct = gate.split[:, : len(STAGES)].sum(axis=1)
    if to_grave:
        split = split + after.split + after_gate.T @ split
        weight = weight + after.weight + np.abs(after_gate).T @ weight
        direct = direct + after.split[:, : len(STAGES)].sum(axis=1)
    gap, known, complete = _knowledge(day, declaration, requirements, after_gate, to_grave=to_grave)
    split[~known], weight[~known], direct[~known] = np.nan, np.nan, np.nan
    share = {name: _quotient(weight[:, place], weight[:, 0]) for place, name in enumerate(WEIGHTS)}
    return Reference(
        total_kgco2e=split[:, : len(STAGES)].sum(axis=1),
        direct_kgco2e=direct,
        is_complete=complete,
        stage_kgco2e=split[:, : len(STAGES)],
        component_kgco2e=split[:, len(STAGES) :],
        absolute_kgco2e=weight[:, 0],
        primary_data_share=share["primary"],
        verified_share=share["verified"],
        proxy_share=share["proxy"],
        exempted_share=_quotient(weight[:, 4], weight[:, 0] + weight[:, 4]),
        ratings=np.stack([_quotient(weight[:, 8 + k], weight[:, 5 + k]) for k in range(3)], axis=1),
        rated_share=_quotient(weight[:, 5:8].min(axis=1), weight[:, 0]),
        gap=gap,
        declaration_of_item=declaration,
        requirements=requirements,
        after_gate=after_gate,
    )


def _leontief(requirements: Numbers) -> Numbers:
    """(I - A)^-1, with true zeros where nothing leads: rounding leaves 1e-17 there, and 1e-17 / 1e-17 is a share."""
    count = requirements.shape[0]
    leads = np.eye(count) + (requirements != 0.0)
    for _ in range(count.bit_length()):
        leads = np.minimum(leads @ leads, 1.0)
    return np.where(leads > 0.0, np.linalg.inv(np.eye(count) - requirements), 0.0)


@dataclass(frozen=True, slots=True)
class _Direct:
    split: Numbers
    weight: Numbers


def _supply_columns(day: Snapshot) -> tuple[list[float], ...]:
    rows = day.supplies
    return tuple(column.tolist() for column in (rows.input_row, rows.output_row, rows.amount, rows.share, rows.stage))


def _has_structure(day: Snapshot) -> tuple[set[int], set[int]]:
    emitting = {int(i) for i, s in zip(day.emissions.item_row, day.emissions.stage, strict=True) if not AFTER_GATE[s]}
    supplied = {int(j) for j, s in zip(day.supplies.output_row, day.supplies.stage, strict=True) if not AFTER_GATE[s]}
    return emitting, supplied


def _declarations_in_force(day: Snapshot, *, is_traced: bool) -> list[int]:
    emitting, supplied = _has_structure(day)
    in_force = [-1] * day.item_count
    for place, item in enumerate(day.declarations.item_row.tolist()):
        only_without_structure = is_traced or bool(day.declarations.is_expired[place])
        if not (only_without_structure and item in emitting | supplied):
            in_force[item] = place
    return in_force


def _direct(day: Snapshot, declaration: list[int]) -> tuple[_Direct, _Direct]:
    gate = _Direct(np.zeros((day.item_count, 16)), np.zeros((day.item_count, 11)))
    after = _Direct(np.zeros((day.item_count, 16)), np.zeros((day.item_count, 11)))
    rows = day.emissions
    for k, item in enumerate(rows.item_row.tolist()):
        is_after = bool(AFTER_GATE[rows.stage[k]])
        if not is_after and declaration[item] >= 0:
            continue
        target, kgco2e = (after if is_after else gate), float(rows.kgco2e[k])
        target.split[item, len(STAGES) + rows.component[k]] += kgco2e
        if rows.component[k] == UPTAKE:
            continue
        target.split[item, rows.stage[k]] += kgco2e
        marks = [
            1.0,
            float(rows.data_type[k] == DATA_TYPES.index("PRIMARY")),
            float(rows.is_verified[k]),
            float(rows.data_type[k] == DATA_TYPES.index("PROXY")),
            0.0,
        ]
        ratings = [float(column[k]) for column in (rows.technological_dqr, rows.temporal_dqr, rows.geographical_dqr)]
        _add_weights(target, item, abs(kgco2e), marks, ratings)
    for item, place in enumerate(declaration):
        if place >= 0:
            _add_declaration(day, gate, item, place)
    return gate, after


def _add_declaration(day: Snapshot, gate: _Direct, item: int, place: int) -> None:
    rows = day.declarations
    kgco2e = float(rows.kgco2e[place])
    gate.split[item, UNSPECIFIED_STAGE] = kgco2e
    given = {
        "FOSSIL": rows.fossil_kgco2e,
        "LAND_USE_CHANGE": rows.land_use_change_kgco2e,
        "LAND_MANAGEMENT_BIOGENIC_CO2": rows.land_management_biogenic_co2_kgco2e,
        "LAND_MANAGEMENT_REMOVALS": rows.land_management_removals_kgco2e,
        "BIOGENIC_NON_CO2": rows.biogenic_non_co2_kgco2e,
        "TECHNOLOGICAL_REMOVALS": rows.technological_removals_kgco2e,
        "CCS_CAPTURE": rows.ccs_capture_kgco2e,
    }
    rest = kgco2e
    for component, column in given.items():
        gate.split[item, len(STAGES) + COMPONENTS.index(component)] = _or_zero(column[place])
        rest -= _or_zero(column[place])
    gate.split[item, len(STAGES) + UNSPECIFIED_COMPONENT] = rest
    gate.split[item, len(STAGES) + UPTAKE] = _or_zero(rows.biogenic_uptake_kgco2e[place])
    exempted = _or_zero(rows.exempted_share[place])
    marks = [1.0, _or_zero(rows.primary_data_share[place]), float(rows.is_verified[place]), 0.0]
    marks.append(exempted / (1.0 - exempted))
    ratings = [float(column[place]) for column in (rows.technological_dqr, rows.temporal_dqr, rows.geographical_dqr)]
    _add_weights(gate, item, abs(kgco2e), marks, ratings)


def _add_weights(target: _Direct, item: int, kilograms: float, marks: list[float], ratings: list[float]) -> None:
    for place, mark in enumerate(marks):
        target.weight[item, place] += kilograms * mark
    for place, rating in enumerate(ratings):
        if not np.isnan(rating):
            target.weight[item, 5 + place] += kilograms
            target.weight[item, 8 + place] += kilograms * rating


def _knowledge(
    day: Snapshot, declaration: list[int], requirements: Numbers, after_gate: Numbers, *, to_grave: bool
) -> tuple[list[str | None], Flags, Flags]:
    emitting, supplied = _has_structure(day)
    gap: list[str | None] = []
    for item in range(day.item_count):
        if declaration[item] >= 0 or item in emitting:
            gap.append(None)
        else:
            gap.append("DIRECT_MISSING" if item in supplied else "NO_DATA")
    known = np.array([declaration[item] >= 0 or item in emitting for item in range(day.item_count)], dtype=np.bool_)
    lacking = np.array([name is not None for name in gap], dtype=np.bool_)
    for _ in range(day.item_count):
        known = known | (requirements != 0.0).T @ known
        lacking = lacking | (requirements != 0.0).T @ lacking
    if to_grave:
        after = zip(day.emissions.item_row, day.emissions.stage, strict=True)
        emits_after = {int(item) for item, stage in after if AFTER_GATE[stage]}
        known_at_gate = known
        known = known_at_gate | (after_gate != 0.0).T @ known_at_gate
        known |= np.array([item in emits_after for item in range(day.item_count)], dtype=np.bool_)
        lacking = lacking | (after_gate != 0.0).T @ lacking
    return gap, known, ~lacking


def _or_zero(value: float) -> float:
    return 0.0 if np.isnan(value) else float(value)


def _quotient(part: Numbers, whole: Numbers) -> Numbers:
    return np.array([p / w if w > 0.0 else np.nan for p, w in zip(part, whole, strict=True)])
