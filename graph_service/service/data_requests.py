"""Whom to ask next: upstream items in the order of what better data about them would be worth.

What an answer is worth, the score, is in kg CO2e per declared unit of the item looked at:

- A gap is worth what the peers of its category suggest of it; where they suggest nothing, as much as the average
  item upstream: it is of unknown size, never of none.
- Any other item is worth the kilograms that its entries bring, without signs, times their lack of quality, 0 to 1
  (``weigh_entries``): 100 kg of secondary data are worth 100 x 0.5 = 50 kg, rated 4 of 5 they are worth
  100 x (0.5 + 0.75) / 2 = 62.5 kg.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.quality import weigh_entries
from graph_service.engine.sums import sums_by_group
from graph_service.engine.trace import DIRECT_MISSING, NO_DATA, Gaps
from graph_service.errors import InvalidInput
from graph_service.service.footprints import Footprint, known
from graph_service.service.peers import PeerEstimates, peer_estimates
from graph_service.service.request_reasons import gap_reason, quality_reason

FIRST_AT_MOST = 200

LEAST_UNKNOWN_KGCO2E = 1.0
"""What a gap of unknown size counts as where nothing upstream is known to compare it with."""

Rows = npt.NDArray[np.integer]
Whole = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DataRequestCandidate:
    """An upstream item worth asking about. ``kgco2e`` is what it brings, of a gap what its peers suggest.

    ``share`` is of the total as known, so that of a gap it may be above 1; None where either is unknown.
    ``score``: what better data would be worth; 0 only of a gap whose peers bring nothing.
    """

    item_row: int
    supplier_uid: str | None
    kgco2e: float | None
    share: float | None
    reason: str
    score: float


def data_request_candidates(found: Footprint, *, first: int = 20) -> Sequence[DataRequestCandidate]:
    """Gaps with an estimate, largest first, then gaps without one, then all else by score; ties by uid.

    The item itself, and items whose data lack nothing or that bring no kilograms, are left out. Raises
    ``InvalidInput`` where ``first`` is not 1 to 200.
    """
    if not 1 <= first <= FIRST_AT_MOST:
        raise InvalidInput(f"first: {first} is not one of 1 to {FIRST_AT_MOST}")
    gaps = _largest_gaps(found, first)
    return [*gaps, *_weakest_data(found, first - len(gaps))]


def _largest_gaps(found: Footprint, count: int) -> list[DataRequestCandidate]:
    gaps = found.trace.gaps()
    gaps = _at(gaps, np.flatnonzero(gaps.item_row != found.item_row))
    if not len(gaps.item_row):
        return []
    peers = _peers_of(found, gaps)
    kgco2e = peers.kgco2e * gaps.amount
    estimated, unsized = np.flatnonzero(~np.isnan(kgco2e)), np.flatnonzero(np.isnan(kgco2e))
    places = estimated[_largest(found, np.abs(kgco2e[estimated]), gaps.item_row[estimated], count)]
    unsized_kgco2e = LEAST_UNKNOWN_KGCO2E
    if len(places) < count and len(unsized):
        unsized_kgco2e = _average_kgco2e(found)
        further = _largest(found, np.zeros(len(unsized)), gaps.item_row[unsized], count - len(places))
        places = np.append(places, unsized[further])
    return [_gap_candidate(found, gaps, peers, place, unsized_kgco2e=unsized_kgco2e) for place in places.tolist()]


def _gap_candidate(
    found: Footprint, gaps: Gaps, peers: PeerEstimates, place: int, *, unsized_kgco2e: float
) -> DataRequestCandidate:
    item_row, amount = int(gaps.item_row[place]), float(gaps.amount[place])
    per_unit = known(peers.kgco2e[place])
    facts = found.graph.day.facts
    reason = gap_reason(
        facts,
        item_row,
        into_unit=facts.items["declared_unit"][found.item_row].as_py(),
        is_direct=bool(gaps.kind[place] == DIRECT_MISSING),
        amount=amount,
        kgco2e_per_unit=per_unit,
        peer_count=int(peers.peer_count[place]),
        counted_kgco2e=unsized_kgco2e,
    )
    # Peers that emit nothing make a gap of 0 kg, whatever the sign of the amount.
    kgco2e = None if per_unit is None else per_unit * amount + 0.0
    score = unsized_kgco2e if kgco2e is None else abs(kgco2e)
    return _candidate(found, item_row, kgco2e=kgco2e, score=score, reason=reason)


def _at(gaps: Gaps, places: Whole) -> Gaps:
    return Gaps(gaps.item_row[places], gaps.kind[places], gaps.amount[places], gaps.tier[places])


def _peers_of(found: Footprint, gaps: Gaps) -> PeerEstimates:
    """What the peers suggest of each gap, per its declared unit."""
    peers = PeerEstimates(np.full(len(gaps.item_row), np.nan), np.zeros(len(gaps.item_row), np.int64))
    for kind in (NO_DATA, DIRECT_MISSING):
        chosen = np.flatnonzero(gaps.kind == kind)
        if len(chosen):
            of_kind = peer_estimates(found.graph, gaps.item_row[chosen], is_direct=kind == DIRECT_MISSING)
            peers.kgco2e[chosen], peers.peer_count[chosen] = of_kind.kgco2e, of_kind.peer_count
    return peers


def _average_kgco2e(found: Footprint) -> float:
    """The mean absolute contribution of the items upstream that have data, the item itself among them."""
    trace = found.trace
    contribution = trace.contribution_kgco2e[(trace.tier >= 0) & trace.rollup.equations.is_known]
    average = float(np.abs(contribution).mean()) if len(contribution) else 0.0
    return average if average > 0.0 else LEAST_UNKNOWN_KGCO2E


def _weakest_data(found: Footprint, count: int) -> list[DataRequestCandidate]:
    if not count:
        return []
    trace = found.trace
    upstream = trace.activity != 0.0
    upstream[found.item_row] = False
    entries = weigh_entries(trace.rollup, upstream)
    lacking = sums_by_group(entries.item_row, entries.absolute_kgco2e * entries.lack, group_count=len(upstream))
    score = lacking * np.abs(trace.activity)
    rows = np.flatnonzero(score > 0.0)
    rows = rows[_largest(found, score[rows], rows, count)]
    shown = np.zeros(len(upstream), np.bool_)
    shown[rows] = True
    entries = entries.at(np.flatnonzero(shown[entries.item_row]))
    candidates = []
    for row in rows.tolist():
        kgco2e = float(trace.contribution_kgco2e[row])
        reason = quality_reason(entries.at(np.flatnonzero(entries.item_row == row)), kgco2e=kgco2e)
        candidates.append(_candidate(found, row, kgco2e=kgco2e, score=float(score[row]), reason=reason))
    return candidates


def _largest(found: Footprint, size: Numbers, item_rows: Rows, count: int) -> Whole:
    """Places of the ``count`` largest sizes, largest first; equal ones by the uid of their items."""
    places = np.arange(len(size))
    if len(size) > count:
        places = np.flatnonzero(size >= np.partition(size, -count)[-count])
    names = found.graph.day.facts.items["uid"].take(pa.array(item_rows[places]))
    keys = [("size", "descending"), ("uid", "ascending")]
    chosen = pc.select_k_unstable(pa.table({"size": size[places], "uid": names}), k=count, sort_keys=keys)
    largest: Whole = places[chosen.to_numpy()]
    return largest


def _candidate(
    found: Footprint, item_row: int, *, kgco2e: float | None, score: float, reason: str
) -> DataRequestCandidate:
    supplier_uid = found.graph.day.facts.items["supplier_uid"][item_row].as_py()
    total = found.total_kgco2e
    share = None if kgco2e is None or not total else kgco2e / total
    return DataRequestCandidate(item_row, supplier_uid, kgco2e, share, reason, score)
