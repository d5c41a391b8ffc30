"""Derivatives and elasticities, worked by hand."""

import numpy as np
import pytest

from graph_service.engine.rollup import roll_up
from graph_service.engine.sensitivities import sensitivities
from graph_service.engine.snapshot import Snapshot
from graph_service.engine.trace import trace
from tests.support.graphs import DeclarationRow, EmissionRow, SupplyRow, diamond, snapshot


def by_parameter(day: Snapshot, item_row: int, *, to_grave: bool = False) -> dict[str, tuple[float, float]]:
    """Derivative and kilograms of each parameter, named ``item 0`` or ``supply 0``."""
    found = sensitivities(trace(roll_up(day), item_row, to_grave=to_grave))
    names = [f"item {row}" for row in found.item_row] + [f"supply {place}" for place in found.supply]
    values = zip(found.derivative.tolist(), found.kgco2e.tolist(), strict=True)
    return dict(zip(names, values, strict=True))


def test_direct_emissions_count_as_often_as_their_item_and_amounts_with_what_they_bring() -> None:
    assert by_parameter(diamond(), 3) == {
        "item 0": (5.0, 50.0),
        "item 1": (1.0, 1.0),
        "item 2": (1.0, 2.0),
        "item 3": (1.0, 0.5),
        "supply 0": (10.0, 20.0),
        "supply 1": (10.0, 30.0),
        "supply 2": (21.0, 21.0),
        "supply 3": (32.0, 32.0),
    }


def test_only_what_is_upstream_has_a_sensitivity() -> None:
    assert by_parameter(diamond(), 1) == {"item 0": (2.0, 20.0), "item 1": (1.0, 1.0), "supply 0": (10.0, 20.0)}


def test_a_share_scales_the_derivative_and_each_parallel_supply_has_its_own() -> None:
    day = snapshot(2, supplies=[SupplyRow(0, 1, 2.0, 0.25), SupplyRow(0, 1, 3.0, 0.5)], emissions=[EmissionRow(0, 4.0)])
    found = by_parameter(day, 1)
    assert (found["supply 0"], found["supply 1"]) == ((1.0, 2.0), (2.0, 6.0))


def test_an_amount_of_zero_has_a_derivative_all_the_same() -> None:
    day = snapshot(2, supplies=[SupplyRow(0, 1, 0.0)], emissions=[EmissionRow(0, 4.0), EmissionRow(1, 1.0)])
    assert by_parameter(day, 1) == {"item 1": (1.0, 1.0), "supply 0": (4.0, 0.0)}


def test_the_amount_of_an_input_about_which_nothing_is_known_has_none() -> None:
    day = snapshot(2, supplies=[SupplyRow(0, 1, 3.0)], emissions=[EmissionRow(1, 1.0)])
    assert by_parameter(day, 1) == {"item 1": (1.0, 1.0)}


def test_a_declared_total_is_a_direct_emission_and_nothing_lies_upstream_of_it() -> None:
    day = snapshot(
        3,
        supplies=[SupplyRow(0, 1, 2.0), SupplyRow(1, 2, 3.0)],
        emissions=[EmissionRow(0, 10.0), EmissionRow(1, 1.0), EmissionRow(2, 1.0)],
        declarations=[DeclarationRow(1, 7.0)],
    )
    assert by_parameter(day, 2) == {"item 1": (3.0, 21.0), "item 2": (1.0, 1.0), "supply 1": (7.0, 21.0)}


def test_to_the_grave_an_items_own_facts_after_its_gate_count_once() -> None:
    day = snapshot(
        3,
        supplies=[SupplyRow(0, 1, 1.0), SupplyRow(0, 1, 6.0, stage="USE"), SupplyRow(1, 1, 0.5)],
        emissions=[EmissionRow(0, 2.0), EmissionRow(1, 3.0), EmissionRow(1, 8.0, stage="USE")],
    )
    gate = {"item 0": (2.0, 4.0), "item 1": (2.0, 6.0), "supply 0": (4.0, 4.0), "supply 2": (20.0, 10.0)}
    assert by_parameter(day, 1) == gate
    grave = {**gate, "item 0": (8.0, 16.0), "item 1": (2.0, 14.0), "supply 1": (2.0, 12.0)}
    assert by_parameter(day, 1, to_grave=True) == grave


def test_where_all_is_emitted_after_the_gate_a_kilogram_is_a_kilogram() -> None:
    day = snapshot(1, supplies=[SupplyRow(0, 0, 0.5)], emissions=[EmissionRow(0, 8.0, stage="USE")])
    assert by_parameter(day, 0) == {}
    assert by_parameter(day, 0, to_grave=True) == {"item 0": (1.0, 8.0)}


def test_supplies_come_in_the_order_of_the_snapshot() -> None:
    day = snapshot(
        3,
        supplies=[SupplyRow(0, 2, 1.0, stage="USE"), SupplyRow(1, 2, 1.0), SupplyRow(1, 2, 1.0, stage="USE")],
        emissions=[EmissionRow(0, 1.0), EmissionRow(1, 1.0)],
    )
    assert sensitivities(trace(roll_up(day), 2, to_grave=True)).supply.tolist() == [0, 1, 2]


def test_a_total_that_is_unknown_has_no_sensitivities() -> None:
    day = snapshot(2, supplies=[SupplyRow(0, 1, 1.0), SupplyRow(1, 1, 1.5)], emissions=[EmissionRow(0, 1.0)])
    found = sensitivities(trace(roll_up(day), 1))
    assert np.isnan(roll_up(day).total_kgco2e()[1])
    assert (found.item_row.size, found.supply.size, found.derivative.size) == (0, 0, 0)


def test_an_amount_in_a_loop_moves_the_total_by_what_the_loop_takes() -> None:
    day = snapshot(1, supplies=[SupplyRow(0, 0, 0.5)], emissions=[EmissionRow(0, 1.0)])
    # The total is 1 / (1 - a), its derivative 1 / (1 - a) squared.
    assert by_parameter(day, 0)["supply 0"] == pytest.approx((4.0, 2.0))
