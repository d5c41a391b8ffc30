"""Conditions of V2's filter against the columns of declarations."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from graph_service.model.vocabulary import Kind
from graph_service.service.footprint_conditions import Comparison, Condition, FootprintField, rows_that_meet
from tests.unit.service.test_footprint_list import chain

ROWS = (
    {
        "uid": "a",
        "product_ids": "urn:gtin:1 urn:gtin:2",
        "company_ids": "urn:duns:1",
        "classifications": "urn:x:1 urn:CPC:3342",
        "geography": "CN-SN; CN",
        "created_at": "2025-03-01T10:00:00Z",
        "reference_period_start": date(2024, 1, 1),
        "reference_period_end": date(2025, 1, 1),
    },
    {
        "uid": "b",
        "product_ids": "urn:gtin:2",
        "geography": "Eastern Asia",
        "created_at": "2025-03-01T10:00:00.500Z",
        "reference_period_start": date(2023, 1, 1),
        "reference_period_end": date(2024, 1, 1),
    },
    {"uid": "c", "geography": "DE"},
)

AT = datetime(2025, 3, 1, 10, tzinfo=UTC)
YEAR = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        (Condition(FootprintField.CREATED, Comparison.EQUAL, AT), "a"),
        (Condition(FootprintField.CREATED, Comparison.MORE, AT), "b"),
        (Condition(FootprintField.CREATED, Comparison.AT_LEAST, AT), "ab"),
        (Condition(FootprintField.CREATED, Comparison.LESS, AT), ""),
        (Condition(FootprintField.CREATED, Comparison.AT_MOST, AT), "a"),
        (Condition(FootprintField.PERIOD_START, Comparison.LESS, YEAR), "b"),
        (Condition(FootprintField.PERIOD_END, Comparison.MORE, YEAR), "a"),
        (Condition(FootprintField.CPC, Comparison.EQUAL, "3342"), "a"),
        (Condition(FootprintField.CPC, Comparison.LESS, "4"), "a"),
        (Condition(FootprintField.COUNTRY, Comparison.EQUAL, "cn"), "a"),
        (Condition(FootprintField.COUNTRY, Comparison.MORE, "CN"), "c"),
        (Condition(FootprintField.PRODUCT_ID, Comparison.EQUAL, "URN:GTIN:2"), "ab"),
        (Condition(FootprintField.COMPANY_ID, Comparison.EQUAL, "urn:duns:1"), "a"),
    ],
)
def test_a_condition_is_met_by_known_values_alone(condition: Condition, met: str) -> None:
    facts = chain(*ROWS)
    rows = rows_that_meet(facts, np.arange(3), [condition])
    assert "".join(facts.tables[Kind.DECLARATION]["uid"].take(rows).to_pylist()) == met


def test_all_conditions_are_met_at_once() -> None:
    both = [
        Condition(FootprintField.PRODUCT_ID, Comparison.EQUAL, "urn:gtin:2"),
        Condition(FootprintField.COUNTRY, Comparison.EQUAL, "CN"),
    ]
    assert rows_that_meet(chain(*ROWS), np.arange(3), both).tolist() == [0]
