"""What an assay makes of a true value: noise, counting, the ends of the scale. Drawn by counter, a place for every
reading.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from allodynia.cohort.philox import open_unit, philox, stream_key, word

F8 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Assay:
    """The measuring of one endpoint, in its unit.

    ``proportional`` coefficient of variation, ``additive`` standard deviation, ``counted_over`` the tissue in which
    items are counted (0: nothing is counted), ``floor`` and ``ceiling`` the ends of the scale. What is counted is
    counted first; then the reading is multiplied by a lognormal factor of mean 1, then the additive error is added,
    then the ends cut it.
    """

    endpoint: str
    proportional: float = 0.0
    additive: float = 0.0
    counted_over: float = 0.0
    floor: float = -math.inf
    ceiling: float = math.inf

    def read(
        self, true: F8, seed: int, world: ArrayLike, arm: str, donor: ArrayLike, subject: ArrayLike, time: ArrayLike
    ) -> F8:
        """Readings of the values ``true``; everything else broadcasts against them and says which reading each is.

        The stream is named by the seed and the endpoint, the place in it by world, arm, donor, subject and time: a
        reading does not change when days, arms or subjects are added. NaN stays NaN.
        """
        bits = np.asarray(time, dtype=np.float64).view(np.uint64)
        who = np.asarray(donor, dtype=np.uint64) << np.uint64(32) | np.asarray(subject, dtype=np.uint64)
        words = philox(stream_key(seed, "assay", self.endpoint), np.asarray(world), word(arm), who, bits)
        value = true
        if self.counted_over > 0.0:
            value = _poisson(open_unit(words[0]), true * self.counted_over) / self.counted_over
        if self.proportional > 0.0:
            sigma = math.sqrt(math.log1p(self.proportional**2))
            value = value * np.exp(sigma * ndtri(open_unit(words[1])) - 0.5 * sigma * sigma)
        if self.additive > 0.0:
            value = value + self.additive * ndtri(open_unit(words[2]))
        return np.clip(value, self.floor, self.ceiling) + np.zeros(words[0].shape)


def _poisson(u: F8, mean: F8) -> F8:
    """Poisson counts by their quantile function, exact up to a mean of 500; above that the normal one, rounded."""
    mean, u = np.broadcast_arrays(np.maximum(mean, 0.0), u)
    count = np.where(np.isnan(mean), np.nan, 0.0)
    exact = mean <= 500.0
    term = np.exp(-np.where(exact, mean, 0.0))
    total = term.copy()
    waiting = exact & (u > total)
    number = 0
    while waiting.any() and number < 2000:
        number += 1
        term = term * np.where(exact, mean, 0.0) / number
        total = total + term
        count = np.where(waiting, number, count)
        waiting = waiting & (u > total)
    large = mean > 500.0
    if large.any():
        count = np.where(large, np.maximum(np.rint(mean + np.sqrt(mean) * ndtri(u)), 0.0), count)
    return count
