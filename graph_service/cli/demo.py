"""``demo``: a fresh store with the example chains, the answers printed, then served until Ctrl-C."""

import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from graph_service.bootstrap import Services, open_services
from graph_service.cli.chains import chains_texts
from graph_service.cli.datasets import record
from graph_service.cli.faults import DATA_AT_FAULT, finding_line, refuse_call
from graph_service.cli.footprints import gaps_text, hotspots_text, total_text
from graph_service.cli.invocation import invocation_of, run
from graph_service.cli.streams import result, say
from graph_service.exchange.dataset import read_folder
from graph_service.model.batch import ChangesRefused
from graph_service.model.vocabulary import HotspotGroup, Kind, Role
from graph_service.service.access import create_key
from graph_service.service.chain_constraints import ChainConstraints
from graph_service.service.chains import low_carbon_chains
from graph_service.service.footprints import Footprint, footprint
from graph_service.service.records import row_of
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import ViewRequest
from graph_service.settings import Settings

HOST = "127.0.0.1"
PORT_DEFAULT = 8000
SHOWN = ("pack", "bev")
HOTSPOTS_SHOWN = 8
BUDGET_CNY = 500


def seeds_folder() -> Path:
    """The example chains: in the installed package, or beside it in a checkout."""
    package = Path(str(files("graph_service")))
    installed = package / "_seeds"
    return installed if installed.is_dir() else package.parent / "seeds"


def demo(
    context: typer.Context,
    *,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = PORT_DEFAULT,
) -> None:
    """A fresh store with the example chains, the answers printed, then served until Ctrl-C."""
    from graph_service.api.server import bind  # the API takes a second to load; only serving commands need it

    if invocation_of(context).store is not None:
        raise refuse_call("demo makes a store of its own; leave out --store")
    bind(HOST, port).close()  # a busy port is said before the work, not after it
    with tempfile.TemporaryDirectory(prefix="graph-service-demo-") as folder:
        settings = Settings(
            store=f"sqlite://{Path(folder).resolve() / 'graph.db'}",
            host=HOST,
            port=port,
            anonymous_role="AUDITOR",
            pact_allow_http=True,
        )
        run(_demonstrate(settings))


async def _demonstrate(settings: Settings) -> None:
    from graph_service.api.server import serve

    async with open_services(settings) as services:
        await _import_seeds(services)
        await _print_answers(services)
        key = await create_key(
            role=Role.CHAIN_LEADER,
            supplier_uid=None,
            store=services.store,
            snapshots=services.snapshots,
            clock=services.clock,
        )
        result(f"leader key: {key}")
        await serve(services, settings.host, settings.port, lambda url: result(f"ready {url}"))


async def _import_seeds(services: Services) -> None:
    data = read_folder(seeds_folder())
    outcome = await record(data.batch, services)
    if isinstance(outcome, ChangesRefused):
        for finding in outcome.findings:
            say(finding_line(finding, data.locate))
        raise typer.Exit(DATA_AT_FAULT)
    counts = ", ".join(
        f"{data.batch.tables[kind].num_rows} {kind.plural}" for kind in Kind if kind in data.batch.tables
    )
    result(f"example chains imported as revision {outcome.revision.number}: {counts}\n")


async def _print_answers(services: Services) -> None:
    graph = await services.snapshots.view(ViewRequest())
    pack, vehicle = (_footprint(graph, uid) for uid in SHOWN)
    for found in (pack, vehicle):
        hotspots = hotspots_text(found, by=HotspotGroup.ITEM, first=HOTSPOTS_SHOWN)
        gaps = gaps_text(found) or "gaps: none"
        result(f"{total_text(found)}\n\n{hotspots}\n\n{gaps}\n")
    budget = ChainConstraints(max_unit_cost=BUDGET_CNY, currency="CNY")
    compared, changed, *_ = chains_texts(graph.day.facts, low_carbon_chains(graph, pack.item_row, budget))
    result(f"{SHOWN[0]} for at most {BUDGET_CNY} CNY more in sourcing:\n{compared}\n\n{changed}\n")


def _footprint(graph: ViewedGraph, uid: str) -> Footprint:
    row = row_of(graph.day.facts, Kind.ITEM, uid)
    if row is None:
        raise LookupError(f"the example chains hold no item {uid!r}")
    return footprint(graph, row)
