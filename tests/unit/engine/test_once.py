"""A value worked out once, by whichever thread asks first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from graph_service.engine.once import Once


def test_many_threads_that_ask_at_once_make_it_work_once() -> None:
    calls: list[int] = []
    barrier = Barrier(8)

    def work() -> int:
        calls.append(1)
        return 7

    once = Once(work)

    def ask() -> int:
        barrier.wait(timeout=30)
        return once.get()

    with ThreadPoolExecutor(8) as pool:
        assert [future.result() for future in [pool.submit(ask) for _ in range(8)]] == [7] * 8
    assert calls == [1]


def test_work_that_fails_is_tried_again_by_the_next_caller() -> None:
    outcomes = [ValueError("not yet"), None]

    def work() -> str:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome
        return "done"

    once = Once(work)
    with pytest.raises(ValueError, match="not yet"):
        once.get()
    assert once.get() == "done"
