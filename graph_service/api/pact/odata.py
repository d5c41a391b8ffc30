"""``$filter`` of V2: conditions joined by ``and``, and ``any`` on the two lists of ids; the part of OData that is met.

What is not met is answered as not implemented, never passed over.
"""

import re
from datetime import datetime

from graph_service.api.pact.errors import NotImplementedFault
from graph_service.api.pact.queries import read_moment
from graph_service.service.footprint_conditions import LISTS, MOMENTS, Comparison, Condition, FootprintField

MOST_CHARACTERS = 8_000
MOST_CONDITIONS = 50
MOST_DEPTH = 20

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<moment>\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?)"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_/]*)|(?P<sign>[():]))"
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_filter(text: str) -> tuple[Condition, ...]:
    """The conditions of a filter; all must be met.

    Raises ``NotImplementedFault``, which names the place, for what is not understood.
    """
    if len(text) > MOST_CHARACTERS:
        raise NotImplementedFault(f"$filter: longer than {MOST_CHARACTERS:,} characters")
    return _Reader(text).read()


class _Reader:
    """Reads one filter, from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    def read(self) -> tuple[Condition, ...]:
        conditions = self._conjunction(0)
        if self._at < len(self._tokens):
            raise self._fault("'and'")
        return tuple(conditions)

    def _conjunction(self, depth: int) -> list[Condition]:
        if depth > MOST_DEPTH:
            raise NotImplementedFault(f"$filter: parentheses nest deeper than {MOST_DEPTH}")
        conditions = self._term(depth)
        while self._take("and"):
            conditions += self._term(depth)
        if len(conditions) > MOST_CONDITIONS:
            raise NotImplementedFault(f"$filter: more than {MOST_CONDITIONS} conditions")
        return conditions

    def _term(self, depth: int) -> list[Condition]:
        if self._take("("):
            inner = self._conjunction(depth + 1)
            self._expect(")")
            return inner
        name = self._next("a field")
        for field in LISTS:
            if name == f"{field}/any":
                return [self._any(field)]
        fields = {field.value: field for field in FootprintField if field not in LISTS}
        if name not in fields:
            self._at -= 1
            raise self._fault(f"one of {', '.join(fields)}, {', '.join(f'{field}/any' for field in LISTS)}")
        return [self._comparison(fields[name])]

    def _any(self, field: FootprintField) -> Condition:
        """``(id:(id eq 'urn:...'))``, inner parentheses or none."""
        self._expect("(")
        variable = self._next("a name")
        self._expect(":")
        is_wrapped = self._take("(")
        self._expect(variable)
        condition = self._comparison(field)
        if condition.comparison is not Comparison.EQUAL:
            raise NotImplementedFault(f"$filter: {field}/any takes eq, not {condition.comparison}")
        if is_wrapped:
            self._expect(")")
        self._expect(")")
        return condition

    def _comparison(self, field: FootprintField) -> Condition:
        word = self._next("a comparison")
        if word not in list(Comparison):
            self._at -= 1
            raise self._fault(f"one of {', '.join(Comparison)}")
        given = self._next("a value")
        is_quoted = given.startswith("'")
        value = given[1:-1].replace("''", "'") if is_quoted else given
        if field in MOMENTS:
            return Condition(field, Comparison(word), self._moment(value))
        if not is_quoted:
            self._at -= 1
            raise self._fault("a text in single quotes")
        return Condition(field, Comparison(word), value)

    def _moment(self, value: str) -> datetime:
        moment = read_moment(value) if _DAY.match(value) else None
        if moment is None:
            self._at -= 1
            raise self._fault("a moment as 2025-01-01T00:00:00Z")
        return moment

    def _take(self, token: str) -> bool:
        is_there = self._at < len(self._tokens) and self._tokens[self._at] == token
        self._at += is_there
        return is_there

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise self._fault(repr(token))

    def _next(self, wanted: str) -> str:
        if self._at >= len(self._tokens):
            raise self._fault(wanted)
        self._at += 1
        return self._tokens[self._at - 1]

    def _fault(self, wanted: str) -> NotImplementedFault:
        found = repr(self._tokens[self._at][:50]) if self._at < len(self._tokens) else "the end"
        return NotImplementedFault(f"$filter: {found} where this service understands {wanted}")


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise NotImplementedFault(f"$filter: {text[at : at + 20]!r} is not understood")
        tokens.append(found[found.lastgroup or 0].strip())
        at = found.end()
    return tokens
