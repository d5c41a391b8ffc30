"""Partners: ``partners add | change | list | revoke | pull``; asking and answering are in ``partner_requests``."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli.faults import DATA_AT_FAULT, refuse_call
from graph_service.cli.invocation import Invocation, invocation_of, run
from graph_service.cli.partnership import exchanging, find_partner
from graph_service.cli.streams import result, say, working
from graph_service.cli.tables import Cell, Format, csv_text, json_text, safe_text, text_table
from graph_service.errors import InvalidInput
from graph_service.model.partners import PactVersion, Partner
from graph_service.model.vocabulary import Door
from graph_service.service.access import OPERATOR
from graph_service.service.partners.fetching import Pulled, pull
from graph_service.service.partners.register import (
    LONGEST_SECRET,
    Credentials,
    PartnerTerms,
    Registered,
    add_partner,
    change_partner,
    list_partners,
    revoke_partner,
)

PARTNER_COLUMNS = ("uid", "name", "base_url", "version", "supplier", "items", "client_id", "key_id", "revoked_at")

partners = typer.Typer(help="Other services that footprints are exchanged with by PACT.", no_args_is_help=True)

CalledArgument = Annotated[str, typer.Argument(metavar="NAME", help="Its uid or name, as partners list shows.")]
BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", help="Address of its service; nothing outside it is ever called."),
]
Version = Annotated[PactVersion | None, typer.Option("--version", help="Version of PACT that it speaks; default 3.")]
Items = Annotated[
    list[str] | None,
    typer.Option("--item", metavar="UID", help="An item whose published footprints it may read; repeatable."),
]
ClientId = Annotated[str | None, typer.Option("--client-id", metavar="ID", help="Our client id at its service.")]
SecretStdin = Annotated[
    bool, typer.Option("--client-secret-stdin", help="Read our secret at its service from standard input.")
]
SecretFile = Annotated[
    Path | None,
    typer.Option("--client-secret-file", metavar="FILE", help="Read our secret at its service from a file."),
]
OutputFormat = Annotated[Format, typer.Option("--format", help="How to print.")]


@partners.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people call it.")],
    *,
    base_url: BaseUrl = None,
    version: Version = None,
    supplier: Annotated[
        str | None,
        typer.Option("--supplier", metavar="UID", help="The supplier whose service it is: it may push its footprints."),
    ] = None,
    items: Items = None,
    client_id: ClientId = None,
    secret_stdin: SecretStdin = False,
    secret_file: SecretFile = None,
) -> None:
    """Register a partner; print the client id and the secret that it uses here, the secret this once."""
    credentials = _credentials(client_id, secret_stdin=secret_stdin, secret_file=secret_file)
    terms = PartnerTerms(name, base_url, version, tuple(items or ()), credentials)
    added = run(_add(invocation_of(context), terms, supplier_uid=supplier))
    result(f"partner: {added.partner.uid}")
    result(f"client id: {added.client_id}")
    result(f"client secret: {added.client_secret}")
    say("keep the secret: it is not shown again")


async def _add(invocation: Invocation, terms: PartnerTerms, *, supplier_uid: str | None) -> Registered:
    async with exchanging(invocation) as desk:
        return await add_partner(
            terms,
            supplier_uid=supplier_uid,
            sealing=desk.sealing,
            principal=OPERATOR,
            door=Door.CLI,
            exchange=desk.exchange,
        )


@partners.command("change")
def change(
    context: typer.Context,
    partner: CalledArgument,
    *,
    name: Annotated[str | None, typer.Option("--name", help="What people call it.")] = None,
    base_url: BaseUrl = None,
    version: Version = None,
    items: Items = None,
    client_id: ClientId = None,
    secret_stdin: SecretStdin = False,
    secret_file: SecretFile = None,
) -> None:
    """Change what is given of a partner; --item replaces all items that it may read."""
    credentials = _credentials(client_id, secret_stdin=secret_stdin, secret_file=secret_file)
    terms = PartnerTerms(name, base_url, version, None if items is None else tuple(items), credentials)
    changed = run(_change(invocation_of(context), partner, terms))
    result(f"changed {changed.uid}")


async def _change(invocation: Invocation, called: str, terms: PartnerTerms) -> Partner:
    async with exchanging(invocation) as desk:
        found = await find_partner(desk, called)
        return await change_partner(
            found.uid, terms, sealing=desk.sealing, principal=OPERATOR, door=Door.CLI, exchange=desk.exchange
        )


@partners.command("list")
def list_all(context: typer.Context, *, output_format: OutputFormat = Format.TABLE) -> None:
    """All partners by name, revoked ones too; never a secret."""
    rows = [_cells(partner) for partner in run(_list(invocation_of(context)))]
    if output_format is Format.CSV:
        result(csv_text(PARTNER_COLUMNS, rows))
    elif output_format is Format.JSON:
        result(json_text({"partners": [dict(zip(PARTNER_COLUMNS, row, strict=True)) for row in rows]}))
    else:
        result(text_table(PARTNER_COLUMNS, rows))


async def _list(invocation: Invocation) -> Sequence[Partner]:
    async with invocation.services() as services:
        return await list_partners(services.store)


def _cells(partner: Partner) -> list[Cell]:
    items = " ".join(partner.item_uids) or None
    ours = [partner.supplier_uid, items, partner.client_id, partner.key_id, partner.revoked_at]
    return [partner.uid, partner.name, partner.base_url, partner.version.value, *ours]


@partners.command("revoke")
def revoke(context: typer.Context, partner: CalledArgument) -> None:
    """End a partner: its key opens nothing any more, and nothing is sent to it."""
    revoked = run(_revoke(invocation_of(context), partner))
    result(f"revoked {revoked.uid}")


async def _revoke(invocation: Invocation, called: str) -> Partner:
    async with exchanging(invocation) as desk:
        found = await find_partner(desk, called)
        return await revoke_partner(found.uid, principal=OPERATOR, door=Door.CLI, exchange=desk.exchange)


@partners.command("pull")
def pull_all(context: typer.Context, partner: CalledArgument) -> None:
    """Fetch all footprints that a partner lists, page by page, and declare them as its supplier's."""
    with working(f"fetching from {partner}"):
        pulled = run(_pull(invocation_of(context), partner))
    result(
        f"{pulled.listed} footprints: {pulled.new} new, {pulled.known} known, {pulled.waiting} wait for an item, "
        f"{pulled.refused} refused"
    )
    for refusal in pulled.refusals:
        say(safe_text(refusal))
    if pulled.refused:
        raise typer.Exit(DATA_AT_FAULT)


async def _pull(invocation: Invocation, called: str) -> Pulled:
    async with exchanging(invocation) as desk:
        found = await find_partner(desk, called)
        return await pull(found, client=desk.services.partners, exchange=desk.exchange)


def _credentials(client_id: str | None, *, secret_stdin: bool, secret_file: Path | None) -> Credentials | None:
    """What was given of them. A secret on the command line would stand in the shell's history and in ``ps``."""
    if client_id is None and not secret_stdin and secret_file is None:
        return None
    if client_id is None or secret_stdin is (secret_file is not None):
        raise refuse_call("give --client-id together with one of --client-secret-stdin and --client-secret-file")
    try:
        text = sys.stdin.read(LONGEST_SECRET + 2) if secret_file is None else secret_file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the secret cannot be read: {error}") from None
    return Credentials(client_id, text.rstrip("\r\n"))
