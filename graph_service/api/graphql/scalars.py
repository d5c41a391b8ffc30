"""Scalars of our own: the stock ones take ``1e999`` as infinity, times without offset, and week dates."""

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import NewType, Self

from graphql import (
    BooleanValueNode,
    ConstValueNode,
    FloatValueNode,
    GraphQLError,
    GraphQLID,
    GraphQLScalarType,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
)
from strawberry import ID
from strawberry.types.scalar import ScalarDefinition

MOST_DIGITS = 40
"""More digits than any measured number has; longer ones only cost time (RELIABILITY, "Doors")."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def parse_float(value: object) -> float:
    """A finite number; a boolean, a text, NaN or an infinity is refused."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise GraphQLError(f"Float cannot represent {_shown(value)}: write a number without quotes, as 0.25.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise GraphQLError(f"Float cannot represent {_shown(value)}: it must be finite, below 1.8e308 in size.")
    return number


def _float_literal(node: ConstValueNode) -> float:
    if not isinstance(node, FloatValueNode | IntValueNode):
        raise GraphQLError("Float takes a number without quotes, as 0.25.", node)
    if len(node.value) > MOST_DIGITS:
        raise GraphQLError(f"Float {node.value[:20]}... has more than {MOST_DIGITS} characters.", node)
    number = float(node.value)
    if not math.isfinite(number):
        raise GraphQLError(f"Float cannot represent {node.value}: it must be finite, below 1.8e308 in size.", node)
    return number


def _serialize_float(value: object) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"a resolver answered {_shown(value)} where a finite number is promised")
    return float(value) + 0.0  # -0.0 reads as a negative amount; it is 0


def parse_day(value: object) -> date:
    """A calendar day written ``YYYY-MM-DD``."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise GraphQLError(f'Date cannot represent {_shown(value)}: write a calendar day as "2026-03-31".')


def parse_moment(value: object) -> datetime:
    """A moment in UTC, from RFC 3339 text with an offset."""
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise GraphQLError(
        f'DateTime cannot represent {_shown(value)}: write a moment with an offset, as "2026-03-31T08:00:00+08:00".'
    )


def _day_literal(node: ConstValueNode) -> date:
    return parse_day(node.value if isinstance(node, StringValueNode) else getattr(node, "value", None))


def _moment_literal(node: ConstValueNode) -> datetime:
    return parse_moment(node.value if isinstance(node, StringValueNode) else getattr(node, "value", None))


def _serialize_day(value: object) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"a resolver answered {_shown(value)} where a day is promised")
    return value.isoformat()


def _serialize_moment(value: object) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"a resolver answered {_shown(value)} where a moment with offset is promised")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _json_literal(node: ConstValueNode) -> object:
    """A JSON value written in the document; names of enumerations are none."""
    match node:
        case NullValueNode():
            return None
        case ObjectValueNode():
            return {field.name.value: _json_literal(field.value) for field in node.fields}
        case ListValueNode():
            return [_json_literal(value) for value in node.values]
        case IntValueNode():
            return int(node.value) if len(node.value) <= MOST_DIGITS else _float_literal(node)
        case FloatValueNode():
            return _float_literal(node)
        case StringValueNode() | BooleanValueNode():
            return node.value
    raise GraphQLError("JSON takes texts, numbers, true, false, null, lists and objects.", node)


def _composed(uid: str) -> str:
    """Uids are compared in Unicode's composed form, NFC (dataset.md)."""
    return unicodedata.normalize("NFC", uid)


def _definition(scalar: GraphQLScalarType, *, is_printed: bool) -> ScalarDefinition:
    return ScalarDefinition(
        name=scalar.name,
        description=scalar.description,
        specified_by_url=scalar.specified_by_url,
        serialize=scalar.serialize,
        parse_value=scalar.parse_value,
        parse_literal=scalar.parse_literal,
        implementation=scalar,
        print_definition=is_printed,
    )


def _identifier_literal(node: ConstValueNode) -> str:
    if not isinstance(node, StringValueNode | IntValueNode):
        raise GraphQLError('ID takes a text, as "pack-60".', node)
    return _composed(node.value)


class OwnScalar(GraphQLScalarType):
    """A scalar that stands in a schema for the built-in one of its name, which graphql-core else refuses."""

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        return object.__new__(cls)


FLOAT = OwnScalar(
    name="Float",
    description="A finite double precision number.",
    coerce_output_value=_serialize_float,
    coerce_input_value=parse_float,
    coerce_input_literal=_float_literal,
)
IDENTIFIER = OwnScalar(
    name="ID",
    description=GraphQLID.description,
    coerce_output_value=GraphQLID.coerce_output_value,
    coerce_input_value=lambda value: _composed(GraphQLID.coerce_input_value(value)),
    coerce_input_literal=_identifier_literal,
)
DATE = GraphQLScalarType(
    name="Date", coerce_output_value=_serialize_day, coerce_input_value=parse_day, coerce_input_literal=_day_literal
)
DATE_TIME = GraphQLScalarType(
    name="DateTime",
    coerce_output_value=_serialize_moment,
    coerce_input_value=parse_moment,
    coerce_input_literal=_moment_literal,
)
JSON_VALUE = GraphQLScalarType(
    name="JSON",
    coerce_output_value=lambda value: value,
    coerce_input_value=lambda value: value,
    coerce_input_literal=_json_literal,
)
JSON = NewType("JSON", object)
"""A JSON value, as it is."""

SCALARS: Mapping[object, ScalarDefinition] = {
    ID: _definition(IDENTIFIER, is_printed=False),
    float: _definition(FLOAT, is_printed=False),
    date: _definition(DATE, is_printed=True),
    datetime: _definition(DATE_TIME, is_printed=True),
    JSON: _definition(JSON_VALUE, is_printed=True),
}
"""Python type -> scalar, for the schema."""
