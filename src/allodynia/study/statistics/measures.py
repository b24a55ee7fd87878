"""What a subject's course amounts to in one number: its extreme, how long it lasted, when it came, how fast it went.

Courses are true values: a noisy reading touches a level by chance, and the more often it is read, the more often it
does. Between samples a course is straight.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from allodynia.study.quantities import Amount, Magnitude, Time
from allodynia.study.units import days

F8 = NDArray[np.float64]
Level = Annotated[float, Field(allow_inf_nan=False)] | Amount


class Window(BaseModel):
    """When a course is looked at: unless said, from time 0 to the end, as often as trajectories are kept."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    start: Time | None = Field(default=None, alias="from")
    until: Time | None = None
    every: Time | None = None


class Extreme(Window):
    """The highest or the lowest value."""

    kind: Literal["highest", "lowest"]

    def reduce(self, times: F8, curves: F8, level: float) -> F8:  # noqa: ARG002
        """f8[..., time] to f8[...]."""
        missing = np.isnan(curves).any(axis=-1)
        found = curves.max(axis=-1) if self.kind == "highest" else curves.min(axis=-1)
        return np.asarray(np.where(missing, np.nan, found))


class Duration(Window):
    """How long it stands above, or below, a level (days)."""

    kind: Literal["duration"]
    above: Level | None = None
    below: Level | None = None

    def reduce(self, times: F8, curves: F8, level: float) -> F8:
        """f8[..., time] to days f8[...] (times in days)."""
        height = curves - level if self.above is not None else level - curves
        left, right = height[..., :-1], height[..., 1:]
        span = np.abs(left - right)
        share = np.where(span > 0.0, np.maximum(left, right) / np.where(span > 0.0, span, 1.0), left > 0.0)
        inside = np.where((left > 0.0) & (right > 0.0), 1.0, np.clip(share, 0.0, 1.0))
        return np.asarray((inside * np.diff(times)).sum(axis=-1))


class FirstTime(Window):
    """When it first is above, or below, a level (days after the window begins).

    Who never gets there has infinity, or with ``never: end`` the length of the window (a time restricted to follow-up).
    """

    kind: Literal["first_time"]
    above: Level | None = None
    below: Level | None = None
    never: Literal["infinite", "end"] = "infinite"

    def reduce(self, times: F8, curves: F8, level: float) -> F8:
        """f8[..., time] to days f8[...] (times in days)."""
        height = curves - level if self.above is not None else level - curves
        there = height > 0.0
        first = there.argmax(axis=-1)
        before = np.maximum(first - 1, 0)
        high = np.take_along_axis(height, first[..., None], axis=-1)[..., 0]
        low = np.take_along_axis(height, before[..., None], axis=-1)[..., 0]
        rise = np.where(high > low, high - low, 1.0)
        day = times[before] + (times[first] - times[before]) * np.where(high > low, -low / rise, 0.0) - times[0]
        never = np.inf if self.never == "infinite" else times[-1] - times[0]
        day = np.where(there.any(axis=-1), day, never)
        return np.asarray(np.where(np.isnan(curves).any(axis=-1), np.nan, day))


class Episodes(Window):
    """How many times it rises above (or falls below) a level and stays there ``at_least`` so long.

    An episode lasts from where the course crosses the level to where it comes back for good: a return that is over
    before ``apart`` belongs to it. One under way at either end of the window counts by what lies within. With ``usual:
    median`` the level is in percent above (or below) the subject's own median over the window.
    """

    kind: Literal["episodes"]
    above: Level | None = None
    below: Level | None = None
    at_least: Time
    apart: Time | None = None
    usual: Literal["median"] | None = None

    def reduce(self, times: F8, curves: F8, level: float) -> F8:
        """f8[..., time] to counts f8[...] (times in days)."""
        if self.usual is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                curves = 100.0 * (curves / np.median(curves, axis=-1, keepdims=True) - 1.0)
        height = curves - level if self.above is not None else level - curves
        least, apart = _days(self.at_least), 0.0 if self.apart is None else _days(self.apart)
        count = np.zeros(height.shape[:-1])
        since = np.where(height[..., 0] > 0.0, times[0], np.nan)
        until = np.full(count.shape, np.nan)
        for left in range(times.size - 1):
            here, there = height[..., left], height[..., left + 1]
            with np.errstate(divide="ignore", invalid="ignore"):
                crossed = times[left] + (times[left + 1] - times[left]) * here / (here - there)
            rises, falls = (here <= 0.0) & (there > 0.0), (here > 0.0) & (there <= 0.0)
            fresh = rises & ~(crossed - until < apart)
            count += fresh & (until - since >= least)
            since = np.where(fresh, crossed, since)
            until = np.where(falls, crossed, until)
        until = np.where(height[..., -1] > 0.0, times[-1], until)
        count += until - since >= least
        return np.asarray(np.where(np.isnan(curves).any(axis=-1), np.nan, count))


class Rate(Window):
    """How fast it changes from the beginning of the window to its end: in its unit for each ``per``.

    ``relative`` gives percent of the value at the beginning, compounded (a fall to a quarter in two months is -50 % a
    month).
    """

    kind: Literal["rate"]
    per: Time
    relative: bool = False

    def reduce(self, times: F8, curves: F8, level: float) -> F8:
        """f8[..., time] to f8[...]; ``level`` is the length of ``per`` in days."""
        first, last, span = curves[..., 0], curves[..., -1], (times[-1] - times[0]) / level
        if not self.relative:
            return np.asarray((last - first) / span)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where((first > 0.0) & (last >= 0.0), last / first, np.nan)
        return np.asarray(100.0 * (ratio ** (1.0 / span) - 1.0))


class Area(Window):
    """The area under it (its unit times days)."""

    kind: Literal["area"]

    def reduce(self, times: F8, curves: F8, level: float) -> F8:  # noqa: ARG002
        """f8[..., time] to f8[...] (times in days)."""
        return np.asarray((0.5 * (curves[..., 1:] + curves[..., :-1]) * np.diff(times)).sum(axis=-1))


Measure = Annotated[Extreme | Duration | FirstTime | Episodes | Rate | Area, Field(discriminator="kind")]
"""Any of the measures, told apart by ``kind``."""

OF_A_LEVEL = (Duration, FirstTime, Episodes)
"""The measures that ask for a level, ``above`` or ``below``."""


def unit_of_level(measure: Measure, unit: str) -> str:
    """The unit of the level of a measure of something in ``unit``."""
    return "%" if isinstance(measure, Episodes) and measure.usual is not None else unit


def _days(time: Magnitude) -> float:
    return time.value * days(time.unit)


def unit_of_measure(measure: Measure, unit: str) -> str:
    """The unit of a measure of something in ``unit``."""
    match measure:
        case Duration() | FirstTime():
            return "d"
        case Episodes():
            return "1"
        case Rate():
            return "%" if measure.relative else f"{unit} in {measure.per}"
        case Area():
            return f"{unit}*d"
    return unit
