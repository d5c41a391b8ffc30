"""The engine against hand-worked and published numbers."""

import numpy as np
import pymrio
import pytest

from graph_service.engine.rollup import roll_up
from graph_service.engine.trace import trace
from tests.support.graphs import EmissionRow, SupplyRow, from_matrix, snapshot

# Direct kg CO2e per unit and inputs per unit of an LFP battery pack; a part of the project's example chains.
PACK_CHAIN: dict[str, tuple[float, dict[str, float]]] = {
    "grid": (0.5777, {}),
    "gas": (2.79, {}),
    "li2co3_ore": (20.4, {}),
    "fepo4": (1.8, {"grid": 1.2}),
    "lfp": (0.35, {"li2co3_ore": 0.24, "fepo4": 0.97, "grid": 4.5, "gas": 0.25}),
    "syn_graphite": (13.8, {}),
    "al_primary": (15.1, {}),
    "al_scrap_remelt": (0.7, {}),
    "cu": (4.6, {}),
    "al_foil": (0.3, {"al_primary": 1.03, "grid": 2.5}),
    "cu_foil": (0.1, {"cu": 1.02, "grid": 9.5}),
    "electrolyte": (4.5, {}),
    "separator": (3.5, {}),
    "housing": (0.6, {"al_primary": 0.7, "al_scrap_remelt": 0.35, "grid": 1.0}),
    "cell": (
        1.2,
        {
            "lfp": 1.9007275132275134,
            "syn_graphite": 1.245304232804233,
            "electrolyte": 0.6390376984126984,
            "separator": 0.15567129629629628,
            "cu_foil": 0.62,
            "al_foil": 0.33,
            "grid": 20.0,
            "gas": 1.1,
            "cell": 0.03,
        },
    ),
    "pack": (40.0, {"cell": 60.48, "housing": 98.109, "cu": 12.0, "grid": 250.0}),
}


def test_coal_and_power_that_need_each_other() -> None:
    # c = 0.10 + 0.025 p and p = 0.83 + 0.42 c + 0.05 p
    day = snapshot(
        2,
        supplies=[SupplyRow(1, 0, 0.025), SupplyRow(0, 1, 0.42), SupplyRow(1, 1, 0.05)],
        emissions=[EmissionRow(0, 0.10), EmissionRow(1, 0.83)],
    )
    total = roll_up(day).total_kgco2e()
    assert total[0] == pytest.approx(0.12320383182543906, rel=1e-13)
    assert total[1] == pytest.approx(0.9281532730175626, rel=1e-13)


def test_leontief_inverse_of_miller_and_blair() -> None:
    rollup = roll_up(from_matrix(np.array([[0.15, 0.25], [0.20, 0.05]]), np.ones(2)))
    inverse = np.stack([trace(rollup, row).activity for row in range(2)], axis=1)
    assert np.round(inverse, 4).tolist() == [[1.2541, 0.33], [0.264, 1.1221]]


def test_battery_pack_and_its_hotspots() -> None:
    names = list(PACK_CHAIN)
    day = snapshot(
        len(names),
        supplies=[
            SupplyRow(names.index(name), row, amount)
            for row, (_, inputs) in enumerate(PACK_CHAIN.values())
            for name, amount in inputs.items()
        ],
        emissions=[EmissionRow(row, kgco2e) for row, (kgco2e, _) in enumerate(PACK_CHAIN.values())],
    )
    rollup = roll_up(day)
    total = rollup.total_kgco2e()
    assert total[names.index("pack")] == pytest.approx(5739.944731059588, rel=1e-12)
    assert total[names.index("cell")] == pytest.approx(71.490210429226, rel=1e-12)
    assert rollup.loop_gain()[names.index("pack")] == 0.03
    assert rollup.loop_gain()[names.index("housing")] == 0.0
    found = trace(rollup, names.index("pack"))
    share = dict(zip(names, found.contribution_kgco2e / found.total_kgco2e, strict=True))
    published = {"grid": 27.0, "al_primary": 23.6, "syn_graphite": 18.7, "li2co3_ore": 10.1, "gas": 4.8, "cu": 4.1}
    assert {name: round(100.0 * share[name], 1) for name in published} == published


def test_world_of_pymrio_has_its_own_multipliers() -> None:
    world = pymrio.load_test().calc_all()
    factors = world.emissions.S.to_numpy()
    multipliers = world.emissions.M.to_numpy()
    requirements = world.A.to_numpy()
    for direct, wanted in zip(factors, multipliers, strict=True):
        total = roll_up(from_matrix(requirements, direct)).total_kgco2e()
        assert np.allclose(total, wanted, rtol=1e-12, atol=0.0)
    rollup = roll_up(from_matrix(requirements, factors[0]))
    leontief = np.stack([trace(rollup, row).activity for row in range(requirements.shape[0])], axis=1)
    assert np.allclose(leontief, world.L.to_numpy(), rtol=1e-12, atol=1e-15)
