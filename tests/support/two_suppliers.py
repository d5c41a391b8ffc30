"""A graph of two suppliers and what lies beside it; all that is not supplier A's carries an unmistakable mark.

Every text that A may not know holds ``HIDDEN``, every number that it may not know begins with ``HIDDEN_DIGITS``; names
made with ``UNKNOWN`` in their place name nothing at all.
"""

import json
from collections.abc import Mapping
from datetime import date

import pyarrow as pa

from graph_service.model.batch import Beside, Idempotency
from graph_service.model.partners import FootprintRequest, PactVersion, Partner
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.side_records import Collection, SideRecord
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import DocumentFormat, Kind
from tests.support.api_client import Api
from tests.support.batches import Record, benchmark, factor, prepared, region
from tests.support.clock import NOON

HIDDEN, UNKNOWN, WARM = "markhhh", "markjjj", "markvvv"
"""Equally long and equally unlike any other name; the last is asked for first, to fill what is kept."""

HIDDEN_DIGITS = "91234"

CODES = {"own": "aaaaaaaa", HIDDEN: "bbbbbbbb", UNKNOWN: "cccccccc", WARM: "dddddddd"}
"""What a declaration's uid begins with, which is a UUID and holds no word."""


def declaration_uid(what: str, mark: str) -> str:
    """The uid of a declaration: ``declaration``, ``pending`` or ``published``."""
    number = ("declaration", "pending", "published").index(what)
    return f"{CODES[mark]}-0000-4000-8000-{number:012}"


COMPONENTS_BESIDE_FOSSIL = (
    "land_use_change_kgco2e",
    "land_management_biogenic_co2_kgco2e",
    "land_management_removals_kgco2e",
    "biogenic_non_co2_kgco2e",
    "technological_removals_kgco2e",
    "ccs_capture_kgco2e",
)

_FIXED: Mapping[Kind, Mapping[str, object]] = {
    Kind.SUPPLIER: {"acceptance": "REVIEW", "region_uid": "CN"},
    Kind.ITEM: {"kind": "COMPONENT", "declared_unit": "kg", "equivalents": None, "region_uid": "CN"},
    Kind.EMISSION: {
        "stage": "MANUFACTURING",
        "component": "FOSSIL",
        "data_type": "PRIMARY",
        "factor_uid": None,
        "flow": None,
        "activity": None,
        "activity_unit": None,
    },
    Kind.SUPPLY: {"unit": "kg", "stage": "RAW_MATERIAL", "share": 1.0},
    Kind.DECLARATION: {
        "rating_scale": "V3",
        "boundary": "CRADLE_TO_GATE",
        "document_format": "SHORT",
        "state": "ACCEPTED",
        "document_unit": "kilogram",
        "created_at": "2026-02-01T00:00:00Z",
        "is_published": False,
        "unit_factor": 1.0,
        "declared_unit_amount": 1.0,
        "document_version": None,
        "is_verified": True,
        "biogenic_uptake_kgco2e": 0.0,
        "exempted_share": 0.0,
        "preceding": None,
        "document_id": None,
        "gwp_set": "AR6",
        **dict.fromkeys(COMPONENTS_BESIDE_FOSSIL),
    },
}
"""What must be a word of a list, refer to something, or be one number only."""

_DAYS = {
    "valid_from": date(2026, 1, 1),
    "valid_to": date(2029, 1, 1),
    "period_start": date(2025, 1, 1),
    "period_end": date(2026, 1, 1),
    "reference_period_start": date(2025, 1, 1),
    "reference_period_end": date(2026, 1, 1),
}


def marked(kind: Kind, uid: str, mark: str, digits: str, **columns: object) -> Record:
    """A row with the mark in every text and the digits in every number that is not given."""
    row: dict[str, object] = {}
    for column in BATCH_SCHEMAS[kind]:
        if pa.types.is_string(column.type):
            row[column.name] = f"{mark}-{column.name}"
        elif pa.types.is_floating(column.type):
            is_small = column.name.endswith(("share", "dqr", "gsd", "tolerance"))
            row[column.name] = float(f"{'0' if column.name.endswith('share') else '1'}.{digits}") if is_small else None
            row[column.name] = row[column.name] or float(f"{digits}.5")
        elif pa.types.is_date32(column.type):
            row[column.name] = _DAYS[column.name]
        elif pa.types.is_boolean(column.type):
            row[column.name] = True
    names = {name: f"urn:example:{mark}:{name}" for name in ("identifiers", "product_ids", "company_ids")}
    known = {name: text for name, text in names.items() if name in row}
    return {**row, **known, **_FIXED.get(kind, {}), **columns, "uid": uid}


def _house(mark: str, digits: str) -> dict[Kind, list[Record]]:
    """A supplier with two items, one made of the other, an emission, a supply, and two declarations."""
    uid = f"{mark}-supplier"
    item, part = f"{mark}-item", f"{mark}-part"
    declared: dict[str, object] = {"classifications": f"urn:example:{mark}:class", "geography": "CN"}
    pending = {**declared, "state": "QUERIED", "preceding": declaration_uid("declaration", mark)}
    return {
        Kind.SUPPLIER: [marked(Kind.SUPPLIER, uid, mark, digits)],
        Kind.ITEM: [
            marked(Kind.ITEM, item, mark, digits, supplier_uid=uid),
            marked(Kind.ITEM, part, mark, digits, supplier_uid=uid, identifiers=f"urn:example:{mark}:part"),
        ],
        Kind.EMISSION: [
            marked(Kind.EMISSION, f"{mark}-emission", mark, digits, item_uid=part),
            marked(Kind.EMISSION, f"{mark}-emission-2", mark, digits, item_uid=item),
        ],
        Kind.SUPPLY: [marked(Kind.SUPPLY, f"{mark}-supply", mark, digits, input_uid=part, output_uid=item)],
        Kind.DECLARATION: [
            marked(Kind.DECLARATION, declaration_uid("declaration", mark), mark, digits, item_uid=item, **declared),
            marked(
                Kind.DECLARATION,
                declaration_uid("pending", mark),
                mark,
                digits,
                item_uid=part,
                **{**declared, **pending},
            ),
        ],
    }


def _facts() -> dict[Kind, list[Record]]:
    """Both houses below a car of the chain leader, what we published of A's item, and reference data for all."""
    own, other = _house("own", "123"), _house(HIDDEN, HIDDEN_DIGITS)
    facts = {kind: [*own[kind], *other[kind]] for kind in own}
    car = marked(Kind.ITEM, "car", HIDDEN, HIDDEN_DIGITS, name="Car", supplier_uid=f"{HIDDEN}-leader")
    facts[Kind.SUPPLIER] += [marked(Kind.SUPPLIER, f"{HIDDEN}-leader", HIDDEN, HIDDEN_DIGITS)]
    facts[Kind.ITEM] += [car]
    delivery = {"output_uid": "car", "amount": 2.0, "capacity_per_year": 7.0}
    facts[Kind.SUPPLY] += [
        marked(Kind.SUPPLY, "own-car", HIDDEN, HIDDEN_DIGITS, input_uid="own-item", **delivery),
        marked(Kind.SUPPLY, f"{HIDDEN}-car", HIDDEN, HIDDEN_DIGITS, input_uid=f"{HIDDEN}-item", output_uid="car"),
    ]
    published: dict[str, object] = {"item_uid": "own-item", "is_published": True}
    facts[Kind.DECLARATION] += [
        marked(Kind.DECLARATION, declaration_uid("published", HIDDEN), HIDDEN, HIDDEN_DIGITS, **published)
    ]
    reference: dict[Kind, list[Record]] = {
        Kind.REGION: [region("CN")],
        Kind.FACTOR: [factor("grid", region_uid="CN")],
        Kind.BENCHMARK: [benchmark("limits")],
    }
    return {**reference, **facts}


def _beside(mark: str, owner: str, key_id: str) -> list[SideRecord]:
    """Of a supplier: a push that waits, a request to it, a document with findings, and its service as a partner."""
    pushed = PushedDeclaration(
        *("", DocumentFormat.SHORT),
        document={"id": f"{mark}-document", "extensions": [{"specVersion": f"{mark}-extension"}]},
        product_ids=(f"urn:example:{mark}:unmatched",),
        product_name=f"{mark} product",
        company_name=f"{mark} company",
        kgco2e=1.0,
        reference_period_start=date(2025, 1, 1),
        reference_period_end=date(2026, 1, 1),
        valid_from=date(2026, 1, 1),
    )
    waiting = {
        "pushed": pushed.to_json(),
        "reason": f"{mark} reason",
        "suggestions": [f"{mark}-item"],
        "sender": f"{mark} sender",
        "received_at": "2026-02-01T00:00:00Z",
    }
    finding = {"code": "PEER_OUTLIER", "severity": "WARNING", "path": "pcf", "message": f"{mark} finding"}
    document = {
        "document": {"comment": f"{mark} document"},
        "findings": [finding],
        "conversion": f"{mark} conversion",
        "told_to": owner,
        "company_name": f"{mark} company",
        "product_name": f"{mark} product",
    }
    partner = Partner(
        *(f"{mark}-partner", f"{mark} partner", f"https://{mark}.example", PactVersion.V3, key_id),
        client_id=f"{mark}-client",
        supplier_uid=owner,
    )
    request = FootprintRequest(
        *(f"{mark}-request", owner, partner.uid, f"{mark}-item", f"{mark} comment", "2026-02-01T00:00:00Z"),
        product_ids=(f"urn:example:{mark}:part",),
        answer=f"{mark} answer",
    )
    return [
        SideRecord(Collection.WAITING, f"{mark}-waiting", json.dumps(waiting), owner),
        SideRecord(Collection.DOCUMENT, declaration_uid("declaration", mark), json.dumps(document)),
        SideRecord(Collection.INBOX, f"{key_id}/{mark}-event", json.dumps({"hash": mark}), key_id),
        partner.to_record(),
        request.to_record(),
    ]


async def plant(api: Api, *, own_key_id: str) -> None:
    """Record all of it. ``own_key_id``: supplier A's access key, which is its service's as a partner too."""
    revision = await api.store.revision()
    worded_for_the_leader = {
        "document": None,
        "findings": [
            {"code": "TRACED_DIFFERS", "severity": "WARNING", "path": "", "message": f"{HIDDEN} {HIDDEN_DIGITS}.5"}
        ],
        "told_to": None,
    }
    incoming = FootprintRequest(
        *(f"{HIDDEN}-incoming", None, f"{HIDDEN}-partner", "own-item", f"{HIDDEN} comment", "2026-02-01T00:00:00Z"),
        is_incoming=True,
    )
    records = [
        *_beside("own", "own-supplier", own_key_id),
        *_beside(HIDDEN, f"{HIDDEN}-supplier", f"{HIDDEN}-key"),
        SideRecord(Collection.DOCUMENT, declaration_uid("pending", "own"), json.dumps(worded_for_the_leader)),
        SideRecord(
            Collection.DOCUMENT, declaration_uid("published", HIDDEN), json.dumps({"document": None, "findings": []})
        ),
        SideRecord(Collection.ASSIGNMENT, declaration_uid("declaration", HIDDEN), "{}", f"{HIDDEN}-verifier"),
        incoming.to_record(),
    ]
    key = Idempotency(f"{HIDDEN}-client", f"{HIDDEN}-idempotency", "0" * 64, "{}")  # type: ignore[arg-type]
    batch = prepared(
        *(revision.number, _facts()),
        key=key,
        recorded_at=NOON,
        by=f"{HIDDEN} recorder",
        summary=f"{HIDDEN} summary",
        beside=Beside(tuple(records)),
    )
    await api.store.apply(batch)
