"""Which facts an answer uses: day, revision, what was known when, and one revision per answer."""

from datetime import timedelta

import pytest

from tests.support.api_client import Api
from tests.support.clock import FixedClock

TOTAL = """query ($view: ViewInput) {
  item(uid: "product", view: $view) { footprint { totalKgCO2e view { revision asOf } } }
}"""


def part_with(kgco2e: float) -> dict[str, object]:
    return {
        "items": [{"uid": "product", "declaredUnit": "pc"}, {"uid": "part", "declaredUnit": "pc"}],
        "emissions": [
            {"uid": "product-own", "item": "product", "kgCO2e": 1},
            {"uid": "part-own", "item": "part", "kgCO2e": kgco2e},
        ],
    }


async def total(api: Api, **view: object) -> float:
    answer: float = (await api.ask(TOTAL, {"view": view}))["item"]["footprint"]["totalKgCO2e"]
    return answer


async def test_a_supply_counts_until_midnight_of_the_day_it_ends(api: Api) -> None:
    await api.record(
        "ends",
        **part_with(10),
        supplies=[{"input": "part", "output": "product", "amount": 1, "validTo": "2026-03-02"}],
    )

    assert await total(api, asOf="2026-03-01") == 11
    assert await total(api, asOf="2026-03-02") == 1


async def test_today_moves_at_midnight_of_the_time_zone_without_a_new_revision(api: Api, clock: FixedClock) -> None:
    await api.record(
        "ends",
        **part_with(10),
        supplies=[{"input": "part", "output": "product", "amount": 1, "validTo": "2026-03-02"}],
    )
    before = await total(api)
    clock.advance(timedelta(hours=12) - timedelta(seconds=1))
    still = await total(api)
    clock.advance(timedelta(seconds=1))

    assert (before, still, await total(api)) == (11, 11, 1)


async def test_what_was_known_before_a_correction_can_still_be_asked(api: Api, clock: FixedClock) -> None:
    supplies = [{"uid": "edge", "input": "part", "output": "product", "amount": 1}]
    first = await api.record("first", **part_with(10), supplies=supplies)
    known_at = clock.now().isoformat()
    clock.advance(timedelta(hours=1))
    second = await api.record("second", emissions=[{"uid": "part-own", "item": "part", "kgCO2e": 20}])

    assert (first, second) == (1, 2)
    assert await total(api) == 21
    assert await total(api, knownAt=known_at) == 11
    assert await total(api, revision=1) == 11
    assert await total(api, revision=2) == 21


async def test_a_field_without_its_own_view_inherits_the_enclosing_one(api: Api) -> None:
    await api.record(
        "first", **part_with(10), supplies=[{"uid": "edge", "input": "part", "output": "product", "amount": 1}]
    )
    await api.record("second", supplies=[{"uid": "edge", "input": "part", "output": "product", "amount": 3}])

    found = await api.ask("""{
      old: item(uid: "product", view: {revision: 1}) {
        footprint { totalKgCO2e }
        inputs { edges { node { amount input { footprint { view { revision } } } } } }
        now: footprint(view: {}) { totalKgCO2e view { revision } }
        newer: inputs(view: {revision: 2}) {
          edges { node { amount output { footprint { totalKgCO2e view { revision } } } } }
        }
      }
    }""")

    old = found["old"]
    assert old["footprint"]["totalKgCO2e"] == 11
    assert old["inputs"]["edges"][0]["node"]["amount"] == 1
    assert old["inputs"]["edges"][0]["node"]["input"]["footprint"]["view"]["revision"] == 1
    assert old["now"] == {"totalKgCO2e": 31, "view": {"revision": 2}}
    newer = old["newer"]["edges"][0]["node"]
    assert newer["amount"] == 3
    assert newer["output"]["footprint"] == {"totalKgCO2e": 31, "view": {"revision": 2}}


async def test_an_item_unknown_in_the_view_of_a_field_has_nothing_there(api: Api) -> None:
    await api.record("first", items=[{"uid": "part", "declaredUnit": "pc"}])
    await api.record("second", **part_with(10))

    found = await api.ask("""{ item(uid: "product") {
      footprint(view: {revision: 1}) { totalKgCO2e } emissions(view: {revision: 1}) { totalCount }
    } }""")

    assert found["item"] == {"footprint": None, "emissions": {"totalCount": 0}}


async def test_null_for_a_defaulted_member_of_a_view_means_the_default(api: Api) -> None:
    await api.record("first", **part_with(10))

    found = await api.ask(
        'query ($view: ViewInput) { item(uid: "part", view: $view) { footprint { view { basis boundary revision }}}}',
        {"view": {"basis": None, "boundary": None, "revision": None, "asOf": None, "knownAt": None}},
    )

    assert found["item"]["footprint"]["view"] == {
        "basis": "DECLARED_FIRST",
        "boundary": "CRADLE_TO_GATE",
        "revision": 1,
    }


@pytest.mark.parametrize(
    ("view", "named"),
    [
        ({"revision": 1, "knownAt": "2026-03-01T12:00:00Z"}, "not both"),
        ({"revision": 99}, "99"),
        ({"revision": -1}, "-1"),
        ({"knownAt": "2001-01-01T00:00:00Z"}, "2001"),
        ({"knownAt": "2031-01-01T00:00:00Z"}, "future"),
    ],
)
async def test_a_view_that_cannot_be_is_bad_user_input(api: Api, view: dict[str, object], named: str) -> None:
    await api.record("first", **part_with(10))

    error = await api.error(TOTAL, {"view": view})

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert named in error["message"]


async def test_all_fields_of_an_answer_use_one_newest_revision_asked_once(api: Api) -> None:
    await api.record("first", **part_with(10))
    api.store.calls.clear()

    found = await api.ask("""{
      revision { number }
      a: item(uid: "part") { footprint { view { revision } } }
      b: item(uid: "part", view: {basis: TRACED}) { footprint { view { revision } } }
      c: items { edges { node { footprint { totalKgCO2e } } } }
    }""")

    assert found["revision"]["number"] == found["a"]["footprint"]["view"]["revision"] == 1
    assert dict(api.store.calls) == {"revision": 1}
