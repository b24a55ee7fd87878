"""The mean over donors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from allodynia.study.statistics import moments
from allodynia.study.statistics.statistic import OfEndpoint
from allodynia.study.statistics.terms import Where
from allodynia.study.statistics.worlds import Worlds

if TYPE_CHECKING:
    from allodynia.study.statistics.ask import Ask


class Mean(OfEndpoint):
    """The mean of a quantity over donors (each donor the mean of its subjects), or over subjects without donors.

    ``where`` keeps a sub-group.
    """

    kind: Literal["mean"]
    arm: str | None = None
    where: Where = Field(default=[])

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        arm = ask.arm(self.arm)
        donors = moments.mean(ask.values(self, arm, self.where), 2)
        return Worlds(moments.mean(donors, 1), ask.units(self), donors=donors)
