"""Cross-overs: pairs against scipy, the mixed model against pairs and statsmodels."""

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from allodynia.errors import InvalidInput
from allodynia.study.analysis.crossover import crossover, two_by_two
from allodynia.study.analysis.status import Status

from .trials import alone, near

AB_BA = [[0, 1], [1, 0]]
WILLIAMS = np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0], [0, 2, 1], [1, 0, 2]])


def sample(seed, replicates=3, subjects=24, plan=AB_BA, between=1.0, treatment=0.0, gaps=0.0):
    rng = np.random.default_rng(seed)
    plan = np.asarray(plan)
    sequence = np.arange(subjects) % len(plan)
    y = between * rng.normal(size=(replicates, subjects, 1)) + rng.normal(size=(replicates, subjects, plan.shape[1]))
    y = y + treatment * plan[sequence] + 0.3 * np.arange(plan.shape[1])
    return np.where(rng.random(y.shape) < gaps, np.nan, y), sequence


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(6, 40), st.floats(0.0, 3.0), st.floats(1e-3, 1e3))
def test_complete_two_by_two_is_the_paired_analysis_by_either_road(seed, subjects, between, unit):
    y, sequence = sample(seed, 3, subjects, between=between, treatment=0.5)
    y = unit * y
    pairs, mixed = two_by_two(y, sequence), crossover(y, sequence, AB_BA)
    for k in range(3):
        gap = y[k, :, 1] - y[k, :, 0]
        peer = stats.ttest_ind(gap[sequence == 0], gap[sequence == 1])
        assert pairs.treatment.p[k] == pytest.approx(peer.pvalue, rel=1e-9)
        assert pairs.treatment.effect[k] == pytest.approx(0.5 * (gap[sequence == 0].mean() - gap[sequence == 1].mean()))
        total = y[k].sum(axis=1)
        left = stats.ttest_ind(total[sequence == 0], total[sequence == 1])
        assert pairs.carry_over.p[k] == pytest.approx(left.pvalue, rel=1e-9)
    both = ((pairs.treatment, mixed.treatment), (pairs.period, mixed.period), (pairs.carry_over, mixed.sequence))
    for one, other in both:
        np.testing.assert_allclose(one.p, other.p[:, 0], rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(one.df, other.df[:, 0], rtol=1e-5)
    np.testing.assert_allclose(pairs.treatment.se, mixed.treatment.se[:, 0], rtol=1e-6)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_three_periods_with_gaps_equal_statsmodels(seed):
    y, sequence = sample(seed, 2, 60, WILLIAMS, treatment=0.4, gaps=0.15)
    found = crossover(y, sequence, WILLIAMS)
    who, when = np.nonzero(~np.isnan(y[1]))
    given_ = WILLIAMS[sequence[who], when]
    table = pd.DataFrame({"y": y[1][who, when], "id": who, "period": when, "sequence": sequence[who], "t": given_})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = smf.mixedlm("y ~ C(t) + C(period) + C(sequence)", table, groups="id").fit(reml=True)
    # statsmodels' own errors come from the whole Hessian; these are those of the effects at its variances.
    same = (who[:, None] == who) * float(fit.cov_re.iloc[0, 0]) + np.eye(len(who)) * fit.scale
    x = fit.model.exog
    se = dict(zip(fit.model.exog_names, np.sqrt(np.diag(np.linalg.inv(x.T @ np.linalg.inv(same) @ x))), strict=True))
    for part, names in (
        (found.treatment, ["C(t)[T.1]", "C(t)[T.2]"]),
        (found.period, ["C(period)[T.1]", "C(period)[T.2]"]),
        (found.sequence, [f"C(sequence)[T.{k}]" for k in range(1, 6)]),
    ):
        np.testing.assert_allclose(part.effect[1], fit.params[names], atol=2e-4)
        np.testing.assert_allclose(part.se[1], [se[name] for name in names], rtol=1e-4)
    assert found.within[1] == pytest.approx(fit.scale, rel=1e-3)
    assert found.between[1] == pytest.approx(float(fit.cov_re.iloc[0, 0]), rel=2e-3)


def test_a_subject_seen_once_still_tells_something():
    y, sequence = sample(4, 400, 40, between=0.3, treatment=0.5, gaps=0.25)
    mixed, pairs = crossover(y, sequence, AB_BA).treatment, two_by_two(y, sequence).treatment
    assert mixed.effect.std() < 0.95 * pairs.effect.std()
    assert abs(mixed.effect.mean() - 0.5) < 4 * mixed.effect.std() / np.sqrt(400)


def test_false_positives_and_coverage_are_nominal_and_bits_are_a_replicates_own():
    y, sequence = sample(5, 3000, 18, WILLIAMS, gaps=0.1)
    found = crossover(y, sequence, WILLIAMS)
    good = found.treatment.status == 0
    assert good.mean() > 0.995
    for k in (0, 1):
        assert near(float(np.mean(found.treatment.p[good[:, k], k] < 0.05)), 0.05, 3000)
    for place in (0, 11, 2999):
        one = crossover(y[place : place + 1], sequence, WILLIAMS)
        alone(one.treatment, found.treatment, place)
        alone(one.sequence, found.sequence, place)
    pairs = two_by_two(y[:, :, :2], sequence % 2)
    alone(two_by_two(y[9:10, :, :2], sequence % 2).period, pairs.period, 9)


def test_what_cannot_be_told_is_refused_or_missing():
    y, sequence = sample(6, 5, 12)
    with pytest.raises(InvalidInput, match="cannot tell period from treatment"):
        crossover(y, np.zeros(12, np.int64), [[0, 1]])
    with pytest.raises(InvalidInput, match="at least two"):
        crossover(y, sequence, [[0, 0], [0, 0]])
    with pytest.raises(InvalidInput, match="sequences"):
        crossover(y, sequence, [[0, 1]])
    with pytest.raises(InvalidInput, match="two periods"):
        two_by_two(np.zeros((2, 4, 3)), np.arange(4) % 2)
    y[1, sequence == 1] = np.nan
    y[2] = np.nan
    y[3] = 2.0 * np.array(AB_BA)[sequence] + np.arange(12.0)[:, None]
    y[4, :, 1] = np.nan
    few, none = Status.TOO_FEW, Status.NO_VARIANCE
    assert two_by_two(y, sequence).treatment.status.tolist() == [0, few, few, none, few]
    found = crossover(y, sequence, AB_BA)
    assert found.treatment.status[:, 0].tolist() == [0, few, few, none, few]
    assert np.isnan(found.treatment.p[1:]).all() and np.isnan(found.within[1:]).all()
