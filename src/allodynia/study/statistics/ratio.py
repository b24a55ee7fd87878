"""Ratios of effects and of outputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from allodynia.study.readings import Readings
from allodynia.study.statistics import moments
from allodynia.study.statistics.effect import reading_sd
from allodynia.study.statistics.worlds import Worlds

F8 = NDArray[np.float64]


def effect_ratio(
    readings: Readings,
    endpoint: str,
    arms: Sequence[str],
    over: Sequence[str],
    control: str | None,
    times: Sequence[float],
    least_effect: float,
) -> Worlds:
    """The mean effect in ``arms`` over the mean effect in ``over``, in each world.

    An effect is the mean over donors of the change from baseline, mean over ``times``, less that of ``control``.
    NaN where the lower one is below ``least_effect`` SD of one subject's change: a ratio to nothing says nothing.
    """

    def effect(names: Sequence[str]) -> F8:
        parts = [_change(readings, endpoint, name, times) for name in names]
        return np.asarray(np.mean(parts, axis=0)) - (
            0.0 if control is None else _change(readings, endpoint, control, times)
        )

    above, below = effect(arms), effect(over)
    sd = reading_sd(readings, endpoint, over, times, "change")
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(np.abs(below) >= least_effect * sd, above / below, np.nan)
    return Worlds(np.where(below == 0.0, np.nan, ratio), "1", "median")


def _change(readings: Readings, endpoint: str, arm: str, times: Sequence[float]) -> F8:
    return moments.over_donors(readings.scaled(endpoint, arm, times, "change").mean(axis=-1))


def output_ratio(readings: Readings, endpoint: str, over: str, arm: str, time: float, units: float) -> Worlds:
    """The mean over donors of one endpoint over that of another, in each world; ``units`` turns the first's unit
    into the second's.
    """
    above = moments.over_donors(readings.scaled(endpoint, arm, [time], "value")[..., 0])
    below = moments.over_donors(readings.scaled(over, arm, [time], "value")[..., 0])
    with np.errstate(divide="ignore", invalid="ignore"):
        return Worlds(np.where(below > 0.0, units * above / below, np.nan), "1", "median")
