"""scipy: LSODA in its compiled loop (odeint), Radau and BDF (solve_ivp), on compiled functions and exact Jacobian."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import odeint, solve_ivp

from benchmarks.compiled import Compiled, compiled
from benchmarks.peers.peer import Batch, one_by_one
from benchmarks.problem import F8
from benchmarks.task import EACH, EACH_LOOSE, Task

LSODA = "LSODA"


def lsoda(functions: Compiled, start: F8, times: Sequence[float] | F8, rtol: float, atol: F8 | float) -> F8:
    """The states at ``times`` from ``start`` at the first of them, f8[time, state]; NaN where LSODA gave up."""
    values, info = odeint(
        functions.rhs, start, times, Dfun=functions.jacobian, rtol=rtol, atol=atol, tfirst=True, mxstep=100_000,
        full_output=True,
    )  # fmt: skip
    return values if info["message"] == "Integration successful." else np.full_like(values, np.nan)


@dataclass(frozen=True)
class Scipy:
    """Compiled functions, called through Python as scipy needs it."""

    task: Task
    functions: Compiled
    settings: tuple[str, ...] = (f"LSODA {EACH}", f"LSODA {EACH_LOOSE}", f"Radau {EACH}", f"BDF {EACH}")
    whole: bool = False

    def solve(self, setting: str, rtol: float, rows: slice, seconds: float) -> Batch:
        """One subject after the other."""
        method, policy = setting.split(" ", 1)
        problem, functions, atol = self.task.problem, self.functions, self.task.atol(policy, rtol)
        start = np.zeros(len(problem.states))

        def give(row: int) -> None:
            functions.set_parameters(problem.parameters[row])
            start[:] = problem.initial[row]

        def adams_and_bdf() -> F8:
            return lsoda(functions, start, problem.times, rtol, atol)

        def implicit() -> F8:
            def slope(t: float, y: F8) -> F8:
                return functions.rhs(t, y).copy()  # solve_ivp keeps what it is given

            def matrix(t: float, y: F8) -> F8:
                return functions.jacobian(t, y).copy()

            return solve_ivp(
                slope, (0.0, problem.end), start, method=method, t_eval=problem.times, jac=matrix, rtol=rtol, atol=atol
            ).y.T

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return one_by_one(self.task, rows, seconds, give, adams_and_bdf if method == LSODA else implicit)


@dataclass(frozen=True)
class ScipyIntegrate:
    """scipy.integrate."""

    name: str = "scipy"
    packages: tuple[str, ...] = ("scipy",)

    def prepare(self, task: Task) -> Scipy:
        """Compile the functions."""
        return Scipy(task, compiled(task.problem.system))


PEER = ScipyIntegrate()
