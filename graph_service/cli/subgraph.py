"""``subgraph``: an item's upstream handed over to other programs."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli.faults import refuse_call
from graph_service.cli.footprints import asked_footprint
from graph_service.cli.streams import results_read, working
from graph_service.cli.views import (
    AsOfOption,
    BasisOption,
    BoundaryOption,
    DataOption,
    KnownAtOption,
    RevisionOption,
    view_request,
)
from graph_service.engine.interop import GraphFormat, write_graph
from graph_service.exchange.dataset.atomic import write_files
from graph_service.model.vocabulary import Basis, SystemBoundary
from graph_service.service.subgraph import subgraph

STANDARD_OUTPUT = "-"


def subgraph_file(
    context: typer.Context,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="The item's uid.")],
    *,
    graph_format: Annotated[GraphFormat, typer.Option("--format", help="What to write; csv holds the edges only.")],
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="Where to write; - for standard output.")],
    data: DataOption = None,
    basis: BasisOption = Basis.DECLARED_FIRST,
    boundary: BoundaryOption = SystemBoundary.CRADLE_TO_GATE,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    revision: RevisionOption = None,
) -> None:
    """An item's whole upstream as a graph for other programs."""
    target = Path(out)
    if out != STANDARD_OUTPUT and not target.parent.is_dir():
        raise refuse_call(f"--out {out}: there is no folder {target.parent}; make it, or name another")
    if out != STANDARD_OUTPUT and target.is_dir():
        raise refuse_call(f"--out {out} is a folder; name a file in it")
    request = view_request(basis=basis, boundary=boundary, as_of=as_of, known_at=known_at, revision=revision)
    found = asked_footprint(context, item, request, data=data)
    with working("following the supplies"):
        columns = subgraph(found).columns()
    with working("writing"), results_read():
        if out == STANDARD_OUTPUT:
            write_graph(columns, graph_format, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        else:
            write_files(target.parent, {target.name: lambda stream: write_graph(columns, graph_format, stream)})
