"""What lies beside a batch, cut into statements of bounded size, and how much of the server's heap a batch takes."""

from collections.abc import Sequence
from dataclasses import replace

from graph_service.model.side_records import OutgoingEvent, SideRecord
from graph_service.model.vocabulary import Kind
from graph_service.store.neo4j.beside import ChunkSize, SortedBeside, additions
from graph_service.store.neo4j.heap import estimate_heap_bytes
from graph_service.store.neo4j.recording import Limits
from tests.support.batches import declaration, item, prepared
from tests.support.beside import beside, event, record


def cut(
    records: Sequence[SideRecord], events: Sequence[OutgoingEvent] = (), *, rows: int = 9, chars: int = 99
) -> list[list[str]]:
    given = SortedBeside(records, (), (), events)
    works = list(additions(given, revision=1, size=ChunkSize(rows, chars)))
    keywords = [work.keywords for work in works]  # type: ignore[attr-defined]
    return [
        [one.key if isinstance(one, SideRecord) else one.event_id for one in given.get("records", given.get("events"))]
        for given in keywords
    ]


def test_no_statement_takes_more_records_than_it_may() -> None:
    assert cut([record(key) for key in "abcde"], rows=2) == [["a", "b"], ["c", "d"], ["e"]]


def test_no_statement_takes_more_characters_than_it_may_but_for_one_that_is_larger_alone() -> None:
    records = [record(key, body="x" * size) for key, size in (("a", 4), ("b", 6), ("c", 1), ("d", 50), ("e", 1))]
    assert cut(records, chars=10) == [["a", "b"], ["c"], ["d"], ["e"]]


def test_events_come_after_records_in_their_order() -> None:
    assert cut([record("a")], [event("2"), event("1")], rows=1) == [["a"], ["2"], ["1"]]


def test_nothing_beside_takes_no_statement() -> None:
    assert cut([]) == []


def test_ten_thousand_declarations_with_their_documents_go_at_once_and_three_times_as_many_in_stages() -> None:
    rows = {Kind.DECLARATION: [declaration(f"d{k}", "a") for k in range(10_000)]}
    documents = [record(f"d{k}", body="x" * 3000) for k in range(10_000)]
    batch = replace(prepared(0, rows), beside=beside(*documents))
    assert not Limits().wants_stages(batch)
    assert Limits().wants_stages(replace(batch, beside=beside(*documents, *documents, *documents)))


def test_long_documents_weigh_by_their_length() -> None:
    one = replace(prepared(0), beside=beside(record("a", body="x" * 1_000_000)))
    assert 2_000_000 <= estimate_heap_bytes(one) < 2_100_000
    assert Limits().wants_stages(replace(prepared(0), beside=beside(record("a", body="x" * 200_000_000))))


def test_rows_weigh_by_their_kind() -> None:
    light = estimate_heap_bytes(prepared(0, {Kind.ITEM: [item("a")]}))
    heavy = estimate_heap_bytes(prepared(0, {Kind.DECLARATION: [declaration("d", "a")]}))
    assert 0 < 2 * light < heavy
    assert estimate_heap_bytes(prepared(0)) == 0
