"""The measuring itself: what every method of an assay is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from allodynia.study.assay.draws import Draws

F8 = NDArray[np.float64]


class Method(ABC):
    """A way to measure, in the endpoint's unit.

    ``values`` are the endpoint's output and, after it, the further outputs that the method asked for.
    """

    __slots__ = ()

    unbiased: bool
    """Whether readings scatter about the truth, so that the mean of many is that of the truth."""

    def truth(self, values: Sequence[F8]) -> F8:
        """What a perfect reading would be: the output itself, unless a method says otherwise."""
        return values[0]

    @abstractmethod
    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings; NaN stays NaN."""
