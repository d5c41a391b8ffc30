"""Which factor serves an emission, and what the entry then weighs."""

import numpy as np
import pytest

from graph_service.model.facts import Facts
from graph_service.model.vocabulary import Kind
from graph_service.service.resolution import ANYWHERE, resolve_emissions
from tests.support.facts import facts_of

REGIONS = [
    {"uid": "CN"},
    {"uid": "NW", "parent_uid": "CN"},
    {"uid": "SN", "parent_uid": "NW"},
    {"uid": "Yulin", "parent_uid": "SN"},
    {"uid": "EU"},
]


def _facts(factors: list[dict[str, object]], emission: dict[str, object], region: str | None = "Yulin") -> Facts:
    return facts_of(
        regions=REGIONS,
        items=[{"uid": "steel", "region_uid": region}],
        factors=factors,
        emissions=[{"item_uid": "steel", "activity": 10.0, "activity_unit": "kWh", **emission}],
    )


def _factor(uid: str, region: str, kgco2e: float, **columns: object) -> dict[str, object]:
    return {"uid": uid, "flow": "electricity", "region_uid": region, "kgco2e": kgco2e, "year": 2023, **columns}


def _weigh(facts: Facts) -> tuple[float, str, int]:
    """Kilograms to nine digits, the factor, and its region steps."""
    resolved = resolve_emissions(facts, facts.tables[Kind.EMISSION])
    factor = facts.tables[Kind.FACTOR]["uid"][int(resolved.factor_row[0])].as_py()
    return round(float(resolved.kgco2e[0]), 9), factor, int(resolved.region_steps[0])


def test_the_item_s_own_region_serves_before_its_parents() -> None:
    factors = [_factor("national", "CN", 0.6), _factor("local", "Yulin", 0.7)]
    assert _weigh(_facts(factors, {"flow": "electricity"})) == (7.0, "local", 0)


def test_the_nearest_parent_serves_and_its_distance_is_told() -> None:
    factors = [_factor("national", "CN", 0.6), _factor("northwest", "NW", 0.5)]
    assert _weigh(_facts(factors, {"flow": "electricity"})) == (5.0, "northwest", 2)


def test_a_near_old_factor_serves_before_a_far_new_one() -> None:
    factors = [_factor("national", "CN", 0.6, year=2024), _factor("northwest", "NW", 0.5, year=2019)]
    assert _weigh(_facts(factors, {"flow": "electricity"}))[1] == "northwest"


def test_of_one_region_the_newest_year_serves_then_the_first_uid() -> None:
    factors = [
        _factor("b", "CN", 0.6, year=2024),
        _factor("a", "CN", 0.5, year=2024),
        _factor("old", "CN", 0.4, year=2022),
    ]
    assert _weigh(_facts(factors, {"flow": "electricity"}))[1] == "a"


@pytest.mark.parametrize("region", ["Yulin", None])
def test_any_region_serves_when_none_that_holds_the_item_does(region: str | None) -> None:
    factors = [_factor("european", "EU", 0.2)]
    assert _weigh(_facts(factors, {"flow": "electricity"}, region)) == (2.0, "european", ANYWHERE)


def test_a_factor_of_carbon_dioxide_alone_never_serves_a_flow() -> None:
    factors = [_factor("co2-only", "Yulin", 0.9, kind="CO2_EMISSION"), _factor("national", "CN", 0.6)]
    assert _weigh(_facts(factors, {"flow": "electricity"}))[1] == "national"


def test_activity_is_converted_to_the_factor_s_unit() -> None:
    factors = [_factor("national", "CN", 600.0, unit="MWh")]
    resolved_kgco2e, _, steps = _weigh(_facts(factors, {"factor_uid": "national"}))
    assert resolved_kgco2e == pytest.approx(10 * 0.001 * 600)
    assert steps == 0


def test_a_flow_that_nothing_serves_is_an_error_and_never_zero() -> None:
    facts = _facts([_factor("national", "CN", 0.6)], {"flow": "steam"})
    with pytest.raises(ValueError, match="steam"):
        resolve_emissions(facts, facts.tables[Kind.EMISSION])


def test_an_unrated_entry_takes_its_factor_s_ratings_and_a_rated_one_keeps_its_own() -> None:
    factors = [_factor("national", "CN", 0.6, technological_dqr=2.0, temporal_dqr=3.0)]
    facts = _facts(factors, {"factor_uid": "national", "temporal_dqr": 1.0})
    ratings = resolve_emissions(facts, facts.tables[Kind.EMISSION]).ratings
    assert ratings["technological_dqr"][0] == 2.0
    assert ratings["temporal_dqr"][0] == 1.0
    assert np.isnan(ratings["geographical_dqr"][0])
