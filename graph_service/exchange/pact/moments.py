"""Timestamps of PACT documents, and the days that they stand for."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

VALIDITY_YEARS = 3

_RFC3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")
_READABLE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment: as text in RFC 3339 with Z, and as a datetime with offset UTC.

    ``fault``: what its writing lacked. ``is_certain``: it said which offset it has, or what was missing is nothing.
    """

    text: str
    at: datetime
    fault: str | None = None
    is_certain: bool = True


def parse(text: str) -> Moment | None:
    """The moment that a text names, read leniently; None where it names none."""
    if not _READABLE.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text.upper())
        has_offset = found.tzinfo is not None
        at = found.astimezone(UTC) if has_offset else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    if _RFC3339.fullmatch(text):
        if text.endswith("Z"):
            return Moment(text, at)
        return Moment(written(at), at, "has an offset other than Z")
    return Moment(written(at), at, "is not RFC 3339 in full" if has_offset else "names no offset", has_offset)


def written(at: datetime) -> str:
    """RFC 3339 with Z, fractions of a second only where there are any."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def day_of(at: datetime) -> date:
    """The UTC day that the moment lies on."""
    return at.astimezone(UTC).date()


def day_after(at: datetime) -> date:
    """The first day that lies wholly behind the moment: of an end at midnight that day, else the next.

    An end is exclusive, days here are whole: a footprint valid until noon is still used on that day.
    """
    day = day_of(at)
    is_midnight = at.astimezone(UTC).time() == time()
    return day if is_midnight or day == date.max else day + timedelta(days=1)


def years_after(at: datetime, years: int = VALIDITY_YEARS) -> datetime:
    """The same day and time so many years later, 28 February for the 29th; the calendar's last year at most."""
    year = min(at.year + years, date.max.year)
    return at.replace(year=year, day=min(at.day, calendar.monthrange(year, at.month)[1]))
