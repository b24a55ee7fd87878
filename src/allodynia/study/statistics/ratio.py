"""Ratios of effects and of outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from allodynia.study.quantities import Time
from allodynia.study.statistics import moments
from allodynia.study.statistics.effect import pooled_sd
from allodynia.study.statistics.statistic import Statistic
from allodynia.study.statistics.terms import Arms, Quantity, Times
from allodynia.study.statistics.worlds import Worlds
from allodynia.study.units import factor

if TYPE_CHECKING:
    from allodynia.errors import Where
    from allodynia.study.plan import Plan
    from allodynia.study.statistics.ask import Ask

F8 = NDArray[np.float64]


class EffectRatio(Statistic):
    """The mean effect in some arms over that in others: pool over single donors, knock-out over wild type.

    An effect is the mean change from baseline over donors at ``at``, less that of ``control`` where one is given.
    Where the lower effect is under ``least_effect`` standard deviations of a change there is nothing to compare
    with: undefined.
    """

    kind: Literal["effect_ratio"]
    endpoint: str
    arms: Arms
    over: Arms
    control: str | None = None
    at: Times
    least_effect: Annotated[float, Field(ge=0)] = 0.2

    def quantities(self) -> dict[str, Quantity]:  # noqa: D102
        return {"endpoint": Quantity(endpoint=self.endpoint, at=self.at, scale="change")}

    def baseline(self) -> str:  # noqa: D102
        return f"kind: {self.kind}"

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        quantity = self.quantities()["endpoint"]

        def effect(names: Sequence[str]) -> F8:
            parts = [moments.over_donors(ask.values(quantity, ask.other(name))) for name in names]
            return np.asarray(np.mean(parts, axis=0))

        still = effect([self.control]) if self.control is not None else 0.0
        above, below = effect(self.arms) - still, effect(self.over) - still
        sd = pooled_sd([ask.values(quantity, ask.other(name), measured=True) for name in self.over])
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(np.abs(below) >= self.least_effect * sd, above / below, np.nan)
        return Worlds(np.where(below == 0.0, np.nan, ratio), "1", "median")


class OutputRatio(Statistic):
    """One endpoint (or output drawn beside them) over another in the same arm at a time: two tissues, say."""

    kind: Literal["output_ratio"]
    endpoint: str
    over: str
    arm: str | None = None
    at: Time | None = None

    def quantities(self) -> dict[str, Quantity]:  # noqa: D102
        return {
            "endpoint": Quantity(endpoint=self.endpoint, at=self.at), "over": Quantity(endpoint=self.over, at=self.at)
        }  # fmt: skip

    def factor(self, plan: Plan, where: Where) -> float:
        """The number that turns the unit of the output above the line into that of the one below."""
        return factor(plan.endpoint(self.endpoint).unit, plan.endpoint(self.over).unit, self.over, where)

    def check(self, plan: Plan, where: Where) -> None:  # noqa: D102
        self.factor(plan, where)

    def compute(self, ask: Ask) -> Worlds:
        """The mean over donors of one endpoint over that of another, in each world, in one unit."""
        arm, quantities = ask.arm(self.arm), self.quantities()
        above, below = (moments.over_donors(ask.values(quantities[key], arm)) for key in ("endpoint", "over"))
        scale = self.factor(ask.readings.plan, ask.where("endpoint"))
        with np.errstate(divide="ignore", invalid="ignore"):
            return Worlds(np.where(below > 0.0, scale * above / below, np.nan), "1", "median")
