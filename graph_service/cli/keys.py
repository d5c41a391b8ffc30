"""Access keys: ``keys create``, ``keys list``, ``keys revoke``."""

from collections.abc import Sequence
from typing import Annotated

import typer

from graph_service.cli.faults import refuse_call
from graph_service.cli.invocation import Invocation, invocation_of, run
from graph_service.cli.streams import result, say
from graph_service.cli.tables import Cell, Format, csv_text, json_text, text_table
from graph_service.model.access import AccessKey
from graph_service.model.vocabulary import Role
from graph_service.service.access import create_key, list_keys, revoke_key

KEY_COLUMNS = ("key_id", "role", "supplier", "created_at", "revoked_at")

keys = typer.Typer(help="Access keys of the served API.", no_args_is_help=True)


@keys.command("create")
def create(
    context: typer.Context,
    *,
    role: Annotated[Role, typer.Option("--role", case_sensitive=False, help="What the key may do.")],
    supplier: Annotated[
        str | None, typer.Option("--supplier", metavar="UID", help="Whose key it is; for the role SUPPLIER.")
    ] = None,
) -> None:
    """Make a key and print it, this once; only its SHA-256 is kept."""
    result(run(_create(invocation_of(context), role=role, supplier_uid=supplier)))
    say("keep it: it is not shown again")


async def _create(invocation: Invocation, *, role: Role, supplier_uid: str | None) -> str:
    async with invocation.services() as services:
        return await create_key(
            role=role,
            supplier_uid=supplier_uid,
            store=services.store,
            snapshots=services.snapshots,
            clock=services.clock,
        )


@keys.command("list")
def list_all(
    context: typer.Context,
    *,
    output_format: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """All keys, oldest first, revoked ones too; never the secrets."""
    rows = [_key_cells(key) for key in run(_list(invocation_of(context)))]
    if output_format is Format.CSV:
        result(csv_text(KEY_COLUMNS, rows))
    elif output_format is Format.JSON:
        result(json_text({"keys": [dict(zip(KEY_COLUMNS, row, strict=True)) for row in rows]}))
    else:
        result(text_table(KEY_COLUMNS, rows))


async def _list(invocation: Invocation) -> Sequence[AccessKey]:
    async with invocation.services() as services:
        return await list_keys(services.store)


def _key_cells(key: AccessKey) -> list[Cell]:
    revoked_at = key.revoked_at.isoformat() if key.revoked_at else None
    return [key.key_id, key.role.value, key.supplier_uid, key.created_at.isoformat(), revoked_at]


@keys.command("revoke")
def revoke(
    context: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="The id that keys list shows.")],
) -> None:
    """End a key from now on."""
    if not run(_revoke(invocation_of(context), key_id)):
        raise refuse_call(f"no key has the id {key_id!r}; keys list shows the ids")
    result(f"revoked {key_id}")


async def _revoke(invocation: Invocation, key_id: str) -> bool:
    async with invocation.services() as services:
        return await revoke_key(key_id, store=services.store, clock=services.clock)
