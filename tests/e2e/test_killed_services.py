"""Two services that exchange 42 events while now one, now the other, now both are killed: nothing lost, nothing twice.

Each round has a partner of its own: what a killed process had on its way holds up its partner's events for a minute
(the lease), and so it does not hold up the next round's.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from graph_service.model.facts import from_facts
from graph_service.model.partners import FootprintRequest
from graph_service.model.side_records import Collection, OutgoingEvent, SideRecord
from graph_service.model.vocabulary import EventState, Kind
from graph_service.ports import GraphStore
from graph_service.service.partners.asking import list_requests
from tests.support.house_pair import Pair, eventually, publish_all, serving_pair, start_all
from tests.support.houses import CommandFailed, House
from tests.support.wire import Wire

SEED = 20_251_125
MAKERS = {f"maker-{number}": [f"part-{number}{letter}" for letter in "abcdefg"] for number in range(1, 7)}
KILLS = (("a", "b"), ("b", "a"), ("b", ""), ("ab", ""), ("a", "a"), ("b", "b"))
"""Who is killed in each round, and whose answers to events are lost before: at a random moment where nobody's are.

Killed with an event on its way first, for that costs the minute; then whoever comes; then killed as it takes events.
"""

LEASE_S, RETRIES_S = 60, 90


@dataclass
class Told:
    """What was asked and published, as the commands printed it."""

    fulfilled: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)

    @property
    def requests(self) -> list[str]:
        return [*self.fulfilled, *self.refused, *self.by_hand]


@dataclass(frozen=True)
class Held:
    """All that a store holds of the exchange."""

    requests: Sequence[FootprintRequest]
    events: Sequence[OutgoingEvent]
    inbox: Sequence[SideRecord]
    declarations: Sequence[dict[str, object]]

    @property
    def pending(self) -> int:
        return sum(event.state is EventState.PENDING for event in self.events)


@dataclass(frozen=True)
class Scene:
    """The services, the wires to them by name, and chance."""

    pair: Pair
    wires: Mapping[str, Wire]
    rng: random.Random

    def house(self, name: str) -> House:
        return self.pair.a if name == "a" else self.pair.b


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = [part for parts in MAKERS.values() for part in parts if not part.endswith("d")]
    with serving_pair(tmp_path, makers=MAKERS, made=made) as pair:
        wires = {"a": Wire(lambda: pair.a.port), "b": Wire(lambda: pair.b.port)}
        pair.a_url, pair.b_url = wires["a"].url, wires["b"].url
        try:
            yield Scene(pair, wires, random.Random(SEED))
        finally:
            for wire in wires.values():
                wire.close()


def test_nothing_is_lost_and_nothing_comes_twice_whoever_is_killed(scene: Scene) -> None:
    pair = scene.pair
    told = Told(published=asyncio.run(publish_all(pair.b, [part for parts in MAKERS.values() for part in parts[:3]])))
    for maker, parts in MAKERS.items():
        pair.register(maker, supplier=maker, items=[part for part in parts if not part.endswith("d")])
    for maker, (victims, silent) in zip(MAKERS, KILLS, strict=True):
        kill_in_the_middle(scene, maker, victims, silent, told)
    answer_by_hand(pair.b, told)
    a, b = wait_until_all_is_told(pair)
    check_every_request_has_one_answer(a, b, told)
    check_every_footprint_is_there_once(a, told)
    check_every_event_came_once(a, b)
    print(f"{len(a.events)} events of A, {len(b.events)} of B")


def kill_in_the_middle(scene: Scene, maker: str, victims: str, silent: str, told: Told) -> None:
    """One round: seven things happen in random order, the victims are killed among them and started after them."""
    steps = [*MAKERS[maker]]
    scene.rng.shuffle(steps)
    moment, pause_s = scene.rng.randrange(1, len(steps)), scene.rng.uniform(0.0, 1.2)
    if silent:
        scene.wires[silent].is_holding = True
        moment = len(steps) - 1
    for part in steps[:moment]:
        take_step(scene.pair, part, told)
    if silent:
        eventually(lambda: unacknowledged(scene, silent), bool)
    else:
        time.sleep(pause_s)
    for name in victims:
        scene.house(name).kill()
    pending = {name: held(scene.house(name)).pending for name in victims}
    print(f"{maker}: killed {victims}, {pending} pending, {unacknowledged(scene, 'ab')} come and not acknowledged")
    for wire in scene.wires.values():
        wire.cut()
    for part in steps[moment:]:
        take_step(scene.pair, part, told)
    start_all(*(scene.house(name) for name in victims))


def unacknowledged(scene: Scene, receivers: str) -> int:
    """How many events lie in a receiver's inbox whose sender does not know it."""
    a, b = held(scene.pair.a), held(scene.pair.b)
    found = 0
    for name, sender, receiver in (("a", b, a), ("b", a, b)):
        pending = {event.event_id for event in sender.events if event.state is EventState.PENDING}
        found += len(pending & set(taken(receiver))) if name in receivers else 0
    return found


def take_step(pair: Pair, part: str, told: Told) -> None:
    """A asks for what is published (a, b, c), for what B does not have (d), for what waits (e); B publishes (f, g)."""
    kind = part[-1]
    if kind in "fg":
        told.published.append(persisting(pair.b, "partners", "publish", f"b-{part}"))
        return
    asked = {"d": told.refused, "e": told.by_hand}.get(kind, told.fulfilled)
    asked.append(persisting(pair.a, "partners", "ask", part))


def persisting(house: House, *words: str) -> str:
    """What the command prints, as often called as it asks for: the running service records meanwhile."""
    for _ in range(10):
        try:
            return house.command(*words)
        except CommandFailed as failed:
            if "send this batch again later" not in str(failed):
                raise
    raise AssertionError("too busy all the time", words)


def answer_by_hand(b: House, told: Told) -> None:
    """B publishes what A waits for and says so, once it has heard that it waits."""
    deadline = time.monotonic() + LEASE_S + RETRIES_S
    open_ids = list(told.by_hand)
    while open_ids:
        items = {one.request_id: one.item_uid for one in held(b).requests}
        for request_id in [one for one in open_ids if one in items]:
            part = str(items[request_id]).removeprefix("b-")
            told.published.append(persisting(b, "partners", "publish", f"b-{part}"))
            persisting(b, "partners", "fulfil", request_id)
            open_ids.remove(request_id)
        assert time.monotonic() < deadline, open_ids
        time.sleep(0.5)


def wait_until_all_is_told(pair: Pair) -> tuple[Held, Held]:
    deadline = time.monotonic() + LEASE_S + RETRIES_S
    started = time.monotonic()
    while True:
        a, b = held(pair.a), held(pair.b)
        has_answers = all(request.state != "OPEN" for request in a.requests)
        if has_answers and not a.pending and not b.pending:
            print(f"all told after {time.monotonic() - started:.0f} s")
            return a, b
        waiting = [event for event in (*a.events, *b.events) if event.state is EventState.PENDING]
        assert time.monotonic() < deadline, waiting
        time.sleep(0.5)


def check_every_request_has_one_answer(a: Held, b: Held, told: Told) -> None:
    states = {request.request_id: request.state.value for request in a.requests}
    expected = dict.fromkeys([*told.fulfilled, *told.by_hand], "FULFILLED") | dict.fromkeys(told.refused, "REJECTED")
    assert states == expected
    answers = Counter(event.aggregate for event in b.events if event.aggregate.startswith("request/"))
    assert answers == {f"request/{request_id}": 1 for request_id in told.requests}
    closings = [record.key for record in a.inbox if record.key.startswith("answer/")]
    assert sorted(closings) == sorted(f"answer/{request_id}" for request_id in told.requests)


def check_every_footprint_is_there_once(a: Held, told: Told) -> None:
    uids = [str(row["uid"]) for row in a.declarations]
    assert sorted(uids) == sorted(told.published)
    assert {row["state"] for row in a.declarations} == {"RECEIVED"}


def check_every_event_came_once(a: Held, b: Held) -> None:
    """What one sent lies in the other's inbox, each once, and nothing else does; all of it is settled."""
    for sender, receiver in ((a, b), (b, a)):
        assert {event.state for event in sender.events} == {EventState.DONE}
        sent = [event.event_id for event in sender.events if json.loads(event.payload)["kind"] == "event"]
        assert sorted(taken(receiver)) == sorted(sent)


def taken(receiver: Held) -> list[str]:
    """The ids of the events that came, as the inbox keeps them."""
    return [record.key.split("/")[1] for record in receiver.inbox if not record.key.startswith("answer/")]


def held(house: House) -> Held:
    return asyncio.run(_held(house))


async def _held(house: House) -> Held:
    async with house.services() as services:
        _, facts = await services.snapshots.newest()
        declared = from_facts(Kind.DECLARATION, facts).to_pylist()
        return Held(
            await list_requests(services.store),
            await services.store.list_events(first=1000),
            await _inbox(services.store),
            declared,
        )


async def _inbox(store: GraphStore) -> Sequence[SideRecord]:
    found = await store.list_side_records(Collection.INBOX, first=1000)
    assert len(found) < 1000
    return found
