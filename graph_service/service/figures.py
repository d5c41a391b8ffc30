"""Numbers as they stand in a sentence."""

import math
from collections.abc import Sequence

_DIGITS = (4, 6, 9, 12, 17)


def figure_text(value: float, *, beside: Sequence[float] = ()) -> str:
    """``value`` with four significant digits, more where it would else read like a different number ``beside`` it."""
    for digits in _DIGITS:
        text = _plain(value, digits)
        if all(float(text.replace(",", "")) != other or value == other for other in beside):
            break
    return text


def given_text(value: float) -> str:
    """A number as somebody gave it, every digit kept: ``110``, ``0.5777``."""
    return _plain(value, 15)


def _plain(value: float, digits: int) -> str:
    """With so many significant digits, thousands parted; exponents only where plain notation would be long."""
    rounded = float(f"{value:.{digits}g}") + 0.0  # So that nothing reads as -0.
    if rounded and not 1e-4 <= abs(rounded) < 1e15:
        return f"{rounded:.{digits}g}"
    exponent = math.floor(math.log10(abs(rounded))) if rounded else 0
    text = f"{rounded:,.{max(0, digits - 1 - exponent)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
