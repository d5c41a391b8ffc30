"""The interval around a total: what is said of it, and Monte Carlo beside it."""

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from graph_service.errors import InvalidInput
from graph_service.model.facts import Facts
from graph_service.service.uncertainty import monte_carlo, uncertainty
from tests.support.facts import facts_of
from tests.unit.service.test_footprints import _car, _declaration, _footprint

SCORE = NormalDist().inv_cdf(0.975)


def _mill(*, amount: float = 2.0, **more: Any) -> Facts:
    """Steel of 3 kWh at 0.5 kg, factor gsd 1.1, activity gsd 1.2; a beam of ``amount`` steel, gsd 1.05, and 1 kg."""
    return facts_of(
        regions=[{"uid": "CN"}],
        items=[{"uid": "steel"}, {"uid": "beam"}],
        factors=[{"uid": "grid", "flow": "electricity", "kgco2e": 0.5, "region_uid": "CN", "year": 2025, "gsd": 1.1}],
        emissions=[
            {"item_uid": "beam", "kgco2e": 1.0},
            {"item_uid": "steel", "activity": 3.0, "activity_unit": "kWh", "factor_uid": "grid", "gsd": 1.2},
        ],
        supplies=[{"uid": "s", "input_uid": "steel", "output_uid": "beam", "amount": amount, "gsd": 1.05}],
        **more,
    )


def test_the_interval_is_the_total_times_and_by_what_the_parameters_spread() -> None:
    found = uncertainty(_footprint(_mill(), "beam"))
    assert found is not None
    relative = 3.0 / 4.0 * np.sqrt(np.log(1.1) ** 2 + np.log(1.2) ** 2 + np.log(1.05) ** 2)
    expected = [4.0 * np.exp(-SCORE * relative), 4.0 * np.exp(SCORE * relative)]
    assert [found.low_kgco2e, found.high_kgco2e] == pytest.approx(expected)
    assert found.coefficient_of_variation == pytest.approx(np.sqrt(np.exp(relative**2) - 1.0))
    assert (found.level, found.declared_share) == (0.95, 0.0)
    assert found.method == (
        "first order, lognormal; 1 factor, 1 emission, 1 supply amount carry a geometric standard deviation; "
        "emissions with one, of their own or of their factor, make 75 % of the total; all else counts as certain"
    )


def test_a_wider_level_gives_a_wider_interval() -> None:
    beam = _footprint(_mill(), "beam")
    half, most = uncertainty(beam, level=0.5), uncertainty(beam, level=0.999)
    assert half is not None
    assert most is not None
    assert most.low_kgco2e < half.low_kgco2e < 4.0 < half.high_kgco2e < most.high_kgco2e


def test_a_credit_makes_the_interval_normal_and_says_so() -> None:
    found = uncertainty(_footprint(_mill(amount=-2.0), "beam"))
    assert found is not None
    assert found.method.startswith("first order, normal; ")
    assert "75 % of the absolute kilograms" in found.method
    assert found.high_kgco2e + found.low_kgco2e == pytest.approx(2.0 * -2.0)


def test_two_large_supplies_that_all_but_cancel_make_the_interval_normal() -> None:
    facts = facts_of(
        items=[{"uid": "steel"}, {"uid": "beam"}],
        emissions=[{"item_uid": "steel", "kgco2e": 1.0}],
        supplies=[
            {"uid": uid, "input_uid": "steel", "output_uid": "beam", "amount": amount, "gsd": 1.5}
            for uid, amount in (("taken", 100.0), ("given back", -99.0))
        ],
    )
    found = uncertainty(_footprint(facts, "beam"))
    assert found is not None
    assert found.method.startswith("first order, normal; ")
    deviation_kgco2e = np.log(1.5) * np.hypot(100.0, 99.0)
    expected = [1.0 - SCORE * deviation_kgco2e, 1.0 + SCORE * deviation_kgco2e]
    assert [found.low_kgco2e, found.high_kgco2e] == pytest.approx(expected)


def test_unstated_is_not_certain() -> None:
    assert uncertainty(_footprint(_car(), "car")) is None
    assert uncertainty(_footprint(_car(), "seat")) is None
    assert monte_carlo(_footprint(_car(), "car"), count=5) is None


def test_the_share_of_what_is_declared_is_stated() -> None:
    facts = _mill(declarations=[_declaration("steel", 4.0)])
    found = uncertainty(_footprint(facts, "beam"))
    assert found is not None
    assert found.declared_share == pytest.approx(8 / 9)
    assert "; 1 supply amount carry" in found.method
    assert "make 0 % of the total" in found.method


def test_a_total_of_zero_has_an_interval_but_no_coefficient_and_no_share() -> None:
    found = uncertainty(_footprint(_mill(amount=-2.0 / 3.0), "beam"))
    assert found is not None
    assert found.low_kgco2e == pytest.approx(-found.high_kgco2e)
    assert (found.coefficient_of_variation, found.declared_share) == (None, None)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, 95.0, float("nan")])
def test_a_level_that_is_no_probability_is_refused(level: float) -> None:
    with pytest.raises(InvalidInput, match=f"level is {level:g}; a probability between 0 and 1"):
        uncertainty(_footprint(_mill(), "beam"), level=level)


def test_levels_next_to_nothing_and_to_all_are_answered() -> None:
    for level in (1e-300, 1.0 - 2.0**-53):
        found = uncertainty(_footprint(_mill(), "beam"), level=level)
        assert found is not None
        assert 0.0 < found.low_kgco2e <= 4.0 <= found.high_kgco2e < np.inf


def test_spreads_past_all_numbers_are_refused_with_their_size() -> None:
    facts = facts_of(items=[{"uid": "a"}], emissions=[{"item_uid": "a", "kgco2e": 1.0, "gsd": 1e300}])
    with pytest.raises(InvalidInput, match="too wide for an interval: one standard deviation is 691 times the total"):
        uncertainty(_footprint(facts, "a"))


def test_samples_give_much_the_same_interval_and_the_same_for_the_same_seed() -> None:
    beam = _footprint(_mill(), "beam")
    first, sampled = uncertainty(beam), monte_carlo(beam, count=1_000, seed=3)
    assert first is not None
    assert sampled is not None
    assert (sampled.count, sampled.unsolvable_count) == (1_000, 0)
    # Quantiles at 2.5 % of 1,000 samples are known to about a tenth of a deviation.
    deviation = 4.0 * (first.coefficient_of_variation or 0.0)
    assert sampled.low_kgco2e == pytest.approx(first.low_kgco2e, abs=0.4 * deviation)
    assert sampled.high_kgco2e == pytest.approx(first.high_kgco2e, abs=0.4 * deviation)
    assert sampled.median_kgco2e == pytest.approx(4.0, abs=0.1 * deviation)
    assert monte_carlo(beam, count=20, seed=3) == monte_carlo(beam, count=20, seed=3)


def test_samples_that_cannot_be_solved_are_counted_and_never_make_a_number() -> None:
    facts = facts_of(
        items=[{"uid": "a"}],
        emissions=[{"item_uid": "a", "kgco2e": 1.0}],
        supplies=[{"input_uid": "a", "output_uid": "a", "amount": 0.999999, "gsd": 50.0, "stage": "MANUFACTURING"}],
    )
    found = _footprint(facts, "a")
    sampled = [monte_carlo(found, count=1, seed=seed) for seed in range(8)]
    unsolvable = [one for one in sampled if one is not None and one.unsolvable_count == 1]
    assert 0 < len(unsolvable) < 8
    assert {one.median_kgco2e for one in unsolvable} == {None}
    assert {one.low_kgco2e for one in unsolvable} == {None}


@pytest.mark.parametrize(("count", "seed"), [(0, 0), (100_001, 0), (10, -1)])
def test_samples_out_of_range_are_refused(count: int, seed: int) -> None:
    with pytest.raises(InvalidInput, match=r"samples; 1 to 100,000|the seed is -1"):
        monte_carlo(_footprint(_mill(), "beam"), count=count, seed=seed)
