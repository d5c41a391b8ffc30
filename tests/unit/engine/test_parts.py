"""Which items differ between two graphs, and the part of a graph that is about a few items."""

from dataclasses import replace

import numpy as np

from graph_service.engine.parts import differing_items, facts_of_items
from tests.support.graphs import diamond, random_snapshot
from tests.support.parts import extended


def test_a_graph_differs_from_itself_in_nothing() -> None:
    day = random_snapshot(3, item_count=20)
    again = replace(day, emissions=replace(day.emissions, kgco2e=day.emissions.kgco2e.copy()))
    assert differing_items(day, day).size == 0
    assert differing_items(day, again).size == 0, "an unrated entry is the same as an unrated entry"


def test_changed_and_added_facts_name_the_items_whose_equations_they_are() -> None:
    day = diamond()
    amount, kgco2e = day.supplies.amount.copy(), day.emissions.kgco2e.copy()
    amount[2], kgco2e[0] = 9.0, 8.0
    changed = replace(
        day,
        item_count=5,
        supplies=replace(day.supplies, amount=amount),
        emissions=extended(replace(day.emissions, kgco2e=kgco2e), item_row=[1], kgco2e=[2.0]),
    )
    # Supply 2 leads into item 3; item 4 is new.
    assert differing_items(day, changed).tolist() == [0, 1, 3, 4]


def test_the_part_of_an_item_holds_what_it_is_made_of_and_nothing_else() -> None:
    found = facts_of_items(diamond(), np.array([3], dtype=np.int32))
    assert found.item_row.tolist() == [3]
    assert found.part.item_count == 4
    assert found.part.supplies.output_row.tolist() == [3, 3]
    assert found.part.emissions.item_row.tolist() == [3]
