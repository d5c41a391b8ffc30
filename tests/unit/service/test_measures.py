"""What one declared unit is in other units: the same as the model's reading, item by item."""

import numpy as np
import pytest

from graph_service.model.units import UNITS, Quantity, parse_equivalents
from graph_service.service.measures import measures_of
from tests.support.facts import facts_of

TEXTS = ["60.48 kWh; 430 kg", None, "", "  .5 m3 ;;5. MJ; 1e3  ton kilometer ", "+1.25e-3 t\u3000; 7 pc"]


def test_measures_are_the_declared_unit_and_the_equivalents_as_the_model_reads_them() -> None:
    items = facts_of(items=[{"declared_unit": UNITS[index], "equivalents": text} for index, text in enumerate(TEXTS)])
    rows = [4, 0, 2, 1, 3, 0]
    found = measures_of(items.items, rows)
    for place, row in enumerate(rows):
        expected = [Quantity(1.0, UNITS[row]), *parse_equivalents(TEXTS[row] or "")]
        own = found.at(found.place == place)
        assert [Quantity(amount, UNITS[unit]) for amount, unit in zip(own.amount, own.unit, strict=True)] == expected


@pytest.mark.parametrize("text", [None, "2 kg"])
def test_no_items_have_no_measures(text: str | None) -> None:
    items = facts_of(items=[{"equivalents": text}])
    assert measures_of(items.items, np.empty(0, np.int64)).place.tolist() == []
