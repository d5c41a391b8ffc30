"""A second opinion on why a total moved: two dense Leontief inverses, and the causes straight from their formulas.

Written from the design's section 5 ("Change between two views") and ``docs/how-to/changes.md`` alone.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tests.oracle.explaining_reference import total_of
from tests.oracle.folder_reference import AFTER_GATE, UNITS, Footprints
from tests.oracle.reference_columns import gate_totals, scale_kgco2e

Cause = tuple[str, str, str]
"""Kind, item uid, and the uid of the supply, declaration or factor; empty for a direct emission or a whole item."""


@dataclass(frozen=True)
class Piece:
    """One row of one view: kilograms and units taken that it puts on ``item``; past the gate it counts once."""

    item: str
    is_after_gate: bool
    kgco2e: float = 0.0
    activity: float = 0.0
    factor: str = ""
    factor_kgco2e: float = 0.0
    """Per the first unit of its dimension: another factor may be per another unit."""
    input: str = ""
    coefficient: float = 0.0


@dataclass(frozen=True)
class Side:
    """One view of the item explained."""

    known: Footprints
    uid: str
    item: int | None
    pieces: dict[tuple[str, str], Piece]

    @property
    def total_kgco2e(self) -> float:
        """0 where the view has not got the item, NaN where nothing is known of it."""
        return 0.0 if self.item is None else total_of(self.known, self.item)

    def has(self, uid: str) -> bool:
        return uid in self.known.facts.row_of_item

    def declaration(self, uid: str) -> str:
        row = self.known.declaration[self.known.facts.row_of_item[uid]]
        return row["declaration"] if row else ""

    def gate_kgco2e(self, uid: str) -> float:
        return float(gate_totals(self.known)[self.known.facts.row_of_item[uid]]) if self.has(uid) else 0.0

    def taken(self, uid: str) -> float:
        """Units of an item in the explained one; an absent item is its own only user."""
        if self.item is None or not self.has(uid):
            return float(uid == self.uid)
        return float(self.known.activity[self.known.facts.row_of_item[uid], self.item])


def side_of(known: Footprints, uid: str) -> Side:
    """The view with every row that counts in it, of whatever item: the other view may take it."""
    item = known.facts.row_of_item.get(uid)
    pieces = dict(_emission_pieces(known, item)) | dict(_supply_pieces(known, item))
    for row, declared in enumerate(known.declaration):
        if declared:
            name = known.facts.items[row]["item"]
            pieces["declaration", declared["declaration"]] = Piece(name, False, kgco2e=float(declared["kgco2e"]))
    return Side(known, uid, item, pieces)


def _emission_pieces(known: Footprints, item: int | None) -> Iterator[tuple[tuple[str, str], Piece]]:
    for row in known.facts.valid("emissions"):
        source, factor = known.facts.emission_source(row), known.facts.factor_of(row) or {}
        is_after = source.stage in AFTER_GATE
        if source.is_uptake or not _is_counted(known, source.item, item, is_after=is_after):
            continue
        factor_kgco2e = float(factor["kgco2e"]) / UNITS[factor["unit"]][1] if factor else 0.0
        yield (
            ("emission", row["emission"]),
            Piece(
                row["item"],
                is_after,
                kgco2e=source.kgco2e,
                activity=source.kgco2e / factor_kgco2e if factor else 0.0,
                factor=factor.get("factor", ""),
                factor_kgco2e=factor_kgco2e,
            ),
        )


def _supply_pieces(known: Footprints, item: int | None) -> Iterator[tuple[tuple[str, str], Piece]]:
    for row in known.facts.valid("supplies"):
        is_after = row.get("stage") in AFTER_GATE
        if _is_counted(known, known.facts.row_of_item[row["output"]], item, is_after=is_after):
            coefficient = known.facts.coefficient(row)
            piece = Piece(row["output"], is_after, input=row["input"], coefficient=coefficient)
            yield ("supply", row["supply"]), piece


def _is_counted(known: Footprints, row: int, item: int | None, *, is_after: bool) -> bool:
    """Past its gate only the explained item counts, and only to the grave; a declaration covers what lies before."""
    return (known.to_grave and row == item) if is_after else not known.is_declared[row]


@dataclass
class Explained:
    """Causes of one item's change; ``scale_kgco2e`` is what errors are relative to."""

    sides: tuple[Side, Side]
    causes: dict[Cause, float]
    scale_kgco2e: float

    @property
    def difference_kgco2e(self) -> float:
        return self.sides[1].total_kgco2e - self.sides[0].total_kgco2e


def explain(before: Footprints, after: Footprints, uid: str) -> Explained:
    """Every cause that moved the item's total, those of nothing included."""
    explained = Explained((side_of(before, uid), side_of(after, uid)), {}, 0.0)
    if math.isnan(explained.difference_kgco2e):
        return explained
    earlier, later = explained.sides
    for key in {*earlier.pieces, *later.pieces}:
        for old, new in _pairs(earlier.pieces.get(key), later.pieces.get(key)):
            _add_piece(explained, key, old, new)
    explained.scale_kgco2e += sum(_scale(side) for side in explained.sides)
    return explained


def _scale(side: Side) -> float:
    return 0.0 if side.item is None else float(scale_kgco2e(side.known)[side.item])


def _pairs(old: Piece | None, new: Piece | None) -> list[tuple[Piece | None, Piece | None]]:
    """One row in both views; as one that went and one that came where it belongs to another item or place."""
    if old and new and (old.item, old.is_after_gate, old.input) != (new.item, new.is_after_gate, new.input):
        return [(old, None), (None, new)]
    return [(old, new)]


def _add_piece(explained: Explained, key: tuple[str, str], old: Piece | None, new: Piece | None) -> None:
    piece = old or new
    assert piece is not None
    whole = _whole_cause(explained, piece)
    if key[0] == "supply":
        moved = (new.coefficient if new else 0.0) - (old.coefficient if old else 0.0)
        _add(explained, whole or ("SUPPLY", piece.item, key[1]), moved * _brought(explained, piece))
        return
    taken = 1.0 if piece.is_after_gate else float(np.mean([side.taken(piece.item) for side in explained.sides]))
    moved = (new.kgco2e if new else 0.0) - (old.kgco2e if old else 0.0)
    by_factor = 0.0
    if old and new and old.factor and new.factor:
        by_factor = (new.factor_kgco2e - old.factor_kgco2e) * (old.activity + new.activity) / 2
        _add(explained, whole or ("FACTOR", piece.item, new.factor), by_factor * taken)
    _add(explained, whole or ("DIRECT", piece.item, ""), (moved - by_factor) * taken)


def _brought(explained: Explained, piece: Piece) -> float:
    """Mean of both readings of what one unit more of the input brings."""
    totals = [side.gate_kgco2e(piece.input) for side in explained.sides]
    if piece.is_after_gate:
        return float(np.mean(totals))
    taken = [side.taken(piece.item) for side in explained.sides]
    return (totals[0] * taken[1] + totals[1] * taken[0]) / 2


def _whole_cause(explained: Explained, piece: Piece) -> Cause | None:
    """The item that came or went, or the declaration that covers the piece in one view only."""
    earlier, later = explained.sides
    if not earlier.has(piece.item):
        return "ADDED", piece.item, ""
    if not later.has(piece.item):
        return "REMOVED", piece.item, ""
    old, new = earlier.declaration(piece.item), later.declaration(piece.item)
    return ("DECLARATION", piece.item, new or old) if old != new and not piece.is_after_gate else None


def _add(explained: Explained, cause: Cause, kgco2e: float) -> None:
    explained.causes[cause] = explained.causes.get(cause, 0.0) + kgco2e
    explained.scale_kgco2e += abs(kgco2e)
