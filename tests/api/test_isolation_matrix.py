"""Two suppliers against every door: made from the served schema and the routes, so that a door without a rule fails.

Supplier A asks for what is supplier B's and for what does not exist; status, headers, text and the store calls it takes
are the same, and nothing anywhere holds a mark of B.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from graphql import GraphQLInterfaceType

from graph_service.api.app import create_app
from graph_service.api.graphql.ids import node_id
from graph_service.api.graphql.schema import build_schema
from graph_service.model.facts import from_facts
from graph_service.model.side_records import Collection, SideRecord
from graph_service.model.vocabulary import Kind, Role
from tests.conftest import OpenStore
from tests.support.api_client import Api, api_on
from tests.support.clock import FixedClock
from tests.support.every_field import Seen, fields_below, operations
from tests.support.isolation_rules import (
    MUTATION_RULES,
    NODES,
    QUERY_RULES,
    ROUTE_RULES,
    SEEN_ALIKE,
    Values,
    pact_cursor,
    uid,
)
from tests.support.two_suppliers import CODES, HIDDEN, HIDDEN_DIGITS, UNKNOWN, WARM, plant

SCHEMA = build_schema()
QUERIES, MUTATIONS = (SCHEMA.type_map[root].fields for root in ("Query", "Mutation"))  # type: ignore[attr-defined]
HOST = "https://carbon.example"
CALLERS = ["SUPPLIER", "VERIFIER", "PUBLIC"]


# ---------------------------------------------------------------- the house


@dataclass
class House:
    """The planted graph behind the application, and keys to it."""

    api: Api
    keys: Mapping[str, str]

    async def asked(self, text: str, variables: Values, *, caller: str) -> "Answer":
        """An operation's answer."""
        before = self.api.store.calls.copy()
        response = await self.api.post(text, variables, key=self.keys[caller])
        return Answer.of(response, self.api.store.calls - before)

    async def sent(self, method: str, url: str, content: str, content_type: str, *, caller: str) -> "Answer":
        """A route's answer."""
        before = self.api.store.calls.copy()
        headers = {"content-type": content_type, "authorization": f"Bearer {self.keys[caller]}"}
        response = await self.api.http.request(method, url, content=content or None, headers=headers)
        return Answer.of(response, self.api.store.calls - before)

    async def others(self) -> object:
        """All that is not supplier A's: the facts, and what lies beside them."""
        facts = await self.api.store.export((await self.api.store.revision()).number)
        rows = [row for kind in Kind for row in from_facts(kind, facts).to_pylist() if HIDDEN in str(row)]
        records = {
            collection: await self.api.store.list_side_records(collection, first=1_000) for collection in Collection
        }
        return rows, [record for found in records.values() for record in found if _is_others(record)]


def _is_others(record: SideRecord) -> bool:
    return record.key.startswith((HIDDEN, CODES[HIDDEN])) or record.owner.startswith(HIDDEN)


_PASSING = re.compile(
    r'"number":\d+|"revision":\d+|"Revision_number":\d+'
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|the newest revision is \d+"
)
"""Numbers of revisions and made-up ids, which differ from one call to the next."""


@dataclass(frozen=True)
class Answer:
    """All that a caller can observe but for the time, and the store calls that the time is made of."""

    status: int
    text: str
    headers: tuple[tuple[str, str], ...]
    calls: Counter[str]

    @classmethod
    def of(cls, response: httpx.Response, calls: Counter[str]) -> "Answer":
        passing = ("date", "x-request-id", "content-length")
        headers = tuple(sorted((name, value) for name, value in response.headers.items() if name not in passing))
        return cls(response.status_code, response.text, headers, calls)

    def named(self, mark: str) -> "Answer":
        """The answer with what was asked for under one name."""
        ids = {pact_cursor(mark): "CURSOR", mark: "MARK", f"{CODES[mark]}-": "MARK"}
        ids |= {node_id(name, uid(what, mark)): "NODE" for name, what in NODES.items()}
        text, headers = self.text, str(self.headers)
        for given, name in ids.items():
            text, headers = text.replace(given, name), headers.replace(given, name)
        return Answer(self.status, _PASSING.sub("PASSING", text), (("all", headers),), self.calls)


def assert_no_mark(answer: Answer) -> None:
    for mark in (HIDDEN, HIDDEN_DIGITS, CODES[HIDDEN]):
        assert mark not in answer.text
        assert mark not in str(answer.headers)


def assert_alike(hidden: Answer, unknown: Answer) -> None:
    """What is hidden is answered as what is unknown; and that holds no mark of B."""
    assert_no_mark(unknown)
    assert HIDDEN_DIGITS not in hidden.text
    assert hidden.named(HIDDEN) == unknown.named(UNKNOWN)


@pytest.fixture
def open_store(embedded_only: OpenStore) -> OpenStore:
    """What a caller sees is the same on every store."""
    return embedded_only


@pytest.fixture
async def house(open_store: OpenStore, clock: FixedClock) -> AsyncIterator[House]:
    store = await open_store(clock=clock)
    settings: dict[str, Any] = {"secret_key": "s" * 32}
    async with api_on(store, clock=clock, client_host="192.0.2.9", base_url=HOST, **settings) as api:
        await api.record("own", suppliers=[{"uid": "own-supplier", "name": "own"}])
        own = await api.key(Role.SUPPLIER, "own-supplier")
        await plant(api, own_key_id=own.split("_")[1])
        keys = {"SUPPLIER": own, "VERIFIER": await api.key(Role.VERIFIER), "PUBLIC": await api.key(Role.PUBLIC)}
        yield House(api, {**keys, "LEADER": api.leader})


NEVER_NULL: Seen = {("Item", "kind")}
"""Fields that are an error on an item seen by name, and take its other fields with them; asked for apart."""


def asked_of(root: str, name: str, arguments: Values, *, leave_out: Seen | None = None) -> list[str]:
    left_out = NEVER_NULL if leave_out is None else leave_out
    return [one.text for one in operations(SCHEMA, root, name, list(arguments), leave_out=left_out)]


def methods_by_path(house: House) -> Mapping[str, set[str]]:
    """Every path that the application serves, with its methods, routers within it included."""
    found: dict[str, set[str]] = {}
    waiting: list[Any] = list(create_app(house.api.services).routes)
    while waiting:
        route = waiting.pop()
        within = getattr(route, "original_router", None)
        if within is None:
            found.setdefault(route.path, set()).update(getattr(route, "methods", None) or ())
        else:
            waiting.extend(within.routes)
    return found


# ---------------------------------------------------------------- no door without a rule


def test_every_root_field_has_a_rule() -> None:
    assert set(QUERY_RULES) == set(QUERIES), "say in QUERY_RULES what is asked of it"
    assert set(MUTATION_RULES) == set(MUTATIONS), "say in MUTATION_RULES what is sent to it"


def test_every_type_of_node_has_a_rule() -> None:
    node = SCHEMA.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert {one.name for one in SCHEMA.get_possible_types(node)} == set(NODES), "say in NODES what of it is hidden"


async def test_every_route_has_a_rule(house: House) -> None:
    paths = set(methods_by_path(house))
    assert paths == set(ROUTE_RULES), "say in ROUTE_RULES how it is asked"


def test_every_field_that_an_answer_may_hold_is_asked_for() -> None:
    seen: Seen = set()
    for root, fields in (("Query", QUERIES), ("Mutation", MUTATIONS)):
        for name, one in fields.items():
            for operation in operations(SCHEMA, root, name, list(one.args), leave_out=set()):
                seen |= operation.seen
    assert fields_below(SCHEMA) - seen == set()


# ---------------------------------------------------------------- the matrix


@pytest.mark.parametrize("name", sorted(set(QUERY_RULES) - SEEN_ALIKE))
async def test_the_chain_leader_sees_what_is_planted(house: House, name: str) -> None:
    """Without this the other tests could pass on a graph without marks."""
    shown = []
    for arguments in QUERY_RULES[name](HIDDEN):
        shown += [
            (await house.asked(text, arguments, caller="LEADER")).text for text in asked_of("Query", name, arguments)
        ]
    assert any(HIDDEN in text or HIDDEN_DIGITS in text for text in shown), shown[:2]


@pytest.mark.parametrize("name", sorted(QUERY_RULES))
async def test_a_query_answers_hidden_as_unknown_and_shows_no_mark(house: House, name: str) -> None:
    rules = [QUERY_RULES[name](mark) for mark in (WARM, HIDDEN, UNKNOWN)]
    for caller in CALLERS:
        for warm, hidden, unknown in zip(*rules, strict=True):
            for place, text in enumerate(asked_of("Query", name, unknown)):
                if place == 0:
                    await house.asked(text, warm, caller=caller)
                answers = [await house.asked(text, given, caller=caller) for given in (hidden, unknown)]
                assert_alike(*answers)


@pytest.mark.parametrize("name", ["item", "items", "node", "declarations"])
async def test_kinds_of_items_seen_by_name_are_refused_without_a_mark(house: House, name: str) -> None:
    rules = [{"uid": "own-item"}] if name == "item" else QUERY_RULES[name](UNKNOWN)
    for arguments in rules:
        for text in asked_of("Query", name, arguments, leave_out=set()):
            if "Item_kind" in text:
                assert_no_mark(await house.asked(text, arguments, caller="SUPPLIER"))


@pytest.mark.parametrize("name", sorted(MUTATION_RULES))
async def test_a_mutation_answers_hidden_as_unknown_and_shows_no_mark(house: House, name: str) -> None:
    """Nor does it change anything of B."""
    rules, before = [MUTATION_RULES[name](mark) for mark in (WARM, HIDDEN, UNKNOWN)], await house.others()
    for caller in CALLERS:
        for place, marks in enumerate(zip(*rules, strict=True)):
            answers = []
            for given in marks:
                keyed = {key: f"{value}-{place}" if key == "idempotencyKey" else value for key, value in given.items()}
                arguments = {"input": keyed} if list(MUTATIONS[name].args) == ["input"] else keyed
                (text,) = asked_of("Mutation", name, arguments)
                answers.append(await house.asked(text, arguments, caller=caller))
            assert_alike(*answers[1:])
    assert await house.others() == before


@pytest.mark.parametrize("path", sorted(ROUTE_RULES))
async def test_a_route_answers_hidden_as_unknown_and_shows_no_mark(house: House, path: str) -> None:
    """Nor does it change anything of B."""
    rule, before = ROUTE_RULES[path], await house.others()
    for caller in CALLERS:
        for method in sorted(methods_by_path(house)[path] - {"CONNECT"}):
            marks = (WARM, HIDDEN, UNKNOWN)
            tries = [[(query, body) for query in rule.queries(mark) for body in rule.bodies(mark)] for mark in marks]
            for triple in zip(*tries, strict=True):
                answers = []
                for mark, (query, body) in zip(marks, triple, strict=True):
                    url = re.sub(r"\{.*?\}", uid("declaration", mark), path) + query
                    content = body if method in ("POST", "PUT", "PATCH") else ""
                    answers.append(await house.sent(method, url, content, rule.content_type, caller=caller))
                assert_alike(*answers[1:])
    assert await house.others() == before


async def test_a_supplier_sees_all_that_is_its_own_and_of_the_car_its_name(house: House) -> None:
    """The other side of the matrix: what is not hidden is there, with what was decided and what was asked."""
    own = await house.api.ask(OWN, key=house.keys["SUPPLIER"])

    assert own["items"] == {"totalCount": 2, "edges": [{"node": {"uid": uid}} for uid in ("own-item", "own-part")]}
    assert own["declarations"]["totalCount"] == 2
    assert own["declaration"] == {
        "state": "QUERIED",
        "reason": "own-reason",
        "counterRequest": "own-counter_request",
        "findings": [],
    }
    assert own["accepted"]["findings"] == [{"message": "own finding"}]
    assert own["waiting"] == [{"uid": "own-waiting"}]
    assert own["footprintRequests"] == [{"uid": "own-request"}]
    assert own["item"]["outputs"]["edges"] == [{"node": {"uid": "own-car", "output": {"uid": "car", "name": "Car"}}}]
    assert own["published"] is None


OWN = """{
  items { totalCount edges { node { uid } } } declarations { totalCount }
  declaration(uid: "aaaaaaaa-0000-4000-8000-000000000001") { state reason counterRequest findings { message } }
  accepted: declaration(uid: "aaaaaaaa-0000-4000-8000-000000000000") { findings { message } }
  published: declaration(uid: "bbbbbbbb-0000-4000-8000-000000000002") { uid }
  waiting { uid } footprintRequests { uid }
  item(uid: "own-item") { outputs { edges { node { uid output { uid name } } } } }
}"""
