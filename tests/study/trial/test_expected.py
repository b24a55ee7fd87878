"""The expectation of a trial: what statistics say of it is what is counted by hand in its data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allodynia.errors import InvalidInput
from allodynia.study import Expectation, read_study, simulate_study
from allodynia.study.trial.analyse import analyse
from allodynia.study.trial.enrol import NobodyEnters
from allodynia.study.trial.expected import expect_trial

from .conftest import TRIAL, without_effect

OBSERVABLES = """\
observables:
  halved: {kind: responder_share, endpoint: pain, falls_by: 0.5, at: P8W}
  more_halved: {kind: responder_difference, endpoint: pain, falls_by: 0.5, arm: blocker, at: P8W}
  effect: {kind: trial_effect, endpoint: pain, missing: baseline_carried_forward, arm: blocker, at: P8W}
  gone: {kind: dropout_share}
  side_effects: {kind: dropout_share, of: [adverse_event], at: P4W}
  before_after:
    {kind: trial_effect, endpoint: pain, method: before_after, missing: complete_cases, standardised: true, at: P8W}
  imputed: {kind: trial_effect, endpoint: pain, missing: multiple_imputation, arm: blocker, at: P8W}
  fell: {kind: mean, endpoint: pain, scale: change, at: P8W}
  standardised: {kind: standardised_effect, endpoint: pain, scale: change, arm: blocker, versus: placebo, at: P8W}
"""
WHOLE = TRIAL.replace("subjects: 4\n", "subjects: 4\nbaseline: {at: [0 d]}\n") + OBSERVABLES
FILLED = "missing: baseline_carried_forward"
CROSSED = (
    WHOLE.replace("  people: 40\n", "  people: 40\n  design: cross_over\n  washout: P2W\n")
    .replace(
        f"method: ancova, estimand: treatment_policy, {FILLED}}}", "method: cross_over, estimand: treatment_policy}"
    )
    .replace(
        f"{{kind: trial_effect, endpoint: pain, {FILLED},", "{kind: trial_effect, endpoint: pain, method: cross_over,"
    )
)
WITH_PEOPLE = WHOLE.replace("  blocker:\n", "  blocker:\n    people: ill\n", 1).replace(
    "placebo: {}", "placebo: {people: ill}"
)


def expected(system, text=WHOLE, *, worlds=6, people=30, **more):
    design = Expectation(worlds, 1, None, people)
    return expect_trial(read_study(text, "blocker", "blocker.yaml"), system, design=design, **more)


@pytest.fixture(scope="module")
def found(patients):
    return expected(patients)


def test_people_are_as_many_for_each_arm_as_the_expectation_says(found):
    assert found.conducted.data.giving.shape == (6, 60)
    assert found.observable("halved", arm="blocker").subjects == (found.conducted.arm == 1).sum()
    assert found.observable("halved", arm="blocker").worlds == 6


@pytest.mark.parametrize(("arm", "number"), [("placebo", 0), ("blocker", 1)])
def test_shares_are_those_counted_person_by_person(found, arm, number):
    it = found.conducted
    halved = np.zeros(6)
    gone, side = np.zeros(6), np.zeros(6)
    for world in range(6):
        who = [k for k in range(60) if it.data.giving[world, k] == number]
        for k in who:
            here = it.data.left[world, k] >= 56.0 and not it.data.missed[world, k, -1]
            reading = it.data.readings["pain"][world, k]
            halved[world] += here and reading[-1] <= 0.5 * reading[0]
            gone[world] += np.isfinite(it.data.left[world, k])
            side[world] += it.data.cause[world, k] == 1 and it.data.left[world, k] <= 28.0
        halved[world], gone[world], side[world] = (one[world] / len(who) for one in (halved, gone, side))
    assert found.observable("halved", arm=arm).values == pytest.approx(halved)
    assert found.observable("gone", arm=arm).values == pytest.approx(gone)
    assert found.observable("side_effects", arm=arm).values == pytest.approx(side)
    assert gone.sum() > side.sum() > 0.0


def test_a_difference_of_shares_is_against_the_control(found):
    one, other = (np.array(found.observable("halved", arm=arm).values) for arm in ("blocker", "placebo"))
    assert found.observable("more_halved").values == pytest.approx(one - other)


def test_the_effect_is_that_of_the_trials_own_analysis(found):
    it = found.conducted
    primary = analyse(it.trial, it.data, it.trial.analyses[0], seed=1)
    assert found.observable("effect").values == pytest.approx(primary.effect[:, 0])
    assert found.observable("effect").unit == "points"


def test_gaps_are_filled_by_draws_of_the_trials_own_seed(patients):
    found = expected(patients, worlds=2, seed=7)
    it = found.conducted
    first = it.trial.analyses[0]
    one = replace(first, spec=first.spec.model_copy(update={"missing": "multiple_imputation"}))
    assert found.observable("imputed").values == pytest.approx(analyse(it.trial, it.data, one, seed=7).effect[:, 0])
    assert (found.observable("imputed").values != analyse(it.trial, it.data, one, seed=1).effect[:, 0]).any()


def test_other_statistics_see_what_the_trial_has_in_hand(found):
    it = found.conducted
    seen = it.data.seen("pain", it.trial.times)
    change = np.where(it.data.giving == 1, seen[..., -1] - seen[..., 0], np.nan)
    assert found.observable("fell", arm="blocker").values == pytest.approx(np.nanmean(change, axis=1))
    assert found.observable("standardised").value < -0.2


def test_a_drug_that_does_nothing_has_no_effect(patients, found):
    idle = expected(without_effect(patients), worlds=20)
    value = idle.observable("more_halved")
    assert abs(value.value) < 3.0 * value.standard_error
    effect, nil = found.observable("effect"), idle.observable("effect")
    assert effect.value < -3.0 * effect.standard_error
    assert abs(nil.value) < 3.0 * nil.standard_error


def test_in_a_cross_over_an_arm_is_read_in_the_period_in_which_it_was_given(patients):
    found = expected(patients, CROSSED, worlds=3, people=8)
    it = found.conducted
    seen = it.data.seen("pain", it.trial.times)
    visits = it.trial.visits.size
    wanted = np.full(it.data.giving.shape, np.nan)
    for place in np.ndindex(*it.data.giving.shape):
        period = it.trial.givings[it.data.giving[place]].arms.index(1)
        wanted[place] = seen[place][period * visits + visits - 1] - seen[place][period * visits]
    assert found.observable("fell", arm="blocker").values == pytest.approx(np.nanmean(wanted, axis=1))
    assert np.isfinite(found.observable("effect").value)
    with pytest.raises(InvalidInput, match=r"blocker.yaml:\d+: in a cross-over nobody is in one arm alone"):
        found.observable("halved", arm="blocker")


def test_whoever_runs_the_study_without_its_trial_is_told(patients):
    plain = simulate_study(read_study(WITH_PEOPLE, "blocker", "blocker.yaml"), patients, subjects=2)
    with pytest.raises(InvalidInput, match="halved: it is of the trial"):
        plain.observable("halved", arm="blocker")


def test_a_study_without_a_trial_has_no_responders(patients):
    from allodynia.study.bind import bind
    from allodynia.study.design import AsPlanned
    from allodynia.study.observables import Observer

    text = WITH_PEOPLE.split("trial:\n")[0] + OBSERVABLES
    plan = bind(read_study(text, "blocker", "blocker.yaml"), patients, AsPlanned())
    with pytest.raises(InvalidInput, match=r"blocker.yaml:\d+: responder_share is of a trial"):
        Observer(plan, "d").check()


def test_an_empty_trial_is_a_finding_that_can_be_told_from_a_slip(patients):
    with pytest.raises(NobodyEnters, match="hardly anybody may enter"):
        expected(patients, WHOLE.replace("at_least: 4", "at_most: 0.5"), worlds=2, people=10)


@pytest.mark.parametrize(("arm", "number"), [("placebo", 0), ("blocker", 1)])
def test_a_change_in_standard_deviations_is_that_of_the_changes(found, arm, number):
    it = found.conducted
    seen = it.data.seen("pain", it.trial.times)
    wanted = []
    for world in range(6):
        change = (seen[world, :, -1] - seen[world, :, 0])[it.data.giving[world] == number]
        change = change[~np.isnan(change)]
        wanted.append(change.mean() / change.std(ddof=1))
    assert found.observable("before_after", arm=arm).values == pytest.approx(wanted)


def test_only_a_change_by_itself_is_standardised(patients):
    from allodynia.study.bind import bind
    from allodynia.study.design import AsPlanned
    from allodynia.study.observables import Observer

    text = WHOLE.replace("missing: baseline_carried_forward, arm: blocker", "standardised: true, arm: blocker")
    plan = bind(read_study(text, "blocker", "blocker.yaml"), patients, AsPlanned())
    with pytest.raises(InvalidInput, match="standardised: is of method: before_after, not ancova"):
        Observer(plan, "d").check()


def test_whoever_may_get_placebo_throughout_believes_less(patients):
    from allodynia.study.trial.answering import beliefs
    from allodynia.study.trial.bind import bind_trial

    more = CROSSED.replace(
        "  washout: P2W\n",
        "  washout: P2W\n  sequences: [[placebo, blocker], [blocker, placebo], [placebo, placebo]]\n",
    )
    plain, third = (bind_trial(read_study(text, "blocker", "blocker.yaml"), patients) for text in (CROSSED, more))
    assert beliefs(plain) == [0.5, 0.5]
    assert beliefs(third) == pytest.approx([1 / 3, 1 / 3])
