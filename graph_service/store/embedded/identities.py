"""The stable integer row of every uid, by kind."""

import json

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.vocabulary import Kind
from graph_service.store.embedded.connection import Connection
from graph_service.store.embedded.statements import statement

ASKED_UIDS = 10_000
"""Uids asked for in one statement."""

IdentityRows = npt.NDArray[np.int64]


def add_identities(
    connection: Connection, kind: Kind, uids: pa.ChunkedArray, *, revision: int
) -> tuple[IdentityRows, npt.NDArray[np.bool_]]:
    """The row of each uid, given anew where it had none, and whether it had one."""
    last_before = last_row(connection, kind)
    names = uids.to_pylist()
    connection.executemany(statement(f"add_{kind}"), ((uid, revision) for uid in names))
    if last_row(connection, kind) - last_before == len(names):
        # All are new, the common case of a first import: rows were given in order, nothing to look up.
        rows = np.arange(last_before + 1, last_before + 1 + len(names), dtype=np.int64)
    else:
        rows = identity_rows(connection, kind, uids)
    return rows, rows <= last_before


def last_row(connection: Connection, kind: Kind) -> int:
    """The highest row given so far, 0 without any."""
    return int(connection.execute(statement(f"get_last_{kind}")).fetchone()[0])


def identity_rows(connection: Connection, kind: Kind, uids: pa.ChunkedArray) -> IdentityRows:
    """The row of each uid. Raises ``ValueError`` for one that was never recorded."""
    distinct = pc.unique(uids)
    found: list[int | None] = []
    for start in range(0, len(distinct), ASKED_UIDS):
        asked = json.dumps(distinct.slice(start, ASKED_UIDS).to_pylist(), ensure_ascii=False)
        found += [row[0] for row in connection.execute(statement(f"find_{kind}_rows"), {"uids": asked})]
    if None in found:
        raise ValueError(f"{kind} {distinct[found.index(None)].as_py()!r} was never recorded")
    if not found:
        return np.empty(0, np.int64)
    places: npt.NDArray[np.int32] = pc.index_in(uids, value_set=distinct).to_numpy()
    return np.array(found, np.int64)[places]
