"""Footprints asked for and given: ``partners ask | withdraw | requests | fulfil | reject | publish | deprecate``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from graph_service.cli.faults import finding_line, located_by_path, refuse_call
from graph_service.cli.invocation import Invocation, invocation_of, run
from graph_service.cli.partners import OutputFormat, partners
from graph_service.cli.partnership import exchanging
from graph_service.cli.streams import result, say
from graph_service.cli.tables import Cell, Format, csv_text, json_text, text_table
from graph_service.model.partners import FootprintRequest
from graph_service.model.vocabulary import Door
from graph_service.service.access import OPERATOR
from graph_service.service.partners import asking
from graph_service.service.partners.composing import PublishOptions
from graph_service.service.partners.publishing import Published, deprecate_published, publish

__all__ = ["partners"]

REQUEST_COLUMNS = ("request_id", "direction", "state", "item", "supplier", "partner", "asked_at", "comment", "answer")

RequestArgument = Annotated[str, typer.Argument(metavar="UID", help="The id that partners requests shows.")]


@partners.command("ask")
def ask(
    context: typer.Context,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="The item whose footprint is wanted.")],
    *,
    comment: Annotated[str | None, typer.Option("--comment", help="What to tell the supplier.")] = None,
) -> None:
    """Ask the supplier of an item for its footprint; sent where a partner serves it."""
    asked = run(_ask(invocation_of(context), item, comment))
    result(asked.request_id)
    if asked.partner_uid is None:
        say(f"no partner serves supplier {asked.supplier_uid}: the request is shown to it here")


async def _ask(invocation: Invocation, item_uid: str, comment: str | None) -> FootprintRequest:
    async with exchanging(invocation) as desk:
        return await asking.ask(item_uid, comment=comment, principal=OPERATOR, door=Door.CLI, exchange=desk.exchange)


@partners.command("withdraw")
def withdraw(context: typer.Context, request_id: RequestArgument) -> None:
    """Take a request of ours back; an answer to it is refused from now on."""
    run(_withdraw(invocation_of(context), request_id))
    result(f"withdrew {request_id}")


async def _withdraw(invocation: Invocation, request_id: str) -> FootprintRequest:
    async with exchanging(invocation) as desk:
        return await asking.withdraw(request_id, principal=OPERATOR, door=Door.CLI, exchange=desk.exchange)


@partners.command("requests")
def requests(context: typer.Context, *, output_format: OutputFormat = Format.TABLE) -> None:
    """What we asked for and what partners ask of us, oldest first."""
    rows = [_cells(request) for request in run(_requests(invocation_of(context)))]
    if output_format is Format.CSV:
        result(csv_text(REQUEST_COLUMNS, rows))
    elif output_format is Format.JSON:
        result(json_text({"requests": [dict(zip(REQUEST_COLUMNS, row, strict=True)) for row in rows]}))
    else:
        result(text_table(REQUEST_COLUMNS, rows))


async def _requests(invocation: Invocation) -> Sequence[FootprintRequest]:
    async with invocation.services() as services:
        return await asking.list_requests(services.store)


def _cells(request: FootprintRequest) -> list[Cell]:
    direction = "incoming" if request.is_incoming else "outgoing"
    about = [request.item_uid, request.supplier_uid, request.partner_uid]
    return [
        request.request_id,
        direction,
        request.state.value,
        *about,
        request.asked_at,
        request.comment,
        request.answer,
    ]


@partners.command("fulfil")
def fulfil(context: typer.Context, request_id: RequestArgument) -> None:
    """Answer a partner's request with what is published of its item."""
    answered = run(_fulfil(invocation_of(context), request_id))
    result(f"fulfilled {request_id} with {len(answered.declaration_uids)} footprints")


async def _fulfil(invocation: Invocation, request_id: str) -> FootprintRequest:
    async with exchanging(invocation) as desk:
        return await asking.fulfil(request_id, principal=OPERATOR, door=Door.CLI, exchange=desk.exchange)


@partners.command("reject")
def reject(
    context: typer.Context,
    request_id: RequestArgument,
    *,
    reason: Annotated[str, typer.Option("--reason", help="What the partner is told.")],
) -> None:
    """Answer a partner's request with a no and its reason."""
    run(_reject(invocation_of(context), request_id, reason))
    result(f"rejected {request_id}")


async def _reject(invocation: Invocation, request_id: str, reason: str) -> FootprintRequest:
    async with exchanging(invocation) as desk:
        return await asking.reject(request_id, reason=reason, principal=OPERATOR, door=Door.CLI, exchange=desk.exchange)


@partners.command("publish")
def publish_item(
    context: typer.Context,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="The item whose footprint is published.")],
    *,
    period_start: Annotated[
        datetime | None, typer.Option("--period-start", formats=["%Y-%m-%d"], help="First day of the reference period.")
    ] = None,
    period_end: Annotated[
        datetime | None, typer.Option("--period-end", formats=["%Y-%m-%d"], help="The day after its last.")
    ] = None,
    unspecified_as_fossil: Annotated[
        bool, typer.Option("--unspecified-as-fossil", help="Count what has no carbon component as fossil.")
    ] = False,
    classifications: Annotated[
        list[str] | None, typer.Option("--classification", metavar="URN", help="As urn:cpc:46420; repeatable.")
    ] = None,
    packaging: Annotated[
        bool | None,
        typer.Option("--packaging/--no-packaging", help="Whether the total holds the emissions of packaging."),
    ] = None,
    comment: Annotated[str | None, typer.Option("--comment", help="Stands in the footprint.")] = None,
) -> None:
    """Publish the footprint of an item as it stands today; the one before ends, and partners are told."""
    if (period_start is None) is not (period_end is None):
        raise refuse_call("give --period-start and --period-end together")
    period = None if period_start is None or period_end is None else (period_start.date(), period_end.date())
    options = PublishOptions(period, unspecified_as_fossil, comment, tuple(classifications or ()), packaging)
    done = run(_publish(invocation_of(context), item, options))
    result(done.declaration_uid)
    for uid in done.deprecated_uids:
        say(f"replaces {uid}")
    for finding in done.findings:
        say(finding_line(finding, located_by_path))
    say(f"{done.partners_told} partner{'' if done.partners_told == 1 else 's'} will be told")


async def _publish(invocation: Invocation, item_uid: str, options: PublishOptions) -> Published:
    async with exchanging(invocation) as desk:
        return await publish(item_uid, options=options, principal=OPERATOR, door=Door.CLI, exchange=desk.exchange)


@partners.command("deprecate")
def deprecate(
    context: typer.Context,
    uid: Annotated[str, typer.Argument(metavar="UID", help="The footprint that publish printed.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; stands in the log.")],
) -> None:
    """Withdraw a footprint that we published; it stays readable as deprecated, and partners are told."""
    run(_deprecate(invocation_of(context), uid, reason))
    result(f"deprecated {uid}")


async def _deprecate(invocation: Invocation, uid: str, reason: str) -> Published:
    async with exchanging(invocation) as desk:
        return await deprecate_published(uid, reason=reason, principal=OPERATOR, door=Door.CLI, exchange=desk.exchange)
