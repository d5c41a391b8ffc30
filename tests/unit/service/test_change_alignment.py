"""Rows of two revisions are matched by uid, whatever came, went or changed its place."""

import numpy as np
import pyarrow as pa
import pytest

from graph_service.service.change_alignment import align, match_rows


def table(uids: list[str], *, chunk: int = 0) -> pa.Table:
    chunks = [uids[start : start + chunk] for start in range(0, len(uids), chunk)] if chunk else [uids]
    return pa.table({"uid": pa.chunked_array(chunks or [[]], pa.string())})


def expected(before: list[str], after: list[str]) -> list[int]:
    place = {uid: row for row, uid in enumerate(after)}
    return [place.get(uid, -1) for uid in before]


NAMES = [f"uid-{row}" for row in range(3000)]
RANDOM = np.random.default_rng(4)
SOME_GONE = [uid for uid, stays in zip(NAMES, RANDOM.random(3000) > 0.05, strict=True) if stays]
LISTS = {
    "the same": NAMES,
    "none": [],
    "more at the end": [*NAMES, "x", "y"],
    "one gone": NAMES[:1500] + NAMES[1501:],
    "one come in the middle": [*NAMES[:1500], "new", *NAMES[1500:]],
    "first gone, last come": [*NAMES[1:], "new"],
    "one at another place": [*NAMES[1:2000], NAMES[0], *NAMES[2000:]],
    "more gone at one place than are looked at": NAMES[:500] + NAMES[1500:],
    "many gone": SOME_GONE,
    "reversed": NAMES[::-1],
    "shuffled": RANDOM.permutation(np.array(NAMES)).tolist(),
    "others": [f"other-{row}" for row in range(3000)],
}


@pytest.mark.parametrize("name", LISTS)
def test_each_uid_finds_its_row_or_none(name: str) -> None:
    for before, after in ((NAMES, LISTS[name]), (LISTS[name], NAMES), (LISTS[name], SOME_GONE)):
        for chunk in (0, 700):
            found = match_rows(table(before, chunk=chunk), table(after, chunk=chunk // 2))
            assert found.tolist() == expected(before, after)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 1.0])
def test_chosen_rows_are_paired_with_chosen_rows_only(name: str, share: float) -> None:
    before, after = NAMES, LISTS[name]
    rows = [np.flatnonzero(RANDOM.random(len(uids)) < share).astype(np.int32) for uids in (before, after)]
    found = align((table(before), rows[0]), (table(after), rows[1]))
    chosen = [before[row] for row in rows[0]], [after[row] for row in rows[1]]
    pairs = {(chosen[0][a], chosen[1][b]) for a, b in zip(found.before, found.after, strict=True)}
    both = set(chosen[0]) & set(chosen[1])
    assert pairs == {(uid, uid) for uid in both}
    assert {chosen[0][place] for place in found.only_before} == set(chosen[0]) - both
    assert {chosen[1][place] for place in found.only_after} == set(chosen[1]) - both
    assert len(found.before) + len(found.only_before) == len(rows[0])
