"""Trajectories as a figure shows them: each arm's mean over experimental units with its interval, at every time
kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from allodynia.study.result import StudyResult
from allodynia.study.statistics import moments

F8 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ArmCurve:
    """One output in one arm, without assay noise.

    ``mean`` f8[time] over experimental units with its 95 % t interval ``lo``, ``hi`` (NaN where fewer than two
    units are left); ``donors`` f8[donor, time] are the means of each donor's subjects, empty where the arm compares
    no donors.
    """

    arm: str
    label: str
    mean: F8
    lo: F8
    hi: F8
    donors: F8


def curves(result: StudyResult, output: str, factor: float = 1.0, level: float = 0.95) -> tuple[ArmCurve, ...]:
    """Every arm's curve of ``output``, times ``factor`` (from the model's unit to that of the figure)."""
    series = result.readings.series[output]
    found = []
    for arm in result.plan.arms:
        values = result.layout.view(series.values, arm.name)[0] * factor
        by_donor = arm.unit == "donor"
        units = moments.mean(values, 1) if by_donor else values.reshape(-1, values.shape[-1])
        mean = moments.mean(units, 0)
        count = np.count_nonzero(~np.isnan(units), axis=0)
        t = stdtrit(np.where(count > 1, count - 1.0, np.nan), 0.5 + 0.5 * level)
        half = t * np.sqrt(moments.variance(units, 0) / np.maximum(count, 1))
        donors = units if by_donor else np.empty((0, values.shape[-1]))
        found.append(ArmCurve(arm.name, arm.label, mean, mean - half, mean + half, donors))
    return tuple(found)
