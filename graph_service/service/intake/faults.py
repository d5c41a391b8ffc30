"""What the checks of one batch find: every fault with its place, and which cells are at fault already.

A cell that is at fault is not judged again, so that one mistake makes one finding and not a cascade.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import Literal

import numpy as np

from graph_service.errors import Finding
from graph_service.model.batch import ChangeBatch
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Kind
from graph_service.service.resolution import Flags

Severity = Literal["ERROR", "WARNING", "INFO"]

MAX_ALIKE = 10_000
"""Findings of one code in one column that are told one by one; how many more there are is told in one."""

_KIND_OF_PLURAL = {kind.plural: kind for kind in Kind}
_KIND_ORDER = {kind: position for position, kind in enumerate(Kind)}
_PATH = re.compile(r"(?P<plural>[a-z]+)(\[(?P<row>\d+)\])?(\.(?P<column>\w+))?")
_LONGEST_SHOWN = 60


def show(value: object) -> str:
    """A value as a message shows it: quoted where it is text, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}... ({len(str(value))} characters)"


class Faults:
    """Collects findings and keeps count of broken cells. Not for several threads at once."""

    def __init__(self, batch: ChangeBatch) -> None:
        self._row_count = {kind: batch.tables[kind].num_rows if kind in batch.tables else 0 for kind in Kind}
        self._broken: dict[tuple[Kind, str], Flags] = {}
        self._unreadable: set[Kind] = set()
        self._found: list[tuple[int, int, Finding]] = []
        self._alike: Counter[tuple[str, str, str]] = Counter()
        self._door_faults = batch.faults
        for fault in batch.faults:
            self._take_over(fault)

    def add(
        self,
        kind: Kind,
        column: str,
        at: Flags,
        code: str,
        describe: Callable[[int], str],
        *,
        severity: Severity = "ERROR",
    ) -> None:
        """Report the rows where ``at`` is true and the cell is not at fault already.

        ``describe`` makes the message of a row: what is wrong, which value, what would be right.
        """
        fresh = at & ~self.is_broken(kind, column)
        for row in np.flatnonzero(fresh).tolist():
            self._keep(_KIND_ORDER[kind], row, f"{kind.plural}[{row}].{column}", column, code, severity, describe, row)
        if severity == "ERROR" and fresh.any():
            self._broken[kind, column] = self.is_broken(kind, column) | fresh

    def add_same(self, kind: Kind, column: str, at: Flags, code: str, message: str) -> None:
        """Report rows as errors with one message for all of them."""
        self.add(kind, column, at, code, lambda _: message)

    def add_at(self, path: str, code: str, message: str, *, severity: Severity = "ERROR") -> None:
        """Report a finding of a place that is no single cell of a row."""
        match = _PATH.fullmatch(path)
        kind = _KIND_OF_PLURAL.get(match["plural"]) if match else None
        row = int(match["row"]) if match and match["row"] else -1
        order = len(_KIND_ORDER) if kind is None else _KIND_ORDER[kind]
        self._keep(order, row, path, path.split("[", maxsplit=1)[0], code, severity, lambda _: message, row)

    def count_more(self, kind: Kind, code: str, count: int) -> None:
        """Count errors of a kind's list that were found but are not worth describing: the limit is reached."""
        self._alike[str(_KIND_ORDER[kind]), kind.plural, f"ERROR {code}"] += count

    def is_broken(self, kind: Kind, *columns: str) -> Flags:
        """Which rows of the batch have a fault in any of ``columns``; with none named, in any column at all."""
        names = columns or tuple(BATCH_SCHEMAS[kind].names)
        broken = np.zeros(self._row_count[kind], np.bool_)
        for name in names:
            known = self._broken.get((kind, name))
            if known is not None:
                broken |= known
        return broken

    def is_unreadable(self, kind: Kind) -> bool:
        """Whether the door could not read this kind at all, so that nothing can be said of what it names."""
        return kind in self._unreadable

    @property
    def has_errors(self) -> bool:
        """Whether anything refuses the batch, the door's own faults included."""
        found = (finding for _, _, finding in self._found)
        return any(finding.severity == "ERROR" for finding in (*self._door_faults, *found))

    def findings(self) -> tuple[Finding, ...]:
        """All findings: the door's own, then by kind and row; at the end how many more there are of any sort."""
        ordered = sorted(self._found, key=lambda found: found[:2])
        return (*self._door_faults, *(finding for _, _, finding in ordered), *self._rests())

    def _keep(
        self,
        order: int,
        row: int,
        path: str,
        column: str,
        code: str,
        severity: Severity,
        describe: Callable[[int], str],
        about: int,
    ) -> None:
        alike = (str(order), column, f"{severity} {code}")
        self._alike[alike] += 1
        if self._alike[alike] <= MAX_ALIKE:
            self._found.append((order, row, Finding(code, severity, path, describe(about))))

    def _rests(self) -> list[Finding]:
        kinds = list(Kind)
        rests = []
        for (order, column, what), count in self._alike.items():
            if count > MAX_ALIKE:
                severity, code = what.split(" ")
                place = kinds[int(order)].plural if int(order) < len(kinds) else column
                message = f"{count - MAX_ALIKE} more rows with {code} in {column}; the first {MAX_ALIKE} are listed"
                rests.append(Finding(code, "ERROR" if severity == "ERROR" else "WARNING", place, message))
        return rests

    def _take_over(self, fault: Finding) -> None:
        """Mark what the door found at fault, so that it is not judged by what was put in its stead."""
        match = _PATH.fullmatch(fault.path)
        kind = _KIND_OF_PLURAL.get(match["plural"]) if match else None
        if fault.severity != "ERROR" or match is None or kind is None:
            return
        columns = BATCH_SCHEMAS[kind].names
        if match["row"] is None:
            if match["column"] in columns:
                self._broken[kind, match["column"]] = np.ones(self._row_count[kind], np.bool_)
            if match["column"] in (None, "uid"):
                self._unreadable.add(kind)
        elif int(match["row"]) < self._row_count[kind]:
            for column in [match["column"]] if match["column"] in columns else columns:
                self._broken.setdefault((kind, column), np.zeros(self._row_count[kind], np.bool_))
                self._broken[kind, column][int(match["row"])] = True
