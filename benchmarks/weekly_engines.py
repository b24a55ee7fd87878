"""Each engine on the year of weekly doses, in every way that it has of giving them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from allodynia.engine.kernel import Kernel, make_kernel
from allodynia.engine.machine import host
from allodynia.engine.simulate import simulate_with
from benchmarks.compiled import Compiled, compiled
from benchmarks.peers import peer
from benchmarks.peers.peer import Batch, Peer, Solver, Unusable, one_by_one, versions
from benchmarks.problem import F8
from benchmarks.task import EACH, EACH_LOOSE, Task
from benchmarks.weekly import Dosed


@dataclass(frozen=True)
class Ours:
    """All subjects in one call, one thread; doses are actions."""

    dosed: Dosed
    kernel: Kernel
    settings: tuple[str, ...] = (EACH, EACH_LOOSE)
    whole: bool = True

    def solve(self, setting: str, rtol: float, rows: slice, seconds: float) -> Batch:  # noqa: ARG002
        """Each subject is given an equal share of the time."""
        task = self.dosed.task
        parameters = task.problem.parameters[rows]
        actions = self.dosed.doses.actions(len(parameters))
        start = time.process_time()
        solution = simulate_with(
            self.kernel, parameters, task.problem.times, initial=task.problem.initial[rows], actions=actions, rtol=rtol,
            atol=task.atol(setting, rtol), threads=1,
        )  # fmt: skip
        share = (time.process_time() - start) / len(solution)
        return Batch(solution.values, np.full(len(solution), share), np.zeros(len(solution)))


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
    inner: Any
    settings: tuple[str, ...] = (EACH, EACH_LOOSE)
    whole: bool = False

    def solve(self, setting: str, rtol: float, rows: slice, seconds: float) -> Batch:
        """One subject after the other."""
        task, runner = self.dosed.task, self.inner.model
        model = runner.model
        runner.integrator.setValue("relative_tolerance", rtol)
        atol = np.asarray(task.atol(setting, rtol))
        runner.integrator.setValue("absolute_tolerance", [float(x) for x in atol[self.inner.tolerance_order]])
        parameters, columns = self.inner.give_parameters
        places, states = self.inner.rates
        target = [places[states.index(self.dosed.doses.target)]]
        amount, cut = self.dosed.doses.amount, stretches(self.dosed)
        values = np.empty((len(task.problem.times), len(task.problem.states)))

        def give(row: int) -> None:
            runner.reset()
            model.setGlobalParameterValues(parameters, task.problem.parameters[row, columns])
            model.setGlobalParameterValues(places, task.problem.initial[row, states])
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
        from scipy.integrate import odeint

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
                found, said = odeint(
                    functions.rhs, state, part.times, Dfun=functions.jacobian, rtol=rtol, atol=atol, tfirst=True,
                    mxstep=100_000, full_output=True,
                )  # fmt: skip
                if said["message"] != "Integration successful.":
                    raise RuntimeError(said["message"])
                values[part.rows] = found[1 : 1 + part.rows.stop - part.rows.start]
                state[:] = found[-1]
            return values

        return one_by_one(task, rows, seconds, give, run)


def ours(dosed: Dosed) -> tuple[Task, Solver]:
    """This package."""
    problem = dosed.task.problem
    return dosed.task, Ours(dosed, make_kernel(problem.system, problem.states, "Rodas5P", host()))


def roadrunner_loop(dosed: Dosed) -> tuple[Task, Solver]:
    """libRoadRunner, one call from dose to dose."""
    return dosed.task, RoadRunnerLoop(dosed, _peer("libroadrunner").prepare(dosed.task))


def roadrunner_event(dosed: Dosed) -> tuple[Task, Solver]:
    """libRoadRunner, one call a subject; the doses are an event."""
    return dosed.as_events, _peer("libroadrunner").prepare(dosed.as_events)


def copasi_event(dosed: Dosed) -> tuple[Task, Solver]:
    """COPASI, one call a subject; the doses are an event."""
    return dosed.as_events, _peer("copasi").prepare(dosed.as_events)


def scipy_loop(dosed: Dosed) -> tuple[Task, Solver]:
    """scipy, one call from dose to dose."""
    _peer("scipy")
    return dosed.task, ScipyLoop(dosed, compiled(dosed.task.problem.system))


def _peer(name: str) -> Peer:
    found = peer(name)
    versions(found.packages)
    return found


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
