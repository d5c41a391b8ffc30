"""Decimals of PACT documents: exact in between, plain notation on the way out."""

import re
from collections.abc import Iterable
from decimal import Context, Decimal
from functools import reduce

MOST_DIGITS = 40
"""From the first digit that is not 0 to the last: more than twice what a float64 holds."""
MOST_CHARACTERS = 400
"""A plain float64 has at most 344."""

_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_READABLE = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_MULTIPLYING = Context(prec=34)
_SCALING = Context(prec=20)
_ADDING = Context(prec=2 * MOST_CHARACTERS)


def is_plain(text: str) -> bool:
    """Whether a decimal is written as the specification wants it: ``-0.12``."""
    return len(text) <= MOST_CHARACTERS and _PLAIN.fullmatch(text) is not None


def parse(text: str) -> Decimal | None:
    """The exact number, exponent notation taken too; None where it is no number or longer than numbers are."""
    if len(text) > MOST_CHARACTERS or not _READABLE.fullmatch(text):
        return None
    return Decimal(text)


def of_float(number: float) -> Decimal:
    """The shortest decimal that is read as this float64 again."""
    return Decimal(repr(float(number)))


def digits(number: Decimal) -> int:
    """How many digits from the first to the last that is not 0."""
    return len("".join(map(str, number.as_tuple().digits)).strip("0"))


def is_held(number: Decimal) -> bool:
    """Whether a float64 holds the number: neither overflows nor sinks to 0."""
    nearest = float(number)
    return nearest not in (float("inf"), float("-inf")) and (nearest != 0 or number == 0)


def plain(number: Decimal) -> str:
    """The number in plain notation: no exponent, no ``-0``, no zeros behind the last digit."""
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def multiply(number: Decimal, amount: Decimal) -> Decimal:
    """The product to 34 digits."""
    return number if amount == 1 else _MULTIPLYING.multiply(number, amount)


def of_one(number: float, units: Decimal) -> Decimal:
    """``number / units`` to 20 digits, enough that times ``units`` it is nearest to this float64 again."""
    return of_float(number) if units == 1 else _SCALING.divide(of_float(number), units)


def add(numbers: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    return reduce(_ADDING.add, numbers, Decimal(0))
