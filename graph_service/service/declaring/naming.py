"""Which recorded declaration a pushed footprint is, and what uid a new one gets."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.facts import Facts, from_facts
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.uids import DECLARATION_NAMESPACE
from graph_service.model.vocabulary import DocumentFormat, Kind
from graph_service.service.declaring.states import Row


@dataclass(frozen=True, slots=True)
class Recorded:
    """The declarations recorded under some senders' ids: the newest version by id and supplier, and all their uids."""

    newest: Mapping[tuple[str, str | None], Row]
    uids: frozenset[str]
    item_rows: Mapping[str, Mapping[str | None, int]]

    def item_row(self, document_id: str | None, *, sender_uid: str | None) -> int | None:
        """The item of what a sender's own id names; the chain leader's may be any supplier's, if it is one alone."""
        by_supplier = self.item_rows.get(document_id or "", {})
        if sender_uid is not None:
            return by_supplier.get(sender_uid)
        return next(iter(by_supplier.values())) if len(by_supplier) == 1 else None

    def of(self, document_id: str | None, supplier_uid: str | None) -> Row | None:
        """What a supplier's own id names; None where it names nothing of that supplier's."""
        return None if document_id is None else self.newest.get((document_id, supplier_uid))


def find_recorded(facts: Facts, document_ids: Sequence[str]) -> Recorded:
    """The declarations that any of these ids may name; what we published ourselves is taken, but nobody's push."""
    table = facts.tables[Kind.DECLARATION]
    wanted = pa.array(sorted(set(document_ids)), pa.string())
    named = pc.or_(pc.is_in(table["uid"], value_set=wanted), pc.is_in(table["document_id"], value_set=wanted))
    rows = table.filter(named) if len(wanted) else table.slice(0, 0)
    suppliers = facts.items["supplier_uid"].take(rows["item_row"]).to_pylist()
    newest: dict[tuple[str, str | None], Row] = {}
    item_rows: dict[str, dict[str | None, int]] = {}
    recorded: list[Row] = from_facts(Kind.DECLARATION, facts, rows).to_pylist()
    known = zip(recorded, suppliers, rows["item_row"].to_pylist(), strict=True)
    for row, supplier_uid, item_row in sorted(known, key=lambda one: version_of(one[0])):
        if not row["is_published"]:
            name = str(row["document_id"] or row["uid"])
            newest[name, supplier_uid] = row
            item_rows.setdefault(name, {})[supplier_uid] = item_row
    return Recorded(newest, frozenset(str(row["uid"]) for row in recorded), item_rows)


def version_of(row: Mapping[str, object]) -> int:
    """The sender's version of a recorded declaration, 0 where it has none."""
    version = row["document_version"]
    return version if isinstance(version, int) else 0


def is_newer_version(pushed: PushedDeclaration, known: Row) -> bool:
    """Whether a document says of itself that it replaces the recorded one under the same id, as V2 and Catena-X do."""
    if pushed.document_format is DocumentFormat.PACT_V3 or pushed.document_version is None:
        return False
    return pushed.document_version > version_of(known)


def new_uid(
    pushed: PushedDeclaration, *, supplier_uid: str | None, known: Row | None, recorded: Recorded
) -> str | None:
    """The uid of a declaration to record; None where it follows from the content.

    An id that another supplier's declaration has already gets another uid here: a refusal would tell the sender that
    it exists.
    """
    if known is not None and not is_newer_version(pushed, known):
        return str(known["uid"])
    if known is not None:
        return str(uuid.uuid5(DECLARATION_NAMESPACE, f"{known['uid']}/{pushed.document_version}"))
    if pushed.document_id in recorded.uids:
        return str(uuid.uuid5(DECLARATION_NAMESPACE, f"{supplier_uid}/{pushed.document_id}"))
    return pushed.document_id
