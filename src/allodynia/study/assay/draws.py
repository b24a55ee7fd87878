"""Random numbers of readings: every reading has a place of its own in the stream of its endpoint."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.cohort.philox import open_unit, philox, stream_key, word
from allodynia.engine.elementary import exp, log1p_of, ndtri

F8 = NDArray[np.float64]
U8 = NDArray[np.uint64]


@dataclass
class Draws:
    """Random numbers for readings; everything but seed, endpoint and arm broadcasts and says which readings they are.

    The stream is named by the seed and the endpoint, the place in it by world, arm, donor, subject and time: a reading
    does not change when days, arms or subjects are added. Number k is the same whoever asks for it.
    """

    seed: int
    endpoint: str
    world: ArrayLike
    arm: str
    donor: ArrayLike
    subject: ArrayLike
    time: ArrayLike

    def __post_init__(self) -> None:
        self._words: dict[int, tuple[U8, U8, U8, U8]] = {}

    @cached_property
    def _place(self) -> tuple[NDArray[np.generic], int, U8, U8]:
        bits = np.asarray(self.time, dtype=np.float64).view(np.uint64)
        who = np.asarray(self.donor, dtype=np.uint64) << np.uint64(32) | np.asarray(self.subject, dtype=np.uint64)
        return np.asarray(self.world), word(self.arm), who, bits

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the readings."""
        return np.broadcast_shapes(*(np.shape(one) for one in (self.world, self.donor, self.subject, self.time)))

    def uniform(self, number: int) -> F8:
        """Number ``number``, between 0 and 1."""
        block = number // 4
        if block not in self._words:
            labels = ("assay", self.endpoint) if block == 0 else ("assay", self.endpoint, str(block))
            self._words[block] = philox(stream_key(self.seed, *labels), *self._place)
        return open_unit(self._words[block][number % 4])

    def normal(self, number: int) -> F8:
        """The same number as a standard normal one."""
        return ndtri(self.uniform(number))

    def factor(self, number: int, cv: float) -> F8 | float:
        """A lognormal factor of mean 1 and coefficient of variation ``cv``."""
        if cv <= 0.0:
            return 1.0
        sigma = math.sqrt(log1p_of(cv * cv))
        return exp(sigma * self.normal(number) - 0.5 * sigma * sigma)
