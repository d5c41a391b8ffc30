"""Sensitivities of a footprint: their order, pages of it, and rows in the facts."""

from datetime import date

import numpy as np
import pytest

from graph_service.model.facts import Facts
from graph_service.model.vocabulary import Kind
from graph_service.service.footprints import Footprint
from graph_service.service.sensitivities import Sensitivity, sensitivities
from tests.support.facts import facts_of
from tests.unit.service.test_footprints import _car, _footprint


def named(found: Footprint, one: Sensitivity) -> str:
    tables = found.graph.day.facts.tables
    if one.supply_row is None:
        return str(tables[Kind.ITEM]["uid"][one.item_row].as_py())
    assert one.item_row is None
    return str(tables[Kind.SUPPLY]["uid"][one.supply_row].as_py())


def test_what_moves_the_total_most_comes_first() -> None:
    car = _footprint(_car(), "car")
    found = sensitivities(car)
    assert [named(car, one) for one in found] == ["car-door", "steel", "door-steel", "door", "car"]
    assert [one.derivative for one in found] == pytest.approx([23, 8, 10, 2, 1])
    elasticities = [one.elasticity for one in found]
    assert elasticities == pytest.approx([46 / 47, 40 / 47, 40 / 47, 6 / 47, 1 / 47])


def test_supplies_are_rows_of_the_facts_also_where_some_do_not_hold_on_the_day() -> None:
    facts = facts_of(
        items=[{"uid": "a"}, {"uid": "b"}],
        emissions=[{"item_uid": "a", "kgco2e": 2.0}],
        supplies=[
            {"uid": "past", "input_uid": "a", "output_uid": "b", "amount": 9.0, "valid_to": date(2026, 1, 1)},
            {"uid": "now", "input_uid": "a", "output_uid": "b", "amount": 3.0, "valid_from": date(2026, 1, 1)},
        ],
    )
    found = _footprint(facts, "b")
    assert [named(found, one) for one in sensitivities(found)] == ["a", "now"]


def test_where_the_total_is_zero_derivatives_rank_and_there_is_no_elasticity() -> None:
    facts = facts_of(
        items=[{"uid": "part"}, {"uid": "scrap"}],
        emissions=[{"item_uid": "part", "kgco2e": 4.0}, {"item_uid": "scrap", "kgco2e": 2.0}],
        supplies=[{"uid": "credit", "input_uid": "scrap", "output_uid": "part", "amount": -2.0}],
    )
    found = _footprint(facts, "part")
    shown = [(named(found, one), one.derivative, one.elasticity) for one in sensitivities(found)]
    assert shown == [("scrap", -2.0, None), ("credit", 2.0, None), ("part", 1.0, None)]


def test_an_unknown_total_has_none() -> None:
    assert len(sensitivities(_footprint(_car(), "seat"))) == 0


def _many(count: int) -> Facts:
    """A whole of ``count`` parts, many of them alike."""
    random = np.random.default_rng(0)
    return facts_of(
        items=[{"uid": "whole"}, *({"uid": f"part-{number}"} for number in range(count))],
        emissions=[{"item_uid": f"part-{number}", "kgco2e": float(random.integers(1, 6))} for number in range(count)],
        supplies=[
            {"input_uid": f"part-{number}", "output_uid": "whole", "amount": float(random.choice((-2, -1, 1, 2, 3)))}
            for number in range(count)
        ],
    )


def test_a_page_near_the_front_is_the_same_picked_out_as_sorted() -> None:
    found = _footprint(_many(300), "whole")
    whole = list(sensitivities(found))
    assert len(whole) == 600
    sizes = [abs(one.elasticity or 0.0) for one in whole]
    assert sizes == sorted(sizes, reverse=True)
    for start, stop in ((0, 1), (0, 7), (3, 20), (13, 30), (25, 60), (590, 600), (595, 700), (600, 610), (5, 5)):
        assert list(sensitivities(found)[start:stop]) == whole[start:stop]
    assert sensitivities(found)[2] == whole[2]
    assert sensitivities(found)[-1] == whole[-1]
    # Backwards, as the last page is read.
    assert list(sensitivities(found)[12:2:-3]) == whole[12:2:-3]
