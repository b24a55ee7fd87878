"""libRoadRunner: CVODE (BDF, dense) over its own machine code for the model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import roadrunner

from benchmarks.peers.peer import Batch, Unusable, one_by_one
from benchmarks.problem import F8
from benchmarks.task import EACH, EACH_LOOSE, Task


@dataclass
class RoadRunner:
    """One loaded model. Parameters and states are set as arrays through the model, the quickest way it has."""

    task: Task
    model: Any
    give_parameters: tuple[list[int], list[int]]
    concentrations: tuple[list[int], list[int]]
    amounts: tuple[list[int], list[int]]
    rates: tuple[list[int], list[int]]
    settings: tuple[str, ...] = (EACH, EACH_LOOSE)
    whole: bool = False
    tolerance_order: list[int] = field(default_factory=list)

    def set_tolerances(self, setting: str, rtol: float) -> None:
        """For all that follows."""
        self.model.integrator.setValue("relative_tolerance", rtol)
        atol = np.asarray(self.task.atol(setting, rtol))
        self.model.integrator.setValue("absolute_tolerance", [float(x) for x in atol[self.tolerance_order]])

    def give(self, row: int) -> None:
        """A subject's parameters and initial states."""
        problem, model = self.task.problem, self.model.model
        indices, columns = self.give_parameters
        rate_indices, rate_columns = self.rates
        species, species_columns = self.concentrations
        amounts, amount_columns = self.amounts
        self.model.reset()
        model.setGlobalParameterValues(indices, problem.parameters[row, columns])
        if species:
            model.setFloatingSpeciesConcentrations(species, problem.initial[row, species_columns])
        if amounts:
            model.setFloatingSpeciesAmounts(amounts, problem.initial[row, amount_columns])
        if rate_indices:
            model.setGlobalParameterValues(rate_indices, problem.initial[row, rate_columns])

    def solve(self, setting: str, rtol: float, rows: slice, seconds: float) -> Batch:
        """One subject after the other."""
        problem = self.task.problem
        self.set_tolerances(setting, rtol)
        times = [float(t) for t in problem.times]
        even = np.allclose(np.diff(problem.times), problem.times[1] - problem.times[0])

        def run() -> F8:
            if even:
                return np.asarray(self.model.simulate(0.0, problem.end, len(times)))
            return np.asarray(self.model.simulate(times=times))

        return one_by_one(self.task, rows, seconds, self.give, run)


@dataclass(frozen=True)
class LibRoadRunner:
    """libRoadRunner."""

    name: str = "libroadrunner"
    packages: tuple[str, ...] = ("libroadrunner",)

    def prepare(self, task: Task) -> RoadRunner:
        """Load the SBML text."""
        roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
        problem = task.problem
        model = roadrunner.RoadRunner(problem.sbml)
        global_ids = list(model.model.getGlobalParameterIds())
        floating = list(model.model.getFloatingSpeciesIds())
        states = [problem.sbml_id(identifier) for identifier in problem.states]
        parameters = [problem.sbml_id(q.id) for q in problem.system.parameters]
        settable = [i for i, identifier in enumerate(parameters) if identifier in global_ids]
        lost = [parameters[i] for i in problem.varied if i not in settable]
        if lost:
            raise Unusable(f"cannot set {lost[0]}")
        counted = [s for s in floating if s in states and s in problem.amounts]
        dense = [s for s in floating if s in states and s not in problem.amounts]
        boundary = [s for s in states if s not in floating and s not in global_ids]
        for identifier in boundary:
            value = float(problem.initial[0, states.index(identifier)])
            model[identifier if identifier in problem.amounts else f"[{identifier}]"] = value
        bracketed = {*dense, *(s for s in boundary if s not in problem.amounts)}
        model.timeCourseSelections = [f"[{s}]" if s in bracketed else s for s in states]
        rated = [i for i, s in enumerate(states) if s in global_ids]
        # The order of its state vector: rate-rule variables, then floating species.
        integrated = [states.index(s) for s in [*model.model.getRateRuleSymbols(), *floating] if s in states]
        return RoadRunner(
            task, model, ([global_ids.index(parameters[i]) for i in settable], settable),
            *(([floating.index(s) for s in part], [states.index(s) for s in part]) for part in (dense, counted)),
            ([global_ids.index(states[i]) for i in rated], rated), tolerance_order=integrated,
        )  # fmt: skip


PEER = LibRoadRunner()
