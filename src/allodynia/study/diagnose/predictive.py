"""What the result of a test means where so many have the disease: Bayes' theorem."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.errors import InvalidInput

F8 = NDArray[np.float64]
Z_95 = 1.959963984540054


def positive_value(sensitivity: ArrayLike, specificity: ArrayLike, prevalence: float) -> F8:
    """The chance that somebody with a positive result has the disease; NaN where nobody is positive."""
    true = np.asarray(sensitivity, dtype=np.float64) * prevalence
    false = (1.0 - np.asarray(specificity, dtype=np.float64)) * (1.0 - prevalence)
    with np.errstate(invalid="ignore"):
        return np.where(true + false > 0.0, true / np.maximum(true + false, 1e-300), np.nan)


def negative_value(sensitivity: ArrayLike, specificity: ArrayLike, prevalence: float) -> F8:
    """The chance that somebody with a negative result does not have the disease; NaN where nobody is negative."""
    return positive_value(specificity, sensitivity, 1.0 - prevalence)


class Value(NamedTuple):
    """A predictive value with its 95 % interval."""

    value: float
    lo: float
    hi: float


def predictive_values(
    positive_ill: int, ill: int, positive_others: int, others: int, prevalence: float
) -> tuple[Value, Value]:
    """Positive and negative predictive value where ``prevalence`` have the disease, from the counts of a study.

    Intervals are those of the logit (Mercaldo, Lau and Zhou 2007, Stat. Med. 26:2170), with half a person added to
    every count, so that a test without a false alarm does not get an interval of no width; the values themselves are of
    the counts as they are.
    """
    if not 0.0 < prevalence < 1.0:
        raise InvalidInput(f"prevalence: {prevalence:g} is not between 0 and 1")
    found = []
    for of in (positive_value, negative_value):
        value = float(of(positive_ill / ill, 1.0 - positive_others / others, prevalence))
        sure, alarm = (positive_ill + 0.5) / (ill + 1.0), (positive_others + 0.5) / (others + 1.0)
        smooth = float(of(sure, 1.0 - alarm, prevalence))
        if of is positive_value:
            spread = (1.0 - sure) / (sure * (ill + 1.0)) + (1.0 - alarm) / (alarm * (others + 1.0))
        else:
            spread = sure / ((1.0 - sure) * (ill + 1.0)) + alarm / ((1.0 - alarm) * (others + 1.0))
        logit, half = math.log(smooth / (1.0 - smooth)), Z_95 * math.sqrt(spread)
        lo, hi = (1.0 / (1.0 + math.exp(-(logit + side * half))) for side in (-1.0, 1.0))
        found.append(Value(value, min(lo, value), max(hi, value)))
    return found[0], found[1]
