"""COPASI: LSODA, through its own Python objects rather than data frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import basico
import COPASI
import numpy as np

from benchmarks.peers.peer import Batch, Unusable, one_by_one
from benchmarks.problem import F8
from benchmarks.task import ONE, ONE_STRICT, Task

METHODS = {"LSODA": COPASI.CTaskEnum.Method_deterministic}


@dataclass(frozen=True)
class Copasi:
    """One loaded model, its time-course task, and the objects that hold parameters and initial values."""

    task: Task
    data: Any
    course: Any
    parameters: list[Any]
    states: list[Any]
    columns: list[int | None]
    initial: F8
    settings: tuple[str, ...] = tuple(f"{method} {policy}" for method in METHODS for policy in (ONE, ONE_STRICT))
    whole: bool = False

    def solve(self, setting: str, rtol: float, rows: slice, seconds: float) -> Batch:
        """One subject after the other."""
        method, policy = setting.split(" ", 1)
        problem, course, model = self.task.problem, self.course, self.data.getModel()
        course.setMethodType(METHODS[method])
        options = course.getMethod()
        options.getParameter("Relative Tolerance").setDblValue(rtol)
        options.getParameter("Absolute Tolerance").setDblValue(float(np.asarray(self.task.atol(policy, rtol))))
        options.getParameter("Max Internal Steps").setUIntValue(1_000_000)
        varied, sizes = list(problem.varied), problem.sizes

        def give(row: int) -> None:
            for item, value in zip(self.parameters, problem.parameters[row, varied].tolist(), strict=True):
                item.setInitialValue(value)
            for item, value in zip(self.states, (problem.initial[row] / sizes).tolist(), strict=True):
                if isinstance(item, COPASI.CMetab):
                    item.setInitialConcentration(value)
                else:
                    item.setInitialValue(value)
            model.updateInitialValues(COPASI.CCore.Framework_Concentration)
            course.initializeRaw(COPASI.CCopasiTask.OUTPUT_UI)  # what is set after this is undone by the run

        def run() -> Any:
            if not course.processRaw(True):
                raise RuntimeError("failed")
            return course.getTimeSeries()

        def read(series: Any) -> F8:
            # Its reader of a whole column works on Python 2 only.
            steps = range(series.getRecordedSteps())
            values = np.tile(self.initial / sizes, (len(steps), 1))  # species that never change are not reported
            for state, column in enumerate(self.columns):
                if column is not None:
                    values[:, state] = [series.getConcentrationData(i, column) for i in steps]
            return values * sizes

        return one_by_one(self.task, rows, seconds, give, run, read)


@dataclass(frozen=True)
class CopasiLsoda:
    """COPASI."""

    name: str = "copasi"
    packages: tuple[str, ...] = ("copasi-basico", "python-copasi")

    def prepare(self, task: Task) -> Copasi:
        """Load the SBML text."""
        problem = task.problem
        data = basico.load_model_from_string(problem.sbml)
        if data is None:
            raise Unusable("cannot read the model")
        model = data.getModel()
        by_id: dict[str, Any] = {}
        for group in (model.getMetabolites(), model.getModelValues(), model.getCompartments()):
            for index in range(group.size()):
                by_id[group.get(index).getSBMLId()] = group.get(index)
        for parameter, value in zip(problem.system.parameters, problem.nominal, strict=True):
            item = by_id.get(problem.sbml_id(parameter.id))
            if item is not None and not isinstance(item, COPASI.CCompartment):
                item.setInitialValue(float(value))
        wanted = [problem.sbml_id(problem.system.parameters[i].id) for i in problem.varied]
        states = [problem.sbml_id(identifier) for identifier in problem.states]
        lost = [identifier for identifier in (*wanted, *states) if identifier not in by_id]
        if lost:
            raise Unusable(f"cannot set {lost[0]}")
        course = data.getTask("Time-Course")
        course.setScheduled(True)
        settings = course.getProblem()
        settings.setAutomaticStepSize(False)
        settings.setDuration(problem.end)
        settings.setTimeSeriesRequested(True)
        if np.allclose(np.diff(problem.times), problem.times[1] - problem.times[0]):
            settings.setUseValues(False)
            settings.setStepNumber(len(problem.times) - 1)
        else:
            settings.setUseValues(True)
            settings.setValues(" ".join(repr(float(t)) for t in problem.times))
        course.initializeRaw(COPASI.CCopasiTask.OUTPUT_UI)
        course.processRaw(True)
        series = course.getTimeSeries()
        place = {series.getSBMLId(i, data): i for i in range(series.getNumVariables())}
        return Copasi(
            task, data, course, [by_id[i] for i in wanted], [by_id[i] for i in states], [place.get(i) for i in states],
            problem.initial[0],
        )  # fmt: skip


PEER = CopasiLsoda()
