"""The application ``graph-service``: its commands joined, and what its exit status says."""

import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import pydantic
import typer

from graph_service.cli import (
    chains,
    changes,
    datasets,
    declaring,
    explaining,
    footprints,
    formats,
    judging,
    partner_requests,
    reconciling,
    reviewing,
    scenario,
    serving,
    subgraph,
)
from graph_service.cli.demo import demo
from graph_service.cli.faults import CALL_AT_FAULT, exit_status, report_error, report_settings_error
from graph_service.cli.invocation import Invocation
from graph_service.cli.keys import keys
from graph_service.cli.outbox import outbox
from graph_service.cli.streams import prepare_streams, silence_driver
from graph_service.errors import GraphServiceError

EPILOG = "Exit status: 0 done, 1 the data are at fault, 2 the call is at fault, 3 the store cannot be reached."

application = typer.Typer(
    name="graph-service",
    help="Supply-chain carbon traceability: footprints that roll up along supply edges, loops included.",
    epilog=EPILOG,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@application.callback()
def options(
    context: typer.Context,
    *,
    store: Annotated[
        str | None,
        typer.Option(
            "--store",
            metavar="URL",
            help="sqlite:///path/file.db or neo4j://user:password@host:7687/database; overrides the setting STORE.",
        ),
    ] = None,
) -> None:
    """Supply-chain carbon traceability: footprints that roll up along supply edges, loops included."""
    context.obj = Invocation(store)


application.command("import")(datasets.import_folder)
application.command("import-bom")(formats.import_bom)
application.command("export")(datasets.export_folder)
application.command("rollup")(footprints.rollup)
application.command("hotspots")(footprints.hotspots)
application.command("grade")(judging.grade)
application.command("data-requests")(judging.data_requests)
application.command("reconcile")(reconciling.reconcile_declarations)
application.command("chains")(chains.chains)
application.command("subgraph")(subgraph.subgraph_file)
application.command("battery-passport")(formats.battery_passport)
application.command("paths")(explaining.paths)
application.command("sensitivities")(explaining.sensitivities)
application.command("uncertainty")(explaining.uncertainty)
application.command("changes")(changes.changes)
application.command("scenario")(scenario.scenario)
application.command("check")(datasets.check)
application.command("serve")(serving.serve)
application.command("settings")(serving.show_settings)
application.command("lint")(declaring.lint)
application.command("declare")(declaring.declare_file)
application.add_typer(reviewing.declarations, name="declarations")
application.add_typer(reviewing.waiting, name="waiting")
application.add_typer(reviewing.rules, name="rules")
application.add_typer(keys, name="keys")
application.add_typer(partner_requests.partners, name="partners")
application.add_typer(outbox, name="outbox")
application.command("demo")(demo)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave the process with its exit status."""
    prepare_streams()
    silence_driver()
    try:
        application(args=None if arguments is None else list(arguments), prog_name="graph-service")
    except pydantic.ValidationError as error:
        if error.title != "Settings":
            raise
        report_settings_error(error)
        sys.exit(CALL_AT_FAULT)
    except GraphServiceError as error:
        report_error(error)
        sys.exit(exit_status(error))
    sys.exit(0)
