"""What an assay is, once bound to a study: true values in, readings out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allodynia.study.assay.draws import Draws
from allodynia.study.assay.method import Method

F8 = NDArray[np.float64]


class Perfect(Method):
    """A reading that is the true value."""

    unbiased = True

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """The output itself."""
        return values[0] + np.zeros(draws.shape)


@dataclass(frozen=True, slots=True)
class Assay:
    """A method with the ends of the apparatus' scale: ``floor`` and ``ceiling`` cut the readings."""

    endpoint: str
    method: Method
    floor: float = -math.inf
    ceiling: float = math.inf

    @property
    def unbiased(self) -> bool:
        """That of the method; a scale's ends are taken not to be reached by means."""
        return self.method.unbiased

    def truth(self, values: Sequence[F8]) -> F8:
        """What a perfect reading would be."""
        return np.asarray(self.method.truth(values))

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings of true values."""
        return np.clip(self.method.read(values, draws), self.floor, self.ceiling) + np.zeros(draws.shape)

    def with_ends(self, floor: float, ceiling: float) -> Assay:
        """The same with the ends of a scale."""
        return replace(self, floor=floor, ceiling=ceiling)


def Exact(endpoint: str) -> Assay:
    """No assay at all: a reading is the true value."""
    return Assay(endpoint, Perfect())
