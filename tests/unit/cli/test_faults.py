"""What is wrong is said with its place, and the exit status says whose fault it is."""

import pytest

from graph_service.cli.faults import count_text, exit_status, finding_line, report_error
from graph_service.errors import (
    Conflict,
    Finding,
    GraphServiceError,
    InvalidInput,
    NotFound,
    StoreUnavailable,
    UnsolvableLoop,
)

FAULT = Finding("NOT_FINITE", "ERROR", "supplies[12].amount", "1e999 is not finite")
WARNING = Finding("SUSPECT_SUM", "WARNING", "declarations[0]", "parts do not sum to the whole")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput("the data", findings=[FAULT]), 1),
        (UnsolvableLoop("a loop"), 1),
        (InvalidInput("the call"), 2),
        (NotFound("no such thing"), 2),
        (Conflict("another writer"), 2),
        (StoreUnavailable("no answer"), 3),
    ],
)
def test_exit_status_says_who_is_at_fault(error: GraphServiceError, status: int) -> None:
    assert exit_status(error) == status


def test_every_finding_of_an_error_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    report_error(InvalidInput("refused", findings=[FAULT, WARNING]))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "error: refused",
        "supplies[12].amount: 1e999 is not finite",
        "declarations[0]: parts do not sum to the whole",
    ]


def test_a_finding_is_one_line_with_place_message_and_code() -> None:
    assert finding_line(FAULT, lambda _: "supplies.csv:14: amount: 1e999 is not finite") == (
        "supplies.csv:14: amount: 1e999 is not finite [NOT_FINITE]"
    )
    assert finding_line(WARNING, lambda _: "x").startswith("warning: x")


def test_findings_are_counted_in_words() -> None:
    assert count_text([]) == "0 faults, 0 warnings"
    assert count_text([FAULT, WARNING]) == "1 fault, 1 warning"
