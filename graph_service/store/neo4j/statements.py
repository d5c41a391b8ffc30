"""Cypher by name: one statement per file under ``cypher/``; the file's stem is the statement's name."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import LiteralString

_FOLDERS = ("read", "write", "schema")


def _root() -> Traversable:
    """The folder that the wheel carries, else the one beside the package in a checkout."""
    package = files("graph_service")
    carried = package / "_cypher"
    return carried if carried.is_dir() else package / ".." / "cypher"


@cache
def _files() -> Mapping[str, Traversable]:
    found: dict[str, Traversable] = {}
    for folder in _FOLDERS:
        for file in (_root() / folder).iterdir():
            stem, _, suffix = file.name.rpartition(".")
            if suffix != "cypher":
                continue
            if stem in found:
                raise RuntimeError(f"two Cypher files are named {stem}")
            found[stem] = file
    return found


@cache
def statement(name: str) -> LiteralString:
    """The text of ``cypher/read/NAME.cypher``, ``cypher/write/NAME.cypher`` or ``cypher/schema/NAME.cypher``."""
    # A constant of this package, though read from a file: no caller's text is ever part of it.
    return _files()[name].read_text(encoding="utf-8")


@cache
def schema_steps() -> tuple[tuple[int, str], ...]:
    """Number and name of each schema step, in order, from 1 without gaps."""
    names = sorted(name for name in _files() if name[:4].isdigit())
    steps = tuple((int(name[:4]), name) for name in names)
    if [number for number, _ in steps] != list(range(1, len(steps) + 1)):
        raise RuntimeError(f"schema steps are not numbered 1, 2, 3 ...: {names}")
    return steps
