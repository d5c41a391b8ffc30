"""Recording a batch: roles, keys, expected revisions, conflicts, dry runs, and what the snapshots then hold."""

import asyncio
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from graph_service.errors import Conflict, Finding
from graph_service.model.batch import (
    ChangeBatch,
    ChangesApplied,
    ChangesRefused,
    ClientName,
    PreparedBatch,
    Principal,
    Receipt,
)
from graph_service.model.facts import from_facts
from graph_service.model.vocabulary import Door, Kind, Role
from graph_service.service.intake import apply_changes, applying
from graph_service.service.intake.body_hash import hash_body
from graph_service.service.snapshots import Snapshots
from tests.support.batches import declaration
from tests.support.change_batches import change_batch, item, rows, supply
from tests.support.clock import FixedClock
from tests.support.memory_store import MemoryStore

LEADER = Principal(ClientName("key-1"), "Leader", Role.CHAIN_LEADER)


class Bench:
    """A store with its snapshots, and a short way to push."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.clock = FixedClock()
        self.store = store or MemoryStore(clock=self.clock)
        self.snapshots = Snapshots(self.store, self.clock, ZoneInfo("UTC"))

    async def push(self, batch: ChangeBatch, *, principal: Principal = LEADER) -> ChangesApplied | ChangesRefused:
        return await apply_changes(
            batch,
            principal=principal,
            door=Door.CLI,
            store=self.store,
            snapshots=self.snapshots,
            clock=self.clock,
        )

    async def applied(self, batch: ChangeBatch) -> ChangesApplied:
        answer = await self.push(batch)
        assert isinstance(answer, ChangesApplied), answer
        return answer

    async def refused(self, batch: ChangeBatch, *, principal: Principal = LEADER) -> ChangesRefused:
        answer = await self.push(batch, principal=principal)
        assert isinstance(answer, ChangesRefused), answer
        return answer


class InterruptedStore(MemoryStore):
    """A store in which another writer comes first, so many times."""

    def __init__(self, interruptions: int) -> None:
        super().__init__(clock=FixedClock())
        self.interruptions = interruptions

    async def apply(self, batch: PreparedBatch) -> Receipt:
        if self.interruptions:
            self.interruptions -= 1
            newest = await self.revision()
            other = rows(Kind.REGION, [{"uid": f"R{newest.number}", "name": "other"}])
            foreign = PreparedBatch(
                newest.number, {Kind.REGION: other}, {}, batch.recorded_at, "other", Door.CLI, "1 region"
            )
            await super().apply(foreign)
            raise Conflict("another writer was first")
        return await super().apply(batch)


async def test_a_sound_batch_is_recorded_and_told_with_its_uids() -> None:
    bench = Bench()
    answer = await bench.applied(change_batch(items=[item("a"), item("b")], supplies=[supply("a", "b")]))
    assert (answer.revision.number, answer.revision.by, answer.revision.door) == (1, "Leader", "cli")
    assert answer.revision.summary == "2 items, 1 supply"
    assert answer.created_uids.to_pylist() == ["a", "b", "b/a//RAW_MATERIAL//1"]
    assert (await bench.store.export(1)).items["uid"].to_pylist() == ["a", "b"]


async def test_the_snapshots_hold_what_the_store_would_export() -> None:
    bench = Bench()
    await bench.applied(change_batch(items=[item("a"), item("b"), item("c")], supplies=[supply("a", "b", uid="s")]))
    await bench.applied(change_batch(items=[item("a", mass_kg=1.0), item("d")], ends={Kind.ITEM: ["c"]}))
    revision, facts = await bench.snapshots.newest()
    exported = await bench.store.export(2)
    assert revision.number == 2
    for kind in Kind:
        assert from_facts(kind, facts).equals(from_facts(kind, exported)), kind


async def test_the_snapshots_hold_declarations_as_the_store_would_export_them() -> None:
    bench = Bench()
    items = [item("a"), item("b"), item("c")]
    batches = [
        change_batch(items=items, declarations=[declaration("1", "a"), declaration("2", "b")]),
        change_batch(declarations=[declaration("3", "c"), declaration("1", "a", state="QUERIED", reason="why?")]),
        change_batch(ends={Kind.ITEM: ["b"], Kind.DECLARATION: ["2"]}),
        change_batch(items=[item("b")], declarations=[declaration("2", "b"), declaration("4", "a")]),
        change_batch(declarations=[declaration("2", "b", state="REJECTED", reason="no")]),
    ]
    for batch in batches:
        revision = (await bench.applied(batch)).revision
        _, facts = await bench.snapshots.newest()
        assert facts.tables == (await bench.store.export(revision.number)).tables
    assert facts.tables[Kind.DECLARATION]["received_revision"].to_pylist() == [1, 1, 2, 4]


async def test_facts_in_hand_take_over_new_and_reviewed_declarations_without_asking_the_store() -> None:
    bench = Bench()
    await bench.applied(change_batch(items=[item("a")]))
    await bench.applied(change_batch(declarations=[declaration("1", "a")]))
    reviewed = await bench.applied(change_batch(declarations=[declaration("1", "a", state="REJECTED")]))
    assert bench.snapshots.in_hand is not None
    assert bench.snapshots.in_hand[0] == reviewed.revision


async def test_facts_in_hand_are_not_taken_over_where_a_declaration_is_back() -> None:
    bench = Bench()
    await bench.applied(change_batch(items=[item("a")], declarations=[declaration("1", "a")]))
    ended = await bench.applied(change_batch(ends={Kind.DECLARATION: ["1"]}))
    await bench.applied(change_batch(declarations=[declaration("1", "a")]))
    assert bench.snapshots.in_hand is not None
    assert bench.snapshots.in_hand[0] == ended.revision


async def test_a_batch_that_changes_nothing_makes_no_revision() -> None:
    bench = Bench()
    await bench.applied(change_batch(items=[item("a")]))
    answer = await bench.applied(change_batch(items=[item("a")]))
    assert answer.revision.number == 1


async def test_a_faulty_batch_is_refused_with_all_faults_and_nothing_is_recorded() -> None:
    bench = Bench()
    answer = await bench.refused(change_batch(items=[item("a", mass_kg=-1.0), item("b", declared_unit="x")]))
    assert answer.code == "INVALID"
    assert [finding.path for finding in answer.findings] == ["items[0].mass_kg", "items[1].declared_unit"]
    assert answer.revision.number == 0
    assert (await bench.store.revision()).number == 0


async def test_a_batch_whose_only_faults_are_loops_is_unsolvable() -> None:
    bench = Bench()
    loop = [supply("a", "a", 1.2)]
    assert (await bench.refused(change_batch(items=[item("a")], supplies=loop))).code == "UNSOLVABLE"
    both = change_batch(items=[item("a", mass_kg=-1.0)], supplies=loop)
    assert (await bench.refused(both)).code == "INVALID"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CHAIN_LEADER])
async def test_only_the_chain_leader_may_write(role: Role) -> None:
    answer = await Bench().refused(
        change_batch(items=[item("a")]), principal=Principal(ClientName("k"), "someone", role)
    )
    assert answer.code == "NOT_ALLOWED"
    assert role in answer.findings[0].message


async def test_a_dry_run_tells_all_and_records_nothing() -> None:
    bench = Bench()
    answer = await bench.applied(change_batch(items=[item("a")], is_dry_run=True, idempotency_key="k"))
    assert (answer.is_dry_run, answer.revision.number, answer.created_uids.to_pylist()) == (True, 0, ["a"])
    assert await bench.store.recall(LEADER.client, "k") is None
    assert (await bench.refused(change_batch(items=[item("")], is_dry_run=True))).code == "INVALID"


async def test_a_dry_run_does_not_look_up_its_key() -> None:
    bench = Bench()
    await bench.applied(change_batch(items=[item("a")], idempotency_key="k"))
    answer = await bench.applied(change_batch(items=[item("b")], idempotency_key="k", is_dry_run=True))
    assert (answer.is_replayed, answer.created_uids.to_pylist()) == (False, ["b"])


async def test_the_same_key_and_batch_give_the_first_answer_again() -> None:
    bench = Bench()
    batch = change_batch(
        items=[item("a")],
        emissions=[{"item_uid": "a", "kgco2e": 1.0, "component": "BIOGENIC_UPTAKE"}],
        idempotency_key="k",
    )
    first = await bench.applied(batch)
    await bench.applied(change_batch(items=[item("b")]))
    again = await bench.applied(batch)
    assert (again.is_replayed, again.revision) == (True, first.revision)
    assert again.findings == first.findings
    assert [finding.code for finding in again.findings] == ["SUSPECT_SIGN"]
    assert again.created_uids.to_pylist() == first.created_uids.to_pylist()
    assert (await bench.store.revision()).number == 2


async def test_a_replay_is_answered_also_where_the_batch_would_be_refused_by_now() -> None:
    bench = Bench()
    batch = change_batch(items=[item("a")], idempotency_key="k", expected_revision=0)
    await bench.applied(batch)
    assert (await bench.applied(batch)).is_replayed
    ends = change_batch(ends={Kind.ITEM: ["a"]}, idempotency_key="end")
    await bench.applied(ends)
    again = await bench.applied(ends)
    assert (again.is_replayed, again.revision.number) == (True, 2)


async def test_a_key_with_another_batch_is_refused_whether_that_batch_is_sound_or_not() -> None:
    bench = Bench()
    await bench.applied(change_batch(items=[item("a")], idempotency_key="k"))
    for other in ([item("b")], [item("b", declared_unit="x")]):
        answer = await bench.refused(change_batch(items=other, idempotency_key="k"))
        assert (answer.code, answer.findings[0].path) == ("KEY_REUSED", "idempotencyKey")


async def test_another_callers_key_is_another_key() -> None:
    bench = Bench()
    await bench.applied(change_batch(items=[item("a")], idempotency_key="k"))
    other = Principal(ClientName("key-2"), "Other", Role.CHAIN_LEADER)
    answer = await bench.push(change_batch(items=[item("b")], idempotency_key="k"), principal=other)
    assert isinstance(answer, ChangesApplied)
    assert answer.revision.number == 2


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_of_no_or_too_many_characters_is_refused(key: str) -> None:
    answer = await Bench().refused(change_batch(items=[item("a")], idempotency_key=key))
    assert (answer.code, answer.findings[0].path) == ("INVALID", "idempotencyKey")


async def test_another_expected_revision_is_a_conflict() -> None:
    bench = Bench()
    await bench.applied(change_batch(items=[item("a")]))
    answer = await bench.refused(change_batch(items=[item("b")], expected_revision=0))
    assert (answer.code, answer.revision.number) == ("CONFLICT", 1)
    assert "newest revision is 1, not 0" in answer.findings[0].message


async def test_a_batch_that_another_overtook_is_checked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "FIRST_WAIT_S", 0.0)
    bench = Bench(InterruptedStore(3))
    answer = await bench.applied(change_batch(items=[item("a")]))
    assert answer.revision.number == 4
    _, facts = await bench.snapshots.newest()
    assert facts.tables[Kind.REGION]["uid"].to_pylist() == ["R0", "R1", "R2"]


async def test_after_too_many_conflicts_the_batch_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "FIRST_WAIT_S", 0.0)
    bench = Bench(InterruptedStore(applying.MAX_TRIES))
    answer = await bench.refused(change_batch(items=[item("a")]))
    assert answer.code == "CONFLICT"
    assert "(another writer was first)" in answer.findings[0].message


async def test_an_overtaken_batch_with_an_expected_revision_is_a_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "FIRST_WAIT_S", 0.0)
    bench = Bench(InterruptedStore(1))
    assert (await bench.refused(change_batch(items=[item("a")], expected_revision=0))).code == "CONFLICT"


async def test_batches_at_once_are_all_recorded_one_after_the_other() -> None:
    bench = Bench()
    answers = await asyncio.gather(*(bench.applied(change_batch(items=[item(f"i{n}")])) for n in range(12)))
    assert sorted(answer.revision.number for answer in answers) == list(range(1, 13))
    assert sorted((await bench.store.export(12)).items["uid"].to_pylist()) == sorted(f"i{n}" for n in range(12))


async def test_the_same_key_at_once_has_one_effect() -> None:
    bench = Bench()
    batch = change_batch(items=[item("a")], idempotency_key="k")
    answers = await asyncio.gather(*(bench.applied(batch) for _ in range(4)))
    assert {answer.revision.number for answer in answers} == {1}
    assert sorted(answer.is_replayed for answer in answers) == [False, True, True, True]


def test_a_body_hash_sees_content_and_not_how_it_lies_in_memory() -> None:
    records = [item(f"物 {n}", mass_kg=None if n % 2 else float(n)) for n in range(20)]
    batch = change_batch(items=records, idempotency_key="k")
    whole = batch.tables[Kind.ITEM]
    pieces = pa.concat_tables([whole.slice(0, 7), whole.slice(7, 1), whole.slice(8)])
    assert hash_body(batch) == hash_body(ChangeBatch({Kind.ITEM: pieces, Kind.SUPPLY: rows(Kind.SUPPLY, [])}))
    longer = pa.concat_tables([rows(Kind.ITEM, [item("first")]), whole])
    assert hash_body(batch) == hash_body(ChangeBatch({Kind.ITEM: longer.slice(1)}))


def test_a_body_hash_tells_different_batches_apart() -> None:
    batches = [
        change_batch(items=[item("a")]),
        change_batch(items=[item("a", mass_kg=0.0)]),
        change_batch(items=[item("a", name="")]),
        change_batch(items=[item("a", name="xy", name_zh="z")]),
        change_batch(items=[item("a", name="x", name_zh="yz")]),
        change_batch(items=[item("a")], replace=True),
        change_batch(items=[item("a")], expected_revision=0),
        change_batch(items=[item("a")], ends={Kind.ITEM: ["b"]}),
        change_batch(items=[item("a")], ends={Kind.SUPPLY: ["b"]}),
        change_batch(items=[item("a")], ends={Kind.SUPPLY: ["b", "c"]}),
        change_batch(items=[item("a")], ends={Kind.SUPPLY: ["bc"]}),
        change_batch(items=[item("a"), item("b")]),
        change_batch(items=[item("b"), item("a")]),
    ]
    assert len({hash_body(batch) for batch in batches}) == len(batches)


async def test_a_fault_of_the_door_refuses_the_batch() -> None:
    fault = Finding("NOT_A_NUMBER", "ERROR", "items[0].mass_kg", "'x' is no number; write 1.5")
    answer = await Bench().refused(change_batch(items=[item("a")], faults=[fault]))
    assert (answer.code, answer.findings) == ("INVALID", (fault,))
