"""Why an alternative is no candidate, and why something cannot be made, in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from graph_service.engine.chain_conflicts import nearest_upstream
from graph_service.engine.reach import fewest_steps
from graph_service.model.vocabulary import GapKind, GradeLevel
from graph_service.service.chain_candidates import Candidates, Refusal, Selection

NAMED = 3
"""So many gaps or causes are named, the rest counted."""

_NONE = np.empty(0, dtype=np.int32)


@dataclass(frozen=True)
class Reasons:
    """The words for some candidates; what lies above one item is looked up once."""

    candidates: Candidates
    _gaps: dict[int, str] = field(default_factory=dict)

    @property
    def selection(self) -> Selection:
        """By which the candidates were chosen."""
        return self.candidates.selection

    def refusal(self, supply: int) -> str:
        """Why a supply is no candidate."""
        selection, question = self.selection, self.selection.question
        item = int(question.snapshot.supplies.input_row[supply])
        match Refusal(int(self.candidates.refusal[supply])):
            case Refusal.UNSOLVABLE:
                return "a loop upstream of it takes one unit or more of itself per unit made"
            case Refusal.LACKS_DATA:
                return f"its own upstream lacks data: {self._gaps_of(item)}"
            case Refusal.LACKS_COST:
                return f"it has no unit cost, while others of line {question.supply_cell(supply, 'line')} have one"
            case Refusal.OTHER_MONEY:
                own = question.supply_cell(supply, "currency")
                return f"its cost is in {own}; costs are compared in {selection.currency}"
            case Refusal.GRADE:
                return self._grade(item)
            case _:
                return f"it is ruled out: {self.obstacle(item)}"

    def obstacle(self, item: int) -> str:
        """What keeps an item from being made: the nearest causes upstream of it, or itself."""
        causes = self._nearest(item)
        return listed([self._cause(cause) for cause in causes[:NAMED]], len(causes))

    def _cause(self, item: int) -> str:
        selection, question = self.selection, self.selection.question
        uid = question.item_uid(item)
        if self.candidates.is_excluded[item]:
            return self._exclusion(item, uid)
        supplies, lines = question.snapshot.supplies, question.lines
        into = np.flatnonzero(supplies.output_row == item)
        foreign = into[selection.costs_other_money[into]]
        if len(foreign):
            named, money = (question.supply_cell(int(foreign[0]), column) for column in ("uid", "currency"))
            return f"supply {named} of {uid} is a fixed cost in {money}, not {selection.currency}"
        own = into[lines.of_supply[into] >= 0]
        unpriced = own[selection.is_unpriced[own]]
        for supply in own[selection.in_open_line[own]].tolist():
            of_line = own[lines.of_supply[own] == lines.of_supply[supply]]
            refused = self.candidates.refusal[of_line]
            if refused.all() and not np.any(refused == Refusal.NOT_MAKEABLE):
                texts = [f"{question.supply_cell(one, 'uid')}: {self.refusal(one)}" for one in of_line[:NAMED].tolist()]
                line = question.supply_cell(supply, "line")
                return f"line {line} of {uid} has no candidate left ({listed(texts, len(of_line))})"
        if len(unpriced):
            return f"the cost of supply {question.supply_cell(int(unpriced[0]), 'uid')} of {uid} is not known"
        return f"{uid} cannot be made"

    def _exclusion(self, item: int, uid: str) -> str:
        question, asked = self.selection.question, self.selection.asked
        row = int(question.local.item_row[item])
        items = question.graph.day.facts.items
        supplier, region = items["supplier_uid"][row].as_py(), items["region_uid"][row].as_py()
        if supplier in asked.exclude_supplier_uids:
            return f"{uid} is made by excluded supplier {supplier}"
        where = f"in region {region}" if region else f"where supplier {supplier} is"
        return f"{uid} is made {where}, within an excluded region ({', '.join(asked.exclude_region_uids)})"

    def _grade(self, item: int) -> str:
        level = tuple(GradeLevel)[int(self.selection.grade_code[item])]
        wanted = self.selection.asked.worst_grade
        held = "it is not graded" if level is GradeLevel.UNGRADED else f"its grade is {level.value}"
        return f"{held}; at least {wanted.value if wanted else ''} is asked"

    def _gaps_of(self, item: int) -> str:
        if item not in self._gaps:
            facts = self.selection.question.current.equations
            tier = fewest_steps(facts.by_output, item, further_inputs=_NONE)
            rows = np.flatnonzero(~facts.is_known & (tier >= 0))
            rows = rows[np.argsort(tier[rows], kind="stable")]
            kinds = [GapKind.DIRECT_MISSING if facts.has_gate_supply[row] else GapKind.NO_DATA for row in rows[:NAMED]]
            uids = [self.selection.question.item_uid(int(row)) for row in rows[:NAMED]]
            texts = [f"{uid} ({kind.value})" for uid, kind in zip(uids, kinds, strict=True)]
            self._gaps[item] = listed(texts, len(rows))
        return self._gaps[item]

    def _nearest(self, item: int) -> list[int]:
        supplies = self.selection.question.snapshot.supplies
        is_used = self.selection.in_open_line | (supplies.share * supplies.amount != 0.0)
        is_used &= self.candidates.cannot_be_made[supplies.input_row]
        nearest: list[int] = nearest_upstream(
            supplies, item, is_used=is_used, is_wanted=self.candidates.is_root
        ).tolist()
        return nearest


def listed(texts: Sequence[str], count: int) -> str:
    """The first of so many texts, and how many more there are."""
    more = count - len(texts)
    return ", ".join(texts) + (f" and {more} more" if more else "")
