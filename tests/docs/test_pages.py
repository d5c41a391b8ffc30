"""The docs keep their word: examples run, generated pages are fresh, links lead somewhere, every code has its page."""

import ast
import json
import re
import shlex
import subprocess
import sys
from enum import StrEnum
from pathlib import Path

import pytest

from docs.generate import DOCS, PAGES
from graph_service.exchange.dataset.layout import LAYOUTS
from graph_service.model import vocabulary
from tests.support.served import clean_environment, free_port, serving

ROOT = DOCS.parent
MARKDOWN = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", ROOT / "seeds/README.md"]
MARKDOWN += sorted(DOCS.rglob("*.md"))
FENCE = re.compile(
    r"(?:^`(?P<file>[^`\n]+)`[^\n]*\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
ANYTHING = "..."


@pytest.mark.parametrize("name", PAGES)
def test_generated_page_is_what_the_code_says_today(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run make docs"


def page_name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", [page for page in MARKDOWN if "```console" in page.read_text("utf-8")], ids=page_name)
def test_examples_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    """Files named before a csv block are written; commands run one after the other; ``...`` stands for any lines.

    The example chains lie in the folder ``seeds``. What a page serves on port 8000 is served on a free one, and ended.
    """
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "graph-service"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m graph_service "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    environment = clean_environment(PYTHONPATH=str(ROOT), XDG_DATA_HOME=str(tmp_path / "home"))
    environment["PATH"] = f"{command.parent}:{environment['PATH']}"
    port = str(free_port())
    script, expected = ["exec 2>&1", "trap 'kill $(jobs -p) 2>/dev/null' EXIT"], []
    for block in FENCE.finditer(page.read_text(encoding="utf-8")):
        if block["language"] == "csv" and block["file"]:
            (tmp_path / block["file"]).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / block["file"]).write_text(block["text"], encoding="utf-8")
        if block["language"] == "console":
            for line in block["text"].splitlines():
                expected.append(line)
                if line.startswith("$ "):
                    script += [f"printf '%s\\n' {shlex.quote(line)}", line[2:].replace("8000", port)]
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        env=environment,
        timeout=300,
        check=False,
    )
    assert_shows(done.stdout.splitlines(), expected)


def assert_shows(printed: list[str], expected: list[str]) -> None:
    """``printed`` is ``expected``, days, keys, ports and last digits aside, where ``...`` is any number of lines."""

    def without_changing_parts(line: str) -> str:
        line = re.sub(r"\bgs_(\.\.\.|\w+)", "KEY", re.sub(r"127\.0\.0\.1:\d+", "HOST:PORT", line.rstrip()))
        line = re.sub(r"\d+\.\d{6,}", lambda number: f"{float(number[0]):.10g}", line)
        return re.sub(r"\b\d{4}-\d{2}-\d{2}\b", "DAY", line)

    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line.strip() == ANYTHING else re.escape(without_changing_parts(line)) + "\n"
        for line in expected
    )
    text = "".join(without_changing_parts(line) + "\n" for line in printed)
    if not re.fullmatch(pattern, text):
        assert text.splitlines() == [without_changing_parts(line) for line in expected]


def test_the_readmes_demo_and_query_answer_as_shown(tmp_path: Path) -> None:
    blocks = [(block["language"], block["text"]) for block in FENCE.finditer((ROOT / "README.md").read_text("utf-8"))]
    query = next(text for language, text in blocks if language == "sh" and "curl" in text)
    shown = {language: text for language, text in blocks if language in {"text", "json"}}
    environment = clean_environment(TMPDIR=str(tmp_path), PYTHONPATH=str(ROOT))
    demo = [sys.executable, "-m", "graph_service", "demo", "--port", "0"]
    with serving(demo, cwd=tmp_path, environment=environment, log=tmp_path, timeout_s=60) as served:
        assert_shows(served.printed.read_text("utf-8").splitlines(), shown["text"].splitlines())
        command = query.replace("http://127.0.0.1:8000", served.url)
        assert command != query
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=True)
    assert leaves(json.loads(done.stdout)) == leaves(json.loads(shown["json"]))


def leaves(document: object, path: str = "") -> dict[str, object]:
    """The leaves of a JSON document by their path, numbers with ten significant digits."""
    if isinstance(document, dict):
        return {key: leaf for name, part in document.items() for key, leaf in leaves(part, f"{path}/{name}").items()}
    if isinstance(document, list):
        return leaves(dict(enumerate(document)), path)
    return {path: float(f"{document:.10g}") if isinstance(document, float) else document}


def test_every_link_leads_to_a_file() -> None:
    broken = [
        f"{page_name(page)}: {target}"
        for page in MARKDOWN
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_data_set_page_names_every_column_and_which_are_required() -> None:
    text = (DOCS / "reference/data-set.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE))
    assert rows.keys() == {layout.stem for layout in LAYOUTS.values()}
    for layout in LAYOUTS.values():
        columns = rows[layout.stem].split(", ")
        assert [column.strip("*") for column in columns] == list(layout.columns)
        assert {column.strip("*") for column in columns if column.startswith("**")} == set(layout.required)


NOT_CODES = {
    *("ALL_COLUMNS", "TOTALS_COLUMNS", "TOTAL_DESC", "COMMIT", "ROLLBACK", "FOLDER", "KEY_ID"),
    *("DEBUG", "WARNING", "ERROR", "XDG_DATA_HOME", "NATURAL", "WAITING", "HS256"),
}
"""Words in capitals in the source that name something else."""

WORDS = {
    member.value
    for value in vars(vocabulary).values()
    if isinstance(value, type) and issubclass(value, StrEnum)
    for member in value
}


def words_in_capitals() -> set[str]:
    pattern = re.compile(r"[A-Z][A-Z0-9]{4,}(_[A-Z0-9]+)*|[A-Z0-9]+(_[A-Z0-9]+)+")
    return {
        node.value
        for path in (ROOT / "graph_service").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and pattern.fullmatch(node.value)
    }


def test_every_code_in_the_source_has_a_page_and_every_page_a_code() -> None:
    codes = words_in_capitals() - WORDS - NOT_CODES
    pages = {page.stem for page in (DOCS / "errors").glob("*.md")} - {"README"}
    assert sorted(codes - pages) == [], "write docs/errors/CODE.md, or name the word in NOT_CODES"
    assert sorted(pages - codes) == [], "these pages describe codes that nothing gives"


def test_every_page_of_a_code_says_what_it_means_and_what_to_do() -> None:
    for page in (DOCS / "errors").glob("[A-Z]*.md"):
        if page.stem != "README":
            title, meaning, *rest = page.read_text(encoding="utf-8").strip().split("\n\n")
            assert title == f"# {page.stem}"
            assert meaning.endswith(".")
            assert any(part.startswith("**What to do.**") for part in rest), page_name(page)
