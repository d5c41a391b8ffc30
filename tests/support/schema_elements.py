"""A schema as named elements, so that two schemas can be compared element by element."""

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    is_introspection_type,
    is_specified_scalar_type,
)


def elements_of(schema: GraphQLSchema) -> Mapping[str, str]:
    """Everything a schema promises: a coordinate as ``Item.inputs(first:)`` -> its type, default and description."""
    elements: dict[str, str] = {}
    for type_ in schema.type_map.values():
        if not is_introspection_type(type_) and not is_specified_scalar_type(type_):
            elements.update(_elements_of_type(type_))
    return elements


def parent_of(coordinate: str) -> str | None:
    """The element that holds this one: ``Item.inputs`` of ``Item.inputs(first:)``, ``Item`` of that."""
    if "(" in coordinate:
        return coordinate.partition("(")[0]
    return coordinate.rpartition(".")[0] or None


def _elements_of_type(type_: GraphQLNamedType) -> Iterator[tuple[str, str]]:
    yield type_.name, f"{type(type_).__name__.removeprefix('Custom')}: {type_.description}"
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        for interface in type_.interfaces:
            yield f"{type_.name}.<{interface.name}>", "implemented"
        for name, field in type_.fields.items():
            yield f"{type_.name}.{name}", f"{field.type}: {field.description}"
            for argument_name, argument in field.args.items():
                yield f"{type_.name}.{name}({argument_name}:)", _input(argument)
    elif isinstance(type_, GraphQLInputObjectType):
        for name, input_field in type_.fields.items():
            yield f"{type_.name}.{name}", _input(input_field)
    elif isinstance(type_, GraphQLEnumType):
        for name, value in type_.values.items():
            yield f"{type_.name}.{name}", f"value: {value.description}"
    elif isinstance(type_, GraphQLUnionType):
        for member in type_.types:
            yield f"{type_.name}.<{member.name}>", "member"


def _input(element: GraphQLArgument | GraphQLInputField) -> str:
    return f"{element.type} = {_default(element)}: {element.description}"


def _default(element: GraphQLArgument | GraphQLInputField) -> str:
    value = element.default_value
    if value is Undefined:
        return "none"
    return str(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
