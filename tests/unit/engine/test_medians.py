"""Medians by group, against NumPy's own, one group after the other."""

import numpy as np
import pytest

from graph_service.engine.medians import medians_by_group


@pytest.mark.parametrize(("count", "group_count"), [(0, 3), (1, 1), (50, 7), (4_000, 3), (3_000, 200_000)])
def test_medians_are_those_of_each_group_alone(count: int, group_count: int) -> None:
    random = np.random.default_rng(count)
    group = random.integers(0, group_count, count)
    value = np.round(random.normal(size=count), 1)
    found = medians_by_group(group, value, group_count=group_count)
    assert found.shape == (group_count,)
    for one in np.unique(group).tolist():
        assert found[one] == np.median(value[group == one])
    assert np.isnan(found[np.bincount(group, minlength=group_count) == 0]).all()


def test_one_large_group_beside_many_small_ones() -> None:
    group = np.concatenate((np.arange(1_000), np.full(1_001, 4)))
    value = np.concatenate((np.full(1_000, -1.0), np.arange(1_001.0)))
    found = medians_by_group(group, value, group_count=1_000)
    assert found[4] == np.median(np.append(np.arange(1_001.0), -1.0))
    assert (np.delete(found, 4) == -1.0).all()
