"""Sums of numbers by group."""

import numpy as np

from graph_service.engine.snapshot import Indices, Numbers


def sums_by_group(group: Indices, value: Numbers, *, group_count: int) -> Numbers:
    """The sum of the values of each group, shape (groups,), float64 also where there are no values."""
    sums: Numbers = np.bincount(group, weights=value, minlength=group_count).astype(np.float64, copy=False)
    return sums
