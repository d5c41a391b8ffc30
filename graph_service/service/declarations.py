"""Declarations as typed records, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.facts import Facts
from graph_service.model.vocabulary import DeclarationState, DocumentFormat, Kind
from graph_service.service.browse import FactRows
from graph_service.service.resolution import flags

STATES = tuple(DeclarationState)
"""Codes of states are positions here."""

_FORMATS = tuple(DocumentFormat)


@dataclass(frozen=True, slots=True)
class DeclarationRecord:
    """A declared total, kg CO2e per declared unit of the item, without biogenic uptake; see ``received_revision``.

    ``unit_factor``: of how many ``document_unit`` one declared unit of the item consists; None where it was given per
    declared unit of the item.
    """

    uid: str
    item_row: int
    state: DeclarationState
    kgco2e: float
    biogenic_uptake_kgco2e: float | None
    valid_from: date
    valid_to: date
    primary_data_share: float | None
    preceding_uids: tuple[str, ...]
    received_revision: int
    reason: str | None
    counter_request: str | None
    document_format: DocumentFormat
    document_unit: str | None
    declared_unit_amount: float | None
    unit_factor: float | None
    is_published: bool
    is_verified: bool
    verification: str | None


def find_declarations(
    facts: Facts,
    *,
    item_rows: FactRows | None = None,
    states: Sequence[DeclarationState] | None = None,
    has_published: bool = False,
) -> FactRows:
    """Rows of the declarations of the items asked for, or of all: last received first, then by uid from the last.

    What we published ourselves is among them only where ``has_published``.
    """
    table = facts.tables[Kind.DECLARATION]
    wanted = np.ones(table.num_rows, np.bool_)
    if not has_published:
        wanted &= ~flags(pc.fill_null(table["is_published"], False))
    if states is not None:
        wanted &= np.isin(table["state"].to_numpy(), [STATES.index(state) for state in states])
    if item_rows is not None:
        wanted &= np.isin(table["item_row"].to_numpy(), item_rows)
    rows = np.flatnonzero(wanted)
    chosen = table.select(["received_revision", "uid"]).take(pa.array(rows))
    keys = [("received_revision", "descending"), ("uid", "descending")]
    order: FactRows = rows[pc.sort_indices(chosen, sort_keys=keys).to_numpy()]
    return order.astype(np.int64)


def declaration_records(facts: Facts, rows: Sequence[int]) -> list[DeclarationRecord]:
    """Declarations at ``rows`` of the facts' declarations."""
    table = facts.tables[Kind.DECLARATION].take(pa.array(rows, pa.int64()))
    return [
        DeclarationRecord(
            uid=record["uid"],
            item_row=record["item_row"],
            state=STATES[record["state"]],
            kgco2e=record["kgco2e"],
            biogenic_uptake_kgco2e=record["biogenic_uptake_kgco2e"],
            valid_from=record["valid_from"],
            valid_to=record["valid_to"],
            primary_data_share=record["primary_data_share"],
            preceding_uids=tuple((record["preceding"] or "").split()),
            received_revision=record["received_revision"],
            reason=record["reason"],
            counter_request=record["counter_request"],
            document_format=_FORMATS[record["document_format"]],
            document_unit=record["document_unit"],
            declared_unit_amount=record["declared_unit_amount"],
            unit_factor=record["unit_factor"],
            is_published=bool(record["is_published"]),
            is_verified=bool(record["is_verified"]),
            verification=record["verification"],
        )
        for record in table.to_pylist()
    ]
