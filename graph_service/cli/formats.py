"""Formats of other systems: ``import-bom``, ``battery-passport``."""

import asyncio
import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from graph_service.cli.datasets import report_outcome
from graph_service.cli.faults import (
    DATA_AT_FAULT,
    refuse_call,
)
from graph_service.cli.footprints import asked_footprint, unknown_item
from graph_service.cli.invocation import Invocation, invocation_of, run
from graph_service.cli.streams import leave_at_once, results_read, say, working
from graph_service.cli.tables import json_text, number_text
from graph_service.cli.views import AskedView, ItemArgument, with_view
from graph_service.errors import InvalidInput
from graph_service.exchange.battery import battery_document
from graph_service.exchange.catena_x import BomData, BomDocument, read_boms
from graph_service.exchange.dataset.atomic import write_files
from graph_service.exchange.strict_json import parse_json
from graph_service.model.batch import ChangeBatch, ChangesApplied, ChangesRefused
from graph_service.model.facts import Facts, Revision
from graph_service.model.vocabulary import Door, Kind, LifeCycleStage, SystemBoundary
from graph_service.service.access import OPERATOR
from graph_service.service.battery import BatteryFootprint, ServiceLife, battery_footprint
from graph_service.service.footprints import Footprint
from graph_service.service.intake.applying import Call, Proposal, apply_proposal
from graph_service.service.records import row_of

STANDARD_OUTPUT = "-"
MOST_BYTES = 64 * 2**20
"""Of one file: a bill of material of a hundred thousand lines has some 40 MB."""


def import_bom(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSON: a SingleLevelBomAsPlanned, or a list.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, record nothing.")] = False,
    key: Annotated[
        str | None, typer.Option("--key", help="Idempotency key: the same import with the same key is recorded once.")
    ] = None,
) -> None:
    """Record planned bills of material of Catena-X as supplies; prints the new revision."""
    documents = [_read_document(file) for file in files]
    with working("checking and recording"):
        data, outcome = run(_import_boms(invocation_of(context), documents, key=key, dry_run=dry_run))
    report_outcome(outcome, data.locate)


def _read_document(file: Path) -> BomDocument:
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise refuse_call(f"{file} cannot be read: {error.strerror or error}") from error
    if len(content) > MOST_BYTES:
        raise refuse_call(
            f"{file} is larger than {MOST_BYTES // 2**20} MB; give its bills of material in several files"
        )
    try:
        return BomDocument(file.name, parse_json(content))
    except InvalidInput as error:
        say(f"{file.name}: {error.message.replace('the body', 'the file').replace('in the body', 'in the file')}")
        raise typer.Exit(DATA_AT_FAULT) from error


async def _import_boms(
    invocation: Invocation, documents: list[BomDocument], *, key: str | None, dry_run: bool
) -> tuple[BomData, ChangesApplied | ChangesRefused]:
    read: list[BomData] = []

    def propose(facts: Facts, _revision: Revision) -> Proposal:
        # Anew at each try: parts are found among the facts that the batch is recorded upon.
        read[:] = [read_boms(documents, facts)]
        return Proposal(read[0].batch)

    content = json.dumps([[document.file, document.value] for document in documents])
    async with invocation.services() as services:
        try:
            outcome = await apply_proposal(
                propose,
                call=Call(key, dry_run),
                body_hash=hashlib.sha256(content.encode()).hexdigest(),
                principal=OPERATOR,
                door=Door.CLI,
                store=services.store,
                snapshots=services.snapshots,
                clock=services.clock,
            )
        except asyncio.CancelledError:
            # As an import of a folder: closing the store would wait for its transaction and record what was called off.
            leave_at_once("interrupted: the store holds what it held before")
    return read[0] if read else BomData(ChangeBatch({}), ()), outcome


@with_view
def battery_passport(
    context: typer.Context,
    item: ItemArgument,
    *,
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="Where to write; - for standard output.")],
    performance_class: Annotated[str, typer.Option("--performance-class", help="The class of the footprint, as A.")],
    study: Annotated[str, typer.Option("--study", metavar="URL", help="Where the public study is.")],
    kwh_over_life: Annotated[
        float | None, typer.Option("--kwh-over-life", help="Energy that one battery provides over its service life.")
    ] = None,
    capacity_kwh: Annotated[
        float | None, typer.Option("--capacity-kwh", help="Of one battery. Default: the item's equivalent in kWh.")
    ] = None,
    cycles_per_year: Annotated[float | None, typer.Option("--cycles-per-year", help="Full cycles in a year.")] = None,
    years: Annotated[float | None, typer.Option("--years", help="Of service.")] = None,
    main_production: Annotated[
        list[str] | None,
        typer.Option(
            "--main-production", metavar="ITEM", help="An input whose making is main production, as the cells."
        ),
    ] = None,
    unspecified_as: Annotated[
        LifeCycleStage | None,
        typer.Option("--unspecified-as", case_sensitive=False, help="Where totals declared without stages count."),
    ] = None,
    asked: AskedView,
) -> None:
    """The carbon footprint of a battery as its passport states it, from cradle to grave without use."""
    target = Path(out)
    if out != STANDARD_OUTPUT and (target.is_dir() or not target.parent.is_dir()):
        raise refuse_call(f"--out {out} is no file in a folder that is there; name one")
    to_grave = replace(asked, request=replace(asked.request, boundary=SystemBoundary.CRADLE_TO_GRAVE))
    found = asked_footprint(context, item, to_grave)
    life = ServiceLife(kwh_over_life, capacity_kwh, cycles_per_year, years)
    members = [_member(found, uid) for uid in main_production or ()]
    battery = battery_footprint(found, life=life, main_production=members, unspecified_as=unspecified_as)
    document = battery_document(
        battery.kgco2e_by_stage,
        kwh_over_life=battery.kwh_over_life,
        performance_class=performance_class,
        study_url=study,
    )
    _say_method(battery, members=main_production or ())
    content = (json_text(document) + "\n").encode()
    with results_read():
        if out == STANDARD_OUTPUT:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        else:
            write_files(target.parent, {target.name: lambda stream: _write(stream, content)})


def _write(stream: BinaryIO, content: bytes) -> None:
    stream.write(content)


def _member(found: Footprint, uid: str) -> int:
    facts = found.graph.day.facts
    row = row_of(facts, Kind.ITEM, uid)
    if row is None:
        raise refuse_call(f"--main-production: {unknown_item(uid, facts)}")
    return row


def _say_method(battery: BatteryFootprint, *, members: list[str] | tuple[str, ...]) -> None:
    """What a reader of the document would not know."""
    made = f", the making of {', '.join(members)} as main production" if members else ""
    say(f"per kWh of {number_text(battery.kwh_over_life)} kWh over life; inputs by the stage of their supply{made}")
    say("transport before the gate counts as main production")
    say(f"left out, as the regulation says: use, {number_text(battery.use_kgco2e)} kg CO2e per battery")
