"""Power by the number of people: smaller trials are taken out of those simulated, larger ones follow the normal law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from allodynia.study.analysis.power import Better, Power, SampleSize, least_size, power, scaled_power, subsample
from allodynia.study.statistics.student import mean_interval
from allodynia.study.trial.analyse import analyse, groups_of
from allodynia.study.trial.result import TrialResult, better

F8 = NDArray[np.float64]

SHARES = (0.25, 0.5, 0.75, 1.0)
LARGER = (1.5, 2.0, 3.0, 4.0)
LEAST = 6
"""People an arm below which nothing is analysed."""

WANTED = (0.8, 0.9)


@dataclass(frozen=True)
class SizePoint:
    """Power with ``size`` people an arm; ``simulated`` by taking people out, else by the normal law (no interval)."""

    size: int
    power: float
    lo: float
    hi: float
    simulated: bool


@dataclass(frozen=True)
class SizeCurve:
    """Power of the primary analysis by people an arm, and the least number for a power of 80 % and 90 %."""

    arm: str
    points: tuple[SizePoint, ...]
    least: dict[str, SampleSize]


def least_by_law(effect: F8, se: F8, size: float, share: float, wanted: Better, alpha: float) -> SampleSize:
    """Where the normal law (``scaled_power``) reaches ``share``; the interval is that of the mean effect."""
    known = ~np.isnan(effect) & ~np.isnan(se)
    sign, mean = -1.0 if wanted == "lower" else 1.0, mean_interval(effect[known])
    error, half = float(np.sqrt((se[known] ** 2).mean())) if known.any() else np.nan, 0.5 * (mean.hi - mean.lo)
    needed = float(ndtri(1.0 - 0.5 * alpha) + ndtri(share))
    ends = (sign * mean.mean + half, sign * mean.mean, sign * mean.mean - half)
    lo, best, hi = (size * (needed * error / end) ** 2 if end > 0.0 else np.inf for end in ends)
    return SampleSize(best, lo, hi, True)


def size_curve(result: TrialResult) -> SizeCurve | None:
    """The curve of the primary analysis' first arm; None where the arms are of unequal size.

    In a cross-over, sizes are of sequences.
    """
    trial, data = result.trial, result.data
    if len(set(trial.ratio)) > 1:
        return None
    one, found = trial.analyses[0], result.estimates[0]
    arm, column = one.arms[0], one.column(one.arms[0])
    alpha = 1.0 - trial.spec.analysis.level
    group = groups_of(data)
    least = min(int((group == k).sum(axis=1).min()) for k in range(len(trial.givings)))
    tried: list[tuple[int, Power]] = []
    points = []
    for share in SHARES:
        size = round(share * least)
        if size < LEAST:
            continue
        chosen = group if share == 1.0 else subsample(group, data.replicates, size, seed=result.seed)
        here = found if share == 1.0 else analyse(trial, data, one, chosen, seed=result.seed)
        got = power(here.p[:, column], here.effect[:, column], better=better(one), alpha=alpha)
        tried.append((size, got))
        points.append(SizePoint(size, float(got.power), float(got.lo), float(got.hi), True))
    larger = [round(times * least) for times in LARGER]
    effect, se, wanted = found.effect[:, column], found.se[:, column], better(one)
    law = scaled_power(effect, se, least, larger, alpha=alpha, better=wanted)
    points += [SizePoint(size, share, np.nan, np.nan, False) for size, share in zip(larger, law.tolist(), strict=True)]
    needed = {}
    if len(tried) > 1:
        sizes = [size for size, _ in tried]
        stacked = Power(*(np.array([getattr(got, name) for _, got in tried]) for name in Power.__dataclass_fields__))
        for share in WANTED:
            enough = least_size(sizes, stacked, share)
            if enough.beyond:  # a line through small powers says little of large ones
                enough = least_by_law(effect, se, least, share, wanted, alpha)
            needed[f"{100 * share:g} %"] = enough
    return SizeCurve(trial.arms[arm], tuple(points), needed)
