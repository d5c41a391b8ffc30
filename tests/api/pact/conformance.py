"""A tester as WBCSD's conformance service is one: it has credentials and a base URL, and calls what it is told to.

The cases are those of https://docs.carbon-transparency.org/pact-conformance-service (V2 and V3, read in November 2026,
also as the service's source has them at github.com/wbcsd/pact-conformance-service); numbers and titles are theirs.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jsonschema  # type: ignore[import-untyped]

from graph_service.model.partners import PactVersion, Partner
from graph_service.model.vocabulary import Role
from tests.api.pact.conftest import HOST, LINK, Pact, basic, called_from, declared, numbers

REFERENCE = Path(__file__).parents[2] / "reference" / "pact"
DOCUMENTS = {"3": "pact-3.0-ProductFootprint", "2": "pact-2.3-ProductFootprint"}
EVENTS = {"3": "pact-3.0-event-", "2": "pact-2.3-event-"}
TYPES = {
    "3": {
        "created": "org.wbcsd.pact.ProductFootprint.RequestCreatedEvent.3",
        "fulfilled": "org.wbcsd.pact.ProductFootprint.RequestFulfilledEvent.3",
        "rejected": "org.wbcsd.pact.ProductFootprint.RequestRejectedEvent.3",
        "published": "org.wbcsd.pact.ProductFootprint.PublishedEvent.3",
    },
    "2": {
        "created": "org.wbcsd.pathfinder.ProductFootprintRequest.Created.v1",
        "fulfilled": "org.wbcsd.pathfinder.ProductFootprintRequest.Fulfilled.v1",
        "rejected": "org.wbcsd.pathfinder.ProductFootprintRequest.Rejected.v1",
        "published": "org.wbcsd.pathfinder.ProductFootprint.Published.v1",
    },
}
FORM = "application/x-www-form-urlencoded"
STRANGE = "3a6c14a7-4deb-498a-b5ea-16ce2535b576"
"""The id of a footprint of the tester."""

PRODUCTS = (1, 2, 3)


def validate(value: object, schema: str) -> None:
    """Fails where the value is not valid by one of the reference schemas."""
    text = (REFERENCE / f"{schema}.schema.json").read_text(encoding="utf-8")
    jsonschema.validate(value, json.loads(text))


@dataclass
class Inspector:
    """What the conformance service knows once its case 0 has passed."""

    pact: Pact
    version: str
    client_id: str
    client_secret: str
    token_url: str = ""
    token: str = ""
    footprints: Sequence[Mapping[str, Any]] = ()

    @classmethod
    async def registered(cls, pact: Pact, version: str, *, supplier_uid: str | None = None) -> "Inspector":
        """A partner of that version: a customer that may read what is published, or a supplier's service."""
        role = Role.PUBLIC if supplier_uid is None else Role.SUPPLIER
        _, key_id, secret = (await pact.api.key(role, supplier_uid)).split("_")
        partner = Partner(
            f"tester-{key_id}",
            "Tester",
            "https://tester.example",
            PactVersion(version),
            key_id,
            supplier_uid=supplier_uid,
            item_uids=("cell", "ore") if supplier_uid is None else (),
        )
        await pact.record(beside=[partner.to_record(is_new=True)])
        return cls(pact, version, key_id, secret)

    async def begin(self) -> None:
        """Case 0: discovery, a token, at least two footprints, a link of a list of one."""
        found = await self.pact.http.get("/.well-known/openid-configuration")
        self.token_url = found.json()["token_endpoint"]
        self.token = (await self.authenticate()).json()["access_token"]
        self.footprints = (await self.get("/footprints")).json()["data"]
        assert len(self.footprints) >= 2

    async def authenticate(self, secret: str | None = None, *, base: str = HOST) -> httpx.Response:
        """The answer to client credentials, with their own or another secret."""
        headers = {
            "accept": "application/json",
            "content-type": FORM,
            "authorization": basic(self.client_id, self.client_secret if secret is None else secret),
        }
        url = self.token_url.replace(HOST, base)
        return await self.caller(base).http.post(url, content="grant_type=client_credentials", headers=headers)

    def caller(self, base: str) -> Pact:
        """The doors under https, or under another scheme."""
        return self.pact if base == HOST else called_from(self.pact, "192.0.2.9", base_url=base)

    async def get(self, path: str, *, token: str | None = None, base: str = HOST) -> httpx.Response:
        """A path below the version, as ``/footprints``, or a whole address."""
        path = path if path.startswith("http") else f"/{self.version}{path}"
        headers = {"content-type": "application/json"}
        chosen = self.token if token is None else token
        return await self.caller(base).http.get(path, headers={**headers, "authorization": f"Bearer {chosen}"})

    async def listed(self, *parameters: tuple[str, str]) -> list[Mapping[str, Any]]:
        """The footprints of a filtered list, which must be one by the schema."""
        answer = await self.get(f"/footprints?{httpx.QueryParams(parameters)}")
        assert answer.status_code == 200, answer.text
        found: list[Mapping[str, Any]] = answer.json()["data"]
        for footprint in found:
            validate(footprint, DOCUMENTS[self.version])
        return found

    def event(self, kind: str, data: Mapping[str, object], event_id: str | None = None) -> dict[str, object]:
        return {
            "type": TYPES[self.version][kind],
            "specversion": "1.0",
            "id": event_id or str(uuid4()),
            "source": "https://tester.example/webhook",
            "time": "2026-03-01T11:00:00.000Z",
            "data": data,
        }

    async def send(self, event: Mapping[str, object], *, token: str | None = None, base: str = HOST) -> httpx.Response:
        headers = {
            "content-type": "application/cloudevents+json; charset=UTF-8",
            "authorization": f"Bearer {self.token if token is None else token}",
        }
        caller = self.caller(base).http
        return await caller.post(f"/{self.version}/events", content=json.dumps(event), headers=headers)

    async def callback(self, request_id: str, kind: str) -> Mapping[str, Any]:
        """What goes back to the tester in answer to a request: one event of that kind, valid by its schema."""
        waiting = [json.loads(one.payload)["event"] for one in await self.pact.api.store.list_events(first=100)]
        (answer,) = [one for one in waiting if one["data"].get("requestEventId") == request_id]
        assert answer["type"] == TYPES[self.version][kind]
        validate(answer, f"{EVENTS[self.version]}{kind}")
        data: Mapping[str, Any] = answer["data"]
        return data


def invalid_token() -> str:
    return f"very-invalid-access-token-{secrets.token_hex(8)}"


async def ready(pact: Pact, version: str) -> Inspector:
    """A tester past case 0, with published footprints: two active ones, and one of another place, then deprecated."""
    await pact.record(
        declared(1, is_published=True, product_ids="urn:gtin:4712345060507"),
        declared(2, is_published=True, classifications="urn:cpc:2"),
        declared(
            3, "ore", is_published=True, geography="DE", company_ids="urn:example:company:mine", state="DEPRECATED"
        ),
    )
    tester = await Inspector.registered(pact, version)
    await tester.begin()
    assert numbers([footprint["id"] for footprint in tester.footprints]) == list(PRODUCTS)
    return tester


async def check_token_cases(tester: Inspector) -> None:
    """Cases 1 and 2, and 18 and 19, which are the same by way of discovery."""
    granted = await tester.authenticate()
    assert granted.status_code == 200
    assert granted.json()["token_type"].lower() == "bearer"
    for secret in (secrets.token_hex(16), "x"):
        refused = await tester.authenticate(secret)
        assert refused.status_code in (400, 401)
        assert refused.json()["error"] == "invalid_client"


async def check_get_and_list(tester: Inspector) -> None:
    """Cases 3 and 4."""
    answer = await tester.get("/footprints")
    assert answer.status_code in (200, 202)
    assert len(answer.json()["data"]) == len(tester.footprints)
    for footprint in tester.footprints:
        validate(footprint, DOCUMENTS[tester.version])
        one = await tester.get(f"/footprints/{footprint['id']}")
        assert (one.status_code, one.json()["data"]) == (200, footprint)


async def check_pagination(tester: Inspector) -> None:
    """Case 5."""
    first = await tester.get("/footprints?limit=1")
    link = LINK.fullmatch(first.headers["link"])
    assert link is not None
    following = await tester.get(link.group(1))
    assert following.status_code == 200
    assert [one["id"] for one in following.json()["data"]] == [tester.footprints[1]["id"]]


async def check_invalid_tokens(tester: Inspector) -> None:
    """Cases 6, 7 and 16: the status is demanded, the code recommended."""
    for path in ("/footprints", f"/footprints/{tester.footprints[0]['id']}"):
        answer = await tester.get(path, token=invalid_token())
        assert answer.status_code in (400, 401)
        assert answer.json()["code"] == "BadRequest"
    answer = await tester.send(tester.event("published", {"pfIds": [STRANGE]}), token=invalid_token())
    assert answer.status_code in (400, 401)
    assert answer.json()["code"] == "BadRequest"


async def check_plain_http(tester: Inspector) -> None:
    """Cases 9, 10, 11 and 17."""
    base = HOST.replace("https", "http")
    assert "access_token" not in (await tester.authenticate(base=base)).json()
    answers = [
        await tester.get("/footprints", base=base),
        await tester.get(f"/footprints/{tester.footprints[0]['id']}", base=base),
        await tester.send(tester.event("published", {"pfIds": [STRANGE]}), base=base),
    ]
    for answer in answers:
        assert answer.status_code >= 400
        assert "data" not in answer.json()


async def check_requests(tester: Inspector, asked: Mapping[str, object], unknown: Mapping[str, object]) -> None:
    """Cases 12 to 14.B: what is listed comes back fulfilled, what nobody knows rejected."""
    sent = await tester.send(tester.event("created", asked, "run-1/13"))
    assert (sent.status_code, sent.content) == (200, b"")
    fulfilled = await tester.callback("run-1/13", "fulfilled")
    wanted = set(tester.footprints[0]["productIds"])
    assert fulfilled["pfs"]
    assert all(set(footprint["productIds"]) <= wanted for footprint in fulfilled["pfs"])

    sent = await tester.send(tester.event("created", unknown, "run-1/14.B"))
    assert (sent.status_code, sent.content) == (200, b"")
    error = (await tester.callback("run-1/14.B", "rejected"))["error"]
    assert error["code"] == "NotFound"
    assert error["message"]


async def check_answers_unasked(tester: Inspector) -> None:
    """Cases 13 and 14 as first written: answers to requests that this service never made are taken."""
    pushed = {**tester.footprints[0], "id": str(uuid4())}
    for kind, data in (
        ("fulfilled", {"requestEventId": "test-run-id-12345", "pfs": [pushed]}),
        ("rejected", {"requestEventId": "test-run-id-12345", "error": {"code": "NotFound", "message": "none"}}),
    ):
        answer = await tester.send(tester.event(kind, data))
        assert (answer.status_code, answer.content) == (200, b"")
    assert len((await tester.get("/footprints")).json()["data"]) == len(tester.footprints)


async def check_published(tester: Inspector) -> None:
    """Case 15, and 21 of V2 or 40 of V3: an id that is no UUID is malformed."""
    answer = await tester.send(tester.event("published", {"pfIds": [STRANGE]}))
    assert (answer.status_code, answer.content) == (200, b"")
    refused = await tester.send(tester.event("published", {"pfIds": ["urn:gtin:4712345060507"]}))
    assert (refused.status_code, refused.json()["code"]) == (400, "BadRequest")
