"""Random folders explained through the doors, the command line and GraphQL on a store, against the second opinion."""

import json
import math
import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from graph_service.cli.application import main
from tests.conftest import OpenStore
from tests.oracle import change_reference, judging_reference
from tests.oracle import explaining_reference as reference
from tests.oracle.folder_reference import Facts, Footprints, read_rows
from tests.oracle.judging_checks import with_benchmarks
from tests.oracle.moving_checks import random_changes
from tests.oracle.reference_columns import scale_kgco2e
from tests.oracle.scenario_reference import Changes, Refused, changed
from tests.oracle.test_folder_doors import nodes, number, record
from tests.oracle.test_folder_end_to_end import METHODS, Method, assert_close, reference_of_folder
from tests.support.api_client import Api, api_on
from tests.support.clock import FixedClock
from tests.support.random_folders import EDGES, write_rows
from tests.support.random_judgements import at_another_time, explained_folder

EXPLAINED = """query ($uid: ID!, $view: ViewInput) {
  item(uid: $uid, view: $view) { footprint {
    totalKgCO2e
    paths(first: 5) { nodes { items { uid } kgCO2e } coveredKgCO2e openKgCO2e }
    sensitivities(first: 200) { totalCount edges { node { supply { uid } item { uid } derivative elasticity } } }
    uncertainty { lowKgCO2e highKgCO2e coefficientOfVariation declaredShare }
    grade { level reason benchmark { limitKgCO2e } }
  } }
  dataRequestCandidates(item: $uid, first: 200, view: $view) { item { uid } kgCO2e score reason }
}"""
CHANGE = """query ($uid: ID!, $before: ViewInput!, $after: ViewInput!) {
  footprintChange(item: $uid, before: $before, after: $after) {
    item { uid } before { totalKgCO2e } after { totalKgCO2e } differenceKgCO2e
    causes(first: 200) { totalCount edges { node {
      kgCO2e kind item { uid } supply { uid } declaration { uid } factor { uid }
    } } }
  }
}"""
WHAT_IF = """query ($changes: ScenarioInput!, $items: [ID!]!, $view: ViewInput) {
  scenario(changes: $changes, items: $items, view: $view) { item { uid } beforeKgCO2e afterKgCO2e differenceKgCO2e }
}"""
VIEWS = ((2, EDGES[0]), (2, EDGES[2]), (1, EDGES[2]), (2, EDGES[3]))


@pytest.fixture(params=[2003, 2014])
def folders(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path]:
    """A random data set folder as it was first, and as it became."""
    earlier, later, rng = tmp_path / "earlier", tmp_path / "later", random.Random(request.param)
    folder = explained_folder(request.param)
    for path in (earlier, later):
        path.mkdir()
    folder.write(later)
    judged = Footprints(Facts(read_rows(later), EDGES[2]), is_traced=False, to_grave=False)
    folder.files["benchmarks"] = with_benchmarks(judged, rng)
    folder.write(later)
    write_rows(earlier, at_another_time(folder.files, rng))
    return earlier, later


def received_in(folders: tuple[Path, Path]) -> dict[str, int]:
    """The revision that first records each declaration."""
    each = [{row["declaration"] for row in read_rows(path).get("declarations", [])} for path in folders]
    return {uid: 1 if uid in each[0] else 2 for uid in each[0] | each[1]}


def view_input(revision: int, day: date, method: Method) -> dict[str, Any]:
    basis, boundary = method
    return {"asOf": day.isoformat(), "revision": revision, "basis": basis.value, "boundary": boundary.value}


async def test_graphql_explains_both_revisions_as_the_second_opinion_does(
    open_store: OpenStore, folders: tuple[Path, Path]
) -> None:
    rng, clock, received = random.Random(str(folders[0].parent.name)), FixedClock(), received_in(folders)
    async with api_on(await open_store(clock=clock), clock=clock) as api:
        for revision, path in enumerate(folders, start=1):
            await record(path, api)
            # Asked in between, so that the second revision's answers follow from those of the first.
            known = reference_of_folder(path, EDGES[2], METHODS[0], received=received)
            await assert_explained(api, known, 0, view_input(revision, EDGES[2], METHODS[0]))
        for method in METHODS:
            sides = {}
            for revision, day in VIEWS:
                known = reference_of_folder(folders[revision - 1], day, method, received=received)
                sides[revision, day] = known
                view = view_input(revision, day, method)
                await assert_what_if(api, known, view, random_changes(known.facts, rng))
                for item in rng.sample(range(known.count), 2):
                    await assert_explained(api, known, item, view)
            for _ in range(4):
                await assert_moved(api, sides, method, rng)


async def assert_explained(api: Api, known: Footprints, item: int, view: Mapping[str, Any]) -> None:
    """Paths, levers, spread, grade and whom to ask of one item."""
    uid, total = known.facts.items[item]["item"], reference.total_of(known, item)
    where, scale = f"{uid!r} in {view}", float(scale_kgco2e(known)[item])
    if known.loop_gain[item] >= 1 and not math.isnan(total):
        error = await api.error(EXPLAINED, {"uid": uid, "view": view})
        assert error["extensions"]["code"] == "UNSOLVABLE_LOOP", where
        return
    answer = await api.ask(EXPLAINED, {"uid": uid, "view": view})
    found = answer["item"]["footprint"]
    assert_close(number(found["totalKgCO2e"]), total, scale, where)
    assert_paths(found["paths"], known, item, where=where)
    assert_levers(nodes(found["sensitivities"]), known, item, where=where)
    spread = reference.spread(known, item, level=0.95)
    assert (found["uncertainty"] is None) == (spread is None), where
    if spread is not None:
        ends = [found["uncertainty"]["lowKgCO2e"], found["uncertainty"]["highKgCO2e"]]
        size = (scale + spread.sd_kgco2e + abs(spread.high_kgco2e)) * max(1.0, spread.sd_kgco2e / (abs(total) or 1.0))
        assert_close(ends, [spread.low_kgco2e, spread.high_kgco2e], size, where)
    gate = Footprints(known.facts, known.is_traced, to_grave=False)
    graded = judging_reference.grade_of(gate, item)
    assert found["grade"]["level"] in graded.levels, where
    if found["grade"]["level"] != "UNGRADED":
        assert graded.benchmark is not None
        assert found["grade"]["benchmark"]["limitKgCO2e"] == float(graded.benchmark["limit_kgco2e"]), where
    assert_candidates(answer["dataRequestCandidates"], known, gate, item, where=where)


def assert_paths(found: Any, known: Footprints, item: int, *, where: str) -> None:
    total, scale = reference.total_of(known, item), float(scale_kgco2e(known)[item])
    if math.isnan(total):
        assert found["nodes"] == [], where
        return
    assert_close(found["coveredKgCO2e"] + found["openKgCO2e"], total, scale, where)
    walked = [[one["uid"] for one in path["items"]] for path in found["nodes"]]
    expected = [
        reference.path_kgco2e(known, tuple(known.facts.row_of_item[uid] for uid in walk)) for walk in walked
    ]  # fmt: skip
    carried = [path["kgCO2e"] for path in found["nodes"]]
    assert_close(carried, expected, scale, where)
    every = reference.enumerate_paths(known, item, wanted=5)
    sizes = sorted((abs(kgco2e) for kgco2e in every.kgco2e.values()), reverse=True)
    sizes = [size for size in sizes if size > max(every.proven_kgco2e, 1e-9 * scale) * (1 + 1e-9)][:5]
    assert_close([abs(kgco2e) for kgco2e in carried[: len(sizes)]], sizes, scale, where)


def assert_levers(found: list[Any], known: Footprints, item: int, *, where: str) -> None:
    """Derivatives of what is on the first page."""
    if math.isnan(reference.total_of(known, item)):
        assert found == [], where
        return
    flows = {flow.row["supply"]: flow for flow in reference.flows(known, item)}
    scale = 1 + float(scale_kgco2e(known)[item]) + abs(known.activity[:, item]).max()
    for one in found:
        if one["supply"] is not None:
            derivative = flows[one["supply"]["uid"]].derivative
        else:
            row = known.facts.row_of_item[one["item"]["uid"]]
            derivative = 1.0 if known.gap_kind(row) else float(known.activity[row, item])
        assert_close(one["derivative"], derivative, scale + abs(derivative), f"{where}: {one}")


def assert_candidates(found: list[Any], known: Footprints, gate: Footprints, item: int, *, where: str) -> None:
    expected = judging_reference.candidates(known, gate, item)
    scale = max([float(scale_kgco2e(known)[item]), *(one.score for one in expected)])
    shown = {one["item"]["uid"]: one["score"] for one in found}
    wanted = {one.uid: one.score for one in expected}
    for uid in {*shown, *wanted}:
        assert_close(shown.get(uid, 0.0), wanted.get(uid, 0.0), scale, f"{where}: {uid}")


async def assert_what_if(api: Api, known: Footprints, view: Mapping[str, Any], changes: Changes) -> None:
    """The answer for every item, or the refusal."""
    asked = [row["item"] for row in known.facts.items]
    variables = {"changes": as_input(changes), "items": asked, "view": view}
    try:
        expected = changed(known, changes)
    except Refused:
        await api.error(WHAT_IF, variables)
        return
    found = (await api.ask(WHAT_IF, variables))["scenario"]
    assert [one["item"]["uid"] for one in found] == asked
    scale = scale_kgco2e(known) + scale_kgco2e(expected)
    for name, side in (("beforeKgCO2e", known), ("afterKgCO2e", expected)):
        totals = [reference.total_of(side, item) for item in range(side.count)]
        assert_close([number(one[name]) for one in found], totals, scale, f"{view}: {name}, {changes}")


def as_input(changes: Changes) -> dict[str, Any]:
    return {
        "direct": [
            *({"item": uid, "factor": scale} for uid, scale in changes.scaled.items()),
            *({"item": uid, "setKgCO2e": kgco2e} for uid, kgco2e in changes.set_kgco2e.items()),
        ],
        "supplies": [
            {"supply": uid, "amount": amount, "share": share} for uid, (amount, share) in changes.supplies.items()
        ],
        "factors": [{"factor": uid, "kgCO2e": kgco2e} for uid, kgco2e in changes.factors.items()],
    }


async def assert_moved(
    api: Api, sides: Mapping[tuple[int, date], Footprints], method: Method, rng: random.Random
) -> None:
    """Why one item moved between two of the views."""
    before, after = rng.sample(sorted(sides), 2)
    uid = rng.choice(sorted({row["item"] for key in (before, after) for row in sides[key].facts.items}))
    variables = {"uid": uid, "before": view_input(*before, method), "after": view_input(*after, method)}
    found = (await api.ask(CHANGE, variables))["footprintChange"]
    assert_causes(found, change_reference.explain(sides[before], sides[after], uid), str(variables))


def assert_causes(found: Any, expected: change_reference.Explained, where: str) -> None:
    assert_close(
        number(found["differenceKgCO2e"]), expected.difference_kgco2e, expected.scale_kgco2e, f"{where}: difference"
    )
    for name, side in zip(("before", "after"), expected.sides, strict=True):
        assert (found[name] is None) == (side.item is None), where
    shown = {}
    for one in nodes(found["causes"]):
        named = [one[name]["uid"] for name in ("supply", "declaration", "factor") if one[name]]
        shown[one["kind"], one["item"]["uid"], named[0] if named else ""] = one["kgCO2e"]
    assert len(shown) == found["causes"]["totalCount"], where
    for cause in {*shown, *expected.causes}:
        kgco2e = expected.causes.get(cause, 0.0)
        assert_close(shown.get(cause, 0.0), kgco2e, expected.scale_kgco2e, f"{where}: {cause}")


async def test_views_that_no_store_has_are_refused_and_an_empty_past_is_none(
    open_store: OpenStore, folders: tuple[Path, Path]
) -> None:
    clock = FixedClock()
    async with api_on(await open_store(clock=clock), clock=clock) as api:
        await record(folders[1], api)
        known = reference_of_folder(folders[1], EDGES[2], METHODS[0])
        uid = next(row["item"] for item, row in enumerate(known.facts.items) if known.is_known()[item])
        now = view_input(1, EDGES[2], METHODS[0])
        far = {
            "revision": {"revision": 2},
            "future": {"knownAt": (clock.now() + timedelta(days=1)).isoformat()},
            "past": {"knownAt": datetime(1999, 1, 1, tzinfo=UTC).isoformat()},
            "both": {"revision": 1, "knownAt": clock.now().isoformat()},
        }
        for name, view in far.items():
            for before, after in ((view, now), (now, view)):
                error = await api.error(CHANGE, {"uid": uid, "before": before, "after": after})
                assert error["extensions"]["code"] == "BAD_USER_INPUT", (name, error)
            for query, variables in (
                (EXPLAINED, {"uid": uid}),
                (WHAT_IF, {"changes": {}, "items": [uid]}),
            ):
                errors = await api.errors(query, {**variables, "view": view})
                assert {each["extensions"]["code"] for each in errors} == {"BAD_USER_INPUT"}, (name, errors)
        empty = {**now, "revision": 0}
        found = (await api.ask(CHANGE, {"uid": uid, "before": empty, "after": now}))["footprintChange"]
        total = reference.total_of(known, known.facts.row_of_item[uid])
        assert found["before"] is None
        assert found["differenceKgCO2e"] == pytest.approx(total, rel=1e-9)
        causes = nodes(found["causes"])
        assert {one["kind"] for one in causes} <= {"ADDED"}
        assert sum(one["kgCO2e"] for one in causes) == pytest.approx(total, rel=1e-9)
        assert (await api.ask(CHANGE, {"uid": "nobody", "before": empty, "after": now}))["footprintChange"] is None


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """What a command prints as JSON."""
    with pytest.raises(SystemExit) as exit_info:
        main([*arguments, "--format", "json"])
    out, err = capsys.readouterr()
    assert exit_info.value.code == 0, err
    return json.loads(out)


def options(folder: Path, day: date | None, method: Method) -> list[str]:
    basis, boundary = (each.value for each in method)
    as_of = ["--as-of", day.isoformat()] if day else []
    return ["--data", str(folder), "--basis", basis, "--boundary", boundary, *as_of]


@pytest.mark.parametrize("method", METHODS, ids="-".join)
def test_commands_explain_a_folder_as_the_second_opinion_does(
    folders: tuple[Path, Path], method: Method, capsys: pytest.CaptureFixture[str]
) -> None:
    known, chosen = reference_of_folder(folders[1], EDGES[2], method), options(folders[1], EDGES[2], method)
    gate = Footprints(known.facts, known.is_traced, to_grave=False)
    item = deepest_item(known)
    uid = known.facts.items[item]["item"]
    found = said(capsys, "paths", uid, "--first", "5", *chosen)
    found["nodes"] = [
        {"items": [{"uid": one} for one in path["items"]], "kgCO2e": path["kgco2e"]} for path in found["paths"]
    ]
    found |= {"coveredKgCO2e": found["covered_kgco2e"], "openKgCO2e": found["open_kgco2e"]}
    assert_paths(found, known, item, where=uid)
    found = said(capsys, "sensitivities", uid, "--first", "500", *chosen)
    levers = [
        {"supply": None, "item": None, **one, "supply" if one["kind"] == "amount" else "item": {"uid": one["uid"]}}
        for one in found["sensitivities"]
    ]
    assert len(levers) == found["count"]
    assert_levers(levers, known, item, where=uid)
    found = said(capsys, "uncertainty", uid, *chosen)["uncertainty"]
    spread = reference.spread(known, item, level=0.95)
    assert (found is None) == (spread is None)
    if spread is not None:
        assert_close(found["high_kgco2e"], spread.high_kgco2e, 10 * abs(spread.high_kgco2e), uid)
    assert said(capsys, "grade", uid, *chosen)["level"] in judging_reference.grade_of(gate, item).levels
    found = said(capsys, "data-requests", uid, "--first", "200", *chosen)["data_requests"]
    assert_candidates(
        [{"item": {"uid": one["item"]}, "score": one["score"]} for one in found], known, gate, item, where=uid
    )


def deepest_item(known: Footprints) -> int:
    """The item with the most upstream of which something is known, and that has paths."""
    sizes = (known.tier >= 0).sum(axis=0) * known.is_known() * (known.loop_gain < 1)
    return int(sizes.argmax())


@pytest.mark.parametrize("method", METHODS, ids="-".join)
def test_commands_tell_what_moved_and_what_if_as_the_second_opinion_does(
    folders: tuple[Path, Path], method: Method, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = reference_of_folder(folders[1], EDGES[2], method)
    other = reference_of_folder(folders[1], EDGES[0], method)
    uid = known.facts.items[deepest_item(known)]["item"]
    days = ["--before", EDGES[0].isoformat(), "--after", EDGES[2].isoformat(), "--first", "500"]
    found = said(capsys, "changes", uid, *days, *options(folders[1], None, method))
    expected = change_reference.explain(other, known, uid)
    shown = {(one["kind"], one["item"], one["fact"] or ""): one["kgco2e"] for one in found["causes"]}
    for cause in {*shown, *expected.causes}:
        kgco2e = expected.causes.get(cause, 0.0)
        assert_close(shown.get(cause, 0.0), kgco2e, expected.scale_kgco2e, f"{uid}: {cause}")
    changes = Changes(scaled={uid: 0.5})
    file = tmp_path / "changes.json"
    file.write_text(json.dumps(as_input(changes)), encoding="utf-8")
    asked = [row["item"] for row in known.facts.items]
    try:
        after = changed(known, changes)
    except Refused:
        with pytest.raises(SystemExit) as exit_info:
            main(["scenario", *asked, "--changes", str(file), *options(folders[1], EDGES[2], method)])
        assert exit_info.value.code == 2
        return
    found = said(capsys, "scenario", *asked, "--changes", str(file), *options(folders[1], EDGES[2], method))
    totals = [reference.total_of(after, item) for item in range(after.count)]
    assert_close(
        [number(one["after_kgco2e"]) for one in found["outcomes"]],
        totals,
        scale_kgco2e(known) + scale_kgco2e(after),
        uid,
    )
