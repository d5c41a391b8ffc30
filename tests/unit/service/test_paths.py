"""Supply paths of a footprint: uids, shares, limits and refusals."""

import pytest

from graph_service.errors import InvalidInput, UnsolvableLoop
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import SystemBoundary
from graph_service.service.footprints import Footprint
from graph_service.service.paths import SupplyPath, supply_paths
from tests.support.facts import facts_of
from tests.unit.service.test_footprints import _car, _footprint


def uid_paths(found: Footprint, paths: list[SupplyPath]) -> list[tuple[str, ...]]:
    uids = found.graph.day.facts.items["uid"]
    return [tuple(uids[row].as_py() for row in path.item_rows) for path in paths]


def test_paths_lead_from_the_item_that_emits_to_the_one_asked_about() -> None:
    car = _footprint(_car(), "car")
    found = supply_paths(car)
    assert uid_paths(car, list(found.paths)) == [("steel", "door", "car"), ("door", "car"), ("car",)]
    assert [path.kgco2e for path in found.paths] == pytest.approx([40, 6, 1])
    assert [path.share for path in found.paths] == pytest.approx([40 / 47, 6 / 47, 1 / 47])
    assert (found.covered_kgco2e, found.open_kgco2e) == pytest.approx((47, 0))


def test_first_and_the_least_share_leave_the_rest_open() -> None:
    car = _footprint(_car(), "car")
    assert supply_paths(car, first=1).open_kgco2e == pytest.approx(7)
    found = supply_paths(car, min_share=0.1)
    assert len(found.paths) == 2
    assert found.open_kgco2e == pytest.approx(1)


def test_use_counts_from_cradle_to_grave() -> None:
    car = _footprint(_car(), "car", boundary=SystemBoundary.CRADLE_TO_GRAVE)
    found = supply_paths(car, first=2)
    assert uid_paths(car, list(found.paths)) == [("steel", "door", "car"), ("car",)]
    assert [path.kgco2e for path in found.paths] == pytest.approx([40, 11])


def test_limits_out_of_range_are_refused_with_what_would_be_right() -> None:
    car = _footprint(_car(), "car")
    for first in (0, 201):
        with pytest.raises(InvalidInput, match=f"first is {first}; 1 to 200"):
            supply_paths(car, first=first)
    for share in (-0.1, 1.5, float("nan")):
        with pytest.raises(InvalidInput, match=r"minShare is .*; a share of the total is 0 to 1"):
            supply_paths(car, min_share=share)


def test_nothing_known_gives_no_paths() -> None:
    found = supply_paths(_footprint(_car(), "seat"))
    assert (len(found.paths), found.covered_kgco2e, found.open_kgco2e) == (0, 0.0, 0.0)


def _item_with_credit(amount: float) -> Facts:
    return facts_of(
        items=[{"uid": "part"}, {"uid": "scrap"}],
        emissions=[{"item_uid": "part", "kgco2e": 4.0}, {"item_uid": "scrap", "kgco2e": 1.0}],
        supplies=[{"input_uid": "scrap", "output_uid": "part", "amount": amount}],
    )


def test_of_a_total_of_zero_no_path_has_a_share() -> None:
    found = supply_paths(_footprint(_item_with_credit(-4.0), "part"), min_share=0.5)
    assert [(path.kgco2e, path.share) for path in found.paths] == [(4.0, None), (-4.0, None)]
    assert (found.covered_kgco2e, found.open_kgco2e) == (0.0, 0.0)


def _loop_that_credits_keep_solvable() -> Facts:
    """a and b take 0.5 of themselves, a 0.6 of b, b -0.6 of a: gain 0.78, without signs 1.1; ``c`` takes of a."""
    amounts = [("a", "a", 0.5), ("b", "b", 0.5), ("b", "a", 0.6), ("a", "b", -0.6), ("a", "c", 1.0)]
    return facts_of(
        items=[{"uid": uid} for uid in "abcd"],
        emissions=[{"item_uid": uid, "kgco2e": 1.0} for uid in "abcd"],
        supplies=[
            {"input_uid": source, "output_uid": output, "amount": amount, "stage": "MANUFACTURING"}
            for source, output, amount in amounts
        ],
    )


def test_where_only_credits_keep_a_loop_solvable_paths_are_refused_by_its_name() -> None:
    found = _footprint(_loop_that_credits_keep_solvable(), "c")
    assert found.total_kgco2e is not None
    with pytest.raises(UnsolvableLoop, match=r"counted without signs, a loop upstream .*: (a → b|b → a)") as refused:
        supply_paths(found)
    assert refused.value.details["items"] in ([["a", "b"]], [["b", "a"]])


def test_such_a_loop_elsewhere_is_no_hindrance() -> None:
    found = supply_paths(_footprint(_loop_that_credits_keep_solvable(), "d"))
    assert [path.kgco2e for path in found.paths] == [1.0]
