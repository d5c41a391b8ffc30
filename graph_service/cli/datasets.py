"""Data sets in and out: ``import``, ``export``, ``check``."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from graph_service.bootstrap import Services
from graph_service.cli.faults import (
    DATA_AT_FAULT,
    count_text,
    finding_line,
    located_by_path,
    refuse_call,
    refuse_if_refused,
)
from graph_service.cli.invocation import Invocation, invocation_of, run
from graph_service.cli.streams import leave_at_once, reading_bar, result, say, working
from graph_service.cli.views import (
    AskedView,
    DataOption,
    KnownAtOption,
    check_folder,
    graph_of_facts,
    parse_time,
    viewed_graph,
)
from graph_service.errors import Finding
from graph_service.exchange.dataset import FolderData, read_folder, write_folder
from graph_service.model.batch import ChangeBatch, ChangesApplied, ChangesRefused
from graph_service.model.facts import Facts, empty_facts, from_facts
from graph_service.model.vocabulary import Door, Kind
from graph_service.service.access import OPERATOR
from graph_service.service.declaring.documents import recorded_documents
from graph_service.service.declaring.importing import import_data_set
from graph_service.service.findings import graph_findings
from graph_service.service.intake import apply_changes, check_batch
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import ViewRequest


def import_folder(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The data set folder.")],
    *,
    replace_all: Annotated[bool, typer.Option("--replace", help="End everything that the folder lacks.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, record nothing.")] = False,
    key: Annotated[
        str | None, typer.Option("--key", help="Idempotency key: the same import with the same key is recorded once.")
    ] = None,
) -> None:
    """Record a data set; prints the new revision."""
    with reading_bar(f"reading {folder.name}") as progress:
        data = read_folder(folder, progress=progress)
    batch = replace(data.batch, idempotency_key=key, is_dry_run=dry_run, replace=replace_all)
    with working("checking and recording"):
        outcome = run(_import(invocation_of(context), replace(data, batch=batch)))
    report_outcome(outcome, data.locate)


async def _import(invocation: Invocation, data: FolderData) -> ChangesApplied | ChangesRefused:
    async with invocation.services() as services:
        try:
            return await import_data_set(
                data.batch,
                data.documents,
                principal=OPERATOR,
                door=Door.CLI,
                store=services.store,
                snapshots=services.snapshots,
                clock=services.clock,
            )
        except asyncio.CancelledError:
            # Only a signal cancels. Closing the store would wait for SQLite's transaction and so record what was
            # called off; ending the process rolls it back. What Neo4j has staged is seen by nobody; the next writer
            # removes it, once this one's lease has run out.
            leave_at_once("interrupted: the store holds what it held before")


async def record(batch: ChangeBatch, services: Services) -> ChangesApplied | ChangesRefused:
    """Record a batch as the operator at the command line."""
    return await apply_changes(
        batch,
        principal=OPERATOR,
        door=Door.CLI,
        store=services.store,
        snapshots=services.snapshots,
        clock=services.clock,
    )


def report_outcome(outcome: ChangesApplied | ChangesRefused, locate: Callable[[Finding], str]) -> None:
    """Print the revision and say the findings; exits where the batch was refused."""
    for finding in outcome.findings:
        say(finding_line(finding, locate))
    refuse_if_refused(outcome)
    if isinstance(outcome, ChangesRefused):
        return
    if outcome.is_dry_run:
        say("dry run: nothing recorded; the newest revision is")
    elif outcome.is_replayed:
        say("recorded before with this key")
    result(f"revision {outcome.revision.number}")


def export_folder(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write; made if it is missing.")],
    *,
    known_at: KnownAtOption = None,
) -> None:
    """Write the same files back."""
    request = ViewRequest(known_at=None if known_at is None else parse_time(known_at))
    graph, documents = run(_exported(invocation_of(context), request))
    with working("writing"):
        write_folder(folder, graph.day.facts, documents=documents)
    result(f"revision {graph.view.revision.number}")


async def _exported(invocation: Invocation, request: ViewRequest) -> tuple[ViewedGraph, Mapping[str, object]]:
    """The graph of a view, and the documents of its declarations as they came."""
    with working("reading the store"):
        async with invocation.services() as services:
            graph = await services.snapshots.view(request)
            uids = set(graph.day.facts.tables[Kind.DECLARATION]["uid"].to_pylist())
            return graph, {uid: found async for uid, found in recorded_documents(services.store) if uid in uids}


def check(context: typer.Context, *, data: DataOption = None) -> None:
    """Every fault and warning, nothing recorded; exit 1 on a fault."""
    invocation = invocation_of(context)
    if data is None:
        facts = viewed_graph(context, AskedView(ViewRequest(), data=None)).day.facts
        findings, lines = check_facts(facts)
    elif invocation.store is not None:
        raise refuse_call("--data checks a folder and --store a store; give one of them")
    else:
        findings, lines, facts = check_folder(data)
    if not any(finding.severity == "ERROR" for finding in findings):
        time_zone = invocation.settings().time_zone
        of_graph = graph_findings(graph_of_facts(facts, ViewRequest(), time_zone=time_zone))
        findings += of_graph
        lines += [finding_line(finding, located_by_path) for finding in of_graph]
    for line in lines:
        result(line)
    say(count_text(findings))
    if any(finding.severity == "ERROR" for finding in findings):
        raise typer.Exit(DATA_AT_FAULT)


def check_facts(facts: Facts) -> tuple[list[Finding], list[str]]:
    """Every finding of recorded facts, each as a line that names the fact by its uid."""
    tables = {kind: from_facts(kind, facts) for kind in Kind}
    findings = list(check_batch(ChangeBatch(tables), empty_facts()).findings)

    def locate(finding: Finding) -> str:
        plural, bracket, rest = finding.path.partition("[")
        index, _, column = rest.partition("]")
        kind = next((kind for kind in Kind if kind.plural == plural), None)
        if kind is None or not bracket or not index.isdigit() or int(index) >= tables[kind].num_rows:
            return f"{finding.path}: {finding.message}" if finding.path else finding.message
        return f"{plural}[{tables[kind]['uid'][int(index)].as_py()}]{column}: {finding.message}"

    return findings, [finding_line(finding, locate) for finding in findings]
