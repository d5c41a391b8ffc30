"""The house keeps its rules: sizes, names, statements, and that each check finds the fault it is there for."""

import ast
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "graph_service"
SOURCES = sorted(PACKAGE.rglob("*.py"))
STATEMENTS = sorted([*PACKAGE.rglob("*.sql"), *(ROOT / "cypher").rglob("*.cypher")])
FILE_LINES, FUNCTION_LINES = 400, 60
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc"}
HEADER = ("params", "returns", "order")
ORDERLESS = re.compile(r"\bnothing\b|\bone (row|record)\b")
RUNS_A_STATEMENT = {"execute", "executemany", "executescript", "execute_query", "run"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions_of(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def test_the_rules_below_have_something_to_look_at() -> None:
    assert SOURCES
    assert {path.suffix for path in STATEMENTS} == {".sql", ".cypher"}


def test_no_file_is_longer_than_a_reader_bears() -> None:
    lines = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {path: count for path, count in lines.items() if count > FILE_LINES} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = {
        f"{named(path)}:{function.lineno} {function.name}": length
        for path in SOURCES
        for function in functions_of(path)
        if (length := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    }
    assert too_long == {}


def test_no_file_is_named_after_nothing() -> None:
    python_files = [*SOURCES, *(ROOT / "tests").rglob("*.py")]
    assert [named(path) for path in python_files if path.stem in NAMELESS] == []


def test_every_package_has_its_marker_of_types() -> None:
    assert (PACKAGE / "py.typed").is_file()


@pytest.mark.parametrize("path", STATEMENTS, ids=named)
def test_a_statement_file_says_what_it_does_and_holds_one_statement(path: Path) -> None:
    sign = "--" if path.suffix == ".sql" else "//"
    lines = path.read_text(encoding="utf-8").splitlines()
    header = [line.removeprefix(sign).strip().lower() for line in lines if line.startswith(sign)]
    missing = [word for word in HEADER if not any(line.startswith(f"{word}:") for line in header)]
    if ORDERLESS.search(" ".join(header)):
        missing = [word for word in missing if word != "order"]
    assert lines[0].startswith(sign), "the first line does not say what the statement is for"
    assert header[0].removeprefix("purpose:").strip(), "the first line does not say what the statement is for"
    assert not missing, f"the header lacks {missing}, as in '{sign} params: none'"
    body = without_texts_and_comments("\n".join(lines), sign)
    assert body.strip(), "no statement"
    assert ";" not in body.strip().removesuffix(";"), "more than one statement"


def without_texts_and_comments(text: str, sign: str) -> str:
    quoted = r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|`[^`]*`"""
    return re.sub(rf"{quoted}|{re.escape(sign)}[^\n]*|/\*.*?\*/", " ", text, flags=re.DOTALL)


def test_statement_names_are_unique_across_folders() -> None:
    for suffix in (".sql", ".cypher"):
        stems = [path.stem for path in STATEMENTS if path.suffix == suffix]
        assert sorted(set(stems)) == sorted(stems)


def test_statement_files_are_named_for_what_they_do() -> None:
    verb_noun, number_noun = r"[a-z]+(_[a-z0-9]+)+", r"\d{4}(_[a-z0-9]+)+"
    for path in STATEMENTS:
        pattern = number_noun if path.parent.name == "schema" else verb_noun
        assert re.fullmatch(pattern, path.stem), f"{named(path)} is not {pattern}"


def built_statements(tree: ast.AST) -> Iterator[int]:
    """Lines on which a statement is put together where it is run: f-string, + or %, format, join.

    A statement's *name* may be: its pieces hold no space.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RUNS_A_STATEMENT:
            for argument in node.args[:1]:
                if is_put_together(argument) and not is_name(argument):
                    yield node.lineno


def is_put_together(argument: ast.expr) -> bool:
    if isinstance(argument, ast.Call) and isinstance(argument.func, ast.Attribute):
        return argument.func.attr in {"format", "join", "replace", "format_map"}
    return isinstance(argument, ast.JoinedStr | ast.BinOp)


def is_name(argument: ast.expr) -> bool:
    texts = [
        node.value for node in ast.walk(argument) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return bool(texts) and not any(" " in text or "\n" in text for text in texts)


def test_no_statement_is_put_together_from_pieces() -> None:
    built = [
        f"{named(path)}:{line}"
        for path in SOURCES
        for line in built_statements(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert built == []


@pytest.mark.parametrize(
    "line",
    [
        'session.run(f"MATCH (n:{label}) RETURN n")',
        'c.execute("SELECT * FROM " + table)',
        'c.execute("SELECT {}".format(x))',
    ],
)
def test_a_statement_put_together_from_pieces_is_found(line: str) -> None:
    assert list(built_statements(ast.parse(line))) == [1]


def test_a_warning_raised_in_the_service_is_an_error() -> None:
    with pytest.raises(UserWarning):
        warnings.warn_explicit("seeded", UserWarning, "rollup.py", 1, module="graph_service.engine.rollup")


@pytest.fixture
def copy_of_the_house(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGE, tmp_path / "graph_service", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run_tool(house: Path, *command: str) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).parent / command[0]
    return subprocess.run([tool, *command[1:]], cwd=house, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("service/seeded.py", "import graph_service.store"),
        ("service/seeded.py", "import sqlite3"),
        ("engine/seeded.py", "import graph_service.model"),
        ("model/seeded.py", "import scipy"),
        ("api/seeded.py", "import strawberry"),
        ("exchange/seeded.py", "import graph_service.settings"),
        ("store/embedded/seeded.py", "import neo4j"),
        ("seeded.py", "x = 1"),
    ],
)
def test_the_import_rule_finds_a_seeded_breach(copy_of_the_house: Path, where: str, what: str) -> None:
    command = ("lint-imports", "--no-cache", "--no-logo")
    before = run_tool(copy_of_the_house, *command)
    assert before.returncode == 0, before.stdout
    (copy_of_the_house / "graph_service" / where).write_text(f"{what}\n", encoding="utf-8")
    assert run_tool(copy_of_the_house, *command).returncode != 0


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        (("ruff", "check", "--no-cache", "."), 'def f(c, t):\n    c.execute(f"SELECT * FROM {t}")\n'),
        (("ruff", "format", "--no-cache", "--check", "graph_service/seeded.py"), "x = { 1:2 }\n"),
        (("codespell", "graph_service/seeded.py"), "# recieve\n"),  # codespell:ignore recieve
        (("mypy", "graph_service/seeded.py"), "def f(x): return x\n"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_check_finds_its_seeded_fault(tmp_path: Path, command: tuple[str, ...], fault: str) -> None:
    (tmp_path / "graph_service").mkdir()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    seeded = tmp_path / "graph_service" / "seeded.py"
    seeded.write_text('"""Nothing wrong."""\n', encoding="utf-8")
    assert run_tool(tmp_path, *command).returncode == 0
    seeded.write_text(fault, encoding="utf-8")
    assert run_tool(tmp_path, *command).returncode != 0
