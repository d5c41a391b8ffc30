"""Faults of a data set as they are found, each with its place in the folder."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from graph_service.errors import Finding

FAULTS_PER_COLUMN_MAX = 10_000
"""Past this one summary says how many more cells of the column are at fault: a million equal lines help nobody."""

_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the folder a finding is: ``file:line: column:`` as far as they are known."""

    file: str
    line: int | None = None
    column: str | None = None

    def describe(self, message: str) -> str:
        """The finding's line for people: place and message."""
        position = self.file if self.line is None else f"{self.file}:{self.line}"
        parts = [position, message] if self.column is None else [position, self.column, message]
        return ": ".join(parts)


class Faults:
    """Collects findings of severity ERROR while a folder is read."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._places: dict[Finding, Place] = {}
        self._count_by_column: Counter[tuple[str, str]] = Counter()

    def add(self, code: str, path: str, message: str, *, place: Place | None = None) -> None:
        """Note a fault; ``place`` where the path alone does not tell it."""
        finding = Finding(code, "ERROR", path, message)
        self._findings.append(finding)
        if place is not None:
            self._places[finding] = place

    def add_in_column(self, code: str, *, plural: str, row: int, column: str | None, message: str) -> None:
        """Note a fault of one cell, or of one whole row where ``column`` is None."""
        key = (plural, column or "")
        self._count_by_column[key] += 1
        if self._count_by_column[key] <= FAULTS_PER_COLUMN_MAX:
            self.add(code, f"{plural}[{row}]" + (f".{column}" if column else ""), message)

    def extend(self, other: "Faults") -> None:
        """Take over all that ``other`` collected."""
        self._findings += other._findings
        self._places |= other._places
        self._count_by_column += other._count_by_column

    def summarise(self) -> None:
        """Say how many faults of a column were left out of the list. Called once, when all is read."""
        for (plural, column), count in self._count_by_column.items():
            if count > FAULTS_PER_COLUMN_MAX:
                self.add(
                    "MORE_FAULTS",
                    f"{plural}.{column}" if column else plural,
                    f"{count - FAULTS_PER_COLUMN_MAX:,} more {'cells of this column' if column else 'records'} "
                    f"are at fault like the {FAULTS_PER_COLUMN_MAX:,} listed",
                )

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._findings)

    @property
    def places(self) -> Mapping[Finding, Place]:
        return dict(self._places)


def shown(value: str) -> str:
    """A value for a message: in quotes, shortened, with nothing in it that could move a terminal's cursor."""
    head = value[:_SHOWN_CHARACTERS]
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in head)
    return f'"{safe}"' if len(value) <= _SHOWN_CHARACTERS else f'"{safe}..." ({len(value):,} characters)'
