"""Trials made up for tests: known effects, known covariances."""

from __future__ import annotations

import numpy as np


def covariance(visits: int, rho: float = 0.7) -> np.ndarray:
    """Variances that grow, correlations that fade with the distance."""
    sd = np.linspace(1.0, 2.0, visits)
    return sd[:, None] * sd * rho ** np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))


def trial(seed, replicates=4, subjects=40, visits=3, arms=2, effect=0.0, dropout=0.1, gaps=0.0):
    """values f8[replicate, subject, visit] with NaN after dropout at random by the last value seen, arm, baseline."""
    rng = np.random.default_rng(seed)
    arm = np.arange(subjects) % arms
    baseline = rng.normal(6.0, 1.0, (replicates, subjects))
    root = np.linalg.cholesky(covariance(visits))
    values = rng.normal(size=(replicates, subjects, visits)) @ root.T + 0.5 * baseline[..., None]
    values = values + effect * arm[:, None] * np.linspace(0.0, 1.0, visits + 1)[1:]
    for visit in range(1, visits):  # missing at random: who is worse at the visit before leaves more often
        worse = values[:, :, visit - 1] > 3.0
        leaves = rng.random((replicates, subjects)) < dropout * np.where(worse, 1.5, 0.5)
        leaves |= np.isnan(values[:, :, visit - 1])
        values[:, :, visit] = np.where(leaves, np.nan, values[:, :, visit])
    if gaps:
        values = np.where(rng.random(values.shape) < gaps, np.nan, values)
    return values, arm, baseline


def alone(found, whole, place):
    """Assert that a result of one replicate has the bits it has in its batch."""
    for name in ("effect", "se", "df", "t", "p", "lo", "hi", "n", "status"):
        np.testing.assert_array_equal(getattr(found, name)[0], getattr(whole, name)[place], err_msg=name)


def near(share: float, expected: float, trials: int, width: float = 4.0) -> bool:
    """Whether a share lies within the Monte Carlo error of what is expected."""
    return abs(share - expected) < width * np.sqrt(expected * (1.0 - expected) / trials)
