"""Moments as both stores keep them, whole microseconds since 1970-01-01 UTC, and how long a key is known."""

from datetime import UTC, datetime, timedelta

KEY_LIFETIME = timedelta(hours=48)
"""How long a used idempotency key is known: at least a day, and a day for clocks that disagree."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(moment: datetime) -> int:
    """Microseconds since the epoch. Raises ``ValueError`` for a moment without offset."""
    if moment.utcoffset() is None:
        raise ValueError(f"{moment.isoformat()} has no offset from UTC")
    return (moment - _EPOCH) // _MICROSECOND


def from_us(moment_us: int) -> datetime:
    """The moment, with offset UTC."""
    return _EPOCH + timedelta(microseconds=moment_us)
