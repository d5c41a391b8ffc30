"""Numbers as they stand in a sentence."""

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
    rounded = float(f"{value:.{digits}g}")
    if rounded and not 1e-4 <= abs(rounded) < 1e15:
        return f"{rounded:.{digits}g}"
    decimals = 0 if not rounded else max(0, digits - len(str(int(abs(rounded)))))
    text = f"{rounded:,.{decimals + (4 if abs(rounded) < 1 else 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
