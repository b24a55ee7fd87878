"""Animals by donor: against the t test of donors' means, the analysis of variance, and statsmodels."""

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from allodynia.errors import InvalidInput
from allodynia.study.analysis.ancova import ancova
from allodynia.study.analysis.components import without
from allodynia.study.analysis.donor_mixed import donor_mixed
from allodynia.study.analysis.status import Status

from .trials import alone, near


def sample(seed, replicates=4, donors=8, mice=6, sd=0.7, effect=0.0):
    rng = np.random.default_rng(seed)
    donor = np.repeat(np.arange(donors), mice)
    arm = (donor % 2).astype(int)
    y = sd * rng.normal(size=(replicates, donors))[:, donor] + rng.normal(size=(replicates, donors * mice))
    return y + effect * arm, arm, donor


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 12), st.integers(2, 8), st.floats(0.0, 2.0), st.floats(1e-3, 1e3))
def test_balanced_it_is_the_t_test_of_donors_means(seed, donors, mice, sd, unit):
    y, arm, donor = sample(seed, 3, donors, mice, sd, effect=1.0)
    y = unit * y
    found = donor_mixed(y, arm, {"donor": donor})
    means = y.reshape(3, donors, mice).mean(axis=2)
    peer = stats.ttest_ind(means[:, 1::2], means[:, ::2], axis=1)
    np.testing.assert_allclose(found.effect.p[:, 0], peer.pvalue, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(found.effect.df[:, 0], donors - 2, rtol=1e-6)
    # Expected mean squares: the residual is the one within donors, the donor's from the one between.
    within = y.reshape(3, donors, mice).var(axis=2, ddof=1).mean(axis=1)
    groups = (means[:, ::2], means[:, 1::2])
    between = sum(one.var(axis=1) * one.shape[1] for one in groups) / (donors - 2)
    np.testing.assert_allclose(found.components["residual"], within, rtol=1e-5)
    component = between - within / mice
    np.testing.assert_allclose(found.components["donor"], component, rtol=1e-4, atol=1e-5 * unit**2)


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_unbalanced_nested_and_crossed_factors_equal_statsmodels(seed):
    rng = np.random.default_rng(seed)
    y, arm, donor = sample(seed, 2, 12, 8, 1.0, effect=1.0)
    cage, batch = np.arange(96) // 4, np.arange(96) % 5
    y = y + 0.9 * rng.normal(size=(2, 24))[:, cage] + 0.8 * rng.normal(size=(2, 5))[:, batch]
    y[rng.random(y.shape) < 0.15] = np.nan
    found = donor_mixed(y, arm, {"donor": donor, "cage": cage, "batch": batch})
    table = pd.DataFrame({"y": y[1], "arm": arm, "donor": donor, "cage": cage, "batch": batch, "all": 1}).dropna()
    factors = {name: f"0 + C({name})" for name in ("donor", "cage", "batch")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = smf.mixedlm("y ~ arm", table, groups="all", re_formula="0", vc_formula=factors)
        fit = model.fit(reml=True, method=["bfgs", "cg"], gtol=1e-8)
    parts = dict(zip(model.exog_vc.names, fit.vcomp, strict=True))
    assert min(parts.values()) > 0.02  # no component at its bound, where roads part
    for name, value in parts.items():
        assert found.components[name][1] == pytest.approx(value, rel=0.01)
    assert found.effect.effect[1, 0] == pytest.approx(fit.params["arm"], rel=1e-3)
    assert found.effect.se[1, 0] == pytest.approx(fit.bse["arm"], rel=3e-3)


def test_animals_as_units_find_what_is_not_there_and_donors_do_not():
    y, arm, donor = sample(4, 2000, 6, 8, 1.0)
    y[np.random.default_rng(4).random(y.shape) < 0.1] = np.nan
    found = donor_mixed(y, arm, {"donor": donor}).effect
    assert (found.status == 0).mean() > 0.995
    assert near(float(np.nanmean(found.p < 0.05)), 0.05, 2000)
    assert near(float(np.mean((found.lo < 0) & (found.hi > 0))), 0.95, 2000, 5)
    assert float(np.mean(ancova(y, arm).p < 0.05)) > 0.25


def test_donors_as_their_own_controls_are_compared_within():
    rng = np.random.default_rng(5)
    donor, arm = np.repeat(np.arange(5), 8), np.arange(40) % 2
    y = 5.0 * rng.normal(size=(500, 5))[:, donor] + rng.normal(size=(500, 40))
    found = donor_mixed(y, arm, {"donor": donor}).effect
    np.testing.assert_allclose(found.df[:, 0], 40 - 5 - 1, rtol=0.05)
    assert near(float(np.mean(found.p < 0.05)), 0.05, 500)


def test_bits_are_a_replicates_own():
    y, arm, donor = sample(6, 1000, 8, 6)
    y[np.random.default_rng(6).random(y.shape) < 0.1] = np.nan
    y[3] = np.nan
    factors = {"donor": donor, "cage": np.arange(48) // 3}
    whole = donor_mixed(y, arm, factors)
    for place in (0, 3, 500, 999):
        one = donor_mixed(y[place : place + 1], arm, factors)
        alone(one.effect, whole.effect, place)
        np.testing.assert_array_equal(one.icc[0], whole.icc[place])


def test_a_component_that_is_held_leaves_the_others_their_information():
    full = np.array([[[4.0, 1.0], [1.0, 3.0]]])
    np.testing.assert_array_equal(without(full, np.array([[True, False]])), [[[1.0, 0.0], [0.0, 3.0]]])


def test_what_cannot_be_had_is_refused_or_missing():
    y, arm, donor = sample(7, 5, 6, 4)
    y[1, arm == 1] = np.nan
    y[2, donor > 1] = np.nan
    y[3] = donor.astype(float)
    y[4] = np.nan
    found = donor_mixed(y, arm, {"donor": donor})
    few = Status.TOO_FEW
    assert found.effect.status[:, 0].tolist() == [0, few, few, Status.NO_VARIANCE, few]
    assert np.isnan(found.effect.p[1:]).all() and np.isnan(found.icc[1:]).all()
    for factors, said in (
        ({"donor": donor, "cage": donor + 10}, "cage groups the animals as donor"),
        ({"donor": np.arange(24)}, "each animal"),
        ({}, "donor first"),
        ({"donor": donor[:-1]}, "shape"),
    ):
        with pytest.raises(InvalidInput, match=said):
            donor_mixed(y, arm, factors)
    with pytest.raises(InvalidInput, match="same in all replicates"):
        donor_mixed(y, np.stack([arm, arm, 1 - arm, arm, arm]), {"donor": donor})
