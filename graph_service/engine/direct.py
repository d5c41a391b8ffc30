"""Direct kilograms of every item, split into columns: by stage, by carbon component, and as weights."""

from dataclasses import dataclass

import numpy as np

from graph_service.engine.equations import BIOGENIC_UPTAKE, Equations
from graph_service.engine.snapshot import COMPONENTS, DATA_TYPES, STAGES, Codes, Flags, Numbers, Rows, Snapshot
from graph_service.engine.sums import sums_by_group

_UNSPECIFIED_COMPONENT = COMPONENTS.index("UNSPECIFIED")
_PARTS = tuple(place for place in range(len(COMPONENTS)) if place not in (BIOGENIC_UPTAKE, _UNSPECIFIED_COMPONENT))
"""Places of the components that sum to the total without uptake."""
_ROUNDING = 16 * np.finfo(np.float64).eps
_UNSPECIFIED_STAGE = STAGES.index("UNSPECIFIED")
_PRIMARY, _PROXY = DATA_TYPES.index("PRIMARY"), DATA_TYPES.index("PROXY")

ABSOLUTE, PRIMARY, VERIFIED, PROXY, EXEMPTED, RATED, RATING = 0, 1, 2, 3, 4, slice(5, 8), slice(8, 11)
"""Places of the weight columns; RATED and RATING hold the three indicators, technological first."""
_WEIGHT_COUNT = 11


def direct_stages(snapshot: Snapshot, facts: Equations, *, at_gate: bool) -> Numbers:
    """Direct kg CO2e without biogenic uptake by stage, shape (items, 7); a declared total is of no known stage."""
    emissions = snapshot.emissions
    chosen = _chosen(facts, at_gate=at_gate) & (emissions.component != BIOGENIC_UPTAKE)
    stages = _summed(emissions.item_row, emissions.stage, emissions.kgco2e, chosen, (snapshot.item_count, len(STAGES)))
    if at_gate:
        item, place = declared_items(facts)
        stages[item, _UNSPECIFIED_STAGE] = snapshot.declarations.kgco2e[place]
    return stages


def direct_components(snapshot: Snapshot, facts: Equations, *, at_gate: bool) -> Numbers:
    """Direct kg CO2e by carbon component, biogenic uptake included, shape (items, 9)."""
    emissions = snapshot.emissions
    shape = (snapshot.item_count, len(COMPONENTS))
    chosen = _chosen(facts, at_gate=at_gate)
    components = _summed(emissions.item_row, emissions.component, emissions.kgco2e, chosen, shape)
    if at_gate:
        item, place = declared_items(facts)
        components[item] = _declared_components(snapshot, place)
    return components


def direct_weights(snapshot: Snapshot, facts: Equations, *, at_gate: bool) -> Numbers:
    """Absolute direct kg CO2e of all entries and what is said of them, shape (items, 11); see ABSOLUTE and following.

    A declaration that exempts everything counts as exempting nothing here: its share has no finite kilograms,
    and ``exempts_all`` masks it.
    """
    emissions = snapshot.emissions
    chosen = _chosen(facts, at_gate=at_gate) & (emissions.component != BIOGENIC_UPTAKE)
    item, kilograms = emissions.item_row[chosen], np.abs(emissions.kgco2e[chosen])
    weights = np.zeros((snapshot.item_count, _WEIGHT_COUNT))
    data_type = emissions.data_type[chosen]
    marks = ((ABSOLUTE, True), (PRIMARY, data_type == _PRIMARY), (VERIFIED, emissions.is_verified[chosen]))
    for column, mark in (*marks, (PROXY, data_type == _PROXY)):
        weights[:, column] = sums_by_group(item, kilograms * mark, group_count=snapshot.item_count)
    ratings = (emissions.technological_dqr, emissions.temporal_dqr, emissions.geographical_dqr)
    for indicator, rating in enumerate(ratings):
        rated = np.where(np.isnan(rating[chosen]), 0.0, kilograms)
        rated_times_rating = rated * np.nan_to_num(rating[chosen], nan=0.0)
        weights[:, RATED.start + indicator] = sums_by_group(item, rated, group_count=snapshot.item_count)
        weights[:, RATING.start + indicator] = sums_by_group(item, rated_times_rating, group_count=snapshot.item_count)
    if at_gate:
        item, place = declared_items(facts)
        weights[item] = _declared_weights(snapshot, place)
    return weights


@dataclass(frozen=True, slots=True)
class Entries:
    """Every emission entry and declared total that counts, without biogenic uptake; ``primary_share`` is 0 to 1."""

    item_row: Rows
    stage: Codes
    kgco2e: Numbers
    primary_share: Numbers
    is_after_gate: Flags


def direct_entries(snapshot: Snapshot, facts: Equations) -> Entries:
    """The entries that the direct kilograms are made of; emissions first, then declared totals."""
    emissions, declarations = snapshot.emissions, snapshot.declarations
    item, place = declared_items(facts)
    counts = (facts.emission_at_gate | facts.emission_after_gate) & (emissions.component != BIOGENIC_UPTAKE)
    declared_stage = np.full(place.size, _UNSPECIFIED_STAGE, dtype=np.int8)
    declared_primary = np.nan_to_num(declarations.primary_data_share[place], nan=0.0)
    return Entries(
        item_row=np.concatenate((emissions.item_row[counts], item)),
        stage=np.concatenate((emissions.stage[counts], declared_stage)),
        kgco2e=np.concatenate((emissions.kgco2e[counts], declarations.kgco2e[place])),
        primary_share=np.concatenate((emissions.data_type[counts] == _PRIMARY, declared_primary)),
        is_after_gate=np.concatenate((facts.emission_after_gate[counts], np.zeros(place.size, dtype=np.bool_))),
    )


def declared_items(facts: Equations) -> tuple[Rows, Rows]:
    """Rows of the items with a declaration in force, and the index of each one's declaration."""
    item = np.flatnonzero(facts.declaration_of_item >= 0).astype(np.int32)
    return item, facts.declaration_of_item[item]


def exempts_all(snapshot: Snapshot, facts: Equations) -> Flags:
    """Items whose declaration in force exempts all of their kilograms: nothing can be said of what is exempted."""
    item, place = declared_items(facts)
    flags = np.zeros(snapshot.item_count, dtype=np.bool_)
    flags[item] = snapshot.declarations.exempted_share[place] >= 1.0
    return flags


def _declared_weights(snapshot: Snapshot, place: Rows) -> Numbers:
    declarations = snapshot.declarations
    kilograms = np.abs(declarations.kgco2e[place])
    exempted = np.nan_to_num(declarations.exempted_share[place], nan=0.0)
    exempted[exempted >= 1.0] = 0.0
    weights = np.zeros((place.size, _WEIGHT_COUNT))
    weights[:, ABSOLUTE] = kilograms
    weights[:, PRIMARY] = kilograms * np.nan_to_num(declarations.primary_data_share[place], nan=0.0)
    weights[:, VERIFIED] = kilograms * declarations.is_verified[place]
    weights[:, EXEMPTED] = kilograms * exempted / (1.0 - exempted)
    ratings = (declarations.technological_dqr, declarations.temporal_dqr, declarations.geographical_dqr)
    for indicator, rating in enumerate(ratings):
        weights[:, RATED.start + indicator] = np.where(np.isnan(rating[place]), 0.0, kilograms)
        weights[:, RATING.start + indicator] = kilograms * np.nan_to_num(rating[place], nan=0.0)
    return weights


def _declared_components(snapshot: Snapshot, place: Rows) -> Numbers:
    """Components of declared totals; what the given ones leave of the total is of unspecified component."""
    declarations = snapshot.declarations
    total_kgco2e = declarations.kgco2e[place]
    components = np.zeros((place.size, len(COMPONENTS)))
    for component in (*_PARTS, BIOGENIC_UPTAKE):
        given_kgco2e = getattr(declarations, f"{COMPONENTS[component].lower()}_kgco2e")[place]
        components[:, component] = np.nan_to_num(given_kgco2e, nan=0.0)
    parts_kgco2e = components[:, _PARTS]
    rest_kgco2e = total_kgco2e - parts_kgco2e.sum(axis=1)
    # Parts that were written to sum to the total do so only to the last bits: no carbon is left there.
    is_rounding = np.abs(rest_kgco2e) <= _ROUNDING * np.abs(parts_kgco2e).sum(axis=1)
    components[:, _UNSPECIFIED_COMPONENT] = np.where(is_rounding, 0.0, rest_kgco2e)
    return components


def _chosen(facts: Equations, *, at_gate: bool) -> Flags:
    return facts.emission_at_gate if at_gate else facts.emission_after_gate


def _summed(item: Rows, code: Codes, kgco2e: Numbers, chosen: Flags, shape: tuple[int, int]) -> Numbers:
    place = item[chosen].astype(np.int64) * shape[1] + code[chosen]
    return sums_by_group(place, kgco2e[chosen], group_count=shape[0] * shape[1]).reshape(shape)
