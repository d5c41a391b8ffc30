"""What a caller may see. The one place that decides it; what is hidden answers like what does not exist.

The chain leader and auditors see everything. A supplier sees its own items whole, what was declared for them, the
supply edges at them, of the items at the other end only uid, name and declared unit; regions, factors and benchmarks;
and no footprints, since exact totals let the hidden values behind them be worked out. A verifier sees the declarations
that are assigned to it, and of their items uid, name and declared unit. The public sees nothing yet.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.batch import Principal
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import Kind, Role
from graph_service.service.browse import FactRows
from graph_service.service.day_graph import DayGraph
from graph_service.service.resolution import flags

ALL_SEEING = (Role.CHAIN_LEADER, Role.AUDITOR)


class Sight(Enum):
    """How much of an item is shown."""

    HIDDEN = 0
    NAMED = 1
    WHOLE = 2


@dataclass(frozen=True, slots=True)
class Visibility:
    """The eyes of one caller. ``assigned``: uids of the declarations that a verifier is to verify."""

    principal: Principal
    assigned: frozenset[str] = frozenset()

    @property
    def sees_everything(self) -> bool:
        return self.principal.role in ALL_SEEING

    @property
    def sees_footprints(self) -> bool:
        return self.sees_everything

    @property
    def sees_reference_data(self) -> bool:
        """Regions, factors and benchmarks."""
        return self.sees_everything or self.principal.role is Role.SUPPLIER

    @property
    def sees_history(self) -> bool:
        """Who recorded what, and when."""
        return self.sees_everything

    def sees_supplier(self, supplier_uid: str) -> bool:
        return self.sees_everything or supplier_uid == self._own_supplier

    @property
    def _own_supplier(self) -> str | None:
        return self.principal.supplier_uid if self.principal.role is Role.SUPPLIER else None

    def own_items(self, facts: Facts) -> npt.NDArray[np.bool_]:
        """Which items are seen whole, one flag per item row."""
        if self.sees_everything:
            return np.ones(facts.items.num_rows, np.bool_)
        if self._own_supplier is None:
            return np.zeros(facts.items.num_rows, np.bool_)
        mask = pc.equal(facts.items["supplier_uid"], self._own_supplier)
        return np.asarray(pc.fill_null(mask, False).to_numpy(), np.bool_)

    def seen_whole(self, facts: Facts, item_rows: FactRows) -> FactRows:
        """Those of ``item_rows`` that are seen whole, in their order: what lists hold."""
        return item_rows if self.sees_everything else item_rows[self.own_items(facts)[item_rows]]

    def is_own(self, facts: Facts, item_row: int) -> bool:
        """Whether an item is seen whole."""
        if self.sees_everything:
            return True
        own = self._own_supplier
        return own is not None and facts.items["supplier_uid"][item_row].as_py() == own

    def seen_declarations(self, facts: Facts, rows: FactRows) -> FactRows:
        """Those of ``rows`` of the facts' declarations that are seen, in their order.

        What we published of an item is the chain leader's and auditors' alone: it tells the exact total.
        """
        if self.sees_everything:
            return rows
        table = facts.tables[Kind.DECLARATION]
        is_seen = flags(pc.is_in(table["uid"], value_set=pa.array(sorted(self.assigned), pa.string())))
        is_seen |= self.own_items(facts)[table["item_row"].to_numpy()]
        is_seen &= ~flags(pc.fill_null(table["is_published"], False))
        return rows[is_seen[rows]]

    def reads_findings(self, told_to: object) -> bool:
        """Whether findings about a declaration are shown; ``told_to``: the supplier that they were worded for.

        Others hold figures of the whole graph.
        """
        if self.principal.role is Role.VERIFIER:
            return told_to is not None
        return self.sees_everything or (told_to is not None and told_to == self._own_supplier)

    def _is_assigned(self, day: DayGraph, item_row: int) -> bool:
        """Whether a declaration of an item is assigned to this verifier."""
        if not self.assigned:
            return False
        rows = np.flatnonzero(day.facts.tables[Kind.DECLARATION]["item_row"].to_numpy() == item_row)
        return bool(len(self.seen_declarations(day.facts, rows)))

    def sight_of_item(self, day: DayGraph, item_row: int) -> Sight:
        """How much of an item is shown on a day: its name where a supply joins it to one's own item."""
        if self.is_own(day.facts, item_row):
            return Sight.WHOLE
        if self._own_supplier is None:
            return Sight.NAMED if self._is_assigned(day, item_row) else Sight.HIDDEN
        supplies = day.snapshot.supplies
        neighbours = np.concatenate(
            [
                supplies.input_row[day.supplies_by_output.of(item_row)],
                supplies.output_row[day.supplies_by_input.of(item_row)],
            ]
        )
        makers = day.facts.items["supplier_uid"].take(pa.array(neighbours))
        is_joined = pc.any(pc.equal(makers, self._own_supplier)).as_py()
        return Sight.NAMED if is_joined else Sight.HIDDEN
