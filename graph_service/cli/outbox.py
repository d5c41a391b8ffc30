"""What partners are to be told: ``outbox list | resend | run-once``."""

import random
from collections.abc import Sequence
from typing import Annotated

import typer

from graph_service.cli.faults import refuse_call
from graph_service.cli.invocation import Invocation, invocation_of, run
from graph_service.cli.partnership import exchanging
from graph_service.cli.streams import result
from graph_service.cli.tables import Cell, Format, csv_text, json_text, text_table
from graph_service.model.side_records import OutgoingEvent
from graph_service.model.vocabulary import EventState
from graph_service.service.partners.fetching import delivery_of
from graph_service.service.partners.outbox import deliver_due

EVENT_COLUMNS = ("event_id", "partner", "about", "state", "attempts", "created_at", "next_attempt_at", "last_answer")
_PAGE = 500

outbox = typer.Typer(help="What partners are to be told, and what was given up.", no_args_is_help=True)


@outbox.command("list")
def list_all(
    context: typer.Context,
    *,
    state: Annotated[
        EventState | None, typer.Option("--state", case_sensitive=False, help="Only those: DEAD ones were given up.")
    ] = None,
    output_format: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """All events to partners, oldest first."""
    rows = [_cells(event) for event in run(_list(invocation_of(context), state))]
    if output_format is Format.CSV:
        result(csv_text(EVENT_COLUMNS, rows))
    elif output_format is Format.JSON:
        result(json_text({"events": [dict(zip(EVENT_COLUMNS, row, strict=True)) for row in rows]}))
    else:
        result(text_table(EVENT_COLUMNS, rows))


async def _list(invocation: Invocation, state: EventState | None) -> Sequence[OutgoingEvent]:
    found: list[OutgoingEvent] = []
    async with invocation.services() as services:
        after = 0
        while page := await services.store.list_events(first=_PAGE, after=after, state=state):
            found += page
            after = page[-1].sequence
    return found


def _cells(event: OutgoingEvent) -> list[Cell]:
    when = [event.created_at.isoformat(), event.next_attempt_at.isoformat()]
    return [
        event.event_id,
        event.partner_uid,
        event.aggregate,
        event.state.value,
        event.attempts,
        *when,
        event.last_answer,
    ]


@outbox.command("resend")
def resend(
    context: typer.Context,
    event_id: Annotated[str, typer.Argument(metavar="UID", help="The id that outbox list shows.")],
) -> None:
    """Send an event that was given up again, under the same id."""
    if not run(_resend(invocation_of(context), event_id)):
        raise refuse_call(f"no event that was given up has the id {event_id!r}; outbox list --state dead shows them")
    result(f"to be sent again: {event_id}")


async def _resend(invocation: Invocation, event_id: str) -> bool:
    async with invocation.services() as services:
        return await services.store.revive_event(event_id, services.clock.now())


@outbox.command("run-once")
def run_once(context: typer.Context) -> None:
    """Deliver what is due now, and what becomes due by that; a running server does so by itself."""
    tried = run(_run_once(invocation_of(context)))
    result(f"{tried} event{'' if tried == 1 else 's'} tried")


async def _run_once(invocation: Invocation) -> int:
    async with exchanging(invocation) as desk:
        delivery = delivery_of(desk.exchange, desk.services.partners, random.SystemRandom())
        tried = 0
        while count := await deliver_due(delivery):
            tried += count
        return tried
