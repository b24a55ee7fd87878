"""The whole human system for a year: people with fibromyalgia at rest, given a drug once a week."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from allodynia.cohort import Settler
from allodynia.engine import ActionKind, Actions, simulate
from allodynia.model import OdeSystem, Op
from allodynia.model.ode import Event, Quantity, complete
from allodynia.model.write import to_sbml
from allodynia.model.write.ids import ids_of
from allodynia.study import AsPlanned, load_study
from allodynia.study.begin import Beginner, plausible_outputs
from allodynia.study.bind import bind
from allodynia.study.differences import table_of
from allodynia.study.systems import system_for
from benchmarks.problem import F8, Problem
from benchmarks.task import EACH, Task

STUDY = Path(__file__).parent / "models" / "weekly.yaml"
SEED = 1
EVERY = 7.0
SAMPLED = (1.75, 5.25)
"""Days after each dose at which states are read: never at a dose, where programs differ in what comes first."""

LAST = 6.75
"""Days after the last dose at which the year ends, for the same reason."""

RTOL = 1e-12
NEXT = "next.dose"


@dataclass(frozen=True)
class Doses:
    """``amount`` is added to state ``target`` at each of ``times``."""

    target: int
    amount: float
    times: F8

    def actions(self, subjects: int) -> Actions:
        """The doses as our engine takes them."""
        return Actions.shared(subjects, [(t, ActionKind.ADD_STATE, self.target, self.amount) for t in self.times])


@dataclass(frozen=True)
class Dosed:
    """A task whose subjects get ``doses``; a dose at time 0 is in the initial states already.

    ``as_events`` is the same task with the doses written into the system, as one event that comes back every week, for
    programs that carry out events.
    """

    task: Task
    doses: Doses
    as_events: Task


def weekly(subjects: int) -> Dosed:
    """``subjects`` people, and their reference solution."""
    study = load_study(STUDY)
    system = system_for(study)
    plan = bind(study, system, AsPlanned(subjects, uncertainty=False))
    table = table_of(system)
    settler = Settler(system.ode, plausible_outputs(table), threads=1)
    people = Beginner(plan.arms, table, settler).begin(SEED, range(1), uncertainty=False)
    if people.initial is None or people.status.any():
        raise RuntimeError("not everybody came to rest")
    acts = plan.arms[0].acts
    target, amount = acts[0].target, acts[0].value
    if acts[0].time != 0.0 or any((act.kind, act.target, act.value) != ("ADD_STATE", target, amount) for act in acts):
        raise RuntimeError("the doses are not equal, or do not begin at 0")
    doses = Doses(target, amount, np.array([act.time for act in acts[1:]]))
    initial = people.initial.copy()
    initial[:, target] += amount
    sampled = (dose + after for dose in (0.0, *doses.times) for after in SAMPLED)
    times = np.array([0.0, *sampled, doses.times[-1] + LAST])
    problem = _problem(system.ode, times, people.parameters, initial)
    rough = _solved(problem, doses, min(8, subjects), 1e-9, np.full(len(problem.states), 1e-12))
    size = np.median(np.abs(rough).max(axis=1), axis=0)
    atol = np.asarray(Task(problem, rough, size).atol(EACH, RTOL))
    task = Task(problem, _solved(problem, doses, subjects, RTOL, atol), size)
    return Dosed(task, doses, _with_event(task, doses))


def _solved(problem: Problem, doses: Doses, subjects: int, rtol: float, atol: F8) -> F8:
    found = simulate(
        problem.system, problem.parameters[:subjects], problem.times, problem.states,
        initial=problem.initial[:subjects], actions=doses.actions(subjects), rtol=rtol, atol=atol, max_steps=10_000_000,
    )  # fmt: skip
    if not found.solved.all():
        raise RuntimeError(f"the reference was not solved: {found.counts()}")
    return found.values


def _problem(ode: OdeSystem, times: F8, parameters: F8, initial: F8) -> Problem:
    nominal = parameters[0]
    values = {quantity.id: float(value) for quantity, value in zip(ode.parameters, nominal, strict=True)}
    varied = tuple(np.flatnonzero(np.ptp(parameters, axis=0) > 0.0).tolist())
    return Problem(
        "human-year", "the whole human system, a year, a dose a week", ode,
        lambda: to_sbml(ode, values, initial=initial[0].tolist()), ids_of(ode), times, nominal, varied, parameters,
        initial,
    )  # fmt: skip


def _with_event(task: Task, doses: Doses) -> Task:
    """The task with the doses as an event, and the time of the next dose as one more state."""
    problem = task.problem
    ode = problem.system
    dag = ode.dag.copy()
    row = len(ode.states)
    due = dag.state(row)
    event = Event(
        id="weekly dose",
        trigger=dag.add(Op.LE, due, dag.time()),
        assignments=(
            (doses.target, dag.add(Op.ADD, dag.state(doses.target), dag.const(doses.amount))),
            (row, dag.add(Op.ADD, due, dag.const(EVERY))),
        ),
        initially=False,
    )
    dosed = complete(
        ode.name, dag, states=[*ode.states, Quantity(NEXT, ode.time_unit)], parameters=ode.parameters,
        initial=[*ode.initial, dag.const(EVERY)], rhs=[*ode.rhs, dag.const(0.0)], observables=ode.observables,
        observable_nodes=ode.observable_nodes, time_unit=ode.time_unit, events=[event],
    )  # fmt: skip
    subjects = len(problem.parameters)
    initial = np.column_stack([problem.initial, np.full(subjects, EVERY)])
    due_at = EVERY * (1.0 + np.floor(problem.times / EVERY))
    known = np.broadcast_to(due_at[:, None], (*task.reference.shape[:2], 1))
    return Task(
        _problem(dosed, problem.times, problem.parameters, initial),
        np.concatenate([task.reference, known], axis=2),
        np.append(task.size, problem.end),
    )
