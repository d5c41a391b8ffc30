"""Low-carbon chains once more, from the written rules alone: dense algebra, every policy, one plain linear program.

Written without a look at the engine's way. A *policy* takes one row of every line; a *chain* is any way to share the
lines out. Items are rows of the facts; supplies are rows of the facts' supplies. For tests only.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from graph_service.model.facts import Facts
from graph_service.model.vocabulary import CarbonComponent, DataType, GradeLevel, Kind, LifeCycleStage
from graph_service.service.chain_constraints import ChainConstraints
from graph_service.service.grades import grade_levels
from graph_service.service.snapshots import ViewedGraph

Numbers = npt.NDArray[np.float64]
AFTER_GATE = {"DISTRIBUTION", "USE", "END_OF_LIFE"}
CLOSE = 1e-9
ALL_GROUPS = frozenset({"cost", "capacity", "primary", "verified", "exclusions", "grade", "single"})


@dataclass(frozen=True, slots=True)
class Row:
    """One supply that holds: ``line`` None where it substitutes for nothing."""

    at: int
    input: int
    output: int
    amount: float
    share: float
    line: tuple[int, str, bool] | None
    is_after: bool
    cost: float | None
    currency: str | None
    capacity: float


@dataclass(frozen=True, slots=True)
class Worth:
    """What one chain weighs; ``cost`` None where some of it is not known, the shares None where nothing is weighed."""

    total: float
    cost: float | None
    known_cost: float
    primary: float | None
    verified: float | None
    is_complete: bool
    activity: Numbers
    flow: Mapping[int, float]
    uses: frozenset[int]


class Question:
    """One item's sourcing by the rules; what does not depend on the constraints is read once."""

    def __init__(
        self, graph: ViewedGraph, item: int, *, is_weighed_as_today: bool = True, keeps_offsets: bool = False
    ) -> None:
        """``is_weighed_as_today``: an alternative whose upstream lacks data as sourced today is no candidate, also
        where other choices further up would do without what lacks it. ``keeps_offsets``: as where a share is asked for,
        lines beside a negative supply between the same two items stay as they are."""
        self.graph, self.item, self.is_weighed_as_today = graph, item, is_weighed_as_today
        self.keeps_offsets = keeps_offsets
        facts = graph.day.facts
        self.items = facts.items.to_pylist()
        self.count = len(self.items)
        stages = list(LifeCycleStage)
        supplies = [{**row, "stage": stages[row["stage"]].value} for row in facts.tables[Kind.SUPPLY].to_pylist()]
        emissions = _emissions(facts)
        self.supplies, self.supply_uids = supplies, [s["uid"] for s in supplies]
        self.demand_after = graph.view.is_to_grave
        self._read_emissions(emissions, supplies, facts)
        self.rows = self._rows_in_reach(supplies)
        self.has_costs = self._leads_to_costs(supplies)
        self.lines = self._lines()
        self.free = {name: rows for name, rows in self.lines.items() if name not in self.fixed_lines}
        self.today = {row.at: row.share for row in self.rows.values()}

    def _read_emissions(self, emissions: list[dict[str, Any]], supplies: list[dict[str, Any]], facts: Facts) -> None:
        emits = {e["item_row"] for e in emissions if e["stage"] not in AFTER_GATE}
        supplied = {s["output_row"] for s in supplies if s["stage"] not in AFTER_GATE}
        self.declared: dict[int, dict[str, Any]] = {}
        for one in facts.tables[Kind.DECLARATION].to_pylist():
            has_structure = one["item_row"] in emits | supplied
            expired = one["valid_to"] <= self.graph.view.as_of
            if has_structure and (self.graph.view.is_traced or expired or one["item_row"] == self.item):
                continue
            self.declared[one["item_row"]] = one
        self.direct, self.weight = np.zeros(self.count), np.zeros((self.count, 3))
        self.after_direct, self.after_weight = 0.0, np.zeros(3)
        for e in emissions:
            if e["component"] == "BIOGENIC_UPTAKE":
                continue
            marks = np.array([1.0, e["data_type"] == "PRIMARY", bool(e["is_verified"])], np.float64)
            if e["stage"] in AFTER_GATE:
                if e["item_row"] == self.item and self.demand_after:
                    self.after_direct += e["kgco2e"]
                    self.after_weight += abs(e["kgco2e"]) * marks
            elif e["item_row"] not in self.declared:
                self.direct[e["item_row"]] += e["kgco2e"]
                self.weight[e["item_row"]] += abs(e["kgco2e"]) * marks
        for item, one in self.declared.items():
            self.direct[item] = one["kgco2e"]
            marks = np.array([1.0, one["primary_data_share"] or 0.0, bool(one["is_verified"])])
            self.weight[item] = abs(one["kgco2e"]) * marks
        self.has_gap = np.array([i not in emits and i not in self.declared for i in range(self.count)])

    def _rows_in_reach(self, supplies: list[dict[str, Any]]) -> dict[int, Row]:
        """Supplies that some chain of the item may use: those of declared items are left out."""
        rows = []
        for at, s in enumerate(supplies):
            is_after = s["stage"] in AFTER_GATE
            if is_after and not (self.demand_after and s["output_row"] == self.item):
                continue
            if not is_after and s["output_row"] in self.declared:
                continue
            line = None if not s["line"] else (s["output_row"], s["line"], is_after)
            cost = None if s["unit_cost"] is None else float(s["unit_cost"])
            capacity = math.inf if s["capacity_per_year"] is None else s["capacity_per_year"]
            rows.append(
                Row(
                    at, s["input_row"], s["output_row"], s["amount"], s["share"], line, is_after, cost,
                    s["currency"] if cost is not None else None, capacity,
                )
            )  # fmt: skip
        alone = {name for name in {row.line for row in rows} if sum(row.line == name for row in rows) == 1}
        rows = [row if row.line not in alone else _without_line(row) for row in rows]
        self.all_rows = rows
        self.fixed_lines: set[tuple[int, str, bool]] = {row.line for row in rows if row.line and row.amount < 0}
        if self.keeps_offsets:
            pairs = {(row.input, row.output, row.is_after) for row in rows if row.amount < 0 and row.share}
            beside = [row for row in rows if (row.input, row.output, row.is_after) in pairs]
            self.fixed_lines |= {row.line for row in beside if row.line}
        while True:
            reached, self.behind = self._walk(rows)
            more = {row.line for row in rows if row.line and not row.is_after and row.output in self.behind}
            if more <= self.fixed_lines:
                break
            self.fixed_lines |= more
        return {row.at: row for row in rows if row.output in reached and (row.line or row.share)}

    def _walk(self, rows: Sequence[Row]) -> tuple[set[int], set[int]]:
        """Items that some chain may use, and those of them with a negative amount between them and the item."""
        seen, open_states = set(), [(self.item, False)]
        while open_states:
            state = open_states.pop()
            if state in seen:
                continue
            seen.add(state)
            for row in rows:
                is_free = row.line is not None and row.line not in self.fixed_lines
                if row.output == state[0] and (row.share or (is_free and not state[1])):
                    open_states.append((row.input, row.amount < 0 or (state[1] and not row.is_after)))
        return {item for item, _ in seen}, {item for item, is_behind in seen if is_behind}

    def _leads_to_costs(self, supplies: list[dict[str, Any]]) -> bool:
        """Whether anything upstream has a cost, supplies of share 0 included."""
        priced = {at for at, s in enumerate(supplies) if s["unit_cost"] is not None}
        reached, rows = {self.item}, self.all_rows
        for _ in range(self.count):
            reached |= {row.input for row in rows if row.output in reached and (row.line or row.share)}
        return any(row.at in priced for row in rows if row.output in reached and (row.line or row.share))

    def _lines(self) -> dict[tuple[int, str, bool], list[Row]]:
        lines: dict[tuple[int, str, bool], list[Row]] = {}
        for row in self.rows.values():
            if row.line:
                lines.setdefault(row.line, []).append(row)
        return lines

    # ------------------------------------------------------------ candidates

    def currency(self, asked: ChainConstraints) -> str | None:
        """The currency that costs are compared in, where there is no doubt about it."""
        found = {row.currency for row in self.rows.values() if row.currency}
        return asked.currency or (next(iter(found)) if len(found) == 1 else None)

    def excluded(self, asked: ChainConstraints) -> set[int]:
        """Items made by an excluded supplier, or within an excluded region: the item's, else its supplier's."""
        facts = self.graph.day.facts
        parents = {r["uid"]: r["parent_uid"] for r in facts.tables[Kind.REGION].to_pylist()}
        homes = {s["uid"]: s["region_uid"] for s in facts.tables[Kind.SUPPLIER].to_pylist()}
        out = set()
        for at, item in enumerate(self.items):
            region, within = item["region_uid"] or homes.get(item["supplier_uid"]), set()
            while region and region not in within:
                within.add(region)
                region = parents.get(region)
            if item["supplier_uid"] in asked.exclude_supplier_uids or within & set(asked.exclude_region_uids):
                out.add(at)
        return out

    def choose(self, asked: ChainConstraints, groups: frozenset[str] = ALL_GROUPS) -> "Choice":
        """Which rows may be taken when only these groups of constraints count."""
        excluded = self.excluded(asked) if "exclusions" in groups else set()
        currency = self.currency(asked)
        ruled_out = self._ruled_out(asked, groups, currency)
        unmade = self._cannot_be_made(excluded, ruled_out, currency)
        unpriced, lacking_today = self._ruled_out(asked, frozenset(), currency), self._lacking_today()
        candidates, kept, spine, is_possible = {}, set(), [self.item], True
        for name, rows in self.free.items():
            candidates[name] = [
                row for row in rows if row.at not in ruled_out and not (row.amount and row.input in unmade)
            ]
        seen: set[int] = set()
        while spine:
            at = spine.pop()
            if at in seen:
                continue
            seen.add(at)
            is_possible &= at not in excluded
            for row in self.rows.values():
                if row.output != at:
                    continue
                if row.line in self.free:
                    if candidates[row.line]:
                        continue
                    is_kept = self._lacks_data(row.line, lacking_today, unpriced)
                    is_possible &= is_kept
                    kept.add(row.line)
                if row.share and row.amount:
                    spine.append(row.input)
        return Choice(asked, groups, currency, candidates, kept, is_possible, excluded)

    def _lacks_data(self, line: tuple[int, str, bool], lacking: set[int], ruled_out: set[int]) -> bool:
        """No row of the line could be weighed whatever is asked for: it stays as it is."""
        rows = self.free[line]
        return all(row.input in lacking or (row.at in ruled_out and row.cost is None) for row in rows)

    def _ruled_out(self, asked: ChainConstraints, groups: frozenset[str], currency: str | None) -> set[int]:
        """Rows of lines that are no candidates by themselves: no cost beside others', another currency, the grade."""
        out = set()
        for rows in self.free.values():
            has_costs = any(row.cost is not None for row in rows)
            for row in rows:
                if (has_costs and row.cost is None) or (row.currency and row.currency != currency):
                    out.add(row.at)
        worst = asked.worst_grade
        if worst is not None and worst is not GradeLevel.UNGRADED and "grade" in groups:
            order = list(GradeLevel)
            every = [row for rows in self.free.values() for row in rows]
            levels = grade_levels(self.graph, [row.input for row in every])
            out |= {row.at for row, level in zip(every, levels, strict=True) if order.index(level) > order.index(worst)}
        return out

    def _cannot_be_made(self, excluded: set[int], ruled_out: set[int], currency: str | None) -> set[int]:
        """Items of which no complete chain can be made of what is left."""
        unmade = {at for at in range(self.count) if self.has_gap[at] or at in excluded}
        if self.is_weighed_as_today:
            unmade |= self._lacking_today()
        while True:
            more = set()
            for row in self.rows.values():
                if row.is_after or row.output in unmade or row.line in self.free:
                    continue
                foreign = row.cost and row.currency != currency
                if row.share and row.amount and (row.input in unmade or foreign):
                    more.add(row.output)
            for (output, _, is_after), rows in self.free.items():
                open_rows = [r for r in rows if r.at not in ruled_out and not (r.amount and r.input in unmade)]
                if not is_after and not open_rows:
                    more.add(output)
            if more <= unmade:
                return unmade
            unmade |= more

    def _lacking_today(self) -> set[int]:
        """Items with a gap upstream at today's shares."""
        lacking = set(np.flatnonzero(self.has_gap).tolist())
        for _ in range(self.count):
            used = [row for row in self.rows.values() if row.share * row.amount and not row.is_after]
            lacking |= {row.output for row in used if row.input in lacking}
        return lacking

    # ------------------------------------------------------------ what a chain weighs

    def worth(self, share: Mapping[int, float], currency: str | None) -> Worth | None:
        """The chain with these shares by a dense solve; None where a loop in it takes one unit or more of itself."""
        matrix, after = np.zeros((self.count,) * 2), np.zeros(self.count)
        for row in self.rows.values():
            if row.is_after:
                after[row.input] += row.amount * share[row.at]
            else:
                matrix[row.input, row.output] += row.amount * share[row.at]
        demand, demand_absolute = after.copy(), np.abs(after)
        demand[self.item] += 1.0
        demand_absolute[self.item] += 1.0
        absolute = np.abs(matrix)
        reached = _reached(demand_absolute > 0, absolute)
        matrix, absolute = matrix * np.outer(reached, reached), absolute * np.outer(reached, reached)
        if not _is_solvable(matrix, absolute):
            return None
        eye = np.eye(self.count)
        activity = np.where(reached, np.linalg.solve(eye - matrix, demand * reached), 0.0)
        total = float(self.direct @ activity) + self.after_direct
        flow = {
            row.at: row.amount * share[row.at] * (1.0 if row.is_after else float(activity[row.output]))
            for row in self.rows.values()
        }
        uses = {
            at for at, row in self.rows.items() if share[at] and row.amount and (row.is_after or reached[row.output])
        }
        known, is_known = 0.0, self.has_costs
        for at in uses:
            row = self.rows[at]
            priced = row.line is not None and any(other.cost is not None for other in self.lines[row.line])
            if row.cost is not None and row.currency == currency:
                known += row.cost * flow[at]
            elif row.cost or priced:
                is_known = False
        primary = verified = None
        if np.abs(np.linalg.eigvals(absolute)).max() < 1:
            weights = np.linalg.solve(eye - absolute, demand_absolute * reached) @ self.weight + self.after_weight
            if weights[0] > 0:
                primary, verified = weights[1] / weights[0], weights[2] / weights[0]
        complete = not (self.has_gap & reached).any()
        return Worth(
            total, known if is_known else None, known, primary, verified, complete, activity, flow, frozenset(uses)
        )

    def is_recordable(self) -> bool:
        """Whether every loop has a gain below 1 at today's shares, past declarations too: all else is refused."""
        matrix = np.zeros((self.count,) * 2)
        for s in self.supplies:
            if s["stage"] not in AFTER_GATE:
                matrix[s["input_row"], s["output_row"]] += s["amount"] * s["share"]
        return _is_solvable(matrix, np.abs(matrix))

    def current(self, currency: str | None) -> Worth | None:
        return self.worth(self.today, currency)

    def saving(self, row: Row, share: float, worth: Worth, value: Numbers) -> float:
        """-x dshare (amount p - the line's old mean), p of the current chain, x of the new one."""
        assert row.line is not None
        line = self.lines[row.line]
        mean = sum(r.share * r.amount * value[r.input] for r in line) / sum(r.share for r in line)
        activity = 1.0 if row.is_after else worth.activity[row.output]
        return float(-activity * (share - row.share) * (row.amount * value[row.input] - mean))

    def values_today(self) -> Numbers:
        """Totals at the gate of every item in reach at today's shares, unknown kilograms as 0."""
        matrix = np.zeros((self.count,) * 2)
        for row in self.rows.values():
            if not row.is_after:
                matrix[row.input, row.output] += row.amount * row.share
        values: Numbers = np.linalg.solve(np.eye(self.count) - matrix.T, self.direct).astype(np.float64)
        return values


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates of each free line; lines ``kept`` have none for want of data and stay as they are."""

    asked: ChainConstraints
    groups: frozenset[str]
    currency: str | None
    candidates: Mapping[tuple[int, str, bool], list[Row]]
    kept: set[tuple[int, str, bool]]
    is_possible: bool
    excluded: set[int]

    def limit(self, group: str) -> float | None:
        named = {
            "cost": self.asked.max_unit_cost,
            "capacity": self.asked.demand_per_year,
            "primary": self.asked.min_primary_data_share,
            "verified": self.asked.min_verified_share,
        }
        return named[group] if group in self.groups else None


def keeps_limits(question: Question, choice: Choice, worth: Worth, *, slack: float = CLOSE) -> bool:
    """Whether a chain is within cost, capacities and shares, by their definitions; ``slack`` relative."""
    most = choice.limit("cost")
    if most is not None and (worth.cost is None or worth.cost > most + slack * max(1.0, abs(most))):
        return False
    demand = choice.limit("capacity")
    if demand is not None:
        pairs = [(demand * worth.flow[at], row.capacity) for at, row in question.rows.items()]
        for at, item in enumerate(question.items):
            if item["capacity_per_year"] is not None:
                pairs.append((demand * worth.activity[at], item["capacity_per_year"]))
        if any(needed > capacity + slack * max(1.0, abs(capacity)) for needed, capacity in pairs):
            return False
    for group, share in (("primary", worth.primary), ("verified", worth.verified)):
        least = choice.limit(group)
        if least and (share is None or share < least - slack):
            return False
    return True


# ---------------------------------------------------------------- one source per line


def policies(question: Question, choice: Choice) -> Iterator[tuple[dict[int, float], Worth]]:
    """Every policy that can be made, with what it weighs; limits are not looked at."""
    if not choice.is_possible:
        return
    names = [name for name, rows in choice.candidates.items() if rows and name not in choice.kept]
    seen = set()
    for picked in itertools.product(*(choice.candidates[name] for name in names)):
        share = dict(question.today)
        for name, row in zip(names, picked, strict=True):
            for other in question.lines[name]:
                share[other.at] = 0.0
            share[row.at] = sum(other.share for other in question.lines[name])
        worth = question.worth(share, choice.currency)
        if worth is None or not _is_made_of_candidates(question, choice, worth):
            continue
        if worth.uses not in seen:
            seen.add(worth.uses)
            yield share, worth


def _is_made_of_candidates(question: Question, choice: Choice, worth: Worth) -> bool:
    used_items = {question.item} | {question.rows[at].input for at in worth.uses}
    used_lines = {question.rows[at].line for at in worth.uses if question.rows[at].line in question.free}
    usable = all(choice.candidates[line] or line in choice.kept for line in used_lines if line)
    return usable and not used_items & choice.excluded


def best_policy(question: Question, choice: Choice, *, slack: float = CLOSE) -> Worth | None:
    found = [w for _, w in policies(question, choice) if keeps_limits(question, choice, w, slack=slack)]
    return min(found, key=lambda worth: worth.total, default=None)


def policy_front(question: Question, choice: Choice) -> list[tuple[float, float]]:
    """(cost, total) of the policies that none beats in both, cheapest first; every limit but that of cost counts."""
    uncapped = replace(choice, groups=choice.groups - {"cost"})
    points = sorted(
        (worth.known_cost, worth.total)
        for _, worth in policies(question, uncapped)
        if keeps_limits(question, uncapped, worth)
    )
    front: list[tuple[float, float]] = []
    for cost, total in points:
        if front and total >= front[-1][1] - CLOSE * max(1.0, abs(total)):
            continue
        if front and cost <= front[-1][0] + CLOSE * max(1.0, abs(cost)):
            front.pop()
        front.append((cost, total))
    return front


# ---------------------------------------------------------------- mixes: the linear program as DESIGN writes it


@dataclass(frozen=True, slots=True)
class Program:
    """Optimum of the program; ``status`` 0 solved, 2 infeasible, 3 unbounded."""

    status: int
    total: float
    share: Mapping[int, float]


class _Columns:
    """The columns of the program and its rows: activities, flows of free lines, activities in absolute amounts."""

    def __init__(self, question: Question, choice: Choice) -> None:
        self.question, self.choice, self.count = question, choice, question.count
        self.lines = {name: rows for name, rows in question.free.items() if name not in choice.kept}
        flows = [row.at for rows in self.lines.values() for row in rows]
        self.place = {at: self.count + k for k, at in enumerate(flows)}
        self.absolute = self.count + len(flows)
        self.size = self.absolute + self.count
        self.equal: list[tuple[Numbers, float]] = []
        self.limits: list[tuple[Numbers, float]] = []

    def used(self, row: Row, start: int = 0) -> tuple[int | None, float]:
        """The column that a supply's flow grows with, None for the one unit made, and by how much."""
        if row.at in self.place:
            return self.place[row.at], row.amount
        return (None if row.is_after else start + row.output), row.amount * row.share

    def balance(self, start: int, size_of: Callable[[float], float]) -> None:
        """x_input = demand + sum of amount x flow, what is fixed between two items taken together."""
        for item in range(self.count):
            line, right = np.zeros(self.size), 1.0 if item == self.question.item else 0.0
            line[start + item] = 1.0
            given: dict[int | None, float] = {}
            for row in self.question.rows.values():
                if row.input == item:
                    column, amount = self.used(row, start)
                    given[column] = given.get(column, 0.0) + amount
            for column, amount in given.items():
                if column is None:
                    right += size_of(amount)
                else:
                    line[column] -= size_of(amount)
            self.equal.append((line, right))

    def share_out(self) -> None:
        """Sum of y = x_output x the line's current share sum."""
        for rows in self.lines.values():
            line, today = np.zeros(self.size), sum(row.share for row in rows)
            for row in rows:
                line[self.place[row.at]] = 1.0
            if not rows[0].is_after:
                line[rows[0].output] = -today
            self.equal.append((line, today if rows[0].is_after else 0.0))

    def cost(self) -> tuple[Numbers, float]:
        """Unit cost x amount x flow, and what of it is fixed."""
        cost, constant = np.zeros(self.size), 0.0
        for row in self.question.rows.values():
            column, amount = self.used(row)
            price = row.cost if row.cost is not None and row.currency == self.choice.currency else 0.0
            if column is None:
                constant += price * amount
            else:
                cost[column] += price * amount
        return cost, constant

    def cap(self) -> None:
        demand = self.choice.limit("capacity")
        if demand is None:
            return
        for row in self.question.rows.values():
            column, amount = self.used(row)
            line = np.zeros(self.size)
            if column is not None:
                line[column] = demand * amount
            if math.isfinite(row.capacity):
                self.limits.append((line, row.capacity - (demand * amount if column is None else 0.0)))
        for at, item in enumerate(self.question.items):
            if item["capacity_per_year"] is not None:
                line = np.zeros(self.size)
                line[at] = demand
                self.limits.append((line, item["capacity_per_year"]))

    def weigh(self) -> None:
        weight, after = self.question.weight, self.question.after_weight
        for column, group in ((1, "primary"), (2, "verified")):
            least = self.choice.limit(group)
            if least:
                line = np.zeros(self.size)
                line[self.absolute :] = least * weight[:, 0] - weight[:, column]
                self.limits.append((line, float(after[column] - least * after[0])))

    def bounds(self) -> list[tuple[float | None, float | None]]:
        """All at least 0 but activities behind a negative amount: a credit may avoid more than is made."""
        candidates = {row.at for rows in self.choice.candidates.values() for row in rows}
        behind = self.question.behind
        activities: list[tuple[float | None, float | None]] = [
            (None if at in behind else 0.0, None) for at in range(self.count)
        ]
        return [
            *activities,
            *((0.0, None if at in candidates else 0.0) for at in self.place),
            *[(0.0, None)] * self.count,
        ]


def solve_mix(
    question: Question,
    choice: Choice,
    *,
    objective: str = "total",
    most_cost: float | None = None,
    most_total: float | None = None,
) -> Program:
    """The best mix by HiGHS, or the cheapest."""
    if not choice.is_possible:
        return Program(2, math.inf, {})
    columns = _Columns(question, choice)
    columns.balance(0, float)
    if choice.limit("primary") or choice.limit("verified"):
        columns.balance(columns.absolute, abs)
    columns.share_out()
    columns.cap()
    columns.weigh()
    cost, constant = columns.cost()
    total = np.zeros(columns.size)
    total[: question.count] = question.direct
    most = most_cost if most_cost is not None else choice.limit("cost")
    if most is not None:
        columns.limits.append((cost, most - constant))
    if most_total is not None:
        columns.limits.append((total, most_total - question.after_direct))
    aim, offset = (total, question.after_direct) if objective == "total" else (cost, constant)
    found = linprog(
        aim,
        A_ub=np.array([line for line, _ in columns.limits]) if columns.limits else None,
        b_ub=[right for _, right in columns.limits] if columns.limits else None,
        A_eq=np.array([line for line, _ in columns.equal]),
        b_eq=[right for _, right in columns.equal],
        bounds=columns.bounds(),
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if found.status != 0:
        return Program(int(found.status), math.nan, {})
    share = dict(question.today)
    for rows in columns.lines.values():
        sent = sum(found.x[columns.place[row.at]] for row in rows)
        for row in rows:
            if sent > 1e-12:
                share[row.at] = found.x[columns.place[row.at]] / sent * sum(r.share for r in rows)
    return Program(0, float(found.fun) + offset, share)


def is_feasible(question: Question, asked: ChainConstraints, groups: Iterable[str]) -> bool | None:
    """Whether some chain keeps these groups of constraints; None where rounding decides."""
    chosen = frozenset(groups)
    if question.keeps_offsets and not chosen & {"primary", "verified"}:
        question = Question(question.graph, question.item, is_weighed_as_today=question.is_weighed_as_today)
    choice = question.choose(asked, chosen)
    if "single" in chosen and asked.is_single_source:
        answers = {best_policy(question, choice, slack=slack) is not None for slack in (1e-7, -1e-7)}
        return answers.pop() if len(answers) == 1 else None
    if choice.limit("cost") is not None and _cost_unknown_for_all(question, choice):
        return False
    program = solve_mix(question, choice)
    if program.status in (0, 3):
        return True
    return False if program.status == 2 else None


def _cost_unknown_for_all(question: Question, choice: Choice) -> bool:
    """Whether what every chain uses has an unknown cost: fixed or kept lines on the way to the item."""
    worths = [worth for _, worth in policies(question, choice)]
    return bool(worths) and all(worth.cost is None for worth in worths)


# ---------------------------------------------------------------- small pieces


def _without_line(row: Row) -> Row:
    return Row(
        row.at, row.input, row.output, row.amount, row.share, None, row.is_after, row.cost, row.currency, row.capacity
    )  # fmt: skip


def _emissions(facts: Facts) -> list[dict[str, Any]]:
    rows = facts.tables[Kind.EMISSION].to_pylist()
    names = ("stage", list(LifeCycleStage)), ("component", list(CarbonComponent)), ("data_type", list(DataType))
    return [{**row, **{name: words[row[name]].value for name, words in names}} for row in rows]


def _reached(start: npt.NDArray[np.bool_], absolute: Numbers) -> npt.NDArray[np.bool_]:
    reached = start.copy()
    for _ in range(len(start)):
        reached = reached | ((absolute != 0) @ reached)
    return reached


def _is_solvable(matrix: Numbers, absolute: Numbers) -> bool:
    """Gain below 1 in every loop; loops with negative amounts may pass by the signed radius instead."""
    leads = _closure(absolute)
    together = leads & leads.T
    for group in {tuple(np.flatnonzero(row)) for row in together}:
        part = np.ix_(group, group)
        if np.abs(np.linalg.eigvals(absolute[part])).max() < 1 - 1e-12:
            continue
        has_negative = bool((matrix[part] < 0).any() or not np.array_equal(absolute[part], np.abs(matrix[part])))
        if not has_negative or np.abs(np.linalg.eigvals(matrix[part])).max() >= 1 - 1e-12:
            return False
    return True


def _closure(absolute: Numbers) -> npt.NDArray[np.bool_]:
    leads: npt.NDArray[np.bool_] = (absolute != 0) | np.eye(len(absolute), dtype=np.bool_)
    for _ in range(len(absolute).bit_length()):
        leads = (leads.astype(np.float64) @ leads.astype(np.float64)) > 0
    return leads
