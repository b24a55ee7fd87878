"""ROC curves, their areas and how sure those are, and the sensitivity at a specificity."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort.distributions import Z_975

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]


class Interval(NamedTuple):
    """A number with its 95 % interval."""

    value: float
    lo: float
    hi: float


class Curve(NamedTuple):
    """An ROC curve: the share of others beyond each cut-off, and the share of the ill; both from 0 to 1."""

    alarms: F8
    found: F8


def curve(ill: F8, others: F8) -> Curve:
    """The ROC curve of scores, high ones speaking for the disease; one point a distinct score."""
    cuts = np.unique(np.concatenate([ill, others]))[::-1]
    beyond = [1.0 - np.searchsorted(np.sort(scores), cuts, side="left") / scores.size for scores in (ill, others)]
    return Curve(np.concatenate([[0.0], beyond[1]]), np.concatenate([[0.0], beyond[0]]))


def placements(ill: F8, others: F8) -> tuple[F8, F8]:
    """For each of the ill the share of others with a lower score, for each of the others the share of the ill with a
    higher one, ties counting half. The mean of either is the area.
    """

    def below(scores: F8, of: F8) -> F8:
        ordered = np.sort(of)
        ranks = [np.searchsorted(ordered, scores, side=side) for side in ("left", "right")]
        return np.asarray(0.5 * (ranks[0] + ranks[1]) / of.size)

    return below(ill, others), 1.0 - below(others, ill)


def area_interval(of_ill: F8, of_others: F8) -> Interval:
    """The area and its interval from placements (DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837), on the
    logit scale, so that it stays between 0 and 1.

    Of placements that were taken within folds of a cross-validation it is the interval of LeDell, Petersen and van der
    Laan (2015, Electron. J. Stat. 9:1583). Scores that do not overlap at all have no variance: then it is Newcombe's
    (2006, Stat. Med. 25:559), whose variance is that of the limit looked for.
    """
    m, n = of_ill.size, of_others.size
    value = float(of_ill.mean())
    variance = float(of_ill.var(ddof=1)) / m + float(of_others.var(ddof=1)) / n
    if 0.0 < value < 1.0 and variance > 0.0:
        logit, half = math.log(value / (1.0 - value)), Z_975 * math.sqrt(variance) / (value * (1.0 - value))
        lo, hi = (1.0 / (1.0 + math.exp(-min(max(logit + side * half, -700.0), 700.0))) for side in (-1.0, 1.0))
        return Interval(value, lo, hi)
    return Interval(value, _limit(value, -1.0, m, n), _limit(value, 1.0, m, n))


def _limit(value: float, side: float, m: int, n: int) -> float:
    """The area from which ``value`` lies 1.96 standard errors of its own away, by bisection."""
    inner, outer = value, 1.0 if side > 0.0 else 0.0
    for _ in range(60):
        middle = 0.5 * (inner + outer)
        if abs(value - middle) <= Z_975 * math.sqrt(area_variance(middle, m, n)):
            inner = middle
        else:
            outer = middle
    return 0.5 * (inner + outer)


def area_variance(area: float, ill: int, others: int) -> float:
    """The variance of an area of so many people, whatever the scores' shape (Hanley and McNeil 1982, Radiology 143:29,
    in Newcombe's form, in which both groups weigh alike).
    """
    middle = 0.5 * (ill + others) - 1.0
    inner = 1.0 + middle * (1.0 - area) / (2.0 - area) + middle * area / (1.0 + area)
    return area * (1.0 - area) * inner / (ill * others)


def beyond(ill: F8, others: F8, specificity: float) -> F8:
    """The share of scores ``ill`` f8[..., person] beyond the cut-off that leaves ``specificity`` of ``others`` on the
    other side, f8[...]; NaN where there is nobody in either group.
    """
    if not ill.shape[-1] or not others.shape[-1]:
        return np.full(ill.shape[:-1], np.nan)
    return np.asarray((ill > np.quantile(others, specificity, axis=-1)[..., None]).mean(axis=-1))


def sensitivity(ill: F8, others: F8, specificity: float, drawn: tuple[I8, I8]) -> Interval:
    """The share of the ill beyond the cut-off that leaves ``specificity`` of the others on the other side.

    The interval is that of a bootstrap in both groups, the cut-off found anew in every sample: ``drawn`` are the people
    in each, i8[sample, person].
    """
    value = float(beyond(ill, others, specificity))
    lo, hi = np.quantile(beyond(ill[drawn[0]], others[drawn[1]], specificity), [0.025, 0.975])
    return Interval(value, min(float(lo), value), max(float(hi), value))
