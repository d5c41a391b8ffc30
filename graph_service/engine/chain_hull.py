"""Chains along the convex hull of cost and carbon: the best mix within a budget, and the corners of the mixing front.

Both ask for the least carbon + rate x cost at some rates. Two chains that are equal at a rate, with nothing below
them, are neighbours on the hull, and what a budget between them buys is a mix of their flows.
"""

import heapq
import itertools
from dataclasses import dataclass
from typing import Protocol

from graph_service.engine.chain_policies import CARBON, COST
from graph_service.engine.chain_problem import Point, mixed
from graph_service.engine.once import Once
from graph_service.engine.snapshot import Rows

ROUNDING = 1e-9
"""Relative: up to here costs and kilograms of chains count as equal, and a limit as held."""
_BELOW_THE_LINE = 1e-11


class Search(Protocol):
    """Finds the point of least weighted sum of kilograms and cost; None where it cannot."""

    def least(self, weights: tuple[float, float], *, start: Rows) -> Point | None: ...


@dataclass(frozen=True, slots=True)
class Bounded:
    """A point and what no chain within the limits can be below, kg CO2e; no point where nothing is within them.

    ``ends``: the cheaper and the cleaner chain that the point mixes.
    """

    point: Point | None
    bound_kgco2e: float
    ends: tuple[Point, Point] | None = None


def least_within(search: Search, limit: float, *, start: Rows) -> Bounded | None:
    """The least carbon at this cost or less, mixes allowed; None where the search cannot answer.

    The bound is the value of the Lagrangian dual, which the mix attains.
    """
    clean = search.least(CARBON, start=start)
    if clean is None:
        return None
    if is_within(clean.cost, limit):
        return Bounded(clean, clean.carbon_kgco2e)
    cheap = search.least(COST, start=clean.pick)
    if cheap is None or not is_within(cheap.cost, limit):
        return None if cheap is None else Bounded(None, float("inf"))
    while (rate := _rate(cheap, clean)) is not None:
        between = search.least((1.0, rate), start=cheap.pick)
        if between is None:
            return None
        if not _is_below(between, cheap, clean, rate):
            break
        cheap, clean = (between, clean) if between.cost <= limit else (cheap, between)
    if rate is None or cheap.cost >= limit:
        return Bounded(cheap, cheap.carbon_kgco2e)
    return _mixed_at(limit, cheap, clean)


def corners(search: Search, *, start: Rows, most: int, may_miss: bool = False) -> list[Point] | None:
    """Corner points of the mixing front by rising cost, both ends included; None where the search cannot answer.

    ``may_miss``: then those between the ends that it cannot find are left out.

    All of them where there are at most ``most``, of at least 2; else as many, the widest gap in cost split first.
    """
    clean = search.least(CARBON, start=start)
    cheap = None if clean is None else search.least(COST, start=clean.pick)
    if clean is None or cheap is None:
        return None
    points, number = [cheap] if _rate(cheap, clean) is None else [cheap, clean], itertools.count()
    gaps = [(cheap.cost - clean.cost, next(number), cheap, clean)] if len(points) == 2 else []
    while gaps and len(points) < most:
        _, _, left, right = heapq.heappop(gaps)
        rate = _rate(left, right)
        if rate is None:
            continue
        between = search.least((1.0, rate), start=left.pick)
        if between is None:
            if may_miss:
                continue
            return None
        if _is_below(between, left, right, rate) and left.cost < between.cost < right.cost:
            points.append(between)
            for ends in ((left, between), (between, right)):
                heapq.heappush(gaps, (ends[0].cost - ends[1].cost, next(number), *ends))
    return sorted(points, key=lambda point: point.cost)


def is_within(value: float, limit: float) -> bool:
    """Whether a value is at or below a limit, but for rounding; beside a limit of 0 a billionth is rounding."""
    return value <= limit + ROUNDING * (abs(limit) or 1.0)


def _rate(cheap: Point, clean: Point) -> float | None:
    """Kilograms saved per money from one to the other; None where they are the same but for rounding."""
    extra, saved = clean.cost - cheap.cost, cheap.carbon_kgco2e - clean.carbon_kgco2e
    is_apart = extra > ROUNDING * abs(clean.cost) and saved > ROUNDING * abs(cheap.carbon_kgco2e)
    return saved / extra if is_apart else None


def _is_below(between: Point, cheap: Point, clean: Point, rate: float) -> bool:
    level = clean.carbon_kgco2e + rate * clean.cost
    size = abs(cheap.carbon_kgco2e) + rate * abs(clean.cost)
    return between.carbon_kgco2e + rate * between.cost < level - _BELOW_THE_LINE * size


def _mixed_at(limit: float, cheap: Point, clean: Point) -> Bounded:
    part = (limit - cheap.cost) / (clean.cost - cheap.cost)
    carbon_kgco2e = (1.0 - part) * cheap.carbon_kgco2e + part * clean.carbon_kgco2e
    plan = Once(lambda: mixed(cheap.plan.get(), clean.plan.get(), part_of_second=part))
    return Bounded(Point(carbon_kgco2e, limit, cheap.pick, plan), carbon_kgco2e, ends=(cheap, clean))
