"""The quantile of the Beta distribution: scipy's shares in the middle, exact laws far out, one number by itself."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betainc, betaln

from allodynia.cohort.beta import _log_beta, beta_quantile

SHAPES = st.floats(math.log(0.05), math.log(3000.0)).map(math.exp)


@settings(max_examples=200, deadline=None)
@given(SHAPES, SHAPES, st.lists(st.floats(1e-6, 1.0 - 1e-6), min_size=1, max_size=8))
def test_the_share_below_the_place_is_that_of_scipy(a, b, shares):
    """Not held against scipy's own places, which are off by 1e-10 here and there (a = b = 2.2, one half)."""
    u = np.array(shares)
    found = beta_quantile(a, b, u)
    assert np.all((found >= 0.0) & (found <= 1.0))
    below, above = found * (1.0 - 1e-12), np.minimum(found * (1.0 + 1e-12), 1.0)
    assert np.all(betainc(a, b, below) <= u * (1.0 + 1e-10))
    assert np.all(betainc(a, b, above) >= u * (1.0 - 1e-10))


@pytest.mark.parametrize("a", [0.3, 1.0, 7.0, 900.0])
def test_closed_forms_in_either_tail(a):
    u = np.concatenate([np.exp(-np.linspace(0.1, 80.0, 50)), 1.0 - np.exp(-np.linspace(1.0, 30.0, 50))])
    np.testing.assert_allclose(beta_quantile(a, 1.0, u), u ** (1.0 / a), rtol=1e-12)
    np.testing.assert_allclose(beta_quantile(1.0, a, u), -np.expm1(np.log1p(-u) / a), rtol=1e-11)


def test_far_out_where_others_stop():
    """By scipy's share of the place, as its own place is wrong by a thousandth there."""
    x = beta_quantile(20_000.0, 10.0, np.array([1e-250]))
    assert betainc(20_000.0, 10.0, x)[0] == pytest.approx(1e-250, rel=1e-6)

    narrow = beta_quantile(1e5, 1e5, np.array([3e-31]))
    assert betainc(1e5, 1e5, narrow)[0] == pytest.approx(3e-31, rel=1e-8)


@settings(max_examples=30, deadline=None)
@given(SHAPES, SHAPES, st.integers(1, 40))
def test_every_number_by_itself(a, b, count):
    u = np.random.default_rng(count).uniform(size=count)
    alone = np.concatenate([beta_quantile(a, b, one[None]) for one in u])
    assert alone.tobytes() == beta_quantile(a, b, u).tobytes()


@pytest.mark.parametrize(("a", "b"), [(0.01, 300.0), (2.0, 5.0), (1e5, 1e5), (0.5, 0.5)])
def test_the_beta_function_itself(a, b):
    assert _log_beta(a, b) == pytest.approx(betaln(a, b), rel=1e-13)
