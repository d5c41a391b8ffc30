"""Random batches go to a store and to the reference store; after each step both agree, at every past revision too."""

import asyncio
import tempfile
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from graph_service.errors import AlreadyRecorded, Conflict, KeyReused
from graph_service.model.batch import Beside, PreparedBatch
from graph_service.model.side_records import Collection, OutgoingEvent, SideRecord
from graph_service.model.tables import CODED
from graph_service.model.vocabulary import (
    AcceptanceRule,
    CarbonComponent,
    DataType,
    EventState,
    ItemKind,
    Kind,
    LifeCycleStage,
)
from graph_service.ports import GraphStore
from graph_service.store.embedded import EmbeddedStore
from tests.support import batches
from tests.support.batches import Record, canonical, idempotency, prepared
from tests.support.beside import all_beside, event
from tests.support.clock import NOON, FixedClock
from tests.support.fact_changes import check_followed, in_records
from tests.support.memory_store import MemoryStore

_Result = TypeVar("_Result")

UIDS = ["a", "b", "c", "甲", "乙 '\"", "z" * 200]
KEYS = ["k1", "k2"]

names = st.sampled_from(UIDS)
maybe_text = st.none() | st.text(
    st.characters(exclude_categories=("Cs", "Cc")), max_size=6
)  # controls and surrogates are refused at the door
numbers = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)  # -0.0 is kept as 0.0
maybe_number = st.none() | numbers
maybe_day = st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31))


def words_of(words: Iterable[StrEnum]) -> st.SearchStrategy[str]:
    return st.sampled_from([word.value for word in words])


stages = words_of(LifeCycleStage)
LEASE = timedelta(minutes=1)


@st.composite
def record_of(draw: st.DrawFn, kind: Kind, known: dict[Kind, Sequence[str]]) -> Record:
    """A complete record of ``kind`` that refers to ``known`` uids only."""
    uid = draw(names)
    items = st.sampled_from(list(known[Kind.ITEM]) or [""])
    regions = st.sampled_from(list(known[Kind.REGION]) or [""])
    maybe_region = st.none() | regions if known[Kind.REGION] else st.none()
    validity = {"valid_from": draw(maybe_day), "valid_to": draw(maybe_day)}
    if kind is Kind.REGION:
        return batches.region(uid, name_zh=draw(maybe_text), parent_uid=draw(maybe_region))
    if kind is Kind.SUPPLIER:
        rule_of = {"acceptance": draw(words_of(AcceptanceRule)), "acceptance_tolerance": draw(maybe_number)}
        return batches.supplier(uid, region_uid=draw(maybe_region), identifiers=draw(maybe_text), **rule_of)
    if kind is Kind.ITEM:
        words = {"kind": draw(st.sampled_from([word.value for word in ItemKind])), "category": draw(maybe_text)}
        # The declared unit of a known item cannot change.
        return batches.item(uid, region_uid=draw(maybe_region), mass_kg=draw(maybe_number), **words)
    if kind is Kind.FACTOR:
        return batches.factor(uid, region_uid=draw(regions), kgco2e=draw(numbers), gsd=draw(maybe_number))
    if kind is Kind.EMISSION:
        given: dict[str, object] = {
            "stage": draw(stages),
            "component": draw(st.sampled_from([word.value for word in CarbonComponent])),
            "data_type": draw(st.sampled_from([word.value for word in DataType])),
            "is_verified": draw(st.none() | st.booleans()),
        }
        return batches.emission(uid, draw(items), kgco2e=draw(maybe_number), **given, **validity)
    if kind is Kind.SUPPLY:
        given = {"share": draw(numbers), "stage": draw(stages), "line": draw(maybe_text)}
        return batches.supply(uid, draw(items), draw(items), amount=draw(numbers), **given, **validity)
    if kind is Kind.BENCHMARK:
        return batches.benchmark(uid, is_example=draw(st.booleans()), valid_from=draw(maybe_day))
    given = {column: draw(words_of(words)) for column, words in CODED[Kind.DECLARATION].items()}
    given |= {"document_version": draw(st.none() | st.integers(0, 2**31 - 1)), "reason": draw(maybe_text)}
    given |= {"is_published": draw(st.none() | st.booleans()), "unit_factor": draw(maybe_number)}
    return batches.declaration(uid, draw(items), kgco2e=draw(numbers), comment=draw(maybe_text), **given)


@st.composite
def something_beside(draw: st.DrawFn) -> Beside:
    """Records to put, some of which must be new, and to remove; their keys meet again. Events come in the machine."""
    collections, keys = st.sampled_from([Collection.DOCUMENT, Collection.REQUEST]), st.sampled_from(UIDS[2:4])
    record = st.builds(
        SideRecord,
        collections,
        keys,
        st.text(st.characters(exclude_categories=("Cs", "Cc"))),
        owner=st.sampled_from(["", "a", "甲"]),
        is_new=st.sampled_from([False, False, False, True]),
    )
    records = draw(st.lists(record, max_size=3, unique_by=lambda record: (record.collection, record.key)))
    return Beside(tuple(records), tuple(draw(st.lists(st.tuples(collections, keys), max_size=2))))


def in_order(events: Sequence[OutgoingEvent]) -> list[OutgoingEvent]:
    """The events as they came, without their sequences, whose values are each store's own."""
    return [replace(each, sequence=0) for each in events]


class StoreMachine(RuleBasedStateMachine):
    """``home`` is set by the test: what opens the store under test, empty at first, again and again."""

    home: Any

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = FixedClock()
        self.opening = self.home(self.clock)
        self.reopen = self.opening.__enter__()
        self.store: GraphStore = self.run(self.reopen())
        self.reference = MemoryStore(clock=self.clock)
        self.open_uids: dict[Kind, list[str]] = {kind: [] for kind in Kind}
        self.newest = 0
        self.event_count = 0
        self.taken: list[OutgoingEvent] = []

    def run(self, call: Coroutine[Any, Any, _Result]) -> _Result:
        return self.loop.run_until_complete(call)

    @rule(data=st.data(), minutes=st.integers(-5, 5), key=st.none() | st.sampled_from(KEYS))
    def record(self, data: st.DataObject, minutes: int, key: str | None) -> None:
        upserts = self._draw_upserts(data)
        ends = self._draw_ends(data, upserts)
        at = self.clock.now() + timedelta(minutes=minutes)
        body = data.draw(st.sampled_from(["one", "two"])) if key else ""
        base = self.newest - data.draw(st.sampled_from([0, 0, 0, 0, 1]))
        use = idempotency(key, body=body) if key else None
        beside = replace(data.draw(something_beside()), events=self._draw_events(data))
        self._apply_to_both(prepared(base, upserts, ends=ends, key=use, recorded_at=at, beside=beside))

    @rule(most=st.integers(0, 3))
    def take_events(self, most: int) -> None:
        now = self.clock.now()
        found, expected = (
            self.run(store.take_events(now=now, leased_until=now + LEASE, most=most))
            for store in (self.store, self.reference)
        )
        assert in_order(found) == in_order(expected)
        self.taken += expected

    @precondition(lambda self: self.taken)
    @rule(data=st.data(), state=st.sampled_from(EventState), minutes=st.integers(0, 90))
    def settle_an_event(self, data: st.DataObject, state: EventState, minutes: int) -> None:
        """Leases that ran out, and those settled before, among them."""
        taken = data.draw(st.sampled_from(self.taken))
        assert taken.leased_until is not None
        later = self.clock.now() + timedelta(minutes=minutes)
        outcome = replace(taken, state=state, attempts=taken.attempts + 1, next_attempt_at=later, last_answer="503")
        found, expected = (
            self.run(store.settle_event(outcome, leased_until=taken.leased_until))
            for store in (self.store, self.reference)
        )
        assert found == expected

    @precondition(lambda self: self.event_count > 0)
    @rule(data=st.data())
    def revive_an_event(self, data: st.DataObject) -> None:
        event_id = f"e{data.draw(st.integers(1, self.event_count))}"
        found, expected = (
            self.run(store.revive_event(event_id, self.clock.now())) for store in (self.store, self.reference)
        )
        assert found == expected

    @rule(minutes=st.sampled_from([1, 60]))
    def wait(self, minutes: int) -> None:
        """Ten waits stay below a day, past which stores may forget a key at different times."""
        self.clock.advance(timedelta(minutes=minutes))

    @rule()
    def restart(self) -> None:
        self.run(self.store.close())
        self.store = self.run(self.reopen())

    @precondition(lambda self: self.newest > 0)
    @rule(data=st.data())
    def ask_for_revisions(self, data: st.DataObject) -> None:
        bound = st.none() | st.integers(-1, self.newest + 1)
        asked = {"first": data.draw(st.integers(0, 4)), "below": data.draw(bound), "above": data.draw(bound)}
        assert self._numbers(self.store, asked) == self._numbers(self.reference, asked)
        at = NOON + timedelta(minutes=data.draw(st.integers(-10, 3_000)))
        found, expected = (self.run(store.revision_known_at(at)) for store in (self.store, self.reference))
        assert found == expected

    @precondition(lambda self: self.newest > 0)
    @rule(data=st.data())
    def follow_changes_between_past_revisions(self, data: st.DataObject) -> None:
        revision = data.draw(st.integers(0, self.newest))
        self._check_followed(revision, data.draw(st.integers(revision, self.newest)))

    @invariant()
    def facts_agree_at_every_revision(self) -> None:
        assert self.run(self.store.revision()) == self.run(self.reference.revision())
        for number in range(self.newest + 1):
            found = canonical(self.run(self.store.export(number)))
            assert found == canonical(self.run(self.reference.export(number))), f"revision {number}"

    @invariant()
    def what_lies_beside_agrees(self) -> None:
        (records, events), (expected, expected_events) = (
            self.run(all_beside(store)) for store in (self.store, self.reference)
        )
        assert records == expected
        assert in_order(events) == in_order(expected_events)

    @invariant()
    def changes_lead_from_the_revision_before_to_the_newest(self) -> None:
        self._check_followed(max(0, self.newest - 1), self.newest)

    def _check_followed(self, revision: int, to_revision: int) -> None:
        found = self.run(check_followed(self.store, revision, to_revision))
        expected = self.run(check_followed(self.reference, revision, to_revision))
        assert in_records(found) == in_records(expected)

    def teardown(self) -> None:
        try:
            self.run(self.store.close())
        finally:
            self.opening.__exit__(None, None, None)
            self.loop.close()

    def _numbers(self, store: GraphStore, asked: dict[str, Any]) -> list[int]:
        return [revision.number for revision in self.run(store.revisions(**asked))]

    def _draw_upserts(self, data: st.DataObject) -> dict[Kind, list[Record]]:
        """Records by kind; references only to what is open or comes in the same batch."""
        known: dict[Kind, Sequence[str]] = {kind: list(uids) for kind, uids in self.open_uids.items()}
        upserts: dict[Kind, list[Record]] = {}
        for kind in Kind:
            needed = {
                Kind.FACTOR: Kind.REGION,
                Kind.EMISSION: Kind.ITEM,
                Kind.SUPPLY: Kind.ITEM,
                Kind.DECLARATION: Kind.ITEM,
            }.get(kind)
            if needed is not None and not known[needed]:
                continue
            records = st.lists(record_of(kind, known), max_size=3, unique_by=lambda row: str(row["uid"]))
            upserts[kind] = data.draw(records)
            known[kind] = sorted({*known[kind], *(str(row["uid"]) for row in upserts[kind])})
        return upserts

    def _draw_events(self, data: st.DataObject) -> tuple[OutgoingEvent, ...]:
        """Events of ids never used before, to few partners about few things."""
        events: list[OutgoingEvent] = []
        for _ in range(data.draw(st.integers(0, 3))):
            self.event_count += 1
            due_at = self.clock.now() + timedelta(minutes=data.draw(st.integers(-5, 5)))
            partner, about = data.draw(st.sampled_from("pq")), data.draw(st.sampled_from("xy"))
            events.append(event(f"e{self.event_count}", partner=partner, about=about, due_at=due_at))
        return tuple(events)

    def _draw_ends(self, data: st.DataObject, upserts: dict[Kind, list[Record]]) -> dict[Kind, list[str]]:
        """Uids to end, of what the batch leaves alone. Items end with their edges, emissions and declarations."""
        ends: dict[Kind, list[str]] = {}
        rows = self.run(self.reference.export(self.newest))
        facts = canonical(rows)
        for kind in (Kind.BENCHMARK, Kind.SUPPLY, Kind.EMISSION, Kind.DECLARATION, Kind.ITEM, Kind.SUPPLIER):
            upserted = {str(row["uid"]) for row in upserts.get(kind, [])}
            free = [uid for uid in self.open_uids[kind] if uid not in upserted]
            if kind is Kind.ITEM:
                free = [uid for uid in free if not self._is_referred_to(uid, facts, upserts, ends)]
            if free:
                ends[kind] = data.draw(st.lists(st.sampled_from(free), max_size=2, unique=True))
        return ends

    @staticmethod
    def _is_referred_to(
        uid: str,
        facts: dict[Kind, list[dict[str, object]]],
        upserts: dict[Kind, list[Record]],
        ends: dict[Kind, list[str]],
    ) -> bool:
        for kind in (Kind.SUPPLY, Kind.EMISSION, Kind.DECLARATION):
            changed = {str(row["uid"]) for row in upserts.get(kind, [])} | set(ends.get(kind, []))
            staying = [row for row in facts[kind] if row["uid"] not in changed]
            for row in [*staying, *upserts.get(kind, [])]:
                if uid in (row.get("item_uid"), row.get("input_uid"), row.get("output_uid")):
                    return True
        return False

    def _apply_to_both(self, batch: PreparedBatch) -> None:
        outcomes = [self._outcome(store, batch) for store in (self.store, self.reference)]
        assert outcomes[0] == outcomes[1]
        newest = self.run(self.reference.revision()).number
        if newest != self.newest:
            self.newest = newest
            facts = self.run(self.reference.export(newest))
            self.open_uids = {kind: facts.tables[kind]["uid"].to_pylist() for kind in Kind}

    def _outcome(self, store: GraphStore, batch: PreparedBatch) -> object:
        try:
            return self.run(store.apply(batch))
        except (Conflict, KeyReused, AlreadyRecorded) as error:
            return type(error)


@contextmanager
def _embedded_home(clock: FixedClock) -> Iterator[Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.db"
        yield lambda: EmbeddedStore.open(path, clock=clock)


def test_store_agrees_with_the_reference_store_at_every_revision(
    store_name: str, request: pytest.FixtureRequest
) -> None:
    """Runs on each chosen store."""

    @contextmanager
    def neo4j_home(clock: FixedClock) -> Iterator[Any]:
        from graph_service.store.neo4j import Neo4jStore
        from tests.support.neo4j_server import wipe

        server = request.getfixturevalue("neo4j_server")
        wipe(server)
        address = {"uri": server.uri, "user": server.user, "password": server.password, "database": server.database}
        yield lambda: Neo4jStore.open(**address, clock=clock)

    class Machine(StoreMachine):
        home = staticmethod(_embedded_home if store_name == "embedded" else neo4j_home)

    share = (
        2 if store_name == "embedded" else 10
    )  # of the profile's examples: a step on Neo4j takes tens of milliseconds
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=max(5, settings().max_examples // share),
            stateful_step_count=10,
            suppress_health_check=list(HealthCheck),
        ),
    )
