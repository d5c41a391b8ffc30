"""The options that choose a view, and the graph that they name, of a store or of a folder."""

import asyncio
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from graph_service.cli.faults import DATA_AT_FAULT, count_text, finding_line, refuse_call
from graph_service.cli.invocation import Invocation, invocation_of, run
from graph_service.cli.streams import reading_bar, say, working
from graph_service.cli.tables import Format
from graph_service.errors import Finding
from graph_service.exchange.dataset import read_folder
from graph_service.model.facts import Facts, Revision, empty_facts
from graph_service.model.vocabulary import Basis, SystemBoundary
from graph_service.service.day_graph import day_graph
from graph_service.service.declaring.importing import propose_import
from graph_service.service.intake import check_batch
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View, ViewRequest

DataOption = Annotated[
    Path | None, typer.Option("--data", metavar="FOLDER", help="Answer from this data set folder, without a store.")
]
BasisOption = Annotated[
    Basis, typer.Option("--basis", case_sensitive=False, help="What stands in for an item with a declaration.")
]
BoundaryOption = Annotated[
    SystemBoundary, typer.Option("--boundary", case_sensitive=False, help="Where the footprint ends.")
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DAY", help="The day the answer is for, YYYY-MM-DD. Default: today.")
]
KnownAtOption = Annotated[
    str | None,
    typer.Option("--known-at", metavar="TIME", help="Only what was recorded by then, e.g. 2026-03-01T08:00:00+08:00."),
]
RevisionOption = Annotated[
    int | None, typer.Option("--revision", min=0, metavar="N", help="Only what was recorded up to this revision.")
]


ItemArgument = Annotated[str, typer.Argument(metavar="ITEM", help="The item's uid.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]


@dataclass(frozen=True, slots=True)
class AskedView:
    """What a command's view options ask for; ``data``: the folder to answer from, None for the store."""

    request: ViewRequest
    data: Path | None


Command = Callable[..., None]


def with_view(command: Command) -> Command:
    """The command with the options that choose a view in the place of its parameter ``asked``, an ``AskedView``."""
    options = inspect.signature(_view_options)
    own = inspect.signature(command)
    others = [parameter for parameter in own.parameters.values() if parameter.name != "asked"]

    @functools.wraps(command)
    def wrapped(**given: Any) -> None:
        chosen = {name: given.pop(name) for name in options.parameters}
        command(**given, asked=_view_options(**chosen))

    parameters = [*others, *options.parameters.values()]
    wrapped.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return wrapped


def _view_options(
    *,
    data: DataOption = None,
    basis: BasisOption = Basis.DECLARED_FIRST,
    boundary: BoundaryOption = SystemBoundary.CRADLE_TO_GATE,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    revision: RevisionOption = None,
) -> AskedView:
    request = ViewRequest(
        as_of=None if as_of is None else parse_day(as_of),
        known_at=None if known_at is None else parse_time(known_at),
        revision=revision,
        basis=basis,
        boundary=boundary,
    )
    return AskedView(request, data)


def parse_day(text: str) -> date:
    """The day that ``YYYY-MM-DD`` names; refuses anything else as a call at fault."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise refuse_call(f"--as-of {text!r} is no day; write YYYY-MM-DD, e.g. 2026-03-01") from error
    if text != day.isoformat():
        raise refuse_call(f"--as-of {text!r}: write {day.isoformat()}")
    return day


def parse_time(text: str) -> datetime:
    """The moment that ``text`` names, which has an offset; refuses anything else as a call at fault."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise refuse_call(f"--known-at {text!r} is no time; write e.g. 2026-03-01T08:00:00+08:00") from error
    if moment.tzinfo is None:
        raise refuse_call(f"--known-at {text!r} has no offset; add Z or e.g. +08:00")
    return moment


def viewed_graph(context: typer.Context, asked: AskedView) -> ViewedGraph:
    """The graph that a command's options name, of a folder where they name one, else of the store."""
    return run(_viewed_graph(invocation_of(context), asked))


async def _viewed_graph(invocation: Invocation, asked: AskedView) -> ViewedGraph:
    if asked.data is not None:
        return await asyncio.to_thread(graph_of_folder, asked.data, asked.request, invocation=invocation)
    with working("reading the store"):
        async with invocation.services() as services:
            return await services.snapshots.view(asked.request)


def graph_of_folder(path: Path, request: ViewRequest, *, invocation: Invocation) -> ViewedGraph:
    """The graph of a data set folder, checked; with a fault every fault is said and the command exits."""
    if invocation.store is not None:
        raise refuse_call("--data answers from a folder and --store from a store; give one of them")
    if request.known_at is not None or request.revision is not None:
        raise refuse_call("a folder has no past: leave out --known-at and --revision, or ask a store")
    return graph_of_facts(checked_facts(path), request, time_zone=invocation.settings().time_zone)


def graph_of_facts(facts: Facts, request: ViewRequest, *, time_zone: str) -> ViewedGraph:
    """The graph of facts that no store holds, as revision 0."""
    now = datetime.now(UTC)
    as_of = request.as_of or now.astimezone(ZoneInfo(time_zone)).date()
    revision = Revision(0, now, by="command line", door="cli", summary="data set folder")
    view = View(as_of, revision, request.basis, request.boundary)
    return ViewedGraph(day_graph(revision, as_of, facts), view)


def checked_facts(path: Path) -> Facts:
    """The facts of a folder without faults; else every fault is said and the command exits."""
    findings, lines, facts = check_folder(path)
    if any(finding.severity == "ERROR" for finding in findings):
        for line in lines:
            say(line)
        say(f"{path}: {count_text(findings)}")
        raise typer.Exit(DATA_AT_FAULT)
    return facts


def check_folder(path: Path) -> tuple[list[Finding], list[str], Facts]:
    """Every finding of a folder checked by itself, each as a line with its place, and its facts."""
    with reading_bar(f"reading {path.name}") as progress:
        folder = read_folder(path, progress=progress)
    with working("checking"):
        now = datetime.now(UTC)
        proposal = propose_import(
            folder.batch,
            folder.documents,
            empty_facts(),
            sender="command line",
            today=now.date(),
            received_at=now.isoformat(timespec="seconds"),
        )
        checked = check_batch(proposal.batch, empty_facts())
    findings = [*proposal.findings, *proposal.located(checked.findings)]
    return findings, [finding_line(finding, folder.locate) for finding in findings], checked.facts
