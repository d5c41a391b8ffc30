"""Emission entries by factor: what one unit of activity weighs, and how a move splits between factor and activity."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph_service.model.facts import Facts
from graph_service.model.units import convert_factor
from graph_service.model.vocabulary import Kind
from graph_service.service.resolution import Integers, Numbers, integers, numbers

Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class FactorSplit:
    """``is_split`` marks the entries weighed by a factor in both views; the others give their move by element of those.

    ``factor_kgco2e``: mean activity times what the factor moved; ``activity_kgco2e``: the rest.
    """

    is_split: Flags
    factor_kgco2e: Numbers
    activity_kgco2e: Numbers


@dataclass(frozen=True, slots=True)
class Weighing:
    """Entries by factor: activity, its unit, how many of the factor's units one of it is, kilograms per factor unit."""

    activity: Numbers
    unit: pa.ChunkedArray
    scale: Numbers
    factor_kgco2e: Numbers

    @property
    def rate(self) -> Numbers:
        """Kg CO2e per unit of activity."""
        return self.scale * self.factor_kgco2e


def weighing(facts: Facts, emission_rows: Rows, factor_rows: Rows) -> Weighing:
    """How entries of the facts are weighed by these factors."""
    entries = facts.tables[Kind.EMISSION].select(["activity", "activity_unit"]).take(pa.array(emission_rows))
    factors = facts.tables[Kind.FACTOR].select(["unit", "kgco2e"]).take(pa.array(factor_rows))
    unit = entries["activity_unit"]
    scale = conversions(unit, factors["unit"])
    return Weighing(numbers(entries["activity"]), unit, scale, numbers(factors["kgco2e"]))


def conversions(own: pa.ChunkedArray, wanted: pa.ChunkedArray) -> Numbers:
    """How many of the wanted unit one of each own unit is, NaN where there is none; each pair is converted once."""
    from_unit, to_unit = (column.combine_chunks().dictionary_encode() for column in (own, wanted))
    pairs = integers(from_unit.indices).astype(np.int64) * len(to_unit.dictionary) + integers(to_unit.indices)
    unique, inverse = np.unique(pairs, return_inverse=True)
    names, wanted_names = from_unit.dictionary.to_pylist(), to_unit.dictionary.to_pylist()
    scale = np.empty(len(unique))
    for index, pair in enumerate(unique.tolist()):
        own_code, wanted_code = divmod(pair, len(wanted_names))
        converted = convert_factor(names[own_code], wanted_names[wanted_code])
        scale[index] = np.nan if converted is None else converted
    converted_each: Numbers = scale[inverse]
    return converted_each


def is_by_factor(facts: Facts, emission_rows: Rows, factor_rows: Integers) -> Flags:
    """Whether entries weigh activity times factor, not given kilograms."""
    is_given = facts.tables[Kind.EMISSION]["kgco2e"].take(pa.array(emission_rows)).is_valid()
    return (factor_rows >= 0) & ~np.asarray(is_given, dtype=np.bool_)


def split_by_factor(
    facts: tuple[Facts, Facts], emission_rows: tuple[Rows, Rows], factor_rows: tuple[Integers, Integers]
) -> FactorSplit:
    """Split the move of entries that both facts hold, before and after, into that of factor and of activity.

    An activity in another unit is converted; where it cannot be, nothing is split.
    """
    is_split = is_by_factor(facts[0], emission_rows[0], factor_rows[0])
    is_split &= is_by_factor(facts[1], emission_rows[1], factor_rows[1])
    was, now = (
        weighing(one, rows[is_split], factors[is_split])
        for one, rows, factors in zip(facts, emission_rows, factor_rows, strict=True)
    )
    scale = conversions(now.unit, was.unit)
    converts = ~np.isnan(scale)
    is_split[np.flatnonzero(is_split)[~converts]] = False
    scale = scale[converts]
    activity_was, activity_now = was.activity[converts], now.activity[converts] * scale
    rate_was, rate_now = was.rate[converts], now.rate[converts] / scale
    return FactorSplit(
        is_split,
        factor_kgco2e=0.5 * (activity_was + activity_now) * (rate_now - rate_was),
        activity_kgco2e=0.5 * (rate_was + rate_now) * (activity_now - activity_was),
    )
