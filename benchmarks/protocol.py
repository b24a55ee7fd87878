"""Who is measured when. All measurements of a problem are taken in one run, in random order, in several rounds, so that
a machine that slows down slows everyone down.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from benchmarks.peers import installed
from benchmarks.peers.peer import Solver, Unusable
from benchmarks.task import Task
from benchmarks.work_precision import Point

RTOLS = tuple(10.0**-exponent for exponent in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9, 10))
WORTH = (3e-9, 3e-2)
"""Achieved errors that are worth measuring; the points next to them on either side are measured too."""


@dataclass(frozen=True)
class Effort:
    """How much is measured: subjects of slow engines, rounds, and seconds that one measurement may take."""

    subjects: int = 256
    rounds: int = 4
    seconds: float = 4.0
    scouts: int = 6


@dataclass
class Measured:
    """All that was measured of one engine on one task."""

    task: Task
    solver: Solver
    cells: dict[tuple[str, float], list[tuple[float, float, float]]] = field(default_factory=dict)

    def points(self) -> list[Point]:
        """Medians over subjects and rounds."""
        found = []
        for (setting, rtol), rows in self.cells.items():
            table = np.array(rows)
            found.append(
                Point(
                    setting,
                    rtol,
                    float(np.median(table[:, 0])),
                    float(np.median(table[:, 1])),
                    float(np.median(table[:, 2])),
                    len(table),
                    int(np.isinf(table[:, 0]).sum()),
                )
            )
        return found


def measure(
    task: Task, names: Iterable[str], effort: Effort, say: Callable[[str], None]
) -> tuple[dict[str, list[Point]], dict[str, str]]:
    """Points by engine, and the reasons of those without any."""

    def prepare(name: str) -> tuple[Task, Solver]:
        return task, installed(name).prepare(task)

    return measure_each(task.problem.id, {name: partial(prepare, name) for name in names}, effort, say)


def measure_each(
    title: str,
    engines: Mapping[str, Callable[[], tuple[Task, Solver]]],
    effort: Effort,
    say: Callable[[str], None],
) -> tuple[dict[str, list[Point]], dict[str, str]]:
    """The same for engines that bring the task as they take it. To set one up may raise `Unusable`."""
    measured: dict[str, Measured] = {}
    reasons: dict[str, str] = {}
    for name, prepare in engines.items():
        say(f"{title}: {name} looks around")
        try:
            task, solver = prepare()
        except Unusable as reason:
            reasons[name] = str(reason)
            continue
        cells = _scout(task, solver, effort)
        if cells:
            measured[name] = Measured(task, solver, {cell: [] for cell in cells})
        else:
            reasons[name] = "disagrees with the reference at every tolerance"
    rng = random.Random(1)
    for turn in range(effort.rounds):
        say(f"{title}: round {turn + 1} of {effort.rounds}")
        jobs = [(name, cell) for name, one in measured.items() for cell in one.cells]
        rng.shuffle(jobs)
        for name, cell in jobs:
            _once(measured[name], cell, turn, effort)
    return {name: one.points() for name, one in measured.items()}, reasons


def _once(one: Measured, cell: tuple[str, float], turn: int, effort: Effort) -> None:
    task = one.task
    share = -(-effort.subjects // effort.rounds)
    everyone = slice(0, len(task.problem.parameters))
    rows = everyone if one.solver.whole else slice(turn * share, min((turn + 1) * share, len(task.reference)))
    batch = one.solver.solve(*cell, rows, effort.seconds)
    known = min(len(batch.values), len(task.reference) - rows.start)
    errors = task.errors(batch.values[:known], slice(rows.start, rows.start + known))
    one.cells[cell] += zip(errors, batch.seconds[:known], batch.setting_seconds[:known], strict=True)


def _scout(task: Task, solver: Solver, effort: Effort) -> list[tuple[str, float]]:
    """Settings and tolerances worth measuring: all useful ones, the next coarser and the next finer."""
    chosen: list[tuple[str, float]] = []
    for setting in solver.settings:
        errors = []
        for rtol in RTOLS:
            batch = solver.solve(setting, rtol, slice(0, effort.scouts), effort.seconds)
            errors.append(float(np.median(task.errors(batch.values, slice(0, len(batch.values))))))
            if errors[-1] < WORTH[0]:
                break
        good = [i for i, error in enumerate(errors) if WORTH[0] <= error <= WORTH[1]]
        if good:
            span = range(max(good[0] - 1, 0), min(good[-1] + 2, len(errors)))
            chosen += [(setting, RTOLS[i]) for i in span if np.isfinite(errors[i])]
    return chosen
