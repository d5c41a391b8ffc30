"""Random data set folders through the doors, the command line and GraphQL on a store, against the second opinion."""

import csv
import random
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph_service.cli.application import main
from graph_service.exchange.dataset import read_folder
from graph_service.model.batch import ChangesApplied
from graph_service.model.vocabulary import Door, HotspotGroup
from graph_service.service.access import OPERATOR
from graph_service.service.intake import apply_changes
from tests.conftest import OpenStore
from tests.oracle.folder_reference import COMPONENTS, STAGES, Footprints, amount_in_declared_units, read_rows
from tests.oracle.reference_columns import (
    hotspots,
    input_contributions,
    input_scale_kgco2e,
    reference_columns,
    reporting_stages,
    scale_kgco2e,
)
from tests.oracle.test_folder_end_to_end import METHODS, Method, assert_close, reference_of_folder
from tests.support.api_client import Api, api_on
from tests.support.clock import FixedClock
from tests.support.random_folders import EDGES, RandomFolder, write_rows

FLAGS = {"true": True, "false": False}

SCALARS = {
    "totalKgCO2e": "total_kgco2e",
    "totalIncludingUptakeKgCO2e": "total_including_uptake_kgco2e",
    "directKgCO2e": "direct_kgco2e",
    "upstreamKgCO2e": "upstream_kgco2e",
    "primaryDataShare": "primary_data_share",
    "verifiedShare": "verified_share",
    "proxyShare": "proxy_share",
    "exemptedShare": "exempted_share",
    "technologicalDQR": "technological_dqr",
    "temporalDQR": "temporal_dqr",
    "geographicalDQR": "geographical_dqr",
    "ratedShare": "rated_share",
    "loopGain": "loop_gain",
}
HOTSPOTS = "\n".join(
    f"hotspots{by}: hotspots(by: {by}, first: 200) {{ edges {{ node {{ key kgCO2e primaryDataShare }} }} }}"
    for by in HotspotGroup
)
TOTALS = "query ($uids: [ID!]!, $view: ViewInput) { footprints(items: $uids, view: $view) { totalKgCO2e } }"
FOOTPRINT = f"""query ($uid: ID!, $view: ViewInput) {{ item(uid: $uid, view: $view) {{
  declaredUnit
  inputs(first: 200) {{ edges {{ node {{ input {{ uid }} amount share stage }} }} }}
  footprint {{
    {" ".join(SCALARS)} isComplete residualKgCO2e
    gaps(first: 200) {{ edges {{ node {{ item {{ uid }} kind amount tier }} }} }}
    byStage {{ stage kgCO2e }}
    reporting: byStage(perspective: REPORTING_ITEM) {{ stage kgCO2e }}
    byCarbonComponent {{ component kgCO2e }}
    inputContributions(first: 200) {{ edges {{ node {{ supply {{ input {{ uid }} }} kgCO2e }} }} }}
    {HOTSPOTS}
  }}
}} }}"""


# In 1024 and 1039 a declaration wins only because it was received later.
@pytest.fixture(params=[1001, 1024, 1039])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A random data set folder."""
    path = tmp_path / "data"
    path.mkdir()
    RandomFolder(request.param).write(path)
    return path


@pytest.mark.parametrize("method", METHODS, ids="-".join)
def test_rollup_of_a_folder_writes_what_the_second_opinion_says(folder: Path, method: Method, tmp_path: Path) -> None:
    day, out = EDGES[2], tmp_path / "totals.csv"
    basis, boundary = method
    chosen = ["--basis", basis.value, "--boundary", boundary.value, "--as-of", day.isoformat(), "--columns", "all"]
    with pytest.raises(SystemExit) as exit_info:
        main(["rollup", "--data", str(folder), *chosen, "--out", str(out)])
    assert exit_info.value.code == 0

    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = reference_of_folder(folder, day, method)
    assert [row["item"] for row in rows] == [row["item"] for row in known.facts.items]
    assert [FLAGS[row["is_complete"]] for row in rows] == [not known.gaps(item) for item in range(known.count)]
    scale, expected = scale_kgco2e(known), reference_columns(known)
    assert set(rows[0]) == {"item", "declared_unit", "is_complete", *expected}
    for name, values in expected.items():
        found = [float(row[name]) if row[name] else np.nan for row in rows]
        assert_close(found, values, scale if name.endswith("kgco2e") else 1.0, name)


def write_earlier(folder: Path, earlier: Path, *, rng: random.Random) -> dict[str, int]:
    """The folder as it may have been before: other emissions, fewer declarations.

    Answers the revision in which each declaration is received when both are imported.
    """
    files = read_rows(folder)
    files["emissions"] = [row | {"kgco2e": row["kgco2e"] and "7.5"} for row in files["emissions"] if rng.random() < 0.8]
    received: dict[str, int] = {}
    for row in files.get("declarations", []):
        is_early = rng.random() < 0.6 and all(received[uid] == 1 for uid in row["preceding"].split())
        received[row["declaration"]] = 1 if is_early else 2
    files["declarations"] = [row for row in files.get("declarations", []) if received[row["declaration"]] == 1]
    earlier.mkdir()
    write_rows(earlier, files)
    return received


async def record(folder: Path, api: Api) -> None:
    """Import with --replace."""
    outcome = await apply_changes(
        replace(read_folder(folder).batch, replace=True),
        principal=OPERATOR,
        door=Door.CLI,
        store=api.services.store,
        snapshots=api.services.snapshots,
        clock=api.clock,
    )
    assert isinstance(outcome, ChangesApplied), outcome


async def test_graphql_answers_what_the_second_opinion_says_of_both_revisions(
    open_store: OpenStore, folder: Path, tmp_path: Path
) -> None:
    rng, earlier, clock = random.Random(folder.name), tmp_path / "earlier", FixedClock()
    received = write_earlier(folder, earlier, rng=rng)
    async with api_on(await open_store(clock=clock), clock=clock) as api:
        await record(earlier, api)
        await record(folder, api)
        for method in METHODS:
            for revision, day in ((2, EDGES[0]), (2, date(2026, 2, 27)), (2, EDGES[2]), (1, EDGES[2])):
                path = folder if revision == 2 else earlier
                known = reference_of_folder(path, day, method, received=received)
                await assert_same_answers(api, known, method, revision=revision, rng=rng)


async def assert_same_answers(
    api: Api, known: Footprints, method: Method, *, revision: int, rng: random.Random
) -> None:
    """Some items' footprints and supplies in one view."""
    basis, boundary = method
    columns, scale = reference_columns(known), scale_kgco2e(known)
    day = known.facts.day.isoformat()
    view = {"asOf": day, "revision": revision, "basis": basis.value, "boundary": boundary.value}
    uids = [row["item"] for row in known.facts.items]
    answer = await api.ask(TOTALS, {"uids": uids, "view": view})
    totals = [number(found["totalKgCO2e"]) for found in answer["footprints"]]
    assert_close(totals, columns["total_kgco2e"], scale, f"totals in {view}")
    for item in rng.sample(range(known.count), 4):
        uid = known.facts.items[item]["item"]
        answer, where = await api.ask(FOOTPRINT, {"uid": uid, "view": view}), f"{uid!r} in {view}"
        assert_same_supplies(nodes(answer["item"]["inputs"]), known, item)
        found = answer["item"]["footprint"]
        for name, column in SCALARS.items():
            assert_close(number(found[name]), columns[column][item], scale[item] + 1, f"{where}: {name}")
        assert_same_parts(found, known, item, scale=float(scale[item]), where=where)


def nodes(connection: Any) -> list[Any]:
    return [edge["node"] for edge in connection["edges"]]


def number(value: float | None) -> float:
    return np.nan if value is None else value


def assert_same_supplies(found: list[Any], known: Footprints, item: int) -> None:
    """Every supply valid on the day, in the input's declared unit."""
    uid, facts = known.facts.items[item]["item"], known.facts
    into = [row for row in facts.valid("supplies") if row["output"] == uid]
    expected = sorted(
        (
            row["input"],
            row.get("stage") or "RAW_MATERIAL",
            float(row.get("share") or 1),
            amount_in_declared_units(row, facts.items[facts.row_of_item[row["input"]]]),
        )
        for row in into
    )
    given = sorted((one["input"]["uid"], one["stage"], one["share"], one["amount"]) for one in found)
    assert [one[:3] for one in given] == [one[:3] for one in expected]
    assert [one[3] for one in given] == pytest.approx([one[3] for one in expected], rel=1e-12)


def assert_same_parts(found: Any, known: Footprints, item: int, *, scale: float, where: str) -> None:
    """Gaps, and where something is known inputs, stages, components and hotspots."""
    gaps, expected = nodes(found["gaps"]), known.gaps(item)
    named = [(gap["item"]["uid"], gap["kind"], gap["tier"]) for gap in gaps]
    assert named == [(uid, kind, tier) for uid, kind, _, tier in expected], where
    activity = 1 + abs(known.activity[:, item]).max()
    assert_close([gap["amount"] for gap in gaps], [amount for _, _, amount, _ in expected], activity, where)
    assert found["isComplete"] == (not gaps), where
    if found["totalKgCO2e"] is None:
        assert found["residualKgCO2e"] is None
        return
    stages = {one["stage"]: one["kgCO2e"] for one in found["byStage"]}
    assert_close(
        [stages[name] for name in STAGES], [known.signed("stage", name)[item] for name in STAGES], scale, where
    )
    input_scale = input_scale_kgco2e(known, item)
    seen = {one["stage"]: one["kgCO2e"] for one in found["reporting"]}
    assert_close([seen[name] for name in STAGES], reporting_stages(known, item), input_scale, f"{where}: reporting")
    components = {one["component"]: one["kgCO2e"] for one in found["byCarbonComponent"]}
    signed = [known.signed("component", name)[item] for name in COMPONENTS]
    assert_close([components[name] for name in COMPONENTS], signed, scale, where)
    brought = sorted((one["supply"]["input"]["uid"], one["kgCO2e"]) for one in nodes(found["inputContributions"]))
    inputs = input_contributions(known, item)
    assert [uid for uid, _ in brought] == [uid for uid, _ in inputs], where
    assert_close([kgco2e for _, kgco2e in brought], [kgco2e for _, kgco2e in inputs], input_scale, where)
    for by in HotspotGroup:
        groups = hotspots(known, item, by.value)
        spots = {spot["key"]: spot for spot in nodes(found[f"hotspots{by}"])}
        assert set(spots) <= set(groups), where
        weights = [number(spots[key]["kgCO2e"]) if key in spots else 0.0 for key in groups]
        assert_close(weights, [group.kgco2e for group in groups.values()], scale, f"{where}: {by}")
        for key, spot in spots.items():
            share = groups[key].primary_data_share(float(known.loop_gain[item]))
            assert_close(number(spot["primaryDataShare"]), share, 1.0, f"{where}: {by} {key}")
