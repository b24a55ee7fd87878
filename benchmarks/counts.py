"""Work counted instead of timed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allodynia.engine import simulate
from allodynia.engine.tableaux import RODAS5P
from benchmarks.problem import Problem
from benchmarks.problems import problem

SUBJECTS = 32
RTOL = 1e-6
START_EVALUATIONS = 2


@dataclass(frozen=True)
class Counts:
    """Of one problem at rtol 1e-6, means over the first 32 subjects of its population.

    ``evaluations`` of the right-hand side: one a stage and attempt (the first comes with the Jacobian), two for the
    first step. A factorisation, and a Jacobian, an attempt.
    """

    steps: float
    rejected: float
    factorisations: float
    evaluations: float


def sizes(one: Problem) -> np.ndarray:
    """A rough size of every state: f8[states]. Coarse, and the same on every machine to the digits that are kept."""
    rough = simulate(
        one.system, one.parameters[:1], one.times, one.states, initial=one.initial[:1], rtol=1e-4, atol=1e-9, threads=1
    )
    largest = np.nanmax(np.abs(rough.values[0]), axis=0)
    return 10.0 ** np.round(np.log10(np.maximum(largest, 1e-9)))


def count(name: str) -> Counts:
    """Solve the problem called ``name`` and count. Raises `benchmarks.problems.Missing`."""
    one = problem(name, SUBJECTS)
    atol = RTOL * 1e-2 * sizes(one)
    solution = simulate(
        one.system, one.parameters, one.times, one.states, initial=one.initial, rtol=RTOL, atol=atol, threads=1
    )
    if not solution.solved.all():
        raise RuntimeError(f"{name}: {solution.counts()}")
    attempts = float(solution.factorisations.mean())
    return Counts(
        steps=float(solution.steps.mean()),
        rejected=float(solution.rejected.mean()),
        factorisations=attempts,
        evaluations=attempts * RODAS5P.stages + START_EVALUATIONS,
    )
