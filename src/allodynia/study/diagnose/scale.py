"""Readings on the scale on which a combination weighs them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from allodynia.errors import InvalidInput

F8 = NDArray[np.float64]


def logs(x: F8, logged: Sequence[bool], names: Sequence[str]) -> F8:
    """``x`` f8[person, reading] with logarithms of the readings that are ``logged``, whose ``names`` are given.

    A reading of 0 or less, below what the assay sees, has no logarithm: it counts as half the least one above.

    Raises
    ------
    InvalidInput
        A reading that nobody has above 0.
    """
    found = np.array(x)
    for number in (place for place, given in enumerate(logged) if given):
        above = x[:, number] > 0.0
        if not above.any():
            raise InvalidInput(f"{names[number]!r} is never above 0 and has no logarithm; leave out its log:")
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
