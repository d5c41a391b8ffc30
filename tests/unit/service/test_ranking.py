"""Lists of which only a page is built."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from graph_service.service.ranking import Listing, largest_first


def test_only_what_is_looked_at_is_built() -> None:
    built: list[int] = []

    def build(places: range) -> list[str]:
        built.extend(places)
        return [f"entry {place}" for place in places]

    listing = Listing(1000, build)
    assert len(listing) == 1000
    assert listing[3:5] == ["entry 3", "entry 4"]
    assert listing[-1] == "entry 999"
    assert built == [3, 4, 999]
    assert list(Listing(2, build)) == ["entry 0", "entry 1"]
    assert list(listing[2000:]) == []


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0, -1.0, 2.5, -3.0]), st.text(max_size=3)), max_size=30))
def test_the_largest_come_first_and_equal_ones_by_name(entries: list[tuple[float, str]]) -> None:
    values = np.array([value for value, _ in entries], np.float64)
    names = pa.array([name for _, name in entries], pa.string())
    order = largest_first(values, names=lambda tied: names.take(pa.array(tied)))
    ranked = [(-abs(entries[at][0]), entries[at][1].encode()) for at in order.tolist()]
    assert ranked == sorted(ranked)
    assert sorted(order.tolist()) == list(range(len(entries)))
