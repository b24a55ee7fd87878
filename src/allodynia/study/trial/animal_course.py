"""The course of an animal experiment's first endpoint, arm by arm, as its figure shows it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.study.trial.animals import Experiment, Measured

F8 = NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """An arm on the ``days`` f8[day] of an endpoint, on its own scale.

    ``mean`` f8[day] over replicates; ``lo`` to ``hi`` f8[day] hold the arm's mean in 95 of 100 experiments; ``units``
    f8[unit, day] are those of the first experiment: the mean of each donor's animals, or single animals in an arm
    without donors.
    """

    label: str
    days: F8
    mean: F8
    lo: F8
    hi: F8
    units: F8


def courses(experiment: Experiment, data: Measured) -> tuple[Course, ...]:
    """Both arms of the first endpoint, the control first; animals that could not be solved are left out."""
    name, bound = next(iter(experiment.plan.endpoints.items()))
    found = []
    for number, arm in enumerate(experiment.arms):
        values = data.readings[name][:, number]  # [replicate, donor, animal, day]
        means = _mean(values.reshape(values.shape[0], -1, values.shape[-1]), 1)
        lo, hi = np.nanpercentile(means, [2.5, 97.5], axis=0) if np.isfinite(means).any(axis=0).all() else _gone(means)
        units = _mean(values[0], 1) if experiment.given(arm) else values[0].reshape(-1, values.shape[-1])
        label = experiment.study.spec.arms[arm].label or arm
        found.append(Course(label, np.asarray(bound.times), _mean(means, 0), lo, hi, units))
    return tuple(found)


def _mean(values: F8, axis: int) -> F8:
    """The mean of what is known; NaN where nothing is."""
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, values, 0.0).sum(axis=axis) / known.sum(axis=axis))


def _gone(means: F8) -> tuple[F8, F8]:
    return np.full(means.shape[1], np.nan), np.full(means.shape[1], np.nan)
