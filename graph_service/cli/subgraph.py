"""``subgraph``: an item's upstream handed over to other programs."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli.faults import refuse_call
from graph_service.cli.footprints import asked_footprint
from graph_service.cli.streams import results_read, working
from graph_service.cli.views import AskedView, ItemArgument, with_view
from graph_service.engine.interop import GraphFormat, write_graph
from graph_service.exchange.dataset.atomic import write_files
from graph_service.service.subgraph import subgraph

STANDARD_OUTPUT = "-"


@with_view
def subgraph_file(
    context: typer.Context,
    item: ItemArgument,
    *,
    graph_format: Annotated[GraphFormat, typer.Option("--format", help="What to write; csv holds the edges only.")],
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="Where to write; - for standard output.")],
    asked: AskedView,
) -> None:
    """An item's whole upstream as a graph for other programs."""
    target = Path(out)
    if out != STANDARD_OUTPUT and not target.parent.is_dir():
        raise refuse_call(f"--out {out}: there is no folder {target.parent}; make it, or name another")
    if out != STANDARD_OUTPUT and target.is_dir():
        raise refuse_call(f"--out {out} is a folder; name a file in it")
    found = asked_footprint(context, item, asked)
    with working("following the supplies"):
        columns = subgraph(found).columns()
    with working("writing"), results_read():
        if out == STANDARD_OUTPUT:
            write_graph(columns, graph_format, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        else:
            write_files(target.parent, {target.name: lambda stream: write_graph(columns, graph_format, stream)})
