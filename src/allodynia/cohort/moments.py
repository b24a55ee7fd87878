"""What is expected of a person's readings: the moments by which people are held against published numbers.

Papers give means, spreads and shares of *readings*, and a reading has an error. So a person enters a moment with what
is expected over that error: the mean reading, its mean square about a number, the chance that it lies beyond a cut. All
are averages over the same evenly spread errors, so that nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allodynia.engine.elementary import ndtr, ndtri

F8 = NDArray[np.float64]

ERRORS = 32
"""Evenly spread errors over which a mean is taken."""


class Error(Protocol):
    """The error of a reading; see :class:`allodynia.system.cohort_targets.ReadingError`."""

    @property
    def proportional(self) -> float:
        """Coefficient of variation."""
        ...

    @property
    def additive(self) -> float:
        """Standard deviation, in the unit of the output."""
        ...

    @property
    def counted_over(self) -> float:
        """Tissue in which items are counted; 0 where nothing is counted."""
        ...

    @property
    def floor(self) -> float | None:
        """The lower end of the scale."""
        ...

    @property
    def ceiling(self) -> float | None:
        """The upper end of the scale."""
        ...


@lru_cache(maxsize=1)
def _errors() -> F8:
    """Standard normal errors, one from the middle of each of as many equally likely parts, of variance 1."""
    z = ndtri((np.arange(ERRORS) + 0.5) / ERRORS)
    return np.asarray(z / np.sqrt(np.mean(z**2)))


def spread_of(true: F8, error: Error) -> F8:
    """The standard deviation of a reading of ``true``."""
    size = np.abs(true)
    variance = (error.proportional * size) ** 2 + error.additive**2
    if error.counted_over > 0.0:
        variance = variance + size / error.counted_over
    return np.asarray(np.sqrt(variance))


def readings(true: F8, error: Error) -> F8:
    """Equally likely readings of each value, f8[..., error]."""
    true = np.asarray(true, dtype=np.float64)
    found = true[..., None] + spread_of(true, error)[..., None] * _errors()
    low = -np.inf if error.floor is None else error.floor
    high = np.inf if error.ceiling is None else error.ceiling
    return np.clip(found, low, high)


def mean_reading(true: F8, error: Error) -> F8:
    """The expected reading."""
    return np.asarray(readings(true, error).mean(axis=-1))


def square_reading(true: F8, error: Error, about: float) -> F8:
    """The expected square of a reading about a number."""
    return np.asarray(((readings(true, error) - about) ** 2).mean(axis=-1))


def chance(true: F8, error: Error, cut: float, sign: int) -> F8:
    """The chance that a reading lies above (``sign`` 1) or below (-1) ``cut``; errors are normal before the scale
    ends, which lie beyond the cut.
    """
    true = np.asarray(true, dtype=np.float64)
    spread = spread_of(true, error)
    beyond = sign * (true - cut)
    exact = spread <= 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        found = ndtr(beyond / spread)
    return np.where(exact, (beyond > 0.0).astype(np.float64), found)


@dataclass(frozen=True, slots=True)
class Moment:
    """One number a person: ``kind`` mean, square (about ``about``) or share (``cuts`` and ``signs``, joined by ``all``
    or ``any``) of readings of ``outputs``; ``among`` (output, value) counts only people who lie above it.
    """

    kind: str
    outputs: tuple[str, ...]
    error: Error
    about: float = 0.0
    cuts: tuple[float, ...] = ()
    signs: tuple[int, ...] = ()
    join: str = "all"
    among: tuple[str, float] | None = None

    def of(self, values: Mapping[str, F8]) -> F8:
        """The moment of everybody, from output id to true values."""
        if self.kind == "mean":
            return mean_reading(values[self.outputs[0]], self.error)
        if self.kind == "square":
            return square_reading(values[self.outputs[0]], self.error, self.about)
        chances = [
            chance(values[output], self.error, cut, sign)
            for output, cut, sign in zip(self.outputs, self.cuts, self.signs, strict=True)
        ]
        if self.join == "all":
            return np.asarray(np.prod(chances, axis=0))
        return np.asarray(1.0 - np.prod([1.0 - one for one in chances], axis=0))

    def counted(self, values: Mapping[str, F8]) -> F8:
        """1 for people who are counted, 0 for the others."""
        if self.among is None:
            return np.ones_like(values[self.outputs[0]])
        return (values[self.among[0]] > self.among[1]).astype(np.float64)
