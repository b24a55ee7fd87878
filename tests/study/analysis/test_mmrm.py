"""The mixed model for repeated measures against a slow likelihood, closed forms and statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from allodynia.errors import InvalidInput
from allodynia.study.analysis.ancova import ancova
from allodynia.study.analysis.covariance import FORMS, NAMES
from allodynia.study.analysis.mmrm import mmrm
from allodynia.study.analysis.patterns import gather
from allodynia.study.analysis.reml import evaluate
from allodynia.study.analysis.status import Status

from .trials import alone, covariance, near, trial


class Slow:
    """Minus the restricted log-likelihood, subject by subject from its definition."""

    def __init__(self, y, arm, baseline, form):
        self.y, self.form, visits = y, form, y.shape[1]
        self.x = [np.kron([[1.0, a, b]], np.eye(visits)) for a, b in zip(arm, baseline, strict=True)]

    def parts(self, theta):
        whole = self.form.matrix(theta[None])[0]
        if np.linalg.eigvalsh(whole)[0] <= 0.0:
            return np.inf, None, None
        normal, right, value = 0.0, 0.0, 0.0
        for y, x in zip(self.y, self.x, strict=True):
            seen = ~np.isnan(y)
            if not seen.any():
                continue
            own = whole[np.ix_(seen, seen)]
            weight = np.linalg.inv(own)
            normal = normal + x[seen].T @ weight @ x[seen]
            right = right + x[seen].T @ weight @ y[seen]
            value += np.linalg.slogdet(own)[1] + y[seen] @ weight @ y[seen]
        beta = np.linalg.solve(normal, right)
        return 0.5 * (value - right @ beta + np.linalg.slogdet(normal)[1]), beta, np.linalg.inv(normal)

    def fit(self, start):
        def value(theta):
            found = self.parts(theta)[0]
            return found if np.isfinite(found) else 1e10

        theta = minimize(value, start, method="BFGS", jac="3-point", options={"gtol": 1e-7}).x
        size, h = len(theta), 1e-3
        step = np.eye(size) * h
        curvature = np.empty((size, size))
        for i in range(size):
            for j in range(size):
                corners = (value(theta + a * step[i] + b * step[j]) * a * b for a in (1, -1) for b in (1, -1))
                curvature[i, j] = sum(corners) / (4 * h * h)

        def variance(t):
            return np.diag(self.parts(t)[2])

        slope = np.array([(variance(theta + one) - variance(theta - one)) / (2 * h) for one in step])
        beta, cov = self.parts(theta)[1:]
        spread = np.einsum("ik,ij,jk->k", slope, np.linalg.inv(curvature), slope)
        return beta, np.sqrt(np.diag(cov)), 2.0 * np.diag(cov) ** 2 / spread, theta


@pytest.mark.parametrize("place", range(len(FORMS)))
def test_equals_the_likelihood_maximised_slowly(place):
    values, arm, baseline = trial(11, 2, 22, 3, effect=0.8, dropout=0.15, gaps=0.1)
    found = mmrm(values, arm, baseline, forms=[NAMES[place]], small_sample="satterthwaite")
    slow = Slow(values[1], arm, baseline[1], FORMS[place])
    start = FORMS[place].start(np.diag(covariance(3))[None])[0]
    beta, se, df, theta = slow.fit(start)
    assert found.form[1] == place
    np.testing.assert_allclose(found.effect.effect[1, 0], beta[3:6], atol=1e-5)
    np.testing.assert_allclose(found.effect.se[1, 0], se[3:6], rtol=1e-5)
    np.testing.assert_allclose(found.covariance[1], FORMS[place].matrix(theta[None])[0], atol=1e-4)
    np.testing.assert_allclose(found.effect.df[1, 0], df[3:6], rtol=1e-3)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 3), st.integers(1, 5), st.integers(20, 60))
def test_without_gaps_every_visit_is_its_own_covariance_analysis(seed, arms, visits, subjects):
    values, arm, baseline = trial(seed, 3, subjects, visits, arms, effect=1.0, dropout=0.0)
    found = mmrm(values, arm, baseline)
    for visit in range(visits):
        single = ancova(values[:, :, visit], arm, baseline)
        for name in ("effect", "se", "df", "p", "lo"):
            np.testing.assert_allclose(
                getattr(found.effect, name)[:, :, visit], getattr(single, name), rtol=1e-6, atol=1e-7, err_msg=name
            )


def test_compound_symmetry_equals_a_random_intercept_of_statsmodels():
    rng = np.random.default_rng(5)
    arm = np.arange(60) % 2
    values = rng.normal(size=(60, 1)) + rng.normal(size=(60, 4)) + 0.6 * arm[:, None]
    values[rng.random(values.shape) < 0.15] = np.nan
    rows = np.argwhere(~np.isnan(values))
    table = pd.DataFrame(
        {"y": values[rows[:, 0], rows[:, 1]], "arm": arm[rows[:, 0]], "visit": rows[:, 1], "id": rows[:, 0]}
    )
    fit = smf.mixedlm("y ~ C(visit) + C(visit):arm", table, groups="id").fit(reml=True)
    # Variances that are the same at every visit are no form of the ladder: the likelihood itself is compared.
    x = np.stack([np.ones(60), arm], axis=1)[None]
    same = (np.eye(4) * fit.scale + float(fit.cov_re.iloc[0, 0]))[None]
    at = evaluate(gather(x, values[None]), same)
    names = [f"C(visit)[{k}]:arm" for k in range(4)]
    np.testing.assert_allclose(at.beta[0, 1], fit.params[names], atol=1e-6)
    # statsmodels inverts the whole Hessian, covariances with the variance parameters included.
    np.testing.assert_allclose(np.sqrt(np.diag(at.cov[0]))[4:], fit.bse[names], rtol=1e-3)
    # Its maximum is where the gradients in both variances vanish.
    assert abs(np.trace(at.gradient[0])) < 2e-3 and abs(at.gradient[0].sum()) < 5e-3


def test_false_positives_are_nominal_where_complete_cases_are_biased():
    values, arm, baseline = trial(6, 1000, 60, 4, dropout=0.2)
    found = mmrm(values, arm, baseline)
    assert (found.form == 0).all()
    assert near(float(np.mean(found.effect.p[:, 0, -1] < 0.05)), 0.05, 1000)
    # One arm leaves by its last value, the other not at all: complete cases see a difference that is not there.
    rng = np.random.default_rng(7)
    y = rng.normal(size=(1000, 60, 2)) @ np.linalg.cholesky(np.array([[1.0, 0.8], [0.8, 1.0]])).T
    y[:, :, 1] = np.where((arm == 1) & (y[:, :, 0] > 0.3), np.nan, y[:, :, 1])
    whole, cases = mmrm(y, arm).effect, ancova(y[:, :, 1], arm)
    error = float(whole.effect[:, 0, 1].std()) / np.sqrt(1000)
    assert abs(float(whole.effect[:, 0, 1].mean())) < 4 * error
    assert float(cases.effect.mean()) < -0.3
    inside = (whole.lo[:, 0, 1] < 0.0) & (whole.hi[:, 0, 1] > 0.0)
    assert near(float(inside.mean()), 0.95, 1000)


def test_small_trials_need_the_correction_of_kenward_and_roger():
    values, arm, baseline = trial(12, 500, 24, 4, dropout=0.2)
    plain = mmrm(values, arm, baseline, small_sample="satterthwaite").effect
    found = mmrm(values, arm, baseline).effect
    good = found.status[:, 0, -1] == 0
    assert good.mean() > 0.97 and (found.se[good] > plain.se[good] * (1 - 1e-9)).mean() > 0.99
    np.testing.assert_allclose(found.df[good], plain.df[good], rtol=1e-9)
    share, before = (float(np.mean(one.p[good, 0, -1] < 0.05)) for one in (found, plain))
    assert share < before and share < 0.09
    with pytest.raises(InvalidInput, match="kenward_roger"):
        mmrm(values, arm, baseline, small_sample="kenward-roger")


def test_a_replicate_has_the_same_bits_alone_and_in_a_batch():
    values, arm, baseline = trial(8, 1000, 30, 3, 3, gaps=0.1)
    values[3, arm == 1] = np.nan
    whole = mmrm(values, arm, baseline)
    for place in (0, 3, 17, 998):
        one = slice(place, place + 1)
        found = mmrm(values[one], arm, baseline[one])
        alone(found.effect, whole.effect, place)
        assert found.form[0] == whole.form[place] and found.steps[0] == whole.steps[place]


def test_too_few_late_values_for_every_covariance_take_the_next_form():
    values, arm, baseline = trial(9, 6, 40, 4, dropout=0.0)
    seen = np.ones((40, 4), bool)
    seen[20:, :2] = False
    seen[:20, 2:] = False  # visits 0 and 3 never seen in the same subject: their covariance is free
    found = mmrm(np.where(seen, values, np.nan), arm, baseline)
    assert (found.form > 0).all() and (found.effect.status == Status.ESTIMATED).all()
    refused = mmrm(np.where(seen, values, np.nan), arm, baseline, forms=["unstructured"])
    assert (refused.effect.status == Status.NOT_CONVERGED).all() and np.isnan(refused.effect.p).all()


def test_what_cannot_be_had_is_missing_and_says_why():
    values, arm, baseline = trial(10, 7, 30, 3, dropout=0.0)
    values[1, arm == 1, 2] = np.nan
    values[2] = np.nan
    values[3, :, 1] = 2.0 * baseline[3]
    baseline[4] = 5.3
    values[5, 3:, 2] = np.nan  # three values for three terms
    found = mmrm(values, arm, baseline)
    s = Status
    expected = [0, s.TOO_FEW, s.TOO_FEW, s.NO_VARIANCE, s.SINGULAR, s.TOO_FEW, 0]
    assert found.effect.status[:, 0, 0].tolist() == expected
    bad = found.effect.status != 0
    assert np.isnan(found.effect.effect[bad]).all() and np.isnan(found.effect.p[bad]).all()
    assert np.isfinite(found.effect.p[~bad]).all()
    with pytest.raises(InvalidInput, match="unstructured"):
        mmrm(values, arm, baseline, forms=["unstructred"])
