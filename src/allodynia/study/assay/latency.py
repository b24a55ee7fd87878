"""Behaviour of animals that is timed or pressed until they answer, or until the experimenter stops."""

from __future__ import annotations

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


class CutOff(Spec):
    """A latency (hot or cold plate) or force (paw pressure): the mean of ``trials`` that end at ``cut_off``, so that
    the animal is not hurt. ``trial_cv`` is what trials of one animal differ by.
    """

    kind: Literal["cut_off"]
    cut_off: Amount
    trial_cv: Annotated[float, Field(ge=0, lt=2)]
    trials: Annotated[int, Field(ge=1, le=20)] = 1

    def method(self, bench: Bench) -> Trials:  # noqa: D102
        return Trials(bench.amount(self.cut_off, "cut_off"), self.trial_cv, self.trials)


@dataclass(frozen=True, slots=True)
class Trials(Method):
    """In the endpoint's unit."""

    cut_off: float
    trial_cv: float
    trials: int
    unbiased: bool = False

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings."""
        ended = [np.minimum(values[0] * draws.factor(one, self.trial_cv), self.cut_off) for one in range(self.trials)]
        return np.asarray(sum(ended)) / self.trials
