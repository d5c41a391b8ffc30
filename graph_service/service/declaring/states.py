"""What becomes of a declaration: rows of the facts with another state, to be recorded in their place."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from graph_service.model.facts import Facts, from_facts, rows_of
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.uids import split_names
from graph_service.model.vocabulary import DeclarationState, Kind
from graph_service.service.declarations import STATES

Row = dict[str, object]
"""A declaration with the columns of ``BATCH_SCHEMAS``."""


def recorded_rows(facts: Facts, uids: Sequence[str]) -> list[Row]:
    """The recorded declarations of these uids, as rows of a batch; unknown ones are left out."""
    table = facts.tables[Kind.DECLARATION]
    rows = rows_of(pa.array(list(uids), pa.string()), table["uid"]).drop_null()
    found: list[Row] = from_facts(Kind.DECLARATION, facts, table.take(rows)).to_pylist()
    return found


def with_state(row: Row, state: DeclarationState, *, reason: str | None, counter_request: str | None = None) -> Row:
    """A declaration as it stands after a decision."""
    return {**row, "state": state.value, "reason": reason, "counter_request": counter_request}


def replaced_by(facts: Facts, successor_uid: str, preceding: Iterable[str]) -> list[Row]:
    """The predecessors of an accepted declaration, deprecated as far as they are neither that nor rejected."""
    reason = f"replaced by {successor_uid}"
    return [
        with_state(row, DeclarationState.DEPRECATED, reason=reason)
        for row in recorded_rows(facts, list(preceding))
        if row["state"] not in (DeclarationState.DEPRECATED.value, DeclarationState.REJECTED.value)
    ]


def restored(facts: Facts, fallen: Row) -> list[Row]:
    """The predecessors that an accepted declaration had replaced, accepted again now that it is none any more.

    One that another accepted declaration replaces as well stays deprecated.
    """
    names = split_names(_text(fallen["preceding"]))
    others = _accepted_successors(facts, except_uid=str(fallen["uid"]))
    reason = f"its successor {fallen['uid']} counts no more"
    return [
        with_state(row, DeclarationState.ACCEPTED, reason=reason)
        for row in recorded_rows(facts, names)
        if row["state"] == DeclarationState.DEPRECATED.value
        and row["reason"] == f"replaced by {fallen['uid']}"
        and row["uid"] not in others
    ]


def _accepted_successors(facts: Facts, *, except_uid: str) -> set[str]:
    """The uids that accepted declarations, but for one, name as predecessors."""
    table = facts.tables[Kind.DECLARATION].select(["uid", "preceding", "state"])
    accepted = np.flatnonzero(table["state"].to_numpy() == STATES.index(DeclarationState.ACCEPTED))
    rows = table.take(pa.array(accepted)).to_pylist()
    return {name for row in rows if row["uid"] != except_uid for name in split_names(row["preceding"])}


def to_table(rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Rows as a table of a batch; a column that a row does not have is not given."""
    return pa.Table.from_pylist([dict(row) for row in rows], schema=BATCH_SCHEMAS[Kind.DECLARATION])


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
