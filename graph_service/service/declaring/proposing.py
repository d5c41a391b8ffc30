"""Pushed footprints and the newest facts -> the batch that records them. Pure."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from graph_service.errors import Finding
from graph_service.model.batch import NOTHING_BESIDE, Beside, ChangeBatch
from graph_service.model.facts import Facts
from graph_service.model.partners import FootprintRequest
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.side_records import Collection, SideRecord
from graph_service.model.uids import DECLARATION_NAMESPACE, fill_declaration_uids, split_names
from graph_service.model.vocabulary import DeclarationState, Kind
from graph_service.service.declaring.accepting import Rule, rules_of, state_by_rule, total_so_far
from graph_service.service.declaring.columns import to_row
from graph_service.service.declaring.converting import Conversion, convert
from graph_service.service.declaring.linting import LintContext, lint
from graph_service.service.declaring.matching import ItemIndex, match
from graph_service.service.declaring.naming import Recorded, find_recorded, is_newer_version, new_uid
from graph_service.service.declaring.places import place_of
from graph_service.service.declaring.requests import fulfilments
from graph_service.service.declaring.states import Row, recorded_rows, replaced_by, to_table, with_state
from graph_service.service.intake.applying import Proposal
from graph_service.service.intake.check import check_rows_alone
from graph_service.service.records import ItemRecord, item_records

WITHDRAWN = "withdrawn by its sender"


@dataclass(frozen=True, slots=True)
class PushOutcome:
    """What became of one push. ``is_known``: it was recorded before; ``waiting_uid``: it waits for an item."""

    path: str
    declaration_uid: str | None = None
    waiting_uid: str | None = None
    state: DeclarationState | None = None
    is_known: bool = False

    @classmethod
    def told(cls, values: Mapping[str, Any]) -> "PushOutcome":
        """The outcome as it was told the first time."""
        state = values["state"]
        return cls(**{**values, "state": None if state is None else DeclarationState(state)})


@dataclass(frozen=True, slots=True)
class Sender:
    """Who pushes: the name in the log, and the supplier for which alone it may, None for the chain leader."""

    name: str
    supplier_uid: str | None


@dataclass(frozen=True, slots=True)
class Recalled:
    """What lies beside the graph about some pushes.

    ``documents``: recorded ones by declaration uid, of the ids pushed. ``requests``: open ones, that a new declaration
    of their item answers. ``queued``: uids of pushes that wait already; ``given_items``: by such a uid the item that
    the push was given by hand.
    """

    documents: Mapping[str, object] = field(default_factory=dict)
    requests: Sequence[FootprintRequest] = ()
    queued: frozenset[str] = frozenset()
    given_items: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Situation:
    """What pushes are held against.

    ``item``: the item that they are for, whatever they say themselves. ``may_wait``: what no item is found for waits in
    the queue; else it is refused. ``counts_at_once``: as ACCEPTED, whatever the supplier's rule.
    """

    facts: Facts
    sender: Sender
    context: LintContext
    recalled: Recalled
    received_at: str
    item: str | None = None
    may_wait: bool = True
    counts_at_once: bool = False


@dataclass(frozen=True, slots=True)
class _Matched:
    """A push with its item, what was said of the two, and the recorded declaration that its id names."""

    place: int
    pushed: PushedDeclaration
    item: ItemRecord
    conversion: Conversion
    told: tuple[Finding, ...]
    known: Row | None = None

    @property
    def is_repeated(self) -> bool:
        """Whether it names a recorded declaration itself, not the next version of it."""
        return self.known is not None and not is_newer_version(self.pushed, self.known)


@dataclass(frozen=True, slots=True)
class _Standing:
    """What is recorded of the declarations to make and of their predecessors, by uid, and the rules of suppliers."""

    rows: Mapping[str, Row]
    rules: Mapping[str, Rule]

    @classmethod
    def of(cls, rows: Sequence[Row], matched: Sequence[_Matched], facts: Facts) -> "_Standing":
        """Looked up once for all pushes."""
        names = [name for row in rows for name in (str(row["uid"]), *split_names(_text(row["preceding"])))]
        recorded = {str(row["uid"]): row for row in recorded_rows(facts, list(dict.fromkeys(names)))}
        return cls(recorded, rules_of(facts, {one.item.supplier_uid for one in matched if one.item.supplier_uid}))

    def predecessors_of(self, row: Row) -> list[Row]:
        """The recorded declarations that one is to replace."""
        return [self.rows[name] for name in split_names(_text(row["preceding"])) if name in self.rows]

    def rule_of(self, item: ItemRecord) -> Rule:
        """The rule for the supplier of an item; each push is reviewed where none is set."""
        return self.rules.get(item.supplier_uid or "", Rule())


@dataclass(slots=True)
class _Draft:
    """What is to be recorded, as it grows."""

    findings: list[Finding]
    outcomes: dict[int, PushOutcome]
    rows: list[Row]
    row_paths: list[str]
    replaced: dict[str, Row]
    records: list[SideRecord]
    of_predecessors: dict[int, list[Finding]] = field(default_factory=dict)
    """What was said of the predecessors that each push names."""


def propose_declarations(
    pushes: Sequence[PushedDeclaration], situation: Situation, beside: Beside = NOTHING_BESIDE
) -> Proposal:
    """Everything to record, ``beside`` included."""
    draft = _Draft([], {}, [], [], {}, list(beside.records))
    named = [pushed.document_id for pushed in pushes if pushed.document_id is not None]
    recorded = find_recorded(situation.facts, [*named, *(name for one in pushes for name in one.preceding_uids)])
    matched = _match(pushes, recorded, situation, draft)
    matched = [replace(one, known=recorded.of(one.pushed.document_id, one.item.supplier_uid)) for one in matched]
    rows = _rows(matched, recorded, draft)
    standing = _Standing.of(rows, matched, situation.facts)
    first: dict[str, tuple[Row, PushOutcome]] = {}
    for one, row in zip(matched, rows, strict=True):
        before = first.get(str(row["uid"]))
        if before is not None and before[0] == row:
            draft.outcomes[one.place] = replace(before[1], path=one.pushed.path, is_known=True)
            continue
        outcome = (
            _repeat(one, row, situation, draft) if one.is_repeated else _record(one, row, standing, situation, draft)
        )
        draft.outcomes[one.place] = outcome
        first[str(row["uid"])] = row, outcome
    return Proposal(
        ChangeBatch({Kind.DECLARATION: to_table([*draft.rows, *draft.replaced.values()])}),
        Beside(tuple(draft.records), beside.removed, beside.events),
        told={"outcomes": [asdict(draft.outcomes[place]) for place in sorted(draft.outcomes)]},
        findings=tuple(draft.findings),
        summary=_summary(draft),
        row_paths=dict(enumerate(draft.row_paths)),
    )


def _summary(draft: _Draft) -> str | None:
    """What the log says where pushes wait; None for its usual words."""
    waiting = sum(outcome.waiting_uid is not None for outcome in draft.outcomes.values())
    if not waiting:
        return None
    recorded = len(draft.rows)
    return f"{recorded} declaration{'' if recorded == 1 else 's'}; {waiting} wait for an item"


def _match(
    pushes: Sequence[PushedDeclaration], recorded: Recorded, situation: Situation, draft: _Draft
) -> list[_Matched]:
    """The sound pushes that an item was found for; what no item was found for waits."""
    index = ItemIndex.of(situation.facts)
    found: dict[int, tuple[int, Finding | None]] = {}
    for place, pushed in enumerate(pushes):
        draft.findings.extend(pushed.findings)
        meant = (
            pushed if situation.item is None else replace(pushed, item=situation.item, product_ids=(), company_ids=())
        )
        result = match(meant, index, supplier_uid=situation.sender.supplier_uid)
        if result.item_row is not None:
            found[place] = result.item_row, result.finding
            continue
        known_row = _given_by_hand(pushed, recorded, index, situation)
        if known_row is not None:
            found[place] = known_row, None
            continue
        finding = result.finding or Finding("ITEM_UNKNOWN", "WARNING", pushed.path, "no item was found")
        draft.findings.append(finding if situation.may_wait else replace(finding, severity="ERROR"))
        draft.findings += _faults_beside_the_item(pushed)
        suggestions = result.suggestions
        draft.outcomes[place] = _wait(pushed, situation, draft, reason=finding.message, suggestions=suggestions)
    matched = []
    items = item_records(situation.facts, [row for row, _ in found.values()])
    for (place, (_, doubt)), item in zip(found.items(), items, strict=True):
        conversion = convert(pushes[place], item)
        told = tuple(finding for finding in (doubt, conversion.finding) if finding is not None)
        draft.findings.extend(told)
        if not (pushes[place].has_errors or any(finding.severity == "ERROR" for finding in told)):
            matched.append(_Matched(place, pushes[place], item, conversion, told))
    return matched


def _faults_beside_the_item(pushed: PushedDeclaration) -> list[Finding]:
    """What would refuse a footprint whatever item it is given: it must not wait for one in vain."""
    if pushed.has_errors:
        return []
    unit = pushed.declared_unit or ""
    row = to_row(
        pushed,
        uid=pushed.document_id or "waiting",
        item_uid="waiting",
        conversion=Conversion(1.0, unit, ""),
        state=DeclarationState.RECEIVED,
        preceding=(),
    )
    proposal = Proposal(ChangeBatch({Kind.DECLARATION: to_table([row])}), row_paths={0: pushed.path})
    found = proposal.located(check_rows_alone(proposal.batch))
    return [finding for finding in found if finding.severity == "ERROR"]


def _given_by_hand(pushed: PushedDeclaration, recorded: Recorded, index: ItemIndex, situation: Situation) -> int | None:
    """The item that the same push, or another with its id, was given when it waited."""
    known_row = recorded.item_row(pushed.document_id, sender_uid=situation.sender.supplier_uid)
    given_items = situation.recalled.given_items
    if known_row is not None or not given_items or situation.item is not None:
        return known_row
    given = given_items.get(waiting_uid(pushed, situation.sender.supplier_uid))
    if given is None:
        return None
    meant = replace(pushed, item=given, product_ids=(), company_ids=())
    return match(meant, index, supplier_uid=situation.sender.supplier_uid).item_row


def waiting_uid(pushed: PushedDeclaration, supplier_uid: str | None) -> str:
    """The uid under which a push of that sender waits: the same push waits once."""
    content = [supplier_uid or "", {**pushed.to_json(), "path": "", "findings": []}]
    return str(uuid.uuid5(DECLARATION_NAMESPACE, json.dumps(content, sort_keys=True, ensure_ascii=False)))


def _wait(
    pushed: PushedDeclaration, situation: Situation, draft: _Draft, *, reason: str, suggestions: Sequence[str]
) -> PushOutcome:
    """Into the queue, unless it waits there already."""
    owner = situation.sender.supplier_uid or ""
    key = waiting_uid(pushed, situation.sender.supplier_uid)
    if key in situation.recalled.queued:
        return PushOutcome(pushed.path, waiting_uid=key, is_known=True)
    body = {
        "pushed": pushed.to_json(),
        "reason": reason,
        "suggestions": list(suggestions),
        "sender": situation.sender.name,
        "received_at": situation.received_at,
    }
    draft.records.append(SideRecord(Collection.WAITING, key, json.dumps(body, ensure_ascii=False), owner))
    return PushOutcome(pushed.path, waiting_uid=key)


def _rows(matched: Sequence[_Matched], recorded: Recorded, draft: _Draft) -> list[Row]:
    """A row per push, RECEIVED, with its uid."""
    rows = []
    for one in matched:
        uid = new_uid(one.pushed, supplier_uid=one.item.supplier_uid, known=one.known, recorded=recorded)
        preceding = _preceding(one, uid, recorded, draft)
        row = to_row(
            one.pushed,
            uid=uid or "",
            item_uid=one.item.uid,
            conversion=one.conversion,
            state=DeclarationState.RECEIVED,
            preceding=preceding,
        )
        rows.append(row | {"uid": uid})
    uids = fill_declaration_uids(to_table(rows)).to_pylist() if rows else []
    return [row | {"uid": uid} for row, uid in zip(rows, uids, strict=True)]


def _preceding(one: _Matched, uid: str | None, recorded: Recorded, draft: _Draft) -> list[str]:
    """The uids of the predecessors named, as far as they are declarations of the same item."""
    found: list[str] = []
    if one.known is not None and not one.is_repeated:
        found.append(str(one.known["uid"]))
    for place, name in enumerate(one.pushed.preceding_uids):
        row = recorded.of(name, one.item.supplier_uid)
        if row is not None and row["item_uid"] == one.item.uid and row["uid"] != uid:
            found.append(str(row["uid"]))
            continue
        path = f"{place_of(one.pushed, 'preceding_uids')}[{place}]"
        message = (
            f"predecessor {name!r} is no declaration of {one.item.uid!r} known here; it is not replaced by this "
            "one. Send the predecessor first where it still counts"
        )
        finding = Finding("UNKNOWN_PREDECESSOR", "WARNING", path, message)
        draft.findings.append(finding)
        draft.of_predecessors.setdefault(one.place, []).append(finding)
    return list(dict.fromkeys(found))


def _repeat(one: _Matched, row: Row, situation: Situation, draft: _Draft) -> PushOutcome:
    """A declaration that is recorded already: the same content changes nothing, unless its sender withdraws it."""
    known = one.known or {}
    uid, state = str(known["uid"]), DeclarationState(str(known["state"]))
    kept = {name: known[name] for name in ("state", "reason", "counter_request")}
    document = situation.recalled.documents.get(uid)
    if document is not None:
        row = known  # what follows from it may be another by now: the item's equivalents, which predecessors are known
        if not _is_same_document(one.pushed.document, document):
            message = (
                f"declaration {uid!r} is recorded with another document; a declaration never changes: send the new "
                "content under a new id that names this one in precedingPfIds"
            )
            draft.findings.append(Finding("DECLARATION_CHANGED", "ERROR", one.pushed.path or "id", message))
    if one.pushed.is_deprecated and state is not DeclarationState.DEPRECATED:
        state = DeclarationState.DEPRECATED
        kept = {"state": state.value, "reason": WITHDRAWN, "counter_request": None}
    # is_verified and verification are the verifier's once recorded.
    draft.rows.append({**row, **kept, "is_verified": known["is_verified"], "verification": known["verification"]})
    draft.row_paths.append(one.pushed.path)
    return PushOutcome(one.pushed.path, uid, None, state, is_known=True)


def _record(one: _Matched, row: Row, standing: _Standing, situation: Situation, draft: _Draft) -> PushOutcome:
    """A new declaration, its document beside it, and what it replaces where it is accepted at once."""
    uid = str(row["uid"])
    recorded = standing.rows.get(uid)
    if recorded is not None:  # the same short form or row of a table came before: its uid follows from its content
        return _repeat(replace(one, known=recorded), row, situation, draft)
    found = lint(one.pushed, one.item, one.conversion, situation.context)
    draft.findings.extend(found)
    about = [*one.pushed.findings, *one.told, *draft.of_predecessors.get(one.place, ()), *found]
    state = DeclarationState.DEPRECATED if one.pushed.is_deprecated else DeclarationState.ACCEPTED
    if not (one.pushed.is_deprecated or situation.counts_at_once):
        rule, context = standing.rule_of(one.item), situation.context
        so_far_kgco2e = None if rule.tolerance is None else total_so_far(context.graph, context.row_in_graph(one.item))
        kgco2e = float(str(row["kgco2e"]))
        state = state_by_rule(rule, kgco2e=kgco2e, so_far_kgco2e=so_far_kgco2e, findings=about)
    reason = WITHDRAWN if state is DeclarationState.DEPRECATED else None
    draft.rows.append(with_state(row, state, reason=reason))
    draft.row_paths.append(one.pushed.path)
    if state is DeclarationState.ACCEPTED:
        replaced = replaced_by(uid, standing.predecessors_of(row))
        draft.replaced.update({str(old["uid"]): old for old in replaced})
    body = {
        "document": one.pushed.document,
        "conversion": one.conversion.how,
        "findings": [asdict(finding) for finding in about],
        "told_to": situation.sender.supplier_uid,
        "company_name": one.pushed.company_name,
        "product_name": one.pushed.product_name,
    }
    draft.records.append(SideRecord(Collection.DOCUMENT, uid, json.dumps(body, ensure_ascii=False)))
    if state is not DeclarationState.DEPRECATED:
        draft.records += fulfilments(situation.recalled.requests, one.item.uid, uid, written=draft.records)
    return PushOutcome(one.pushed.path, uid, None, state)


def _is_same_document(pushed: Mapping[str, object] | None, recorded: object) -> bool:
    """Whether two documents say the same but for their status."""
    if pushed is None or not isinstance(recorded, Mapping):
        return False
    return {**pushed, "status": None} == {**recorded, "status": None}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
