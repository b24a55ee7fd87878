"""Logistic regression with a penalty on the weights, by Newton's method: small, and without another library, because
claims rest on it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]

ROUNDS = 50
CLOSE = 1e-10


def logistic(x: F8, ill: NDArray[np.bool_], penalty: float = 1.0) -> tuple[float, F8]:
    """Intercept and weights f8[reading] that minimise penalty |w|² / 2 - log-likelihood; the intercept is free.

    Both groups count alike, however many people are in each (as scikit-learn's ``class_weight="balanced"``).
    """
    n, k = x.shape
    weight = np.where(ill, 0.5 * n / max(int(ill.sum()), 1), 0.5 * n / max(int((~ill).sum()), 1))
    full = np.column_stack([np.ones(n), x])
    strain = np.diag(np.r_[0.0, np.full(k, penalty)])
    found = np.zeros(k + 1)
    for _ in range(ROUNDS):
        share = 0.5 * (1.0 + np.tanh(0.5 * (full @ found)))  # the logistic function, which does not overflow so
        slope = full.T @ (weight * (share - ill)) + strain @ found
        curve = (full * (weight * share * (1.0 - share))[:, None]).T @ full + strain
        step = np.linalg.solve(curve + 1e-12 * np.eye(k + 1), slope)
        found = found - step
        if np.abs(step).max() < CLOSE:
            break
    return float(found[0]), found[1:]
