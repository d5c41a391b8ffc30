"""The front of cost and carbon: chains of which no other costs less and weighs less, from cheapest to cleanest."""

import heapq
import itertools

import numpy as np

from graph_service.engine.chain_hull import ROUNDING, Bounded, corners
from graph_service.engine.chain_policies import CARBON
from graph_service.engine.chain_problem import Point
from graph_service.engine.chain_search import ChainSearch, Found
from graph_service.engine.snapshot import Numbers, Rows

_SLACK = 1e-6
"""By how much a corner that a program found may be beyond a limit, relative to it; others are left out."""


def front(search: ChainSearch, *, most: int) -> list[Found]:
    """At most so many points of the front, both ends included, whatever a chain may cost; none where none is feasible.

    With mixes these are its corners, between which it is straight. Where there are more, they are spread by cost; a
    single one is the cleanest.
    """
    if most == 0:
        return []
    if most == 1:
        found = search.best(np.inf)
        return [] if found.value is None else [found]
    if not search.is_single_source:
        weighed = [search.found(Bounded(point, point.carbon_kgco2e)) for point in _corners(search, most)]
        return [one for one in weighed if search.exceeds(one) <= _SLACK]
    ways = search.ways
    if ways is None:
        return _boxes(search, most)
    places = ways.front()
    return [search.of_pick(ways.pick[way]) for way in places[spread(ways.cost[places], most)]]


def spread(cost: Numbers, most: int) -> Rows:
    """At most so many places (at least 2) in ascending costs, both ends included, each time halving the widest gap."""
    if cost.size <= most:
        return np.arange(cost.size, dtype=np.int32)
    kept = [0, cost.size - 1]
    gaps = [(cost[0] - cost[-1], 0, cost.size - 1)]
    while gaps and len(kept) < most:
        _, left, right = heapq.heappop(gaps)
        if right - left > 1:
            middle = 0.5 * (cost[left] + cost[right])
            between = left + 1 + int(np.argmin(np.abs(cost[left + 1 : right] - middle)))
            kept.append(between)
            for start, stop in ((left, between), (between, right)):
                heapq.heappush(gaps, (cost[start] - cost[stop], start, stop))
    return np.sort(np.array(kept, dtype=np.int32))


def _corners(search: ChainSearch, most: int) -> list[Point]:
    """Corners by policies alone where they can answer, else by policies and programs in turn."""
    clean = search.least(CARBON, start=search.start)
    if clean is None:
        return []
    chosen = None
    if not search.limits.is_coupling:
        chosen = corners(search.policies, start=search.start, most=most)
    return (corners(search, start=search.start, most=most, may_miss=True) or []) if chosen is None else chosen


def _boxes(search: ChainSearch, most: int) -> list[Found]:
    """Points of a front that is not convex, by searching the boxes between neighbours, the widest first.

    In the box between two neighbours lies what costs less than the right one and weighs less than the left one.
    """
    clean, cheap = search.best(np.inf), search.cheapest()
    if clean.value is None or cheap.value is None:
        return []
    points = {clean.value.cost: clean}
    number = itertools.count()
    boxes: list[tuple[float, int, Found, Found]] = []
    if _is_cleaner(clean, cheap):
        points[cheap.value.cost] = cheap
        boxes.append((cheap.value.cost - clean.value.cost, next(number), cheap, clean))
    while boxes and len(points) < most and search.has_time:
        _, _, left, right = heapq.heappop(boxes)
        for between, neighbours in _split(search, left, right, 1.0 / most):
            points[_cost(between)] = between
            for one, other in neighbours:
                heapq.heappush(boxes, (_cost(one) - _cost(other), next(number), one, other))
    return _undominated([points[cost] for cost in sorted(points)])


def _undominated(points: list[Found]) -> list[Found]:
    """Points by rising cost that weigh less than all before them: one that was not searched to the end may not."""
    kept: list[Found] = []
    for point in points:
        if not kept or _is_cleaner(point, kept[-1]):
            kept.append(point)
    return kept


def _split(
    search: ChainSearch, left: Found, right: Found, effort: float
) -> list[tuple[Found, list[tuple[Found, Found]]]]:
    """The point found in a box and the boxes that are left of it; empty where the box is."""
    low, high = _cost(left), _cost(right)
    between = search.best(0.5 * (low + high), effort=effort)
    if _is_cleaner(between, left):
        return [(between, [(left, between), (between, right)])]
    if not search.has_time:
        return []
    between = search.best(high - 4.0 * ROUNDING * abs(high), effort=effort)
    # The least of all that costs less than the right one: nothing is left between the two.
    return [(between, [(left, between)])] if _is_cleaner(between, left) else []


def _cost(found: Found) -> float:
    return np.nan if found.value is None else found.value.cost


def _is_cleaner(one: Found, other: Found) -> bool:
    if one.value is None or other.value is None:
        return False
    return one.value.total_kgco2e < other.value.total_kgco2e - ROUNDING * abs(other.value.total_kgco2e)
