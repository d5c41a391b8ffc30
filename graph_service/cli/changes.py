"""Why a total moved: ``changes``."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli.faults import refuse_call
from graph_service.cli.footprints import unknown_item
from graph_service.cli.invocation import Invocation, invocation_of, run
from graph_service.cli.streams import result, working
from graph_service.cli.tables import Cell, Format, csv_text, json_text, number_text, safe_text, text_table
from graph_service.cli.views import (
    BasisOption,
    BoundaryOption,
    DataOption,
    FormatOption,
    ItemArgument,
    graph_of_facts,
    graph_of_folder,
)
from graph_service.errors import InvalidInput
from graph_service.model.vocabulary import Basis, Kind, SystemBoundary
from graph_service.service.changes import ChangeCause, FootprintChange, explain_change
from graph_service.service.footprints import Footprint
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import ViewRequest

FIRST_DEFAULT = 20
NOW = "now"
VIEW_FORMS = (
    "write a revision (7), a day (2026-03-01), a moment with its offset (2026-03-01T08:00:00+08:00), now, "
    "or revision or moment and day joined by @ (7@2026-03-01)"
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_REVISION = re.compile(r"\d{1,18}", re.ASCII)

CAUSE_COLUMNS = ("item", "item_name", "kind", "fact", "kgco2e")


def changes(
    context: typer.Context,
    item: ItemArgument,
    *,
    before: Annotated[
        str,
        typer.Option("--before", metavar="VIEW", help="A revision, a day, a moment, now, or REVISION@DAY, MOMENT@DAY."),
    ],
    after: Annotated[str, typer.Option("--after", metavar="VIEW", help="The same.")] = NOW,
    first: Annotated[int, typer.Option("--first", min=1, help="How many causes to show.")] = FIRST_DEFAULT,
    output_format: FormatOption = Format.TABLE,
    data: DataOption = None,
    basis: BasisOption = Basis.DECLARED_FIRST,
    boundary: BoundaryOption = SystemBoundary.CRADLE_TO_GATE,
) -> None:
    """Why an item's footprint moved between two views: causes that sum to the difference."""
    requests = [
        replace(parse_view(text, option=option), basis=basis, boundary=boundary)
        for option, text in (("--before", before), ("--after", after))
    ]
    graphs = _graphs(invocation_of(context), requests, data=data)
    with working("comparing"):
        found = explain_change(*graphs, item)
    if found is None:
        raise refuse_call(unknown_item(item, graphs[1].day.facts))
    if output_format is Format.CSV:
        result(csv_text(CAUSE_COLUMNS, [cause_cells(graphs, cause) for cause in found.causes[:first]]))
    elif output_format is Format.JSON:
        result(json_text(change_document(graphs, found, first=first)))
    else:
        result(change_text(graphs, found, first=first))


def parse_view(text: str, *, option: str) -> ViewRequest:
    """The view that a text names; refuses anything else as a call at fault, and says what would be right."""
    known, at, day = text.rpartition("@")
    if not at:
        known, day = (NOW, text) if _DAY.fullmatch(text) else (text, "")
    try:
        if (at or day) and not _DAY.fullmatch(day):
            raise ValueError(day)
        as_of = date.fromisoformat(day) if day else None
        if known == NOW:
            return ViewRequest(as_of=as_of)
        if _REVISION.fullmatch(known):
            return ViewRequest(as_of=as_of, revision=int(known))
        return ViewRequest(as_of=as_of, known_at=_parse_moment(known, option=option))
    except ValueError as error:
        raise refuse_call(f"{option} {text!r} is no view; {VIEW_FORMS}") from error


def _parse_moment(text: str, *, option: str) -> datetime:
    if "T" not in text:
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise refuse_call(f"{option} {text!r} has no offset; add Z or e.g. +08:00")
    return moment


def _graphs(
    invocation: Invocation, requests: Sequence[ViewRequest], *, data: Path | None
) -> tuple[ViewedGraph, ViewedGraph]:
    before, after = requests
    if data is None:
        return run(_views_of_store(invocation, before, after))
    for option, request in (("--before", before), ("--after", after)):
        if request.known_at is not None or request.revision is not None:
            raise refuse_call(f"{option}: a folder has no past; give a day or now, or ask a store")
    was = graph_of_folder(data, before, invocation=invocation)
    return was, graph_of_facts(was.day.facts, after, time_zone=invocation.settings().time_zone)


async def _views_of_store(
    invocation: Invocation, before: ViewRequest, after: ViewRequest
) -> tuple[ViewedGraph, ViewedGraph]:
    with working("reading the store"):
        async with invocation.services() as services:
            graphs = []
            for option, request in (("--before", before), ("--after", after)):
                try:
                    graphs.append(await services.snapshots.view(request))
                except InvalidInput as error:
                    raise refuse_call(f"{option}: {error.message}") from error
    return graphs[0], graphs[1]


def cause_cells(graphs: Sequence[ViewedGraph], cause: ChangeCause) -> list[Cell]:
    """One cause as a row of ``CAUSE_COLUMNS``; the fact is a supply, a declaration or a factor."""
    facts = graphs[cause.is_of_after].day.facts
    rows = ((Kind.SUPPLY, cause.supply_row), (Kind.DECLARATION, cause.declaration_row), (Kind.FACTOR, cause.factor_row))
    fact = next((facts.tables[kind]["uid"][row].as_py() for kind, row in rows if row is not None), None)
    uid, name = (facts.items[column][cause.item_row].as_py() for column in ("uid", "name"))
    return [uid, name, cause.kind.value, fact, cause.kgco2e]


def change_text(graphs: Sequence[ViewedGraph], found: FootprintChange, *, first: int) -> str:
    """Both totals with their views, the difference, and the largest causes with what the others sum to."""
    blocks = [_head_text(graphs, found)]
    if found.difference_kgco2e is None:
        return f"{blocks[0]}\ndifference: unknown, so there are no causes"
    rows = [cause_cells(graphs, cause) for cause in found.causes[:first]]
    rest = found.causes[first:]
    if rest:
        rows.append([f"{len(rest)} more", None, None, None, sum(cause.kgco2e for cause in rest)])
    blocks[0] += f"\ndifference: {number_text(found.difference_kgco2e)} kg CO2e"
    blocks.append(text_table(["item", "name", "cause", "of", "kg CO2e"], rows) if rows else "nothing moved the total")
    return "\n\n".join(blocks)


def _head_text(graphs: Sequence[ViewedGraph], found: FootprintChange) -> str:
    there = next(side for side in (found.after, found.before) if side is not None)
    items = there.graph.day.facts.items
    name, unit = (items[column][there.item_row].as_py() for column in ("name", "declared_unit"))
    lines = [f"{safe_text(found.item_uid)}: {safe_text(name)}"]
    for label, graph, side in zip(("before", "after"), graphs, (found.before, found.after), strict=True):
        view = graph.view
        # Revision 0 of a store holds no items: here it is a folder's.
        source = f"revision {view.revision.number}" if view.revision.number else "data set folder"
        lines.append(
            f"{label}: {_total_text(side, unit)} ({view.boundary.value}, {view.basis.value}, {view.as_of}, {source})"
        )
    return "\n".join(lines)


def _total_text(side: Footprint | None, unit: str) -> str:
    if side is None:
        return "not recorded"
    return f"{number_text(side.total_kgco2e)} kg CO2e per {unit}{'' if side.is_complete else ', incomplete'}"


def change_document(graphs: Sequence[ViewedGraph], found: FootprintChange, *, first: int) -> dict[str, object]:
    """All that the table says, as JSON; null for a view that has not got the item."""
    sides = [
        None if side is None else {**_view(graph), "total_kgco2e": side.total_kgco2e, "is_complete": side.is_complete}
        for graph, side in zip(graphs, (found.before, found.after), strict=True)
    ]
    rows = [dict(zip(CAUSE_COLUMNS, cause_cells(graphs, cause), strict=True)) for cause in found.causes[:first]]
    return {
        "item": found.item_uid,
        "before": sides[0],
        "after": sides[1],
        "difference_kgco2e": found.difference_kgco2e,
        "cause_count": len(found.causes),
        "causes": rows,
    }


def _view(graph: ViewedGraph) -> dict[str, object]:
    view = graph.view
    return {
        "as_of": view.as_of.isoformat(),
        "revision": view.revision.number or None,
        "basis": view.basis.value,
        "boundary": view.boundary.value,
    }
