"""Weights that turn a pool of people into one that looks as published: exponential tilting with a bound.

Of all weights (mean 1, none above ``cap``) under which the moments of the pool are near their goals, those are taken
that differ least from equal ones, by Kullback-Leibler divergence: entropy balancing (Hainmueller 2012, Political
Analysis 20:25) with the goals softened by their standard errors. The solution is w = min(exp(offset + multipliers .
u), cap), u being a person's moments less the goals in standard errors; so a handful of numbers weighs any further person.
Multipliers and offset minimise a smooth convex function, the dual:

    mean phi(offset + u . multipliers) - offset + |multipliers|² / (2 strength),    phi' = min(exp, cap)

``strength`` is how many people's worth the published numbers count: the larger, the nearer the moments come to their
goals, and the fewer people carry the weight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]


@dataclass(frozen=True)
class Tilt:
    """``multipliers`` f8[moment], ``offset`` and ``cap`` of the weights."""

    multipliers: F8
    offset: float
    cap: float

    def weights(self, moments: F8) -> F8:
        """Weights f8[...] of people whose moments, less the goals and in standard errors, are f8[..., moment]."""
        return np.exp(np.minimum(self.offset + moments @ self.multipliers, math.log(self.cap)))


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
    """
    from scipy.optimize import minimize

    count, width = moments.shape
    if not cap > 1.0 or not strength > 0.0:
        raise ValueError("cap must be above 1 and strength above 0")
    top = math.log(cap)
    design = np.column_stack([np.ones(count), moments])
    ridge = np.concatenate([[0.0], np.full(width, 1.0 / strength)])

    def parts(x: F8) -> tuple[float, F8]:
        t = design @ x
        below = np.minimum(t, top)
        weights = np.exp(below)
        value = float(np.mean(weights + cap * (t - below))) - float(x[0]) + 0.5 * float(ridge @ x**2)
        slope = design.T @ weights / count + ridge * x
        slope[0] -= 1.0
        return value, slope

    def curvature(x: F8) -> F8:
        t = design @ x
        weights = np.where(t < top, np.exp(np.minimum(t, top)), 0.0)
        found: F8 = (design * weights[:, None]).T @ design / count + np.diag(ridge)
        found[0, 0] += 1e-12
        return found

    first = np.zeros(width + 1) if start is None else np.concatenate([[start.offset], start.multipliers])
    found = minimize(
        parts, first, jac=True, hess=curvature, method="trust-exact", options={"gtol": 1e-10, "maxiter": 500}
    )
    return Tilt(np.asarray(found.x[1:], dtype=np.float64), float(found.x[0]), cap)
