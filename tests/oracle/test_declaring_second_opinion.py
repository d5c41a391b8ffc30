"""Random sequences of pushes, reviews and days through the public doors, against the second opinion on declarations."""

import random
from pathlib import Path

import pytest

from graph_service.store.embedded import EmbeddedStore
from tests.oracle.declaring_session import Session
from tests.support.api_client import api_on
from tests.support.clock import FixedClock

SEQUENCES, SOAK_SEQUENCES = 8, 2_000


@pytest.mark.parametrize("seed", range(SEQUENCES))
async def test_random_pushes_and_reviews_give_what_the_second_opinion_says(seed: int, tmp_path: Path) -> None:
    await assert_sequence_agrees(seed, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SEQUENCES, SOAK_SEQUENCES))
async def test_many_more_pushes_and_reviews_give_what_the_second_opinion_says(seed: int, tmp_path: Path) -> None:
    await assert_sequence_agrees(seed, tmp_path)


async def assert_sequence_agrees(seed: int, folder: Path) -> None:
    clock, rng = FixedClock(), random.Random(seed)
    store = await EmbeddedStore.open(folder / "graph.db", clock=clock)
    try:
        async with api_on(store, clock=clock) as api:
            session = Session(api, rng, folder / "data")
            try:
                await session.run(rng.randint(10, 30))
            except AssertionError as error:
                error.add_note("\n".join([f"seed {seed}", *session.said]))
                raise
    finally:
        await store.close()
