"""The intervals and tests that rest on Student's t, over arrays and leaving out what is missing."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

F8 = NDArray[np.float64]


class Interval(NamedTuple):
    """A mean with its interval and how many units it rests on; lo and hi are NaN when fewer than two units are
    there.
    """

    mean: float
    lo: float
    hi: float
    n: int


def mean_interval(units: ArrayLike, level: float = 0.95) -> Interval:
    """The t interval of the mean of independent units (donor means, or mice where no donor is shared); NaN units
    are left out.
    """
    values = np.asarray(units, dtype=np.float64).reshape(-1)
    values = values[~np.isnan(values)]
    n = values.size
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(values.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    half = float(stdtrit(n - 1.0, 0.5 + 0.5 * level)) * float(values.std(ddof=1)) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half, n)


def _moments(values: F8) -> tuple[F8, F8, F8]:
    """Count, mean and variance (n - 1) along the last axis, leaving NaN out; NaN where too few are left."""
    here = ~np.isnan(values)
    count = here.sum(axis=-1).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(here, values, 0.0).sum(axis=-1) / count
        spread = np.where(here, (values - mean[..., None]) ** 2, 0.0).sum(axis=-1)
        variance = np.where(count > 1.0, spread / (count - 1.0), np.nan)
    return count, mean, variance


def paired_less(after: ArrayLike, before: ArrayLike) -> F8:
    """One-sided p of the paired t test that ``after`` is below ``before``; mice on the last axis, any axes before it.

    All differences equal: p is 0 when they are negative, 1 when positive, 0.5 when nothing changed.
    """
    count, mean, variance = _moments(np.asarray(after, dtype=np.float64) - np.asarray(before, dtype=np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(variance > 0.0, mean / np.sqrt(variance / count), np.copysign(np.inf, mean))
        t = np.where((variance == 0.0) & (mean == 0.0), 0.0, t)
        t = np.where(np.isnan(variance), np.nan, t)
    return np.asarray(stdtr(np.where(count > 1.0, count - 1.0, np.nan), t))


def welch_less(first: ArrayLike, second: ArrayLike) -> F8:
    """One-sided p of Welch's t test that the mean of ``first`` is below that of ``second``; subjects on the last
    axis.
    """
    n1, m1, v1 = _moments(np.asarray(first, dtype=np.float64))
    n2, m2, v2 = _moments(np.asarray(second, dtype=np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        e1, e2 = v1 / n1, v2 / n2
        difference = m1 - m2
        t = np.where(e1 + e2 > 0.0, difference / np.sqrt(e1 + e2), np.copysign(np.inf, difference))
        t = np.where((e1 + e2 == 0.0) & (difference == 0.0), 0.0, t)
        t = np.where(np.isnan(e1 + e2), np.nan, t)
        freedom = (e1 + e2) ** 2 / (e1**2 / (n1 - 1.0) + e2**2 / (n2 - 1.0))
        freedom = np.where(e1 + e2 == 0.0, n1 + n2 - 2.0, freedom)
    return np.asarray(stdtr(freedom, t))
