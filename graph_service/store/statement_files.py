"""Statements by name: one per file in the folders read, write and schema; a file's stem is its statement's name."""

from collections.abc import Mapping
from importlib.resources.abc import Traversable

_FOLDERS = ("read", "write", "schema")


def find_statements(root: Traversable, *, ending: str) -> Mapping[str, Traversable]:
    """The statement files below ``root`` by name. Raises ``RuntimeError`` where two have one name."""
    found: dict[str, Traversable] = {}
    for folder in _FOLDERS:
        for file in (root / folder).iterdir():
            stem, _, suffix = file.name.rpartition(".")
            if suffix != ending:
                continue
            if stem in found:
                raise RuntimeError(f"two .{ending} files are named {stem}")
            found[stem] = file
    return found


def number_steps(statements: Mapping[str, Traversable]) -> tuple[tuple[int, str], ...]:
    """Number and name of each schema step, in order. Raises ``RuntimeError`` where they do not count 1, 2, 3 ..."""
    names = sorted(name for name in statements if name[:4].isdigit())
    steps = tuple((int(name[:4]), name) for name in names)
    if [number for number, _ in steps] != list(range(1, len(steps) + 1)):
        raise RuntimeError(f"schema steps are not numbered 1, 2, 3 ...: {names}")
    return steps
