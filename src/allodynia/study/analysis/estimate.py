"""An estimate with what says how exact it is, over replicates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from allodynia.study.analysis.status import Codes, Status

F8 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """Effects of one analysis; all arrays share one shape whose first axis is the replicate.

    ``effect``, ``se``, ``lo`` and ``hi`` are in the unit of the values (or as the function says), ``df`` are degrees
    of freedom (infinite for a normal statistic), ``p`` is two-sided, ``n`` counts the subjects used. Where ``status``
    is not ESTIMATED, all but ``effect``, which stays where it is identified, are NaN; shares of responders are known
    where nobody responded, and keep everything under NO_EVENT.
    """

    effect: F8
    se: F8
    df: F8
    t: F8
    p: F8
    lo: F8
    hi: F8
    n: NDArray[np.int64]
    status: Codes


def by_student(effect: F8, se: F8, df: F8, n: NDArray[np.int64], status: Codes, level: float = 0.95) -> Estimate:
    """The t statistic, two-sided p and interval of coverage ``level`` from an effect, its standard error and df."""
    good = (status == Status.ESTIMATED) & (se > 0.0) & (df > 0.0)
    se, df = np.where(good, se, np.nan), np.where(good, df, np.nan)
    t = effect / se
    p = 2.0 * stdtr(df, -np.abs(t))
    half = se * stdtrit(df, 0.5 + 0.5 * level)
    known = (status == Status.ESTIMATED) | (status == Status.NO_VARIANCE)
    effect = np.where(known, effect, np.nan)
    return Estimate(effect, se, df, t, p, effect - half, effect + half, n, status)
