"""Changes put into facts in hand, in plain records: what every follower of changes must arrive at."""

from graph_service.model.fact_changes import FactChanges
from graph_service.model.facts import Facts
from graph_service.model.tables import RECEIVED_REVISION
from graph_service.model.vocabulary import Kind
from graph_service.ports import GraphStore
from tests.support.batches import ORDERED, canonical

Canonical = dict[Kind, list[dict[str, object]]]


def applied(facts: Facts, changes: FactChanges) -> Canonical:
    """The facts with the changes, as ``canonical`` gives facts. A new row goes to the end, a known uid keeps its place.

    Raises ``AssertionError`` for an end of what is not there.
    """
    after: Canonical = {}
    for kind, rows in canonical(facts).items():
        row_of = {row["uid"]: row for row in rows}
        for uid in changes.ends.get(kind, ()):
            assert row_of.pop(uid, None) is not None, (kind, uid)
        upserts = changes.upserts[kind].to_pylist() if kind in changes.upserts else []
        for place, row in enumerate(upserts):
            received = {RECEIVED_REVISION: changes.received_revisions[place]} if kind is Kind.DECLARATION else {}
            row_of[row["uid"]] = row | received
        placed = list(row_of.values())
        after[kind] = placed if kind in ORDERED else sorted(placed, key=lambda row: str(row["uid"]))
    return after


def in_records(changes: FactChanges) -> dict[str, object]:
    """Changes in a form that two stores can agree on: in order where order is promised, else by uid."""
    upserts = {kind: table.to_pylist() for kind, table in changes.upserts.items()}
    return {
        "upserts": {
            kind: rows if kind in ORDERED else sorted(rows, key=lambda row: str(row["uid"]))
            for kind, rows in upserts.items()
        },
        "ends": {kind: sorted(uids) for kind, uids in changes.ends.items()},
        "received_revisions": list(changes.received_revisions),
        "has_returned": changes.has_returned,
    }


async def check_followed(store: GraphStore, revision: int, to_revision: int) -> FactChanges:
    """The changes, proven to turn one export into the other; without order where something returned."""
    changes = await store.changes_since(revision, to_revision, most_rows=10**9)
    assert changes is not None
    assert all(table.num_rows for table in changes.upserts.values()), changes
    assert all(changes.ends.values()), changes
    found = applied(await store.export(revision), changes)
    expected = canonical(await store.export(to_revision))
    if changes.has_returned:
        found, expected = _in_any_order(found), _in_any_order(expected)
    assert found == expected, (revision, to_revision)
    return changes


def _in_any_order(facts: Canonical) -> Canonical:
    return {kind: sorted(rows, key=lambda row: str(row["uid"])) for kind, rows in facts.items()}
