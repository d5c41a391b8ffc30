"""What if: totals of some items under changes that nobody stores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph_service.engine.once import Once
from graph_service.engine.parts import differing_items, facts_of_items
from graph_service.engine.rollup import RollUp, roll_up
from graph_service.engine.snapshot import Snapshot
from graph_service.errors import InvalidInput, UnsolvableLoop
from graph_service.model.vocabulary import Kind
from graph_service.service.following import are_few
from graph_service.service.footprints import known
from graph_service.service.records import rows_by_uid
from graph_service.service.scenario_changes import ScenarioChanges, changed_snapshot
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.unsolvable import loops_text, unsolvable_loop, unsolvable_loops


@dataclass(frozen=True, slots=True)
class ScenarioOutcome:
    """One item's total, kg CO2e per declared unit, as it is and under the changes; None where it is unknown.

    ``before_kgco2e`` is also None where a loop cannot be solved that the changes mend.
    """

    item_row: int
    before_kgco2e: float | None
    after_kgco2e: float | None
    difference_kgco2e: float | None


def scenario(graph: ViewedGraph, changes: ScenarioChanges, item_uids: Sequence[str]) -> list[ScenarioOutcome | None]:
    """Totals before and after the changes, in the order asked; None for an item that is not recorded.

    Nothing is stored; all items are answered from one solve. Raises ``InvalidInput`` with every fault of the changes,
    ``UnsolvableLoop`` where they make a loop that cannot be solved, or leave one upstream of an item asked for.
    """
    rows = rows_by_uid(graph.day.facts, Kind.ITEM, item_uids)
    before = graph.roll_up()
    after = rolled_up(before, changed_snapshot(graph, changes), is_traced=graph.view.is_traced)
    _refuse_unsolvable(graph, before, after, sorted(set(rows.values())))
    to_grave = graph.view.is_to_grave
    totals = before.total_kgco2e(to_grave), after.total_kgco2e(to_grave)
    for uid, row in rows.items():
        if np.isinf(totals[1][row]):
            raise InvalidInput(f"changes: the total of {uid!r} becomes too large a number")
    return [
        _outcome(rows[uid], totals[0][rows[uid]], totals[1][rows[uid]]) if uid in rows else None for uid in item_uids
    ]


def rolled_up(before: RollUp, changed: Snapshot, *, is_traced: bool) -> RollUp:
    """The totals of the changed graph: those as they are follow the changes where few items are touched."""
    touched = differing_items(before.snapshot, changed)
    followed = None
    if are_few(touched.size, changed.item_count):
        followed = before.following(facts_of_items(changed, touched), Once(lambda: changed))
    return followed or roll_up(changed, is_traced=is_traced)


def _outcome(item_row: int, before: float, after: float) -> ScenarioOutcome:
    was, now = known(before), known(after)
    difference = None if was is None or now is None else now - was
    return ScenarioOutcome(item_row, was, now, difference)


def _refuse_unsolvable(graph: ViewedGraph, before: RollUp, after: RollUp, asked: Sequence[int]) -> None:
    to_grave = graph.view.is_to_grave
    is_computable = after.is_computable(to_grave)
    if is_computable.all():
        return
    is_new = after.solver.unsolvable_item & ~before.solver.unsolvable_item
    if not is_new.any() and is_computable[asked].all():
        return
    if not is_new.any() and not before.is_computable(to_grave)[asked].all():
        raise unsolvable_loop(graph)
    loops = unsolvable_loops(after, graph.day.facts)
    uids = set(graph.day.facts.items["uid"].filter(is_new).to_pylist())
    made = [loop for loop in loops if uids.intersection(loop)] or loops
    raise UnsolvableLoop(
        "not computable: under these changes a loop takes one unit or more of itself per unit made: "
        f"{loops_text(made)}",
        details={"items": made},
    )
