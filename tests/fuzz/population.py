"""Mice of the passive transfer that differ in everything: parameters, doses, times of doses."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

import numpy as np

from allodynia.engine import Action, ActionKind, Actions, Solution, simulate
from allodynia.model.ode import OdeSystem
from allodynia.system import load_system

SIZE = 24
TIMES = np.array([0.0, 0.7, 1.0, 2.5, 8.0, 21.0])
FIELDS = ("values", "status", "failed_at", "steps", "rejected", "factorisations", "final")


@cache
def mice() -> tuple[OdeSystem, np.ndarray, tuple[tuple[Action, ...], ...]]:
    """The system, f8[SIZE, n_parameters], and the schedule of each; two of the mice are impossible."""
    system = load_system("mouse").ode
    random = np.random.default_rng(11)
    plain = np.array([quantity.value for quantity in system.parameters])
    rows = plain * np.exp(0.3 * random.normal(size=(SIZE, len(plain))))
    rows[5, 3], rows[17, 40] = np.nan, 1e300
    into, own = system.state_index("igg.peritoneum"), system.state_index("igg.plasma_own")
    schedules = []
    for _ in range(SIZE):
        moments = np.sort(random.choice([0.0, 0.7, 1.0, 1.9, 3.0, 8.0], size=int(random.integers(0, 5))))
        schedules.append(
            tuple(
                Action(float(t), ActionKind.ADD_STATE, int(random.choice([into, own])), float(random.exponential(8.0)))
                for t in moments
            )
        )
    return system, rows, tuple(schedules)


def solve(subjects: Sequence[int], **options: object) -> Solution:
    """The mice with these numbers, in this order."""
    system, rows, schedules = mice()
    outputs = ["ganglion.c_igg", "symptom.paw_pressure", "igg.c_plasma_own"]
    chosen = list(subjects)
    actions = Actions.from_lists([schedules[i] for i in chosen])
    return simulate(system, rows[chosen], TIMES, outputs, actions=actions, max_steps=5_000, **options)  # type: ignore[arg-type]


def fingerprints(solution: Solution) -> list[str]:
    """A hash of every bit of every subject's result."""
    return [
        hashlib.sha256(b"".join(getattr(solution, field)[i].tobytes() for field in FIELDS)).hexdigest()
        for i in range(len(solution))
    ]
