"""How a population compares with published cohorts, target by target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort.distributions import standard_error
from allodynia.cohort.moments import mean_reading, readings
from allodynia.cohort.weighting import moment_of
from allodynia.system.cohort_targets import TargetRow, with_cuts

F8 = NDArray[np.float64]


@dataclass(frozen=True)
class Healthy:
    """What healthy people show of the targets that are told against them: ``moments`` (mean and SD of readings) by
    target, ``cuts`` of its terms where they are percentiles.
    """

    moments: Mapping[str, tuple[float, float]]
    cuts: Mapping[str, tuple[float, ...]]

    def lacks(self, targets: Sequence[TargetRow]) -> list[str]:
        """The targets that are told against healthy people, of whom nothing is known for them."""
        return [
            one.id
            for one in targets
            if (one.against_healthy and one.id not in self.moments) or (one.percentiles and one.id not in self.cuts)
        ]


@dataclass(frozen=True, slots=True)
class Fit:
    """A target and what people show of it; everything in the unit of the table. ``n`` people were read for the
    published number (None: it is not said), ``distance`` is in its standard errors.
    """

    target: str
    statistic: str
    unit: str
    published: float
    lo: float
    hi: float
    n: int | None
    simulated: float
    evidence: tuple[str, ...]
    basis: str

    @property
    def distance(self) -> float:
        """How far the simulated number is from the published one, in its standard errors."""
        return (self.simulated - self.published) / standard_error(self.lo, self.hi)

    @property
    def within(self) -> bool:
        """Whether it lies in the published interval."""
        return self.lo <= self.simulated <= self.hi


def outputs_of(targets: Sequence[TargetRow]) -> tuple[str, ...]:
    """The outputs that targets look at."""
    return tuple(dict.fromkeys(output for target in targets for output in target.outputs))


def against_healthy(targets: Sequence[TargetRow], values: Mapping[str, F8], people: F8) -> Healthy:
    """What healthy people show, whose true values are ``values``; ``people`` weighs them.

    A percentile is that of a lognormal with the mean and SD of the logarithms of their readings.
    """
    moments: dict[str, tuple[float, float]] = {}
    cuts: dict[str, tuple[float, ...]] = {}
    for target in targets:
        if target.against_healthy:
            moments[target.id] = spread(values[target.terms[0].output], target, people)
        elif target.percentiles:
            cuts[target.id] = tuple(
                _percentile(values[term.output], target, people, term.percentile)
                if term.percentile is not None
                else float(term.cut or 0.0)
                for term in target.terms
            )
    return Healthy(moments, cuts)


def _percentile(true: F8, target: TargetRow, people: F8, percent: float) -> float:
    from scipy.special import ndtri

    logs = np.log(np.maximum(readings(true, target.reading), 1e-12))
    mean = float(np.average(logs.mean(axis=-1), weights=people))
    variance = float(np.average(((logs - mean) ** 2).mean(axis=-1), weights=people))
    return float(np.exp(mean + np.sqrt(variance) * ndtri(percent / 100.0)))


def spread(true: F8, target: TargetRow, people: F8) -> tuple[float, float]:
    """Mean and SD of readings of people weighed by ``people``."""
    mean = float(np.average(mean_reading(true, target.reading), weights=people))
    square = ((readings(true, target.reading) - mean) ** 2).mean(axis=-1)
    return mean, float(np.sqrt(np.average(square, weights=people)))


def shown(target: TargetRow, values: Mapping[str, F8], people: F8, healthy: Healthy) -> float:
    """The statistic of a target in people weighed by ``people``, in the unit of the equations."""
    moment = moment_of(with_cuts(target, healthy.cuts.get(target.id, ())))
    counted = moment.counted(values) * people
    true = values[target.terms[0].output]
    if target.statistic == "sd":
        return spread(true, target, counted)[1]
    mean = float(np.average(moment.of(values), weights=counted))
    if target.statistic in ("mean", "share"):
        return mean
    normal, deviation = healthy.moments[target.id]
    if target.statistic == "ratio_to_healthy":
        return mean / normal
    if target.statistic == "difference_from_healthy":
        return mean - normal
    own = spread(true, target, counted)[1]
    return (mean - normal) / float(np.sqrt(0.5 * (own**2 + deviation**2)))


def fit(targets: Sequence[TargetRow], values: Mapping[str, F8], people: F8, healthy: Healthy) -> tuple[Fit, ...]:
    """Every target beside what ``people`` (weights) with true ``values`` show."""
    units = ("mean", "sd", "difference_from_healthy")
    return tuple(
        Fit(
            target.id, target.statistic, target.unit if target.statistic in units else "",
            target.value * target.scale, target.interval[0] * target.scale, target.interval[1] * target.scale,
            target.n, shown(target, values, people, healthy) * target.scale, target.evidence, target.basis,
        )
        for target in targets
    )  # fmt: skip
