"""Paths, sensitivities and spread of a service's footprint, held to the dense second opinion."""

import math
import random
from collections.abc import Callable, Sequence

import pytest

from graph_service.errors import UnsolvableLoop
from graph_service.model.vocabulary import Kind
from graph_service.service.footprints import Footprint, footprint
from graph_service.service.paths import supply_paths
from graph_service.service.sensitivities import Sensitivity, sensitivities
from graph_service.service.uncertainty import uncertainty
from tests.oracle import explaining_reference as reference
from tests.oracle.folder_reference import Facts, amount_in_declared_units
from tests.oracle.reference_columns import input_scale_kgco2e
from tests.oracle.test_folder_end_to_end import Compared, assert_close


def found_footprint(case: Compared, item: int) -> Footprint:
    uid = case.known.facts.items[item]["item"]
    return footprint(case.graph, case.graph.day.facts.items["uid"].to_pylist().index(uid))


def uids(case: Compared, kind: Kind) -> list[str]:
    names: list[str] = case.graph.day.facts.tables[kind]["uid"].to_pylist()
    return names


def assert_same_paths(case: Compared, item: int, *, first: int, min_share: float) -> None:
    found, where = found_footprint(case, item), f"{case.where}: paths of {case.known.facts.items[item]['item']!r}"
    if found.total_kgco2e is None:
        empty = supply_paths(found, first=first)
        assert (list(empty.paths), empty.covered_kgco2e, empty.open_kgco2e) == ([], 0.0, 0.0), where
        return
    if case.known.loop_gain[item] >= 1:
        with pytest.raises(UnsolvableLoop):
            supply_paths(found, first=first)
        return
    total, scale = reference.total_of(case.known, item), float(case.scale_kgco2e[item])
    shown = supply_paths(found, first=first, min_share=min_share)
    assert_close(shown.covered_kgco2e, sum(path.kgco2e for path in shown.paths), scale, where)
    assert_close(shown.covered_kgco2e + shown.open_kgco2e, total, scale, where)
    row_of = {uid: row for row, uid in enumerate(row["item"] for row in case.known.facts.items)}
    names = uids(case, Kind.ITEM)
    walked = [tuple(row_of[names[row]] for row in path.item_rows) for path in shown.paths]
    assert len(set(walked)) == len(walked), where
    for path, walk in zip(shown.paths, walked, strict=True):
        assert walk[-1] == item
        assert path.kgco2e != 0, where
        assert_close(path.kgco2e, reference.path_kgco2e(case.known, walk), scale, f"{where}: {walk}")
        assert (path.share is None) == (found.total_kgco2e == 0), where
        if path.share is not None:
            assert path.share == pytest.approx(path.kgco2e / found.total_kgco2e, rel=1e-12), where
    assert_largest(case, item, [path.kgco2e for path in shown.paths], first=first, min_share=min_share, where=where)


def assert_largest(
    case: Compared, item: int, carried: Sequence[float], *, first: int, min_share: float, where: str
) -> None:
    """No path that is not listed carries more than the last one listed, as far as all are enumerated."""
    sizes, scale = [abs(kgco2e) for kgco2e in carried], float(case.scale_kgco2e[item])
    assert sizes == sorted(sizes, reverse=True), where
    total = reference.total_of(case.known, item)
    every = reference.enumerate_paths(case.known, item, wanted=first)
    proven = max(every.proven_kgco2e, min_share * abs(total), 1e-9 * scale)
    expected = sorted((abs(kgco2e) for kgco2e in every.kgco2e.values()), reverse=True)
    expected = [kgco2e for kgco2e in expected if kgco2e > proven * (1 + 1e-9)][:first]
    assert len(sizes) >= len(expected), f"{where}: {len(sizes)} of {len(expected)} paths"
    assert_close(sizes[: len(expected)], expected, scale, where)
    assert all(size >= min_share * abs(total) * (1 - 1e-9) for size in sizes), where


def assert_same_sensitivities(case: Compared, item: int) -> None:
    known = case.known
    found, where = found_footprint(case, item), f"{case.where}: levers of {known.facts.items[item]['item']!r}"
    listed = sensitivities(found)
    total = reference.total_of(known, item)
    if math.isnan(total):
        assert list(listed) == [], where
        return
    items, supplies = uids(case, Kind.ITEM), uids(case, Kind.SUPPLY)
    direct = {items[one.item_row]: one for one in listed if one.item_row is not None}
    amounts = {supplies[one.supply_row]: one for one in listed if one.supply_row is not None}
    assert len(direct) + len(amounts) == len(listed), where
    scale, size = float(case.scale_kgco2e[item]), input_scale_kgco2e(known, item)
    own = known.per_item("kgco2e")
    expected = {}
    for row in range(known.count):
        kgco2e = own["gate"][row] * known.activity[row, item] + own["after"][row] * known.to_grave * (row == item)
        if known.tier[row, item] >= 0 and (abs(kgco2e) > 1e-9 * scale or known.facts.items[row]["item"] in direct):
            # What an item emits only after its gate counts once, whatever loop it is in.
            derivative = 1.0 if known.gap_kind(row) else float(known.activity[row, item])
            expected[known.facts.items[row]["item"]] = (derivative, kgco2e)
    assert set(direct) == set(expected), where
    for uid, (derivative, kgco2e) in expected.items():
        assert_close(direct[uid].derivative, derivative, 1 + abs(known.activity[:, item]).max(), f"{where}: {uid}")
        assert_elasticity(direct[uid].elasticity, kgco2e, found, scale, f"{where}: {uid}")
        assert known.gap_kind(known.facts.row_of_item[uid]) is None or uid == known.facts.items[item]["item"], where
    flows = {flow.row["supply"]: flow for flow in reference.flows(known, item) if flow.is_input_known}
    assert set(amounts) <= set(flows), f"{where}: {set(amounts) - set(flows)}"
    for uid, flow in flows.items():
        width = size + abs(flow.derivative) + abs(flow.kgco2e)
        if uid in amounts:
            assert_close(amounts[uid].derivative, flow.derivative, width, f"{where}: {uid}")
            assert_elasticity(amounts[uid].elasticity, flow.kgco2e, found, width, f"{where}: {uid}")
        else:
            assert_close([flow.derivative, flow.kgco2e], [0, 0], width, f"{where}: {uid} is left out")
    keys = [abs(one.derivative if one.elasticity is None else one.elasticity) for one in listed]
    assert keys == sorted(keys, reverse=True), where


def assert_elasticity(elasticity: float | None, kgco2e: float, found: Footprint, scale: float, where: str) -> None:
    assert (elasticity is None) == (found.total_kgco2e == 0), where
    if elasticity is not None and found.total_kgco2e is not None:
        # Judged in kilograms: a total that all but cancels magnifies what both round.
        far = abs(elasticity * found.total_kgco2e - kgco2e)
        assert far <= 1e-9 * (scale + abs(scale / found.total_kgco2e) * abs(kgco2e)), f"{where}: {elasticity}, {kgco2e}"


def assert_derivatives_are_slopes(case: Compared, item: int, rng: random.Random) -> None:
    """Central differences of the folder solved anew, with a few of the parameters moved."""
    known, where = case.known, f"{case.where}: slopes of {case.known.facts.items[item]['item']!r}"
    listed, scale = sensitivities(found_footprint(case, item)), float(case.scale_kgco2e[item])
    for one in rng.sample(listed, min(3, len(listed))):
        moved, step = moved_parameter(case, one)
        totals = [reference.total_of(reference.resolved(known, moved(sign * step)), item) for sign in (1, -1)]
        slope = (totals[0] - totals[1]) / (2 * step)
        allowed = 1e-5 * abs(one.derivative) + 1e-9 * (1 + scale) / step
        assert abs(slope - one.derivative) <= allowed, f"{where}: {one}, {slope}"


def moved_parameter(case: Compared, one: Sensitivity) -> tuple[Callable[[float], Facts], float]:
    """The folder with a parameter moved by so much, and how much is little for it."""
    known, facts = case.known, case.known.facts
    if one.supply_row is not None:
        uid = uids(case, Kind.SUPPLY)[one.supply_row]
        supply = next(row for row in facts.rows["supplies"] if row["supply"] == uid)
        amount = amount_in_declared_units(supply, facts.items[facts.row_of_item[supply["input"]]])
        step = 1e-4 * max(abs(amount), 1e-6)
        return lambda by: reference.with_row(facts, "supplies", supply, amount=repr(amount + by), unit=""), step
    assert one.item_row is not None
    row = facts.row_of_item[uids(case, Kind.ITEM)[one.item_row]]
    declared, stage = known.declaration[row], "USE" if known.gap_kind(row) else "MANUFACTURING"
    if declared is None:
        return lambda by: reference.with_emission(facts, row, by, stage=stage), 1e-4
    kgco2e = float(declared["kgco2e"])
    return lambda by: reference.with_row(facts, "declarations", declared, kgco2e=repr(kgco2e + by)), 1e-4


def assert_same_spread(case: Compared, item: int, level: float) -> None:
    where = f"{case.where}: spread of {case.known.facts.items[item]['item']!r}"
    found = uncertainty(found_footprint(case, item), level=level)
    expected = reference.spread(case.known, item, level=level)
    assert (found is None) == (expected is None), f"{where}: {found}, {expected}"
    if found is None or expected is None:
        return
    total, scale = reference.total_of(case.known, item), float(case.scale_kgco2e[item])
    scale += expected.sd_kgco2e
    assert ("lognormal" in found.method) == expected.is_lognormal, f"{where}: {found}, {expected}"
    ends = [found.low_kgco2e, found.high_kgco2e]
    ratio = max(1.0, expected.sd_kgco2e / abs(total) if total else 1.0)
    assert_close(ends, [expected.low_kgco2e, expected.high_kgco2e], (scale + abs(expected.high_kgco2e)) * ratio, where)
    if total and scale < 1e3 * abs(total):
        assert found.coefficient_of_variation == pytest.approx(expected.coefficient_of_variation, rel=1e-6), where
        assert found.declared_share == pytest.approx(expected.declared_share, rel=1e-6, abs=1e-9), where
