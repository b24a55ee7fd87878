"""Distributions as data: what a table says about a parameter, and the value it gives for a uniform number.

Every distribution is sampled by its quantile function, so one uniform number gives one value: the same place in the
random stream means the same standing among one's fellows, whatever the centre. A second uniform number chooses the
part of a mixture.

The centre is the parameter's value in its table. For the lognormal kinds it is the median (the typical subject),
not the mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort.beta import beta_quantile
from allodynia.engine.elementary import exp, log1p_of, log_of, ndtr, ndtri

F8 = NDArray[np.float64]

Z_975 = 1.959963984540054
"""The normal quantile of 0.975: a 95 % factor spans this many standard deviations on each side."""


def standard_error(lo: float, hi: float) -> float:
    """That of a number whose 95 % interval is ``lo`` to ``hi``, if it is normal."""
    return (hi - lo) / (2.0 * Z_975)


class Distribution(Protocol):
    """A distribution about a centre."""

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:
        """The values at probabilities ``u`` about ``centre`` (broadcasting); ``chooser`` picks a mixture's part."""
        ...


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Median at the centre, ``sigma`` the standard deviation of the logarithm."""

    sigma: float

    @classmethod
    def of_cv(cls, cv: float) -> Lognormal:
        """By the coefficient of variation: sigma = sqrt(log(1 + cv²))."""
        return cls(math.sqrt(log1p_of(cv * cv)))

    @classmethod
    def of_factor(cls, factor: float) -> Lognormal:
        """By its 95 % factor: 95 % of the values lie within centre / factor .. centre × factor."""
        return cls(log_of(factor) / Z_975)

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:  # noqa: ARG002, D102
        return np.asarray(centre * exp(self.sigma * ndtri(u)))


@dataclass(frozen=True, slots=True)
class Normal:
    """Mean at the centre before truncation; ``sd`` absolute, or ``cv`` of the centre; cut off at ``lower`` and
    ``upper``.
    """

    sd: float | None = None
    cv: float | None = None
    lower: float = -math.inf
    upper: float = math.inf

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:  # noqa: ARG002, D102
        sd = (
            np.abs(centre) * self.cv
            if self.sd is None and self.cv is not None
            else np.asarray(self.sd, dtype=np.float64)
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            below, above = ndtr((self.lower - centre) / sd), ndtr((self.upper - centre) / sd)
        below, above = np.nan_to_num(below, nan=0.0), np.nan_to_num(above, nan=1.0)
        value = centre + sd * ndtri(below + u * (above - below))
        return np.asarray(np.clip(value, self.lower, self.upper))


@dataclass(frozen=True, slots=True)
class Beta:
    """A Beta(a, b) number stretched over ``lower``..``upper``; it has its own place, so the centre is not used."""

    a: float
    b: float
    lower: float = 0.0
    upper: float = 1.0

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:  # noqa: ARG002, D102
        share = beta_quantile(self.a, self.b, np.broadcast_arrays(u, centre)[0])
        return self.lower + (self.upper - self.lower) * share


@dataclass(frozen=True, slots=True)
class Uniform:
    """Evenly between ``lower`` and ``upper``; the centre is not used."""

    lower: float
    upper: float

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:  # noqa: ARG002, D102
        return self.lower + (self.upper - self.lower) * np.broadcast_arrays(u, centre)[0]


@dataclass(frozen=True, slots=True)
class Bernoulli:
    """The centre with probability ``p``, else ``otherwise``: having a thing or not."""

    p: float
    otherwise: float = 0.0

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:  # noqa: ARG002, D102
        return np.where(u < self.p, centre, self.otherwise)


@dataclass(frozen=True, slots=True)
class HeavyTail:
    """Median at the centre, the logarithm spread as Student's t of two degrees of freedom times ``sigma``.

    For the few subjects far from the rest. Two degrees of freedom have a closed quantile: (2u - 1) / sqrt(2 u (1 - u)).
    """

    sigma: float

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:  # noqa: ARG002, D102
        t = (2.0 * u - 1.0) / np.sqrt(2.0 * u * (1.0 - u))
        # 300 e-folds would overflow: the cut lies beyond probability 1e-4 only for sigma above 4.
        return centre * exp(np.clip(self.sigma * t, -300.0, 300.0))


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a mixture: its weight, its own centre (None: the parameter's), its distribution (None: all at the
    centre).
    """

    weight: float
    value: float | None
    spread: Distribution | None


@dataclass(frozen=True, slots=True)
class Mixture:
    """People differ in kind: each value comes from one part, chosen with the parts' weights."""

    parts: tuple[Part, ...]

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:  # noqa: D102
        centre, u, chooser = np.broadcast_arrays(centre, u, chooser)
        total = sum(part.weight for part in self.parts)
        edges = np.cumsum([part.weight / total for part in self.parts])[:-1]
        which = np.searchsorted(edges, chooser, side="right")
        out = np.empty(u.shape)
        for number, part in enumerate(self.parts):
            here = which == number
            middle = centre[here] if part.value is None else np.full(int(here.sum()), part.value)
            out[here] = middle if part.spread is None else part.spread.quantile(middle, u[here], chooser[here])
        return out
