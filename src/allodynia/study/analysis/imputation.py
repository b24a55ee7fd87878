"""Missing values filled in many times: at random, or as the reference arm; and carried forward once, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri, ndtri

from allodynia.cohort.philox import Key, open_unit, philox, stream_key
from allodynia.errors import InvalidInput, unknown
from allodynia.study.analysis import layout
from allodynia.study.analysis.batched import cholesky
from allodynia.study.analysis.status import Codes, Status

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]

Method = Literal["missing_at_random", "jump_to_reference", "copy_reference"]


@dataclass(frozen=True, slots=True)
class Imputed:
    """Completed values f8[replicate, imputation, subject, visit], and a status int8[replicate].

    TOO_FEW where an arm has no more values at a visit than its regression has terms, SINGULAR where earlier visits
    follow from each other; what could not be filled stays NaN. ``gaps`` int[replicate] counts values that were missing
    before a later one that is there.
    """

    values: F8
    status: Codes
    gaps: I8


class _Draw(NamedTuple):
    """A regression drawn from its posterior: f8[replicate, imputation], the slopes with a last axis for predictors."""

    intercept: F8
    slopes: F8
    sd: F8


def impute(
    values: ArrayLike,
    arm: ArrayLike,
    baseline: ArrayLike,
    *,
    seed: int,
    imputations: int = 20,
    method: Method = "missing_at_random",
    arms: int | None = None,
    first: int = 0,
) -> Imputed:
    """Fill in missing values visit by visit from normal regressions on baseline and all earlier visits, within arms.

    Parameters
    ----------
    values
        f8[replicate, subject, visit], NaN missing.
    arm
        int[subject] or int[replicate, subject]: 0 the control and reference, -1 not filled in.
    baseline
        f8[replicate, subject]; a subject without it is not filled in.
    seed
        Of the draws. Those of a replicate depend on ``seed`` and its number ``first`` + place only.
    imputations
        How many completed data sets.
    method
        ``missing_at_random``: from the subject's own arm. ``jump_to_reference``: after dropout the mean is that of the
        control, while what a subject deviated from its own arm before carries on; ``copy_reference``: as if the subject
        had been in the control all along, so that a better past fades away. Gaps before the last value are filled from
        the own arm under each.
    arms
        How many arms there are, where a batch may lack the last.
    first
        Number of the first replicate.

    Returns
    -------
    Imputed
        The memory is replicates x imputations x subjects x visits doubles: give blocks of replicates with ``first``.

    Raises
    ------
    InvalidInput
        Shapes that do not fit, fewer than two imputations, an unknown method.

    Notes
    -----
    Where missing values are monotone, the draws are from the exact posterior with the usual uninformative prior: the
    variance RSS / chi-squared, the coefficients normal around least squares (Rubin 1987, ch. 5; no Markov chain). A gap
    is drawn given earlier visits alone, which is valid but uses less than there is. Reference-based means: Carpenter,
    Roger and Kenward 2013, J. Biopharm. Stat. 23:1352; Rubin's variance is then information-anchored (Cro et al. 2019,
    J. R. Stat. Soc. A 182:623), that is larger than over repeated trials.
    """
    y = layout.values(values, "values", 3)
    shape = y.shape[:2]
    before = layout.values(baseline, "baseline", 2)
    if before.shape != shape:
        raise InvalidInput(f"baseline has the shape {before.shape}, subjects {shape}")
    if method not in get_args(Method):
        raise unknown("imputation method", method, get_args(Method))
    if imputations < 2:
        raise InvalidInput(f"{imputations} imputations: two at least are needed to see how they differ")
    group, found = layout.arms(arm, shape)
    count = layout.number_of_arms(found, arms)
    known = (group != layout.NOT_IN) & ~np.isnan(before)
    dropped = _dropout(y)
    gap = np.isnan(y) & (np.arange(y.shape[2]) < dropped[:, :, None]) & known[:, :, None]
    gaps = gap.sum(axis=(1, 2))
    out = np.repeat(y[:, None], imputations, axis=1)
    few = np.zeros(shape[0], bool)
    # Without gaps every imputation sees the same predictors, and one fit serves all.
    for rows, wide in ((gaps == 0, 1), (gaps > 0, imputations)):
        place = np.flatnonzero(rows)
        if len(place):
            work = _Work(y[place], group[place], np.where(known, before, np.nan)[place], dropped[place], count)
            work.numbers, work.imputations, work.wide = first + place, imputations, wide
            work.key, work.method = stream_key(seed, "analysis", "imputation"), method
            out[place], few[place] = work.run()
    codes: Codes = np.full(shape[0], Status.ESTIMATED, np.int8)
    left = (np.isnan(out).any(axis=(1, 3)) & known).any(axis=1)
    codes[left] = Status.SINGULAR
    codes[left & few] = Status.TOO_FEW
    return Imputed(out, codes, gaps)


def _dropout(y: F8) -> I8:
    """The first visit after the last one seen, int[replicate, subject]; 0 where none is."""
    seen = ~np.isnan(y)
    return np.where(seen.any(axis=2), y.shape[2] - seen[:, :, ::-1].argmax(axis=2), 0)


class _Work:
    """Replicates that are filled in together."""

    numbers: I8
    imputations: int
    wide: int
    key: Key
    method: Method

    def __init__(self, y: F8, group: I8, baseline: F8, dropped: I8, count: int) -> None:
        self.y, self.group, self.baseline, self.dropped, self.count = y, group, baseline, dropped, count

    def run(self) -> tuple[F8, NDArray[np.bool_]]:
        """Completed values, and which replicates had too few values for a regression."""
        replicates, subjects, visits = self.y.shape
        whole = np.repeat(self.y[:, None], self.imputations, axis=1)
        few = np.zeros(replicates, bool)
        base = self.baseline[:, None, :, None]
        past = np.broadcast_to(base, (replicates, self.imputations, subjects, 1))
        # What every arm expects of every subject given its baseline, in each imputation.
        means = np.empty((self.count, replicates, self.imputations, subjects, visits + 1))
        means[..., 0] = past[..., 0]
        for visit in range(visits):
            draws = []
            for k in range(self.count):
                draw, lacking = self._fit(past, visit, k)
                few |= lacking
                draws.append(draw)
                means[k, ..., visit + 1] = self._predict(draw, means[k, ..., : visit + 1])
            missing = np.isnan(self.y[:, :, visit]) & ~np.isnan(self.baseline)
            noise = self._normal(visit, missing)
            for k in range(self.count):
                own = missing & (self.group == k)
                after = own & (visit >= self.dropped)
                filled = self._predict(draws[k], past) + draws[k].sd[..., None] * noise
                if self.method != "missing_at_random" and k:
                    filled = np.where(after[:, None], self._reference(draws[0], past, means, visit, k, noise), filled)
                whole[..., visit] = np.where(own[:, None], filled, whole[..., visit])
            past = np.concatenate([past, whole[..., visit : visit + 1]], axis=3)
        return whole, few

    def _reference(self, draw: _Draw, past: F8, means: F8, visit: int, k: int, noise: F8) -> F8:
        """A value as the reference arm has it, given the past less what was expected of it."""
        place = np.arange(visit + 1)
        inside = (place[None, None] <= self.dropped[:, :, None]) & (self.method == "jump_to_reference")
        centre = np.where(inside[:, None], means[k, ..., : visit + 1], means[0, ..., : visit + 1])
        filled = means[0, ..., visit + 1] + self._slope(draw, past - centre)
        return filled + draw.sd[..., None] * noise

    def _fit(self, past: F8, visit: int, k: int) -> tuple[_Draw, NDArray[np.bool_]]:
        """The regression of a visit on the past in arm ``k``, drawn; and where there are too few values."""
        y = self.y[:, None, :, visit]
        here = ((self.group == k)[:, None] & ~np.isnan(y))[..., None]
        x = past[:, : self.wide]
        here = here & ~np.isnan(x).any(axis=3, keepdims=True)
        n = here.sum(axis=2)
        size = np.maximum(n, 1)
        centre = np.where(here, x, 0.0).sum(axis=2) / size
        middle = np.where(here[..., 0], y, 0.0).sum(axis=2) / size[..., 0]
        rows = np.where(here, x - centre[:, :, None], 0.0)
        target = np.where(here[..., 0], y - middle[..., None], 0.0)
        spread = np.sqrt((rows**2).sum(axis=2))
        scale = np.where(spread > 1e-12 * np.abs(centre) * np.sqrt(size), spread, 0.0)
        unit = np.where(scale > 0.0, scale, 1.0)
        rows = rows * np.where(scale > 0.0, 1.0 / unit, 0.0)[:, :, None]
        turned = np.swapaxes(rows, 2, 3)
        factor = cholesky(turned @ rows)
        # A pivot of rounding errors is none: that predictor follows from those before it.
        flat = np.isnan(factor[..., 0, 0]) | (np.diagonal(factor, axis1=2, axis2=3).min(axis=2) < 1e-6)
        root = np.linalg.inv(np.where(flat[..., None, None], np.eye(rows.shape[3]), factor))
        slopes = np.swapaxes(root, 2, 3) @ (root @ (turned @ target[..., None]))
        rest = target - (rows @ slopes)[..., 0]
        df = (n[..., 0] - rows.shape[3] - 1).astype(np.float64)
        lacking = df < 1.0
        bad = flat | lacking
        chance, normals = self._luck(visit, k, rows.shape[3] + 1)
        sd = np.sqrt((rest**2).sum(axis=2) / chdtri(np.maximum(df, 1.0), chance))
        sd = np.where(bad, np.nan, sd)
        drawn = slopes[..., 0] + sd[..., None] * (np.swapaxes(root, 2, 3) @ normals[..., 1:, None])[..., 0]
        drawn = drawn / unit
        top = middle + sd * normals[..., 0] / np.sqrt(size[..., 0])
        return _Draw(top - (drawn * centre).sum(axis=2), drawn, sd), lacking.any(axis=1)

    @staticmethod
    def _slope(draw: _Draw, past: F8) -> F8:
        return (past @ draw.slopes[..., None])[..., 0]

    def _predict(self, draw: _Draw, past: F8) -> F8:
        return draw.intercept[..., None] + self._slope(draw, past)

    def _luck(self, visit: int, k: int, size: int) -> tuple[F8, F8]:
        """A uniform number and ``size`` normal ones for the regression of a visit and arm, in every imputation."""
        number = self.numbers[:, None, None]
        many = np.arange(self.imputations)[None, :, None]
        words, _, other, _ = philox(self.key, number, many, np.arange(size), 1 + 2 * (visit * self.count + k))
        return open_unit(other)[..., 0], ndtri(open_unit(words))

    def _normal(self, visit: int, missing: NDArray[np.bool_]) -> F8:
        """A normal number for every missing value of a visit, f8[replicate, imputation, subject], 0 for the others."""
        replicate, subject = np.nonzero(missing)
        # A counter gives four words, for four imputations.
        fours = np.arange(-(-self.imputations // 4))
        words = philox(self.key, self.numbers[replicate][:, None], fours, subject[:, None], 2 * visit)
        drawn = np.stack(words, axis=2).reshape(len(subject), 4 * len(fours))[:, : self.imputations]
        out = np.zeros((len(missing), self.imputations, missing.shape[1]))
        out[replicate, :, subject] = ndtri(open_unit(drawn))
        return out


def last_carried_forward(values: ArrayLike, baseline: ArrayLike) -> F8:
    """Missing values f8[replicate, subject, visit] replaced by the last one seen, by the baseline where none is.

    A single imputation, named so that nobody takes it for more: it understates errors, and is biased unless people stay
    as they are when they leave (National Research Council 2010, ch. 4).
    """
    out = layout.values(values, "values", 3).copy()
    last = layout.values(baseline, "baseline", 2)
    for visit in range(out.shape[2]):
        last = np.where(np.isnan(out[:, :, visit]), last, out[:, :, visit])
        out[:, :, visit] = last
    return out


def baseline_carried_forward(values: ArrayLike, baseline: ArrayLike) -> F8:
    """Values f8[replicate, subject, visit] after the last one seen replaced by the baseline: leaving keeps no benefit.

    Gaps before a later value stay missing. A single imputation with the limits of :func:`last_carried_forward`.
    """
    y = layout.values(values, "values", 3)
    late = np.arange(y.shape[2]) >= _dropout(y)[:, :, None]
    return np.where(late, layout.values(baseline, "baseline", 2)[:, :, None], y)
