"""What time is left for a question."""

from graph_service.engine.allowance import Allowance


def test_nothing_is_left_of_no_time() -> None:
    assert Allowance(0.0).left_seconds == 0.0
    assert Allowance(-1.0).left_seconds == 0.0


def test_a_part_ends_no_later_than_the_whole() -> None:
    assert Allowance(0.0).part(1000.0).left_seconds == 0.0
    assert 0.0 < Allowance(1000.0).part(500.0).left_seconds <= 500.0
