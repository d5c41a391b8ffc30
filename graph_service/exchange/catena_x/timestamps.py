"""Timestamps as Catena-X writes them, XML Schema's dateTime, and the days that they stand for."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

_TIMESTAMP = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)T(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
    r"(?P<fraction>\.\d+)?(?P<offset>Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)


def parse_timestamp(text: str) -> datetime | None:
    """The moment that ``text`` names, with its offset (UTC where none is given); None where it names none.

    ``24:00:00`` is the beginning of the next day, as in XML Schema.
    """
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    hour, is_midnight = int(match["hour"]), match["hour"] == "24"
    microsecond = int(f"{match['fraction'] or '.'}000000"[1:7])
    try:
        moment = datetime(
            int(match["year"]),
            int(match["month"]),
            int(match["day"]),
            0 if is_midnight else hour,
            int(match["minute"]),
            int(match["second"]),
            microsecond,
            tzinfo=_offset(match["offset"]),
        )
        if is_midnight:
            return moment + timedelta(days=1) if moment.time() == time() else None
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment


def _offset(text: str | None) -> timezone:
    if text in (None, "Z"):
        return UTC
    size = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-size if text.startswith("-") else size)


def first_day(moment: datetime) -> date:
    """The day on which what begins at ``moment`` holds for the first time, as its writer counts days."""
    return moment.date()


def end_day(moment: datetime) -> date:
    """The first day on which what ends at ``moment`` holds no more: the next one unless it ends at midnight."""
    day = moment.date()
    return day if moment.time() == time() or day == date.max else day + timedelta(days=1)


def format_moment(moment: datetime) -> str:
    """The moment in UTC, RFC 3339 with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def format_day(day: date) -> str:
    """The beginning of the day in UTC, RFC 3339 with Z."""
    return f"{day.isoformat()}T00:00:00Z"
