"""A small person whose steady states are known: x is at rest at 0 or at its upper root, and everything else follows.

dx/dt = rate * (gain * x² / (1 + x²) - x) has the roots 0, low and high = (gain ± sqrt(gain² - 4)) / 2 for gain > 2: a
switch, healthy at 0 and ill at high. ``y`` follows x slowly; pain is 10 f / (1 + f), where f is y less what a drug and
expectation (``brain.reward``) take from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from allodynia.errors import InvalidInput, Where
from allodynia.model.build import Builder
from allodynia.model.ode import OdeSystem, Quantity, complete

PARAMETERS = {
    "switch.rate": ("1/d", 1.0),
    "switch.gain": ("dimensionless", 3.0),
    "slow.rate": ("1/d", 0.01),
    "body.weight": ("kg", 70.0),
    "body.female": ("dimensionless", 1.0),
    "drugs.loss": ("1/d", 1.0),
    "drugs.effect": ("1/mg", 0.01),
    "edge.push": ("dimensionless", 1.0),
    "brain.reward": ("dimensionless", 0.0),
}


@dataclass
class Row:
    value: float
    level: str = "subject"
    between: Any = None
    uncertainty: Any = None
    where: Where | None = None


@dataclass
class Group:
    parameters: dict[str, Row] = field(default_factory=dict)
    start: dict[str, float] = field(default_factory=dict)
    plausible: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)


class Drug:
    def into(self, route: str | None) -> str:
        if route not in (None, "oral"):
            raise InvalidInput(f"unknown route {route!r}")
        return "drugs.blocker_central"


@dataclass
class Person:
    ode: OdeSystem
    parameters: dict[str, Row]
    people: dict[str, Group]
    populations: dict[str, Any] = field(default_factory=dict)
    edges: dict[str, Any] = field(default_factory=lambda: {"push": None})
    hypotheses: dict[str, Any] = field(default_factory=lambda: {"switch": {"push": 1.0}, "quiet": {"push": 0.0}})
    drugs: dict[str, Drug] = field(default_factory=lambda: {"blocker": Drug()})
    species: str = "human"


def person_ode() -> OdeSystem:
    b = Builder()
    p = {name: b.param(number) for number, name in enumerate(PARAMETERS)}
    x, y, drug = (b.state(number) for number in range(3))
    one = b.const(1.0)
    square = b.mul(x, x)
    push = b.mul(p["edge.push"], b.div(b.mul(p["switch.gain"], square), b.add(one, square)))
    free = b.div(one, b.add(one, b.mul(p["drugs.effect"], drug)))
    rhs = [
        b.mul(p["switch.rate"], b.sub(push, x)),
        b.mul(p["slow.rate"], b.sub(x, y)),
        b.neg(b.mul(p["drugs.loss"], drug)),
    ]
    felt = b.mul(b.mul(free, y), b.sub(one, b.mul(b.const(0.3), p["brain.reward"])))
    pain = b.div(b.mul(b.const(10.0), felt), b.add(one, felt))
    zero = b.const(0.0)
    return complete(
        "person", b.dag,
        states=[
            Quantity("switch.x", "dimensionless"), Quantity("slow.y", "dimensionless"),
            Quantity("drugs.blocker_central", "mg"),
        ],
        parameters=[Quantity(name, unit, value) for name, (unit, value) in PARAMETERS.items()],
        initial=[zero, zero, zero], rhs=rhs,
        observables=[Quantity("symptom.pain", "dimensionless")], observable_nodes=[pain],
    )  # fmt: skip


def person(**plausible: tuple[float | None, float | None]) -> Person:
    table = {
        "switch.gain": Row(3.0, "subject", {"lognormal": {"cv": 0.15}}),
        "slow.rate": Row(0.01, "subject", {"lognormal": {"cv": 0.3}}, {"lognormal": {"factor": 1.3}}),
        "body.weight": Row(70.0, "subject", {"normal": {"sd": 10}}),
        "body.female": Row(1.0, "subject", {"share": 0.8, "otherwise": 0.0}),
    }
    ill = Group({"switch.gain": Row(3.5, "subject", {"lognormal": {"cv": 0.2}})}, {"switch.x": 3.0})
    strict = Group(ill.parameters, ill.start, {"symptom.pain": (6.5, 8.0)})
    nobody = Group(ill.parameters, ill.start, {"symptom.pain": (9.9, None)})
    return Person(person_ode(), table, {"healthy": Group(), "ill": ill, "strict": strict, "nobody": nobody})


def upper_root(gain: np.ndarray) -> np.ndarray:
    """Where the switch rests once it is on; 0 where it cannot be."""
    inside = gain * gain - 4.0
    return np.where(inside > 0.0, 0.5 * (gain + np.sqrt(np.maximum(inside, 0.0))), 0.0)


STUDY = """\
title: People with a switch
question: Who is in pain?
species: human
follow_up: 60 d
sampling: {every: 10 d}
subjects: 40
arms:
  ill: {people: ill}
  healthy: {people: healthy}
endpoints:
  pain:
    label: Pain
    output: symptom.pain
    unit: dimensionless
    measured: [0 d, 30 d, 60 d]
    noise: {additive: 0.5 dimensionless, evidence: assumed}
    good: lower
  x: {label: Switch, output: switch.x, unit: dimensionless, measured: [0 d, 60 d], noise: {evidence: assumed}}
  y: {label: Slow, output: slow.y, unit: dimensionless, measured: [0 d, 60 d], noise: {evidence: assumed}}
observables:
  pain_ill: {kind: mean, endpoint: pain, arm: ill, at: 0 d}
"""
