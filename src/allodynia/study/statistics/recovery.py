"""When an effect is over: the first day after the extreme on which a curve is back at a level."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from allodynia.study.readings import Readings
from allodynia.study.statistics import moments
from allodynia.study.statistics.worlds import Worlds

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


def first_day_at(
    readings: Readings,
    endpoint: str,
    arm: str,
    times: F8,
    level: float,
    of: Literal["mean", "donors"],
    spread: tuple[float, float],
    days: float = 1.0,
) -> Worlds:
    """The first day on which an endpoint over baseline is back at ``level``: of the mean over donors, or of each donor.

    Always on true values: a noisy reading touches the level by chance, and the more days are read, the earlier.
    ``days`` turns the unit of ``times`` into days.
    """
    curves = moments.mean(readings.scaled(endpoint, arm, times, "ratio", measured=False), 2)
    if of == "mean":
        return Worlds(days * first_time_at(times, moments.mean(curves, 1), level), "d", "median")
    donors = days * first_time_at(times, curves, level)
    middle = np.array([moments.quantiles(row, [0.5])[0] for row in donors])
    return Worlds(middle, "d", "median", donors=donors, spread=spread)
