"""Each engine on the year of weekly doses, in every way that it has of giving them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.compiled import Compiled, compiled
from benchmarks.peers import installed
from benchmarks.peers.peer import Batch, Solver, Unusable, one_by_one
from benchmarks.problem import F8
from benchmarks.task import EACH, EACH_LOOSE, Task
from benchmarks.weekly import Dosed

if TYPE_CHECKING:
    from benchmarks.peers.roadrunner_cvode import RoadRunner


@dataclass(frozen=True)
class Stretch:
    """The times of one stretch between doses; its last is the end of the stretch, and is no sample."""

    times: list[float]
    rows: slice


def stretches(dosed: Dosed) -> list[Stretch]:
    """A year cut at the doses."""
    grid = dosed.task.problem.times
    cuts = [0.0, *dosed.doses.times, float(grid[-1])]
    found = []
    for start, end in itertools.pairwise(cuts):
        inside = np.flatnonzero((grid > start) & (grid <= end))
        times = [start, *grid[inside].tolist()]
        found.append(Stretch(times if times[-1] == end else [*times, end], slice(inside[0], inside[-1] + 1)))
    return found


@dataclass(frozen=True)
class RoadRunnerLoop:
    """libRoadRunner stopped at every dose: its own state goes on, the dose is added, the integrator begins anew."""

    dosed: Dosed
    inner: RoadRunner
    settings: tuple[str, ...] = (EACH, EACH_LOOSE)
    whole: bool = False

    def solve(self, setting: str, rtol: float, rows: slice, seconds: float) -> Batch:
        """One subject after the other."""
        task, runner = self.dosed.task, self.inner.model
        model = runner.model
        self.inner.set_tolerances(setting, rtol)
        places, states = self.inner.rates
        target = [places[states.index(self.dosed.doses.target)]]
        amount, cut = self.dosed.doses.amount, stretches(self.dosed)
        values = np.empty((len(task.problem.times), len(task.problem.states)))

        def give(row: int) -> None:
            self.inner.give(row)
            values[0] = task.problem.initial[row]

        def run() -> F8:
            for number, part in enumerate(cut):
                if number:
                    model.setGlobalParameterValues(target, model.getGlobalParameterValues(target) + amount)
                found = np.asarray(runner.simulate(times=part.times))
                values[part.rows] = found[1 : 1 + part.rows.stop - part.rows.start]
            return values

        return one_by_one(task, rows, seconds, give, run)


@dataclass(frozen=True)
class ScipyLoop:
    """scipy's LSODA on compiled functions and their exact Jacobian, stopped at every dose."""

    dosed: Dosed
    functions: Compiled
    settings: tuple[str, ...] = (EACH, EACH_LOOSE)
    whole: bool = False

    def solve(self, setting: str, rtol: float, rows: slice, seconds: float) -> Batch:
        """One subject after the other."""
        from benchmarks.peers.scipy_integrate import lsoda

        task, functions = self.dosed.task, self.functions
        atol, cut = task.atol(setting, rtol), stretches(self.dosed)
        state = np.zeros(len(task.problem.states))
        values = np.empty((len(task.problem.times), len(task.problem.states)))

        def give(row: int) -> None:
            functions.set_parameters(task.problem.parameters[row])
            state[:] = values[0] = task.problem.initial[row]

        def run() -> F8:
            for number, part in enumerate(cut):
                if number:
                    state[self.dosed.doses.target] += self.dosed.doses.amount
                found = lsoda(functions, state, part.times, rtol, atol)
                values[part.rows] = found[1 : 1 + part.rows.stop - part.rows.start]
                state[:] = found[-1]
            return values

        return one_by_one(task, rows, seconds, give, run)


def ours(dosed: Dosed) -> tuple[Task, Solver]:
    """This package: all subjects in one call, one thread; doses are actions."""
    return dosed.task, replace(installed("allodynia").prepare(dosed.task), actions=dosed.doses.actions)


def roadrunner_loop(dosed: Dosed) -> tuple[Task, Solver]:
    """libRoadRunner, one call from dose to dose."""
    return dosed.task, RoadRunnerLoop(dosed, installed("libroadrunner").prepare(dosed.task))


def roadrunner_event(dosed: Dosed) -> tuple[Task, Solver]:
    """libRoadRunner, one call a subject; the doses are an event."""
    return dosed.as_events, installed("libroadrunner").prepare(dosed.as_events)


def copasi_event(dosed: Dosed) -> tuple[Task, Solver]:
    """COPASI, one call a subject; the doses are an event."""
    return dosed.as_events, installed("copasi").prepare(dosed.as_events)


def scipy_loop(dosed: Dosed) -> tuple[Task, Solver]:
    """scipy, one call from dose to dose."""
    installed("scipy")
    return dosed.task, ScipyLoop(dosed, compiled(dosed.task.problem.system))


ENGINES: dict[str, Callable[[Dosed], tuple[Task, Solver]]] = {
    "allodynia": ours,
    "libroadrunner, stopped at doses": roadrunner_loop,
    "libroadrunner, doses as an event": roadrunner_event,
    "copasi, doses as an event": copasi_event,
    "scipy LSODA, stopped at doses": scipy_loop,
}
"""Engines, and in words how they give the doses."""

PEERS = ("allodynia", "libroadrunner", "copasi", "scipy")
"""Who they are, as `benchmarks.peers` calls them."""


def checked(dosed: Dosed, subjects: int = 2, rtol: float = 1e-11) -> str:
    """Who else computed the reference, and how far the two differ."""
    try:
        task, solver = scipy_loop(dosed)
    except Unusable as reason:
        return f"not checked: {reason}"
    errors = task.errors(solver.solve(EACH, rtol, slice(0, subjects), 600.0).values, slice(0, subjects))
    return f"scipy LSODA at {rtol:g} differs by {errors.max():.1e} at most ({subjects} people)"
