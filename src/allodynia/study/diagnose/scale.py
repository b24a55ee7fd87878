"""Readings on the scale on which a combination weighs them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allodynia.errors import InvalidInput

F8 = NDArray[np.float64]


def logs(x: F8, logged: NDArray[np.bool_]) -> F8:
    """``x`` f8[person, reading] with logarithms of the readings that are ``logged``.

    A reading of 0 or less, below what the assay sees, has no logarithm: it counts as half the least one above.
    """
    found = np.array(x)
    for number in np.flatnonzero(logged):
        above = x[:, number] > 0.0
        if not above.any():
            raise InvalidInput("a reading that is never above 0 has no logarithm; leave out log:")
        found[:, number] = np.log(np.maximum(x[:, number], 0.5 * x[above, number].min()))
    return found


class Standard:
    """Readings in standard deviations from the mean, both as in the people ``x`` f8[person, reading] it is made from.

    A reading that is the same in all of them says nothing, and is 0.
    """

    def __init__(self, x: F8) -> None:
        self.middle = x.mean(axis=0)
        spread = x.std(axis=0)
        self.spread = np.where(spread > 0.0, spread, np.inf)

    def of(self, x: F8) -> F8:
        """``x`` f8[person, reading] on this scale."""
        return np.asarray((x - self.middle) / self.spread)
