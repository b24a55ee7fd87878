"""The vectorised intervals and tests against those of scipy.stats."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from allodynia.study.statistics.student import mean_interval, paired_less, welch_less

NUMBERS = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=15)


@settings(max_examples=80, deadline=None)
@given(NUMBERS)
def test_interval_of_the_mean_equals_scipys(values):
    if np.std(values) < 1e-6:
        return
    found = mean_interval(values)
    lo, hi = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
    assert (found.mean, found.lo, found.hi) == pytest.approx((np.mean(values), lo, hi), rel=1e-9, abs=1e-9)
    assert found.n == len(values)


def test_interval_leaves_out_what_is_missing_and_says_when_there_is_none():
    assert mean_interval([1.0, np.nan, 3.0]) == mean_interval([1.0, 3.0])
    alone = mean_interval([2.0, np.nan])
    assert (alone.mean, alone.n) == (2.0, 1)
    assert np.isnan([alone.lo, alone.hi]).all()
    none = mean_interval([np.nan])
    assert none.n == 0
    assert np.isnan(none.mean)


def test_tests_equal_scipys_over_many_donors():
    rng = np.random.default_rng(2)
    a, b, c = rng.normal(0, 1, (300, 12)), rng.normal(0.3, 2, (300, 12)), rng.normal(0.3, 2, (300, 7))
    np.testing.assert_allclose(paired_less(a, b), stats.ttest_rel(a, b, axis=-1, alternative="less").pvalue, atol=1e-12)
    welch = stats.ttest_ind(a, c, axis=-1, equal_var=False, alternative="less").pvalue
    np.testing.assert_allclose(welch_less(a, c), welch, atol=1e-12)


def test_tests_leave_out_mice_that_failed():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(5, 12)), rng.normal(size=(5, 12))
    a[:, 4] = np.nan
    kept = np.delete(np.arange(12), 4)
    np.testing.assert_allclose(
        paired_less(a, b), stats.ttest_rel(a[:, kept], b[:, kept], axis=-1, alternative="less").pvalue, atol=1e-12
    )
    welch = stats.ttest_ind(a[:, kept], b, axis=-1, equal_var=False, alternative="less").pvalue
    np.testing.assert_allclose(welch_less(a, b), welch, atol=1e-12)


def test_mice_that_all_do_the_same_are_a_certainty_not_a_division_by_zero():
    assert [float(paired_less(x, y)) for x, y in (([1, 1], [2, 2]), ([2, 2], [1, 1]), ([1, 1], [1, 1]))] == [0, 1, 0.5]
    assert [float(welch_less(x, y)) for x, y in (([1, 1], [2, 2]), ([2, 2], [1, 1]), ([1, 1], [1, 1]))] == [0, 1, 0.5]
    assert np.isnan(paired_less([1.0], [2.0]))
    assert np.isnan(welch_less([1.0], [2.0, 3.0]))
