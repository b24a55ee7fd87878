"""What every analysis asks of its input: who is in which arm, and arrays that fit together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.errors import InvalidInput

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]

EXACT = 1e-24
"""Residual sum of squares over total, a value, that counts as no variance at all: rounding of doubles, squared."""

NOT_IN = -1
"""The arm of a place in the arrays that nobody holds, or of a subject outside the analysis set."""


def values(given: ArrayLike, name: str, axes: int) -> F8:
    """``given`` as f8 with ``axes`` axes; infinities are refused, NaN is missing."""
    found = np.ascontiguousarray(np.asarray(given, dtype=np.float64))
    if found.ndim != axes:
        raise InvalidInput(f"{name} has {found.ndim} axes where {axes} are needed, the replicate first")
    if np.isinf(found).any():
        raise InvalidInput(f"{name} holds an infinite value: give what is missing as NaN")
    return found


def arms(given: ArrayLike, shape: tuple[int, int]) -> tuple[I8, int]:
    """Arm numbers int[replicate, subject] (0 the control, -1 not in the analysis) and how many arms there are.

    ``given`` is int[subject] where all replicates share the allocation, or int[replicate, subject]. The number of
    arms is the highest number plus one, so that a batch in which an arm is empty needs it only once; raises
    InvalidInput where there is no arm beside the control, or numbers below -1.
    """
    found = np.asarray(given)
    if not np.issubdtype(found.dtype, np.integer):
        raise InvalidInput("arms are given as whole numbers: 0 the control, 1, 2, ... the others, -1 not analysed")
    if found.shape not in {shape, shape[1:]}:
        raise InvalidInput(f"arms have the shape {found.shape}, subjects {shape}")
    if found.size and found.min() < NOT_IN:
        raise InvalidInput(f"arm {int(found.min())}: arms are 0, 1, 2, ... and -1 for those not analysed")
    count = int(found.max(initial=0)) + 1
    return np.ascontiguousarray(np.broadcast_to(found.astype(np.int64), shape)), count


def number_of_arms(count: int, asked: int | None) -> int:
    """The number of arms a function works with: as asked, else those found; at least two, or InvalidInput."""
    arms_ = count if asked is None else asked
    if arms_ < max(count, 2):
        raise InvalidInput(f"{arms_} arms where the numbers go up to {count - 1}: a comparison needs two")
    return arms_


def covariates(given: ArrayLike | None, shape: tuple[int, int]) -> F8:
    """Covariates f8[replicate, subject, k] from that, from f8[subject, k], or none (k = 0)."""
    if given is None:
        return np.empty((*shape, 0))
    found = np.asarray(given, dtype=np.float64)
    if found.ndim == 2 and found.shape[0] == shape[1]:
        found = np.broadcast_to(found, (shape[0], *found.shape))
    if found.ndim != 3 or found.shape[:2] != shape:
        raise InvalidInput(f"covariates have the shape {found.shape}: needed is {(*shape, 'k')}")
    return np.ascontiguousarray(found)


def standardised(given: F8, here: NDArray[np.bool_]) -> F8:
    """Covariates f8[replicate, subject, k] less their mean over their SD among the subjects ``here``, 0 in the others.

    A covariate that does not vary is 0 throughout: in its own unit it would leave rounding errors of its mean, which
    are no variation.
    """
    n = np.maximum(here.sum(axis=1), 1)[:, None]
    middle = np.where(here[:, :, None], given, 0.0).sum(axis=1) / n
    centred = np.where(here[:, :, None], given - middle[:, None], 0.0)
    spread = np.sqrt((centred**2).sum(axis=1) / n)
    varies = spread > 1e-12 * np.abs(middle)
    return np.where(varies[:, None], centred / np.where(varies, spread, 1.0)[:, None], 0.0)


def predictors(group: I8, here: NDArray[np.bool_], adjust: F8, count: int) -> F8:
    """Intercept, an indicator of every arm but the control and standardised covariates, f8[replicate, subject, p].

    Rows of subjects not ``here`` are 0.
    """
    parts = [np.where(here, 1.0, 0.0)] + [np.where(here & (group == k), 1.0, 0.0) for k in range(1, count)]
    return np.concatenate([np.stack(parts, axis=2), standardised(adjust, here)], axis=2)
