"""Numbers as they stand in a sentence."""

import pytest

from graph_service.service.figures import figure_text, given_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (94.90649, "94.91"),
        (1551.154, "1,551"),
        (123456.0, "123,500"),
        (-0.0123456, "-0.01235"),
        (0.00012344, "0.0001234"),
        (1.23456e-9, "1.235e-09"),
        (9.9999e17, "1e+18"),
        (99999.0, "100,000"),
    ],
)
def test_a_figure_has_four_digits_in_plain_notation(value: float, text: str) -> None:
    assert figure_text(value) == text


def test_a_figure_never_reads_like_another_number_beside_it() -> None:
    assert figure_text(85.0004, beside=[85.0]) == "85.0004"
    assert figure_text(85.000000004, beside=[85.0, 60.0]) == "85.000000004"
    assert figure_text(85.0, beside=[85.0]) == "85"


def test_a_given_number_keeps_its_digits() -> None:
    assert [given_text(value) for value in (110.0, 0.5777, 12000.5, 60.48)] == ["110", "0.5777", "12,000.5", "60.48"]
