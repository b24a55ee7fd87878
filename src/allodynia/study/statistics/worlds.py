"""A statistic in every world, and what is said of it: centre, the range over worlds, and what it rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from allodynia.study.statistics.moments import mean, quantiles
from allodynia.study.statistics.student import mean_interval

F8 = NDArray[np.float64]


@dataclass(frozen=True)
class Worlds:
    """One number a world, f8[world], NaN where it is undefined, infinite where a time lies beyond follow-up.

    ``donors`` f8[world, donor] are the donors' own numbers, for statistics that are their mean. ``centre`` says how
    worlds are brought together: by the mean, or by the median for ratios and times, whose mean one world in a
    hundred can carry away. ``spread`` given: ``lo`` and ``hi`` are these quantiles over all donors of all worlds,
    not over worlds. ``pooled`` given: the centre, from all worlds' subjects together.
    """

    values: F8
    unit: str
    centre: Literal["mean", "median"] = "mean"
    donors: F8 | None = None
    spread: tuple[float, float] | None = None
    pooled: float | None = None


@dataclass(frozen=True, slots=True)
class ObservableValue:
    """A statistic that claims refer to.

    ``value`` is the centre over worlds, ``lo``..``hi`` the range of 95 % of worlds (with one world: the t interval
    over donors where the statistic is a mean of them, else NaN), ``standard_error`` that of ``value``. ``units``
    counts experimental units (donors in all worlds, or subjects where no donors are compared), ``subjects`` all of
    them, ``failed`` those not solved, ``worlds`` those in which the statistic is defined, of ``worlds_drawn``. ``good``
    says which way is better for the subject: 1 up, -1 down, 0 where the study does not say. ``values`` are those of the
    single worlds.
    """

    name: str
    value: float
    lo: float
    hi: float
    standard_error: float
    unit: str
    units: int
    subjects: int
    failed: int
    worlds: int
    worlds_drawn: int
    label: str = ""
    good: int = 0
    values: tuple[float, ...] = ()

    @property
    def n(self) -> int:
        """Subjects behind it."""
        return self.subjects


def summarise(
    name: str, label: str, found: Worlds, *, units: int, subjects: int, failed: int, good: int = 0
) -> ObservableValue:
    """What is said of ``found``. Undefined in more than half of the worlds: undefined."""
    defined = found.values[~np.isnan(found.values)]
    drawn = found.values.size
    lo = hi = error = value = math.nan
    if 2 * defined.size > drawn:
        finite = defined[np.isfinite(defined)]
        value = float(mean(defined, 0)) if found.centre == "mean" else quantiles(defined, [0.5])[0]
        value = value if found.pooled is None else found.pooled
        if drawn > 1:
            lo, hi = quantiles(defined, [0.025, 0.975])
            if finite.size == defined.size and finite.size > 1:
                error = float(finite.std(ddof=1)) / math.sqrt(finite.size)
                # The median of normal numbers scatters sqrt(pi / 2) times as much as their mean.
                error *= math.sqrt(math.pi / 2.0) if found.centre == "median" else 1.0
        elif found.donors is not None:
            interval = mean_interval(found.donors[0])
            lo, hi = interval.lo, interval.hi
            error = _error(found.donors[0])
    if found.spread is not None and found.donors is not None:
        value, lo, hi = quantiles(found.donors, [0.5, *found.spread])
    return ObservableValue(
        name, value, lo, hi, error, found.unit, units, subjects, failed, int(defined.size), drawn, label, good,
        tuple(found.values.tolist()),
    )  # fmt: skip


def _error(donors: F8) -> float:
    kept = donors[~np.isnan(donors)]
    return float(kept.std(ddof=1)) / math.sqrt(kept.size) if kept.size > 1 else math.nan
