"""Our own roll-ups as PACT footprints: recorded like declarations, never part of a total, told to partners."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from graph_service.errors import Conflict, Finding, InvalidInput, NotFound
from graph_service.model.batch import Beside, ChangeBatch, ChangesRefused, Principal
from graph_service.model.facts import Facts, Revision
from graph_service.model.partners import FootprintsPublished, PactVersion, Partner
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.side_records import Collection, OutgoingEvent, SideRecord
from graph_service.model.vocabulary import DeclarationState, Door, Kind, ReviewDecision
from graph_service.service.declaring.columns import to_row
from graph_service.service.declaring.converting import Conversion
from graph_service.service.declaring.reviewing import Review, review_declaration
from graph_service.service.declaring.states import Row, recorded_rows, replaced_by, to_table
from graph_service.service.intake.applying import Call, Proposal, apply_proposal
from graph_service.service.partners.composing import PublishOptions, as_footprint, complete_document
from graph_service.service.partners.context import UNKEYED, Exchange, applied, check_leader, error_of, new_id
from graph_service.service.partners.outbox import outgoing_event
from graph_service.service.partners.published import footprints_of, published_rows, uids_of
from graph_service.service.partners.register import readers_of
from graph_service.service.records import ItemRecord, item_records, row_of
from graph_service.service.views import ViewRequest


@dataclass(frozen=True, slots=True)
class Published:
    """A footprint that we published, those that it replaced, and how many partners are told."""

    revision: Revision
    declaration_uid: str
    deprecated_uids: tuple[str, ...]
    partners_told: int
    findings: tuple[Finding, ...] = field(default=())
    is_replayed: bool = False


async def publish(
    item_uid: str,
    *,
    options: PublishOptions | None = None,
    call: Call = UNKEYED,
    principal: Principal,
    door: Door,
    exchange: Exchange,
) -> Published:
    """The footprint of an item as it stands today, cradle to gate, as a new PACT footprint; its predecessor ends.

    Raises ``NotAllowed``, ``NotFound`` for an unknown item, and ``InvalidInput`` naming what PACT demands and is not
    known: a complete total, its fossil part, a reference period.
    """
    check_leader(principal)
    options = options or PublishOptions()
    graph = await exchange.snapshots.view(ViewRequest())
    row = row_of(graph.day.facts, Kind.ITEM, item_uid)
    if row is None:
        raise NotFound(f"item {item_uid!r} is not recorded")
    readers = await readers_of(exchange.store, item_uid)
    draft = as_footprint(graph, row, options, uid=new_id(), now=exchange.clock.now())
    item = item_records(graph.day.facts, [row])[0]
    before = uids_of(graph.day.facts, published_rows(graph.day.facts, [item_uid]))
    earlier = await _footprints(graph.day.facts, before, exchange)
    task = _Publication(item, draft, options, readers, earlier, exchange)
    outcome = await apply_proposal(
        lambda facts, _revision: task.propose(facts),
        call=call,
        body_hash=_hash(item_uid, options),
        principal=principal,
        door=door,
        store=exchange.store,
        snapshots=exchange.snapshots,
        clock=exchange.clock,
    )
    done = applied(outcome)
    return Published(
        done.revision,
        str(done.told["declaration"]),
        tuple(str(uid) for uid in _list(done.told["deprecated"])),
        int(str(done.told["partners_told"])),
        done.findings,
        done.is_replayed,
    )


async def deprecate_published(
    declaration_uid: str, *, reason: str, principal: Principal, door: Door, exchange: Exchange
) -> Published:
    """A footprint that we published, withdrawn: it stays readable as deprecated. Raises ``NotFound``, ``Conflict``."""
    check_leader(principal)
    _, facts = await exchange.snapshots.newest()
    rows = recorded_rows(facts, [declaration_uid])
    if not rows or not rows[0]["is_published"]:
        raise NotFound(f"{declaration_uid!r} is no footprint that we published")
    if rows[0]["state"] == DeclarationState.DEPRECATED.value:
        raise Conflict(f"the footprint {declaration_uid} is deprecated already")
    told = await withdrawal(rows[0], exchange)
    outcome = await review_declaration(
        Review(declaration_uid, ReviewDecision.DEPRECATE, reason=reason),
        call=UNKEYED,
        principal=principal,
        door=door,
        store=exchange.store,
        snapshots=exchange.snapshots,
        clock=exchange.clock,
        beside=told,
    )
    if isinstance(outcome, ChangesRefused):
        raise error_of(outcome)
    return Published(outcome.revision, declaration_uid, (declaration_uid,), len(told.events), outcome.findings)


async def withdrawal(row: Row, exchange: Exchange) -> Beside:
    """What tells those who may read a published footprint that it is deprecated."""
    item_uid = str(row["item_uid"])
    readers = await readers_of(exchange.store, item_uid)
    _, facts = await exchange.snapshots.newest()
    told_of = await _footprints(facts, [str(row["uid"])], exchange)
    return Beside(events=_notices(readers, item_uid, told_of, exchange))


class _Publication:
    """One footprint on its way out."""

    def __init__(
        self,
        item: ItemRecord,
        draft: PushedDeclaration,
        options: PublishOptions,
        readers: Sequence[Partner],
        earlier: Mapping[str, PushedDeclaration],
        exchange: Exchange,
    ) -> None:
        self._item, self._draft, self._options = item, draft, options
        self._readers, self._earlier, self._exchange = readers, earlier, exchange

    def propose(self, facts: Facts) -> Proposal:
        """The new footprint, its document, its predecessors' end, and who is told, in one batch."""
        uid = str(self._draft.document_id)
        preceding = uids_of(facts, published_rows(facts, [self._item.uid]))
        draft = replace(self._draft, preceding_uids=tuple(preceding))
        document = self._write(draft)
        row = to_row(
            draft,
            uid=uid,
            item_uid=self._item.uid,
            conversion=Conversion(1.0, self._item.declared_unit, "the item's own unit"),
            state=DeclarationState.ACCEPTED,
            preceding=preceding,
            is_published=True,
        )
        body = json.dumps({"document": document, "findings": []}, ensure_ascii=False)
        written = replace(draft, document=document)
        told_of = {uid: written} | {old: self._earlier.get(old) for old in preceding}
        notices = _notices(self._readers, self._item.uid, told_of, self._exchange)
        beside = Beside((SideRecord(Collection.DOCUMENT, uid, body, is_new=True),), events=notices)
        return Proposal(
            ChangeBatch({Kind.DECLARATION: to_table([row, *replaced_by(uid, recorded_rows(facts, preceding))])}),
            beside,
            told={"declaration": uid, "deprecated": preceding, "partners_told": len(notices)},
            findings=self._unreadable(written),
            summary=f"published the footprint of {self._item.uid} as {uid}",
        )

    def _unreadable(self, written: PushedDeclaration) -> tuple[Finding, ...]:
        """A warning for each partner whose version cannot hold the footprint."""
        findings = []
        for partner in self._readers:
            try:
                self._exchange.pact.write_footprint(written, version=partner.version)
            except InvalidInput as error:
                message = f"partner {partner.name!r} will not find it: {error.message}"
                findings.append(Finding("PACT_NOT_WRITABLE", "WARNING", "", message))
        return tuple(findings)

    def _write(self, draft: PushedDeclaration) -> Mapping[str, object]:
        written = self._exchange.pact.write_footprint(draft, version=PactVersion.V3)
        return complete_document(written, self._item, self._options, draft.comment)


def _notices(
    readers: Sequence[Partner], item_uid: str, told_of: Mapping[str, PushedDeclaration | None], exchange: Exchange
) -> tuple[OutgoingEvent, ...]:
    """Published events to the partners that may read the item, each with an id of its own.

    Each is told of what it can fetch in its version, and of nothing else. None: a footprint that is not at hand.
    """
    now = exchange.clock.now()
    readable = [
        (partner, tuple(uid for uid, footprint in told_of.items() if _is_readable(footprint, partner, exchange)))
        for partner in readers
    ]
    return tuple(
        outgoing_event(
            partner,
            exchange.pact.write_event(
                FootprintsPublished(new_id(), uids), version=partner.version, source=exchange.source, time=now
            ),
            aggregate=f"item/{item_uid}",
            now=now,
        )
        for partner, uids in readable
        if uids
    )


def _is_readable(footprint: PushedDeclaration | None, partner: Partner, exchange: Exchange) -> bool:
    """Whether the partner's version can hold it; what we publish is written as V3 in any case."""
    if partner.version is PactVersion.V3:
        return True
    try:
        return footprint is not None and bool(exchange.pact.write_footprint(footprint, version=partner.version))
    except InvalidInput:
        return False


async def _footprints(facts: Facts, uids: Sequence[str], exchange: Exchange) -> Mapping[str, PushedDeclaration]:
    return dict(zip(uids, await footprints_of(facts, uids, exchange.store), strict=True))


def _hash(item_uid: str, options: PublishOptions) -> str:
    values = json.dumps([item_uid, asdict(options)], ensure_ascii=False, default=str)
    return hashlib.sha256(values.encode("utf-8", "surrogatepass")).hexdigest()


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()
