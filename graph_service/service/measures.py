"""What one declared unit of items is, in every unit they are known in: the declared unit, then the equivalents."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.units import UNITS

_UNIT_NAMES = pa.array(UNITS)


@dataclass(frozen=True, slots=True)
class Measures:
    """One entry per item and unit: item by item, of each the declared unit first, then its equivalents in order.

    ``place`` is the item's place among those asked for, ``unit`` a position in ``UNITS``, ``amount`` how many of
    these one declared unit is.
    """

    place: npt.NDArray[np.int64]
    unit: npt.NDArray[np.int32]
    amount: npt.NDArray[np.float64]

    def at(self, chosen: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> "Measures":
        """The entries that an index or a mask chooses."""
        return Measures(self.place[chosen], self.unit[chosen], self.amount[chosen])


def measures_of(items: pa.Table, item_rows: Sequence[int] | npt.NDArray[np.integer]) -> Measures:
    """The measures of the items at ``item_rows`` of the facts' items; without a Python loop over them."""
    chosen = items.select(["declared_unit", "equivalents"]).take(pa.array(item_rows, pa.int64()))
    declared = Measures(
        np.arange(chosen.num_rows), _unit_codes(chosen["declared_unit"]), np.ones(chosen.num_rows, np.float64)
    )
    equivalents = _equivalents(chosen["equivalents"])
    if not len(equivalents.place):
        return declared
    place = np.concatenate((declared.place, equivalents.place))
    both = Measures(
        place,
        np.concatenate((declared.unit, equivalents.unit)),
        np.concatenate((declared.amount, equivalents.amount)),
    )
    return both.at(np.argsort(place, kind="stable"))


def _unit_codes(names: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.int32]:
    return np.asarray(pc.index_in(names, value_set=_UNIT_NAMES), dtype=np.int32)


def _equivalents(texts: pa.ChunkedArray) -> Measures:
    """``60.48 kWh; 430 kg`` of every item, taken apart as ``parse_equivalents`` does: intake has checked the texts."""
    place = np.flatnonzero(texts.is_valid().to_numpy())
    lists = pc.split_pattern(texts.drop_null().combine_chunks(), ";")
    place = np.repeat(place, np.asarray(pc.list_value_length(lists), dtype=np.int64))
    parts = pc.utf8_trim_whitespace(pc.list_flatten(lists))
    is_given = pc.not_equal(parts, "")
    words = pc.list_flatten(pc.split_pattern(parts.filter(is_given), " ", max_splits=1))
    amounts, units = (words.take(pa.array(np.arange(first, len(words), 2))) for first in (0, 1))
    place = place[is_given.to_numpy(zero_copy_only=False)]
    return Measures(place, _unit_codes(pc.utf8_trim_whitespace(units)), np.asarray(amounts.cast(pa.float64())))
