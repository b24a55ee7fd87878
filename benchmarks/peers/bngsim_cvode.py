"""bngsim: CVODE, sparse or dense, over C code that it writes for the model where a C compiler is present."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Any

import bngsim
import numpy as np

from benchmarks.peers.peer import Batch, Unusable, one_by_one
from benchmarks.problem import F8
from benchmarks.task import EACH, EACH_LOOSE, Task

DENSE, SPARSE = "dense", "sparse"


@dataclass(frozen=True)
class Bngsim:
    """One model under both of its linear solvers."""

    task: Task
    model: Any
    simulators: dict[str, Any]
    names: tuple[str, ...]
    order: list[int]
    present: list[int]
    settings: tuple[str, ...] = tuple(
        f"{solver} {policy}" for solver in (DENSE, SPARSE) for policy in (EACH, EACH_LOOSE)
    )
    whole: bool = False

    def solve(self, setting: str, rtol: float, rows: slice, seconds: float) -> Batch:
        """One subject after the other."""
        kind, policy = setting.split(" ", 1)
        problem, simulator = self.task.problem, self.simulators[kind]
        atol = np.asarray(self.task.atol(policy, rtol))
        there = np.full(len(self.names), atol.min())
        sizes = problem.sizes[self.present]  # its states of species are concentrations
        there[self.order] = atol[self.present] / sizes
        times = [float(t) for t in problem.times]
        varied = list(problem.varied)
        ids = [problem.sbml_id(problem.system.parameters[i].id) for i in varied]
        state = np.array(self.model.get_state(), dtype=float)

        values = np.zeros((len(times), len(problem.states)))

        def give(row: int) -> None:
            values[:] = problem.initial[row]  # species that never change are no states of its
            self.model.reset()
            self.model.set_params(dict(zip(ids, problem.parameters[row, varied].tolist(), strict=True)))
            state[self.order] = problem.initial[row, self.present] / sizes
            self.model.set_state(state)

        def run() -> F8:
            result = simulator.run(sample_times=times, rtol=rtol, atol=there, max_steps=100_000)
            values[:, self.present] = np.asarray(result.species)[:, self.order] * sizes
            return values

        return one_by_one(self.task, rows, seconds, give, run)


@dataclass(frozen=True)
class BngsimCvode:
    """bngsim."""

    name: str = "bngsim"
    packages: tuple[str, ...] = ("bngsim",)

    def prepare(self, task: Task) -> Bngsim:
        """Load the SBML text, compile its right-hand side and Jacobian where possible."""
        problem = task.problem
        try:
            model = bngsim.Model.from_sbml_string(problem.sbml)
        except Exception as error:  # its own refusals, of several classes
            raise Unusable(f"refuses the model: {str(error).splitlines()[0][:120]}") from None
        compile_it = shutil.which("cc") is not None
        simulators = {
            DENSE: bngsim.Simulator(model, method="ode", codegen=compile_it, force_dense_linear_solver=True),
            SPARSE: bngsim.Simulator(model, method="ode", codegen=compile_it, force_sparse_linear_solver=True),
        }
        names = tuple(model.species_names)
        states = [problem.sbml_id(identifier) for identifier in problem.states]
        present = [index for index, state in enumerate(states) if state in names]
        known = set(model.param_names)
        for position in problem.varied:
            identifier = problem.sbml_id(problem.system.parameters[position].id)
            if identifier not in known:
                raise Unusable(f"cannot set {identifier}")
        for parameter, value in zip(problem.system.parameters, problem.nominal, strict=True):
            if problem.sbml_id(parameter.id) in known:
                model.set_param(problem.sbml_id(parameter.id), float(value))
        return Bngsim(task, model, simulators, names, [names.index(states[i]) for i in present], present)


PEER = BngsimCvode()
