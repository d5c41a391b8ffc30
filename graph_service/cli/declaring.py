"""Footprints from files: ``lint`` and ``declare``."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli.faults import DATA_AT_FAULT, count_text, refuse_if_refused
from graph_service.cli.invocation import Invocation, invocation_of, run
from graph_service.cli.streams import leave_at_once, result, say, working
from graph_service.cli.tables import Format, csv_text, json_text, safe_text, text_table
from graph_service.cli.views import DataOption, FormatOption, checked_facts
from graph_service.errors import Finding
from graph_service.exchange.footprint_files import read_footprint_file
from graph_service.model.batch import ChangesRefused
from graph_service.model.facts import Facts, Revision
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import Door
from graph_service.service.access import OPERATOR
from graph_service.service.day_graph import day_graph
from graph_service.service.declaring.declaring import Declared, declare
from graph_service.service.declaring.linting import LintContext
from graph_service.service.declaring.proposing import Recalled, Sender, Situation, propose_declarations
from graph_service.service.intake.applying import Call

FINDING_COLUMNS = ("severity", "code", "path", "message")
OUTCOME_COLUMNS = ("path", "declaration", "waiting", "state", "was_known")

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="PACT or Catena-X JSON, or a table of declarations as CSV or XLSX.")
]


def lint(
    file: FileArgument,
    *,
    data: DataOption = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Check footprints before they are sent; with --data also against the items of a folder. Exit 1 on a fault."""
    pushes = read_footprint_file(file)
    findings = [finding for pushed in pushes for finding in pushed.findings]
    if data is not None:
        findings = _findings_against(checked_facts(data), pushes)
    _print_findings(findings, output_format)
    say(f"{file.name}: {len(pushes)} footprint{'' if len(pushes) == 1 else 's'}, {count_text(findings)}")
    if any(finding.severity == "ERROR" for finding in findings):
        raise typer.Exit(DATA_AT_FAULT)


def _findings_against(facts: Facts, pushes: Sequence[PushedDeclaration]) -> list[Finding]:
    now = datetime.now(UTC)
    graph = day_graph(Revision(0, now, "command line", "cli", "data set folder"), now.date(), facts)
    for is_traced in (False, True):
        graph.roll_up(is_traced=is_traced)
    context = LintContext.of(facts, graph=graph, today=now.date())
    situation = Situation(facts, Sender(OPERATOR.name, None), context, Recalled(), now.isoformat())
    return list(propose_declarations(pushes, situation).findings)


def _print_findings(findings: Sequence[Finding], output_format: Format) -> None:
    rows = [[getattr(finding, column) for column in FINDING_COLUMNS] for finding in findings]
    if output_format is Format.CSV:
        result(csv_text(FINDING_COLUMNS, rows))
    elif output_format is Format.JSON:
        result(json_text({"findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            place = f"{safe_text(finding.path)}: " if finding.path else ""
            result(f"{finding.severity.lower()}: {place}{safe_text(finding.message)} [{finding.code}]")


def declare_file(
    context: typer.Context,
    file: FileArgument,
    *,
    item: Annotated[
        str | None, typer.Option("--item", help="The item that they are of, by uid or identifier, whatever they say.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, record nothing.")] = False,
    key: Annotated[
        str | None, typer.Option("--key", help="Idempotency key; default: one made of the file's content.")
    ] = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Push footprints out of a file; what no item is found for waits. Prints what became of each."""
    pushes = read_footprint_file(file)
    call = Call(key or _key_of(file, item), dry_run)
    with working("checking and recording"):
        outcome = run(_declare(invocation_of(context), pushes, call=call, item=item))
    report_declared(outcome, output_format)


def _key_of(file: Path, item: str | None) -> str:
    """The same file for the same item is pushed once."""
    return hashlib.sha256(f"{item}\n".encode() + file.read_bytes()).hexdigest()


async def _declare(
    invocation: Invocation, pushes: Sequence[PushedDeclaration], *, call: Call, item: str | None
) -> Declared | ChangesRefused:
    async with invocation.services() as services:
        try:
            return await declare(
                pushes,
                call=call,
                principal=OPERATOR,
                door=Door.CLI,
                store=services.store,
                snapshots=services.snapshots,
                clock=services.clock,
                item=item,
                may_wait=item is None,
            )
        except asyncio.CancelledError:
            leave_at_once("interrupted: the store holds what it held before")


def report_declared(outcome: Declared | ChangesRefused, output_format: Format) -> None:
    """Print what became of each footprint and say the findings; exits where they were refused."""
    for finding in outcome.findings:
        place = f"{safe_text(finding.path)}: " if finding.path else ""
        say(f"{finding.severity.lower()}: {place}{safe_text(finding.message)} [{finding.code}]")
    refuse_if_refused(outcome)
    if isinstance(outcome, ChangesRefused):
        return
    rows = [
        [one.path, one.declaration_uid, one.waiting_uid, one.state and one.state.value, "yes" if one.is_known else ""]
        for one in outcome.outcomes
    ]
    if output_format is Format.CSV:
        result(csv_text(OUTCOME_COLUMNS, rows))
    elif output_format is Format.JSON:
        documents = [dict(zip(OUTCOME_COLUMNS, row, strict=True)) for row in rows]
        result(json_text({"revision": outcome.revision.number, "dry_run": outcome.is_dry_run, "footprints": documents}))
    else:
        result(text_table(OUTCOME_COLUMNS, rows))
        say("dry run: nothing recorded" if outcome.is_dry_run else f"revision {outcome.revision.number}")
