"""Imputation against what the likelihood of the same model says, closed forms, and Rubin's rules by hand."""

import numpy as np
import pytest

from allodynia.errors import InvalidInput
from allodynia.study.analysis.ancova import ancova
from allodynia.study.analysis.imputation import baseline_carried_forward, impute, last_carried_forward
from allodynia.study.analysis.mmrm import mmrm
from allodynia.study.analysis.rubin import imputed_ancova, pool
from allodynia.study.analysis.status import Status

from .trials import alone, near, trial

NAN = np.nan


def test_at_random_it_agrees_with_the_mixed_model():
    values, arm, baseline = trial(1, 60, 400, 3, effect=-1.0, dropout=0.2)
    imputed = imputed_ancova(values, arm, baseline, seed=1, imputations=40)
    likelihood = mmrm(values, arm, baseline).effect
    gap = imputed.effect[:, 0] - likelihood.effect[:, 0, -1]
    assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(60) and gap.std() < 0.3 * likelihood.se[:, 0, -1].mean()
    # Each arm has its own regressions here and one covariance there: a little less certain, not more.
    assert 0.99 < (imputed.se[:, 0] / likelihood.se[:, 0, -1]).mean() < 1.1


def test_false_positives_are_no_more_than_nominal():
    values, arm, baseline = trial(2, 800, 80, 3, dropout=0.15)
    found = imputed_ancova(values, arm, baseline, seed=2, imputations=10)
    share = float(np.mean(found.p < 0.05))
    assert share < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 800) and share > 0.02
    inside = (found.lo < 0.0) & (found.hi > 0.0)
    assert near(float(inside.mean()), 0.95, 800, 5)


def exact_course(seed, subjects=6000):
    """Visit 1 scatters, visit 2 follows from it but for a trace; the arm lowers visit 1 by 3 and visit 2 by 4."""
    rng = np.random.default_rng(seed)
    arm = np.arange(subjects) % 2
    baseline = rng.normal(6.0, 1.0, subjects)
    one = baseline - 3.0 * arm + rng.normal(size=subjects)
    two = 0.4 * baseline + 0.5 * one - 2.5 * arm + 1e-4 * rng.normal(size=subjects)
    values = np.stack([one, two], axis=1)
    values[rng.random(subjects) < 0.4, 1] = NAN
    return values[None], arm, baseline[None], one, two


@pytest.mark.parametrize("method", ["missing_at_random", "jump_to_reference", "copy_reference"])
def test_dropouts_go_where_their_assumption_sends_them(method):
    values, arm, baseline, one, two = exact_course(3)
    found = impute(values, arm, baseline, seed=3, imputations=5, method=method)
    filled = found.values[0].mean(axis=0)[:, 1]
    gone = np.isnan(values[0, :, 1])
    b = baseline[0]
    reference = 0.4 * b + 0.5 * one  # as the control has it, given visit 1
    expected = {
        "missing_at_random": two,
        # The mean of the control, 0.4 b + 0.5 b, plus half of what visit 1 deviated from the mean of the own arm.
        "jump_to_reference": np.where(arm == 1, 0.9 * b + 0.5 * (one - (b - 3.0)), two),
        "copy_reference": np.where(arm == 1, reference, two),
    }[method]
    np.testing.assert_allclose(filled[gone], expected[gone], atol=0.08)
    np.testing.assert_array_equal(found.values[0, 2][~gone], values[0][~gone])


def test_draws_spread_as_the_posterior_predictive_does():
    rng = np.random.default_rng(4)
    y = rng.normal(size=(1, 30, 1))
    y[0, :10:2] = NAN
    arm, baseline = np.arange(30) % 2, rng.normal(size=(1, 30))
    found = impute(y, arm, baseline, seed=4, imputations=20_000).values[0, :, 0, 0]
    here = (arm == 0) & ~np.isnan(y[0, :, 0])
    x = np.stack([np.ones(here.sum()), baseline[0, here]], axis=1)
    beta, rss = np.linalg.lstsq(x, y[0, here, 0], rcond=None)[:2]
    df, at = len(x) - 2, np.array([1.0, baseline[0, 0]])
    variance = rss[0] / (df - 2) * (1 + at @ np.linalg.inv(x.T @ x) @ at)  # a t with df degrees of freedom
    assert found.mean() == pytest.approx(at @ beta, abs=4 * np.sqrt(variance / 20_000))
    assert found.var() == pytest.approx(variance, rel=0.08)


def test_draws_belong_to_the_seed_and_the_replicate_alone():
    values, arm, baseline = trial(5, 300, 40, 3, gaps=0.0)
    values[7, 3, 0] = NAN  # a gap in one replicate
    whole = imputed_ancova(values, arm, baseline, seed=5, imputations=4, method="jump_to_reference")
    for place in (0, 7, 8, 299):
        one = slice(place, place + 1)
        found = imputed_ancova(
            values[one], arm, baseline[one], seed=5, imputations=4, method="jump_to_reference", first=place
        )
        alone(found, whole, place)
    other = imputed_ancova(values, arm, baseline, seed=6, imputations=4, method="jump_to_reference")
    assert (other.effect != whole.effect).all()
    draws = impute(values, arm, baseline, seed=5, imputations=4)
    assert draws.gaps[7] == 1 and draws.gaps[8] == 0 and not np.isnan(draws.values).any()


def test_rubins_rules_by_hand():
    effect, se = np.array([[1.0, 1.4, 1.2]]), np.array([[0.5, 0.5, 0.7]])
    found = pool(effect, se, np.full((1, 3), 48.0))
    within, between = (0.25 + 0.25 + 0.49) / 3, 0.04
    total = within + 4 / 3 * between
    share = 4 / 3 * between / total
    old, seen = 2 / share**2, 49 / 51 * 48 * (1 - share)
    assert found.effect[0] == pytest.approx(1.2) and found.se[0] == pytest.approx(np.sqrt(total))
    assert found.df[0] == pytest.approx(old * seen / (old + seen))
    large = pool(effect, se, np.full((1, 3), np.inf))
    assert large.df[0] == pytest.approx(old)
    # Nothing missing: every imputation is the data, and the pooled result the plain one, with Barnard and Rubin's df.
    values, arm, baseline = trial(6, 5, 40, 2, dropout=0.0)
    same = imputed_ancova(values, arm, baseline, seed=1, imputations=3)
    plain = ancova(values[:, :, -1], arm, baseline)
    np.testing.assert_allclose(same.effect, plain.effect, rtol=1e-12)
    np.testing.assert_allclose(same.se, plain.se, rtol=1e-12)
    np.testing.assert_allclose(same.df, (plain.df + 1) / (plain.df + 3) * plain.df)
    with pytest.raises(InvalidInput, match="imputations"):
        pool(effect[:, :1], se[:, :1], np.inf)


def test_carried_forward():
    values = np.array([[[5.0, NAN, 3.0, NAN], [NAN, NAN, NAN, NAN], [NAN, 2.0, NAN, 1.0]]])
    base = np.array([[7.0, 8.0, 9.0]])
    np.testing.assert_array_equal(last_carried_forward(values, base), [[[5, 5, 3, 3], [8, 8, 8, 8], [9, 2, 2, 1]]])
    found = baseline_carried_forward(values, base)
    np.testing.assert_array_equal(found, [[[5, NAN, 3, 7], [8, 8, 8, 8], [NAN, 2, NAN, 1]]])


def test_what_cannot_be_had_is_missing_and_says_why():
    values, arm, baseline = trial(7, 5, 30, 2, dropout=0.1)
    values[1, arm == 1, 1] = NAN
    values[2, :, 1] = NAN
    values[3, :, 0] = 2.0 * baseline[3]  # visit 0 follows from the baseline
    values[4], baseline[4, 3] = 1.0, NAN
    values[4, 5, 1] = NAN
    values[4, 5, 0] = NAN
    found = imputed_ancova(values, arm, baseline, seed=1, imputations=3)
    assert found.status[:, 0].tolist()[:4] == [0, Status.TOO_FEW, Status.TOO_FEW, Status.SINGULAR]
    assert np.isnan(found.p[1:]).all() and np.isfinite(found.p[0]).all()
    assert found.status[4, 0] in {Status.SINGULAR, Status.NO_VARIANCE}
    with pytest.raises(InvalidInput, match="jump_to_reference"):
        impute(values, arm, baseline, seed=1, method="jump_to_ref")
    with pytest.raises(InvalidInput, match="two at least"):
        impute(values, arm, baseline, seed=1, imputations=1)
