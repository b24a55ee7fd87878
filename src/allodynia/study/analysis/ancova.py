"""Analysis of covariance: a value or its change at one visit, arms compared at the same baseline."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.study.analysis import layout
from allodynia.study.analysis.estimate import Estimate, by_student
from allodynia.study.analysis.status import Codes, Status

F8 = NDArray[np.float64]

_RANK = 1e-10
"""A column is dependent on those before it when less than this share of its length is its own."""


def ancova(
    outcome: ArrayLike,
    arm: ArrayLike,
    baseline: ArrayLike | None = None,
    covariates: ArrayLike | None = None,
    *,
    arms: int | None = None,
    level: float = 0.95,
) -> Estimate:
    """Difference of every arm from the control, adjusted for baseline and covariates by least squares.

    Parameters
    ----------
    outcome
        f8[replicate, subject]: the value at the visit, or its change (the effect is the same in both, Senn 2006).
        NaN is missing; a subject with anything missing is left out of its replicate (complete cases).
    arm
        int[subject] or int[replicate, subject]: 0 the control, 1, 2, ... the others, -1 not analysed.
    baseline
        f8[replicate, subject], or None.
    covariates
        f8[replicate, subject, k] or f8[subject, k], or None.
    arms
        How many arms there are, where a batch may lack the last.
    level
        Coverage of the interval.

    Returns
    -------
    Estimate
        f8[replicate, arm - 1], arm less control in the unit of ``outcome``, with t on n - (terms) degrees of freedom.
        TOO_FEW where the arm or the control is empty or no degree of freedom is left; SINGULAR where the baseline or
        a covariate does not vary or follows from the others; NO_VARIANCE where the residuals are all 0.

    Raises
    ------
    InvalidInput
        Shapes that do not fit, infinite values, no second arm.

    Notes
    -----
    Batched Householder QR. An arm that is empty in a replicate loses its own contrast, not those of the others.
    Senn 2006, Stat. Med. 25:4334; Vickers and Altman 2001, BMJ 323:1123.
    """
    y = layout.values(outcome, "outcome", 2)
    group, found = layout.arms(arm, y.shape)
    count = layout.number_of_arms(found, arms)
    parts = [layout.covariates(covariates, y.shape)]
    if baseline is not None:
        base = layout.values(baseline, "baseline", 2)
        parts.insert(0, layout.covariates(base[..., None], y.shape))
    adjust = np.concatenate(parts, axis=2)

    here = (group != layout.NOT_IN) & ~np.isnan(y) & ~np.isnan(adjust).any(axis=2)
    size = np.stack([(here & (group == k)).sum(axis=1) for k in range(count)], axis=1)
    n = size.sum(axis=1)
    design = layout.predictors(group, here, adjust, count)
    terms = design.shape[2]
    empty = np.zeros((len(y), terms))
    empty[:, 1:count] = size[:, 1:] == 0
    middle = np.where(here, y, 0.0).sum(axis=1) / np.maximum(n, 1)
    target = np.where(here, y - middle[:, None], 0.0)

    # An empty arm's column is all 0: a row of its own pins its coefficient to 0 and leaves the others as they are.
    padded = np.concatenate([design, empty[:, :, None] * np.eye(terms)], axis=1)
    q, r = np.linalg.qr(padded)
    own = np.abs(np.diagonal(r, axis1=1, axis2=2))
    length = np.sqrt((padded**2).sum(axis=1))
    dependent = own <= _RANK * length
    full = ~dependent.any(axis=1)
    root = np.linalg.inv(np.where(full[:, None, None], r, np.eye(terms)))
    rows = target.shape[1]
    beta = (root @ (np.swapaxes(q[:, :rows], 1, 2) @ target[:, :, None]))[:, :, 0]
    rest = target - (design @ beta[:, :, None])[:, :, 0]
    rss, total = (rest**2).sum(axis=1), (np.where(here, y, 0.0) ** 2).sum(axis=1)
    df = (n - terms + empty.sum(axis=1)).astype(np.float64)

    flat = rss <= layout.EXACT * total * np.maximum(n, 1)
    codes = _codes(size, df, full, flat)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = rss / np.where(df > 0.0, df, np.nan)
        scale = (root[:, 1:count] ** 2).sum(axis=2)
        se = np.sqrt(variance[:, None] * scale)
    used = np.broadcast_to(n[:, None], se.shape).copy()
    return by_student(beta[:, 1:count], se, np.broadcast_to(df[:, None], se.shape), used, codes, level)


def _codes(size: NDArray[np.int64], df: F8, full: NDArray[np.bool_], flat: NDArray[np.bool_]) -> Codes:
    codes = np.full((size.shape[0], size.shape[1] - 1), Status.ESTIMATED, dtype=np.int8)
    codes[flat] = Status.NO_VARIANCE
    codes[~full] = Status.SINGULAR
    codes[(df <= 0.0) | (size[:, 0] == 0)] = Status.TOO_FEW
    codes[size[:, 1:] == 0] = Status.TOO_FEW
    return codes
