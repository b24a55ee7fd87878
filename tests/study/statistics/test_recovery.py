"""The first day back at a level, on curves whose answer is plain."""

import numpy as np
import pytest

from allodynia.study.statistics.recovery import first_time_at

DAYS = np.arange(0.0, 11.0)


def fall(lowest, back):
    """From 1 down to 0.5 at ``lowest``, straight back to 1 at ``back``."""
    return np.interp(DAYS, [0, lowest, back, 20], [1, 0.5, 1, 1])


@pytest.mark.parametrize(("lowest", "back"), [(2, 6), (3, 9), (1, 10)])
def test_straight_recovery_crosses_where_geometry_says(lowest, back):
    assert first_time_at(DAYS, fall(lowest, back), 0.9) == pytest.approx(lowest + 0.8 * (back - lowest))


def test_between_samples_it_is_straight():
    assert first_time_at(np.array([0.0, 1.0, 4.0]), np.array([1.0, 0.5, 1.1]), 0.8) == pytest.approx(2.5)


def test_before_the_lowest_point_does_not_count():
    # 0.96 on day 2 is on the way down: the lowest comes after it
    curve = np.array([1.0, 0.9, 0.96, 0.7, 0.8, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0])
    assert first_time_at(DAYS, curve, 0.95) == pytest.approx(5.5)


def test_never_back_is_infinite_never_down_or_missing_is_undefined():
    curves = np.array([np.linspace(1, 0.5, 11), np.ones(11), np.full(11, np.nan), fall(2, 6)])
    curves[3, 7] = np.nan
    np.testing.assert_array_equal(first_time_at(DAYS, curves, 0.95), [np.inf, np.nan, np.nan, np.nan])


def test_many_curves_at_once_are_each_by_itself():
    curves = np.array([[fall(2, 6), fall(3, 9)], [fall(1, 10), np.ones(11)]])
    found = first_time_at(DAYS, curves, 0.9)
    np.testing.assert_allclose(found, [[5.2, 7.8], [8.2, np.nan]])
