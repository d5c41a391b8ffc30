"""What a declaration's acceptance does to its predecessors, and what taking it back does."""

from collections.abc import Sequence
from datetime import date

import pytest

from graph_service.model.facts import Facts
from graph_service.service.declaring.states import Row, recorded_rows, replaced_by, restored
from tests.support.facts import facts_of


def _facts(*states: tuple[str, str, str | None, str]) -> Facts:
    """Declarations of one item: uid, state, reason, predecessors."""
    days = {"reference_period_start": date(2025, 1, 1), "reference_period_end": date(2025, 12, 31)}
    days |= {"valid_from": date(2026, 1, 1), "valid_to": date(2028, 12, 31)}
    rows = [
        {"uid": uid, "item_uid": "glass", "kgco2e": 1.0, "state": state, "reason": reason, "preceding": names, **days}
        for uid, state, reason, names in states
    ]
    return facts_of(items=[{"uid": "glass"}], declarations=rows)


def _after(facts: Facts, changed: Sequence[Row]) -> Facts:
    """The facts with some declarations as they stand after a decision."""
    table = {uid: recorded_rows(facts, [uid])[0] for uid in ("old", "new", "other") if recorded_rows(facts, [uid])}
    table |= {str(row["uid"]): row for row in changed}
    return _facts(*((uid, *_stand(row), str(row["preceding"] or "")) for uid, row in table.items()))


def _stand(row: Row) -> tuple[str, str | None]:
    return str(row["state"]), None if row["reason"] is None else str(row["reason"])


@pytest.mark.parametrize("state", ["ACCEPTED", "RECEIVED", "QUERIED"])
def test_a_predecessor_is_again_what_it_was_when_its_successor_is_taken_back(state: str) -> None:
    facts = _facts(("old", state, None, ""), ("new", "ACCEPTED", None, "old"))

    (replaced,) = replaced_by("new", recorded_rows(facts, ["old"]))
    (again,) = restored(_after(facts, [replaced]), recorded_rows(facts, ["new"])[0])

    assert (replaced["state"], again["state"]) == ("DEPRECATED", state)


@pytest.mark.parametrize(("state", "reason"), [("REJECTED", "wrong"), ("DEPRECATED", "withdrawn by its sender")])
def test_what_was_refused_or_withdrawn_stays_so(state: str, reason: str) -> None:
    facts = _facts(("old", state, reason, ""), ("new", "ACCEPTED", None, "old"))

    assert replaced_by("new", recorded_rows(facts, ["old"])) == []
    assert restored(facts, recorded_rows(facts, ["new"])[0]) == []


def test_what_two_have_replaced_is_restored_when_both_are_taken_back() -> None:
    facts = _facts(
        ("old", "DEPRECATED", "replaced by new", ""),
        ("new", "ACCEPTED", None, "old"),
        ("other", "ACCEPTED", None, "old"),
    )

    (new,) = recorded_rows(facts, ["new"])
    (kept,) = restored(facts, new)
    (again,) = restored(_after(facts, [kept, {**new, "state": "REJECTED"}]), recorded_rows(facts, ["other"])[0])

    assert _stand(kept) == ("DEPRECATED", "replaced by other")
    assert again["state"] == "ACCEPTED"


def test_a_successor_that_was_replaced_in_turn_still_replaces() -> None:
    facts = _facts(
        ("old", "DEPRECATED", "replaced by new", ""),
        ("new", "ACCEPTED", None, "old"),
        ("other", "DEPRECATED", "replaced by newest", "old"),
    )

    (kept,) = restored(facts, recorded_rows(facts, ["new"])[0])

    assert _stand(kept) == ("DEPRECATED", "replaced by other")
