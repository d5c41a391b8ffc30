"""Why the supplier of an item is worth asking, in words."""

import numpy as np

from graph_service.engine.quality import DECLARED, WeighedEntries
from graph_service.engine.snapshot import DATA_TYPES, Numbers
from graph_service.model.facts import Facts
from graph_service.service.figures import figure_text

_ORIGINS = (*(f"{name.lower()} data" for name in DATA_TYPES), "a declared total", "a declaration that has expired")


def gap_reason(
    facts: Facts,
    item_row: int,
    *,
    into_unit: str,
    is_direct: bool,
    amount: float,
    kgco2e_per_unit: float | None,
    peer_count: int,
    counted_kgco2e: float,
) -> str:
    """What is missing of an item, how much of it is taken, and what its peers suggest of it."""
    unit, category = (facts.items[column][item_row].as_py() for column in ("declared_unit", "category"))
    missing = "inputs but no emissions of its own" if is_direct else "no data"
    taken = f"{missing}; {figure_text(amount)} {unit} of it go into one {into_unit}"
    if kgco2e_per_unit is not None:
        what = "own emissions" if is_direct else "total"
        peers = f"{what} of 1 peer" if peer_count == 1 else f"median {what} of {peer_count} peers"
        return (
            f"{taken}; {peers} in category {category}: {figure_text(kgco2e_per_unit)} kg CO2e per {unit}, "
            f"which makes {figure_text(kgco2e_per_unit * amount)} kg CO2e"
        )
    why = f"no peer in category {category} to compare with" if category else "no category"
    return f"{taken}; size unknown, {why}: ranked as if {figure_text(counted_kgco2e)} kg CO2e"


def quality_reason(entries: WeighedEntries, *, kgco2e: float) -> str:
    """What the data of one item are, how they are rated, and what they lack; ``entries`` are that item's."""
    weight = entries.absolute_kgco2e / entries.absolute_kgco2e.sum()
    share = np.bincount(entries.origin, weights=weight, minlength=len(_ORIGINS))
    present = np.flatnonzero(share > 0.0)[::-1].tolist()
    parts = [_ORIGINS[code] if len(present) == 1 else f"{100 * share[code]:.0f} % {_ORIGINS[code]}" for code in present]
    told = f"{' and '.join(parts)}{_primary_part(entries)}, {_rating_text(entries, weight)}"
    lack = float((entries.lack * weight).sum())
    return f"{figure_text(kgco2e)} kg CO2e from {told}; lack of quality {figure_text(lack)} of 1"


def _primary_part(entries: WeighedEntries) -> str:
    """How much of a declared total is primary data; empty without one."""
    if entries.origin[0] != DECLARED:
        return ""
    primary = float(entries.primary_share[0])
    return " that gives no primary share" if np.isnan(primary) else f" with {100 * primary:.0f} % primary data"


def _rating_text(entries: WeighedEntries, weight: Numbers) -> str:
    rated = ~np.isnan(entries.rating) & (weight > 0.0)
    if not rated.any():
        return "unrated"
    rating = float((entries.rating * weight)[rated].sum() / weight[rated].sum())
    part = "" if rated[weight > 0.0].all() else f" for {100 * weight[rated].sum():.0f} %"
    return f"rated {figure_text(rating)} (1 best, 5 worst){part}"
