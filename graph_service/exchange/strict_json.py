"""JSON as this service takes it: UTF-8, no duplicate keys, finite numbers, bounded nesting."""

import json
import math

import orjson

from graph_service.errors import InvalidInput

DEEPEST = 64
MOST_DIGITS = 40


def parse_json(body: bytes) -> object:
    """The value that ``body`` holds.

    Raises ``InvalidInput`` where it is not JSON, or holds duplicate keys, NaN, infinities, lone surrogates, numbers
    of more than 40 characters or nesting past 64.
    """
    try:
        orjson.loads(body)  # strict on UTF-8, surrogates and NaN, and bounds the recursion of what follows
        value = json.loads(
            body, object_pairs_hook=_unique, parse_int=_whole, parse_float=_number, parse_constant=_constant
        )
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"the body is not valid JSON: {error}") from error
    _check_depth(value)
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise InvalidInput(f"the body names the key {twice!r} twice in one object; give it once")
    return found


def _whole(text: str) -> int:
    _check_length(text)
    return int(text)


def _number(text: str) -> float:
    _check_length(text)
    number = float(text)
    if not math.isfinite(number):
        raise InvalidInput(f"the number {text} in the body is not finite; write one below 1.8e308 in size")
    return number


def _constant(text: str) -> float:
    raise InvalidInput(f"{text} in the body is not JSON; leave out what is unknown")


def _check_length(text: str) -> None:
    if len(text) > MOST_DIGITS:
        raise InvalidInput(f"the number {text[:20]}... in the body has more than {MOST_DIGITS} characters")


def _check_depth(value: object) -> None:
    level, depth = [value], 0
    while level:
        inner: list[object] = []
        for element in level:
            if isinstance(element, dict):
                inner.extend(element.values())
            elif isinstance(element, list):
                inner.extend(element)
        level, depth = inner, depth + 1
        if depth > DEEPEST + 1:
            raise InvalidInput(f"the body nests deeper than {DEEPEST} levels")
