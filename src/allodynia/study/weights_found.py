"""Finding the prevalence weights of a population, once: what ``weighting.yaml`` then holds.

A pool of plausible people, spread evenly over their distributions, is tilted towards the population's targets. Targets
told against healthy people (ratios, differences, standardised differences) become goals for means by what a pool of
healthy people shows; a standardised difference depends on the spread of the weighted people too, so it is solved a few
times over. The strength of the targets is the largest under which the weighted pool still counts as enough people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import Tally
from allodynia.cohort.distributions import standard_error
from allodynia.cohort.tilting import NoTilt, Tilt, effective_size, solve_tilt
from allodynia.cohort.weighting import moment_of, standardised
from allodynia.errors import InvalidInput
from allodynia.study.cohort_fit import Fit, Healthy, against_healthy, fit, outputs_of, spread
from allodynia.study.recruit import Recruiter
from allodynia.study.system_like import SystemLike
from allodynia.system.cohort_targets import TargetRow, with_cuts

F8 = NDArray[np.float64]

STRENGTHS = tuple(0.003 * 1.3**step for step in range(40))
LEAST_EFFECTIVE = 0.25
"""Share of the pool that the weighted people must count as."""

CAP = 6.0
"""The largest weight over the mean: no person stands for more than six, and one of the mean weight is taken with a
chance of a sixth.
"""

ROUNDS = 4
"""Times the tilt is solved, so that spreads of the weighted people settle."""


@dataclass(frozen=True)
class Found:
    """The weights found: ``tilt`` over ``targets`` with their ``goals`` and steps ``per``; ``plain`` and ``weighted``
    fits of the pool; ``effective`` people of ``people``.
    """

    population: str
    targets: tuple[TargetRow, ...]
    goals: F8
    per: F8
    tilt: Tilt
    healthy: Healthy
    strength: float
    plain: tuple[Fit, ...]
    weighted: tuple[Fit, ...]
    people: int
    effective: float
    tally: Tally
    seed: int


def find_weights(system: SystemLike, population: str, *, people: int = 4096, seed: int = 1) -> Found:
    """The weights of ``population`` from a pool of ``people``.

    Raises
    ------
    InvalidInput
        Nothing is published of the population, nobody is plausible, or even the weakest weights leave too few people.
    """
    published: tuple[TargetRow, ...] = getattr(system, "people", {})[population].targets
    targets = tuple(target for target in published if target.held)
    if not targets:
        raise InvalidInput(f"no targets of {population!r} stand in cohort_targets.yaml")
    outputs = outputs_of(published)
    pool = Recruiter(system, population, outputs, spread=True).find(seed, range(1), people)
    others = Recruiter(system, "healthy", outputs, spread=True).find(seed, range(1), people)
    rests, well = pool.status == 0, others.status == 0
    values = {name: pool.values[name][rests] for name in outputs}
    normal = {name: others.values[name][well] for name in outputs}
    healthy = against_healthy(published, normal, np.ones(int(well.sum())))
    found = None
    for strength in STRENGTHS:
        try:
            tilt, goals, per = solve(targets, values, healthy, strength, CAP)
        except NoTilt:
            break
        weights = weigh(targets, values, healthy, goals, per, tilt)
        if effective_size(weights) < LEAST_EFFECTIVE * weights.size:
            break
        found = (strength, tilt, goals, per, weights)
    if found is None:
        raise InvalidInput(
            f"no weights bring {population!r} any nearer to its targets and leave {100.0 * LEAST_EFFECTIVE:g} % of the "
            "pool"
        )
    strength, tilt, goals, per, weights = found
    return Found(
        population, targets, goals, per, tilt, healthy, strength,
        fit(published, values, np.ones_like(weights), healthy),
        fit(published, values, weights, healthy), weights.size, effective_size(weights), pool.tally, seed,
    )  # fmt: skip


def solve(
    targets: Sequence[TargetRow], values: Mapping[str, F8], healthy: Healthy, strength: float, cap: float
) -> tuple[Tilt, F8, F8]:
    """The tilt of people with true ``values``, and the goals and steps of its moments."""
    weights = np.ones(next(iter(values.values())).size)
    tilt = None
    for _ in range(ROUNDS):
        told = [_goal(target, values, weights, healthy) for target in targets]
        goals, per = np.array([goal for goal, _ in told]), np.array([step for _, step in told])
        moments = _moments(targets, values, healthy, goals, per)
        tilt = solve_tilt(moments, strength, cap, tilt)
        weights = tilt.weights(moments)
    if tilt is None:
        raise RuntimeError("there is at least one round")
    return tilt, goals, per


def weigh(
    targets: Sequence[TargetRow], values: Mapping[str, F8], healthy: Healthy, goals: F8, per: F8, tilt: Tilt
) -> F8:
    """The weights of people with true ``values`` under a tilt that was solved."""
    return tilt.weights(_moments(targets, values, healthy, goals, per))


def _goal(target: TargetRow, values: Mapping[str, F8], weights: F8, healthy: Healthy) -> tuple[float, float]:
    """The goal of a target's moment and one standard error of it."""
    error = standard_error(*target.interval)
    if target.statistic == "sd":
        return target.value**2, 2.0 * target.value * error
    if target.statistic in ("mean", "share"):
        return target.value, error
    normal, deviation = healthy.moments[target.id]
    if target.statistic == "ratio_to_healthy":
        return target.value * normal, error * normal
    if target.statistic == "difference_from_healthy":
        return normal + target.value, error
    counted = moment_of(target).counted(values) * weights
    own = spread(values[target.terms[0].output], target, counted)[1]
    pooled = float(np.sqrt(0.5 * (own**2 + deviation**2)))
    return normal + target.value * pooled, error * pooled


def _moments(targets: Sequence[TargetRow], values: Mapping[str, F8], healthy: Healthy, goals: F8, per: F8) -> F8:
    columns = [
        standardised(moment_of(with_cuts(target, healthy.cuts.get(target.id, ()))), goal, step, dict(values))
        for target, goal, step in zip(targets, goals.tolist(), per.tolist(), strict=True)
    ]
    return np.column_stack(columns)
