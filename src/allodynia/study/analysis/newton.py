"""The greatest restricted likelihood of every replicate: a few steps of EM, then Newton's method with halved steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.study.analysis.batched import inverse
from allodynia.study.analysis.covariance import Form, Unstructured
from allodynia.study.analysis.patterns import Patterns
from allodynia.study.analysis.reml import Evaluation, evaluate, information, vech

F8 = NDArray[np.float64]

_EM_STEPS = 4
_STEPS = 40
_ROUGH_STEPS = 8
"""Steps that leave out the costly term of the information; most replicates need no more."""
_DECREMENT = 1e-10
"""A step that promises less than this on the log-likelihood is the last."""
_HALVINGS = 12
_NEAR_SINGULAR = 1e-8
"""Least over greatest eigenvalue of the correlations below which the covariance lies on the edge."""


@dataclass(slots=True)
class Maximum:
    """Parameters f8[replicate, k] at the maximum, steps taken, and whether there is one."""

    theta: F8
    steps: NDArray[np.int64]
    converged: NDArray[np.bool_]


def maximise(data: Patterns, form: Form, variances: F8) -> Maximum:
    """The maximum in the parameters of ``form``, from variances f8[replicate, visit].

    Every replicate goes its own way and leaves when it is done; the others cannot change it.
    """
    theta = form.start(variances)
    if isinstance(form, Unstructured):
        theta = _em(data, form, theta)
    count = len(theta)
    out = Maximum(theta.copy(), np.zeros(count, np.int64), np.zeros(count, bool))
    active = np.arange(count)
    here, at = theta, evaluate(data, form.matrix(theta))
    part = data
    for number in range(_STEPS):
        step, gain = _direction(part, form, here, at, exact=number >= _ROUGH_STEPS)
        fine = ~np.isnan(gain)
        last = fine & (gain < _DECREMENT)
        moved, at, went = _search(part, form, here, at, step, fine)
        out.theta[active], out.converged[active] = moved, last
        out.steps[active] += 1
        going = np.flatnonzero(fine & went & ~last)
        if not len(going):
            break
        part, active, here = part.take(going), active[going], moved[going]
        at = evaluate(part, form.matrix(here)) if len(going) < len(fine) else at
    out.converged &= _inside(form.matrix(out.theta))
    return out


def _em(data: Patterns, form: Form, theta: F8) -> F8:
    """Steps of EM: S + 2 S G S / n with the gradient G never lowers the likelihood and never leaves its domain."""
    total = data.over(data.n)[:, None, None]
    for _ in range(_EM_STEPS):
        covariance = form.matrix(theta)
        found = covariance + 2.0 / total * (covariance @ evaluate(data, covariance).gradient @ covariance)
        row, column = np.tril_indices(found.shape[1])
        theta = found[:, row, column]
    return theta


def _direction(data: Patterns, form: Form, theta: F8, at: Evaluation, *, exact: bool) -> tuple[F8, F8]:
    """Newton's step, and what it promises on the log-likelihood; NaN where the likelihood is flat."""
    slope = form.slope(theta)
    turned = np.swapaxes(slope, 1, 2)
    gradient = (turned @ vech(at.gradient)[:, :, None])[:, :, 0]
    first = "observed" if isinstance(form, Unstructured) else "expected"
    found, _ = inverse(turned @ information(data, at, kind=first, exact=exact) @ slope)
    bad = np.isnan(found[:, 0, 0])
    if bad.any():
        # Far from the maximum the likelihood need not be concave; its mean curvature always is.
        mean, _ = inverse(turned @ information(data, at, kind="expected") @ slope)
        found = np.where(bad[:, None, None], mean, found)
    step = (found @ gradient[:, :, None])[:, :, 0]
    return step, 0.5 * (step * gradient).sum(axis=1)


def _search(
    data: Patterns, form: Form, theta: F8, at: Evaluation, step: F8, fine: NDArray[np.bool_]
) -> tuple[F8, Evaluation, NDArray[np.bool_]]:
    """The longest of step, step / 2, step / 4 ... that does not lower the likelihood; else the place itself."""
    factor = np.where(fine, 1.0, 0.0)
    worse: NDArray[np.bool_] = np.zeros(len(theta), bool)
    slack = 1e-9 + 1e-13 * np.abs(at.loglik)
    safe = np.where(fine[:, None], step, 0.0)
    for _ in range(_HALVINGS):
        moved = theta + factor[:, None] * safe
        new = evaluate(data, form.matrix(moved))
        worse = np.asarray(~(new.loglik >= at.loglik - slack) & (factor > 0.0))
        if not worse.any():
            return moved, new, fine & (factor > 0.0)
        factor = np.where(worse, 0.5 * factor, factor)
    factor = np.where(worse, 0.0, factor)
    moved = theta + factor[:, None] * safe
    return moved, evaluate(data, form.matrix(moved)), fine & (factor > 0.0)


def _inside(covariance: F8) -> NDArray[np.bool_]:
    """Whether the correlations are away from the edge at which the likelihood has no proper maximum."""
    sd = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    fine = np.asarray(np.isfinite(sd).all(axis=1) & (sd > 0.0).all(axis=1))
    safe = np.where(fine[:, None, None], covariance, np.eye(covariance.shape[1]))
    sd = np.where(fine[:, None], sd, 1.0)
    values = np.linalg.eigvalsh(safe / (sd[:, :, None] * sd[:, None, :]))
    return fine & (values[:, 0] > _NEAR_SINGULAR * values[:, -1])
