"""What emission entries weigh: given kilograms, or activity times the factor named or nearest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.facts import Facts, rows_of
from graph_service.model.units import convert_factor
from graph_service.model.vocabulary import FactorKind, Kind

RATINGS = ("technological_dqr", "temporal_dqr", "geographical_dqr")

Integers = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

ANYWHERE = 127
"""Region steps of a factor taken from a region that is neither the item's nor one that holds it."""


@dataclass(frozen=True, slots=True)
class FactorChoice:
    """The factor that serves a flow in a region; ``steps`` up the region tree, 0 = the region itself."""

    factor_row: int
    steps: int


@dataclass(frozen=True, slots=True)
class ResolvedEmissions:
    """Emission entries as weighed, one element per entry asked for.

    ``factor_row``: position in the facts' factors, -1 without one. ``region_steps``: how far up the regions the
    factor of a flow was found, 0 where no flow was asked for. ``gwp_code``: position in ``gwp_sets``, -1 unknown.
    """

    kgco2e: Numbers
    factor_row: Integers
    region_steps: npt.NDArray[np.int8]
    gwp_code: Integers
    gwp_sets: tuple[str, ...]
    ratings: Mapping[str, Numbers]


def numbers(column: pa.ChunkedArray) -> Numbers:
    """The column as float64 of the caller's own, NaN for null."""
    return np.array(column.to_numpy(), dtype=np.float64)


def integers(column: pa.ChunkedArray | pa.Array) -> Integers:
    """The column as int32 of the caller's own, -1 for null."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.array(pc.fill_null(array, -1).to_numpy(zero_copy_only=False), dtype=np.int32)


def flags(column: pa.ChunkedArray | pa.Array) -> Flags:
    """A column of true and false as an array; null is false."""
    filled = pc.fill_null(column, False)
    return np.asarray(filled.to_numpy(zero_copy_only=False) if isinstance(filled, pa.Array) else filled.to_numpy())


class FactorChooser:
    """Chooses factors for flows; reads the factors and regions of ``facts`` once."""

    def __init__(self, facts: Facts) -> None:
        factors = facts.tables[Kind.FACTOR].select(["uid", "flow", "region_uid", "year", "kind"]).to_pydict()
        footprint = list(FactorKind).index(FactorKind.CARBON_FOOTPRINT)
        ranked = sorted(range(len(factors["uid"])), key=lambda row: (-factors["year"][row], factors["uid"][row]))
        self._newest: dict[tuple[str, str], int] = {}
        self._newest_anywhere: dict[str, int] = {}
        for row in ranked:
            if factors["kind"][row] == footprint:
                flow = factors["flow"][row]
                self._newest.setdefault((flow, factors["region_uid"][row]), row)
                self._newest_anywhere.setdefault(flow, row)
        regions = facts.tables[Kind.REGION]
        self._parent = dict(zip(regions["uid"].to_pylist(), regions["parent_uid"].to_pylist(), strict=True))

    def choose(self, flow: str, region_uid: str | None) -> FactorChoice | None:
        """The newest footprint factor of the nearest region that has one for ``flow``; None where none has.

        Nearest: the region itself, its parents upward, then any. Newest: by year; among equals the first uid.
        CO2-only factors never serve a footprint.
        """
        seen: set[str] = set()
        region = region_uid
        while region is not None and region not in seen:
            row = self._newest.get((flow, region))
            if row is not None:
                return FactorChoice(row, len(seen))
            seen.add(region)
            region = self._parent.get(region)
        anywhere = self._newest_anywhere.get(flow)
        return None if anywhere is None else FactorChoice(anywhere, ANYWHERE)

    @property
    def flows(self) -> Sequence[str]:
        """Every flow that some footprint factor serves, in order."""
        return sorted(self._newest_anywhere)


def resolve_emissions(facts: Facts, emissions: pa.Table) -> ResolvedEmissions:
    """Weigh ``emissions``, rows of the facts' emissions, in kg CO2e per declared unit of their items.

    Raises ``ValueError`` where an entry cannot be weighed; intake lets none in.
    """
    factor_row = integers(rows_of(emissions["factor_uid"], facts.tables[Kind.FACTOR]["uid"]))
    region_steps = np.zeros(len(factor_row), dtype=np.int8)
    by_flow = np.flatnonzero(emissions["flow"].is_valid().to_numpy())
    if len(by_flow):
        rows, steps = _choose_for_flows(facts, emissions.take(pa.array(by_flow)))
        factor_row[by_flow], region_steps[by_flow] = rows, steps
    kgco2e = numbers(emissions["kgco2e"])
    computed = np.flatnonzero(emissions["kgco2e"].is_null().to_numpy())
    if len(computed):
        kgco2e[computed] = _weigh(facts, emissions.take(pa.array(computed)), factor_row[computed])
    gwp_code, gwp_sets = _gwp_codes(facts, emissions, factor_row)
    ratings = {name: _rating(facts, emissions, factor_row, name) for name in RATINGS}
    return ResolvedEmissions(kgco2e, factor_row, region_steps, gwp_code, gwp_sets, ratings)


def _choose_for_flows(facts: Facts, emissions: pa.Table) -> tuple[Integers, npt.NDArray[np.int8]]:
    """Factor rows and region steps of entries that name a flow; each pair of flow and region is chosen once."""
    flows = emissions["flow"].combine_chunks().dictionary_encode()
    regions = facts.items["region_uid"].take(emissions["item_row"]).combine_chunks().dictionary_encode()
    region_codes = integers(regions.indices).astype(np.int64) + 1
    pairs = integers(flows.indices).astype(np.int64) * (len(regions.dictionary) + 1) + region_codes
    unique, inverse = np.unique(pairs, return_inverse=True)
    chooser = FactorChooser(facts)
    flow_names, region_names = flows.dictionary.to_pylist(), regions.dictionary.to_pylist()
    rows, steps = np.empty(len(unique), np.int32), np.empty(len(unique), np.int8)
    for index, pair in enumerate(unique.tolist()):
        flow_code, region_code = divmod(pair, len(region_names) + 1)
        choice = chooser.choose(flow_names[flow_code], region_names[region_code - 1] if region_code else None)
        if choice is None:
            raise ValueError(f"no footprint factor serves the flow {flow_names[flow_code]!r}")
        rows[index], steps[index] = choice.factor_row, choice.steps
    return rows[inverse], steps[inverse]


def _weigh(facts: Facts, emissions: pa.Table, factor_row: Integers) -> Numbers:
    """Activity, in the factor's unit, times the factor, kg CO2e; each pair of units is converted once."""
    if (factor_row < 0).any():
        raise ValueError("an emission names a factor that is not recorded")
    factors = facts.tables[Kind.FACTOR]
    own = emissions["activity_unit"].combine_chunks().dictionary_encode()
    wanted = factors["unit"].combine_chunks().dictionary_encode()
    pairs = integers(own.indices).astype(np.int64) * len(wanted.dictionary) + integers(wanted.indices)[factor_row]
    unique, inverse = np.unique(pairs, return_inverse=True)
    scale = np.empty(len(unique))
    for index, pair in enumerate(unique.tolist()):
        own_code, wanted_code = divmod(pair, len(wanted.dictionary))
        converted = convert_factor(own.dictionary[own_code].as_py(), wanted.dictionary[wanted_code].as_py())
        if converted is None:
            raise ValueError(f"{own.dictionary[own_code]} does not convert to {wanted.dictionary[wanted_code]}")
        scale[index] = converted
    return numbers(emissions["activity"]) * scale[inverse] * numbers(factors["kgco2e"])[factor_row]


def _rating(facts: Facts, emissions: pa.Table, factor_row: Integers, name: str) -> Numbers:
    """An entry's own rating, else its factor's, else NaN."""
    own = numbers(emissions[name])
    of_factors = np.append(numbers(facts.tables[Kind.FACTOR][name]), np.nan)
    return np.where(np.isnan(own), of_factors[factor_row], own)


def _gwp_codes(facts: Facts, emissions: pa.Table, factor_row: Integers) -> tuple[Integers, tuple[str, ...]]:
    """An entry's own GWP set, else its factor's, as codes into the returned names."""
    of_factors = facts.tables[Kind.FACTOR]["gwp_set"].take(pa.array(factor_row, mask=factor_row < 0))
    chosen = pc.coalesce(emissions["gwp_set"], of_factors).combine_chunks().dictionary_encode()
    return integers(chosen.indices), tuple(chosen.dictionary.to_pylist())
