"""The restricted likelihood of subjects who differ by a random intercept, each measured a few times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allodynia.study.analysis.batched import inverse
from allodynia.study.analysis.components import Index, Likelihood
from allodynia.study.analysis.levels import with_residual

F8 = NDArray[np.float64]


class Subjects:
    """Cross-products of replicates by how many values a subject has: the cost does not depend on the subjects.

    ``x`` f8[replicate, subject, period, p] and ``y`` f8[replicate, subject, period], NaN where a value is missing. With
    m values of a subject, g the component of subjects over the residual one r, V^-1 is (I - g / (1 + m g) J) / r for
    the matrix J of ones.
    """

    def __init__(self, x: F8, y: F8) -> None:
        here = ~np.isnan(y)
        rows = np.where(here[..., None], np.concatenate([x, np.nan_to_num(y)[..., None]], axis=3), 0.0)
        flat = rows.reshape(len(y), y.shape[1] * y.shape[2], rows.shape[3])
        self.cross = np.swapaxes(flat, 1, 2) @ flat
        sums = rows.sum(axis=2)
        number = here.sum(axis=2)
        self.m = np.arange(1.0, y.shape[2] + 1.0)
        picked = [np.where((number == m)[..., None], sums, 0.0) for m in range(1, y.shape[2] + 1)]
        self.sums = np.stack([np.swapaxes(one, 1, 2) @ one for one in picked], axis=1)
        self.subjects = np.stack([(number == m).sum(axis=1) for m in range(1, y.shape[2] + 1)], axis=1).astype(
            np.float64
        )
        self.n = self.subjects @ self.m
        self.terms = x.shape[3]

    def __call__(self, index: Index, theta: F8) -> Likelihood:
        """The likelihood of the replicates ``index`` at components f8[replicate, 2]: subjects, residual."""
        p = self.terms
        rest = theta[:, 1]
        ratio = theta[:, 0] / np.where(rest > 0.0, rest, 1.0)
        grown = 1.0 + self.m * ratio[:, None]
        held = self.subjects[index]
        good = (rest > 0.0) & ((grown > 1e-12) | (held == 0.0)).all(axis=1)
        rest = np.where(good, rest, 1.0)
        grown = np.where(good[:, None] & (grown > 1e-12), grown, 1.0)
        ratio = np.where(good, ratio, 0.0)

        sums = self.sums[index]
        whole = self.cross[index] - ((ratio[:, None] / grown)[:, :, None, None] * sums).sum(axis=1)
        cov, logdet_normal = inverse(whole[:, :p, :p] / rest[:, None, None])
        beta = (cov @ (whole[:, :p, p:] / rest[:, None, None]))[:, :, 0]
        quadratic = (whole[:, p, p] - (whole[:, p, :p] * beta).sum(axis=1)) / rest
        logdet = (held * np.log(grown)).sum(axis=1)
        loglik = -0.5 * (self.n[index] * np.log(rest) + logdet + logdet_normal + quadratic)

        own = self.m / (rest[:, None] * grown)  # Z' V^-1 Z of a subject with m values
        scaled = sums / (rest[:, None] * grown)[:, :, None, None] ** 2  # sum of Z' V^-1 [x y] of both sides
        taken = scaled[:, :, :p, :p].sum(axis=1)
        trace = (held * own).sum(axis=1) - (cov * taken).sum(axis=(1, 2))
        mixed = cov @ taken
        square = (
            (held * own**2).sum(axis=1)
            - 2.0 * (cov * (own[:, :, None, None] * scaled[:, :, :p, :p]).sum(axis=1)).sum(axis=(1, 2))
            + (mixed * np.swapaxes(mixed, 1, 2)).sum(axis=(1, 2))
        )
        side = np.concatenate([-beta, np.ones((len(beta), 1))], axis=1)
        pulled = np.einsum("ri,rij,rj->r", side, scaled.sum(axis=1), side)
        change = (cov @ taken @ cov)[:, None]
        loglik = np.where(good, loglik, np.nan)
        return with_residual(
            theta, rest, self.n[index] - p, loglik, quadratic, trace[:, None], square[:, None, None], pulled[:, None],
            beta, cov, change, 1,
        )  # fmt: skip
