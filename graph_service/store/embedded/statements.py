"""SQL by name: one statement per file under ``sql/``; the file's stem is the statement's name."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_FOLDERS = ("read", "write", "schema")


@cache
def _files() -> Mapping[str, Traversable]:
    root = files("graph_service.store.embedded") / "sql"
    found: dict[str, Traversable] = {}
    for folder in _FOLDERS:
        for file in (root / folder).iterdir():
            stem, _, suffix = file.name.rpartition(".")
            if suffix != "sql":
                continue
            if stem in found:
                raise RuntimeError(f"two SQL files are named {stem}")
            found[stem] = file
    return found


@cache
def statement(name: str) -> str:
    """The text of ``sql/read/NAME.sql``, ``sql/write/NAME.sql`` or ``sql/schema/NAME.sql``."""
    return _files()[name].read_text(encoding="utf-8")


@cache
def schema_steps() -> tuple[tuple[int, str], ...]:
    """Number and name of each schema step, in order, from 1 without gaps."""
    names = sorted(name for name in _files() if name[:4].isdigit())
    steps = tuple((int(name[:4]), name) for name in names)
    if [number for number, _ in steps] != list(range(1, len(steps) + 1)):
        raise RuntimeError(f"schema steps are not numbered 1, 2, 3 ...: {names}")
    return steps
