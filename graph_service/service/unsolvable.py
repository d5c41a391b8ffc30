"""The refusal of a total downstream of a loop that takes one unit or more of itself per unit made."""

import numpy as np

from graph_service.engine.loops import find_unsolvable
from graph_service.engine.requirements import entry_rows
from graph_service.engine.rollup import RollUp
from graph_service.errors import UnsolvableLoop
from graph_service.model.facts import Facts
from graph_service.service.snapshots import ViewedGraph

NAMED_AT_MOST = 3


def unsolvable_loop(graph: ViewedGraph) -> UnsolvableLoop:
    """The error that names the loops of a graph which cannot be solved, each in supply order."""
    loops = unsolvable_loops(graph.roll_up(), graph.day.facts)
    return UnsolvableLoop(
        f"not computable: a loop upstream takes one unit or more of itself per unit made: {loops_text(loops)}",
        details={"items": loops},
    )


def unsolvable_loops(roll_up: RollUp, facts: Facts) -> list[list[str]]:
    """The item uids of the strongest loop in each component that cannot be solved, in supply order."""
    matrix = roll_up.equations.by_output
    output_row, input_row = entry_rows(matrix), matrix.indices.astype(np.int32)
    worst = find_unsolvable(matrix.shape[0], input_row, output_row, matrix.data)
    uids = facts.items["uid"]
    return [[uids[int(row)].as_py() for row in component.item_rows] for component in worst]


def loops_text(loops: list[list[str]]) -> str:
    """Loops for a message: the first few, items joined by arrows."""
    return "; ".join(" → ".join(loop) for loop in loops[:NAMED_AT_MOST])
