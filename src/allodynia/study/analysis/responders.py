"""Responder shares: their difference with Newcombe's interval, and the number needed to treat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from allodynia.errors import InvalidInput
from allodynia.study.analysis import layout
from allodynia.study.analysis.estimate import Estimate
from allodynia.study.analysis.status import Codes, Status

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counts:
    """Responders and subjects of every arm, int[replicate, arm]."""

    responders: I8
    subjects: I8


def fell_by(value: F8, baseline: F8, share: float) -> NDArray[np.bool_]:
    """Whether values lie at least ``share`` below their baseline; a missing one does not, nor one that began at 0."""
    # 0.7 x 10 is a little below 7 in doubles: a reading of exactly 30 % less is a response.
    return np.asarray((baseline > 0.0) & (value <= (1.0 - share + 1e-9) * baseline))


def responders(
    value: ArrayLike, baseline: ArrayLike, arm: ArrayLike, *, reduction: float = 0.3, arms: int | None = None
) -> Counts:
    """Count those whose value at the visit lies at least ``reduction`` (0.3: 30 %) below their baseline.

    ``value`` and ``baseline`` are f8[replicate, subject] on one scale whose 0 is no symptom; ``arm`` as in
    :func:`~allodynia.study.analysis.ancova.ancova`. A subject without a value (dropout) or with a baseline of 0 or less
    is a non-responder, as trials of pain count them (IMMPACT: Dworkin et al. 2008, J. Pain 9:105); one without a
    baseline is not counted at all. Raises InvalidInput for a reduction outside (0, 1] and shapes that do not fit.
    """
    if not 0.0 < reduction <= 1.0:
        raise InvalidInput(f"a responder reduction of {reduction}: give a share above 0 and at most 1, such as 0.3")
    after, before = layout.values(value, "value", 2), layout.values(baseline, "baseline", 2)
    if after.shape != before.shape:
        raise InvalidInput(f"value has the shape {after.shape}, baseline {before.shape}")
    group, found = layout.arms(arm, after.shape)
    count = layout.number_of_arms(found, arms)
    met = fell_by(after, before, reduction)
    known = ~np.isnan(before)
    inside = [known & (group == k) for k in range(count)]
    return Counts(
        np.stack([(one & met).sum(axis=1) for one in inside], axis=1),
        np.stack([one.sum(axis=1) for one in inside], axis=1),
    )


def share_difference(counts: Counts, *, level: float = 0.95) -> Estimate:
    """Share of responders in every arm less that of the control, f8[replicate, arm - 1], dimensionless.

    The interval is Newcombe's hybrid of Wilson scores without continuity correction (Newcombe 1998, Stat. Med. 17:873,
    method 10); ``t`` is the z statistic with pooled variance and ``p`` its two-sided value, whose square is Pearson's
    chi-squared; ``se`` is the unpooled one. TOO_FEW where an arm or the control is empty; NO_EVENT (effect 0, interval
    kept, p 1) cannot mislead: it says that nobody responded in either arm. Where everybody responds in both, p is 1.
    """
    x, n = counts.responders.astype(np.float64), counts.subjects.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = x / n
        lo, hi = wilson(x, n, level)
        effect = share[:, 1:] - share[:, :1]
        below = np.sqrt((share[:, 1:] - lo[:, 1:]) ** 2 + (hi[:, :1] - share[:, :1]) ** 2)
        above = np.sqrt((hi[:, 1:] - share[:, 1:]) ** 2 + (share[:, :1] - lo[:, :1]) ** 2)
        unit = share * (1.0 - share) / n
        se = np.sqrt(unit[:, 1:] + unit[:, :1])
        pooled = (x[:, 1:] + x[:, :1]) / (n[:, 1:] + n[:, :1])
        z = effect / np.sqrt(pooled * (1.0 - pooled) * (1.0 / n[:, 1:] + 1.0 / n[:, :1]))
        z = np.where((pooled == 0.0) | (pooled == 1.0), 0.0, z)
    codes: Codes = np.full(effect.shape, Status.ESTIMATED, np.int8)
    codes[pooled == 0.0] = Status.NO_EVENT
    empty = (n[:, 1:] == 0.0) | (n[:, :1] == 0.0)
    codes[empty] = Status.TOO_FEW
    used = counts.subjects[:, 1:] + counts.subjects[:, :1]
    gone = np.where(empty, np.nan, 0.0)
    p = 2.0 * ndtr(-np.abs(z))
    df = np.where(empty, np.nan, np.inf)
    return Estimate(
        effect + gone, se + gone, df, z + gone, p + gone, effect - below + gone, effect + above + gone, used, codes
    )


def wilson(x: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[F8, F8]:
    """Wilson's score interval of ``x`` in ``n``, of any one shape; NaN where n is 0. Wilson 1927, JASA 22:209."""
    events, trials = np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64)
    z = ndtri(0.5 + 0.5 * level)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = events / trials
        middle = (share + z * z / (2.0 * trials)) / (1.0 + z * z / trials)
        half = z / (1.0 + z * z / trials) * np.sqrt(share * (1.0 - share) / trials + z * z / (4.0 * trials**2))
    # At 0 and n the limits are 0 and 1 exactly, which rounding misses by a bit.
    return np.where(share == 0.0, 0.0, middle - half), np.where(share == 1.0, 1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Nnt:
    """Numbers needed to treat, of one shape.

    ``nnt`` is 1 over the difference of shares: above 0 to benefit, below 0 to harm, infinite where the shares are the
    same. Where ``through_infinity`` the interval of the difference holds 0, and that of the number needed to treat runs
    from ``benefit`` up through infinity to ``harm``: it is two pieces, benefit to infinity and harm to infinity, not
    what lies between. Otherwise ``benefit`` (both limits benefit) or ``harm`` is NaN as said in :func:`nnt`.
    """

    nnt: F8
    lo: F8
    hi: F8
    benefit: F8
    harm: F8
    through_infinity: NDArray[np.bool_]


def nnt(effect: ArrayLike, low: ArrayLike, high: ArrayLike) -> Nnt:
    """Numbers needed to treat from a difference of shares with its limits (:func:`share_difference`), of any shape.

    Where the difference is significant, ``lo`` and ``hi`` are its two limits in ascending order, both benefit (> 0) or
    both harm (< 0), and ``benefit`` and ``harm`` are NaN. Where it is not, ``lo`` and ``hi`` are NaN, ``benefit`` is
    the least number needed to treat for one to benefit and ``harm`` the least for one to be harmed (both positive;
    infinite where that limit of the difference is 0). Altman 1998, BMJ 317:1309.
    """
    mean, least, most = (np.asarray(one, dtype=np.float64) for one in (effect, low, high))
    through = (least <= 0.0) & (most >= 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = np.where(mean == 0.0, np.inf, 1.0 / mean)
        lo = np.where(through, np.nan, 1.0 / most)
        hi = np.where(through, np.nan, 1.0 / least)
        benefit = np.where(through, np.where(most == 0.0, np.inf, 1.0 / most), np.nan)
        harm = np.where(through, np.where(least == 0.0, np.inf, -1.0 / least), np.nan)
    return Nnt(middle, lo, hi, benefit, harm, through)
