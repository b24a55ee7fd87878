"""Two arms' means against each other: their difference, or their ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

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


class _TwoArms(OfEndpoint):
    """An arm and another, or two sub-groups of one arm."""

    arm: str | None = None
    versus: str | None = None
    where: Where = Field(default=[])
    versus_where: Where = Field(default=[])

    def means(self, ask: Ask) -> tuple[F8, F8]:
        """The mean over donors of each, f8[world]."""
        arm = ask.arm(self.arm)
        other = arm if self.versus is None else ask.other(self.versus)
        return (
            moments.over_donors(ask.values(self, arm, self.where)),
            moments.over_donors(ask.values(self, other, self.versus_where)),
        )


class Difference(_TwoArms):
    """The mean of an arm less that of another, in the unit of the quantity."""

    kind: Literal["difference"]

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        there, here = self.means(ask)
        return Worlds(there - here, ask.units(self))


class RatioOfMeans(_TwoArms):
    """The mean of an arm over that of another: as a ratio, in percent, as percent above it, or as a fold decrease (the
    other over the arm).
    """

    kind: Literal["ratio_of_means"]
    given_as: Literal["ratio", "percent", "percent_change", "fold_decrease"] = Field(default="ratio", alias="as")

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        there, here = self.means(ask)
        above, below = (here, there) if self.given_as == "fold_decrease" else (there, here)
        ratio = over(above, below)
        if self.given_as == "percent":
            return Worlds(100.0 * ratio, "%", "median")
        if self.given_as == "percent_change":
            return Worlds(100.0 * (ratio - 1.0), "%", "median")
        return Worlds(ratio, "1", "median")


def over(above: F8, below: F8) -> F8:
    """A ratio of positive means; undefined where the lower one is not above 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0.0, above / np.where(below > 0.0, below, 1.0), np.nan)
