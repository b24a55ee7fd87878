"""Nerve conduction: a velocity from the distance between two sites and the time between two answers."""

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
from allodynia.study.quantities import Amount, Time

F8 = NDArray[np.float64]


class NerveConduction(Spec):
    """``distance`` is measured on the skin with an error of ``distance_sd``, the latency with one of ``latency_sd``.

    A limb is not always at the temperature that norms are for: ``temperature_cv`` is what that leaves in the velocity
    after correction. An endpoint in a unit of velocity.
    """

    kind: Literal["nerve_conduction"]
    distance: Amount
    distance_sd: Amount
    latency_sd: Time
    temperature_cv: Annotated[float, Field(ge=0, lt=1)] = 0.0

    def method(self, bench: Bench) -> Velocity:  # noqa: D102
        speed = bench.need("m/s", "a conduction velocity")
        distance = bench.amount(self.distance, "distance", "m")
        if not distance > 0.0:
            raise bench.refuse(f"distance: {self.distance} is no distance", "distance")
        spread = bench.amount(self.distance_sd, "distance_sd", "m")
        return Velocity(speed, distance, spread, bench.amount(self.latency_sd, "latency_sd", "s"), self.temperature_cv)


@dataclass(frozen=True, slots=True)
class Velocity(Method):
    """Distances in m, times in s; ``speed`` is one unit of the endpoint in m/s."""

    speed: float
    distance: float
    distance_sd: float
    latency_sd: float
    temperature_cv: float
    unbiased: bool = False

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings; a nerve that does not conduct has velocity 0."""
        velocity = values[0] * self.speed * draws.factor(2, self.temperature_cv)
        with np.errstate(divide="ignore", invalid="ignore"):
            latency = self.distance / velocity + self.latency_sd * draws.normal(1)
            found = (self.distance + self.distance_sd * draws.normal(0)) / latency / self.speed
        # An answer before the stimulus is noise: the examiner repeats it, and reads none.
        found = np.where((latency > 0.0) & (found > 0.0), found, 0.0)
        return np.where(np.isnan(values[0]), np.nan, found)
