"""What happens by chance to the people of a trial: their own luck, the same in whatever arm they are followed."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.cohort.luck import waits
from allodynia.study import read_study
from allodynia.study.systems import system_for
from allodynia.study.trial.bind import bind_trial
from allodynia.study.trial.conduct import Conductor, outcome_name
from allodynia.system.chance import DRAWS

TRIAL = """\
title: Sedation against none
question: Do strains go on?
species: human
modules: [infection, sleep_stress]
chance: [colds, stressors]
follow_up: 90 d
sampling: {every: 30 d}
subjects: 4
arms:
  sedated: {inputs: {sleep_stress.sedation: 0.3 dimensionless}}
  plain: {}
endpoints:
  colds: {label: colds, output: chance.colds_count, unit: dimensionless, good: lower, measured: [0 d, 90 d],
    noise: {evidence: assumed}}
  contacts: {label: contacts, output: chance.colds_hazard, unit: dimensionless, good: lower, measured: [0 d, 90 d],
    noise: {evidence: assumed}}
  strain: {label: strain, output: chance.stressors_hazard, unit: dimensionless, good: lower, measured: [0 d, 90 d],
    noise: {evidence: assumed}}
trial:
  people: 60
  population: healthy
  analysis:
    primary: {endpoint: colds, at: 90 d, method: ancova, estimand: treatment_policy, missing: baseline_carried_forward}
    secondary:
      - {endpoint: strain, at: 90 d, method: ancova, estimand: treatment_policy, missing: baseline_carried_forward}
"""


@pytest.fixture(scope="module")
def conducted():
    study = read_study(TRIAL, "luck", "luck.yaml")
    system = system_for(study)
    trial = bind_trial(study, system)
    return trial, Conductor(trial, system, 5, twins=2).block(range(2))


def test_events_come_where_the_integrated_hazard_and_the_draws_of_each_say(conducted):
    trial, data = conducted
    passed, counted = data.true["contacts"][..., -1], data.true["colds"][..., -1]
    drawn = waits(5, "colds", trial.cohort.family or trial.cohort.name, np.arange(2)[:, None], data.person, DRAWS)
    thresholds = np.cumsum(drawn, axis=-1)
    near = np.abs(thresholds - passed[..., None]).min(axis=-1) < 1e-2
    assert (counted == 1.0 + (thresholds <= passed[..., None]).sum(axis=-1))[~near].all()
    assert near.mean() < 0.1
    assert counted.max() > 2.0
    assert (data.true["colds"][..., 0] == 1.0).all()


def test_the_same_person_has_the_same_luck_in_every_arm(conducted):
    _, data = conducted
    colds = data.potential[outcome_name("colds", 90.0)]
    assert np.array_equal(colds[..., 0], colds[..., 1])
    strain = data.potential[outcome_name("strain", 90.0)]
    assert not np.array_equal(strain[..., 0], strain[..., 1])
