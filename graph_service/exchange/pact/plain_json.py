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
        fault = _fault_of_leaf(part) if isinstance(part, _LEAVES) else _fault_of_branch(part, depth, waiting)
        if fault:
            findings.add("PACT_NOT_JSON", "", fault)
            return False
    return True


_LEAVES = (str, bool, int, float, type(None))


def _fault_of_leaf(part: object) -> str | None:
    if isinstance(part, str):
        found = _FORBIDDEN.search(part)
        return f"{show(part)} holds the character U+{ord(found[0]):04X}, which no text may" if found else None
    if isinstance(part, int):
        is_long = part.bit_length() > _MOST_BITS
        return f"{show(part)} is longer than numbers are; write at most 40 digits" if is_long else None
    is_number = not isinstance(part, float) or math.isfinite(part)
    return None if is_number else f"{part} is no number of JSON; leave out what is not known"


def _fault_of_branch(part: object, depth: int, waiting: list[tuple[object, int]]) -> str | None:
    """A fault of a list or an object; what it holds is put to what waits."""
    if depth > MOST_DEPTH:
        return f"the document is nested deeper than {MOST_DEPTH}"
    if isinstance(part, list | tuple):
        waiting.extend((below, depth + 1) for below in part)
    elif isinstance(part, Mapping):
        for name, below in part.items():
            fault = _fault_of_leaf(name) if isinstance(name, str) else f"the name {show(name)} of a field is no text"
            if fault:
                return fault
            waiting.append((below, depth + 1))
    else:
        return f"a value of type {type(part).__name__} is not of JSON"
    return None
