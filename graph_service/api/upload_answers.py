"""What an upload is answered: a row for each of the table's, as JSON or as CSV."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum, auto

from graph_service.errors import Finding, InvalidInput
from graph_service.exchange.declaration_table import DeclarationTable
from graph_service.model.batch import ChangesRefused
from graph_service.model.pushed import PushedDeclaration
from graph_service.service.declaring.declaring import Declared
from graph_service.service.declaring.proposing import PushOutcome

_ROW_PATH = re.compile(r"row (\d+)(?![\d])")
_FORMULA_SIGNS = tuple("=+-@＝＋－＠\t\r\n")
_BOM = "\ufeff"


class RowStatus(Enum):
    """What became of a row, told by its name. CHECKED: sound and not recorded; WAITING: for its item to be known."""

    CHECKED = auto()
    REFUSED = auto()
    RECEIVED = auto()
    ACCEPTED = auto()
    WAITING = auto()
    KNOWN = auto()


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """What became of one row. ``declaration``: the uid under which it is recorded, None where it is not."""

    row: int
    status: RowStatus
    declaration: str | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class UploadAnswer:
    """What became of a table; ``findings`` are about all of it."""

    rows: Sequence[RowAnswer]
    findings: Sequence[Finding]
    revision: int
    code: str | None = None
    is_dry_run: bool = False
    is_replayed: bool = False

    def to_json(self) -> dict[str, object]:
        """The answer's members; ``code`` only where the table is refused."""
        rows = [{**asdict(row), "status": row.status.name} for row in self.rows]
        findings = [asdict(finding) for finding in self.findings]
        members: dict[str, object] = {"code": self.code} if self.code else {}
        flags = {"dryRun": self.is_dry_run, "replayed": self.is_replayed}
        return {**members, "rows": rows, "findings": findings, "revision": self.revision, **flags}

    def to_csv(self) -> bytes:
        """A line per finding, and one for each row without; cells that a spreadsheet would compute are text."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(["row", "status", "declaration", "severity", "code", "path", "message"])
        for finding in self.findings:
            writer.writerow(["", "", "", *_cells(finding)])
        for row in self.rows:
            head = [str(row.row), row.status.name, as_text_cell(row.declaration or "")]
            for cells in [_cells(finding) for finding in row.findings] or [[""] * 4]:
                writer.writerow([*head, *cells])
        return (_BOM + text.getvalue()).encode()


def answer_of(table: DeclarationTable, outcome: Declared | ChangesRefused, *, is_dry_run: bool) -> UploadAnswer:
    """What to tell of a table that the intake took or refused."""
    by_row, others = _by_row(table, outcome.findings)
    if isinstance(outcome, ChangesRefused):
        rows = [_refused_row(pushed, by_row[pushed.path]) for pushed in table.pushes]
        return UploadAnswer(rows, others, outcome.revision.number, code=outcome.code, is_dry_run=is_dry_run)
    outcomes = {one.path: one for one in outcome.outcomes}
    rows = [_taken_row(pushed, by_row[pushed.path], outcomes, is_dry_run=is_dry_run) for pushed in table.pushes]
    return UploadAnswer(
        rows, others, outcome.revision.number, is_dry_run=outcome.is_dry_run, is_replayed=outcome.is_replayed
    )


def _by_row(table: DeclarationTable, told: Sequence[Finding]) -> tuple[Mapping[str, list[Finding]], list[Finding]]:
    """Findings by the path of their row, those of the reading first, each once; and what belongs to no row."""
    by_row: dict[str, list[Finding]] = {pushed.path: list(pushed.findings) for pushed in table.pushes}
    others = list(table.findings)
    for finding in told:
        match = _ROW_PATH.match(finding.path)
        place = by_row.get(match[0], others) if match else others
        if finding not in place:
            place.append(finding)
    return by_row, others


def _refused_row(pushed: PushedDeclaration, findings: Sequence[Finding]) -> RowAnswer:
    is_faulty = any(finding.severity == "ERROR" for finding in findings)
    return RowAnswer(_number(pushed), RowStatus.REFUSED if is_faulty else RowStatus.CHECKED, None, tuple(findings))


def _taken_row(
    pushed: PushedDeclaration,
    findings: Sequence[Finding],
    outcomes: Mapping[str, PushOutcome],
    *,
    is_dry_run: bool,
) -> RowAnswer:
    outcome = outcomes[pushed.path]
    uid = None if is_dry_run else outcome.declaration_uid
    return RowAnswer(_number(pushed), RowStatus.CHECKED if is_dry_run else _status(outcome), uid, tuple(findings))


def _status(outcome: PushOutcome) -> RowStatus:
    if outcome.is_known:
        return RowStatus.KNOWN
    if outcome.waiting_uid is not None or outcome.state is None:
        return RowStatus.WAITING
    return RowStatus[outcome.state.name]


def _number(pushed: PushedDeclaration) -> int:
    return int(pushed.path.removeprefix("row "))


def refused_file(error: InvalidInput) -> UploadAnswer:
    """The findings of what is no table, for an answer as CSV."""
    return UploadAnswer((), error.findings or (Finding(error.code, "ERROR", "", error.message),), 0, code=error.code)


def _cells(finding: Finding) -> list[str]:
    return [finding.severity, *(as_text_cell(text) for text in (finding.code, finding.path, finding.message))]


def as_text_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe stands before what begins like one."""
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text
