"""A small body whose answers are known, and a plain integrator, so that a study's own arithmetic can be held to
account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from allodynia.errors import Where
from allodynia.model.build import Builder
from allodynia.model.evaluate import Evaluator
from allodynia.model.ode import OdeSystem, Quantity, complete
from allodynia.study import Study, read_study
from allodynia.study.schedule import KINDS

PARAMETERS = {
    "body.absorption": ("1/d", 4.0),
    "body.loss": ("1/d", 0.4),
    "body.base": ("g", 100.0),
    "nerve.rate": ("1/d", 2.0),
    "given.titre": ("dimensionless", 1.0),
    "given.potency": ("dimensionless", 0.2),
    "body.infusion": ("mg/d", 0.0),
    "edge.gate": ("dimensionless", 1.0),
    "edge.ada": ("dimensionless", 1.0),
}
STATES = {"body.depot": "mg", "body.plasma": "mg", "nerve.signal": "dimensionless"}


@dataclass
class Row:
    value: float
    level: str = "shared"
    between: Any = None
    uncertainty: Any = None
    where: Where | None = None


@dataclass
class Body:
    """depot -> plasma -> lost; signal follows gate * titre * potency * plasma; pressure = base / (1 + signal)."""

    ode: OdeSystem
    parameters: dict[str, Row]
    populations: dict[str, dict[str, Row]]
    edges: dict[str, Any] = field(default_factory=dict)
    hypotheses: dict[str, Any] = field(default_factory=dict)


def small_ode() -> OdeSystem:
    b = Builder()
    p = {name: b.param(number) for number, name in enumerate(PARAMETERS)}
    depot, plasma, signal = (b.state(number) for number in range(3))
    absorbed = b.mul(p["body.absorption"], depot)
    drive = b.mul(p["edge.gate"], b.mul(b.mul(p["given.titre"], p["given.potency"]), plasma))
    loss = b.mul(b.mul(p["body.loss"], p["edge.ada"]), plasma)
    rhs = [
        b.neg(absorbed),
        b.add(b.sub(absorbed, loss), p["body.infusion"]),
        b.mul(p["nerve.rate"], b.sub(drive, signal)),
    ]
    pressure = b.div(p["body.base"], b.add(b.const(1.0), signal))
    zero = b.const(0.0)
    return complete(
        "body", b.dag,
        states=[Quantity(name, unit) for name, unit in STATES.items()],
        parameters=[Quantity(name, unit, value) for name, (unit, value) in PARAMETERS.items()],
        initial=[zero, zero, zero], rhs=rhs,
        observables=[Quantity("paw.pressure", "g")], observable_nodes=[pressure],
    )  # fmt: skip


def small_body(**rows: Row) -> Body:
    table = {
        "body.base": Row(100.0, "subject", {"lognormal": {"cv": 0.1}}),
        "body.loss": Row(0.4, "subject", {"lognormal": {"cv": 0.2}}, {"lognormal": {"factor": 1.2}}),
        "nerve.rate": Row(2.0, "shared", None, {"lognormal": {"factor": 1.3}}),
    }
    people = {
        "fm": {
            "given.titre": Row(1.0, "donor", {"lognormal": {"cv": 0.3}}),
            "given.potency": Row(0.2, "donor", {"lognormal": {"cv": 0.2}}),
        },
        "healthy": {"given.titre": Row(0.5, "donor", {"lognormal": {"cv": 0.3}}), "given.potency": Row(0.0, "donor")},
    }
    rivals = {"one": {"gate": 1.0}, "two": {"gate": 0.0}}
    return Body(small_ode(), table, people, {"gate": None, "ada": None}, rivals)


@dataclass
class Solved:
    values: np.ndarray
    status: np.ndarray
    failed_at: np.ndarray


def plain(
    system: OdeSystem, parameters: np.ndarray, times: np.ndarray, outputs: Any, doses: Any, **options: Any
) -> Solved:
    """Classical Runge-Kutta with small steps; acts shared or not, rows side by side."""
    p = np.array(parameters, dtype=float)
    n = len(p)
    evaluator = Evaluator(system.dag, [*system.rhs, *system.observable_nodes])
    y = np.zeros((n, len(system.states)))
    states = {q.id: i for i, q in enumerate(system.states)}
    seen = {q.id: len(system.rhs) + i for i, q in enumerate(system.observables)}
    acts: dict[float, list[tuple[int, int, int, float]]] = {}
    if doses is not None:
        for row in range(n):
            for k in range(doses.offsets[row], doses.offsets[row + 1]):
                acts.setdefault(float(doses.time[k]), []).append((row, doses.kind[k], doses.target[k], doses.value[k]))
    values = np.full((n, len(times), len(outputs)), np.nan)
    stops = sorted({*map(float, times), *acts})

    def f(t: float, y: np.ndarray) -> np.ndarray:
        return np.array(np.broadcast_arrays(*call(evaluator, t, y, p), np.zeros(n))[: len(system.rhs)]).T

    t = 0.0
    for stop in stops:
        steps = max(1, int(np.ceil((stop - t) / 0.05)))
        h = (stop - t) / steps
        for _ in range(steps if stop > t else 0):
            k1 = f(t, y)
            k2 = f(t + h / 2, y + h / 2 * k1)
            k3 = f(t + h / 2, y + h / 2 * k2)
            k4 = f(t + h, y + h * k3)
            y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            t += h
        t = stop
        for place in np.flatnonzero(np.asarray(times) == stop):
            now = call(evaluator, t, y, p)
            for number, name in enumerate(outputs):
                values[:, place, number] = y[:, states[name]] if name in states else now[seen[name]]
        for row, kind, target, value in acts.get(stop, []):
            match KINDS[kind]:
                case "ADD_STATE":
                    y[row, target] += value
                case "SET_STATE":
                    y[row, target] = value
                case "SET_PARAMETER":
                    p[row, target] = value
                case "ADD_PARAMETER":
                    p[row, target] += value
    return Solved(values, np.zeros(n, dtype=np.int32), np.full(n, np.nan))


def call(evaluator: Evaluator, t: float, y: np.ndarray, p: np.ndarray) -> list[np.ndarray]:
    return list(evaluator(t, y.T, p.T))


STUDY = """\
title: A transfer into a small body
question: Does the material act?
species: mouse
follow_up: 20 d
sampling: {every: 1 d}
baseline: {at: [0 d]}
subjects: 6
donors:
  fm: {population: fm, n: 4}
  healthy: {population: healthy, n: 3}
pools:
  fm_pool: {of: fm, titre: given.titre, potency: [given.potency]}
arms:
  fm_igg:
    label: FM IgG
    donors: fm
    doses:
      - {into: body.depot, amount: 8 mg, at: 0 d, every: 1 d, repeat: 4}
  healthy_igg:
    donors: healthy
    doses:
      - {into: body.depot, amount: 8 mg, at: 0 d, every: 24 h, repeat: 4}
  fm_pool:
    pool: fm_pool
    doses:
      - {into: body.depot, amount: 8000 ug, at: 0 d, every: 1 d, repeat: 4}
  knockout:
    donors: fm
    twins_of: fm_igg
    edges: {gate: 0}
    doses:
      - {into: body.depot, amount: 8 mg, at: 0 d, every: 1 d, repeat: 4}
  saline: {}
endpoints:
  pressure:
    label: Paw pressure
    output: paw.pressure
    unit: g
    measured: [0 d, 6 h, 24 h, 48 h, 8 d, 20 d]
    noise: {proportional: 0.08, evidence: assumed}
    summary: percent_of_baseline
    table_at: 8 d
  plasma:
    label: IgG in plasma
    output: body.plasma
    unit: ug
    measured: [0 d, 1 d, 4 d]
    noise: {additive: 1 ug, evidence: assumed}
    floor: 0 ug
observables:
  over_baseline: {kind: mean, endpoint: pressure, scale: ratio}
  change: {kind: standardised_effect, endpoint: pressure, scale: change, versus: saline, at: 8 d}
  positive: {kind: share_of_donors_positive, endpoint: pressure, arm: fm_igg, at: [48 h, 8 d]}
  back: {kind: first_day_at, endpoint: pressure, arm: fm_igg, level: 0.95, every: 0.5 d}
  back_donors: {kind: first_day_at, endpoint: pressure, arm: fm_igg, level: 0.95, every: 0.5 d, of: donors}
  pool: {kind: effect_ratio, endpoint: pressure, arms: [fm_pool], over: [fm_igg], at: [8 d]}
  knocked: {kind: effect_ratio, endpoint: pressure, arms: [knockout], over: [fm_igg], at: [8 d]}
"""


@pytest.fixture(scope="session")
def body() -> Body:
    return small_body()


@pytest.fixture(scope="session")
def integrate() -> Callable[..., Solved]:
    return plain


@pytest.fixture
def study_text() -> str:
    return STUDY


@pytest.fixture(scope="session")
def plain_study() -> Study:
    return read_study(STUDY, "transfer", "transfer.yaml")


@pytest.fixture
def study(plain_study: Study) -> Study:
    return plain_study
