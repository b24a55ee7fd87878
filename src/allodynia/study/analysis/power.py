"""Power, and how many subjects a trial needs, from replicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from allodynia.cohort.philox import open_unit, philox, stream_key
from allodynia.errors import InvalidInput
from allodynia.study.analysis import layout
from allodynia.study.analysis.responders import wilson

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]

Better = Literal["lower", "higher", "either"]


@dataclass(frozen=True, slots=True)
class Power:
    """A share of replicates that show the effect, with its Monte Carlo interval; floats or arrays of one shape.

    ``failed`` counts replicates whose analysis gave no result; they are in ``replicates`` and show nothing.
    """

    power: F8
    lo: F8
    hi: F8
    replicates: I8
    failed: I8


def power(
    p: ArrayLike, effect: ArrayLike, *, better: Better, alpha: float = 0.05, level: float = 0.95, axis: int = 0
) -> Power:
    """The share of replicates with two-sided ``p`` below ``alpha`` and an effect in the direction that is ``better``.

    ``p`` and ``effect`` are arrays of one shape with the replicates on ``axis``; the result has the other axes. A
    replicate without a result (NaN) did not show the effect: leaving it out would reward designs whose analysis fails.
    Where each replicate has a draw of its own of what the model leaves uncertain, the share is the assurance (O'Hagan
    et al. 2005, Pharm. Stat. 4:187). The interval is Wilson's. Raises InvalidInput for another shape, ``alpha`` or
    ``better``.
    """
    ps, effects = np.asarray(p, dtype=np.float64), np.asarray(effect, dtype=np.float64)
    if ps.shape != effects.shape:
        raise InvalidInput(f"p has the shape {ps.shape}, effect {effects.shape}")
    if not 0.0 < alpha < 1.0:
        raise InvalidInput(f"alpha {alpha}: give a level between 0 and 1, such as 0.05")
    match better:
        case "lower":
            right = effects < 0.0
        case "higher":
            right = effects > 0.0
        case "either":
            right = np.ones(effects.shape, bool)
        case _:
            raise InvalidInput(f"better {better!r}: give 'lower', 'higher' or 'either'")
    shown = ((ps < alpha) & right).sum(axis=axis)
    total = np.full(shown.shape, ps.shape[axis], np.int64)
    lo, hi = wilson(shown, total, level)
    with np.errstate(invalid="ignore"):
        share = shown / np.where(total > 0, total, np.nan)
    return Power(share, lo, hi, total, np.isnan(ps).sum(axis=axis))


def subsample(arm: ArrayLike, replicates: int, size: int, *, seed: int, first: int = 0) -> I8:
    """A trial of ``size`` subjects an arm drawn from a larger one without replacement: arms int[replicate, subject], -1
    for those left out.

    ``arm`` is int[subject] or int[replicate, subject]; ``first`` is the number of the first replicate, so that a
    replicate's draw depends on its number and the seed only. Smaller sizes draw subsets of larger ones: the curve over
    sizes is smooth for the same replicates. Raises InvalidInput where an arm has fewer than ``size``.
    """
    given = np.asarray(arm)
    subjects = given.shape[-1]
    group, count = layout.arms(given, (replicates, subjects))
    key = stream_key(seed, "analysis", "subsample")
    number = (first + np.arange(replicates))[:, None]
    luck = open_unit(philox(key, number, np.arange(subjects)[None, :])[0])
    out = np.full(group.shape, layout.NOT_IN, np.int64)
    for k in range(count):
        inside = group == k
        least = int(inside.sum(axis=1).min(initial=subjects))
        if size < 1 or least < size:
            raise InvalidInput(f"{size} subjects of arm {k}, which has {least}: simulate a larger trial")
        rank = np.argsort(np.argsort(np.where(inside, luck, 2.0), axis=1, kind="stable"), axis=1, kind="stable")
        out[inside & (rank < size)] = k
    return out


def scaled_power(
    effect: ArrayLike, se: ArrayLike, size: float, sizes: ArrayLike, *, alpha: float = 0.05, better: Better = "either"
) -> F8:
    """Power f8[size] of trials of other sizes, by the normal law, from effects and standard errors f8[replicate] of
    trials with ``size`` subjects an arm.

    The standard error goes with one over the root of the size and the true effect is the mean over the replicates; an
    effect in the direction that is ``better`` counts, with ``either`` one in the direction of that mean. For sizes near
    or beyond the simulated one; subsampling (:func:`subsample`) takes no law for granted but cannot go beyond.
    """
    effects, errors = np.asarray(effect, dtype=np.float64), np.asarray(se, dtype=np.float64)
    here = ~np.isnan(effects) & ~np.isnan(errors)
    wanted = np.asarray(sizes, dtype=np.float64)
    if not here.any() or not size > 0:
        return np.full(wanted.shape, np.nan)
    mean = float(effects[here].mean())
    z = {"lower": -mean, "higher": mean, "either": abs(mean)}[better] / float(np.sqrt((errors[here] ** 2).mean()))
    return np.asarray(ndtr(z * np.sqrt(wanted / size) - ndtri(1.0 - 0.5 * alpha)))


@dataclass(frozen=True, slots=True)
class SampleSize:
    """The least number an arm for a power that was asked; NaN where the curve does not say.

    ``lo`` and ``hi`` bound it by Monte Carlo error (infinite where the curve may never reach the power); ``beyond``
    where it lies outside the sizes that were tried, and so rests on the shape of the curve.
    """

    size: float
    lo: float
    hi: float
    beyond: bool


def least_size(sizes: ArrayLike, curve: Power, wanted: float = 0.8, *, level: float = 0.95) -> SampleSize:
    """Where the power curve reaches ``wanted``: probit(power) = a + b sqrt(size) fitted by weights and solved.

    The line is exact for a normal statistic of constant effect (a = -z). Points with power 0 or 1 enter with half a
    replicate added. The interval is Fieller's (1954, J. R. Stat. Soc. B 16:175). Sizes tried on the same replicates
    depend on each other, which the interval does not know: it is then somewhat too wide for a slope and too narrow for
    a level. Raises InvalidInput for fewer than two sizes or a power outside (0, 1).
    """
    n, share = np.asarray(sizes, dtype=np.float64), np.asarray(curve.power, dtype=np.float64)
    if n.ndim != 1 or n.shape != share.shape or len(np.unique(n)) < 2 or not (n > 0.0).all():
        raise InvalidInput("a power curve needs at least two sizes above 0, and a power for each")
    if not 0.0 < wanted < 1.0:
        raise InvalidInput(f"a power of {wanted}: give a share between 0 and 1, such as 0.8")
    total = np.asarray(curve.replicates, dtype=np.float64)
    kept = (share * total + 0.5) / (total + 1.0)
    y, x, target = ndtri(kept), np.sqrt(n), float(ndtri(wanted))
    density = np.exp(-0.5 * y * y) / np.sqrt(2.0 * np.pi)
    weight = total * density**2 / (kept * (1.0 - kept))
    design = np.stack([np.ones_like(x), x], axis=1)
    cov = np.linalg.inv(design.T @ (weight[:, None] * design))
    a, b = cov @ (design.T @ (weight * y))
    z = float(ndtri(0.5 + 0.5 * level))
    # Fieller: the roots x at which (a + b x - target)^2 = z^2 Var(a + b x).
    square = b * b - z * z * cov[1, 1]
    middle = (a - target) * b - z * z * cov[0, 1]
    rest = (a - target) ** 2 - z * z * cov[0, 0]
    if not b > 0.0:
        return SampleSize(float("nan"), float("nan"), float("inf"), True)
    size = max((target - a) / b, 0.0) ** 2
    if not square > 0.0:
        return SampleSize(size, float("nan"), float("inf"), not n.min() <= size <= n.max())
    root = np.sqrt(max(middle * middle - square * rest, 0.0))
    lo, hi = (max((-middle + sign * root) / square, 0.0) ** 2 for sign in (-1.0, 1.0))
    return SampleSize(float(size), float(lo), float(hi), bool(not n.min() <= size <= n.max()))
