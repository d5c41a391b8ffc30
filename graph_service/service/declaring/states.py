"""What becomes of a declaration: rows of the facts with another state, to be recorded in their place."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.facts import Facts, from_facts, rows_of
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.uids import split_names
from graph_service.model.vocabulary import DeclarationState, Kind
from graph_service.service.day_graph import REPLACED_BY
from graph_service.service.declarations import STATES
from graph_service.service.resolution import flags

Row = dict[str, object]
"""A declaration with the columns of ``BATCH_SCHEMAS``."""

_REPLACED_FROM: Mapping[DeclarationState, str] = {
    DeclarationState.ACCEPTED: REPLACED_BY,
    DeclarationState.RECEIVED: "before its review replaced by ",
    DeclarationState.QUERIED: "while queried replaced by ",
}
"""The reason of a replaced declaration, up to its successor's uid, by the state that it was in."""


def recorded_rows(facts: Facts, uids: Sequence[str]) -> list[Row]:
    """The recorded declarations of these uids, as rows of a batch; unknown ones are left out."""
    table = facts.tables[Kind.DECLARATION]
    rows = rows_of(pa.array(list(uids), pa.string()), table["uid"]).drop_null()
    found: list[Row] = from_facts(Kind.DECLARATION, facts, table.take(rows)).to_pylist()
    return found


def with_state(row: Row, state: DeclarationState, *, reason: str | None, counter_request: str | None = None) -> Row:
    """A declaration as it stands after a decision."""
    return {**row, "state": state.value, "reason": reason, "counter_request": counter_request}


def replaced_by(successor_uid: str, predecessors: Iterable[Row]) -> list[Row]:
    """The predecessors of an accepted declaration, deprecated as far as they are neither that nor rejected."""
    return [
        _replaced(row, successor_uid, DeclarationState(str(row["state"])))
        for row in predecessors
        if row["state"] not in (DeclarationState.DEPRECATED.value, DeclarationState.REJECTED.value)
    ]


def restored(facts: Facts, fallen: Row) -> list[Row]:
    """The predecessors that an accepted declaration had replaced, as they were before, now that it is accepted no more.

    One that another accepted declaration replaces as well stays deprecated, from now on by that one.
    """
    names, others = split_names(_text(fallen["preceding"])), _accepted_successors(facts, except_uid=str(fallen["uid"]))
    reason = f"its successor {fallen['uid']} counts no more"
    rows = []
    for row in recorded_rows(facts, names):
        before = _state_before(row, str(fallen["uid"]))
        if before is not None and (other := others.get(str(row["uid"]))):
            rows.append(_replaced(row, other, before))
        elif before is not None:
            rows.append(with_state(row, before, reason=reason))
    return rows


def _replaced(row: Row, successor_uid: str, before: DeclarationState) -> Row:
    """A declaration deprecated by a successor; the reason keeps in which state it was."""
    return with_state(row, DeclarationState.DEPRECATED, reason=f"{_REPLACED_FROM[before]}{successor_uid}")


def _state_before(row: Row, successor_uid: str) -> DeclarationState | None:
    """In which state a declaration was until that successor replaced it; None where another or nothing did."""
    if row["state"] != DeclarationState.DEPRECATED.value:
        return None
    return next((state for state, by in _REPLACED_FROM.items() if row["reason"] == f"{by}{successor_uid}"), None)


def _accepted_successors(facts: Facts, *, except_uid: str) -> dict[str, str]:
    """uid of each predecessor, and of a declaration but that one that was accepted and names it.

    One that was accepted until another replaced it in turn is such a declaration too.
    """
    table = facts.tables[Kind.DECLARATION].select(["uid", "preceding", "state", "reason"])
    state = table["state"].to_numpy()
    accepted = state == STATES.index(DeclarationState.ACCEPTED)
    is_replaced = flags(pc.fill_null(pc.starts_with(table["reason"], REPLACED_BY), False))
    accepted |= is_replaced & (state == STATES.index(DeclarationState.DEPRECATED))
    rows = table.take(pa.array(np.flatnonzero(accepted))).to_pylist()
    return {name: row["uid"] for row in rows if row["uid"] != except_uid for name in split_names(row["preceding"])}


def to_table(rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Rows as a table of a batch; a column that a row does not have is not given."""
    return pa.Table.from_pylist([dict(row) for row in rows], schema=BATCH_SCHEMAS[Kind.DECLARATION])


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
