"""A study that takes people by weight: others than without, the same whatever the design, refused for parts."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.errors import InvalidInput
from allodynia.study import simulate_study
from allodynia.study.design import Expectation
from allodynia.study.load import read_study
from allodynia.study.systems import system_for

TEXT = """
title: Weighted
question: Who?
species: human
weighted: true
follow_up: 1 d
sampling: {every: 1 d}
subjects: 12
arms:
  fm: {people: fibromyalgia}
  healthy: {people: healthy}
endpoints:
  wpi:
    label: Widespread pain index
    output: symptom.wpi
    unit: dimensionless
    measured: [0 d]
    noise: {additive: 1 dimensionless, evidence: assumed}
observables:
  wpi: {kind: mean, endpoint: wpi, arm: fm, at: 0 d}
"""


def study(text=TEXT):
    return read_study(text, "weighted", "weighted.yaml")


def run(text=TEXT, **options):
    one = study(text)
    return simulate_study(one, system_for(one), seed=5, **options)


def test_weights_change_who_is_in_an_arm_that_has_them_and_no_other():
    weighted, plain = run(), run(TEXT.replace("weighted: true", "weighted: false"))
    ours, theirs = (one.layout.view(one.trajectories, "fm") for one in (weighted, plain))
    assert not np.array_equal(ours, theirs)
    assert np.array_equal(*(one.layout.view(one.trajectories, "healthy") for one in (weighted, plain)))
    tally = weighted.tallies["fm"]
    assert tally.declined > 0 and plain.tallies["fm"].declined == 0
    assert tally.tried == tally.rejected + tally.declined + 12


def test_worlds_hold_the_same_people_one_at_a_time_or_all_together():
    design = Expectation(worlds=3, people=6)
    whole = run(design=design)
    few = run(design=Expectation(worlds=2, people=6))
    assert whole.observable("wpi").values[:2] == few.observable("wpi").values


def test_a_part_of_the_system_cannot_weigh_people():
    with pytest.raises(InvalidInput, match=r"weighted\.yaml:5: .*leave out modules"):
        run(TEXT.replace("weighted: true", "weighted: true\nmodules: [symptom]"))
