"""Which of an item's declarations may stand in for it on a day."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from graph_service.model.facts import Facts, Revision
from graph_service.model.vocabulary import Kind
from graph_service.service.day_graph import day_graph
from tests.support.facts import facts_of

DAY = date(2026, 6, 1)
REVISION = Revision(1, datetime(2026, 1, 1, tzinfo=UTC), "test", "cli", "")


def _declaration(uid: str, **columns: object) -> dict[str, object]:
    return {
        "uid": uid,
        "item_uid": "glass",
        "kgco2e": 1.0,
        "reference_period_start": date(2025, 1, 1),
        "reference_period_end": date(2025, 12, 31),
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2028, 12, 31),
        **columns,
    }


def _in_force(facts: Facts, day: date = DAY) -> list[tuple[str, bool]]:
    graph = day_graph(REVISION, day, facts)
    uids = facts.tables[Kind.DECLARATION]["uid"].take(pa.array(graph.declaration_rows)).to_pylist()
    return list(zip(uids, graph.snapshot.declarations.is_expired.tolist(), strict=True))


def _of(*declarations: dict[str, object], received: list[int] | None = None) -> Facts:
    return facts_of(received, items=[{"uid": "glass"}, {"uid": "steel"}], declarations=declarations)


def test_a_predecessor_loses_even_with_a_later_period() -> None:
    facts = _of(
        _declaration("old", reference_period_end=date(2026, 3, 31)),
        _declaration("new", preceding="other old"),
    )
    assert _in_force(facts) == [("new", False)]


def test_the_latest_reference_period_end_wins() -> None:
    facts = _of(_declaration("b", reference_period_end=date(2024, 12, 31)), _declaration("a"))
    assert _in_force(facts) == [("a", False)]


def test_the_last_received_wins_among_equal_periods() -> None:
    assert _in_force(_of(_declaration("b"), _declaration("a"), received=[1, 2])) == [("a", False)]


def test_the_last_uid_wins_among_those_received_together() -> None:
    assert _in_force(_of(_declaration("b"), _declaration("a"))) == [("b", False)]


def test_a_valid_one_wins_over_an_expired_one_of_a_later_period() -> None:
    facts = _of(
        _declaration("expired", reference_period_end=date(2026, 3, 31), valid_to=date(2026, 5, 1)),
        _declaration("valid"),
    )
    assert _in_force(facts) == [("valid", False)]


@pytest.mark.parametrize(("day", "expected"), [(date(2028, 12, 30), False), (date(2028, 12, 31), True)])
def test_a_declaration_expires_on_the_day_it_ends(day: date, expected: bool) -> None:
    assert _in_force(_of(_declaration("a")), day) == [("a", expected)]


def test_one_that_has_not_begun_is_not_there() -> None:
    assert _in_force(_of(_declaration("a")), date(2025, 12, 31)) == []


def test_each_item_has_its_own() -> None:
    facts = _of(_declaration("a"), _declaration("b", item_uid="steel"))
    assert sorted(_in_force(facts)) == [("a", False), ("b", False)]


def test_ratings_of_another_scale_are_not_averaged_with_ours() -> None:
    rated = {"technological_dqr": 2.0, "temporal_dqr": 1.0, "geographical_dqr": 3.0}
    facts = _of(_declaration("ours", **rated), _declaration("theirs", **rated, item_uid="steel", rating_scale="V2"))
    roll_up = day_graph(REVISION, DAY, facts).roll_up(is_traced=False)
    assert roll_up.columns().technological_dqr.tolist() == [2.0, pytest.approx(float("nan"), nan_ok=True)]
    assert roll_up.columns().rated_share.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("state", ["RECEIVED", "QUERIED", "REJECTED", "DEPRECATED"])
def test_what_is_not_accepted_does_not_count(state: str) -> None:
    assert _in_force(_of(_declaration("one", state=state))) == []


def test_what_we_published_ourselves_never_counts() -> None:
    assert _in_force(_of(_declaration("one", is_published=True))) == []


def test_a_replaced_declaration_counts_until_its_successor_holds() -> None:
    facts = _of(
        _declaration("old", state="DEPRECATED"),
        _declaration("new", preceding="old", valid_from=date(2026, 7, 1)),
    )

    assert _in_force(facts) == [("old", False)]
    assert _in_force(facts, date(2026, 7, 1)) == [("new", False)]


@pytest.mark.parametrize("state", ["RECEIVED", "QUERIED", "REJECTED"])
def test_a_successor_that_was_never_accepted_replaces_nothing(state: str) -> None:
    facts = _of(_declaration("old"), _declaration("new", preceding="old", state=state, valid_from=date(2026, 7, 1)))

    assert _in_force(facts, date(2026, 8, 1)) == [("old", False)]


def test_a_withdrawn_successor_does_not_bring_its_predecessor_back() -> None:
    facts = _of(
        _declaration("old", state="DEPRECATED"),
        _declaration("new", preceding="old", state="DEPRECATED", valid_from=date(2026, 3, 1)),
    )

    assert _in_force(facts) == []
    assert _in_force(facts, date(2026, 2, 1)) == [("old", False)]


@pytest.mark.parametrize("reason", ["wrong product", "withdrawn by its sender", "before its review replaced by new"])
def test_what_was_withdrawn_or_never_accepted_does_not_count_until_a_successor_holds(reason: str) -> None:
    facts = _of(
        _declaration("old", state="DEPRECATED", reason=reason),
        _declaration("new", preceding="old", valid_from=date(2026, 7, 1)),
    )

    assert _in_force(facts) == []


@pytest.mark.parametrize(("reason", "expected"), [("a slip", [("old", False)]), ("replaced by newer", [])])
def test_a_successor_that_was_withdrawn_before_it_was_accepted_replaces_nothing(
    reason: str, expected: list[tuple[str, bool]]
) -> None:
    facts = _of(
        _declaration("old", state="DEPRECATED", reason="replaced by new"),
        _declaration("slip", preceding="old", state="DEPRECATED", reason=reason),
        _declaration("new", preceding="old", valid_from=date(2026, 7, 1)),
    )

    assert _in_force(facts) == expected
    assert _in_force(facts, date(2026, 7, 1)) == [("new", False)]


def test_a_successor_that_was_accepted_and_withdrawn_has_replaced() -> None:
    facts = _of(
        _declaration("old", state="DEPRECATED", reason="replaced by new"),
        _declaration("new", preceding="old", state="DEPRECATED", reason="a slip", valid_from=date(2026, 3, 1)),
    )

    assert _in_force(facts) == []
    assert _in_force(facts, date(2026, 2, 1)) == [("old", False)]
