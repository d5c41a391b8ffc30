"""Exit statuses, and how what is wrong is said."""

from collections.abc import Callable, Iterable

import pydantic
import typer

from graph_service.cli.streams import say
from graph_service.errors import Finding, GraphServiceError, InvalidInput, StoreUnavailable, UnsolvableLoop
from graph_service.model.batch import ChangesRefused

DATA_AT_FAULT = 1
CALL_AT_FAULT = 2
STORE_NOT_REACHED = 3


def exit_status(error: GraphServiceError) -> int:
    """The exit status of an error that no command handled itself."""
    if isinstance(error, StoreUnavailable):
        return STORE_NOT_REACHED
    if isinstance(error, UnsolvableLoop) or (isinstance(error, InvalidInput) and error.findings):
        return DATA_AT_FAULT
    return CALL_AT_FAULT


def report_error(error: GraphServiceError) -> None:
    """Say what went wrong, with every fault that came with it."""
    say(f"error: {error.message}")
    if isinstance(error, InvalidInput):
        for finding in error.findings:
            say(located_by_path(finding))


def report_settings_error(error: pydantic.ValidationError) -> None:
    """Say which setting is wrong and its value, but those of STORE and SECRET_KEY, which hold secrets."""
    for fault in error.errors(include_url=False):
        name = "_".join(str(part) for part in fault["loc"]).upper()
        message = fault["msg"].removeprefix("Value error, ")
        is_secret = fault["loc"] in (("store",), ("secret_key",))
        value = "" if is_secret or repr(fault["input"]) in message else f" is {fault['input']!r}"
        say(f"error: setting GRAPH_SERVICE_{name}{value}: {message}")


def located_by_path(finding: Finding) -> str:
    """A finding with its path in the batch or the graph as its place."""
    place = f"{finding.path}: " if finding.path else ""
    return f"{place}{finding.message}"


def finding_line(finding: Finding, locate: Callable[[Finding], str]) -> str:
    """A finding as one line: its place and message, severity where it is no error, code at the end."""
    severity = "" if finding.severity == "ERROR" else f"{finding.severity.lower()}: "
    return f"{severity}{locate(finding)} [{finding.code}]"


def count_text(findings: Iterable[Finding]) -> str:
    """How many faults and warnings: ``2 faults, 1 warning``."""
    severities = [finding.severity for finding in findings]
    faults = severities.count("ERROR")
    warnings = len(severities) - faults
    return f"{faults} fault{'' if faults == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}"


_STATUS_OF_REFUSAL = {"KEY_REUSED": CALL_AT_FAULT, "NOT_ALLOWED": CALL_AT_FAULT, "CONFLICT": STORE_NOT_REACHED}
"""A conflict that outlasts all repeats is a busy store; every other refusal puts the data at fault."""


def refuse_if_refused(outcome: object) -> None:
    """Say the code of a refusal and exit with its status; nothing where there is none."""
    if isinstance(outcome, ChangesRefused):
        say(f"refused ({outcome.code}), nothing recorded: {count_text(outcome.findings)}")
        raise typer.Exit(_STATUS_OF_REFUSAL.get(outcome.code, DATA_AT_FAULT))


def refuse_call(message: str) -> typer.Exit:
    """Say why a call is refused; the exit to raise."""
    say(f"error: {message}")
    return typer.Exit(CALL_AT_FAULT)
