"""Finding uids among names, whichever side is the smaller."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from graph_service.model.facts import rows_of

TEXTS = st.sampled_from([None, "", "a", "b", "c", "榆林", "nobody"])


@given(st.lists(TEXTS, max_size=6), st.lists(TEXTS.filter(lambda text: text != "nobody"), max_size=60))
def test_each_uid_is_found_at_its_first_place_among_the_names(uids: list[str | None], names: list[str | None]) -> None:
    expected = [names.index(uid) if uid is not None and uid in names else None for uid in uids]
    pieces = pa.chunked_array([pa.array(names[:3], pa.string()), pa.array(names[3:], pa.string())])
    found = rows_of(pa.array(uids, pa.string()), pieces)
    assert found.type == pa.int32()
    assert found.to_pylist() == expected
    assert rows_of(pa.chunked_array([pa.array(uids, pa.string())]), pieces).to_pylist() == expected
