"""Survival against statsmodels.duration and closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from allodynia.errors import InvalidInput
from allodynia.study.analysis.loss_of_response import Times, kaplan_meier, restricted_mean, times_to_loss
from allodynia.study.analysis.status import Status

from .trials import alone, near


def sample(seed, replicates=3, subjects=40, ties=True, rate=0.1):
    rng = np.random.default_rng(seed)
    time, end = rng.exponential(1 / rate, (replicates, subjects)), rng.uniform(0, 25, (replicates, subjects))
    event = time <= end
    time = np.minimum(time, end)
    return Times(np.ceil(time) if ties else time, event)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 40), st.booleans())
def test_curve_equals_statsmodels(seed, subjects, ties):
    times = sample(seed, 2, subjects, ties)
    curve = kaplan_meier(times, np.arange(subjects) < subjects - 1)
    for k in range(2):
        peer = SurvfuncRight(times.time[k, :-1], times.event[k, :-1].astype(int))
        for t, s, se, n in zip(peer.surv_times, peer.surv_prob, peer.surv_prob_se, peer.n_risk, strict=True):
            place = np.flatnonzero(curve.time[k] == t)
            assert curve.surviving[k, place] == pytest.approx(s)
            assert curve.at_risk[k, place] == pytest.approx(n)
            if s > 0:
                assert curve.se[k, place] == pytest.approx(se)


def test_restricted_mean_equals_the_area_by_hand():
    times, arm = sample(5, 4, 60), np.arange(60) % 2
    found = restricted_mean(times, arm, 8.0)
    for k in range(4):
        mean, variance = [], []
        for j in range(2):
            peer = SurvfuncRight(times.time[k, arm == j], times.event[k, arm == j].astype(int))
            at = np.concatenate([[0.0], peer.surv_times[peer.surv_times < 8.0], [8.0]])
            height = np.concatenate([[1.0], peer.surv_prob[peer.surv_times < 8.0]])
            area = height * np.diff(at)
            mean.append(area.sum())
            inner = peer.surv_times < 8.0
            d, n = np.asarray(peer.n_events)[inner], np.asarray(peer.n_risk)[inner]
            after = np.array([area[i + 1 :].sum() for i in range(inner.sum())])
            variance.append(np.sum(after**2 * d / (n * (n - d))))
        assert found.effect[k, 0] == pytest.approx(mean[1] - mean[0])
        assert found.se[k, 0] == pytest.approx(np.sqrt(sum(variance)))


def test_without_censoring_the_restricted_mean_is_the_mean():
    rng = np.random.default_rng(6)
    time = rng.uniform(0, 5, (3, 50))
    found = restricted_mean(Times(time, np.ones((3, 50), bool)), np.arange(50) % 2, 6.0)
    np.testing.assert_allclose(found.effect[:, 0], time[:, 1::2].mean(1) - time[:, ::2].mean(1), rtol=1e-10)
    spread = sum(time[:, k::2].var(axis=1) / 25 for k in (0, 1))
    np.testing.assert_allclose(found.se[:, 0], np.sqrt(spread), rtol=1e-10)


def test_loss_falls_on_the_visit_that_sees_it():
    nan = np.nan
    state = [
        [1, 1, 0, 1],
        [1, 1, 1, 1],
        [1, nan, nan, nan],
        [0, 1, 1, 1],
        [1, nan, 0, nan],
        [1, nan, 1, 1],
        [nan, 1, 1, 1],
    ]
    found = times_to_loss(np.array([state]), [4, 8, 12, 26])
    np.testing.assert_array_equal(found.time[0], [8, 22, 4, nan, 8, 22, nan])
    assert found.event[0].tolist() == [True, False, True, False, True, False, False]
    censored = times_to_loss(np.array([state]), [4, 8, 12, 26], dropout="censored")
    assert (censored.time[0, 2], censored.event[0, 2]) == (0.0, False)
    with pytest.raises(InvalidInput, match="ascending"):
        times_to_loss(np.array([state]), [4, 8, 8, 26])
    with pytest.raises(InvalidInput, match="dropout"):
        times_to_loss(np.array([state]), [4, 8, 9, 26], dropout="event?")


def test_coverage_is_nominal():
    times, arm = sample(7, 4000, 80), np.arange(80) % 2
    mean = restricted_mean(times, arm, 10.0)
    assert near(float(np.mean((mean.lo < 0) & (mean.hi > 0))), 0.95, 4000, 5)
    one = restricted_mean(Times(times.time[9:10], times.event[9:10]), arm, 10.0)
    alone(one, mean, 9)


def test_what_cannot_be_had_is_missing_and_says_why():
    time = np.tile(np.arange(1.0, 11.0), (4, 1))
    event = np.ones((4, 10), bool)
    time[0, ::2] = np.nan
    event[1] = False
    event[2, -2:] = False
    times, arm = Times(time, event), np.arange(10) % 2
    found = restricted_mean(times, arm, 10.5)  # beyond the last times, that of replicate 2 censored: the area is open
    assert found.status[:, 0].tolist() == [Status.TOO_FEW, Status.TOO_FEW, Status.TOO_FEW, 0]
    assert restricted_mean(times, arm, 9.0).status[:, 0].tolist() == [Status.TOO_FEW, Status.NO_EVENT, 0, 0]
    with pytest.raises(InvalidInput, match="horizon"):
        restricted_mean(times, arm, 0.0)
