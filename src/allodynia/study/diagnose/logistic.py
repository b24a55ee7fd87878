"""Logistic regression with a penalty on the weights, by Newton's method, for the statistics that claims rest on.

Scikit-learn's, which the tests of :mod:`allodynia.study.diagnose.panel` are weighed by, is an extra that who judges
claims need not have; and it takes ten times as long over the few readings of a few dozen people, which a
statistic weighs anew in every world and fold.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]

ROUNDS = 50
CLOSE = 1e-10
"""The last step of a weight."""

ROUNDING = 1e-9
"""Of the loss, over its size: by so much a step may seem to raise it."""


class NoWeights(ArithmeticError):
    """The search for weights came to no end."""


def logistic(x: F8, ill: NDArray[np.bool_], penalty: float = 1.0) -> tuple[float, F8]:
    """Intercept and weights f8[reading] that minimise penalty |w|² / 2 - log-likelihood; the intercept is free.

    Both groups count alike, however many people are in each (as scikit-learn's ``class_weight="balanced"``).

    Raises
    ------
    NoWeights
        The search did not come to an end.
    """
    n, k = x.shape
    weight = np.where(ill, 0.5 * n / max(int(ill.sum()), 1), 0.5 * n / max(int((~ill).sum()), 1))
    full = np.column_stack([np.ones(n), x])
    strain = np.diag(np.r_[0.0, np.full(k, penalty)])
    found = np.zeros(k + 1)

    def loss(at: F8) -> float:
        score = full @ at
        return float(weight @ (np.logaddexp(0.0, score) - ill * score) + 0.5 * at @ strain @ at)

    here = loss(found)
    for _ in range(ROUNDS):
        share = 0.5 * (1.0 + np.tanh(0.5 * (full @ found)))  # the logistic function, which does not overflow so
        slope = full.T @ (weight * (share - ill)) + strain @ found
        curve = (full * (weight * share * (1.0 - share))[:, None]).T @ full + strain
        step = np.linalg.solve(curve + 1e-12 * np.eye(k + 1), slope)
        # Far from the minimum a whole step can lead away from it: half as far, until it does not.
        for _ in range(ROUNDS):
            there = loss(found - step)
            if not there > here + ROUNDING * (1.0 + abs(here)):
                break
            step = 0.5 * step
        found, here = found - step, there
        if np.abs(step).max() < CLOSE:
            return float(found[0]), found[1:]
    raise NoWeights(f"weights of {k} readings of {n} people were not found in {ROUNDS} steps")
