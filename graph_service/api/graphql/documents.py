"""Query documents: parsed, limited, validated, and kept for the next caller who sends the same text."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    validate,
)

MOST_TEXT_BYTES = 64 * 1024
MOST_TOKENS = 10_000
MOST_SELECTIONS = 1_000
"""Checking that equal names agree compares fields in pairs; a thousand take well under a second."""
MOST_LEVELS = 30
MOST_ERRORS = 20
KEPT_DOCUMENTS = 500
KEPT_TEXT_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A document, or why it is refused: ``code`` says at which step."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    code: str = ""


class Documents:
    """Checks documents against one schema; keeps what it checked, the least used leaving first."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, CheckedDocument] = OrderedDict()
        self._lock = threading.Lock()

    def kept(self, text: str) -> CheckedDocument | None:
        """What is already known of this text."""
        with self._lock:
            checked = self._kept.get(text)
            if checked is not None:
                self._kept.move_to_end(text)
            return checked

    def check(self, text: str) -> CheckedDocument:
        """Parse, limit and validate a text. Costs time that grows with its length: call it off the event loop."""
        checked = check_document(text, self._schema)
        if len(text) <= KEPT_TEXT_BYTES:
            with self._lock:
                self._kept[text] = checked
                if len(self._kept) > KEPT_DOCUMENTS:
                    self._kept.popitem(last=False)
        return checked


def check_document(text: str, schema: GraphQLSchema) -> CheckedDocument:
    """The document that ``text`` holds, or every reason why it is refused."""
    if len(text.encode(errors="replace")) > MOST_TEXT_BYTES:
        message = f"the query text is larger than {MOST_TEXT_BYTES:,} bytes; send data as variables"
        return CheckedDocument(None, (GraphQLError(message),), "GRAPHQL_PARSE_FAILED")
    try:
        document = parse(text, max_lexical_tokens=MOST_TOKENS)
        over = limit_error(document)
        if over is not None:
            return CheckedDocument(None, (over,), "QUERY_TOO_COMPLEX")
        errors = validate(schema, document, max_errors=MOST_ERRORS)
    except GraphQLError as error:
        return CheckedDocument(None, (error,), "GRAPHQL_PARSE_FAILED")
    except RecursionError:
        too_long = GraphQLError("the query's fragments form too long a chain")
        return CheckedDocument(None, (too_long,), "QUERY_TOO_COMPLEX")
    if errors:
        return CheckedDocument(None, tuple(errors), "GRAPHQL_VALIDATION_FAILED")
    return CheckedDocument(document)


def limit_error(document: DocumentNode) -> GraphQLError | None:
    """Why a document is too large to check or answer; None where it is not. Linear in its size."""
    shapes = {
        definition: _shape(definition.selection_set)
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode)
    }
    count = sum(shape.selections for shape in shapes.values())
    if count > MOST_SELECTIONS:
        return GraphQLError(
            f"the query selects {count:,} fields and fragments; at most {MOST_SELECTIONS:,} are allowed"
        )
    fragments = {
        definition.name.value: shape
        for definition, shape in shapes.items()
        if isinstance(definition, FragmentDefinitionNode)
    }
    levels = _fragment_levels(fragments)
    deepest = max((_levels(shape, levels) for shape in shapes.values()), default=0)
    if deepest > MOST_LEVELS:
        return GraphQLError(f"the query nests {deepest} levels deep; at most {MOST_LEVELS} are allowed")
    return None


@dataclass(frozen=True, slots=True)
class _Shape:
    """Levels and selections of one definition on its own, and the levels at which it spreads fragments."""

    levels: int
    selections: int
    spreads: dict[str, int]


def _shape(selection_set: SelectionSetNode) -> _Shape:
    deepest, selections, spreads = 0, 0, dict[str, int]()
    for selection, level in _selections(selection_set):
        selections += 1
        deepest = max(deepest, level)
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            spreads[name] = max(level - 1, spreads.get(name, 0))
    return _Shape(deepest, selections, spreads)


def _selections(selection_set: SelectionSetNode) -> Iterator[tuple[object, int]]:
    """Every selection with its level, 1 for the outermost; an inline fragment adds none."""
    waiting = [(selection_set, 1)]
    while waiting:
        selections, level = waiting.pop()
        for selection in selections.selections:
            yield selection, level
            if isinstance(selection, FieldNode) and selection.selection_set:
                waiting.append((selection.selection_set, level + 1))
            elif isinstance(selection, InlineFragmentNode):
                waiting.append((selection.selection_set, level))


def _fragment_levels(fragments: dict[str, _Shape]) -> dict[str, int]:
    """Levels of each fragment with all that it spreads, each worked out once. A cycle, refused later, ends at 0."""
    levels: dict[str, int] = {}
    for start in fragments:
        waiting = [start]
        entered: set[str] = set()
        while waiting:
            name = waiting[-1]
            if name in levels or name not in fragments:
                waiting.pop()
            elif name in entered:
                levels[name] = _levels(fragments[name], levels)
                waiting.pop()
            else:
                entered.add(name)
                waiting.extend(spread for spread in fragments[name].spreads if spread not in entered)
    return levels


def _levels(shape: _Shape, fragment_levels: dict[str, int]) -> int:
    spread = (level + fragment_levels.get(name, 0) for name, level in shape.spreads.items())
    return max(shape.levels, *spread, 0)
