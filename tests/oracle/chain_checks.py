"""An answer on low-carbon chains held to the second opinion; every fault is a sentence."""

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from graph_service.service.chain_constraints import ChainConstraints
from graph_service.service.chains import Chain, LowCarbonChains
from tests.oracle.chain_second_opinion import (
    ALL_GROUPS,
    Choice,
    Question,
    Worth,
    best_policy,
    is_feasible,
    keeps_limits,
    policies,
    policy_front,
    solve_mix,
)

NEAR = 1e-6
CLOSE_SHARE = 1e-12
GROUP_WORDS = {
    "maxUnitCost": "cost",
    "demandPerYear": "capacity",
    "minPrimaryDataShare": "primary",
    "minVerifiedShare": "verified",
    "excludeSuppliers": "exclusions",
    "excluded": "exclusions",
    "worstGrade": "grade",
    "singleSource": "single",
}


def faults(question: Question, asked: ChainConstraints, found: LowCarbonChains, *, points: int) -> Iterator[str]:
    """What is wrong with an answer, nothing where all is well."""
    choice = question.choose(asked)
    yield from _candidate_faults(question, choice, found)
    yield from _chain_faults(question, choice, found.current, "current", limits=frozenset())
    for at, share in question.today.items():
        listed = {one.supply_row: one.share for one in found.current.choices}
        if abs(listed.get(at, share) - share) > 1e-12:
            yield f"current: supply {at} is not at today's share"
    if (found.best is None) == (found.infeasible_because is None):
        yield "best and infeasible_because do not exclude each other"
    if found.best is None:
        yield from _infeasible_faults(question, asked, choice, str(found.infeasible_because))
    else:
        yield from _chain_faults(question, choice, found.best, "best", limits=ALL_GROUPS)
        yield from _best_faults(question, choice, found.best)
    for place, chain in enumerate(found.pareto):
        yield from _chain_faults(question, choice, chain, f"pareto[{place}]", limits=ALL_GROUPS - {"cost"})
    yield from _front_faults(question, asked, found, points)


def _candidate_faults(question: Question, choice: Choice, found: LowCarbonChains) -> Iterator[str]:
    # What only a supply of share 0 in a fixed line leads to can never be used: whether it is listed is all one.
    weighed = {row.at for rows in question.free.values() for row in rows}
    wanted = weighed - {row.at for rows in choice.candidates.values() for row in rows}
    told = {one.supply_row for one in found.not_candidates} & weighed
    if told != wanted:
        yield f"not candidates are {sorted(told)}, should be {sorted(wanted)}"
    fixed = {row.at for name in question.fixed_lines if name in question.lines for row in question.lines[name]}
    if set(found.fixed_supply_rows) & set(question.rows) != fixed:
        yield f"fixed supplies are {sorted(found.fixed_supply_rows)}, should be {sorted(fixed)}"


def _chain_faults(
    question: Question, choice: Choice, chain: Chain, name: str, *, limits: frozenset[str]
) -> Iterator[str]:
    share = dict(question.today)
    for one in chain.choices:
        if one.supply_row in share:
            share[one.supply_row] = one.share
            if abs(one.current_share - question.today[one.supply_row]) > 1e-12:
                yield f"{name}: the current share of supply {one.supply_row} is {one.current_share}"
    worth = question.worth(share, choice.currency)
    if worth is None:
        yield f"{name}: a loop in it takes one unit or more of itself"
        return
    yield from _figure_faults(worth, chain, name)
    yield from _share_faults(question, choice, share, worth, name, is_chosen=bool(limits))
    if limits and not keeps_limits(question, replace(choice, groups=choice.groups & limits), worth, slack=NEAR):
        yield f"{name}: does not keep to the limits"
    yield from _saving_faults(question, chain, worth, choice, name)


def _figure_faults(worth: Worth, chain: Chain, name: str) -> Iterator[str]:
    pairs = (
        ("total", chain.total_kgco2e, worth.total),
        ("unit cost", chain.unit_cost, worth.cost),
        ("primary share", chain.primary_data_share, worth.primary),
        ("verified share", chain.verified_share, worth.verified),
    )
    for what, told, wanted in pairs:
        if (told is None) != (wanted is None) or not (told is None or wanted is None or _near(told, wanted)):
            yield f"{name}: {what} is {told}, should be {wanted}"
    if chain.is_complete != worth.is_complete:
        yield f"{name}: is_complete is {chain.is_complete}"


def _share_faults(
    question: Question, choice: Choice, share: dict[int, float], worth: Worth, name: str, *, is_chosen: bool
) -> Iterator[str]:
    for line, rows in question.lines.items():
        total, today = sum(share[row.at] for row in rows), sum(row.share for row in rows)
        if not any(row.is_after or worth.activity[row.output] for row in rows):
            continue
        if not _near(total, today) or min(share[row.at] for row in rows) < 0:
            yield f"{name}: shares of {line} are {[share[row.at] for row in rows]}, today's sum is {today}"
        is_kept = line in question.fixed_lines or line in choice.kept
        if is_kept and any(abs(share[row.at] - row.share) > CLOSE_SHARE for row in rows):
            yield f"{name}: {line} ought to keep its shares"
        if not is_chosen or is_kept or not any(_carries(row.at, worth) for row in rows):
            continue
        candidates = {row.at for row in choice.candidates[line]}
        taken = [row.at for row in rows if share[row.at] > 0]
        if not set(taken) <= candidates:
            yield f"{name}: takes {taken} of {line}, of which {sorted(set(taken) - candidates)} are no candidates"
        if choice.asked.is_single_source and len(taken) != 1:
            yield f"{name}: takes {taken} of {line}, not one"
    excluded = {question.item} | {question.rows[at].input for at in worth.uses}
    if is_chosen and excluded & choice.excluded:
        yield f"{name}: uses excluded items {sorted(excluded & choice.excluded)}"


def _carries(at: int, worth: Worth) -> bool:
    return at in worth.uses


def _saving_faults(question: Question, chain: Chain, worth: Worth, choice: Choice, name: str) -> Iterator[str]:
    value, today = question.values_today(), question.current(choice.currency)
    assert today is not None
    scale = 1.0 + abs(today.total) + abs(worth.total)
    told = sum(one.saving_kgco2e for one in chain.choices)
    if abs(told - (today.total - worth.total)) > NEAR * scale:
        yield f"{name}: savings sum to {told}, should be {today.total - worth.total}"
    for one in chain.choices:
        if one.supply_row not in question.rows or question.rows[one.supply_row].line is None:
            continue
        wanted = question.saving(question.rows[one.supply_row], one.share, worth, value)
        if abs(one.saving_kgco2e - wanted) > NEAR * scale:
            yield f"{name}: saving of supply {one.supply_row} is {one.saving_kgco2e}, should be {wanted}"


def optimum(question: Question, choice: Choice) -> float | None:
    """The least total, None where no chain is; NaN where it is not a number that can be had."""
    if choice.asked.is_single_source:
        best = best_policy(question, choice)
        return None if best is None else best.total
    program = solve_mix(question, choice)
    if program.status == 2:
        return None
    return program.total if program.status == 0 else math.nan


def _best_faults(question: Question, choice: Choice, best: Chain) -> Iterator[str]:
    wanted = optimum(question, choice)
    if wanted is None:
        yield f"best is {best.total_kgco2e}, though no chain is feasible"
    elif not _near(best.total_kgco2e, wanted):
        yield f"best is {best.total_kgco2e}, should be {wanted}"
    if wanted is not None and best.lower_bound_kgco2e > wanted + NEAR * max(1.0, abs(wanted)):
        yield f"lower bound {best.lower_bound_kgco2e} is above the optimum {wanted}"
    if not _near(best.lower_bound_kgco2e, best.total_kgco2e):
        yield f"lower bound {best.lower_bound_kgco2e} is off the total {best.total_kgco2e}: not proved"


def conflicts_named(text: str) -> set[str]:
    return {group for word, group in GROUP_WORDS.items() if re.search(rf"\b{word}\b", text)}


def _infeasible_faults(question: Question, asked: ChainConstraints, choice: Choice, text: str) -> Iterator[str]:
    if is_feasible(question, asked, ALL_GROUPS):
        yield f"called infeasible ({text}), though {optimum(question, choice)} is feasible"
        return
    named = conflicts_named(text)
    if is_feasible(question, asked, named):
        yield f"{sorted(named)} are said to conflict but do not: {text}"
    for group in named:
        if is_feasible(question, asked, named - {group}) is False:
            yield f"{sorted(named)} conflict without {group} too: {text}"


def _front_faults(question: Question, asked: ChainConstraints, found: LowCarbonChains, points: int) -> Iterator[str]:
    choice = question.choose(asked, ALL_GROUPS - {"cost"})
    told = [(chain.unit_cost, chain.total_kgco2e) for chain in found.pareto]
    if len(told) > points:
        yield f"{len(told)} points on the front, {points} asked"
    if points == 0:
        return
    single = asked.is_single_source
    whole = policy_front(question, choice) if single else mix_front(question, choice)
    if whole is None:
        return
    if any(cost is None for cost, _ in told):
        yield from _lone_point_faults(told, whole)
        return
    pairs = [(float(cost), total) for cost, total in told if cost is not None]
    if any(b[0] <= a[0] or b[1] >= a[1] for a, b in itertools.pairwise(pairs)):
        yield f"the front does not go from cheapest to cleanest: {pairs}"
    if bool(pairs) != bool(whole):
        yield f"front {pairs}, should be {whole}"
    elif single and whole:
        yield from _unlike(pairs, whole, points)
    elif whole:
        yield from _dear_points(question, choice, pairs)
        yield from _unlike_hull(pairs, whole, points)


def _lone_point_faults(told: list[tuple[float | None, float]], whole: list[tuple[float, float]]) -> Iterator[str]:
    """Where nothing upstream has a cost, or not all in use is known, the front is the cleanest chain."""
    if len(told) > 1:
        yield "several points on a front without costs"
    if whole and not _near(told[0][1], min(total for _, total in whole)):
        yield f"front {told}, should be {whole}"


def _dear_points(question: Question, choice: Choice, pairs: list[tuple[float, float]]) -> Iterator[str]:
    for cost, total in pairs:
        wanted = solve_mix(question, choice, most_cost=cost + 1e-12 * max(1.0, abs(cost)))
        if wanted.status == 0 and total > wanted.total + NEAR * max(1.0, abs(wanted.total)):
            yield f"front point {cost, total}: {wanted.total} can be had at that cost"


def _unlike(pairs: list[tuple[float, float]], whole: list[tuple[float, float]], points: int) -> Iterator[str]:
    for pair in pairs:
        if not any(_near(pair[0], w[0]) and _near(pair[1], w[1]) for w in whole):
            yield f"front point {pair} is none of {whole}"
    if len(whole) <= points and len(pairs) != len(whole):
        yield f"front {pairs}, should be {whole}"
    if len(whole) > points and len(pairs) != points:
        yield f"{len(pairs)} points of {len(whole)} on the front, {points} asked"
    yield from _ends(pairs, whole, points)


def _ends(pairs: list[tuple[float, float]], whole: list[tuple[float, float]], points: int) -> Iterator[str]:
    if not all(_near(a, b) for a, b in zip(pairs[-1], whole[-1], strict=True)):
        yield f"the front's cleanest is {pairs[-1]}, should be {whole[-1]}"
    if points > 1 and not all(_near(a, b) for a, b in zip(pairs[0], whole[0], strict=True)):
        yield f"the front's cheapest is {pairs[0]}, should be {whole[0]}"


def _unlike_hull(pairs: list[tuple[float, float]], ends: list[tuple[float, float]], points: int) -> Iterator[str]:
    """Ends as the program says; where all corners may be told, the front between them is straight."""
    yield from _ends(pairs, [ends[0], ends[-1]], points)
    if points > len(pairs) > 1:
        costs = [cost for cost, _ in pairs]
        for cost, total in ends:
            drawn = float(np.interp(cost, costs, [total for _, total in pairs]))
            if drawn > total + NEAR * 10 * max(1.0, abs(total)):
                yield f"between its points the front is {drawn} at cost {cost}, where {total} can be had"


def mix_front(question: Question, choice: Choice) -> list[tuple[float, float]] | None:
    """Points of the mixing front by the program: both ends and three costs between; None where not solved."""
    cleanest, cheapest = solve_mix(question, choice), solve_mix(question, choice, objective="cost")
    if 2 in (cleanest.status, cheapest.status):
        return []
    if cleanest.status or cheapest.status:
        return None
    least = cheapest.total
    first = solve_mix(question, choice, most_cost=least + 1e-9 * max(1.0, abs(least)))
    if first.status:
        return None
    if _near(first.total, cleanest.total):
        return [(least, cleanest.total)]
    dearest = solve_mix(
        question, choice, objective="cost", most_total=cleanest.total + 1e-9 * max(1.0, abs(cleanest.total))
    )
    if dearest.status:
        return None
    high = dearest.total
    costs = np.linspace(least, high, 5)[1:-1]
    between = [(float(c), solve_mix(question, choice, most_cost=float(c)).total) for c in costs]
    return [(least, first.total), *between, (high, cleanest.total)]


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= NEAR * max(1.0, abs(one), abs(other))


def refusal_fault(question: Question, asked: ChainConstraints, message: str) -> str | None:
    """Why a refusal is not in order; None where it is."""
    currencies = {row.currency for row in question.rows.values() if row.currency}
    if "a loop of alternatives" in message:
        mixes = [solve_mix(question, question.choose(asked, groups)).status for groups in (ALL_GROUPS, OPEN_GROUPS)]
        return None if 3 in mixes else f"no mix is unbounded: {message}"
    if "cannot be chosen away" in message:
        needed = any(f"supply n{k} " in message or f"supply l{k} " in message for k in _needed_foreign(question, asked))
        return None if needed else f"a chain does without it: {message}"
    if "nothing is known" in message:
        today = question.current(None)
        used = {question.item} | {question.rows[at].input for at in (today.uses if today else ())}
        return f"something is known: {message}" if any(not question.has_gap[at] for at in used) else None
    if "no supply upstream" in message:
        return f"some has: {message}" if asked.currency in currencies else None
    return f"unexpected: {message}"


OPEN_GROUPS = ALL_GROUPS - {"cost"}


def _needed_foreign(question: Question, asked: ChainConstraints) -> list[str]:
    """Names of the supplies in another currency that every chain uses."""
    choice = question.choose(asked, frozenset())
    uids = question.supply_uids
    foreign = {at for at, row in question.rows.items() if row.currency not in (None, choice.currency)}
    chains = [worth.uses for _, worth in policies(question, choice)]
    needed = set.intersection(foreign, *map(set, chains)) if chains else foreign
    return [uids[at][1:] for at in needed]
