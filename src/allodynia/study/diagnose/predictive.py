"""What the result of a test means where so many have the disease: Bayes' theorem."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

F8 = NDArray[np.float64]


def positive_value(sensitivity: ArrayLike, specificity: ArrayLike, prevalence: float) -> F8:
    """The chance that somebody with a positive result has the disease; NaN where nobody is positive."""
    true = np.asarray(sensitivity, dtype=np.float64) * prevalence
    false = (1.0 - np.asarray(specificity, dtype=np.float64)) * (1.0 - prevalence)
    with np.errstate(invalid="ignore"):
        return np.where(true + false > 0.0, true / np.maximum(true + false, 1e-300), np.nan)


def negative_value(sensitivity: ArrayLike, specificity: ArrayLike, prevalence: float) -> F8:
    """The chance that somebody with a negative result does not have the disease; NaN where nobody is negative."""
    return positive_value(specificity, sensitivity, 1.0 - prevalence)
