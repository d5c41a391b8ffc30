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


def mutation(text: str | None = None) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Make a method a mutation of the schema, with its description there."""
    decorator: Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]] = strawberry.mutation(
        description=text
    )
    return decorator


def of_type(graphql_type: object) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Make a method a field of a type that the schema library finds later: of a module above the method's own."""
    decorator: Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]] = strawberry.field(
        graphql_type=graphql_type
    )
    return decorator
