"""Fields with a description, typed: the schema library's own decorator hides their types."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import strawberry

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def described(text: str) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Make a method a field of the schema, with its description there."""
    decorator: Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]] = strawberry.field(
        description=text
    )
    return decorator
