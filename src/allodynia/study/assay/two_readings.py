"""Tests that are two readings: temporal summation and conditioned modulation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from allodynia.study.assay.bench import Bench, Spec
from allodynia.study.assay.draws import Draws
from allodynia.study.assay.method import Method
from allodynia.study.quantities import Amount

F8 = NDArray[np.float64]


class TwoReadings(Spec):
    """The difference of two readings of one person, each with an error of its own.

    ``temporal_summation``: the rating of the last of a train of stimuli less that of the ``first``;
    ``conditioned_modulation``: the threshold (or rating) under a second painful stimulus less that before it
    (``first``). Where the model gives the difference itself, ``first`` is left out. ``sd`` is the error of one reading,
    ``step`` what ratings are given in, ``repeats`` how often the pair is taken and averaged.
    """

    kind: Literal["temporal_summation", "conditioned_modulation"]
    first: str | None = None
    sd: Amount
    step: Amount | None = None
    repeats: Annotated[int, Field(ge=1, le=20)] = 1

    def companions(self) -> dict[str, str]:  # noqa: D102
        return {} if self.first is None else {"first": self.first}

    def method(self, bench: Bench) -> Pair:  # noqa: D102
        step = 0.0 if self.step is None else bench.amount(self.step, "step")
        return Pair(bench.amount(self.sd, "sd"), step, self.repeats)


@dataclass(frozen=True, slots=True)
class Pair(Method):
    """Values: the later reading and the first one, or their difference."""

    sd: float
    step: float
    repeats: int
    unbiased: bool = True

    def truth(self, values: Sequence[F8]) -> F8:
        """The difference."""
        return values[0] - values[1] if len(values) > 1 else values[0]

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings."""
        if self.step == 0.0:
            error = self.sd * math.sqrt(2.0 / self.repeats) * draws.normal(0)
            return np.asarray(self.truth(values) + error)
        total = np.zeros(1)
        for repeat in range(self.repeats):
            later, first = (self.sd * draws.normal(2 * repeat + one) for one in (0, 1))
            pair = (values[0] + later, values[1] + first) if len(values) > 1 else (values[0] + later - first, 0.0)
            total = total + self._rated(pair[0]) - self._rated(pair[1])
        return total / self.repeats

    def _rated(self, value: F8 | float) -> F8:
        return self.step * np.rint(np.asarray(value) / self.step)
