"""Forms that the covariance of a subject's visits may take, from the freest to the most restricted.

A form turns parameters f8[replicate, k] into covariances f8[replicate, visit, visit] and their derivatives with
respect to the parameters, in the half-vectorised order of :func:`pairs`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]


def pairs(visits: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of every distinct covariance, diagonal and below, row by row."""
    return np.tril_indices(visits)


class Form(ABC):
    """A family of covariance matrices."""

    name: str

    @abstractmethod
    def start(self, variances: F8) -> F8:
        """Parameters to begin with, from variances f8[replicate, visit]."""

    @abstractmethod
    def matrix(self, theta: F8) -> F8:
        """Covariances f8[replicate, visit, visit]; not positive definite where the parameters allow none."""

    @abstractmethod
    def slope(self, theta: F8) -> F8:
        """Derivatives f8[replicate, pair, k] of the distinct covariances."""

    @abstractmethod
    def curvature(self, theta: F8) -> F8:
        """Second derivatives f8[replicate, pair, k, k] of the distinct covariances."""


class Unstructured(Form):
    """Every variance and covariance free: visits (visits + 1) / 2 parameters, the covariances themselves."""

    name = "unstructured"

    def start(self, variances: F8) -> F8:  # noqa: D102
        row, column = pairs(variances.shape[1])
        return np.where(row == column, variances[:, row], 0.0)

    def matrix(self, theta: F8) -> F8:  # noqa: D102
        visits = int((np.sqrt(8 * theta.shape[1] + 1) - 1) / 2)
        row, column = pairs(visits)
        out = np.empty((theta.shape[0], visits, visits))
        out[:, row, column] = theta
        out[:, column, row] = theta
        return out

    def slope(self, theta: F8) -> F8:  # noqa: D102
        return np.broadcast_to(np.eye(theta.shape[1]), (*theta.shape, theta.shape[1]))

    def curvature(self, theta: F8) -> F8:  # noqa: D102
        count = theta.shape[1]
        return np.zeros((len(theta), count, count, count))


class Heterogeneous(Form):
    """A variance for every visit (log SD) and a correlation that depends only on the number of visits between.

    The ``kind`` says how: ``toeplitz`` one correlation for each lag, ``ar1`` powers of one, ``compound_symmetry`` one
    for all.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = f"heterogeneous_{kind}"

    def start(self, variances: F8) -> F8:  # noqa: D102
        visits = variances.shape[1]
        lags = visits - 1 if self.kind == "toeplitz" else min(1, visits - 1)
        return np.concatenate([0.5 * np.log(variances), np.full((variances.shape[0], lags), 0.3)], axis=1)

    def matrix(self, theta: F8) -> F8:  # noqa: D102
        visits = self._visits(theta)
        sd = np.exp(np.clip(theta[:, :visits], -300.0, 300.0))
        row, column = np.indices((visits, visits))
        return sd[:, :, None] * sd[:, None, :] * self._correlations(theta, visits)[:, np.abs(row - column)]

    def slope(self, theta: F8) -> F8:  # noqa: D102
        visits = self._visits(theta)
        row, column = pairs(visits)
        lag = row - column
        found = self.matrix(theta)[:, row, column]
        out = np.zeros((theta.shape[0], len(row), theta.shape[1]))
        for k in range(visits):
            out[:, :, k] = found * ((row == k).astype(np.float64) + (column == k))
        scale = np.exp(np.clip(theta[:, :visits], -300.0, 300.0))
        scale = scale[:, row] * scale[:, column]
        for k in range(visits, theta.shape[1]):
            match self.kind:
                case "toeplitz":
                    out[:, :, k] = scale * (lag == k - visits + 1)
                case "ar1":
                    out[:, :, k] = np.where(lag > 0, scale * lag * theta[:, k, None] ** np.maximum(lag - 1, 0), 0.0)
                case _:
                    out[:, :, k] = scale * (lag > 0)
        return out

    def curvature(self, theta: F8) -> F8:  # noqa: D102
        visits = self._visits(theta)
        row, column = pairs(visits)
        slope = self.slope(theta)
        out = np.zeros((*slope.shape, theta.shape[1]))
        # In the log of an SD every covariance is an exponential, whatever else it was derived in before.
        for k in range(visits):
            times = (row == k).astype(np.float64) + (column == k)
            out[:, :, :, k] = slope * times[:, None]
            out[:, :, k, :] = slope * times[:, None]
        if self.kind == "ar1" and visits > 1:
            lag, rho = row - column, theta[:, visits:]
            scale = np.exp(np.clip(theta[:, :visits], -300.0, 300.0))
            bend = lag * (lag - 1) * rho ** np.maximum(lag - 2, 0)
            out[:, :, visits, visits] = scale[:, row] * scale[:, column] * bend
        return out

    def _visits(self, theta: F8) -> int:
        if theta.shape[1] == 1:
            return 1
        return int((theta.shape[1] + 1) // 2 if self.kind == "toeplitz" else theta.shape[1] - 1)

    def _correlations(self, theta: F8, visits: int) -> F8:
        """The correlation at every lag, 0 included."""
        one = np.ones((theta.shape[0], 1))
        if visits == 1:
            return one
        if self.kind == "toeplitz":
            return np.concatenate([one, theta[:, visits:]], axis=1)
        rho = theta[:, visits:]
        return rho ** np.arange(visits) if self.kind == "ar1" else np.concatenate([one, *[rho] * (visits - 1)], axis=1)


FORMS: tuple[Form, ...] = (
    Unstructured(),
    Heterogeneous("toeplitz"),
    Heterogeneous("ar1"),
    Heterogeneous("compound_symmetry"),
)
"""The ladder of :func:`allodynia.study.analysis.mmrm.mmrm`: each is tried where the one before it did not converge."""

NAMES = tuple(form.name for form in FORMS)
