"""Weights of a pool: closed forms of exponential tilting, the bound, goals out of reach, and what readings add."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from allodynia.cohort.moments import Moment, chance, mean_reading, square_reading
from allodynia.cohort.tilting import Tilt, effective_size, solve_tilt
from allodynia.system.cohort_targets import ReadingError

NORMAL = ndtri((np.arange(20_000) + 0.5) / 20_000)
FIRM = 1e6
"""A strength at which goals are met as if they were exact."""


def test_tilting_a_normal_pool_shifts_its_mean_and_nothing_else():
    # exp(mu x - mu²/2) times a standard normal density is the normal density about mu.
    tilt = solve_tilt(((NORMAL - 0.7) / 0.01)[:, None], FIRM, cap=1e6)
    weights = tilt.weights(((NORMAL - 0.7) / 0.01)[:, None])
    assert np.average(NORMAL, weights=weights) == pytest.approx(0.7, abs=1e-4)
    assert np.sqrt(np.average((NORMAL - 0.7) ** 2, weights=weights)) == pytest.approx(1.0, abs=2e-3)
    assert tilt.multipliers[0] / 0.01 == pytest.approx(0.7, rel=2e-3)
    assert weights.mean() == pytest.approx(1.0, abs=1e-8)
    # The size of such a tilt is known: E[w²] = exp(mu²).
    assert effective_size(weights) / NORMAL.size == pytest.approx(np.exp(-0.49), rel=5e-3)


def test_mean_and_spread_together_turn_one_normal_into_another():
    moments = np.column_stack([NORMAL - 0.5, (NORMAL - 0.5) ** 2 - 0.64]) / 0.01
    tilt = solve_tilt(moments, FIRM, cap=1e6)
    # The ratio of N(0.5, 0.8) to N(0, 1) is exp of a quadratic with these coefficients.
    square, line = 0.5 * (1.0 - 1.0 / 0.64), 0.5 / 0.64
    in_x = (tilt.multipliers[0] - 2.0 * 0.5 * tilt.multipliers[1]) / 0.01, tilt.multipliers[1] / 0.01
    assert in_x[1] == pytest.approx(square, rel=5e-3)
    assert in_x[0] == pytest.approx(line, rel=5e-3)


def test_a_share_is_met_by_weighing_those_who_have_it():
    has = (NORMAL > 1.0).astype(float)
    moments = ((has - 0.5) / 0.01)[:, None]
    weights = solve_tilt(moments, FIRM, cap=1e6).weights(moments)
    assert weights[has == 1.0] == pytest.approx(0.5 / has.mean(), rel=1e-3)
    assert weights[has == 0.0] == pytest.approx(0.5 / (1.0 - has.mean()), rel=1e-3)


def test_a_goal_known_poorly_moves_the_pool_less():
    # With one standard error s and strength n the normal pool goes the share n / (n + s²) of the way.
    for strength, error in ((1.0, 1.0), (4.0, 1.0), (1.0, 0.5)):
        moments = ((NORMAL - 0.3) / error)[:, None]
        weights = solve_tilt(moments, strength, cap=1e6).weights(moments)
        share = strength / (strength + error**2)
        assert np.average(NORMAL, weights=weights) == pytest.approx(0.3 * share, rel=1e-2)


def test_no_weight_passes_the_bound_and_the_mean_stays_one():
    moments = ((NORMAL - 1.2) / 0.01)[:, None]
    weights = solve_tilt(moments, FIRM, cap=4.0).weights(moments)
    assert weights.max() == pytest.approx(4.0)
    assert weights.mean() == pytest.approx(1.0, abs=1e-6)
    assert np.average(NORMAL, weights=weights) == pytest.approx(1.2, abs=5e-3)
    assert effective_size(weights) >= NORMAL.size / 4.0


def test_what_the_pool_cannot_reach_is_not_reached():
    # The largest mean that weights below 4 can give is that of the upper quarter.
    moments = ((NORMAL - 5.0) / 0.1)[:, None]
    weights = solve_tilt(moments, 0.1, cap=4.0).weights(moments)
    best = NORMAL[ndtri(0.75) < NORMAL].mean()
    assert np.average(NORMAL, weights=weights) == pytest.approx(best, abs=0.02)
    assert weights.max() <= 4.0 * (1.0 + 1e-12)


def test_kish_size():
    assert effective_size(np.ones(7)) == pytest.approx(7.0)
    assert effective_size(np.array([1.0, 0.0, 0.0])) == pytest.approx(1.0)
    assert effective_size(np.array([3.0, 1.0])) == pytest.approx(16.0 / 10.0)


def test_a_tilt_weighs_people_it_has_not_seen():
    tilt = Tilt(np.array([0.5, -1.0]), 0.1, 3.0)
    moments = np.array([[1.0, 1.0], [0.0, 0.0], [9.0, 0.0]])
    assert tilt.weights(moments) == pytest.approx([np.exp(-0.4), np.exp(0.1), 3.0])


# ---------------------------------------------------------------------------------------------- readings
def test_readings_add_the_variance_of_their_error():
    error = ReadingError(proportional=0.2, additive=1.5)
    true = np.array([2.0, 10.0])
    assert mean_reading(true, error) == pytest.approx(true)
    assert square_reading(true, error, 1.0) == pytest.approx((true - 1.0) ** 2 + (0.2 * true) ** 2 + 1.5**2)
    counted = ReadingError(counted_over=9.0)
    assert square_reading(np.array([12.0]), counted, 12.0) == pytest.approx(12.0 / 9.0)


def test_the_ends_of_a_scale_hold_readings():
    error = ReadingError(additive=2.0, floor=0.0, ceiling=10.0)
    # E[max(0, x + 2 z)] at x = 0 is 2 / sqrt(2 pi).
    assert mean_reading(np.array([0.0]), error) == pytest.approx(2.0 / np.sqrt(2.0 * np.pi), rel=0.03)
    assert mean_reading(np.array([30.0]), error) == pytest.approx(10.0)


def test_chances_beyond_cuts_join():
    error = ReadingError(additive=1.0)
    true = np.array([0.0, 1.0])
    assert chance(true, error, 0.5, 1) == pytest.approx(ndtr(true - 0.5))
    assert chance(true, error, 0.5, -1) == pytest.approx(1.0 - ndtr(true - 0.5))
    assert chance(true, ReadingError(), 0.5, 1).tolist() == [0.0, 1.0]
    values = {"a": np.array([0.0]), "b": np.array([0.0])}
    both = Moment("share", ("a", "b"), error, cuts=(0.0, 1.0), signs=(1, 1))
    either = Moment("share", ("a", "b"), error, cuts=(0.0, 1.0), signs=(1, 1), join="any")
    p, q = 0.5, ndtr(-1.0)
    assert both.of(values) == pytest.approx(p * q)
    assert either.of(values) == pytest.approx(p + q - p * q)
    women = Moment("mean", ("a",), error, among=("b", 0.5))
    assert women.counted({"a": np.zeros(2), "b": np.array([0.0, 1.0])}).tolist() == [0.0, 1.0]
