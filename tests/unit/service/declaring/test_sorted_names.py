"""Names of rows in order, and near ones."""

import numpy as np
import pyarrow as pa

from graph_service.service.declaring.sorted_names import sorted_names

NAMES = ["urn:x:b", "urn:x:a", "urn:x:b", "电芯模组一号", "urn:x:a", "short"]
SORTED = sorted_names(pa.array(NAMES), np.arange(6, dtype=np.int32))


def test_all_rows_of_a_name_are_found_in_their_order() -> None:
    assert SORTED.find("urn:x:b") == [0, 2]
    assert SORTED.find("urn:x:a") == [1, 4]
    assert SORTED.find("urn:x:c") == []
    assert SORTED.find("") == []


def test_near_names_differ_in_few_places_and_the_nearest_come_first() -> None:
    assert SORTED.near("urn:x:c") == [1, 4, 0, 2]
    assert SORTED.near("电芯模组二号") == [3]
    assert SORTED.near("nothing alike") == []


def test_of_very_short_and_very_long_names_none_is_near() -> None:
    assert SORTED.near("sho") == []
    assert SORTED.near("short" * 100) == []


def test_no_names_have_no_neighbours() -> None:
    empty = sorted_names(pa.array([], pa.string()), np.empty(0, np.int32))
    assert (empty.find("a"), empty.near("abcd")) == ([], [])
