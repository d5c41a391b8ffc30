"""How good the data behind direct kilograms are, and where a gap may also take away."""

from dataclasses import dataclass

import numpy as np

from graph_service.engine.columns import quotient
from graph_service.engine.direct import declared_items
from graph_service.engine.equations import BIOGENIC_UPTAKE
from graph_service.engine.reach import downstream
from graph_service.engine.requirements import entry_rows, flipped
from graph_service.engine.rollup import RollUp
from graph_service.engine.snapshot import Codes, Flags, Indices, Numbers, Rows

TYPE_LACK = np.array([0.0, 0.5, 1.0])
"""Lack of quality of PRIMARY, SECONDARY and PROXY data, in the order of ``DATA_TYPES``."""

BEST_RATING, WORST_RATING = 1.0, 5.0

DECLARED, EXPIRED = 3, 4
"""Codes of ``WeighedEntries.origin`` beyond those of ``DATA_TYPES``: declared totals."""


@dataclass(frozen=True, slots=True)
class WeighedEntries:
    """Gate emission entries and declared totals that count, uptake left out; kilograms absolute, per declared unit.

    ``lack`` of quality is 0 to 1. ``rating`` is the mean of the indicators given, NaN where unrated;
    ``primary_share`` is NaN where a declaration does not give one. Emission entries come first.
    """

    item_row: Rows
    absolute_kgco2e: Numbers
    origin: Codes
    primary_share: Numbers
    rating: Numbers
    lack: Numbers

    def at(self, entry: Indices) -> "WeighedEntries":
        """The entries at these places."""
        return WeighedEntries(
            self.item_row[entry],
            self.absolute_kgco2e[entry],
            self.origin[entry],
            self.primary_share[entry],
            self.rating[entry],
            self.lack[entry],
        )


def weigh_entries(roll_up: RollUp, chosen: Flags) -> WeighedEntries:
    """The entries of the items that ``chosen``, (items,), marks, each with its lack of quality.

    By type 0, 0.5 and 1; of a declared total what is not primary, all of it where that is not said. A rating counts
    half: lack = (by type + (rating - 1) / 4) / 2. An expired declaration lacks everything.
    """
    emissions, declarations = roll_up.snapshot.emissions, roll_up.snapshot.declarations
    facts = roll_up.equations
    counts = facts.emission_at_gate & (emissions.component != BIOGENIC_UPTAKE) & chosen[emissions.item_row]
    entry = np.flatnonzero(counts)
    item, place = declared_items(facts)
    item, place = item[chosen[item]], place[chosen[item]]
    primary = declarations.primary_data_share[place]
    is_expired = declarations.is_expired[place]
    data_type = emissions.data_type[entry]
    rating = np.concatenate(
        (
            _mean_rating(emissions.technological_dqr, emissions.temporal_dqr, emissions.geographical_dqr, entry),
            _mean_rating(
                declarations.technological_dqr, declarations.temporal_dqr, declarations.geographical_dqr, place
            ),
        )
    )
    by_type = np.concatenate((TYPE_LACK[data_type], 1.0 - np.nan_to_num(primary, nan=0.0)))
    by_rating = (rating - BEST_RATING) / (WORST_RATING - BEST_RATING)
    lack = np.where(np.isnan(rating), by_type, (by_type + by_rating) / 2.0)
    lack[entry.size :][is_expired] = 1.0
    return WeighedEntries(
        item_row=np.concatenate((emissions.item_row[entry], item)),
        absolute_kgco2e=np.abs(np.concatenate((emissions.kgco2e[entry], declarations.kgco2e[place]))),
        origin=np.concatenate((data_type, np.where(is_expired, EXPIRED, DECLARED).astype(np.int8))),
        primary_share=np.concatenate(((data_type == 0).astype(np.float64), primary)),
        rating=rating,
        lack=lack,
    )


def _mean_rating(technological: Numbers, temporal: Numbers, geographical: Numbers, entry: Indices) -> Numbers:
    """The mean of the indicators that are rated, NaN where none is."""
    total, count = np.zeros(entry.size), np.zeros(entry.size)
    for indicator in (technological, temporal, geographical):
        rated = indicator[entry]
        is_rated = ~np.isnan(rated)
        total[is_rated] += rated[is_rated]
        count += is_rated
    return quotient(total, count)


def has_credits(roll_up: RollUp) -> Flags:
    """Items with a negative amount in their upstream to the gate, shape (items,): there a gap may also take away."""
    by_output = roll_up.equations.by_output
    takes_negative = np.zeros(by_output.shape[0], dtype=np.bool_)
    if by_output.nnz and by_output.data.min() < 0.0:
        takes_negative[entry_rows(by_output)[by_output.data < 0.0]] = True
        return downstream(flipped(by_output), takes_negative)
    return takes_negative
