"""A trial in the small person, whose true effects are known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.study.people import Group, Person, Row, person

from allodynia.model.ode import Quantity
from allodynia.study import read_study
from allodynia.study.trial.bind import bind_trial
from allodynia.study.trial.conduct import Conductor

TRIAL = """\
title: Blocker against placebo
question: Does the blocker lower pain?
species: human
follow_up: P8W
sampling: {every: P1W}
subjects: 4
arms:
  blocker:
    label: the blocker
    doses:
      - {drug: blocker, route: oral, amount: 600 mg, at: 0 d, every: 2 d, lasts: P8W}
  placebo: {}
endpoints:
  pain:
    label: Pain
    output: symptom.pain
    unit: dimensionless
    good: lower
    measured: [0 d, P2W, P4W, P8W]
    assay: {kind: questionnaire, scale: nrs, sd: 1, evidence: assumed}
trial:
  people: 40
  population: ill
  placebo: [placebo]
  inclusion:
    - {of: pain, at_least: 4}
  analysis:
    primary: {endpoint: pain, at: P8W, method: ancova, estimand: treatment_policy, missing: baseline_carried_forward}
"""


class Oral:
    """The small person's drug, with one way in."""

    id = "blocker"
    routes = {"oral": "drugs.blocker_central"}  # noqa: RUF012
    rows: dict[str, Any] = {}  # noqa: RUF012

    def into(self, route: str | None) -> str:
        return "drugs.blocker_central"


@pytest.fixture(scope="session")
def patients() -> Person:
    """The small person; pain of the ill lies about 7 and differs between people."""
    made = person()
    ill = Group({"switch.gain": Row(3.5, "subject", {"lognormal": {"cv": 0.15}})}, {"switch.x": 3.0})
    made.people["ill"] = ill
    made.drugs["blocker"] = Oral()  # type: ignore[assignment]
    return made


def with_value(system: Person, name: str, value: float) -> Person:
    """The same with another value of a parameter in everybody."""
    table = {**system.parameters, name: Row(value)}
    quantities = [Quantity(one.id, one.unit, value if one.id == name else one.value) for one in system.ode.parameters]
    return replace(system, parameters=table, ode=replace(system.ode, parameters=tuple(quantities)))


def without_effect(system: Person) -> Person:
    """The same in whom the drug does nothing."""
    return with_value(system, "drugs.effect", 0.0)


def conductor(system: Person, text: str = TRIAL, *, seed: int = 1, people: int | None = None, **more: Any) -> Conductor:
    trial = bind_trial(read_study(text, "blocker", "blocker.yaml"), system, people=people)
    return Conductor(trial, system, seed, **more)


def same(one: Any, other: Any) -> None:
    """Asserts that two data sets have the same bits, people who could not be followed included."""
    a, b = one.arrays(), other.arrays()
    assert a.keys() == b.keys()
    for name, value in a.items():
        assert np.asarray(value).tobytes() == np.asarray(b[name]).tobytes(), name
