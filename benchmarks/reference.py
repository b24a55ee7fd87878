"""The reference solutions that errors are measured against, and how far two engines agree on them."""

from __future__ import annotations

import numpy as np

from allodynia.engine import simulate
from benchmarks.peers import peer
from benchmarks.peers.peer import Unusable
from benchmarks.problem import F8, Problem
from benchmarks.task import EACH, Task

RTOL = 1e-12
CHECKED = 8
CHECKERS = ("libroadrunner", "bngsim", "scipy")
"""Asked in this order for the check; the first that solves the problem is taken."""


def refer(problem: Problem, subjects: int) -> tuple[Task, str]:
    """The task for a problem, and a sentence on who else computed the reference and how far the two differ."""
    first = _solve(problem, problem.initial[:1], 1e-9, np.full(len(problem.states), 1e-14), 1)
    size = _median_size(first)
    rough = Task(problem, first, size)
    coarse = _solve(problem, problem.initial[:CHECKED], 1e-9, np.asarray(rough.atol(EACH, 1e-9)), CHECKED)
    size = _median_size(coarse)
    fine = Task(problem, coarse, size)
    reference = _solve(problem, problem.initial[:subjects], RTOL, np.asarray(fine.atol(EACH, RTOL)), subjects)
    task = Task(problem, reference, size)
    return task, _check(task)


def _median_size(values: F8) -> F8:
    sizes: F8 = np.median(np.abs(values).max(axis=1), axis=0)
    return sizes


def _solve(problem: Problem, initial: F8, rtol: float, atol: F8, subjects: int) -> F8:
    solution = simulate(
        problem.system, problem.parameters[:subjects], problem.times, problem.states,
        initial=initial, rtol=rtol, atol=atol, max_steps=10_000_000,
    )  # fmt: skip
    if not solution.solved.all():
        raise RuntimeError(f"{problem.id}: the reference was not solved: {solution.counts()}")
    return solution.values


def _check(task: Task) -> str:
    rows = slice(0, min(CHECKED, len(task.reference)))
    said = []
    for name in CHECKERS:
        try:
            solver = peer(name).prepare(task)
        except Unusable as reason:
            said.append(f"{name}: {reason}")
            continue
        for rtol in (1e-12, 1e-11, 1e-10):
            batch = solver.solve(solver.settings[0], rtol, rows, 60.0)
            errors = task.errors(batch.values, slice(0, len(batch.values)))
            if np.isfinite(errors).all():
                return f"{name} at {rtol:g} differs by {errors.max():.1e} at most ({len(errors)} subjects)"
        said.append(f"{name} failed")
    return "not checked: " + "; ".join(said)
