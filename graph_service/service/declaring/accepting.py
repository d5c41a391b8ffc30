"""The chain leader's rules: what of a supplier's pushes is accepted at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graph_service.errors import Finding
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import AcceptanceRule, DeclarationState, Kind
from graph_service.service.day_graph import DayGraph
from graph_service.service.records import rows_by_uid, supplier_records


@dataclass(frozen=True, slots=True)
class Rule:
    """A supplier's rule. ``tolerance``: the largest relative difference from the total so far, None for any."""

    acceptance: AcceptanceRule = AcceptanceRule.REVIEW
    tolerance: float | None = None


def rules_of(facts: Facts, supplier_uids: Collection[str]) -> Mapping[str, Rule]:
    """The rules for these suppliers' pushes; an unknown supplier is absent."""
    rows = rows_by_uid(facts, Kind.SUPPLIER, sorted(supplier_uids))
    records = supplier_records(facts, list(rows.values()))
    return {record.uid: Rule(record.acceptance, record.acceptance_tolerance) for record in records}


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


def total_so_far(graph: DayGraph | None, item_row: int | None) -> float | None:
    """The item's total from cradle to gate in a graph that is solved already, kg CO2e; None where it is not known."""
    roll_up = None if graph is None else graph.roll_ups().get(False)
    if roll_up is None or item_row is None:
        return None
    total = float(roll_up.total_kgco2e()[item_row])
    return total if np.isfinite(total) else None
