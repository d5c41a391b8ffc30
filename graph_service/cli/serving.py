"""The server and its settings: ``serve``, ``settings``."""

from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli.invocation import Invocation, invocation_of, run
from graph_service.cli.streams import result
from graph_service.cli.tables import Cell, Format, csv_text, json_text, text_table
from graph_service.settings import Settings

SETTING_COLUMNS = ("setting", "value", "meaning")


def serve(
    context: typer.Context,
    *,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on. Default: the setting HOST.")] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one. Default: the setting PORT."),
    ] = None,
    tls_cert: Annotated[
        Path | None,
        typer.Option("--tls-cert", help="Certificate chain, PEM, to speak https. Default: the setting TLS_CERT."),
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option("--tls-key", help="Its private key, PEM. Default: the setting TLS_KEY.")
    ] = None,
) -> None:
    """Serve the API until Ctrl-C; prints ready and the address once requests are answered."""
    run(_serve(invocation_of(context), host=host, port=port, tls_cert=tls_cert, tls_key=tls_key))


async def _serve(
    invocation: Invocation, *, host: str | None, port: int | None, tls_cert: Path | None, tls_key: Path | None
) -> None:
    from graph_service.api import server  # the API takes a second to load; only this command needs it

    settings = invocation.settings()
    certificate = server.Certificate.of(tls_cert or settings.tls_cert, tls_key or settings.tls_key)
    async with invocation.services() as services:
        await server.serve(
            services,
            settings.host if host is None else host,
            settings.port if port is None else port,
            lambda url: result(f"ready {url}"),
            certificate=certificate,
        )


def show_settings(
    context: typer.Context,
    *,
    output_format: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Every setting with its value; passwords are masked."""
    rows = setting_rows(invocation_of(context).settings())
    if output_format is Format.CSV:
        result(csv_text(SETTING_COLUMNS, rows))
    elif output_format is Format.JSON:
        result(json_text({str(row[0]): row[1] for row in rows}))
    else:
        result(text_table(SETTING_COLUMNS, rows))


def setting_rows(settings: Settings) -> list[list[Cell]]:
    """Each setting's environment variable, value as shown, and meaning."""
    rows: list[list[Cell]] = []
    for name, field in Settings.model_fields.items():
        value = settings.store_shown if name == "store" else str(getattr(settings, name))
        rows.append([f"GRAPH_SERVICE_{name.upper()}", value, field.description])
    return rows
