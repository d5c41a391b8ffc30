"""How far one item's total may lie off: first order from its sensitivities, and Monte Carlo as the check of that."""

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from graph_service.engine.equations import BIOGENIC_UPTAKE
from graph_service.engine.rollup import roll_up
from graph_service.engine.sensitivities import sensitivities
from graph_service.engine.snapshot import (
    AFTER_GATE,
    Declarations,
    Emissions,
    Flags,
    Indices,
    Numbers,
    Snapshot,
    Supplies,
)
from graph_service.engine.sums import sums_by_group
from graph_service.engine.trace import Trace

_ROUNDING = 1e-12
"""Contributions below 0 by no more than this part of all kilograms are rounding, no credits."""


@dataclass(frozen=True, slots=True)
class Spreads:
    """Geometric standard deviations, 1 or more; NaN where none is given.

    Of supply amounts and of emissions (of an activity, or of kilograms given), both in the order of the snapshot, and
    of factors. ``factor_of_emission`` is the index of the factor that weighs an emission, -1 where none does.
    """

    supply: Numbers
    emission: Numbers
    factor: Numbers
    factor_of_emission: Indices


@dataclass(frozen=True, slots=True)
class Spread:
    """The first-order spread of a total; the counts are of parameters upstream that carry a geometric deviation.

    ``deviation_kgco2e``: one standard deviation. ``covered_kgco2e`` of the ``absolute_kgco2e``, both sums of
    contributions without signs, come from emissions whose activity, kilograms or factor carries one.
    ``declared_kgco2e``: what declared totals bring, net. ``is_lognormal``: nothing takes away, no entry and no supply.
    """

    total_kgco2e: float
    deviation_kgco2e: float
    is_lognormal: bool
    factor_count: int
    emission_count: int
    supply_count: int
    covered_kgco2e: float
    absolute_kgco2e: float
    declared_kgco2e: float

    def interval_kgco2e(self, level: float) -> tuple[float, float]:
        """Low and high, between which the total lies with probability ``level``. Raises OverflowError past floats."""
        score = abs(NormalDist().inv_cdf((1.0 - level) / 2.0))
        if not self.is_lognormal:
            half = score * self.deviation_kgco2e
            return self.total_kgco2e - half, self.total_kgco2e + half
        exponent = score * self.deviation_kgco2e / self.total_kgco2e
        return self.total_kgco2e * math.exp(-exponent), self.total_kgco2e * math.exp(exponent)

    def coefficient_of_variation(self) -> float:
        """Standard deviation by the total's size; NaN where that is 0. Raises OverflowError past floats."""
        if not self.total_kgco2e:
            return math.nan
        relative = self.deviation_kgco2e / abs(self.total_kgco2e)
        return math.sqrt(math.expm1(relative**2)) if self.is_lognormal else relative


def first_order(trace: Trace, spreads: Spreads) -> Spread | None:
    """The spread of the traced total; None where it is unknown or no parameter upstream carries a deviation.

    The variance is the sum over parameters of (kilograms that scale with it times the logarithm of its geometric
    standard deviation) squared. A factor is one parameter wherever it is used; each emission and each supply amount
    is its own. What carries no deviation, declared totals among it, counts as certain.
    """
    if np.isnan(trace.total_kgco2e):
        return None
    emission = _counted(trace)
    emitted = trace.rollup.snapshot.emissions.kgco2e[emission] * _taken(trace, emission)
    factor = spreads.factor_of_emission[emission]
    own_gsd, factor_gsd = spreads.emission[emission], np.append(spreads.factor, np.nan)[factor]
    by_factor = sums_by_group(factor[factor >= 0], emitted[factor >= 0], group_count=spreads.factor.size)
    used = np.unique(factor[~np.isnan(factor_gsd)])
    amounts = sensitivities(trace)
    by_amount, amount_gsd = amounts.kgco2e[amounts.item_row.size :], spreads.supply[amounts.supply]
    kilograms = np.concatenate((by_factor[used], emitted, by_amount))
    gsd = np.concatenate((spreads.factor[used], own_gsd, amount_gsd))
    if np.isnan(gsd).all():
        return None
    declared = _declared_kgco2e(trace)
    absolute_kgco2e = float(np.abs(emitted).sum() + np.abs(declared).sum())
    # A negative amount takes away too, though it may leave every item with something to add: two large flows whose
    # difference is small have no lognormal spread.
    least = min(each.min(initial=0.0) for each in (emitted, declared, by_amount))
    has_own, has_factor = ~np.isnan(own_gsd), ~np.isnan(factor_gsd)
    return Spread(
        total_kgco2e=trace.total_kgco2e,
        deviation_kgco2e=float(np.linalg.norm(kilograms * np.log(np.nan_to_num(gsd, nan=1.0)))),
        is_lognormal=trace.total_kgco2e > 0.0 and bool(least >= -_ROUNDING * absolute_kgco2e),
        factor_count=used.size,
        emission_count=int(np.count_nonzero(has_own)),
        supply_count=int(np.count_nonzero(~np.isnan(amount_gsd))),
        covered_kgco2e=float(np.abs(emitted[has_own | has_factor]).sum()),
        absolute_kgco2e=absolute_kgco2e,
        declared_kgco2e=float(declared.sum()),
    )


@dataclass(frozen=True, slots=True)
class Samples:
    """Totals of the samples that could be solved, in the order drawn; in ``unsolvable_count`` others none could."""

    total_kgco2e: Numbers
    unsolvable_count: int


def monte_carlo(trace: Trace, spreads: Spreads, *, count: int, seed: int) -> Samples:
    """``count`` totals of the traced item, every parameter that carries a deviation drawn anew for each.

    Each parameter is lognormal with its value as median. A sample is the whole upstream rolled up: nothing is taken
    from the sensitivities. A loop that takes one unit or more of itself in a sample leaves that sample without total.
    """
    day, emission, supply, item_row = _upstream(trace)
    emission_log = _logarithm(spreads.emission[emission])
    supply_log, factor_log = _logarithm(spreads.supply[supply]), _logarithm(np.append(spreads.factor, np.nan))
    factor = spreads.factor_of_emission[emission]
    random = np.random.default_rng(seed)
    totals: list[float] = []
    for _ in range(count):
        times = np.exp(factor_log * random.standard_normal(factor_log.size))[factor]
        times *= np.exp(emission_log * random.standard_normal(emission_log.size))
        amount = day.supplies.amount * np.exp(supply_log * random.standard_normal(supply_log.size))
        sample = replace(
            day,
            supplies=replace(day.supplies, amount=amount),
            emissions=replace(day.emissions, kgco2e=day.emissions.kgco2e * times),
        )
        rolled = roll_up(sample)
        if rolled.is_computable(trace.is_to_grave)[item_row]:
            totals.append(float(rolled.total_kgco2e(trace.is_to_grave)[item_row]))
    return Samples(total_kgco2e=np.array(totals), unsolvable_count=count - len(totals))


def _logarithm(gsd: Numbers) -> Numbers:
    return np.log(np.nan_to_num(gsd, nan=1.0))


def _counted(trace: Trace, *, with_uptake: bool = False) -> Indices:
    """Indices of the emissions that the traced total is made of."""
    facts, emissions = trace.rollup.equations, trace.rollup.snapshot.emissions
    counts = facts.emission_at_gate & (trace.tier >= 0)[emissions.item_row]
    if trace.is_to_grave:
        counts |= facts.emission_after_gate & (emissions.item_row == trace.item_row)
    return np.flatnonzero(counts if with_uptake else counts & (emissions.component != BIOGENIC_UPTAKE))


def _taken(trace: Trace, emission: Indices) -> Numbers:
    """How often each of these emissions counts: after the gate once."""
    activity = trace.activity[trace.rollup.snapshot.emissions.item_row[emission]]
    return np.where(trace.rollup.equations.emission_after_gate[emission], 1.0, activity)


def _declared_kgco2e(trace: Trace) -> Numbers:
    """What each declared total upstream brings."""
    declared = np.flatnonzero((trace.rollup.declaration_of_item >= 0) & (trace.tier >= 0))
    return trace.rollup.equations.gate_kgco2e[declared] * trace.activity[declared]


def _upstream(trace: Trace) -> tuple[Snapshot, Indices, Indices, int]:
    """What the traced total depends on as a graph of its own, its emissions and supplies as indices, and its row.

    Declared items come without what they would be made of, so that their declarations stand in on either basis.
    """
    day, is_upstream = trace.rollup.snapshot, trace.tier >= 0
    place = np.cumsum(is_upstream, dtype=np.int32) - 1
    emission, supply = _counted(trace, with_uptake=True), _supplies_of(trace, is_upstream)
    declared = trace.rollup.declaration_of_item[is_upstream]
    declared = declared[declared >= 0]
    supplies = Supplies(**{name: getattr(day.supplies, name)[supply] for name in Supplies.__slots__})
    emissions = Emissions(**{name: getattr(day.emissions, name)[emission] for name in Emissions.__slots__})
    declarations = Declarations(**{name: getattr(day.declarations, name)[declared] for name in Declarations.__slots__})
    own = Snapshot(
        item_count=int(np.count_nonzero(is_upstream)),
        supplies=replace(supplies, input_row=place[supplies.input_row], output_row=place[supplies.output_row]),
        emissions=replace(emissions, item_row=place[emissions.item_row]),
        declarations=replace(declarations, item_row=place[declarations.item_row]),
    )
    return own, emission, supply, int(place[trace.item_row])


def _supplies_of(trace: Trace, is_upstream: Flags) -> Indices:
    """Indices of the supplies that the traced total depends on; those of amount 0 lead nowhere."""
    supplies = trace.rollup.snapshot.supplies
    is_after_gate = AFTER_GATE[supplies.stage]
    counts = ~is_after_gate & (is_upstream & (trace.rollup.declaration_of_item < 0))[supplies.output_row]
    if trace.is_to_grave:
        counts |= is_after_gate & (supplies.output_row == trace.item_row)
    return np.flatnonzero(counts & is_upstream[supplies.input_row])
