"""What a table says of a distribution is what is drawn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from allodynia.cohort import read_distribution
from allodynia.cohort.philox import stream_key, uniforms
from allodynia.errors import InvalidInput, Where

N = 200_000
U, CHOOSER = uniforms(stream_key(11, "test"), np.arange(N))


def drawn(data, centre=1.0):
    return read_distribution(data).quantile(np.full(N, centre), U, CHOOSER)


@pytest.mark.parametrize("cv", [0.1, 0.3, 1.0])
def test_lognormal_by_cv_has_that_cv_and_the_centre_as_median(cv):
    x = drawn({"lognormal": {"cv": cv}}, 5.0)
    assert np.median(x) == pytest.approx(5.0, rel=0.01)
    assert x.std() / x.mean() == pytest.approx(cv, rel=0.03)
    assert x.mean() == pytest.approx(5.0 * math.sqrt(1 + cv * cv), rel=0.01)


def test_lognormal_by_factor_holds_95_percent_within_it():
    x = drawn({"lognormal": {"factor": 2}}, 3.0)
    assert np.mean((x > 1.5) & (x < 6.0)) == pytest.approx(0.95, abs=0.003)
    assert np.mean(x <= 1.5) == pytest.approx(0.025, abs=0.002)


@pytest.mark.parametrize(
    ("data", "law"),
    [
        ({"normal": {"sd": 2.0}}, stats.norm(1, 2)),
        ({"normal": {"cv": 0.5}}, stats.norm(1, 0.5)),
        ({"normal": {"sd": 1.0, "lower": 0}}, stats.truncnorm(-1, np.inf, 1, 1)),
        ({"beta": {"a": 2, "b": 5}}, stats.beta(2, 5)),
        ({"beta": [2, 5, -1, 3]}, stats.beta(2, 5, -1, 4)),
        ({"uniform": [2, 6]}, stats.uniform(2, 4)),
        ({"lognormal": {"sd": 0.7}}, stats.lognorm(0.7)),
        ({"heavy_tail": {"sd": 0.3}}, None),
    ],
)
def test_values_follow_the_law(data, law):
    part = 5000
    x = read_distribution(data).quantile(np.ones(part), U[:part], CHOOSER[:part])
    if law is None:
        x, law = np.log(x) / 0.3, stats.t(2)
    assert stats.kstest(x, law.cdf).pvalue > 1e-4


def test_bernoulli_and_share_have_their_shares():
    assert np.mean(drawn({"bernoulli": {"p": 0.3}}, 4.0) == 4.0) == pytest.approx(0.3, abs=0.005)
    some = drawn({"lognormal": {"cv": 0.1}, "share": 0.96, "otherwise": 0.0})
    assert np.mean(some == 0.0) == pytest.approx(0.04, abs=0.002)
    assert np.median(some[some > 0]) == pytest.approx(1.0, rel=0.01)


def test_mixture_draws_each_part_by_its_weight():
    x = drawn({"mixture": [{"weight": 3, "value": 10.0, "lognormal": {"cv": 0.1}}, {"weight": 1, "value": 0.5}]})
    assert np.mean(x == 0.5) == pytest.approx(0.25, abs=0.005)
    assert np.median(x[x != 0.5]) == pytest.approx(10.0, rel=0.01)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(1e-9, 1 - 1e-9), min_size=2, max_size=20), st.sampled_from(["cv", "factor"]))
def test_a_larger_uniform_never_gives_a_smaller_value(us, kind):
    u = np.sort(np.array(us))
    x = read_distribution({"lognormal": {kind: 1.5}}).quantile(np.ones(u.size), u, u)
    assert (np.diff(x) >= 0).all()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"lognormol": {"cv": 1}}, "unknown distribution 'lognormol'; did you mean 'lognormal'"),
        ({"lognormal": {"cw": 1}}, "unknown argument of lognormal 'cw'; did you mean 'cv'"),
        ({"lognormal": {"cv": -1}}, "cv must be a number of at least 0"),
        ({"lognormal": {"cv": math.nan}}, "cv must be a number, not nan"),
        ({"lognormal": {"cv": 1, "factor": 2}}, "give one of cv, factor"),
        ({"lognormal": {"factor": 0.5}}, "factor must be a number of at least 1"),
        ({"normal": {}}, "give one of sd and cv"),
        ({"uniform": [3, 1]}, "lower (3) must be below upper (1)"),
        ({"uniform": [1]}, "needs lower, upper"),
        ({"uniform": [1, 2, 3]}, "unknown argument of uniform"),
        ({"beta": {"a": 0, "b": 1}}, "a and b must be positive"),
        ({"bernoulli": {"p": 2}}, "p must lie in 0..1"),
        ({"mixture": []}, "a list of parts"),
        ({"mixture": [{"value": 1}]}, "weight must be a positive number"),
        ({"lognormal": {"cv": 0.1}, "share": 2}, "share must lie in 0..1"),
        ({"cv": 0.1, "sd": 1}, "one entry"),
        ("wide", "one entry"),
    ],
)
def test_mistakes_are_told_at_their_line(data, said):
    with pytest.raises(InvalidInput) as caught:
        read_distribution(data, Where("mouse.yaml", 12))
    assert str(caught.value).startswith("mouse.yaml:12: ")
    assert said in str(caught.value)


def test_nothing_varies_where_the_table_says_none():
    assert read_distribution("none") is None
    assert read_distribution(None) is None
