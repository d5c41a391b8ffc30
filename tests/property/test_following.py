"""A service that follows changes answers like one that reads and builds everything anew, after each of many changes."""

import os
from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from graph_service.engine.rollup import RollUp
from graph_service.model.batch import ChangeBatch, ChangesApplied
from graph_service.model.vocabulary import Basis, Door, Kind
from graph_service.ports import GraphStore
from graph_service.service.access import OPERATOR
from graph_service.service.intake import apply_changes
from graph_service.service.snapshots import Snapshots, ViewedGraph
from graph_service.service.views import ViewRequest
from tests.conftest import OpenStore
from tests.support.change_batches import Record, factor, item, supply, tables_of
from tests.support.clock import FixedClock

CHANGES = {"embedded": {"dev": 150, "ci": 1_000, "soak": 10_000}, "neo4j": {"dev": 30, "ci": 300, "soak": 10_000}}
DAYS = [date(2026, 1, 1) + timedelta(days=30 * month) for month in range(12)]
STATES = ["ACCEPTED", "RECEIVED", "QUERIED", "REJECTED", "DEPRECATED"]
NEW_DAY_SHARE = 0.3
"""On a new day a good part of these few items is touched, so that building anew is the right answer there."""
PROFILE = os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")


class Changer:
    """Draws one small batch after the other; some are refused, as loops may close that nothing solves."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.items = [f"i{number}" for number in range(10)]
        self.supplies: set[str] = set()
        self.emissions: set[str] = set()
        self.declared = 0
        self.reviewed: dict[str, Record] = {}

    def first(self) -> dict[str, Sequence[Record]]:
        regions = [{"uid": "CN", "name": "China"}, {"uid": "SN", "name": "Shaanxi", "parent_uid": "CN"}]
        factors = [factor("grid"), factor("grid-SN", region_uid="SN", kgco2e=0.7), factor("gas", flow="gas")]
        return {"regions": regions, "factors": factors, "items": [item(uid) for uid in self.items]}

    def next(self) -> tuple[dict[str, Sequence[Record]], dict[Kind, list[str]]]:
        facts = (self.emission, self.supply, self.supply, self.factor, self.item, self.end, self.name)
        draws = (*facts, self.declaration, self.review)
        rows: dict[str, list[Record]] = {}
        ends: dict[Kind, list[str]] = {}
        for _ in range(int(self.random.integers(1, 4))):
            draws[int(self.random.integers(len(draws)))](rows, ends)
        return {plural: list({row["uid"]: row for row in given}.values()) for plural, given in rows.items()}, ends

    def one(self, values: Sequence[str]) -> str:
        return str(self.random.choice(sorted(values)))

    def validity(self) -> dict[str, object]:
        if self.random.random() < 0.7:
            return {}
        first, last = sorted(self.random.choice(len(DAYS), 2, replace=False).tolist())
        return {"valid_from": DAYS[first], "valid_to": DAYS[last]}

    def emission(self, rows: dict[str, list[Record]], ends: dict[Kind, list[str]]) -> None:
        uid = f"e{self.random.integers(25)}"
        given: dict[str, object] = {"kgco2e": float(self.random.uniform(-1, 5))}
        if self.random.random() < 0.5:
            by = {"factor_uid": "gas"} if self.random.random() < 0.3 else {"flow": "electricity"}
            given = {"activity": float(self.random.uniform(0, 5)), "activity_unit": "kWh", **by}
        stage = self.one(["MANUFACTURING", "RAW_MATERIAL", "USE"])
        self.emissions.add(uid)
        row = {"uid": uid, "item_uid": self.one(self.items), "stage": stage, **given, **self.validity()}
        rows.setdefault("emissions", []).append(row)

    def supply(self, rows: dict[str, list[Record]], ends: dict[Kind, list[str]]) -> None:
        uid, ends_of = f"s{self.random.integers(30)}", (self.one(self.items), self.one(self.items))
        amount = float(self.random.choice([0.0, 0.1, 0.3, 0.6, -0.2]))
        stage = self.one(["RAW_MATERIAL", "TRANSPORT", "DISTRIBUTION"])
        self.supplies.add(uid)
        row = {**supply(*ends_of, amount), "uid": uid, "stage": stage, **self.validity()}
        rows.setdefault("supplies", []).append(row)

    def factor(self, rows: dict[str, list[Record]], ends: dict[Kind, list[str]]) -> None:
        uid = self.one(["grid", "grid-SN", "gas", "grid-2025"])
        given = {"kgco2e": float(self.random.uniform(0, 1)), "flow": "gas" if uid == "gas" else "electricity"}
        region, year = ("SN" if uid == "grid-SN" else "CN"), (2025 if uid == "grid-2025" else 2024)
        rows.setdefault("factors", []).append(factor(uid, region_uid=region, year=year, **given))

    def item(self, rows: dict[str, list[Record]], ends: dict[Kind, list[str]]) -> None:
        if self.random.random() < 0.5 and len(self.items) < 40:
            self.items.append(f"i{len(self.items)}")
            rows.setdefault("items", []).append(item(self.items[-1]))
            return
        region = [None, "CN", "SN"][int(self.random.integers(3))]
        rows.setdefault("items", []).append(item(self.one(self.items), region_uid=region))

    def declaration(self, rows: dict[str, list[Record]], ends: dict[Kind, list[str]]) -> None:
        self.declared += 1
        first = int(self.random.integers(6))
        period = {"reference_period_start": date(2025, 1, 1), "reference_period_end": date(2025, 12, 31)}
        days = {"valid_from": DAYS[first], "valid_to": DAYS[first + int(self.random.integers(1, 6))]}
        row = {"uid": f"d{self.declared}", "item_uid": self.one(self.items), "kgco2e": float(self.random.uniform(0, 9))}
        before = [uid for uid, known in self.reviewed.items() if known["item_uid"] == row["item_uid"]]
        named = {"preceding": self.one(before)} if before and self.random.random() < 0.5 else {}
        self.reviewed[str(row["uid"])] = {**row, **period, **days, **named}
        rows.setdefault("declarations", []).append({**self.reviewed[str(row["uid"])], "state": self.one(STATES)})

    def review(self, rows: dict[str, list[Record]], ends: dict[Kind, list[str]]) -> None:
        if self.reviewed:
            known = self.reviewed[self.one(list(self.reviewed))]
            rows.setdefault("declarations", []).append({**known, "state": self.one(STATES)})

    def name(self, rows: dict[str, list[Record]], ends: dict[Kind, list[str]]) -> None:
        rows.setdefault("suppliers", []).append({"uid": "maker", "name": f"Maker {self.random.integers(99)}"})

    def end(self, rows: dict[str, list[Record]], ends: dict[Kind, list[str]]) -> None:
        for kind, known in ((Kind.SUPPLY, self.supplies), (Kind.EMISSION, self.emissions)):
            recorded = {row["uid"] for row in rows.get(kind.plural, ())}
            if known - recorded and self.random.random() < 0.5 and kind not in ends:
                uid = self.one(list(known - recorded))
                known.discard(uid)
                ends[kind] = [uid]


def snapshots_of(store: GraphStore, clock: FixedClock) -> Snapshots:
    return Snapshots(store, clock, ZoneInfo("Asia/Shanghai"))


def totals(graph: ViewedGraph) -> dict[str, tuple[float, bool, bool]]:
    """Total, completeness and computability by uid, of both boundaries."""
    rolled: RollUp = graph.roll_up()
    uids, found = graph.day.facts.items["uid"].to_pylist(), {}
    for to_grave in (False, True):
        columns = (rolled.total_kgco2e(to_grave), rolled.is_complete(to_grave), rolled.is_computable(to_grave))
        for uid, *values in zip(uids, *(column.tolist() for column in columns), strict=True):
            found[f"{uid} {to_grave}"] = tuple(values)
    return found


def assert_equal_totals(one: ViewedGraph, other: ViewedGraph) -> None:
    found, expected = totals(one), totals(other)
    assert found.keys() == expected.keys()
    scale = 1.0 + sum(abs(total) for total, _, _ in expected.values() if total == total)
    for uid, (total, *flags) in expected.items():
        assert list(found[uid][1:]) == flags, uid
        assert found[uid][0] == pytest.approx(total, rel=1e-12, abs=1e-12 * scale, nan_ok=True), uid


async def test_following_equals_building_anew_after_each_of_many_changes(
    open_store: OpenStore, store_name: str
) -> None:
    """The writer's own process adopts what it records; another one asks the store what changed; a third reads all."""
    clock = FixedClock()
    store, changer = await open_store(clock=clock), Changer(7)
    writing, following = snapshots_of(store, clock), snapshots_of(store, clock)
    applied, followed, day = 0, 0, DAYS[0]
    rows: dict[str, Sequence[Record]] = changer.first()
    ends: dict[Kind, list[str]] = {}
    while applied < CHANGES[store_name][PROFILE]:
        clock.advance(timedelta(minutes=1))
        batch = ChangeBatch(tables_of(rows), ends=ends)
        outcome = await apply_changes(
            batch, principal=OPERATOR, door=Door.CLI, store=store, snapshots=writing, clock=clock
        )
        if isinstance(outcome, ChangesApplied):
            applied += 1
            if changer.random.random() < NEW_DAY_SHARE:
                day = DAYS[int(changer.random.integers(len(DAYS)))]
            request = ViewRequest(as_of=day, basis=list(Basis)[int(changer.random.integers(2))])
            anew = await snapshots_of(store, clock).view(request)
            for snapshots in (writing, following):
                graph = await snapshots.view(request)
                followed += bool(graph.day.roll_ups())
                assert_equal_totals(graph, anew)
        rows, ends = changer.next()
    assert followed > applied, "hardly any graph followed: the test looks at nothing"
