"""The choice of chains as a linear or mixed-integer program, for HiGHS: where limits couple the lines."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import optimize, sparse

from graph_service.engine.allowance import Allowance
from graph_service.engine.chain_limits import Limits, uniform_activity
from graph_service.engine.chain_policies import CARBON, COST
from graph_service.engine.chain_problem import ChainProblem, Plan, Point
from graph_service.engine.once import Once
from graph_service.engine.snapshot import Numbers, Rows
from graph_service.errors import UnsolvableLoop

TIED = 1e-10
"""Relative: among plans that are worse by no more than this the other weight decides."""

_TOLERANCE = 1e-10
_MOST_SIMPLEX_COLUMNS = 20_000
"""Beyond this many variables the simplex method stalls where interior points do not (DESIGN, section 5)."""
_SIZE = 1e3
"""What the objective is scaled to: the tolerances of HiGHS are absolute."""

_SOLVED, _INFEASIBLE, _UNBOUNDED, _FAILED = 0, 2, 3, 4
"""Statuses of ``scipy.optimize``."""


@dataclass(frozen=True, slots=True)
class SingleSource:
    """One choice of each line: no flow above ``most_flow`` (choices,), no set of picks, (lines,), that is ruled out."""

    most_flow: Numbers
    ruled_out: Sequence[Rows] = ()
    most_seconds: float = np.inf


@dataclass(frozen=True, slots=True)
class Budgets:
    """The most that a plan may cost and weigh."""

    cost: float = np.inf
    carbon_kgco2e: float = np.inf


@dataclass(frozen=True, slots=True)
class Solved:
    """``point`` is None where nothing was found; ``bound``: no plan has less of what was to be least.

    ``bound`` is infinite where no plan keeps to the limits; without a point and below that nothing is decided.
    ``is_closed``: it was searched to the end.
    """

    point: Point | None
    bound: float
    is_closed: bool = True


@dataclass(frozen=True, slots=True)
class _Inequalities:
    """``matrix @ variables <= most``, row by row."""

    rows: list[sparse.csr_array] = field(default_factory=list)
    most: list[Numbers] = field(default_factory=list)

    def add(self, rows: sparse.csr_array, most: Numbers) -> None:
        self.rows.append(rows)
        self.most.append(most)


class Program:
    """The program of a problem and its limits. Variables: activities, then flows, each counted in its usual size."""

    __slots__ = ("_balance", "_limits", "_problem", "_scale")

    def __init__(self, problem: ChainProblem, limits: Limits) -> None:
        self._problem, self._limits = problem, limits
        choices, usual = problem.choices, uniform_activity(problem)
        usual_flow = (choices.share * usual[choices.output_row])[choices.line]
        self._scale = np.concatenate((usual, np.where(usual_flow > 0.0, usual_flow, 1.0)))
        self._balance = self._balances()

    def least(self, weights: tuple[float, float], *, start: Rows, most_seconds: float = np.inf) -> Point | None:
        """The mix of least weighted sum of kilograms and cost, ties by what has no weight; None if none was found."""
        return self.mix(weights, Budgets(), pick=start, most_seconds=most_seconds).point

    def mix(
        self, weights: tuple[float, float], budgets: Budgets, *, pick: Rows, most_seconds: float = np.inf
    ) -> Solved:
        """The mix of least weighted sum within the budgets; ``pick`` (lines,) is for lines of which nothing is made.

        Raises
        ------
        UnsolvableLoop
            There is no least: a loop of alternatives takes away more the more it turns.
        """
        allowance = Allowance(most_seconds)
        found = self._solve_linear(weights, budgets, pick=pick, allowance=allowance)
        if found.point is None or 0.0 not in weights:
            return found
        held = _held(weights, found.point, budgets)
        better = self._solve_linear(COST if weights == CARBON else CARBON, held, pick=pick, allowance=allowance)
        return found if better.point is None else Solved(better.point, found.bound)

    def single(self, weights: tuple[float, float], budgets: Budgets, *, rule: SingleSource) -> Solved:
        """The picks, one choice of each line, of least weighted sum within the budgets; the point's plan is rough."""
        found = self._solve_integer(weights, budgets, rule)
        if found.point is None or 0.0 not in weights or not found.is_closed:
            return found
        held = _held(weights, found.point, budgets)
        better = self._solve_integer(COST if weights == CARBON else CARBON, held, rule)
        return found if better.point is None else Solved(better.point, found.bound)

    def least_overload(self, budgets: Budgets, *, pick: Rows, most_seconds: float = np.inf) -> Point | None:
        """The plan within the budgets that goes beyond capacities by the least, summed over them relative to each.

        None where nothing keeps to the budgets and the shares, or nothing was found in time.
        """
        least, most = self._bounds()
        count = self._scale.size
        above, below = np.flatnonzero(most < np.inf), np.flatnonzero((least > -np.inf) & (least < 0.0))
        places, sign = np.concatenate((above, below)), np.repeat((1.0, -1.0), (above.size, below.size))
        limit = np.concatenate((most[above], -least[below]))
        own = (np.arange(places.size), places)
        rows = sparse.csr_array((sign, own), shape=(places.size, count))
        slack = sparse.diags_array(-np.where(limit != 0.0, np.abs(limit), 1.0))
        inequalities = self._inequalities(budgets)
        held = [sparse.hstack((row, sparse.csr_array((row.shape[0], places.size)))) for row in inequalities.rows]
        matrix, right_hand_side = self._balance
        wide = sparse.hstack((matrix, sparse.csr_array((matrix.shape[0], places.size))), format="csr")
        free = np.full(count + places.size, np.inf)
        floor = np.concatenate((np.where(least < 0.0, -np.inf, least), np.zeros(places.size)))
        result = optimize.linprog(
            np.repeat((0.0, 1.0), (count, places.size)),
            A_ub=sparse.vstack([sparse.hstack((rows, slack)), *held], format="csr"),
            b_ub=np.concatenate((limit, *inequalities.most)),
            A_eq=wide,
            b_eq=right_hand_side,
            bounds=np.stack((floor, free), axis=1),
            method="highs",
            options={"time_limit": most_seconds},
        )
        return self._point(result.x[:count], pick) if result.status == _SOLVED else None

    def _solve_linear(
        self, weights: tuple[float, float], budgets: Budgets, *, pick: Rows, allowance: Allowance
    ) -> Solved:
        objective, size = self._objective(weights)
        inequalities = self._inequalities(budgets)
        least, most = self._bounds()
        matrix, right_hand_side = self._balance
        is_small = self._scale.size <= _MOST_SIMPLEX_COLUMNS
        for method in ("highs-ds", "highs-ipm") if is_small else ("highs-ipm", "highs-ds"):
            result = optimize.linprog(
                objective,
                A_ub=sparse.vstack(inequalities.rows, format="csr") if inequalities.rows else None,
                b_ub=np.concatenate(inequalities.most) if inequalities.rows else None,
                A_eq=matrix,
                b_eq=right_hand_side,
                bounds=np.stack((least, most), axis=1),
                method=method,
                options={
                    "primal_feasibility_tolerance": _TOLERANCE,
                    "dual_feasibility_tolerance": _TOLERANCE,
                    "time_limit": allowance.left_seconds,
                },
            )
            if result.status in (_SOLVED, _INFEASIBLE):
                break
            if not allowance.left_seconds:
                return Solved(None, -np.inf, is_closed=False)
        if result.status == _INFEASIBLE:
            return Solved(None, np.inf)
        if result.status != _SOLVED:
            raise _no_least(result.status)
        return Solved(self._point(result.x, pick), float(result.fun) * size)

    def _solve_integer(self, weights: tuple[float, float], budgets: Budgets, rule: SingleSource) -> Solved:
        choices = self._problem.choices
        flows, others = choices.supply.size, self._scale.size
        objective, size = self._objective(weights)
        least, most = self._bounds()
        bounds = optimize.Bounds(np.concatenate((least, np.zeros(flows))), np.concatenate((most, np.ones(flows))))
        constraints = self._integer_constraints(self._inequalities(budgets), rule)
        for presolve in (True, False):
            result = optimize.milp(
                np.concatenate((objective, np.zeros(flows))),
                integrality=np.repeat((0, 1), (others, flows)),
                bounds=bounds,
                constraints=constraints,
                options={"mip_rel_gap": 0.0, "time_limit": rule.most_seconds, "presolve": presolve},
            )
            if result.status != _FAILED:
                break
        if result.status == _UNBOUNDED:
            raise _no_least(result.status)
        if result.x is None:
            is_proven = result.status == _INFEASIBLE
            return Solved(None, np.inf if is_proven else -np.inf, is_closed=is_proven)
        # Without any integer left HiGHS gives no bound beside the optimum itself.
        bound = result.fun if result.status == _SOLVED else result.mip_dual_bound
        value = result.x[others:]
        pick = choices.first_where(value == -choices.least(-value)[choices.line])
        bound_of_all = -np.inf if bound is None else float(bound) * size
        return Solved(self._point(result.x[:others], pick), bound_of_all, is_closed=result.status == _SOLVED)

    def _integer_constraints(
        self, inequalities: _Inequalities, rule: SingleSource
    ) -> tuple[optimize.LinearConstraint, optimize.LinearConstraint]:
        """Over the variables and, after them, one switch per choice: flow only where it is on, one on per line."""
        problem, choices = self._problem, self._problem.choices
        flows, others, lines = choices.supply.size, self._scale.size, choices.start.size
        flow = sparse.eye_array(flows, others, k=problem.item_count, format="csr")
        switched = sparse.diags_array(-rule.most_flow / self._scale[problem.item_count :], format="csr")
        rows, most = [sparse.hstack((flow, switched))], [np.zeros(flows)]
        for row, limit in zip(inequalities.rows, inequalities.most, strict=True):
            rows.append(sparse.hstack((row, sparse.csr_array((row.shape[0], flows)))))
            most.append(limit)
        for pick in rule.ruled_out:
            place = np.zeros_like(pick), others + pick
            rows.append(sparse.csr_array((np.ones(pick.size), place), shape=(1, others + flows)))
            most.append(np.array([pick.size - 1.0]))
        matrix, right_hand_side = self._balance
        one_each = sparse.csr_array((np.ones(flows), (choices.line, np.arange(flows))), shape=(lines, flows))
        equal = sparse.block_array([[matrix, None], [None, one_each]], format="csr")
        equal_to = np.concatenate((right_hand_side, np.ones(lines)))
        return (
            optimize.LinearConstraint(sparse.vstack(rows, format="csr"), -np.inf, np.concatenate(most)),
            optimize.LinearConstraint(equal, equal_to, equal_to),
        )

    def _point(self, scaled: Numbers, pick: Rows) -> Point:
        problem, count = self._problem, self._problem.item_count
        variables = scaled * self._scale
        activity = np.where(problem.is_signed, variables[:count], np.maximum(variables[:count], 0.0))
        plan = Plan(activity=activity, flow=np.maximum(variables[count:], 0.0), pick=pick)
        carbon_kgco2e = float(problem.direct[:, 0] @ activity)
        cost = float(problem.fixed_cost @ activity + problem.choices.cost @ plan.flow)
        return Point(carbon_kgco2e, cost, pick=pick, plan=Once(lambda: plan))

    def _objective(self, weights: tuple[float, float]) -> tuple[Numbers, float]:
        """The coefficients of the scaled variables and the size by which they are divided."""
        problem = self._problem
        item = weights[0] * problem.direct[:, 0] + weights[1] * problem.fixed_cost
        coefficient = np.concatenate((item, weights[1] * problem.choices.cost)) * self._scale
        size = float(np.abs(coefficient).sum()) / _SIZE
        size = size if size > 0.0 else 1.0
        return coefficient / size, size

    def _inequalities(self, budgets: Budgets) -> _Inequalities:
        found = _Inequalities()
        for limit, weights in ((budgets.cost, COST), (budgets.carbon_kgco2e, CARBON)):
            if limit < np.inf:
                coefficient, size = self._objective(weights)
                found.add(sparse.csr_array(coefficient[None, :]), np.array([limit / size]))
        for quality in self._limits.quality:
            coefficient = np.concatenate((quality.item, quality.flow)) * self._scale
            size = float(np.abs(coefficient).sum()) / _SIZE or 1.0
            found.add(sparse.csr_array(-coefficient[None, :] / size), np.array([quality.constant / size]))
        return found

    def _bounds(self) -> tuple[Numbers, Numbers]:
        limits, problem = self._limits, self._problem
        least_activity = np.where(problem.is_signed, limits.least_activity, np.maximum(limits.least_activity, 0.0))
        least = np.concatenate((least_activity, np.zeros(limits.most_flow.size)))
        return least / self._scale, np.concatenate((limits.most_activity, limits.most_flow)) / self._scale

    def _balances(self) -> tuple[sparse.csr_array, Numbers]:
        """Of each item as much is made as is wanted and taken; of each line flows what its output asks for."""
        problem, choices, count = self._problem, self._problem.choices, self._problem.item_count
        flows, lines = choices.supply.size, choices.start.size
        made = sparse.eye_array(count, format="csr") - problem.fixed_by_output.T.tocsr()
        taken = sparse.csr_array((-choices.amount, (choices.input_row, np.arange(flows))), shape=(count, flows))
        asked = sparse.csr_array((-choices.share, (np.arange(lines), choices.output_row)), shape=(lines, count))
        flowing = sparse.csr_array((np.ones(flows), (choices.line, np.arange(flows))), shape=(lines, flows))
        matrix = sparse.block_array([[made, taken], [asked, flowing]], format="csr")
        usual = np.concatenate((self._scale[:count], self._scale[count:][choices.start]))
        wanted = np.zeros(count + lines)
        wanted[problem.demanded] = 1.0
        matrix = sparse.diags_array(1.0 / usual) @ matrix @ sparse.diags_array(self._scale)
        return matrix.tocsr(), wanted / usual


def _held(weights: tuple[float, float], point: Point, budgets: Budgets) -> Budgets:
    """The budgets, with what has been made least held where it is."""
    if weights == CARBON:
        return Budgets(budgets.cost, point.carbon_kgco2e + TIED * abs(point.carbon_kgco2e))
    return Budgets(point.cost + TIED * abs(point.cost), budgets.carbon_kgco2e)


def _no_least(status: int) -> UnsolvableLoop:
    if status == _UNBOUNDED:
        return UnsolvableLoop(
            "no chain is the least: a loop of alternatives takes one unit or more of itself per unit made while it "
            "removes carbon or earns money, so that turning it on and on would pay"
        )
    return UnsolvableLoop(f"the program of the chains was not solved to the end; HiGHS says status {status}")
