"""Weights that turn a pool of people into one that looks as published: exponential tilting with a bound.

Of all weights (mean 1, none above ``cap``) under which the moments of the pool are near their goals, those are taken
that differ least from equal ones, by Kullback-Leibler divergence: entropy balancing (Hainmueller 2012, Political
Analysis 20:25) with the goals softened by their standard errors. The solution is w = min(exp(offset + multipliers .
u), cap), u being a person's moments less the goals in standard errors; so a handful of numbers weighs any further
person. Multipliers and offset minimise a smooth convex function, the dual:

    mean phi(offset + u . multipliers) - offset + |multipliers|² / (2 strength),    phi' = min(exp, cap)

``strength`` is how many people's worth the published numbers count: the larger, the nearer the moments come to their
goals, and the fewer people carry the weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.engine.elementary import exp, log_of

F8 = NDArray[np.float64]

CLOSE = 1e-5
"""Standard deviations of the pool within which every moment must balance."""

FLAT = 1e-12
"""Added to the curvature, which vanishes where all weights stand at the bound."""


class NoTilt(ArithmeticError):
    """The search for weights came to no end."""


@dataclass(frozen=True)
class Tilt:
    """``multipliers`` f8[moment], ``offset`` and ``cap`` of the weights."""

    multipliers: F8
    offset: float
    cap: float

    def weights(self, moments: F8) -> F8:
        """Weights f8[...] of people whose moments, less the goals and in standard errors, are f8[..., moment]."""
        total = np.full(moments.shape[:-1], self.offset)
        # Term by term: a matrix product rounds otherwise for other numbers of people, and who is taken hangs on it.
        for number, multiplier in enumerate(self.multipliers.tolist()):
            total = total + multiplier * moments[..., number]
        return exp(np.minimum(total, log_of(self.cap)))


def effective_size(weights: F8) -> float:
    """How many people of equal weight would know a mean as well: (sum w)² / sum w² (Kish 1965)."""
    total = float(weights.sum())
    return total**2 / float((weights**2).sum()) if total > 0.0 else 0.0


def solve_tilt(moments: F8, strength: float, cap: float, start: Tilt | None = None) -> Tilt:
    """The tilt of a pool.

    Parameters
    ----------
    moments
        f8[person, moment], less the goals and in standard errors.
    strength
        What the goals count against the evenness of weights.
    cap
        The largest weight, over the mean weight.
    start
        Where to begin, from a tilt that is near.

    Raises
    ------
    NoTilt
        The search did not come to an end, as where goals far beyond the pool count without end.
    """
    from scipy.optimize import minimize

    count, width = moments.shape
    if not cap > 1.0 or not strength > 0.0:
        raise ValueError("cap must be above 1 and strength above 0")
    top = log_of(cap)
    # Every moment in standard deviations of the pool about its mean, or the search would creep along a narrow valley.
    middle, size = moments.mean(axis=0), moments.std(axis=0)
    size = np.where(size > 0.0, size, 1.0)
    design = np.column_stack([np.ones(count), (moments - middle) / size])
    ridge = np.concatenate([[0.0], 1.0 / (strength * size**2)])
    shift = np.concatenate([[-1.0], middle / size])

    def parts(x: F8) -> tuple[float, F8]:
        t = design @ x
        below = np.minimum(t, top)
        weights = exp(below)
        value = float(np.mean(weights + cap * (t - below))) + float(shift @ x) + 0.5 * float(ridge @ x**2)
        return value, design.T @ weights / count + shift + ridge * x

    def curvature(x: F8) -> F8:
        t = design @ x
        weights = np.where(t < top, exp(np.minimum(t, top)), 0.0)
        return np.asarray((design * weights[:, None]).T @ design / count + np.diag(ridge + FLAT))

    first = np.zeros(width + 1)
    if start is not None:
        first[1:] = start.multipliers * size
        first[0] = start.offset + float(start.multipliers @ middle)
    found = minimize(
        parts, first, jac=True, hess=curvature, method="trust-exact", options={"gtol": 1e-9, "maxiter": 2000}
    )
    slope = float(np.abs(parts(found.x)[1]).max())
    if not slope < CLOSE:
        raise NoTilt(f"weights were not found: the moments are still {slope:.2g} SD off after {found.nit} steps")
    multipliers = found.x[1:] / size
    return Tilt(multipliers, float(found.x[0] - multipliers @ middle), cap)
