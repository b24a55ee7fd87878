"""Linear algebra over stacks of small matrices, where one bad member neither stops nor changes the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]


def cholesky(stack: F8) -> F8:
    """The lower factor of every matrix of ``stack`` f8[..., n, n]; all NaN where a matrix is not positive definite.

    Good members have the bits they have alone, whichever others fail.
    """
    try:
        found = np.asarray(np.linalg.cholesky(stack))
    except np.linalg.LinAlgError:
        flat = stack.reshape(-1, *stack.shape[-2:])
        out = np.full(flat.shape, np.nan)
        for k, one in enumerate(flat):
            try:
                out[k] = np.linalg.cholesky(one)
            except np.linalg.LinAlgError:
                continue
        found = out.reshape(stack.shape)
    # A matrix that holds NaN or infinities may pass without a word.
    return np.where(np.isfinite(found).all(axis=(-2, -1), keepdims=True), found, np.nan)


def inverse(stack: F8) -> tuple[F8, F8]:
    """Inverse f8[..., n, n] and log determinant f8[...] of positive definite matrices; NaN where one is not.

    By way of correlations: units that lie far apart do not make a matrix ill-conditioned, and a factor that exists has
    no pivot near 0.
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        size = np.sqrt(np.diagonal(stack, axis1=-2, axis2=-1))
        factor = cholesky(stack / size[..., :, None] / size[..., None, :])
        good = ~np.isnan(factor[..., 0, 0])
        safe = np.where(good[..., None, None], factor, np.eye(stack.shape[-1]))
        root = np.linalg.inv(safe)
        found = np.swapaxes(root, -1, -2) @ root / size[..., :, None] / size[..., None, :]
        logdet = 2.0 * (np.log(np.diagonal(safe, axis1=-2, axis2=-1)) + np.log(size)).sum(axis=-1)
    return np.where(good[..., None, None], found, np.nan), np.where(good, logdet, np.nan)


def segments(values: F8, starts: NDArray[np.intp]) -> F8:
    """Sums over runs of rows: run k of the first axis goes from ``starts[k]`` to the next start. No run is empty."""
    return np.asarray(np.add.reduceat(values, starts, axis=0))
