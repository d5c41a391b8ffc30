"""Declarations as typed records, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.facts import Facts
from graph_service.model.vocabulary import DeclarationState, Kind
from graph_service.service.browse import FactRows


@dataclass(frozen=True, slots=True)
class DeclarationRecord:
    """A declared total, kg CO2e per declared unit of the item, without biogenic uptake; see ``received_revision``."""

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


def find_declarations(
    facts: Facts, *, item_rows: FactRows | None = None, states: Sequence[DeclarationState] | None = None
) -> FactRows:
    """Rows of the declarations of the items asked for, or of all: last received first, then by uid from the last.

    Recorded declarations came through the chain leader's data sets and are all ACCEPTED.
    """
    table = facts.tables[Kind.DECLARATION]
    if states is not None and DeclarationState.ACCEPTED not in states:
        return np.empty(0, np.int64)
    rows = np.arange(table.num_rows)
    if item_rows is not None:
        rows = np.flatnonzero(np.isin(table["item_row"].to_numpy(), item_rows))
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
            state=DeclarationState.ACCEPTED,
            kgco2e=record["kgco2e"],
            biogenic_uptake_kgco2e=record["biogenic_uptake_kgco2e"],
            valid_from=record["valid_from"],
            valid_to=record["valid_to"],
            primary_data_share=record["primary_data_share"],
            preceding_uids=tuple((record["preceding"] or "").split()),
            received_revision=record["received_revision"],
        )
        for record in table.to_pylist()
    ]
