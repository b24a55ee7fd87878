"""Quantitative sensory testing by the method of limits: a stimulus rises (or falls) until the person answers."""

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
from allodynia.study.units import convert

F8 = NDArray[np.float64]


class MethodOfLimits(Spec):
    """A threshold to pressure, heat or cold, the mean of ``trials``.

    In each the threshold itself varies (``trial_cv``, or ``trial_sd`` on a scale whose zero means nothing, such as
    degrees), and while the person reacts the stimulus moves on: ``rate`` (the endpoint's unit in ``each``) times the
    ``reaction`` time, in its ``direction``. The reaction time differs by ``reaction_cv`` from trial to trial. Rolke et
    al. 2006, Pain 123:231.
    """

    kind: Literal["method_of_limits"]
    trials: Annotated[int, Field(ge=1, le=20)] = 3
    trial_cv: Annotated[float, Field(ge=0, lt=1)] = 0.0
    trial_sd: Amount | None = None
    rate: Amount | None = None
    each: Time | None = None
    reaction: Time | None = None
    reaction_cv: Annotated[float, Field(ge=0, lt=1)] = 0.0
    direction: Literal["rising", "falling"] = "rising"

    def method(self, bench: Bench) -> Limits:  # noqa: D102
        ramp = (self.rate, self.each, self.reaction)
        if any(given is None for given in ramp) and any(given is not None for given in ramp):
            raise bench.refuse("rate:, each: and reaction: go together", "rate")
        overshoot = 0.0
        if self.rate is not None and self.each is not None and self.reaction is not None:
            share = convert(self.reaction, "s", "reaction", bench.place("reaction")) / convert(
                self.each, "s", "each", bench.place("each")
            )
            overshoot = bench.amount(self.rate, "rate") * share
        if self.direction == "falling":
            overshoot = -overshoot
        sd = 0.0 if self.trial_sd is None else bench.amount(self.trial_sd, "trial_sd")
        return Limits(self.trials, self.trial_cv, sd, overshoot, self.reaction_cv)


@dataclass(frozen=True, slots=True)
class Limits(Method):
    """``overshoot``: how far the stimulus moves during a reaction, in the endpoint's unit."""

    trials: int
    trial_cv: float
    trial_sd: float
    overshoot: float
    reaction_cv: float
    unbiased: bool = False

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings: the mean of the trials."""
        total = np.zeros(1)
        for trial in range(self.trials):
            own = values[0] * draws.factor(3 * trial, self.trial_cv) + self.trial_sd * draws.normal(3 * trial + 1)
            total = total + own + self.overshoot * draws.factor(3 * trial + 2, self.reaction_cv)
        return total / self.trials
