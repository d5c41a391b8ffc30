"""What is asked of every door about another's data: arguments and bodies made with a mark that names it, or nothing."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph_service.api.graphql.ids import node_id
from tests.support.pact_documents import v3_document
from tests.support.two_suppliers import declaration_uid

Values = Mapping[str, Any]


def uid(what: str, mark: str) -> str:
    """How a thing is called in the house of a mark."""
    is_declaration = what in ("declaration", "pending", "published")
    return declaration_uid(what, mark) if is_declaration else f"{mark}-{what}"


NODES: Mapping[str, str] = {
    "Declaration": "declaration",
    "Emission": "emission",
    "Item": "item",
    "Supplier": "supplier",
    "Supply": "supply",
    "Region": "region",
    "Factor": "factor",
}
"""By type the fact of B that ``node`` is asked for; regions and factors are seen by every supplier."""

VIEW = {"revision": 1, "asOf": "2026-03-01"}
PAGE: Sequence[Values] = [{}, {"first": 1}, {"last": 1}]

QUERY_RULES: Mapping[str, Callable[[str], Sequence[Values]]] = {
    "node": lambda mark: (
        [{"id": node_id(name, uid(what, mark))} for name, what in NODES.items()]
        + [{"id": node_id("Declaration", uid(what, mark))} for what in ("pending", "published")]
    ),
    "item": lambda mark: [
        {"uid": uid("item", mark)},
        {"uid": uid("part", mark), "view": VIEW},
        {"uid": "own-item"},
        {"uid": "own-part"},
        {"uid": "car"},
    ],
    "items": lambda mark: [
        *PAGE,
        {"view": VIEW},
        *(
            {"filter": where, "orderBy": order}
            for order in ("UID", "NAME", "TOTAL_DESC")
            for where in (
                {"uid": [uid("item", mark)]},
                {"supplier": [uid("supplier", mark)]},
                {"category": [uid("category", mark)]},
                {"region": ["CN"], "nameContains": mark},
                {"hasDeclaration": True, "kind": ["COMPONENT"], "nameContains": mark},
            )
        ),
    ],
    "supplier": lambda mark: [{"uid": uid("supplier", mark)}],
    "suppliers": lambda _: PAGE,
    "region": lambda mark: [{"code": uid("region", mark)}],
    "regions": lambda _: PAGE,
    "factor": lambda mark: [{"uid": uid("factor", mark)}],
    "factors": lambda mark: [*PAGE, {"flow": uid("flow", mark)}, {"region": uid("region", mark)}],
    "benchmarks": lambda mark: [{}, {"category": uid("category", mark)}],
    "declaration": lambda mark: [{"uid": uid(what, mark)} for what in ("declaration", "pending", "published")],
    "declarations": lambda _: [*PAGE, {"state": ["QUERIED"]}],
    "footprints": lambda mark: [{"items": [uid("item", mark), uid("part", mark)]}],
    "lowCarbonChains": lambda mark: [{"item": uid("item", mark)}],
    "scenario": lambda mark: [
        {
            "changes": {
                "direct": [{"item": uid("part", mark), "factor": 2.0}],
                "supplies": [{"supply": uid("supply", mark), "amount": 2.0}],
                "factors": [{"factor": uid("factor", mark), "kgCO2e": 2.0}],
            },
            "items": [uid("item", mark), "own-item"],
        }
    ],
    "footprintChange": lambda mark: [{"item": uid("item", mark), "before": VIEW, "after": {}}],
    "dataRequestCandidates": lambda mark: [{"item": uid("item", mark)}, {"item": "car"}],
    "waiting": lambda mark: [{}, {"first": 1}, {"after": uid("waitinf", mark)}, {"after": uid("waiting", mark)}],
    "reconciliations": lambda mark: [{}, {"products": [uid("item", mark)]}],
    "footprintRequests": lambda _: [{}, {"state": ["OPEN"]}],
    "revision": lambda _: [{}],
    "revisions": lambda _: [{}, {"first": 1}, {"newestFirst": False}],
    "me": lambda _: [{}],
}
"""By root field the arguments it is asked with, made with the mark of B or with one that nothing has."""

PERIOD = {"validFrom": "2026-01-01", "referencePeriodStart": "2025-01-01", "referencePeriodEnd": "2026-01-01"}


def document(mark: str) -> Values:
    """A PACT footprint that names another's product, company and predecessors."""
    return {
        **v3_document(),
        "id": "11111111-0000-4000-8000-000000000001",
        "precedingPfIds": [uid("declaration", mark)],
        "companyName": f"{mark} company",
        "companyIds": [f"urn:example:{mark}:identifiers"],
        "productIds": [f"urn:example:{mark}:part"],
        "productNameCompany": f"{mark}-name",
    }


def changes(mark: str) -> Sequence[Values]:
    """Batches that name what is another's; a new uid is no such name, see ``UID_TAKEN``."""
    item = {"uid": "own-new", "declaredUnit": "kg", "supplier": "own-supplier"}
    return [
        {"items": [{**item, "supplier": uid("supplier", mark)}]},
        {"items": [{**item, "region": uid("region", mark)}]},
        {"supplies": [{"input": uid("item", mark), "output": "own-item", "amount": 1}]},
        {"supplies": [{"input": "own-item", "output": uid("item", mark), "amount": 1}]},
        {"emissions": [{"item": uid("item", mark), "kgCO2e": 1}]},
        {"emissions": [{"item": "own-item", "activity": 1, "activityUnit": "kWh", "factor": uid("factor", mark)}]},
        *({name: [uid(what, mark)]} for name, what in ENDS.items()),
    ]


ENDS = {"endItems": "item", "endSupplies": "supply", "endEmissions": "emission", "endFactors": "factor"}

MUTATION_RULES: Mapping[str, Callable[[str], Sequence[Values]]] = {
    "applyChanges": lambda mark: [
        {"idempotencyKey": f"{mark}-idempotency", "dryRun": is_dry_run, **batch}
        for batch in changes(mark)
        for is_dry_run in (True, False)
    ],
    "declareFootprint": lambda mark: [
        *(
            {"idempotencyKey": f"{mark}-idempotency", "dryRun": is_dry_run, **push}
            for is_dry_run in (True, False)
            for push in (
                {"short": {"item": uid("item", mark), "kgCO2e": 1.0, **PERIOD}},
                {"short": {"item": f"urn:example:{mark}:part", "kgCO2e": 1.0, **PERIOD}},
                {"short": {"item": "own-item", "kgCO2e": 2.0, "precedingUids": [uid("declaration", mark)], **PERIOD}},
                {"pact": document(mark)},
            )
        ),
    ],
    "reviewDeclaration": lambda mark: [
        {"idempotencyKey": f"k-{decision}", "declaration": uid(what, mark), "decision": decision, "reason": "r"}
        for decision in ("ACCEPT", "QUERY", "REJECT", "DEPRECATE")
        for what in ("declaration", "pending", "published")
    ],
    "assignVerifier": lambda mark: [
        {"idempotencyKey": "k", "declaration": uid("declaration", mark), "verifier": uid("verifier", mark)}
    ],
    "verifyDeclaration": lambda mark: [
        {"idempotencyKey": "k", "declaration": uid(what, mark), "isVerified": True, "verification": "me"}
        for what in ("declaration", "pending", "published")
    ],
    "assignWaiting": lambda mark: [
        {"idempotencyKey": "k", "waiting": uid("waiting", mark), "item": "own-item"},
        {"idempotencyKey": "l", "waiting": "own-waiting", "item": uid("item", mark)},
    ],
    "dropWaiting": lambda mark: [{"idempotencyKey": "k", "waiting": uid("waiting", mark), "reason": "r"}],
    "requestFootprint": lambda mark: [{"item": uid("item", mark), "comment": "please"}],
    "answerRequest": lambda mark: [
        {"request": uid("incoming", mark)},
        {"request": uid("request", mark), "rejection": "no"},
    ],
    "publishFootprint": lambda mark: [{"idempotencyKey": "k", "item": uid("item", mark)}],
    "withdrawRequest": lambda mark: [{"request": uid("request", mark)}, {"request": uid("incoming", mark)}],
}
"""By mutation its inputs, or its arguments where it takes no input."""

SEEN_ALIKE = {"region", "regions", "factor", "factors", "benchmarks", "me"}
"""Root fields that show nothing of B to anybody: reference data, and who asks."""

# ---------------------------------------------------------------- routes


def pact_cursor(mark: str) -> str:
    return base64.urlsafe_b64encode(f"1 {uid('declaration', mark)}".encode()).rstrip(b"=").decode()


def odata(mark: str) -> str:
    return f"productIds/any(p:(p%20eq%20'urn:example:{mark}:product_ids'))"


def footprint_lists(mark: str) -> Sequence[str]:
    return [
        "",
        "?limit=1",
        f"?productId=urn:example:{mark}:product_ids",
        f"?companyId=urn:example:{mark}:company_ids",
        f"?classification=urn:example:{mark}:class",
        "?geography=CN&status=Active",
        f"?limit=1&cursor={pact_cursor(mark)}",
        f"?{mark}=1",
    ]


def v2_lists(mark: str) -> Sequence[str]:
    return ["", "?limit=1", f"?$filter={odata(mark)}", f"?limit=1&cursor={pact_cursor(mark)}"]


def event(kind: str, data: Values, mark: str, number: int = 0) -> str:
    return json.dumps(
        {
            "type": f"org.wbcsd.pact.ProductFootprint.{kind}.3",
            "specversion": "1.0",
            "id": uid("event", mark) + "-" * number,
            "source": "//own.example",
            "time": "2026-03-01T11:00:00Z",
            "data": data,
        }
    )


def events(mark: str) -> Sequence[str]:
    rejected = {"requestEventId": uid("request", mark), "error": {"code": "NotFound", "message": "no"}}
    fulfilled = {"requestEventId": uid("request", mark), "pfs": [document(mark)]}
    return [
        event("RequestCreatedEvent", {"productId": [f"urn:example:{mark}:part"]}, mark),
        event("RequestCreatedEvent", {"productId": ["urn:example:own:part"]}, mark, 1),
        event("RequestRejectedEvent", rejected, mark, 2),
        event("RequestFulfilledEvent", fulfilled, mark, 3),
        event("PublishedEvent", {"pfIds": [uid("declaration", mark)]}, mark, 4),
    ]


def table(mark: str) -> str:
    head = "item,kgco2e,reference_period_start,reference_period_end,valid_from"
    return "\r\n".join(f"{line}" for line in (head, f"{uid('item', mark)},1,2025-01-01,2026-01-01,2026-01-01"))


@dataclass(frozen=True)
class RouteRule:
    """How a path is asked: with these queries, and these bodies of a content type."""

    queries: Callable[[str], Sequence[str]] = lambda _: [""]
    bodies: Callable[[str], Sequence[str]] = lambda _: [""]
    content_type: str = "application/json"


def token_bodies(mark: str) -> Sequence[str]:
    return [f"grant_type=client_credentials&client_id={mark}-key&client_secret={mark}", f"scope={mark}"]


FORM = "application/x-www-form-urlencoded"
EVENTS = RouteRule(bodies=events, content_type="application/cloudevents+json")
PLAIN = RouteRule()
ROUTE_RULES: Mapping[str, RouteRule] = {
    "/graphql": RouteRule(
        lambda mark: ["", f"?query={{item(uid:%22{uid('item', mark)}%22){{uid}}}}"],
        lambda mark: [json.dumps({"query": f'{{ item(uid: "{uid("item", mark)}") {{ uid }} }}'})],
    ),
    "/health/live": PLAIN,
    "/health/ready": PLAIN,
    "/.well-known/openid-configuration": PLAIN,
    "/auth/token": RouteRule(bodies=token_bodies, content_type=FORM),
    "/auth/{rest:path}": PLAIN,
    "/2/{rest:path}": PLAIN,
    "/3/{rest:path}": PLAIN,
    "/2": PLAIN,
    "/3": PLAIN,
    "/3/footprints": RouteRule(footprint_lists),
    "/3/footprints/": RouteRule(footprint_lists),
    "/2/footprints": RouteRule(v2_lists),
    "/2/footprints/": RouteRule(v2_lists),
    "/3/footprints/{footprint_id}": PLAIN,
    "/2/footprints/{footprint_id}": PLAIN,
    "/3/events": EVENTS,
    "/2/events": EVENTS,
    "/uploads/declarations": RouteRule(
        lambda mark: ["", "?dryRun=true", f"?idempotencyKey={mark}-idempotency", f"?{mark}=1"],
        lambda mark: [table(mark)],
        "text/csv",
    ),
    "/uploads/template.xlsx": PLAIN,
    "/uploads/template.csv": PLAIN,
}
