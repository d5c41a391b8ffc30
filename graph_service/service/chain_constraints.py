"""What a chain may be asked to keep to, checked; and the currency in which a question is answered."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.reach import fewest_steps
from graph_service.engine.requirements import requirements_by_output
from graph_service.errors import InvalidInput
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import GradeLevel, Kind
from graph_service.service.chain_question import ChainQuestion
from graph_service.service.figures import given_text
from graph_service.service.records import rows_by_uid
from graph_service.service.resolution import Flags

MOST_POINTS = 200


@dataclass(frozen=True, slots=True)
class ChainConstraints:
    """What sourcing must keep to; None and empty: no limit. Shares are 0 to 1, costs per declared unit of the item.

    ``demand_per_year`` in declared units of the item: capacities count only with it. ``worst_grade``: an alternative is
    a candidate only if its item, as sourced today, holds at least this grade; UNGRADED asks for nothing.
    """

    max_unit_cost: float | None = None
    currency: str | None = None
    demand_per_year: float | None = None
    min_primary_data_share: float | None = None
    min_verified_share: float | None = None
    exclude_supplier_uids: Sequence[str] = ()
    exclude_region_uids: Sequence[str] = ()
    is_single_source: bool = False
    worst_grade: GradeLevel | None = None


class Demand(Enum):
    """Constraints that can conflict, each named as its argument is."""

    COST = "maxUnitCost"
    CAPACITY = "demandPerYear"
    PRIMARY = "minPrimaryDataShare"
    VERIFIED = "minVerifiedShare"
    EXCLUSIONS = "excludeSuppliers and excludeRegions"
    GRADE = "worstGrade"
    SINGLE_SOURCE = "singleSource"


def check_constraints(asked: ChainConstraints, facts: Facts, *, pareto_points: int) -> None:
    """Raise ``InvalidInput`` that names the first argument that cannot be meant."""
    if not 0 <= pareto_points <= MOST_POINTS:
        raise InvalidInput(f"paretoPoints is {pareto_points}; 0 to {MOST_POINTS} points can be asked for")
    for name, value in (("maxUnitCost", asked.max_unit_cost), ("demandPerYear", asked.demand_per_year)):
        if value is not None and not (math.isfinite(value) and value >= 0.0):
            raise InvalidInput(f"{name} is {value:g}; a finite number of 0 or more was meant")
    shares = (Demand.PRIMARY, asked.min_primary_data_share), (Demand.VERIFIED, asked.min_verified_share)
    for demand, value in shares:
        if value is not None and not 0.0 <= value <= 1.0:
            raise InvalidInput(f"{demand.value} is {value:g}; a share is 0 to 1")
    uids = (
        ("excludeSuppliers", Kind.SUPPLIER, asked.exclude_supplier_uids),
        ("excludeRegions", Kind.REGION, asked.exclude_region_uids),
    )
    for name, kind, wanted in uids:
        known = rows_by_uid(facts, kind, wanted)
        unknown = [uid for uid in wanted if uid not in known]
        if unknown:
            raise InvalidInput(f"{name}: {kind.value} {unknown[0]!r} is not recorded")


def active_demands(asked: ChainConstraints) -> frozenset[Demand]:
    """The constraints that ask for anything."""
    is_asked = {
        Demand.COST: asked.max_unit_cost is not None,
        Demand.CAPACITY: bool(asked.demand_per_year),
        Demand.PRIMARY: bool(asked.min_primary_data_share),
        Demand.VERIFIED: bool(asked.min_verified_share),
        Demand.EXCLUSIONS: bool(asked.exclude_supplier_uids or asked.exclude_region_uids),
        Demand.GRADE: asked.worst_grade not in (None, GradeLevel.UNGRADED),
        Demand.SINGLE_SOURCE: asked.is_single_source,
    }
    return frozenset(demand for demand, is_active in is_asked.items() if is_active)


def currency_of(question: ChainQuestion, asked: ChainConstraints) -> str | None:
    """The one currency that a question is answered in; None where nothing in reach has a cost.

    Raises ``InvalidInput`` where several occur and none was asked for, where what must be paid is in another one, or
    where a limit of cost or a currency was asked for that no supply has.
    """
    used = sorted({question.currencies[code] for code in np.unique(question.currency) if code >= 0})
    named = question.item_uid(question.local.item)
    if not used:
        if asked.max_unit_cost is not None:
            raise InvalidInput(
                f"maxUnitCost is {given_text(asked.max_unit_cost)}, but no supply upstream of {named} has a unit cost"
            )
        return None
    if asked.currency is not None and asked.currency not in used:
        raise InvalidInput(
            f"currency: no supply upstream of {named} has a cost in {asked.currency}; there are {', '.join(used)}"
        )
    if asked.currency is None and len(used) > 1:
        examples = [f"{currency} on supply {_supply_in(question, currency)}" for currency in used]
        raise InvalidInput(f"currency: costs upstream of {named} are in {', '.join(examples)}; name one of them")
    return asked.currency or used[0]


def check_fixed_costs(question: ChainQuestion, *, currency: str | None, is_fixed: Flags, is_other: Flags) -> None:
    """Raise ``InvalidInput`` where the item needs a cost in another currency (``is_other``) however it is sourced.

    ``is_fixed``: supplies that cannot be chosen away.
    """
    supplies, item_count = question.snapshot.supplies, question.snapshot.item_count
    is_needed = is_fixed & (supplies.share * supplies.amount != 0.0)
    by_output = requirements_by_output(
        item_count,
        input_row=supplies.input_row[is_needed],
        output_row=supplies.output_row[is_needed],
        coefficient=np.ones(np.count_nonzero(is_needed)),
    )
    tier = fewest_steps(by_output, question.local.demanded, further_inputs=np.empty(0, np.int32))
    pays = np.flatnonzero(is_other & (tier[supplies.output_row] >= 0))
    if len(pays):
        supply = int(pays[0])
        uid, own = question.supply_cell(supply, "uid"), question.supply_cell(supply, "currency")
        cost = given_text(float(question.unit_cost[supply]))
        raise InvalidInput(
            f"currency: supply {uid} costs {cost} {own} and cannot be chosen away; costs are compared in {currency}"
        )


def excluded_items(question: ChainQuestion, asked: ChainConstraints) -> Flags:
    """Items made by an excluded supplier or in an excluded region or one within it.

    An item for which no region is recorded is where its supplier is.
    """
    facts = question.graph.day.facts
    rows = question.local.item_row
    items = facts.items.select(["supplier_uid", "region_uid"]).take(pa.array(rows, pa.int64(), mask=rows < 0))
    suppliers = facts.tables[Kind.SUPPLIER]
    regions = _regions_within(facts, asked.exclude_region_uids)
    home = suppliers["uid"].filter(pc.is_in(suppliers["region_uid"], value_set=regions))
    made_by = pc.is_in(items["supplier_uid"], value_set=pa.array(asked.exclude_supplier_uids, pa.string()))
    made_in = pc.is_in(items["region_uid"], value_set=regions)
    made_at_home = pc.and_(
        items["region_uid"].is_null(), pc.is_in(items["supplier_uid"], value_set=home.combine_chunks())
    )
    return np.asarray(pc.or_(pc.or_(made_by, made_in), made_at_home).to_numpy(), np.bool_)


def _regions_within(facts: Facts, uids: Sequence[str]) -> pa.Array:
    """The regions and all whose parents lead to them."""
    table = facts.tables[Kind.REGION]
    parent = dict(zip(table["uid"].to_pylist(), table["parent_uid"].to_pylist(), strict=True))
    within: set[str] = set()
    found = set(uids)
    while found - within:
        within |= found
        found = {uid for uid, above in parent.items() if above in within}
    return pa.array(sorted(within), pa.string())


def _supply_in(question: ChainQuestion, currency: str) -> str:
    code = list(question.currencies).index(currency)
    return question.supply_cell(int(np.flatnonzero(question.currency == code)[0]), "uid")
