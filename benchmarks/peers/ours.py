"""The engine of this repository: all subjects in one call, one thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from allodynia.engine import Actions
from allodynia.engine.kernel import Kernel, make_kernel
from allodynia.engine.machine import host
from allodynia.engine.simulate import simulate_with
from benchmarks.peers.peer import Batch
from benchmarks.task import EACH, EACH_LOOSE, Task

METHODS = ("Rodas5P", "Rodas5")


@dataclass(frozen=True)
class Ours:
    """Compiled kernels, one a method; ``actions`` makes the doses of so many subjects, where they get any."""

    task: Task
    kernels: dict[str, Kernel]
    actions: Callable[[int], Actions] | None = None
    settings: tuple[str, ...] = tuple(f"{method}, {policy}" for method in METHODS for policy in (EACH, EACH_LOOSE))
    whole: bool = True

    def solve(self, setting: str, rtol: float, rows: slice, seconds: float) -> Batch:  # noqa: ARG002
        """All subjects, one thread; each is given an equal share of the time."""
        problem = self.task.problem
        method, policy = setting.split(", ")
        parameters = problem.parameters[rows]
        actions = None if self.actions is None else self.actions(len(parameters))
        start = time.process_time()
        solution = simulate_with(
            self.kernels[method], parameters, problem.times, initial=problem.initial[rows], actions=actions, rtol=rtol,
            atol=self.task.atol(policy, rtol), threads=1,
        )  # fmt: skip
        share = (time.process_time() - start) / len(solution)
        return Batch(solution.values, np.full(len(solution), share), np.zeros(len(solution)))


@dataclass(frozen=True)
class Allodynia:
    """This package."""

    name: str = "allodynia"
    packages: tuple[str, ...] = ("allodynia", "llvmlite", "numpy")

    def prepare(self, task: Task) -> Ours:
        """Compile the kernels."""
        problem, machine = task.problem, host()
        return Ours(task, {method: make_kernel(problem.system, problem.states, method, machine) for method in METHODS})


PEER = Allodynia()
