"""Batches cut into steps, columns as parameters, and which errors may be repeated."""

from datetime import date

import pytest
from neo4j.exceptions import IncompleteCommit, Neo4jError, ServiceUnavailable

from graph_service.errors import StoreUnavailable
from graph_service.model.vocabulary import Kind
from graph_service.store.neo4j.columns import to_parameters
from graph_service.store.neo4j.failures import CommitUnknown, may_repeat, to_ours
from graph_service.store.neo4j.steps import check_shape, steps_of
from tests.support.batches import emission, item, prepared, region, supply


def test_every_node_is_added_before_a_fact_may_refer_to_it() -> None:
    batch = prepared(
        0,
        {
            Kind.SUPPLY: [supply("x", "a", "b")],
            Kind.ITEM: [item("a"), item("b"), item("c")],
            Kind.REGION: [region("CN-SN", parent_uid="CN"), region("CN")],
            Kind.EMISSION: [emission("e", "a")],
        },
        ends={Kind.SUPPLY: ["y"]},
    )
    steps = [(step.action, step.kind, step.rows["uid"].to_pylist()) for step in steps_of(batch, chunk_rows=2)]
    assert steps == [
        ("end", Kind.SUPPLY, ["y"]),
        ("add", Kind.REGION, ["CN-SN", "CN"]),
        ("open", Kind.REGION, ["CN-SN", "CN"]),
        ("add", Kind.ITEM, ["a", "b"]),
        ("add", Kind.ITEM, ["c"]),
        ("open", Kind.ITEM, ["a", "b"]),
        ("open", Kind.ITEM, ["c"]),
        ("open", Kind.EMISSION, ["e"]),
        ("open", Kind.SUPPLY, ["x"]),
    ]


def test_a_column_of_nulls_is_sent_as_an_empty_list_and_days_as_text() -> None:
    batch = prepared(
        0, {Kind.SUPPLY: [supply("x", "a", "b", amount=0.1, valid_from=date(2026, 3, 1)), supply("y", "a", "b")]}
    )
    parameters = to_parameters(Kind.SUPPLY, batch.upserts[Kind.SUPPLY])
    assert parameters["amount"] == [0.1, 1.0]
    assert parameters["valid_from"] == ["2026-03-01", None]
    assert parameters["line"] == []
    assert "unit" not in parameters


def test_a_uid_that_is_recorded_and_ended_at_once_is_a_defect_of_the_caller() -> None:
    with pytest.raises(ValueError, match="item 'a' cannot end: the batch also records it"):
        check_shape(prepared(0, {Kind.ITEM: [item("a")]}, ends={Kind.ITEM: ["a"]}))


def test_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="item upserts hold NaN in mass_kg"):
        check_shape(prepared(0, {Kind.ITEM: [item("a", mass_kg=float("nan"))]}))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Neo.TransientError.Transaction.DeadlockDetected", True),
        ("Neo.TransientError.Database.DatabaseUnavailable", True),
        ("Neo.TransientError.General.OutOfMemoryError", False),
        ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", False),
        ("Neo.TransientError.General.TransactionMemoryLimit", False),
        ("Neo.ClientError.Schema.ConstraintValidationFailed", False),
        ("Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration", False),
    ],
)
def test_deadlocks_are_repeated_and_memory_errors_are_not(code: str, expected: bool) -> None:
    assert may_repeat(Neo4jError._basic_hydrate(neo4j_code=code, message="from the server")) is expected


def test_a_lost_connection_is_repeated_but_a_commit_of_unknown_outcome_is_not() -> None:
    assert may_repeat(ServiceUnavailable("gone"))
    assert not may_repeat(IncompleteCommit("gone"))
    assert not may_repeat(CommitUnknown())


def test_errors_of_the_driver_become_ours() -> None:
    timed_out = Neo4jError._basic_hydrate(neo4j_code="Neo.ClientError.Transaction.TransactionTimedOut", message="slow")
    duplicate = Neo4jError._basic_hydrate(
        neo4j_code="Neo.ClientError.Schema.ConstraintValidationFailed", message="already exists"
    )
    assert isinstance(to_ours(timed_out, "bolt://x"), StoreUnavailable)
    assert isinstance(to_ours(ServiceUnavailable("gone"), "bolt://x"), StoreUnavailable)
    assert isinstance(to_ours(CommitUnknown(), "bolt://x"), StoreUnavailable)
    assert isinstance(to_ours(duplicate, "bolt://x"), ValueError)
