"""Changes explained and what-ifs of the service, held to the dense second opinion."""

import math
import random

import numpy as np
import pytest

from graph_service.errors import InvalidInput, UnsolvableLoop
from graph_service.model.vocabulary import Kind
from graph_service.service.changes import ChangeCause, FootprintChange, explain_change
from graph_service.service.scenario import scenario
from graph_service.service.scenario_changes import DirectChange, FactorChange, ScenarioChanges, SupplyChange
from tests.oracle import change_reference
from tests.oracle.explaining_checks import uids
from tests.oracle.folder_reference import Facts, Footprints
from tests.oracle.reference_columns import scale_kgco2e
from tests.oracle.scenario_reference import Changes, Refused, changed
from tests.oracle.test_folder_end_to_end import Compared, assert_close


def assert_same_causes(before: Compared, after: Compared, uid: str) -> None:
    where = f"{before.where} to {after.where}: change of {uid!r}"
    found, expected = explain_change(before.graph, after.graph, uid), None
    sides = [case for case in (before, after) if uid in case.known.facts.row_of_item]
    if not sides:
        assert found is None, where
        return
    assert found is not None, where
    assert [found.before is None, found.after is None] == [case not in sides for case in (before, after)], where
    expected = change_reference.explain(before.known, after.known, uid)
    if math.isnan(expected.difference_kgco2e):
        assert found.difference_kgco2e is None, where
        assert list(found.causes) == [], where
        return
    scale = expected.scale_kgco2e
    assert_close(found.difference_kgco2e, expected.difference_kgco2e, scale, where)
    assert_close(sum(cause.kgco2e for cause in found.causes), expected.difference_kgco2e, scale, where)
    assert_close(sum(expected.causes.values()), expected.difference_kgco2e, scale, f"{where}: second opinion")
    named = [(named_cause(cause, found, before, after), cause.kgco2e) for cause in found.causes]
    shown = dict(named)
    assert len(shown) == len(named), f"{where}: {named}"
    for key in {*shown, *expected.causes}:
        kgco2e = expected.causes.get(key, 0.0)
        assert_close(shown.get(key, 0.0), kgco2e, scale, f"{where}: {key}, {shown}, {expected.causes}")
    sizes = [abs(kgco2e) for _, kgco2e in named]
    assert sizes == sorted(sizes, reverse=True), where


def named_cause(
    cause: ChangeCause, found: FootprintChange, before: Compared, after: Compared
) -> change_reference.Cause:
    case = after if cause.is_of_after else before
    rows = {
        Kind.SUPPLY: cause.supply_row,
        Kind.DECLARATION: cause.declaration_row,
        Kind.FACTOR: cause.factor_row,
    }
    named = [uids(case, kind)[row] for kind, row in rows.items() if row is not None]
    assert len(named) <= 1, found
    return cause.kind.value, uids(case, Kind.ITEM)[cause.item_row], named[0] if named else ""


def random_changes(facts: Facts, rng: random.Random) -> Changes:
    """Some of everything that a scenario may change, mostly within what is solvable."""
    changes = Changes()
    for row in rng.sample(facts.items, min(len(facts.items), rng.randint(0, 4))):
        kgco2e = rng.choice((0.0, rng.uniform(-3, 10)))
        (changes.scaled if rng.random() < 0.5 else changes.set_kgco2e)[row["item"]] = (
            abs(kgco2e) if rng.random() < 0.5 else kgco2e
        )
    changes.scaled = {uid: abs(scale) for uid, scale in changes.scaled.items()}
    # Now and then one that does not hold on the day, which is refused.
    valid = facts.rows["supplies"] if rng.random() < 0.1 else facts.valid("supplies")
    for row in rng.sample(valid, min(len(valid), rng.randint(0, 4))):
        amount = rng.choice((None, 0.0, facts.coefficient(row) * rng.choice((rng.uniform(-1, 1.3), 8))))
        share = rng.choice((None, 0.0, 1.0, rng.random()))
        if amount is not None or share is not None:
            changes.supplies[row["supply"]] = (amount, share)
    factors = facts.rows["factors"]
    for row in rng.sample(factors, min(len(factors), rng.randint(0, 2))):
        changes.factors[row["factor"]] = rng.choice((0.0, rng.uniform(0, 3)))
    return changes


def as_asked(changes: Changes) -> ScenarioChanges:
    return ScenarioChanges(
        direct=[
            *(DirectChange(uid, factor=scale) for uid, scale in changes.scaled.items()),
            *(DirectChange(uid, set_kgco2e=kgco2e) for uid, kgco2e in changes.set_kgco2e.items()),
        ],
        supplies=[SupplyChange(uid, amount=amount, share=share) for uid, (amount, share) in changes.supplies.items()],
        factors=[FactorChange(uid, kgco2e) for uid, kgco2e in changes.factors.items()],
    )


def changed_or_refused(case: Compared, changes: Changes) -> Footprints | Refused:
    try:
        return changed(case.known, changes)
    except Refused as refused:
        return refused


def assert_same_outcomes(case: Compared, changes: Changes) -> None:
    where = f"{case.where}: what if {changes}"
    asked = [row["item"] for row in case.known.facts.items]
    expected = changed_or_refused(case, changes)
    if isinstance(expected, Refused):
        with pytest.raises(UnsolvableLoop if expected.why == "loop" else InvalidInput):
            pytest.fail(f"{where}: not refused: {scenario(case.graph, as_asked(changes), asked)}")
        return
    try:
        found = scenario(case.graph, as_asked(changes), [*asked, "nobody"])
    except (InvalidInput, UnsolvableLoop) as error:
        raise AssertionError(f"{where}: refused: {error} {error.details}") from error
    assert found[-1] is None
    before = np.where(case.known.is_known(), case.known.signed("kgco2e"), np.nan)
    after = np.where(expected.is_known(), expected.signed("kgco2e"), np.nan)
    names = uids(case, Kind.ITEM)
    assert [names[one.item_row] for one in found[:-1] if one] == asked, where
    scale = case.scale_kgco2e + scale_kgco2e(expected)
    for name, values in (("before", before), ("after", after), ("difference", after - before)):
        numbers = [getattr(one, f"{name}_kgco2e") for one in found[:-1]]
        assert_close([np.nan if value is None else value for value in numbers], values, scale, f"{where}: {name}")
