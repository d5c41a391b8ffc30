"""Totals that follow changes equal those built anew, whatever changes and however often."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.engine import standing
from graph_service.engine.once import Once
from graph_service.engine.parts import facts_of_items
from graph_service.engine.rollup import RollUp, roll_up
from graph_service.engine.snapshot import Numbers, Snapshot
from graph_service.engine.trace import trace
from tests.support.graphs import random_snapshot
from tests.support.parts import changed_at_random


def identity(day: Snapshot) -> Snapshot:
    return day


def assert_same_answers(followed: RollUp, anew: RollUp, day: Snapshot) -> None:
    # An unsolvable loop has numbers without meaning only where is_computable says so.
    scale = 1.0 + float(np.nansum(np.abs(anew.columns().stage_kgco2e)))
    for to_grave in (False, True):
        for read in ("is_complete", "is_computable"):
            assert getattr(followed, read)(to_grave).tolist() == getattr(anew, read)(to_grave).tolist(), read
        for read in ("total_kgco2e", "direct_kgco2e", "upstream_kgco2e", "loop_gain"):
            assert_close(getattr(followed, read)(to_grave), getattr(anew, read)(to_grave), 1e-11 * scale)
    item = int(day.item_count - 1)
    assert_close(trace(followed, item).activity, trace(anew, item).activity, 1e-9 * scale)


def assert_close(one: Numbers, other: Numbers, tolerance: float) -> None:
    assert np.array_equal(np.isnan(one), np.isnan(other))
    assert np.abs(np.nan_to_num(one) - np.nan_to_num(other)).max(initial=0.0) <= tolerance


@given(seed=st.integers(0, 2**32 - 1), is_traced=st.booleans(), size=st.sampled_from([6, 20, 90]))
def test_totals_that_follow_changes_equal_totals_built_anew(seed: int, is_traced: bool, size: int) -> None:
    random = np.random.default_rng(seed)
    day = random_snapshot(seed, item_count=size, most_gain=0.7, inputs_per_item=1.5)
    followed = roll_up(day, is_traced=is_traced)
    for _ in range(4):
        day, touched = changed_at_random(day, random)
        found = followed.following(facts_of_items(day, touched), Once(partial(identity, day)))
        anew = roll_up(day, is_traced=is_traced)
        assert_same_totals(found, anew)
        followed = found if found is not None and random.random() < 0.8 else anew
        if random.random() < 0.3:
            _ = followed.solver  # asked for in between, as a hotspot would
    assert_same_answers(followed, roll_up(day, is_traced=is_traced), day)


def assert_same_totals(found: RollUp | None, anew: RollUp) -> None:
    if found is not None:
        scale = 1.0 + float(np.nansum(np.abs(anew.total_kgco2e())))
        assert_close(found.total_kgco2e(), anew.total_kgco2e(), 1e-11 * scale)
        assert found.is_complete().tolist() == anew.is_complete().tolist()


@given(seed=st.integers(0, 2**32 - 1), has_loops=st.booleans())
def test_where_most_of_the_graph_moves_one_sweep_gives_the_totals_built_anew(seed: int, has_loops: bool) -> None:
    random = np.random.default_rng(seed)
    day = random_snapshot(seed, item_count=60, inputs_per_item=1.2 if has_loops else 0.7, is_plain=True)
    followed = roll_up(day)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standing, "FEW_MOVED_ENTRIES", -1)
        patch.setattr(standing, "MOVED_SHARE", -1)
        for _ in range(6):
            day, touched = changed_at_random(day, random, most=2)
            found = followed.following(facts_of_items(day, touched), Once(partial(identity, day)))
            anew = roll_up(day)
            assert_same_totals(found, anew)
            followed = found or anew
    assert_same_answers(followed, roll_up(day), day)
