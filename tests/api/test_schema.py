"""The served schema is the contract's, but for what one shrinking list names."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from graphql import build_schema as parse_schema

from graph_service.api.graphql.schema import schema_text
from tests.support.schema_elements import elements_of, parent_of

GOLDEN = Path(__file__).parent.parent / "golden"
LATER = GOLDEN / "not_yet_served.txt"
EXTENSIONS = GOLDEN / "beyond_the_contract.txt"
"""Extensions of the contract by their topmost element; the contract may be extended, never renamed or narrowed."""

# Both sides go through their printed text, so that what is compared is what callers can see.
CONTRACT = elements_of(parse_schema((GOLDEN / "contract.graphql").read_text(encoding="utf-8")))
SERVED = elements_of(parse_schema(schema_text()))


def listed() -> list[str]:
    return LATER.read_text(encoding="utf-8").split("\n")[:-1]


def is_below(coordinate: str, names: set[str]) -> bool:
    """Whether the element or one that holds it is among ``names``."""
    at: str | None = coordinate
    while at is not None:
        if at in names:
            return True
        at = parent_of(at)
    return False


def test_what_is_served_equals_the_contract_or_is_listed_as_later_work() -> None:
    later = set(listed())
    wrong = {
        coordinate: (promised, SERVED.get(coordinate, "missing"))
        for coordinate, promised in CONTRACT.items()
        if not is_below(coordinate, later) and SERVED.get(coordinate) != promised
    }
    assert not wrong


def test_what_is_served_beyond_the_contract_is_listed_as_an_extension() -> None:
    beyond = set(SERVED) - set(CONTRACT)
    shown = sorted(name for name in beyond if parent_of(name) not in beyond)
    assert shown == EXTENSIONS.read_text(encoding="utf-8").split("\n")[:-1]


def test_the_list_of_later_work_names_only_what_the_contract_has_and_nothing_that_is_served() -> None:
    later = listed()
    assert later == sorted(set(later))
    assert not set(later) - set(CONTRACT)
    assert not set(later) & set(SERVED)
    assert not [name for name in later if is_below(parent_of(name) or "", set(later))], "the holder is listed already"


def test_the_list_of_later_work_only_shrinks() -> None:
    root = GOLDEN.parent.parent
    name = LATER.relative_to(root).as_posix()
    log = subprocess.run(
        ["git", "log", "--format=%H", "--", name], cwd=root, capture_output=True, text=True, check=False
    )
    commits = log.stdout.split()
    if not commits:
        pytest.skip("the history of the list is not at hand")
    for commit in commits:
        text = subprocess.run(
            ["git", "show", f"{commit}:{name}"], cwd=root, capture_output=True, text=True, check=True
        ).stdout
        assert not set(listed()) - set(text.splitlines()), f"the list was shorter in {commit}"


def test_the_served_schema_is_the_golden_one(golden: Callable[[str, str], None]) -> None:
    golden("schema.graphql", schema_text())
