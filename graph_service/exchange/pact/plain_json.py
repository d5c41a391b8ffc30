"""Whether a value is JSON that can be kept, sent on and walked through without fear."""

import math
import re
from collections.abc import Mapping

from graph_service.exchange.pact.codes import Findings, show

MOST_DEPTH = 64
_MOST_BITS = 1400
"""Of a whole number, some 420 digits: a float64 ends at 309, and Python writes none of more than 4300."""
_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")


def check_json(value: object, findings: Findings) -> bool:
    """Whether ``value`` is plain JSON, at most ``MOST_DEPTH`` deep; the first fault is noted.

    Tests no more than the value holds and never recurses, so that a hostile value costs what it weighs.
    """
    waiting: list[tuple[object, int]] = [(value, 1)]
    while waiting:
        part, depth = waiting.pop()
        fault = _fault(part, depth)
        if fault:
            findings.add("PACT_NOT_JSON", "", fault)
            return False
        if isinstance(part, Mapping):
            waiting.extend((name, depth) for name in part)
            waiting.extend((below, depth + 1) for below in part.values())
        elif isinstance(part, list | tuple):
            waiting.extend((below, depth + 1) for below in part)
    return True


def _fault(part: object, depth: int) -> str | None:
    if depth > MOST_DEPTH:
        return f"the document is nested deeper than {MOST_DEPTH}"
    if isinstance(part, str):
        found = _FORBIDDEN.search(part)
        return f"{show(part)} holds the character U+{ord(found[0]):04X}, which no text may" if found else None
    if isinstance(part, int) and part.bit_length() > _MOST_BITS:
        return f"{show(part)} is longer than numbers are; write a decimal as a string of at most 40 digits"
    if isinstance(part, float):
        return None if math.isfinite(part) else f"{part} is no number of JSON; leave out what is not known"
    if isinstance(part, Mapping):
        wrong = [name for name in part if not isinstance(name, str)]
        return f"the name {show(wrong[0])} of a field is no text" if wrong else None
    if part is None or isinstance(part, bool | int | list | tuple):
        return None
    return f"a value of type {type(part).__name__} is not of JSON"
