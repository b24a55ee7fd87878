"""Analysis of covariance against statsmodels' least squares, and what it does with nothing to go by."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from allodynia.errors import InvalidInput
from allodynia.study.analysis.ancova import ancova
from allodynia.study.analysis.status import Status, reasons, without_result

from .trials import alone, near, trial


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(12, 60), st.floats(1e-3, 1e4), st.booleans())
def test_equals_least_squares_of_statsmodels(seed, arms, subjects, unit, with_sex):
    values, arm, baseline = trial(seed, 2, subjects, 3, arms, effect=1.0, gaps=0.15)
    values, baseline = unit * values, unit * baseline
    sex = (np.random.default_rng(seed).random((2, subjects)) < 0.5).astype(float)[..., None] if with_sex else None
    found = ancova(values[:, :, -1], arm, baseline, sex, arms=arms)
    for k in range(2):
        y = values[k, :, -1]
        columns = [(arm == j).astype(float) for j in range(1, arms)] + [baseline[k]]
        if with_sex:
            columns.append(sex[k, :, 0])
        x = sm.add_constant(np.column_stack(columns), has_constant="add")
        here = ~np.isnan(y)
        if np.linalg.matrix_rank(x[here]) < x.shape[1] or here.sum() <= x.shape[1]:
            assert (found.status[k] != Status.ESTIMATED).any()
            continue
        fit = sm.OLS(y[here], x[here]).fit()
        place = slice(1, arms)
        np.testing.assert_allclose(found.effect[k], fit.params[place], rtol=1e-8, atol=1e-9 * unit)
        np.testing.assert_allclose(found.se[k], fit.bse[place], rtol=1e-8)
        np.testing.assert_allclose(found.p[k], fit.pvalues[place], rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(
            np.stack([found.lo[k], found.hi[k]], 1), fit.conf_int()[place], rtol=1e-6, atol=1e-8 * unit
        )
        assert (found.df[k] == fit.df_resid).all() and (found.n[k] == fit.nobs).all()


def test_change_and_value_have_the_same_effect_when_adjusted_for_baseline():
    values, arm, baseline = trial(1, 5, effect=1.0)
    value = ancova(values[:, :, -1], arm, baseline)
    change = ancova(values[:, :, -1] - baseline, arm, baseline)
    np.testing.assert_allclose(value.effect, change.effect, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(value.p, change.p, rtol=1e-9)


def test_false_positives_and_coverage_are_nominal():
    values, arm, baseline = trial(2, 4000, 30, 2)
    null = ancova(values[:, :, -1], arm, baseline)
    assert near(float(np.mean(null.p < 0.05)), 0.05, 4000)
    shifted = ancova(values[:, :, -1] + 0.7 * arm, arm, baseline, level=0.9)
    assert near(float(np.mean((shifted.lo < 0.7) & (shifted.hi > 0.7))), 0.9, 4000)


def test_a_replicate_has_the_same_bits_alone_and_in_a_batch_of_a_thousand():
    values, arm, baseline = trial(3, 1000, 50, 3, 3, gaps=0.1)
    values[5, :, -1] = np.nan  # a failing neighbour changes nothing
    whole = ancova(values[:, :, -1], arm, baseline)
    for place in (0, 4, 5, 500, 999):
        alone(ancova(values[place : place + 1, :, -1], arm, baseline[place : place + 1]), whole, place)


def test_what_cannot_be_had_is_missing_and_says_why():
    values, arm, baseline = trial(4, 8, 30, 2, 3, dropout=0.0)
    y = values[:, :, -1].copy()
    y[1, arm == 2] = np.nan
    y[2, arm == 0] = np.nan
    y[3] = np.nan
    baseline = baseline.copy()
    baseline[4] = 6.1
    y[5] = 2.0 * baseline[5] + arm
    y[6, np.flatnonzero(~np.isnan(y[6]))[4:]] = np.nan  # four subjects for four terms
    found = ancova(y, arm, baseline)
    s = Status
    expected = [[0, 0], [0, s.TOO_FEW], [s.TOO_FEW] * 2, [s.TOO_FEW] * 2, [s.SINGULAR] * 2, [s.NO_VARIANCE] * 2]
    assert found.status[:6].tolist() == expected
    assert (found.status[6] == s.TOO_FEW).all() and (found.status[7] == 0).all()
    assert np.isnan(found.p[found.status != 0]).all() and np.isfinite(found.p[found.status == 0]).all()
    np.testing.assert_allclose(found.effect[5], [1.0, 2.0], rtol=1e-9)  # the effect is exact, its error unknown
    without = ancova(y[1:2, arm < 2], arm[arm < 2], baseline[1:2, arm < 2])
    np.testing.assert_allclose(without.p[0, 0], found.p[1, 0], rtol=1e-12)
    why = {s.TOO_FEW: 4, s.NO_VARIANCE: 1, s.SINGULAR: 1}
    assert reasons(found.status, np.isnan(found.p)) == why
    said = without_result("Pain", why, 8)[0]
    assert said.startswith("Pain gave no result in 4 of 8 replicates, which count as failures: an arm has no subject")
    assert all(one.sentence for one in Status)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"arm": np.zeros(30, int)}, "a comparison needs"),
        ({"arm": np.arange(30) % 2 - 2}, "arm -2"),
        ({"arm": np.arange(29) % 2}, "shape"),
        ({"arm": np.arange(30) % 2 + 0.5}, "whole numbers"),
        ({"outcome": np.full((2, 30), np.inf)}, "infinite"),
        ({"outcome": np.zeros(30)}, "axes"),
        ({"covariates": np.zeros((3, 3, 3))}, "covariates"),
    ],
)
def test_input_that_does_not_fit_is_refused(change, said):
    values = {"outcome": np.zeros((2, 30)), "arm": np.arange(30) % 2} | change
    with pytest.raises(InvalidInput, match=said):
        ancova(**values)
