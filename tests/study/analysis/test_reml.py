"""The likelihood of repeated measures and its derivatives from their definitions, for any pattern of gaps."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from allodynia.study.analysis.covariance import FORMS, pairs
from allodynia.study.analysis.patterns import gather
from allodynia.study.analysis.reml import evaluate, information, kenward_roger, variance_slope, vech


def whole(x, y, covariance):
    """The restricted log-likelihood of one replicate with the full matrices of all rows, and P, V's inverse, X, y."""
    n, visits = y.shape
    rows = ~np.isnan(y).reshape(-1)
    design = np.kron(x, np.eye(visits))[rows]
    v = np.kron(np.eye(n), covariance)[np.ix_(rows, rows)]
    target = y.reshape(-1)[rows]
    inverse = np.linalg.inv(v)
    cov = np.linalg.inv(design.T @ inverse @ design)
    p = inverse - inverse @ design @ cov @ design.T @ inverse
    loglik = -0.5 * (np.linalg.slogdet(v)[1] - np.linalg.slogdet(cov)[1] + target @ p @ target)
    return loglik, p, cov, design, inverse, target, rows


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(2, 3))
def test_likelihood_gradient_and_information_equal_their_definitions(seed, visits, terms):
    rng = np.random.default_rng(seed)
    n = 14
    x = np.concatenate([np.ones((2, n, 1)), rng.normal(size=(2, n, terms - 1))], axis=2)
    y = rng.normal(size=(2, n, visits))
    y[:, 5:] = np.where(rng.random((2, n - 5, visits)) < 0.3, np.nan, y[:, 5:])
    root = 0.4 * rng.normal(size=(2, visits, visits)) + 2.0 * np.eye(visits)
    covariance = root @ np.swapaxes(root, 1, 2)
    data = gather(x, y)
    at = evaluate(data, covariance)
    observed, expected = (information(data, at, kind=kind) for kind in ("observed", "expected"))
    slope = variance_slope(data, at, slice(0, terms))
    spread = np.linalg.inv(expected)
    added = kenward_roger(data, at, slice(0, terms), spread)
    row, column = pairs(visits)
    for k in range(2):
        loglik, p, cov, design, inverse, target, rows = whole(x[k], y[k], covariance[k])
        np.testing.assert_allclose(at.loglik[k], loglik, rtol=1e-9)
        np.testing.assert_allclose(at.cov[k], cov, rtol=1e-7, atol=1e-10)
        np.testing.assert_allclose(at.beta[k].reshape(-1), cov @ design.T @ inverse @ target, rtol=1e-7, atol=1e-9)
        turns = []
        for i, j in zip(row, column, strict=True):
            unit = np.zeros((visits, visits))
            unit[i, j] = unit[j, i] = 1.0
            turns.append(np.kron(np.eye(n), unit)[np.ix_(rows, rows)])
        gradient = [0.5 * (target @ p @ d @ p @ target - np.trace(p @ d)) for d in turns]
        np.testing.assert_allclose(vech(at.gradient)[k], gradient, rtol=1e-7, atol=1e-9)
        mean = np.array([[0.5 * np.trace(p @ d @ p @ e) for e in turns] for d in turns])
        pull = np.array([[target @ p @ d @ p @ e @ p @ target for e in turns] for d in turns])
        np.testing.assert_allclose(expected[k], mean, rtol=1e-6, atol=1e-8 * np.abs(mean).max())
        np.testing.assert_allclose(observed[k], pull - mean, rtol=1e-6, atol=1e-8 * np.abs(pull).max())
        change = np.array([np.diag(cov @ design.T @ inverse @ d @ inverse @ design @ cov) for d in turns])
        np.testing.assert_allclose(slope[k].reshape(-1, len(turns)).T, change, rtol=1e-6, atol=1e-9)
        pulls = [design.T @ inverse @ d @ inverse @ design for d in turns]
        wanted = np.zeros_like(cov)
        for a, d in enumerate(turns):
            for b, e in enumerate(turns):
                both = design.T @ inverse @ d @ inverse @ e @ inverse @ design
                wanted += 2.0 * spread[k, a, b] * cov @ (both - pulls[a] @ cov @ pulls[b]) @ cov
        np.testing.assert_allclose(added[k].reshape(-1), np.diag(wanted), rtol=1e-5, atol=1e-8)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(0, len(FORMS) - 1))
def test_slopes_of_every_form_are_those_of_its_matrix(seed, visits, place):
    form = FORMS[place]
    rng = np.random.default_rng(seed)
    theta = form.start(rng.uniform(0.5, 2.0, (1, visits)))
    theta = theta + 0.2 * rng.uniform(-1, 1, theta.shape)
    row, column = pairs(visits)
    step = 1e-6
    for k in range(theta.shape[1]):
        side = np.zeros_like(theta)
        side[0, k] = step
        numeric = (form.matrix(theta + side) - form.matrix(theta - side))[0] / (2 * step)
        np.testing.assert_allclose(form.slope(theta)[0, :, k], numeric[row, column], rtol=1e-5, atol=1e-8)
        bend = (form.slope(theta + side) - form.slope(theta - side))[0] / (2 * step)
        np.testing.assert_allclose(form.curvature(theta)[0, :, :, k], bend, rtol=1e-5, atol=1e-8)
