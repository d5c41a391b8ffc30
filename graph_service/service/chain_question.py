"""What a question about chains is asked of: the item's upstream as arrays, with lines, costs and capacities."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.chain_graph import ChainGraph, chain_graph
from graph_service.engine.chain_problem import Lines, find_lines
from graph_service.engine.direct import direct_weights
from graph_service.engine.loops import find_unsolvable
from graph_service.engine.rollup import RollUp, roll_up
from graph_service.engine.snapshot import Snapshot
from graph_service.errors import InvalidInput, UnsolvableLoop
from graph_service.model.vocabulary import Kind
from graph_service.service.ranking import Positions
from graph_service.service.resolution import Flags, Integers, Numbers, integers, numbers
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.unsolvable import loops_text


@dataclass(frozen=True)
class ChainQuestion:
    """The upstream of one item with all alternatives; arrays are by its own items, supplies and lines.

    ``supply_rows`` are rows in the facts, -1 for the supply that only stands for the demand. ``unit_cost`` is NaN where
    not given, ``currency`` a position in ``currencies``, -1 where no cost is given; capacities are infinite where not
    given. ``current`` is rolled up at today's shares.
    """

    graph: ViewedGraph
    local: ChainGraph
    supply_rows: Integers
    current: RollUp
    lines: Lines
    unit_cost: Numbers
    currency: Integers
    currencies: Sequence[str]
    supply_capacity: Numbers
    item_capacity: Numbers

    @property
    def snapshot(self) -> Snapshot:
        """The upstream as the engine takes it."""
        return self.local.snapshot

    @cached_property
    def direct(self) -> Numbers:
        """(items, 1 + 3): kg CO2e, and absolute, primary and verified kg, unknown ones 0."""
        facts = self.current.equations
        weights = direct_weights(self.snapshot, facts, at_gate=True)[:, :3]
        return np.column_stack((facts.gate_kgco2e, weights))

    @cached_property
    def total_kgco2e(self) -> Numbers:
        """Total of every item at today's shares, unknown kilograms being 0."""
        return np.nan_to_num(self.current.total_kgco2e(), nan=0.0)

    @cached_property
    def line_has_costs(self) -> Flags:
        """Lines of which some supply has a cost."""
        has_costs = np.zeros(len(self.lines.share), np.bool_)
        line = self.lines.of_supply[self.currency >= 0]
        has_costs[line[line >= 0]] = True
        return has_costs

    @cached_property
    def choice_rows(self) -> Positions:
        """The supplies of all lines in the order of their uids."""
        rows = np.flatnonzero(self.lines.of_supply >= 0)
        uids = self.graph.day.facts.tables[Kind.SUPPLY]["uid"].take(pa.array(self.supply_rows[rows]))
        return rows[np.asarray(pc.sort_indices(uids), dtype=np.int64)]

    def item_uid(self, item: int) -> str:
        """The uid of one of the items; the one that stands for the demand is the item asked about."""
        row = int(self.local.item_row[item])
        return str(self.graph.day.facts.items["uid"][row if row >= 0 else self.local.item_row[self.local.item]].as_py())

    def supply_cell(self, supply: int, column: str) -> str:
        """A text of one of the supplies."""
        return str(self.graph.day.facts.tables[Kind.SUPPLY][column][int(self.supply_rows[supply])].as_py())

    def supplies_where(self, chosen: Flags) -> Sequence[int]:
        """Rows in the facts of the chosen supplies of lines, in the order of their uids."""
        rows = self.choice_rows
        return [int(row) for row in self.supply_rows[rows[chosen[rows]]]]


def chain_question(graph: ViewedGraph, item_row: int) -> ChainQuestion:
    """The question of how an item could be sourced.

    Raises ``UnsolvableLoop`` where a loop upstream takes one unit or more of itself, ``InvalidInput`` where nothing at
    all is known of what the item emits.
    """
    day, view = graph.day, graph.view
    declared = graph.roll_up().declaration_of_item
    local = chain_graph(day.snapshot, item_row, declaration_of_item=declared, to_grave=view.is_to_grave)
    current = roll_up(local.snapshot, is_traced=view.is_traced)
    rows = _supply_rows(graph, local)
    columns = day.facts.tables[Kind.SUPPLY].select(["line", "unit_cost", "currency", "capacity_per_year"])
    columns = columns.take(pa.array(rows, pa.int64(), mask=rows < 0))
    texts = columns["line"].combine_chunks().dictionary_encode()
    empty = [index for index, text in enumerate(texts.dictionary.to_pylist()) if not text]
    code = integers(texts.indices)
    code[np.isin(code, empty)] = -1
    unit_cost = numbers(columns["unit_cost"])
    money = pc.if_else(columns["unit_cost"].is_valid(), columns["currency"], None).combine_chunks().dictionary_encode()
    capacity = columns["capacity_per_year"]
    found = ChainQuestion(
        graph=graph,
        local=local,
        supply_rows=rows,
        current=current,
        lines=find_lines(local.snapshot.supplies, line_code=code, item_count=local.snapshot.item_count),
        unit_cost=unit_cost,
        currency=integers(money.indices),
        currencies=money.dictionary.to_pylist(),
        supply_capacity=numbers(pc.fill_null(capacity, np.inf)),
        item_capacity=_item_capacity(graph, local),
    )
    _check_item(found)
    return found


def _supply_rows(graph: ViewedGraph, local: ChainGraph) -> Integers:
    rows = np.full(len(local.supply), -1, np.int32)
    is_recorded = local.supply >= 0
    rows[is_recorded] = graph.day.supply_rows[local.supply[is_recorded]]
    return rows


def _item_capacity(graph: ViewedGraph, local: ChainGraph) -> Numbers:
    rows = local.item_row
    column = graph.day.facts.items["capacity_per_year"].take(pa.array(rows, pa.int64(), mask=rows < 0))
    return numbers(pc.fill_null(column, np.inf))


def _check_item(question: ChainQuestion) -> None:
    local, current = question.local, question.current
    if not current.is_computable()[local.demanded]:
        raise _unsolvable(question)
    known = ~np.isnan(current.total_kgco2e())
    supplies, emissions = local.snapshot.supplies, local.snapshot.emissions
    is_known = bool(known[local.demanded])
    if local.demanded != local.item:
        # Rows that stand for the demand have an emission of 0 and are always known.
        is_taken = (local.item_row[supplies.output_row] < 0) & (local.item_row[supplies.input_row] >= 0)
        taken = supplies.input_row[is_taken & (supplies.amount * supplies.share != 0.0)]
        # Of the emissions there one is of 0, the others are the item's after its gate.
        is_known = bool(known[taken].any()) or int(np.count_nonzero(emissions.item_row == local.demanded)) > 1
    if not is_known:
        facts = current.equations
        gap = "DIRECT_MISSING, and nothing upstream is known" if facts.lacks_direct[local.item] else "NO_DATA"
        raise InvalidInput(
            f"item: nothing is known of what {question.item_uid(local.item)} emits ({gap}); "
            "chains are compared by kilograms, so give it an emission or inputs with data first"
        )


def _unsolvable(question: ChainQuestion) -> UnsolvableLoop:
    supplies = question.snapshot.supplies
    worst = find_unsolvable(
        question.snapshot.item_count, supplies.input_row, supplies.output_row, supplies.amount * supplies.share
    )
    loops = [[question.item_uid(int(row)) for row in component.item_rows] for component in worst]
    return UnsolvableLoop(
        f"not computable: a loop upstream takes one unit or more of itself per unit made: {loops_text(loops)}",
        details={"items": loops},
    )
