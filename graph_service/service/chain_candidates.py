"""Which alternatives may be chosen, and which not: lack of data, of a cost, of a grade, or what is excluded."""

from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from graph_service.engine.allowance import Allowance
from graph_service.engine.chain_conflicts import unmakeable
from graph_service.engine.chain_problem import ChainProblem, make_problem
from graph_service.model.vocabulary import GradeLevel
from graph_service.service.chain_constraints import ChainConstraints, Demand, excluded_items
from graph_service.service.chain_question import ChainQuestion
from graph_service.service.grades import grade_levels
from graph_service.service.resolution import Flags, Numbers

Codes = npt.NDArray[np.integer]

_LEVELS = tuple(GradeLevel)
_SHARES = frozenset((Demand.PRIMARY, Demand.VERIFIED))


class Refusal(IntEnum):
    """Why a supply of a line is no candidate; the first that applies."""

    NOT_REFUSED = 0
    UNSOLVABLE = 1
    LACKS_DATA = 2
    LACKS_COST = 3
    OTHER_MONEY = 4
    GRADE = 5
    EXCLUDED = 6
    NOT_MAKEABLE = 7


@dataclass(frozen=True, slots=True)
class Candidates:
    """What may be chosen under some demands; arrays by the question's own supplies and items.

    ``cannot_be_made`` (items,), and of these ``is_root`` where that begins; ``is_excluded`` as asked. ``selection``:
    by which they were chosen.
    """

    selection: "Selection"
    refusal: Codes
    is_candidate: Flags
    cannot_be_made: Flags
    is_root: Flags
    is_excluded: Flags
    problem: ChainProblem


@dataclass(frozen=True)
class Selection:
    """Chooses candidates for one question under any of its demands; what does not depend on them is found once.

    Where a share of data is asked for, lines beside a negative supply between the same two items keep today's shares:
    else what the share is of would not be linear in what is chosen.
    """

    question: ChainQuestion
    asked: ChainConstraints
    currency: str | None
    allowance: Allowance = field(default_factory=Allowance)

    @cached_property
    def in_line(self) -> Flags:
        """Supplies of lines whose shares no negative amount binds."""
        lines = self.question.lines
        is_bound = lines.is_bound | lines.is_offset if self._asks_for_shares else lines.is_bound
        return (lines.of_supply >= 0) & ~_of_lines(is_bound, lines.of_supply)

    @cached_property
    def is_held(self) -> Flags:
        """Supplies of lines that keep today's shares for no other reason than that a share of data is asked for."""
        return self._without_shares.in_line & ~self.in_line

    @property
    def _asks_for_shares(self) -> bool:
        return bool(self.asked.min_primary_data_share or self.asked.min_verified_share)

    @cached_property
    def _without_shares(self) -> "Selection":
        """The same where no share of data is asked for."""
        if not (self._asks_for_shares and self.question.lines.is_offset.any()):
            return self
        return replace(self, asked=replace(self.asked, min_primary_data_share=None, min_verified_share=None))

    @cached_property
    def in_money(self) -> Flags:
        """Supplies with a cost in the question's currency."""
        codes = [name == self.currency for name in self.question.currencies]
        return np.array([*codes, False], np.bool_)[self.question.currency]

    @cached_property
    def supply_cost(self) -> Numbers:
        """What one unit of flow over each supply costs, 0 where that is not known."""
        unit_cost = np.where(self.in_money, self.question.unit_cost, 0.0)
        return np.asarray(unit_cost * self.question.snapshot.supplies.amount, np.float64)

    @cached_property
    def lacks_cost(self) -> Flags:
        """Supplies whose cost is not known though their line has costs."""
        question = self.question
        return _of_lines(question.line_has_costs, question.lines.of_supply) & ~self.in_money

    @cached_property
    def own_refusal(self) -> Codes:
        """UNSOLVABLE, LACKS_DATA or LACKS_COST, 0 elsewhere: these need no demand to apply."""
        question, current = self.question, self.question.current
        input_row = question.snapshot.supplies.input_row
        has_no_cost = _of_lines(question.line_has_costs, question.lines.of_supply) & (question.currency < 0)
        reasons = (
            (~current.is_computable()[input_row], Refusal.UNSOLVABLE),
            (~current.is_complete()[input_row], Refusal.LACKS_DATA),
            (has_no_cost, Refusal.LACKS_COST),
        )
        return self._first(reasons)

    @cached_property
    def is_open(self) -> Flags:
        """Lines that keep a supply which is fit to be chosen whatever is demanded."""
        lines = self.question.lines
        fit = lines.of_supply[self.in_line & (self.own_refusal == 0)]
        return np.bincount(fit, minlength=len(lines.share)) > 0

    @cached_property
    def is_excluded(self) -> Flags:
        """Items made by an excluded supplier or in an excluded region."""
        return excluded_items(self.question, self.asked)

    @cached_property
    def grade_code(self) -> Codes:
        """Position in GradeLevel of each item that a line takes of, -1 elsewhere."""
        question = self.question
        code = np.full(question.snapshot.item_count, -1)
        graded = np.unique(question.snapshot.supplies.input_row[self.in_line])
        graded = graded[question.local.item_row[graded] >= 0]
        levels = grade_levels(question.graph, question.local.item_row[graded])
        code[graded] = [_LEVELS.index(level) for level in levels]
        return code

    @cached_property
    def is_low(self) -> Flags:
        """Supplies whose input holds less than the least grade asked, or none at all."""
        wanted = self.asked.worst_grade
        if wanted is None or wanted is GradeLevel.UNGRADED:
            return np.zeros(len(self.question.lines.of_supply), np.bool_)
        code = self.grade_code[self.question.snapshot.supplies.input_row]
        is_low: Flags = code > _LEVELS.index(wanted)
        return is_low

    @cached_property
    def in_open_line(self) -> Flags:
        """Supplies of the lines in which something is chosen."""
        return self.in_line & _of_lines(self.is_open, self.question.lines.of_supply)

    @cached_property
    def is_unpriced(self) -> Flags:
        """Supplies that cannot be chosen away and whose cost is not known."""
        return ~self.in_open_line & self.lacks_cost & (self.question.snapshot.supplies.share > 0.0)

    @cached_property
    def costs_other_money(self) -> Flags:
        """Supplies that cannot be chosen away and cost something in another currency."""
        question, supplies = self.question, self.question.snapshot.supplies
        is_paid = (question.currency >= 0) & (question.unit_cost * supplies.amount * supplies.share != 0.0)
        is_other: Flags = is_paid & ~self.in_open_line & ~self.in_money
        return is_other

    @property
    def has_unpriced_supply(self) -> bool:
        """Whether what a chain costs may not be known, whatever is chosen."""
        return bool(self.is_unpriced.any())

    def under(self, demands: frozenset[Demand]) -> Candidates:
        """The candidates where these demands hold; the currency always does."""
        if not demands & _SHARES and self._without_shares is not self:
            return self._without_shares.under(demands)
        question, lines = self.question, self.question.lines
        supplies = question.snapshot.supplies
        is_excluded = self.is_excluded & (Demand.EXCLUSIONS in demands)
        reasons = (
            (self.lacks_cost, Refusal.OTHER_MONEY),
            (self.is_low & (Demand.GRADE in demands), Refusal.GRADE),
            (is_excluded[supplies.input_row], Refusal.EXCLUDED),
        )
        refusal = np.where(self.own_refusal > 0, self.own_refusal, self._first(reasons))
        is_candidate = self.in_open_line & (refusal == 0)
        ruled_out = is_excluded.copy()
        ruled_out[supplies.output_row[self.costs_other_money]] = True
        if Demand.COST in demands:
            ruled_out[supplies.output_row[self.is_unpriced]] = True
        left = np.bincount(lines.of_supply[is_candidate], minlength=len(lines.share))
        is_root = ruled_out.copy()
        is_root[lines.output_row[self.is_open & (left == 0)]] = True
        cannot_be_made = unmakeable(
            supplies, lines, is_open=self.is_open, is_candidate=is_candidate, is_ruled_out=ruled_out
        )
        is_lost = is_candidate & cannot_be_made[supplies.input_row]
        refusal = np.where(is_lost, Refusal.NOT_MAKEABLE, refusal)
        is_candidate &= ~is_lost
        return Candidates(
            selection=self,
            refusal=np.where(self.in_line, refusal, 0),
            is_candidate=is_candidate,
            cannot_be_made=cannot_be_made,
            is_root=is_root,
            is_excluded=is_excluded,
            problem=self._problem(is_candidate),
        )

    def _problem(self, is_candidate: Flags) -> ChainProblem:
        question = self.question
        return make_problem(
            question.snapshot.supplies,
            question.lines,
            demanded=question.local.demanded,
            direct=question.direct,
            supply_cost=self.supply_cost,
            is_open=self.is_open,
            is_candidate=is_candidate,
        )

    def _first(self, reasons: tuple[tuple[Flags, Refusal], ...]) -> Codes:
        found = np.zeros(len(self.question.lines.of_supply), np.int8)
        for applies, reason in reasons:
            found[(found == 0) & applies & self.in_line] = reason
        return found


def _of_lines(is_so: Flags, line: Codes) -> Flags:
    """The flag of each supply's line, False where it has none."""
    by_line: Flags = np.append(is_so, False)
    return by_line[line]
