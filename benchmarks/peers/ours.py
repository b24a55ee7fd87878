"""The engine of this repository: all subjects in one call, one thread."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from allodynia.engine.kernel import Kernel, make_kernel
from allodynia.engine.machine import host
from allodynia.engine.simulate import simulate_with
from benchmarks.peers.peer import Batch
from benchmarks.task import EACH, EACH_LOOSE, Task

METHODS = ("Rodas5P", "Rodas5")


@dataclass(frozen=True)
class Ours:
    """Compiled kernels, one a method."""

    task: Task
    kernels: dict[str, Kernel]
    settings: tuple[str, ...] = tuple(f"{method}, {policy}" for method in METHODS for policy in (EACH, EACH_LOOSE))
    whole: bool = True

    def solve(self, setting: str, rtol: float, rows: slice, seconds: float) -> Batch:  # noqa: ARG002
        """All subjects, one thread; each is given an equal share of the time."""
        problem = self.task.problem
        method, policy = setting.split(", ")
        start = time.process_time()
        solution = simulate_with(
            self.kernels[method], problem.parameters[rows], problem.times, initial=problem.initial[rows], rtol=rtol,
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
