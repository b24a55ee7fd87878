"""Results of imputed data sets put together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.errors import InvalidInput
from allodynia.study.analysis import layout
from allodynia.study.analysis.ancova import ancova
from allodynia.study.analysis.estimate import Estimate, by_student
from allodynia.study.analysis.imputation import Method, impute
from allodynia.study.analysis.status import Codes, Status

F8 = NDArray[np.float64]

_PLACES = 4_000_000
"""Doubles of completed values held at a time."""


def pool(effect: ArrayLike, se: ArrayLike, df: ArrayLike, *, n: ArrayLike = 0, level: float = 0.95) -> Estimate:
    """Rubin's rules over the second axis: f8[replicate, imputation, ...] to f8[replicate, ...].

    The mean effect, with the variance W + (1 + 1 / m) B of m imputations (W the mean of squared ``se``, B the variance
    of ``effect``) and the df of Barnard and Rubin (1999, Biometrika 86:948) for complete-data ``df`` (infinite: those
    of Rubin 1987). ``n`` int[replicate, ...] is passed on. NOT_CONVERGED where any imputation lacks a result (leaving
    those out would favour data that can be analysed), NO_VARIANCE where the total variance is 0. Raises InvalidInput
    for fewer than two imputations.
    """
    effects, errors = np.asarray(effect, dtype=np.float64), np.asarray(se, dtype=np.float64)
    if effects.ndim < 2 or effects.shape[1] < 2 or errors.shape != effects.shape:
        raise InvalidInput("effects and standard errors have one shape: replicate, two or more imputations, ...")
    many = effects.shape[1]
    complete = np.broadcast_to(np.asarray(df, dtype=np.float64), effects.shape).mean(axis=1)
    middle = effects.mean(axis=1)
    within = (errors**2).mean(axis=1)
    between = ((effects - middle[:, None]) ** 2).sum(axis=1) / (many - 1.0)
    added = (1.0 + 1.0 / many) * between
    total = within + added
    with np.errstate(divide="ignore", invalid="ignore"):
        share = added / total
        old = (many - 1.0) / share**2
        factor = np.where(np.isinf(complete), 1.0, (complete + 1.0) / (complete + 3.0))
        seen = np.where(np.isinf(complete), np.inf, factor * complete * (1.0 - share))
        freedom = 1.0 / (1.0 / old + 1.0 / seen)
    codes: Codes = np.full(middle.shape, Status.ESTIMATED, np.int8)
    codes[total == 0.0] = Status.NO_VARIANCE
    codes[np.isnan(total)] = Status.NOT_CONVERGED
    used = np.broadcast_to(np.asarray(n, dtype=np.int64), middle.shape).copy()
    return by_student(middle, np.sqrt(total), freedom, used, codes, level)


def imputed_ancova(
    values: ArrayLike,
    arm: ArrayLike,
    baseline: ArrayLike,
    *,
    seed: int,
    visit: int = -1,
    imputations: int = 20,
    method: Method = "missing_at_random",
    arms: int | None = None,
    first: int = 0,
    level: float = 0.95,
) -> Estimate:
    """Analysis of covariance at ``visit`` of multiply imputed values, pooled by Rubin's rules: f8[replicate, arm - 1].

    Arguments as in :func:`~allodynia.study.analysis.imputation.impute`, ``visit`` the number of the visit. It works
    through blocks of replicates, so memory stays bounded, and a replicate's result depends on the seed and its
    number ``first`` + place only. The status of a replicate that could not be imputed is that of its imputation.
    """
    y = layout.values(values, "values", 3)
    before = layout.values(baseline, "baseline", 2)
    group, found = layout.arms(arm, y.shape[:2])
    count = layout.number_of_arms(found, arms)
    block = max(1, _PLACES // max(1, imputations * y.shape[1] * y.shape[2]))
    parts = []
    for start in range(0, max(len(y), 1), block):
        rows = slice(start, start + block)
        filled = impute(
            y[rows],
            group[rows],
            before[rows],
            seed=seed,
            imputations=imputations,
            method=method,
            arms=count,
            first=first + start,
        )
        replicates = len(filled.values)
        flat = filled.values[..., visit].reshape(replicates * imputations, y.shape[1])
        each = ancova(
            flat, np.repeat(group[rows], imputations, axis=0), np.repeat(before[rows], imputations, axis=0), arms=count
        )

        def apart(part: NDArray[np.generic], shape: tuple[int, ...] = (replicates, imputations, count - 1)) -> F8:
            return np.asarray(part).reshape(shape)

        bad = filled.status[:, None, None] != Status.ESTIMATED
        effect = np.where(bad, np.nan, apart(each.effect))
        one = pool(effect, apart(each.se), apart(each.df), n=apart(each.n)[:, 0], level=level)
        first_code = apart(each.status)[:, 0].astype(np.int8)
        code = np.where(bad[:, 0], filled.status[:, None], np.where(np.isnan(one.se), first_code, one.status))
        one.status[:] = np.where(code == Status.ESTIMATED, one.status, code)
        parts.append(one)
    return Estimate(*(np.concatenate([getattr(one, name) for one in parts]) for name in Estimate.__slots__))
