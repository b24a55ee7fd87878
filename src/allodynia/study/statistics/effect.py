"""Differences between arms in standard deviations of one subject's reading."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from allodynia.study.readings import Readings
from allodynia.study.statistics import moments
from allodynia.study.statistics.worlds import Worlds

F8 = NDArray[np.float64]


def reading_sd(readings: Readings, endpoint: str, arms: Sequence[str], times: Sequence[float], scale: str) -> F8:
    """The standard deviation of a subject's reading (mean over ``times``) among subjects of one donor, pooled,
    f8[world].

    Between donors is not in it: an arm whose donors differ must not thereby have a smaller effect.
    """
    parts = [
        moments.variance(readings.scaled(endpoint, arm, times, scale, measured=True).mean(axis=-1), 2) for arm in arms
    ]
    return np.sqrt(moments.mean(np.concatenate(parts, axis=1), 1))


def standardised_effect(
    readings: Readings,
    endpoint: str,
    arm: str,
    versus: str,
    time: float,
    scale: str,
    positive_controls: Sequence[str] = (),
    control_effect: float = 0.0,
) -> Worlds:
    """(mean of ``arm`` - mean of ``versus``) / SD in each world, both arms' donors counting alike.

    NaN in a world where one of ``positive_controls`` does not differ from ``versus`` by ``control_effect`` SD: an
    experiment that cannot show an effect does not show its absence.
    """
    sd = reading_sd(readings, endpoint, [arm, versus], [time], scale)
    there = readings.scaled(endpoint, arm, [time], scale)[..., 0]
    here = moments.over_donors(readings.scaled(endpoint, versus, [time], scale)[..., 0])
    donors = _over(moments.mean(there, 2) - here[:, None], sd[:, None])
    effect = moments.mean(donors, 1)
    for control in positive_controls:
        shown = moments.over_donors(readings.scaled(endpoint, control, [time], scale)[..., 0]) - here
        spread = reading_sd(readings, endpoint, [control, versus], [time], scale)
        effect = np.where(np.abs(_over(shown, spread)) >= control_effect, effect, np.nan)
    return Worlds(effect, "SD", donors=donors)


def _over(difference: F8, sd: F8) -> F8:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sd > 0.0, difference / sd, np.where(difference == 0.0, 0.0, np.nan))
