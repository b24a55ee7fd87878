"""The rules at the head of claims.yaml, at and around their edges."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from allodynia.errors import InvalidInput
from allodynia.judge.criteria import (
    EQUIVALENCE,
    LEAST_EFFECT,
    LEAST_R,
    Z90,
    Estimate,
    clopper_pearson,
    in_direction,
    in_range,
    is_none,
    overlaps,
)


def estimate(value: float, *, lo: float = math.nan, hi: float = math.nan, error: float = 0.0) -> Estimate:
    return Estimate(value, lo, hi, error, "SD", units=2048, subjects=24576)


@pytest.mark.parametrize(
    ("value", "lo", "hi", "holds"),
    [
        (0.5, 0.45, 0.85, True),
        (0.45, 0.45, 0.85, True),
        (0.85, 0.45, 0.85, True),
        (0.4499, 0.45, 0.85, False),
        (0.92, None, 0.92, True),
        (0.93, None, 0.92, False),
        (10.0, 10.0, None, True),
        (9.99, 10.0, None, False),
        (math.nan, None, 1.0, False),
        (math.nan, 0.0, None, False),
    ],
)
def test_the_central_estimate_must_lie_in_the_range(value, lo, hi, holds):
    assert in_range(estimate(value), lo, hi)[0] is holds


def test_the_width_of_the_interval_does_not_move_a_range_verdict():
    assert in_range(estimate(0.5, lo=0.0, hi=9.0), 0.45, 0.85)[0]


@given(st.floats(-3, 3))
def test_a_direction_needs_its_sign_and_a_small_effect(value):
    assert in_direction(estimate(value), "down")[0] == (value <= -LEAST_EFFECT)
    assert in_direction(estimate(value), "up")[0] == (value >= LEAST_EFFECT)
    assert not (in_direction(estimate(value), "down")[0] and in_direction(estimate(value), "up")[0])


def test_a_missing_effect_has_no_direction():
    assert not in_direction(estimate(math.nan), "up")[0]
    assert not in_direction(estimate(math.nan), "down")[0]


@given(st.floats(-0.3, 0.3), st.floats(0, 0.2))
def test_equivalence_is_two_one_sided_tests(value, error):
    inside = value - Z90 * error > -EQUIVALENCE and value + Z90 * error < EQUIVALENCE
    assert is_none(estimate(value, error=error))[0] == inside


def test_an_uncertain_zero_is_not_equivalence():
    assert is_none(estimate(0.0, error=0.0))[0]
    assert not is_none(estimate(0.0, error=0.1))[0]
    assert not is_none(estimate(math.nan))[0]


@pytest.mark.parametrize(
    ("lo", "hi", "holds"), [(0.2, 0.3, True), (0.05, 0.1, True), (0.4, 0.6, True), (0.41, 1.0, False)]
)
def test_intervals_meet_when_they_share_a_point(lo, hi, holds):
    assert overlaps(estimate(0.25, lo=0.1, hi=0.4), lo, hi)[0] is holds


def test_better_goes_by_what_is_good_for_the_subject():
    less_pain = replace(estimate(-0.5), good=-1)
    assert in_direction(less_pain, "better")[0]
    assert not in_direction(replace(less_pain, value=0.5), "better")[0]
    assert in_direction(replace(less_pain, value=0.5, good=1), "better")[0]
    with pytest.raises(InvalidInput, match="which way is good"):
        in_direction(estimate(0.5), "better")


@given(st.floats(-0.9, 0.9))
def test_a_correlation_counts_as_the_effect_that_splits_the_same(r):
    found = in_direction(replace(estimate(r), unit="r"), "up")[0]
    assert found == (2.0 * r / math.sqrt(1.0 - r * r) >= LEAST_EFFECT) or abs(r - LEAST_R) < 1e-12


def test_a_direction_of_days_is_refused():
    with pytest.raises(InvalidInput, match="this is in 'd'"):
        in_direction(replace(estimate(3.0), unit="d"), "up")


@pytest.mark.parametrize(("with_it", "of"), [(0, 6), (8, 8), (7, 8), (16, 22), (1, 1), (50, 400)])
def test_clopper_pearson_is_the_exact_test_turned_round(with_it, of):
    lo, hi = clopper_pearson(with_it, of)
    exact = stats.binomtest(with_it, of).proportion_ci(0.95, "exact")
    assert (lo, hi) == pytest.approx((exact.low, exact.high), abs=1e-12)
