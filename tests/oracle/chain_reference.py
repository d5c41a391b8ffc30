"""The rules of low-carbon chains once more, written plainly: rows as dictionaries, dense matrices. For tests only.

Random worlds of a few items hold loops, lines, credits, gaps, costs, capacities and suppliers. The mix is one dense
program with all limits in it, the single-source answer the best of all ways to pick.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import linprog

Row = dict[str, Any]
CLOSE = 1e-9


@dataclass(frozen=True)
class World:
    """Items and supplies as in a batch; ``direct``: kg, absolute, primary and verified kg per item, None unknown."""

    items: list[Row]
    supplies: list[Row]
    emissions: list[Row]

    @property
    def uids(self) -> list[str]:
        return [item["uid"] for item in self.items]


@dataclass(frozen=True)
class Asked:
    """Constraints in the words of the service."""

    max_unit_cost: float | None = None
    demand_per_year: float | None = None
    min_primary_data_share: float | None = None
    min_verified_share: float | None = None
    exclude_supplier_uids: tuple[str, ...] = ()
    is_single_source: bool = False


@dataclass
class Answer:
    """``total_kgco2e`` None: nothing is feasible."""

    total_kgco2e: float | None
    cost: float | None = None
    not_candidates: set[str] = field(default_factory=set)
    fixed: set[str] = field(default_factory=set)


def random_world(seed: int, *, items: int = 7, has_credits: bool = False, has_gaps: bool = True) -> World:
    """Item 0 is the one asked about; most inputs have higher numbers, some close loops."""
    random = np.random.default_rng(seed)
    supplies: list[Row] = []
    for output in range(items - 1):
        for line in range(int(random.integers(0, 3))):
            size = int(random.integers(1, 4))
            shares = random.dirichlet(np.ones(size)) if random.random() < 0.5 else np.eye(size)[0]
            has_costs = bool(random.random() < 0.7)
            supplies += [
                _supply(random, output, items, line=f"line{line}", share=share, has_costs=has_costs)
                for share in shares.tolist()
            ]
        if random.random() < 0.5:
            supplies.append(_supply(random, output, items, line=None, share=1.0, has_costs=bool(random.random() < 0.3)))
    for number, supply in enumerate(supplies):
        supply["uid"] = f"s{number}"
        if has_credits and random.random() < 0.08:
            supply["amount"] *= -0.5
    _weaken_loops(supplies, items)
    rows = [
        {
            "uid": f"i{number}",
            "supplier_uid": f"maker{int(random.integers(0, 5))}",
            "capacity_per_year": float(random.uniform(40.0, 400.0)) if random.random() < 0.3 else None,
        }
        for number in range(items)
    ]
    emissions = [_emission(random, number) for number in range(items) for _ in range(int(random.integers(1, 3)))]
    gap = int(random.integers(1, items)) if has_gaps and random.random() < 0.5 else None
    return World(rows, supplies, [one for one in emissions if one["item_uid"] != f"i{gap}"])


def _supply(
    random: np.random.Generator, output: int, items: int, *, line: str | None, share: float, has_costs: bool
) -> Row:
    is_back = random.random() < 0.15
    source = int(random.integers(0, items)) if is_back else int(random.integers(output + 1, items))
    is_priced = has_costs and random.random() < 0.9
    return {
        "input_uid": f"i{source}",
        "output_uid": f"i{output}",
        "amount": float(random.uniform(0.1, 1.2)),
        "line": line,
        "share": share,
        "unit_cost": float(random.integers(0, 9)) if is_priced else None,
        "currency": "CNY" if is_priced else None,
        "capacity_per_year": float(random.uniform(20.0, 200.0)) if random.random() < 0.2 else None,
    }


def _emission(random: np.random.Generator, number: int) -> Row:
    return {
        "item_uid": f"i{number}",
        "kgco2e": float(random.uniform(-0.3, 4.0)),
        "component": "FOSSIL",
        "data_type": "PRIMARY" if random.random() < 0.5 else "SECONDARY",
        "is_verified": bool(random.random() < 0.4),
    }


def _weaken_loops(supplies: list[Row], items: int) -> None:
    """Scale amounts until no loop, taking all alternatives at once, has a gain above 0.9."""
    matrix = np.zeros((items, items))
    for supply in supplies:
        matrix[_number(supply["output_uid"]), _number(supply["input_uid"])] += abs(supply["amount"])
    gain = float(np.abs(np.linalg.eigvals(matrix)).max())
    for supply in supplies:
        supply["amount"] *= min(1.0, 0.9 / gain) if gain > 0.0 else 1.0


def _number(uid: str) -> int:
    return int(uid[1:])


class Reference:
    """Answers one question about item 0 of a world."""

    def __init__(self, world: World, asked: Asked) -> None:
        self.asked, self.count = asked, len(world.items)
        self.items = world.items
        self.direct = np.zeros((self.count, 4))
        self.is_known = np.zeros(self.count, dtype=bool)
        for emission in world.emissions:
            number, kgco2e = _number(emission["item_uid"]), emission["kgco2e"]
            is_primary = emission["data_type"] == "PRIMARY"
            self.direct[number] += [kgco2e, *(abs(kgco2e) * np.array([1.0, is_primary, emission["is_verified"]]))]
            self.is_known[number] = True
        reached = self._upstream({0}, [(one["output_uid"], one["input_uid"]) for one in world.supplies])
        self.supplies = [one for one in world.supplies if _number(one["output_uid"]) in reached]
        self._sort_lines()
        self._choose_candidates()

    def _upstream(self, start: set[int], edges: Sequence[tuple[str, str]]) -> set[int]:
        found, size = set(start), -1
        while len(found) != size:
            size = len(found)
            found |= {_number(source) for output, source in edges if _number(output) in found}
        return found

    def _sort_lines(self) -> None:
        lines: dict[tuple[str, str], list[Row]] = {}
        for supply in self.supplies:
            if supply["line"]:
                lines.setdefault((supply["output_uid"], supply["line"]), []).append(supply)
        self.lines = {key: rows for key, rows in lines.items() if len(rows) > 1}
        used = [(one["output_uid"], one["input_uid"]) for one in self.supplies if one["share"] > 0.0]
        negative = [one for one in self.supplies if one["amount"] < 0.0 and one["share"] > 0.0]
        self.signed = self._upstream({_number(one["input_uid"]) for one in negative}, used) if negative else set()
        self.bound = {
            key
            for key, rows in self.lines.items()
            if _number(key[0]) in self.signed or any(row["amount"] < 0.0 for row in rows)
        }

    def _choose_candidates(self) -> None:
        used = [(one["output_uid"], one["input_uid"]) for one in self.supplies if one["share"] * one["amount"] != 0.0]
        incomplete = {
            number for number in range(self.count) if not all(self.is_known[list(self._upstream({number}, used))])
        }
        self.open: dict[tuple[str, str], list[Row]] = {}
        refused: set[str] = set()
        for key, rows in self.lines.items():
            if key in self.bound:
                continue
            is_priced = any(row["unit_cost"] is not None for row in rows)
            fit = [row for row in rows if _number(row["input_uid"]) not in incomplete]
            fit = [row for row in fit if not is_priced or row["unit_cost"] is not None]
            refused |= {row["uid"] for row in rows} - {row["uid"] for row in fit}
            if fit:
                self.open[key] = fit
        makers = self.asked.exclude_supplier_uids
        banned = {number for number, item in enumerate(self.items) if item["supplier_uid"] in makers}
        kept = [row for key, rows in self.lines.items() if key not in self.open for row in rows]
        in_line = {row["uid"] for rows in self.lines.values() for row in rows}
        self.fixed = kept + [one for one in self.supplies if one["uid"] not in in_line]
        if self.asked.max_unit_cost is not None:
            banned |= {_number(row["output_uid"]) for row in self._unpriced() if row["share"] > 0.0}
        size = -1
        while len(banned) != size:
            size = len(banned)
            for row in self.fixed:
                if row["share"] * row["amount"] != 0.0 and _number(row["input_uid"]) in banned:
                    banned.add(_number(row["output_uid"]))
            for key, rows in self.open.items():
                if all(_number(row["input_uid"]) in banned for row in rows):
                    banned.add(_number(key[0]))
        for key, rows in self.open.items():
            refused |= {row["uid"] for row in rows if _number(row["input_uid"]) in banned}
            self.open[key] = [row for row in rows if _number(row["input_uid"]) not in banned]
        self.refused, self.is_banned = refused, 0 in banned
        self.fixed_uids = {row["uid"] for key in self.bound for row in self.lines[key]}

    def _unpriced(self) -> list[Row]:
        """Supplies of lines that stay as they are, without a cost though their line has costs."""
        found: list[Row] = []
        for key, rows in self.lines.items():
            if key not in self.open and any(row["unit_cost"] is not None for row in rows):
                found += [row for row in rows if row["unit_cost"] is None]
        return found

    def _answer(self, total: float | None, cost: float | None = None) -> Answer:
        return Answer(total, cost, self.refused, self.fixed_uids)

    def mix(self) -> Answer:
        """One dense program: activities, the same without signs, and flows."""
        if self.is_banned:
            return self._answer(None)
        choices = [(key, row) for key, rows in self.open.items() for row in rows]
        program = _DenseProgram(self, choices)
        return self._answer(*program.solve())

    def single(self) -> Answer:
        """The best of all ways to take each open line from one candidate."""
        best: tuple[float, float] | None = None
        for total, cost in [] if self.is_banned else self.ways():
            if best is None or total < best[0] - CLOSE or (total < best[0] + CLOSE and cost < best[1]):
                best = total, cost
        return self._answer(*best) if best else self._answer(None)

    def ways(self) -> list[tuple[float, float]]:
        """Kilograms and cost of every way within the limits."""
        keys = [key for key, rows in self.open.items() if rows]
        found = []
        for picks in itertools.product(*(self.open[key] for key in keys)):
            shares = {row["uid"]: row["share"] for row in self.fixed}
            for key, row in zip(keys, picks, strict=True):
                shares[row["uid"]] = sum(one["share"] for one in self.lines[key])
            weighed = self.weigh(shares)
            if weighed is not None:
                found.append(weighed)
        return found

    def weigh(self, shares: Mapping[str, float]) -> tuple[float, float] | None:
        """Kilograms and cost of a chain, None where it is beyond a limit."""
        matrix = np.zeros((self.count, self.count))
        for row in self.supplies:
            place = _number(row["output_uid"]), _number(row["input_uid"])
            matrix[place] += row["amount"] * shares.get(row["uid"], 0.0)
        unit = np.eye(self.count)
        activity = np.linalg.solve(unit - matrix.T, unit[0])
        total = float(self.direct[:, 0] @ activity)
        weights = self._absolute_activity(shares) @ self.direct[:, 1:]
        cost = sum(
            (row["unit_cost"] or 0.0)
            * row["amount"]
            * shares.get(row["uid"], 0.0)
            * activity[_number(row["output_uid"])]
            for row in self.supplies
        )
        return (total, float(cost)) if self._is_within(activity, shares, weights, float(cost)) else None

    def _absolute_activity(self, shares: Mapping[str, float]) -> Any:
        matrix = np.zeros((self.count, self.count))
        for row in self.supplies:
            coefficient = row["amount"] * shares.get(row["uid"], 0.0)
            matrix[_number(row["output_uid"]), _number(row["input_uid"])] += coefficient
        return np.linalg.solve(np.eye(self.count) - np.abs(matrix).T, np.eye(self.count)[0])

    def _is_within(self, activity: Any, shares: Mapping[str, float], weights: Any, cost: float) -> bool:
        asked = self.asked
        slack = 1.0 + 1e-9
        if asked.max_unit_cost is not None and cost > asked.max_unit_cost * slack:
            return False
        if asked.min_primary_data_share and weights[1] < (asked.min_primary_data_share - CLOSE) * weights[0]:
            return False
        if asked.min_verified_share and weights[2] < (asked.min_verified_share - CLOSE) * weights[0]:
            return False
        if not asked.demand_per_year:
            return True
        for number, item in enumerate(self.items):
            most = item["capacity_per_year"]
            if most is not None and asked.demand_per_year * activity[number] > most * slack:
                return False
        for row in self.supplies:
            most = row["capacity_per_year"]
            taken = row["amount"] * shares.get(row["uid"], 0.0) * activity[_number(row["output_uid"])]
            if most is not None and asked.demand_per_year * taken > most * slack:
                return False
        return True


class _DenseProgram:
    """Variables: activity and activity without signs of every item, then one flow per choice."""

    def __init__(self, reference: Reference, choices: list[tuple[tuple[str, str], Row]]) -> None:
        self.reference, self.choices, self.count = reference, choices, reference.count
        self.width = 2 * self.count + len(choices)
        self.equal: list[Any] = []
        self.equal_to: list[float] = []
        self.below: list[Any] = []
        self.below_to: list[float] = []
        self._balance()
        self._limit()

    def _blank(self) -> Any:
        return np.zeros(self.width)

    def _balance(self) -> None:
        reference, count = self.reference, self.count
        for item in range(count):
            for offset, sign in ((0, False), (count, True)):
                row = self._blank()
                for fixed in reference.fixed:
                    if _number(fixed["input_uid"]) == item:
                        row[offset + _number(fixed["output_uid"])] -= fixed["amount"] * fixed["share"]
                row = -np.abs(row) if sign else row
                row[offset + item] += 1.0
                for place, (_, choice) in enumerate(self.choices):
                    if _number(choice["input_uid"]) == item:
                        row[2 * count + place] -= abs(choice["amount"]) if sign else choice["amount"]
                self.equal.append(row)
                self.equal_to.append(1.0 if item == 0 else 0.0)
        for key in reference.open:
            row = self._blank()
            row[_number(key[0])] = -sum(one["share"] for one in reference.lines[key])
            for place, (own, _) in enumerate(self.choices):
                row[2 * count + place] = float(own == key)
            self.equal.append(row)
            self.equal_to.append(0.0)

    def cost(self) -> Any:
        row = self._blank()
        for fixed in self.reference.fixed:
            row[_number(fixed["output_uid"])] += (fixed["unit_cost"] or 0.0) * fixed["amount"] * fixed["share"]
        for place, (_, choice) in enumerate(self.choices):
            row[2 * self.count + place] = (choice["unit_cost"] or 0.0) * choice["amount"]
        return row

    def _limit(self) -> None:
        asked, count = self.reference.asked, self.count
        if asked.max_unit_cost is not None:
            self.below.append(self.cost())
            self.below_to.append(asked.max_unit_cost)
        for least, column in ((asked.min_primary_data_share, 2), (asked.min_verified_share, 3)):
            if least:
                row = self._blank()
                row[count : 2 * count] = least * self.reference.direct[:, 1] - self.reference.direct[:, column]
                self.below.append(row)
                self.below_to.append(0.0)
        if asked.demand_per_year:
            self._limit_capacity(asked.demand_per_year)

    def _limit_capacity(self, demand: float) -> None:
        for number, item in enumerate(self.reference.items):
            if item["capacity_per_year"] is not None:
                row = self._blank()
                row[number] = demand
                self.below.append(row)
                self.below_to.append(item["capacity_per_year"])
        for fixed in self.reference.fixed:
            if fixed["capacity_per_year"] is not None:
                row = self._blank()
                row[_number(fixed["output_uid"])] = demand * fixed["amount"] * fixed["share"]
                self.below.append(row)
                self.below_to.append(fixed["capacity_per_year"])
        for place, (_, choice) in enumerate(self.choices):
            if choice["capacity_per_year"] is not None:
                row = self._blank()
                row[2 * self.count + place] = demand * choice["amount"]
                self.below.append(row)
                self.below_to.append(choice["capacity_per_year"])

    def solve(self) -> tuple[float | None, float | None]:
        objective = self._blank()
        objective[: self.count] = self.reference.direct[:, 0]
        signed = self.reference.signed
        bounds = [(None if item in signed else 0.0, None) for item in range(self.count)]
        result = linprog(
            objective,
            A_ub=np.array(self.below) if self.below else None,
            b_ub=self.below_to or None,
            A_eq=np.array(self.equal),
            b_eq=self.equal_to,
            bounds=bounds + [(0.0, None)] * (self.width - self.count),
            method="highs-ds",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
        )
        if result.status != 0:
            return None, None
        return float(result.fun), float(self.cost() @ result.x)
