"""Differences between arms in standard deviations of one subject's reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from allodynia.study.statistics import moments
from allodynia.study.statistics.statistic import OfEndpoint
from allodynia.study.statistics.terms import Where
from allodynia.study.statistics.worlds import Worlds

if TYPE_CHECKING:
    from allodynia.study.statistics.ask import Ask

F8 = NDArray[np.float64]


class StandardisedEffect(OfEndpoint):
    """The difference of two arms over the standard deviation of one subject's reading (subjects and assay): Cohen's d.

    ``versus`` may be left out where ``versus_where`` compares two sub-groups of one arm. ``correction: hedges`` takes
    out the bias of small groups (Hedges' g). ``positive_controls`` are arms that must show an effect of at least
    ``control_effect`` standard deviations in the same world; where one does not, the experiment shows nothing and the
    effect is undefined.
    """

    kind: Literal["standardised_effect"]
    arm: str | None = None
    versus: str | None = None
    where: Where = Field(default=[])
    versus_where: Where = Field(default=[])
    correction: Literal["none", "hedges"] = "none"
    positive_controls: list[str] = Field(default=[])
    control_effect: Annotated[float, Field(gt=0)] = 0.8

    def standardised_effect(self) -> bool:  # noqa: D102
        return True

    def compute(self, ask: Ask) -> Worlds:
        """(mean of the arm - mean of the other) / SD in each world, both arms' donors counting alike."""
        arm = ask.arm(self.arm)
        other = arm if self.versus is None else ask.other(self.versus)
        there = ask.values(self, arm, self.where)
        here = moments.over_donors(ask.values(self, other, self.versus_where))
        read = [
            ask.values(self, arm, self.where, measured=True),
            ask.values(self, other, self.versus_where, measured=True),
        ]
        factor = 1.0 if self.correction == "none" else hedges(read)
        donors = factor * over_sd(moments.mean(there, 2) - here[:, None], pooled_sd(read)[:, None])
        effect = moments.mean(donors, 1)
        for name in self.positive_controls:
            control = ask.other(name)
            shown = moments.over_donors(ask.values(self, control)) - here
            spread = pooled_sd([ask.values(self, control, measured=True), read[1]])
            effect = np.where(np.abs(over_sd(shown, spread)) >= self.control_effect, effect, np.nan)
        return Worlds(effect, "SD", donors=donors)


def pooled_sd(readings: Sequence[F8]) -> F8:
    """The standard deviation among subjects of one donor (or among people), pooled over ``readings`` of two arms.

    Each f8[world, donor, subject]; the result f8[world]. Between donors is not in it: an arm whose donors differ must
    not thereby have a smaller effect.
    """
    return np.sqrt(moments.mean(np.concatenate([moments.variance(one, 2) for one in readings], axis=1), 1))


def hedges(readings: Sequence[F8]) -> F8:
    """Hedges' factor J = 1 - 3 / (4 f - 1) for the degrees of freedom f of a pooled SD, f8[world, 1].

    Hedges 1981, J. Educ. Stat. 6:107: the standardised difference of small groups is too large by 1 / J.
    """
    free = sum(np.maximum(np.count_nonzero(~np.isnan(one), axis=2) - 1, 0).sum(axis=1) for one in readings)
    freedom = np.asarray(free, dtype=np.float64)[:, None]
    return np.where(freedom > 1.0, 1.0 - 3.0 / (4.0 * np.maximum(freedom, 2.0) - 1.0), np.nan)


def over_sd(difference: F8, sd: F8) -> F8:
    """A difference in standard deviations; nothing over nothing is 0, something over nothing is undefined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sd > 0.0, difference / sd, np.where(difference == 0.0, 0.0, np.nan))
