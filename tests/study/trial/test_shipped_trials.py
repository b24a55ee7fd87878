"""Trials that come with the package: each says its grade, can be checked and conducted, and has its statistics."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from allodynia.study import Expectation, load_study, study_names
from allodynia.study.check import check_study
from allodynia.study.systems import system_for
from allodynia.study.trial.expected import expect_trial

TRIALS = [name for name in study_names() if load_study(name).spec.trial is not None]
STANDARD = ("pregabalin", "gabapentin", "duloxetine", "milnacipran", "amitriptyline")


def test_the_page_names_every_trial():
    page = (Path(__file__).parents[3] / "docs" / "planning-a-trial.md").read_text(encoding="utf-8")
    assert [name for name in TRIALS if f"`{name}`" not in page] == []


def test_what_a_planner_looks_for_is_there():
    wanted = {f"{drug}-trial" for drug in STANDARD} | {
        "standard-drug-trials", "nsaid-trial", "low-dose-naltrexone-crossover", "sleep-extension-trial", "p2x7-trial",
        "mast-cell-stabiliser-trial", "gm3-synthase-inhibitor-trial",
    }  # fmt: skip
    assert wanted <= set(TRIALS)


@pytest.mark.parametrize("name", TRIALS)
def test_it_says_its_grade_and_is_told_in_words(name):
    study = load_study(name)
    assert "Grade:" in study.spec.note
    said = "\n".join(check_study(name))
    assert "Estimand" in said
    assert "Primary" in said


@pytest.mark.parametrize("name", TRIALS)
def test_two_small_replicates_are_conducted_and_every_observable_has_a_number(name):
    study = load_study(name)
    found = expect_trial(study, system_for(study), design=Expectation(2, 1, None, 8))
    it = found.conducted
    assert it.data.solved.all()
    assert np.isfinite(it.data.readings[it.trial.analyses[0].endpoint]).all()
    if not it.trial.crossed:
        everybody = np.bincount(it.data.giving.reshape(-1), minlength=len(it.trial.arms))
        assert (everybody > 0).all()
    for observable, spec in study.spec.observables.items():
        if hasattr(spec, "arm"):
            arm = spec.arm or next(one for one in it.trial.arms if one != it.trial.arms[0])
            at = None if getattr(spec, "at", None) is not None else it.trial.analyses[0].at
            assert np.isfinite(found.observable(observable, arm=arm, at=at).value), observable


@pytest.mark.parametrize("drug", STANDARD)
def test_a_standard_drug_is_dosed_alike_in_its_own_trial_and_beside_the_others(drug):
    own = [full_dose(arm) for arm in load_study(f"{drug}-trial").spec.arms.values()]
    assert full_dose(load_study("standard-drug-trials").spec.arms[drug]) in own


def full_dose(arm):
    """What is given at the end, how often."""
    return [(dose.titration[-1].amount if dose.titration else dose.amount, dose.every) for dose in arm.doses]
