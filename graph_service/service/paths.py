"""The supply paths that carry the most into an item."""

from collections.abc import Sequence
from dataclasses import dataclass

from graph_service.engine.loops import find_unsolvable
from graph_service.engine.paths import find_paths
from graph_service.engine.snapshot import AFTER_GATE
from graph_service.errors import InvalidInput, UnsolvableLoop
from graph_service.service.footprints import Footprint
from graph_service.service.unsolvable import loops_text

MOST_PATHS = 200


@dataclass(frozen=True, slots=True)
class SupplyPath:
    """From the item that emits to the reporting item; ``share`` of the total, None where that is 0."""

    item_rows: tuple[int, ...]
    kgco2e: float
    share: float | None


@dataclass(frozen=True, slots=True)
class SupplyPaths:
    """Paths by absolute kilograms; covered and open make the total. All is 0 where nothing at all is known."""

    paths: Sequence[SupplyPath]
    covered_kgco2e: float
    open_kgco2e: float


def supply_paths(found: Footprint, *, first: int = 20, min_share: float = 0.0) -> SupplyPaths:
    """The ``first`` paths that carry the most, each at least ``min_share`` of the absolute total.

    Fewer come where no other carries anything, or where finding the next would take too long; those listed are the
    largest all the same, and ``open_kgco2e`` says what is left.

    Raises ``InvalidInput`` for limits out of range; ``UnsolvableLoop`` where a loop upstream that only its negative
    amounts keep solvable leaves no bound to what an open path may carry.
    """
    if not 1 <= first <= MOST_PATHS:
        raise InvalidInput(f"first is {first}; 1 to {MOST_PATHS} paths can be asked for")
    if not 0.0 <= min_share <= 1.0:
        raise InvalidInput(f"minShare is {min_share:g}; a share of the total is 0 to 1")
    total_kgco2e, roll_up, to_grave = found.total_kgco2e, found.graph.roll_up(), found.graph.view.is_to_grave
    if total_kgco2e is None:
        return SupplyPaths((), 0.0, 0.0)
    if not roll_up.has_weights(to_grave)[found.item_row]:
        raise _without_bound(found)
    least_kgco2e = min_share * abs(total_kgco2e)
    listed = find_paths(roll_up, found.item_row, to_grave=to_grave, most=first, least_kgco2e=least_kgco2e)
    paths = [
        SupplyPath(path.item_rows, path.kgco2e, path.kgco2e / total_kgco2e if total_kgco2e else None)
        for path in listed.paths
    ]
    return SupplyPaths(paths, listed.covered_kgco2e, listed.open_kgco2e)


def _without_bound(found: Footprint) -> UnsolvableLoop:
    day, tier = found.graph.day, found.trace.tier
    supplies = day.snapshot.supplies
    counts = ~AFTER_GATE[supplies.stage] & (tier[supplies.output_row] >= 0)
    counts &= found.graph.roll_up().declaration_of_item[supplies.output_row] < 0
    components = find_unsolvable(
        day.snapshot.item_count,
        supplies.input_row[counts],
        supplies.output_row[counts],
        abs(supplies.amount * supplies.share)[counts],
    )
    uids = day.facts.items["uid"]
    loops = [[uids[int(row)].as_py() for row in component.item_rows] for component in components]
    return UnsolvableLoop(
        "paths cannot be ranked: counted without signs, a loop upstream takes one unit or more of itself per unit "
        f"made, so there is no most that a path may carry: {loops_text(loops)}",
        details={"items": loops},
    )
