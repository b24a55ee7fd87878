"""Run-ins: what happens before allocation is simulated, decides who goes on, and stays in the body."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.errors import AllodyniaError
from allodynia.study import read_study
from allodynia.study.trial.analyse import analyse, groups_of
from allodynia.study.trial.bind import bind_trial
from allodynia.study.trial.dataset import joined
from allodynia.study.trial.result import summarise
from allodynia.study.trial.words import design_in_words

from .conftest import TRIAL, conductor, without_effect

DOSES = TRIAL[TRIAL.index("    doses:") : TRIAL.index("  placebo: {}")]
OPEN = TRIAL.replace("  placebo: {}", f"  open:\n    label: the blocker, openly\n{DOSES}  placebo: {{}}")
KEPT = "  leaving: {of: [], missed_visits: false}\n  analysis:"
WITHDRAWAL = OPEN.replace(
    "  analysis:", "  run_in: {lasts: P4W, on: open, then: [{of: pain, falls_by: 0.3}]}\n" + KEPT
).replace(
    "method: ancova, estimand: treatment_policy, missing: baseline_carried_forward",
    "method: loss_of_response, falls_by: 0.3, estimand: composite",
)


def run(system, text, replicates=3, **more):
    made = conductor(system, text, **more)
    return made.trial, joined([*made.all(replicates)])


def test_in_a_withdrawal_trial_the_responders_to_an_open_treatment_are_allocated(patients):
    trial, data = run(patients, WITHDRAWAL, replicates=4, twins=0)
    assert trial.arms == ("placebo", "blocker")
    assert "on open, which everybody knows; to go on: Pain has fallen by 30 %" in " ".join(design_in_words(trial))
    fall = 1.0 - data.readings["pain"][..., 0] / data.entry["pain"]
    assert (fall >= 0.3 - 1e-9).all()
    turned = data.flow["not Pain has fallen by 30 % after the run-in"]
    assert turned.sum() > 0
    assert (data.flow["asked"] - data.flow["allocated"] >= turned).all()
    # The drug is in the body at allocation; those who get placebo lose it, the others keep it.
    true, arm = data.true["pain"], groups_of(data)
    lost = true[..., -1] - true[..., 0]
    assert lost[arm == 0].mean() > lost[arm == 1].mean() + 0.5
    found = analyse(trial, data, trial.analyses[0], seed=1)
    assert found.effect.mean() > 5.0
    result = summarise(trial, data, 1, uncertainty=False)
    assert result.effects[0].unit == "d"


def test_without_an_effect_there_is_nothing_to_withdraw(patients):
    trial, data = run(without_effect(patients), WITHDRAWAL.replace("falls_by: 0.3}]", "falls_by: 0.1}]"), replicates=8)
    found = analyse(trial, data, trial.analyses[0], seed=1).effect[:, 0]
    assert abs(found.mean()) < 4.0 * found.std(ddof=1) / np.sqrt(found.size)


def test_a_placebo_run_in_moves_only_what_expectation_moves(patients):
    text = TRIAL.replace("  analysis:", "  run_in: {lasts: P4W, on: placebo, then: [{of: pain, at_least: 4}]}\n" + KEPT)
    _, on_placebo = run(patients, text, twins=0)
    _, on_nothing = run(patients, text.replace("on: placebo", "on: nothing"), twins=0)
    assert (on_placebo.person[:, 0] == on_nothing.person[:, 0]).mean() > 0.5
    both = on_placebo.person[:, 0] == on_nothing.person[:, 0]
    change = (on_placebo.true["pain"] - on_nothing.true["pain"])[both, 0, 0]
    assert (change <= 1e-6).all()
    everybody = on_placebo.true["pain"][..., 0].mean() - on_nothing.true["pain"][..., 0].mean()
    assert everybody < -0.02


def test_people_who_answer_to_placebo_can_be_sent_home(patients):
    then = "then: [{of: pain, falls_by_less_than: 0.2}]"
    text = TRIAL.replace("  analysis:", f"  run_in: {{lasts: P2W, on: placebo, {then}}}\n" + KEPT)
    _, data = run(patients, text, twins=0)
    assert (1.0 - data.readings["pain"][..., 0] / data.entry["pain"] < 0.2 - 1e-9).all()  # 8 of 10 have fallen by 20 %
    assert data.flow["not Pain has fallen by less than 20 % after the run-in"].sum() > 0


def test_a_fall_of_exactly_the_share_is_one_on_both_sides_of_a_condition(patients):
    """8 of 10 is 20 % less, which 1 - 8/10 misses by a bit; what began at 0 does not fall; nothing missing fits."""
    then = "then: [{of: pain, falls_by: 0.2}, {of: pain, falls_by_less_than: 0.2}]"
    text = TRIAL.replace("  analysis:", f"  run_in: {{lasts: P2W, on: placebo, {then}}}\n" + KEPT)
    fell, stayed = bind_trial(read_study(text, "blocker", "blocker.yaml"), patients).at_allocation
    after = np.array([8.0, 8.1, 4.0, 0.0, 0.0, np.nan, 5.0])
    before = np.array([10.0, 10.0, 5.0, 5.0, 0.0, 5.0, np.nan])
    assert fell.fallen(after, before).tolist() == [True, False, True, True, False, False, False]
    assert stayed.fallen(after, before).tolist() == [False, True, False, False, True, False, False]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("on: open", "on: opne", "unknown arm 'opne'; did you mean 'open'"),
        ("falls_by: 0.3}]", "falls_by: 0.3, falls_by_less_than: 0.2}]", "no pain falls by 0.3 and by less than 0.2"),
        ("{of: pain, falls_by: 0.3}]", "{of: body.weight, falls_by: 0.3}]", "is a parameter, and does not fall"),
        ("falls_by: 0.3}]", "falls_by: 0.3, at_least: 4}]", "in one condition only one of them"),
        ("lasts: P4W, on", "lasts: 0 d, on", "lasts: 0 d is no time at all"),
        ("  blocker:\n", "  blocker:\n    begin: as_stated\n", "people of a trial come at rest"),
    ],
)
def test_run_ins_that_cannot_be_are_refused(patients, old, new, said):
    assert old in WITHDRAWAL
    with pytest.raises(AllodyniaError) as refused:
        bind_trial(read_study(WITHDRAWAL.replace(old, new, 1), "blocker", "blocker.yaml"), patients)
    assert said in str(refused.value)
    assert str(refused.value).startswith("blocker.yaml:")


def test_what_is_taken_as_rescue_acts_from_then_on_and_on_those_alone(patients):
    text = OPEN.replace("  analysis:", "  rescue: {endpoint: pain, at_least: 8, takes: open}\n" + KEPT)
    trial, rescued = run(patients, text, twins=0)
    assert trial.arms == ("placebo", "blocker")
    only_noted = TRIAL.replace("  analysis:", "  rescue: {endpoint: pain, at_least: 8}\n" + KEPT)
    _, noted = run(patients, only_noted, twins=0)
    assert (rescued.rescued == noted.rescued).all()
    taken = np.isfinite(rescued.rescued)
    after = trial.times > rescued.rescued[..., None]
    change = rescued.true["pain"] - noted.true["pain"]
    assert (change[~after] == 0.0).all()
    placebo = taken & (groups_of(rescued) == 0)
    assert change[after & placebo[..., None]].max() < -0.3
    assert "Rescue medication is taken when Pain at least 8: 600 mg of blocker" in " ".join(design_in_words(trial))
    with pytest.raises(AllodyniaError, match="unknown arm 'opne'; did you mean 'open'"):
        bind_trial(read_study(text.replace("takes: open", "takes: opne"), "blocker", "blocker.yaml"), patients)
