"""What an item reaches, alternatives without a share included, and where its chain ends."""

import numpy as np

from graph_service.engine.chain_graph import ChainGraph, chain_graph
from graph_service.engine.requirements import absolute
from graph_service.engine.rollup import roll_up
from graph_service.engine.snapshot import Snapshot
from tests.support.graphs import DeclarationRow, EmissionRow, SupplyRow, snapshot


def reached_from(day: Snapshot, item_row: int, *, to_grave: bool = False) -> ChainGraph:
    declared = roll_up(day).declaration_of_item
    return chain_graph(day, item_row, declaration_of_item=declared, to_grave=to_grave)


def test_alternatives_that_nobody_takes_of_are_reached_and_what_lies_downstream_is_not() -> None:
    supplies = [SupplyRow(1, 0, 1.0), SupplyRow(2, 0, 1.0, share=0.0), SupplyRow(3, 2, 1.0), SupplyRow(0, 4, 1.0)]
    found = reached_from(snapshot(5, supplies=supplies, emissions=[EmissionRow(0, 1.0)]), 0)
    assert found.item_row.tolist() == [0, 1, 2, 3]
    assert found.supply.tolist() == [0, 1, 2]
    assert (found.item, found.demanded) == (0, 0)


def test_a_declared_item_ends_the_chain_but_for_the_item_itself() -> None:
    supplies = [SupplyRow(1, 0, 2.0), SupplyRow(2, 1, 1.0)]
    declarations = [DeclarationRow(0, 50.0), DeclarationRow(1, 7.0)]
    day = snapshot(3, supplies=supplies, emissions=[EmissionRow(0, 1.0)], declarations=declarations)
    found = reached_from(day, 0)
    assert found.item_row.tolist() == [0, 1]
    assert roll_up(found.snapshot).total_kgco2e().tolist() == [15.0, 7.0]


def test_a_declaration_without_structure_stays() -> None:
    found = reached_from(snapshot(1, declarations=[DeclarationRow(0, 50.0)]), 0)
    assert roll_up(found.snapshot).total_kgco2e().tolist() == [50.0]


def test_to_the_grave_one_more_item_holds_all_that_comes_after_the_gate() -> None:
    supplies = [SupplyRow(1, 0, 2.0), SupplyRow(2, 0, 3.0, stage="DISTRIBUTION"), SupplyRow(2, 1, 1.0, stage="USE")]
    emissions = [EmissionRow(row, 1.0) for row in range(3)] + [EmissionRow(0, 5.0, stage="USE")]
    day = snapshot(3, supplies=supplies, emissions=emissions)
    found = reached_from(day, 0, to_grave=True)
    assert found.item_row.tolist() == [0, 1, 2, -1]
    assert found.supply.tolist() == [0, 1, -1]
    local = roll_up(found.snapshot)
    assert local.total_kgco2e()[found.demanded] == roll_up(day).total_kgco2e(to_grave=True)[0] == 11.0
    assert bool(local.is_complete()[found.demanded])
    assert np.all(found.snapshot.supplies.stage < 3)


def test_what_comes_back_after_the_gate_is_kept_apart_from_the_unit_that_is_wanted() -> None:
    supplies = [SupplyRow(1, 0, 2.0), SupplyRow(0, 0, -0.25, stage="END_OF_LIFE")]
    day = snapshot(2, supplies=supplies, emissions=[EmissionRow(0, 1.0), EmissionRow(1, 1.0)])
    found = reached_from(day, 0, to_grave=True)
    assert found.item_row.tolist() == [0, 1, -1, -1]
    assert found.supply.tolist() == [0, 1, -1, -1]
    assert found.demanded == 3
    local = roll_up(found.snapshot)
    assert local.total_kgco2e()[3] == roll_up(day).total_kgco2e(to_grave=True)[0] == 2.25
    weighed = absolute(local.equations.by_output)
    assert weighed.sum(axis=1).tolist() == [2.0, 0.0, 1.0, 1.25]
    assert bool(local.is_complete()[3])


def test_an_item_that_nothing_goes_into_is_a_graph_of_its_own() -> None:
    found = reached_from(snapshot(2, emissions=[EmissionRow(0, 1.0)]), 0)
    assert found.item_row.tolist() == [0]
    assert found.supply.size == 0
