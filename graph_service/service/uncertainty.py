"""How far an item's total may lie off, from the spreads recorded of emissions, factors and supply amounts."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from graph_service.engine.uncertainty import Samples, Spread, Spreads, first_order
from graph_service.engine.uncertainty import monte_carlo as draw
from graph_service.errors import InvalidInput
from graph_service.model.vocabulary import Kind
from graph_service.service.footprints import Footprint
from graph_service.service.resolution import Integers, Numbers, numbers

MOST_SAMPLES = 100_000


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Between low and high the total lies with probability ``level``; what carries no spread counts as certain.

    ``coefficient_of_variation`` and ``declared_share``, of the total as declared, are None where the total is 0.
    """

    level: float
    low_kgco2e: float
    high_kgco2e: float
    coefficient_of_variation: float | None
    method: str
    declared_share: float | None


@dataclass(frozen=True, slots=True)
class Sampled:
    """The same from samples, quantiles of those that could be solved; None where none could.

    ``unsolvable_count`` of the ``count`` samples had a loop that takes one unit or more of itself.
    """

    count: int
    unsolvable_count: int
    median_kgco2e: float | None
    low_kgco2e: float | None
    high_kgco2e: float | None
    coefficient_of_variation: float | None


def uncertainty(found: Footprint, *, level: float = 0.95) -> Uncertainty | None:
    """The interval around the total, to first order; None where that is unknown or nothing upstream has a spread.

    Raises ``InvalidInput`` for a level that is not between 0 and 1, or spreads too wide for any interval.
    """
    spread = _first_order(found, level)
    if spread is None:
        return None
    try:
        low_kgco2e, high_kgco2e = spread.interval_kgco2e(level)
        variation = spread.coefficient_of_variation()
    except OverflowError as error:
        total = abs(spread.total_kgco2e)
        raise InvalidInput(
            f"the spreads upstream are too wide for an interval: one standard deviation is "
            f"{spread.deviation_kgco2e / total:.3g} times the total; look at the largest gsd"
        ) from error
    total_kgco2e = spread.total_kgco2e
    return Uncertainty(
        level=level,
        low_kgco2e=low_kgco2e,
        high_kgco2e=high_kgco2e,
        coefficient_of_variation=None if np.isnan(variation) else variation,
        method=_method(spread),
        declared_share=spread.declared_kgco2e / total_kgco2e if total_kgco2e else None,
    )


def monte_carlo(found: Footprint, *, level: float = 0.95, count: int = 1_000, seed: int = 0) -> Sampled | None:
    """The same interval from ``count`` samples, each a roll-up of the whole upstream; None as in ``uncertainty``.

    Raises ``InvalidInput`` for a level, count or seed out of range.
    """
    if not 1 <= count <= MOST_SAMPLES:
        raise InvalidInput(f"{count} samples; 1 to {MOST_SAMPLES:,} can be drawn")
    if seed < 0:
        raise InvalidInput(f"the seed is {seed}; it is 0 or more")
    if _first_order(found, level) is None:
        return None
    return _sampled(draw(found.trace, _spreads(found), count=count, seed=seed), level)


def _first_order(found: Footprint, level: float) -> Spread | None:
    if not 0.0 < level < 1.0:
        raise InvalidInput(f"level is {level:g}; a probability between 0 and 1 was meant, for example 0.95")
    return None if found.total_kgco2e is None else first_order(found.trace, _spreads(found))


def _spreads(found: Footprint) -> Spreads:
    day = found.graph.day
    return Spreads(
        supply=_gsd(found, Kind.SUPPLY, day.supply_rows),
        emission=_gsd(found, Kind.EMISSION, day.emission_rows),
        factor=_gsd(found, Kind.FACTOR, None),
        factor_of_emission=day.resolved.factor_row,
    )


def _gsd(found: Footprint, kind: Kind, rows: Integers | None) -> Numbers:
    column = found.graph.day.facts.tables[kind]["gsd"]
    if column.null_count == len(column):
        return np.full(len(column) if rows is None else len(rows), np.nan)
    return numbers(column if rows is None else column.take(pa.array(rows)))


def _method(spread: Spread) -> str:
    law = "lognormal" if spread.is_lognormal else "normal"
    counts = (
        (spread.factor_count, "factor", "factors"),
        (spread.emission_count, "emission", "emissions"),
        (spread.supply_count, "supply amount", "supply amounts"),
    )
    named = ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts if count)
    whole = "the total" if spread.is_lognormal else "the absolute kilograms"
    covered = spread.covered_kgco2e / spread.absolute_kgco2e if spread.absolute_kgco2e else 0.0
    return (
        f"first order, {law}; {named} carry a geometric standard deviation; emissions with one, of their own or of "
        f"their factor, make {100 * covered:.3g} % of {whole}; all else counts as certain"
    )


def _sampled(samples: Samples, level: float) -> Sampled:
    totals = samples.total_kgco2e
    count = totals.size + samples.unsolvable_count
    if not totals.size:
        return Sampled(count, samples.unsolvable_count, None, None, None, None)
    low, median, high = np.quantile(totals, [(1.0 - level) / 2.0, 0.5, (1.0 + level) / 2.0]).tolist()
    mean = abs(float(totals.mean()))
    variation = float(totals.std(ddof=1)) / mean if mean and totals.size > 1 else None
    return Sampled(count, samples.unsolvable_count, median, low, high, variation)
