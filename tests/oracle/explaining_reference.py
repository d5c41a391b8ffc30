"""A second opinion on what explains a total: paths, sensitivities and spread, by dense matrices and enumeration alone.

Written from ``contract/schema.graphql``, the design's section 5 and ``docs/how-to/explain.md``, without a line of the
service.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from tests.oracle.folder_reference import AFTER_GATE, Facts, Footprints, Numbers, Row, Source, number
from tests.oracle.reference_columns import gate_totals

MOST_OPEN_ENDS = 20_000


@dataclass(frozen=True)
class Entry:
    """One emission row that counts, without uptake: ``taken`` times its kilograms are in the item's total."""

    row: Row
    item: int
    kgco2e: float
    factor: Row | None
    taken: float
    is_after_gate: bool


@dataclass(frozen=True)
class Flow:
    """One supply row that counts: ``taken`` units of the output are in the item's total."""

    row: Row
    input: int
    output: int
    coefficient: float
    taken: float
    input_kgco2e: float
    is_input_known: bool
    is_after_gate: bool

    @property
    def kgco2e(self) -> float:
        return self.coefficient * self.input_kgco2e * self.taken

    @property
    def derivative(self) -> float:
        return float(self.row.get("share") or 1) * self.input_kgco2e * self.taken


def total_of(known: Footprints, item: int) -> float:
    """The item's total, NaN where nothing is known."""
    return float(known.signed("kgco2e")[item]) if known.is_known()[item] else math.nan


def entries(known: Footprints, item: int) -> list[Entry]:
    """Emission rows before the gate of everything upstream, and those of the item itself after its gate."""
    found = []
    for row in known.facts.valid("emissions"):
        source = known.facts.emission_source(row)
        is_after = source.stage in AFTER_GATE
        is_counted = (known.to_grave and source.item == item) if is_after else not known.is_declared[source.item]
        if source.is_uptake or known.tier[source.item, item] < 0 or not is_counted:
            continue
        taken = 1.0 if is_after else float(known.activity[source.item, item])
        found.append(Entry(row, source.item, source.kgco2e, known.facts.factor_of(row), taken, is_after))
    return found


def flows(known: Footprints, item: int) -> list[Flow]:
    """Supply rows before the gate into everything upstream, and those of the item itself after its gate."""
    totals, is_known, facts = gate_totals(known), has_gate_total(known), known.facts
    found = []
    for row in facts.valid("supplies"):
        i, k = facts.row_of_item[row["input"]], facts.row_of_item[row["output"]]
        is_after = row.get("stage") in AFTER_GATE
        is_counted = (known.to_grave and k == item) if is_after else not known.is_declared[k]
        if known.tier[k, item] < 0 or not is_counted:
            continue
        taken = 1.0 if is_after else float(known.activity[k, item])
        coefficient = facts.coefficient(row)
        found.append(Flow(row, i, k, coefficient, taken, float(totals[i]), bool(is_known[i]), is_after))
    return found


def has_gate_total(known: Footprints) -> npt.NDArray[np.bool_]:
    """Whether anything is known of each item up to its gate."""
    has_data = known.has_gate_emission | known.is_declared
    is_known: npt.NDArray[np.bool_] = ((known.gate_tier >= 0) & has_data[:, None]).any(axis=0)
    return is_known


def declared_kgco2e(known: Footprints, item: int) -> float:
    """The kilograms in the item's total that are declared."""
    return sum(source.kgco2e * float(known.activity[source.item, item]) for source in _declared(known))


def _declared(known: Footprints) -> list[Source]:
    return [source for source in known.gate if source.stage == "UNSPECIFIED"]


# ---------------------------------------------------------------- paths


@dataclass(frozen=True)
class Enumerated:
    """Paths by their items, emitting item first; none that carries ``proven_kgco2e`` or more is missing."""

    kgco2e: dict[tuple[int, ...], float]
    proven_kgco2e: float


def path_kgco2e(known: Footprints, path: tuple[int, ...]) -> float:
    """What the first item emits itself, times the amounts on the way, parallel supplies together."""
    own, last = known.per_item("kgco2e"), path[-1]
    steps = known.requirements + 0.0
    kgco2e = float(own["gate"][path[0]] + (own["after"][last] * known.to_grave if len(path) == 1 else 0.0))
    for place in range(len(path) - 1):
        i, k = path[place], path[place + 1]
        is_last_step = place == len(path) - 2
        kgco2e *= float(steps[i, k] + (known.after_supplies[i, k] if is_last_step else 0.0))
    return kgco2e


def enumerate_paths(known: Footprints, item: int, *, wanted: int) -> Enumerated:
    """All paths above a threshold that falls until ``wanted`` are found or too many ends are open."""
    own = known.per_item("kgco2e")
    absolute = abs(own["gate"]) @ known.absolute_leontief
    found, threshold = Enumerated({}, math.inf), float(absolute.max(initial=0.0)) * 100
    first = [(known.requirements + known.after_supplies)[:, item], own["after"][item] * known.to_grave]
    while threshold > 1e-12:
        paths = _above(known, item, threshold, absolute=absolute, first=first)
        if paths is None:
            break
        found = Enumerated(paths, threshold)
        if sum(abs(kgco2e) >= threshold for kgco2e in paths.values()) >= wanted:
            break
        threshold /= 4
    return found


def _above(
    known: Footprints, item: int, threshold: float, *, absolute: Numbers, first: list[Numbers]
) -> dict[tuple[int, ...], float] | None:
    own = known.per_item("kgco2e")["gate"]
    paths: dict[tuple[int, ...], float] = {(item,): float(own[item] + first[1])}
    ends: list[tuple[tuple[int, ...], float]] = [((item,), 1.0)]
    opened = 0
    while ends:
        path, weight = ends.pop()
        steps = first[0] if len(path) == 1 else known.requirements[:, path[0]]
        for i in np.flatnonzero(abs(steps * weight) * absolute >= threshold).tolist():
            longer, carried = (i, *path), float(steps[i]) * weight
            paths[longer] = carried * float(own[i])
            ends.append((longer, carried))
            opened += 1
            if opened > MOST_OPEN_ENDS:
                return None
    return paths


# ---------------------------------------------------------------- uncertainty


@dataclass(frozen=True)
class Spread:
    """The interval by definition; ``sd_kgco2e`` is one standard deviation to first order."""

    sd_kgco2e: float
    low_kgco2e: float
    high_kgco2e: float
    coefficient_of_variation: float
    declared_share: float | None
    is_lognormal: bool


def spread(known: Footprints, item: int, *, level: float) -> Spread | None:
    """First order: the square sum over parameters of kilograms times ln gsd, a factor being one wherever used."""
    total = total_of(known, item)
    weighted: dict[tuple[str, str], float] = {}
    for entry in entries(known, item):
        _add(weighted, ("emission", entry.row["emission"]), entry.row, entry.kgco2e * entry.taken)
        if entry.factor:
            _add(weighted, ("factor", entry.factor["factor"]), entry.factor, entry.kgco2e * entry.taken)
    for flow in flows(known, item):
        if flow.is_input_known:
            _add(weighted, ("supply", flow.row["supply"]), flow.row, flow.kgco2e)
    if math.isnan(total) or not weighted:
        return None
    sd = math.sqrt(sum(value * value for value in weighted.values()))
    z = NormalDist().inv_cdf(0.5 + level / 2)
    is_lognormal = total > 0 and not has_negative_contribution(known, item)
    widest = math.exp(z * sd / total) if is_lognormal else 0.0
    low, high = (total / widest, total * widest) if is_lognormal else (total - z * sd, total + z * sd)
    share = declared_kgco2e(known, item) / total if total else None
    relative = sd / abs(total) if total else math.nan
    variation = math.sqrt(math.expm1(relative**2)) if is_lognormal else relative
    return Spread(sd, low, high, variation, share, is_lognormal)


def _add(weighted: dict[tuple[str, str], float], key: tuple[str, str], row: Row, kgco2e: float) -> None:
    gsd = number(row.get("gsd"))
    if gsd is not None:
        weighted[key] = weighted.get(key, 0.0) + kgco2e * math.log(gsd)


def has_negative_contribution(known: Footprints, item: int) -> bool:
    """Whether any entry, declared total or supply takes away from the total."""
    parts = [entry.kgco2e * entry.taken for entry in entries(known, item)]
    parts += [source.kgco2e * float(known.activity[source.item, item]) for source in _declared(known)]
    carried = [flow.kgco2e for flow in flows(known, item) if flow.is_input_known]
    return min([*parts, *carried], default=0.0) < -1e-12 * sum(abs(part) for part in parts)


# ---------------------------------------------------------------- changed folders


def with_row(facts: Facts, file: str, row: Row, **changed: str) -> Facts:
    """The same folder with one row changed."""
    rows = {**facts.rows, file: [each | changed if each is row else each for each in facts.rows[file]]}
    return Facts(rows, facts.day, facts.received)


def with_emission(facts: Facts, item: int, kgco2e: float, *, stage: str = "MANUFACTURING") -> Facts:
    """The same folder with one more direct emission."""
    row = {"emission": "one more", "item": facts.items[item]["item"], "kgco2e": repr(kgco2e), "stage": stage}
    rows = {**facts.rows, "emissions": [*facts.rows.get("emissions", []), row]}
    return Facts(rows, facts.day, facts.received)


def resolved(known: Footprints, facts: Facts) -> Footprints:
    """The same view of another folder."""
    return Footprints(facts, known.is_traced, known.to_grave)
