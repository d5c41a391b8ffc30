"""What the second opinion says of all items at once, under the names of ``totals.csv``; NaN where unknown."""

from dataclasses import dataclass

import numpy as np

from tests.oracle.folder_reference import COMPONENTS, RATINGS, STAGES, Footprints, Numbers

SHARES = {"primary_data_share": "primary", "verified_share": "verified", "proxy_share": "proxy"}


def reference_columns(known: Footprints) -> dict[str, Numbers]:
    """Every number column of ``totals.csv``, items in order of their uids."""
    is_known = known.is_known()
    total, uptake = known.signed("kgco2e"), known.signed("uptake_kgco2e")
    own = known.per_item("kgco2e")
    direct = own["gate"] + own["after"] * known.to_grave
    columns = {
        "total_kgco2e": total,
        "direct_kgco2e": direct,
        "upstream_kgco2e": total - direct,
        "total_including_uptake_kgco2e": total + uptake,
        **{f"stage_{stage}_kgco2e": known.signed("stage", stage) for stage in STAGES},
        **{f"component_{component}_kgco2e": known.signed("component", component) for component in COMPONENTS},
    }
    columns = {name: np.where(is_known, values, np.nan) for name, values in columns.items()}
    columns["loop_gain"] = known.loop_gain
    return columns | _qualities(known, columns["loop_gain"])


def _qualities(known: Footprints, loop_gain: Numbers) -> dict[str, Numbers]:
    """Shares and ratings: of absolute kilograms, which do not exist where a gain upstream is 1 or more."""
    absolute = known.weight("absolute")
    absolute = np.where((absolute > 0) & (loop_gain < 1) & known.is_known(), absolute, np.nan)
    exempted = known.weight("exempted_kgco2e")
    rated = {name: known.weight("rated_by", name) for name in RATINGS}
    columns = {share: known.weight(value) / absolute for share, value in SHARES.items()}
    columns["exempted_share"] = exempted / (absolute + exempted)
    # The contract leaves open what is rated where not all three indicators are: the service takes the least rated.
    columns["rated_share"] = np.min(list(rated.values()), axis=0) / absolute
    for name in RATINGS:
        has_rating = (rated[name] > 0) & ~np.isnan(absolute)
        weighted = known.weight("rating", name)
        columns[name] = np.divide(weighted, rated[name], out=np.full_like(weighted, np.nan), where=has_rating)
    return columns


def scale_kgco2e(known: Footprints) -> Numbers:
    """The absolute kilograms in each item's total, uptake included: what errors are relative to."""
    activity = known.absolute_activity if (known.loop_gain < 1).all() else abs(known.activity)
    own = {side: sum(abs(known.per_item(*key)[side]) for key in _kilograms()) for side in ("gate", "after")}
    return np.asarray(own["gate"] @ activity + own["after"])


def _kilograms() -> list[tuple[str, ...]]:
    return [("absolute",), *(("component", component) for component in COMPONENTS)]


def reporting_stages(known: Footprints, item: int) -> Numbers:
    """The item's total by stage as it sees it: each direct input whole, under the stage of its supply."""
    stages = dict.fromkeys(STAGES, 0.0)
    for stage in STAGES:
        own = known.per_item("stage", stage)
        stages[stage] += own["gate"][item] + own["after"][item] * known.to_grave
    gate_kgco2e = gate_totals(known)
    for input_item, coefficient, stage in known.inputs[item]:
        stages[stage] += coefficient * gate_kgco2e[input_item]
    return np.array([stages[stage] for stage in STAGES])


def gate_totals(known: Footprints) -> Numbers:
    """Cradle-to-gate totals, 0 where nothing is known."""
    return known.per_item("kgco2e")["gate"] @ known.leontief


def input_contributions(known: Footprints, item: int) -> list[tuple[str, float]]:
    """Uid of the input and kilograms of every direct supply of which something is known."""
    has_data = known.has_gate_emission | known.is_declared
    gate_only = Footprints(known.facts, known.is_traced, to_grave=False) if known.to_grave else known
    is_known = ((gate_only.tier >= 0) & has_data[:, None]).any(axis=0)
    gate_kgco2e = gate_totals(known)
    return sorted(
        (known.facts.items[i]["item"], float(coefficient * gate_kgco2e[i]))
        for i, coefficient, _ in known.inputs[item]
        if is_known[i]
    )


@dataclass
class Group:
    """What a hotspot group brings to an item: kilograms, absolute ones, and of these the primary ones."""

    kgco2e: float = 0.0
    absolute_kgco2e: float = 0.0
    primary_kgco2e: float = 0.0
    is_at_gate: bool = False
    """Whether any of it is emitted before a gate, and so weighed by the absolute requirements."""

    def primary_data_share(self, loop_gain: float) -> float:
        has_weights = self.absolute_kgco2e > 0 and not (self.is_at_gate and loop_gain >= 1)
        return self.primary_kgco2e / self.absolute_kgco2e if has_weights else np.nan


def input_scale_kgco2e(known: Footprints, item: int) -> float:
    """The absolute kilograms in the item's direct inputs, each by itself: supplies that cancel have some."""
    scale = scale_kgco2e(known)
    return float(scale[item] + sum(abs(coefficient) * scale[i] for i, coefficient, _ in known.inputs[item]))


def hotspots(known: Footprints, item: int, by: str) -> dict[str, Group]:
    """Every group upstream of the item, by key; a stage is upstream always."""
    groups = {stage: Group() for stage in STAGES} if by == "STAGE" else dict[str, Group]()
    for row, facts in enumerate(known.facts.items):
        if known.tier[row, item] >= 0 and by != "STAGE":
            groups.setdefault(str(known.tier[row, item]) if by == "TIER" else facts[by.lower()], Group())
    for sources, is_at_gate in ((known.gate, True), (known.after_gate, False)):
        for source in sources:
            row, counts = source.item, known.to_grave and source.item == item
            taken = known.activity[row, item] if is_at_gate else float(counts)
            absolute = known.absolute_activity[row, item] if is_at_gate else float(counts)
            if known.tier[row, item] < 0 or source.is_uptake or not (is_at_gate or counts):
                continue
            keys = {"STAGE": source.stage, "TIER": str(known.tier[row, item])}
            group = groups[keys[by] if by in keys else known.facts.items[row][by.lower()]]
            group.kgco2e += source.kgco2e * taken
            group.absolute_kgco2e += abs(source.kgco2e) * absolute
            group.primary_kgco2e += source.primary * absolute
            group.is_at_gate |= is_at_gate
    return groups
