"""Medians by group."""

import numpy as np

from graph_service.engine.snapshot import Indices, Numbers

_DIGIT = 1 << 16


def medians_by_group(group: Indices, value: Numbers, *, group_count: int) -> Numbers:
    """The median of the values of each group, shape (groups,); NaN where a group has none.

    Groups are sorted side by side with those of like size, padded to the next power of two: neither a loop over
    groups nor a sort of all values.
    """
    count = np.bincount(group, minlength=group_count)
    value = value[_order_by_group(group, group_count)]
    start = np.cumsum(count) - count
    medians = np.full(group_count, np.nan)
    width = 1
    while width < 2 * count.max(initial=0):
        alike = np.flatnonzero((count > width // 2) & (count <= width))
        place = start[alike, None] + np.arange(width)
        padded = np.where(np.arange(width) < count[alike, None], value[np.minimum(place, len(value) - 1)], np.inf)
        padded.sort(axis=1)
        row, middle = np.arange(len(alike)), (count[alike] - 1) // 2
        medians[alike] = (padded[row, middle] + padded[row, count[alike] // 2]) / 2.0
        width *= 2
    return medians


def _order_by_group(group: Indices, group_count: int) -> Indices:
    """Positions group by group. NumPy sorts 16-bit numbers by counting them: ten times as fast as wider ones."""
    order = np.argsort((group % _DIGIT).astype(np.uint16), kind="stable")
    if group_count <= _DIGIT:
        return order
    return order[np.argsort((group // _DIGIT)[order].astype(np.uint16), kind="stable")]
