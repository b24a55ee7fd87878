"""How worlds are brought together."""

import numpy as np
import pytest

from allodynia.study.statistics.moments import mean, over_donors, quantiles, variance
from allodynia.study.statistics.student import mean_interval
from allodynia.study.statistics.worlds import Worlds, summarise


def told(worlds, **more):
    return summarise("x", "", worlds, units=1, subjects=1, failed=0, **more)


def test_value_is_the_mean_over_worlds_and_the_range_holds_95_percent_of_them():
    values = np.random.default_rng(1).normal(3, 2, 4001)
    found = told(Worlds(values, "g"))
    assert found.value == pytest.approx(values.mean())
    assert (found.lo, found.hi) == pytest.approx(np.quantile(values, [0.025, 0.975]))
    assert found.standard_error == pytest.approx(values.std(ddof=1) / np.sqrt(4001))


def test_times_beyond_the_end_move_the_median_and_not_the_arithmetic():
    found = told(Worlds(np.array([10.0, 12.0, 14.0, np.inf, np.inf]), "d", "median"))
    assert (found.value, found.hi) == (14.0, np.inf)
    assert np.isnan(found.standard_error)
    assert told(Worlds(np.array([10.0, np.inf, np.inf]), "d", "median")).value == np.inf


def test_undefined_in_more_than_half_of_the_worlds_is_undefined():
    found = told(Worlds(np.array([1.0, np.nan, np.nan]), "1"))
    assert np.isnan([found.value, found.lo, found.hi]).all()
    assert (found.worlds, found.worlds_drawn) == (1, 3)
    assert told(Worlds(np.array([1.0, 2.0, np.nan]), "1")).value == 1.5


def test_one_world_has_the_interval_over_donors():
    donors = np.array([[1.0, 2.0, 4.0, np.nan]])
    found = told(Worlds(mean(donors, 1), "g", donors=donors))
    expected = mean_interval([1.0, 2.0, 4.0])
    assert (found.value, found.lo, found.hi) == pytest.approx((expected.mean, expected.lo, expected.hi))


def test_spread_is_that_of_all_donors_of_all_worlds():
    donors = np.arange(100.0).reshape(5, 20)
    found = told(Worlds(np.median(donors, axis=1), "d", "median", donors, (0.05, 0.95)))
    assert (found.value, found.lo, found.hi) == pytest.approx(tuple(np.quantile(np.arange(100.0), [0.5, 0.05, 0.95])))


def test_a_donor_counts_once_however_many_of_its_mice_were_solved():
    values = np.array([[[1.0, 1.0, 1.0], [4.0, np.nan, np.nan], [np.nan] * 3]])
    assert over_donors(values) == pytest.approx([2.5])


def test_moments_without_anything_are_undefined_without_a_warning():
    nothing = np.full((2, 3), np.nan)
    assert np.isnan(mean(nothing, 1)).all()
    assert np.isnan(variance(nothing, 1)).all()
    assert np.isnan(quantiles(nothing, [0.5])[0])
    rng = np.random.default_rng(0).normal(size=(4, 9))
    np.testing.assert_allclose(variance(rng, 1), rng.var(axis=1, ddof=1))
