"""Lines of a bill of material as supplies between recorded items, found by their identifiers."""

import difflib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from graph_service.errors import Finding, InvalidInput
from graph_service.exchange.catena_x.bom import BomDocument, BomLine, read_lines
from graph_service.model.batch import ChangeBatch
from graph_service.model.facts import Facts, from_facts
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.uids import SUPPLY_KEY, fill_uids, split_names
from graph_service.model.units import bridge_factor, parse_equivalents
from graph_service.model.vocabulary import Kind, LifeCycleStage

_PATH = re.compile(r"supplies\[(?P<row>\d+)\](?:\.(?P<column>\w+))?")
_MEMBERS = {
    "input_uid": "globalAssetId",
    "amount": "quantity.value",
    "unit": "quantity.unit",
    "valid_from": "validityPeriod.validFrom",
    "valid_to": "validityPeriod.validTo",
}
"""Where in a child item the columns of its supply come from."""

_MOST_KNOWN = 5_000
_MOST_LISTED = 5
_OWN_COLUMNS = ("share", "unit_cost", "currency", "capacity_per_year", "gsd")
"""Columns of a supply that no bill of material says."""

_Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class BomData:
    """Bills of material as one batch; ``places``: where the child item of each row of its supplies stands."""

    batch: ChangeBatch
    places: tuple[str, ...]

    def locate(self, finding: Finding) -> str:
        """``bom.json: childItems[3].quantity.unit: message``, for a finding of the reading or of the service."""
        match = _PATH.fullmatch(finding.path)
        if match is None or int(match["row"]) >= len(self.places):
            return f"{finding.path}: {finding.message}" if finding.path else finding.message
        member = _MEMBERS.get(match["column"] or "")
        place = self.places[int(match["row"])]
        return f"{place}.{member}: {finding.message}" if member else f"{place}: {finding.message}"


def read_boms(documents: Sequence[BomDocument], facts: Facts) -> BomData:
    """All that the documents say as supplies, with every fault of them; nothing is raised for what they hold.

    Both the part and its supplier must be recorded, known by an identifier. What a bill of material does not say of a
    supply that is recorded already, as its cost, stays as it is.
    """
    lines, faults = read_lines(documents)
    matching = _Matching(facts)
    rows, places = [], []
    for line in lines:
        row = matching.supply(line)
        if row is not None:
            rows.append(row)
            places.append(line.place)
    table = pa.Table.from_pylist(rows, schema=BATCH_SCHEMAS[Kind.SUPPLY])
    table, beside = _with_recorded(table, places, facts)
    return BomData(ChangeBatch({Kind.SUPPLY: table}, faults=(*faults, *matching.findings, *beside)), tuple(places))


class _Matching:
    """The recorded items and suppliers by their identifiers."""

    def __init__(self, facts: Facts) -> None:
        self._items = facts.items
        suppliers = facts.tables[Kind.SUPPLIER]
        self._supplier_uids = suppliers["uid"].to_pylist()
        self._items_by_id = _by_identifier(self._items["uid"], self._items["identifiers"])
        self._suppliers_by_id = _by_identifier(suppliers["uid"], suppliers["identifiers"])
        self._pieces: dict[int, float | None] = {}
        self._told: set[tuple[str, str]] = set()
        self.findings: list[Finding] = []

    def supply(self, line: BomLine) -> _Row | None:
        """The line's supply, None where something it names is not recorded or not clear."""
        supplier_uids = self._suppliers_of(line)
        parent = self._item(line.parent_id, line.parent_place, None)
        child = self._item(line.child_id, f"{line.place}.globalAssetId", supplier_uids)
        if parent is None or child is None or not supplier_uids or not self._is_from(child, supplier_uids, line):
            return None
        per_piece = self._declared_units_per_piece(parent, line)
        if per_piece is None:
            return None
        return {
            "input_uid": self._items["uid"][child].as_py(),
            "output_uid": self._items["uid"][parent].as_py(),
            "amount": line.amount / per_piece,
            "unit": line.unit,
            "stage": LifeCycleStage.RAW_MATERIAL.value,
            "valid_from": line.valid_from,
            "valid_to": line.valid_to,
        }

    def _suppliers_of(self, line: BomLine) -> frozenset[str]:
        rows = self._suppliers_by_id.get(line.partner, ())
        if not rows:
            self._tell_unknown(
                f"{line.place}.businessPartner",
                f"businessPartner {line.partner.upper()} is an identifier of no recorded supplier",
                f"urn:bpn:{line.partner.upper()}",
                "supplier",
                line.partner,
                self._suppliers_by_id,
            )
        return frozenset(self._supplier_uids[row] for row in rows)

    def _item(self, asset_id: str, place: str, supplier_uids: frozenset[str] | None) -> int | None:
        rows = self._items_by_id.get(asset_id, ())
        if not rows:
            of_supplier = "" if not supplier_uids else self._items_of(supplier_uids)
            message = f"globalAssetId {asset_id} is an identifier of no recorded item{of_supplier}"
            self._tell_unknown(place, message, f"urn:uuid:{asset_id}", "item", asset_id, self._items_by_id)
            return None
        if len(rows) > 1 and supplier_uids:
            rows = [row for row in rows if self._items["supplier_uid"][row].as_py() in supplier_uids] or rows
        if len(rows) > 1:
            names = ", ".join(sorted(self._items["uid"][row].as_py() for row in rows))
            message = f"globalAssetId {asset_id} is an identifier of several items: {names}; leave it to one of them"
            self._tell("AMBIGUOUS_IDENTIFIER", place, message)
            return None
        return rows[0]

    def _items_of(self, supplier_uids: frozenset[str]) -> str:
        is_theirs = pc.is_in(self._items["supplier_uid"], value_set=pa.array(sorted(supplier_uids), pa.string()))
        uids = sorted(self._items["uid"].filter(is_theirs).to_pylist())
        more = f" and {len(uids) - _MOST_LISTED} more" if len(uids) > _MOST_LISTED else ""
        return f" (of that supplier are {', '.join(uids[:_MOST_LISTED])}{more})" if uids else ""

    def _is_from(self, child: int, supplier_uids: frozenset[str], line: BomLine) -> bool:
        recorded = self._items["supplier_uid"][child].as_py()
        if recorded is None or recorded in supplier_uids:
            return True
        uid = self._items["uid"][child].as_py()
        message = (
            f"item {uid!r} is recorded as made by {recorded!r}, not by {', '.join(sorted(supplier_uids))}; an item is "
            "what one supplier makes: record the other supplier's as an item of its own"
        )
        self._tell("SUPPLIER_MISMATCH", f"{line.place}.businessPartner", message)
        return False

    def _declared_units_per_piece(self, parent: int, line: BomLine) -> float | None:
        if parent not in self._pieces:
            unit, equivalents = (self._items[name][parent].as_py() for name in ("declared_unit", "equivalents"))
            try:
                known = parse_equivalents(equivalents or "")
            except InvalidInput:
                known = ()
            self._pieces[parent] = bridge_factor("pc", unit, known)
        if self._pieces[parent] is None:
            uid, unit = (self._items[name][parent].as_py() for name in ("uid", "declared_unit"))
            message = (
                f"a bill of material is of one piece, and item {uid!r} is declared per {unit}; give the item an "
                "equivalent in pc"
            )
            self._tell("UNIT_MISMATCH", line.parent_place, message)
        return self._pieces[parent]

    def _tell_unknown(
        self, place: str, message: str, urn: str, kind: str, name: str, known: Mapping[str, Sequence[int]]
    ) -> None:
        names = list(known) if len(known) <= _MOST_KNOWN else []
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.8)
        cure = f"is {near[0]} meant?" if near else f"record the {kind} with the identifier {urn}"
        self._tell("UNKNOWN_REFERENCE", place, f"{message}; {cure}")

    def _tell(self, code: str, place: str, message: str) -> None:
        """Once for each place and message: a parent is named by all its children."""
        if (place, message) not in self._told:
            self._told.add((place, message))
            self.findings.append(Finding(code, "ERROR", place, message))


def _by_identifier(uids: pa.ChunkedArray, identifiers: pa.ChunkedArray) -> Mapping[str, list[int]]:
    """Rows by uid, by identifier and by an identifier's last part, all in lower case."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for row, (uid, text) in enumerate(zip(uids.to_pylist(), identifiers.to_pylist(), strict=True)):
        names = {uid.lower()}
        for identifier in split_names(text):
            names |= {identifier.lower(), identifier.lower().rpartition(":")[2]}
        for name in names:
            found[name].append(row)
    return found


def _with_recorded(table: pa.Table, places: Sequence[str], facts: Facts) -> tuple[pa.Table, list[Finding]]:
    """The rows with what else is recorded of them, and a warning for supplies recorded beside them."""
    if table.num_rows == 0:
        return table, []
    uids = fill_uids(table, SUPPLY_KEY, has_ordinal=True).to_pylist()
    inputs = pc.is_in(
        facts.items["uid"].take(facts.tables[Kind.SUPPLY]["input_row"]), value_set=table["input_uid"].combine_chunks()
    )
    recorded = from_facts(Kind.SUPPLY, facts, facts.tables[Kind.SUPPLY].filter(inputs)).to_pylist()
    by_uid = {row["uid"]: row for row in recorded}
    by_ends: defaultdict[tuple[str, str], list[Mapping[str, object]]] = defaultdict(list)
    for row in recorded:
        by_ends[row["input_uid"], row["output_uid"]].append(row)
    rows, findings = [], []
    for uid, place, row in zip(uids, places, table.to_pylist(), strict=True):
        kept = by_uid.get(uid)
        rows.append(row if kept is None else row | {name: kept[name] for name in _OWN_COLUMNS})
        for other in by_ends[row["input_uid"], row["output_uid"]]:
            if other["uid"] not in uids and _overlap(row, other):
                message = (
                    f"supply {other['uid']!r} of the same two items is recorded for some of the same days; both count: "
                    "end it if this one stands for it"
                )
                findings.append(Finding("SUPPLY_BESIDE", "WARNING", place, message))
    return pa.Table.from_pylist(rows, schema=BATCH_SCHEMAS[Kind.SUPPLY]), findings


def _overlap(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    def begins_before_end(first: Mapping[str, object], second: Mapping[str, object]) -> bool:
        begin, end = first["valid_from"], second["valid_to"]
        return not (isinstance(begin, date) and isinstance(end, date)) or begin < end

    return begins_before_end(one, other) and begins_before_end(other, one)
