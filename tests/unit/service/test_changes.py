"""Why a total moved, on graphs small enough to work by hand."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from graph_service.errors import UnsolvableLoop
from graph_service.model.facts import Facts, Revision
from graph_service.model.vocabulary import Basis, ChangeKind, Kind, SystemBoundary
from graph_service.service.changes import FootprintChange, explain_change
from graph_service.service.day_graph import day_graph
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View
from tests.support.facts import facts_of

DAY = date(2026, 6, 1)
REVISION = Revision(1, datetime(2026, 1, 1, tzinfo=UTC), "test", "cli", "")


def viewed(
    facts: Facts,
    day: date = DAY,
    *,
    basis: Basis = Basis.DECLARED_FIRST,
    boundary: SystemBoundary = SystemBoundary.CRADLE_TO_GATE,
) -> ViewedGraph:
    return ViewedGraph(day_graph(REVISION, day, facts), View(day, REVISION, basis, boundary))


def graph_of(one: Facts | ViewedGraph) -> ViewedGraph:
    return one if isinstance(one, ViewedGraph) else viewed(one)


def change(before: Facts | ViewedGraph, after: Facts | ViewedGraph, uid: str = "car") -> FootprintChange:
    found = explain_change(graph_of(before), graph_of(after), uid)
    assert found is not None
    return found


Named = tuple[ChangeKind, str, str | None, Any]


def named(before: Facts | ViewedGraph, after: Facts | ViewedGraph, uid: str = "car") -> list[Named]:
    """Kind, item, supply or declaration or factor, kilograms of each cause; checked to sum to the difference."""
    sides = graph_of(before), graph_of(after)
    found = change(*sides, uid)
    causes = []
    for cause in found.causes:
        facts = sides[cause.is_of_after].day.facts
        rows = {
            Kind.SUPPLY: cause.supply_row,
            Kind.DECLARATION: cause.declaration_row,
            Kind.FACTOR: cause.factor_row,
        }
        uids = [facts.tables[kind]["uid"][row].as_py() for kind, row in rows.items() if row is not None]
        item = facts.items["uid"][cause.item_row].as_py()
        causes.append((cause.kind, item, uids[0] if uids else None, pytest.approx(cause.kgco2e)))
    assert found.difference_kgco2e == pytest.approx(sum(cause.kgco2e for cause in found.causes))
    return causes


def car(*, door_kgco2e: float = 3.0, doors: float = 2.0, steel: float = 4.0, use: float = 10.0, **more: Any) -> Facts:
    """A car (1 kg) of 2 doors (3 kg each, made of 4 steel at 5 kg); 10 kg in use."""
    rows: dict[str, Any] = {
        "items": [{"uid": "car"}, {"uid": "door"}, {"uid": "steel"}],
        "emissions": [
            {"uid": "e-car", "item_uid": "car", "kgco2e": 1.0},
            {"uid": "e-use", "item_uid": "car", "kgco2e": use, "stage": "USE"},
            {"uid": "e-door", "item_uid": "door", "kgco2e": door_kgco2e},
            {"uid": "e-steel", "item_uid": "steel", "kgco2e": 5.0},
        ],
        "supplies": [
            {"uid": "car-door", "input_uid": "door", "output_uid": "car", "amount": doors},
            {"uid": "door-steel", "input_uid": "steel", "output_uid": "door", "amount": steel},
        ],
    }
    for kind, further in more.items():
        rows[kind] = [*rows.get(kind, []), *further]
    return facts_of(**rows)


def test_nothing_moved_between_a_view_and_itself() -> None:
    found = change(car(), car())
    assert (found.difference_kgco2e, list(found.causes)) == (0, [])
    assert found.before is not None
    assert found.before.total_kgco2e == 47
    assert explain_change(viewed(car()), viewed(car()), "bus") is None


def test_a_direct_emission_and_an_amount_that_moved_share_what_they_moved_together() -> None:
    # Two doors at 23 kg before, three at 24 after: half of the 1 kg that both brought goes to each.
    assert named(car(), car(door_kgco2e=4.0, doors=3.0)) == [
        (ChangeKind.SUPPLY, "car", "car-door", 1 * (23 + 24) / 2),
        (ChangeKind.DIRECT, "door", None, 1 * (2 + 3) / 2),
    ]
    assert named(car(door_kgco2e=4.0, doors=3.0), car()) == [
        (ChangeKind.SUPPLY, "car", "car-door", -23.5),
        (ChangeKind.DIRECT, "door", None, -2.5),
    ]


def test_an_item_that_came_brings_its_own_row_and_the_edge_to_it_belongs_to_its_output() -> None:
    seat = {"uid": "seat", "input_uid": "seat", "output_uid": "car", "amount": 1.0}
    after = car(
        items=[{"uid": "seat"}],
        emissions=[{"uid": "e-seat", "item_uid": "seat", "kgco2e": 7.0}],
        supplies=[seat, {"uid": "seat-steel", "input_uid": "steel", "output_uid": "seat", "amount": 1.0}],
    )
    # With the totals before, the 12 kg of a seat come with the seat; with those after, with the edge: the mean is half.
    assert named(car(), after) == [(ChangeKind.SUPPLY, "car", "seat", 6), (ChangeKind.ADDED, "seat", None, 6)]
    assert named(after, car()) == [(ChangeKind.SUPPLY, "car", "seat", -6), (ChangeKind.REMOVED, "seat", None, -6)]


def test_the_item_itself_can_come_and_go() -> None:
    without = facts_of(
        items=[{"uid": "door"}, {"uid": "steel"}],
        emissions=[{"item_uid": "door", "kgco2e": 3.0}, {"item_uid": "steel", "kgco2e": 5.0}],
        supplies=[{"uid": "door-steel", "input_uid": "steel", "output_uid": "door", "amount": 4.0}],
    )
    found = change(without, car())
    assert (found.before, found.difference_kgco2e) == (None, 47)
    assert named(without, car()) == [(ChangeKind.ADDED, "car", None, 47)]
    assert named(car(), without) == [(ChangeKind.REMOVED, "car", None, -47)]
    grave = SystemBoundary.CRADLE_TO_GRAVE
    assert named(viewed(without, boundary=grave), viewed(car(), boundary=grave)) == [
        (ChangeKind.ADDED, "car", None, 57)
    ]


def declaration(uid: str, item_uid: str, kgco2e: float, valid_from: date = date(2026, 1, 1)) -> dict[str, Any]:
    return {
        "uid": uid,
        "item_uid": item_uid,
        "kgco2e": kgco2e,
        "reference_period_start": date(2025, 1, 1),
        "reference_period_end": date(2025, 12, 31),
        "valid_from": valid_from,
        "valid_to": date(2028, 1, 1),
    }


def test_a_declaration_that_comes_into_force_is_one_cause_with_all_that_it_replaced() -> None:
    facts = car(declarations=[declaration("of-door", "door", 20.0, valid_from=date(2026, 7, 1))])
    june, july = viewed(facts), viewed(facts, date(2026, 7, 1))
    assert named(june, july) == [(ChangeKind.DECLARATION, "door", "of-door", 2 * (20 - 23))]
    assert named(july, june) == [(ChangeKind.DECLARATION, "door", "of-door", 2 * (23 - 20))]
    assert named(viewed(facts, date(2026, 7, 1), basis=Basis.TRACED), july) == named(june, july)


def test_a_declaration_that_gives_way_to_another_is_named_by_the_later_one() -> None:
    before = car(declarations=[declaration("of-door", "door", 20.0)])
    after = car(door_kgco2e=9.0, declarations=[declaration("newer", "door", 22.0)])
    assert named(before, after) == [(ChangeKind.DECLARATION, "door", "newer", 2 * (22 - 20))]
    same = car(door_kgco2e=9.0, steel=8.0, declarations=[declaration("of-door", "door", 20.0)])
    assert named(before, same) == []


def powered(*, grid: float = 0.6, activity: float = 10.0, **columns: Any) -> Facts:
    entry = {"uid": "power", "item_uid": "steel", "activity": activity, "activity_unit": "kWh", "factor_uid": "grid"}
    factors = [
        {"uid": "grid", "flow": "electricity", "region_uid": "CN", "kgco2e": grid, "year": 2024},
        {"uid": "wind", "flow": "wind", "region_uid": "CN", "kgco2e": 0.1, "year": 2024},
    ]
    return car(regions=[{"uid": "CN"}], factors=factors, emissions=[{**entry, **columns}])


def test_a_factor_that_moved_is_parted_from_an_activity_that_moved() -> None:
    assert named(powered(), powered(grid=0.5)) == [(ChangeKind.FACTOR, "steel", "grid", 8 * 10 * -0.1)]
    assert named(powered(), powered(grid=0.5, activity=20.0)) == [
        (ChangeKind.DIRECT, "steel", None, 8 * 10 * 0.55),
        (ChangeKind.FACTOR, "steel", "grid", 8 * 15 * -0.1),
    ]
    # Half the factor and twice the activity: nothing moved in sum, but both did.
    assert named(powered(), powered(grid=0.3, activity=20.0)) == [
        (ChangeKind.DIRECT, "steel", None, 8 * 10 * 0.45),
        (ChangeKind.FACTOR, "steel", "grid", 8 * 15 * -0.3),
    ]


def test_another_factor_or_another_unit_of_activity_is_no_change_of_the_activity() -> None:
    assert named(powered(), powered(factor_uid="wind")) == [(ChangeKind.FACTOR, "steel", "wind", 8 * 10 * -0.5)]
    in_mj = powered(grid=0.5, activity=36.0, activity_unit="MJ")
    assert named(powered(), in_mj)[0] == (ChangeKind.FACTOR, "steel", "grid", 8 * 10 * -0.1)


def test_given_kilograms_in_place_of_a_factor_are_a_direct_change() -> None:
    given: dict[str, Any] = {"activity": None, "activity_unit": None, "factor_uid": None, "kgco2e": 2.0}
    assert named(powered(), powered(**given)) == [(ChangeKind.DIRECT, "steel", None, 8 * (2 - 6))]


def test_a_newer_factor_of_a_flow_is_a_factor_change() -> None:
    entry = {"uid": "power", "item_uid": "steel", "activity": 10.0, "activity_unit": "kWh", "flow": "electricity"}
    old = {"uid": "grid-24", "flow": "electricity", "region_uid": "CN", "kgco2e": 0.6, "year": 2024}
    new = {"uid": "grid-25", "flow": "electricity", "region_uid": "CN", "kgco2e": 0.5, "year": 2025}
    before, after = (car(regions=[{"uid": "CN"}], factors=some, emissions=[entry]) for some in ([old], [new, old]))
    assert named(before, after) == [(ChangeKind.FACTOR, "steel", "grid-25", -8)]


def test_a_supply_that_begins_or_ends_on_a_day_is_a_supply_cause() -> None:
    two = [
        {"uid": "old", "input_uid": "steel", "output_uid": "car", "amount": 1.0, "valid_to": date(2026, 7, 1)},
        {"uid": "new", "input_uid": "steel", "output_uid": "car", "amount": 3.0, "valid_from": date(2026, 7, 1)},
    ]
    facts = car(supplies=two)
    assert named(viewed(facts), viewed(facts, date(2026, 7, 1))) == [
        (ChangeKind.SUPPLY, "car", "new", 15),
        (ChangeKind.SUPPLY, "car", "old", -5),
    ]


def test_a_supply_recorded_anew_into_another_item_left_one_and_entered_the_other() -> None:
    into_car = {"uid": "bolt", "input_uid": "steel", "output_uid": "car", "amount": 1.0}
    into_door = {**into_car, "output_uid": "door"}
    assert named(car(supplies=[into_car]), car(supplies=[into_door])) == [
        (ChangeKind.SUPPLY, "door", "bolt", 2 * 5),
        (ChangeKind.SUPPLY, "car", "bolt", -5),
    ]


def test_a_wider_boundary_adds_what_lies_after_the_gate_of_the_item_alone() -> None:
    facts = car(
        supplies=[{"uid": "van", "input_uid": "steel", "output_uid": "car", "amount": 2.0, "stage": "DISTRIBUTION"}],
        emissions=[{"uid": "e-scrap", "item_uid": "door", "kgco2e": 99.0, "stage": "END_OF_LIFE"}],
    )
    gate, grave = viewed(facts), viewed(facts, boundary=SystemBoundary.CRADLE_TO_GRAVE)
    assert named(gate, grave) == [(ChangeKind.DIRECT, "car", None, 10), (ChangeKind.SUPPLY, "car", "van", 10)]
    more = viewed(car(use=12.0), boundary=SystemBoundary.CRADLE_TO_GRAVE)
    assert named(more, grave) == [(ChangeKind.SUPPLY, "car", "van", 10), (ChangeKind.DIRECT, "car", None, -2)]


def test_a_supply_that_moves_behind_the_gate_leaves_it_and_its_loops() -> None:
    van = {"uid": "van", "input_uid": "steel", "output_uid": "car", "amount": 2.0}
    grave = SystemBoundary.CRADLE_TO_GRAVE
    before = viewed(car(supplies=[van]), boundary=grave)
    after = viewed(car(supplies=[{**van, "stage": "USE", "amount": 3.0}]), boundary=grave)
    assert named(before, after) == [(ChangeKind.SUPPLY, "car", "van", 5)]


def test_what_lies_after_the_gate_counts_once_however_often_the_item_takes_of_itself() -> None:
    def scrapped(use: float, amount: float) -> ViewedGraph:
        own = {"uid": "spare", "input_uid": "car", "output_uid": "car", "amount": 0.5}
        van = {"uid": "van", "input_uid": "steel", "output_uid": "car", "amount": amount, "stage": "DISTRIBUTION"}
        return viewed(car(use=use, supplies=[own, van]), boundary=SystemBoundary.CRADLE_TO_GRAVE)

    assert named(scrapped(10.0, 1.0), scrapped(12.0, 1.0)) == [(ChangeKind.DIRECT, "car", None, 2)]
    assert named(scrapped(10.0, 1.0), scrapped(10.0, 3.0)) == [(ChangeKind.SUPPLY, "car", "van", 2 * 5)]


def test_an_unknown_total_has_no_difference_and_no_causes() -> None:
    empty = facts_of(items=[{"uid": "car"}])
    for sides in ((empty, car()), (car(), empty)):
        found = change(*sides)
        assert (found.difference_kgco2e, list(found.causes)) == (None, [])


def test_uptake_is_no_cause_of_a_total_that_leaves_it_out() -> None:
    uptake = {"uid": "leaf", "item_uid": "door", "kgco2e": -4.0, "component": "BIOGENIC_UPTAKE"}
    assert named(car(), car(emissions=[uptake])) == []
    fossil = {**uptake, "component": "FOSSIL"}
    assert named(car(emissions=[uptake]), car(emissions=[fossil])) == [(ChangeKind.DIRECT, "door", None, -8)]


def looping(amount: float, *, is_taken: bool) -> Facts:
    supplies = [
        {"uid": "a-b", "input_uid": "a", "output_uid": "b", "amount": amount},
        {"uid": "b-a", "input_uid": "b", "output_uid": "a", "amount": 1.0},
    ]
    taken = [{"uid": "car-a", "input_uid": "a", "output_uid": "car", "amount": 1.0}] if is_taken else []
    both = [{"uid": "a"}, {"uid": "b"}]
    emissions = [{"uid": f"e-{item['uid']}", "item_uid": item["uid"], "kgco2e": 1.0} for item in both]
    return car(items=both, emissions=emissions, supplies=[*supplies, *taken])


def test_what_one_view_cannot_compute_is_refused_by_name_when_the_other_takes_of_it() -> None:
    poisoned, sound = looping(1.5, is_taken=False), looping(0.5, is_taken=True)
    for sides in ((poisoned, sound), (sound, poisoned)):
        with pytest.raises(UnsolvableLoop, match=r"a → b|b → a"):
            change(*sides)
    assert named(looping(1.5, is_taken=False), looping(1.6, is_taken=False)) == []
    with pytest.raises(UnsolvableLoop):
        change(looping(0.5, is_taken=True), looping(1.5, is_taken=True))


def test_causes_of_one_size_stand_by_uid() -> None:
    def twins(amount: float) -> Facts:
        return facts_of(
            items=[{"uid": "car"}, {"uid": "z"}, {"uid": "a"}],
            emissions=[{"item_uid": uid, "kgco2e": 1.0} for uid in ("car", "z", "a")],
            supplies=[
                {"uid": f"car-{uid}", "input_uid": uid, "output_uid": "car", "amount": amount} for uid in ("z", "a")
            ],
        )

    assert [uid for _, _, uid, _ in named(twins(1.0), twins(2.0))] == ["car-a", "car-z"]
