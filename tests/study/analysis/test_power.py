"""Power and sample size against the noncentral t of statsmodels, where the trial is as assumed there."""

import numpy as np
import pytest
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.proportion import proportion_confint

from allodynia.errors import InvalidInput
from allodynia.study.analysis.ancova import ancova
from allodynia.study.analysis.power import Power, least_size, power, scaled_power, subsample

from .trials import near


def plain(seed, replicates, subjects, effect):
    rng = np.random.default_rng(seed)
    arm = np.arange(subjects) % 2
    return rng.normal(size=(replicates, subjects)) + effect * arm, arm


def test_power_of_a_t_test_is_that_of_the_noncentral_t_with_wilsons_interval():
    y, arm = plain(1, 4000, 50, -0.8)
    found = ancova(y, arm)
    got = power(found.p[:, 0], found.effect[:, 0], better="lower")
    truth = TTestIndPower().power(0.8, 25, 0.05)
    assert near(float(got.power), truth, 4000)
    assert (got.lo, got.hi) == pytest.approx(proportion_confint(got.power * 4000, 4000, method="wilson"))
    assert power(found.p[:, 0], found.effect[:, 0], better="higher").power < 0.001


def test_a_failed_analysis_shows_nothing():
    got = power([0.01, np.nan, 0.01, 0.2], [-1.0, -1.0, 1.0, -1.0], better="lower")
    assert (got.power, got.failed, got.replicates) == (0.25, 1, 4)
    assert power([0.01, np.nan], [1.0, 1.0], better="either").power == 0.5
    for bad in ({"better": "less"}, {"better": "lower", "alpha": 5}):
        with pytest.raises(InvalidInput):
            power([0.01], [1.0], **bad)


def test_subsamples_are_nested_balanced_and_belong_to_their_replicate():
    arm = np.arange(90) % 3
    small, large = subsample(arm, 50, 8, seed=3), subsample(arm, 50, 20, seed=3)
    for k in range(3):
        assert ((small == k).sum(axis=1) == 8).all()
    assert (large[small >= 0] == small[small >= 0]).all()
    np.testing.assert_array_equal(subsample(arm, 1, 8, seed=3, first=31)[0], small[31])
    assert (subsample(arm, 50, 8, seed=4) != small).any()
    kept = (small >= 0).mean(axis=0)  # everyone as often
    assert abs(kept - 8 / 30).max() < 4 * np.sqrt(0.27 * 0.73 / 50)
    with pytest.raises(InvalidInput, match="larger trial"):
        subsample(arm, 2, 31, seed=3)


def test_least_size_is_that_of_the_noncentral_t():
    y, arm = plain(5, 3000, 160, -0.6)
    sizes = np.array([20, 30, 40, 50, 60, 80])
    found = [ancova(y, subsample(arm, 3000, int(n), seed=6)) for n in sizes]
    p, effect = (np.stack([getattr(one, name)[:, 0] for one in found], axis=1) for name in ("p", "effect"))
    curve = power(p, effect, better="lower")
    truth = TTestIndPower()
    for n, share in zip(sizes, curve.power, strict=True):
        assert near(float(share), float(truth.power(0.6, int(n), 0.05)), 3000)
    for wanted in (0.8, 0.9):
        got = least_size(sizes, curve, wanted)
        needed = float(truth.solve_power(0.6, alpha=0.05, power=wanted))
        assert abs(got.size - needed) < 3.0 and got.lo - 1 < needed < got.hi + 1 and not got.beyond
    assert least_size(sizes[:3], Power(*(getattr(curve, f)[:3] for f in Power.__slots__)), 0.9).beyond
    full = ancova(y, arm)
    scaled = scaled_power(full.effect[:, 0], full.se[:, 0], 80, sizes)
    np.testing.assert_allclose(scaled, [truth.power(0.6, int(n), 0.05) for n in sizes], atol=0.03)
    harm = scaled_power(full.effect[:, 0], full.se[:, 0], 80, sizes, better="higher")
    assert (harm < 0.001).all() and (np.diff(harm) < 0).all()  # a harmful drug gains nothing by numbers


def test_a_curve_that_does_not_rise_has_no_size():
    flat = Power(np.array([0.05, 0.05, 0.04]), *(np.zeros(3),) * 2, np.full(3, 500), np.zeros(3, int))
    got = least_size([20, 40, 60], flat)
    assert np.isnan(got.size) and got.hi == np.inf
    with pytest.raises(InvalidInput, match="two sizes"):
        least_size([20, 20, 20], flat)
