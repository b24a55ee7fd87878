"""When an effect is over: the first day after the extreme on which a curve is back at a level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from allodynia.study.quantities import Time
from allodynia.study.statistics import moments
from allodynia.study.statistics.measures import Extreme
from allodynia.study.statistics.statistic import Statistic
from allodynia.study.statistics.terms import Quantity, Share
from allodynia.study.statistics.worlds import Worlds

if TYPE_CHECKING:
    from allodynia.study.statistics.ask import Ask

F8 = NDArray[np.float64]


def first_time_at(times: F8, curves: F8, level: float) -> F8:
    """When each curve first reaches ``level`` from below after its lowest point, straight between samples.

    Parameters
    ----------
    times
        f8[time], ascending.
    curves
        f8[..., time].

    Returns ------- f8[...]: infinite where the level is not reached by the last time, NaN where the curve never was
    below it or is missing.
    """
    missing = np.asarray(np.isnan(curves).any(axis=-1))
    filled = np.where(missing[..., None], level, curves)
    lowest = filled.argmin(axis=-1)
    later = np.arange(times.size) > lowest[..., None]
    back = later & (filled >= level)
    first = back.argmax(axis=-1)
    before = np.maximum(first - 1, 0)
    high = np.take_along_axis(filled, first[..., None], axis=-1)[..., 0]
    low = np.take_along_axis(filled, before[..., None], axis=-1)[..., 0]
    rise = np.where(high > low, high - low, 1.0)
    day = times[before] + (times[first] - times[before]) * (level - low) / rise
    day = np.where(back.any(axis=-1), day, np.inf)
    return np.where(missing | (filled.min(axis=-1) >= level), np.nan, day)


class FirstDayAt(Statistic):
    """The first day after its extreme on which an endpoint over baseline is back at ``level``.

    Of the mean over donors, or of each donor with the spread between donors (``of: donors``; ``spread`` are its
    quantiles). Always on true values: a noisy reading touches the level by chance, and the more days are read, the
    earlier.
    """

    kind: Literal["first_day_at"]
    endpoint: str
    arm: str | None = None
    level: Annotated[float, Field(gt=0)]
    every: Time
    of: Literal["mean", "donors"] = "mean"
    spread: Annotated[list[Share], Field(min_length=2, max_length=2)] = Field(default=[0.05, 0.95])

    def quantities(self) -> dict[str, Quantity]:  # noqa: D102
        course = Extreme.model_validate({"kind": "lowest", "every": self.every})
        return {"endpoint": Quantity(endpoint=self.endpoint, scale="ratio", measure=course)}

    def baseline(self) -> str:  # noqa: D102
        return f"kind: {self.kind}"

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        arm, days = ask.arm(self.arm), ask.observer.days
        times = np.array(ask.observer.grid(self.every, ask.name, "every"))
        curves = moments.mean(ask.readings.scaled(self.endpoint, arm, times, "ratio", measured=False), 2)
        if self.of == "mean":
            return Worlds(days * first_time_at(times, moments.mean(curves, 1), self.level), "d", "median")
        donors = days * first_time_at(times, curves, self.level)
        middle = np.array([moments.quantiles(row, [0.5])[0] for row in donors])
        return Worlds(middle, "d", "median", donors=donors, spread=(self.spread[0], self.spread[1]))
