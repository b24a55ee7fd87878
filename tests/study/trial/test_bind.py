"""Trials that cannot be are refused in one line with file and line number; those that can are said in words."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from allodynia.errors import AllodyniaError
from allodynia.study import read_study
from allodynia.study.plan import Plan
from allodynia.study.trial.bind import bind_trial
from allodynia.study.trial.washout import half_life
from allodynia.study.trial.words import design_in_words

from .conftest import TRIAL, conductor

DOSE = "{drug: blocker, route: oral, amount: 600 mg, at: 0 d, every: 2 d, lasts: P8W}"
PRIMARY = "method: ancova, estimand: treatment_policy, missing: baseline_carried_forward"


@pytest.mark.parametrize(
    ("old", "new", "part", "said"),
    [
        ("people: 40", "peopel: 40", "peopel", "unknown key 'peopel'; did you mean 'people'"),
        ("people: 40", "people: 1", "people: 1", "greater than or equal to 2"),
        ("population: ill", "population: il", "population: il", "unknown population of people 'il'; did you"),
        ("  population: ill\n", "", "  blocker:", "the arm 'blocker' holds no people"),
        ("placebo: [placebo]", "placebo: [plcebo]", "placebo: [plcebo]", "unknown arm 'plcebo'; did you mean"),
        ("placebo: [placebo]", "allocation: {blocker: 1}", "allocation", "nobody is allocated to the arm 'placebo'"),
        ("placebo: [placebo]", "placebo: [placebo, blocker]", "trial:", "control: is needed"),
        ("placebo: [placebo]", "block: 3", "block: 3", "a block of 3 cannot be shared out 1:1"),
        ("placebo: [placebo]", "blinding: triple", "blinding", "unknown blinding 'triple'; "),
        ("placebo: [placebo]", "washout: P1W", "washout", "washout: is for a cross-over"),
        ("  placebo: {}\n", "", "placebo: [placebo]", "unknown arm 'placebo'"),
        ("placebo: {}", "placebo: {people: healthy}", "placebo: {people", "may get into any arm"),
        ("{of: pain, at_least: 4}", "{of: pian, at_least: 4}", "pian", "unknown endpoint or parameter 'pian'; did you"),
        ("{of: pain, at_least: 4}", "{of: pain}", "{of: pain}", "pain needs a cut-off"),
        ("{of: pain, at_least: 4}", "{of: pain, at_least: 4 mg}", "4 mg", "measures something else"),
        ("{of: pain, at_least: 4}", "{of: pain, above: 4, below: 4}", "above: 4", "nobody has pain both above 4"),
        ("{of: pain, at_least: 4}", "{of: body.weight, at_least: 4}", "body.weight", "has no unit"),
        ("at: P8W", "at: P5W", "at: P5W", "pain is never measured at 35 d"),
        ("at: P8W", "at: P9W", "at: P9W", "after the end of follow-up"),
        ("endpoint: pain, at", "endpoint: sleep, at", "sleep", "unknown endpoint 'sleep'"),
        (PRIMARY, "method: ancova, estimand: treatment_policy", "primary", "needs missing:, how gaps are filled"),
        (PRIMARY, PRIMARY.replace("estimand: treatment_policy, ", ""), "primary", "estimand is missing"),
        (PRIMARY, PRIMARY.replace("ancova", "responders"), "primary", "needs falls_by:"),
        (PRIMARY, PRIMARY.replace("ancova", "anova"), "primary", "unknown method 'anova'; did you mean 'ancova'"),
        ("measured: [0 d, P2W, P4W, P8W]", "measured: []", "measured: []", "at least 1 item"),
        ("  inclusion:", "  visits: [P4W, P8W]\n  inclusion:", "measured", "pain is measured at 14 d, when"),
        ("lasts: P8W", "lasts: P9W", "lasts: P9W", "ends after follow-up"),
        ("lasts: P8W", "lasts: P8W, repeat: 3", "repeat: 3", "both say how often"),
        ("amount: 600 mg", "titration: [{amount: 1 mg}, {amount: 2 mg}]", "titration", "only the last step may"),
        ("amount: 600 mg", "amount: 1 mg, titration: [{amount: 1 mg}]", "titration", "not both"),
        ("amount: 600 mg, ", "", "drug: blocker", "amount is missing"),
        ("people: 40", "people: 40\n  screened: P60W", "screened", "ups and downs begin 364 d before allocation"),
        ("people: 40", "people: 40\n  diary: {pian: P1W}", "pian", "unknown endpoint 'pian'; did you mean 'pain'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_line(patients, old, new, part, said):
    assert old in TRIAL
    text = TRIAL.replace(old, new, 1)
    line = next(number for number, one in enumerate(text.splitlines(), 1) if part in one)
    with pytest.raises(AllodyniaError) as refused:
        bind_trial(read_study(text, "blocker", "blocker.yaml"), patients)
    assert str(refused.value).startswith(f"blocker.yaml:{line}: "), refused.value
    assert said in str(refused.value)


def test_one_arm_can_only_be_held_against_its_own_baseline(patients):
    text = TRIAL.replace("  placebo: {}\n", "").replace("  placebo: [placebo]\n", "")
    with pytest.raises(AllodyniaError, match="there is only one arm, and nothing to compare it with"):
        bind_trial(read_study(text, "blocker", "blocker.yaml"), patients)
    trial = bind_trial(read_study(text.replace("ancova", "before_after"), "blocker", "blocker.yaml"), patients)
    assert "all of whom get blocker" in design_in_words(trial)[0]


def test_a_trial_that_nobody_may_enter_is_refused_with_counts(patients):
    made = conductor(patients, TRIAL.replace("at_least: 4", "above: 10"))
    with pytest.raises(AllodyniaError, match=r"yaml:2\d: hardly anybody may enter: 0 of \d+ .*Pain above 10 \d+"):
        made.enroller.enrol(range(1))


def cross_over(washout: str) -> str:
    text = TRIAL.replace("placebo: [placebo]", f"placebo: [placebo]\n  design: cross_over\n  washout: {washout}")
    return text.replace(PRIMARY, "method: cross_over, estimand: treatment_policy")


@pytest.mark.parametrize(
    ("orders", "said"),
    [
        ("[[blocker, placebo]]", "cannot tell period from treatment"),
        ("[[blocker, blocker], [placebo, placebo]]", "cannot tell sequence from treatment and period"),
    ],
)
def test_sequences_that_cannot_be_analysed_are_refused_before_anybody_is_asked(patients, orders, said):
    text = cross_over("P4W").replace("  washout", f"  sequences: {orders}\n  washout")
    line = 1 + next(number for number, one in enumerate(text.splitlines()) if "sequences" in one)
    with pytest.raises(AllodyniaError, match=f"yaml:{line}: these sequences {said}: give the arms in other orders"):
        bind_trial(read_study(text, "blocker", "blocker.yaml"), patients)


def drug(**values: float) -> SimpleNamespace:
    return SimpleNamespace(
        id="x", rows={f"drugs.x_{name}": SimpleNamespace(value=value) for name, value in values.items()}
    )


def test_a_half_life_is_that_of_the_slowest_part():
    assert half_life(drug(volume=10.0, clearance=5.0)) == pytest.approx(math.log(2) * 2)
    assert half_life(drug(volume=10.0, clearance=5.0, oral_absorption=0.1)) == pytest.approx(math.log(2) * 10)
    assert half_life(drug(volume=10.0, clearance=5.0, brain_rate=0.2)) == pytest.approx(math.log(2) * 5)
    # Two compartments: both rates solve s² - (k10 + k12 + k21) s + k10 k21 = 0.
    slow = (1.5 + 0.5 + 0.25 - math.sqrt((1.5 + 0.5 + 0.25) ** 2 - 4 * 1.5 * 0.25)) / 2
    two = drug(volume=10.0, clearance=15.0, exchange=5.0, peripheral_volume=20.0)
    assert half_life(two) == pytest.approx(math.log(2) / slow)
    assert half_life(SimpleNamespace(id="igg", rows={})) is None


def test_a_design_is_said_in_words(patients):
    trial = bind_trial(read_study(TRIAL, "blocker", "blocker.yaml"), patients)
    assert isinstance(trial.plan, Plan)
    said = " ".join(design_in_words(trial))
    for part in (
        "parallel arms of 40 people of the population 'ill', allocated 1:1",
        "Pain at least 4", "600 mg of blocker, oral, at 0 d, every 2 d, for 56 d", "placebo 50 %", "treatment policy",
    ):  # fmt: skip
        assert part in said
