"""The mean over donors."""

from __future__ import annotations

from allodynia.study.readings import Readings
from allodynia.study.statistics import moments
from allodynia.study.statistics.worlds import Worlds


def mean_over_donors(readings: Readings, endpoint: str, arm: str, time: float, scale: str) -> Worlds:
    """The mean over donors of each donor's mean over subjects, in each world."""
    donors = moments.mean(readings.scaled(endpoint, arm, [time], scale)[..., 0], 2)
    return Worlds(moments.mean(donors, 1), readings.unit(endpoint, scale), donors=donors)
