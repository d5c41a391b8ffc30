"""Random data set folders explained and judged by the service, against the dense second opinion."""

import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.oracle.explaining_checks import (
    assert_derivatives_are_slopes,
    assert_same_paths,
    assert_same_sensitivities,
    assert_same_spread,
)
from tests.oracle.folder_reference import Facts, Footprints, read_rows
from tests.oracle.judging_checks import assert_same_candidates, assert_same_grades, with_benchmarks
from tests.oracle.moving_checks import assert_same_causes, assert_same_outcomes, random_changes
from tests.oracle.test_folder_end_to_end import METHODS, compared, facts_of_folder
from tests.support.random_folders import EDGES, write_rows
from tests.support.random_judgements import at_another_time, explained_folder

FOLDERS_PER_CASE, CASES, SOAK_CASES = 8, 8, 400
ITEMS_LOOKED_INTO = 2


@pytest.mark.parametrize("case", range(CASES))
def test_random_folders_are_explained_as_the_second_opinion_does(case: int, tmp_path: Path) -> None:
    assert_folders_agree(case, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("case", range(CASES, SOAK_CASES))
def test_many_more_random_folders_are_explained_as_the_second_opinion_does(case: int, tmp_path: Path) -> None:
    assert_folders_agree(case, tmp_path)


def assert_folders_agree(case: int, tmp_path: Path) -> None:
    for seed in range(case * FOLDERS_PER_CASE, (case + 1) * FOLDERS_PER_CASE):
        assert_folder_agrees(tmp_path / str(seed), seed)


def assert_folder_agrees(path: Path, seed: int) -> None:
    """Two views explained and judged, each beside another day or the folder at another time."""
    rng = random.Random(f"looked into {seed}")
    day = rng.choice(EDGES)
    folders = (path, path.with_name(f"{path.name} at another time"))
    write_both(seed, folders, day, rng)
    facts = [facts_of_folder(each) for each in folders]
    for method in rng.sample(METHODS, 2):
        case = compared(facts[0], path, day, method, seed=seed)
        gate = Footprints(case.known.facts, case.known.is_traced, to_grave=False)
        assert_same_grades(case, gate, rng.sample(range(case.known.count), 5))
        assert_same_outcomes(case, random_changes(case.known.facts, rng))
        for item in rng.sample(range(case.known.count), ITEMS_LOOKED_INTO):
            assert_same_paths(case, item, first=rng.choice((1, 5, 20)), min_share=rng.choice((0, 0, 0.05, 0.3)))
            assert_same_sensitivities(case, item)
            assert_derivatives_are_slopes(case, item, rng)
            assert_same_spread(case, item, rng.choice((0.5, 0.95, 0.99)))
            assert_same_candidates(case, gate, item)
        other_day = rng.choice((day, day, rng.choice(EDGES), day - timedelta(days=1)))
        other_method, at = method if rng.random() < 0.8 else rng.choice(METHODS), rng.choice((0, 1, 1))
        other = compared(facts[at], folders[at], other_day, other_method, seed=seed)
        uids = sorted({row["item"] for each in (case, other) for row in each.known.facts.items})
        before, after = rng.sample((case, other), 2)
        for uid in [*rng.sample(uids, ITEMS_LOOKED_INTO), "nobody"]:
            assert_same_causes(before, after, uid)


def write_both(seed: int, folders: tuple[Path, Path], day: date, rng: random.Random) -> None:
    """The folder with benchmarks by its totals on the day, and the folder as it was at another time."""
    folder = explained_folder(seed)
    for path in folders:
        path.mkdir()
    folder.write(folders[0])
    judged = Footprints(Facts(read_rows(folders[0]), day), is_traced=rng.random() < 0.5, to_grave=False)
    folder.files["benchmarks"] = with_benchmarks(judged, rng)
    folder.write(folders[0])
    write_rows(folders[1], at_another_time(folder.files, rng))
