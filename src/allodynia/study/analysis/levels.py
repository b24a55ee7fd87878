"""The restricted likelihood of observations that share the levels of several random factors (donor, cage, batch)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from allodynia.study.analysis.batched import inverse
from allodynia.study.analysis.components import Index, Likelihood

F8 = NDArray[np.float64]


class Levels:
    """Cross-products of replicates that share the factors but not which observations are there.

    ``x`` f8[replicate, row, p], ``y`` f8[replicate, row] and ``here`` bool[replicate, row]; ``factors`` holds for each
    factor the level int[row] of every row, counted from 0. Everything afterwards costs by levels, not by rows.

    With the rows' indicators Z of all levels, G the square root of Z'Z and D the components over the residual one,
    V = (I + Z D Z') r; H = I + G D G has its determinant and is positive definite exactly where V is.
    """

    def __init__(self, x: F8, y: F8, here: NDArray[np.bool_], factors: Sequence[NDArray[np.int64]]) -> None:
        self.sizes = [int(one.max(initial=0)) + 1 for one in factors]
        z = np.concatenate([np.eye(size)[one] for size, one in zip(self.sizes, factors, strict=True)], axis=1)
        mask = here.astype(np.float64)[:, :, None]
        rows = np.where(here[:, :, None], np.concatenate([x, np.nan_to_num(y)[:, :, None]], axis=2), 0.0)
        self.n = here.sum(axis=1).astype(np.float64)
        self.cross = np.swapaxes(rows, 1, 2) @ rows
        self.to_rows = z.T @ rows
        self.between = z.T @ (mask * z)
        values, vectors = np.linalg.eigh(self.between)
        root = np.sqrt(np.maximum(values, 0.0))
        self.root = (vectors * root[:, None, :]) @ np.swapaxes(vectors, 1, 2)
        self.terms = x.shape[2]

    def __call__(self, index: Index, theta: F8) -> Likelihood:
        """The likelihood of the replicates ``index`` at components f8[replicate, factor + 1], the residual last."""
        p, count = self.terms, len(self.sizes)
        rest = theta[:, -1]
        good = rest > 0.0
        rest = np.where(good, rest, 1.0)
        ratio = np.repeat(theta[:, :-1] / rest[:, None], self.sizes, axis=1)
        root, between = self.root[index], self.between[index]
        inner = root * ratio[:, None, :] @ root
        diagonal = np.arange(inner.shape[1])
        inner[:, diagonal, diagonal] += 1.0
        found, logdet = inverse(np.where(good[:, None, None], inner, -1.0))
        middle = root @ found @ root  # Z' V^-1 Z r
        taken = ratio[:, :, None] * (np.eye(len(diagonal)) - middle * ratio[:, None, :])  # D - D G H^-1 G D
        rows = self.to_rows[index]
        whole = self.cross[index] - np.swapaxes(rows, 1, 2) @ taken @ rows
        cov, logdet_normal = inverse(whole[:, :p, :p] / rest[:, None, None])
        beta = (cov @ (whole[:, :p, p:] / rest[:, None, None]))[:, :, 0]
        quadratic = (whole[:, p, p] - (whole[:, p, :p] * beta).sum(axis=1)) / rest
        free = self.n[index] - p
        loglik = -0.5 * (self.n[index] * np.log(rest) + logdet + logdet_normal + quadratic)

        turned = (rows - between @ (taken @ rows)) / rest[:, None, None]  # Z' V^-1 [X y]
        zx = turned[:, :, :p]
        pull = turned[:, :, p] - (zx @ beta[:, :, None])[:, :, 0]
        inside = middle / rest[:, None, None] - zx @ cov @ np.swapaxes(zx, 1, 2)  # Z' P Z
        edge = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        trace = np.add.reduceat(inside[:, diagonal, diagonal], edge, axis=1)
        square = np.add.reduceat(np.add.reduceat(inside**2, edge, axis=1), edge, axis=2)
        pulled = np.add.reduceat(pull**2, edge, axis=1)
        change = np.stack(
            [cov @ np.swapaxes(part, 1, 2) @ part @ cov for part in np.split(zx, edge[1:], axis=1)], axis=1
        )
        return with_residual(theta, rest, free, loglik, quadratic, trace, square, pulled, beta, cov, change, count)


def with_residual(
    theta: F8,
    rest: F8,
    free: F8,
    loglik: F8,
    quadratic: F8,
    trace: F8,
    square: F8,
    pulled: F8,
    beta: F8,
    cov: F8,
    change: F8,
    count: int,
) -> Likelihood:
    """The likelihood with the derivatives in the residual component, which follow from those in the others.

    For P V P = P the traces tr(P K), tr(P K P K') and the pulls y' P K P y of the factors give those with K = I: the
    sum over all components of theta K is V.
    """
    part = theta[:, :-1]
    trace_rest = (free - (part * trace).sum(axis=1)) / rest
    cross = (trace - (square @ part[:, :, None])[:, :, 0]) / rest[:, None]
    corner = (trace_rest - (part * cross).sum(axis=1)) / rest
    pulled_rest = (quadratic - (part * pulled).sum(axis=1)) / rest
    information = np.empty((len(theta), count + 1, count + 1))
    information[:, :count, :count] = square
    information[:, count, :count] = information[:, :count, count] = cross
    information[:, count, count] = corner
    gradient = 0.5 * np.concatenate([pulled - trace, (pulled_rest - trace_rest)[:, None]], axis=1)
    change_rest = (cov - np.einsum("rk,rkpq->rpq", part, change)) / rest[:, None, None]
    slope = np.concatenate([change, change_rest[:, None]], axis=1)
    return Likelihood(loglik, gradient, 0.5 * information, beta, cov, slope)
