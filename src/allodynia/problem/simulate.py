"""All experiments of a problem in one batch: one subject each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.engine import Status, simulate
from allodynia.engine.steady_state import find_steady_state
from allodynia.engine.typical import default_atol
from allodynia.model import Evaluator
from allodynia.problem.likelihood import log_likelihoods, residuals
from allodynia.problem.problem import Experiment, Problem
from allodynia.problem.tables import Observable

F8 = NDArray[np.float64]
RTOL = 1e-8


@dataclass(frozen=True)
class Explained:
    """What a problem's model says at every measurement, in the order of the measurement table.

    ``simulated`` and ``noise`` f8[n_measurements], NaN where the experiment was not solved up to there; ``status``
    i4[n_experiments] (members of `allodynia.engine.Status`), unmeasured ones last where they were asked for.
    """

    problem: Problem
    simulated: F8
    noise: F8
    status: NDArray[np.int32]

    @cached_property
    def measured(self) -> F8:
        """f8[n_measurements]."""
        return np.array([row.value for row in self.problem.tables.measurements])

    @cached_property
    def log_likelihoods(self) -> F8:
        """f8[n_measurements]; NaN where there is no simulation."""
        return log_likelihoods(self._observables, self.measured, self.simulated, self.noise)

    @cached_property
    def residuals(self) -> F8:
        """f8[n_measurements], in units of the noise, on the scale of the noise."""
        return residuals(self._observables, self.measured, self.simulated, self.noise)

    @property
    def llh(self) -> float:
        """The logarithm of the likelihood of all measurements."""
        return float(self.log_likelihoods.sum())

    @property
    def chi2(self) -> float:
        """The sum of squared residuals."""
        return float((self.residuals**2).sum())

    @property
    def _observables(self) -> list[Observable]:
        tables = self.problem.tables
        return [tables.observables[row.observable] for row in tables.measurements]


def explain(
    problem: Problem,
    values: Mapping[str, float] | None = None,
    *,
    rtol: float = RTOL,
    atol: ArrayLike | None = None,
    unmeasured: bool = False,
    max_steps: int = 100_000,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Explained:
    """Simulate every experiment, all in one batch, and read the observables off.

    Parameters
    ----------
    values : parameters of the parameter table, on the linear scale; the others at their nominal values.
    rtol, max_steps, threads, progress : as for `allodynia.engine.simulate`.
    atol : one number or one a state; by default scaled by how large each state gets (`Problem.sizes`).
    unmeasured : also simulate the conditions in which nothing was measured; their status comes last.

    Raises
    ------
    InvalidInput
        An unknown parameter, a value that is not finite, tolerances that cannot be used.
    """
    full = problem.complete(values)
    experiments = (*problem.experiments, *(problem.unmeasured if unmeasured else ()))
    rows = np.array([problem.row(e.condition, full) for e in experiments])
    parameters = rows[:, : len(problem.system.parameters)]
    options: dict[str, Any] = {"rtol": rtol, "max_steps": max_steps, "threads": threads}
    options["atol"] = default_atol(problem.sizes, rtol) if atol is None else atol
    initial, status = _starts(problem, experiments, full, parameters, options)
    times = np.array([row.time for row in problem.tables.measurements])
    states = np.full((len(times), len(problem.system.states)), np.nan)
    experiment = problem.experiment_of
    finite = np.isfinite(times)
    if finite.any():
        grid = np.unique(times[finite])
        outputs = tuple(quantity.id for quantity in problem.system.states)
        solution = simulate(problem.system, parameters, grid, outputs, initial=initial, progress=progress, **options)
        states[finite] = solution.values[experiment[finite], np.searchsorted(grid, times[finite])]
        last = np.full(len(rows), grid[-1])
        last[experiment[finite]] = -np.inf
        np.maximum.at(last, experiment[finite], times[finite])
        # All run to the last time of any; one that fails after its own last measurement is none the worse.
        failed = (solution.status != Status.SOLVED) & ~(solution.failed_at > last)
        status = np.where((status == Status.SOLVED) & failed, solution.status, status)
    if not finite.all():
        ends = np.unique(experiment[~finite])
        found = find_steady_state(
            problem.system, parameters[ends], None if initial is None else initial[ends], **options
        )
        states[~finite] = found.states[np.searchsorted(ends, experiment[~finite])]
        status[ends] = np.where(status[ends] == Status.SOLVED, found.status, status[ends])
    simulated, noise = _observe(problem, full, rows, times, states)
    return Explained(problem, simulated, noise, status.astype(np.int32))


def _starts(
    problem: Problem,
    experiments: tuple[Experiment, ...],
    values: Mapping[str, float],
    parameters: F8,
    options: Mapping[str, Any],
) -> tuple[F8 | None, NDArray[np.int32]]:
    """Where each experiment starts, and whether there is such a place: the steady state of its pre-equilibration, but
    for what its own condition sets. None where all start as the model does.
    """
    system = problem.system
    status = np.full(len(experiments), Status.SOLVED, dtype=np.int32)
    before = tuple(dict.fromkeys(e.preequilibration for e in experiments if e.preequilibration is not None))
    if not before:
        return None, status
    rows = np.array([problem.row(name, values)[: len(system.parameters)] for name in before])
    rest = find_steady_state(system, rows, **options)
    own = Evaluator(system.dag, system.initial)(0.0, np.zeros((len(system.states), len(experiments))), parameters.T).T
    states = {quantity.id: index for index, quantity in enumerate(system.states)}
    for number, experiment in enumerate(experiments):
        if experiment.preequilibration is None:
            continue
        row = before.index(experiment.preequilibration)
        given = problem.tables.conditions[experiment.condition].values
        kept = [index for name, index in states.items() if name not in given]
        own[number, kept] = rest.states[row, kept]
        status[number] = rest.status[row]
    return own, status


def _observe(problem: Problem, values: Mapping[str, float], rows: F8, times: F8, states: F8) -> tuple[F8, F8]:
    """Observables and noise at every measurement from its ``states`` f8[n_measurements, n_states]."""
    measurements = problem.tables.measurements
    simulated, noise = np.full(len(measurements), np.nan), np.full(len(measurements), np.nan)
    by_observable: dict[str, list[int]] = {}
    for number, row in enumerate(measurements):
        by_observable.setdefault(row.observable, []).append(number)
    for name, numbers in by_observable.items():
        places = np.array(
            [
                [problem.number(c, values, m.where) for c in (*m.observable_parameters, *m.noise_parameters)]
                for m in (measurements[number] for number in numbers)
            ]
        ).reshape(len(numbers), -1)
        here = np.array(numbers)
        parameters = rows[problem.experiment_of[here]].T
        simulated[here], noise[here] = problem.formulas.evaluate(
            name, times[here], states[here].T, parameters, places.T
        )
    return simulated, noise
