"""Declarations and what waits for an item: ``declarations``, ``waiting``, ``rules``."""

from collections.abc import Sequence
from typing import Annotated

import pyarrow as pa
import typer

from graph_service.bootstrap import Services, exchange_of
from graph_service.cli.datasets import record
from graph_service.cli.declaring import report_declared
from graph_service.cli.faults import refuse_call, refuse_if_refused
from graph_service.cli.invocation import Invocation, invocation_of, run
from graph_service.cli.streams import result, say
from graph_service.cli.tables import Cell, Format, csv_text, json_text, safe_text, text_table
from graph_service.cli.views import FormatOption
from graph_service.model.batch import ChangeBatch, ChangesApplied, ChangesRefused
from graph_service.model.facts import from_facts
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import AcceptanceRule, DeclarationState, Door, Kind, ReviewDecision
from graph_service.service.access import OPERATOR
from graph_service.service.declarations import declaration_records, find_declarations
from graph_service.service.declaring.declaring import Declared
from graph_service.service.declaring.reviewing import Review, Reviewed
from graph_service.service.declaring.verifying import assign_verifier
from graph_service.service.declaring.waiting import WaitingPush, assign_waiting, drop_waiting, list_waiting
from graph_service.service.intake.applying import Call
from graph_service.service.partners.reviewing import review_and_ask
from graph_service.service.records import row_of

DECLARATION_COLUMNS = (
    *("declaration", "item", "state", "kgco2e", "declared_unit", "valid_from", "valid_to"),
    *("format", "published", "reason", "counter_request"),
)
WAITING_COLUMNS = ("waiting", "sent_by", "received_at", "product", "company", "suggestions", "reason")
RULE_COLUMNS = ("supplier", "name", "acceptance", "tolerance")

declarations = typer.Typer(help="Footprints that suppliers pushed, and their review.", no_args_is_help=True)
waiting = typer.Typer(help="Pushed footprints that wait for an item.", no_args_is_help=True)
rules = typer.Typer(help="What of a supplier's pushes is accepted at once.", no_args_is_help=True)

UidArgument = Annotated[str, typer.Argument(metavar="DECLARATION", help="The uid that declarations list shows.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why: the sender is told it.")]
RequestOption = Annotated[str | None, typer.Option("--counter-request", help="What the sender is asked for instead.")]


def print_rows(columns: Sequence[str], rows: Sequence[list[Cell]], output_format: Format, *, name: str) -> None:
    """Rows as a table, as CSV, or as the list ``name`` of a JSON object."""
    if output_format is Format.CSV:
        result(csv_text(columns, rows))
    elif output_format is Format.JSON:
        result(json_text({name: [dict(zip(columns, row, strict=True)) for row in rows]}))
    else:
        result(text_table(columns, rows))


@declarations.command("list")
def list_declarations(
    context: typer.Context,
    *,
    state: Annotated[
        list[DeclarationState] | None, typer.Option("--state", case_sensitive=False, help="Only those in this state.")
    ] = None,
    item: Annotated[str | None, typer.Option("--item", help="Only those of this item.")] = None,
    published: Annotated[bool, typer.Option("--published", help="With what we published ourselves.")] = False,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Declarations, newest first."""
    rows = run(_list_declarations(invocation_of(context), state, item, published=published))
    print_rows(DECLARATION_COLUMNS, rows, output_format, name="declarations")


async def _list_declarations(
    invocation: Invocation, states: Sequence[DeclarationState] | None, item: str | None, *, published: bool
) -> list[list[Cell]]:
    async with invocation.services() as services:
        _, facts = await services.snapshots.newest()
    item_row = None if item is None else row_of(facts, Kind.ITEM, item)
    if item is not None and item_row is None:
        raise refuse_call(f"item {item!r} is not recorded")
    wanted = None if item_row is None else pa.array([item_row]).to_numpy()
    rows = find_declarations(facts, item_rows=wanted, states=states, has_published=published).tolist()
    items = facts.items.select(["uid", "declared_unit"])
    shown: list[list[Cell]] = []
    for found in declaration_records(facts, rows):
        uid, unit = (items[name][found.item_row].as_py() for name in ("uid", "declared_unit"))
        days = [found.valid_from.isoformat(), found.valid_to.isoformat()]
        origin = [found.document_format.value, "yes" if found.is_published else ""]
        review = [found.reason, found.counter_request]
        shown.append([found.uid, uid, found.state.value, found.kgco2e, unit, *days, *origin, *review])
    return shown


@declarations.command("accept")
def accept(context: typer.Context, declaration: UidArgument) -> None:
    """Let a declaration count; those that it replaces are deprecated."""
    _review(context, Review(declaration, ReviewDecision.ACCEPT))


@declarations.command("query")
def query(
    context: typer.Context, declaration: UidArgument, *, reason: ReasonOption, counter_request: RequestOption = None
) -> None:
    """Ask its sender about a declaration; it does not count meanwhile."""
    _review(context, Review(declaration, ReviewDecision.QUERY, reason, counter_request))


@declarations.command("reject")
def reject(
    context: typer.Context, declaration: UidArgument, *, reason: ReasonOption, counter_request: RequestOption = None
) -> None:
    """Refuse a declaration."""
    _review(context, Review(declaration, ReviewDecision.REJECT, reason, counter_request))


@declarations.command("deprecate")
def deprecate(context: typer.Context, declaration: UidArgument, *, reason: ReasonOption) -> None:
    """Take a declaration out of totals for good; they say so."""
    _review(context, Review(declaration, ReviewDecision.DEPRECATE, reason))


@declarations.command("assign")
def assign_declaration(
    context: typer.Context,
    declaration: UidArgument,
    *,
    verifier: Annotated[
        str | None, typer.Option("--verifier", metavar="KEY_ID", help="The verifier's key; without it nobody's.")
    ] = None,
) -> None:
    """Let one verifier see and verify a declaration."""
    outcome = run(_assign_verifier(invocation_of(context), declaration, verifier))
    _say_findings(outcome)
    whom = "nobody" if verifier is None else verifier
    result(f"{declaration} is assigned to {whom}, revision {outcome.revision.number}")


async def _assign_verifier(invocation: Invocation, declaration: str, key_id: str | None) -> Reviewed | ChangesRefused:
    async with invocation.services() as services:
        return await assign_verifier(
            declaration,
            key_id,
            call=Call(None),
            principal=OPERATOR,
            door=Door.CLI,
            store=services.store,
            snapshots=services.snapshots,
            clock=services.clock,
        )


def _review(context: typer.Context, review: Review) -> None:
    outcome = run(_record_review(invocation_of(context), review))
    _say_findings(outcome)
    if isinstance(outcome, Reviewed):
        result(f"{outcome.declaration_uid} is {outcome.state}, revision {outcome.revision.number}")


async def _record_review(invocation: Invocation, review: Review) -> Reviewed | ChangesRefused:
    async with invocation.services() as services:
        return await review_and_ask(
            review, call=Call(None), principal=OPERATOR, door=Door.CLI, exchange=exchange_of(services)
        )


@waiting.command("list")
def list_all_waiting(context: typer.Context, *, output_format: FormatOption = Format.TABLE) -> None:
    """What waits, why, and which items may be meant."""
    rows = [_waiting_cells(one) for one in run(_list_waiting(invocation_of(context)))]
    print_rows(WAITING_COLUMNS, rows, output_format, name="waiting")


async def _list_waiting(invocation: Invocation) -> Sequence[WaitingPush]:
    found: list[WaitingPush] = []
    async with invocation.services() as services:
        while page := await list_waiting(
            services.store, principal=OPERATOR, first=200, after=found[-1].uid if found else ""
        ):
            found.extend(page)
    return found


def _waiting_cells(one: WaitingPush) -> list[Cell]:
    pushed = one.pushed
    product = pushed.item or pushed.product_name or " ".join(pushed.product_ids)
    company = pushed.company_name or " ".join(pushed.company_ids)
    return [one.uid, one.sender, one.received_at, product, company, " ".join(one.suggestions), one.reason]


@waiting.command("assign")
def assign(
    context: typer.Context,
    waiting_uid: Annotated[str, typer.Argument(metavar="WAITING", help="The uid that waiting list shows.")],
    item: Annotated[str, typer.Argument(metavar="ITEM", help="The item that it is of, by uid or identifier.")],
    *,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Record a waiting footprint for an item."""
    report_declared(run(_assign(invocation_of(context), waiting_uid, item)), output_format)


async def _assign(invocation: Invocation, waiting_uid: str, item: str) -> Declared | ChangesRefused:
    async with invocation.services() as services:
        return await assign_waiting(
            waiting_uid,
            item,
            call=Call(None),
            principal=OPERATOR,
            door=Door.CLI,
            store=services.store,
            snapshots=services.snapshots,
            clock=services.clock,
        )


@waiting.command("drop")
def drop(
    context: typer.Context,
    waiting_uid: Annotated[str, typer.Argument(metavar="WAITING", help="The uid that waiting list shows.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why: the log keeps it.")],
) -> None:
    """Take a footprint out of the queue without recording it."""
    outcome = run(_drop(invocation_of(context), waiting_uid, reason))
    _say_findings(outcome)
    result(f"dropped {waiting_uid}, revision {outcome.revision.number}")


async def _drop(invocation: Invocation, waiting_uid: str, reason: str) -> ChangesApplied | ChangesRefused:
    async with invocation.services() as services:
        return await drop_waiting(
            waiting_uid,
            reason,
            call=Call(None),
            principal=OPERATOR,
            door=Door.CLI,
            store=services.store,
            snapshots=services.snapshots,
            clock=services.clock,
        )


@rules.command("list")
def list_rules(context: typer.Context, *, output_format: FormatOption = Format.TABLE) -> None:
    """Every supplier's rule."""
    print_rows(RULE_COLUMNS, run(_list_rules(invocation_of(context))), output_format, name="rules")


async def _list_rules(invocation: Invocation) -> list[list[Cell]]:
    async with invocation.services() as services:
        _, facts = await services.snapshots.newest()
    rows = from_facts(Kind.SUPPLIER, facts).sort_by("uid").to_pylist()
    return [[row["uid"], row["name"], row["acceptance"], row["acceptance_tolerance"]] for row in rows]


@rules.command("set")
def set_rule(
    context: typer.Context,
    supplier: Annotated[str, typer.Argument(metavar="SUPPLIER", help="The supplier's uid.")],
    acceptance: Annotated[
        AcceptanceRule, typer.Argument(metavar="RULE", case_sensitive=False, help="REVIEW, CLEAN or ALWAYS.")
    ],
    *,
    tolerance: Annotated[
        float | None,
        typer.Option("--tolerance", min=0, help="Largest relative difference from the total so far, as 0.2."),
    ] = None,
) -> None:
    """Set what of a supplier's pushes is accepted at once: none, those without warnings, or all."""
    outcome = run(_set_rule(invocation_of(context), supplier, acceptance, tolerance))
    _say_findings(outcome)
    result(f"{safe_text(supplier)}: {acceptance}, revision {outcome.revision.number}")


async def _set_rule(
    invocation: Invocation, supplier: str, acceptance: AcceptanceRule, tolerance: float | None
) -> ChangesApplied | ChangesRefused:
    async with invocation.services() as services:
        row = await _supplier_row(services, supplier)
        decided = {**row, "acceptance": acceptance.value, "acceptance_tolerance": tolerance}
        table = pa.Table.from_pylist([decided], schema=BATCH_SCHEMAS[Kind.SUPPLIER])
        return await record(ChangeBatch({Kind.SUPPLIER: table}), services)


async def _supplier_row(services: Services, supplier: str) -> dict[str, object]:
    _, facts = await services.snapshots.newest()
    row = row_of(facts, Kind.SUPPLIER, supplier)
    if row is None:
        raise refuse_call(f"supplier {supplier!r} is not recorded; rules list shows the suppliers")
    recorded = from_facts(Kind.SUPPLIER, facts, facts.tables[Kind.SUPPLIER].slice(row, 1))
    found: dict[str, object] = recorded.to_pylist()[0]
    return found


def _say_findings(outcome: object) -> None:
    for finding in getattr(outcome, "findings", ()):
        say(f"{finding.severity.lower()}: {safe_text(finding.message)} [{finding.code}]")
    refuse_if_refused(outcome)
