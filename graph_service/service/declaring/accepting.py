"""The chain leader's rules: what of a supplier's pushes is accepted at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph_service.errors import Finding
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import AcceptanceRule, DeclarationState, Kind
from graph_service.service.day_graph import DayGraph
from graph_service.service.records import row_of, supplier_records


@dataclass(frozen=True, slots=True)
class Rule:
    """A supplier's rule. ``tolerance``: the largest relative difference from the total so far, None for any."""

    acceptance: AcceptanceRule = AcceptanceRule.REVIEW
    tolerance: float | None = None


def rule_of(facts: Facts, supplier_uid: str | None) -> Rule:
    """The rule for a supplier's pushes; each is reviewed where none is set."""
    row = None if supplier_uid is None else row_of(facts, Kind.SUPPLIER, supplier_uid)
    if row is None:
        return Rule()
    record = supplier_records(facts, [row])[0]
    return Rule(record.acceptance, record.acceptance_tolerance)


def state_by_rule(
    rule: Rule, *, kgco2e: float, so_far_kgco2e: float | None, findings: Sequence[Finding]
) -> DeclarationState:
    """ACCEPTED where the rule says so, else RECEIVED: it waits for a review.

    ``findings``: what the checks found about this footprint. With a tolerance and no total so far there is nothing to
    compare with, and it is reviewed.
    """
    if rule.acceptance is AcceptanceRule.REVIEW:
        return DeclarationState.RECEIVED
    if rule.acceptance is AcceptanceRule.CLEAN and any(finding.severity != "INFO" for finding in findings):
        return DeclarationState.RECEIVED
    if rule.tolerance is not None:
        if so_far_kgco2e is None:
            return DeclarationState.RECEIVED
        if abs(kgco2e - so_far_kgco2e) > rule.tolerance * abs(so_far_kgco2e):
            return DeclarationState.RECEIVED
    return DeclarationState.ACCEPTED


def total_so_far(graph: DayGraph | None, item_uid: str) -> float | None:
    """The item's total from cradle to gate in a graph that is solved already, kg CO2e; None where it is not known."""
    roll_up = None if graph is None else graph.roll_ups().get(False)
    row = None if graph is None else row_of(graph.facts, Kind.ITEM, item_uid)
    if roll_up is None or row is None:
        return None
    total = float(roll_up.total_kgco2e()[row])
    return total if np.isfinite(total) else None
