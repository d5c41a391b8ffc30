"""Spreads of totals, worked by hand."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pytest

from graph_service.engine.rollup import roll_up
from graph_service.engine.snapshot import Snapshot
from graph_service.engine.trace import Trace, trace
from graph_service.engine.uncertainty import Spread, Spreads, first_order, monte_carlo
from tests.support.graphs import NAN, DeclarationRow, EmissionRow, SupplyRow, snapshot

E_TO_A_TENTH = float(np.exp(0.1))
"""A geometric standard deviation whose logarithm is 0.1."""


def spreads(
    day: Snapshot,
    *,
    supply: Sequence[float] | None = None,
    emission: Sequence[float] | None = None,
    factor: Sequence[float] = (),
    factor_of_emission: Sequence[int] | None = None,
) -> Spreads:
    emissions, supplies = day.emissions.kgco2e.size, day.supplies.amount.size
    return Spreads(
        supply=np.array(supply if supply is not None else [NAN] * supplies, dtype=np.float64),
        emission=np.array(emission if emission is not None else [NAN] * emissions, dtype=np.float64),
        factor=np.array(factor, dtype=np.float64),
        factor_of_emission=np.array(factor_of_emission or [-1] * emissions, dtype=np.int32),
    )


def spread_of(found: Trace, given: Spreads) -> Spread:
    spread = first_order(found, given)
    assert spread is not None
    return spread


def two_inputs() -> Snapshot:
    """Items 0 and 1, 3 and 4 kg, go once each into item 2, which emits 1 kg."""
    return snapshot(
        3,
        supplies=[SupplyRow(0, 2, 1.0), SupplyRow(1, 2, 1.0)],
        emissions=[EmissionRow(0, 3.0), EmissionRow(1, 4.0), EmissionRow(2, 1.0)],
    )


def test_emissions_of_their_own_add_up_in_squares() -> None:
    day = two_inputs()
    spread = spread_of(trace(roll_up(day), 2), spreads(day, emission=[E_TO_A_TENTH, E_TO_A_TENTH, NAN]))
    assert spread.deviation_kgco2e == pytest.approx(0.1 * 5.0)
    assert (spread.factor_count, spread.emission_count, spread.supply_count) == (0, 2, 0)
    assert (spread.covered_kgco2e, spread.absolute_kgco2e) == pytest.approx((7.0, 8.0))


def test_a_factor_is_one_parameter_wherever_it_is_used() -> None:
    day = two_inputs()
    given = spreads(day, factor=[E_TO_A_TENTH, 2.0], factor_of_emission=[0, 0, -1])
    spread = spread_of(trace(roll_up(day), 2), given)
    assert spread.deviation_kgco2e == pytest.approx(0.1 * 7.0)
    assert (spread.factor_count, spread.emission_count) == (1, 0)
    assert spread.covered_kgco2e == pytest.approx(7.0)


def test_an_activity_and_its_factor_are_two_parameters() -> None:
    day = two_inputs()
    given = spreads(day, emission=[E_TO_A_TENTH, NAN, NAN], factor=[E_TO_A_TENTH], factor_of_emission=[0, -1, -1])
    spread = spread_of(trace(roll_up(day), 2), given)
    assert spread.deviation_kgco2e == pytest.approx(0.1 * 3.0 * np.sqrt(2.0))
    assert spread.covered_kgco2e == pytest.approx(3.0)


def test_a_supply_amount_scales_all_that_it_brings() -> None:
    day = two_inputs()
    spread = spread_of(trace(roll_up(day), 2), spreads(day, supply=[NAN, E_TO_A_TENTH]))
    assert spread.deviation_kgco2e == pytest.approx(0.1 * 4.0)
    assert spread.supply_count == 1


def test_without_credits_the_interval_is_lognormal() -> None:
    day = two_inputs()
    spread = spread_of(trace(roll_up(day), 2), spreads(day, emission=[E_TO_A_TENTH, NAN, NAN]))
    score, relative = NormalDist().inv_cdf(0.975), 0.3 / 8.0
    assert spread.is_lognormal
    expected = (8.0 * np.exp(-score * relative), 8.0 * np.exp(score * relative))
    assert spread.interval_kgco2e(0.95) == pytest.approx(expected)
    assert spread.coefficient_of_variation() == pytest.approx(np.sqrt(np.exp(relative**2) - 1.0))


def credited(credit: float) -> Snapshot:
    """Item 1 emits 4 kg and takes item 0, of 1 kg, ``-credit`` times."""
    supplies, emissions = [SupplyRow(0, 1, -credit)], [EmissionRow(0, 1.0), EmissionRow(1, 4.0)]
    return snapshot(2, supplies=supplies, emissions=emissions)


def test_with_credits_the_interval_is_normal() -> None:
    day = credited(3.0)
    spread = spread_of(trace(roll_up(day), 1), spreads(day, emission=[E_TO_A_TENTH, E_TO_A_TENTH]))
    assert not spread.is_lognormal
    assert spread.deviation_kgco2e == pytest.approx(0.5)
    low, high = spread.interval_kgco2e(0.5)
    assert (low + high, high - low) == pytest.approx((2.0, 2.0 * 0.5 * NormalDist().inv_cdf(0.75)))
    assert spread.coefficient_of_variation() == pytest.approx(0.5)


def test_a_total_of_zero_has_an_interval_and_no_coefficient() -> None:
    day = credited(4.0)
    spread = spread_of(trace(roll_up(day), 1), spreads(day, emission=[NAN, E_TO_A_TENTH]))
    assert spread.interval_kgco2e(0.95)[1] == pytest.approx(0.4 * NormalDist().inv_cdf(0.975))
    assert np.isnan(spread.coefficient_of_variation())


def test_what_is_unstated_is_not_certain_but_a_deviation_of_one_is() -> None:
    day = two_inputs()
    found = trace(roll_up(day), 2)
    assert first_order(found, spreads(day)) is None
    assert spread_of(found, spreads(day, emission=[1.0, NAN, NAN])).interval_kgco2e(0.95) == (8.0, 8.0)


def test_what_lies_elsewhere_or_is_uptake_says_nothing_of_the_total() -> None:
    day = snapshot(
        2,
        emissions=[
            EmissionRow(0, 1.0),
            EmissionRow(0, -2.0, component="BIOGENIC_UPTAKE"),
            EmissionRow(0, 5.0, stage="USE"),
            EmissionRow(1, 3.0),
        ],
    )
    given = spreads(day, emission=[NAN, 1.5, 1.5, 1.5], factor=[1.5], factor_of_emission=[-1, 0, 0, 0])
    assert first_order(trace(roll_up(day), 0), given) is None
    grave = spread_of(trace(roll_up(day), 0, to_grave=True), given)
    assert (grave.factor_count, grave.emission_count) == (1, 1)
    assert grave.deviation_kgco2e == pytest.approx(5.0 * np.log(1.5) * np.sqrt(2.0))


def test_declared_totals_are_certain_and_their_kilograms_stated() -> None:
    day = snapshot(
        3,
        supplies=[SupplyRow(0, 1, 1.0), SupplyRow(1, 2, 2.0)],
        emissions=[EmissionRow(0, 9.0), EmissionRow(1, 9.0), EmissionRow(2, 1.0)],
        declarations=[DeclarationRow(1, 5.0)],
    )
    given = spreads(day, emission=[2.0, 2.0, E_TO_A_TENTH], supply=[2.0, NAN])
    spread = spread_of(trace(roll_up(day), 2), given)
    assert (spread.deviation_kgco2e, spread.declared_kgco2e) == pytest.approx((0.1, 10.0))
    assert (spread.emission_count, spread.supply_count) == (1, 0)
    samples = monte_carlo(trace(roll_up(day), 2), given, count=40, seed=2)
    assert samples.total_kgco2e.min() > 10.0
    assert samples.total_kgco2e.std() == pytest.approx(0.1, rel=0.5)


def test_an_unknown_total_has_no_spread() -> None:
    day = snapshot(2, supplies=[SupplyRow(0, 1, 1.0)])
    assert first_order(trace(roll_up(day), 1), spreads(day, supply=[1.5])) is None


def test_samples_are_the_same_for_the_same_seed_and_others_for_another() -> None:
    day = two_inputs()
    found, given = trace(roll_up(day), 2), spreads(day, emission=[1.2, NAN, NAN], supply=[NAN, 1.3])
    one, same, other = (monte_carlo(found, given, count=5, seed=seed).total_kgco2e for seed in (1, 1, 2))
    assert one.tolist() == same.tolist()
    assert not np.isin(other, one).any()


def test_one_factor_moves_all_its_emissions_together() -> None:
    day = two_inputs()
    given = spreads(day, factor=[1.5], factor_of_emission=[0, 0, 0])
    totals = monte_carlo(trace(roll_up(day), 2), given, count=400, seed=0).total_kgco2e
    # Were the three drawn apart, the deviation would be 5.1 / 8 of this.
    assert np.log(totals / 8.0).std() == pytest.approx(np.log(1.5), rel=0.15)


def test_samples_without_a_total_are_counted() -> None:
    day = snapshot(1, supplies=[SupplyRow(0, 0, 0.9)], emissions=[EmissionRow(0, 1.0)])
    samples = monte_carlo(trace(roll_up(day), 0), spreads(day, supply=[1.5]), count=200, seed=0)
    # 0.9 times the factor reaches 1 with the probability that a normal deviate exceeds log(1/0.9) / log(1.5).
    expected = 200 * (1.0 - NormalDist().cdf(np.log(1.0 / 0.9) / np.log(1.5)))
    assert samples.unsolvable_count == pytest.approx(expected, abs=25.0)
    assert samples.total_kgco2e.size == 200 - samples.unsolvable_count
    assert np.all(samples.total_kgco2e > 1.0)


def test_spreads_past_all_numbers_are_an_error_and_no_infinity() -> None:
    day = two_inputs()
    spread = spread_of(trace(roll_up(day), 2), spreads(day, emission=[1e300, NAN, NAN]))
    with pytest.raises(OverflowError):
        spread.interval_kgco2e(0.999)
