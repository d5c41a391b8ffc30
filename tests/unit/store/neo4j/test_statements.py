"""Every Cypher file keeps its word: one statement, a header that tells its parameters, and code that loads it."""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Kind
from graph_service.store.neo4j.statements import schema_steps, statement

CHECKOUT = Path(__file__).parents[4]
FILES = sorted((CHECKOUT / "cypher").glob("*/*.cypher"))
CODE = sorted((CHECKOUT / "graph_service" / "store" / "neo4j").glob("*.py"))
LOADERS = ("run", "one", "read", "statement", "alter_schema")
NOT_STORED = {(Kind.SUPPLY, "unit")}


def test_there_are_files_and_code_to_check() -> None:
    assert len(FILES) > 100
    assert len(CODE) > 5


def test_stems_are_unique_across_folders() -> None:
    stems = [path.stem for path in FILES]
    assert sorted(set(stems)) == stems or len(set(stems)) == len(stems)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_loader_finds_each_file_and_its_header_names_its_parameters(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert statement(path.stem) == text
    header, body = _split(text)
    assert re.search(r"^Params: ", header, re.MULTILINE)
    assert re.search(r"^Returns: ", header, re.MULTILINE)
    assert set(re.findall(r"\$(\w+)", header)) == set(re.findall(r"\$(\w+)", body))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_holds_one_statement_and_no_comment_below_its_header(path: Path) -> None:
    _, body = _split(path.read_text(encoding="utf-8"))
    assert body.strip()
    assert ";" not in body
    assert "//" not in body
    assert "/*" not in body


def test_each_file_is_loaded_by_code_and_code_loads_no_other() -> None:
    stems = {path.stem for path in FILES}
    named = set().union(*(_names(ast.parse(path.read_text(encoding="utf-8"))) for path in CODE))
    steps = {name for _, name in schema_steps()}
    assert stems - steps <= named
    loaded = set().union(*(_loaded(ast.parse(path.read_text(encoding="utf-8"))) for path in CODE))
    assert len(loaded) > 30
    assert loaded <= stems


def test_schema_steps_are_the_files_of_the_schema_folder() -> None:
    assert [name for _, name in schema_steps()] == sorted(path.stem for path in FILES if path.parent.name == "schema")


@pytest.mark.parametrize("kind", Kind)
def test_every_column_of_a_kind_is_written_and_exported(kind: Kind) -> None:
    stored = {name for name in BATCH_SCHEMAS[kind].names if (kind, name) not in NOT_STORED}
    written = set(re.findall(r"\$(\w+)\[k\]", statement(f"open_{kind}")))
    assert written == stored
    exported = set(re.findall(r"\bAS (\w+)", statement(f"export_{kind}")))
    references = (
        {"item_uid", "input_uid", "output_uid"} if kind in (Kind.EMISSION, Kind.SUPPLY, Kind.DECLARATION) else set()
    )
    assert stored - references <= exported


def _split(text: str) -> tuple[str, str]:
    lines = text.splitlines()
    header = [line.removeprefix("//").removeprefix(" ") for line in lines if line.startswith("//")]
    assert lines[: len(header)] == [line for line in lines if line.startswith("//")], "comments stand in the header"
    return "\n".join(header), "\n".join(lines[len(header) :])


def _names(tree: ast.AST) -> set[str]:
    return {name for node in ast.walk(tree) for name in _texts(node)}


def _loaded(tree: ast.AST) -> set[str]:
    """Names in the place of a statement's name in calls of what loads one."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    found: set[str] = set()
    for call in calls:
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in LOADERS:
            found.update(_texts(call.args[0]))
    return found


def _texts(node: ast.AST) -> Iterator[str]:
    """The texts that an expression may be; a kind in an f-string may be any kind that has such a file."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if isinstance(node, ast.JoinedStr):
        parts = [
            [part.value] if isinstance(part, ast.Constant) else [kind.value for kind in Kind] for part in node.values
        ]
        texts = ["".join(str(part) for part in choice) for choice in product(*parts)]
        stems = {path.stem for path in FILES}
        yield from (text for text in texts if text in stems)
