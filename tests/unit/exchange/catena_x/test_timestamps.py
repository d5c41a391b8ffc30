"""Timestamps of XML Schema as moments and days."""

from datetime import UTC, date, datetime

import pytest

from graph_service.exchange.catena_x.timestamps import end_day, first_day, format_moment, parse_timestamp


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-12-31T23:59:59Z", "2025-12-31T23:59:59Z"),
        ("2025-12-31T23:59:59.1234567", "2025-12-31T23:59:59.123456Z"),
        ("2025-12-31T24:00:00+08:00", "2025-12-31T16:00:00Z"),
        ("2025-01-01T00:00:00-14:00", "2025-01-01T14:00:00Z"),
    ],
)
def test_a_timestamp_is_read_with_its_offset(text: str, moment: str) -> None:
    found = parse_timestamp(text)
    assert found is not None
    assert format_moment(found) == moment


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2025-12-31",
            "2025-13-01T00:00:00Z",
            "2025-02-29T00:00:00Z",
            "2025-12-31T24:00:01Z",
            "12025-01-01T00:00:00Z",
        ),
        *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+08:00", "9999-12-31T23:00:00-08:00", "9999-12-31T24:00:00Z"),
        *("2025-01-01T00:00:00+25:00", "２０２５-01-01T00:00:00Z", ""),
    ],
)
def test_what_is_no_moment_of_the_calendar_is_none(text: str) -> None:
    assert parse_timestamp(text) is None


def test_an_end_within_a_day_still_counts_that_day() -> None:
    noon, midnight = datetime(2025, 6, 30, 12, tzinfo=UTC), datetime(2025, 6, 30, tzinfo=UTC)
    assert (first_day(noon), end_day(noon)) == (date(2025, 6, 30), date(2025, 7, 1))
    assert (first_day(midnight), end_day(midnight)) == (date(2025, 6, 30), date(2025, 6, 30))
    assert end_day(datetime(9999, 12, 31, 12, tzinfo=UTC)) == date.max
