"""Numbers are rounded for reading, never to something else."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allodynia.report.numbers import estimate, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (118.4, "118"), (1.2345, "1.23"), (-0.05, "-0.0500"), (1e-7, "1.00e-07"), (123456.0, "123456"),
        (math.nan, "–"), (math.inf, "∞"),
    ],
)  # fmt: skip
def test_number(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(1e-12, 1e12), st.sampled_from([1, -1]))
def test_a_number_reads_back_within_its_digits(size: float, sign: int) -> None:
    assert float(number(sign * size)) == pytest.approx(sign * size, rel=0.0051)


def test_an_estimate_has_the_same_decimals_throughout() -> None:
    assert estimate(118.44, 103.2, 133.9) == "118 (103 to 134)"
    assert estimate(0.9512, 0.9, 1.002) == "0.95 (0.90 to 1.00)"
    assert estimate(1e-5, 0.9e-5, 1.1e-5) == "1.00e-05 (9.00e-06 to 1.10e-05)"
    assert estimate(-0.0004, -0.5, 0.5) == "0.000 (-0.500 to 0.500)"


def test_what_is_missing_is_said_to_be() -> None:
    assert estimate(math.nan, 1, 2) == "–"
    assert estimate(3.0, math.nan, math.nan) == "3.00"
    assert estimate(0, 0, 0) == "0 (0 to 0)"


def test_a_time_that_was_never_reached_is_infinite_and_does_not_hide_the_rest() -> None:
    assert estimate(21.3, 13.9, math.inf) == "21.3 (13.9 to ∞)"
    assert estimate(math.inf, 13.9, math.inf) == "∞ (13.9 to ∞)"
