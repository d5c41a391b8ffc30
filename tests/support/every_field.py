"""Operations that select every field of a schema, so that a field added later is asked for without anybody's doing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

MOST_CHARACTERS = 7_500
"""Of one operation: larger ones are checked anew each time that they come."""

_FREE = ("Connection", "Edge")
"""Types that only lead on, and count as no level."""

Seen = set[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Operation:
    """The text of an operation with a variable per argument of its root field; ``seen``: type and field selected."""

    text: str
    seen: Seen = field(default_factory=set)


def operations(
    schema: GraphQLSchema, root: str, name: str, arguments: Sequence[str], *, leave_out: Seen
) -> Iterator[Operation]:
    """Operations that ask a root field for all that lies below it: one per field of its type, so each stays small."""
    root_field = schema.type_map[root].fields[name]  # type: ignore[attr-defined]
    kind = "query" if root == "Query" else "mutation"
    declared = ", ".join(f"${argument}: {root_field.args[argument].type}" for argument in arguments)
    given = ", ".join(f"{argument}: ${argument}" for argument in arguments)
    head = f"{kind} Every{f'({declared})' if declared else ''} {{ {name}{f'({given})' if given else ''}"
    for body, seen in _bodies(schema, get_named_type(root_field.type), leave_out, is_whole=root == "Mutation"):
        yield Operation(f"{head} {body} }}", {(root, name), *seen})


def fields_below(schema: GraphQLSchema) -> Seen:
    """Type and field of all that an answer may hold."""
    found: Seen = set()
    waiting: list[GraphQLNamedType] = [schema.type_map["Query"], schema.type_map["Mutation"]]
    done: set[str] = set()
    while waiting:
        named = waiting.pop()
        if named.name in done:
            continue
        done.add(named.name)
        waiting.extend(_members(schema, named))
        for name, one in _fields(named).items():
            found.add((named.name, name))
            waiting.append(get_named_type(one.type))
    return {(type_name, name) for type_name, name in found if type_name != "Node"}


def _bodies(
    schema: GraphQLSchema, named: GraphQLNamedType, leave_out: Seen, *, is_whole: bool
) -> Iterator[tuple[str, Seen]]:
    """What is selected of a root field; ``is_whole``: all at once, since a mutation is sent once."""
    if is_leaf_type(named):
        yield "", set()
        return
    members = _members(schema, named)
    parts: list[tuple[GraphQLNamedType, list[str]]] = [(named, [name]) for name in _kept(named, leave_out)]
    if is_whole or members:
        owners: list[GraphQLNamedType] = [*members] or [named]
        parts = [(owner, _kept(owner, leave_out)) for owner in owners]
    bodies = []
    for member, names in parts:
        body, seen = _deepest(schema, member, names, leave_out)
        bodies.append((f"... on {member.name} {body}" if members else body, seen))
    if is_whole and members:
        yield f"{{ __typename {' '.join(body for body, _ in bodies)} }}", {one for _, seen in bodies for one in seen}
        return
    for body, seen in bodies:
        yield f"{{ __typename {body} }}" if members else body, seen


def _deepest(schema: GraphQLSchema, named: GraphQLNamedType, names: Sequence[str], leave_out: Seen) -> tuple[str, Seen]:
    """As many levels below the fields as fit."""
    body, seen = "", set[tuple[str, str]]()
    for levels in range(4):
        found: Seen = set()
        deeper = _selected(schema, named, names, levels, found, leave_out)
        if body and len(deeper) > MOST_CHARACTERS:
            break
        body, seen = deeper, found
    return body, seen


def _kept(named: GraphQLNamedType, leave_out: Seen) -> list[str]:
    return [name for name in _fields(named) if (named.name, name) not in leave_out]


def _selected(
    schema: GraphQLSchema, named: GraphQLNamedType, names: Sequence[str], levels: int, seen: Seen, leave_out: Seen
) -> str:
    """The fields ``names`` of an object with what lies below; each under an alias of its own type."""
    parts = ["__typename"]
    for name in names:
        one = _fields(named)[name]
        below = get_named_type(one.type)
        alias = f"{named.name}_{name}: {name}"
        if any(is_required_argument(argument) for argument in one.args.values()):
            raise AssertionError(f"{named.name}.{name} needs arguments: say here which")
        if is_leaf_type(below):
            seen.add((named.name, name))
            parts.append(alias)
        elif levels > 0 or below.name.endswith(_FREE):
            seen.add((named.name, name))
            rest = levels if below.name.endswith(_FREE) else levels - 1
            parts.append(f"{alias} {_below(schema, below, rest, seen, leave_out)}")
    return "{ " + " ".join(parts) + " }"


def _below(schema: GraphQLSchema, named: GraphQLNamedType, levels: int, seen: Seen, leave_out: Seen) -> str:
    members = _members(schema, named)
    if not members:
        return _selected(schema, named, _kept(named, leave_out), levels, seen, leave_out)
    parts = [
        f"... on {member.name} {_selected(schema, member, _kept(member, leave_out), levels, seen, leave_out)}"
        for member in members
    ]
    return "{ __typename " + " ".join(parts) + " }"


def _members(schema: GraphQLSchema, named: GraphQLNamedType) -> list[GraphQLObjectType]:
    if isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
        return list(schema.get_possible_types(named))
    return []


def _fields(named: GraphQLNamedType) -> Mapping[str, GraphQLField]:
    return named.fields if isinstance(named, GraphQLObjectType) else {}
